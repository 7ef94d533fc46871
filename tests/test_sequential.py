"""The sequential test of paired fights keeps its error rates, by exact computation and by planted drops."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from learning.sequential import NOT_WEAKER, UNDECIDED, WEAKER, Limits, log_likelihood_ratio, run

LIMITS = Limits()
EXACT = Limits(step=256, most=128 + 256 * 16)
NOISE = 0.012  # three standard deviations of a rate of 0.05 in 3,000 runs
POOL = np.array([1.0] * 12 + [0.995, 0.985, 0.985, 0.98, 0.98, 0.98, 0.97, 0.97, 0.96, 0.95, 0.92])
PLAYERS = np.array([0.4, 0.5, 0.6, 0.7, 0.8])


# ---------------------------------------------------------------------------- exactly, for one opponent
def trinomial(pairs: int, won: float, lost: float, size: int) -> np.ndarray:
    """The probabilities (size, size) of how many of `pairs` are won and lost; larger counts are left out."""
    logs = np.concatenate([[0.0], np.cumsum(np.log(np.arange(1, pairs + 1)))])
    counts = np.arange(size)
    rest = pairs - counts[:, None] - counts
    safe = np.maximum(rest, 0)
    log = (
        logs[pairs] - logs[np.minimum(counts, pairs)][:, None] - logs[np.minimum(counts, pairs)] - logs[safe]
    )
    log += counts[:, None] * math.log(won) + counts * math.log(lost) + safe * math.log(1 - won - lost)
    return np.where(rest >= 0, np.exp(log), 0.0)


def exact_rates(won: float, lost: float, limits: Limits, size: int) -> dict[str, float]:
    """How the test of one opponent ends, with the probability of each end, from all counts at all looks.

    won, lost: the probabilities that only the new, only the old mind wins a pair. size: counts beyond it are
    dropped from the sum, which a test checks.
    """
    counts = np.arange(size)
    difference, discordant = counts[:, None] - counts, counts[:, None] + counts
    ends = dict.fromkeys((NOT_WEAKER, WEAKER, UNDECIDED), 0.0)
    pairs = limits.fewest
    alive = trinomial(pairs, won, lost, size)
    upper = math.log((1 - limits.beta) / limits.alpha)
    lower = math.log(limits.beta / (1 - limits.alpha))
    step = np.fft.rfft2(trinomial(limits.step, won, lost, size), (2 * size, 2 * size))
    while True:
        mean = difference / pairs
        variance = np.maximum(discordant - pairs * mean**2, 0) / pairs + 2 / pairs
        ratio = pairs * limits.drop * (mean + limits.drop / 2) / variance
        for verdict, where in ((NOT_WEAKER, ratio >= upper), (WEAKER, ratio <= lower)):
            ends[verdict] += float(alive[where].sum())
            alive = np.where(where, 0.0, alive)
        if pairs >= limits.most or alive.sum() < 1e-9:
            ends[UNDECIDED] = float(alive.sum())
            return ends
        alive = np.fft.irfft2(np.fft.rfft2(alive, (2 * size, 2 * size)) * step)[:size, :size]
        pairs += limits.step


@pytest.mark.parametrize(("rate", "size"), [(0.99, 150), (0.95, 360)])
def test_the_exact_error_rates_against_one_opponent(rate, size):
    weaker = rate - EXACT.drop
    taken = exact_rates(weaker * (1 - rate), (1 - weaker) * rate, EXACT, size)
    refused = exact_rates(rate * (1 - rate), rate * (1 - rate), EXACT, size)
    for ends in (taken, refused):
        assert sum(ends.values()) == pytest.approx(1, abs=1e-4)  # nothing was dropped
    assert taken[NOT_WEAKER] <= EXACT.alpha
    assert refused[WEAKER] + refused[UNDECIDED] <= EXACT.beta
    # it tells the two apart, and a mind twice as weak is all but never taken
    assert taken[WEAKER] > 0.9
    weakest = rate - 2 * EXACT.drop
    assert exact_rates(weakest * (1 - rate), (1 - weakest) * rate, EXACT, size)[NOT_WEAKER] < 1e-3


def test_the_test_itself_agrees_with_the_exact_rates():
    exact = exact_rates(0.92 * 0.05, 0.08 * 0.95, EXACT, 360)
    seen = simulated(np.array([0.95]), np.array([0.92]), EXACT, 3000, seed=1)
    for verdict, rate in exact.items():
        assert seen[verdict] == pytest.approx(rate, abs=NOISE)


# ---------------------------------------------------------------------------- by simulation, for many
def simulated(old: np.ndarray, new: np.ndarray, limits: Limits, runs: int, seed: int) -> dict[str, float]:
    """How often the test ends in which way if the minds win at these rates (opponents,)."""
    random = np.random.default_rng(seed)

    def play(rounds: int, _: int) -> np.ndarray:
        before, after = random.random((2, len(old), rounds))
        return (after < new[:, None]).astype(np.int8) - (before < old[:, None])

    verdicts = [run(play, limits).verdict for _ in range(runs)]
    return {verdict: verdicts.count(verdict) / runs for verdict in (NOT_WEAKER, WEAKER, UNDECIDED)}


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (POOL, POOL - 0.03),
        (POOL, np.where(np.arange(23) == 5, POOL - 0.69, POOL)),  # one opponent forgotten
        (PLAYERS, PLAYERS - 0.03),
        (PLAYERS, np.array([0.6, 0.3, 0.45, 0.8, 0.7])),
    ],
)
def test_a_planted_drop_of_three_points_is_taken_at_most_as_often_as_stated(old, new):
    assert (new - old).mean() == pytest.approx(-0.03)
    assert simulated(old, new, LIMITS, 1000, seed=2)[NOT_WEAKER] <= LIMITS.alpha


@pytest.mark.parametrize("old", [POOL, PLAYERS])
def test_a_mind_that_is_not_weaker_is_refused_at_most_as_often_as_stated(old):
    seen = simulated(old, old, LIMITS, 1000, seed=3)
    assert seen[WEAKER] + seen[UNDECIDED] <= LIMITS.beta


def test_what_cannot_be_told_in_the_fights_allowed_is_no_pass():
    limits = Limits(fewest=8, step=40, most=200)
    asked = []

    def play(rounds: int, number: int) -> np.ndarray:
        asked.append((rounds, number))
        half = np.arange(5 * rounds).reshape(5, rounds) % 8
        return np.choose(half, [1, -1, 1, -1, -1, 0, 0, 0]).astype(np.int8)

    result = run(play, limits)
    assert result.verdict == UNDECIDED
    assert asked == [(8, 0), *((8, number) for number in range(1, 5))]
    assert result.changes.shape == (5, 40)


@settings(max_examples=100)
@given(st.lists(st.lists(st.integers(-1, 1), min_size=3, max_size=3), min_size=8, max_size=60))
def test_the_ratio_grows_with_every_pair_that_turns_out_better(rounds):
    changes = np.array(rounds, np.int8).T
    ratio = log_likelihood_ratio(changes, 0.03)
    assert math.isfinite(ratio)
    # the sign says on which side of the middle the mean lies
    assert (ratio > 0) == (changes.mean() > -0.015)
