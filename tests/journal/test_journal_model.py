"""Whatever servers and learners do to the journal, against a plain dictionary, on both dialects."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from journal_samples import HOUR, NOW, cycle, fight, mind, name
from stores import Store

from features import RULES_VERSION
from service import journal, versions
from service.retention import DAY_SECONDS, clean

TABLES = ("fights", "minds", "cycles", "settings")
RETENTION_DAYS = 2
FIGHT_COUNT = 6
FIGHTS = st.integers(0, FIGHT_COUNT - 1)
RULES = st.just(RULES_VERSION) | st.just(RULES_VERSION - 1)
TIERS = st.just("hard") | st.just("normal")
MIND_COUNT = 15  # more than the versions that are kept
MINDS = st.integers(0, MIND_COUNT - 1)
VERDICTS = st.just(journal.VERIFIED) | st.sampled_from(journal.REFUSED_BY_REPLAY)


class UndoneError(Exception):
    """Ends a transaction that must leave no trace."""


class JournalMachine(RuleBasedStateMachine):
    """The journal and its model go through the same changes and must show the same."""

    def __init__(self, store: Store):
        super().__init__()
        self.store = store
        self.database = store.open()
        with self.database.write() as run:
            for table in TABLES:
                run(f"DELETE FROM {table}")
        self.now = NOW
        self.fights: dict[str, journal.Fight] = {}
        self.minds: dict[str, int] = {}  # SHA-256 -> when it was added
        self.cycles: list[versions.Cycle] = []
        self.live = self.anchor = name(0)

    def teardown(self):
        self.start_again()
        self.database.close()

    @initialize()
    def settle_first(self):
        self.settle(0)

    # -- what servers do
    @rule(number=FIGHTS, log=st.sampled_from([b"a log", b"another"]), tier=TIERS, rules=RULES)
    def post(self, number, log, tier, rules):
        entered = fight(
            number, received=self.now, tier=tier, weights=self.live, rules_version=rules, log=log, source="a"
        )
        there = self.fights.get(entered.id)
        with self.database.write() as run:
            result = journal.add_fight(run, entered)
        if there is None:
            assert result == journal.ACCEPTED
            self.fights[entered.id] = entered
        else:
            assert result == (journal.REPEATED if there.log == log else journal.REUSED)

    @rule(number=MINDS)
    def settle(self, number):
        with self.database.write() as run:
            live = versions.settle(run, mind(number), self.now)
        if name(number) != self.anchor and self.cycles is not None and self.minds:
            self.minds.setdefault(name(number), self.now)
            self.change_live(
                versions.ANCHORED, name(number), {"reason": "new_weights", "anchor": self.anchor}
            )
            self.anchor = name(number)
        elif not self.minds:
            self.live = self.anchor = name(number)
            self.minds[name(number)] = self.now
        assert live == self.live

    @rule(numbers=st.lists(FIGHTS, max_size=3))
    def forget(self, numbers):
        ids = [fight(number).id for number in numbers]
        kept = {one for one in ids if one in self.fights and self.fights[one].log is not None}
        with self.database.write() as run:
            assert journal.forget(run, ids, self.now) == len(kept)
        for one in kept:
            self.change(one, log=None, source=None, verdict=journal.FORGOTTEN, judged=self.now)

    # -- what the learner does
    @rule(number=FIGHTS, verdict=VERDICTS)
    def judge(self, number, verdict):
        identity = fight(number).id
        with self.database.write() as run:
            journal.judge(run, identity, verdict, self.now)
        if identity in self.fights and self.fights[identity].verdict is None:
            self.change(identity, verdict=verdict, judged=self.now)

    @rule()
    def verify_all(self):
        for one in self.ordered(None):
            self.judge(int(one.id, 16), journal.VERIFIED)

    @rule(number=MINDS, limit=st.integers(1, 4), promoted=st.booleans(), undone=st.booleans())
    def learn(self, number, limit, promoted, undone):
        after = name(number) if promoted else self.live
        decision = versions.PROMOTED if promoted else versions.REFUSED
        row = cycle(
            len(self.cycles) + 1, self.live, after, decision, candidate=name(number), finished=self.now
        )
        try:
            with self.database.write() as run:
                taught = [one.id for one in journal.teaching(run, "hard", limit)]
                assert taught == [one.id for one in self.teaching()][:limit]
                journal.mark_taught(run, taught, row.number)
                if promoted:
                    versions.add_mind(run, mind(number), self.live, self.now)
                assert versions.next_number(run) == row.number
                versions.finish_cycle(run, row)
                if undone:
                    raise UndoneError
        except UndoneError:
            return
        for one in taught:
            self.change(one, cycle=row.number)
        if promoted:
            self.minds.setdefault(name(number), self.now)
        self.cycles.append(row)
        self.live = after

    @rule(number=MINDS)
    def restore(self, number):
        try:
            with self.database.write() as run:
                versions.restore(run, name(number), self.now)
        except versions.UnknownVersionError:
            assert name(number) not in self.minds
        else:
            assert name(number) in self.minds
            self.change_live(versions.RESTORED, name(number), {"reason": "by_hand"})

    @rule(number=MINDS)
    def overtaken(self, number):
        if name(number) == self.live:
            return
        with pytest.raises(versions.OvertakenError), self.database.write() as run:
            versions.finish_cycle(run, cycle(len(self.cycles) + 1, name(number), name(number)))

    @rule()
    def clean(self):
        removed = clean(self.database, RETENTION_DAYS, self.now)
        before = self.now - RETENTION_DAYS * DAY_SECONDS
        old = [one for one in self.fights.values() if one.received < before and one.log is not None]
        for one in old:
            self.change(one.id, log=None, source=None)
            if one.verdict is None:
                self.change(one.id, verdict=journal.FORGOTTEN, judged=self.now)
        kept = {one: added for one, added in self.minds.items() if one in self.needed()}
        assert removed == {"logs": len(old), "minds": len(self.minds) - len(kept)}
        self.minds = kept

    # -- time and accidents
    @rule(hours=st.sampled_from([0, 1, 2, 30]))
    def wait(self, hours):
        self.now += 1 + hours * HOUR

    @rule()
    def start_again(self):
        self.database.close()
        self.database = self.store.open()
        with self.database.read() as run:
            for number in range(MIND_COUNT):
                if name(number) in self.restorable():
                    assert versions.find_mind(run, name(number)).json == mind(number).json

    # -- the model
    def change(self, identity, **changes):
        self.fights[identity] = replace(self.fights[identity], **changes)

    def change_live(self, decision, after, report):
        number = len(self.cycles) + 1
        self.cycles.append(versions.Cycle(number, self.now, decision, self.live, after, None, report))
        self.live = after

    def ordered(self, verdict, tier=None):
        chosen = [one for one in self.fights.values() if one.verdict == verdict and one.log is not None]
        if tier is not None:
            chosen = [one for one in chosen if one.tier == tier and one.rules_version == RULES_VERSION]
        return sorted(chosen, key=lambda one: (one.received, one.id))

    def teaching(self):
        return [one for one in self.ordered(journal.VERIFIED, "hard") if one.cycle is None]

    def restorable(self):
        lived = [self.live]
        for row in reversed(self.cycles):
            lived += [row.after, row.before]
        return list(dict.fromkeys(lived))[: versions.KEPT_VERSIONS]

    def needed(self):
        """What must be kept: nothing else may be."""
        recent = self.now - 70 * 60
        untaught = [one for one in self.ordered(journal.VERIFIED) if one.cycle is None]
        named = {one.weights for one in (*self.ordered(None), *untaught)}
        lived = {one for row in self.cycles if row.finished >= recent for one in (row.before, row.after)}
        young = {one for one, added in self.minds.items() if added >= recent}
        return {self.live, self.anchor, *self.restorable(), *named, *lived, *young}

    @invariant()
    def shows_the_same(self):
        with self.database.read() as run:
            rows = {one: journal.find_fight(run, one) for one in (fight(n).id for n in range(FIGHT_COUNT))}
            assert {one: row for one, row in rows.items() if row is not None} == self.fights
            assert journal.unjudged(run, 100) == self.ordered(None)
            assert journal.teaching(run, "hard", 100) == self.teaching()
            verified = self.ordered(journal.VERIFIED, "hard")
            newest = sorted(verified, key=lambda one: (-one.received, one.id))
            assert journal.recent_verified(run, "hard", 2) == newest[:2]
            assert versions.history(run, 1000) == self.cycles[::-1]
            assert versions.kept_minds(run) == set(self.minds)
            assert versions.get(run, versions.ANCHOR) == self.anchor
            assert versions.get(run, versions.LIVE) == self.live
            assert versions.restorable(run) == self.restorable()


def test_the_journal_behaves_like_a_dictionary(store):
    run_state_machine_as_test(
        lambda: JournalMachine(store),
        settings=settings(max_examples=10, stateful_step_count=40, suppress_health_check=list(HealthCheck)),
    )
