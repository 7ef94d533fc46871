"""A sequential test of paired fights: stops as soon as it is clear whether a mind has become weaker.

Fights are played in rounds, one against each opponent, each by both minds with the same seed and the same
chances of the knight. A pair scores +1 where only the new mind wins, -1 where only the old one does and 0
otherwise; a round scores the mean x of its pairs. The hypotheses are about the mean of x, the change in the
mean win rate over these opponents:

    H0   it is -drop: the new mind is weaker        accepted though true with probability alpha at most
    H1   it is 0: it is not                         refused though true with probability beta at most

After n rounds with mean m and variance v the log likelihood ratio of H1 against H0 is

    n drop (m + drop / 2) / v

and the test goes on while it lies between log(beta / (1 - alpha)) and log((1 - beta) / alpha): Wald's
sequential probability ratio test (Annals of Mathematical Statistics 16, 1945) with the normal approximation
of the generalised likelihood ratio that fishtest uses for paired games (M. Van den Bergh, "A practical
introduction to the GSPRT"). Because it is the rounds whose variance is taken, neither pairs that depend on
each other nor opponents of unequal strength bend the error rates. After `most` pairs without an answer the
new mind is not taken: doubt counts against it.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

NOT_WEAKER, WEAKER, UNDECIDED = "not_weaker", "weaker", "undecided"


@dataclass(frozen=True, slots=True)
class Limits:
    """What the test promises, and how long it may take."""

    drop: float = 0.03  # of the mean win rate: what counts as weaker
    alpha: float = 0.05  # greatest probability that a mind weaker by `drop` is taken
    beta: float = 0.05  # greatest probability that a mind that is not weaker is refused
    fewest: int = 128  # rounds before the first look: the approximation needs some
    step: int = 256  # pairs between looks
    most: int = 16_000  # pairs


@dataclass(frozen=True, slots=True)
class Result:
    """How a test ended."""

    verdict: str  # NOT_WEAKER, WEAKER or UNDECIDED
    ratio: float  # the log likelihood ratio at the end
    changes: np.ndarray  # (opponents, rounds) int8: 1 where only the new mind won, -1 where only the old one


def log_likelihood_ratio(changes: np.ndarray, drop: float) -> float:
    """That of H1 against H0 after paired fights with these changes (opponents, rounds) of -1, 0 and 1.

    The variance counts one more pair won and one more pair lost: with all pairs equal it would be zero, as if
    no more losses could ever come.
    """
    opponents, rounds = changes.shape
    scores = changes.mean(0)
    mean = float(scores.mean())
    variance = float(((scores - mean) ** 2).sum() + 2.0 / opponents**2) / rounds
    return rounds * drop * (mean + drop / 2) / variance


def run(play: Callable[[int, int], np.ndarray], limits: Limits) -> Result:
    """Test until there is an answer; `play(rounds, number)` gives the changes of the number-th fights.

    They are (opponents, rounds), and independent of those of other numbers.
    """
    upper = math.log((1 - limits.beta) / limits.alpha)
    lower = math.log(limits.beta / (1 - limits.alpha))
    changes = play(limits.fewest, 0)
    opponents = len(changes)
    number = 0
    while True:
        ratio = log_likelihood_ratio(changes, limits.drop)
        if ratio >= upper:
            return Result(NOT_WEAKER, ratio, changes)
        if ratio <= lower:
            return Result(WEAKER, ratio, changes)
        if changes.size >= limits.most:
            return Result(UNDECIDED, ratio, changes)
        number += 1
        rounds = math.ceil(min(limits.step, limits.most - changes.size) / opponents)
        changes = np.concatenate([changes, play(rounds, number)], axis=1)
