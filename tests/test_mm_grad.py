"""mm_grad: its gradients are those of torch's autograd, its Adam is torch's Adam, and it learns."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mind_samples import observations

from features import BOSS_OBSERVATION
from mm_grad import Adam, backward, forward, pack, policy_gradient, unpack
from mm_torch import TorchMind, entropy, log_probability, masked_log_softmax
from modular_mind import SHAPES, initial_parameters, legal_mask, scale_observations

WALL = [name for name, *_ in BOSS_OBSERVATION].index("wall_behind_boss")
seeds = st.integers(0, 2**31 - 1)
gradient_scales = st.sampled_from([0.2, 1.0, 2.0, 3.0, 5.0, 8.0])


def random_parameters(seed, scale):
    """Off the grid; at scale 4 and more some totals, gates, values and shared latents are clamped."""
    random = np.random.default_rng(seed)
    parameters = initial_parameters(seed)
    for name, array in parameters.items():
        if name.endswith("_bias"):
            array[:] = random.standard_normal(array.shape) * 0.3
        array *= scale
    parameters["link_weight"] /= scale**4  # what it reads grows with the sixth power
    return parameters


def random_batch(seed, rows):
    random = np.random.default_rng(seed)
    observed = observations(seed, rows)
    legal = legal_mask(observed)
    moves = np.array([random.choice(np.flatnonzero(mask)) for mask in legal])
    advantages = random.standard_normal(rows) * 3
    weights = random.random(rows) * (random.random(rows) < 0.8)
    return observed, legal, moves, advantages, weights


def autograd(parameters, x, legal, moves, advantages, weights, entropy_coefficient):
    """Loss and packed gradient by torch."""
    model = TorchMind(parameters, dtype=torch.float64)
    log_pi = masked_log_softmax(model(torch.from_numpy(x)), torch.from_numpy(legal))
    chosen = log_probability(log_pi, torch.from_numpy(moves))
    value = torch.from_numpy(advantages) * chosen + entropy_coefficient * entropy(log_pi)
    loss = -(torch.from_numpy(weights) * value).sum()
    loss.backward()
    return loss.item(), pack({name: getattr(model, name).grad.numpy() for name in SHAPES}, np.float64)


@settings(max_examples=100)
@given(seeds, gradient_scales, st.integers(1, 40), st.sampled_from([0.0, 0.01, 2.0]))
def test_gradients_equal_autograd(seed, scale, rows, entropy_coefficient):
    parameters = random_parameters(seed, scale)
    observed, legal, moves, advantages, weights = random_batch(seed, rows)
    batch = (scale_observations(observed), legal, moves, advantages, weights, entropy_coefficient)
    result = policy_gradient(parameters, *batch)
    loss, gradient = autograd(parameters, *batch)
    assert result.loss == pytest.approx(loss, rel=1e-10, abs=1e-10)
    # Saturated minds have gradients in the millions, of which float64 keeps the relative precision.
    assert np.abs(result.gradient - gradient).max() <= 1e-8 * max(1.0, np.abs(gradient).max())


def test_those_inputs_saturate_every_clamp():
    """The comparison with autograd has seen rows on both sides of each clamp."""
    x = scale_observations(observations(1, 40))
    _, ordinary = forward(random_parameters(1, 1.0), x)
    _, saturated = forward(random_parameters(1, 5.0), x)
    for name in ("total_passes", "shared_passes"):
        assert 0.1 < getattr(saturated, name).mean() < 0.9
        assert getattr(ordinary, name).all()
    assert 0.1 < (saturated.gate == 64).mean() < 0.9
    assert 0.1 < (np.abs(saturated.value) == 64).mean() < 0.9


def test_gradient_at_the_ends_of_the_clamps_equals_autograd():
    """Totals, gates and shared latents of exactly 64, -64 or 0: the convention at the kinks is torch's."""
    parameters = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    totals = np.array([64.0, -64.0, 0.0, 1.0, 2.0, 3.0, 64.0, -64.0])
    parameters["latent_bias"][0] = totals
    parameters["gate_weight"][:8] = np.eye(8)
    parameters["value_weight"][:8] = np.eye(8)
    parameters["link_weight"][:, :8] = np.eye(8) / 4096
    parameters["link_bias"][0] = -1.0  # 64 + 64 * 64 / 4096 - 1: an end again
    parameters["coordinator_weight"][:8] = np.diag(np.where(totals < 0, -1.0, 1.0))  # all of them count
    parameters["modulation_weight"][:] = np.arange(5)[:, None] / 1024
    parameters["hidden_weight"][:] = 0.01
    parameters["drive_weight"][:] = 0.1
    observed, legal, moves, advantages, weights = random_batch(2, 6)
    batch = (scale_observations(observed), legal, moves, advantages, weights, 0.1)
    _, activations = forward(parameters, batch[0])
    assert activations.shared[0, 0] == 64
    assert activations.shared[1, 0] == -64
    _, gradient = autograd(parameters, *batch)
    assert (unpack(gradient)["latent_bias"][0, [0, 1, 6, 7]] != 0).tolist() == [True, True, False, True]
    assert np.abs(policy_gradient(parameters, *batch).gradient - gradient).max() <= 1e-10


@settings(max_examples=30)
@given(seeds)
def test_backward_takes_any_gradient_of_the_logits(seed):
    random = np.random.default_rng(seed)
    parameters = random_parameters(seed, 2.0)
    x = scale_observations(observations(seed, 10))
    d_logits = random.standard_normal((5, 10))
    logits, activations = forward(parameters, x)
    model = TorchMind(parameters, dtype=torch.float64)
    tensor = model(torch.from_numpy(x))
    assert np.abs(logits.T - tensor.detach().numpy()).max() <= 1e-9
    tensor.backward(torch.from_numpy(d_logits.T))
    expected = pack({name: getattr(model, name).grad.numpy() for name in SHAPES}, np.float64)
    gradient = backward(parameters, activations, d_logits)
    assert np.abs(gradient - expected).max() <= 1e-8 * max(1.0, np.abs(expected).max())


@pytest.mark.parametrize("seed", range(10))
def test_float32_is_close_to_float64(seed):
    parameters = random_parameters(seed, 1.0)
    observed, legal, moves, advantages, weights = random_batch(seed, 64)
    results = []
    for dtype in (np.float32, np.float64):
        flat = pack(parameters, dtype)
        x = scale_observations(observed, dtype)
        results.append(policy_gradient(unpack(flat), x, legal, moves, advantages, weights, 0.01))
        assert results[-1].gradient.dtype == dtype
        assert results[-1].entropy.dtype == dtype
    single, double = results
    error = np.linalg.norm(single.gradient - double.gradient)
    assert error <= 0.01 * np.linalg.norm(double.gradient)


def test_masked_rows_teach_nothing():
    """Rows of weight 0 may hold illegal moves; rows that count may not."""
    parameters = random_parameters(3, 1.0)
    observed, legal, moves, advantages, weights = random_batch(3, 30)
    x = scale_observations(observed)
    legal[:10, 0] = False
    moves[:10] = 0
    weights[:10], weights[10:] = 0.0, 1.0
    result = policy_gradient(parameters, x, legal, moves, advantages, weights, 0.05)
    rest = policy_gradient(parameters, x[10:], legal[10:], moves[10:], advantages[10:], weights[10:], 0.05)
    assert result.loss == pytest.approx(rest.loss, abs=1e-12)
    assert np.abs(result.gradient - rest.gradient).max() <= 1e-12
    assert np.isfinite(result.log_probabilities).all()
    weights[0] = 1e-9
    with pytest.raises(ValueError, match="illegal move"):
        policy_gradient(parameters, x, legal, moves, advantages, weights, 0.05)


def test_log_probabilities_and_entropy():
    parameters = random_parameters(4, 1.0)
    observed, legal, moves, advantages, weights = random_batch(4, 50)
    x = scale_observations(observed)
    result = policy_gradient(parameters, x, legal, moves, advantages, weights, 0.0)
    log_pi = masked_log_softmax(
        TorchMind(parameters, dtype=torch.float64)(torch.from_numpy(x)), torch.from_numpy(legal)
    ).detach()
    assert result.log_probabilities == pytest.approx(log_probability(log_pi, torch.from_numpy(moves)).numpy())
    assert result.entropy == pytest.approx(entropy(log_pi).numpy())


def test_pack_and_unpack():
    parameters = initial_parameters(5)
    flat = pack(parameters, np.float64)
    views = unpack(flat)
    assert all((views[name] == parameters[name]).all() for name in SHAPES)
    views["gate_bias"][:] = 7
    assert (flat == 7).sum() == 16  # a view
    with pytest.raises(ValueError, match="not"):
        unpack(flat[:-1])


@pytest.mark.parametrize("betas", [(0.9, 0.999), (0.5, 0.9)])
def test_adam_is_torchs_adam(betas):
    random = np.random.default_rng(6)
    flat = random.standard_normal(100)
    tensor = torch.nn.Parameter(torch.from_numpy(flat.copy()))
    ours = Adam(flat, 0.01, betas)
    theirs = torch.optim.Adam([tensor], lr=0.01, betas=betas)
    for _ in range(50):
        gradient = random.standard_normal(100) * random.choice([1e-6, 1.0, 1e3])
        ours.step(flat, gradient)
        tensor.grad = torch.from_numpy(gradient)
        theirs.step()
        assert flat == pytest.approx(tensor.detach().numpy(), abs=1e-12)


def test_it_learns():
    """A bandit: the reward is 1 for RETREAT near a wall and for APPROACH elsewhere."""
    random = np.random.default_rng(7)
    flat = pack(initial_parameters(7))
    adam = Adam(flat, 0.005)
    weights = np.full(192, 1 / 192)
    rewards = []
    for step in range(200):
        observed = observations(step, 192)
        legal = legal_mask(observed)
        x = scale_observations(observed, np.float32)
        logits, _ = forward(unpack(flat), x)
        moves = np.where(legal.T, logits + random.gumbel(size=logits.shape), -np.inf).argmax(0)
        reward = (moves == np.where(observed[:, WALL] < 480, 2, 1)).astype(np.float32)
        rewards.append(reward.mean())
        advantages = reward - reward.mean()
        adam.step(flat, policy_gradient(unpack(flat), x, legal, moves, advantages, weights, 0.001).gradient)
    assert np.mean(rewards[:5]) < 0.6
    assert np.mean(rewards[-20:]) > 0.8
