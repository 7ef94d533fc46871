"""Intervals by bootstrap, and ratings of fighters from the fights between them.

Imported by `tools.make_training_report`. Every random draw is seeded: the same numbers give the same report.
"""

from typing import NamedTuple

import numpy as np

RESAMPLES = 10_000
RATING_RESAMPLES = 400
COVERAGE = 0.95
TAILS = (100 * (1 - COVERAGE) / 2, 100 * (1 + COVERAGE) / 2)  # percentiles
ELO = 400 / np.log(10)  # points for each unit of log odds
ELO_ORIGIN = 1500.0


class Interval(NamedTuple):
    """An estimate and the ends of its 95% interval."""

    mean: float
    low: float
    high: float

    @property
    def side(self) -> int:
        """1 when all of it lies above zero, -1 below, 0 when zero is inside."""
        return int(self.low > 0) - int(self.high < 0)


def resampled_means(values: np.ndarray, seed: int) -> np.ndarray:
    """Means (RESAMPLES, ...) of values (n, ...) drawn again from themselves along the first axis."""
    values = np.asarray(values, float)
    picked = np.random.default_rng(seed).integers(0, len(values), (RESAMPLES, len(values)))
    counts = np.zeros((RESAMPLES, len(values)))
    np.add.at(counts, (np.arange(RESAMPLES)[:, None], picked), 1.0)
    return np.tensordot(counts, values, 1) / len(values)


def mean_interval(values) -> Interval:
    """The mean of values (n,), one of each run, by percentile bootstrap over the runs."""
    low, high = np.percentile(resampled_means(values, 1), TAILS)
    return Interval(float(np.mean(values)), float(low), float(high))


def difference_interval(first, second) -> Interval:
    """Mean of `first` (n,) minus mean of `second` (m,), independent runs, each drawn again by itself."""
    resampled = resampled_means(first, 1) - resampled_means(second, 2)
    low, high = np.percentile(resampled, TAILS)
    return Interval(float(np.mean(first) - np.mean(second)), float(low), float(high))


def band(curves: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, low and high (points,) of curves (n, points) of n runs, point by point."""
    low, high = np.percentile(resampled_means(curves, 1), TAILS, axis=0)
    return np.mean(curves, 0), low, high


# ---------------------------------------------------------------------------- ratings
def bradley_terry(scores: np.ndarray, fights: np.ndarray) -> np.ndarray:
    """Log odds of strength (P,), their mean zero, of the most likely Bradley-Terry model (1952).

    scores[i, j]: how often i beat j, a draw counting half; fights[i, j] = fights[j, i] = scores[i, j] +
    scores[j, i]. One drawn fight is added for each pair that met, so that who never lost is rated too. Fitted
    by Newton's method with short steps; all players must be connected by fights.
    """
    met = fights > 0
    scores, fights = scores + 0.5 * met, fights + met
    strength = np.zeros(len(scores))
    for _ in range(200):
        expected = 1 / (1 + np.exp(strength[None] - strength[:, None]))  # i beats j
        slope = (scores - fights * expected).sum(1)
        weights = fights * expected * (1 - expected)
        curvature = np.diag(weights.sum(1)) - weights
        step = np.linalg.solve(curvature + 1 / len(scores), slope)  # the added constant fixes the mean
        strength += step / max(1.0, np.abs(step).max())
        if np.abs(step).max() < 1e-9:
            return strength - strength.mean()
    raise ValueError("the ratings did not converge: are all players connected by fights?")


def ratings(counts: np.ndarray, origin: int, seed: int = 3) -> list[Interval]:
    """Elo-like ratings of rows and columns, in this order, of a pay-off matrix (R, C, 3).

    counts: won by the row, won by the column, neither (counted as half a win to each). origin: the column
    rated 1500. The intervals come from drawing every cell's fights again, RATING_RESAMPLES times.
    """

    def rate(cells: np.ndarray) -> np.ndarray:
        rows, columns, _ = cells.shape
        scores = np.zeros((rows + columns, rows + columns))
        scores[:rows, rows:] = cells[..., 0] + cells[..., 2] / 2
        scores[rows:, :rows] = (cells[..., 1] + cells[..., 2] / 2).T
        strength = bradley_terry(scores, scores + scores.T)
        return ELO_ORIGIN + ELO * (strength - strength[rows + origin])

    counts = np.asarray(counts)
    random = np.random.default_rng(seed)
    fights = counts.sum(-1)
    shares = counts / fights[..., None]
    resampled = [rate(random.multinomial(fights, shares)) for _ in range(RATING_RESAMPLES)]
    low, high = np.percentile(resampled, TAILS, axis=0)
    ends = zip(rate(counts), low, high, strict=True)
    return [Interval(*(float(value) for value in three)) for three in ends]
