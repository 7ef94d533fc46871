"""Fights for the tests of learning: played, logged, and entered in a journal as the service would."""

import random
from functools import cache

from benchmarks.logged_fights import play_fight
from duel_sim import ScriptedKnight
from features import TIER_EXPLORE
from modular_mind import Mind, default_mind
from service import journal
from service.database import Database
from service.fight_log import FightLog, to_bytes

KNIGHT = "turtle"  # its fights are short


@cache
def fight(
    seed: int,
    knight: str = KNIGHT,
    explore: int = TIER_EXPLORE["hard"],
    mind: Mind | None = None,
    undecided: float = 0.0,
) -> FightLog:
    """A fight on Hard; `undecided` is the share of decisions that nobody made in time."""
    return play_fight(
        seed,
        "hard",
        explore,
        mind or default_mind(),
        lambda duel: ScriptedKnight(knight, duel),
        random.Random(seed),
        undecided,
    )


def enter(database: Database, log: FightLog, received: int = 1000, source: str = "local") -> str:
    """Enters a fight that was just acknowledged; its identity."""
    identity = f"{log.seed:024x}"
    entry = journal.Fight(
        id=identity,
        received=received,
        source=source,
        tier=log.tier,
        rules_version=log.rules_version,
        weights=log.weights,
        seed=log.seed,
        outcome=log.outcome,
        ticks=log.ticks,
        log=to_bytes(log),
    )
    with database.write() as run:
        assert journal.add_fight(run, entry) == journal.ACCEPTED
    return identity
