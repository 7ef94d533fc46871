"""What a hostile session finds: none of gradio's routes, no secret in a log, no fault, no other file."""

import json
import re
import subprocess
import sys

import pytest
from fights import decision
from http_client import JSON, call, connect, post

from benchmarks.fuzz import throw_bodies, throw_cases, traversals, try_links, try_traversals
from service.database import DatabaseError, open_database
from service.settings import Config
from tools.servers import ROOT, SERVERS, free_port, running_server

SECRET = "aSecretThatNobodyMayEverSee"
TOKEN = "hf_aTokenThatNobodyMayEverSee"
PASSWORD = "aPasswordThatNobodyMayEverSee"
ADDRESS = "203.0.113.77"

# Prints what gradio's own server would answer, in a process of its own: it takes the whole of gradio.
LIST_ROUTES = """
import json, sys
from pathlib import Path
import app
from service.settings import Config

config = Config(port=int(sys.argv[2]), data_dir=Path(sys.argv[1]), online=False)
blocks = app.launch(app.build(config), config)
routes = []
for route in blocks.app.routes:
    inner = getattr(route, "original_router", None)
    routes += [route] if inner is None else inner.routes
print(json.dumps([(method, route.path) for route in routes for method in route.methods]))
blocks.close(verbose=False)
"""
SHARED_PATHS = {"/", "/static/x", "/favicon.ico"}  # that are ours too


@pytest.fixture(scope="module")
def gradio_routes(tmp_path_factory) -> list[tuple[str, str]]:
    """Method and template of each of gradio's own routes."""
    folder = str(tmp_path_factory.mktemp("data"))
    command = [sys.executable, "-c", LIST_ROUTES, folder, str(free_port())]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout.splitlines()[-1])


def test_no_route_of_gradio_is_reached(server, gradio_routes):
    paths = {path for _, path in gradio_routes}
    assert {"/gradio_api/upload", "/gradio_api/queue/join", "/config", "/login"} <= paths
    assert any(path.startswith("/gradio_api/file=") for path in paths)
    assert len(paths) > 50
    for method, template in gradio_routes:
        path = re.sub(r"\{[^}]*\}", "x", template)
        posted = method == "POST"
        reply = call(server, method, path, b"{}" if posted else None, JSON if posted else None)
        assert "content-security-policy" in reply.headers, path  # the service's own answer
        if path not in SHARED_PATHS and method != "HEAD":
            assert reply.error() == (404, "not_found", None), path


@pytest.mark.parametrize("path", ["/gradio_api/queue/join", "/", "/decide"])
def test_no_websocket_is_spoken(server, path):
    upgrade = {
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    plain, upgraded = call(server, "GET", path), call(server, "GET", path, headers=upgrade)
    assert upgraded.status == plain.status in (200, 404, 405)
    assert upgraded.body == plain.body


@pytest.mark.parametrize("name", SERVERS)
def test_no_log_tells_a_secret_or_an_address(name):
    environment = {
        "MM_SECRET": SECRET,
        "MM_TRUSTED_PROXY_HOPS": "1",
        "MM_PUBLIC": "1",
        "HF_TOKEN": TOKEN,  # without MM_DATASET_REPO nothing is asked of the Hub
    }
    with running_server(name, environment) as server:
        forwarded = {"X-Forwarded-For": ADDRESS}
        fight = post(server, "/fights", {"tier": "hard"}, forwarded).json()
        ticket = fight["ticket"]
        for content in (decision(ticket=ticket), {"ticket": ticket}, {"ticket": ticket + "x", "k": ticket}):
            post(server, "/decide", content, forwarded)
        post(server, "/learn", {"ticket": ticket, "log": "AAAA"}, forwarded)
        told = {"persona": "crowd", "name": "Sam", "tick": 0, "moments": [], "learned": 0}
        post(server, "/narrate", {"ticket": ticket, **told}, forwarded)
        post(server, "/narrate", {"ticket": ticket, **told, "name": ticket, "moments": [[1] * 5]}, forwarded)
        post(server, "/forget", {"tickets": [ticket]}, forwarded)
        for path in (f"/{ticket}", f"/fights/{ticket}?{SECRET}", f"/static/{TOKEN}", "/%00%0aERROR"):
            call(server, "GET", path, headers={**forwarded, "Cookie": ticket, "Authorization": TOKEN})
        call(server, "POST", "/fights", b"{", {**JSON, **forwarded, "Origin": f"http://{ticket}"})
        for head in (ticket.encode(), b"GET /" + ticket.encode() + b" HTTP/9\r\n\r\n", b"\x00" * 9000):
            with connect(server) as connection:
                connection.sendall(head + b"\r\n\r\n")
                connection.recv(65536)
        said = server.errors.read_text()
        for secret in (SECRET, TOKEN, ticket, fight["fight"], ADDRESS):
            assert secret not in said
        assert "Traceback" not in said


def test_a_config_that_is_printed_tells_no_secret():
    url = f"postgresql://someone:{PASSWORD}@localhost/journal"
    text = repr(Config(secret=SECRET, hub_token=TOKEN, database_url=url))
    for secret in (SECRET, TOKEN, PASSWORD):
        assert secret not in text


@pytest.mark.parametrize(
    "url", ["postgresql://someone:{}@127.0.0.1:1/journal", "mysql://someone:{}@h/j", "{}"]
)
def test_a_database_that_cannot_be_used_tells_no_password(url, tmp_path):
    with pytest.raises(DatabaseError) as told:
        open_database(tmp_path, url.format(PASSWORD))
    assert PASSWORD not in str(told.value)


# Samples of benchmarks.fuzz, which does the same at length.
@pytest.fixture
def fuzzed(server):
    """Either server; what was made up may have switched learning off."""
    yield server
    assert post(server, "/learning", {"action": "on"}).status == 200


def test_made_up_bodies_are_answered_as_documented(fuzzed):
    counts = throw_bodies(fuzzed, 150)
    assert counts["failed"] == counts["undocumented"] == 0
    assert counts["400"] > 20
    assert sum(counts[status] for status in ("200", "201", "202")) > 5  # some came close enough


def test_made_up_cases_of_the_document_are_answered_as_it_says(fuzzed):
    counts = throw_cases(fuzzed, 3)
    assert counts["cases"] > 30
    assert counts["failed"] == 0


def test_no_traversal_is_served(server):
    assert len(set(traversals(600))) == 600
    counts = try_traversals(server, 250)
    assert (counts["tried"], counts["served"]) == (250, 0)


def test_no_link_out_of_the_page_is_served():
    counts = try_links()
    assert counts["tried"] >= 20
    assert counts["served"] == 0
