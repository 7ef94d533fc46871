"""docs/specialists.md as text: every number, and every sentence that judges, follows from the measures.

Imported by `tools.make_specialist_maps`.
"""

import math
import re

import numpy as np

from duel.fighters import FIGHTERS
from features import MOVES, OWNER_COUNT, SPECIALISTS, TIERS
from tools.specialists.grids import LEAST_DECISIONS, column_text, situation_text
from tools.specialists.measures import CLAIMS, LEAST_LOUDEST, Report
from tools.specialists.sample import Sample

IMAGES = {
    "activity": "specialists_activity.png",
    "logits": "specialists_logits.png",
    "silence": "specialists_silenced.png",
    "moves": "specialists_moves.png",
}

# Where the text draws its lines.
FIT_AUC = 0.6  # "higher there", and 1 - FIT_AUC: "lower there"
FIT_POINTS = 0.02  # a change of probability that counts
MUTE = 0.02  # a specialist whose variation moves less probability than this says little
LEAD = 0.1  # of the decisions, by which one part of the logits is ahead of the other
RISE_MOSTLY, RISE_PARTLY = 0.5, 0.2  # of a difference in the cleave rate


# ---------------------------------------------------------------------------- numbers as text
def share(value: float) -> str:
    """A share as a percentage."""
    return "none" if math.isnan(value) else f"{value:.1%}"


def points(value: float) -> str:
    """A change of probability in percentage points, signed."""
    if math.isnan(value):
        return "none"
    text = f"{100 * value:+.1f}".replace("-", "−")
    return "0.0" if text in ("+0.0", "−0.0") else text


def signed(value: float) -> str:
    """A correlation."""
    return f"{value:+.2f}".replace("-", "−")


def number(value: float | None) -> str:
    """A figure with two decimals; a dash where there is none."""
    return "–" if value is None or math.isnan(value) else f"{value:.2f}"


def table(header: list[str], rows: list[list[str]]) -> str:
    """A Markdown table, all but the first column aligned to the right where they are numbers."""
    numeric = [
        all(re.fullmatch(r"[+−]?[\d.,]+%?|–|none", row[i]) for row in rows) for i in range(len(header))
    ]
    lines = [header, ["---:" if is_number else "---" for is_number in numeric], *rows]
    return "\n".join("| " + " | ".join(line) + " |" for line in lines)


# ---------------------------------------------------------------------------- judgements
def criteria(report: Report) -> tuple[bool, bool]:
    """(whether it stands out where its name says, whether it favours its move there more than elsewhere).

    The first is about the drive, or for a modulator the activity; the second about the move's probability
    without the specialist. NaN, where a situation never occurred, fits nothing.
    """
    signal = report.activity_auc if report.drive_auc is None else report.drive_auc
    inside, outside = report.removed.inside, report.removed.outside
    return signal >= FIT_AUC, inside <= -FIT_POINTS and inside < outside


def verdict(report: Report) -> str:
    """How many of the two criteria hold: the name fits, fits in part, does not fit."""
    return ("does not fit", "fits in part", "fits")[sum(criteria(report))]


def paragraph(report: Report) -> str:
    """What one specialist learned, and whether its name says so."""
    index = SPECIALISTS.index(report.name)
    owner = index < OWNER_COUNT
    move, among, situation = CLAIMS[report.name]
    signal = report.activity_auc if report.drive_auc is None else report.drive_auc
    subject = "drive" if owner else "activity"
    role = f"owns {MOVES[index]}" if owner else "modulator"
    text = f"**{report.name}** ({role}): the name **{verdict(report)}**. "
    if math.isnan(signal):
        text += f"Whether {situation} never varied among decisions {among}, so it cannot be told. "
    else:
        level = "higher" if signal >= FIT_AUC else "lower" if signal <= 1 - FIT_AUC else "about as high"
        than = "as" if level == "about as high" else "than"
        text += f"Among decisions {among}, its {subject} is {level} when {situation} {than} otherwise "
        text += f"(AUC {signal:.2f}). "
        without = "Without it" if owner else "With its latent silenced"
        inside, outside = points(report.removed.inside), points(report.removed.outside)
        text += f"{without}, the probability of {MOVES[move]} changes there by {inside} points, "
        text += f"in the other decisions by {outside}. "
    (first, r1), (second, r2) = report.fields[:2]
    text += f"Its activity follows `{first}` ({signed(r1)}) and `{second}` ({signed(r2)}) most. "
    silenced, held = share(report.silenced.moved), share(report.held.moved)
    if report.silenced.moved < MUTE:
        return text + f"Its latent hardly matters: silencing it moves {silenced} of the probability."
    informs = "hardly matters" if report.held.moved < MUTE else "matters"
    text += f"What its latent tells about the situation {informs}: held at its mean, the latent moves {held} "
    return text + f"of the probability, at zero {silenced}."


def source_of_rise(name: str, before: float, after: float) -> str:
    """Whether a difference of cleave rates comes from a modulator: `before` with it, `after` without."""
    if math.isnan(before) or math.isnan(after):
        return f"{name}: one of the two situations never occurred within range, so nothing can be said."
    if abs(before) < FIT_POINTS:
        return f"{name}: there is hardly a difference ({points(before)} points) to explain."
    part = 1 - after / before
    source = "mostly" if part >= RISE_MOSTLY else "in part" if part >= RISE_PARTLY else "hardly"
    kept = f"held at its mean, it is {points(after)} instead of {points(before)} points"
    if part < 0:
        return f"{name}: the difference does not come from it; {kept}."
    return f"{name}: the difference comes {source} from it; {kept}."


def summary(reports: list[Report]) -> str:
    """Which names fit, by verdict."""
    kinds = ("fits", "fits in part", "does not fit")
    names = {kind: [report.name for report in reports if verdict(report) == kind] for kind in kinds}
    return "; ".join(f"the name {kind}: {', '.join(names[kind]) or 'none'}" for kind in kinds)


def leader(parts: dict[str, tuple[float, float, float]]) -> str:
    """Which part of the logits makes the choice, by how often each alone prefers the same move."""
    drives, modulation = parts["drives"][1], parts["modulation"][1]
    if abs(drives - modulation) < LEAD:
        return "Neither part leads: each alone prefers the mind's own favourite move about as often."
    first, second = ("modulation", "drives") if modulation > drives else ("drives", "modulation")
    return f"The {first} alone mostly makes the choice; the {second} alone would often prefer another move."


def source_of_rises(rates: dict[str, dict[str, tuple[float, float]]]) -> str:
    """A line for each modulator on whether the difference of cleave rates comes from it."""
    lines = []
    for name, variants in rates.items():
        before, after = (variants[kind][1] - variants[kind][0] for kind in ("as shipped", "held at its mean"))
        lines.append("- " + source_of_rise(name, before, after))
    return "\n".join(lines)


# ---------------------------------------------------------------------------- tables
def activity_table(reports: list[Report]) -> str:
    """What each specialist's activity follows, and where it is highest."""
    rows = []
    for report in reports:
        row, column = report.loudest
        fields = ", ".join(f"`{name}` {signed(value)}" for name, value in report.fields)
        cell = f"{situation_text(row)}, {column_text(column)} ({report.loudest_activity:.2f})"
        rows.append([report.name, number(report.mean_activity), cell, fields])
    return table(["specialist", "mean activity", "loudest", "correlates most with"], rows)


def effects_table(reports: list[Report]) -> str:
    """The change of each move's mean probability when a specialist's latent is zero, in points."""
    header = ["silenced", *MOVES, "moved", "moved, held at its mean", "moved, removed"]
    rows = []
    for report in reports:
        owner = SPECIALISTS.index(report.name) < OWNER_COUNT
        shifts = [points(value) for value in report.silenced.shift]
        removed = share(report.removed.moved) if owner else "–"
        rows.append([report.name, *shifts, share(report.silenced.moved), share(report.held.moved), removed])
    return table(header, rows)


def names_table(reports: list[Report]) -> str:
    """The two criteria by which a name is judged."""
    header = ["specialist", "stands out when", "among decisions", "share", "AUC drive", "AUC activity"]
    header += ["move", "change there", "change elsewhere", "the name"]
    rows = []
    for report in reports:
        move, among, situation = CLAIMS[report.name]
        row = [report.name, situation, among, share(report.claim_share)]
        row += [number(report.drive_auc), number(report.activity_auc), MOVES[move]]
        row += [points(report.removed.inside), points(report.removed.outside), verdict(report)]
        rows.append(row)
    return table(header, rows)


def rates_table(rates: dict[str, dict[str, tuple[float, float]]]) -> str:
    """Cleave rates where the claim of each modulator fails and holds, with and without it."""
    rows = []
    for name, variants in rates.items():
        for variant, (otherwise, there) in variants.items():
            rows.append([name, variant, share(otherwise), share(there), points(there - otherwise)])
    return table(["modulator", "its latent", "otherwise", "in its situation", "difference, points"], rows)


def parts_table(parts: dict[str, tuple[float, float, float]]) -> str:
    """What drives and modulation would do alone (see `measures.balance`)."""
    rows = [[part, number(size), share(same), share(moved)] for part, (size, same, moved) in parts.items()]
    return table(["alone", "mean size", "same favourite move", "moved"], rows)


def weights_of(text: str) -> str | None:
    """The hash of the weights that a page was made from, or None."""
    found = re.search(r"^Weights: `([0-9a-f]{64})`", text, re.MULTILINE)
    return found.group(1) if found else None


def document(
    digest: str,
    sample: Sample,
    seed: int,
    reports: list[Report],
    parts: dict[str, tuple[float, float, float]],
    rates: dict[str, dict[str, tuple[float, float]]],
) -> str:
    """The whole page.

    parts: `measures.balance`. rates: per modulator `measures.cleave_rates` of the mind "as shipped",
    "silenced" and "held at its mean".
    """
    total = len(sample.observations)
    each = np.bincount(sample.knights, minlength=len(FIGHTERS))
    knights = ", ".join(f"{name} {share(n / total)}" for name, n in zip(FIGHTERS, each, strict=True))
    paragraphs = "\n\n".join(paragraph(report) for report in reports)
    return f"""# What each specialist responds to

<!-- Generated by tools/make_specialist_maps.py; do not edit. -->

Weights: `{digest}`\\
Command: `python -m tools.make_specialist_maps`

Measured on all {total:,} decisions of {sample.fights} fights (seed {seed}):
{sample.fights // len(FIGHTERS)} against each scripted knight, a third on each tier ({", ".join(TIERS)}),
so that mistakes also bring the boss into situations that it avoids by itself. Every decision counts once, so
knights who last longer weigh more: {knights}.
The probabilities are the mind's own, without the mistakes.

A specialist adds to the choice in two ways: an owner's *drive* is added to the logit of its move, and every
specialist's *latent* (eight numbers) goes into the sum that the coordinator turns into the *modulation* of
all five logits. Its *activity* is the mean size of those eight numbers. High activity alone is no influence:
the sections on silencing change the mind and look at what follows.

In short: {summary(reports)} ([how that is judged](#do-the-names-fit)).

## Activity

![Heat maps of each specialist's activity over distance and situation](images/{IMAGES["activity"]})

Each map has its own scale, beside its title. Rows are what the boss perceives of the knight, in four states
of the boss: calm or enraged, and a cleave allowed (ready) or not yet (cooling). Cells with fewer than
{LEAST_DECISIONS} decisions are hatched; the last map counts them.

{activity_table(reports)}

*Loudest*: the cell with the highest mean among those with at least {LEAST_LOUDEST} decisions. Correlations
are Pearson's, over all decisions; fields that change together (health, time, being enraged) cannot be told
apart by them.

## Drives and modulation

![Drive, modulation and its effect on each move over distance and situation](images/{IMAGES["logits"]})

Only differences between moves matter to the choice, so the mean over the five is taken off each drive and
each modulation. Each row of maps has a scale of its own, at its left (logits in the first two). The third
row is the probability of the move less what it would be by the drives alone; it is 0 where the move is not
allowed.

{parts_table(parts)}

*Mean size* is in logits, after that mean is taken off; *same favourite move*: the decisions in which the part
alone gives the most probable move of the whole; *moved*: the share of probability that would go from some
moves to others. {leader(parts)}

## Silencing a specialist

The same observations are given to a copy of the mind in which one latent is zero. Changes of mean
probability, in percentage points; *moved* is the share of probability that goes from some moves to others, on
average over decisions.

{effects_table(reports)}

A latent also has a constant part, to which the coordinator is tuned; zero takes that away too. *Held at its
mean* keeps it, and only what the specialist tells about the situation is lost. *Removed* takes the owner's
drive with the latent.

![Change of each move's probability without Punisher and without Enrage](images/{IMAGES["silence"]})

The two modulators act through the latent alone. Each map shows the change of one move's probability when
theirs is zero, over distance and the boss's health (each row's greatest).

Do they make the boss cleave more in their situation? Punisher's is that {CLAIMS["Punisher"][2]}, Enrage's
that {CLAIMS["Enrage"][2]}. The mean probability of CLEAVE where it is allowed and the knight is in range:

{rates_table(rates)}

{source_of_rises(rates)}

## Do the names fit?

The names were given before training, and nothing in training holds a specialist to its name but that an
owner's drive goes to one move. So each name is tested by the same two criteria:

1. its drive (a modulator's activity) is higher in the situation that the name claims than in the other
   decisions compared, in at least {FIT_AUC:.0%} of pairs (the AUC, the area under the receiver operating
   characteristic);
2. without it (latent and drive zero), the move that it should favour loses at least
   {100 * FIT_POINTS:.0f} points of probability in that situation, and more than elsewhere.

Both hold: the name fits. One: it fits in part.

{names_table(reports)}

{paragraphs}

## The moves

![Probability of each move over distance and cooldown, calm and enraged](images/{IMAGES["moves"]})

All parts together: the probability of each move over distance and the time until a cleave is allowed.
"""
