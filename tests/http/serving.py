"""A service on a loop of its own in a thread, for tests that look at one connection from both ends."""

import asyncio
import contextlib
import socket
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from http_client import TIMEOUT

from service.connection import Connection
from service.routes import Service
from service.settings import Config


class Watched(Connection):
    """A connection that notes how much it kept."""

    kept = 0

    def data_received(self, data: bytes) -> None:
        """As usual."""
        super().data_received(data)
        self.kept = max(self.kept, len(self._received))


@dataclass
class Serving:
    """A service on a loop in a thread."""

    service: Service
    loop: asyncio.AbstractEventLoop

    def connect(self) -> tuple[socket.socket, Watched]:
        """The client's end, and the connection at the other."""
        client, server = socket.socketpair()
        client.settimeout(TIMEOUT)
        opening = self.loop.connect_accepted_socket(lambda: Watched(self.service), server)
        _, connection = asyncio.run_coroutine_threadsafe(opening, self.loop).result(TIMEOUT)
        return client, connection


@contextlib.contextmanager
def serving_from(data_dir: Path, **settings) -> Iterator[Serving]:
    """A service on a loop of its own, that records nothing."""
    loop, service = asyncio.new_event_loop(), Service(Config(data_dir=data_dir, online=False, **settings))
    runner = threading.Thread(target=loop.run_forever)
    runner.start()
    with contextlib.closing(service):
        yield Serving(service, loop)
        for connection in service.connections.all():
            loop.call_soon_threadsafe(connection.abort)
        until(lambda: len(service.connections) == 0)
        loop.call_soon_threadsafe(loop.stop)
        runner.join()
        loop.close()


def until(condition: Callable[[], bool]) -> None:
    """Waits for a condition; fails when it does not come."""
    give_up = time.monotonic() + TIMEOUT
    while not condition():
        assert time.monotonic() < give_up
        time.sleep(0.0005)
