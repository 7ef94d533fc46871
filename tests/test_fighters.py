"""The scripted knights: as late as a person, each in its own manner, and a dodger that is no straw man."""

import random
from functools import cache

import numpy as np
import pytest
from duel_situations import random_move

from duel.batch import DuelBatch
from duel.fighters import (
    AGGRESSOR,
    DODGER,
    FIGHTER_COUNT,
    FIGHTER_MEMORY,
    IDLER,
    RANDOM,
    ROLL_SPAMMER,
    SPACER,
    TURTLE,
    fighter_input,
    reset_fighter,
)
from duel.loops import LOG_EVENTS, LOG_OUTCOME, LOG_SIZE
from duel_sim import Duel
from features import (
    APPROACH,
    BLOCK,
    BOSS_PHASE,
    BOSS_RECOVERY,
    BOSS_WINS,
    BOSS_X,
    CLEAVE,
    CLEAVE_REACH_STANDING,
    CLOCK,
    DECISION_TICKS,
    EVENT_AEGIS_ABSORBED,
    EVENT_CLEAVE_BLOCKED,
    EVENT_CLEAVE_HIT,
    EVENT_CLEAVE_ROLLED_THROUGH,
    EVENT_ROLL_STARTED,
    EVENT_SWING_STARTED,
    EVENT_SWORD_HIT,
    EVENT_WINDUP_STARTED,
    HIT_STOP,
    IDLE,
    KNIGHT_AEGIS,
    KNIGHT_BLOCK,
    KNIGHT_MAX_STAMINA,
    KNIGHT_PHASE,
    KNIGHT_PUSH,
    KNIGHT_STAMINA,
    KNIGHT_WINS,
    KNIGHT_X,
    MOVE_COUNT,
    OBSERVED_COOLDOWN,
    ONGOING,
    OUTCOME,
    REACTION_TICKS,
    RETREAT,
    TIMEOUT_TICKS,
    UNITS_PER_PIXEL,
    legal,
)

FIGHTS = 200
LONGEST = TIMEOUT_TICKS // DECISION_TICKS + 1
# What a knight knows of itself at once; where these differ, the boss has already touched it.
OWN = (*range(KNIGHT_X, KNIGHT_AEGIS + 1), KNIGHT_PUSH, CLOCK, HIT_STOP)


# ---------------------------------------------------------------------------- lateness
def first_difference(duel: Duel, memory: list[int], kind: int, moves: tuple[int, int]) -> int | None:
    """Ticks from two moves' application until the fighter's inputs differ, or None if they do not.

    Both branches start from the same fight and memory and differ in nothing but the boss's move. Stops
    where the bodies touch: from there on the knight feels what it need not see.
    """
    applied = duel.state[CLOCK] + DECISION_TICKS
    branches = []
    for move in moves:
        branch = Duel(0)
        branch.state = list(duel.state)
        branch.choose(move)
        branches.append((branch, list(memory)))
    while branches[0][0].state[CLOCK] < applied + 60:
        inputs = [fighter_input(kind, branch.state, notes) for branch, notes in branches]
        if inputs[0] != inputs[1]:
            return branches[0][0].state[CLOCK] + 1 - applied
        for branch, _ in branches:
            branch.step(inputs[0])
        one, other = (branch.state for branch, _ in branches)
        if any(one[index] != other[index] for index in OWN) or one[OUTCOME] != ONGOING:
            return None
    return None


@cache
def reactions(kind: int) -> list[int]:
    """After how many ticks a fighter's inputs first tell two legal moves of the boss apart."""
    found = []
    for seed in range(8):
        random_source = random.Random(seed)
        duel = Duel(seed)
        memory = [0] * FIGHTER_MEMORY
        reset_fighter(duel.state, memory)
        for _ in range(700):
            if duel.decision_due:
                legal_moves = [move for move in range(MOVE_COUNT) if legal(duel.observation()) >> move & 1]
                for move in legal_moves[1:]:
                    ticks = first_difference(duel, memory, kind, (legal_moves[0], move))
                    if ticks is not None:
                        found.append(ticks)
                duel.choose(random_move(random_source, duel.observation()))
            duel.step(fighter_input(kind, duel.state, memory))
    return found


@pytest.mark.parametrize("kind", [DODGER, TURTLE, ROLL_SPAMMER, SPACER, AGGRESSOR])
def test_no_fighter_acts_on_what_the_boss_did_less_than_15_ticks_ago(kind):
    assert len(reactions(kind)) > 10
    assert min(reactions(kind)) >= REACTION_TICKS == 15


def test_the_quickest_reaction_of_all_is_exactly_15_ticks():
    assert min(min(reactions(kind)) for kind in (DODGER, TURTLE, SPACER)) == REACTION_TICKS


@pytest.mark.parametrize("kind", [RANDOM, IDLER])
def test_those_who_do_not_look_never_react(kind):
    assert reactions(kind) == []


# ---------------------------------------------------------------------------- the dodger
def always_cleaves(batch: DuelBatch) -> np.ndarray:
    """CLEAVE where legal, else APPROACH: the moves (count,)."""
    return np.where(batch.boss_view[:, OBSERVED_COOLDOWN] == 0, CLEAVE, APPROACH)


def cleaves_the_rested(batch: DuelBatch) -> np.ndarray:
    """A referee's boss: comes near, and cleaves where it can reach a knight of full stamina."""
    distance = np.abs(batch.states[:, KNIGHT_X] - batch.states[:, BOSS_X])
    ripe = (distance <= CLEAVE_REACH_STANDING) & (batch.states[:, KNIGHT_STAMINA] == KNIGHT_MAX_STAMINA)
    return np.where(ripe, always_cleaves(batch), APPROACH)


def fights(kind: int, boss, steps: int = LONGEST):
    """FIGHTS fights of a scripted knight against `boss(batch)`, one each: yields (batch, log, live) a step.

    `live` (FIGHTS,) bool: the row was still in its first fight when the step began.
    """
    batch = DuelBatch(FIGHTS, np.full(FIGHTS, kind), seed=1)
    live = np.ones(FIGHTS, bool)
    for _ in range(steps):
        log = batch.step(boss(batch))
        yield batch, log, live
        live = live & (log[:, LOG_OUTCOME] == ONGOING)
        if not live.any():
            return


def wins(kind: int, boss) -> int:
    """How many of FIGHTS fights the knight wins."""
    return sum(int((log[live, LOG_OUTCOME] == KNIGHT_WINS).sum()) for _, log, live in fights(kind, boss))


def test_the_dodger_beats_a_boss_that_always_cleaves():
    assert wins(DODGER, always_cleaves) >= 0.9 * FIGHTS


@pytest.mark.parametrize("kind", [TURTLE, AGGRESSOR, IDLER])
def test_a_boss_that_always_cleaves_beats_who_does_not_dodge(kind):
    assert wins(kind, always_cleaves) <= 0.1 * FIGHTS


def cleaves_at_full_stamina(boss) -> tuple[int, int]:
    """(counted, avoided) cleaves of the dodger's fights with `boss`.

    Counted are cleaves whose wind-up begins with the knight at full stamina and so near that they would
    reach it if it stood still; avoided are those that neither hit nor were blocked. What the Aegis
    absorbs is not counted.
    """
    counted = avoided = 0
    watched = np.zeros(FIGHTS, bool)
    harmed = np.zeros(FIGHTS, bool)
    for batch, log, live in fights(DODGER, boss):
        events, outcome, states = log[:, LOG_EVENTS], log[:, LOG_OUTCOME], batch.states
        harmed |= watched & (events & (EVENT_CLEAVE_HIT | EVENT_CLEAVE_BLOCKED) != 0)
        watched &= events & EVENT_AEGIS_ABSORBED == 0
        lunge_over = (outcome == ONGOING) & (states[:, BOSS_PHASE] == BOSS_RECOVERY)
        settled = watched & (lunge_over | (outcome == BOSS_WINS))
        counted += int(settled.sum())
        avoided += int((settled & ~harmed).sum())
        # a wind-up begins in the last tick of a step, so the states show that very tick
        begins = live & (outcome == ONGOING) & (events & EVENT_WINDUP_STARTED != 0)
        near = np.abs(states[:, KNIGHT_X] - states[:, BOSS_X]) <= CLEAVE_REACH_STANDING
        rested = states[:, KNIGHT_STAMINA] == KNIGHT_MAX_STAMINA
        watched = (begins & near & rested) | (watched & ~settled & (outcome == ONGOING))
        harmed &= ~begins
    return counted, avoided


def test_the_dodger_at_full_stamina_avoids_the_cleaves_of_a_boss_that_always_cleaves():
    counted, avoided = cleaves_at_full_stamina(always_cleaves)
    assert counted >= 40
    assert avoided >= 0.9 * counted


def test_the_dodger_avoids_most_cleaves_of_a_boss_that_lies_in_wait():
    """It may be caught in a swing here: it cannot know when this boss will cleave."""
    counted, avoided = cleaves_at_full_stamina(cleaves_the_rested)
    assert counted >= 500
    assert avoided >= 0.85 * counted


# ---------------------------------------------------------------------------- characters
@pytest.fixture(scope="module")
def manners() -> dict[str, np.ndarray]:
    """What each fighter (FIGHTER_COUNT,) does a step, on average, against a boss of random moves."""
    rows = 40
    kinds = np.repeat(np.arange(FIGHTER_COUNT), rows)
    batch = DuelBatch(len(kinds), kinds, seed=3)
    generator = np.random.default_rng(3)
    steps = 400
    logs = np.zeros((steps, len(kinds), LOG_SIZE), np.int64)
    distances = np.zeros((steps, len(kinds)))
    blocking = np.zeros((steps, len(kinds)))
    for step in range(steps):
        moves = generator.choice([APPROACH, APPROACH, CLEAVE, RETREAT, IDLE, BLOCK], len(kinds))
        logs[step] = batch.step(moves)
        distances[step] = np.abs(batch.states[:, KNIGHT_X] - batch.states[:, BOSS_X])
        blocking[step] = batch.states[:, KNIGHT_PHASE] == KNIGHT_BLOCK

    def average(values):
        return values.reshape(steps, FIGHTER_COUNT, rows).mean(axis=(0, 2))

    rates = {
        "rolls": EVENT_ROLL_STARTED,
        "swings": EVENT_SWING_STARTED,
        "hit": EVENT_CLEAVE_HIT,
        "blocked": EVENT_CLEAVE_BLOCKED,
        "rolled_through": EVENT_CLEAVE_ROLLED_THROUGH,
        "sword_hits": EVENT_SWORD_HIT,
    }
    seen = {name: average(logs[:, :, LOG_EVENTS] & event != 0) for name, event in rates.items()}
    return seen | {"distance": average(distances) / UNITS_PER_PIXEL, "blocking": average(blocking)}


def test_the_dodger_rolls_through_what_hits_the_others(manners):
    assert manners["rolled_through"].argmax() == DODGER
    assert manners["rolled_through"][DODGER] > 4 * manners["hit"][DODGER]


def test_the_turtle_stays_behind_its_shield_and_never_rolls(manners):
    assert manners["blocking"].argmax() == TURTLE
    assert manners["blocking"][TURTLE] > 0.5
    assert manners["rolls"][TURTLE] == 0
    assert manners["blocked"][TURTLE] > manners["hit"][TURTLE]
    assert manners["sword_hits"][TURTLE] > 0


def test_the_roll_spammer_rolls_as_often_as_stamina_lets_it(manners):
    rolls = manners["rolls"]
    assert rolls[ROLL_SPAMMER] > 0.8 * rolls.max()
    assert rolls[ROLL_SPAMMER] > 2 * rolls[SPACER]


def test_the_spacer_keeps_its_distance_and_yet_strikes(manners):
    assert manners["distance"][SPACER] > max(manners["distance"][[TURTLE, ROLL_SPAMMER, AGGRESSOR]])
    assert manners["sword_hits"][SPACER] > 0


def test_the_aggressor_swings_most_and_neither_rolls_nor_blocks(manners):
    assert manners["swings"].argmax() == AGGRESSOR
    assert manners["rolls"][AGGRESSOR] == manners["blocking"][AGGRESSOR] == 0


def test_the_random_one_does_everything_and_the_idler_nothing(manners):
    for deed in ("rolls", "swings", "blocking"):
        assert manners[deed][RANDOM] > 0
        assert manners[deed][IDLER] == 0
