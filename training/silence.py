"""A mind with one specialist's part in the shared latent taken out: what does that specialist change?

A specialist that is silenced in a copy of the mind writes nothing into the latent; whatever then differs on
the same observations was its doing. Only parameters are changed, so the copy decides by the same exact path.
"""

import numpy as np

from features import OWNER_COUNT, SPECIALISTS
from modular_mind import SHAPES, Mind, quantise, scale_observations

LATENT_SIZE = SHAPES["latent_bias"][1]


def silenced(mind: Mind, specialist: str, drive: bool = False) -> Mind:
    """A copy of `mind` in which the latent of `specialist` (one of `features.SPECIALISTS`) is zero.

    drive: its drive is zero as well, where it owns a move, so that nothing of it is left.
    """
    copy = with_constant_latent(mind, specialist, np.zeros(LATENT_SIZE))
    index = SPECIALISTS.index(specialist)
    if not drive or index >= OWNER_COUNT:
        return copy
    parameters = {name: array.copy() for name, array in copy.parameters.items()}
    parameters["drive_weight"][index] = 0.0
    parameters["drive_bias"][index] = 0.0
    return Mind(parameters)


def with_constant_latent(mind: Mind, specialist: str, latent: np.ndarray) -> Mind:
    """A copy of `mind` in which the latent of `specialist` is `latent` (8,), whatever is observed.

    Held at its mean, a specialist keeps its constant part and tells nothing about the situation. Values are
    rounded to the grid of weights; ValueError for an unknown specialist, for another shape and for values
    beyond the limit of weights.
    """
    if specialist not in SPECIALISTS:
        raise ValueError(f"specialist: {specialist!r} is not one of {', '.join(SPECIALISTS)}")
    latent = np.asarray(latent, np.float64)
    if latent.shape != (LATENT_SIZE,):
        raise ValueError(f"latent: has shape {latent.shape}, not {(LATENT_SIZE,)}")
    index = SPECIALISTS.index(specialist)
    parameters = {name: array.copy() for name, array in mind.parameters.items()}
    parameters["latent_weight"][index] = 0.0
    parameters["latent_bias"][index] = latent
    rounded = quantise(parameters)
    if not (np.abs(rounded["latent_bias"][index] - latent) < 1e-3).all():  # more than rounding: clipped
        raise ValueError(f"latent: {np.abs(latent).max():g} is beyond the limit of weights")
    return Mind(rounded)


def mean_latent(mind: Mind, specialist: str, observations: np.ndarray) -> np.ndarray:
    """The mean latent (8,) of `specialist` over integer observations (B, 24), before rounding."""
    index = SPECIALISTS.index(specialist)
    parameters = mind.parameters
    x = scale_observations(observations)
    hidden = np.maximum(x @ parameters["hidden_weight"][index].T + parameters["hidden_bias"][index], 0.0)
    return parameters["latent_weight"][index] @ hidden.mean(0) + parameters["latent_bias"][index]
