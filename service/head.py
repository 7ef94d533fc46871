"""The head of an HTTP/1.1 request: its request line and its headers, read strictly.

Whatever two readers could take for different things is refused, by RFC 9112: lines end with CR LF, none is
folded, names stand right before their colon, values have no control characters. `tests/http/test_head.py`
compares with h11.
"""

import re
from dataclasses import dataclass

from service.http import Request

HEAD_END = b"\r\n\r\n"
HEAD_LIMIT = 64 * 1024  # bytes of a head: browsers send the cookies of everything else on localhost too
HEADER_LIMIT = 100  # lines, as the standard library's server has it

_TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
_REQUEST_LINE = re.compile(rb"(%b) ([!-~]+) HTTP/1\.([0-9])" % _TOKEN)
_HEADER = re.compile(rb"(%b):([^\x00-\x08\x0a-\x1f\x7f]*)" % _TOKEN)  # matches, or not, in linear time


@dataclass(frozen=True, slots=True)
class Head:
    """A request without its body, and what is said about the connection."""

    request: Request
    keeps_alive: bool  # whether another request may follow
    awaits_continue: bool  # whether the client sends the body only when it is told to


def read_head(head: bytes, client: str) -> Head | None:
    """The head that ends before `HEAD_END`; None for what is not HTTP/1. client: address of the peer."""
    first, *lines = head.split(b"\r\n")
    matched = _REQUEST_LINE.fullmatch(first)
    if matched is None or len(lines) > HEADER_LIMIT:
        return None
    headers: dict[str, str] = {}
    for line in lines:
        header = _HEADER.fullmatch(line)
        if header is None:
            return None
        name, value = header[1].decode("ascii").lower(), header[2].strip(b" \t").decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    method, target, minor = (part.decode("ascii") for part in matched.groups())
    request = Request(method, target.partition("?")[0], headers, client)
    options = [option.strip() for option in headers.get("connection", "").lower().split(",")]
    newer = minor != "0"
    return Head(
        request,
        keeps_alive=newer and "close" not in options,
        awaits_continue=newer and headers.get("expect", "").lower() == "100-continue",
    )
