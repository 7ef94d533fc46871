"""The figures of docs/specialists.md: heat maps with distance from left to right (see `grids.py`).

Imported by `tools.make_specialist_maps`. Both colour ramps change steadily in lightness and avoid red
against green, so they read the same for colour-blind eyes and in grey. The same arrays give the same bytes.
"""

from collections.abc import Sequence
from pathlib import Path

import matplotlib
import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap, LogNorm, Normalize
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from tools.specialists.grids import COLUMN_COUNT, COLUMN_PIXELS, FIRST_PIXEL, Grid
from training.evaluate import RANGE_PIXELS

WIDTH = 10.0  # inches; at a page's usual 900 px a 9-point letter is about 11 px tall
RESOLUTION = 150  # dots an inch
PAPER, INK, QUIET, HATCH, ACCENT = "#fffdf9", "#2b2126", "#7d7076", "#d9d0c8", "#8a3324"
RANGE_STYLE = {"color": "#1d6f78", "linestyle": (0, (2, 1.4)), "linewidth": 1, "zorder": 4}
EMBER = LinearSegmentedColormap.from_list(
    "ember", ["#fdf3dd", "#f9cf8c", "#ee9a4d", "#d65f38", "#a3313f", "#632046", "#2a1437"]
)
TIDE = LinearSegmentedColormap.from_list(
    "tide", ["#123f66", "#3b7fae", "#9cc4dc", "#f7f4ee", "#f1b27a", "#cb6a2c", "#74300f"]
)
COUNT_RAMP = LinearSegmentedColormap.from_list("slate", ["#eef1f2", "#a9b7bf", "#5d7080", "#1d2a36"])
STYLE = {
    "font.family": "DejaVu Sans",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": QUIET,
    "axes.linewidth": 0.6,
    "axes.labelcolor": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
    "xtick.labelcolor": INK,
    "ytick.labelcolor": INK,
    "xtick.major.width": 0.6,
    "hatch.linewidth": 0.5,
    "figure.facecolor": PAPER,
    "savefig.facecolor": PAPER,
}

GAP = 0.7  # rows of space between two groups
TICKS = (100, 300, 500)  # px
LEFT, RIGHT = 1.28, 0.12  # inches beside the panels
PANEL_GAP = 0.14
TITLE_HEIGHT, FOOT_HEIGHT, HEAD_HEIGHT = 0.36, 0.52, 0.04


class Board:
    """A figure of equally wide panels in rows, placed in inches from the top left."""

    def __init__(self, columns: int, heights: Sequence[float]):
        """heights: of each row of panels, in inches, without titles."""
        self.columns = columns
        self.heights = list(heights)
        self.height = HEAD_HEIGHT + sum(heights) + TITLE_HEIGHT * len(self.heights) + FOOT_HEIGHT
        self.figure = Figure(figsize=(WIDTH, self.height), dpi=RESOLUTION)
        FigureCanvasAgg(self.figure)
        self.panel_width = (WIDTH - LEFT - RIGHT - PANEL_GAP * (columns - 1)) / columns

    def axes(self, left: float, top: float, width: float, height: float):
        """Axes at a place in inches."""
        box = (left / WIDTH, 1 - (top + height) / self.height, width / WIDTH, height / self.height)
        return self.figure.add_axes(box)

    def place(self, row: int, column: int) -> tuple[float, float]:
        """Left and top of a panel, below its title."""
        top = HEAD_HEIGHT + sum(self.heights[:row]) + TITLE_HEIGHT * (row + 1)
        return LEFT + column * (self.panel_width + PANEL_GAP), top

    def write(self, left: float, top: float, text: str, **style) -> None:
        """Text with its top left corner at a place in inches."""
        style = {"va": "top", "ha": "left", **style}
        self.figure.text(left / WIDTH, 1 - top / self.height, text, **style)

    def panel(self, row: int, column: int, grid: Grid, values: np.ndarray, colours, norm) -> None:
        """One heat map; cells of NaN are hatched. Row labels only in the first column."""
        left, top = self.place(row, column)
        axes = self.axes(left, top, self.panel_width, self.heights[row])
        edges = FIRST_PIXEL + COLUMN_PIXELS * np.arange(COLUMN_COUNT + 1)
        axes.set_facecolor("none")
        start, centres = 0, []
        for index, (title, count) in enumerate(grid.groups):
            first = start + index * GAP
            block = np.ma.masked_invalid(values[start : start + count])
            place = ((edges[0], first), edges[-1] - edges[0], count)
            axes.add_patch(Rectangle(*place, facecolor="none", edgecolor=HATCH, hatch="///", lw=0))
            axes.pcolormesh(edges, first + np.arange(count + 1), block, cmap=colours, norm=norm, zorder=2)
            frame = Rectangle(*place, fill=False, edgecolor=QUIET, lw=0.6, zorder=3, clip_on=False)
            axes.add_patch(frame)
            axes.plot([RANGE_PIXELS] * 2, [first, first + count], **RANGE_STYLE)
            if column == 0:
                self._group_title(axes, title, first, count)
            centres += [first + offset + 0.5 for offset in range(count)]
            start += count
        axes.set_xlim(edges[0], edges[-1])
        axes.set_ylim(start + (len(grid.groups) - 1) * GAP, 0)
        axes.set_xticks(TICKS, [str(tick) for tick in TICKS] if row == len(self.heights) - 1 else [])
        axes.tick_params(axis="x", length=2.5, pad=2)
        axes.tick_params(axis="y", length=0, pad=3, labelsize=8)
        axes.set_yticks(centres, grid.labels if column == 0 else [""] * len(centres))
        axes.spines[:].set_visible(False)

    def _group_title(self, axes, title: str, first: float, count: int) -> None:
        axes.annotate(
            title.replace(", ", "\n"),
            (0, first + count / 2),
            xycoords=("axes fraction", "data"),
            xytext=(-(LEFT - 0.06) * 72, 0),
            textcoords="offset points",
            rotation=90,
            ha="left",
            va="center",
            fontsize=8,
            fontweight="bold",
            linespacing=1.3,
            multialignment="center",
        )

    def title(self, row: int, column: int, text: str) -> None:
        """A panel's title."""
        left, top = self.place(row, column)
        self.write(left, top - 0.07, text, va="bottom", fontsize=10, fontweight="bold")

    def heading(self, row: int, text: str) -> None:
        """What a row of panels shows, at its left on the height of the titles."""
        self.write(0.06, self.place(row, 0)[1] - 0.07, text, va="bottom", fontsize=9, color=ACCENT)

    def key(self, row: int, column: int, colours, least: str, greatest: str) -> None:
        """A panel's own colour scale, small, at the right of its title."""
        left, top = self.place(row, column)
        self._key(left + self.panel_width, top - 0.09, 0.5, colours, least, greatest, 7.5)

    def foot(self, text: str, key: tuple | None = None) -> None:
        """The line below: what the x axis is; a key (colours, least, greatest) of all panels at the right."""
        base = self.height - 0.1
        self.write(LEFT, base, text, va="bottom", fontsize=8.5)
        if key is not None:
            self._key(WIDTH - RIGHT, base, 0.9, *key, 8.5)

    def _key(self, right, base, width, colours, least, greatest, size) -> None:
        """A colour scale `width` wide between its two ends as text, the last of which ends at `right`."""
        self.write(right, base, greatest, va="bottom", ha="right", fontsize=size)
        right -= 0.0088 * size * len(greatest) + 0.07  # inches of an average letter
        axes = self.axes(right - width, base - 0.11, width, 0.09)
        axes.imshow(np.linspace(0, 1, 128)[None], aspect="auto", cmap=colours, interpolation="nearest")
        axes.set_xticks([])
        axes.set_yticks([])
        axes.spines[:].set_linewidth(0.5)
        self.write(right - width - 0.06, base, least, va="bottom", ha="right", fontsize=size)

    def save(self, path: Path) -> None:
        """Writes a PNG of 256 colours, which is a third as large and looks the same, without a date in it."""
        self.figure.canvas.draw()
        image = Image.fromarray(np.asarray(self.figure.canvas.buffer_rgba())[..., :3].copy())
        palette = image.quantize(256, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
        palette.save(path, optimize=True)


AXIS = "distance, px (the last column has all beyond)  ·  dashed: cleave range  ·  hatched: too few decisions"


def limits(values: np.ndarray) -> tuple[float, float]:
    """Least and greatest of the numbers in an array; (0, 1) where there is none."""
    known = values[np.isfinite(values)]
    return (float(known.min()), float(known.max())) if len(known) else (0.0, 1.0)


def around_zero(maps: Sequence[np.ndarray], digits: int) -> tuple[Normalize, str, str]:
    """A scale that is symmetric around zero and covers all maps, and the text of its two ends."""
    reach = max(*np.abs(limits(np.array(maps))), 10.0**-digits)
    return Normalize(-reach, reach), f"−{reach:.{digits}f}", f"+{reach:.{digits}f}"


def activity_figure(path: Path, grid: Grid, maps: dict[str, np.ndarray], number: np.ndarray) -> None:
    """Seven specialists' mean activity, each on its own scale, and the number of decisions, by cell."""
    with matplotlib.rc_context(STYLE):
        board = Board(4, [3.6, 3.6])
        for index, (name, values) in enumerate(maps.items()):
            row, column = divmod(index, 4)
            low, high = limits(values)
            board.panel(row, column, grid, values, EMBER, Normalize(low, high))
            board.title(row, column, name)
            board.key(row, column, EMBER, f"{low:.2f}", f"{high:.2f}")
        most = max(2, int(number.max()))
        board.panel(1, 3, grid, np.where(number > 0, number, np.nan), COUNT_RAMP, LogNorm(1, most))
        board.title(1, 3, "decisions")
        board.key(1, 3, COUNT_RAMP, "1", f"{most}")
        board.foot(AXIS)
        board.save(path)


def logits_figure(path: Path, grid: Grid, moves: Sequence[str], maps: dict[str, list[np.ndarray]]) -> None:
    """Drives and modulation of the five moves, and what the modulation does to their probabilities.

    maps: "drive", "modulation" and "effect", each a list of five maps (rows, columns).
    """
    with matplotlib.rc_context(STYLE):
        board = Board(5, [3.2, 3.2, 3.2])
        headings = {"drive": "drive", "modulation": "modulation", "effect": "probability"}
        for row, (part, heading) in enumerate(headings.items()):
            norm, _, greatest = around_zero(maps[part], 2 if part == "effect" else 1)
            board.heading(row, f"{heading} {greatest.replace('+', '±')}")
            for column, move in enumerate(moves):
                board.panel(row, column, grid, maps[part][column], TIDE, norm)
                board.title(row, column, move)
        board.foot(AXIS, (TIDE, "−", "+"))
        board.save(path)


def silence_figure(path: Path, grid: Grid, moves: Sequence[str], maps: dict[str, list[np.ndarray]]) -> None:
    """For each modulator five maps (rows, columns): the change of each move's probability without it."""
    with matplotlib.rc_context(STYLE):
        board = Board(5, [2.3] * len(maps))
        norm, least, greatest = around_zero([values for five in maps.values() for values in five], 2)
        for row, (name, values) in enumerate(maps.items()):
            board.heading(row, f"without {name}")
            for column, move in enumerate(moves):
                board.panel(row, column, grid, values[column], TIDE, norm)
                board.title(row, column, move)
        board.foot(AXIS, (TIDE, f"change {least}", greatest))
        board.save(path)


def moves_figure(path: Path, grid: Grid, moves: Sequence[str], maps: Sequence[np.ndarray]) -> None:
    """The mean probability of each move, five maps (rows, columns), on one scale from 0 to 1."""
    with matplotlib.rc_context(STYLE):
        board = Board(5, [1.9])
        board.heading(0, "cleave allowed")
        for column, move in enumerate(moves):
            board.panel(0, column, grid, maps[column], EMBER, Normalize(0, 1))
            board.title(0, column, move)
        board.foot(AXIS, (EMBER, "0", "1"))
        board.save(path)
