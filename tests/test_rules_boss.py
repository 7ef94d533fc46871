"""The Demon Slime's rules: steps, cleave, guard, and an enrage that changes nothing but what is shown."""

import random
from itertools import pairwise

import pytest
from duel_situations import CLOSE, FAR, FIELD, TOUCHING, hold, lunging, order, placed, until, until_due

from features import (
    APPROACH,
    ATTACK_HITBOX_START,
    BLOCK,
    BOSS_APPROACH_SPEED,
    BOSS_BROKEN,
    BOSS_BROKEN_TICKS,
    BOSS_COOLDOWN,
    BOSS_ENRAGED,
    BOSS_FACING,
    BOSS_FREE,
    BOSS_GUARD,
    BOSS_GUARD_AFTER_BREAK,
    BOSS_GUARD_DAMAGE_PERCENT,
    BOSS_GUARD_DRAIN,
    BOSS_GUARD_REGENERATION,
    BOSS_HALF_WIDTH,
    BOSS_HEALTH,
    BOSS_LUNGE,
    BOSS_MAX_GUARD,
    BOSS_MAX_HEALTH,
    BOSS_MOVE,
    BOSS_PHASE,
    BOSS_PUSH,
    BOSS_RECOVERY,
    BOSS_RETREAT_SPEED,
    BOSS_STEER,
    BOSS_WINDUP,
    BOSS_X,
    CLEAVE,
    CLEAVE_BACK_REACH,
    CLEAVE_COOLDOWN,
    CLEAVE_LUNGE_SPEED,
    CLEAVE_RANGE,
    CLEAVE_REACH_STANDING,
    CLEAVE_TICKS,
    CLOCK,
    DECISION_TICKS,
    ENRAGE_HEALTH,
    EVENT_BOSS_GUARD_BROKEN,
    EVENT_BOSS_GUARD_RAISED,
    EVENT_CLEAVE_HIT,
    EVENT_CLEAVE_MISSED,
    EVENT_ENRAGED,
    EVENT_LUNGE_STARTED,
    EVENT_MOVE_APPLIED,
    EVENT_MOVE_VOID,
    EVENT_SWORD_GUARDED,
    EVENT_SWORD_HIT,
    EVENT_WINDUP_STARTED,
    FLOOR_WIDTH,
    HIT_STOP,
    IDLE,
    INPUT_ATTACK,
    INPUT_LEFT,
    INPUT_MASK,
    INPUT_RIGHT,
    INPUT_ROLL,
    KNIGHT_ATTACK,
    KNIGHT_HALF_WIDTH,
    KNIGHT_HEALTH,
    KNIGHT_MAX_HEALTH,
    KNIGHT_PHASE,
    KNIGHT_ROLL,
    KNIGHT_X,
    LUNGE_HITBOX_END,
    LUNGE_HITBOX_START,
    LUNGE_TICKS,
    MOVE_COUNT,
    ONGOING,
    PUSH_SWORD,
    REACTION_TICKS,
    RECOVERY_TICKS,
    RETREAT,
    ROLL_INVULNERABLE_END,
    ROLL_MOTION_END,
    ROLL_TICKS,
    SWORD_DAMAGE,
    WALL_MARGIN,
    WINDUP_TICKS,
    legal,
)

TO_FIRST_ACTIVE_TICK = WINDUP_TICKS + LUNGE_HITBOX_START
EDGE = BOSS_HALF_WIDTH + WALL_MARGIN
GUARDED_DAMAGE = SWORD_DAMAGE * BOSS_GUARD_DAMAGE_PERCENT // 100


# ---------------------------------------------------------------------------- steps
@pytest.mark.parametrize("side", [-1, 1])  # of the knight, from the boss
@pytest.mark.parametrize(
    ("move", "speed"), [(APPROACH, BOSS_APPROACH_SPEED), (RETREAT, -BOSS_RETREAT_SPEED), (IDLE, 0)]
)
def test_steps_towards_or_away_from_the_knight_at_their_speed(side, move, speed):
    middle = FLOOR_WIDTH // 2
    duel = placed(knight_x=middle + side * FAR // 2, boss_x=middle, boss_aim=side, boss_facing=-side)
    order(duel, move)
    assert duel.state[BOSS_X] - middle == side * speed
    assert duel.state[BOSS_FACING] == side
    hold(duel, 0, DECISION_TICKS - 1)
    assert duel.state[BOSS_X] - middle == side * speed * DECISION_TICKS


@pytest.mark.parametrize("side", [-1, 1])
def test_walls_stop_the_boss_at_their_margin(side):
    wall = FLOOR_WIDTH // 2 + side * (FLOOR_WIDTH // 2 - EDGE)
    duel = placed(knight_x=FLOOR_WIDTH // 2, boss_x=wall - side * BOSS_RETREAT_SPEED * 3 // 2, boss_aim=-side)
    for _ in range(3):
        order(duel, RETREAT)
    assert duel.state[BOSS_X] == wall


@pytest.mark.parametrize("side", [-1, 1])  # of the knight, from the boss
def test_keeps_facing_where_it_looked_until_a_move_applies(side):
    middle = FLOOR_WIDTH // 2
    duel = placed(knight_x=middle + side * CLOSE, boss_x=middle, boss_facing=-side, boss_aim=-side)
    hold(duel, 0, DECISION_TICKS)
    assert duel.state[BOSS_FACING] == -side
    order(duel, IDLE)
    assert duel.state[BOSS_FACING] == side


# ---------------------------------------------------------------------------- cleave
def test_every_cleave_is_telegraphed_for_at_least_24_ticks():
    duel = placed(CLOSE)
    assert order(duel, CLEAVE) & EVENT_WINDUP_STARTED
    assert until(duel, EVENT_CLEAVE_HIT) == TO_FIRST_ACTIVE_TICK >= 24


def test_cleave_runs_wind_up_lunge_recovery_and_is_free_again():
    duel = placed(FAR)
    order(duel, CLEAVE)
    phases = [duel.state[BOSS_PHASE]]
    moved = [duel.state[BOSS_X]]
    for tick in range(1, CLEAVE_TICKS + 1):
        events = duel.step(0)
        assert bool(events & EVENT_LUNGE_STARTED) == (tick == WINDUP_TICKS)
        phases.append(duel.state[BOSS_PHASE])
        moved.append(duel.state[BOSS_X])
    lunge = WINDUP_TICKS + LUNGE_TICKS
    assert phases[:WINDUP_TICKS] == [BOSS_WINDUP] * WINDUP_TICKS
    assert phases[WINDUP_TICKS:lunge] == [BOSS_LUNGE] * LUNGE_TICKS
    assert phases[lunge:CLEAVE_TICKS] == [BOSS_RECOVERY] * RECOVERY_TICKS
    assert phases[CLEAVE_TICKS] == BOSS_FREE
    assert duel.state[BOSS_MOVE] == IDLE
    assert moved[WINDUP_TICKS - 1] == moved[0]
    assert moved[0] - moved[lunge - 1] == LUNGE_TICKS * CLEAVE_LUNGE_SPEED
    assert moved[-1] == moved[lunge - 1]


@pytest.mark.parametrize("timer", range(1, LUNGE_TICKS))
def test_lunge_hits_in_its_active_ticks_only(timer):
    duel = placed(CLOSE, boss_phase=BOSS_LUNGE, boss_timer=timer - 1, boss_move=CLEAVE)
    active = LUNGE_HITBOX_START <= timer < LUNGE_HITBOX_END
    assert bool(duel.step(0) & EVENT_CLEAVE_HIT) == active


def cleave_hits(distance: int, walks_from: int) -> bool:
    """Whether a cleave begun at `distance` hits a knight who walks away from that tick after its start on."""
    duel = placed(distance)
    order(duel, CLEAVE)
    events = 0
    for tick in range(1, WINDUP_TICKS + LUNGE_TICKS):
        events |= duel.step(INPUT_LEFT if tick >= walks_from else 0)
    return bool(events & EVENT_CLEAVE_HIT)


def test_cleave_reaches_whom_its_range_says():
    assert cleave_hits(CLEAVE_REACH_STANDING, CLEAVE_TICKS)
    assert not cleave_hits(CLEAVE_REACH_STANDING + 1, CLEAVE_TICKS)
    assert cleave_hits(CLEAVE_RANGE, 0)
    assert not cleave_hits(CLEAVE_RANGE + 1, 0)


@pytest.mark.parametrize("beyond", [0, 1])
def test_cleave_reaches_backwards_only_so_far(beyond):
    # the knight lies in the end of a roll, vulnerable again and not yet pushed out of the boss
    timer = max(ROLL_INVULNERABLE_END, ROLL_MOTION_END)
    assert timer < ROLL_TICKS
    middle = FLOOR_WIDTH // 2
    duel = lunging(
        boss_x=middle,
        boss_steer=-1,
        knight_x=middle - CLEAVE_LUNGE_SPEED + CLEAVE_BACK_REACH + KNIGHT_HALF_WIDTH + beyond,
        knight_phase=KNIGHT_ROLL,
        knight_timer=timer - 1,
    )
    assert bool(duel.step(0) & EVENT_CLEAVE_HIT) == (beyond == 0)


def lunge_against_a_roll(begins: int):
    """The duel after a lunge at a knight who rolls through the boss that many ticks into the wind-up."""
    duel = placed(TOUCHING)
    order(duel, CLEAVE)
    assert duel.state[BOSS_STEER] == -1
    hold(duel, 0, begins)
    duel.step(INPUT_ROLL | INPUT_RIGHT)
    while duel.state[BOSS_PHASE] != BOSS_RECOVERY:
        duel.step(0)
    return duel


def test_lunge_turns_after_a_knight_who_changed_sides_early_in_the_wind_up():
    start = placed(TOUCHING).state[BOSS_X]
    duel = lunge_against_a_roll(0)
    assert duel.state[BOSS_X] - start == LUNGE_TICKS * CLEAVE_LUNGE_SPEED
    assert duel.state[BOSS_FACING] == 1


def test_lunge_goes_past_a_knight_who_changed_sides_once_he_had_seen_it():
    start = placed(TOUCHING).state[BOSS_X]
    duel = lunge_against_a_roll(REACTION_TICKS)
    assert start - duel.state[BOSS_X] == LUNGE_TICKS * CLEAVE_LUNGE_SPEED
    assert duel.state[BOSS_FACING] == -1
    assert duel.state[KNIGHT_HEALTH] == KNIGHT_MAX_HEALTH


def test_lunge_is_aimed_at_where_the_knight_was_perceived():
    duel = placed(TOUCHING, seen_knight_x=0)
    duel.state[KNIGHT_X] = duel.state[BOSS_X] + CLOSE  # has gone behind, unseen as yet
    order(duel, CLEAVE)
    assert duel.state[BOSS_STEER] == -1


def test_cleaves_are_at_least_the_cooldown_apart_and_none_is_chosen_in_between():
    duel = placed(FAR)
    starts = []
    while len(starts) < 4:
        if duel.decision_due:
            able = legal(duel.observation()) & 1 << CLEAVE
            duel.choose(CLEAVE if able else IDLE)
        events = duel.step(0)
        assert not events & EVENT_MOVE_VOID
        if events & EVENT_WINDUP_STARTED:
            starts.append(duel.state[CLOCK])
    # the first decision tick at which the cooldown is over
    whole_beats = -(-CLEAVE_COOLDOWN // DECISION_TICKS) * DECISION_TICKS
    assert [later - earlier for earlier, later in pairwise(starts)] == [whole_beats] * 3


def test_committed_boss_is_asked_again_in_time_for_its_first_free_decision_tick():
    duel = placed(FAR)
    order(duel, CLEAVE)
    start = duel.state[CLOCK]
    hold(duel, 0, 1)
    until_due(duel)
    assert duel.state[BOSS_PHASE] == BOSS_RECOVERY
    assert order(duel, APPROACH) & EVENT_MOVE_APPLIED
    free_at = start + CLEAVE_TICKS
    assert free_at <= duel.state[CLOCK] < free_at + DECISION_TICKS


def test_one_whole_attack_into_the_recovery_is_over_before_the_next_cleave_can_begin():
    duel = placed(CLOSE)
    order(duel, CLEAVE)
    duel.step(INPUT_ROLL | INPUT_RIGHT)  # through the boss
    while duel.state[BOSS_PHASE] != BOSS_RECOVERY:
        duel.step(0)
    duel.state[KNIGHT_X] = duel.state[BOSS_X] + CLOSE
    assert not hold(duel, INPUT_ATTACK, ATTACK_HITBOX_START) & EVENT_SWORD_HIT
    assert duel.step(0) & EVENT_SWORD_HIT
    hold(duel, 0, duel.state[HIT_STOP])
    while duel.state[KNIGHT_PHASE] == KNIGHT_ATTACK:
        assert duel.state[BOSS_COOLDOWN] > 0
        duel.step(0)
    assert duel.state[BOSS_COOLDOWN] > 0


def test_a_cleave_that_touches_nobody_is_missed():
    duel = placed(FAR)
    order(duel, CLEAVE)
    assert until(duel, EVENT_CLEAVE_MISSED) == WINDUP_TICKS + LUNGE_TICKS
    duel = placed(CLOSE)
    order(duel, CLEAVE)
    assert not hold(duel, 0, 2 * CLEAVE_TICKS) & EVENT_CLEAVE_MISSED


# ---------------------------------------------------------------------------- guard
def guarding(**fields: int):
    """A boss about to hold its guard towards a knight whose swing lands in the next tick."""
    return placed(
        CLOSE,
        boss_move=BLOCK,
        boss_facing=-1,
        knight_phase=KNIGHT_ATTACK,
        knight_timer=ATTACK_HITBOX_START - 1,
        **fields,
    )


def test_guard_negates_about_90_percent_and_costs_guard():
    duel = guarding()
    events = duel.step(0)
    assert events & EVENT_SWORD_GUARDED
    assert not events & (EVENT_SWORD_HIT | EVENT_BOSS_GUARD_BROKEN)
    assert duel.state[BOSS_HEALTH] == BOSS_MAX_HEALTH - GUARDED_DAMAGE
    assert 0.05 <= GUARDED_DAMAGE / SWORD_DAMAGE <= 0.15
    assert duel.state[BOSS_GUARD] == BOSS_MAX_GUARD - BOSS_GUARD_DRAIN
    hold(duel, 0, duel.state[HIT_STOP])
    start = duel.state[KNIGHT_X]
    duel.step(0)
    assert duel.state[KNIGHT_X] < start  # pushed back, against the step of the swing


def test_guard_covers_the_front_only():
    duel = guarding()
    duel.state[BOSS_FACING] = 1
    events = duel.step(0)
    assert events & EVENT_SWORD_HIT
    assert not events & EVENT_SWORD_GUARDED
    assert duel.state[BOSS_HEALTH] == BOSS_MAX_HEALTH - SWORD_DAMAGE
    assert duel.state[BOSS_GUARD] == BOSS_MAX_GUARD


def test_guard_is_raised_as_a_move_and_reported_once():
    duel = placed(CLOSE)
    assert order(duel, BLOCK) & EVENT_BOSS_GUARD_RAISED
    assert not order(duel, BLOCK) & EVENT_BOSS_GUARD_RAISED
    order(duel, IDLE)
    assert order(duel, BLOCK) & EVENT_BOSS_GUARD_RAISED


@pytest.mark.parametrize("left", [-1, 0, 1])
def test_guard_breaks_at_zero_into_a_stagger_and_returns(left):
    duel = guarding(boss_guard=BOSS_GUARD_DRAIN + left)
    broken = duel.step(0) & EVENT_BOSS_GUARD_BROKEN
    assert bool(broken) == (left <= 0)
    if not broken:
        assert duel.state[BOSS_GUARD] == left
        return
    assert duel.state[BOSS_GUARD] == 0
    hold(duel, 0, duel.state[HIT_STOP])
    x = duel.state[BOSS_X]
    for _ in range(BOSS_BROKEN_TICKS - 1):
        if duel.decision_due:
            duel.choose(APPROACH)  # comes to nothing
        assert not duel.step(0) & EVENT_MOVE_APPLIED
        assert duel.state[BOSS_PHASE] == BOSS_BROKEN
        assert (duel.state[BOSS_GUARD], duel.state[BOSS_X]) == (0, x)
    duel.step(0)
    assert duel.state[BOSS_PHASE] == BOSS_FREE
    assert duel.state[BOSS_GUARD] == BOSS_GUARD_AFTER_BREAK
    assert order(until_due(duel), BLOCK) & EVENT_BOSS_GUARD_RAISED


def test_guard_comes_back_exactly_when_not_guarding_and_not_broken():
    duel = placed(FAR, boss_guard=100)
    duel.step(0)
    assert duel.state[BOSS_GUARD] == 100 + BOSS_GUARD_REGENERATION
    order(until_due(duel), BLOCK)
    guard = duel.state[BOSS_GUARD]
    hold(duel, 0, DECISION_TICKS - 1)
    assert duel.state[BOSS_GUARD] == guard
    duel = placed(FAR, boss_guard=BOSS_MAX_GUARD - 1)
    hold(duel, 0, 2)
    assert duel.state[BOSS_GUARD] == BOSS_MAX_GUARD


# ---------------------------------------------------------------------------- health and enrage
def test_a_hit_pushes_the_boss_back_unless_it_lunges():
    swing = {"knight_phase": KNIGHT_ATTACK, "knight_timer": ATTACK_HITBOX_START - 1}
    for fields, pushed in (({}, PUSH_SWORD), ({"boss_phase": BOSS_LUNGE}, 0)):
        duel = placed(CLOSE, **swing, **fields)
        assert duel.step(0) & EVENT_SWORD_HIT
        assert duel.state[BOSS_PUSH] == pushed


@pytest.mark.parametrize("above", [0, 1])
def test_enrages_once_at_its_threshold(above):
    swing = {"knight_phase": KNIGHT_ATTACK, "knight_timer": ATTACK_HITBOX_START - 1}
    duel = placed(CLOSE, boss_health=ENRAGE_HEALTH + SWORD_DAMAGE + above, **swing)
    assert bool(duel.step(0) & EVENT_ENRAGED) == (above == 0)
    assert duel.state[BOSS_ENRAGED] == 1 - above
    duel = placed(CLOSE, boss_health=ENRAGE_HEALTH, boss_enraged=1, **swing)
    assert not duel.step(0) & EVENT_ENRAGED


def test_enrage_changes_no_stat():
    """The same inputs and moves run the same fight, blow for blow, whether the boss is enraged or not."""
    calm = placed(CLOSE)
    enraged = placed(CLOSE, boss_health=ENRAGE_HEALTH, boss_enraged=1)
    lost = BOSS_MAX_HEALTH - ENRAGE_HEALTH
    differing = {name for name in FIELD if name.endswith(("boss_health", "boss_enraged"))}
    same = [index for name, index in FIELD.items() if name not in differing]
    random_source = random.Random(8)
    happened = 0
    keys = 0
    for tick in range(600):
        if calm.decision_due:
            move = random_source.randrange(MOVE_COUNT)
            calm.choose(move)
            enraged.choose(move)
        if tick % 8 == 0:
            keys = random_source.randrange(INPUT_MASK + 1)
        happened |= calm.step(keys)
        enraged.step(keys)
        if enraged.outcome != ONGOING:
            break
        assert [calm.state[i] for i in same] == [enraged.state[i] for i in same]
        assert calm.state[BOSS_HEALTH] - enraged.state[BOSS_HEALTH] == lost
    assert happened & EVENT_SWORD_HIT
    assert happened & EVENT_WINDUP_STARTED
