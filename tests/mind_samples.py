"""Minds and observations that the tests of the mind's four forms share: ordinary, extreme and tied."""

import numpy as np

from features import BOSS_OBSERVATION, OBSERVED_COOLDOWN, OBSERVED_GUARD
from modular_mind import SHAPES, WEIGHT_LIMIT, Mind, initial_parameters, quantise

LEAST = np.array([least for _, least, _, _ in BOSS_OBSERVATION])
GREATEST = np.array([greatest for _, _, greatest, _ in BOSS_OBSERVATION])


def observations(seed: int, rows: int) -> np.ndarray:
    """Integers (rows, 24) in bounds. A quarter has only least and greatest values; CLEAVE and BLOCK are
    legal in about half of the rows each."""
    random = np.random.default_rng(seed)
    drawn = random.integers(LEAST, GREATEST + 1, (rows, len(LEAST)))
    ends = np.where(random.random(drawn.shape) < 0.5, LEAST, GREATEST)
    drawn[::4] = ends[::4]
    drawn[random.random(rows) < 0.5, OBSERVED_COOLDOWN] = 0
    drawn[random.random(rows) < 0.5, OBSERVED_GUARD] = 0
    return drawn


def draws(seed: int, rows: int) -> np.ndarray:
    """32-bit integers (rows,), the least and the greatest among them."""
    drawn = np.random.default_rng(seed).integers(0, 1 << 32, rows)
    drawn[:2] = (0, (1 << 32) - 1)[:rows]
    return drawn


def random_mind(seed: int, scale: float = 1.0) -> Mind:
    """A mind of random weights and biases; at scales of 3 to 8 each clamp bites in some rows, not in all."""
    parameters = initial_parameters(seed)
    random = np.random.default_rng(seed + 1)
    for name, array in parameters.items():
        if name.endswith("_bias"):
            array[:] = random.standard_normal(array.shape) * 0.3
        array *= scale
    parameters["link_weight"] /= scale**4  # what it reads grows with the sixth power
    return Mind(quantise(parameters))


def extreme_mind(seed: int) -> Mind:
    """Every weight is 8 or -8."""
    random = np.random.default_rng(seed)
    signs = {name: random.integers(0, 2, shape) * 2.0 - 1.0 for name, shape in SHAPES.items()}
    return Mind({name: sign * WEIGHT_LIMIT for name, sign in signs.items()})


def positive_mind() -> Mind:
    """Every weight is 8: the largest sums there can be."""
    return Mind({name: np.full(shape, float(WEIGHT_LIMIT)) for name, shape in SHAPES.items()})


def tied_mind() -> Mind:
    """Every weight is 0: all logits tie, whatever is observed."""
    return Mind({name: np.zeros(shape) for name, shape in SHAPES.items()})
