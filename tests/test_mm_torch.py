"""mm_torch is the same network as modular_mind (rounded) and as mm_grad (not rounded)."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mind_samples import extreme_mind, observations, random_mind

import mm_grad
from mm_torch import TorchMind, entropy, log_probability, masked_log_softmax
from modular_mind import SHAPES, Mind, forward, initial_parameters, legal_mask, quantise, scale_observations

seeds = st.integers(0, 2**31 - 1)
scales = st.sampled_from([0.5, 1.0, 3.0, 8.0, 100.0])


def any_mind(seed, scale):
    return extreme_mind(seed) if scale == 100.0 else random_mind(seed, scale)


@settings(max_examples=50)
@given(seeds, scales)
def test_rounded_forward_is_the_deciding_one(seed, scale):
    """In float64 to the bit, the whole trace; in float32 the inputs of the floors may differ."""
    mind = any_mind(seed, scale)
    x = scale_observations(observations(seed, 20))
    expected = forward(mind.parameters, x)
    model = TorchMind(mind.parameters, rounded=True, dtype=torch.float64)
    trace = model.trace(torch.from_numpy(x))
    assert trace.keys() == expected.keys()
    for name, tensor in trace.items():
        assert (tensor.detach().numpy() == expected[name]).all(), name
    assert (model(torch.from_numpy(x)).detach().numpy() == expected["logits"]).all()


@settings(max_examples=30)
@given(seeds)
def test_float32_is_close_to_the_deciding_forward(seed):
    mind = random_mind(seed)
    x = scale_observations(observations(seed, 50))
    logits = forward(mind.parameters, x)["logits"]
    for rounded in (True, False):
        model = TorchMind(mind.parameters, rounded=rounded)
        with torch.inference_mode():
            error = np.abs(model(torch.from_numpy(x).float()).numpy() - logits)
        assert error.max() <= 0.01 * max(1.0, np.abs(logits).max())


@settings(max_examples=50)
@given(seeds, scales)
def test_unrounded_forward_is_the_one_of_mm_grad(seed, scale):
    mind = any_mind(seed, scale)
    x = scale_observations(observations(seed, 20))
    expected, _ = mm_grad.forward(mind.parameters, x)
    logits = TorchMind(mind.parameters, dtype=torch.float64)(torch.from_numpy(x)).detach().numpy()
    assert np.abs(logits - expected.T).max() <= 1e-6 * max(1.0, np.abs(expected).max() * 1e-6)


def test_parameters_go_in_and_out():
    parameters = initial_parameters(3)
    model = TorchMind(parameters, dtype=torch.float64)
    assert sum(parameter.numel() for parameter in model.parameters()) == 4490
    for name, array in model.parameter_arrays().items():
        assert (array == parameters[name]).all()
        assert array.shape == SHAPES[name]
    model.parameter_arrays()["gate_bias"][:] = 9
    assert model.gate_bias.abs().max() < 9  # a copy
    with pytest.raises(ValueError, match=r"gate_bias has shape \(3,\)"):
        TorchMind(parameters | {"gate_bias": np.zeros(3)})


def test_rounding_passes_the_gradient_straight_through():
    """Off the grid and beyond the limit a weight still learns, with nearly the unrounded gradient."""
    parameters = initial_parameters(4)
    x = torch.from_numpy(scale_observations(observations(4, 200)))
    gradients = []
    for rounded in (False, True):
        model = TorchMind(parameters, rounded, torch.float64)
        model(x).square().mean().backward()
        gradients.append(torch.cat([parameter.grad.ravel() for parameter in model.parameters()]))
    plain, straight = gradients
    assert torch.linalg.vector_norm(straight - plain) < 0.02 * torch.linalg.vector_norm(plain)

    parameters["modulation_bias"][:] = 9.0
    model = TorchMind(parameters, rounded=True, dtype=torch.float64)
    logits = model(x)
    logits.sum().backward()
    assert model.modulation_bias.grad.tolist() == [200.0] * 5
    parameters["modulation_bias"][:] = 8.0
    assert (TorchMind(parameters, rounded=True, dtype=torch.float64)(x) == logits).all()


def test_learning_rounded_ends_on_the_mind_that_was_trained():
    """A few steps towards one move; the shipped (quantised) mind is the network that was trained."""
    rows = observations(5, 256)
    x, legal = scale_observations(rows), torch.from_numpy(legal_mask(rows))
    inputs = torch.from_numpy(x)
    model = TorchMind(initial_parameters(5), rounded=True, dtype=torch.float64)
    optimiser = torch.optim.Adam(model.parameters(), lr=0.01)
    moves = torch.full((256,), 2)
    losses = []
    for _ in range(20):
        loss = -log_probability(masked_log_softmax(model(inputs), legal), moves).mean()
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
    assert losses[-1] < 0.5 * losses[0]
    mind = Mind(quantise(model.parameter_arrays()))
    assert (forward(mind.parameters, x)["logits"] == model(inputs).detach().numpy()).all()


@settings(max_examples=50)
@given(seeds, st.sampled_from([0.1, 1.0, 30.0, 1000.0]))
def test_masked_distribution(seed, scale):
    random = np.random.default_rng(seed)
    logits = torch.tensor(random.standard_normal((30, 5)) * scale, requires_grad=True)
    legal = random.random((30, 5)) < 0.6
    legal[:, 2] = True
    log_pi = masked_log_softmax(logits, torch.from_numpy(legal))
    pi = log_pi.exp()
    assert (pi.detach().numpy()[~legal] == 0).all()
    assert pi.sum(1).tolist() == pytest.approx([1.0] * 30)
    expected_log_pi, expected_pi = mm_grad.masked_log_softmax(logits.detach().numpy().T, legal)
    assert pi.detach().numpy() == pytest.approx(expected_pi.T, abs=1e-12)
    entropies = entropy(log_pi)
    assert entropies.tolist() == pytest.approx((-expected_pi * expected_log_pi).sum(0), abs=1e-12)
    (entropies.sum() + log_probability(log_pi, torch.full((30,), 2)).sum()).backward()
    assert torch.isfinite(logits.grad).all()
    assert (logits.grad.numpy()[~legal] == 0).all()
