"""The journal on PostgreSQL: the same statements as on SQLite, for servers on more than one machine.

    PostgresDatabase("postgresql://user:password@host/name")

Reached through `service.database.open_database`. A commit has reached the server's disk when `write` ends,
whatever the server's own settings say. Locks are advisory locks of the session: the server drops them with
the connection, so a pooler that lends connections by the transaction cannot stand in between.
"""

import hashlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress

from sqlalchemy import Connection, create_engine, make_url, text
from sqlalchemy.exc import SQLAlchemyError

from service.database import DatabaseError, Lock, Run

DIALECTS = ("postgresql", "postgres")  # both are written in URLs
DRIVER = "postgresql+psycopg"
POOL_SIZE, POOL_OVERFLOW = 5, 10  # connections of one process: kept, and more while they are needed
CONNECT_SECONDS = 5
WAIT_SECONDS = 10  # for a connection of the pool, a lock, a statement
SERVER_SETTINGS = {
    "synchronous_commit": "on",
    "lock_timeout": f"{WAIT_SECONDS}s",
    "statement_timeout": f"{WAIT_SECONDS}s",
    "idle_in_transaction_session_timeout": "60s",
    # a machine that vanished holds its locks for about a minute
    "tcp_keepalives_idle": "30",
    "tcp_keepalives_interval": "10",
    "tcp_keepalives_count": "3",
}
TURNS = "turns"


class PostgresDatabase:
    """A database on a server, reached over a small pool of connections."""

    blob_type = "BYTEA"

    def __init__(self, url: str):
        """Connects once, so that a wrong URL is known at the start; raises DatabaseError.

        url: as libpq writes it. No error repeats it, since it may hold a password.
        """
        try:
            parsed = make_url(url)
        except (SQLAlchemyError, ValueError):
            raise DatabaseError("the database's URL makes no sense") from None
        if parsed.get_backend_name() not in DIALECTS:
            raise DatabaseError(f"the database's URL begins with {parsed.drivername}, not with postgresql")
        self._name = f"PostgreSQL database {parsed.database or ''}".rstrip()
        with self._one_error():
            self._engine = create_engine(
                parsed.set(drivername=DRIVER),
                pool_size=POOL_SIZE,
                max_overflow=POOL_OVERFLOW,
                pool_timeout=WAIT_SECONDS,
                pool_pre_ping=True,  # the server may have been started anew since
                connect_args={
                    "connect_timeout": CONNECT_SECONDS,
                    "tcp_user_timeout": WAIT_SECONDS * 1000,
                    "options": " ".join(f"-c {name}={value}" for name, value in SERVER_SETTINGS.items()),
                },
            )
            self._engine.connect().close()

    def read(self) -> AbstractContextManager[Run]:
        return self._transaction(isolation_level="REPEATABLE READ", postgresql_readonly=True)

    def write(self) -> AbstractContextManager[Run]:
        return self._transaction()

    def take_turns(self, run: Run) -> None:
        run("SELECT pg_advisory_xact_lock(:key)", key=_key(TURNS))

    def try_lock(self, name: str) -> Lock | None:
        with self._one_error():
            connection = self._engine.connect().execution_options(isolation_level="AUTOCOMMIT")
            try:
                connection.detach()  # from the pool: a lock belongs to its connection, and ends with it
                taken = connection.execute(
                    text("SELECT pg_try_advisory_lock(:key) AS taken"), {"key": _key(name)}
                ).scalar_one()
            except BaseException:
                connection.close()
                raise
        if taken:
            return _PostgresLock(connection)
        connection.close()
        return None

    def close(self) -> None:
        self._engine.dispose()

    @contextmanager
    def _transaction(self, **options) -> Iterator[Run]:
        with self._one_error(), self._engine.connect() as connection:
            connection = connection.execution_options(**options)
            with connection.begin():
                yield lambda statement, **values: _rows(connection, statement, values)

    @contextmanager
    def _one_error(self) -> Iterator[None]:
        """Turns whatever the library and the server say into one line."""
        try:
            yield
        except SQLAlchemyError as error:
            said = str(getattr(error, "orig", None) or error).strip() or type(error).__name__
            raise DatabaseError(f"{self._name}: {said.splitlines()[0]}") from error


class _PostgresLock:
    """An advisory lock, held by a connection of its own."""

    def __init__(self, connection: Connection):
        self._connection = connection

    def held(self) -> bool:
        if self._connection.closed:
            return False
        try:
            self._connection.execute(text("SELECT 1"))
        except SQLAlchemyError:
            self.release()
            return False
        return True

    def release(self) -> None:
        with suppress(SQLAlchemyError):
            self._connection.close()


def _rows(connection: Connection, statement: str, values: dict) -> list[dict]:
    result = connection.execute(text(statement), values)
    return [dict(row) for row in result.mappings()] if result.returns_rows else []


def _key(name: str) -> int:
    """The number, in 64 bits, that stands for a lock's name."""
    digest = hashlib.sha256(b"modular-mind " + name.encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
