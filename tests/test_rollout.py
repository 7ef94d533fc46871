"""Advantages from decision to decision: the recursion over steps against a walk along each fight."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from training.rollout import Rollout, join


def random_rollout(seed: int, horizon: int, rows: int, deciding: float, ending: float) -> Rollout:
    random = np.random.default_rng(seed)
    steps = Rollout(horizon, rows, 2, 3)
    shape = (horizon, rows)
    steps.rewards[:] = random.standard_normal(shape)
    steps.decides[:] = random.random(shape) < deciding
    steps.done[:] = random.random(shape) < ending
    steps.values[:] = np.where(steps.decides, random.standard_normal(shape), np.nan)
    steps.last_values[:] = random.standard_normal(rows)
    return steps


def walk(steps: Rollout, row: int, t: int, discount: float, trace: float) -> float:
    """The advantage of the decision of `row` at `t`: along its fight to the next decision, and from there."""
    gained, weight = 0.0, 1.0
    for k in range(t, len(steps.rewards)):
        if k > t and steps.decides[k, row]:
            further = walk(steps, row, k, discount, trace)
            return gained + weight * (steps.values[k, row] + trace * further) - steps.values[t, row]
        gained += weight * steps.rewards[k, row]
        weight *= discount
        if steps.done[k, row]:
            return gained - steps.values[t, row]
    return gained + weight * steps.last_values[row] - steps.values[t, row]


@settings(max_examples=200)
@given(
    st.integers(0, 2**31 - 1),
    st.integers(1, 12),
    st.sampled_from([0.1, 0.3, 0.7, 1.0]),
    st.sampled_from([0.0, 0.1, 0.5]),
    st.sampled_from([0.5, 0.985, 1.0]),
    st.sampled_from([0.0, 0.95, 1.0]),
)
def test_advantages_are_those_of_a_walk_along_each_fight(seed, horizon, deciding, ending, discount, trace):
    steps = random_rollout(seed, horizon, 3, deciding, ending)
    advantages, returns = steps.advantages(discount, trace)
    for t, row in np.argwhere(steps.decides):
        expected = walk(steps, row, t, discount, trace)
        assert abs(advantages[t, row] - expected) <= 1e-4
        assert abs(returns[t, row] - expected - steps.values[t, row]) <= 1e-4


def test_a_fight_that_ends_hears_nothing_of_the_next():
    steps = Rollout(3, 1, 2, 3)
    steps.rewards[:, 0] = [1, 10, 100]
    steps.done[1, 0] = True
    steps.last_values[:] = 1000
    advantages, _ = steps.advantages(1.0, 1.0)
    assert advantages[:, 0].tolist() == [11, 10, 1100]


def test_joined_rollouts_keep_their_rows_in_order():
    parts = [random_rollout(seed, 4, rows, 0.5, 0.1) for seed, rows in ((1, 2), (2, 3))]
    joined = join(parts)
    for name, array in vars(joined).items():
        first, second = (getattr(part, name) for part in parts)
        axis = 0 if name.startswith("last_") else 1
        assert array.shape[axis] == 5
        assert np.array_equal(np.take(array, [0, 1], axis), first, equal_nan=array.dtype == np.float32)
        assert np.array_equal(np.take(array, [2, 3, 4], axis), second, equal_nan=array.dtype == np.float32)
    assert join(parts[:1]).rewards is parts[0].rewards
