"""Finds the mistake rates of the tiers: how often a random move makes the boss as strong as a tier promises.

    python -m training.calibrate                  measures weights/ and writes its manifest
    python -m training.calibrate --dry-run        only measures

The measure is the win rate against the dodger: 0.35 on Easy, 0.65 on Normal, 0.95 on Hard. A tier's search
begins at its nominal rate (`features.TIER_EXPLORE`), which is kept if it comes within 0.02, and stays between
half and double of it; for Hard, the boss at its strongest, between none and the nominal rate. All rates of a
search play the same fights with the same draws, so that they differ by their mistakes alone. What is reported
is measured in other fights. Where a target cannot be met near the nominal rate, the closest one is written
and the command says so.
"""

import argparse
import math
import os
import sys
from collections.abc import Callable
from pathlib import Path

# Tiny matrices: more threads only wait for each other. Set before numpy is imported.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

from features import EXPLORE_ONE, SEED_LIMIT, TIER_EXPLORE
from modular_mind import WEIGHTS_DIRECTORY, Mind, WeightsError, load_directory, write_manifest
from training.evaluate import mind_policy, play

TARGETS = {"easy": 0.35, "normal": 0.65, "hard": 0.95}
CLOSE = 0.02  # a nominal rate this near its target is kept
NEAR = 0.005  # a search ends this near its target
TOLERANCE = 0.05  # a target is met within this
TRIALS = 8  # rates tried for one tier at most
FIGHTS = 1000
SEED = 5_000_003
WILSON_Z = 1.959964  # 95%


def calibrate(mind: Mind, fights: int = FIGHTS, seed: int = SEED) -> tuple[dict[str, int], dict]:
    """The mistake rate of each tier in 1/65536, and the record of how they were found, JSON-ready.

    The search plays the fights of `seed`, the record those of `seed` + 1.
    """
    rates, tiers = {}, {}
    for tier, target in TARGETS.items():
        nominal = TIER_EXPLORE[tier]
        least, most = (0, nominal) if tier == "hard" else (nominal // 2, min(2 * nominal, EXPLORE_ONE))
        rate = search(
            lambda rate: measure(mind, rate, fights, seed)["win_rate"], target, nominal, least, most
        )
        record = measure(mind, rate, fights, seed + 1)
        rates[tier] = rate
        tiers[tier] = {
            "target": target,
            "explore": rate,
            "win_rate": record["win_rate"],
            "interval": wilson(round(record["win_rate"] * fights), fights),
            "seconds": record["seconds"],
            "met": round(abs(record["win_rate"] - target), 9) <= TOLERANCE,
        }
    return rates, {"opponent": "dodger", "fights": fights, "seeds": [seed, seed + 1], "tiers": tiers}


def measure(mind: Mind, rate: int, fights: int, seed: int) -> dict:
    """The record (see `training.evaluate.play`) of `mind` against the dodger at a mistake rate."""
    return play(mind_policy(mind, rate), ("dodger",), fights, seed)["dodger"]


def search(win_rate: Callable[[int], float], target: float, nominal: int, least: int, most: int) -> int:
    """The rate from `least` to `most` whose win rate is closest to `target` of those tried.

    `win_rate` falls as the rate rises, but for chance. Regula falsi, with the middle instead wherever its
    next point would lie at the edge of the bracket.
    """
    tried = {nominal: win_rate(nominal)}
    if abs(tried[nominal] - target) <= CLOSE:
        return nominal
    end = least if tried[nominal] < target else most
    if end == nominal:
        return nominal
    tried[end] = win_rate(end)
    low, high = sorted((nominal, end))
    if tried[low] >= target >= tried[high]:
        while len(tried) < TRIALS and high - low > 1 and all(abs(w - target) > NEAR for w in tried.values()):
            share = (tried[low] - target) / ((tried[low] - tried[high]) or 1.0)
            share = share if 0.1 <= share <= 0.9 else 0.5
            rate = min(max(round(low + share * (high - low)), low + 1), high - 1)
            tried[rate] = win_rate(rate)
            if tried[rate] >= target:
                low = rate
            else:
                high = rate
    return min(tried, key=lambda rate: (abs(tried[rate] - target), abs(rate - nominal)))


def wilson(wins: int, fights: int) -> list[float]:
    """The 95% interval of a share by Wilson's score: [low, high]."""
    share, square = wins / fights, WILSON_Z**2
    middle = share + square / (2 * fights)
    half = WILSON_Z * math.sqrt(share * (1 - share) / fights + square / (4 * fights**2))
    scale = 1 + square / fights
    return [max(0.0, (middle - half) / scale), min(1.0, (middle + half) / scale)]


def describe(record: dict) -> list[str]:
    """The lines that say what came of a calibration."""
    lines = []
    for tier, found in record["tiers"].items():
        low, high = found["interval"]
        line = (
            f"{tier}: {found['explore'] / EXPLORE_ONE:.3f} random moves, wins {found['win_rate']:.3f}"
            f" ({low:.3f} to {high:.3f}) of {found['target']:.2f}, {found['seconds']:.0f} s a fight"
        )
        lines.append(line if found["met"] else line + ": NOT within 0.05, the closest near the nominal rate")
    return lines


def main(arguments: list[str] | None = None) -> None:
    """Entry point; bad weights and wrong values end with one line and exit code 2."""
    parser = argparse.ArgumentParser(prog="training.calibrate", description=__doc__.splitlines()[0])
    parser.add_argument("--weights", type=Path, default=WEIGHTS_DIRECTORY, help="directory of the weights")
    parser.add_argument("--fights", type=int, default=FIGHTS, help="against the dodger, for each rate tried")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--dry-run", action="store_true", help="write nothing")
    options = parser.parse_args(arguments)
    if options.fights < 1:
        parser.error(f"--fights: must be at least 1, got {options.fights}")
    if not 0 <= options.seed < SEED_LIMIT:
        parser.error(f"--seed: must be within 0..{SEED_LIMIT - 1}, got {options.seed}")
    try:
        mind, manifest = load_directory(options.weights)
    except WeightsError as error:
        parser.exit(2, f"training.calibrate: {error}\n")
    rates, record = calibrate(mind, options.fights, options.seed)
    print("\n".join(describe(record)))
    if not options.dry_run:
        training = manifest.get("training")
        training = training if isinstance(training, dict) else {}
        write_manifest(options.weights, mind, rates, training | {"calibration": record})


if __name__ == "__main__":
    main(sys.argv[1:])
