"""What GET /stats says: the boss's record, the learner's state and the learning history. Also its switch.

One snapshot serves everybody: it is made anew when somebody asks and it is old enough, so that asking often
costs the database nothing. A local player may switch learning off and on, or take back what was learned.
"""

import statistics
import threading
import time
from collections.abc import Callable
from dataclasses import asdict

from features import BOSS_WINS, KNIGHT_WINS, TIERS
from service import journal, versions
from service.database import Database, Run
from service.learn import SWITCH, is_switched_on
from service.minds import Minds
from service.settings import Config

HISTORY = 100  # rows of the learning history
WINNERS = ("boss", "knight", "neither")
LEAST_AGE = 1.0  # seconds a snapshot is good for,
AGE_PER_SECOND = 20.0  # and for longer the longer it takes to make
HEARTBEAT = "learner_heartbeat"  # a setting: the learner's state and when it said so
SILENT_SECONDS = 60  # a learner that has said nothing for this long is not running


class Stats:
    """Makes the snapshot; safe to use from many threads."""

    def __init__(
        self,
        config: Config,
        database: Database | None,
        minds: Minds,
        clock: Callable[[], float] = time.monotonic,
    ):
        """database: None where nothing is recorded."""
        self._config = config
        self._database = database
        self._minds = minds
        self._clock = clock
        self._lock = threading.Lock()
        self._snapshot: dict | None = None
        self._good_until = 0.0

    def get(self) -> dict:
        """The answer to GET /stats, JSON-ready; not to be changed. Raises DatabaseError."""
        with self._lock:
            began = self._clock()
            if self._snapshot is None or began >= self._good_until:
                self._snapshot = self._make()
                now = self._clock()
                self._good_until = now + max(LEAST_AGE, AGE_PER_SECOND * (now - began))
            return self._snapshot

    def switch(self, database: Database, action: str, now: float) -> None:
        """Does one of contracts.LEARNING_ACTIONS; the next snapshot tells of it. Raises DatabaseError."""
        with database.write() as run:
            database.take_turns(run)
            if action == "reset":
                _reset(run, int(now))
            else:
                versions.put(run, SWITCH, action)
        with self._lock:
            self._good_until = 0.0

    def _make(self) -> dict:
        if self._database is None:
            return self._without_journal()
        with self._database.read() as run:
            return self._read(run, time.time())

    def _read(self, run: Run, now: float) -> dict:
        live = versions.get(run, versions.LIVE)
        history = versions.history(run, HISTORY)
        waited = [
            cycle.report["waited"]
            for cycle in history
            if cycle.decision == versions.PROMOTED and cycle.report.get("waited") is not None
        ]
        on = is_switched_on(run)
        return {
            "learning": {
                "enabled": on,
                "recording": on,
                "public": self._config.public,
                "switchable": not self._config.public,
                "method": self._config.learner,
                "state": learner_state(run, now) if on else "off",
                "waiting": _count_teaching(run),
                "live_after_seconds": statistics.median(waited) if waited else None,
            },
            "mind": {
                "live": live,
                "anchor": versions.get(run, versions.ANCHOR),
                "version": versions.promotions(run, live),
                "since": _live_since(run),
            },
            "fights": _count_fights(run),
            "history": [asdict(cycle) for cycle in history],
        }

    def _without_journal(self) -> dict:
        live = self._minds.live.sha256
        return {
            "learning": {
                "enabled": False,
                "recording": False,
                "public": self._config.public,
                "switchable": False,
                "method": self._config.learner,
                "state": "off",
                "waiting": 0,
                "live_after_seconds": None,
            },
            "mind": {"live": live, "anchor": live, "version": 0, "since": None},
            "fights": _fights({}),
            "history": [],
        }


def write_heartbeat(run: Run, state: str, now: float) -> None:
    """The learner says that it is alive, and whether it is "idle" or "learning"."""
    versions.put(run, HEARTBEAT, f"{state} {int(now)}")


def learner_state(run: Run, now: float) -> str:
    """What the learner said last: "idle" or "learning"; "stopped" where it is silent and fights wait for it.

    Where none waits it may be silent: it is started when there is something to do (service/supervisor.py).
    """
    state, _, said = (versions.get(run, HEARTBEAT) or "idle 0").partition(" ")
    if now - int(said) < SILENT_SECONDS:
        return state
    waits_since = journal.waits_since(run)
    return "stopped" if waits_since is not None and now - waits_since >= SILENT_SECONDS else "idle"


# ---------------------------------------------------------------------------- what is counted
def _reset(run: Run, now: int) -> None:
    """The shipped mind is live again, and nothing of what was learned goes on."""
    versions.put(run, versions.STUDENT, None)
    anchor = versions.get(run, versions.ANCHOR)
    if anchor is not None and versions.get(run, versions.LIVE) != anchor:
        versions.restore(run, anchor, now)


def _count_teaching(run: Run) -> int:
    rows = run(
        f"SELECT COUNT(*) AS count FROM fights WHERE verdict = '{journal.VERIFIED}' AND cycle IS NULL"
        " AND tier = :tier AND log IS NOT NULL",
        tier=journal.TEACHING_TIER,
    )
    return rows[0]["count"]


def _live_since(run: Run) -> int | None:
    rows = run("SELECT finished FROM cycles WHERE before <> after ORDER BY number DESC LIMIT 1")
    return rows[0]["finished"] if rows else None


def _count_fights(run: Run) -> dict:
    rows = run("SELECT verdict, tier, outcome, COUNT(*) AS count FROM fights GROUP BY verdict, tier, outcome")
    return _fights({(row["verdict"], row["tier"], row["outcome"]): row["count"] for row in rows})


def _fights(counts: dict[tuple[str | None, str, int], int]) -> dict:
    """The "fights" part. The record by tier counts verified fights alone: anything else is mere say-so."""
    by_verdict = dict.fromkeys((None, journal.VERIFIED, *journal.REFUSED_BY_REPLAY), 0)
    by_tier = {tier: dict.fromkeys(WINNERS, 0) for tier in TIERS}
    for (verdict, tier, outcome), count in counts.items():
        by_verdict[verdict] = by_verdict.get(verdict, 0) + count
        if verdict == journal.VERIFIED:
            winner = {BOSS_WINS: "boss", KNIGHT_WINS: "knight"}.get(outcome, "neither")
            by_tier[tier][winner] += count
    return {
        "acknowledged": sum(counts.values()),
        "verified": by_verdict[journal.VERIFIED],
        "waiting": by_verdict[None],
        "refused": {code: by_verdict[code] for code in journal.REFUSED_BY_REPLAY},
        "by_tier": by_tier,
    }
