"""Learning in one seat: its gradients are those of torch's autograd, and only real decisions teach it."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from mind_samples import observations
from test_networks import torch_perceptron

import mm_grad
from mm_grad import masked_log_softmax
from mm_torch import TorchMind
from modular_mind import legal_mask, scale_observations
from training.networks import Modular, Perceptron
from training.rollout import Rollout
from training.seat import LearningConfig, Seat, clip_norm

CONFIG = LearningConfig(gradient_norm=1e9, minibatch=64, baseline_hidden=(7,))
seeds = st.integers(0, 2**31 - 1)


class Recorder:
    """In the place of an optimiser: keeps the gradient and changes nothing."""

    def step(self, flat: np.ndarray, gradient: np.ndarray) -> None:
        self.gradient = gradient


def recording_seat(network, seed: int) -> Seat:
    """A seat in float64 with random parameters whose gradients are kept in its optimisers."""
    seat = Seat(network, CONFIG, seed)
    random = np.random.default_rng(seed)
    seat.policy = seat.policy + random.standard_normal(network.size) * 0.1
    seat.baseline = random.standard_normal(seat.value_network.size) * 0.3
    seat.policy_adam, seat.baseline_adam = Recorder(), Recorder()
    return seat


def batch(seed: int, rows: int) -> tuple[np.ndarray, ...]:
    """x, legal, actions, advantages of boss decisions."""
    random = np.random.default_rng(seed)
    observed = observations(seed, rows)
    legal = legal_mask(observed)
    actions = np.array([random.choice(np.flatnonzero(mask)) for mask in legal])
    return scale_observations(observed), legal, actions, random.standard_normal(rows)


def clipped_loss(logits, legal, actions, before, advantages, clip: float, entropy_weight: float):
    """Minus PPO's clipped objective (Schulman et al. 2017, equation 7) with an entropy bonus."""
    log_pi = torch.log_softmax(logits.masked_fill(~legal, -torch.inf), 1)
    ratio = (log_pi.gather(1, actions[:, None])[:, 0] - before).exp()
    objective = torch.minimum(ratio * advantages, ratio.clamp(1 - clip, 1 + clip) * advantages)
    entropy = -torch.where(legal, log_pi.exp() * log_pi.masked_fill(~legal, 0), 0).sum(1)
    return -(objective + entropy_weight * entropy).mean(), ratio


@settings(max_examples=60)
@given(seeds, st.booleans(), st.integers(1, 40), st.sampled_from([0.0, 0.25]))
def test_the_policy_s_gradient_is_that_of_the_clipped_objective(seed, modular, rows, entropy_weight):
    network = Modular() if modular else Perceptron(24, 9, 6, 5)
    seat = recording_seat(network, seed)
    x, legal, actions, advantages = batch(seed, rows)
    log_pi, _ = masked_log_softmax(network.forward(seat.policy, x)[0], legal)
    before = log_pi[actions, np.arange(rows)] + np.random.default_rng(seed).standard_normal(rows) * 0.4
    seat._improve_policy(x, legal, actions, before, advantages, entropy_weight)

    if modular:
        model = TorchMind(mm_grad.unpack(seat.policy), dtype=torch.float64)
    else:
        model = torch_perceptron(network, seat.policy)
    tensors = [torch.from_numpy(array) for array in (legal, actions, before, advantages)]
    loss, _ = clipped_loss(model(torch.from_numpy(x)), *tensors, CONFIG.clip, entropy_weight)
    loss.backward()
    expected = np.concatenate([parameter.grad.numpy().ravel() for parameter in model.parameters()])
    gradient = seat.policy_adam.gradient
    assert np.abs(gradient - expected).max() <= 1e-7 * max(1.0, np.abs(expected).max())


def test_those_ratios_lie_on_both_sides_of_the_clip():
    """The comparison above has seen all four cases of sign and side."""
    ratio = np.exp(np.random.default_rng(1).standard_normal(1000) * 0.4)
    assert min((ratio > 1 + CONFIG.clip).mean(), (ratio < 1 - CONFIG.clip).mean()) > 0.2


@settings(max_examples=30)
@given(seeds, st.integers(1, 40))
def test_the_baseline_s_gradient_is_that_of_half_the_squared_error(seed, rows):
    seat = recording_seat(Modular(), seed)
    x = batch(seed, rows)[0]
    returns = np.random.default_rng(seed).standard_normal(rows)
    seat._improve_baseline(x, returns)
    model = torch_perceptron(seat.value_network, seat.baseline)
    loss = 0.5 * (model(torch.from_numpy(x))[:, 0] - torch.from_numpy(returns)).square().mean()
    loss.backward()
    expected = np.concatenate([parameter.grad.numpy().ravel() for parameter in model.parameters()])
    assert np.abs(seat.baseline_adam.gradient - expected).max() <= 1e-9


def test_long_gradients_are_shortened_and_short_ones_kept():
    assert clip_norm(np.array([3.0, 4.0]), 1.0) == pytest.approx([0.6, 0.8])
    assert clip_norm(np.array([0.3, 0.4]), 1.0).tolist() == [0.3, 0.4]


# ---------------------------------------------------------------------------- what teaches
def rollout(seed: int, horizon: int = 8, rows: int = 24) -> Rollout:
    """Boss decisions with random outcomes, some void, some steps without one."""
    random = np.random.default_rng(seed)
    steps = Rollout(horizon, rows, 24, 5)
    x, legal, actions, rewards = batch(seed, horizon * rows)
    shape = (horizon, rows)
    steps.x[:], steps.legal[:] = x.reshape(*shape, 24), legal.reshape(*shape, 5)
    steps.actions[:], steps.rewards[:] = actions.reshape(shape), rewards.reshape(shape)
    steps.chosen[:] = -1.0
    steps.decides[:] = random.random(shape) < 0.7
    steps.void[:] = steps.decides & (random.random(shape) < 0.2)
    steps.done[:] = random.random(shape) < 0.05
    steps.last_x[:] = x[:rows]
    return steps


def learned(steps: Rollout, config: LearningConfig = CONFIG) -> Seat:
    seat = Seat(Modular(), config, 3)
    for task in seat.learning_tasks(steps, 0.5):
        task()
    return seat


def changed(steps: Rollout, where: np.ndarray) -> Rollout:
    """The rollout with other actions, chosen by other odds, in the steps of `where`."""
    steps.actions[where] = (steps.actions[where] + 1) % 5
    steps.legal[where] = True
    steps.chosen[where] = -2.0
    return steps


def test_a_void_move_does_not_teach_the_policy():
    steps = rollout(1)
    other = learned(changed(rollout(1), steps.void))
    assert np.array_equal(learned(steps).policy, other.policy)
    # the same change elsewhere does
    counted = rollout(1).decides & ~rollout(1).void
    assert not np.array_equal(learned(rollout(1)).policy, learned(changed(rollout(1), counted)).policy)


def test_a_void_move_teaches_the_baseline():
    """With one batch an epoch, what is learned does not depend on the order, but for rounding."""
    whole = replace(CONFIG, minibatch=10**6)
    void, never = rollout(1), rollout(1)
    never.void[:] = False
    assert np.abs(learned(void, whole).baseline - learned(never, whole).baseline).max() < 1e-5
    assert np.abs(learned(void, whole).policy - learned(never, whole).policy).max() > 1e-3
    unheard = rollout(1)
    unheard.decides &= ~unheard.void
    assert np.abs(learned(void, whole).baseline - learned(unheard, whole).baseline).max() > 1e-3


def test_a_step_without_a_decision_teaches_nothing():
    steps = rollout(2)
    other = changed(rollout(2), ~steps.decides)
    other.x[~steps.decides] = 0.5
    assert np.array_equal(learned(steps).policy, learned(other).policy)
    assert np.array_equal(learned(steps).baseline, learned(other).baseline)


def test_schedules_run_from_the_first_value_to_the_last():
    seat = Seat(Modular(), CONFIG, 1)
    for progress, rate in ((0.0, CONFIG.learning_rate), (1.0, CONFIG.final_learning_rate)):
        seat.learning_tasks(rollout(3), progress)
        assert seat.policy_adam.learning_rate == pytest.approx(rate)
        assert seat.baseline_adam.learning_rate == pytest.approx(rate)
    weights = []
    seat._improve_policy = lambda *arguments: weights.append(arguments[-1]) or 0.0
    for progress in (0.0, 0.5, 1.0):
        seat.learning_tasks(rollout(3), progress)[0]()
    assert weights[0] == pytest.approx(CONFIG.entropy)
    assert weights[len(weights) // 2] == pytest.approx((CONFIG.entropy + CONFIG.final_entropy) / 2)
    assert weights[-1] == pytest.approx(CONFIG.final_entropy)


def test_each_epoch_visits_every_decision_once():
    seat = Seat(Modular(), replace(CONFIG, epochs=3, minibatch=10), 1)
    orders = seat._orders(47, 3)
    assert [len(rows) for rows in orders[:5]] == [10, 10, 9, 9, 9]
    for epoch in range(3):
        rows = np.concatenate(orders[5 * epoch : 5 * epoch + 5])
        assert np.array_equal(np.sort(rows), np.arange(47))
    assert not np.array_equal(orders[0], orders[5])


def test_what_pays_becomes_likely():
    """A bandit: RETREAT pays whatever is seen."""
    seat = Seat(Modular(), replace(CONFIG, gradient_norm=0.5, discount=0.0), 4)
    for turn in range(60):
        steps = rollout(turn)
        steps.decides[:], steps.void[:], steps.legal[:] = True, False, True
        log_pi, pi = masked_log_softmax(
            seat.network.forward(seat.policy, steps.x.reshape(-1, 24))[0], steps.legal.reshape(-1, 5)
        )
        drawn = (pi.cumsum(0) <= seat.random.random(pi.shape[1]) * pi.sum(0)).sum(0).clip(0, 4)
        steps.actions[:] = drawn.reshape(steps.actions.shape)
        steps.chosen[:] = log_pi[drawn, np.arange(len(drawn))].reshape(steps.chosen.shape)
        steps.rewards[:] = steps.actions == 2
        for task in seat.learning_tasks(steps, 0.0):
            task()
    assert pi[2].mean() > 0.8


def test_a_seat_goes_on_from_its_saved_state():
    seat = learned(rollout(5))
    other = Seat(Modular(), CONFIG, 99)
    other.load({name: np.array(array) for name, array in seat.state("s_").items()}, "s_")
    for one in (seat, other):
        for task in one.learning_tasks(rollout(6), 0.7):
            task()
    for name, array in seat.state("").items():
        assert np.array_equal(array, other.state("")[name]), name
