"""Scripted situations of the duel that its tests share: placing fighters, stepping, waiting for events."""

import random

from duel_sim import Duel
from features import (
    BOSS_HALF_WIDTH,
    BOSS_LUNGE,
    CLEAVE,
    CLEAVE_COOLDOWN,
    CLOCK,
    DECISION_TICKS,
    FLOOR_WIDTH,
    KNIGHT_HALF_WIDTH,
    LUNGE_HITBOX_START,
    MOVE_COUNT,
    ONGOING,
    SEEN,
    SEEN_NEXT,
    STATE_FIELDS,
    UNITS_PER_PIXEL,
    VISIBLE_SIZE,
    WINDUP_TICKS,
    legal,
)

PIXEL = UNITS_PER_PIXEL
TOUCHING = KNIGHT_HALF_WIDTH + BOSS_HALF_WIDTH  # distance between centres at which the bodies meet
CLOSE = TOUCHING + 8 * PIXEL  # in reach of both weapons
FAR = FLOOR_WIDTH // 2  # in reach of neither, with room for a roll in both directions
FIELD = {name: index for index, name in enumerate(STATE_FIELDS)}


def placed(distance: int = FAR, **fields: int) -> Duel:
    """A fight just begun, bodies `distance` units apart about the middle, knight left, Aegis gone.

    `fields` sets state fields by their names in features.STATE_FIELDS. The delay line shows the same, as
    if it had been so for a while.
    """
    duel = Duel(1)
    left = (FLOOR_WIDTH - distance) // 2
    values = {"knight_aegis": 0, "knight_x": left, "boss_x": left + distance} | fields
    for name, value in values.items():
        duel.state[FIELD[name]] = value
    for snapshot in (SEEN, SEEN_NEXT):
        duel.state[snapshot : snapshot + VISIBLE_SIZE] = duel.state[:VISIBLE_SIZE]
    return duel


def lunging(distance: int = CLOSE, **fields: int) -> Duel:
    """A boss in mid-lunge towards a knight on its left: the next tick is the first that can hit."""
    timer = LUNGE_HITBOX_START - 1
    lunge = {
        "boss_phase": BOSS_LUNGE,
        "boss_timer": timer,
        "boss_move": CLEAVE,
        "boss_cooldown": CLEAVE_COOLDOWN - WINDUP_TICKS - timer,
    }
    return placed(distance, **(lunge | fields))


def hold(duel: Duel, keys: int, ticks: int) -> int:
    """Step `ticks` ticks under the same keys; return all events that happened."""
    events = 0
    for _ in range(ticks):
        events |= duel.step(keys)
    return events


def until(duel: Duel, event: int, keys: int = 0, limit: int = 400) -> int:
    """Step under `keys` until `event` happens; return how many ticks that took. Nobody chooses moves."""
    for ticks in range(1, limit + 1):
        if duel.step(keys) & event:
            return ticks
    raise AssertionError(f"event {event:#x} did not happen within {limit} ticks")


def until_due(duel: Duel, keys: int = 0) -> Duel:
    """Step under `keys` until the boss may choose, at once if it may already."""
    while not duel.decision_due:
        duel.step(keys)
    return duel


def order(duel: Duel, move: int, keys: int = 0) -> int:
    """Choose `move` at the decision that is due and step until it applies; return that tick's events."""
    applied = duel.state[CLOCK] + DECISION_TICKS
    duel.choose(move)
    while duel.state[CLOCK] < applied:
        events = duel.step(keys)
    return events


def random_move(random_source: random.Random, observation: list[int]) -> int:
    """A uniformly random legal move."""
    moves = [move for move in range(MOVE_COUNT) if legal(observation) >> move & 1]
    return random_source.choice(moves)


def played(duel: Duel, knight, random_source: random.Random, ticks: int):
    """Play on under `knight(duel) -> keys` and random legal moves, yielding (state before, events) a tick."""
    for _ in range(ticks):
        if duel.outcome != ONGOING:
            return
        if duel.decision_due:
            duel.choose(random_move(random_source, duel.observation()))
        before = list(duel.state)
        yield before, duel.step(knight(duel))
