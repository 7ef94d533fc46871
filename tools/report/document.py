"""The text of docs/training_report.md; what it says about results is chosen in `sentences.py`.

Imported by `tools.make_training_report`.
"""

import re
import textwrap

import numpy as np

from duel.fighters import FIGHTERS
from features import DECISION_TICKS, TICKS_PER_SECOND
from tools.report import tables
from tools.report.data import GOAL, STRENGTHS, Data
from tools.report.sentences import (
    EXPLOITER_COMMAND,
    NETWORKS,
    PARTS,
    exploiter_section,
    largest_gap,
    latent_sentence,
    parts_sentence,
    rounding_pairs,
    self_play_sentence,
    tiers_sentence,
    trained,
    uncompiled_sentence,
)
from tools.report.statistics import RATING_RESAMPLES, RESAMPLES
from tools.report.verdicts import (
    HALF,
    MARGIN,
    contest_verdict,
    differences,
    rise_of,
    rise_verdict,
    rounding_verdict,
)

IMAGES = {
    name: f"training_{name}.png"
    for name in ("curves", "payoff", "ratings", "ablations", "silenced", "enrage")
}
LINE = 110  # characters
NOTES_HERE = "(the notes)"


def digest_of(text: str) -> str | None:
    """The hash of the data files that a page was made from, or None."""
    found = re.search(r"^Data: `([0-9a-f]{64})`", text, re.MULTILINE)
    return found.group(1) if found else None


# ---------------------------------------------------------------------------- the page
def in_short(data: Data) -> str:
    """The verdicts."""
    lines = [parts_sentence(data), latent_sentence(data)]
    lines += [contest_verdict(data.title(name), differences(data, name)) for name in trained(data, NETWORKS)]
    lines.append(
        f"Does the rise of the attack rate at low health come from Enrage? {rise_verdict(rise_of(data))}"
    )
    lines.append(rounding_verdict({name: gap for name, (*_, gap) in rounding_pairs(data).items()}))
    lines += [self_play_sentence(data), tiers_sentence(data)]
    if data.exploiter is not None:
        lines.append(f"The best exploiter wins {tables.share(max(data.exploiter['win_rates']))}.")
    return "\n".join(f"- {line}" for line in lines)


def setup(data: Data) -> str:
    """How everything was trained, from the settings of the study."""
    sizes = data.study["settings"]
    learning = sizes["learning"]
    boss = learning["boss"]
    steps = int(np.mean([run["agent_steps"] for run in data.runs("full")]))
    league, knights = learning["boss_league_share"], learning["knight_league_share"]
    return f"""Boss and knight learn together by policy gradient (REINFORCE with a learned baseline,
generalised advantage estimation with λ = {boss["trace"]}, {boss["epochs"]} epochs over each rollout
under PPO's clipped ratio {boss["clip"]}, discount {boss["discount"]} a step of
{DECISION_TICKS / TICKS_PER_SECOND:.1f} s, Adam from {boss["learning_rate"]:g} to
{boss["final_learning_rate"]:g}, entropy weight {boss["entropy"]:g} to {boss["final_entropy"]:g}).
{learning["duels"]:,} fights run side by side: in {league:.0%} the boss fights scripted and past
knights, in {knights:.0%} the knight fights past bosses, in the rest they fight each other; opponents
are drawn by how often they still win. A run is {sizes["updates"]} rollouts of {learning["horizon"]}
steps, about {steps:,} agent steps (one decision of one seat), on one core. The seeds are
{", ".join(map(str, data.study["seeds"]))}; every network gets the same seeds, rewards, schedule and
number of rollouts, and none was tuned for: the settings are those of the shipped architecture.
{shipped_sentence(data)}"""


def shipped_sentence(data: Data) -> str:
    """How much longer the shipped boss was trained than those of the study."""
    steps = data.study["shipped"]["agent_steps"]
    share = steps / np.mean([run["agent_steps"] for run in data.runs("full")])
    return (
        f"The shipped boss comes from a run of its own (`weights/train_log.json`) of {steps:,} agent steps,"
        f" {share:.1f} times as many."
    )


def metrics(data: Data) -> str:
    """The definitions."""
    sizes = data.study["settings"]
    least = f"{100 * MARGIN:.0f} points"
    return f"""- **Win rate**: fights won by the boss among all; a timeout or a draw is not won. Unless said
  otherwise the boss makes mistakes at the Hard rate, {tables.share(data.study["mistake_rate"], 0)} of its
  decisions.
- **Against the dodger**, **the other scripted knights** (mean over {len(FIGHTERS) - 1}):
  {sizes["final_fights"]} fights each with the same seeds for everybody, that training never saw.
- **Against learned knights**: {sizes["knight_fights"]} fights against the final knight of each run of the
  Modular Mind and of the equally large perceptron, but never one of the boss's own seed
  ({len(data.study["panel"])} knights in all), so that no boss meets its sparring partner.
- **Own knight**: against the final knight of the same run, the boss without mistakes.
- **Attacks in range**: of the decisions within cleave range, free to act and off cooldown, the share that is
  CLEAVE; *calm* and *enraged* split it by the boss's state, the *rise* is enraged less calm.
- **Intervals** are 95% percentile bootstrap intervals of the mean over seeds ({RESAMPLES:,} resamples); of a
  difference, both groups are drawn again, or, where each mind is compared with itself, the differences are. A
  difference is *shown* when its interval leaves out zero (in bold) and it is {least} or more. A network is
  *weaker* when it is shown to be below
  the Modular Mind by at least one of the three measures of strength and above it by none; *stronger* the
  other way round; *mixed* when both occur."""


def limitations(data: Data) -> str:
    """What the numbers cannot say."""
    seeds = len(data.study["seeds"])
    comparisons = len(STRENGTHS) * len(trained(data, PARTS + NETWORKS))
    study_steps = np.mean([run["agent_steps"] for run in data.runs("full")])
    return f"""- {seeds} seeds are few, and percentile intervals of so few values are too narrow: read an
  interval that barely leaves out zero as a hint.
- {comparisons} differences from the Modular Mind are tested here without correction; about one in twenty
  would be shown by chance if none were real.
- All networks share settings that were chosen for the Modular Mind, which may favour it.
- What needs longer than {study_steps:,.0f} agent steps to emerge is not seen. {shipped_sentence(data)}
- Silencing a specialist in a trained mind leaves the others tuned to it; training without it lets them take
  over. The two answer different questions.
- Fights are against scripts and trained networks. People play otherwise.
- Seconds were taken while {data.study["machine"]["cores"]} cores were shared by several
  runs.{uncompiled_sentence(data)}"""


def document(data: Data, rated: tuple[dict, dict], rates: np.ndarray) -> str:
    """The whole page. rated: ratings of bosses and of knights by name; rates: win rates of the matrix."""
    study = data.study
    machine = study["machine"]
    matrix = study["payoff"]
    rows, columns = list(matrix["rows"]), matrix["columns"]
    parts, networks = trained(data, PARTS), trained(data, NETWORKS)
    compared = ["full", *networks, *trained(data, ["without_latent"])]
    changes = {name: gap for name, (*_, gap) in rounding_pairs(data).items()}
    contests = "\n\n".join(
        f"{contest_verdict(data.title(name), differences(data, name))} {largest_gap(data, name)}"
        for name in networks
    )
    page = f"""# Training report

<!-- Generated by tools/make_training_report.py; do not edit. -->

Commit: `{study["commit"]}`\\
Weights: `{study["weights"]}`\\
Data: `{data.digest}`\\
Commands: `{study["command"]}`, `{EXPLOITER_COMMAND}`, `python -m tools.make_training_report`\\
Seeds: {", ".join(map(str, study["seeds"]))}\\
Machine: {machine["cores"]} cores, {machine["system"]}, {machine["architecture"]}; no GPU

How the boss was trained, how strong it is, which of its parts that strength needs, and how it compares with
networks that are not modular. Every sentence about a result is chosen by a criterion stated here, from the
numbers in `docs/data/`; what people make of it stands under [interpretation](#interpretation).

{in_short(data)}

## Setup

{setup(data)}

### Measures

{metrics(data)}

## Learning curves

![Learning curves: win rates and attack rate over agent steps and over seconds](images/{IMAGES["curves"]})

*Figure 1. Means over seeds with 95% bands, from {study["settings"]["curve_fights"]} fights against each
scripted knight every {study["settings"]["curve_every"]} rollouts. Dashed line: {GOAL:.0%}, the reference of
the next table. Seconds are those of training alone, on one core.*

How soon a boss wins {GOAL:.0%} of its fights against the dodger, by interpolation between examinations; a
run that never does counts as slower than all others in the median:

{tables.speed_table(data)}

The final bosses and networks:

{tables.variants_table(data)}

{self_play_sentence(data)}

## The matrix of pay-offs

![Win rates of bosses against scripted and learned knights](images/{IMAGES["payoff"]})

*Figure 2. Rows: the shipped boss on each tier, the checkpoints of its league, and the final bosses of the
study (rounded, Hard). Columns: scripted knights, the final knights of the same runs, and, where they have
been trained, the exploiters. Percent of {matrix["fights"]} fights won by the boss. A final boss and the
knight of its seed learnt together.*

{tables.payoff_table(rows, columns, rates)}

The tiers of the shipped boss:

{tables.tiers_table(data)}

### Ratings

![Ratings of bosses and knights with intervals](images/{IMAGES["ratings"]})

*Figure 3. Bradley-Terry strengths on the scale of Elo (400 points are odds of ten to one), fitted to Figure
2; the dodger is 1500. Intervals: every cell's fights drawn again {RATING_RESAMPLES} times, so they are
about these players and not about the next seed.*

{tables.ratings_table(rated[0] | rated[1])}

One number per player cannot show who beats whom: where the matrix has cycles, it is right and the ratings are
not. A draw or a timeout counts as half a win, and each pair has one drawn fight more than was fought, so that
nobody's rating is infinite.

## Ablations

Each part is left out from the start and the rest trained anew. {parts_sentence(data)}

![Differences from the Modular Mind, part by part and network by network](images/{IMAGES["ablations"]})

*Figure 4. Differences from the Modular Mind, means over seeds with 95% intervals; left of the line is
weaker.*

{tables.differences_table(data, parts)}

*Without a specialist*: its latent and, if it owns a move, its drive are gone; that move's logit then comes
from the modulation alone. *Without the recursive link*: the shared latent is the sum of the latents.
*Without the latent channel*: the shared latent is zero, so that only drives and one constant per move
remain. What remains is smaller by the parts that were left out.

{latent_sentence(data)}

### Silenced after training

![Differences when a specialist is silenced in a trained mind](images/{IMAGES["silenced"]})

*Figure 5. The rounded minds of the study, each compared with itself. Zero: its latent is zero. Mean: its
latent is held at its mean, so that its constant part stays and only what it tells about the situation is
lost. Removed: latent and drive are zero.*

{tables.silenced_table(data)}

The shipped mind (a single one, so there are no intervals over seeds):

{tables.shipped_silenced_table(data)}

## Enrage

Does the rise of the attack rate at low health come from Enrage? {rise_verdict(rise_of(data))}

![Attack rates by health, with and without Enrage](images/{IMAGES["enrage"]})

*Figure 6. Attacks in range by the third in which the boss's health is; thin lines are seeds, bars 95%
intervals.*

{tables.rise_table(data)}

The criterion: the rise is shown, and both ways of silencing Enrage take away at least {HALF:.0%} of it,
each by an interval below zero. A rise in minds trained without Enrage shows that other parts can take its
place: all specialists see the boss's health.

## Other networks

{contests}

{tables.differences_table(data, networks)}

The first perceptron has two hidden layers and as many parameters as the Modular Mind, the second one hidden
layer and nearly as many, the third two small ones. The GRU carries a memory from decision to decision and
learns through {study["settings"]["learning"]["horizon"]} steps of it.

Where the differences are, win rates by opponent:

{tables.opponents_table(data, compared)}

And how they fight:

{tables.habits_table(data, compared)}

## Rounding

The shipped weights and inner values are multiples of 2^-10. The trained minds of the study in the same
fights, unrounded in float32 and rounded by the exact path that is served:

{tables.rounding_table(rounding_pairs(data))}

{rounding_verdict(changes)} The criterion: the interval of the difference lies above −{100 * MARGIN:.0f}
points by every measure.

## Exploitability

{exploiter_section(data)}

## Interpretation

{NOTES_HERE}

## Limitations

{limitations(data)}
"""
    return refilled(page).replace(NOTES_HERE, data.notes or "No notes have been written.")


def refilled(page: str) -> str:
    """The page with the lines of its paragraphs and list items filled anew; all else as it was."""
    blocks = []
    for block in page.strip().split("\n\n"):
        if block.startswith(("|", "#", "!", "<", "Commit:", NOTES_HERE)):
            blocks.append(block)
            continue
        items = re.split(r"\n(?=- )", block)
        filled = [
            textwrap.fill(
                " ".join(item.split()), LINE, break_long_words=False, break_on_hyphens=False,
                subsequent_indent="  " if item.startswith("- ") else "",
            )
            for item in items
        ]  # fmt: skip
        blocks.append("\n".join(filled))
    return "\n\n".join(blocks) + "\n"
