"""Sampling of actions: only what is legal, with the softmax's probabilities, compiled as by numpy."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import training.jitted
from duel.batch import compiled
from mm_grad import masked_log_softmax
from training.randomness import choose, generator_state, restore_generator, sample

GREATEST = 1 - 2.0**-53  # the largest draw there is
uniforms = st.one_of(st.sampled_from([0.0, GREATEST]), st.floats(0, GREATEST))
logit_lists = st.lists(st.floats(-60, 60, width=32), min_size=1, max_size=7)


def draw_compiled(logits: np.ndarray, mask: np.ndarray, uniform: float) -> tuple[int, float]:
    bits = sum(1 << action for action in np.flatnonzero(mask).tolist())
    kernel = compiled((training.jitted,))
    return kernel.draw_action(logits, len(logits), bits, uniform, np.empty_like(logits))


@settings(max_examples=300)
@given(logit_lists, st.integers(0, 127), uniforms)
def test_no_draw_is_illegal_or_impossible(values, bits, uniform):
    logits = np.array(values, np.float32)
    legal = np.array([bits >> action & 1 == 1 for action in range(len(logits))])
    legal[0] |= not legal.any()
    log_pi, pi = masked_log_softmax(logits[:, None], legal[None])
    drawn = int(choose(pi, np.array([uniform]))[0])
    assert legal[drawn]
    assert pi[drawn, 0] > 0
    fast, log_probability = draw_compiled(logits, legal, uniform)
    assert legal[fast]
    assert log_probability == pytest.approx(log_pi[fast, 0], rel=1e-5, abs=1e-5)


def test_the_compiled_draw_is_the_same_but_for_rounding():
    random = np.random.default_rng(1)
    count = 20_000
    logits = random.standard_normal((count, 5)).astype(np.float32) * 2
    legal = random.random((count, 5)) < 0.7
    legal[:, 2] = True
    draws = random.random(count)
    pi = masked_log_softmax(logits.T, legal)[1]
    expected = choose(pi, draws)
    fast = np.array([draw_compiled(*row)[0] for row in zip(logits, legal, draws, strict=True)])
    different = fast != expected
    assert different.mean() < 1e-3
    # and where they differ the draw lies at the edge between two actions
    edges = np.abs(pi.cumsum(0) - draws).min(0)
    assert (edges[different] < 1e-6).all()


def test_actions_are_drawn_as_often_as_they_are_likely():
    pi = np.repeat(np.array([[0.5], [0.0], [0.3], [0.2]], np.float32), 200_000, 1)
    counts = np.bincount(sample(pi, np.random.default_rng(2)), minlength=4) / pi.shape[1]
    assert counts[1] == 0
    assert np.abs(counts - pi[:, 0]).max() < 0.005  # more than four standard deviations


def test_a_random_stream_goes_on_from_its_saved_state():
    random = np.random.default_rng(3)
    random.random(5, np.float32)  # an odd number of 32-bit draws leaves one in reserve
    words = generator_state(random)
    other = np.random.default_rng(4)
    restore_generator(other, words)
    assert other.random(3, np.float32).tolist() == random.random(3, np.float32).tolist()
    assert other.permutation(50).tolist() == random.permutation(50).tolist()
