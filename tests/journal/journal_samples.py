"""Fights, minds and cycles that the tests of the journal share."""

from functools import cache

from mind_samples import random_mind

from features import RULES_VERSION
from modular_mind import Mind
from service.journal import Fight
from service.versions import PROMOTED, Cycle

NOW = 1_700_000_000
HOUR, DAY = 3600, 86400


@cache
def mind(number: int) -> Mind:
    """One of many different minds."""
    return random_mind(number)


def name(number: int) -> str:
    """The SHA-256 of such a mind."""
    return mind(number).sha256


def fight(number: int, **changes) -> Fight:
    """A fight as it is acknowledged."""
    values = {
        "id": f"{number:024x}",
        "received": NOW + number,
        "source": "local",
        "tier": "hard",
        "rules_version": RULES_VERSION,
        "weights": name(0),
        "seed": 0xFFFF_FFFF - number,
        "outcome": 1,
        "ticks": 3600,
        "log": b"log of fight %d " % number * 9 + bytes(range(256)),
    }
    return Fight(**{**values, **changes})


def cycle(number: int, before: str, after: str, decision: str = PROMOTED, **changes) -> Cycle:
    """A row of the history, an hour after the last one."""
    values = {"candidate": after, "report": {"method": "dream", "kl": 0.125}, "finished": NOW + number * HOUR}
    return Cycle(
        **{**values, "number": number, "decision": decision, "before": before, "after": after, **changes}
    )
