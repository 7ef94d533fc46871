"""Which mind is served: the live one within a second, those of open tickets, the last known in a fault."""

import logging
from contextlib import contextmanager

import pytest
from journal_samples import NOW, cycle, mind, name

from service import versions
from service.database import Database, DatabaseError, SqliteDatabase
from service.http import Request, ServiceError
from service.minds import CACHE_SIZE, LOOK_AGAIN_SECONDS, LOOK_SECONDS, Minds, ServedMind
from service.schema import migrate

RATES = {"easy": 3, "normal": 2, "hard": 1}
REQUEST = Request("GET", "/mind", {}, "127.0.0.1")


class Clock:
    """A clock that is set by hand."""

    def __init__(self):
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


class Counted:
    """A real database that counts its transactions, and can be cut off as by a broken network."""

    def __init__(self, database: Database):
        self._database = database
        self.transactions = 0
        self.cut = False

    def read(self):
        return self._counted(self._database.read)

    def write(self):
        return self._counted(self._database.write)

    def take_turns(self, run) -> None:
        self._database.take_turns(run)

    @contextmanager
    def _counted(self, begin):
        self.transactions += 1
        if self.cut:
            raise DatabaseError("the network is gone")
        with begin() as run:
            yield run


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def counted(database) -> Counted:
    return Counted(database)


@pytest.fixture
def minds(counted, clock) -> Minds:
    return Minds(ServedMind(mind(0), RATES), counted, clock)


def promote(database: Database, number: int, after: int) -> None:
    """Makes another mind live, as the learner does."""
    with database.write() as run:
        before = versions.get(run, versions.LIVE)
        versions.add_mind(run, mind(after), before, NOW)
        versions.finish_cycle(run, cycle(number, before, name(after)))


def test_a_promotion_is_live_a_second_later_and_the_old_mind_is_still_served(minds, database, clock):
    assert (minds.live.sha256, minds.live.version) == (name(0), 0)
    promote(database, 1, after=1)
    promote(database, 2, after=2)
    assert minds.live.sha256 == name(0)
    clock.now += LOOK_SECONDS
    assert (minds.live.sha256, minds.live.version) == (name(2), 2)
    assert minds.live.explore == RATES
    assert minds.get(name(1)).mind.json == mind(1).json  # an open ticket names it
    assert minds.get(name(0)).mind.json == mind(0).json
    assert minds.publish(REQUEST, name(1)).body == mind(1).json


def test_the_database_is_asked_once_a_second_and_unknown_hashes_cost_nothing(minds, counted):
    minds.live  # noqa: B018 -- a look
    before = counted.transactions
    for number in range(1000):
        assert minds.live.sha256 == name(0)
        with pytest.raises(ServiceError) as caught:
            minds.publish(REQUEST, f"{number:064x}")
        assert caught.value.status == 404
    assert counted.transactions == before


def test_memory_is_bounded(minds, counted, database, clock):
    count = CACHE_SIZE + 8
    with database.write() as run:
        for number in range(1, count + 1):
            versions.add_mind(run, mind(number), None, NOW)
    for number in range(1, count + 1):
        assert minds.get(name(number)).sha256 == name(number)
    assert len(minds._cache) == CACHE_SIZE
    before = counted.transactions
    minds.get(name(count))
    assert counted.transactions == before
    minds.get(name(1))  # gone from memory, not from the database
    assert counted.transactions == before + 1
    assert minds.get("0" * 64) is None


def test_a_database_that_fails_leaves_the_last_known_mind_live_and_says_so_once(
    minds, counted, database, clock, caplog
):
    promote(database, 1, after=1)
    clock.now += LOOK_SECONDS
    assert minds.live.sha256 == name(1)
    promote(database, 2, after=2)
    counted.cut = True
    before = counted.transactions
    for _ in range(10):
        clock.now += LOOK_SECONDS
        assert minds.live.sha256 == name(1)
    assert counted.transactions == before + 2  # one that hangs is not waited for each second
    assert minds.get(name(0)).sha256 == name(0)
    with pytest.raises(ServiceError) as caught:  # it may well be there
        minds.get(name(2))
    assert (caught.value.status, caught.value.code) == (503, "journal_unavailable")
    assert caplog.messages == ["The mind that was live last stays live: the network is gone"]
    counted.cut = False
    clock.now += LOOK_AGAIN_SECONDS
    assert minds.live.sha256 == name(2)


def test_a_database_that_fails_from_the_start_leaves_the_shipped_mind(counted, clock, database):
    counted.cut = True
    minds = Minds(ServedMind(mind(0), RATES), counted, clock)
    assert minds.live.sha256 == name(0)
    counted.cut = False
    clock.now += LOOK_SECONDS
    assert minds.live.sha256 == name(0)


def test_a_damaged_mind_is_never_live(minds, database, clock, caplog):
    with database.write() as run:
        versions.add_mind(run, mind(1), name(0), NOW)
        run("UPDATE minds SET content = :junk WHERE sha256 = :sha256", junk=b"{}", sha256=name(1))
        versions.finish_cycle(run, cycle(1, name(0), name(1)))
    clock.now += LOOK_SECONDS
    assert minds.live.sha256 == name(0)
    with caplog.at_level(logging.ERROR):
        assert minds.get(name(1)) is None
    assert "are not the mind" in caplog.text


def test_a_server_that_starts_with_new_weights_makes_them_live(minds, database, clock):
    promote(database, 1, after=1)
    newer = Minds(ServedMind(mind(5), RATES), database, clock)
    assert newer.live.sha256 == name(5)
    clock.now += LOOK_SECONDS
    assert minds.live.sha256 == name(5)  # the other servers follow
    assert minds.get(name(1)).sha256 == name(1)


def test_a_server_that_starts_again_finds_what_was_learned(minds, database, clock):
    promote(database, 1, after=1)
    again = Minds(ServedMind(mind(0), RATES), database, clock)
    assert (again.live.sha256, again.live.version) == (name(1), 1)


def test_without_a_journal_the_shipped_mind_is_served():
    minds = Minds(ServedMind(mind(0), RATES))
    assert minds.live.sha256 == name(0)
    assert minds.get(name(1)) is None
    assert minds.publish(REQUEST, name(0)).body == mind(0).json


def test_a_writer_at_work_does_not_hold_up_the_look(tmp_path, clock):
    database = SqliteDatabase(tmp_path / "journal.sqlite3", busy_seconds=0)
    migrate(database)
    minds = Minds(ServedMind(mind(0), RATES), database, clock)
    with database.write() as run:
        versions.put(run, "a", "1")
        assert minds.live.sha256 == name(0)
        assert not minds._failing
    database.close()
