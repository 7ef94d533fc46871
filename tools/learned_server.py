"""Replies of a server whose boss has learned, made up for pictures and tests of the page.

    for pattern, handler in routes(learned_stats(live), lesson).items():
        page.route(pattern, handler)

Learning itself takes many fights and its own time; what the page makes of it is to be seen at once, and the
same every time. A fight of these routes is opened, but every decision is left to the page.
"""

import json
from collections.abc import Callable, Mapping

from features import RULES_VERSION, TIER_EXPLORE

FIGHT = "0123456789abcdef01234567"
TICKET = "t" * 122
SEED = 6
ANCHOR = "a" * 64
BEGAN = 1_790_000_000  # when the first lesson was over, seconds since 1970
VOICE = {"speaks": "bard", "backend": None, "model": None, "reason": "it is switched off"}
BEHAVIOR = {
    "in_range_attack_rate": [0.61, 0.68],
    "approach_rate_when_far": [0.71, 0.9],
    "block_rate_against_swings": [0.42, 0.31],
    "punish_rate": [0.8, 0.81],
    "idle_share": [0.05, 0.08],
    "win_rate": [0.58, 0.66],
}
# What came of each lesson: its decision, the reason of a refusal, and the win rates against the players and
# against the frozen pool before and after it.
COURSE = (
    ("promoted", None, (0.44, 0.53), (0.871, 0.868)),
    ("promoted", None, (0.52, 0.55), (0.868, 0.874)),
    ("refused", "weaker_players", (0.55, 0.49), (0.874, 0.88)),
    ("refused", "too_different", None, None),
    ("promoted", None, (0.56, 0.63), (0.874, 0.869)),
    ("restored", "by_hand", None, None),
    ("promoted", None, (0.56, 0.66), (0.874, 0.871)),
)
VERSION = 3  # of the mind at the end of it


def learned_stats(live: str, course: tuple = COURSE, version: int = VERSION, **learning) -> dict:
    """The reply of GET /stats after these lessons; `learning` replaces parts of its switchboard."""
    return {
        "learning": {
            "enabled": True,
            "recording": True,
            "public": False,
            "switchable": True,
            "method": "dream",
            "state": "idle",
            "waiting": 0,
            "live_after_seconds": 14.2,
            **learning,
        },
        "mind": {"live": live, "anchor": ANCHOR, "version": version, "since": BEGAN},
        "fights": {
            "acknowledged": 9,
            "verified": 8,
            "waiting": 0,
            "refused": {"unfinished": 1},
            "by_tier": {},
        },
        "history": _history(live, course),
    }


def _history(live: str, course: tuple) -> list[dict]:
    rows, mind, earlier = [], ANCHOR, ANCHOR
    for number, (decision, reason, players, pool) in enumerate(course, 1):
        before = mind
        if decision == "promoted":
            earlier, mind = mind, live if number == len(course) else f"{number:064x}"
        elif decision == "restored":
            mind = earlier
        report = {"reason": reason}
        if decision != "restored":
            report |= {"method": "dream", "fights": 1, "waited": 11.6 + number, "behavior": BEHAVIOR}
            report |= {"kl": 0.03 * number, "distance": 0.2 * number, "bounds": {"kl": 0.25, "radius": 2.0}}
        for name, pair in (("players", players), ("pool", pool)):
            if pair:
                report[name] = dict(zip(("before", "after"), pair, strict=True))
        rows.append(
            {
                "number": number,
                "finished": BEGAN + 600 * number,
                "decision": decision,
                "before": before,
                "after": mind,
                "candidate": None,
                "report": report,
            }
        )
    return rows[::-1]


def lesson(stats: dict) -> dict:
    """What GET /fights/{id} says that a fight has taught: the latest lesson of the history."""
    row = stats["history"][0]
    return {"cycle": row["number"], "decision": row["decision"], "report": row["report"]}


def routes(stats: dict, learned: dict | None, verdict: str | None = "verified") -> Mapping[str, Callable]:
    """Handlers by pattern, for Playwright: a Hard fight is opened, taken in and judged as given."""
    opened = {
        "fight": FIGHT,
        "ticket": TICKET,
        "seed": SEED,
        "tier": "hard",
        "explore": TIER_EXPLORE["hard"],
        "weights": stats["mind"]["live"],
        "rules_version": RULES_VERSION,
        "learns": stats["learning"]["recording"],
        "version": stats["mind"]["version"],
    }
    found = {"fight": FIGHT, "tier": "hard", "verdict": verdict, "learned": learned, "log": None}
    return {
        "**/stats": reply(stats),
        "**/fights": reply(opened, 201),
        "**/decide": reply({}),
        "**/narrate": reply({"line": None, "voice": VOICE}),
        f"**/narration/{FIGHT}": silence,
        "**/learn": reply({"fight": FIGHT, "durable": "local"}, 202),
        f"**/fights/{FIGHT}": reply(found),
    }


def reply(content: dict, status: int = 200) -> Callable:
    """A handler that answers with this JSON."""
    return lambda route: route.fulfill(
        status=status, content_type="application/json", body=json.dumps(content)
    )


def silence(route) -> None:
    """A handler of a stream on which nothing comes; whoever hears it asks again after ten minutes."""
    route.fulfill(content_type="text/event-stream", body="retry: 600000\n\n")
