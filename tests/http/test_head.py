"""The head of a request is read as h11 reads it, or refused."""

import time

import h11
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.head import HEAD_END, HEAD_LIMIT, HEADER_LIMIT, Head, read_head

CLIENT = "192.0.2.7"
HOST = "Host: localhost"
TOKENS = st.text("!#$%&'*+.^_`|~09azAZ-", min_size=1, max_size=8)
TARGETS = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), max_size=12).map("/".__add__)
VALUES = st.text("ab,;= \t\x7e\x80\xe9\xff", max_size=12)
LINES = st.builds("{}:{}{}".format, TOKENS, st.sampled_from(["", " ", "\t "]), VALUES)
HEADS = st.builds(
    lambda method, target, minor, lines: "\r\n".join([f"{method} {target} HTTP/1.{minor}", HOST, *lines]),
    TOKENS,
    TARGETS,
    st.sampled_from("01"),
    st.lists(LINES, max_size=6),
)
NOISE = st.sampled_from(
    [" ", "\t", "\r", "\n", "\r\n", "\r\n ", "\0", "\x0b", "\x7f", ":", "\xa0", "HTTP/1.1", "x"]
)


def by_h11(head: bytes) -> tuple[str, str, dict[str, str]] | None:
    """Method, path and headers as h11 reads them; None where it refuses, or reads another head than this."""
    connection = h11.Connection(h11.SERVER, max_incomplete_event_size=1 << 20)
    connection.receive_data(head + HEAD_END)
    try:
        event = connection.next_event()
    except h11.RemoteProtocolError:
        return None
    if not isinstance(event, h11.Request) or connection.trailing_data[0]:
        return None
    headers: dict[str, str] = {}
    for raw_name, raw_value in event.headers:
        name, value = raw_name.decode(), raw_value.decode("latin-1")
        headers[name] = f"{headers[name]}, {value}" if name in headers else value
    return event.method.decode(), event.target.decode().partition("?")[0], headers


def as_told(head: Head) -> tuple[str, str, dict[str, str]]:
    """The same of a head that was read here."""
    return head.request.method, head.request.path, dict(head.request.headers)


@given(HEADS)
def test_a_good_head_is_read_as_h11_reads_it(text):
    head = text.encode("latin-1")
    read = read_head(head, CLIENT)
    assert read is not None
    assert as_told(read) == by_h11(head)
    assert read.request.client == CLIENT


@given(HEADS, st.lists(st.tuples(st.integers(0, 200), st.integers(0, 3), NOISE), min_size=1, max_size=3))
def test_a_damaged_head_is_refused_or_read_as_h11_reads_it(text, damages):
    for place, removed, inserted in damages:
        at = place % (len(text) + 1)
        text = text[:at] + inserted + text[at + removed :]
    head = text.encode("latin-1")
    read = None if HEAD_END in head else read_head(head, CLIENT)
    if read is not None and h11_judges_by_the_head_alone(read):
        assert as_told(read) == by_h11(head)


def h11_judges_by_the_head_alone(head: Head) -> bool:
    """Whether h11 has no reason to refuse that the service, and not `read_head`, looks at here."""
    headers = head.request.headers
    return not {"content-length", "transfer-encoding"} & set(headers) and "," not in headers.get("host", ",")


@pytest.mark.parametrize(
    "head",
    [
        b"",
        b"GET / HTTP/1.1\nHost: localhost",
        b"GET / HTTP/1.1\r\nHost: localhost\nX: y",
        b"GET / HTTP/1.1\r\nHost: local\rhost",
        b"GET / HTTP/1.1\r\n Host: localhost",
        b"GET / HTTP/1.1\r\nHost: localhost\r\n folded",
        b"GET / HTTP/1.1\r\nHost : localhost",
        b"GET / HTTP/1.1\r\n: localhost",
        b"GET / HTTP/1.1\r\nHost: local\0host",
        b"GET  / HTTP/1.1\r\nHost: localhost",
        b"GET / HTTP/2.0\r\nHost: localhost",
        b"GET / http/1.1\r\nHost: localhost",
        b"GET / HTTP/1.1 \r\nHost: localhost",
        b"GET /\x7f HTTP/1.1\r\nHost: localhost",
        b"GET /" + "ä".encode() + b" HTTP/1.1\r\nHost: localhost",
        b"G(T / HTTP/1.1\r\nHost: localhost",
        b"GET / HTTP/1.1" + (HEADER_LIMIT + 1) * b"\r\nX: y",
    ],
)
def test_what_could_be_read_in_two_ways_is_refused(head):
    assert read_head(head, CLIENT) is None


@pytest.mark.parametrize(
    ("lines", "minor", "keeps_alive", "awaits_continue"),
    [
        ((), 1, True, False),
        ((), 0, False, False),
        (("Connection: close",), 1, False, False),
        (("Connection: Upgrade, Close",), 1, False, False),
        (("Connection: closed",), 1, True, False),
        (("Connection: keep-alive",), 0, False, False),
        (("Expect: 100-Continue",), 1, True, True),
        (("Expect: 100-continue",), 0, False, False),
    ],
)
def test_what_is_said_about_the_connection(lines, minor, keeps_alive, awaits_continue):
    text = "\r\n".join([f"POST /decide?a=b HTTP/1.{minor}", HOST, *lines])
    head = read_head(text.encode(), CLIENT)
    assert (head.keeps_alive, head.awaits_continue) == (keeps_alive, awaits_continue)
    assert head.request.path == "/decide"


@pytest.mark.parametrize("filler", [b" ", b"\t", b"x", b":", b"a:", b"\r\nX:"])
def test_no_head_takes_long(filler):
    longest = HEAD_LIMIT // len(filler) * filler
    began = time.perf_counter()
    for start in (b"", b"GET / HTTP/1.1\r\nX:", b"GET / HTTP/1.1\r\nX: y"):
        for end in (b"\x01", b" ", b"y"):
            read_head(start + longest + end, CLIENT)
    assert time.perf_counter() - began < 1.0  # 18 heads; what takes time by the square takes minutes


def test_a_header_that_is_given_twice_counts_twice():
    head = read_head(b"GET / HTTP/1.1\r\nHost: a\r\nhOST:\tb \t", CLIENT)
    assert head.request.headers == {"host": "a, b"}
