"""The handlers without a socket: tickets and their key, limits, settings, and any JSON at all."""

import json
import os
import stat
import string

import pytest
from fights import KEY, decision, ticket, ticket_text
from hypothesis import given, settings
from hypothesis import strategies as st

import features
from narrator import PERSONAS
from service.http import BODY_LIMIT, Request, ServiceError
from service.limits import RateLimiter, client_of
from service.routes import Service
from service.settings import Config, SettingsError, host_allowed, read_config, split_host
from service.tickets import LIFETIME_SECONDS, new_ticket, sign, signing_key, verify


@pytest.fixture(scope="module")
def service(tmp_path_factory) -> Service:
    return Service(Config(data_dir=tmp_path_factory.mktemp("data"), secret="a secret for the tests only"))


def ask(service: Service, path: str, body: bytes):
    """One request through all that a server calls."""
    headers = {"host": "localhost", "content-type": "application/json", "content-length": str(len(body))}
    request = Request("POST", path, headers, "127.0.0.1", body)
    return service.admit(request) or service.answer(request)


# ---------------------------------------------------------------------------- any JSON at all
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=30) | st.dictionaries(st.text(max_size=10), inner, max_size=6),
    max_leaves=20,
)
POSTED = ("/fights", "/decide", "/narrate", "/learn", "/forget", "/learning")
SOME_FIELDS = st.fixed_dictionaries(
    {},
    optional={
        "ticket": ANY_JSON
        | st.just(ticket_text())
        | st.text(string.ascii_letters + string.digits, min_size=122),
        "k": st.integers(-5, 1300) | ANY_JSON,
        "observation": st.lists(st.integers(-2, 1000) | ANY_JSON, min_size=23, max_size=25) | ANY_JSON,
        "tier": st.sampled_from(features.TIERS) | ANY_JSON,
        "log": st.text(string.ascii_letters + string.digits + "-_") | ANY_JSON,
        "persona": st.sampled_from(list(PERSONAS)) | ANY_JSON,
        "name": st.none() | st.text(max_size=18) | ANY_JSON,
        "tick": st.integers(-1, 7300) | ANY_JSON,
        "moments": st.lists(st.lists(st.integers(-1, 8000), min_size=4, max_size=6) | ANY_JSON) | ANY_JSON,
        "learned": st.integers(-1, 10000) | ANY_JSON,
        "tickets": st.lists(ANY_JSON | st.just(ticket_text()), max_size=3) | ANY_JSON,
    },
)
BOUNDED = st.tuples(*(st.integers(least, greatest) for _, least, greatest, _ in features.BOSS_OBSERVATION))


@settings(max_examples=200)
@given(path=st.sampled_from(POSTED), content=ANY_JSON | SOME_FIELDS)
def test_any_json_is_answered_and_never_a_fault(service, path, content):
    service.limiter = RateLimiter()
    response = ask(service, path, json.dumps(content).encode())
    assert response.status in (200, 201, 400, 401, 403, 409, 410)
    assert isinstance(json.loads(response.body), dict)


@settings(max_examples=400)
@given(path=st.sampled_from(POSTED), body=st.binary(max_size=400))
def test_any_bytes_are_answered_and_never_a_fault(service, path, body):
    service.limiter = RateLimiter()
    # Hypothesis knows the constants of our code: now and then its bytes are a request that opens a fight
    is_json = body.startswith(b"{") and body.endswith(b"}")
    assert ask(service, path, body).status in ((201, 400) if is_json else (400,))


@settings(max_examples=200)
@given(
    method=st.sampled_from(["GET", "HEAD", "POST", "PUT", "", "\r\n"]),
    path=st.text(max_size=40) | st.sampled_from(["/", "/healthz", "/decide", "/static/x"]),
    headers=st.dictionaries(
        st.sampled_from(
            ["host", "origin", "range", "if-none-match", "content-length", "content-type", "x-forwarded-for"]
        ),
        st.text(max_size=30) | st.just("localhost"),
    ),
)
def test_any_head_is_answered_and_never_a_fault(service, method, path, headers):
    service.limiter = RateLimiter()
    request = Request(method, path, headers, "127.0.0.1")
    response = service.admit(request) or service.answer(request)
    assert response.status < 500


@settings(max_examples=200)
@given(observation=BOUNDED, k=st.integers(0, 1200))
def test_any_observation_within_bounds_is_decided_or_committed(service, observation, k):
    service.limiter = RateLimiter()
    response = ask(service, "/decide", json.dumps(decision(observation=list(observation), k=k)).encode())
    committed = observation[features.OBSERVED_COOLDOWN] > features.CLEAVE_REST
    assert response.status == (409 if committed else 200)
    if not committed:
        assert features.legal(observation) >> json.loads(response.body)["move"] & 1


def test_the_largest_body_is_read(service):
    body = json.dumps({"tier": "easy"}).encode()
    assert ask(service, "/fights", body + b" " * (BODY_LIMIT - len(body))).status == 201
    assert ask(service, "/fights", body + b" " * (BODY_LIMIT - len(body) + 1)).status == 413


def test_a_fault_of_ours_is_logged_and_told_without_details(service, monkeypatch, caplog):
    def broken(*_arguments):
        raise RuntimeError("a detail")

    monkeypatch.setattr("service.routes.decide", broken)
    response = ask(service, "/decide", json.dumps(decision()).encode())
    assert response.status == 500
    assert json.loads(response.body)["error"]["code"] == "internal_error"
    assert b"detail" not in response.body
    assert "a detail" in caplog.text


# ---------------------------------------------------------------------------- tickets
def test_a_ticket_comes_back_as_it_was():
    terms = ticket(tier="hard", seed=features.SEED_LIMIT - 1)
    assert verify(KEY, sign(KEY, terms), terms.issued) == terms
    assert len(sign(KEY, terms)) == 123


def test_a_ticket_lasts_an_hour():
    text = ticket_text(issued=1000)
    assert verify(KEY, text, 1000 + LIFETIME_SECONDS - 1).issued == 1000
    with pytest.raises(ServiceError) as refusal:
        verify(KEY, text, 1000 + LIFETIME_SECONDS)
    assert refusal.value.status == 410


def test_no_character_of_a_ticket_can_be_changed():
    text = ticket_text()
    for place, character in enumerate(text):
        for other in ("A", "b", "-", "=", " ", "\n", "ä"):
            if other == character:
                continue
            with pytest.raises(ServiceError) as refusal:
                verify(KEY, text[:place] + other + text[place + 1 :], 0)
            assert refusal.value.status in (401, 403)


def test_seeds_and_identities_are_in_bounds_and_not_foreseeable():
    tickets = [new_ticket("easy", "0" * 64, 0.0) for _ in range(500)]
    assert all(0 <= one.seed < features.SEED_LIMIT for one in tickets)
    assert len({one.seed for one in tickets}) > 490
    assert len({one.fight for one in tickets}) == 500


def test_the_secret_makes_the_key(tmp_path):
    assert signing_key("one secret of many", tmp_path) == signing_key("one secret of many", tmp_path)
    assert signing_key("one secret of many", tmp_path) != signing_key("another secret here", tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_a_key_is_made_once_and_is_private(tmp_path):
    folder = tmp_path / "new" / "var"
    key = signing_key(None, folder)
    assert signing_key(None, folder) == key
    (path,) = folder.iterdir()
    assert path.read_bytes() == key
    if os.name == "posix":
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        path.chmod(0o644)
        signing_key(None, folder)
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_key_of_another_size_is_refused(tmp_path):
    (tmp_path / "ticket.key").write_bytes(b"short")
    with pytest.raises(SettingsError, match=r"ticket\.key"):
        signing_key(None, tmp_path)


def test_without_a_place_for_it_the_key_lasts_as_long_as_the_process(tmp_path, caplog):
    (tmp_path / "file").write_bytes(b"")
    keys = {signing_key(None, tmp_path / "file" / "var") for _ in range(2)}
    assert len(keys) == 2
    assert "tickets will not outlive this process" in caplog.text


# ---------------------------------------------------------------------------- limits
def test_a_bucket_empties_and_fills():
    now = [0.0]
    limiter = RateLimiter({"read": (2.0, 4.0)}, clock=lambda: now[0])
    for _ in range(4):
        limiter.take("a", "read")
    with pytest.raises(ServiceError) as refusal:
        limiter.take("a", "read")
    assert (refusal.value.status, refusal.value.headers) == (429, (("Retry-After", "1"),))
    limiter.take("b", "read")  # another client
    now[0] = 0.5
    limiter.take("a", "read")
    with pytest.raises(ServiceError):
        limiter.take("a", "read")
    now[0] = 1000.0
    for _ in range(4):
        limiter.take("a", "read")
    with pytest.raises(ServiceError):
        limiter.take("a", "read")


def test_the_client_unused_longest_is_forgotten_first():
    limiter = RateLimiter({"read": (0.001, 1.0)}, clock=lambda: 0.0, capacity=2)
    for client in ("a", "b", "c"):
        limiter.take(client, "read")
    limiter.take("a", "read")  # was forgotten, begins anew
    with pytest.raises(ServiceError):
        limiter.take("c", "read")


@pytest.mark.parametrize(
    ("forwarded", "proxies", "client"),
    [
        (None, 0, "192.0.2.9"),
        ("198.51.100.1", 0, "192.0.2.9"),
        ("198.51.100.1", 1, "198.51.100.1"),
        ("forged, 198.51.100.1", 1, "198.51.100.1"),
        ("forged, 198.51.100.1, 10.0.0.1", 2, "198.51.100.1"),
        ("198.51.100.1", 2, "192.0.2.9"),
        ("forged", 1, "192.0.2.9"),
        ("", 1, "192.0.2.9"),
        ("2001:db8:1:2:3:4:5:6", 1, "2001:db8:1:2::/64"),
        ("::ffff:198.51.100.1", 1, "198.51.100.1"),
    ],
)
def test_which_client_a_request_counts_for(forwarded, proxies, client):
    headers = {} if forwarded is None else {"x-forwarded-for": forwarded}
    assert client_of(Request("GET", "/", headers, "192.0.2.9"), proxies) == client


# ---------------------------------------------------------------------------- settings
def config(environment, host=None, port=None):
    return read_config(environment, ("MM_HOST", "HOST"), ("MM_PORT", "PORT"), "127.0.0.1", 7861, host, port)


def test_flags_come_before_variables_and_variables_before_defaults():
    usual = {"HOST": "10.0.0.1", "PORT": "1"}
    own = {**usual, "MM_HOST": "10.0.0.2", "MM_PORT": "2"}
    chosen = [config({}), config(usual), config(own), config(own, "10.0.0.3", "3")]
    assert [(one.host, one.port) for one in chosen] == [
        ("127.0.0.1", 7861),
        ("10.0.0.1", 1),
        ("10.0.0.2", 2),
        ("10.0.0.3", 3),
    ]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "65536"),
        ("PORT", "-1"),
        ("PORT", "٣"),
        ("MM_TRUSTED_PROXY_HOPS", "all"),
        ("MM_REQUEST_SECONDS", "0"),
        ("MM_SECRET", "fifteen letters"),
    ],
)
def test_settings_that_cannot_be_used_are_refused(name, value):
    with pytest.raises(SettingsError, match=name.lower() if name == "PORT" else name):
        config({name: value})


def test_a_space_trusts_its_proxy_and_answers_to_its_name():
    space = config({"SPACE_ID": "me/duel", "SPACE_HOST": "Me-Duel.hf.space"})
    assert space.trusted_proxies == 1
    assert host_allowed(space, "me-duel.hf.space")
    assert config({}).trusted_proxies == 0
    assert not host_allowed(config({}), "me-duel.hf.space")


def test_only_a_server_on_every_address_answers_to_addresses():
    for host in ("0.0.0.0", "::", "[::]"):
        assert host_allowed(config({}, host), "192.0.2.1")
        assert not host_allowed(config({}, host), "evil.example")
    assert not host_allowed(config({}), "192.0.2.1")
    assert host_allowed(config({}, "192.0.2.1"), "192.0.2.1")


@pytest.mark.parametrize(
    ("authority", "host"),
    [
        ("localhost", "localhost"),
        ("LocalHost:80", "localhost"),
        ("[::1]", "::1"),
        ("[::1]:80", "::1"),
        ("", None),
        (":80", None),
        ("localhost:http", None),
        ("[::1", None),
        ("[::1]x", None),
        ("[localhost]", None),
        ("::1", None),
    ],
)
def test_hosts_are_read_from_authorities(authority, host):
    assert split_host(authority) == host


def test_data_and_secret_are_read():
    one = config(
        {"MM_DATA_DIR": "elsewhere", "MM_SECRET": "x" * 16, "MM_ALLOWED_HOSTS": " A.example ,,b.example"}
    )
    assert (one.data_dir.name, one.secret) == ("elsewhere", "x" * 16)
    assert {"a.example", "b.example"} < one.allowed_hosts
    assert "" not in one.allowed_hosts
