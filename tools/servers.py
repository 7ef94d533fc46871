"""Starts either server as a process of its own on a free port, for tests and benchmarks.

with running_server("serve_local") as server:
    urllib.request.urlopen(server.url + "healthz")
"""

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOST = "127.0.0.1"
SERVERS = ("serve_local", "app")
BUSY_EXIT = 2  # what both servers return when the port was taken in the meantime
START_ATTEMPTS = 3
STOP_SECONDS = 20


@dataclass(frozen=True)
class RunningServer:
    """Where a server listens, and what it has said."""

    name: str
    port: int
    process: subprocess.Popen
    errors: Path  # what it wrote to stderr

    @property
    def url(self) -> str:
        """Base address, ending in a slash."""
        return f"http://{HOST}:{self.port}/"


def free_port() -> int:
    """A port of the loopback address that nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((HOST, 0))
        return probe.getsockname()[1]


def clean_environment(data_dir: Path, extra: Mapping[str, str] | None = None) -> dict[str, str]:
    """This process's environment without settings of the servers, with a data directory of its own.

    No learner is started beside the server, and no model: both take the processor for seconds, and only some
    want one (MM_LEARN_HERE, MM_NARRATOR_BACKEND).
    """
    own = ("MM_", "SPACE_", "GRADIO_")
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(own) and name not in ("HOST", "PORT")
    }
    alone = {"MM_LEARN_HERE": "0", "MM_NARRATOR_BACKEND": "off"}
    return {**environment, "MM_DATA_DIR": str(data_dir), **alone, **(extra or {})}


@contextmanager
def running_server(
    name: str, environment: Mapping[str, str] | None = None, root: Path = ROOT
) -> Iterator[RunningServer]:
    """A server of `SERVERS` that answers, with further environment variables; told to end at the end.

    By SIGTERM: in the background of a shell, a server is deaf to Ctrl-C. root: the folder that its program
    lies in. Raises RuntimeError with what it wrote to stderr if it does not start, or does not end in time
    with code 0.
    """
    with tempfile.TemporaryDirectory() as folder:
        errors = Path(folder) / "stderr.txt"
        server = _start(name, root, errors, clean_environment(Path(folder) / "var", environment))
        try:
            yield server
            server.process.terminate()
            if (code := server.process.wait(STOP_SECONDS)) != 0:
                raise RuntimeError(f"{name} ended with code {code}: {errors.read_text()}")
        except subprocess.TimeoutExpired:
            raise RuntimeError(f"{name} did not end when it was told to: {errors.read_text()}") from None
        finally:
            server.process.kill()  # does nothing to a process that has ended
            server.process.wait()
            server.process.stdout.close()


def _start(name: str, root: Path, errors: Path, environment: Mapping[str, str]) -> RunningServer:
    for _ in range(START_ATTEMPTS):
        port = free_port()
        with errors.open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, f"{name}.py", "--port", str(port)],
                cwd=root,
                env=environment,
                stdout=subprocess.PIPE,
                stderr=log,
                text=True,
            )
        if process.stdout.readline():  # the address; servers print it once they listen
            return RunningServer(name, port, process, errors)
        code = process.wait()
        process.stdout.close()
        if code != BUSY_EXIT:
            break
    raise RuntimeError(f"{name} did not start: {errors.read_text()}")
