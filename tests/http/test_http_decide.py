"""Fights over HTTP: the mind's own decisions, the published weights, tickets that last a fight."""

import hashlib
import json
import time
from http.client import HTTPConnection

import pytest
from fights import KEY, decision, decisions, observation_with, ticket_text
from http_client import JSON, TIMEOUT, call, post
from openapi import check_reply

import features
from features import BOSS_OBSERVATION, CLEAVE_REST, OBSERVED_COOLDOWN
from modular_mind import WEIGHTS_DIRECTORY, decide, default_mind, read_manifest
from service.contracts import check_boss_is_free, decision_request
from service.tickets import LIFETIME_SECONDS, verify
from tools.servers import HOST

EXPLORE = read_manifest(WEIGHTS_DIRECTORY)["explore"]


def test_health_names_mind_and_rules(server):
    reply = call(server, "GET", "/healthz")
    expected = {"ready": True, "weights": default_mind().sha256, "rules_version": features.RULES_VERSION}
    assert reply.json() == expected


def test_the_published_mind_is_the_one_of_its_address(server):
    sha256 = call(server, "GET", "/healthz").json()["weights"]
    reply = call(server, "GET", f"/mind/{sha256}.json")
    assert hashlib.sha256(reply.body).hexdigest() == sha256
    assert reply.body == default_mind().json
    assert reply.headers["cache-control"] == "public, max-age=31536000, immutable"
    check_reply("GET", f"/mind/{sha256}.json", reply)
    again = call(server, "GET", f"/mind/{sha256}.json", headers={"If-None-Match": reply.headers["etag"]})
    assert (again.status, again.body) == (304, b"")


@pytest.mark.parametrize("tier", features.TIERS)
def test_a_fight_is_opened_on_stated_terms(server, tier):
    before = int(time.time())
    fight = post(server, "/fights", {"tier": tier}).json()
    ticket = verify(KEY, fight["ticket"], time.time())
    assert (ticket.tier, ticket.seed, ticket.fight) == (tier, fight["seed"], fight["fight"])
    assert ticket.weights == fight["weights"] == default_mind().sha256
    assert ticket.rules_version == fight["rules_version"] == features.RULES_VERSION
    assert fight["explore"] == EXPLORE[tier]
    assert before <= fight["expires"] - LIFETIME_SECONDS <= time.time()


def test_no_two_fights_are_alike(server):
    fights = [post(server, "/fights", {"tier": "hard"}).json() for _ in range(20)]
    for field in ("fight", "ticket", "seed"):
        assert len({fight[field] for fight in fights}) == len(fights)


@pytest.mark.parametrize(
    ("tier", "knight"), [("easy", "random"), ("normal", "aggressor"), ("hard", "dodger")]
)
def test_a_fight_is_decided_by_the_mind_itself(server, tier, knight):
    connection = HTTPConnection(HOST, server.port, timeout=TIMEOUT)  # kept alive all through
    fight = post(server, "/fights", {"tier": tier}).json()
    moves = []
    for k, observation, trace in decisions(fight["seed"], knight, fight["explore"], limit=150):
        body = json.dumps({"ticket": fight["ticket"], "k": k, "observation": observation}).encode()
        reply = call(server, "POST", "/decide", body, JSON, connection)
        assert reply.json() == {"k": k, "move": trace["move"], "trace": trace}
        moves.append(trace["move"])
    connection.close()
    assert len(moves) >= 5  # however short this seed's fight is


def test_the_same_question_has_the_same_answer(server):
    question = decision()
    assert post(server, "/decide", question).body == post(server, "/decide", question).body


def test_the_draw_depends_on_the_decision_and_the_ticket(server):
    def moves(**changes):
        content = decision(observation=observation_with(distance=300, boss_guard=500), **changes)
        return [post(server, "/decide", {**content, "k": k}).json()["trace"] for k in range(60)]

    seeds = [moves(ticket=ticket_text(tier="easy", seed=seed)) for seed in (1, 2)]
    assert [trace["move"] for trace in seeds[0]] != [trace["move"] for trace in seeds[1]]
    assert {trace["mistake"] for trace in seeds[0]} == {True, False}


@pytest.mark.parametrize("bound", [1, 2])
def test_the_bounds_themselves_are_accepted(server, bound):
    observation = [row[bound] for row in BOSS_OBSERVATION]
    observation[OBSERVED_COOLDOWN] = min(observation[OBSERVED_COOLDOWN], CLEAVE_REST)
    reply = post(
        server, "/decide", decision(observation=observation, ticket=ticket_text(tier="hard", seed=5))
    )
    draw = features.hash32(5, features.STREAM_DECISION, 3)
    assert reply.json()["trace"] == decide(observation, EXPLORE["hard"], draw)


@pytest.mark.parametrize(
    "knight", ["dodger", "turtle", "roll_spammer", "spacer", "aggressor", "random", "idler"]
)
def test_no_decision_of_a_real_fight_is_refused(knight):
    checked = 0
    for seed in range(3):
        for k, observation, _ in decisions(seed, knight, EXPLORE["easy"], limit=2000):
            content = {"ticket": "x", "k": k, "observation": observation}
            assert decision_request(content) == ("x", k, observation)
            check_boss_is_free(observation)
            checked += 1
    assert checked > 25
