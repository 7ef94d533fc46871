"""How strong the shipped boss is: its tiers, scripted knights, knights trained against it, and strangers.

    python -m benchmarks.strength                              a minute or two on one core
    python -m benchmarks.strength --hold-out my_fighter.py     with a fighter of your own (docs/strength.md)
    python -m benchmarks.strength --fights 100                 a quick look

The boss plays by the exact path at the mistake rates of its manifest. Prints "tiers" (against the dodger),
"vs" (Hard against every scripted knight), "in_range_attack_rate" and "behavior" (Hard, over all those
fights), "exploiter_win_rate" (the best-response knights of docs/data/, see `training/exploiter.py`, replayed
against Hard; null where there are none for these weights, "exploiter_note" says more), "hold_out" (Hard
against each file given, else against those in examples/fighters/) and "passes", which says of each bar
whether it is met. A file that cannot be used ends with one clear line and exit code 2.
"""

import argparse
import math
import os
import sys
from pathlib import Path

# Tiny matrices: more threads only wait for each other. Set before numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks import holdout
from benchmarks.common import ROOT, report
from duel.fighters import FIGHTERS
from features import EXPLORE_ONE, TIERS
from modular_mind import WEIGHTS_DIRECTORY, Mind, WeightsError, load_directory
from training import exploiter
from training.evaluate import behavior, mind_policy, play
from training.matches import match_each

FIGHTS = 1000
HOLD_OUT_FIGHTS = 200
SEED = 6_000_003  # of the fights against scripted and learned knights
STRANGERS = ROOT / "examples" / "fighters"
DATA = ROOT / "docs" / "data"
REFERENCE = "dodger"  # the strongest scripted knight: the tiers are measured against it
EASY_PREY = ("random", "idler")

TARGETS = {"easy": 0.35, "normal": 0.65, "hard": 0.95}
TOLERANCE = 0.05
LEAST_AGAINST_EASY_PREY = 0.99
LEAST_AGAINST_SCRIPTS = 0.90
LEAST_AGAINST_STRANGERS = 0.85
LEAST_IN_RANGE_ATTACK_RATE = 0.8
MOST_FOR_EXPLOITER = 0.60
FIGHT_SECONDS = (30, 90)


def interval(rate: float, fights: int) -> list[float]:
    """Wilson's 95% interval of a win rate observed over `fights` fights."""
    z = 1.96
    middle = (rate + z * z / (2 * fights)) / (1 + z * z / fights)
    spread = z / (1 + z * z / fights) * math.sqrt(rate * (1 - rate) / fights + z * z / (4 * fights**2))
    return [round(max(0.0, middle - spread), 4), round(min(1.0, middle + spread), 4)]


def exploiter_win_rate(mind: Mind, explore: int, fights: int, data: Path = DATA) -> tuple[float | None, str]:
    """How often the best of the best-response knights wins against the Hard boss; None and why not."""
    try:
        record, knights = exploiter.read(data)
    except ValueError as error:
        return None, str(error)
    if (record["weights"], record["tier"]) != (mind.sha256, "hard"):
        made_for = f"{record['tier']} of the weights {record['weights'][:12]}"
        return None, f"{exploiter.RECORD_NAME} is for {made_for}: run python -m training.exploiter"
    records = match_each(mind_policy(mind, explore), list(knights.values()), fights, SEED)
    return max(record["knight_win_rate"] for record in records), f"best of {len(records)} knights"


def strength(
    mind: Mind, explore: dict[str, int], fights: int, hold_outs: list[Path], data: Path = DATA
) -> dict:
    """The figures of the module's docstring; `explore` holds the mistake rate of each tier in 1/65536.

    Raises holdout.HoldOutError for a file that cannot be used, before any other fights.
    """
    strangers = {}
    for path in hold_outs:
        record = holdout.play(path, mind, explore["hard"], min(fights, HOLD_OUT_FIGHTS))
        strangers[path.stem] = record | {"interval": interval(record["win_rate"], record["fights"])}
        print(f"{path.stem}: Hard wins {record['win_rate']:.1%} of {record['fights']} fights", flush=True)
    hard = {name: play(mind_policy(mind, explore["hard"]), (name,), fights, SEED)[name] for name in FIGHTERS}
    tiers = {}
    for tier in TIERS:
        record = hard[REFERENCE]
        if tier != "hard":
            record = play(mind_policy(mind, explore[tier]), (REFERENCE,), fights, SEED)[REFERENCE]
        tiers[tier] = {
            "win_rate": record["win_rate"],
            "interval": interval(record["win_rate"], fights),
            "timeout_rate": record["timeout_rate"],
            "seconds": record["seconds"],
            "explore": round(explore[tier] / EXPLORE_ONE, 4),
            "target": TARGETS[tier],
            "within": abs(record["win_rate"] - TARGETS[tier]) <= TOLERANCE + 1e-9,
        }
    habits = behavior(list(hard.values()))
    exploited, note = exploiter_win_rate(mind, explore["hard"], fights, data)
    figures = {
        "tiers": tiers,
        "vs": {name: record["win_rate"] for name, record in hard.items()},
        "in_range_attack_rate": habits["in_range_attack_rate"],
        "exploiter_win_rate": exploited,
        "exploiter_note": note,
        "hold_out": strangers,
        "behavior": habits,
        "fights": fights,
    }
    return figures | {"passes": passes(figures)}


def passes(figures: dict) -> dict[str, bool]:
    """Which bars the figures of `strength` meet; a figure that is missing meets none."""
    shortest, longest = FIGHT_SECONDS
    exploited = figures["exploiter_win_rate"]
    seconds = [tier["seconds"] for tier in figures["tiers"].values()]
    scripts = {name: rate for name, rate in figures["vs"].items() if name not in EASY_PREY}
    return {
        "tiers": all(tier["within"] for tier in figures["tiers"].values()),
        "fight_seconds": all(shortest <= value <= longest for value in seconds),
        "random_and_idler": all(figures["vs"][name] >= LEAST_AGAINST_EASY_PREY for name in EASY_PREY),
        "scripted_knights": min(scripts.values()) >= LEAST_AGAINST_SCRIPTS,
        "in_range_attack_rate": (figures["in_range_attack_rate"] or 0) >= LEAST_IN_RANGE_ATTACK_RATE,
        "exploiter": exploited is not None and 0 < exploited <= MOST_FOR_EXPLOITER,
        "hold_out": all(
            record["win_rate"] >= LEAST_AGAINST_STRANGERS for record in figures["hold_out"].values()
        ),
    }


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options; wrong ones end with one clear line and exit code 2."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.strength", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--fights", type=int, default=FIGHTS, help="against each opponent (default 1000)")
    parser.add_argument(
        "--hold-out", type=Path, action="append", metavar="FILE.py",
        help=f"a fighter's file, more than once if wanted (up to {HOLD_OUT_FIGHTS} fights each)",
    )  # fmt: skip
    options = parser.parse_args(arguments)
    if options.fights < 1:
        parser.error(f"--fights: must be at least 1, got {options.fights}")
    stems = [path.stem for path in options.hold_out or []]
    if len(set(stems)) < len(stems):
        parser.error("--hold-out: two files of the same name")
    return options


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    options = parse(sys.argv[1:] if arguments is None else arguments)
    hold_outs = options.hold_out or sorted(STRANGERS.glob("*.py"))
    try:
        mind, manifest = load_directory(WEIGHTS_DIRECTORY)
        figures = strength(mind, manifest["explore"], options.fights, hold_outs)
    except (WeightsError, holdout.HoldOutError) as error:
        print(f"benchmarks.strength: {error}", file=sys.stderr)
        raise SystemExit(2) from None
    report(figures, [SEED, holdout.FIRST_SEED])


if __name__ == "__main__":
    main()
