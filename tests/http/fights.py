"""Fights, tickets and observations for the tests of the service."""

import base64
import hashlib
import random
import time
from collections.abc import Iterator
from dataclasses import replace
from unittest.mock import patch

from http_client import SECRET

import features
from benchmarks.logged_fights import RandomKeys, play_fight
from duel_sim import Duel, ScriptedKnight
from modular_mind import WEIGHTS_DIRECTORY, decide, default_mind, read_manifest
from service.fight_log import FightLog, to_bytes
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


def fought(terms: Ticket, seed: int = 0) -> FightLog:
    """The log of the fight of a ticket, against somebody who presses all kinds of keys."""
    explore = read_manifest(WEIGHTS_DIRECTORY)["explore"][terms.tier]
    keys = random.Random(seed)
    return play_fight(terms.seed, terms.tier, explore, default_mind(), lambda _: RandomKeys(keys), keys)


def posted(terms: Ticket, log: FightLog | bytes, key: bytes = KEY) -> dict:
    """The body of POST /learn for a ticket and a log, or anything else in its place."""
    data = log if isinstance(log, bytes) else to_bytes(log)
    return {"ticket": sign(key, terms), "log": base64.urlsafe_b64encode(data).rstrip(b"=").decode()}


def long_ago(**terms) -> Ticket:
    """A ticket of ten minutes ago: its fight has had time to be fought."""
    return ticket(issued=int(time.time()) - 600, **terms)
