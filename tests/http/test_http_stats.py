"""GET /stats, GET /metrics and POST /learning: what they say is what is in the journal and what was asked."""

import json
import time
from dataclasses import replace

import pytest
from fights import decision
from http_client import Reply, call, post
from openapi import check_reply
from prometheus_client.parser import text_string_to_metric_families

from features import BOSS_WINS, DRAW, KNIGHT_WINS
from modular_mind import default_mind
from service import journal, versions
from service.database import DatabaseError
from service.http import Request
from service.journal import Fight
from service.metrics import Metrics, journal_families, plain_text, prometheus_text
from service.routes import ROUTES, Service
from service.settings import Config
from service.stats import Stats, write_heartbeat
from tests.mind_samples import random_mind

NOW = 1_795_000_000


@pytest.fixture
def service(tmp_path) -> Service:
    return Service(Config(data_dir=tmp_path, secret="a secret for the tests only"))


def ask(service: Service, path: str, content=None):
    """One request through all that a server calls."""
    body = b"" if content is None else json.dumps(content).encode()
    headers = {"host": "localhost"}
    if content is not None:
        headers |= {"content-type": "application/json", "content-length": str(len(body))}
    request = Request("GET" if content is None else "POST", path, headers, "127.0.0.1", body)
    return service.admit(request) or service.answer(request)


def fight(number: int, outcome: int, tier: str = "hard", verdict: str | None = journal.VERIFIED) -> Fight:
    return Fight(
        id=f"{number:024x}",
        received=NOW,
        source="local",
        tier=tier,
        rules_version=1,
        weights=default_mind().sha256,
        seed=number,
        outcome=outcome,
        ticks=600,
        log=bytes([number]),
        verdict=verdict,
    )


def enter(database, fights) -> None:
    with database.write() as run:
        for one in fights:
            assert journal.add_fight(run, replace(one, verdict=None)) == journal.ACCEPTED
            if one.verdict is not None:
                journal.judge(run, one.id, one.verdict, NOW)


# ---------------------------------------------------------------------------- GET /stats
def test_the_record_counts_what_was_verified_by_tier(service):
    enter(
        service.database,
        [
            fight(1, KNIGHT_WINS),
            fight(2, BOSS_WINS),
            fight(3, BOSS_WINS),
            fight(4, DRAW, tier="easy"),
            fight(5, BOSS_WINS, verdict="decision_mismatch"),
            fight(6, KNIGHT_WINS, verdict=None),
        ],
    )
    reply = ask(service, "/stats")
    stats = json.loads(reply.body)
    assert stats["fights"]["acknowledged"] == 6
    assert stats["fights"]["verified"] == 4
    assert stats["fights"]["waiting"] == 1
    assert stats["fights"]["refused"] == {
        **dict.fromkeys(journal.REFUSED_BY_REPLAY, 0),
        "decision_mismatch": 1,
    }
    assert stats["fights"]["by_tier"]["hard"] == {"boss": 2, "knight": 1, "neither": 0}
    assert stats["fights"]["by_tier"]["easy"] == {"boss": 0, "knight": 0, "neither": 1}
    assert stats["learning"]["waiting"] == 3  # only Hard fights teach
    check_reply("GET", "/stats", Reply(reply.status, dict(lower(reply.headers)), reply.body))


def test_the_history_says_what_is_live_since_when_and_how_long_it_took(service):
    shipped, learned = default_mind(), random_mind(1)
    with service.database.write() as run:
        versions.add_mind(run, learned, shipped.sha256, NOW)
        report = {"method": "dream", "waited": 12.5}
        for number, decision_made, after in ((1, versions.REFUSED, shipped), (2, versions.PROMOTED, learned)):
            cycle = versions.Cycle(
                number, NOW + number, decision_made, shipped.sha256, after.sha256, learned.sha256, report
            )
            versions.finish_cycle(run, cycle)
    reply = ask(service, "/stats")
    stats = json.loads(reply.body)
    assert [cycle["number"] for cycle in stats["history"]] == [2, 1]
    assert stats["mind"] == {
        "live": learned.sha256,
        "anchor": shipped.sha256,
        "version": 1,
        "since": NOW + 2,
    }
    assert stats["learning"]["live_after_seconds"] == 12.5
    check_reply("GET", "/stats", Reply(reply.status, dict(lower(reply.headers)), reply.body))


def test_asking_often_costs_the_database_nothing(service):
    seconds = [0.0]
    stats = Stats(service.config, service.database, service.minds, clock=lambda: seconds[0])
    assert stats.get()["fights"]["acknowledged"] == 0
    enter(service.database, [fight(1, BOSS_WINS)])
    seconds[0] = 0.9
    assert stats.get()["fights"]["acknowledged"] == 0
    seconds[0] = 1.1
    assert stats.get()["fights"]["acknowledged"] == 1


@pytest.mark.parametrize(
    ("said", "ago", "state"),
    [("idle", 1, "idle"), ("learning", 59, "learning"), ("learning", 61, "stopped"), (None, 0, "stopped")],
)
def test_a_learner_that_is_silent_while_a_fight_waits_has_stopped(service, said, ago, state):
    with service.database.write() as run:
        journal.add_fight(run, replace(fight(1, BOSS_WINS), received=int(time.time()) - 61))
        if said is not None:
            write_heartbeat(run, said, time.time() - ago)
    assert service.stats.get()["learning"]["state"] == state


def test_without_a_journal_there_is_still_an_answer(tmp_path):
    service = Service(Config(data_dir=tmp_path, secret="a secret for the tests only", online=False))
    reply = ask(service, "/stats")
    stats = json.loads(reply.body)
    assert not stats["learning"]["enabled"]
    assert stats["mind"]["live"] == default_mind().sha256
    check_reply("GET", "/stats", Reply(reply.status, dict(lower(reply.headers)), reply.body))
    assert ask(service, "/learning", {"action": "on"}).status == 403


# ---------------------------------------------------------------------------- POST /learning
def test_a_local_player_turns_learning_off_and_on(server):
    for action, enabled in (("off", False), ("on", True)):
        reply = post(server, "/learning", {"action": action})
        check_reply("POST", "/learning", reply)
        assert reply.json()["enabled"] is reply.json()["recording"] is enabled
        assert (reply.json()["state"] == "off") is not enabled
        assert call(server, "GET", "/stats").json()["learning"] == reply.json()
        assert post(server, "/fights", {"tier": "hard"}).json()["learns"] is enabled


def test_a_reset_makes_the_shipped_mind_live_again_once(service):
    shipped, learned = default_mind().sha256, random_mind(1)
    with service.database.write() as run:
        versions.add_mind(run, learned, shipped, NOW)
        versions.finish_cycle(
            run, versions.Cycle(1, NOW, versions.PROMOTED, shipped, learned.sha256, learned.sha256, {})
        )
        versions.put(run, versions.STUDENT, "half learned")
    for _ in range(2):
        assert ask(service, "/learning", {"action": "reset"}).status == 200
    with service.database.read() as run:
        assert versions.get(run, versions.STUDENT) is None
    stats = service.stats.get()
    assert stats["mind"]["live"] == shipped
    assert [cycle["decision"] for cycle in stats["history"]] == [versions.RESTORED, versions.PROMOTED]


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        ({}, "missing_field", "action"),
        ({"action": "Off"}, "unknown_action", "action"),
        ({"action": True}, "not_a_string", "action"),
        ({"action": "off", "now": 1}, "unknown_field", "now"),
    ],
)
def test_another_action_is_refused(server, content, code, field):
    reply = post(server, "/learning", content)
    assert reply.error() == (400, code, field)
    check_reply("POST", "/learning", reply)


def test_strangers_do_not_switch_learning(tmp_path):
    service = Service(Config(data_dir=tmp_path, secret="a secret for the tests only", public=True))
    for action in ("off", "reset"):
        reply = ask(service, "/learning", {"action": action})
        assert (reply.status, json.loads(reply.body)["error"]["code"]) == (403, "not_local")
    assert service.stats.get()["learning"]["enabled"]


# ---------------------------------------------------------------------------- GET /metrics
def samples(text: str) -> dict[tuple, float]:
    """Every figure by its name and labels."""
    return {
        (sample.name, tuple(sorted(sample.labels.items()))): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_requests_refusals_and_decisions_are_counted(server):
    before = samples(call(server, "GET", "/metrics").body.decode())
    assert post(server, "/fights", {"tier": "easy"}).status == 201
    assert post(server, "/decide", decision()).status == 200
    assert post(server, "/decide", {}).status == 400
    assert call(server, "GET", "/nobody/knows/this").status == 404
    reply = call(server, "GET", "/metrics")
    after = samples(reply.body.decode())
    grown = {key: value - before.get(key, 0) for key, value in after.items() if value > before.get(key, 0)}
    assert grown[("mm_fights_opened_total", (("tier", "easy"),))] == 1
    assert grown[("mm_requests_total", (("route", "/fights"), ("status", "201")))] == 1
    assert grown[("mm_requests_total", (("route", "/decide"), ("status", "400")))] == 1
    assert grown[("mm_requests_total", (("route", "none"), ("status", "404")))] == 1
    assert grown[("mm_refusals_total", (("code", "missing_field"),))] == 1
    assert grown[("mm_decision_seconds_count", ())] == 1
    assert grown[("mm_decision_seconds_bucket", (("le", "+Inf"),))] == 1
    assert after[("mm_connections", ())] >= 1
    assert ("mm_live_version", ()) in after
    check_reply("GET", "/metrics", reply)


def test_both_ways_of_writing_say_the_same(service):
    metrics = Metrics()
    metrics.request("/fights/{id}", 200)
    metrics.refusal('a "quoted" \\ code\nof two lines')
    metrics.opened("hard")
    for seconds in (0.0, 0.0002, 0.0003, 3.0):
        metrics.decision(seconds)
    families = [*metrics.families(), *journal_families(service.stats.get())]
    plain, official = plain_text(families).decode(), prometheus_text(families).decode()
    assert samples(plain) == samples(official)
    comments = [line for line in plain.splitlines() if line.startswith("#")]
    assert comments == [line for line in official.splitlines() if line.startswith("#")]
    figures = samples(plain)
    assert figures[("mm_decision_seconds_bucket", (("le", "0.0002"),))] == 2  # a bound belongs to its bucket
    assert figures[("mm_decision_seconds_bucket", (("le", "0.0005"),))] == 3
    assert figures[("mm_decision_seconds_bucket", (("le", "+Inf"),))] == 4


def test_a_client_makes_up_no_label(server):
    for path in ("/one", "/two?x=1", "/static/three", f"/mind/{'0' * 64}.json", f"/fights/{'0' * 24}"):
        assert call(server, "GET", path).status == 404
    for method in ("BREW", "PATCH"):
        assert call(server, method, "/decide").status == 405
    routes = {
        dict(labels)["route"]
        for name, labels in samples(call(server, "GET", "/metrics").body.decode())
        if name == "mm_requests_total"
    }
    assert routes <= {route.template for route in ROUTES} | {"none"}


def test_a_journal_that_fails_takes_its_own_figures_along_only(service, monkeypatch):
    def broken():
        raise DatabaseError("the disk is full")

    monkeypatch.setattr(service.stats, "get", broken)
    assert ask(service, "/stats").status == 503
    figures = samples(ask(service, "/metrics").body.decode())
    assert ("mm_requests_total", (("route", "/stats"), ("status", "503"))) in figures
    assert ("mm_live_version", ()) not in figures


def lower(headers):
    return ((name.lower(), value) for name, value in headers)
