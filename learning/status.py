"""What `python online.py status` says: which mind is live and how far it is from the anchor, what waits, and
what the last cycles did."""

import json
import time
from collections.abc import Mapping
from datetime import datetime

import numpy as np

from learning.bounds import Bounds
from mm_grad import pack
from modular_mind import Mind, default_mind
from service import journal, versions
from service.database import Database, Run
from service.learn import is_switched_on
from service.settings import Config
from service.stats import learner_state

CYCLES = 10  # shown
SHORT = 12  # digits of a SHA-256 in the text


def read_status(database: Database, config: Config) -> dict:
    """Everything there is to say, JSON-ready. Raises DatabaseError, or WeightsError for a damaged mind."""
    with database.write() as run:
        versions.settle(run, default_mind(), int(time.time()))
        return _status(run, config)


def _status(run: Run, config: Config) -> dict:
    bounds = Bounds()
    live, anchor = (versions.get(run, name) for name in (versions.LIVE, versions.ANCHOR))
    minds = [versions.find_mind(run, sha256) for sha256 in (live, anchor)]
    changes = [cycle for cycle in versions.history(run, 1000) if cycle.before != cycle.after]
    return {
        "learner": learner_state(run, time.time()) if is_switched_on(run) else "off",
        "method": config.learner,
        "public": config.public,
        "live": live,
        "version": versions.promotions(run, live),
        "since": changes[0].finished if changes else None,
        "anchor": anchor,
        "distance": None if None in minds else _distance(*minds),
        "radius": bounds.radius,
        "kl": 0.0 if live == anchor else _measured_kl(run, live),
        "kl_limit": bounds.kl,
        "unjudged": _count(run, "verdict IS NULL AND log IS NOT NULL"),
        "teaching": _count(
            run, f"verdict = '{journal.VERIFIED}' AND cycle IS NULL AND tier = '{journal.TEACHING_TIER}'"
        ),
        "restorable": versions.restorable(run),
        "cycles": [
            {
                "number": cycle.number,
                "finished": cycle.finished,
                "decision": cycle.decision,
                "after": cycle.after,
                "report": cycle.report,
            }
            for cycle in versions.history(run, CYCLES)
        ],
    }


def _distance(one: Mind, other: Mind) -> float:
    return float(np.linalg.norm(pack(one.parameters, np.float64) - pack(other.parameters, np.float64)))


def _measured_kl(run: Run, sha256: str) -> float | None:
    """What the gate measured before it let this mind through; None for one that came another way."""
    rows = run(
        "SELECT report FROM cycles WHERE candidate = :candidate ORDER BY number DESC LIMIT 1",
        candidate=sha256,
    )
    return json.loads(rows[0]["report"])["kl"] if rows else None


def _count(run: Run, condition: str) -> int:
    return run(f"SELECT COUNT(*) AS count FROM fights WHERE {condition}")[0]["count"]


def as_text(status: Mapping) -> str:
    """A status in lines for people."""
    since = "" if status["since"] is None else f", live since {_time(status['since'])}"
    what = "the anchor" if status["live"] == status["anchor"] else f"version {status['version']}"
    lines = [
        f"Live mind     {what}, {status['live'][:SHORT]}{since}",
        f"From anchor   distance {_number(status['distance'])} of {status['radius']:g},"
        f" KL {_number(status['kl'])} of {status['kl_limit']:g} nats",
        f"Learner       {status['learner']}, by {status['method']}{', public' if status['public'] else ''}",
        f"Waiting       {status['unjudged']} to be replayed, {status['teaching']} to teach",
        f"Versions      {', '.join(sha256[:SHORT] for sha256 in status['restorable'])}",
    ]
    if status["cycles"]:
        lines.append("Last cycles")
    lines += [f"  {_cycle_line(cycle)}" for cycle in status["cycles"]]
    return "\n".join(lines)


def _cycle_line(cycle: Mapping) -> str:
    report = cycle["report"]
    parts = [
        f"{cycle['number']:4}  {_time(cycle['finished'])}  {cycle['decision']:9} {cycle['after'][:SHORT]}"
    ]
    if report.get("fights") is not None:
        parts.append(f"{report['fights']} fight{'' if report['fights'] == 1 else 's'}")
    for name in ("players", "pool"):
        if report.get(name):
            parts.append(f"{name} {report[name]['before']:.0%} -> {report[name]['after']:.0%}")
    if report.get("reason"):
        parts.append(report["reason"])
    if report.get("waited") is not None:
        parts.append(f"after {report['waited']:.0f} s")
    return "  ".join(parts)


def _number(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"


def _time(seconds: int) -> str:
    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M:%S")
