"""Clones of players: what logs show, plans of six ticks, and fighting as the player did."""

import random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.logged_fights import play_fight
from duel.batch import DuelBatch
from duel.loops import LOG_EVENTS, LOG_OUTCOME, LOG_TICKS, PLAN, facing_plan
from duel_sim import Duel, ScriptedKnight
from features import CLOCK, EVENT_ROLL_STARTED, INPUT_ROLL, KNIGHT_X, SEEN, TICKS_PER_SECOND
from learning.clone import decisions, fit, relative_plans
from modular_mind import default_mind
from training.evaluate import decision_draws, mind_policy


def logs_of(name, fights=3):
    """Fights of a scripted knight against the shipped mind."""

    def knight(duel):
        return ScriptedKnight(name, duel)

    return [play_fight(s, "hard", 2621, default_mind(), knight, random.Random(s)) for s in range(fights)]


def rolls_a_minute(batch, act):
    """How often the knights of a batch roll, over a minute of fights against the shipped mind."""
    policy = mind_policy(default_mind(), 2621)
    moves = np.zeros(batch.count, np.int32)
    rolls = ticks = 0
    for _ in range(150):
        due = np.flatnonzero(batch.due)
        if len(due):
            moves[due] = policy(batch.boss_view[due], decision_draws(batch.states[due]))
        log = batch.step(moves, act(batch))
        rolls += np.count_nonzero(log[:, LOG_EVENTS] & EVENT_ROLL_STARTED)
        ticks += log[:, LOG_TICKS].sum()
    return rolls * 60 * TICKS_PER_SECOND / ticks


@given(st.integers(0, 2**30 - 1), st.integers(1000, 14000), st.integers(1000, 14000))
def test_a_plan_turned_twice_is_the_same(bits, knight_x, boss_x):
    state = Duel(1).state
    state[KNIGHT_X], state[SEEN + 11] = knight_x, boss_x
    assert facing_plan(state, facing_plan(state, PLAN | bits)) == PLAN | bits
    row = np.array([state], np.int32)
    assert relative_plans(row, np.array([PLAN | bits]))[0] == facing_plan(state, PLAN | bits)


def test_a_plan_is_pressed_tick_by_tick_in_the_window_after_its_decision():
    batch = DuelBatch(1, None, 5)
    keys = [2, 2 | 16, 16, 8, 1, 4]
    plan = PLAN | sum(key << 5 * tick for tick, key in enumerate(keys))
    batch.step([3], [plan])
    duel = Duel(int(batch.log[0, 5]))
    duel.choose(3)
    for key in [0] * 5 + keys[:1]:
        duel.step(key)
    assert duel.state == batch.states[0].tolist()
    batch.step([3], [0])
    duel.choose(3)
    for key in [*keys[1:], 0]:
        duel.step(key)
    assert duel.state[CLOCK] == 12
    assert duel.state == batch.states[0].tolist()


def test_the_windows_of_a_log_are_its_inputs():
    log = logs_of("roll_spammer", 1)[0]
    x, plans = decisions(log)
    assert len(x) == len(plans) > 50
    pressed = sum(plan >> 5 * tick & INPUT_ROLL != 0 for plan in plans.tolist() for tick in range(6))
    presses = np.count_nonzero(np.frombuffer(log.inputs(), np.uint8) & INPUT_ROLL)
    assert 0.8 * presses <= pressed <= presses


@pytest.mark.parametrize(("name", "others"), [("roll_spammer", "turtle")])
def test_a_clone_has_the_habits_of_its_player(name, others):
    random_stream = np.random.default_rng(0)
    live = np.ones(64, bool)
    rates = {}
    for player in (name, others):
        clone = fit(logs_of(player), 0)
        rates[player] = rolls_a_minute(
            DuelBatch(64, None, 3), lambda batch, clone=clone: clone.actions(batch, live, random_stream)
        )
    script = DuelBatch(64, np.full(64, 2), 3)
    assert rates[name] == pytest.approx(rolls_a_minute(script, lambda batch: None), rel=0.25)
    assert rates[others] < 1


def test_the_same_fights_and_seed_give_the_same_clone_and_say_nothing_where_nobody_lives():
    logs = logs_of("spacer", 1)
    one, other = fit(logs, 4), fit(logs, 4)
    assert np.array_equal(one.parameters, other.parameters)
    assert np.array_equal(one.plans, other.plans)
    batch = DuelBatch(4, None, 0)
    live = np.array([True, False, True, False])
    actions = one.actions(batch, live, np.random.default_rng(1))
    assert actions.dtype == np.int32
    assert (actions[live] & PLAN != 0).all()
    assert not actions[~live].any()
    assert batch.step(np.zeros(4), actions)[:, LOG_OUTCOME].tolist() == [0] * 4
