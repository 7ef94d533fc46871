"""The narration of fights: which moment gets a line, who says it, and who hears it.

    narration = Narration(metrics, limiter)
    with narrator_beside(config, narration):
        narration.tell(fight, seed, moments, client)     a line of the bard's, at once
        narration.follow(fight, client)                  the stream on which the model's follows

The bard speaks at once and never fails. Where the process with the model is ready and somebody listens, it is
asked for the same line, so often for each client, and what it writes in time takes the bard's place on the
page. Whoever wrote a line, it is shown only if the validator finds it true here, in this process; the
player's name is put in afterwards: no model sees it.

A fight is known by what its page says of it. All that is kept of it is bounded, in memory only, and gone ten
minutes after its last moment. Lines have numbers that rise even if what was kept is gone.
"""

import re
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial

from features import TICKS_PER_SECOND
from narrator import BEATS, FINAL_BEATS, Bard, Facts, FactsError, Watcher, as_dict, verdict
from service.contracts import Telling
from service.http import ServiceError
from service.limits import STREAMS, RateLimiter
from service.metrics import BARD, LATE, MODEL, REFUSED, REPEATED, REPLACED, SILENT, UNHEARD, Metrics
from service.narrator_process import COMMAND, Answer, NarratorProcess, Voice, environment_of
from service.settings import Config
from service.stream import Stream, event

FIGHTS = 256  # that are narrated at a time
IDLE_SECONDS = 600.0  # a fight of which nothing is heard so long is forgotten
LINE_TICKS = 2 * TICKS_PER_SECOND  # from the beginning of one line to that of the next, unless it cannot wait
URGENT = BEATS[: BEATS.index("streak")]  # these may cut a less telling line short
LATE_SECONDS, LATE_FINAL_SECONDS = 4.0, 8.0  # after its moment, a line of the model's is of no use
RETRY = b"retry: 3000\n\n"  # milliseconds until a page whose stream has ended asks for another
SEED_LIMIT = 1 << 31
OFF = Voice(reason="the model is switched off on this server")
STALE = ["stale"]  # said by the process of a request that came before another
_KNIGHT = re.compile(r"\b[Tt]he knight\b")


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line that has begun; the bard's text is shown already, the model's may follow."""

    number: int
    tick: int
    facts: Facts
    persona: str
    name: str | None
    began: float
    seed: int  # for the model

    @property
    def is_final(self) -> bool:
        """Whether it is the last one of its fight."""
        return self.facts.beat in FINAL_BEATS

    def is_late(self, now: float) -> bool:
        """Whether the model's words would come too long after the moment."""
        return now - self.began > (LATE_FINAL_SECONDS if self.is_final else LATE_SECONDS)

    def shown(self, text: str, by: str) -> dict:
        """What the page is told."""
        return {
            "line": self.number,
            "tick": self.tick,
            "beat": self.facts.beat,
            "persona": self.persona,
            "text": with_name(text, self.name),
            "by": by,
        }


@dataclass(slots=True, eq=False)
class Tale:
    """What is kept of one fight."""

    bard: Bard  # with whatever was heard in this fight
    seed: int
    client: str
    used: float
    watcher: Watcher = field(default_factory=Watcher)
    lines: int = 0
    last: Line | None = None
    shown: str | None = None  # what the bard said for it
    awaited: Line | None = None  # from the model; an older one is of no use any more
    unasked: Line | None = None  # shown, but nobody listens yet
    telling: threading.Lock = field(default_factory=threading.Lock)  # held while moments are taken in

    def is_over(self, now: float) -> bool:
        """Whether the final line is told, and the model's words for it have come or never will."""
        if self.last is None or not self.last.is_final:
            return False
        return self.awaited is None or self.last.is_late(now)

    def next_facts(self, telling: Telling) -> Facts | None:
        """The moment to tell of, if there is any that may be told now; raises FactsError."""
        facts = self.watcher.feed(telling.moments, telling.tick, telling.learned)
        return facts if facts is not None and self._may_begin(facts, telling.tick) else None

    def _may_begin(self, facts: Facts, tick: int) -> bool:
        if self.last is None:
            return True
        if self.last.is_final:
            return False
        if facts.beat in FINAL_BEATS or tick - self.last.tick >= LINE_TICKS:
            return True
        return facts.beat in URGENT and _rank(facts) < _rank(self.last.facts)


@dataclass(frozen=True, slots=True, eq=False)
class Followed:
    """One stream."""

    stream: Stream
    client: str
    began: float


class Narration:
    """The fights that are narrated now, and their streams. Safe to use from many threads."""

    def __init__(self, metrics: Metrics, limiter: RateLimiter, clock: Callable[[], float] = time.monotonic):
        self._metrics = metrics
        self._limiter = limiter
        self._clock = clock
        self._narrator: NarratorProcess | None = None
        self._voice = OFF.as_json()
        self._tales: OrderedDict[str, Tale] = OrderedDict()  # by fight, the one used longest ago first
        self._streams: dict[str, Followed] = {}  # by fight, the oldest first
        self._lock = threading.Lock()

    # ------------------------------------------------------------------------ for the handlers
    def tell(self, fight: str, seed: int, telling: Telling, client: str) -> dict:
        """Takes in moments of a fight; the answer to POST /narrate. Raises ServiceError."""
        with self._lock:
            tale = self._tale(fight, seed, client)
        # The bard takes his time: streams, which the event loop opens, must not wait for him.
        with tale.telling:
            line = self._begin(tale, telling)
            text = None if line is None else self._bards_text(tale.bard, line)
            with self._lock:
                if line is not None:
                    tale.last, tale.shown, tale.awaited = line, text, line
                    tale.unasked = None if text is None else line
                voice = self._voice
        if text is None:
            return {"line": None, "voice": voice}
        self._metrics.line(BARD)
        self._ask(fight)
        return {"line": line.shown(text, BARD), "voice": voice}

    def is_over(self, fight: str) -> bool:
        """Whether a fight is known to have been told to its end."""
        with self._lock:
            tale = self._tales.get(fight)
            return tale is not None and tale.is_over(self._clock())

    def follow(self, fight: str, client: str) -> Stream:
        """A new stream of a fight's lines, in place of the one before; raises ServiceError (503)."""
        with self._lock:
            self._forget_idle()
            before = self._streams.pop(fight, None)
            if before is None and len(self._streams) >= STREAMS:
                before = self._room_for(client)
            stream = Stream(
                RETRY + event("voice", self._voice), left=lambda stream: self._unfollow(fight, stream)
            )
            self._streams[fight] = Followed(stream, client, self._clock())
        if before is not None:
            before.stream.close()
        self._ask(fight)  # a page listens and tells at the same time: its first line may have come before
        return stream

    def streams(self) -> int:
        """How many streams there are."""
        return len(self._streams)

    # ------------------------------------------------------------------------ for the process with the model
    def speak_by(self, narrator: NarratorProcess) -> None:
        """From now on the model of this process may speak, whenever it is ready."""
        with self._lock:
            self._narrator = narrator
        self.hear_voice(narrator.voice)

    def hear_voice(self, voice: Voice) -> None:
        """Who speaks has changed: all who listen are told."""
        content = voice.as_json()
        with self._lock:
            self._voice = content
            streams = [followed.stream for followed in self._streams.values()]
        for stream in streams:
            stream.push(event("voice", content))

    def _ask(self, fight: str) -> None:
        """Asks the model for the line that a fight awaits, if somebody listens and the client may."""
        with self._lock:
            tale, narrator = self._tales.get(fight), self._narrator
            speaks = narrator is not None and self._voice["speaks"] == MODEL
            if tale is None or tale.unasked is None or not speaks or fight not in self._streams:
                return
            line, tale.unasked = tale.unasked, None
        if not line.is_late(self._clock()) and self._limiter.admits(tale.client, "model lines"):
            then = partial(self._answered, fight, line)
            narrator.ask(as_dict(line.facts), line.persona, line.seed, then)

    def _answered(self, fight: str, line: Line, answer: Answer) -> None:
        """The model has written, or not: shown is what is true, in time, and still wanted."""
        text = answer.text
        if text is None:
            lost = SILENT if answer.refused in ([], STALE) else REFUSED
        else:
            lost = None if verdict(text, line.facts, line.persona) is None else REFUSED
        with self._lock:
            tale, now = self._tales.get(fight), self._clock()
            if tale is None or tale.awaited is not line:
                lost = lost or REPLACED
            else:
                tale.awaited = None
                if line.is_late(now):
                    lost = lost or LATE
                # The very words of the bard for this moment are no repetition: they take their own place.
                if text is not None and text != tale.shown and tale.bard.has_said(text):
                    lost = lost or REPEATED
            followed = self._streams.get(fight)
            stream = None if followed is None else followed.stream
            ends = stream is not None and tale is not None and tale.is_over(now)
            if ends:
                del self._streams[fight]
            if lost is None:
                tale.bard.note(text)
        if lost is None and (stream is None or not stream.push(event("line", line.shown(text, MODEL)))):
            lost = UNHEARD
        if ends:
            stream.close()  # after what was pushed
        if lost is None:
            self._metrics.line(MODEL)
        else:
            self._metrics.line_lost(lost)

    # ------------------------------------------------------------------------ what is kept; under the lock
    def _tale(self, fight: str, seed: int, client: str) -> Tale:
        self._forget_idle()
        tale = self._tales.pop(fight, None) or Tale(Bard(seed), seed, client, self._clock())
        tale.used, tale.client = self._clock(), client
        self._tales[fight] = tale
        if len(self._tales) > FIGHTS:
            self._forget_one()
        return tale

    def _forget_one(self) -> None:
        """Forgets the oldest tale of the client that has most, so that none takes the room of others."""
        counts = Counter(tale.client for tale in self._tales.values())
        greediest = max(counts, key=counts.get)  # of several the one whose tale was used longest ago
        del self._tales[next(fight for fight, tale in self._tales.items() if tale.client == greediest)]

    def _room_for(self, client: str) -> Followed:
        """Takes away the oldest stream of the client that has most by far; raises ServiceError."""
        counts = Counter(followed.client for followed in self._streams.values())
        greediest, most = counts.most_common(1)[0]
        if most < counts[client] + 2:  # it would only change places
            raise ServiceError(
                503,
                "too_many_streams",
                "The narrator has as many listeners as it can have; try again in a moment.",
                headers=(("Retry-After", "10"),),
            )
        fight = next(fight for fight, followed in self._streams.items() if followed.client == greediest)
        return self._streams.pop(fight)

    def _forget_idle(self) -> None:
        """Forgets tales of which nothing was heard for long, and ends streams on which nothing will come."""
        now = self._clock()
        since = now - IDLE_SECONDS
        while self._tales and next(iter(self._tales.values())).used < since:
            self._tales.popitem(last=False)
        for fight, followed in list(self._streams.items()):
            tale = self._tales.get(fight)
            if followed.began < since if tale is None else tale.is_over(now):
                del self._streams[fight]
                followed.stream.close()

    def _unfollow(self, fight: str, stream: Stream) -> None:
        with self._lock:
            if fight in self._streams and self._streams[fight].stream is stream:
                del self._streams[fight]

    # ------------------------------------------------------------------------ under the tale's lock
    def _begin(self, tale: Tale, telling: Telling) -> Line | None:
        """The line that begins with these moments, if any; raises ServiceError."""
        try:
            facts = tale.next_facts(telling)
        except FactsError as error:
            where = error.field if error.field in ("learned", "moments") else f"moments.{error.field}"
            raise ServiceError(400, "impossible_moment", str(error), where) from None
        if facts is None:
            return None
        # The tick of a forgotten fight's next line is greater than the numbers of those before: a page, which
        # knows lines by their numbers, takes it for a new one.
        number = max(1 if tale.last is None else tale.last.number + 1, telling.tick)
        tale.lines += 1
        seed = (tale.seed + tale.lines) % SEED_LIMIT
        return Line(number, telling.tick, facts, telling.persona, telling.name, self._clock(), seed)

    def _bards_text(self, bard: Bard, line: Line) -> str | None:
        """What the bard says, if it is true."""
        try:
            text = bard.line(line.facts, line.persona)
        except LookupError:
            self._metrics.line_lost(SILENT)
            return None
        if verdict(text, line.facts, line.persona) is not None:
            self._metrics.line_lost(REFUSED)
            return None
        return text


def with_name(text: str, name: str | None) -> str:
    """A finished line with a player's name in place of the first "the knight"."""
    return text if name is None else _KNIGHT.sub(lambda _: name, text, count=1)


def _rank(facts: Facts) -> int:
    return BEATS.index(facts.beat)


# ---------------------------------------------------------------------------- the process
@contextmanager
def narrator_beside(config: Config, narration: Narration) -> Iterator[None]:
    """The process with the model runs while the block does, if the settings want one."""
    if not config.narrator:
        yield
        return
    process = NarratorProcess(environment_of(config), narration.hear_voice, COMMAND)
    narration.speak_by(process)
    process.start()
    try:
        yield
    finally:
        process.end()
