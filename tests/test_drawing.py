"""duel.drawing: every reachable state draws, phases look different, and shapes are where the rules say."""

import itertools
import random

import numpy as np
import pytest
from duel_situations import CLOSE, FIELD, PIXEL, placed, played
from hypothesis import given, settings
from hypothesis import strategies as st

import features as f
from duel.drawing import BODY_CENTRE, GROUND, HEALTH, HEIGHT, LOST, RING_OPEN, TELEGRAPH, WIDTH, draw
from duel_sim import Duel, ScriptedKnight
from tools import make_environment_picture

ARENA = slice(70, GROUND + 30)  # below the meters, above the measure of the distance
BAR_ROW = 40
FLOOR_ROW = GROUND + 4  # shows no fighter, only what is marked on the floor
MIRRORED = ("knight_facing", "knight_moving", "boss_facing", "boss_aim", "boss_steer")


def fighters(**fields: int) -> list[int]:
    """A state with bodies close to each other, in pixels that have an exact mirror image."""
    return placed(CLOSE + 20 * PIXEL, **fields).state


def mirrored(state: list[int]) -> list[int]:
    """The same fight seen from behind."""
    other = list(state)
    for name in MIRRORED:
        other[FIELD[name]] = -other[FIELD[name]]
    for field in (f.KNIGHT_X, f.BOSS_X):
        other[field] = f.FLOOR_WIDTH - other[field]
    return other


def arena(state: list[int]) -> np.ndarray:
    """The part of the picture without words and meters."""
    return draw(state)[ARENA]


def columns_like(row: np.ndarray, colour: tuple[int, int, int]) -> np.ndarray:
    """The columns of a row whose pixels have nearly this colour."""
    return np.flatnonzero(np.abs(row.astype(int) - colour).max(axis=1) < 12)


# ---------------------------------------------------------------------------- any state
@settings(max_examples=40)
@given(
    seed=st.integers(0, f.SEED_LIMIT - 1),
    knight=st.sampled_from(("dodger", "aggressor", "turtle", "roll_spammer", "random")),
    ticks=st.integers(0, 2400),
)
def test_every_reachable_state_draws_and_is_only_read(seed, knight, ticks):
    duel = Duel(seed)
    for _ in played(duel, ScriptedKnight(knight, duel), random.Random(seed), ticks):
        pass
    before = list(duel.state)
    picture = draw(duel.state)
    assert picture.shape == (HEIGHT, WIDTH, 3)
    assert picture.dtype == np.uint8
    assert picture.flags.writeable
    assert duel.state == before
    assert np.array_equal(picture, draw(np.array(before, np.int32)))


def test_pictures_do_not_share_memory():
    first = draw(Duel(1).state)
    kept = first.copy()
    first[:] = 0
    assert np.array_equal(draw(Duel(1).state), kept)


def test_all_phases_are_reached_and_drawn():
    unseen = {("knight", phase) for phase in range(len(f.KNIGHT_PHASES))}
    unseen |= {("boss", phase) for phase in range(len(f.BOSS_PHASES))}

    def watch(duel: Duel) -> None:
        now = {("knight", duel.state[f.KNIGHT_PHASE]), ("boss", duel.state[f.BOSS_PHASE])}
        if now & unseen:
            draw(duel.state)
            unseen.difference_update(now)

    for seed, knight in enumerate(("dodger", "turtle", "random", "aggressor")):
        duel = Duel(seed)
        for _ in played(duel, ScriptedKnight(knight, duel), random.Random(seed), f.TIMEOUT_TICKS):
            watch(duel)
    guarding = Duel(1)  # a boss that only guards, until its guard breaks
    aggressor = ScriptedKnight("aggressor", guarding)
    while guarding.outcome == f.ONGOING and unseen:
        if guarding.decision_due:
            guarding.choose(f.BLOCK if f.legal(guarding.observation()) >> f.BLOCK & 1 else f.IDLE)
        guarding.step(aggressor(guarding))
        watch(guarding)
    assert unseen == set()


# ---------------------------------------------------------------------------- what must look different
def all_differ(states: list[list[int]]) -> bool:
    """Whether no two of the states have the same arena."""
    return len({arena(state).tobytes() for state in states}) == len(states)


def test_knight_phases_differ():
    assert all_differ([fighters(knight_phase=phase, knight_timer=3) for phase in range(len(f.KNIGHT_PHASES))])


@pytest.mark.parametrize("enraged", [0, 1])
def test_boss_phases_and_guard_differ(enraged):
    states = [
        fighters(boss_phase=phase, boss_timer=3, boss_move=f.IDLE, boss_enraged=enraged)
        for phase in range(len(f.BOSS_PHASES))
    ]
    for move in (f.APPROACH, f.RETREAT, f.BLOCK):
        states.append(fighters(boss_move=move, boss_enraged=enraged))
    assert all_differ(states)


@pytest.mark.parametrize(
    "fields",
    [
        {"boss_enraged": 1},
        {"knight_aegis": 60},
        {"knight_moving": 1},
        {"knight_facing": -1},
        {"boss_facing": 1},
        *({"outcome": outcome} for outcome in range(1, len(f.OUTCOMES))),
    ],
    ids=lambda fields: ",".join(fields),
)
def test_a_condition_shows_in_the_arena(fields):
    assert all_differ([fighters(), fighters(**fields)])


@pytest.mark.parametrize("health", ["knight_health", "boss_health"])
def test_damage_just_taken_shows_in_the_arena(health):
    state = fighters()
    state[FIELD["seen_" + health]] += 12
    other = list(state)
    other[FIELD["seen_" + health]] += 1
    assert all_differ([fighters(), state, other])


def test_outcomes_differ_from_each_other():
    assert all_differ([fighters(outcome=outcome) for outcome in range(len(f.OUTCOMES))])


def test_a_roll_shows_when_no_blow_touches_it():
    start, end = f.ROLL_INVULNERABLE_START, f.ROLL_INVULNERABLE_END
    pale = []
    for timer in (start - 1, start, end - 1, end):
        picture = arena(fighters(knight_phase=f.KNIGHT_ROLL, knight_timer=timer))
        pale.append(int((picture.min(axis=2) > 205).sum()))
    assert max(pale[0], pale[3]) < min(pale[1], pale[2])


@pytest.mark.parametrize(
    "fields",
    [
        *({"knight_phase": phase, "knight_timer": 9} for phase in range(len(f.KNIGHT_PHASES))),
        *({"boss_phase": phase, "boss_timer": 5} for phase in range(len(f.BOSS_PHASES))),
        {"boss_move": f.BLOCK},
        {"boss_move": f.APPROACH},
        {"boss_enraged": 1},
    ],
    ids=lambda fields: ",".join(f"{name}={value}" for name, value in fields.items()),
)
def test_facing_the_other_way_is_the_mirror_image(fields):
    state = fighters(**fields)
    assert np.array_equal(arena(mirrored(state)), arena(state)[:, ::-1])


# ---------------------------------------------------------------------------- where things are
def test_the_sword_s_hitbox_is_marked_in_its_ticks_and_over_its_reach():
    def floor(timer: int) -> np.ndarray:
        return draw(fighters(knight_phase=f.KNIGHT_ATTACK, knight_timer=timer))[FLOOR_ROW]

    free = draw(fighters())[FLOOR_ROW]
    left = fighters()[f.KNIGHT_X] // PIXEL
    for timer in range(f.ATTACK_TICKS):
        marked = np.flatnonzero((floor(timer) != free).any(axis=1))
        if f.ATTACK_HITBOX_START <= timer < f.ATTACK_HITBOX_END:
            assert (marked[0], marked[-1] + 1) == (left, left + f.SWORD_REACH // PIXEL)
        else:
            assert len(marked) == 0


def test_the_cleave_s_hitbox_is_marked_in_its_ticks_and_over_its_reach():
    free = draw(fighters())[FLOOR_ROW]
    centre = fighters()[f.BOSS_X] // PIXEL
    for timer in range(f.LUNGE_TICKS):
        lunge = fighters(boss_phase=f.BOSS_LUNGE, boss_timer=timer)
        marked = np.flatnonzero((draw(lunge)[FLOOR_ROW] != free).any(axis=1))
        if f.LUNGE_HITBOX_START <= timer < f.LUNGE_HITBOX_END:
            ends = centre - f.CLEAVE_REACH // PIXEL, centre + f.CLEAVE_BACK_REACH // PIXEL
            assert (marked[0], marked[-1] + 1) == ends
        else:
            assert len(marked) == 0


def test_the_telegraph_closes_with_every_tick_of_the_windup():
    row = GROUND - BODY_CENTRE
    edges = []
    for timer in range(f.WINDUP_TICKS):
        picture = draw(fighters(boss_phase=f.BOSS_WINDUP, boss_timer=timer))
        edges.append(columns_like(picture[row], TELEGRAPH)[-1])
    assert all(later <= earlier for earlier, later in itertools.pairwise(edges))
    assert edges[0] - edges[-1] > RING_OPEN * 3 // 4


@settings(max_examples=25)
@given(st.integers(0, f.KNIGHT_MAX_HEALTH), st.integers(0, f.KNIGHT_MAX_HEALTH))
def test_the_bar_is_as_long_as_the_health_and_shows_what_was_lost(health, lost):
    lost = min(lost, f.KNIGHT_MAX_HEALTH - health)
    state = placed(knight_health=health).state
    state[f.SEEN + f.KNIGHT_HEALTH] = health + lost
    row = draw(state)[BAR_ROW]
    full = len(columns_like(draw(placed().state)[BAR_ROW, : WIDTH // 2], HEALTH))
    left = len(columns_like(row[: WIDTH // 2], HEALTH))
    pale = len(columns_like(row[: WIDTH // 2], LOST))
    assert full > 0
    assert left == round(full * health / f.KNIGHT_MAX_HEALTH)
    assert left + pale == round(full * (health + lost) / f.KNIGHT_MAX_HEALTH)


# ---------------------------------------------------------------------------- the picture of the page
def test_the_page_s_picture_has_four_moments_that_really_come():
    sheet = np.array(make_environment_picture.picture())
    gap = make_environment_picture.GAP
    assert sheet.shape == (2 * HEIGHT + gap, 2 * WIDTH + gap, 3)
    panels = [sheet[y : y + HEIGHT, x : x + WIDTH] for y in (0, HEIGHT + gap) for x in (0, WIDTH + gap)]
    assert len({panel.tobytes() for panel in panels}) == len(make_environment_picture.MOMENTS)


def test_a_moment_that_never_comes_is_an_error(monkeypatch):
    monkeypatch.setattr(make_environment_picture, "FIGHTS", 1)
    with pytest.raises(RuntimeError, match="no such moment in 1 fights"):
        make_environment_picture.found(lambda state: False)
