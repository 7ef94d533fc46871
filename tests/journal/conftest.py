"""The journal on both dialects: files of SQLite, and a PostgreSQL server started when the first test asks."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from postgres_server import PostgresServer, running_postgres
from stores import Store

from service.database import Database

DIALECTS = ("sqlite", "postgres")


@pytest.fixture(scope="session")
def postgres() -> Iterator[PostgresServer]:
    """One server for the session."""
    with running_postgres() as server:
        yield server


@pytest.fixture(params=DIALECTS)
def store(request, tmp_path) -> Iterator[Store]:
    """An empty place for a journal, of either dialect."""
    url = request.getfixturevalue("postgres").new_url() if request.param == "postgres" else None
    store = Store(tmp_path, url)
    with closing(store.stack):
        yield store


@pytest.fixture
def database(store: Store) -> Database:
    """A new journal."""
    return store.open()
