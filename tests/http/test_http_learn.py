"""Logs of fights over HTTP: acknowledged once kept, refused by name, one for a ticket, and forgotten."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from fights import KEY, fought, long_ago, posted, ticket, ticket_text
from http_client import Reply, call, post
from openapi import check_reply

from features import OUTCOMES, RULES_VERSION, TICKS_PER_SECOND, TIERS
from service.fight_log import BY_SERVER, to_bytes
from service.learn import CLOCK_SECONDS
from service.tickets import LIFETIME_SECONDS, sign
from service.versions import GRACE_SECONDS

AT_ONCE = 50


def learn(server, content: dict) -> Reply:
    """POST /learn, held to the document."""
    reply = post(server, "/learn", content)
    check_reply("POST", "/learn", reply)
    return reply


def record_of(server, fight: str) -> dict:
    """GET /fights/{id} of a fight that is known, held to the document."""
    reply = call(server, "GET", f"/fights/{fight}")
    check_reply("GET", f"/fights/{fight}", reply)
    assert reply.status == 200
    return reply.json()


def forget(server, tickets: list[str]) -> int:
    """POST /forget, held to the document: how many logs it says it erased."""
    reply = post(server, "/forget", {"tickets": tickets})
    check_reply("POST", "/forget", reply)
    assert reply.status == 200
    return reply.json()["forgotten"]


@pytest.mark.parametrize("tier", TIERS)
def test_a_fight_is_acknowledged_kept_and_told(server, tier):
    terms = long_ago(tier=tier)
    log = fought(terms)
    content = posted(terms, log)
    began = int(time.time())
    reply = learn(server, content)
    assert (reply.status, reply.json()) == (202, {"fight": terms.fight, "durable": "local"})
    record = record_of(server, terms.fight)
    assert began <= record.pop("received") <= time.time()
    # whatever a learner has made of it by now, it was fought so
    assert record.pop("verdict") in (None, "verified")
    del record["learned"]
    assert record == {
        "fight": terms.fight,
        "tier": tier,
        "outcome": OUTCOMES[log.outcome],
        "log": content["log"],
    }


def test_a_new_fight_says_that_it_will_be_learned_from_and_by_which_version(server):
    fight = post(server, "/fights", {"tier": "hard"}).json()
    assert (fight["learns"], fight["version"]) == (True, 0)


def test_the_same_log_may_come_again_and_another_may_not(server):
    terms = long_ago()
    log = fought(terms)
    assert [learn(server, posted(terms, log)).status for _ in range(3)] == [202, 202, 202]
    other = learn(server, posted(terms, fought(terms, seed=1)))
    assert other.error() == (409, "reused", "ticket")
    assert record_of(server, terms.fight)["log"] == posted(terms, log)["log"]


@pytest.mark.parametrize("equal", [True, False])
def test_of_many_redemptions_of_one_ticket_at_once_exactly_one_counts(server, equal):
    terms = long_ago()
    log = fought(terms)
    # who decided is telemetry: logs that differ in it are all true, and different
    shares = [0 if equal else number for number in range(AT_ONCE)]
    contents = [
        posted(
            terms,
            replace(
                log,
                decisions=bytes(
                    byte & ~BY_SERVER | (BY_SERVER if share >> at & 1 else 0)
                    for at, byte in enumerate(log.decisions)
                ),
            ),
        )
        for share in shares
    ]
    with ThreadPoolExecutor(AT_ONCE) as crowd:
        replies = list(crowd.map(lambda content: post(server, "/learn", content), contents))
    accepted = [n for n, reply in enumerate(replies) if reply.status == 202]
    assert len(accepted) == (AT_ONCE if equal else 1)
    assert {reply.error() for reply in replies if reply.status != 202} <= {(409, "reused", "ticket")}
    assert record_of(server, terms.fight)["log"] == contents[accepted[0]]["log"]


@pytest.mark.parametrize(
    "changes",
    [
        {"seed": 1},
        {"tier": "easy"},
        {"explore": 0},
        {"weights": "ab" * 32},
        {"weights": None},
        {"rules_version": RULES_VERSION + 1},
    ],
)
def test_a_log_on_other_terms_than_the_ticket_s_is_refused(server, changes):
    terms = long_ago(tier="hard", seed=2)
    reply = learn(server, posted(terms, replace(fought(terms), **changes)))
    assert reply.error() == (409, "terms_mismatch", "log")


def test_a_fight_that_comes_too_soon_is_refused(server):
    terms = ticket()
    log = fought(terms)
    assert log.ticks > 5 * TICKS_PER_SECOND
    assert learn(server, posted(terms, log)).error() == (409, "early", "log")
    # issued so long ago that it could just have been fought, at the full speed of the game
    just = replace(terms, issued=int(time.time() - log.ticks / TICKS_PER_SECOND))
    assert learn(server, posted(just, log)).status == 202
    soon = replace(terms, issued=int(time.time() - log.ticks / TICKS_PER_SECOND) + CLOCK_SECONDS + 3)
    assert learn(server, posted(soon, log)).error() == (409, "early", "log")


def test_a_log_may_come_some_minutes_after_the_ticket_s_hour(server):
    late = ticket(issued=int(time.time()) - LIFETIME_SECONDS - GRACE_SECONDS + 60)
    assert learn(server, posted(late, fought(late))).status == 202
    later = ticket(issued=int(time.time()) - LIFETIME_SECONDS - GRACE_SECONDS)
    assert learn(server, posted(later, fought(later))).error() == (410, "ticket_expired", "ticket")


@pytest.mark.parametrize(
    ("changes", "status", "code", "field"),
    [
        ({"ticket": None}, 400, "missing_field", "ticket"),
        ({"log": None}, 400, "missing_field", "log"),
        ({"seed": 1}, 400, "unknown_field", "seed"),
        ({"ticket": 7}, 400, "not_a_string", "ticket"),
        ({"log": ["A"]}, 400, "not_a_string", "log"),
        ({"ticket": "A" * 513}, 400, "out_of_range", "ticket"),
        ({"ticket": "hello"}, 401, "ticket_malformed", "ticket"),
        ({"ticket": ticket_text(key=b"x" * 32)}, 403, "ticket_foreign", "ticket"),
        ({"ticket": ticket_text(rules_version=RULES_VERSION + 1)}, 410, "rules_changed", "ticket"),
        ({"ticket": ticket_text(weights="ab" * 32)}, 410, "weights_gone", "ticket"),
        ({"log": ""}, 400, "malformed", "log"),
        ({"log": "A"}, 400, "malformed", "log"),
        ({"log": "AAAA"}, 400, "malformed", "log"),
        ({"log": "ä" * 100}, 400, "malformed", "log"),
        ({"log": "A" * 100 + "=="}, 400, "malformed", "log"),
        ({"log": "A" * 50 + "+" + "A" * 50}, 400, "malformed", "log"),
        ({"log": "A" * 101 + "B"}, 400, "malformed", "log"),  # bits beyond the last byte
        ({"log": "A" * 60_000}, 400, "malformed", "log"),
    ],
)
def test_what_is_wrong_with_a_posted_log_is_named(server, changes, status, code, field):
    terms = long_ago(seed=4)
    content = {**posted(terms, fought(terms)), **changes}
    content = {name: value for name, value in content.items() if value is not None}
    assert learn(server, content).error() == (status, code, field)


def test_a_log_cut_short_is_no_log(server):
    terms = long_ago(seed=5)
    data = to_bytes(fought(terms))
    assert learn(server, posted(terms, data[:60])).error() == (400, "malformed", "log")


def test_of_one_ticket_only_so_many_logs_are_looked_at(server):
    terms = long_ago(seed=6)
    content = {**posted(terms, fought(terms)), "log": "AAAA"}
    replies = [post(server, "/learn", content) for _ in range(65)]
    assert {reply.status for reply in replies[:60]} == {400}
    assert replies[-1].error() == (429, "too_many_requests", None)
    check_reply("POST", "/learn", replies[-1])


# ---------------------------------------------------------------------------- what became of it
@pytest.mark.parametrize(
    ("identity", "code"), [("0" * 24, "unknown_fight"), ("0" * 23, "not_found"), ("G" * 24, "not_found")]
)
def test_a_fight_that_nobody_knows_is_not_found(server, identity, code):
    reply = call(server, "GET", f"/fights/{identity}")
    assert reply.error() == (404, code, None)
    check_reply("GET", f"/fights/{identity}", reply)


# ---------------------------------------------------------------------------- forgetting
def test_who_holds_the_ticket_may_have_the_fight_forgotten(server):
    mine, other = long_ago(), long_ago()
    for terms in (mine, other):
        assert learn(server, posted(terms, fought(terms))).status == 202
    assert forget(server, [sign(KEY, mine)]) == 1
    record = record_of(server, mine.fight)
    assert (record["verdict"], record["log"]) == ("forgotten", None)
    assert record_of(server, other.fight)["log"] is not None
    assert forget(server, [sign(KEY, mine)]) == 0
    # the ticket stays used
    assert learn(server, posted(mine, fought(mine))).error() == (409, "reused", "ticket")


def test_a_ticket_that_has_long_expired_still_counts_and_others_are_passed_over(server):
    terms = long_ago()
    assert learn(server, posted(terms, fought(terms))).status == 202
    foreign = sign(b"x" * 32, terms)
    assert forget(server, [foreign, "hello", "", ticket_text()]) == 0
    assert record_of(server, terms.fight)["log"] is not None
    assert forget(server, [ticket_text(issued=1), foreign, sign(KEY, terms), sign(KEY, terms)]) == 1


@pytest.mark.parametrize(
    ("content", "code", "field"),
    [
        ({}, "missing_field", "tickets"),
        ({"tickets": [], "all": True}, "unknown_field", "all"),
        ({"tickets": "all"}, "not_an_array", "tickets"),
        ({"tickets": [""] * 257}, "wrong_length", "tickets"),
        ({"tickets": ["", 7]}, "not_a_string", "tickets.1"),
        ({"tickets": ["A" * 513]}, "out_of_range", "tickets.0"),
    ],
)
def test_what_is_wrong_with_a_request_to_forget_is_named(server, content, code, field):
    reply = post(server, "/forget", content)
    assert reply.error() == (400, code, field)
    check_reply("POST", "/forget", reply)
