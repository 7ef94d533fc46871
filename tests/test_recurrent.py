"""The boss with a memory: torch's GRU is its oracle, and its memory lives exactly as long as a fight."""

import numpy as np
import pytest
import torch

from duel.batch import DuelBatch
from duel.loops import LOG_OUTCOME
from features import BOSS_OBSERVATION_SIZE, CLEAVE_REST, MOVE_COUNT, OBSERVED_COOLDOWN
from mm_grad import masked_log_softmax
from modular_mind import legal_mask, scale_observations
from training.evaluate import decision_draws
from training.policies import sample_by_draws
from training.recurrent import (
    HIDDEN,
    Recurrent,
    RecurrentPlayer,
    RecurrentSelfPlay,
    Segment,
    recurrent_policy,
)
from training.selfplay import SelfPlayConfig

NETWORK = Recurrent()
SMALL = SelfPlayConfig(seed=2, duels=32, horizon=12, knight_league_share=0.25)


def random_flat(seed: int) -> np.ndarray:
    """Parameters (size,) in float64, those of the output layer as large as the others."""
    return np.random.default_rng(seed).uniform(-0.3, 0.3, NETWORK.size)


def torch_gru(flat: np.ndarray) -> tuple[torch.nn.GRU, torch.nn.Linear]:
    """Torch's modules with these parameters."""
    arrays = [torch.from_numpy(array.copy()) for array in NETWORK.unpack(flat)]
    gru = torch.nn.GRU(BOSS_OBSERVATION_SIZE, HIDDEN, dtype=torch.float64)
    linear = torch.nn.Linear(HIDDEN, MOVE_COUNT, dtype=torch.float64)
    names = [(gru, "weight_ih_l0"), (gru, "weight_hh_l0"), (gru, "bias_ih_l0"), (gru, "bias_hh_l0")]
    names += [(linear, "weight"), (linear, "bias")]
    for (module, name), array in zip(names, arrays, strict=True):
        getattr(module, name).data = array
    return gru, linear


def random_segment(seed: int, steps: int = 9, rows: int = 7) -> Segment:
    """Steps with pauses, fights that end in between, and some decisions that are not asked about."""
    random = np.random.default_rng(seed)
    decides = random.random((steps, rows)) < 0.7
    return Segment(
        random.standard_normal((steps, rows, BOSS_OBSERVATION_SIZE)),
        decides,
        random.random((steps, rows)) < 0.15,
        random.standard_normal((rows, HIDDEN)) * 0.5,
        decides & (random.random((steps, rows)) < 0.8),
    )


@pytest.mark.parametrize("seed", range(5))
def test_forward_and_gradients_equal_torch(seed):
    flat, segment = random_flat(seed), random_segment(seed)
    weights = np.random.default_rng(seed + 100).standard_normal((MOVE_COUNT, len(segment)))
    gru, linear = torch_gru(flat)

    # row by row and decision by decision, so that nothing is shared with the code under test
    expected = {}
    for row in range(segment.decides.shape[1]):
        hidden = torch.from_numpy(segment.first_hidden[row])[None, None]
        for t in range(len(segment.decides)):
            if segment.decides[t, row]:
                x = torch.from_numpy(segment.x[t, row])[None, None]
                _, hidden = gru(x, hidden)
                expected[t, row] = linear(hidden[0, 0])
            if segment.done[t, row]:
                hidden = torch.zeros(1, 1, HIDDEN, dtype=torch.float64)
    asked = [tuple(place) for place in np.argwhere(segment.asked)]
    wanted = torch.stack([expected[place] for place in asked], 1)
    (wanted * torch.from_numpy(weights)).sum().backward()
    parts = [gru.weight_ih_l0, gru.weight_hh_l0, gru.bias_ih_l0, gru.bias_hh_l0, linear.weight, linear.bias]
    gradient = np.concatenate([part.grad.numpy().ravel() for part in parts])

    logits, trace = NETWORK.forward(flat, segment)
    np.testing.assert_allclose(logits, wanted.detach().numpy(), rtol=1e-9, atol=1e-11)
    np.testing.assert_allclose(NETWORK.backward(flat, trace, weights), gradient, rtol=1e-7, atol=1e-9)


def test_it_has_the_parameters_of_torch_s_modules():
    gru, linear = torch_gru(random_flat(0))
    assert NETWORK.size == sum(p.numel() for module in (gru, linear) for p in module.parameters())


def test_a_rollout_is_retraced_exactly_by_learning():
    """At the parameters that played, moves are as probable as they were then: every ratio is one."""
    trainer = RecurrentSelfPlay(SMALL, threads=1)
    trainer.update(0.0)  # so that memories are not empty when the next rollout begins
    steps = trainer.play()[0].boss
    assert (steps.first_hidden != 0).any()
    segment = Segment(steps.x, steps.decides, steps.done, steps.first_hidden[0], steps.decides)
    logits, _ = NETWORK.forward(trainer.boss.policy, segment)
    log_pi, _ = masked_log_softmax(logits, steps.legal[steps.decides])
    chosen = log_pi[steps.actions[steps.decides], np.arange(len(segment))]
    np.testing.assert_allclose(chosen, steps.chosen[steps.decides], atol=2e-5)


def test_memory_begins_empty_with_every_fight():
    trainer = RecurrentSelfPlay(SMALL, threads=1)
    player: RecurrentPlayer = trainer.players[0]
    begun = []
    draw = player._begin

    def noting(rows, *leagues):
        draw(rows, *leagues)
        begun.append((rows.copy(), player.hidden[rows].copy(), player.hidden.copy()))

    player._begin = noting
    trainer.update(0.0)
    for _ in range(60):
        trainer.play()
    ended = begun[1:]
    assert sum(len(rows) for rows, *_ in ended) > 5
    assert all((fresh == 0).all() for _, fresh, _ in ended)
    assert any((everything != 0).any() for *_, everything in ended)


def test_it_learns_in_the_same_way_with_one_thread_and_with_two():
    def policy(threads):
        trainer = RecurrentSelfPlay(SMALL, threads)
        before = trainer.boss.policy.copy()
        trainer.update(0.0)
        trainer.update(0.5)
        assert (trainer.boss.policy != before).mean() > 0.9
        return trainer.boss.policy

    np.testing.assert_array_equal(policy(1), policy(2))


def test_a_run_resumed_remembers_the_fights_in_progress():
    first = RecurrentSelfPlay(SMALL, threads=1)
    first.update(0.0)
    state = {name: np.copy(array) for name, array in first.state().items()}
    first.update(0.5)
    second = RecurrentSelfPlay(SMALL, threads=1)
    second.load(state)
    second.update(0.5)
    np.testing.assert_array_equal(first.boss.policy, second.boss.policy)


def test_the_observation_says_when_the_boss_decides():
    batch = DuelBatch(64, np.arange(64) % 7, 3)
    random = np.random.default_rng(3)
    seen = set()
    for _ in range(400):
        assert ((batch.boss_view[:, OBSERVED_COOLDOWN] <= CLEAVE_REST) == (batch.due == 1)).all()
        seen |= set(batch.due.tolist())
        batch.step(random.integers(0, MOVE_COUNT, 64))
    assert seen == {0, 1}


def test_in_play_it_remembers_each_fight_and_no_other():
    """The policy over many rows equals one that steps every fight alone, with its own memory."""
    flat = NETWORK.initial(7) * np.float32(3)
    policy = recurrent_policy(NETWORK, flat)
    batch = DuelBatch(12, np.arange(12) % 7, 11)
    hidden = np.zeros((12, HIDDEN), np.float32)
    ended = 0
    for _ in range(500):
        draws = decision_draws(batch.states)
        moves = policy(batch.boss_view, draws)
        for row in np.flatnonzero(batch.due):
            view = batch.boss_view[row : row + 1]
            x = scale_observations(view, np.float32)
            logits, hidden[row : row + 1] = NETWORK.advance(flat, x, hidden[row : row + 1])
            expected = sample_by_draws(logits, legal_mask(view), draws[row : row + 1])
            assert moves[row] == expected[0]
        done = batch.step(moves)[:, LOG_OUTCOME] != 0
        hidden[done] = 0
        ended += done.sum()
    assert ended > 5
