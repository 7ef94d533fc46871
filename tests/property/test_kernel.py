"""Properties of the kernel over whole fights, whatever the inputs and choices, legal or not."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from instrumented_kernel import load

from duel import fighters, kernel, perception
from duel_sim import Duel
from features import (
    AEGIS_TICKS,
    BOSS_HALF_WIDTH,
    BOSS_MAX_GUARD,
    BOSS_MAX_HEALTH,
    BOSS_OBSERVATION,
    BOSS_OBSERVATION_SIZE,
    BOSS_PHASES,
    BOSS_X,
    CLEAVE_COOLDOWN,
    CLOCK,
    DECISION_TICKS,
    EVENT_DECISION_DUE,
    EVENTS,
    EVENTS_LIST,
    FLOOR_WIDTH,
    HABIT_LIMIT,
    INPUT_BUFFER_TICKS,
    INPUT_LEFT,
    INPUT_MASK,
    INPUT_RIGHT,
    KNIGHT_ACTION_COUNT,
    KNIGHT_HALF_WIDTH,
    KNIGHT_MAX_HEALTH,
    KNIGHT_MAX_STAMINA,
    KNIGHT_OBSERVATION,
    KNIGHT_OBSERVATION_SIZE,
    KNIGHT_PHASES,
    KNIGHT_X,
    MASK32,
    MOVE_COUNT,
    NO_MOVE,
    ONGOING,
    OUTCOME,
    SEED_LIMIT,
    SEEN,
    SEEN_NEXT,
    STATE_FIELDS,
    STATE_SIZE,
    TIMEOUT,
    TIMEOUT_TICKS,
    WALL_MARGIN,
)

STEERED = -1  # the kind of a knight that follows the keys drawn
INT32 = range(-(1 << 31), 1 << 31)
FIELD = {name: index for index, name in enumerate(STATE_FIELDS)}

seeds = st.integers(0, SEED_LIMIT - 1)
keys_held = st.lists(st.tuples(st.integers(0, INPUT_MASK), st.integers(1, 40)), min_size=1, max_size=40)
choices = st.lists(st.integers(NO_MOVE, MOVE_COUNT - 1), min_size=1, max_size=60)
kinds = st.sampled_from([STEERED, STEERED, *range(fighters.FIGHTER_COUNT)])


def cycled(held: list[tuple[int, int]]):
    """The keys of each tick, without end."""
    while True:
        for keys, ticks in held:
            for _ in range(ticks):
                yield keys


def fight(source, state: list[int], kind: int, held, moves, ticks: int):
    """Play a fight by the functions of `source` in place, yielding the state after each tick."""
    memory = [0] * fighters.FIGHTER_MEMORY
    source.reset_fighter(state, memory)
    keys_drawn = cycled(held)
    for _ in range(ticks):
        if state[OUTCOME] != ONGOING:
            return
        if state[EVENTS] & EVENT_DECISION_DUE:
            move = moves[state[CLOCK] // DECISION_TICKS % len(moves)]
            if move != NO_MOVE:  # else nobody chooses
                source.choose(state, move)
        keys = next(keys_drawn) if kind == STEERED else source.fighter_input(kind, state, memory)
        source.step(state, keys)
        yield state


class Plain:
    """The kernel's functions as they are, under the names that `fight` calls."""

    choose, step = staticmethod(kernel.choose), staticmethod(kernel.step)
    fighter_input = staticmethod(fighters.fighter_input)
    reset_fighter = staticmethod(fighters.reset_fighter)


def started(seed: int) -> list[int]:
    state = [0] * STATE_SIZE
    kernel.reset(state, seed)
    return state


# ---------------------------------------------------------------------------- numbers
@settings(derandomize=True, max_examples=30)
@given(seeds, kinds, keys_held, choices)
def test_every_operation_of_a_whole_fight_fits_32_bits(seed, kind, held, moves):
    """Also the fighters', the observations' and the hash's; the instrumented copy asserts it."""
    checked = load()
    state = [0] * STATE_SIZE
    checked.reset(state, seed)
    seen_by_boss = [0] * BOSS_OBSERVATION_SIZE
    seen_by_knight = [0] * KNIGHT_OBSERVATION_SIZE
    plain = started(seed)
    twins = fight(Plain, plain, kind, held, moves, TIMEOUT_TICKS * 2)
    for _ in fight(checked, state, kind, held, moves, TIMEOUT_TICKS * 2):
        next(twins)
        assert min(state) in INT32
        assert max(state) in INT32
        if state[EVENTS] & EVENT_DECISION_DUE:
            checked.observe_boss(state, seen_by_boss)
            checked.observe_knight(state, seen_by_knight)
            checked.legal(seen_by_boss)
            for action in range(KNIGHT_ACTION_COUNT):
                checked.knight_keys(state, action)
            assert checked.state_hash(state, state[CLOCK]) == kernel.state_hash(plain, state[CLOCK])
    assert state == plain  # the checks changed nothing
    assert state[OUTCOME] != ONGOING


@pytest.mark.parametrize(
    ("expression", "arguments"),
    [
        ("a * b", (1 << 16, 1 << 16)),
        ("a + b", ((1 << 31) - 1, 1)),
        ("a // b", (-7, 2)),
        ("a - b", (-(1 << 31), 1)),
        ("(a + b) & MASK32", (-1, 1)),
        ("(a ^ b) + 1", (MASK32, 0)),
    ],
)
def test_the_instrumented_copy_notices_what_it_should(expression, arguments, monkeypatch, tmp_path):
    module = tmp_path / "snippet.py"
    module.write_text(f"def snippet(a, b):\n    return {expression}\n")
    monkeypatch.setattr(perception, "__file__", str(module))
    with pytest.raises(AssertionError):
        load().snippet(*arguments)


BOUNDS = {
    "knight_x": (KNIGHT_HALF_WIDTH + WALL_MARGIN, FLOOR_WIDTH - KNIGHT_HALF_WIDTH - WALL_MARGIN),
    "boss_x": (BOSS_HALF_WIDTH + WALL_MARGIN, FLOOR_WIDTH - BOSS_HALF_WIDTH - WALL_MARGIN),
    "knight_facing": (-1, 1),
    "boss_facing": (-1, 1),
    "boss_aim": (-1, 1),
    "boss_steer": (-1, 1),
    "knight_moving": (-1, 1),
    "knight_phase": (0, len(KNIGHT_PHASES) - 1),
    "boss_phase": (0, len(BOSS_PHASES) - 1),
    "knight_health": (0, KNIGHT_MAX_HEALTH),
    "boss_health": (0, BOSS_MAX_HEALTH),
    "knight_stamina": (0, KNIGHT_MAX_STAMINA),
    "boss_guard": (0, BOSS_MAX_GUARD),
    "knight_aegis": (0, AEGIS_TICKS),
    "boss_cooldown": (0, CLEAVE_COOLDOWN),
    "boss_move": (0, MOVE_COUNT - 1),
    "boss_pending": (NO_MOVE, MOVE_COUNT - 1),
    "boss_choice": (0, MOVE_COUNT - 1),
    "habit_roll": (0, HABIT_LIMIT),
    "habit_block": (0, HABIT_LIMIT),
    "habit_attack": (0, HABIT_LIMIT),
    "outcome": (ONGOING, TIMEOUT),
    "events": (0, (1 << len(EVENTS_LIST)) - 1),
    "clock": (0, TIMEOUT_TICKS),
    "knight_buffer_timer": (0, INPUT_BUFFER_TICKS),
    "boss_cleave_spent": (0, 2),
    "knight_sword_spent": (0, 1),
}


@settings(derandomize=True, max_examples=40)
@given(seeds, kinds, keys_held, choices)
def test_fields_and_observations_stay_in_bounds(seed, kind, held, moves):
    state = started(seed)
    boss_view, knight_view = [0] * BOSS_OBSERVATION_SIZE, [0] * KNIGHT_OBSERVATION_SIZE
    history = []
    views = {name: [] for name in ("boss", "knight")}
    for _ in fight(Plain, state, kind, held, moves, TIMEOUT_TICKS * 2):
        history.append(list(state))
        perception.observe_boss(state, boss_view)
        perception.observe_knight(state, knight_view)
        views["boss"].append(list(boss_view))
        views["knight"].append(list(knight_view))
    history = np.array(history)
    for name, (least, greatest) in BOUNDS.items():
        values = history[:, FIELD[name]]
        assert least <= values.min(), name
        assert values.max() <= greatest, name
    for name in ("knight_facing", "boss_facing", "boss_aim", "boss_steer"):
        assert (history[:, FIELD[name]] != 0).all(), name
    assert (np.diff(history[:, FIELD["clock"]]) >= 0).all()
    assert (np.diff(history[:, FIELD["tick"]]) == 1).all()
    for name in ("knight_health", "boss_health", "knight_aegis"):
        assert (np.diff(history[:, FIELD[name]]) <= 0).all(), name
    for view, fields in (("boss", BOSS_OBSERVATION), ("knight", KNIGHT_OBSERVATION)):
        values = np.array(views[view])
        for index, (name, least, greatest, exponent) in enumerate(fields):
            assert least <= values[:, index].min(), name
            assert values[:, index].max() <= greatest, name
            assert max(-least, greatest) <= 4 << exponent, name


# ---------------------------------------------------------------------------- symmetry
SIGNED = {
    "knight_facing",
    "knight_moving",
    "boss_facing",
    "knight_push",
    "boss_push",
    "boss_aim",
    "boss_steer",
}


def mirrored(state: list[int]) -> list[int]:
    """The same fight seen in a mirror: left and right swapped."""
    other = list(state)
    for name, index in FIELD.items():
        field = name.removeprefix("seen_next_").removeprefix("seen_")
        if field in ("knight_x", "boss_x"):
            other[index] = FLOOR_WIDTH - state[index]
        elif field in SIGNED:
            other[index] = -state[index]
        elif field == "knight_input":
            other[index] = swapped(state[index])
    return other


def swapped(keys: int) -> int:
    """The input bitmask with left and right exchanged."""
    turned = keys & ~(INPUT_LEFT | INPUT_RIGHT)
    if keys & INPUT_LEFT:
        turned |= INPUT_RIGHT
    if keys & INPUT_RIGHT:
        turned |= INPUT_LEFT
    return turned


@settings(derandomize=True, max_examples=40)
@given(seeds, keys_held, choices, st.integers(0, FLOOR_WIDTH // 2))
def test_a_mirrored_fight_goes_the_mirrored_way_and_looks_the_same(seed, held, moves, nearer):
    """`nearer`: the boss starts so much closer to the knight, down to the very same place."""
    state = started(seed)
    for start in (0, SEEN, SEEN_NEXT):
        state[start + BOSS_X] = max(state[start + BOSS_X] - nearer, state[start + KNIGHT_X])
    other = mirrored(state)
    reflected = [(swapped(keys), ticks) for keys, ticks in held]
    views = [[0] * BOSS_OBSERVATION_SIZE for _ in range(2)], [[0] * KNIGHT_OBSERVATION_SIZE for _ in range(2)]
    ticks = 0
    pairs = zip(
        fight(Plain, state, STEERED, held, moves, 2000),
        fight(Plain, other, STEERED, reflected, moves, 2000),
        strict=True,
    )
    for here, there in pairs:
        ticks += 1
        assert mirrored(here) == there
        perception.observe_boss(here, views[0][0])
        perception.observe_boss(there, views[0][1])
        assert views[0][0] == views[0][1]
        perception.observe_knight(here, views[1][0])
        perception.observe_knight(there, views[1][1])
        assert views[1][0] == views[1][1]
        for action in range(KNIGHT_ACTION_COUNT):
            assert perception.knight_keys(here, action) == swapped(perception.knight_keys(there, action))
    assert ticks > 100


# ---------------------------------------------------------------------------- determinism
@settings(derandomize=True, max_examples=20)
@given(seeds, kinds, keys_held, choices)
def test_the_same_seed_inputs_and_choices_give_the_same_hashes(seed, kind, held, moves):
    rolling = []
    for _ in range(2):
        state, folded = started(seed), 0
        for _ in fight(Plain, state, kind, held, moves, 600):
            folded = kernel.state_hash(state, folded)
        rolling.append(folded)
    assert rolling[0] == rolling[1]


@settings(derandomize=True, max_examples=60)
@given(seeds, st.integers(0, STATE_SIZE - 1), st.integers(-(1 << 31), (1 << 31) - 1))
def test_the_hash_notices_every_field(seed, index, value):
    duel = Duel(seed)
    before = duel.hash(7)
    if duel.state[index] == value:
        return
    duel.state[index] = value
    assert duel.hash(7) != before
    assert 0 <= duel.hash(7) <= MASK32
