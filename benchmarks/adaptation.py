"""Whether the boss learns from a few fights: 20 verified ones against a person who gives it trouble.

    python -m benchmarks.adaptation
    python -m benchmarks.adaptation --fighter my_fighter.py      # written as docs/strength.md says
    python -m benchmarks.adaptation --method gradient --archetype trader --seeds 2 --held-out 200

For each archetype (`benchmarks/archetypes.py`) and seed the shipped mind fights 20 times on Hard. The logs
are played again as the service does it, and only verified ones teach: by the dream (`learning/dream.py`) or
by the gradient (`learning/gradient.py`). Then the mind before and the candidate after meet the same person in
fights of seeds that neither has seen, and the frozen pool in the same fights each. Prints one JSON object on
its last line: `before` and `after` are the boss's win rates, `anchor_drop` what it loses against the frozen
pool, all means over the seeds. With --control somebody else's fights teach: what is gained then as well was
not learned about the person. `counts`: the archetype starts within the range that the bar is about.
"""

import argparse
import functools
import os
import random
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

# Tiny matrices: more threads only wait for each other. Set before numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks.archetypes import PEOPLE, play
from benchmarks.common import report
from benchmarks.holdout import HoldOutError, HoldOutKnight
from benchmarks.logged_fights import play_fight
from features import BOSS_WINS
from learning.bounds import Bounds, nearest_within, reference_observations, within
from learning.clone import fit
from learning.dream import DreamConfig, dream
from learning.gradient import begin, study
from learning.lessons import lesson
from learning.opponents import fight, frozen_pool
from mm_grad import pack
from modular_mind import WEIGHTS_DIRECTORY, Mind, load_directory
from service.fight_log import FightLog, from_bytes, to_bytes
from service.journal import VERIFIED
from service.replay import replay

FIGHTS = 20  # that teach
SEEDS = 5
HELD_OUT = 400  # fights before and after
POOL_ROUNDS = 40  # fights against each of the frozen pool, before and after
TEACHING_SEED, HELD_OUT_SEED, POOL_SEED = 20_000_003, 30_000_001, 9_000_011
GAIN, LOSS = 0.10, 0.02  # the bars
LEAST, MOST = 0.40, 0.80  # the win rate before, for an archetype to count
COUNTED = 3  # archetypes within that range, at least

Fighter = Callable[[Mind, np.ndarray], Sequence[FightLog]]  # whole fights on Hard, one for each seed


def person(name: str, explore: int) -> Fighter:
    """One of the archetypes."""

    def fights(mind: Mind, seeds: np.ndarray) -> list[FightLog]:
        played = play(PEOPLE[name], mind, explore, seeds)
        return [played.log(number, mind) for number in range(len(seeds))]

    return fights


def stranger(path: Path, explore: int) -> Fighter:
    """The fighter of a file; HoldOutError, when it fights, for a file that cannot be used."""

    def fights(mind: Mind, seeds: np.ndarray) -> list[FightLog]:
        knight = functools.partial(HoldOutKnight, path)
        chance = random.Random(0)
        return [play_fight(int(seed), "hard", explore, mind, knight, chance) for seed in seeds]

    return fights


def win_rate(logs: Sequence[FightLog]) -> float:
    """The boss's."""
    return float(np.mean([log.outcome == BOSS_WINS for log in logs]))


def verified(logs: Sequence[FightLog], mind: Mind) -> list:
    """(log, replay) of the fights that are verified when their canonical bytes are read and played again."""
    read = [from_bytes(to_bytes(log)) for log in logs]
    found = [(log, replay(log, mind)) for log in read]
    return [(log, played) for log, played in found if played.verdict == VERIFIED]


def learn(method: str, fights: Sequence, mind: Mind, explore: int, seed: int) -> Mind:
    """The candidate that verified fights make of the shipped mind, which is live and anchor."""
    if method == "dream":
        clone = fit([log for log, _ in fights], seed)
        return dream(mind, mind, [clone], DreamConfig(), seed, explore)
    flat = pack(mind.parameters)
    student = begin(flat)
    for _, played in fights:
        step = study(student, lesson(played), flat, reference_observations(mind), Bounds())
        if step.stopped:
            break
    return nearest_within(student.flat, mind, Bounds())


def adapt(
    fighter: Fighter, teacher: Fighter, method: str, seeds: int, held_out: int, mind: Mind, explore: int
) -> dict:
    """The figures of one archetype; `teacher` fights the fights that teach, usually `fighter` itself."""
    unseen = HELD_OUT_SEED + np.arange(held_out)
    pool = frozen_pool()
    before = win_rate(fighter(mind, unseen))
    pool_before = fight(mind, pool, POOL_ROUNDS, POOL_SEED, explore) == BOSS_WINS
    runs = []
    for seed in range(seeds):
        teaching = teacher(mind, TEACHING_SEED + seed * FIGHTS + np.arange(FIGHTS))
        started = time.monotonic()
        fights = verified(teaching, mind)
        candidate = learn(method, fights, mind, explore, seed)
        seconds = time.monotonic() - started
        pool_after = fight(candidate, pool, POOL_ROUNDS, POOL_SEED, explore) == BOSS_WINS
        measured = within(candidate, mind, reference_observations(mind), Bounds())
        runs.append(
            {
                "verified": len(fights),
                "after": win_rate(fighter(candidate, unseen)),
                "anchor_drop": float(pool_before.mean() - pool_after.mean()),
                "seconds": round(seconds, 1),
                "inside": measured.inside,
                "distance": round(measured.distance, 3),
                "kl": round(measured.kl, 4),
            }
        )
        print(f"  seed {seed}: {before:.3f} -> {runs[-1]}", file=sys.stderr, flush=True)
    after, drop = (float(np.mean([run[key] for run in runs])) for key in ("after", "anchor_drop"))
    return {
        "before": before,
        "after": after,
        "gain": after - before,
        "anchor_drop": drop,
        "counts": LEAST <= before <= MOST,
        "passes": after - before >= GAIN and drop <= LOSS,
        "runs": runs,
    }


def main(arguments: Sequence[str] | None = None) -> dict:
    """Prints and returns the report."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument(
        "--fighter", type=Path, action="append", metavar="FILE.py", help="instead of the people"
    )
    parser.add_argument(
        "--archetype", action="append", choices=tuple(PEOPLE), help="only this one; repeatable"
    )
    parser.add_argument(
        "--control", type=Path, metavar="FILE.py", help="this fighter's fights teach, whoever is fought after"
    )
    parser.add_argument("--method", choices=("dream", "gradient"), default="dream")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--held-out", type=int, default=HELD_OUT, help="fights before and after")
    options = parser.parse_args(arguments)
    mind, manifest = load_directory(WEIGHTS_DIRECTORY)
    explore = manifest["explore"]["hard"]
    if options.fighter:
        fighters = {path.stem: stranger(path, explore) for path in options.fighter}
    else:
        fighters = {name: person(name, explore) for name in options.archetype or PEOPLE}
    control = stranger(options.control, explore) if options.control else None
    archetypes = {}
    for name, fighter in fighters.items():
        print(name, file=sys.stderr, flush=True)
        try:
            archetypes[name] = adapt(
                fighter, control or fighter, options.method, options.seeds, options.held_out, mind, explore
            )
        except HoldOutError as error:
            parser.exit(2, f"{error}\n")
    counted = [figures for figures in archetypes.values() if figures["counts"]]
    return report(
        {
            "benchmark": "adaptation",
            "archetypes": archetypes,
            "fights_per_archetype": FIGHTS,
            "held_out_fights": options.held_out,
            "method": options.method,
            "control": options.control.name if options.control else None,
            "passes": len(counted) >= COUNTED and all(figures["passes"] for figures in counted),
        },
        range(options.seeds),
    )


if __name__ == "__main__":
    main()
