"""The fight's frame: time, hit-stop, decisions, what the boss sees and when, endings, `Duel`'s checks."""

import random

import pytest
from duel_situations import CLOSE, FAR, PIXEL, hold, lunging, order, placed, played, random_move, until_due

from duel_sim import Duel, ScriptedKnight
from features import (
    AEGIS_TICKS,
    APPROACH,
    ATTACK_HITBOX_START,
    BLOCK,
    BOSS_BROKEN,
    BOSS_BROKEN_TICKS,
    BOSS_COOLDOWN,
    BOSS_DEAD,
    BOSS_ENRAGED,
    BOSS_FACING,
    BOSS_GUARD,
    BOSS_HEALTH,
    BOSS_MAX_GUARD,
    BOSS_MAX_HEALTH,
    BOSS_MOVE,
    BOSS_OBSERVATION,
    BOSS_PENDING,
    BOSS_PHASE,
    BOSS_TIMER,
    BOSS_WINS,
    BOSS_X,
    CLEAVE,
    CLEAVE_COOLDOWN,
    CLEAVE_DAMAGE,
    CLOCK,
    DECISION_TICKS,
    DRAW,
    EVENT_AEGIS_ABSORBED,
    EVENT_BOSS_DIED,
    EVENT_BOSS_GUARD_BROKEN,
    EVENT_BOSS_GUARD_RAISED,
    EVENT_CLEAVE_BLOCKED,
    EVENT_CLEAVE_HIT,
    EVENT_DECISION_DUE,
    EVENT_KNIGHT_DIED,
    EVENT_KNIGHT_GUARD_BROKEN,
    EVENT_MOVE_APPLIED,
    EVENT_MOVE_VOID,
    EVENT_ROLL_STARTED,
    EVENT_SWING_STARTED,
    EVENT_SWORD_GUARDED,
    EVENT_SWORD_HIT,
    EVENT_TIMED_OUT,
    EVENT_WINDUP_STARTED,
    EVENTS,
    FLOOR_WIDTH,
    HABIT_ATTACK,
    HABIT_BLOCK,
    HABIT_GAIN,
    HABIT_LIMIT,
    HABIT_ROLL,
    HIT_STOP,
    HIT_STOP_CLEAVE,
    HIT_STOP_CLEAVE_BLOCKED,
    HIT_STOP_DEATH,
    HIT_STOP_GUARD_BREAK,
    HIT_STOP_SWORD,
    HIT_STOP_SWORD_GUARDED,
    IDLE,
    INPUT_ATTACK,
    INPUT_BLOCK,
    INPUT_MASK,
    INPUT_RIGHT,
    INPUT_ROLL,
    KNIGHT_AEGIS,
    KNIGHT_ATTACK,
    KNIGHT_BLOCK,
    KNIGHT_BROKEN,
    KNIGHT_BUFFER,
    KNIGHT_BUFFER_TIMER,
    KNIGHT_DEAD,
    KNIGHT_FACING,
    KNIGHT_HEALTH,
    KNIGHT_HURT,
    KNIGHT_INPUT,
    KNIGHT_MAX_HEALTH,
    KNIGHT_MAX_STAMINA,
    KNIGHT_MOVING,
    KNIGHT_PHASE,
    KNIGHT_ROLL,
    KNIGHT_STAMINA,
    KNIGHT_TIMER,
    KNIGHT_WINS,
    KNIGHT_X,
    MOVE_COUNT,
    ONGOING,
    PERCEPTION_TICKS,
    RETREAT,
    SEED_LIMIT,
    STATE_SIZE,
    SWORD_DAMAGE,
    TICK,
    TIMEOUT,
    TIMEOUT_TICKS,
    legal,
)

SWING_LANDS = {"knight_phase": KNIGHT_ATTACK, "knight_timer": ATTACK_HITBOX_START - 1}
OBSERVED = {name: index for index, (name, *_) in enumerate(BOSS_OBSERVATION)}
LIVE_IN_HIT_STOP = (TICK, HIT_STOP, EVENTS, KNIGHT_INPUT, KNIGHT_BUFFER, KNIGHT_BUFFER_TIMER)


# ---------------------------------------------------------------------------- the start
@pytest.mark.parametrize("seed", [0, 1, 12345, SEED_LIMIT - 1])
def test_a_fight_starts_whole_and_apart_with_a_decision_due(seed):
    duel = Duel(seed)
    fields = duel.fields()
    assert fields["seed"] == seed
    assert fields["knight_x"] + fields["boss_x"] in (FLOOR_WIDTH, FLOOR_WIDTH - 1)
    assert fields["boss_x"] - fields["knight_x"] >= 300 * PIXEL
    assert (fields["knight_health"], fields["knight_stamina"]) == (KNIGHT_MAX_HEALTH, KNIGHT_MAX_STAMINA)
    assert (fields["boss_health"], fields["boss_guard"]) == (BOSS_MAX_HEALTH, BOSS_MAX_GUARD)
    assert fields["knight_aegis"] == AEGIS_TICKS
    assert (fields["knight_facing"], fields["boss_facing"]) == (1, -1)
    assert (duel.decision_due, duel.k, duel.outcome) == (True, 0, ONGOING)


def test_seeds_vary_the_start():
    assert len({Duel(seed).state[BOSS_X] for seed in range(50)}) > 20


# ---------------------------------------------------------------------------- hit-stop
@pytest.mark.parametrize(
    ("duel", "keys", "event", "ticks"),
    [
        (placed(CLOSE, **SWING_LANDS), 0, EVENT_SWORD_HIT, HIT_STOP_SWORD),
        (
            placed(CLOSE, boss_move=BLOCK, **SWING_LANDS),
            0,
            EVENT_SWORD_GUARDED,
            HIT_STOP_SWORD_GUARDED,
        ),
        (
            placed(CLOSE, boss_move=BLOCK, boss_guard=1, **SWING_LANDS),
            0,
            EVENT_BOSS_GUARD_BROKEN,
            HIT_STOP_GUARD_BREAK,
        ),
        (lunging(), 0, EVENT_CLEAVE_HIT, HIT_STOP_CLEAVE),
        (lunging(), INPUT_BLOCK, EVENT_CLEAVE_BLOCKED, HIT_STOP_CLEAVE_BLOCKED),
        (lunging(knight_aegis=9), 0, EVENT_AEGIS_ABSORBED, HIT_STOP_CLEAVE_BLOCKED),
        (lunging(knight_stamina=1), INPUT_BLOCK, EVENT_KNIGHT_GUARD_BROKEN, HIT_STOP_GUARD_BREAK),
    ],
    ids=["sword", "guarded", "boss_broken", "cleave", "blocked", "aegis", "knight_broken"],
)
def test_hit_stop_freezes_the_clock_and_all_but_the_input(duel, keys, event, ticks):
    duel.state[EVENTS] = 0
    assert duel.step(keys) & event
    before = list(duel.state)
    for tick in range(ticks):
        assert duel.step((INPUT_ROLL | INPUT_RIGHT, INPUT_BLOCK)[tick % 2]) == 0
        assert duel.state[EVENTS] == 0
        changed = {i for i in range(STATE_SIZE) if duel.state[i] != before[i]}
        assert changed <= set(LIVE_IN_HIT_STOP)
    assert duel.state[TICK] == before[TICK] + ticks
    duel.step(0)
    assert duel.state[CLOCK] == before[CLOCK] + 1


# ---------------------------------------------------------------------------- decisions
def test_a_free_boss_is_asked_at_every_multiple_of_the_beat_and_never_else():
    duel = placed(FAR)
    asked = []
    for _ in range(60):
        if duel.decision_due:
            asked.append((duel.state[CLOCK], duel.k))
        duel.step(0)
    assert asked == [(DECISION_TICKS * k, k) for k in range(10)]


@pytest.mark.parametrize("move", range(MOVE_COUNT))
def test_a_move_applies_one_beat_after_the_decision(move):
    duel = placed(FAR)
    hold(duel, 0, DECISION_TICKS)
    clock = duel.state[CLOCK]
    duel.choose(move)
    assert not hold(duel, 0, DECISION_TICKS - 1) & EVENT_MOVE_APPLIED
    assert duel.state[BOSS_MOVE] == IDLE
    assert duel.step(0) & EVENT_MOVE_APPLIED
    assert duel.state[CLOCK] == clock + DECISION_TICKS
    assert duel.state[BOSS_MOVE] == move


@pytest.mark.parametrize("move", [APPROACH, RETREAT, BLOCK])
def test_where_nobody_chooses_the_boss_idles(move):
    duel = placed(FAR)
    order(duel, move)
    assert duel.state[BOSS_MOVE] == move
    events = hold(duel, 0, DECISION_TICKS)
    assert duel.state[BOSS_MOVE] == IDLE
    assert not events & (EVENT_MOVE_APPLIED | EVENT_MOVE_VOID)


def test_the_last_choice_before_the_move_is_due_counts():
    duel = placed(FAR)
    duel.choose(RETREAT)
    order(duel, APPROACH)
    assert duel.state[BOSS_MOVE] == APPROACH


@pytest.mark.parametrize(
    ("fields", "move"),
    [
        ({"boss_cooldown": DECISION_TICKS + 1}, CLEAVE),
        ({"boss_phase": BOSS_BROKEN}, CLEAVE),
        ({"boss_phase": BOSS_BROKEN}, RETREAT),
        ({"boss_guard": 0, "boss_move": BLOCK}, BLOCK),
    ],
)
def test_what_cannot_be_done_when_due_is_void_and_idles(fields, move):
    duel = placed(FAR, **fields)
    phase = duel.state[BOSS_PHASE]
    duel.choose(move)
    events = 0
    for _ in range(DECISION_TICKS):
        if fields.get("boss_guard") == 0:
            duel.state[BOSS_GUARD] = 0  # would come back meanwhile
        events |= duel.step(0)
    assert events & EVENT_MOVE_VOID
    assert not events & (EVENT_MOVE_APPLIED | EVENT_WINDUP_STARTED | EVENT_BOSS_GUARD_RAISED)
    assert (duel.state[BOSS_MOVE], duel.state[BOSS_PHASE]) == (IDLE, phase)


def test_a_cleave_ready_exactly_when_it_applies_is_not_void():
    duel = placed(FAR, boss_cooldown=DECISION_TICKS)
    assert legal(duel.observation()) >> CLEAVE & 1
    assert order(duel, CLEAVE) & EVENT_WINDUP_STARTED


@pytest.mark.parametrize("cooldown", [0, 1, CLEAVE_COOLDOWN - DECISION_TICKS])
@pytest.mark.parametrize("guard", [0, 1, BOSS_MAX_GUARD])
def test_legal_moves_follow_the_observation(cooldown, guard):
    observation = [least for _, least, _, _ in BOSS_OBSERVATION]
    observation[OBSERVED["boss_cooldown"]] = cooldown
    observation[OBSERVED["boss_guard"]] = guard
    expected = {APPROACH, RETREAT, IDLE}
    if cooldown == 0:
        expected.add(CLEAVE)
    if guard > 0:
        expected.add(BLOCK)
    assert {move for move in range(8) if legal(observation) >> move & 1} == expected


def test_a_legal_move_is_void_only_if_the_knight_made_it_so():
    """A legal choice comes to nothing only where the boss's guard broke, unseen when it chose."""
    duel = Duel(4)
    knight = ScriptedKnight("aggressor", duel)
    random_source = random.Random(4)
    applied = void = 0
    while duel.outcome == ONGOING:
        if duel.decision_due:
            shielded = legal(duel.observation()) >> BLOCK & 1 and random_source.random() < 0.9
            duel.choose(BLOCK if shielded else random_move(random_source, duel.observation()))
        broken = duel.state[BOSS_PHASE] == BOSS_BROKEN
        events = duel.step(knight(duel))
        applied += events & EVENT_MOVE_APPLIED > 0
        if events & EVENT_MOVE_VOID:
            assert broken
            void += 1
    assert applied > 0
    assert void > 0


# ---------------------------------------------------------------------------- what the boss sees
def seen(then: list[int], now: list[int], choice: int) -> dict[str, int]:
    """What a boss should perceive of state `then` in state `now`, having last chosen `choice`."""
    knight_x, boss_x = then[KNIGHT_X], then[BOSS_X]
    side = 1 if knight_x > boss_x else -1 if knight_x < boss_x else then[BOSS_FACING]
    behind = {1: (boss_x, FLOOR_WIDTH - knight_x), -1: (FLOOR_WIDTH - boss_x, knight_x)}[side]
    phase = then[KNIGHT_PHASE]
    broken = then[BOSS_PHASE] == BOSS_BROKEN
    return {
        "distance": abs(knight_x - boss_x) // PIXEL,
        "knight_closing": -side * then[KNIGHT_MOVING],
        "knight_facing": -side * then[KNIGHT_FACING],
        "knight_rolling": int(phase == KNIGHT_ROLL),
        "knight_attacking": int(phase == KNIGHT_ATTACK),
        "knight_blocking": int(phase == KNIGHT_BLOCK),
        "knight_staggered": int(phase in (KNIGHT_HURT, KNIGHT_BROKEN)),
        "knight_timer": min(then[KNIGHT_TIMER], 63),
        "knight_health": then[KNIGHT_HEALTH],
        "knight_stamina": then[KNIGHT_STAMINA],
        "aegis": then[KNIGHT_AEGIS],
        "boss_health": then[BOSS_HEALTH],
        "boss_enraged": then[BOSS_ENRAGED],
        "boss_guard": then[BOSS_GUARD],
        "boss_broken": max(BOSS_BROKEN_TICKS - then[BOSS_TIMER], 0) if broken else 0,
        "boss_cooldown": max(now[BOSS_COOLDOWN] - DECISION_TICKS, 0),
        "last_step": {APPROACH: 1, RETREAT: -1}.get(choice, 0),
        "last_guard": int(choice == BLOCK),
        "wall_behind_boss": behind[0] // PIXEL,
        "wall_behind_knight": behind[1] // PIXEL,
        "habit_roll": min(then[HABIT_ROLL], HABIT_LIMIT),
        "habit_block": then[HABIT_BLOCK],
        "habit_attack": min(then[HABIT_ATTACK], HABIT_LIMIT),
        "time_left": (TIMEOUT_TICKS - now[CLOCK]) // 64,
    }


@pytest.mark.parametrize("name", ["dodger", "turtle", "aggressor", "random"])
def test_the_boss_sees_the_fight_as_it_was_nine_ticks_ago(name):
    """Compared at each decision with a diary of the fights, kept outside the kernel."""
    compared = 0
    for seed in range(4):
        duel = Duel(seed)
        diary = {0: list(duel.state)}
        last_choice = IDLE
        for before, events in played(duel, ScriptedKnight(name, duel), random.Random(seed), 1500):
            if before[EVENTS] & EVENT_DECISION_DUE:
                last_choice = before[BOSS_PENDING]
            page = list(duel.state)
            # habits fade in the very ticks in which they are seen, after the look
            page[HABIT_ROLL] = before[HABIT_ROLL] + HABIT_GAIN * (events & EVENT_ROLL_STARTED > 0)
            page[HABIT_ATTACK] = before[HABIT_ATTACK] + HABIT_GAIN * (events & EVENT_SWING_STARTED > 0)
            page[HABIT_BLOCK] = before[HABIT_BLOCK]
            diary.setdefault(duel.state[CLOCK], page)  # hit-stop repeats the clock
            if duel.decision_due:
                then = diary[max(duel.state[CLOCK] - PERCEPTION_TICKS, 0)]
                expected = seen(then, duel.state, last_choice)
                assert dict(zip(OBSERVED, duel.observation(), strict=True)) == expected
                compared += 1
    assert compared > 100


@pytest.mark.parametrize(
    ("button", "habit", "gain"),
    [(INPUT_ROLL, HABIT_ROLL, HABIT_GAIN), (INPUT_ATTACK, HABIT_ATTACK, HABIT_GAIN)],
)
def test_habits_grow_with_what_the_knight_does_and_fade(button, habit, gain):
    duel = placed(FAR)
    duel.step(button)
    assert duel.state[habit] == gain
    grown = [duel.state[habit]]
    for _ in range(60):
        hold(duel, 0, DECISION_TICKS)
        grown.append(duel.state[habit])
    assert grown == sorted(grown, reverse=True)
    assert grown[1] == gain - -(-gain // 16)
    assert grown[-1] == 0


def test_habit_of_blocking_counts_while_the_shield_is_up_and_stays_in_bounds():
    duel = placed(FAR)
    for _ in range(60):
        hold(duel, INPUT_BLOCK, DECISION_TICKS)
        assert 0 < duel.state[HABIT_BLOCK] <= HABIT_LIMIT
    held = duel.state[HABIT_BLOCK]
    hold(duel, 0, DECISION_TICKS)
    assert duel.state[HABIT_BLOCK] < held


# ---------------------------------------------------------------------------- endings
@pytest.mark.parametrize(
    ("duel", "outcome", "event"),
    [
        (placed(CLOSE, boss_health=1, **SWING_LANDS), KNIGHT_WINS, EVENT_BOSS_DIED),
        (placed(CLOSE, boss_health=SWORD_DAMAGE, **SWING_LANDS), KNIGHT_WINS, EVENT_BOSS_DIED),
        (lunging(knight_health=CLEAVE_DAMAGE), BOSS_WINS, EVENT_KNIGHT_DIED),
        (
            lunging(knight_health=1, boss_health=1, **SWING_LANDS),
            DRAW,
            EVENT_KNIGHT_DIED | EVENT_BOSS_DIED,
        ),
        (placed(FAR, clock=TIMEOUT_TICKS - 1), TIMEOUT, EVENT_TIMED_OUT),
        (
            placed(CLOSE, clock=TIMEOUT_TICKS - 1, boss_health=1, **SWING_LANDS),
            KNIGHT_WINS,
            EVENT_BOSS_DIED,
        ),
    ],
    ids=["boss_dies", "boss_dies_at_zero", "knight_dies", "both_die", "timeout", "death_in_the_last_tick"],
)
def test_endings(duel, outcome, event):
    ending = EVENT_KNIGHT_DIED | EVENT_BOSS_DIED | EVENT_TIMED_OUT
    assert duel.step(0) & ending == event
    assert duel.outcome == outcome
    assert not duel.decision_due
    assert (duel.state[KNIGHT_PHASE] == KNIGHT_DEAD) == bool(event & EVENT_KNIGHT_DIED)
    assert (duel.state[BOSS_PHASE] == BOSS_DEAD) == bool(event & EVENT_BOSS_DIED)
    assert min(duel.state[KNIGHT_HEALTH], duel.state[BOSS_HEALTH]) >= 0
    for died, timer in ((EVENT_KNIGHT_DIED, KNIGHT_TIMER), (EVENT_BOSS_DIED, BOSS_TIMER)):
        assert duel.state[timer] == 0 or not event & died
    assert duel.state[HIT_STOP] == (0 if outcome == TIMEOUT else HIT_STOP_DEATH)
    over = list(duel.state)
    over[EVENTS] = 0
    for _ in range(20):
        assert duel.step(INPUT_MASK) == 0
    assert duel.state == over


def test_a_blow_one_point_short_of_death_kills_nobody():
    duel = lunging(knight_health=CLEAVE_DAMAGE + 1)
    duel.step(0)
    assert (duel.outcome, duel.state[KNIGHT_HEALTH]) == (ONGOING, 1)


def test_a_fight_in_which_nobody_acts_times_out_at_its_limit():
    duel = Duel(2)
    ticks = 0
    while duel.outcome == ONGOING:
        duel.step(0)
        ticks += 1
    assert (duel.outcome, duel.state[CLOCK], ticks) == (TIMEOUT, TIMEOUT_TICKS, TIMEOUT_TICKS)


# ---------------------------------------------------------------------------- arguments
@pytest.mark.parametrize("seed", [-1, SEED_LIMIT, 1.5, "7", None])
def test_bad_seeds_are_named(seed):
    with pytest.raises(ValueError, match="seed"):
        Duel(seed)


@pytest.mark.parametrize("keys", [-1, INPUT_MASK + 1, 0.5, None])
def test_bad_inputs_are_named(keys):
    with pytest.raises(ValueError, match="knight_input"):
        Duel(1).step(keys)


@pytest.mark.parametrize("move", [-1, MOVE_COUNT, 1.0, "CLEAVE"])
def test_bad_moves_are_named(move):
    with pytest.raises(ValueError, match="move"):
        Duel(1).choose(move)


def test_choosing_where_no_decision_is_due_is_refused():
    duel = Duel(1)
    duel.step(0)
    with pytest.raises(ValueError, match="no decision is due"):
        duel.choose(IDLE)
    until_due(duel)
    duel.choose(IDLE)


def test_an_unknown_fighter_is_named():
    with pytest.raises(ValueError, match="'nobody' is not one of dodger"):
        ScriptedKnight("nobody", Duel(1))
