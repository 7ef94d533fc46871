"""A real PostgreSQL server of the tests' own, started from the system's packages and ended with them."""

import os
import pwd
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest

ACCOUNTS = ("postgres", "nobody")  # the server refuses to run as root
START_SECONDS = 60


def find_program(name: str) -> str | None:
    """The path of one of the server's programs: Debian keeps them off the usual path."""
    versions = Path("/usr/lib/postgresql").glob(f"*/bin/{name}")
    newest = max(versions, key=lambda path: int(path.parts[-3]), default=None)
    return shutil.which(name) or (newest and str(newest))


def unprivileged_account() -> str | None:
    """Whom to run the server as; None for the one who runs the tests."""
    if os.geteuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    account = next((name for name in ACCOUNTS if name in known), None)
    if account is None:
        pytest.skip("the tests run as root, and there is no other account to run PostgreSQL as")
    return account


class PostgresServer:
    """A running server, reached over a socket in a folder of its own."""

    def __init__(self, folder: Path, account: str | None):
        """Makes a cluster and starts the server; raises CalledProcessError."""
        self.folder = folder
        self._account = account
        self._made = 0
        self._run("initdb", "-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "-N")
        # A crash of the machine is not what these tests are about: without fsync they are quick.
        options = (
            f"-c listen_addresses= -c unix_socket_directories={folder} -c fsync=off -c max_connections=60"
        )
        self._control("start", "-w", "-t", str(START_SECONDS), "-l", str(folder / "log"), "-o", options)

    def new_url(self) -> str:
        """The URL of an empty database."""
        self._made += 1
        name = f"journal{self._made}"
        with psycopg.connect(host=str(self.folder), user="postgres", autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        return f"postgresql://postgres@/{name}?host={self.folder}"

    def restart(self) -> None:
        """Ends every connection and comes back."""
        self._control("restart", "-w", "-m", "immediate", "-t", str(START_SECONDS))

    def stop(self) -> None:
        """Ends the server."""
        self._control("stop", "-w", "-m", "immediate")

    def _control(self, *words: str) -> None:
        self._run("pg_ctl", "-D", str(self.folder / "data"), *words)

    def _run(self, program: str, *words: str) -> None:
        with tempfile.TemporaryFile() as output:  # not a pipe: the server would keep it open
            done = subprocess.run(
                [find_program(program), *words],
                user=self._account,
                cwd=self.folder,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                check=False,
                timeout=2 * START_SECONDS,
            )
            output.seek(0)
            assert done.returncode == 0, f"{program}: {output.read().decode()}"


@contextmanager
def running_postgres() -> Iterator[PostgresServer]:
    """The server, ended and erased afterwards; skips the test where it is not installed."""
    if find_program("initdb") is None or find_program("pg_ctl") is None:
        pytest.skip("PostgreSQL's server (initdb, pg_ctl) is not installed")
    account = unprivileged_account()
    folder = Path(tempfile.mkdtemp(prefix="postgres"))  # a short path: those of sockets are limited
    try:
        if account is not None:
            shutil.chown(folder, account)
        server = PostgresServer(folder, account)
        try:
            yield server
        finally:
            server.stop()
    finally:
        shutil.rmtree(folder)
