"""Plays a logged fight again and says whether it was fought so: every decision the mind's, every number true.

    found = replay(from_bytes(data), mind)
    found.verdict          # journal.VERIFIED, or why it is refused
    found.decisions        # what the boss saw, did and gained at each decision; empty unless verified

The physics is played first, with the moves of the log, and the mind asked for all of its moves in one go
afterwards: the same answer as asking one by one, in a fraction of the time. What went wrong first in the
fight is what the verdict names. Who decided, server or page, is not looked at: both think the same bits.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from duel_sim import Duel
from features import (
    BOSS_HEALTH,
    EVENT_DECISION_DUE,
    EVENT_MOVE_VOID,
    KNIGHT_HEALTH,
    ONGOING,
    OUTCOME,
    RULES_VERSION,
    STREAM_DECISION,
    hash32,
)
from modular_mind import Mind, decide_batch
from service.fight_log import MISTAKE, UNDECIDED, FightLog
from service.journal import VERIFIED

Watch = Callable[[Duel, int], None]


@dataclass(frozen=True, slots=True)
class Decision:
    """One decision of the boss, and what became of it until the next one was due or the fight was over."""

    k: int
    tick: int  # how many ticks had been played when it came due
    observation: tuple[int, ...]  # 24 integers (features.BOSS_OBSERVATION)
    move: int | None  # None: undecided, the boss idled
    mistake: bool
    void: bool  # the move could not be executed when it was due
    dealt: int  # health the boss lost
    taken: int  # health the knight lost
    events: int  # event bits of these ticks together
    outcome: int  # features.ONGOING, and in the last decision how the fight ended


@dataclass(frozen=True, slots=True)
class Replay:
    """What playing a log again has shown."""

    verdict: str  # journal.VERIFIED or one of journal.REFUSED_BY_REPLAY
    decisions: tuple[Decision, ...]  # empty unless verified


def replay(log: FightLog, mind: Mind, watch: Watch | None = None) -> Replay:
    """The verdict on a log, by the mind that it names.

    watch: called with the duel and the knight's input before each tick, also in fights that turn out to be
    false. Raises nothing for any log that `fight_log.from_bytes` lets through.
    """
    if log.rules_version != RULES_VERSION:
        return Replay("rules_gone", ())
    duel = Duel(log.seed)
    decisions, fault = _play(duel, log, watch)
    if not _decided_by(mind, log, decisions):
        return Replay("decision_mismatch", ())
    if fault is not None:
        return Replay(fault, ())
    if duel.outcome != log.outcome:
        return Replay("outcome_mismatch", ())
    if duel.hash() != log.final_hash:
        return Replay("checksum_mismatch", ())
    return Replay(VERIFIED, tuple(decisions))


def _play(duel: Duel, log: FightLog, watch: Watch | None) -> tuple[list[Decision], str | None]:
    """Plays a log to its end or its first fault in the physics: the decisions until then, and the fault."""
    decisions: list[Decision] = []
    bytes_left = iter(log.decisions)
    inputs = iter(log.inputs())
    state, step = duel.state, duel.step
    tick = 0
    while state[OUTCOME] == ONGOING:
        byte = next(bytes_left, None)
        if byte is None:
            return decisions, "decision_count"
        k, began, observation = duel.k, tick, tuple(duel.observation())
        boss_health, knight_health = state[BOSS_HEALTH], state[KNIGHT_HEALTH]
        move = byte & UNDECIDED
        if move != UNDECIDED:
            duel.choose(move)
        seen = 0
        for keys in inputs:
            if watch is not None:
                watch(duel, keys)
            events = step(keys)
            tick += 1
            seen |= events
            if events & EVENT_DECISION_DUE or state[OUTCOME] != ONGOING:
                break
        else:
            return decisions, "unfinished"
        decisions.append(
            Decision(
                k=k,
                tick=began,
                observation=observation,
                move=None if move == UNDECIDED else move,
                mistake=byte & MISTAKE != 0,
                void=seen & EVENT_MOVE_VOID != 0,
                dealt=boss_health - state[BOSS_HEALTH],
                taken=knight_health - state[KNIGHT_HEALTH],
                events=seen,
                outcome=state[OUTCOME],
            )
        )
    if tick < log.ticks:
        return decisions, "unfinished"
    if len(decisions) < len(log.decisions):
        return decisions, "decision_count"
    return decisions, None


def _decided_by(mind: Mind, log: FightLog, decisions: Sequence[Decision]) -> bool:
    """Whether the mind makes each of these decisions, mistakes included; undecided ones were nobody's."""
    made = [decision for decision in decisions if decision.move is not None]
    if not made:
        return True
    moves, mistakes = decide_batch(
        np.array([decision.observation for decision in made]),
        log.explore,
        np.array([hash32(log.seed, STREAM_DECISION, decision.k) for decision in made]),
        mind,
    )
    return moves.tolist() == [decision.move for decision in made] and mistakes.tolist() == [
        decision.mistake for decision in made
    ]
