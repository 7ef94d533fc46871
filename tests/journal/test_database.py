"""Transactions on both dialects: all or nothing, many at once, locks that end with their holder, faults."""

import os
import resource
import signal
import sqlite3
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from journal_samples import NOW, cycle, fight, mind, name
from stores import Store

from service import journal, versions
from service.database import Database, DatabaseError, SqliteDatabase, open_database
from service.schema import MIGRATIONS, migrate, open_journal

ROOT = Path(__file__).resolve().parent.parent.parent
NOBODY = 65534


class OwnError(Exception):
    """Raised in the middle of a transaction."""


def settings(database: Database) -> dict[str, bytes]:
    with database.read() as run:
        return {row["name"]: bytes(row["value"]) for row in run("SELECT name, value FROM settings")}


def child(program: str, store: Store) -> subprocess.Popen:
    """Another process that runs a program, with `database` open; it may talk over its pipes."""
    start = "import sys; from pathlib import Path; from service.schema import open_journal\n"
    start += "database = open_journal(Path(sys.argv[1]), sys.argv[2] or None)\n"
    return subprocess.Popen(
        [sys.executable, "-c", start + program, str(store.data_dir), store.url or ""],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


# ---------------------------------------------------------------------------- transactions
def test_a_transaction_is_kept_and_one_that_raises_is_undone(database, store):
    def change_and_raise() -> None:
        with database.write() as run:
            versions.put(run, "a", "lost")
            versions.put(run, "b", "lost")
            raise OwnError

    with database.write() as run:
        versions.put(run, "a", "kept \N{SNOWMAN}")
    with pytest.raises(OwnError):
        change_and_raise()
    assert settings(store.open()) == {"a": "kept \N{SNOWMAN}".encode()}


def test_a_statement_that_fails_undoes_the_whole_transaction(database):
    def change_and_fail() -> None:
        with database.write() as run:
            versions.put(run, "a", "lost")
            run("INSERT INTO schema (name, version) VALUES ('schema_version', 1)")

    with pytest.raises(DatabaseError) as caught:
        change_and_fail()
    assert "\n" not in str(caught.value)
    assert settings(database) == {}


def test_a_reader_sees_one_moment(database):
    with database.write() as run:
        versions.put(run, "a", "1")
    with database.read() as seen:
        assert versions.get(seen, "a") == "1"
        with database.write() as run:
            versions.put(run, "a", "2")
        assert versions.get(seen, "a") == "1"
    assert settings(database) == {"a": b"2"}


def test_a_reader_cannot_write(database):
    with pytest.raises(DatabaseError), database.read() as run:
        versions.put(run, "a", "1")
    assert settings(database) == {}


def test_bytes_and_numbers_come_back_as_they_were(database):
    content = bytes(range(256)) * 300
    entered = fight(1, log=content, seed=2**32 - 1, received=2**40, source=None)
    with database.write() as run:
        journal.add_fight(run, entered)
    with database.read() as run:
        assert journal.find_fight(run, entered.id) == entered


# ---------------------------------------------------------------------------- many at once
def test_fifty_at_once_redeem_a_ticket_once(database):
    results: list[str] = []
    begin = threading.Barrier(50)

    def redeem(number: int) -> None:
        begin.wait()
        with database.write() as run:
            results.append(journal.add_fight(run, fight(1, log=b"log %d" % (number % 5))))

    threads = [threading.Thread(target=redeem, args=(number,)) for number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["accepted"] + ["repeated"] * 9 + ["reused"] * 40
    with database.read() as run:
        assert len(journal.unjudged(run, 100)) == 1


def test_two_processes_write_at_once_and_nothing_is_lost(store):
    store.open()
    program = """
from service.versions import get, put
for number in range(100):
    with database.write() as run:
        database.take_turns(run)
        put(run, "count", str(int(get(run, "count") or 0) + 1))
"""
    processes = [child(program, store) for _ in range(2)]
    for process in processes:
        process.communicate()
        assert process.returncode == 0
    assert settings(store.open()) == {"count": b"200"}


def test_processes_that_start_together_make_one_journal(store):
    program = "print(open_journal(Path(sys.argv[1]), sys.argv[2] or None) is not None)"
    processes = [child(program, store) for _ in range(4)]
    assert [process.communicate()[0] for process in processes] == ["True\n"] * 4
    assert settings(store.open()) == {}


def test_a_change_of_the_live_mind_that_was_overtaken_is_refused(database):
    with database.write() as run:
        versions.settle(run, mind(0), NOW)
        versions.add_mind(run, mind(1), name(0), NOW)
        versions.finish_cycle(run, cycle(1, name(0), name(1)))

    def change_again() -> None:
        with database.write() as run:
            journal.add_fight(run, fight(1))
            versions.finish_cycle(run, cycle(2, name(0), name(0)))

    with pytest.raises(versions.OvertakenError):
        change_again()
    with database.read() as run:
        assert versions.get(run, versions.LIVE) == name(1)
        assert journal.find_fight(run, fight(1).id) is None


# ---------------------------------------------------------------------------- locks
def test_a_lock_has_one_holder_at_a_time(database, store):
    other = store.open()
    lock = database.try_lock("learner")
    assert lock.held()
    assert other.try_lock("learner") is None
    assert database.try_lock("learner") is None
    another = other.try_lock("hub")
    assert another.held()
    lock.release()
    assert not lock.held()
    taken = other.try_lock("learner")
    assert taken.held()
    taken.release()
    another.release()


def test_a_lock_ends_with_its_holder_and_writing_goes_on_meanwhile(database, store):
    holder = child("lock = database.try_lock('learner'); print('held', flush=True); input()", store)
    assert holder.stdout.readline() == "held\n"
    assert database.try_lock("learner") is None
    with database.write() as run:
        versions.put(run, "a", "1")
    holder.send_signal(signal.SIGKILL)
    holder.communicate()
    lock = None
    while lock is None:  # PostgreSQL notices a moment later; the test's own limit ends a wait for ever
        lock = database.try_lock("learner")
    assert lock.held()
    lock.release()


def test_a_lock_is_lost_with_the_server(postgres, tmp_path):
    database = open_journal(tmp_path, postgres.new_url())
    lock = database.try_lock("learner")
    postgres.restart()
    assert not lock.held()
    with database.write() as run:  # connections of the pool are made anew
        versions.put(run, "a", "1")
    assert settings(database) == {"a": b"1"}
    database.close()


# ---------------------------------------------------------------------------- faults
def test_a_locked_file_is_one_line_and_nothing_is_lost(tmp_path):
    path = tmp_path / "journal.sqlite3"
    database = SqliteDatabase(path, busy_seconds=0.05)
    migrate(database)
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(DatabaseError, match=r"^[^\n]*database is locked$"), database.write() as run:
        versions.put(run, "a", "1")
    assert settings(database) == {}  # readers do not wait
    other.execute("COMMIT")
    other.close()
    with database.write() as run:
        versions.put(run, "a", "2")
    assert settings(database) == {"a": b"2"}
    database.close()


@pytest.mark.skipif(not hasattr(signal, "SIGXFSZ"), reason="the system has no limit on sizes of files")
def test_a_full_disk_is_one_line_and_what_was_acknowledged_stays(tmp_path):
    database = open_journal(tmp_path, None)
    acknowledged = []

    def fill() -> None:
        for number in range(1000):
            with database.write() as run:
                journal.add_fight(run, fight(number, log=os.urandom(3000)))
            acknowledged.append(number)

    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)  # writes past the limit fail, as on a full disk
    resource.setrlimit(resource.RLIMIT_FSIZE, (256 * 1024, limits[1]))
    try:
        with pytest.raises(DatabaseError) as caught:
            fill()
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        signal.signal(signal.SIGXFSZ, before)
    assert "\n" not in str(caught.value)
    assert acknowledged
    with database.write() as run:  # there is room again
        assert journal.add_fight(run, fight(5000)) == journal.ACCEPTED
    database.close()
    again = open_journal(tmp_path, None)
    with again.read() as run:
        kept = [int(entry.id, 16) for entry in journal.unjudged(run, 10_000)]
    assert kept == [*acknowledged, 5000]
    again.close()


def test_damage_is_one_line(tmp_path):
    (tmp_path / "journal.sqlite3").write_bytes(b"this is no database" * 1000)
    with pytest.raises(DatabaseError, match=r"^[^\n]*file is not a database$"):
        open_journal(tmp_path, None)


def test_a_folder_that_cannot_be_made_is_one_line(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseError, match=r"^[^\n]*Not a directory$"):
        open_journal(tmp_path / "file" / "var", None)


@contextmanager
def without_privileges(folder: Path) -> Iterator[None]:
    """As somebody who may read a folder and its files, and no more: no mode stops root."""
    for path in (folder, *folder.iterdir()):
        path.chmod(0o555 if path.is_dir() else 0o444)
    before = os.geteuid()
    if before == 0:
        os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(before)
        folder.chmod(0o755)


@pytest.mark.skipif(not hasattr(os, "seteuid"), reason="modes of files are POSIX's")
def test_a_disk_that_may_only_be_read_is_one_line_and_nothing_is_lost():
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to others
        folder = Path(name)
        database = open_journal(folder, None)
        with database.write() as run:
            versions.put(run, "a", "1")
        database.close()
        with without_privileges(folder), pytest.raises(DatabaseError) as caught:
            open_journal(folder, None)
        assert "\n" not in str(caught.value)
        (folder / "journal.sqlite3").chmod(0o600)
        again = open_journal(folder, None)
        assert settings(again) == {"a": b"1"}
        again.close()


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("nonsense", "makes no sense"),
        ("mysql://somebody:hunter2@127.0.0.1/x", "not with postgresql"),
        ("postgresql://somebody:hunter2@127.0.0.1:notaport/x", "makes no sense"),
        ("postgresql://somebody:hunter2@127.0.0.1:9/x", "PostgreSQL database x: .*refused"),
    ],
)
def test_a_url_that_leads_nowhere_is_one_line_without_its_password(url, said, tmp_path):
    with pytest.raises(DatabaseError, match=said) as caught:
        open_database(tmp_path, url)
    assert "\n" not in str(caught.value)
    assert "hunter2" not in str(caught.value)


def test_both_spellings_of_the_dialect_are_understood(postgres, tmp_path):
    database = open_journal(tmp_path, postgres.new_url().replace("postgresql:", "postgres:"))
    assert settings(database) == {}
    database.close()


# ---------------------------------------------------------------------------- files
@pytest.mark.skipif(os.name == "nt", reason="modes of files are POSIX's")
def test_files_are_their_owner_s_only(tmp_path):
    before = os.umask(0)
    try:
        database = open_journal(tmp_path, None)
        lock = database.try_lock("learner")
        with database.write() as run:
            versions.put(run, "a", "1")
        files = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tmp_path.iterdir()}
    finally:
        os.umask(before)
    assert {"journal.sqlite3", "journal.sqlite3-wal", "learner.lock"} <= set(files)
    assert set(files.values()) == {0o600}
    lock.release()
    database.close()


def test_what_is_forgotten_is_gone_from_the_file(tmp_path):
    database = open_journal(tmp_path, None)
    secret = os.urandom(5000)
    with database.write() as run:
        journal.add_fight(run, fight(1, log=secret))
        journal.add_fight(run, fight(2))
    with database.write() as run:
        assert journal.forget(run, [fight(1).id], NOW) == 1
    database.close()  # the last one moves everything into the one file
    content = (tmp_path / "journal.sqlite3").read_bytes()
    assert secret[1000:1032] not in content
    assert secret[4000:4032] not in content
    assert fight(2).log[:100] in content
    assert [path.name for path in tmp_path.iterdir()] == ["journal.sqlite3"]


# ---------------------------------------------------------------------------- migrations
@pytest.mark.parametrize("version", range(1, len(MIGRATIONS) + 1))
def test_a_journal_of_an_older_version_keeps_its_data(store, version):
    old = store.open_unmigrated()
    migrate(old, MIGRATIONS[:version])
    with old.write() as run:
        versions.settle(run, mind(0), NOW)
        journal.add_fight(run, fight(1))
        journal.judge(run, fight(1).id, journal.VERIFIED, NOW)
        journal.mark_taught(run, [fight(1).id], 1)
        versions.add_mind(run, mind(1), name(0), NOW)
        versions.finish_cycle(run, cycle(1, name(0), name(1)))
    new = store.open()
    with new.read() as run:
        kept = journal.find_fight(run, fight(1).id)
        assert kept == fight(1, verdict=journal.VERIFIED, judged=NOW, cycle=1)
        assert versions.history(run, 10) == [cycle(1, name(0), name(1))]
        assert versions.find_mind(run, versions.get(run, versions.LIVE)).json == mind(1).json
        assert run("SELECT version FROM schema") == [{"version": len(MIGRATIONS)}]


def test_a_journal_of_a_newer_version_is_refused_and_left_alone(store):
    future = (*MIGRATIONS, ("CREATE TABLE future (id TEXT PRIMARY KEY)",))
    migrate(store.open_unmigrated(), future)
    said = f"version {len(future)}, written by a newer program; this one knows {len(MIGRATIONS)}"
    with pytest.raises(DatabaseError, match=said):
        store.open()
    migrate(store.open_unmigrated(), future)  # for the newer program all is as it was


def test_a_migration_that_fails_leaves_the_old_version(store):
    database = store.open()
    with database.write() as run:
        versions.put(run, "a", "1")
    broken = (*MIGRATIONS, ("CREATE TABLE future (id TEXT PRIMARY KEY)", "INSERT INTO nowhere VALUES (1)"))
    with pytest.raises(DatabaseError):
        migrate(database, broken)
    assert settings(store.open()) == {"a": b"1"}
    with pytest.raises(DatabaseError), database.read() as run:
        run("SELECT * FROM future")
