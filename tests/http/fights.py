"""Fights, tickets and observations for the tests of the service."""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

from http_client import SECRET

import features
from duel_sim import Duel, ScriptedKnight
from modular_mind import decide, default_mind
from service.tickets import FORMAT_VERSION, LIFETIME_SECONDS, Ticket, new_ticket, sign

KEY = hashlib.sha256(SECRET.encode()).digest()
NAMES = [name for name, *_ in features.BOSS_OBSERVATION]


def decisions(seed: int, knight: str, explore: int, limit: int) -> Iterator[tuple[int, list[int], dict]]:
    """Number, observation and the mind's own answer of each decision of a fight, at most `limit`."""
    duel = Duel(seed)
    play = ScriptedKnight(knight, duel)
    while duel.outcome == features.ONGOING and limit:
        if duel.decision_due:
            observation = duel.observation()
            draw = features.hash32(seed, features.STREAM_DECISION, duel.k)
            trace = decide(observation, explore, draw)
            yield duel.k, observation, trace
            duel.choose(trace["move"])
            limit -= 1
        duel.step(play(duel))


def observation_with(**fields: object) -> list:
    """A plain observation in which some fields, by name, hold something else."""
    values: list = [max(least, 0) for _, least, _, _ in features.BOSS_OBSERVATION]
    for name, value in fields.items():
        values[NAMES.index(name)] = value
    return values


def ticket(**terms) -> Ticket:
    """A ticket of now for the shipped mind, with some terms changed."""
    return replace(new_ticket("normal", default_mind().sha256, time.time()), **terms)


def ticket_text(key: bytes = KEY, **terms) -> str:
    """Such a ticket, signed with the tests' key unless another is given."""
    return sign(key, ticket(**terms))


def expired_ticket_text() -> str:
    """A ticket that was good until this second."""
    return ticket_text(issued=int(time.time()) - LIFETIME_SECONDS)


def future_format_ticket_text() -> str:
    """A signed ticket of a format that this server does not know."""
    with patch("service.tickets.FORMAT_VERSION", FORMAT_VERSION + 1):
        return ticket_text()


def decision(**changes) -> dict:
    """A good body for POST /decide with some fields changed; a change to None leaves the field out."""
    content = {"ticket": ticket_text(), "k": 3, "observation": observation_with(distance=300), **changes}
    return {name: value for name, value in content.items() if value is not None}
