"""The fight journal: every acknowledged log, its verdict, and whether it has taught.

    with database.write() as run:
        journal.add_fight(run, fight)        # acknowledged only after the block has ended

Each function takes the `run` of an open transaction (service/database.py), so that what belongs together is
committed together. Times are whole seconds since 1970. Tables: service/schema.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from features import RULES_VERSION
from service.database import Run

# What becomes of a log. These codes are part of the protocol: they are shown, counted and documented.
VERIFIED = "verified"
TEACHING_TIER = "hard"  # only such fights teach
REFUSED_AT_THE_DOOR = (
    "malformed",  # the bytes are no log
    "foreign",  # the ticket was not signed here
    "terms_mismatch",  # seed, tier, mistakes, weights or rules are not the ticket's
    "expired",  # the ticket's hour is over
    "early",  # sooner than the fight could have been played
    "reused",  # another log was acknowledged for this ticket
)
REFUSED_BY_REPLAY = (
    "unfinished",  # the inputs end before the fight does, or go on after it
    "decision_mismatch",  # a decision is not the one this mind makes
    "decision_count",  # too few or too many of them
    "outcome_mismatch",  # it ended otherwise
    "checksum_mismatch",  # the final state is another one
    "mind_gone",  # the mind of the ticket is no longer kept
    "rules_gone",  # the rules have changed since the log was acknowledged
    "undecided",  # all of it is true, but neither server nor page's mind made every decision in time
)
FORGOTTEN = "forgotten"  # erased at its player's request, or too old before anybody judged it
ACCEPTED, REPEATED, REUSED = "accepted", "repeated", "reused"  # results of add_fight


@dataclass(frozen=True, slots=True)
class Fight:
    """A row of the journal; `log` holds canonical bytes (service/fight_log.py)."""

    id: str  # 24 hexadecimal digits, the ticket's
    received: int
    source: str | None  # whose fight it was: a day's salted hash, "local" on a lone player's server
    tier: str
    rules_version: int
    weights: str
    seed: int
    outcome: int
    ticks: int
    log: bytes | None  # None once it is forgotten or too old to be kept
    verdict: str | None = None  # None: it has not been judged yet
    judged: int | None = None
    cycle: int | None = None  # the learning cycle it taught in


_COLUMNS = (
    "id, received, source, tier, rules_version, weights, seed, outcome, ticks, log, verdict, judged, cycle"
)


def add_fight(run: Run, fight: Fight) -> str:
    """Enters a new fight: ACCEPTED; REPEATED if this very log is there already; REUSED if another one is."""
    entered = run(
        "INSERT INTO fights (id, received, source, tier, rules_version, weights, seed, outcome, ticks, log)"
        " VALUES (:id, :received, :source, :tier, :rules_version, :weights, :seed, :outcome, :ticks, :log)"
        " ON CONFLICT (id) DO NOTHING RETURNING id",
        id=fight.id,
        received=fight.received,
        source=fight.source,
        tier=fight.tier,
        rules_version=fight.rules_version,
        weights=fight.weights,
        seed=fight.seed,
        outcome=fight.outcome,
        ticks=fight.ticks,
        log=fight.log,
    )
    if entered:
        return ACCEPTED
    log = run("SELECT log FROM fights WHERE id = :id", id=fight.id)[0]["log"]
    return REPEATED if log is not None and bytes(log) == fight.log else REUSED


def find_fight(run: Run, identity: str) -> Fight | None:
    """The fight of that identity."""
    rows = run(f"SELECT {_COLUMNS} FROM fights WHERE id = :id", id=identity)
    return _fight(rows[0]) if rows else None


def unjudged(run: Run, limit: int) -> list[Fight]:
    """Acknowledged fights without a verdict, oldest first."""
    return _fights(
        run(
            f"SELECT {_COLUMNS} FROM fights WHERE verdict IS NULL AND log IS NOT NULL"
            " ORDER BY received, id LIMIT :limit",
            limit=limit,
        )
    )


def judge(run: Run, identity: str, verdict: str, now: int) -> None:
    """Writes down what a replay found."""
    run(
        "UPDATE fights SET verdict = :verdict, judged = :now WHERE id = :id AND verdict IS NULL",
        verdict=verdict,
        now=now,
        id=identity,
    )


def teaching(run: Run, tier: str, limit: int) -> list[Fight]:
    """Verified fights of a tier under today's rules that have not taught yet, oldest first."""
    return _fights(
        run(
            f"SELECT {_COLUMNS} FROM fights WHERE verdict = '{VERIFIED}' AND cycle IS NULL AND tier = :tier"
            " AND rules_version = :rules AND log IS NOT NULL ORDER BY received, id LIMIT :limit",
            tier=tier,
            rules=RULES_VERSION,
            limit=limit,
        )
    )


def recent_verified(run: Run, tier: str, limit: int) -> list[Fight]:
    """The newest verified fights of a tier under today's rules, taught or not, newest first."""
    return _fights(
        run(
            f"SELECT {_COLUMNS} FROM fights WHERE verdict = '{VERIFIED}' AND tier = :tier"
            " AND rules_version = :rules AND log IS NOT NULL ORDER BY received DESC, id LIMIT :limit",
            tier=tier,
            rules=RULES_VERSION,
            limit=limit,
        )
    )


def holds_logs(run: Run) -> bool:
    """Whether there is any log: to judge, to learn from, or to erase one day."""
    return bool(run("SELECT id FROM fights WHERE log IS NOT NULL LIMIT 1"))


def waits_since(run: Run) -> int | None:
    """When the oldest fight without a verdict was acknowledged; None where none waits for the learner."""
    return run("SELECT MIN(received) AS oldest FROM fights WHERE verdict IS NULL")[0]["oldest"]


def mark_taught(run: Run, identities: Sequence[str], cycle: int) -> None:
    """These fights have taught, in that cycle: never again."""
    for identity in identities:
        run(
            "UPDATE fights SET cycle = :cycle WHERE id = :id AND cycle IS NULL",
            cycle=cycle,
            id=identity,
        )


def forget(run: Run, identities: Sequence[str], now: int) -> int:
    """Erases logs and sources, so that what remains says only that the ticket is used; returns how many."""
    count = 0
    for identity in identities:
        count += len(
            run(
                "UPDATE fights SET log = NULL, source = NULL, verdict = :verdict, judged = :now"
                " WHERE id = :id AND log IS NOT NULL RETURNING id",
                verdict=FORGOTTEN,
                now=now,
                id=identity,
            )
        )
    return count


def erase_old(run: Run, before: int, now: int) -> int:
    """Erases logs and sources of the fights received before that second; returns how many.

    Verdicts stay; a fight that nobody has judged by then is FORGOTTEN.
    """
    erased = run(
        "UPDATE fights SET log = NULL, source = NULL WHERE received < :before AND log IS NOT NULL"
        " RETURNING id",
        before=before,
    )
    run(
        "UPDATE fights SET verdict = :verdict, judged = :now WHERE verdict IS NULL AND log IS NULL",
        verdict=FORGOTTEN,
        now=now,
    )
    return len(erased)


def _fights(rows: list[dict]) -> list[Fight]:
    return [_fight(row) for row in rows]


def _fight(row: dict) -> Fight:
    if row["log"] is not None:
        row["log"] = bytes(row["log"])
    return Fight(**row)
