"""What is wrong with a request is said with the same status, code and field by both servers."""

import json
from http.client import HTTPConnection

import pytest
from fights import (
    decision,
    expired_ticket_text,
    future_format_ticket_text,
    observation_with,
    ticket_text,
)
from http_client import HOST, JSON, TIMEOUT, call, connect, post, reply_on
from openapi import check_reply

from features import BOSS_OBSERVATION, CLEAVE_COOLDOWN, CLEAVE_REST, RULES_VERSION
from service.http import BODY_LIMIT, SECURITY_HEADERS

GOOD = json.dumps({"tier": "easy"}).encode()

FIGHTS = {  # name: (content, code, field); all 400
    "no tier": ({}, "missing_field", "tier"),
    "unknown tier": ({"tier": "nightmare"}, "unknown_tier", "tier"),
    "tier in other case": ({"tier": "Easy"}, "unknown_tier", "tier"),
    "tier a number": ({"tier": 1}, "not_a_string", "tier"),
    "tier null": ({"tier": None}, "not_a_string", "tier"),
    "tier nested": ({"tier": {"tier": "easy"}}, "not_a_string", "tier"),
    "tier nested to the limit": ({"tier": [[[[[[[]]]]]]]}, "not_a_string", "tier"),
    "further field": ({"tier": "easy", "seed": 7}, "unknown_field", "seed"),
    "an array": (["easy"], "not_an_object", None),
    "a string": ("easy", "not_an_object", None),
    "null": (None, "not_an_object", None),
}
DECISIONS = {  # name: (changes, status, code, field)
    "no ticket": ({"ticket": None}, 400, "missing_field", "ticket"),
    "no k": ({"k": None}, 400, "missing_field", "k"),
    "no observation": ({"observation": None}, 400, "missing_field", "observation"),
    "further field": ({"seed": 1}, 400, "unknown_field", "seed"),
    "k negative": ({"k": -1}, 400, "out_of_range", "k"),
    "k past the end": ({"k": 1201}, 400, "out_of_range", "k"),
    "k a float": ({"k": 3.0}, 400, "not_an_integer", "k"),
    "k a boolean": ({"k": True}, 400, "not_an_integer", "k"),
    "k a string": ({"k": "3"}, 400, "not_an_integer", "k"),
    "k huge": ({"k": 10**400}, 400, "out_of_range", "k"),
    "k infinite": ({"k": float("inf")}, 400, "not_an_integer", "k"),
    "ticket a number": ({"ticket": 7}, 400, "not_a_string", "ticket"),
    "ticket long": ({"ticket": "A" * 513}, 400, "out_of_range", "ticket"),
    "observation an object": ({"observation": {"distance": 1}}, 400, "not_an_array", "observation"),
    "observation short": ({"observation": observation_with()[:-1]}, 400, "wrong_length", "observation"),
    "observation long": ({"observation": [*observation_with(), 0]}, 400, "wrong_length", "observation"),
    "observation empty": ({"observation": []}, 400, "wrong_length", "observation"),
    "ticket no ticket": ({"ticket": "hello"}, 401, "ticket_malformed", "ticket"),
    "ticket empty": ({"ticket": ""}, 401, "ticket_malformed", "ticket"),
    "ticket not ASCII": ({"ticket": "ü" * 122}, 401, "ticket_malformed", "ticket"),
    "ticket lone surrogate": ({"ticket": "\ud800"}, 401, "ticket_malformed", "ticket"),
    "ticket padded": ({"ticket": ticket_text() + "=="}, 401, "ticket_malformed", "ticket"),
    "ticket of another key": ({"ticket": ticket_text(key=b"x" * 32)}, 403, "ticket_foreign", "ticket"),
    "ticket altered": ({"ticket": "B" + ticket_text()[1:]}, 403, "ticket_foreign", "ticket"),
    "ticket expired": ({"ticket": expired_ticket_text()}, 410, "ticket_expired", "ticket"),
    "ticket of another format": ({"ticket": future_format_ticket_text()}, 410, "ticket_outdated", "ticket"),
    "ticket of other rules": (
        {"ticket": ticket_text(rules_version=RULES_VERSION + 1)},
        410,
        "rules_changed",
        "ticket",
    ),
    "ticket of an unknown mind": ({"ticket": ticket_text(weights="ab" * 32)}, 410, "weights_gone", "ticket"),
    "boss just committed": (
        {"observation": observation_with(boss_cooldown=CLEAVE_REST + 1)},
        409,
        "boss_committed",
        "observation.boss_cooldown",
    ),
    "boss long committed": (
        {"observation": observation_with(boss_cooldown=CLEAVE_COOLDOWN)},
        409,
        "boss_committed",
        "observation.boss_cooldown",
    ),
}
for _name, _least, _greatest, _ in BOSS_OBSERVATION:
    for _value, _code in (
        (_least - 1, "out_of_range"),
        (_greatest + 1, "out_of_range"),
        (float(_least), "not_an_integer"),
        (float("nan"), "not_an_integer"),
        (float("-inf"), "not_an_integer"),
        (False, "not_an_integer"),
        (None, "not_an_integer"),
        ("0", "not_an_integer"),
        ([0], "not_an_integer"),
    ):
        DECISIONS[f"{_name} {_value!r}"] = (
            {"observation": observation_with(**{_name: _value})},
            400,
            _code,
            f"observation.{_name}",
        )
BODIES = {  # name: (bytes, code, field); all 400
    "empty": (b"", "not_json", None),
    "not JSON": (b"tier=easy", "not_json", None),
    "JSON cut short": (GOOD[:-1], "not_json", None),
    "two values": (GOOD + GOOD, "not_json", None),
    "byte order mark": (b"\xef\xbb\xbf" + GOOD, "not_json", None),
    "UTF-16": (GOOD.decode().encode("utf-16"), "not_json", None),
    "not UTF-8": (b'{"tier": "\xff"}', "not_json", None),
    "number of too many digits": (b'{"tier": ' + b"9" * 5000 + b"}", "not_json", None),
    "key twice": (b'{"tier": "easy", "tier": "hard"}', "duplicate_field", "tier"),
    "inner key twice": (b'{"tier": {"a": 1, "a": 2}}', "duplicate_field", "a"),
    "nine levels": (b'{"tier": ' + b"[" * 8 + b"]" * 8 + b"}", "too_deep", None),
    "thousands of levels": (b"[" * 30000 + b"]" * 30000, "too_deep", None),
    "thousands of levels, open": (b'{"a":' * 10000, "too_deep", None),
}
SOME_ORIGIN = "http://evil.example"
HEADS = {  # name: (method, path, body, headers, status, code)
    "no type": ("POST", "/fights", GOOD, {}, 415, "not_json_type"),
    "a form": (
        "POST",
        "/fights",
        b"tier=easy",
        {"Content-Type": "application/x-www-form-urlencoded"},
        415,
        "not_json_type",
    ),
    "plain text": ("POST", "/decide", GOOD, {"Content-Type": "text/plain"}, 415, "not_json_type"),
    "multipart": (
        "POST",
        "/fights",
        GOOD,
        {"Content-Type": "multipart/form-data; boundary=x"},
        415,
        "not_json_type",
    ),
    "another charset": (
        "POST",
        "/fights",
        GOOD,
        {"Content-Type": "application/json; charset=latin-1"},
        415,
        "not_json_type",
    ),
    "compressed": ("POST", "/fights", GOOD, {**JSON, "Content-Encoding": "gzip"}, 415, "encoded_body"),
    "no length": ("POST", "/fights", None, JSON, 411, "length_required"),
    "chunked": (
        "POST",
        "/fights",
        b"0\r\n\r\n",
        {**JSON, "Transfer-Encoding": "chunked", "Content-Length": ""},
        411,
        "length_required",
    ),
    "too large": ("POST", "/fights", b" " * (BODY_LIMIT + 1), JSON, 413, "body_too_large"),
    "far too large": ("POST", "/decide", b" " * 500_000, JSON, 413, "body_too_large"),
    "length no number": ("POST", "/fights", GOOD, {**JSON, "Content-Length": "many"}, 400, "bad_request"),
    "length negative": ("POST", "/fights", GOOD, {**JSON, "Content-Length": "-1"}, 400, "bad_request"),
    "length signed": ("POST", "/fights", GOOD, {**JSON, "Content-Length": "+5"}, 400, "bad_request"),
    "GET of /fights": ("GET", "/fights", None, {}, 405, "method_not_allowed"),
    "PUT of /decide": ("PUT", "/decide", GOOD, JSON, 405, "method_not_allowed"),
    "OPTIONS of /decide": ("OPTIONS", "/decide", None, {"Origin": SOME_ORIGIN}, 405, "method_not_allowed"),
    "DELETE of /": ("DELETE", "/", None, {}, 405, "method_not_allowed"),
    "POST of /": ("POST", "/", GOOD, JSON, 405, "method_not_allowed"),
    "unheard-of method": ("BREW", "/healthz", None, {}, 405, "method_not_allowed"),
    "unknown address": ("GET", "/nothing", None, {}, 404, "not_found"),
    "unknown address, POST": ("POST", "/fight", GOOD, JSON, 404, "not_found"),
    "slash too many": ("GET", "/healthz/", None, {}, 404, "not_found"),
    "two slashes": ("GET", "//healthz", None, {}, 404, "not_found"),
    "percent-encoded": ("GET", "/%68ealthz", None, {}, 404, "not_found"),
    "mind of a short hash": ("GET", "/mind/abc.json", None, {}, 404, "not_found"),
    "unknown mind": ("GET", f"/mind/{'0' * 64}.json", None, {}, 404, "unknown_weights"),
    "FastAPI's document": ("GET", "/openapi.json", None, {}, 404, "not_found"),
    "FastAPI's pages": ("GET", "/docs", None, {}, 404, "not_found"),
    "a body on GET": ("GET", "/healthz", GOOD, {}, 400, "unexpected_body"),
    "foreign host": ("GET", "/", None, {"Host": "evil.example"}, 400, "bad_host"),
    "foreign address": ("GET", "/", None, {"Host": "192.0.2.1:80"}, 400, "bad_host"),
    "host with a suffix": ("GET", "/", None, {"Host": "localhost.evil.example"}, 400, "bad_host"),
    "host with a user": ("GET", "/", None, {"Host": "localhost@evil.example"}, 400, "bad_host"),
    "foreign host, unknown address": ("GET", "/nothing", None, {"Host": "evil.example"}, 400, "bad_host"),
    "empty host": ("GET", "/", None, {"Host": " "}, 400, "bad_host"),
    "no host": ("GET", "/", None, {"Host": ""}, 400, "bad_request"),
    "foreign origin": ("POST", "/fights", GOOD, {**JSON, "Origin": SOME_ORIGIN}, 403, "foreign_origin"),
    "no origin to name": ("POST", "/decide", GOOD, {**JSON, "Origin": "null"}, 403, "foreign_origin"),
    "origin of another port": (
        "POST",
        "/fights",
        GOOD,
        {**JSON, "Origin": "http://127.0.0.1:1"},
        403,
        "foreign_origin",
    ),
    "origin of a file": ("POST", "/fights", GOOD, {**JSON, "Origin": "file://"}, 403, "foreign_origin"),
    "another site": ("POST", "/fights", GOOD, {**JSON, "Sec-Fetch-Site": "cross-site"}, 403, "foreign_site"),
    "a neighbour": ("POST", "/decide", GOOD, {**JSON, "Sec-Fetch-Site": "same-site"}, 403, "foreign_site"),
    "an unheard-of site": ("POST", "/learn", GOOD, {**JSON, "Sec-Fetch-Site": "home"}, 403, "foreign_site"),
    "two sites": (
        "POST",
        "/learning",
        GOOD,
        {**JSON, "Sec-Fetch-Site": "same-origin, cross-site"},
        403,
        "foreign_site",
    ),
    "another site, form": (
        "POST",
        "/forget",
        b"tickets=",
        {"Content-Type": "application/x-www-form-urlencoded", "Sec-Fetch-Site": "cross-site"},
        403,
        "foreign_site",
    ),
    "origin broken": ("POST", "/fights", GOOD, {**JSON, "Origin": "http://[::1"}, 403, "foreign_origin"),
}


def check_refusal(method, path, reply, status, code, field=None):
    assert reply.error() == (status, code, field)
    check_reply(method, path, reply)
    for name, value in SECURITY_HEADERS:
        assert reply.headers[name.lower()] == value
    assert reply.headers["cache-control"] == "no-store"
    assert not [name for name in reply.headers if name.startswith("access-control-")]


@pytest.mark.parametrize("name", FIGHTS)
def test_bad_fights(server, name):
    content, code, field = FIGHTS[name]
    check_refusal("POST", "/fights", post(server, "/fights", content), 400, code, field)


@pytest.mark.parametrize("name", DECISIONS)
def test_bad_decisions(server, name):
    changes, status, code, field = DECISIONS[name]
    check_refusal("POST", "/decide", post(server, "/decide", decision(**changes)), status, code, field)


@pytest.mark.parametrize("name", BODIES)
@pytest.mark.parametrize("path", ["/fights", "/decide", "/narrate", "/learn", "/forget", "/learning"])
def test_bad_bodies(server, path, name):
    body, code, field = BODIES[name]
    check_refusal("POST", path, call(server, "POST", path, body, JSON), 400, code, field)


@pytest.mark.parametrize("name", HEADS)
def test_bad_heads(server, name):
    method, path, body, headers, status, code = HEADS[name]
    check_refusal(method, path, call(server, method, path, body, headers), status, code)


@pytest.mark.parametrize(
    "head",
    [
        b"hello\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /healthz\r\n\r\n",
        b"GET /healthz HTTP/one\r\nHost: localhost\r\n\r\n",
        b"GET /health z HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /\xc3\xa4 HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nno colon\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nspace before: colon\r\n\r\n",
        b"GET /healthz HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 300_000 + b"\r\n\r\n",
        b"GET /" + b"x" * 300_000 + b" HTTP/1.1\r\nHost: localhost\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n",  # the start of a TLS handshake
    ],
)
def test_what_is_not_http(server, head):
    with connect(server) as connection:
        connection.sendall(head)
        reply = reply_on(connection)
    check_refusal("GET", "/healthz", reply, 400, "bad_request")
    assert reply.headers["connection"] == "close"


@pytest.mark.parametrize(("method", "allow"), [("GET", "GET, HEAD"), ("POST", "POST")])
def test_another_method_is_told_which_to_use(server, method, allow):
    path = {"GET": "/healthz", "POST": "/decide"}[method]
    assert call(server, "PATCH", path, b"{}", JSON).headers["allow"] == allow


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:99", "127.0.0.1", "[::1]:7860", "duel.example", "duel.example:443"]
)
def test_hosts_that_are_answered(server, host):
    assert call(server, "GET", "/healthz", headers={"Host": host}).status == 200


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:7861", "http://localhost:7861"),
        ("duel.example", "https://duel.example"),
        ("duel.example", "https://DUEL.example:443"),
        ("duel.example:80", "http://duel.example"),
        ("[::1]:7861", "http://[::1]:7861"),
    ],
)
def test_origins_that_are_answered(server, host, origin):
    assert post(server, "/fights", {"tier": "easy"}, {"Host": host, "Origin": origin}).status == 201


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_sites_that_are_answered(server, site):
    # A page in the frame of another site says "same-origin" too: it is its own origin that counts.
    headers = {"Sec-Fetch-Site": site, "Sec-Fetch-Dest": "empty", "Sec-Fetch-Mode": "cors"}
    assert post(server, "/fights", {"tier": "easy"}, headers).status == 201


def test_a_link_from_another_site_may_be_followed(server):
    # The frame of a Space is opened by such a request.
    headers = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Dest": "iframe", "Sec-Fetch-Mode": "navigate"}
    assert call(server, "GET", "/", headers=headers).status == 200


def test_too_many_requests(server):
    # The tests' servers stand behind one "proxy", so that this client counts for itself, whatever it forges.
    reply = post(server, "/fights", {"tier": "easy"}, {"X-Forwarded-For": "198.51.100.0, 203.0.113.7"})
    sent = 1
    while reply.status == 201 and sent < 2000:
        forged = {"X-Forwarded-For": f"198.51.{sent // 250}.{sent % 250}, 203.0.113.7"}
        reply = post(server, "/fights", {"tier": "easy"}, forged)
        sent += 1
    check_refusal("POST", "/fights", reply, 429, "too_many_requests")
    assert int(reply.headers["retry-after"]) >= 1
    assert post(server, "/fights", {"tier": "easy"}, {"X-Forwarded-For": "203.0.113.8"}).status == 201


def test_a_ticket_is_good_for_one_fight_s_decisions(server):
    text, sent = ticket_text(), 0
    connection = HTTPConnection(HOST, server.port, timeout=TIMEOUT)
    body = json.dumps(decision(ticket=text)).encode()
    while True:  # from ever new addresses, so that no client's own budget ends it
        headers = {**JSON, "X-Forwarded-For": f"192.0.{sent // 250}.{sent % 250}"}
        reply = call(server, "POST", "/decide", body, headers, connection)
        if reply.status != 200 or sent > 3000:
            break
        sent += 1
    connection.close()
    check_refusal("POST", "/decide", reply, 429, "too_many_requests")
    assert int(reply.headers["retry-after"]) >= 1
    assert 1201 <= sent < 1600  # the longest fight has 1,201
    assert post(server, "/decide", decision()).status == 200  # another fight's ticket
