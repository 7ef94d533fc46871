"""Limits: time and number of connections, and token buckets per client, far above what play needs.

They are there so that one client cannot take all of the server. A client is an address, for IPv6 its
/64 network. Behind proxies it is the address that the outermost trusted one saw.
"""

import functools
import ipaddress
import math
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping

from service.http import Request, ServiceError

# Requests a second that are refilled, and the burst that may be saved up. A player decides at most
# 10 times a second, and a hundred of them may share an address; a page is about 60 files; a page that was
# away long may bring many fights at once.
LIMITS = {
    "read": (200.0, 2000.0),
    "open": (20.0, 200.0),
    "decide": (1200.0, 4000.0),
    "learn": (10.0, 200.0),
    "fight": (20.0, 200.0),
    "forget": (1.0, 20.0),
    "switch": (1.0, 20.0),
    # of each ticket: the longest fight has 1,201 decisions, some of which may be asked for again ...
    "fight decisions": (0.25, 1500.0),
    "redeem": (0.5, 60.0),  # ... and one log is enough, but its page may be impatient
    "narrate": (80.0, 400.0),  # a page posts a few times a second, while it is narrated to
    "follow": (20.0, 200.0),
    "fight moments": (4.0, 20.0),  # of each ticket
    "model lines": (1.0, 8.0),  # asked of the model, which writes about one a second for everybody
}
CONNECTION_LIMIT = 256  # held at once
IDLE_SECONDS = 30  # a connection may wait for its next request
WRITE_SECONDS = 60  # a response may wait for its reader
LINGER_SECONDS = 2  # a refused body is still read, and thrown away, so that the refusal arrives
LINGER_BYTES = 1 << 20
ANSWER_THREADS = 8  # at most so many requests wait for the journal at a time, others for them
CHUNK_SIZE = 64 * 1024  # bytes: a larger body waits for its reader chunk by chunk, not whole in a buffer
STREAMS = 64  # responses that are sent piece by piece, at once
STREAM_BYTES = 16 * 1024  # of such a response that may wait for its reader
COMMENT_SECONDS = 15  # a stream that rests so long says that it is there
CLIENT_CAPACITY = 20_000  # buckets kept; the one used longest ago goes first


class RateLimiter:
    """Token buckets by client and kind of request; safe to use from many threads."""

    def __init__(
        self,
        limits: Mapping[str, tuple[float, float]] = LIMITS,
        clock: Callable[[], float] = time.monotonic,
        capacity: int = CLIENT_CAPACITY,
    ):
        self._limits = limits
        self._clock = clock
        self._capacity = capacity
        self._buckets: OrderedDict[tuple[str, str], tuple[float, float]] = OrderedDict()
        self._lock = threading.Lock()

    def take(self, client: str, kind: str) -> None:
        """Takes one token; raises ServiceError (429) that says after how many whole seconds to come back."""
        wait = self._draw(client, kind)
        if wait:
            raise ServiceError(
                429,
                "too_many_requests",
                "Too many requests; wait a moment.",
                headers=(("Retry-After", str(max(1, math.ceil(wait)))),),
            )

    def admits(self, client: str, kind: str) -> bool:
        """Takes one token if there is one; whether there was."""
        return not self._draw(client, kind)

    def _draw(self, client: str, kind: str) -> float:
        """Takes one token; the seconds until there will be one where there is none now."""
        rate, burst = self._limits[kind]
        key = (client, kind)
        with self._lock:
            now = self._clock()
            tokens, before = self._buckets.pop(key, (burst, now))
            tokens = min(burst, tokens + (now - before) * rate)
            admitted = tokens >= 1.0
            self._buckets[key] = (tokens - 1.0 if admitted else tokens, now)
            if len(self._buckets) > self._capacity:
                self._buckets.popitem(last=False)
        return 0.0 if admitted else (1.0 - tokens) / rate


def client_of(request: Request, trusted_proxies: int) -> str:
    """The client a request counts for.

    Each trusted proxy appends the address it was called from to X-Forwarded-For, so with n of them the n-th
    entry from the right is the first that no client can forge. Without such an entry the peer counts.
    """
    client = request.client
    if trusted_proxies:
        entries = [entry.strip() for entry in request.headers.get("x-forwarded-for", "").split(",")]
        if len(entries) >= trusted_proxies:
            client = entries[-trusted_proxies]
    return _network(client) or _network(request.client) or "unknown"


@functools.lru_cache(maxsize=4096)
def _network(text: str) -> str | None:
    try:
        address = ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return None
    if address.version == 4:
        return str(address)
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    return str(ipaddress.ip_network((address, 64), strict=False))
