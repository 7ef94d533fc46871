"""Requests, responses and the one error shape, as plain values without a web framework.

Whatever a server sends goes through `wire_headers`, so the security headers are on every response,
the refusals of broken requests included.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from service.stream import Stream

BODY_LIMIT = 64 * 1024  # bytes of a request body
NESTING_LIMIT = 8  # arrays and objects inside one another
NAME_LIMIT = 64  # characters of a client's own field name that an error repeats

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "media-src 'self' blob:",
        "connect-src 'self'",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'none'",
        "frame-ancestors 'self' https://huggingface.co https://*.hf.space",
    )
)
SECURITY_HEADERS = (
    ("Content-Security-Policy", CONTENT_SECURITY_POLICY),
    ("X-Content-Type-Options", "nosniff"),
    ("Referrer-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), microphone=(), geolocation=()"),
)
NO_STORE = ("Cache-Control", "no-store")

_encode = json.JSONEncoder(separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True, slots=True)
class Request:
    """What the handlers see of a request."""

    method: str  # as sent, upper case for the known ones
    path: str  # as sent, without the query and not percent-decoded: paths are compared literally
    headers: Mapping[str, str]  # lower-case names; repeated headers joined by ", "
    client: str  # address of the peer of the connection
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class Response:
    """What a handler answers; the servers add the length, and leave out the body of a HEAD."""

    status: int
    headers: tuple[tuple[str, str], ...] = ()
    body: bytes = b""
    stream: "Stream | None" = None  # in place of a body: it has no length and ends with the connection


class ServiceError(Exception):
    """A refusal with its status and code; `field` names the part of the request that is wrong."""

    def __init__(
        self,
        status: int,
        code: str,
        message: str,
        field: str | None = None,
        headers: tuple[tuple[str, str], ...] = (),
    ):
        super().__init__(message)
        self.status = status
        self.code = code
        self.message = message
        self.field = field
        self.headers = headers

    def response(self) -> Response:
        """This refusal in the error shape."""
        return error_response(self.status, self.code, self.message, self.field, self.headers)


def error_response(
    status: int,
    code: str,
    message: str,
    field: str | None = None,
    headers: tuple[tuple[str, str], ...] = (),
) -> Response:
    """The error shape {"error": {"code", "message", "field"}}; field is null where no field is to blame."""
    return json_response({"error": {"code": code, "message": message, "field": field}}, status, headers)


def json_response(content, status: int = 200, headers: tuple[tuple[str, str], ...] = ()) -> Response:
    """A JSON answer that no cache keeps."""
    body = _encode(content).encode("ascii")
    return Response(status, (("Content-Type", "application/json"), NO_STORE, *headers), body)


# ---------------------------------------------------------------------------- refusals by the servers
def malformed_request() -> Response:
    """For a head that is not HTTP."""
    return error_response(400, "bad_request", "This is not a well-formed HTTP request.")


def truncated_body() -> Response:
    """For a connection whose sending side closed before the stated length had arrived."""
    return error_response(400, "truncated_body", "The body ended before its Content-Length.")


def request_timeout() -> Response:
    """For a request that did not arrive whole within the time a request may take."""
    return error_response(408, "request_timeout", "The request did not arrive in time.")


def too_many_connections() -> Response:
    """For a connection beyond the number that the server holds at once."""
    return error_response(
        503,
        "too_many_connections",
        "The server is busy; try again in a moment.",
        headers=(("Retry-After", "2"),),
    )


def journal_unavailable() -> Response:
    """For a request that needs the journal while its disk or its server refuses."""
    return error_response(
        503,
        "journal_unavailable",
        "The journal cannot be used at the moment; try again.",
        headers=(("Retry-After", "10"),),
    )


# ---------------------------------------------------------------------------- on the wire
def wire_headers(response: Response, close: bool = False) -> list[tuple[str, str]]:
    """All headers of a response except Date; `close` announces that the connection ends with it."""
    headers = [*response.headers, *SECURITY_HEADERS]
    is_bodiless = response.status in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED)
    if not is_bodiless and response.stream is None:
        headers.append(("Content-Length", str(len(response.body))))
    if close or response.stream is not None:
        headers.append(("Connection", "close"))
    return headers


def wire_head(response: Response, close: bool = False) -> bytes:
    """Status line and headers as HTTP/1.1 bytes, the empty line included."""
    lines = [f"HTTP/1.1 {response.status} {HTTPStatus(response.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in wire_headers(response, close)]
    lines.append(f"Date: {formatdate(usegmt=True)}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1")


def sent_body(request_method: str, response: Response) -> bytes:
    """The bytes that follow the head of a response: none for a HEAD, whose length is stated all the same."""
    return b"" if request_method == "HEAD" else response.body


def tag_matches(request: Request, tag: str) -> bool:
    """Whether If-None-Match names the entity tag, by weak comparison."""
    condition = request.headers.get("if-none-match", "").strip()
    return condition == "*" or tag in [entry.strip().removeprefix("W/") for entry in condition.split(",")]


# ---------------------------------------------------------------------------- bodies
def content_length(request: Request) -> int:
    """The stated length of the body, 0 without one; raises ServiceError for a length that is none."""
    text = request.headers.get("content-length")
    if text is None:
        return 0
    if not (text.isascii() and text.isdigit() and len(text) <= 18):
        raise ServiceError(400, "bad_request", "Content-Length is not a number.")
    return int(text)


def has_body(request: Request) -> bool:
    """Whether bytes of a body may follow the head, whatever the head says about their number."""
    return "transfer-encoding" in request.headers or request.headers.get("content-length", "0") != "0"


def parse_object(body: bytes) -> dict:
    """The JSON object of a body; raises ServiceError naming what is wrong with it.

    Refuses other encodings than UTF-8, keys given twice, deep nesting, and everything that is no JSON.
    NaN and Infinity, which are no JSON either, come out as floats: the contracts refuse them
    by the name of their field.
    """
    try:
        content = json.loads(body.decode("utf-8"), object_pairs_hook=_unique)
    except ServiceError:
        raise
    except RecursionError:
        raise _too_deep() from None
    except ValueError:
        raise ServiceError(400, "not_json", "The body is not JSON in UTF-8.") from None
    if body.count(b"[") + body.count(b"{") > NESTING_LIMIT:
        _check_nesting(content)
    if not isinstance(content, dict):
        raise ServiceError(400, "not_an_object", "The body is not a JSON object.")
    return content


def _unique(pairs: list[tuple[str, object]]) -> dict:
    content = dict(pairs)
    if len(content) != len(pairs):
        seen: set[str] = set()
        for name, _ in pairs:
            if name in seen:
                raise ServiceError(400, "duplicate_field", "A field is given twice.", name[:NAME_LIMIT])
            seen.add(name)
    return content


def _check_nesting(content) -> None:
    level = [content]
    for _ in range(NESTING_LIMIT + 1):
        level = [value for value in level if isinstance(value, (dict, list))]
        if not level:
            return
        level = [child for value in level for child in (value.values() if isinstance(value, dict) else value)]
    raise _too_deep()


def _too_deep() -> ServiceError:
    return ServiceError(400, "too_deep", f"The body is nested more than {NESTING_LIMIT} levels deep.")
