"""Sentences of docs/training_report.md that state results: each chosen by `verdicts.py` from the numbers.

Imported by `tools.make_training_report`.
"""

import numpy as np

from duel.fighters import FIGHTERS
from features import SPECIALISTS
from tools.report import tables
from tools.report.data import STRENGTHS, Data
from tools.report.statistics import Interval, difference_interval, mean_interval
from tools.report.tables import tiers
from tools.report.verdicts import MEASURES, MIXED, STRONGER, UNSHOWN, WEAKER, classify, differences, usable

PARTS = [*(f"without_{name.lower()}" for name in SPECIALISTS), "without_link", "without_latent"]
NETWORKS = ["monolith", "shallow", "tiny", "gru"]
EXPLOITER_COMMAND = "python -m training.exploiter"


def trained(data: Data, names: list[str]) -> list[str]:
    """Those of the names that the study has."""
    return [name for name in names if data.runs(name)]


def parts_sentence(data: Data) -> str:
    """Which parts matter, by training without them."""
    kinds: dict[str, list[str]] = {}
    for name in trained(data, PARTS):
        kind = classify(list(differences(data, name).values()))
        kinds.setdefault(kind, []).append(data.title(name).removeprefix("without "))
    words = {
        WEAKER: "Trained without it, the boss is weaker: ",
        STRONGER: "stronger: ",
        MIXED: "stronger by one measure and weaker by another: ",
        UNSHOWN: "not shown to differ: ",
    }
    said = [words[kind] + ", ".join(kinds.get(kind) or ["none"]) for kind in (WEAKER, STRONGER)]
    said += [words[kind] + ", ".join(kinds[kind]) for kind in (MIXED, UNSHOWN) if kind in kinds]
    return "; ".join(said) + "."


def latent_sentence(data: Data) -> str:
    """Does the latent channel matter?"""
    if not data.runs("without_latent"):
        return "Not measured."
    found = differences(data, "without_latent")
    kind = classify(list(found.values()))
    sizes = ", ".join(f"{MEASURES[name]} {tables.change(gap)}" for name, gap in found.items())
    verdict = {
        WEAKER: "The latent channel matters: trained without it, the boss is weaker",
        STRONGER: "The latent channel does harm: trained without it, the boss is stronger",
        MIXED: "The latent channel helps by one measure and harms by another",
        UNSHOWN: "The latent channel is not shown to matter for strength",
    }[kind]
    return f"{verdict} ({sizes})."


def largest_gap(data: Data, name: str) -> str:
    """Against which scripted knight a variant differs most from the whole mind."""
    gaps = {
        fighter: difference_interval(data.final(name, fighter), data.final("full", fighter))
        for fighter in FIGHTERS
    }
    fighter, gap = max(gaps.items(), key=lambda entry: abs(entry[1].mean))
    return f"The largest difference by opponent is against the {fighter}: {tables.change(gap)}."


def exploiter_section(data: Data) -> str:
    """How often a best response wins."""
    record = data.exploiter
    if record is None:
        return (
            f"Not measured yet: `{EXPLOITER_COMMAND}` has not been run on these weights."
            " Nothing is claimed about a best response."
        )
    stale = ""
    if record["weights"] != data.study["weights"]:
        stale = "**These knights were trained against other weights than the shipped ones.** "
    best = max(record["win_rates"])
    rates = ", ".join(
        f"seed {seed}: {tables.share(rate)}"
        for seed, rate in zip(record["seeds"], record["win_rates"], strict=True)
    )
    compared = ""
    if record["boss_steps"]:
        share = record["agent_steps"] / record["boss_steps"]
        compared = f", {share:.1f} times the decisions the boss learned from ({record['boss_steps']:,})"
    starts = "; ".join(
        f"from {'a ' * (start != 'nothing')}{start} {', '.join(map(tables.share, won))}"
        for start, won in record["starts"].items()
    )
    return (
        f"{stale}Knights were trained against nothing but the frozen boss on {record['tier'].capitalize()},"
        f" each for {record['agent_steps']:,} decisions{compared}. The better of each seed's starts wins"
        f" {rates} of {record['fights']:,} fights ({starts}). The best, {tables.share(best)}, is the boss's"
        " exploitability as far as this search could find it: a lower bound."
    )


def rounding_pairs(data: Data) -> dict[str, tuple[Interval, Interval, Interval]]:
    """By measure: the win rate as trained, rounded, and the difference, over the minds of the study."""
    found = {}
    for measure in STRENGTHS:
        pairs = [
            [mind[form][measure] for form in ("unrounded", "rounded")] for mind in data.study["rounding"]
        ]
        values = np.array(pairs, float)
        if usable(values.ravel()):
            gap = mean_interval(values[:, 1] - values[:, 0])
            found[MEASURES[measure]] = (mean_interval(values[:, 0]), mean_interval(values[:, 1]), gap)
    return found


def self_play_sentence(data: Data) -> str:
    """Is either seat hopeless when both have learnt?"""
    rates = [run["self_play"] for run in data.runs("full")]
    inside = sum(0.4 <= rate <= 0.8 for rate in rates)
    return (
        f"Against the knight it was trained with, and without mistakes, the final boss wins"
        f" {tables.shares(mean_interval(rates))}% ({inside} of {len(rates)} seeds between 40% and 80%)."
    )


def tiers_sentence(data: Data) -> str:
    """What the tiers come to."""
    rates = tiers(data)
    said = ", ".join(f"{tables.share(dodger)} on {tier.capitalize()}" for tier, (dodger, _) in rates.items())
    return f"The shipped boss beats the dodger in {said}."


def uncompiled_sentence(data: Data) -> str:
    """Whose seconds are too many; nothing where all networks play by compiled functions."""
    slow = [variant["title"] for variant in data.variants.values() if not variant["compiled"]]
    if not slow:
        return ""
    names = ", ".join(slow)
    return f" In training, {names} plays by numpy, the others by compiled functions: compare its steps."
