"""Puts a trained mind into a weights directory: the mind, its manifest, its log and its league.

    OUT/mm_weights.npz, OUT/manifest.json    what the servers load
    OUT/train_log.json                       how it came about
    OUT/league/boss-N.npz                    its past selves of the run, rounded, N updates old
    OUT/knights.npz                          the knights it learned beside (training/knights.py)
    OUT/previous/                            what was there before

Nothing here saves a mind that does not commit.
"""

import json
import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np

import modular_mind
from mind.archive import write_atomically
from training import knights as knights_file
from training.selection import NotCommittedError, require_commitment

LOG_NAME = "train_log.json"
LEAGUE = "league"
PREVIOUS = "previous"
# Of the log, what the manifest says too.
SUMMARY = ("command", "seed", "updates", "agent_steps", "minutes")


def publish(
    out: Path,
    mind: modular_mind.Mind,
    explore: Mapping[str, int],
    log: dict,
    league: Mapping[int, modular_mind.Mind],
    knights: np.ndarray,
) -> None:
    """Replace the mind in `out`; NotCommittedError, and nothing changed, if it does not commit.

    explore: the mistake rate of each tier, in 1/65536. log: JSON-ready; its "calibration", if there is one,
    goes into the manifest too. league: past selves by their updates; those that do not commit are left out.
    knights: the learned knights, (count, size).
    """
    require_commitment(mind)
    out.mkdir(parents=True, exist_ok=True)
    keep_previous(out)
    save_league(out / LEAGUE, league)
    knights_file.save(out / knights_file.NAME, knights)
    text = json.dumps(log, indent=1, allow_nan=False) + "\n"
    write_atomically(out / LOG_NAME, text.encode("utf-8"))
    training = {key: log[key] for key in (*SUMMARY, "calibration") if key in log}
    modular_mind.save(out / modular_mind.WEIGHTS_NAME, mind.parameters)
    modular_mind.write_manifest(out, mind, explore, training)


def keep_previous(out: Path) -> None:
    """Copy what is published in `out` to its folder of the previous mind."""
    names = (modular_mind.WEIGHTS_NAME, modular_mind.MANIFEST_NAME, LOG_NAME, LEAGUE, knights_file.NAME)
    there = [out / name for name in names if (out / name).exists()]
    if not there:
        return
    previous = out / PREVIOUS
    shutil.rmtree(previous, ignore_errors=True)
    previous.mkdir()
    for path in there:
        copy = shutil.copytree if path.is_dir() else shutil.copy2
        copy(path, previous / path.name)


def save_league(folder: Path, league: Mapping[int, modular_mind.Mind]) -> None:
    """Make `folder` hold exactly the minds of `league` that commit, each named by its updates."""
    folder.mkdir(exist_ok=True)
    names = set()
    for updates, mind in league.items():
        try:
            require_commitment(mind)
        except NotCommittedError:
            continue
        names.add(f"boss-{updates}.npz")
        modular_mind.save(folder / f"boss-{updates}.npz", mind.parameters)
    for path in folder.glob("*.npz"):
        if path.name not in names:
            path.unlink()
