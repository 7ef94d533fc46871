"""The minds that are served: the live one, and each one's weights as published to the page.

Minds are found by their identity, the SHA-256 of the published JSON, because a fight keeps the mind
its ticket names. Which one is live is written in the journal's database, where the learner changes it; it
is looked up when somebody asks and the last look was a second ago. While the database cannot be read, the
mind that was live last stays live.
"""

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from modular_mind import Mind, WeightsError, load_directory
from service import versions
from service.database import Database, DatabaseError, Run
from service.http import Request, Response, ServiceError, tag_matches

LOOK_SECONDS = 1.0  # between two looks at the live pointer
LOOK_AGAIN_SECONDS = 5.0  # after one that failed: where the database hangs, each holds up a request
CACHE_SIZE = 32  # minds held in memory; the one used longest ago goes first
log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ServedMind:
    """A mind and the mistake rates of its tiers."""

    mind: Mind
    explore: Mapping[str, int]  # mistake rate by tier, in 1/65536
    version: int = 0  # how many promotions lead from the anchor to it

    @property
    def sha256(self) -> str:
        """The mind's identity."""
        return self.mind.sha256

    def published(self, request: Request) -> Response:
        """The weights as JSON; the address names the content, so it may be kept for ever."""
        tag = f'"{self.sha256}"'
        headers = (("ETag", tag), ("Cache-Control", "public, max-age=31536000, immutable"))
        if tag_matches(request, tag):
            return Response(304, headers)
        return Response(200, (("Content-Type", "application/json"), *headers), self.mind.json)


class Minds:
    """The minds by identity, and which of them is live: the one that new fights are opened with.

    Safe to use from many threads. A mind that is not in memory is read from the database.
    """

    def __init__(
        self,
        shipped: ServedMind,
        database: Database | None = None,
        clock: Callable[[], float] = time.monotonic,
    ):
        """shipped: the anchor, live until something better is known. database: None to serve it alone."""
        self._shipped = shipped
        self._live = shipped
        self._database = database
        self._clock = clock
        self._cache: OrderedDict[str, ServedMind] = OrderedDict()
        self._kept = {shipped.sha256}  # identities in the database, as of the last look
        self._next_look = clock()
        self._lock = threading.Lock()  # of the cache and what was seen last
        self._looking = threading.Lock()  # one thread looks, the others use what is known
        self._failing = False
        if database is not None:
            self._settle()

    @property
    def live(self) -> ServedMind:
        """The mind that new fights are opened with; never raises."""
        self._look()
        return self._live

    def get(self, sha256: str) -> ServedMind | None:
        """The mind of a ticket; None for one that is no longer kept. Raises ServiceError (503)."""
        found = self._in_memory(sha256)
        if found is not None or self._database is None:
            return found
        try:
            with self._database.read() as run:
                return self._load(run, sha256)
        except WeightsError as error:
            log.error("A mind cannot be served: %s", error)
            return None
        except DatabaseError as error:
            self._failed(error)
            raise ServiceError(
                503,
                "journal_unavailable",
                "The minds cannot be read at the moment; try again.",
                headers=(("Retry-After", "10"),),
            ) from error

    def publish(self, request: Request, sha256: str) -> Response:
        """Answers with a mind's weights; raises ServiceError (404, 503).

        Anybody may ask for anything here, so a name that is not known costs no more than a look.
        """
        self._look()
        with self._lock:
            known = sha256 in self._kept
        served = self.get(sha256) if known else None
        if served is None:
            raise ServiceError(404, "unknown_weights", "No mind of this hash is served.")
        return served.published(request)

    def _settle(self) -> None:
        """Tells the database which weights are shipped with this program."""
        try:
            with self._database.write() as run:
                self._database.take_turns(run)
                versions.settle(run, self._shipped.mind, int(time.time()))
        except DatabaseError as error:
            self._failed(error)

    def _look(self) -> None:
        """Finds out which mind is live, if that has not been done within the last second."""
        if self._database is None or self._clock() < self._next_look:
            return
        if not self._looking.acquire(blocking=False):
            return
        pause = LOOK_SECONDS
        try:
            with self._database.read() as run:
                kept = versions.kept_minds(run)
                live = self._find_live(run)
            with self._lock:
                self._kept = kept | {self._shipped.sha256}
                self._live = live
            self._failing = False
        except (DatabaseError, WeightsError) as error:
            pause = LOOK_AGAIN_SECONDS
            self._failed(error)
        finally:
            self._next_look = self._clock() + pause
            self._looking.release()

    def _find_live(self, run: Run) -> ServedMind:
        sha256 = versions.get(run, versions.LIVE)
        if sha256 is None or sha256 == self._live.sha256:
            return self._live
        live = self._in_memory(sha256) or self._load(run, sha256)
        if live is None:
            raise WeightsError(f"the live mind {sha256} is not kept")
        return live

    def _in_memory(self, sha256: str) -> ServedMind | None:
        with self._lock:
            for served in (self._live, self._shipped):
                if served.sha256 == sha256:
                    return served
            if sha256 in self._cache:
                self._cache.move_to_end(sha256)
            return self._cache.get(sha256)

    def _load(self, run: Run, sha256: str) -> ServedMind | None:
        """A mind from the database, which stays in memory; raises WeightsError for a damaged one."""
        mind = versions.find_mind(run, sha256)
        if mind is None:
            return None
        served = ServedMind(mind, self._shipped.explore, versions.promotions(run, sha256))
        with self._lock:
            served = self._cache.setdefault(sha256, served)  # two threads may have read it at once
            if len(self._cache) > CACHE_SIZE:
                self._cache.popitem(last=False)
        return served

    def _failed(self, error: Exception) -> None:
        """Says once, until it works again, that the database does not."""
        if not self._failing:
            log.warning("The mind that was live last stays live: %s", error)
        self._failing = True


def load_minds(directory: Path, database: Database | None = None) -> Minds:
    """The mind shipped in a weights directory, and what was learned since; raises WeightsError."""
    mind, manifest = load_directory(directory)
    return Minds(ServedMind(mind, dict(manifest["explore"])), database)
