"""The database behind the journal: SQLite in a file, or PostgreSQL by its URL.

    database = open_database(config.data_dir, config.database_url)
    with database.write() as run:            # one transaction: all of it, or nothing
        run("INSERT INTO settings (name, value) VALUES (:name, :value)", name="salt", value=b"...")
    with database.read() as run:
        rows = run("SELECT value FROM settings WHERE name = :name", name="salt")   # dicts

One set of statements serves both: they name their values (`:name`) and keep to what both dialects know.
A commit has reached the disk when `write` ends. SQLite needs the standard library alone; PostgreSQL goes
through SQLAlchemy (service/postgres.py), imported when asked for. Safe to use from many threads; every
process opens its own.
"""

import os
import queue
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from pathlib import Path
from typing import Protocol

FILE_NAME = "journal.sqlite3"
BUSY_SECONDS = 10.0  # another process may be writing
IDLE_CONNECTIONS = 8  # kept open between transactions
OWNER_ONLY = 0o600  # the journal holds what people played
Run = Callable[..., list[dict]]


class DatabaseError(Exception):
    """The database cannot be used: full, locked for too long, unreachable or damaged. One line."""


class Lock(Protocol):
    """Something that only one process holds, and that dies with it."""

    def held(self) -> bool:
        """Whether it is still held: a lost connection loses it."""

    def release(self) -> None:
        """Lets the next one have it."""


class Database(Protocol):
    """Something that runs transactions."""

    blob_type: str  # what the dialect calls a column of bytes

    def read(self) -> AbstractContextManager[Run]:
        """A transaction that changes nothing and sees one moment. Raises DatabaseError."""

    def write(self) -> AbstractContextManager[Run]:
        """A transaction, durable when its block ends, undone if that raises. Raises DatabaseError."""

    def take_turns(self, run: Run) -> None:
        """From here on the transaction of `run` waits for all others that take turns, and they for it."""

    def try_lock(self, name: str) -> Lock | None:
        """The lock of that name (a word), until it is released or this process dies; None while another
        holds it. Raises DatabaseError."""

    def close(self) -> None:
        """Closes every connection that is not in use."""


class SqliteDatabase:
    """A file in WAL mode: readers never wait for the one writer."""

    blob_type = "BLOB"

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS):
        """Opens or creates the file, readable by its owner only; raises DatabaseError.

        busy_seconds: how long a transaction waits for another process that writes.
        """
        self.path = path
        self._busy_seconds = busy_seconds
        self._idle: queue.LifoQueue[sqlite3.Connection] = queue.LifoQueue(IDLE_CONNECTIONS)
        with _one_error(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            _create_file(path)
            self._keep(self._connect())

    def read(self) -> AbstractContextManager[Run]:
        return self._transaction("BEGIN", only_reading=1)

    def write(self) -> AbstractContextManager[Run]:
        return self._transaction("BEGIN IMMEDIATE", only_reading=0)

    def take_turns(self, run: Run) -> None:
        """Nothing to do: SQLite lets one transaction write at a time."""

    def try_lock(self, name: str) -> Lock | None:
        path = self.path.with_name(f"{name}.lock")
        with _one_error(path):
            _create_file(path)
            connection = sqlite3.connect(path, timeout=0.0, isolation_level=None, check_same_thread=False)
            try:
                connection.execute("BEGIN EXCLUSIVE")  # the system drops it with the process, however it dies
            except BaseException as error:
                connection.close()
                if isinstance(error, sqlite3.OperationalError) and _is_busy(error):
                    return None
                raise
        return _SqliteLock(connection)

    def close(self) -> None:
        with suppress(queue.Empty):
            while True:
                self._idle.get_nowait().close()

    def _connect(self) -> sqlite3.Connection:
        connection = sqlite3.connect(
            self.path, timeout=self._busy_seconds, isolation_level=None, check_same_thread=False
        )
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = FULL")  # a commit is on the disk, not only in its cache
            connection.execute("PRAGMA foreign_keys = ON")
            connection.execute("PRAGMA secure_delete = ON")  # what is forgotten is overwritten
        except BaseException:
            connection.close()
            raise
        return connection

    def _keep(self, connection: sqlite3.Connection) -> None:
        try:
            self._idle.put_nowait(connection)
        except queue.Full:
            connection.close()

    @contextmanager
    def _transaction(self, begin: str, only_reading: int) -> Iterator[Run]:
        with _one_error(self.path):
            try:
                connection = self._idle.get_nowait()
            except queue.Empty:
                connection = self._connect()
            try:
                connection.execute(f"PRAGMA query_only = {only_reading}")
                connection.execute(begin)
                yield lambda statement, **values: _rows(connection.execute(statement, values))
                connection.execute("COMMIT")
            except BaseException:
                connection.close()  # which undoes the transaction; after a fault nothing is known of it
                raise
            self._keep(connection)


class _SqliteLock:
    """A small file of its own, locked by an open transaction."""

    def __init__(self, connection: sqlite3.Connection):
        self._connection = connection
        self._held = True

    def held(self) -> bool:
        return self._held

    def release(self) -> None:
        self._held = False
        self._connection.close()


@contextmanager
def _one_error(path: Path) -> Iterator[None]:
    """Turns whatever SQLite and the file system say into one line about the file."""
    try:
        yield
    except sqlite3.Error as error:
        raise DatabaseError(f"{path}: {error}") from error
    except OSError as error:
        raise DatabaseError(f"{path}: {error.strerror or error}") from error


def _is_busy(error: sqlite3.OperationalError) -> bool:
    return error.sqlite_errorcode & 0xFF in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED)


def _create_file(path: Path) -> None:
    """Makes an empty file for its owner only, entered in its folder for good. SQLite gives the files that it
    adds the same mode."""
    if path.exists():
        return
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, OWNER_ONLY))
    if os.name != "nt":  # where folders cannot be opened
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def _rows(cursor: sqlite3.Cursor) -> list[dict]:
    if cursor.description is None:
        return []
    names = [column[0] for column in cursor.description]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def open_database(data_dir: Path, url: str | None) -> Database:
    """The database at `url`, or the file in `data_dir` without one; raises DatabaseError."""
    if url is None:
        return SqliteDatabase(data_dir / FILE_NAME)
    try:
        from service.postgres import PostgresDatabase
    except ImportError as error:
        raise DatabaseError(f"a database by URL needs the packages of requirements.txt: {error}") from error
    return PostgresDatabase(url)
