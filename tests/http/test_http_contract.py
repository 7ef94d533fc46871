"""docs/openapi.json describes the service: its routes, its fields, its errors, and what both servers send."""

import ast

import pytest
from fights import decision, ticket_text
from http_client import call, post
from openapi import DOCUMENT, check_reply, resolve, validate
from openapi_spec_validator import validate as validate_document

import features
from modular_mind import default_mind
from narrator import PERSONAS
from service.routes import ROUTES
from tools.make_openapi import DOCUMENT as DOCUMENT_PATH
from tools.make_openapi import render
from tools.servers import ROOT


def operations():
    for path, item in DOCUMENT["paths"].items():
        for method, operation in item.items():
            yield method, path, operation


def test_the_document_is_openapi():
    validate_document(DOCUMENT)


def test_the_document_has_exactly_the_routes_of_the_table():
    documented = {(method.upper(), path) for method, path, _ in operations()}
    assert documented == {(route.method, route.template) for route in ROUTES}


def test_the_document_is_up_to_date_with_the_rules():
    assert DOCUMENT_PATH.read_text(encoding="utf-8") == render(), "run: python -m tools.make_openapi"


def test_the_document_has_exactly_the_error_codes_of_the_source():
    raised = set()
    for path in (ROOT / "service").glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") in (
                "ServiceError",
                "error_response",
            ):
                code = node.args[1]
                if isinstance(code, ast.Constant):
                    raised.add(code.value)
    documented = DOCUMENT["components"]["schemas"]["Error"]["properties"]["error"]["properties"]["code"]
    assert raised == set(documented["enum"])


def test_every_example_fits_its_schema():
    checked = 0
    for _, _, operation in operations():
        bodies = [resolve(response) for response in operation["responses"].values()]
        if "requestBody" in operation:
            bodies.append(operation["requestBody"])
        for media in [media for body in bodies for media in body.get("content", {}).values()]:
            examples = [example["value"] for example in media.get("examples", {}).values()]
            for example in examples + ([media["example"]] if "example" in media else []):
                validate(media["schema"], example)
                checked += 1
    assert checked > 50


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("HEAD", "/", 200),
        ("GET", "/?tier=hard", 200),
        ("GET", "/lab", 200),
        ("HEAD", "/lab", 200),
        ("GET", "/static/gen/rules.json", 200),
        ("GET", "/static/missing.js", 404),
        ("GET", "/audio/missing.mp3", 404),
        ("GET", "/favicon.ico", 200),
        ("GET", "/healthz", 200),
        ("HEAD", "/healthz", 200),
        ("GET", "/stats", 200),
        ("GET", "/metrics", 200),
        ("HEAD", "/metrics", 200),
        ("HEAD", f"/narration/{'0' * 24}", 200),
        ("GET", f"/mind/{default_mind().sha256}.json", 200),
        ("GET", f"/mind/{'0' * 64}.json", 404),
    ],
)
def test_reads_are_as_documented(server, method, path, status):
    reply = call(server, method, path)
    assert reply.status == status
    check_reply(method, path, reply)


@pytest.mark.parametrize("tier", features.TIERS)
def test_fights_are_as_documented(server, tier):
    reply = post(server, "/fights", {"tier": tier})
    assert reply.status == 201
    check_reply("POST", "/fights", reply)
    assert reply.json()["tier"] == tier


@pytest.mark.parametrize("persona", PERSONAS)
def test_narrations_are_as_documented(server, persona):
    told = {
        "ticket": ticket_text(),
        "persona": persona,
        "name": "Sam",
        "tick": 0,
        "moments": [],
        "learned": 0,
    }
    reply = post(server, "/narrate", told)
    assert reply.status == 200
    check_reply("POST", "/narrate", reply)
    assert reply.json()["line"]["persona"] == persona


def test_decisions_are_as_documented(server):
    reply = post(server, "/decide", decision())
    assert reply.status == 200
    check_reply("POST", "/decide", reply)
