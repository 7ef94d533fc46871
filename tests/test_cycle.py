"""Learning cycles over a real journal: what teaches, what is written, and that it is all or nothing."""

import json
from contextlib import contextmanager
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from learning_samples import enter, fight

from learning import cycle as cycles
from learning.bounds import Bounds
from learning.cycle import BATCH, RECENT, REFUSALS, SHARE, gather, public_batch, run_cycle
from learning.dream import DreamConfig
from learning.gate import GateConfig, Judgement
from learning.sequential import Limits
from modular_mind import GRID, Mind, default_mind, from_json
from service import journal, versions
from service.database import DatabaseError
from service.schema import open_journal
from service.settings import Config

SALT = "salt"  # the same in every journal here, so that chance is the same
ANCHOR = default_mind()
NOW = 5000.0
# A gate that a small step passes within a moment, and one that nothing passes: its one look is never enough.
EASY_GATE = GateConfig(limits=Limits(drop=0.3, fewest=16, step=16, most=2000), hunters_drop=0.5, floor=0.9)
HARD_GATE = GateConfig(limits=Limits(drop=1e-6, fewest=4, step=4, most=4))
SHORT_DREAM = DreamConfig(
    updates=2,
    warm_up=1,
    duels=64,
    horizon=8,
    average_from=0.0,
    learning=replace(DreamConfig().learning, minibatch=256, learning_rate=1e-3, final_learning_rate=1e-3),
)
# For tests of what is written down, with `quick`: gates that let everything pass, and nothing.
OPEN, CLOSED = GateConfig(), GateConfig(floor=0.0)


@pytest.fixture
def config(tmp_path):
    return Config(data_dir=tmp_path, learner="gradient")


@pytest.fixture
def database(config):
    opened = open_journal(config.data_dir, None)
    with opened.write() as run:
        versions.put(run, versions.SALT, SALT)
        versions.settle(run, ANCHOR, 1)
    yield opened
    opened.close()


@pytest.fixture
def quick(monkeypatch):
    """Cycles in a moment: nobody is cloned, and the gate is OPEN or CLOSED."""

    def judge(candidate, live, anchor, clones, explore, seed, config):
        assert config in (OPEN, CLOSED)
        passed = config == OPEN
        return Judgement(passed, None if passed else "weaker_pool", {"distance": 0.1, "kl": 0.0})

    monkeypatch.setattr(cycles, "judge", judge)
    monkeypatch.setattr(cycles, "clone_players", lambda material, public: [])
    monkeypatch.setattr(cycles, "examine", lambda *arguments: {"behavior": {}})


def verified(database, seed: int, **terms) -> str:
    """Enters a fight and its verdict."""
    identity = enter(database, fight(seed), **terms)
    with database.write() as run:
        journal.judge(run, identity, journal.VERIFIED, 1001)
    return identity


def everything(database) -> dict:
    """All rows of all tables but the schema's."""
    with database.read() as run:
        names = {"fights": "id", "minds": "sha256", "cycles": "number", "settings": "name"}
        return {name: run(f"SELECT * FROM {name} ORDER BY {key}") for name, key in names.items()}


def make_live(database, mind) -> None:
    with database.write() as run:
        versions.add_mind(run, mind, ANCHOR.sha256, 2)
        versions.restore(run, mind.sha256, 2)


@pytest.fixture(scope="module")
def learned():
    """A mind that is not the anchor."""
    parameters = {name: array.copy() for name, array in ANCHOR.parameters.items()}
    parameters["drive_bias"][0] += 1 / GRID
    return Mind(parameters)


# ---------------------------------------------------------------------------- what a cycle does
def test_without_fights_there_is_no_cycle(database, config):
    before = everything(database)
    assert run_cycle(database, config, NOW, EASY_GATE) is None
    assert everything(database) == before


@pytest.mark.parametrize("learner", ["gradient", "dream"])
def test_a_fight_teaches_once_and_the_boss_changes(learner, database, config):
    config = replace(config, learner=learner)
    identity = verified(database, 1)
    cycle = run_cycle(database, config, NOW, EASY_GATE, SHORT_DREAM)
    assert (cycle.report["reason"], cycle.number, cycle.before) == (None, 1, ANCHOR.sha256)
    report = cycle.report
    assert (report["method"], report["fights"], report["sources"], report["reason"]) == (learner, 1, 1, None)
    assert report["waited"] >= NOW - 1000
    assert 0 < report["distance"] <= Bounds().radius
    assert 0 < report["kl"] <= Bounds().kl
    assert set(report["players"]) >= {"before", "after"}
    assert set(report["pool"]) >= {"before", "after"}
    assert len(report["behavior"]["win_rate"]) == 2
    json.dumps(report, allow_nan=False)
    with database.read() as run:
        assert versions.get(run, versions.LIVE) == cycle.after == cycle.candidate != ANCHOR.sha256
        mind = versions.find_mind(run, cycle.after)
        assert from_json(mind.json, cycle.after).sha256 == cycle.after
        assert journal.find_fight(run, identity).cycle == 1
        assert versions.promotions(run, cycle.after) == 1
        assert versions.history(run, 5) == [cycle]
    assert run_cycle(database, config, NOW, EASY_GATE) is None


def test_the_student_goes_on_after_a_promotion_and_not_after_a_step_back(database, config, quick):
    def steps():
        with database.read() as run:
            text = versions.get(run, versions.STUDENT)
        return None if text is None else json.loads(json.loads(text)["student"])["steps"]

    verified(database, 1)
    run_cycle(database, config, NOW, OPEN)
    assert steps() == 1
    verified(database, 2)
    verified(database, 3)
    run_cycle(database, config, NOW, OPEN)
    assert steps() == 3
    with database.write() as run:
        versions.restore(run, ANCHOR.sha256, int(NOW))
    verified(database, 4)
    run_cycle(database, config, NOW, OPEN)
    assert steps() == 1


def test_only_verified_fights_on_hard_of_these_rules_teach(database, config):
    enter(database, fight(1))
    for seed, verdict in ((2, "decision_mismatch"), (3, "checksum_mismatch")):
        identity = enter(database, fight(seed))
        with database.write() as run:
            journal.judge(run, identity, verdict, 1)
    for seed, change in ((4, {"tier": "easy"}), (5, {"rules_version": 1})):
        identity = enter(database, replace(fight(seed), **change))
        with database.write() as run:
            journal.judge(run, identity, journal.VERIFIED, 1)
    assert run_cycle(database, config, NOW, EASY_GATE) is None


def test_the_same_journal_gives_the_same_mind(tmp_path):
    found = []
    for name in ("one", "two"):
        config = Config(data_dir=tmp_path / name, learner="dream")
        database = open_journal(config.data_dir, None)
        with database.write() as run:
            versions.put(run, versions.SALT, SALT)
            versions.settle(run, ANCHOR, 1)
        verified(database, 7)
        found.append(run_cycle(database, config, NOW, EASY_GATE, SHORT_DREAM))
        database.close()
    times = ("seconds", "waited")
    one, two = ({k: v for k, v in cycle.report.items() if k not in times} for cycle in found)
    assert found[0].candidate == found[1].candidate
    assert one == two


# ---------------------------------------------------------------------------- refusals
def test_a_refused_candidate_changes_only_the_history(database, config, learned):
    make_live(database, learned)
    identity = verified(database, 1)
    cycle = run_cycle(database, config, NOW, HARD_GATE)
    assert (cycle.decision, cycle.after) == (versions.REFUSED, learned.sha256)
    assert cycle.report["reason"].startswith(("undecided", "weaker"))
    with database.read() as run:
        assert versions.get(run, versions.LIVE) == learned.sha256
        assert versions.find_mind(run, cycle.candidate) is None
        assert versions.get(run, versions.STUDENT) is None
        assert journal.find_fight(run, identity).cycle == cycle.number


def test_three_refusals_in_a_row_return_to_the_anchor(database, config, quick, learned):
    make_live(database, learned)
    for seed in range(1, REFUSALS):
        verified(database, seed)
        run_cycle(database, config, NOW, CLOSED)
    with database.read() as run:
        assert versions.get(run, versions.LIVE) == learned.sha256
    verified(database, 9)
    run_cycle(database, config, NOW, CLOSED)
    with database.read() as run:
        rows = versions.history(run, 10)
        assert versions.get(run, versions.LIVE) == ANCHOR.sha256
    assert [row.decision for row in rows[:4]] == [versions.RESET] + [versions.REFUSED] * REFUSALS
    assert (rows[0].before, rows[0].after) == (learned.sha256, ANCHOR.sha256)


def test_a_promotion_between_refusals_begins_the_count_anew(database, config, quick):
    gates = [CLOSED, CLOSED, OPEN, CLOSED, CLOSED]
    for seed, gate in enumerate(gates, 1):
        verified(database, seed)
        run_cycle(database, config, NOW, gate)
    with database.read() as run:
        decisions = [row.decision for row in versions.history(run, 10)]
        assert versions.get(run, versions.LIVE) != ANCHOR.sha256
    assert versions.RESET not in decisions


# ---------------------------------------------------------------------------- all or nothing
class Failing:
    """A database that refuses the n-th statement of its writing transactions."""

    def __init__(self, database, at: int):
        self._database, self._at, self.statements = database, at, 0
        self.read, self.take_turns = database.read, database.take_turns

    @contextmanager
    def write(self):
        with self._database.write() as run:

            def counting(statement, **values):
                self.statements += 1
                if self.statements == self._at:
                    raise DatabaseError("the disk is full")
                return run(statement, **values)

            yield counting


def test_whatever_statement_fails_the_old_state_is_whole_and_the_next_try_gives_the_same(
    database, config, quick, monkeypatch
):
    verified(database, 1)
    verified(database, 2)
    with database.read() as run:
        material = gather(run, config)
    prepared = {}
    finish = cycles._finish
    monkeypatch.setattr(cycles, "_finish", lambda *arguments: prepared.setdefault("arguments", arguments))
    run_cycle(database, config, NOW, OPEN)
    assert len(material.fights) == 2
    before = everything(database)
    at = 1
    while True:
        failing = Failing(database, at)
        try:
            finish(failing, *prepared["arguments"][1:])
        except DatabaseError:
            assert everything(database) == before
            at += 1
        else:
            break
    assert at == failing.statements + 1 > 8
    assert everything(database)["cycles"][0]["number"] == 1


def test_a_mind_changed_by_hand_meanwhile_is_not_overwritten(database, config, learned, quick, monkeypatch):
    judge = cycles.judge

    def judge_and_interfere(*arguments):
        make_live(database, learned)
        return judge(*arguments)

    monkeypatch.setattr(cycles, "judge", judge_and_interfere)
    identity = verified(database, 1)
    with pytest.raises(versions.OvertakenError):
        run_cycle(database, config, NOW, OPEN)
    with database.read() as run:
        assert versions.get(run, versions.LIVE) == learned.sha256
        assert journal.find_fight(run, identity).cycle is None


# ---------------------------------------------------------------------------- whom it learns from
def test_a_lone_player_is_cloned_from_the_newest_fights_and_from_none_before_a_step_back(database, config):
    with database.read() as run:
        assert gather(run, config) is None
    old = [verified(database, seed, received=100 + seed) for seed in range(RECENT + 5)]
    with database.read() as run:
        material = gather(run, config)
    assert [one.id for one in material.fights] == old
    assert [one.id for one in material.shown] == old[::-1][:RECENT]
    with database.write() as run:
        journal.mark_taught(run, old, 1)
        versions.restore(run, ANCHOR.sha256, 2000)
    new = verified(database, 999, received=3000)
    with database.read() as run:
        assert [one.id for one in gather(run, config).shown] == [new]


def waiting_fights(counts: list[int]) -> list[journal.Fight]:
    fights = []
    for source, count in enumerate(counts):
        for n in range(count):
            identity = f"{source:012x}{n:012x}"
            fights.append(
                journal.Fight(identity, n * 7 % 11, f"source {source}", "hard", 4, "w", n, 2, 100, b"log")
            )
    return sorted(fights, key=lambda one: (one.received, one.id))


@settings(max_examples=300)
@given(st.lists(st.integers(1, 30), max_size=60))
def test_a_public_batch_is_large_and_nobody_has_more_than_a_twentieth_of_it(counts):
    waiting = waiting_fights(counts)
    batch = public_batch(waiting)
    shares = {}
    for one in batch:
        shares[one.source] = shares.get(one.source, 0) + 1
    possible = [
        most for most in range(1, 31) if sum(min(count, most) for count in counts) >= max(BATCH, SHARE * most)
    ]
    assert bool(batch) == bool(possible)
    if batch:
        assert len(batch) >= BATCH
        assert max(shares.values()) * SHARE <= len(batch)
        assert len(batch) == sum(min(count, max(possible)) for count in counts)
        assert set(batch) <= set(waiting)


def test_a_public_cycle_waits_for_a_batch_and_leaves_the_rest(database, config, quick):
    config = replace(config, public=True)
    for seed in range(30):
        verified(database, seed, source=f"{seed % 15:016x}")
    with database.read() as run:
        assert gather(run, config) is None
    for seed in range(30, 48):
        verified(database, seed, source=f"{15 + seed % 6:016x}")
    with database.read() as run:
        material = gather(run, config)
    assert len(material.fights) == 42
    assert {one.source for one in material.shown} == {one.source for one in material.fights}
    cycle = run_cycle(database, config, NOW, OPEN)
    assert (cycle.report["fights"], cycle.report["sources"]) == (42, 21)
    with database.read() as run:
        left = journal.teaching(run, "hard", 100)
    assert len(left) == 6
