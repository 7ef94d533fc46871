"""What may be said about the numbers: every verdict of the report, by criteria fixed beforehand.

Imported by `tools.make_training_report`. A difference counts as shown when its 95% interval leaves out
zero and it is large enough to matter.
"""

from typing import NamedTuple

import numpy as np

from tools.report.data import STRENGTHS, Data
from tools.report.statistics import Interval, difference_interval, mean_interval

WEAKER, STRONGER, MIXED, UNSHOWN = "weaker", "stronger", "mixed", "no difference shown"
HALF = 0.5  # of the rise of the attack rate: as much has to go with Enrage for it to be the cause
MARGIN = 0.02  # of the fights: a smaller difference of strength does not count


def shown(difference: Interval) -> int:
    """1 or -1 for a difference of strength that is shown, 0 for one that is not or that is too small."""
    return difference.side if abs(difference.mean) >= MARGIN else 0


def classify(differences: list[Interval]) -> str:
    """One word for the differences of several measures of strength from those of the whole mind."""
    sides = {shown(difference) for difference in differences}
    if sides == {0} or not sides:
        return UNSHOWN
    if {1, -1} <= sides:
        return MIXED
    return STRONGER if 1 in sides else WEAKER


def differences(data: Data, name: str) -> dict[str, Interval]:
    """A variant minus the whole mind in each measure of strength that both have."""
    found = {}
    for measure in STRENGTHS:
        first, second = data.final(name, measure), data.final("full", measure)
        if len(first) and not np.isnan([*first, *second]).any():
            found[measure] = difference_interval(first, second)
    return found


def silenced_differences(data: Data, specialist: str, how: str) -> dict[str, Interval]:
    """The same for a specialist silenced after training, each mind compared with itself."""
    changes = {measure: data.silenced(specialist, how, measure) for measure in STRENGTHS}
    return {measure: mean_interval(change) for measure, change in changes.items() if usable(change)}


def usable(values: np.ndarray) -> bool:
    """Whether there are values and all are numbers."""
    return len(values) > 0 and not np.isnan(values).any()


class Rise(NamedTuple):
    """How much more the boss attacks in range when it is enraged, and what becomes of that."""

    whole: Interval | None  # of the whole minds
    silenced: dict[str, Interval]  # change of the rise when Enrage is silenced: by "zero", "mean"
    without: Interval | None  # trained without Enrage, minus the whole minds


def rise_of(data: Data) -> Rise:
    """The measurements behind `rise_verdict`; None where something was never possible."""
    whole, without = data.final("full", "rise"), data.final("without_enrage", "rise")
    changes = {how: data.silenced("Enrage", how, "rise") for how in ("zero", "mean")}
    return Rise(
        mean_interval(whole) if usable(whole) else None,
        {how: mean_interval(change) for how, change in changes.items() if usable(change)},
        difference_interval(without, whole) if usable(without) and usable(whole) else None,
    )


def rise_verdict(rise: Rise) -> str:
    """Does the rise of the cleave rate at low health come from Enrage?"""
    if rise.whole is None:
        return "Not answered: some mind was never in range while enraged, or never while calm."
    if rise.whole.side <= 0:
        return (
            "There is no rise to explain: over the seeds the attack rate is not shown to be higher when the"
            " boss is enraged."
        )
    cut = [change for change in rise.silenced.values() if change.high < 0]
    enough = [change for change in cut if -change.mean >= HALF * rise.whole.mean]
    by_silencing = len(enough) == len(rise.silenced) == 2
    replaced = rise.without is not None and rise.without.side >= 0
    if by_silencing and replaced:
        return (
            "Yes in the trained minds, but the part is replaceable: silencing Enrage takes away at least half"
            " of the rise, and minds trained without Enrage are not shown to rise less."
        )
    if by_silencing:
        return (
            "Yes: silencing Enrage takes away at least half of the rise, and so does training without it."
            if (rise.without is not None and -rise.without.mean >= HALF * rise.whole.mean)
            else "Yes: silencing Enrage takes away at least half of the rise."
        )
    if cut:
        return "In part: silencing Enrage lessens the rise in at least one way, but not by half in both."
    return "No: silencing Enrage does not lessen the rise by an amount that could be shown."


def rounding_verdict(changes: dict[str, Interval]) -> str:
    """Did rounding cost strength? `changes`: rounded minus unrounded, by measure."""
    worse = [name for name, change in changes.items() if shown(change) < 0]
    unsure = [name for name, change in changes.items() if change.low < -MARGIN and name not in worse]
    limit = f"{100 * MARGIN:.0f} points"
    if worse:
        return f"Rounding costs strength: {', '.join(worse)}."
    if unsure:
        return f"No cost is shown, but one of more than {limit} is not ruled out: {', '.join(unsure)}."
    return f"Rounding costs no strength: any loss is within {limit} by the 95% intervals."


def contest_verdict(title: str, found: dict[str, Interval]) -> str:
    """Who wins, the whole mind or the network called `title`; found: that network minus the whole mind."""
    kind = classify(list(found.values()))
    up = [MEASURES[name] for name, difference in found.items() if shown(difference) > 0]
    down = [MEASURES[name] for name, difference in found.items() if shown(difference) < 0]
    if kind == STRONGER:
        return f"{title} wins: it is shown to be stronger {_and(up)}, and nowhere weaker."
    if kind == WEAKER:
        return f"The Modular Mind wins: {title} is shown to be weaker {_and(down)}, and nowhere stronger."
    if kind == MIXED:
        return f"Neither wins: {title} is stronger {_and(up)} and weaker {_and(down)}."
    return f"Neither wins: no difference between {title} and the Modular Mind is shown."


MEASURES = {
    "dodger": "against the dodger",
    "others": "against the other scripted knights",
    "knights": "against learned knights",
}


def _and(parts: list[str]) -> str:
    return " and ".join(parts)
