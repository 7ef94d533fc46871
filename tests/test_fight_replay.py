"""Playing a log again: what an independent reader says, true fights verified, and each lie by its name."""

import random
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from log_samples import fight_logs
from mind_samples import random_mind, tied_mind
from replay_samples import play, read, write

from benchmarks.logged_fights import RandomKeys, play_fight
from duel_sim import FIGHTERS, Duel, ScriptedKnight
from features import (
    BLOCK,
    BOSS_HEALTH,
    BOSS_MAX_HEALTH,
    EVENT_MOVE_VOID,
    EXPLORE_ONE,
    KNIGHT_HEALTH,
    KNIGHT_MAX_HEALTH,
    ONGOING,
    RULES_VERSION,
    STREAM_DECISION,
    TIMEOUT,
    hash32,
)
from modular_mind import WEIGHT_LIMIT, Mind, decide, default_mind
from service import journal
from service.fight_log import BY_SERVER, MISTAKE, MOST_TICKS, UNDECIDED, FightLog, from_bytes, to_bytes
from service.replay import replay

EASY, HARD = 29547, 2621
MIND = default_mind()


def fight(knight: str = "turtle", seed: int = 7, explore: int = EASY, mind=MIND, undecided: float = 0.0):
    """The log of a fight against a scripted knight, or against random keys."""

    def make(duel: Duel):
        if knight == "keys":
            return RandomKeys(random.Random(seed))
        return ScriptedKnight(knight, duel)

    return play_fight(seed, "easy", explore, mind, make, random.Random(seed), undecided)


def verdict(log: FightLog, **changes) -> str:
    """The verdict on a log in which some fields hold something else, as it arrives: through its bytes."""
    found = replay(from_bytes(to_bytes(replace(log, **changes))), MIND)
    assert (found.verdict == journal.VERIFIED) == bool(found.decisions)
    return found.verdict


@pytest.mark.parametrize("knight", [*FIGHTERS, "keys"])
@pytest.mark.parametrize("explore", [0, EASY, EXPLORE_ONE])
def test_a_fight_that_was_played_is_verified_and_told_as_the_independent_reader_tells_it(knight, explore):
    log = fight(knight, 11, explore, undecided=0.05)
    found = replay(log, MIND)
    duel, told = play(read(write(to_bytes(log))))
    assert found.verdict == journal.VERIFIED
    assert [
        {
            "k": decision.k,
            "observation": list(decision.observation),
            "move": UNDECIDED if decision.move is None else decision.move,
            "tick": decision.tick,
        }
        for decision in found.decisions
    ] == told
    assert sum(decision.dealt for decision in found.decisions) == BOSS_MAX_HEALTH - duel.state[BOSS_HEALTH]
    assert (
        sum(decision.taken for decision in found.decisions) == KNIGHT_MAX_HEALTH - duel.state[KNIGHT_HEALTH]
    )
    assert [decision.outcome for decision in found.decisions[:-1]] == [ONGOING] * (len(told) - 1)
    assert found.decisions[-1].outcome == log.outcome
    for decision in found.decisions:
        if decision.move is not None:
            draw = hash32(log.seed, STREAM_DECISION, decision.k)
            trace = decide(decision.observation, explore, draw, MIND)
            assert (decision.move, decision.mistake) == (trace["move"], trace["mistake"])


def guarding_mind() -> Mind:
    """A mind that always raises its guard, which an aggressor breaks: what it chooses then is void."""
    parameters = {name: np.array(array) for name, array in tied_mind().parameters.items()}
    parameters["drive_bias"][BLOCK] = WEIGHT_LIMIT
    return Mind(parameters)


def test_events_and_health_belong_to_the_decision_they_followed():
    mind = guarding_mind()
    log = fight("aggressor", 5, 0, mind)
    duel = Duel(log.seed)
    inputs, made = list(log.inputs()), list(log.decisions)
    told = replay(log, mind).decisions
    ends = [decision.tick for decision in told[1:]] + [log.ticks]
    for decision, end in zip(told, ends, strict=True):
        duel.choose(made.pop(0) & UNDECIDED)
        before, events = (duel.state[BOSS_HEALTH], duel.state[KNIGHT_HEALTH]), 0
        for keys in inputs[decision.tick : end]:
            events |= duel.step(keys)
        assert decision.events == events
        assert decision.void == (events & EVENT_MOVE_VOID != 0)
        assert (decision.dealt, decision.taken) == (
            before[0] - duel.state[BOSS_HEALTH],
            before[1] - duel.state[KNIGHT_HEALTH],
        )
    assert any(decision.void for decision in told)
    assert not all(decision.void for decision in told)


def test_the_watcher_sees_every_tick_before_it_is_played():
    log = fight("dodger", 3)
    ticks, seen = [], bytearray()

    def watch(duel: Duel, keys: int) -> None:
        ticks.append(duel.fields()["tick"])
        seen.append(keys)

    assert replay(log, MIND, watch).verdict == journal.VERIFIED
    assert ticks == list(range(log.ticks))
    assert bytes(seen) == log.inputs()


def test_a_mind_that_never_answered_is_a_fight_all_the_same_which_times_out():
    log = fight("idler", undecided=1.0)
    found = replay(log, MIND)
    assert (found.verdict, log.outcome) == (journal.VERIFIED, TIMEOUT)
    assert {decision.move for decision in found.decisions} == {None}


def test_who_decided_is_not_looked_at():
    log = fight()
    assert verdict(log, decisions=bytes(byte ^ BY_SERVER for byte in log.decisions)) == journal.VERIFIED


# ---------------------------------------------------------------------------- lies
def changed(log: FightLog, at: int, byte: int) -> bytes:
    """The decisions with another byte in one place."""
    return log.decisions[:at] + bytes([byte]) + log.decisions[at + 1 :]


@pytest.mark.parametrize("at", [0, 1, -2])
def test_another_move_is_no_decision_of_this_mind(at):
    log = fight()
    at %= len(log.decisions)
    byte = log.decisions[at]
    for move in range(5):
        if move != byte & UNDECIDED:
            other = changed(log, at, byte & ~UNDECIDED | move)
            assert verdict(log, decisions=other) == "decision_mismatch"


@pytest.mark.parametrize("at", [0, -1])
def test_a_mistake_must_be_called_one_and_nothing_else_may(at):
    log = fight()
    at %= len(log.decisions)
    assert verdict(log, decisions=changed(log, at, log.decisions[at] ^ MISTAKE)) == "decision_mismatch"


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (lambda log: {"explore": 0}, "decision_mismatch"),
        (lambda log: {"outcome": log.outcome % TIMEOUT + 1}, "outcome_mismatch"),
        (lambda log: {"final_hash": log.final_hash ^ 1}, "checksum_mismatch"),
        (lambda log: {"rules_version": RULES_VERSION + 1}, "rules_gone"),
        (lambda log: {"runs": log.runs[:-1]}, "unfinished"),
        (lambda log: {"runs": (*log.runs[:-1], (log.runs[-1][0], log.runs[-1][1] + 1))}, "unfinished"),
        (lambda log: {"runs": (*log.runs[:-1], (log.runs[-1][0], log.runs[-1][1] - 1))}, "unfinished"),
        (lambda log: {"runs": (*log.runs, (log.runs[-1][0] ^ 1, MOST_TICKS - log.ticks))}, "unfinished"),
        (lambda log: {"decisions": log.decisions[:-1]}, "decision_count"),
        (lambda log: {"decisions": log.decisions + b"\0"}, "decision_count"),
        (lambda log: {"decisions": b""}, "decision_count"),
    ],
)
def test_each_lie_has_its_code(change, code):
    log = fight()
    assert log.runs[-1][1] > 1
    assert code in journal.REFUSED_BY_REPLAY
    assert verdict(log, **change(log)) == code


def test_another_seed_or_other_inputs_are_another_fight():
    log = fight()
    assert verdict(log, seed=log.seed + 1) != journal.VERIFIED
    assert verdict(log, runs=tuple(reversed(log.runs))) != journal.VERIFIED


def test_the_mind_that_is_asked_is_the_one_given():
    other = random_mind(3)
    log = fight(mind=other)
    assert replay(log, other).verdict == journal.VERIFIED
    assert replay(log, MIND).verdict == "decision_mismatch"


@settings(max_examples=60)
@given(log=fight_logs(longest_run=90))
def test_any_log_has_a_verdict(log):
    assert verdict(log) in journal.REFUSED_BY_REPLAY
