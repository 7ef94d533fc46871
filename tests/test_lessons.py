"""Lessons: rewards and returns of real fights, and which decisions may teach."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learning_samples import fight

from features import (
    BOSS_MAX_HEALTH,
    BOSS_WINS,
    DRAW,
    KNIGHT_MAX_HEALTH,
    KNIGHT_WINS,
    TIMEOUT,
)
from learning.lessons import DISCOUNT, advantages, discounted, lesson
from modular_mind import default_mind, scale_observations
from service.replay import Replay, replay

EASY = 29547


def played(seed: int = 1, **terms) -> Replay:
    """A fight that was played, replayed."""
    found = replay(fight(seed, **terms), default_mind())
    assert found.decisions
    return found


@pytest.mark.parametrize("knight", ["turtle", "aggressor", "dodger"])
def test_rewards_add_up_to_what_happened_to_both(knight):
    found = played(3, knight=knight, explore=EASY)
    dealt = sum(decision.dealt for decision in found.decisions)
    taken = sum(decision.taken for decision in found.decisions)
    ending = {BOSS_WINS: 1, KNIGHT_WINS: -1}[found.decisions[-1].outcome]
    assert lesson(found).rewards.sum() == pytest.approx(
        taken / KNIGHT_MAX_HEALTH - dealt / BOSS_MAX_HEALTH + ending
    )


@pytest.mark.parametrize(("outcome", "worth"), [(BOSS_WINS, 1), (KNIGHT_WINS, -1), (TIMEOUT, -1), (DRAW, 0)])
def test_each_end_has_its_worth(outcome, worth):
    found = played()
    last = replace(found.decisions[-1], outcome=outcome, dealt=0, taken=0)
    assert lesson(Replay(found.verdict, (*found.decisions[:-1], last))).rewards[-1] == worth


@settings(max_examples=50)
@given(st.lists(st.tuples(st.floats(-3, 3), st.integers(1, 12)), min_size=1, max_size=40))
def test_returns_are_discounted_by_the_time_that_passes(steps):
    rewards = np.array([reward for reward, _ in steps])
    ks = np.cumsum([gap for _, gap in steps])
    expected = [
        sum(DISCOUNT ** float(ks[later] - ks[n]) * rewards[later] for later in range(n, len(ks)))
        for n in range(len(ks))
    ]
    assert discounted(rewards, ks.tolist()) == pytest.approx(expected, abs=1e-9)


def test_mistakes_void_moves_and_decisions_nobody_made_have_no_weight():
    found = played(2, knight="dodger", explore=EASY)
    decisions = list(found.decisions)
    assert any(decision.mistake for decision in decisions)
    own = [n for n, decision in enumerate(decisions) if decision.move is not None and not decision.mistake]
    decisions[own[3]] = replace(decisions[own[3]], void=True)
    decisions[own[5]] = replace(decisions[own[5]], move=None)
    taught = lesson(Replay(found.verdict, tuple(decisions)))
    for decision, weight in zip(decisions, taught.weights, strict=True):
        assert weight == (0 if decision.mistake or decision.void or decision.move is None else 1)
    observations = [decision.observation for decision in decisions]
    assert (taught.x == scale_observations(observations, np.float32)).all()
    assert taught.legal[np.arange(len(taught.moves)), taught.moves][taught.weights > 0].all()


def test_advantages_leave_nothing_that_the_observation_explains_and_have_the_same_spread():
    taught = lesson(played(4, knight="dodger", explore=EASY))
    counts = taught.weights > 0
    better = taught.advantages[counts].astype(np.float64)
    assert better.mean() == pytest.approx(0, abs=1e-5)
    assert better.std() == pytest.approx(1, abs=1e-5)
    assert (taught.advantages[~counts] == 0).all()
    # ordinary least squares can explain only what the ridge held back
    design = np.column_stack([taught.x[counts], np.ones(counts.sum())])
    left = better - design @ np.linalg.lstsq(design, better, rcond=None)[0]
    assert left.std() > 0.95
    returns = taught.returns[counts]
    assert np.corrcoef(better, returns)[0, 1] > 0.3


def test_a_fight_in_which_nothing_happened_is_not_blown_up():
    x = np.random.default_rng(0).random((50, 24), np.float32)
    assert np.abs(advantages(x, np.full(50, 0.7), np.ones(50, np.float32))).max() < 1e-6
    assert np.abs(advantages(x, 1e-3 * x[:, 0].astype(float), np.ones(50, np.float32))).max() < 0.1


def test_a_refused_fight_is_an_empty_lesson():
    taught = lesson(Replay("decision_mismatch", ()))
    assert taught.x.shape == (0, 24)
    assert len(taught.advantages) == len(taught.weights) == 0
