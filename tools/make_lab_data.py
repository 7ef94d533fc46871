"""Writes web/gen/lab.json, what the lab page draws, from the records of training, study and exploiters.

    python -m tools.make_lab_data            writes the file
    python -m tools.make_lab_data --check    writes nothing; exits 1 when the file is stale

Read are weights/manifest.json and train_log.json, docs/data/training_study.json and exploiter.json. Nothing
is measured or smoothed here: counts become rates with intervals, and the sentences on the parts are chosen
by the criteria of `tools/report/`. Each part names its file and the weights that were examined, so that the
page can say when they are not those that are shipped. Takes a few seconds. Exit code 2: a file is missing
or cannot be read.
"""

import argparse
import json
import re
import sys
from pathlib import Path

import numpy as np

from duel.fighters import FIGHTERS
from features import EXPLORE_ONE, MOVES, OWNER_COUNT, SPECIALISTS
from mind.architecture import LATENT_SIZE
from tools.make_kernel import compact_json
from tools.report.data import EXPLOITER, STRENGTHS, STUDY, Data, load
from tools.report.sentences import NETWORKS, PARTS, trained
from tools.report.statistics import Interval, mean_interval, ratings
from tools.report.verdicts import (
    MIXED,
    STRONGER,
    UNSHOWN,
    WEAKER,
    classify,
    contest_verdict,
    differences,
    silenced_differences,
    usable,
)
from training.calibrate import wilson

ROOT = Path(__file__).resolve().parent.parent
PAGE_DATA = ROOT / "web" / "gen" / "lab.json"
WEIGHTS, RESULTS = Path("weights"), Path("docs") / "data"
MANIFEST, LOG = "manifest.json", "train_log.json"
DIGITS = 5  # of shares; ratings get one
BARE = 0.01  # an interval that leaves out zero by less is called barely shown
WIDE = 0.1  # an unseen loss that reaches further is worth a warning
HABITS = (  # of the boss, as shares of its decisions: what the page shows of an examination
    "in_range_attack_rate",
    "punish_rate",
    "approach_rate_when_far",
    "block_rate_against_swings",
    "idle_share",
)


# ---------------------------------------------------------------------------- numbers
def rounded(value, digits: int = DIGITS):
    """A number, or numbers in lists and dictionaries, rounded; None stays None."""
    if isinstance(value, dict):
        return {name: rounded(item, digits) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [rounded(item, digits) for item in value]
    return value if value is None or isinstance(value, int | str) else round(float(value), digits)


def ends(interval: Interval, digits: int = DIGITS) -> dict:
    """An interval as the page reads it: mean, low, high."""
    return rounded(interval._asdict(), digits)


def won(share: float, fights: int) -> list[float]:
    """The 95% interval of a share of fights."""
    return rounded(wilson(round(share * fights), fights))


# ---------------------------------------------------------------------------- the shipped boss
def boss(manifest: dict) -> dict:
    """Who it is, how it was trained, and what its tiers come to."""
    calibration = manifest["training"]["calibration"]
    tiers = [
        {
            "name": name,
            "mistakes": manifest["explore"][name] / EXPLORE_ONE,
            **{key: tier[key] for key in ("target", "win_rate", "interval", "seconds")},
        }
        for name, tier in calibration["tiers"].items()
    ]
    training = {key: value for key, value in manifest["training"].items() if key != "calibration"}
    return {
        "source": (WEIGHTS / MANIFEST).as_posix(),
        "weights": manifest["weights_sha256"],
        "rules_version": manifest["rules_version"],
        "parameters": manifest["parameters"],
        "specialists": SPECIALISTS,
        "owners": OWNER_COUNT,
        "latent": LATENT_SIZE,
        "moves": MOVES,
        "training": training,
        "opponent": calibration["opponent"],
        "fights": calibration["fights"],
        "tiers": rounded(tiers),
    }


def training(log: dict) -> dict:
    """The examinations during training, oldest first: everything by name, one value for each of them."""
    history = log["history"]
    fights = log["config"]["examine_fights"]
    final = log["final"]
    rates = {name: [entry["win_rate"][name] for entry in history] for name in FIGHTERS}
    return {
        "source": (WEIGHTS / LOG).as_posix(),
        "weights": log["weights_sha256"],
        "updates": [entry["update"] for entry in history],
        "agent_steps": [entry["agent_steps"] for entry in history],
        "published_update": log["best_update"],
        "fights": fights,
        "learned_fights": fights // 2,  # against each learned knight, as train.py has it
        "scripted": {
            name: {"win_rate": rounded(values), "interval": [won(rate, fights) for rate in values]}
            for name, values in rates.items()
        },
        "learned": {
            "mean": rounded([np.mean(entry["learned"]) for entry in history]),
            "least": rounded([min(entry["learned"]) for entry in history]),
            "knights": [len(entry["learned"]) for entry in history],
        },
        "self_play": rounded([entry["self_play_win_rate"] for entry in history]),
        "entropy": {
            seat: rounded([entry[f"{seat}_entropy"] for entry in history]) for seat in ("boss", "knight")
        },
        "habits": {name: rounded([entry["behavior"][name] for entry in history]) for name in HABITS},
        "final": {
            "fights": final["fights_each"],
            "scripted": {
                name: {"win_rate": rounded(rate), "interval": won(rate, final["fights_each"])}
                for name, rate in final["win_rate"].items()
            },
            "learned": {
                "mean": rounded(np.mean(final["learned"])),
                "least": rounded(min(final["learned"])),
                "knights": len(final["learned"]),
            },
            "self_play": rounded(log["final_self_play"]),
        },
    }


# ---------------------------------------------------------------------------- the study
def row_order(name: str) -> tuple:
    """Sorts the bosses of the matrix: the shipped one, its league by age, those of the study by seed."""
    kinds = ("shipped", "league", "seed")
    number = re.search(r"\d+", name)
    return (
        next(place for place, kind in enumerate(kinds) if name.startswith(kind)),
        int(number.group()) if number else 0,
    )


def payoff(data: Data) -> dict:
    """Who won how often against whom; in a cell: won by the boss, won by the knight, neither."""
    matrix = data.study["payoff"]
    names = sorted(matrix["rows"], key=row_order)
    rows = [
        {
            "name": name,
            "cells": matrix["rows"][name],
            "interval": [rounded(wilson(cell[0], sum(cell))) for cell in matrix["rows"][name]],
        }
        for name in names
    ]
    return {
        "source": (RESULTS / STUDY).as_posix(),
        "weights": data.study["weights"],
        "fights": matrix["fights"],
        "mistakes": rounded(data.study["mistake_rate"]),
        "columns": matrix["columns"],
        "rows": rows,
        "ratings": rated(matrix),
    }


def rated(matrix: dict) -> dict:
    """Ratings on either side, the best first; knights who won no fight at all share one entry."""
    bosses, knights = list(matrix["rows"]), matrix["columns"]
    counts = np.array(list(matrix["rows"].values()))
    found = ratings(counts, FIGHTERS.index("dodger"))  # in the order of the file, as the report has them
    winless = [name for name, wins in zip(knights, counts[..., 1].sum(0), strict=True) if wins == 0]
    entries: dict[tuple, dict] = {}
    for name, interval in zip(bosses + knights, found, strict=True):
        values = ends(interval, 1)
        shared = "winless" if name in winless else name
        entry = entries.setdefault((shared, *values.values()), {"names": [], **values})
        entry["names"].append(name)
    ordered = sorted(entries.values(), key=lambda entry: -entry["mean"])
    return {
        "bosses": [entry for entry in ordered if entry["names"][0] in bosses],
        "knights": [entry for entry in ordered if entry["names"][0] in knights],
        "winless": winless,
    }


def percent(share: float) -> str:
    """A share in percent for a sentence, rounded as the page rounds the same number."""
    return f"{100 * rounded(share):.1f}%"


def part_sentence(found: dict[str, Interval], before: float, after: float) -> str:
    """What training without a part did to the boss: before, after: mean win rates against the dodger."""
    kind, gap = classify(list(found.values())), found["dodger"]
    rates = f"it wins {percent(after)} of its fights against the dodger, the whole mind {percent(before)}"
    nearest = min(abs(gap.low), abs(gap.high))
    if kind == UNSHOWN and -gap.low >= WIDE:
        return (
            f"No difference is shown: {rates}. Its runs differ so much that a loss of"
            f" {-100 * gap.low:.0f} points is not ruled out."
        )
    if kind == UNSHOWN:
        return f"No difference is shown: {rates}."
    word = {WEAKER: "Weaker", STRONGER: "Stronger", MIXED: "Stronger by one measure, weaker by another"}[kind]
    if gap.side and nearest < BARE:
        return f"{word}, but barely shown: {rates}."
    return f"{word}: {rates}."


def ablations(data: Data) -> dict:
    """What is lost without a part, with another network in the mind's place, or with a silenced part."""
    settings = data.study["settings"]
    whole = float(np.mean(data.final("full", "dodger")))

    def entry(name: str, sentence: str) -> dict:
        found = differences(data, name)
        return {
            "name": name,
            "title": data.title(name),
            "parameters": data.variants[name]["parameters"],
            "differences": {measure: ends(gap) for measure, gap in found.items()},
            "verdict": classify(list(found.values())),
            "sentence": sentence,
        }

    parts = [
        entry(name, part_sentence(differences(data, name), whole, float(np.mean(data.final(name, "dodger")))))
        for name in trained(data, PARTS)
    ]
    networks = [
        entry(name, contest_verdict(data.title(name), differences(data, name)))
        for name in trained(data, NETWORKS)
    ]
    return {
        "source": (RESULTS / STUDY).as_posix(),
        "weights": data.study["weights"],
        "seeds": len(data.study["seeds"]),
        "updates": settings["updates"],
        "trainings": sum(len(variant["runs"]) for variant in data.variants.values()),
        "fights": settings["final_fights"],
        "knight_fights": settings["knight_fights"],
        "knights": len(data.study["panel"]),
        "whole": {
            measure: ends(mean_interval(data.final("full", measure)))
            for measure in STRENGTHS
            if usable(data.final("full", measure))
        },
        "parts": parts,
        "networks": networks,
        "silenced": {
            "fights": settings["silence_fights"],
            "how": {how: silenced(data, how) for how in ("zero", "mean")},
        },
    }


def silenced(data: Data, how: str) -> list[dict]:
    """Each specialist silenced after training in one way, the minds of the study against themselves."""
    rows = []
    for name in data.specialists:
        found = silenced_differences(data, name, how)
        gaps = {measure: ends(gap) for measure, gap in found.items()}
        rows.append({"name": name, "differences": gaps, "verdict": classify(list(found.values()))})
    return rows


# ---------------------------------------------------------------------------- exploiters
def exploiters(record: dict) -> dict:
    """The knights trained against nothing but the frozen boss."""
    fights, examine_fights = record["fights"], record["config"]["examine_fights"]
    knights = []
    for knight in record["knights"]:
        steps, rates = zip(*knight["curve"], strict=True)
        knights.append(
            {
                "seed": knight["seed"],
                "win_rate": knight["win_rate"],
                "interval": won(knight["win_rate"], fights),
                "starts": knight["starts"],
                "fight_seconds": rounded(knight["fight_seconds"], 2),
                "a_minute": {
                    habit: rounded(knight[f"{habit}_per_minute"], 2)
                    for habit in ("swings", "blocks", "rolls")
                },
                "curve": {
                    "agent_steps": list(steps),
                    "win_rate": list(rates),
                    "interval": [won(rate, examine_fights) for rate in rates],
                },
            }
        )
    return {
        "source": (RESULTS / EXPLOITER).as_posix(),
        "weights": record["weights"],
        "tier": record["tier"],
        "fights": fights,
        "examine_fights": examine_fights,
        "agent_steps": record["agent_steps"],
        "boss_steps": record["boss_steps"],
        "knights": knights,
    }


# ---------------------------------------------------------------------------- the file
def generate(root: Path = ROOT) -> str:
    """The text of the file; FileNotFoundError for a missing record, ValueError for one that is not JSON."""
    manifest, log = (json.loads((root / WEIGHTS / name).read_text("utf-8")) for name in (MANIFEST, LOG))
    data = load(root / RESULTS)
    content = {
        "generator": "Generated by tools/make_lab_data.py; do not edit.",
        "boss": boss(manifest),
        "training": training(log),
        "payoff": payoff(data),
        "ablations": ablations(data),
        "exploiters": None if data.exploiter is None else exploiters(data.exploiter),
    }
    return compact_json(content) + "\n"


def main(arguments: list[str] | None = None, root: Path = ROOT, path: Path = PAGE_DATA) -> int:
    """The command; returns its exit code."""
    summary = __doc__.split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m tools.make_lab_data", description=summary)
    parser.add_argument("--check", action="store_true", help="only say whether the file is up to date")
    check = parser.parse_args(arguments).check
    try:
        text = generate(root)
    except FileNotFoundError as error:
        print(f"{error.filename} is missing", file=sys.stderr)
        return 2
    except ValueError as error:
        print(f"a record cannot be read: {error}", file=sys.stderr)
        return 2
    fresh = path.is_file() and path.read_text("utf-8") == text
    if check and not fresh:
        print(f"web/gen/{path.name} is stale: run python -m tools.make_lab_data")
        return 1
    if not fresh:
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
