"""A response that comes piece by piece: bytes that wait between whoever has news and one connection.

    stream = Stream(opening, left=forget)
    return Response(200, EVENT_HEADERS, stream=stream)
    ...
    stream.push(event("line", content))     from any thread

A handler that does not block makes it; a connection empties it and says when its client has gone. What waits
is bounded: a stream whose client does not read is closed, and the client may ask for another.
"""

import json
import threading
from collections.abc import Callable

from service.limits import STREAM_BYTES

# Of server-sent events. A proxy that gathers pieces would keep them from the page.
EVENT_HEADERS = (
    ("Content-Type", "text/event-stream"),
    ("Cache-Control", "no-store"),
    ("X-Accel-Buffering", "no"),
)
COMMENT = b": \n\n"  # says nothing, and shows that both are still there


class Stream:
    """Bytes for one client, in order. Safe to use from many threads."""

    def __init__(self, opening: bytes = b"", left: Callable[["Stream"], None] | None = None):
        """left: told once, when nobody will read any more."""
        self._waiting = bytearray(opening)
        self._left = left
        self._closed = False
        self._wake: Callable[[], None] | None = None
        self._lock = threading.Lock()

    @property
    def closed(self) -> bool:
        """Whether nothing more can be pushed."""
        return self._closed

    def push(self, data: bytes) -> bool:
        """Sends some bytes, soon; False where they will not be sent."""
        with self._lock:
            if self._closed:
                return False
            fits = len(self._waiting) + len(data) <= STREAM_BYTES
            if fits:
                self._waiting += data
            else:
                self._closed = True
            wake = self._wake
        if wake is not None:
            wake()
        return fits

    def close(self) -> None:
        """Ends the response after what waits still."""
        with self._lock:
            self._closed = True
            wake = self._wake
        if wake is not None:
            wake()

    # ------------------------------------------------------------------------ called by the connection
    def attach(self, wake: Callable[[], None]) -> None:
        """wake: called, from any thread, whenever there is something new to `take`."""
        with self._lock:
            self._wake = wake

    def take(self) -> bytes | None:
        """All that waits, which may be nothing; None when nothing will follow either."""
        with self._lock:
            if not self._waiting and self._closed:
                return None
            data = bytes(self._waiting)
            self._waiting.clear()
            return data

    def leave(self) -> None:
        """The client has gone."""
        with self._lock:
            self._closed, self._wake = True, None
            self._waiting.clear()
            left, self._left = self._left, None
        if left is not None:
            left(self)


def event(name: str, content) -> bytes:
    """One server-sent event whose data is JSON, in ASCII and on one line whatever it holds."""
    return f"event: {name}\ndata: {json.dumps(content, separators=(',', ':'))}\n\n".encode("ascii")
