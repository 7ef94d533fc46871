"""The bounds: what they measure, and that nothing is left outside of them."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from learning.bounds import ROUNDING, Bounds, mean_kl, nearest_within, project, reference_observations, within
from mm_grad import pack
from mm_torch import TorchMind, masked_log_softmax
from modular_mind import Mind, default_mind, legal_mask, quantise, scale_observations
from training.selection import rounded

ANCHOR = default_mind()
FLAT = pack(ANCHOR.parameters, np.float64)
BOUNDS = Bounds()


def away(seed: int, distance: float) -> np.ndarray:
    """Parameters at this distance from the anchor's, in a random direction."""
    direction = np.random.default_rng(seed).standard_normal(len(FLAT))
    return FLAT + direction * (distance / np.linalg.norm(direction))


@settings(max_examples=50)
@given(st.integers(0, 10**6), st.floats(0, 30), st.sampled_from([np.float32, np.float64]))
def test_what_is_outside_the_ball_is_put_onto_it_and_the_rest_is_left_alone(seed, distance, dtype):
    flat = away(seed, distance).astype(dtype)
    before = flat.copy()
    project(flat, FLAT, BOUNDS)
    gone = flat.astype(np.float64) - FLAT
    assert np.linalg.norm(gone) <= BOUNDS.radius * (1 + 1e-6)
    if distance < BOUNDS.radius:
        assert (flat == before).all()
    else:  # the nearest point of the ball lies in the same direction
        along = gone @ (before - FLAT) / (np.linalg.norm(gone) * np.linalg.norm(before - FLAT))
        assert along == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("distance", [0.0, 0.3, 2.0])
def test_kl_is_that_of_torch(distance):
    reference = reference_observations(ANCHOR)
    x = torch.from_numpy(scale_observations(reference.observations))
    legal = torch.from_numpy(reference.legal)
    log_anchor, log_candidate = (
        masked_log_softmax(TorchMind(parameters, dtype=torch.float64)(x), legal).masked_fill(~legal, 0.0)
        for parameters in (ANCHOR.parameters, rounded(away(3, distance)).parameters)
    )
    expected = torch.nn.functional.kl_div(log_candidate, log_anchor, reduction="none", log_target=True)
    expected = expected.masked_fill(~legal, 0.0).sum(1).mean().item()
    flat = pack(rounded(away(3, distance)).parameters, np.float64)
    assert mean_kl(flat, FLAT, *reference) == pytest.approx(expected, abs=1e-9)
    assert (expected > 0) == (distance > 0)


def test_the_reference_is_fixed_and_comes_from_real_decisions():
    reference = reference_observations(ANCHOR)
    reference_observations.cache_clear()
    again = reference_observations(ANCHOR)
    assert (again.observations == reference.observations).all()
    assert (reference.legal == legal_mask(reference.observations)).all()
    assert len(reference.observations) > 2000
    assert len(np.unique(reference.observations, axis=0)) > 0.9 * len(reference.observations)


def test_a_mind_on_the_edge_is_inside_after_rounding_and_one_beyond_it_is_not():
    reference = reference_observations(ANCHOR)
    loose = Bounds(radius=1.0, kl=10.0)
    edge = within(rounded(away(5, 1.0)), ANCHOR, reference, loose)
    assert edge.inside
    assert edge.distance == pytest.approx(1.0, abs=ROUNDING)
    assert not within(rounded(away(5, 1.0 + 3 * ROUNDING)), ANCHOR, reference, loose).inside
    assert within(ANCHOR, ANCHOR, reference, Bounds(0.0, 0.0)) == (True, 0.0, 0.0)


def test_a_mind_that_acts_too_differently_is_outside_however_near_it_is():
    parameters = {name: array.copy() for name, array in ANCHOR.parameters.items()}
    parameters["drive_bias"] += [1.5, 0, 0, 0, 0]
    measured = within(
        Mind(quantise(parameters)), ANCHOR, reference_observations(ANCHOR), Bounds(radius=2.0, kl=0.01)
    )
    assert measured.distance < 2.0
    assert measured.kl > 0.01
    assert not measured.inside


def test_a_candidate_far_from_the_anchor_is_brought_back():
    far = FLAT + np.random.default_rng(0).normal(size=len(FLAT))
    assert within(nearest_within(far, ANCHOR, BOUNDS), ANCHOR, reference_observations(ANCHOR), BOUNDS).inside
    assert nearest_within(FLAT, ANCHOR, BOUNDS).sha256 == ANCHOR.sha256


def test_rounding_carries_no_candidate_over_the_limit_that_it_kept():
    reference = reference_observations(ANCHOR)
    carried = 0
    for seed in range(6):
        flat = away(seed, 0.5)
        limits = Bounds(radius=100.0, kl=mean_kl(flat, FLAT, *reference))  # just kept
        carried += not within(rounded(flat), ANCHOR, reference, limits).inside
        assert within(nearest_within(flat, ANCHOR, limits), ANCHOR, reference, limits).inside
    assert carried > 0  # it would have happened
