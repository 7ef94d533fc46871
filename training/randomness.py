"""Random streams that can be saved: numpy generators as arrays, and sampling of actions."""

import numpy as np


def sample(pi: np.ndarray, random: np.random.Generator) -> np.ndarray:
    """One action (n,) per column of probabilities (actions, n)."""
    return choose(pi, random.random(pi.shape[1]))


def choose(pi: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
    """The action (n,) that a draw from [0, 1) picks in each column of probabilities (actions, n).

    The cumulative sum is inverted. The draw is scaled by the column's total, which rounding leaves a little
    off 1, and as a float64 stays below it: an action of probability 0 is never drawn.
    """
    cumulative = pi.cumsum(0)
    return (cumulative <= uniforms * cumulative[-1]).sum(0)


def generator_state(random: np.random.Generator) -> np.ndarray:
    """The state of a PCG64 generator as (6,) uint64: two 128-bit numbers, the flag and spare bits."""
    state = random.bit_generator.state
    low = (1 << 64) - 1
    numbers = [state["state"]["state"], state["state"]["inc"]]
    words = [part for number in numbers for part in (number >> 64, number & low)]
    return np.array([*words, state["has_uint32"], state["uinteger"]], np.uint64)


def restore_generator(random: np.random.Generator, words: np.ndarray) -> None:
    """The counterpart of `generator_state`."""
    high, low, high_increment, low_increment, has_spare, spare = (int(word) for word in words)
    random.bit_generator.state = {
        "bit_generator": "PCG64",
        "state": {"state": high << 64 | low, "inc": high_increment << 64 | low_increment},
        "has_uint32": has_spare,
        "uinteger": spare,
    }
