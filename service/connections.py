"""Which connections a server holds, and which one makes way when there are too many.

Where a connection waits for its client, for a request to come whole or a response to be read, it costs the
server something and the client nothing. So the limit does not turn away who comes last: it ends the
connection that has waited longest. Players ask ten times a second, and it is they who wait for the
server; who sends byte by byte, or nothing, is always the first to go.
"""

import contextlib
import threading
from collections import OrderedDict
from collections.abc import Hashable

from service.limits import CONNECTION_LIMIT

FILES = 128  # descriptors that a server needs besides: its files, journal, pipes


def affordable() -> int:
    """How many connections this process can hold. Takes as many descriptors for it as the system grants."""
    try:
        import resource
    except ImportError:  # Windows, where sockets are not counted so
        return CONNECTION_LIMIT
    wanted = CONNECTION_LIMIT + FILES
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft != resource.RLIM_INFINITY and soft < wanted:
        granted = wanted if hard == resource.RLIM_INFINITY else min(wanted, hard)
        with contextlib.suppress(ValueError, OSError):
            resource.setrlimit(resource.RLIMIT_NOFILE, (granted, hard))
            soft = granted
        return max(1, min(CONNECTION_LIMIT, soft - FILES))
    return CONNECTION_LIMIT


class Connections:
    """The open connections, by whatever stands for one; safe to use from many threads."""

    def __init__(self, limit: int = CONNECTION_LIMIT):
        self._limit = limit
        # for their clients, the longest wait first
        self._waiting: OrderedDict[Hashable, None] = OrderedDict()
        self._served: set[Hashable] = set()  # whose client waits for the server
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._waiting) + len(self._served)

    def all(self) -> list[Hashable]:
        """Those that are open now."""
        with self._lock:
            return [*self._waiting, *self._served]

    def open(self, connection: Hashable) -> Hashable | None:
        """Takes in a new connection; returns the one that the server must end for it, if any.

        That is the new connection itself when the server is at work for all others.
        """
        with self._lock:
            victim = None
            if len(self) >= self._limit:
                if not self._waiting:
                    return connection
                victim, _ = self._waiting.popitem(last=False)
            self._waiting[connection] = None
            return victim

    def serve(self, connection: Hashable) -> None:
        """A request has come whole: from now on the client waits."""
        with self._lock:
            if connection in self._waiting:
                del self._waiting[connection]
                self._served.add(connection)

    def wait(self, connection: Hashable) -> None:
        """It is the client's turn: the next request is to come, or a response to be read."""
        with self._lock:
            if connection in self._served:
                self._served.discard(connection)
                self._waiting[connection] = None

    def close(self, connection: Hashable) -> None:
        """The connection has ended; nothing happens if it has been given up before."""
        with self._lock:
            self._waiting.pop(connection, None)
            self._served.discard(connection)
