"""The minds that were ever live, which one is live now, and the learning history between them.

    with database.write() as run:
        versions.add_mind(run, mind, parent, now)
        versions.finish_cycle(run, cycle)        # the live pointer flips with everything else of the block

    with database.write() as run:
        versions.restore(run, versions.predecessor(run, live), now)

A mind is kept as its canonical JSON under its SHA-256, so a restored mind is the same byte for byte and a
damaged one cannot be loaded. The anchor is the shipped mind that learning stays close to.
"""

import json
import secrets
from collections.abc import Mapping
from dataclasses import dataclass

from modular_mind import Mind, from_json
from service.database import DatabaseError, Run
from service.journal import VERIFIED
from service.tickets import LIFETIME_SECONDS

LIVE, ANCHOR = "live", "anchor"  # names of settings that hold the SHA-256 of a mind
STUDENT = "learner_state"  # a setting: what the learner works on between two cycles, and what it builds on
SALT = "learner_salt"  # a setting: makes the learner's chance one that no player can foresee
KEPT_VERSIONS = 10  # that can be restored, the anchor besides
GRACE_SECONDS = 10 * 60  # a mind is kept longer than any ticket that names it: machines' clocks differ
_SEARCHED_CYCLES = 1000  # changes of the live mind that are looked at: far more than versions are kept
DECISIONS = ("promoted", "refused", "reset", "restored", "anchored")
PROMOTED, REFUSED, RESET, RESTORED, ANCHORED = DECISIONS


class OvertakenError(DatabaseError):
    """The live mind is another one than when this change was prepared: nothing was changed."""


class UnknownVersionError(ValueError):
    """A version that is not kept."""


@dataclass(frozen=True, slots=True)
class Cycle:
    """One row of the learning history."""

    number: int  # 1, 2, 3 ...
    finished: int  # seconds since 1970
    decision: str  # PROMOTED, REFUSED, RESET (three refusals), RESTORED (by hand), ANCHORED (a new anchor)
    before: str  # SHA-256 of the live mind before ...
    after: str  # ... and after
    candidate: str | None  # SHA-256 of the mind that was judged, if there was one
    report: Mapping  # JSON-ready: what was learned from, what was measured


def get(run: Run, name: str) -> str | None:
    """A setting as text."""
    rows = run("SELECT value FROM settings WHERE name = :name", name=name)
    return bytes(rows[0]["value"]).decode("utf-8") if rows else None


def put(run: Run, name: str, value: str | None) -> None:
    """Sets a setting; None removes it."""
    if value is None:
        run("DELETE FROM settings WHERE name = :name", name=name)
        return
    run(
        "INSERT INTO settings (name, value) VALUES (:name, :value)"
        " ON CONFLICT (name) DO UPDATE SET value = excluded.value",
        name=name,
        value=value.encode("utf-8"),
    )


def add_mind(run: Run, mind: Mind, parent: str | None, now: int) -> None:
    """Keeps a mind; nothing happens if it is kept already."""
    run(
        "INSERT INTO minds (sha256, added, parent, content) VALUES (:sha256, :now, :parent, :content)"
        " ON CONFLICT (sha256) DO NOTHING",
        sha256=mind.sha256,
        now=now,
        parent=parent,
        content=mind.json,
    )


def find_mind(run: Run, sha256: str) -> Mind | None:
    """A kept mind, checked against its name; raises WeightsError for a damaged one."""
    rows = run("SELECT content FROM minds WHERE sha256 = :sha256", sha256=sha256)
    return from_json(bytes(rows[0]["content"]), sha256) if rows else None


def kept_minds(run: Run) -> set[str]:
    """SHA-256 of every mind that is kept."""
    return {row["sha256"] for row in run("SELECT sha256 FROM minds")}


def finish_cycle(run: Run, cycle: Cycle) -> None:
    """Writes a row of the history and makes `cycle.after` live.

    Raises OvertakenError, and the transaction is undone, where `cycle.before` is no longer live: somebody has
    rolled back in the meantime, or another learner was at work.
    """
    live = get(run, LIVE)
    if live not in (None, cycle.before):
        raise OvertakenError(f"the live mind is {live}, no longer {cycle.before}")
    add_cycle(run, cycle)
    put(run, LIVE, cycle.after)


def add_cycle(run: Run, cycle: Cycle) -> None:
    """Writes a row of the history, and nothing else."""
    run(
        "INSERT INTO cycles (number, finished, decision, before, after, candidate, report)"
        " VALUES (:number, :finished, :decision, :before, :after, :candidate, :report)",
        number=cycle.number,
        finished=cycle.finished,
        decision=cycle.decision,
        before=cycle.before,
        after=cycle.after,
        candidate=cycle.candidate,
        report=json.dumps(cycle.report, allow_nan=False),
    )


def next_number(run: Run) -> int:
    """The number of the cycle that comes next."""
    return run("SELECT COALESCE(MAX(number), 0) + 1 AS number FROM cycles")[0]["number"]


def history(run: Run, limit: int) -> list[Cycle]:
    """The latest cycles, newest first."""
    rows = run("SELECT * FROM cycles ORDER BY number DESC LIMIT :limit", limit=limit)
    return [_cycle(row) for row in rows]


def find_cycle(run: Run, number: int) -> Cycle | None:
    """The cycle of that number."""
    rows = run("SELECT * FROM cycles WHERE number = :number", number=number)
    return _cycle(rows[0]) if rows else None


def _cycle(row: dict) -> Cycle:
    return Cycle(**{**row, "report": json.loads(row["report"])})


# ---------------------------------------------------------------------------- versions
def settle(run: Run, shipped: Mind, now: int) -> str:
    """Makes the shipped mind the anchor; returns the SHA-256 of the live one.

    The first time it becomes the live one too. When the shipped weights have changed since, what was learned
    from the old ones ends: the new anchor becomes live, and the history says so (ANCHORED).
    """
    anchor, live = get(run, ANCHOR), get(run, LIVE)
    if get(run, SALT) is None:
        put(run, SALT, secrets.token_hex(16))
    if anchor == shipped.sha256 and live is not None:
        return live
    add_mind(run, shipped, None, now)
    put(run, ANCHOR, shipped.sha256)
    if live is None:
        put(run, LIVE, shipped.sha256)
    else:
        report = {"reason": "new_weights", "anchor": anchor}
        _make_live(run, ANCHORED, shipped.sha256, report, now)
    return shipped.sha256


def restorable(run: Run) -> list[str]:
    """SHA-256 of the last versions that were live, newest first, the live one among them, each once."""
    seen: dict[str, None] = {}
    live = get(run, LIVE)
    if live is not None:
        seen[live] = None
    rows = run(
        "SELECT before, after FROM cycles WHERE before <> after ORDER BY number DESC LIMIT :limit",
        limit=_SEARCHED_CYCLES,
    )
    for row in rows:
        seen.setdefault(row["after"])
        seen.setdefault(row["before"])
    return list(seen)[:KEPT_VERSIONS]


def restore(
    run: Run, sha256: str, now: int, decision: str = RESTORED, report: Mapping | None = None
) -> Cycle:
    """Makes a kept mind live again, byte for byte as it was; returns the row of the history.

    decision: RESTORED or RESET. Raises UnknownVersionError, or WeightsError for a damaged one.
    """
    if find_mind(run, sha256) is None:
        raise UnknownVersionError(f"no mind {sha256} is kept")
    return _make_live(run, decision, sha256, report or {"reason": "by_hand"}, now)


def predecessor(run: Run, sha256: str) -> str | None:
    """The mind that was live before this one was promoted; None for one that never was."""
    rows = run(
        f"SELECT before FROM cycles WHERE decision = '{PROMOTED}' AND after = :after"
        " ORDER BY number DESC LIMIT 1",
        after=sha256,
    )
    return rows[0]["before"] if rows else None


def promotions(run: Run, sha256: str) -> int:
    """How many promotions lead from the anchor to this mind: its version, 0 for the anchor."""
    anchor, count = get(run, ANCHOR), 0
    for row in run(f"SELECT before, after FROM cycles WHERE decision = '{PROMOTED}' ORDER BY number DESC"):
        if sha256 == anchor:
            break
        if row["after"] == sha256:
            sha256, count = row["before"], count + 1
    return count


def prune(run: Run, now: int) -> int:
    """Removes the minds that nothing can ask for any more; returns how many.

    Kept are those that can be restored, the anchor, those that an open ticket may name, those of fights that
    wait to be judged or to teach, and the latest ones, about which nothing may have been decided yet.
    """
    needed = {*restorable(run), get(run, LIVE), get(run, ANCHOR)}
    since = now - LIFETIME_SECONDS - GRACE_SECONDS
    for row in run("SELECT before, after FROM cycles WHERE finished >= :since", since=since):
        needed |= {row["before"], row["after"]}
    waiting = run(
        "SELECT DISTINCT weights FROM fights WHERE log IS NOT NULL"
        f" AND (verdict IS NULL OR verdict = '{VERIFIED}' AND cycle IS NULL)"
    )
    needed |= {row["weights"] for row in waiting}
    young = {row["sha256"] for row in run("SELECT sha256 FROM minds WHERE added >= :since", since=since)}
    gone = kept_minds(run) - needed - young
    for sha256 in gone:
        run("DELETE FROM minds WHERE sha256 = :sha256", sha256=sha256)
    return len(gone)


def _make_live(run: Run, decision: str, sha256: str, report: Mapping, now: int) -> Cycle:
    before = get(run, LIVE)
    cycle = Cycle(next_number(run), now, decision, before, sha256, None, report)
    finish_cycle(run, cycle)
    return cycle
