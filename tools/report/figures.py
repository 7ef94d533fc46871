"""The figures of docs/training_report.md, in the manner of `tools/specialists/figures.py`.

Imported by `tools.make_training_report`. Colours differ in lightness as well as in hue, and every line and
mark has a form of its own, so nothing depends on telling red from green. The same numbers give the same
bytes.
"""

from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, PercentFormatter
from PIL import Image

from tools.report.data import GOAL, Data, on_grid
from tools.report.statistics import Interval, band
from tools.specialists.figures import INK, QUIET, RESOLUTION, STYLE, TIDE, WIDTH

GRID = {"color": "#e7e0d8", "linewidth": 0.6, "zorder": 0}
LINES = {  # the variants whose learning is drawn: colour, dashes, and weight
    "full": ("#b3361f", "-", 2.0),
    "monolith": ("#136f9c", (0, (5, 1.5)), 1.6),
    "tiny": ("#d99a1c", (0, (1.2, 1.2)), 1.8),
    "gru": ("#3f3350", (0, (5, 1.2, 1.2, 1.2)), 1.5),
}
FULL, OTHER, LIGHT = "#b3361f", "#136f9c", "#d99a1c"
CURVES = {
    "dodger": "wins: the dodger",
    "others": "wins: the other scripted knights",
    "in_range_attack_rate": "attacks in range",
}
LEAST_REACH = 0.03  # of a panel of differences to either side, so that noise is not blown up
AXES = {"agent_steps": "agent steps, millions", "seconds": "seconds of training on one core"}


def new_figure(height: float) -> Figure:
    """An empty figure, `height` inches high."""
    figure = Figure(figsize=(WIDTH, height), dpi=RESOLUTION, layout="constrained")
    figure.get_layout_engine().set(w_pad=0.08, h_pad=0.06, wspace=0.03, hspace=0.05)
    FigureCanvasAgg(figure)
    return figure


def save(figure: Figure, path: Path) -> None:
    """A PNG of 256 colours, without a date in it."""
    figure.canvas.draw()
    image = Image.fromarray(np.asarray(figure.canvas.buffer_rgba())[..., :3].copy())
    image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE).save(path, optimize=True)


def signed_points(difference: float, _=None) -> str:
    """A tick of a difference of fractions: signed percentage points."""
    value = round(100 * difference, 1)
    return "0" if value == 0 else f"{value:+g}".replace("-", "−")


def plain(axes) -> None:
    """Only the left and lower spine, a quiet grid below everything."""
    axes.spines[["top", "right"]].set_visible(False)
    axes.set_axisbelow(True)
    axes.grid(True, **GRID)
    axes.tick_params(length=2.5)


# ---------------------------------------------------------------------------- learning curves
def curves_figure(path: Path, data: Data) -> None:
    """Means over seeds with 95% bands, over agent steps and over seconds."""
    with matplotlib.rc_context(STYLE):
        figure = new_figure(5.9)
        panels = figure.subplots(len(AXES), len(CURVES), sharey="col", squeeze=False)
        names = [name for name in LINES if data.runs(name)]
        for row, (axis, label) in enumerate(AXES.items()):
            for column, (measure, title) in enumerate(CURVES.items()):
                axes = panels[row, column]
                plain(axes)
                for name in names:
                    colour, dashes, weight = LINES[name]
                    places, curves = on_grid(data.runs(name), axis, measure)
                    mean, low, high = band(curves)
                    places = places / 1e6 if axis == "agent_steps" else places
                    axes.fill_between(places, low, high, color=colour, alpha=0.16, lw=0, zorder=2)
                    axes.plot(
                        places, mean, color=colour, linestyle=dashes, lw=weight, zorder=3,
                        label=data.title(name),
                    )  # fmt: skip
                if measure == "dodger":
                    axes.axhline(GOAL, color=QUIET, lw=0.8, ls=(0, (2, 2)), zorder=1)
                axes.set_ylim(-0.02, 1.02)
                axes.set_xlim(left=0)
                axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
                axes.set_xlabel(label)
                if row == 0:
                    axes.set_title(title, fontsize=10, fontweight="bold", loc="left")
        handles, labels = panels[0, 0].get_legend_handles_labels()
        figure.legend(
            handles, labels, loc="outside lower center", ncols=len(labels), frameon=False, handlelength=3.2
        )
        save(figure, path)


# ---------------------------------------------------------------------------- the pay-off matrix
def payoff_figure(path: Path, rows: Sequence[str], columns: Sequence[str], rates: np.ndarray) -> None:
    """The boss's win rates (R, C): rows are bosses, columns knights."""
    with matplotlib.rc_context(STYLE):
        figure = new_figure(1.5 + 0.3 * len(rows))
        axes = figure.subplots()
        image = axes.imshow(rates, cmap=TIDE, vmin=0, vmax=1, aspect="auto", interpolation="nearest")
        for (row, column), rate in np.ndenumerate(rates):
            pale = 0.3 < rate < 0.7
            axes.text(
                column, row, f"{100 * rate:.0f}", ha="center", va="center", fontsize=8,
                color=INK if pale else "white",
            )  # fmt: skip
        for kind, labels, line in (("x", columns, axes.axvline), ("y", rows, axes.axhline)):
            for place in range(1, len(labels)):
                new_group = group_of(labels[place]) != group_of(labels[place - 1])
                line(place - 0.5, color=STYLE["figure.facecolor"], lw=4 if new_group else 0.8)
            if kind == "x":
                axes.set_xticks(range(len(labels)), labels, rotation=38, ha="right", rotation_mode="anchor")
            else:
                axes.set_yticks(range(len(labels)), labels)
        axes.spines[:].set_visible(False)
        axes.tick_params(length=0)
        bar = figure.colorbar(image, ax=axes, fraction=0.03, pad=0.015, aspect=22)
        bar.ax.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
        bar.ax.set_title("the boss\nwins", fontsize=8, pad=6)
        bar.outline.set_visible(False)
        save(figure, path)


def group_of(label: str) -> str:
    """What kind of row or column a label of the pay-off matrix names."""
    for kind in ("shipped", "league", "seed", "knight of seed", "exploiter"):
        if label.startswith(kind):
            return kind
    return "scripted"


# ---------------------------------------------------------------------------- intervals in rows
def interval_row(axes, place: float, interval: Interval, colour: str, marker: str, label: str | None) -> None:
    """One estimate with its interval, at a height."""
    axes.plot([interval.low, interval.high], [place, place], color=colour, lw=1.5, zorder=3)
    axes.plot(
        interval.mean, place, marker, color=colour, ms=5.5, mec="white", mew=0.7, zorder=4, label=label, ls=""
    )


def rows_of(axes, labels: Sequence[str]) -> None:
    """Labels at heights 0, 1, ... from the top."""
    axes.set_yticks(range(len(labels)), labels)
    axes.set_ylim(len(labels) - 0.45, -0.55)
    axes.tick_params(axis="y", length=0)


def ratings_figure(path: Path, bosses: Mapping[str, Interval], knights: Mapping[str, Interval]) -> None:
    """Ratings of bosses and knights, each side from the strongest down."""
    with matplotlib.rc_context(STYLE):
        figure = new_figure(1.0 + 0.235 * max(len(bosses), len(knights)))
        panels = figure.subplots(1, 2, sharex=True)
        sides = ((panels[0], bosses, "bosses", FULL), (panels[1], knights, "knights", OTHER))
        for axes, rated, title, colour in sides:
            plain(axes)
            ordered = sorted(rated.items(), key=lambda entry: -entry[1].mean)
            for place, (_, interval) in enumerate(ordered):
                interval_row(axes, place, interval, colour, "o", None)
            rows_of(axes, [label for label, _ in ordered])
            axes.set_title(title, fontsize=10, fontweight="bold", loc="left")
            axes.set_xlabel("rating (the dodger is 1500)")
        save(figure, path)


def differences_figure(
    path: Path, titles: Sequence[str], labels: Sequence[str], series: Sequence[tuple], breaks: Sequence[int]
) -> None:
    """A panel per measure with rows of differences from the whole mind, in percentage points.

    series: (legend, colour, marker, {(row, panel): Interval}) each; `breaks`: rows with a line above.
    """
    with matplotlib.rc_context(STYLE):
        figure = new_figure(1.15 + 0.36 * len(labels))
        panels = figure.subplots(1, len(titles), sharey=True, squeeze=False)[0]
        height = 0.62 / max(1, len(series) - 1) if len(series) > 1 else 0
        for column, (axes, title) in enumerate(zip(panels, titles, strict=True)):
            plain(axes)
            axes.grid(False, axis="y")
            axes.axvline(0, color=INK, lw=0.9, zorder=1)
            for number, (legend, colour, marker, found) in enumerate(series):
                shift = (number - (len(series) - 1) / 2) * height
                here = [(row, found[row, column]) for row in range(len(labels)) if (row, column) in found]
                for index, (row, interval) in enumerate(here):
                    label = legend if index == 0 else None
                    interval_row(axes, row + shift, interval, colour, marker, label)
            for row in range(1, len(labels)):
                style = {"color": QUIET, "lw": 0.9} if row in breaks else {"color": "#e7e0d8", "lw": 0.6}
                axes.axhline(row - 0.5, zorder=0, **style)
            axes.set_title(title, fontsize=10, fontweight="bold", loc="left")
            axes.xaxis.set_major_formatter(FuncFormatter(signed_points))
            low, high = axes.get_xlim()
            axes.set_xlim(min(low, -LEAST_REACH), max(high, LEAST_REACH))
            axes.tick_params(axis="y", length=0)
            axes.set_xlabel("difference, percentage points")
        rows_of(panels[0], labels)
        if len(series) > 1:
            handles, names = panels[0].get_legend_handles_labels()
            figure.legend(handles, names, loc="outside lower center", ncols=len(names), frameon=False)
        save(figure, path)


# ---------------------------------------------------------------------------- enraged
def enrage_figure(path: Path, healths: Sequence[str], conditions: Sequence[tuple[str, np.ndarray]]) -> None:
    """Attack rates by health for each condition: (title, rates (seeds, healths)), one thin line a seed."""
    with matplotlib.rc_context(STYLE):
        figure = new_figure(3.3)
        panels = figure.subplots(1, len(conditions), sharey=True, squeeze=False)[0]
        places = np.arange(len(healths))
        for axes, (title, rates) in zip(panels, conditions, strict=True):
            plain(axes)
            axes.grid(False, axis="x")
            for rate in rates:
                axes.plot(places, rate, color=LIGHT, lw=0.9, alpha=0.8, zorder=2)
            known = rates[~np.isnan(rates).any(1)]
            if len(known):
                mean, low, high = band(known)
                axes.vlines(places, low, high, color=FULL, lw=1.6, zorder=3)
                axes.plot(places, mean, "o-", color=FULL, lw=1.8, ms=5.5, mec="white", mew=0.7, zorder=4)
            axes.set_xticks(places, healths)
            axes.tick_params(axis="y", length=0)
            axes.set_xlim(-0.4, len(healths) - 0.6)
            axes.set_ylim(-0.02, 1.02)
            axes.yaxis.set_major_formatter(PercentFormatter(1, decimals=0))
            axes.set_title(title, fontsize=9.5, fontweight="bold", loc="left")
        panels[0].set_ylabel("attacks in range")
        save(figure, path)
