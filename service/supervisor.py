"""Keeps the learner running beside a server: `online.py`, in a process of its own and at low priority.

    with learner_beside(config, service.learner_wanted):
        server.serve_forever()

It is first started when there is something to do, so that a server nobody fights on costs nothing more. The
server neither waits for the learner to start nor for it to end, and never loads what it is made of. A
learner that dies is started again, later each time; one whose settings are unusable is not. It holds the
other end of a pipe from this process and ends with it, however that ends.
"""

import logging
import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from service.settings import ROOT, Config

EXIT_UNUSABLE = 2  # of the learner: its settings make no sense, so that trying again is of no use
EXIT_ANEW = 3  # it wants to be started again at once
FIRST_DELAY, LONGEST_DELAY = 1.0, 300.0  # seconds before a learner that died is started again
HEALTHY_SECONDS = 60.0  # one that lived so long is started again soon
END_SECONDS = 0.5  # that an ending learner gets before it is killed: the journal survives either
ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS", "NUMBA_NUM_THREADS")
COMMAND = (sys.executable, str(ROOT / "online.py"), "--supervised")
log = logging.getLogger(__name__)


@contextmanager
def learner_beside(config: Config, wanted: threading.Event) -> Iterator[None]:
    """A learner runs while the block does, if the settings want one, from when `wanted` is set."""
    if not (config.online and config.learn_here):
        yield
        return
    supervisor = Supervisor(COMMAND, environment_of(config), wanted)
    threading.Thread(target=supervisor.run, name="learner", daemon=True).start()
    try:
        yield
    finally:
        supervisor.end()


def environment_of(config: Config) -> dict[str, str]:
    """This process's environment, with the settings of the server and one thread for everything."""
    settings = {
        "MM_DATA_DIR": str(config.data_dir),
        "MM_ONLINE": "1",
        "MM_PUBLIC": str(int(config.public)),
        "MM_LEARNER": config.learner,
        "MM_RETENTION_DAYS": str(config.retention_days),
        "MM_DATABASE_URL": config.database_url or "",
    }
    return {**os.environ, **settings, **dict.fromkeys(ONE_THREAD, "1")}


class Supervisor:
    """Starts a command again and again, until it is told to end."""

    def __init__(
        self,
        command: tuple[str, ...],
        environment: dict[str, str],
        wanted: threading.Event,
        first_delay: float = FIRST_DELAY,
    ):
        self._command = command
        self._environment = environment
        self._wanted = wanted
        self._first_delay = first_delay
        self._ending = threading.Event()
        self._starting = threading.Lock()
        self._process: subprocess.Popen | None = None

    def run(self) -> None:
        """Keeps the command running; returns when it is to end or is of no use."""
        delay = self._first_delay
        self._wanted.wait()
        while self._start():
            began = time.monotonic()
            code = self._process.wait()
            with suppress(OSError):
                self._process.stdin.close()
            if self._ending.is_set() or code == EXIT_UNUSABLE:
                return
            if code == EXIT_ANEW:
                continue
            if time.monotonic() - began >= HEALTHY_SECONDS:
                delay = self._first_delay
            log.warning("The learner ended with code %d; it starts again in %.0f s", code, delay)
            if self._ending.wait(delay):
                return
            delay = min(2 * delay, LONGEST_DELAY)

    def end(self) -> None:
        """Ends the command, by force if it takes longer than a moment."""
        self._ending.set()
        self._wanted.set()  # so that nobody waits for it any more
        with self._starting:
            process = self._process
        if process is None:
            return
        process.terminate()
        with suppress(OSError):
            process.stdin.close()
        try:
            process.wait(END_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()

    def _start(self) -> bool:
        """Starts the command; False when it is not to be started any more, or cannot be."""
        with self._starting:
            if self._ending.is_set():
                return False
            try:
                self._process = subprocess.Popen(
                    self._command,
                    cwd=ROOT,
                    env=self._environment,
                    stdin=subprocess.PIPE,
                    # Ctrl-C is for the server, which then ends the learner. Not a session of its own: Linux
                    # may share the processor out among sessions, and priority counts only within one.
                    process_group=0,
                )
            except OSError as error:
                log.warning("The learner cannot be started: %s", error)
                return False
        return True
