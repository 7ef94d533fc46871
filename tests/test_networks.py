"""The training networks: forward and backward as torch has them, and row by row as compiled as by numpy."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mind_samples import observations

import mm_grad
import training.jitted
from duel.batch import compiled
from features import MOVE_COUNT
from mm_grad import masked_log_softmax
from mm_torch import TorchMind
from modular_mind import initial_parameters, scale_observations
from training.networks import KNIGHT_NETWORK, Modular, Perceptron

seeds = st.integers(0, 2**31 - 1)
layer_widths = st.lists(st.integers(1, 19), min_size=2, max_size=4)


def torch_perceptron(network: Perceptron, flat: np.ndarray) -> torch.nn.Sequential:
    """The same network in torch, float64."""
    modules = []
    for weights, biases, shape in network.layers:
        linear = torch.nn.Linear(shape[1], shape[0], dtype=torch.float64)
        linear.weight.data = torch.tensor(flat[weights].reshape(shape))
        linear.bias.data = torch.tensor(flat[biases])
        modules += [linear, torch.nn.ReLU()]
    return torch.nn.Sequential(*modules[:-1])


@settings(max_examples=60)
@given(seeds, layer_widths, st.integers(1, 30))
def test_a_perceptron_is_torch_s_forward_and_backward(seed, widths, rows):
    random = np.random.default_rng(seed)
    network = Perceptron(*widths)
    flat = random.standard_normal(network.size)
    x = random.standard_normal((rows, widths[0]))
    output_gradients = random.standard_normal((widths[-1], rows))
    outputs, activations = network.forward(flat, x)
    gradient = network.backward(flat, activations, output_gradients)

    model = torch_perceptron(network, flat)
    expected = model(torch.from_numpy(x))
    expected.backward(torch.from_numpy(output_gradients.T))
    parts = [parameter.grad.numpy().ravel() for parameter in model.parameters()]
    assert np.abs(outputs.T - expected.detach().numpy()).max() <= 1e-9
    assert np.abs(gradient - np.concatenate(parts)).max() <= 1e-9


@settings(max_examples=20)
@given(seeds)
def test_the_modular_network_is_the_torch_mind(seed):
    network = Modular()
    flat = network.initial(seed).astype(np.float64)
    x = scale_observations(observations(seed, 20))
    output_gradients = np.random.default_rng(seed).standard_normal((MOVE_COUNT, 20))
    outputs, activations = network.forward(flat, x)
    model = TorchMind(mm_grad.unpack(flat), dtype=torch.float64)
    logits = model(torch.from_numpy(x))
    logits.backward(torch.from_numpy(output_gradients.T))
    expected = mm_grad.pack({name: p.grad.numpy() for name, p in model.named_parameters()}, np.float64)
    assert np.abs(outputs.T - logits.detach().numpy()).max() <= 1e-9
    gradient = network.backward(flat, activations, output_gradients)
    assert np.abs(gradient - expected).max() <= 1e-8 * max(1.0, np.abs(expected).max())


def test_first_policies_try_everything_and_follow_from_the_seed():
    x = scale_observations(observations(1, 50), np.float32)
    for network in (Modular(), KNIGHT_NETWORK):
        first, again, other = network.initial(7), network.initial(7), network.initial(8)
        assert first.dtype == np.float32
        assert first.shape == (network.size,)
        assert np.array_equal(first, again)
        assert not np.array_equal(first, other)
        outputs = network.forward(first, x)[0]
        log_pi, pi = masked_log_softmax(outputs, np.ones(outputs.T.shape, bool))
        assert -(pi * log_pi).sum(0).mean() > 0.6 * np.log(network.outputs)  # nats
    assert Modular().initial(3).tolist() == mm_grad.pack(initial_parameters(3)).tolist()


# ---------------------------------------------------------------------------- row by row, compiled
def by_rows(network, flat: np.ndarray, x: np.ndarray) -> np.ndarray:
    """Outputs (outputs, rows) by the compiled functions."""
    kernel = compiled((training.jitted,))
    assert kernel.jitted
    scratch = np.full((training.jitted.SCRATCH_ROWS, network.widest), np.nan, np.float32)
    outputs = np.empty((len(x), network.outputs), np.float32)
    function = kernel.mind_logits if isinstance(network, Modular) else kernel.perceptron_outputs
    weights = flat[network.row_order]
    for row in range(len(x)):
        function(weights, network.row_layers, x[row], scratch, outputs[row])
    return outputs.T


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scale", [1.0, 4.0])
def test_the_compiled_mind_has_the_same_logits(seed, scale):
    """At the larger scale each clamp bites in some rows."""
    random = np.random.default_rng(seed)
    network = Modular()
    parameters = initial_parameters(seed)
    for name, array in parameters.items():
        if name.endswith("_bias"):
            array[:] = random.standard_normal(array.shape) * 0.3
        array *= scale
    parameters["link_weight"] /= scale**4  # what it reads grows with the sixth power
    flat = mm_grad.pack(parameters)
    x = scale_observations(observations(seed, 64), np.float32)
    expected, activations = network.forward(flat, x)
    assert activations.total_passes.all() == (scale == 1.0)
    assert np.abs(by_rows(network, flat, x) - expected).max() <= 1e-5 * max(1.0, np.abs(expected).max())


@settings(max_examples=40)
@given(seeds, layer_widths)
def test_a_compiled_perceptron_has_the_same_outputs(seed, widths):
    random = np.random.default_rng(seed)
    network = Perceptron(*widths)
    flat = random.standard_normal(network.size).astype(np.float32)
    x = random.standard_normal((9, widths[0])).astype(np.float32)
    expected = network.forward(flat, x)[0]
    assert np.abs(by_rows(network, flat, x) - expected).max() <= 1e-5 * max(1.0, np.abs(expected).max())


@pytest.mark.parametrize("network", [Modular(), KNIGHT_NETWORK, Perceptron(24, 5, 3, 5)])
def test_the_order_of_rows_keeps_every_parameter(network):
    assert np.array_equal(np.sort(network.row_order), np.arange(network.size))
    assert network.row_layers[:, 1:].max() == network.widest
