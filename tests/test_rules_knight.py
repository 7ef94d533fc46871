"""The Fire Knight's moves: walking, walls and bodies, the roll, the sword."""

import pytest
from duel_situations import CLOSE, FAR, PIXEL, TOUCHING, hold, lunging, order, placed

from duel_sim import Duel
from features import (
    APPROACH,
    ATTACK_CANCEL_START,
    ATTACK_HITBOX_END,
    ATTACK_HITBOX_START,
    ATTACK_MOTION_END,
    ATTACK_MOTION_START,
    ATTACK_STEP_SPEED,
    ATTACK_TICKS,
    BOSS_BROKEN,
    BOSS_BROKEN_TICKS,
    BOSS_HALF_WIDTH,
    BOSS_HEALTH,
    BOSS_MAX_HEALTH,
    BOSS_X,
    CLEAVE_DAMAGE,
    EVENT_BLOCK_RAISED,
    EVENT_CLEAVE_HIT,
    EVENT_CLEAVE_MISSED,
    EVENT_CLEAVE_ROLLED_THROUGH,
    EVENT_ROLL_REFUSED,
    EVENT_ROLL_STARTED,
    EVENT_SWING_STARTED,
    EVENT_SWORD_HIT,
    FLOOR_WIDTH,
    HIT_STOP,
    INPUT_ATTACK,
    INPUT_BLOCK,
    INPUT_BUFFER_TICKS,
    INPUT_LEFT,
    INPUT_RIGHT,
    INPUT_ROLL,
    KNIGHT_ATTACK,
    KNIGHT_FACING,
    KNIGHT_FREE,
    KNIGHT_HALF_WIDTH,
    KNIGHT_HEALTH,
    KNIGHT_MAX_HEALTH,
    KNIGHT_MAX_STAMINA,
    KNIGHT_MOVING,
    KNIGHT_PHASE,
    KNIGHT_ROLL,
    KNIGHT_STAMINA,
    KNIGHT_TIMER,
    KNIGHT_WALK_SPEED,
    KNIGHT_X,
    ROLL_CANCEL_START,
    ROLL_INVULNERABLE_END,
    ROLL_INVULNERABLE_START,
    ROLL_MOTION_END,
    ROLL_SPEED,
    ROLL_STAMINA,
    ROLL_TICKS,
    SEPARATION_SPEED,
    STAMINA_REGENERATION,
    SWORD_DAMAGE,
    SWORD_REACH,
    WALL_MARGIN,
)

BOTH_WAYS = INPUT_LEFT | INPUT_RIGHT


# ---------------------------------------------------------------------------- walking
@pytest.mark.parametrize(("keys", "direction"), [(INPUT_RIGHT, 1), (INPUT_LEFT, -1), (BOTH_WAYS, 0), (0, 0)])
def test_walks_at_its_speed_and_both_keys_are_neither(keys, direction):
    duel = placed(FAR)
    start = duel.state[KNIGHT_X]
    hold(duel, keys, 10)
    assert duel.state[KNIGHT_X] - start == 10 * direction * KNIGHT_WALK_SPEED
    assert duel.state[KNIGHT_MOVING] == direction


@pytest.mark.parametrize("side", [-1, 1])
def test_walls_stop_the_knight_at_their_margin(side):
    reach = FLOOR_WIDTH // 2 - KNIGHT_HALF_WIDTH - WALL_MARGIN  # from the middle
    short = 5 * KNIGHT_WALK_SPEED // 2
    duel = placed(knight_x=FLOOR_WIDTH // 2 + side * (reach - short), boss_x=FLOOR_WIDTH // 2)
    keys = INPUT_RIGHT if side == 1 else INPUT_LEFT
    walked = [(duel.step(keys), duel.state[KNIGHT_X])[1] for _ in range(9)]
    assert walked[1] == FLOOR_WIDTH // 2 + side * (reach - KNIGHT_WALK_SPEED // 2)
    assert walked[2:] == [FLOOR_WIDTH // 2 + side * reach] * 7


def test_bodies_do_not_pass_through_each_other():
    duel = placed(TOUCHING + 3 * KNIGHT_WALK_SPEED)
    boss_x = duel.state[BOSS_X]
    for _ in range(60):
        duel.step(INPUT_RIGHT)
        assert duel.state[BOSS_X] - duel.state[KNIGHT_X] >= TOUCHING
    assert duel.state[BOSS_X] == boss_x  # the knight yields


def test_knight_in_the_corner_holds_the_boss_off():
    edge = KNIGHT_HALF_WIDTH + WALL_MARGIN
    duel = placed(knight_x=edge, boss_x=edge + TOUCHING + 30)
    for _ in range(20):
        order(duel, APPROACH)
        assert duel.state[KNIGHT_X] == edge
        assert duel.state[BOSS_X] == edge + TOUCHING


def test_the_boss_yields_only_what_the_wall_denies_the_knight():
    edge = KNIGHT_HALF_WIDTH + WALL_MARGIN
    duel = placed(knight_x=edge + 10, boss_x=edge + 10 + TOUCHING - 40)
    duel.step(0)
    assert duel.state[KNIGHT_X] == edge
    assert duel.state[BOSS_X] == edge + TOUCHING


@pytest.mark.parametrize("side", [-1, 1])  # of the knight, from the boss
def test_overlapping_bodies_part_no_faster_than_the_separation_speed(side):
    middle = FLOOR_WIDTH // 2
    duel = placed(knight_x=middle + side, boss_x=middle)
    apart = [(duel.step(0), (duel.state[KNIGHT_X] - middle) * side)[1] for _ in range(8)]
    assert apart == [min(1 + SEPARATION_SPEED * tick, TOUCHING) for tick in range(1, 9)]
    assert duel.state[BOSS_X] == middle


def test_faces_the_boss_while_free_even_when_walking_away():
    duel = placed(FAR)
    duel.state[KNIGHT_FACING] = -1
    duel.step(INPUT_LEFT)
    assert duel.state[KNIGHT_FACING] == 1
    duel = placed(knight_x=FLOOR_WIDTH - 100 * PIXEL, boss_x=FLOOR_WIDTH // 2)
    duel.step(INPUT_RIGHT)
    assert duel.state[KNIGHT_FACING] == -1


# ---------------------------------------------------------------------------- roll
@pytest.mark.parametrize("timer", range(1, ROLL_TICKS))
def test_roll_is_invulnerable_exactly_in_its_range(timer):
    duel = lunging(knight_phase=KNIGHT_ROLL, knight_timer=timer - 1)
    events = duel.step(0)
    assert duel.state[KNIGHT_TIMER] == timer or events & EVENT_CLEAVE_HIT
    if ROLL_INVULNERABLE_START <= timer < ROLL_INVULNERABLE_END:
        assert events & EVENT_CLEAVE_ROLLED_THROUGH
        assert not events & EVENT_CLEAVE_HIT
        assert duel.state[KNIGHT_HEALTH] == KNIGHT_MAX_HEALTH
    else:
        assert events & EVENT_CLEAVE_HIT
        assert not events & EVENT_CLEAVE_ROLLED_THROUGH
        assert duel.state[KNIGHT_HEALTH] == KNIGHT_MAX_HEALTH - CLEAVE_DAMAGE


def test_roll_begun_in_the_tick_of_the_blow_comes_too_late():
    duel = lunging()
    events = duel.step(INPUT_ROLL)
    assert events & EVENT_ROLL_STARTED
    assert bool(events & EVENT_CLEAVE_HIT) == (ROLL_INVULNERABLE_START > 0)


def test_roll_through_a_whole_lunge_reports_once_and_no_miss():
    duel = lunging(knight_phase=KNIGHT_ROLL, knight_timer=ROLL_INVULNERABLE_START)
    duel.state[KNIGHT_STAMINA] = 0
    seen = [duel.step(0) for _ in range(ROLL_INVULNERABLE_END - ROLL_INVULNERABLE_START)]
    assert sum(events & EVENT_CLEAVE_ROLLED_THROUGH > 0 for events in seen) == 1
    assert not any(events & (EVENT_CLEAVE_MISSED | EVENT_CLEAVE_HIT) for events in seen)
    assert duel.state[KNIGHT_HEALTH] == KNIGHT_MAX_HEALTH


@pytest.mark.parametrize(
    ("keys", "direction"), [(INPUT_RIGHT, 1), (INPUT_LEFT, -1), (0, -1), (BOTH_WAYS, -1)]
)
def test_roll_goes_where_it_is_steered_else_back_from_the_boss(keys, direction):
    duel = placed(FAR)
    start = duel.state[KNIGHT_X]
    assert duel.step(INPUT_ROLL | keys) & EVENT_ROLL_STARTED
    assert duel.state[KNIGHT_FACING] == direction
    assert duel.state[KNIGHT_MOVING] == direction
    hold(duel, 0, ROLL_TICKS - 1)
    assert duel.state[KNIGHT_PHASE] == KNIGHT_ROLL
    assert duel.state[KNIGHT_X] - start == direction * ROLL_SPEED * ROLL_MOTION_END
    duel.step(0)
    assert (duel.state[KNIGHT_PHASE], duel.state[KNIGHT_TIMER]) == (KNIGHT_FREE, 0)


def test_backstep_is_away_from_a_boss_on_the_left_too():
    duel = placed(knight_x=FLOOR_WIDTH // 2, boss_x=FLOOR_WIDTH // 2 - CLOSE)
    duel.step(INPUT_ROLL)
    assert duel.state[KNIGHT_FACING] == 1


def test_roll_passes_through_the_boss():
    duel = placed(TOUCHING)
    boss_x = duel.state[BOSS_X]
    start = duel.state[KNIGHT_X]
    duel.step(INPUT_ROLL | INPUT_RIGHT)
    hold(duel, 0, ROLL_MOTION_END - 1)
    assert duel.state[KNIGHT_X] == start + ROLL_SPEED * ROLL_MOTION_END > boss_x
    assert duel.state[BOSS_X] == boss_x
    hold(duel, 0, 30)
    assert duel.state[KNIGHT_X] - duel.state[BOSS_X] >= TOUCHING  # out on the other side


def test_roll_costs_stamina_and_is_refused_below_its_price():
    price = ROLL_STAMINA - STAMINA_REGENERATION  # a tick's regeneration comes before the intent
    duel = placed(FAR, knight_stamina=price)
    assert duel.step(INPUT_ROLL) & EVENT_ROLL_STARTED
    assert duel.state[KNIGHT_STAMINA] == 0
    duel = placed(FAR, knight_stamina=price - 1)
    events = duel.step(INPUT_ROLL)
    assert events & EVENT_ROLL_REFUSED
    assert not events & EVENT_ROLL_STARTED
    assert duel.state[KNIGHT_PHASE] == KNIGHT_FREE
    assert duel.state[KNIGHT_STAMINA] == ROLL_STAMINA - 1
    # a refused press is spent: it does not fire later, when the stamina is there
    assert not hold(duel, INPUT_ROLL, INPUT_BUFFER_TICKS) & EVENT_ROLL_STARTED


@pytest.mark.parametrize(
    ("button", "event"), [(INPUT_ROLL, EVENT_ROLL_STARTED), (INPUT_ATTACK, EVENT_SWING_STARTED)]
)
def test_roll_can_be_cancelled_from_its_cancel_tick(button, event):
    duel = placed(FAR)
    duel.step(INPUT_ROLL | INPUT_LEFT)
    hold(duel, 0, ROLL_CANCEL_START - 3)
    duel.step(button)
    assert duel.state[KNIGHT_TIMER] == ROLL_CANCEL_START - 2
    assert not duel.step(0) & event
    assert duel.step(0) & event


# ---------------------------------------------------------------------------- sword
def swing(duel: Duel) -> None:
    assert duel.step(INPUT_ATTACK) & EVENT_SWING_STARTED
    assert duel.state[KNIGHT_PHASE] == KNIGHT_ATTACK


def test_swing_hits_once_at_the_first_active_tick_and_costs_no_stamina():
    duel = placed(CLOSE)
    swing(duel)
    assert not hold(duel, 0, ATTACK_HITBOX_START - 1) & EVENT_SWORD_HIT
    assert duel.step(0) & EVENT_SWORD_HIT
    assert duel.state[BOSS_HEALTH] == BOSS_MAX_HEALTH - SWORD_DAMAGE
    hold(duel, 0, duel.state[HIT_STOP])
    assert not hold(duel, 0, ATTACK_TICKS - ATTACK_HITBOX_START - 1) & EVENT_SWORD_HIT
    assert duel.state[KNIGHT_PHASE] == KNIGHT_ATTACK
    duel.step(0)
    assert duel.state[KNIGHT_PHASE] == KNIGHT_FREE
    assert duel.state[BOSS_HEALTH] == BOSS_MAX_HEALTH - SWORD_DAMAGE
    assert duel.state[KNIGHT_STAMINA] == KNIGHT_MAX_STAMINA


@pytest.mark.parametrize("timer", range(1, ATTACK_TICKS))
def test_sword_hits_in_its_active_ticks_only(timer):
    duel = placed(CLOSE, knight_phase=KNIGHT_ATTACK, knight_timer=timer - 1)
    active = ATTACK_HITBOX_START <= timer < ATTACK_HITBOX_END
    assert bool(duel.step(0) & EVENT_SWORD_HIT) == active


@pytest.mark.parametrize("beyond", [0, 1])
def test_sword_reaches_exactly_its_reach(beyond):
    steps = min(ATTACK_MOTION_END, ATTACK_HITBOX_END) - ATTACK_MOTION_START
    duel = placed(SWORD_REACH + BOSS_HALF_WIDTH + steps * ATTACK_STEP_SPEED + beyond)
    swing(duel)
    assert bool(hold(duel, 0, ATTACK_TICKS) & EVENT_SWORD_HIT) == (beyond == 0)


def test_swing_steps_forward_in_its_motion_ticks():
    duel = placed(FAR)
    start = duel.state[KNIGHT_X]
    swing(duel)
    hold(duel, INPUT_LEFT, ATTACK_TICKS - 1)  # keys do not steer a swing
    assert duel.state[KNIGHT_X] - start == ATTACK_STEP_SPEED * (ATTACK_MOTION_END - ATTACK_MOTION_START)


def test_swing_is_cancelled_by_a_roll_only_and_only_from_the_cancel_tick():
    duel = placed(FAR)
    swing(duel)
    hold(duel, 0, ATTACK_CANCEL_START - 4)
    duel.step(INPUT_ROLL | INPUT_BLOCK)
    while duel.state[KNIGHT_TIMER] < ATTACK_CANCEL_START - 1:
        assert duel.state[KNIGHT_PHASE] == KNIGHT_ATTACK
        duel.step(INPUT_BLOCK)
    assert duel.step(INPUT_BLOCK) & EVENT_ROLL_STARTED

    duel = placed(FAR)
    swing(duel)
    hold(duel, 0, ATTACK_CANCEL_START - 2)
    duel.step(INPUT_ATTACK | INPUT_BLOCK)
    while duel.state[KNIGHT_TIMER] < ATTACK_TICKS - 1:
        assert not duel.step(INPUT_BLOCK) & (EVENT_SWING_STARTED | EVENT_BLOCK_RAISED)
    assert duel.step(INPUT_BLOCK) & EVENT_SWING_STARTED


def test_swing_turns_to_the_boss():
    duel = placed(knight_x=FLOOR_WIDTH // 2, boss_x=FLOOR_WIDTH // 2 - CLOSE)
    swing(duel)
    assert duel.state[KNIGHT_FACING] == -1
    assert hold(duel, 0, ATTACK_TICKS) & EVENT_SWORD_HIT


def test_staggered_boss_is_hit_in_full():
    duel = placed(CLOSE, boss_phase=BOSS_BROKEN, boss_timer=0)
    assert BOSS_BROKEN_TICKS > ATTACK_TICKS
    swing(duel)
    hold(duel, 0, ATTACK_HITBOX_END)
    assert duel.state[BOSS_HEALTH] == BOSS_MAX_HEALTH - SWORD_DAMAGE
