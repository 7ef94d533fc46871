"""The last ten versions come back byte for byte, versions are numbered, and new weights begin anew."""

import pytest
from journal_samples import HOUR, NOW, cycle, fight, mind, name

from modular_mind import WeightsError
from service import journal, sources, versions
from service.database import Database
from service.retention import DAY_SECONDS, clean


def promote(database: Database, numbers: range) -> None:
    """Promotes one mind after the other, an hour apart; the first call's live mind is number 0."""
    for number in numbers:
        with database.write() as run:
            before = versions.settle(run, mind(0), NOW)
            versions.add_mind(run, mind(number), before, NOW + number * HOUR)
            versions.finish_cycle(run, cycle(number, before, name(number)))


def live(database: Database) -> str:
    with database.read() as run:
        return versions.get(run, versions.LIVE)


def test_the_last_ten_versions_are_restored_byte_for_byte_and_older_ones_are_gone(database):
    promote(database, range(1, 15))
    later = NOW + 30 * HOUR
    assert clean(database, 30, later) == {"logs": 0, "minds": 4}  # the anchor, number 0, stays
    with database.read() as run:
        assert versions.restorable(run) == [name(number) for number in range(14, 4, -1)]
    for number in (*range(5, 15), 0):
        with database.write() as run:
            row = versions.restore(run, name(number), later)
        assert (row.decision, row.after) == (versions.RESTORED, name(number))
        with database.read() as run:
            assert versions.find_mind(run, live(database)).json == mind(number).json
    for number in range(1, 5):
        with pytest.raises(versions.UnknownVersionError), database.write() as run:
            versions.restore(run, name(number), later)
    assert live(database) == name(0)


def test_rolling_back_again_and_again_leads_to_the_anchor(database):
    promote(database, range(1, 4))
    lived = []
    with database.write() as run:
        while (before := versions.predecessor(run, versions.get(run, versions.LIVE))) is not None:
            versions.restore(run, before, NOW)
            lived.append((before, versions.promotions(run, before)))
        rows = versions.history(run, 3)
    assert lived == [(name(2), 2), (name(1), 1), (name(0), 0)]
    assert [row.number for row in rows] == [6, 5, 4]
    assert rows[0].report == {"reason": "by_hand"}


def test_a_version_counts_its_promotions_and_a_branch_counts_from_where_it_left(database):
    promote(database, range(1, 4))
    with database.write() as run:
        assert versions.promotions(run, name(3)) == 3
        versions.restore(run, name(1), NOW, versions.RESET, {"reason": "refusals"})
        versions.add_mind(run, mind(4), name(1), NOW)
        versions.finish_cycle(run, cycle(5, name(1), name(4)))
        assert [versions.promotions(run, name(number)) for number in range(5)] == [0, 1, 2, 3, 2]


def test_new_weights_become_anchor_and_live_and_the_history_says_so(database):
    promote(database, range(1, 3))
    with database.write() as run:
        assert versions.settle(run, mind(0), NOW) == name(2)  # the same weights: nothing changes
        assert len(versions.history(run, 10)) == 2
        assert versions.settle(run, mind(9), NOW) == name(9)
        row = versions.history(run, 1)[0]
        assert (row.decision, row.before, row.after) == (versions.ANCHORED, name(2), name(9))
        assert versions.get(run, versions.ANCHOR) == versions.get(run, versions.LIVE) == name(9)
        assert versions.promotions(run, name(9)) == 0
        versions.restore(run, name(2), NOW)  # what was learned is not thrown away at once


def test_a_mind_is_kept_for_open_tickets_and_for_fights_that_wait_to_be_judged_or_to_teach(database):
    promote(database, range(1, 13))  # number 12 went live 12 hours after the beginning
    with database.write() as run:
        journal.add_fight(run, fight(1, weights=name(1)))
        journal.add_fight(run, fight(2, weights=name(2)))
        journal.judge(run, fight(2).id, journal.VERIFIED, NOW)
    beginning = NOW + 14 * HOUR
    with database.write() as run:  # the live mind changes often within an hour
        for number in range(13, 30):
            versions.add_mind(run, mind(number), None, beginning)
            row = cycle(number, name(number - 1), name(number), finished=beginning + number)
            versions.finish_cycle(run, row)
    gone = {name(number) for number in range(3, 12)}
    clean(database, 30, beginning + HOUR + 9 * 60)
    with database.read() as run:
        assert versions.kept_minds(run) == {name(number) for number in range(30)} - gone
    with database.write() as run:
        journal.judge(run, fight(1).id, "outcome_mismatch", NOW)
        journal.mark_taught(run, [fight(2).id], 1)
    clean(database, 30, beginning + HOUR + 11 * 60)
    with database.read() as run:
        assert versions.kept_minds(run) == {name(0), *(name(number) for number in range(20, 30))}


def test_a_damaged_mind_is_not_restored(database):
    promote(database, range(1, 3))
    with database.write() as run:
        run(
            "UPDATE minds SET content = :content WHERE sha256 = :sha256",
            content=mind(1).json.replace(b"1", b"2", 1),
            sha256=name(1),
        )
    with pytest.raises(WeightsError), database.write() as run:
        versions.restore(run, name(1), NOW)
    assert live(database) == name(2)


# ---------------------------------------------------------------------------- retention
def test_logs_and_sources_are_erased_after_their_days_and_verdicts_stay(database):
    days = 30
    young, old = fight(2, received=NOW - days * DAY_SECONDS), fight(1, received=NOW - days * DAY_SECONDS - 1)
    waiting = fight(3, received=0)
    with database.write() as run:
        for one in (young, old, waiting):
            journal.add_fight(run, one)
        for one in (young, old):
            journal.judge(run, one.id, journal.VERIFIED, NOW)
    assert clean(database, days, NOW)["logs"] == 2
    with database.read() as run:
        assert journal.find_fight(run, young.id) == fight(
            2, received=young.received, verdict=journal.VERIFIED, judged=NOW
        )
        erased = journal.find_fight(run, old.id)
        assert (erased.log, erased.source, erased.verdict) == (None, None, journal.VERIFIED)
        assert journal.find_fight(run, waiting.id).verdict == journal.FORGOTTEN
        assert journal.unjudged(run, 9) == []
        assert journal.teaching(run, "hard", 9) == [journal.find_fight(run, young.id)]
    assert clean(database, days, NOW)["logs"] == 0


def test_a_source_is_the_same_for_a_day_and_unlinkable_afterwards(database):
    midnight = NOW // DAY_SECONDS * DAY_SECONDS
    with database.write() as run:
        first = sources.source_of(run, "192.0.2.1", True, midnight)
        assert len(first) == 16
        assert int(first, 16) >= 0
        assert sources.source_of(run, "192.0.2.1", True, midnight + DAY_SECONDS - 1) == first
        assert sources.source_of(run, "192.0.2.2", True, midnight) != first
        salt = run("SELECT name, value FROM settings")
        assert len(salt) == 1
        assert sources.source_of(run, "192.0.2.1", True, midnight + DAY_SECONDS) != first
        assert len(run("SELECT name FROM settings")) == 1
        assert run("SELECT name, value FROM settings") != salt
    clean(database, 30, midnight + 2 * DAY_SECONDS)  # nobody played on that day
    with database.read() as run:
        assert run("SELECT name FROM settings") == []


def test_a_lone_player_needs_no_salt(database):
    with database.write() as run:
        assert sources.source_of(run, "127.0.0.1", False, NOW) == "local"
        assert run("SELECT name FROM settings") == []
