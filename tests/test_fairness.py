"""benchmarks.fairness: no choice of the boss follows the knight sooner than 15 ticks, and it would tell."""

from benchmarks.fairness import fairness
from duel_sim import Duel
from features import (
    APPROACH,
    IDLE,
    KNIGHT_PHASE,
    KNIGHT_X,
    MASK32,
    REACTION_TICKS,
    RETREAT,
    hash32,
)

ALWAYS_LEGAL = (APPROACH, RETREAT, IDLE)


def nervous(duel: Duel) -> int:
    """A boss whose move changes with any change of what it perceives."""
    mixed = 0
    for value in duel.observation():
        mixed = hash32(mixed >> 1, value & MASK32, 1)
    return ALWAYS_LEGAL[mixed % len(ALWAYS_LEGAL)]


def input_reader(duel: Duel) -> int:
    """A boss that cheats: it looks at the knight as he is."""
    return ALWAYS_LEGAL[hash32(duel.state[KNIGHT_X], duel.state[KNIGHT_PHASE], 2) % len(ALWAYS_LEGAL)]


def test_the_mind_reacts_but_never_below_15_ticks():
    figures = fairness(150)
    assert figures["forks"] == 150
    assert figures["reacted"] == sum(figures["histogram"].values()) > 0
    assert figures["min_reaction_ticks"] >= REACTION_TICKS == 15


def test_even_a_boss_that_reacts_to_everything_is_as_late_and_no_later():
    figures = fairness(400, policy=nervous)
    assert figures["reacted"] > 100
    assert figures["min_reaction_ticks"] == REACTION_TICKS


def test_a_boss_that_reads_the_present_is_found_out():
    assert fairness(150, policy=input_reader)["min_reaction_ticks"] < REACTION_TICKS
