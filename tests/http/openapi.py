"""docs/openapi.json as the tests' judge of responses."""

import json
import re

from http_client import Reply
from jsonschema import Draft202012Validator

from tools.servers import ROOT

DOCUMENT = json.loads((ROOT / "docs" / "openapi.json").read_text(encoding="utf-8"))


def validate(schema: dict, value) -> None:
    """Raises jsonschema's ValidationError when a value does not fit a schema of the document."""
    # The components travel along, so that references into them resolve.
    Draft202012Validator({"allOf": [schema], "components": DOCUMENT["components"]}).validate(value)


def resolve(node: dict) -> dict:
    """A node of the document, or what it refers to."""
    while "$ref" in node:
        target = DOCUMENT
        for key in node["$ref"].removeprefix("#/").split("/"):
            target = target[key]
        node = target
    return node


def operation_of(method: str, path: str) -> dict | None:
    """The operation that describes a request, HEAD by GET; None when the document has none."""
    for template, item in DOCUMENT["paths"].items():
        pattern = re.sub(r"\\\{(\w+)\\\}", ".+", re.escape(template))
        if re.fullmatch(pattern, path.partition("?")[0]):
            return item.get("get" if method == "HEAD" else method.lower())
    return None


def check_reply(method: str, path: str, reply: Reply) -> None:
    """Asserts that the document describes this response: its status, type, content and headers.

    What no operation describes (another address or method) must at least have the error shape.
    """
    operation = operation_of(method, path)
    if operation is None:
        assert reply.status in (400, 404, 405, 408)
        validate({"$ref": "#/components/schemas/Error"}, reply.json())
        return
    assert str(reply.status) in operation["responses"], f"{method} {path}: {reply.status} is not documented"
    response = resolve(operation["responses"][str(reply.status)])
    for name in response.get("headers", {}):
        assert name.lower() in reply.headers, f"{method} {path}: {name} is missing"
    content = response.get("content")
    if content is None:
        assert reply.body == b""
        return
    mime_type = reply.headers["content-type"].partition(";")[0]
    media = content.get(mime_type) or content["*/*"]
    if mime_type == "application/json" and method != "HEAD":
        value = reply.json()
        if "*/*" not in content:
            validate(media["schema"], value)
        if reply.status >= 400:
            assert value["error"]["code"] in media["examples"], f"{value} has no example"
