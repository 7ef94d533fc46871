"""The axes of the maps: distance from left to right, a row for each situation, health or cooldown.

Imported by `tools.make_specialist_maps`. All edges follow from the rules in `features.py`.
"""

from dataclasses import dataclass

import numpy as np

from features import (
    BOSS_HALF_WIDTH,
    BOSS_MAX_HEALTH,
    CLEAVE_REST,
    DECISION_TICKS,
    KNIGHT_HALF_WIDTH,
    OBSERVED_COOLDOWN,
    OBSERVED_DISTANCE,
    TICKS_PER_SECOND,
    UNITS_PER_PIXEL,
)
from training.evaluate import OBSERVED

COLUMN_PIXELS = 40
COLUMN_COUNT = 14
# Bodies do not overlap: the first column is the one in which they touch.
FIRST_PIXEL = (BOSS_HALF_WIDTH + KNIGHT_HALF_WIDTH) // UNITS_PER_PIXEL // COLUMN_PIXELS * COLUMN_PIXELS
LAST_PIXEL = FIRST_PIXEL + COLUMN_COUNT * COLUMN_PIXELS  # what is farther counts in the last column
LEAST_DECISIONS = 5  # a cell with fewer shows nothing

KNIGHT_ROWS = ("free", "rolling", "attacking", "blocking", "staggered")
BOSS_ROWS = (
    "calm, ready",
    "calm, cooling",
    "enraged, ready",
    "enraged, cooling",
)  # whether a cleave is allowed
HEALTH_ROWS = 12
COOLDOWN_ROWS = CLEAVE_REST // DECISION_TICKS + 1  # longer waits count in the last row
COOLDOWN_SECONDS = DECISION_TICKS / TICKS_PER_SECOND


@dataclass(frozen=True)
class Grid:
    """Rows of a map, from the top: the label of each, and the groups (title, number of rows) they form."""

    labels: tuple[str, ...]
    groups: tuple[tuple[str, int], ...]


SITUATIONS = Grid(KNIGHT_ROWS * len(BOSS_ROWS), tuple((name, len(KNIGHT_ROWS)) for name in BOSS_ROWS))
HEALTH = Grid(
    tuple(f"{BOSS_MAX_HEALTH * (HEALTH_ROWS - row) / HEALTH_ROWS:.0f}" for row in range(HEALTH_ROWS)),
    (("boss health", HEALTH_ROWS),),
)
_COOLDOWN_LABELS = ("ready", *(f"in {row * COOLDOWN_SECONDS:.1f} s" for row in range(1, COOLDOWN_ROWS)))
COOLDOWNS = Grid(_COOLDOWN_LABELS * 2, (("calm", COOLDOWN_ROWS), ("enraged", COOLDOWN_ROWS)))


def columns_of(observations: np.ndarray) -> np.ndarray:
    """The column (N,) of each observation (N, 24), by distance."""
    column = (observations[:, OBSERVED_DISTANCE] - FIRST_PIXEL) // COLUMN_PIXELS
    return np.clip(column, 0, COLUMN_COUNT - 1)


def situations_of(observations: np.ndarray) -> np.ndarray:
    """The row (N,) in `SITUATIONS`: the boss's readiness, then the knight's phase."""
    flags = ("knight_rolling", "knight_attacking", "knight_blocking", "knight_staggered")
    phase = sum((row + 1) * observations[:, OBSERVED[flag]] for row, flag in enumerate(flags))
    cooling = observations[:, OBSERVED_COOLDOWN] > 0
    return (2 * observations[:, OBSERVED["boss_enraged"]] + cooling) * len(KNIGHT_ROWS) + phase


def healths_of(observations: np.ndarray) -> np.ndarray:
    """The row (N,) in `HEALTH`; a row's label is the greatest health in it."""
    health = observations[:, OBSERVED["boss_health"]]
    return np.clip((BOSS_MAX_HEALTH - health) * HEALTH_ROWS // BOSS_MAX_HEALTH, 0, HEALTH_ROWS - 1)


def cooldowns_of(observations: np.ndarray) -> np.ndarray:
    """The row (N,) in `COOLDOWNS`: calm or enraged, then how many decisions until a cleave is allowed."""
    wait = np.minimum(-(-observations[:, OBSERVED_COOLDOWN] // DECISION_TICKS), COOLDOWN_ROWS - 1)
    return observations[:, OBSERVED["boss_enraged"]] * COOLDOWN_ROWS + wait


def counts(grid: Grid, rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """The number of decisions in each cell: int (rows of the grid, COLUMN_COUNT)."""
    cells = rows * COLUMN_COUNT + columns
    return np.bincount(cells, minlength=len(grid.labels) * COLUMN_COUNT).reshape(-1, COLUMN_COUNT)


def means(grid: Grid, rows: np.ndarray, columns: np.ndarray, values: np.ndarray) -> np.ndarray:
    """The mean of `values` (N,) in each cell: float (rows, COLUMN_COUNT), NaN below LEAST_DECISIONS."""
    number = counts(grid, rows, columns)
    cells = rows * COLUMN_COUNT + columns
    sums = np.bincount(cells, values, number.size).reshape(number.shape)
    return np.where(number >= LEAST_DECISIONS, sums / np.maximum(number, 1), np.nan)


def column_text(column: int) -> str:
    """A column's distances in words."""
    first = FIRST_PIXEL + column * COLUMN_PIXELS
    if column == COLUMN_COUNT - 1:
        return f"{first} px or more"
    return f"{first} to {first + COLUMN_PIXELS - 1} px"


def situation_text(row: int) -> str:
    """A row of `SITUATIONS` in words."""
    boss, knight = divmod(row, len(KNIGHT_ROWS))
    mood, cleave = BOSS_ROWS[boss].split(", ")
    may = "allowed" if cleave == "ready" else "on cooldown"
    return f"knight {KNIGHT_ROWS[knight]}, boss {mood}, cleave {may}"
