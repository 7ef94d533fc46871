"""What the Fire Knight withstands: blows, shield, stamina, the input buffer, Aegis."""

import random

import pytest
from duel_situations import CLOSE, FAR, FIELD, hold, lunging, placed, played, until

from duel_sim import Duel, ScriptedKnight
from features import (
    AEGIS_TICKS,
    ATTACK_TICKS,
    BLOCK_DAMAGE_PERCENT,
    BLOCK_STAMINA,
    CLEAVE,
    CLEAVE_DAMAGE,
    CLEAVE_LUNGE_SPEED,
    EVENT_AEGIS_ABSORBED,
    EVENT_AEGIS_FADED,
    EVENT_BLOCK_RAISED,
    EVENT_CLEAVE_BLOCKED,
    EVENT_CLEAVE_HIT,
    EVENT_CLEAVE_MISSED,
    EVENT_KNIGHT_GUARD_BROKEN,
    EVENT_ROLL_STARTED,
    EVENT_SWING_STARTED,
    GUARD_BREAK_DAMAGE_PERCENT,
    GUARD_BROKEN_TICKS,
    HIT_STOP,
    HURT_TICKS,
    INPUT_ATTACK,
    INPUT_BLOCK,
    INPUT_BUFFER_TICKS,
    INPUT_RIGHT,
    INPUT_ROLL,
    KNIGHT_AEGIS,
    KNIGHT_ATTACK,
    KNIGHT_BLOCK,
    KNIGHT_BLOCK_WALK_SPEED,
    KNIGHT_BROKEN,
    KNIGHT_FREE,
    KNIGHT_HEALTH,
    KNIGHT_HURT,
    KNIGHT_MAX_HEALTH,
    KNIGHT_MAX_STAMINA,
    KNIGHT_PHASE,
    KNIGHT_PUSH,
    KNIGHT_ROLL,
    KNIGHT_STAMINA,
    KNIGHT_X,
    ONGOING,
    PUSH_CLEAVE,
    PUSH_CLEAVE_BLOCKED,
    PUSH_DECAY,
    ROLL_STAMINA,
    STAMINA_REGENERATION,
)

BLOCKED_DAMAGE = CLEAVE_DAMAGE * BLOCK_DAMAGE_PERCENT // 100


# ---------------------------------------------------------------------------- being hit, and the shield
def test_a_blow_hurts_pushes_and_staggers_for_its_time():
    duel = lunging()
    assert duel.step(0) & EVENT_CLEAVE_HIT
    assert duel.state[KNIGHT_PHASE] == KNIGHT_HURT
    assert duel.state[KNIGHT_PUSH] == -PUSH_CLEAVE  # away from the boss
    hold(duel, 0, duel.state[HIT_STOP])
    hold(duel, INPUT_RIGHT | INPUT_BLOCK, HURT_TICKS - 1)
    assert duel.state[KNIGHT_PHASE] == KNIGHT_HURT
    duel.step(INPUT_BLOCK)
    assert duel.state[KNIGHT_PHASE] == KNIGHT_BLOCK


@pytest.mark.parametrize("push", [PUSH_CLEAVE, -PUSH_CLEAVE_BLOCKED, PUSH_DECAY + 1, -PUSH_DECAY])
@pytest.mark.parametrize("body", ["knight", "boss"])
def test_knock_back_fades_evenly_to_a_stand(body, push):
    duel = placed(FAR, **{f"{body}_push": push})
    speed = abs(push)
    way = push // speed
    while speed > 0:
        x = duel.state[FIELD[f"{body}_x"]]
        duel.step(0)
        assert duel.state[FIELD[f"{body}_x"]] - x == way * speed
        speed = max(speed - PUSH_DECAY, 0)
    x = duel.state[FIELD[f"{body}_x"]]
    hold(duel, 0, 5)
    assert duel.state[FIELD[f"{body}_x"]] == x


def test_one_cleave_hits_once():
    duel = lunging()
    duel.step(0)
    assert not hold(duel, 0, 60) & EVENT_CLEAVE_HIT
    assert duel.state[KNIGHT_HEALTH] == KNIGHT_MAX_HEALTH - CLEAVE_DAMAGE


def test_block_takes_its_share_of_the_damage_and_drains_stamina():
    duel = lunging()
    assert duel.step(INPUT_BLOCK) & EVENT_CLEAVE_BLOCKED
    assert duel.state[KNIGHT_HEALTH] == KNIGHT_MAX_HEALTH - BLOCKED_DAMAGE
    assert BLOCK_DAMAGE_PERCENT == 20
    assert duel.state[KNIGHT_STAMINA] == KNIGHT_MAX_STAMINA - BLOCK_STAMINA
    assert duel.state[KNIGHT_PHASE] == KNIGHT_BLOCK
    assert duel.state[KNIGHT_PUSH] == -PUSH_CLEAVE_BLOCKED


def test_block_at_zero_stamina_breaks_into_a_stagger():
    shield_up = {"knight_phase": KNIGHT_BLOCK, "knight_timer": 40}
    duel = lunging(knight_stamina=BLOCK_STAMINA + 1, **shield_up)
    assert not duel.step(INPUT_BLOCK) & EVENT_KNIGHT_GUARD_BROKEN
    assert duel.state[KNIGHT_STAMINA] == 1

    duel = lunging(knight_stamina=BLOCK_STAMINA, **shield_up)
    assert duel.step(INPUT_BLOCK) & EVENT_KNIGHT_GUARD_BROKEN
    assert duel.state[KNIGHT_STAMINA] == 0
    damage = CLEAVE_DAMAGE * GUARD_BREAK_DAMAGE_PERCENT // 100
    assert duel.state[KNIGHT_HEALTH] == KNIGHT_MAX_HEALTH - damage
    assert BLOCKED_DAMAGE < damage < CLEAVE_DAMAGE
    hold(duel, INPUT_BLOCK, duel.state[HIT_STOP])
    began = EVENT_ROLL_STARTED | EVENT_SWING_STARTED | EVENT_BLOCK_RAISED
    for tick in range(GUARD_BROKEN_TICKS - 1):
        assert not duel.step((INPUT_ROLL, INPUT_ATTACK)[tick % 2] | INPUT_BLOCK) & began
        assert duel.state[KNIGHT_PHASE] == KNIGHT_BROKEN
    assert duel.step(INPUT_BLOCK) & began


def test_shield_guards_the_front_only():
    # the lunge passes the knight in this tick, so the blow comes from behind
    duel = lunging(CLEAVE_LUNGE_SPEED // 2)
    assert duel.step(INPUT_BLOCK) & EVENT_CLEAVE_HIT
    assert duel.state[KNIGHT_HEALTH] == KNIGHT_MAX_HEALTH - CLEAVE_DAMAGE
    assert duel.state[KNIGHT_STAMINA] == KNIGHT_MAX_STAMINA


def test_block_is_held_walks_slowly_and_ends_when_let_go():
    duel = placed(FAR)
    start = duel.state[KNIGHT_X]
    assert duel.step(INPUT_BLOCK | INPUT_RIGHT) & EVENT_BLOCK_RAISED
    assert not hold(duel, INPUT_BLOCK | INPUT_RIGHT, 9) & EVENT_BLOCK_RAISED
    assert duel.state[KNIGHT_X] - start == 10 * KNIGHT_BLOCK_WALK_SPEED
    duel.step(0)
    assert duel.state[KNIGHT_PHASE] == KNIGHT_FREE


# ---------------------------------------------------------------------------- stamina
@pytest.mark.parametrize("name", ["dodger", "turtle", "roll_spammer", "random"])
def test_stamina_comes_back_exactly_when_neither_rolling_attacking_nor_blocking(name):
    source = random.Random(name)
    duel = Duel(3)
    phases = set()
    for before, events in played(duel, ScriptedKnight(name, duel), source, 3000):
        if before[HIT_STOP] > 0 or duel.outcome != ONGOING:
            continue
        expected = before[KNIGHT_STAMINA]
        phases.add(before[KNIGHT_PHASE])
        if before[KNIGHT_PHASE] not in (KNIGHT_ROLL, KNIGHT_ATTACK, KNIGHT_BLOCK):
            expected = min(expected + STAMINA_REGENERATION, KNIGHT_MAX_STAMINA)
        if events & EVENT_ROLL_STARTED:
            expected -= ROLL_STAMINA
        if events & EVENT_CLEAVE_BLOCKED:
            expected = max(expected - BLOCK_STAMINA, 0)
        assert duel.state[KNIGHT_STAMINA] == expected
    assert len(phases) > 1


@pytest.mark.parametrize("phase", [KNIGHT_HURT, KNIGHT_BROKEN])
def test_stamina_comes_back_while_staggered(phase):
    duel = placed(FAR, knight_phase=phase, knight_stamina=100)
    duel.step(0)
    assert duel.state[KNIGHT_STAMINA] == 100 + STAMINA_REGENERATION


# ---------------------------------------------------------------------------- input buffer
@pytest.mark.parametrize("button", [INPUT_ROLL, INPUT_ATTACK])
@pytest.mark.parametrize("early", range(INPUT_BUFFER_TICKS + 3))
def test_a_press_lives_for_the_buffers_ticks_its_own_included(button, early):
    """The knight is free again in tick HURT_TICKS; the button is pressed `early` ticks before that."""
    duel = placed(FAR, knight_phase=KNIGHT_HURT, knight_timer=HURT_TICKS - 1 - early)
    began = EVENT_ROLL_STARTED | EVENT_SWING_STARTED
    seen = [duel.step(button if tick == 0 else 0) & began for tick in range(early + INPUT_BUFFER_TICKS)]
    starts = [tick for tick, events in enumerate(seen) if events]
    assert starts == ([early] if early < INPUT_BUFFER_TICKS else [])


def test_a_held_button_is_one_press():
    duel = placed(FAR)
    starts = [duel.step(INPUT_ATTACK) & EVENT_SWING_STARTED for _ in range(3 * ATTACK_TICKS)]
    assert sum(map(bool, starts)) == 1


def test_the_later_press_replaces_the_earlier():
    duel = placed(FAR, knight_phase=KNIGHT_HURT, knight_timer=HURT_TICKS - 4)
    duel.step(INPUT_ROLL)
    duel.step(INPUT_ATTACK)
    events = hold(duel, 0, 5)
    assert events & EVENT_SWING_STARTED
    assert not events & EVENT_ROLL_STARTED


def test_a_press_during_hit_stop_waits_for_its_end():
    for pressed in range(3 * INPUT_BUFFER_TICKS):
        duel = placed(FAR, hit_stop=3 * INPUT_BUFFER_TICKS)
        for tick in range(3 * INPUT_BUFFER_TICKS):
            assert duel.step(INPUT_ROLL if tick == pressed else 0) == 0
        assert duel.step(0) & EVENT_ROLL_STARTED


# ---------------------------------------------------------------------------- Aegis
def test_aegis_absorbs_all_damage_while_it_lasts():
    for keys in (0, INPUT_BLOCK):
        duel = lunging(knight_aegis=2)
        assert duel.step(keys) & EVENT_AEGIS_ABSORBED
        assert duel.state[KNIGHT_HEALTH] == KNIGHT_MAX_HEALTH
        assert duel.state[KNIGHT_STAMINA] == KNIGHT_MAX_STAMINA
        assert not hold(duel, keys, 60) & (EVENT_CLEAVE_HIT | EVENT_CLEAVE_BLOCKED | EVENT_CLEAVE_MISSED)
        assert duel.state[KNIGHT_HEALTH] == KNIGHT_MAX_HEALTH


def test_aegis_fades_before_the_blow_of_its_last_tick():
    duel = lunging(knight_aegis=1)
    events = duel.step(0)
    assert events & EVENT_AEGIS_FADED
    assert events & EVENT_CLEAVE_HIT


def test_aegis_lasts_its_time_fades_once_and_never_returns():
    duel = Duel(5)
    assert duel.state[KNIGHT_AEGIS] == AEGIS_TICKS
    assert until(duel, EVENT_AEGIS_FADED) == AEGIS_TICKS
    source = random.Random(5)
    for _, events in played(duel, ScriptedKnight("random", duel), source, 3000):
        assert not events & (EVENT_AEGIS_FADED | EVENT_AEGIS_ABSORBED)
        assert duel.state[KNIGHT_AEGIS] == 0


def test_aegis_absorbs_every_cleave_in_its_time():
    duel = placed(CLOSE, knight_aegis=AEGIS_TICKS)
    absorbed = 0
    while duel.state[KNIGHT_AEGIS] > 0:
        if duel.decision_due:
            duel.choose(CLEAVE)
        absorbed += duel.step(0) & EVENT_AEGIS_ABSORBED > 0
    assert absorbed > 1
    assert duel.state[KNIGHT_HEALTH] == KNIGHT_MAX_HEALTH
