"""The tables of docs/training_report.md: numbers of the study as Markdown.

Imported by `tools.make_training_report`. Win rates and shares are percentages, differences percentage points,
intervals 95% bootstrap intervals.
"""

from collections.abc import Sequence

import numpy as np

from duel.fighters import FIGHTERS
from features import OWNER_COUNT, SPECIALISTS, TIERS
from tools.report.data import STRENGTHS, Data, reaching
from tools.report.statistics import Interval, mean_interval
from tools.report.verdicts import (
    classify,
    differences,
    rise_of,
    silenced_differences,
    usable,
)

HOWS = ("zero", "mean", "removed")
DASH = "–"


def table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A Markdown table; the first column is text, the others numbers."""
    lines = [f"| {' | '.join(header)} |", f"| --- |{' ---: |' * (len(header) - 1)}"]
    return "\n".join([*lines, *(f"| {' | '.join(row)} |" for row in rows)])


def share(value: float | None, digits: int = 1) -> str:
    """A fraction as a percentage; a dash for None and NaN."""
    return DASH if value is None or np.isnan(value) else f"{100 * value:.{digits}f}%"


def points(value: float) -> str:
    """A signed difference of fractions in percentage points."""
    text = f"{100 * value:+.1f}"
    return "0.0" if text in ("+0.0", "-0.0") else text.replace("-", "−")


def shares(interval: Interval | None) -> str:
    """A fraction and its interval, as percentages."""
    if interval is None:
        return DASH
    return f"{100 * interval.mean:.1f} [{100 * interval.low:.1f}, {100 * interval.high:.1f}]"


def change(interval: Interval | None) -> str:
    """A difference and its interval, in percentage points; in bold when zero is outside."""
    if interval is None:
        return DASH
    text = f"{points(interval.mean)} [{points(interval.low)}, {points(interval.high)}]"
    return f"**{text}**" if interval.side else text


def interval_of(values: np.ndarray) -> Interval | None:
    """The mean over seeds with its interval; None where something was not measured."""
    return mean_interval(values) if usable(values) else None


def variants_table(data: Data) -> str:
    """The final strength of every variant."""
    header = ["network", "parameters", "dodger", "other scripted", "learned knights", "attacks in range"]
    header.append("own knight")
    rows = []
    for name, variant in data.variants.items():
        measured = [shares(interval_of(data.final(name, measure))) for measure in STRENGTHS]
        attack = shares(interval_of(data.final(name, "in_range_attack_rate")))
        own = shares(mean_interval([run["self_play"] for run in variant["runs"]]))
        rows.append([variant["title"], f"{variant['parameters']:,}", *measured, attack, own])
    return table(header, rows)


def speed_table(data: Data) -> str:
    """How soon each variant beats the dodger as often as the reference asks."""
    rows = []
    for name, variant in data.variants.items():
        runs = data.runs(name)
        cells = []
        for axis, form in (("agent_steps", "{:,.0f}"), ("seconds", "{:.1f}")):
            reached = [place for run in runs if (place := reaching(run, axis)) is not None]
            # a run that never got there counts as the slowest: the median stays true
            enough = 2 * len(reached) > len(runs)
            ordered = sorted(reached) + [np.inf] * (len(runs) - len(reached))
            median = float(np.median(ordered)) if enough else np.inf
            cells.append(form.format(median) if np.isfinite(median) else DASH)
        steps_each = np.mean([run["agent_steps"] for run in runs])
        rate = np.mean([run["agent_steps"] / run["seconds"] for run in runs])
        rows.append(
            [variant["title"], f"{len(reached)} of {len(runs)}", *cells, f"{steps_each:,.0f}", f"{rate:,.0f}"]
        )
    header = ["network", "runs that got there", "agent steps, median", "seconds, median"]
    return table([*header, "agent steps of a run", "agent steps a second"], rows)


def differences_table(data: Data, names: Sequence[str]) -> str:
    """Variants minus the whole mind, and the verdict on each."""
    rows = []
    for name in names:
        found = differences(data, name)
        cells = [change(found.get(measure)) for measure in STRENGTHS]
        rows.append([data.title(name), *cells, classify(list(found.values()))])
    return table(["network", "dodger", "other scripted", "learned knights", "so it is"], rows)


def silenced_table(data: Data) -> str:
    """Each specialist silenced after training, in three ways."""
    rows = []
    for name in data.specialists:
        for how in HOWS[: 3 if name in SPECIALISTS[:OWNER_COUNT] else 2]:
            found = silenced_differences(data, name, how)
            cells = [change(found.get(measure)) for measure in STRENGTHS]
            rows.append([name, how, *cells, classify(list(found.values()))])
    return table(["silenced", "how", "dodger", "other scripted", "learned knights", "so it is"], rows)


def shipped_silenced_table(data: Data) -> str:
    """The same of the shipped mind alone: win rates and attack rates."""
    shipped = data.study["silenced"]["shipped"]
    examinations = [("nothing", DASH, shipped["whole"])]
    for name in data.specialists:
        examinations += [(name, how, record) for how, record in shipped[name].items()]
    rows = []
    for name, how, record in examinations:
        strengths = [share(record[measure]) for measure in STRENGTHS]
        habits = record["behavior"]
        rates = [share(habits[key]) for key in ("attack_rate_calm", "attack_rate_enraged")]
        rows.append([name, how, *strengths, *rates])
    header = ["silenced", "how", "dodger", "other scripted", "learned knights"]
    return table([*header, "attacks, calm", "attacks, enraged"], rows)


def rise_table(data: Data) -> str:
    """Attack rates calm and enraged, with and without Enrage."""
    rise = rise_of(data)
    rows = []
    for title, name in (("as trained", "full"), ("trained without Enrage", "without_enrage")):
        rates = [interval_of(data.final(name, f"attack_rate_{state}")) for state in ("calm", "enraged")]
        compared = DASH if name == "full" else change(rise.without)
        rows.append([title, *map(shares, rates), change(interval_of(data.final(name, "rise"))), compared])
    for how in ("zero", "mean"):
        habits = [mind["Enrage"][how]["behavior"] for mind in data.minds()]
        rates = [
            interval_of(np.array([habit[f"attack_rate_{state}"] for habit in habits], float))
            for state in ("calm", "enraged")
        ]
        rises = [habit["attack_rate_enraged"] - habit["attack_rate_calm"] for habit in habits if _both(habit)]
        whole_rise = change(interval_of(np.array(rises))) if len(rises) == len(habits) else DASH
        title = f"Enrage silenced, latent {'zero' if how == 'zero' else 'at its mean'}"
        rows.append([title, *map(shares, rates), whole_rise, change(rise.silenced.get(how))])
    return table(["mind", "calm", "enraged", "rise", "change of the rise"], rows)


def _both(habit: dict) -> bool:
    return None not in (habit["attack_rate_calm"], habit["attack_rate_enraged"])


def opponents_table(data: Data, names: Sequence[str]) -> str:
    """Win rates against each scripted knight, means over seeds."""
    rows = []
    for fighter in FIGHTERS:
        rows.append([fighter, *(share(float(np.mean(data.final(name, fighter)))) for name in names)])
    return table(["scripted knight", *(data.title(name) for name in names)], rows)


def habits_table(data: Data, names: Sequence[str]) -> str:
    """What the final bosses do, means over seeds."""
    habits = {
        "attacks in range": "in_range_attack_rate",
        "punishes an open knight": "punish_rate",
        "approaches when far": "approach_rate_when_far",
        "blocks a swing while cooling": "block_rate_against_swings",
        "retreats while cooling": "retreat_share_on_cooldown",
        "retreats while ready": "retreat_share_off_cooldown",
        "idles": "idle_share",
    }
    rows = []
    for title, habit in habits.items():
        cells = (interval_of(data.final(name, habit)) for name in names)
        rows.append([title, *(share(cell.mean) if cell else DASH for cell in cells)])
    return table(["share of the decisions", *(data.title(name) for name in names)], rows)


def rounding_table(pairs: dict[str, tuple[Interval, Interval, Interval]]) -> str:
    """Unrounded, rounded, difference, by measure."""
    rows = [
        [title, shares(before), shares(after), change(gap)] for title, (before, after, gap) in pairs.items()
    ]
    return table(["win rate", "as trained", "rounded", "difference"], rows)


def payoff_table(rows: Sequence[str], columns: Sequence[str], rates: np.ndarray) -> str:
    """The boss's win rates, percent."""
    cells = (
        [label, *(f"{100 * rate:.0f}" for rate in line)] for label, line in zip(rows, rates, strict=True)
    )
    return table(["boss", *columns], list(cells))


def tiers(data: Data) -> dict[str, tuple[float, float]]:
    """By tier: the shipped boss's win rate against the dodger, and its mean over all scripted knights."""
    found = {}
    for tier in TIERS:
        counts = np.array(data.study["payoff"]["rows"][f"shipped, {tier}"])[: len(FIGHTERS)]
        rates = counts[:, 0] / counts.sum(1)
        found[tier] = float(rates[FIGHTERS.index("dodger")]), float(rates.mean())
    return found


def tiers_table(data: Data) -> str:
    """What the tiers come to against the dodger and on average over the scripted knights."""
    rows = [[tier, share(dodger), share(mean)] for tier, (dodger, mean) in tiers(data).items()]
    return table(["tier", "against the dodger", "mean over all scripted knights"], rows)


def ratings_table(rated: dict[str, Interval]) -> str:
    """Ratings, the best first."""
    ordered = sorted(rated.items(), key=lambda entry: -entry[1].mean)
    rows = [
        [name, *(text.replace("-", "−") for text in (f"{r.mean:.0f}", f"{r.low:.0f} to {r.high:.0f}"))]
        for name, r in ordered
    ]
    return table(["player", "rating", "95% interval"], rows)
