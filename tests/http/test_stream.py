"""Responses that come piece by piece: the queue, and the connection that empties it, on real sockets."""

import json
import socket
import threading

import pytest
from hypothesis import given
from hypothesis import strategies as st
from serving import until

from service.connections import Connections
from service.http import SECURITY_HEADERS
from service.limits import LINGER_BYTES, STREAM_BYTES, STREAMS
from service.narrator_process import Voice
from service.stream import COMMENT, Stream, event

FIGHT = "54ac7d7ce8cd90076b8753cf"
HOST = b"Host: localhost\r\n"
GET_NOTHING = b"GET /nothing HTTP/1.1\r\n" + HOST + b"\r\n"
NEWS = event("line", {"text": "news"})


def asking(fight: str = FIGHT, method: str = "GET") -> bytes:
    return f"{method} /narration/{fight} HTTP/1.1\r\n".encode() + HOST + b"\r\n"


def received_until(client: socket.socket, end: bytes, so_far: bytes = b"") -> bytes:
    """What comes up to and including `end`."""
    while end not in so_far:
        piece = client.recv(65536)
        assert piece, so_far
        so_far += piece
    return so_far


def following(serving, fight: str = FIGHT) -> tuple[socket.socket, object, Stream]:
    """A client that has had the head and the first event of a stream; its connection; the stream."""
    client, connection = serving.connect()
    client.sendall(asking(fight))
    received_until(client, b'"reason":"the model is switched off on this server"}\n\n')
    return client, connection, connection._stream


# ---------------------------------------------------------------------------- the queue
@given(st.lists(st.binary(max_size=50) | st.none(), max_size=40))
def test_what_is_pushed_is_taken_once_and_in_order(steps):
    stream, pushed, taken = Stream(b"opening"), b"opening", b""
    for step in steps:
        if step is None:
            taken += stream.take()
        else:
            assert stream.push(step)
            pushed += step
    stream.close()
    taken += stream.take() or b""
    assert taken == pushed
    assert stream.take() is None
    assert not stream.push(b"more")


def test_what_waits_is_bounded():
    stream, pushed = Stream(), 0
    while stream.push(bytes(1000)):
        pushed += 1000
    assert STREAM_BYTES - 1000 < pushed <= STREAM_BYTES
    assert stream.closed
    assert len(stream.take()) == pushed  # what was there before still goes out
    assert stream.take() is None


def test_it_is_told_once_that_the_reader_has_left():
    left = []
    stream = Stream(b"opening", left=left.append)
    stream.leave()
    stream.leave()
    assert left == [stream]
    assert stream.take() is None
    assert not stream.push(b"more")


def test_the_reader_is_woken_by_every_thread():
    stream, woken = Stream(), []
    stream.attach(lambda: woken.append(threading.get_ident()))
    threads = [threading.Thread(target=stream.push, args=(b"x",)) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    stream.close()
    assert len(woken) == 5
    assert stream.take() == b"xxxx"


@pytest.mark.parametrize("text", ["a\nb", "\r\n\r\nevent: x", "\u2028", "é", "</script>", "\x00"])
def test_an_event_is_one_line_of_ascii_whatever_it_says(text):
    data = event("line", {"text": text})
    assert data.isascii()
    first, second, *rest = data.split(b"\n")
    assert (first, rest) == (b"event: line", [b"", b""])
    assert b"\r" not in second
    assert json.loads(second.removeprefix(b"data: ")) == {"text": text}


# ---------------------------------------------------------------------------- the connection
def test_the_head_says_that_there_is_no_end(serving):
    client, _ = serving.connect()
    client.sendall(asking())
    received = received_until(client, b"\n\n" + b"event: voice\n")
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode().split("\r\n")
    headers = dict(line.split(": ", 1) for line in lines)
    assert first == "HTTP/1.1 200 OK"
    assert headers["Content-Type"] == "text/event-stream"
    assert headers["Cache-Control"] == "no-store"
    assert headers["X-Accel-Buffering"] == "no"
    assert headers["Connection"] == "close"
    assert headers.keys() & {"Content-Length", "Transfer-Encoding"} == set()
    assert dict(SECURITY_HEADERS).items() <= headers.items()
    assert body.startswith(b"retry: 3000\n\n")
    client.close()


def test_what_is_pushed_arrives_and_who_goes_is_forgotten(serving):
    client, connection, stream = following(serving)
    assert serving.service.narration.streams() == 1
    for _ in range(3):
        assert stream.push(NEWS)  # from this thread, which is not the loop's
        assert received_until(client, NEWS) == NEWS
    client.close()
    until(lambda: serving.service.narration.streams() == 0)
    until(lambda: connection not in serving.service.connections.all())
    assert not stream.push(NEWS)


def test_who_stops_sending_has_gone(serving):
    client, _, _ = following(serving)
    client.shutdown(socket.SHUT_WR)
    assert client.recv(1) == b""
    until(lambda: serving.service.narration.streams() == 0)
    client.close()


def test_who_had_stopped_sending_before_gets_what_there_is(serving):
    client, _ = serving.connect()
    client.sendall(asking())
    client.shutdown(socket.SHUT_WR)
    received = b""
    while piece := client.recv(65536):
        received += piece
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    until(lambda: serving.service.narration.streams() == 0)
    client.close()


def test_a_head_alone_is_the_head_alone(serving):
    client, _, stream = following(serving)
    other, _ = serving.connect()
    other.sendall(asking(method="HEAD"))
    received = b""
    while piece := other.recv(65536):
        received += piece
    assert received.startswith(b"HTTP/1.1 200 OK\r\n")
    assert received.endswith(b"\r\n\r\n")
    assert b"Content-Length" not in received
    assert serving.service.narration.streams() == 1
    assert stream.push(NEWS)  # that of the one who follows goes on
    received_until(client, NEWS)
    for one in (client, other):
        one.close()


def test_a_newer_stream_of_a_fight_ends_the_older(serving):
    older, _, _ = following(serving)
    other, _, _ = following(serving, "0" * 24)
    newer, _, stream = following(serving)
    assert older.recv(1) == b""
    until(lambda: len(serving.service.connections) == 2)
    assert serving.service.narration.streams() == 2
    assert stream.push(NEWS)
    received_until(newer, NEWS)
    for one in (older, other, newer):
        one.close()


def test_a_change_of_voice_is_told_to_all(serving):
    followers = [following(serving, f"{number:024x}")[0] for number in range(5)]
    serving.service.narration.hear_voice(Voice("mock", "nobody"))
    for client in followers:
        told = received_until(client, b"\n\n")
        assert told == event(
            "voice", {"speaks": "model", "backend": "mock", "model": "nobody", "reason": None}
        )
        client.close()


def test_there_are_so_many_streams_and_no_more(serving):
    followers = [following(serving, f"{number:024x}")[0] for number in range(STREAMS)]
    client, _ = serving.connect()
    client.sendall(asking())
    received = received_until(client, b"}}")
    assert received.startswith(b"HTTP/1.1 503 ")
    assert b"too_many_streams" in received
    assert b"Retry-After: 10\r\n" in received
    again, _, _ = following(serving, f"{0:024x}")  # in place of its own
    assert followers[0].recv(1) == b""
    again.close()
    until(lambda: serving.service.narration.streams() == STREAMS - 1)
    client.sendall(asking())  # the refusal has not ended the connection
    received_until(client, b"event: voice")
    for one in (*followers, client):
        one.close()
    until(lambda: serving.service.narration.streams() == 0)


def test_what_is_sent_meanwhile_is_thrown_away(serving):
    client, connection = serving.connect()
    client.sendall(asking() + 100 * GET_NOTHING)
    received_until(client, b"event: voice")
    client.sendall(100 * GET_NOTHING)
    connection._stream.push(NEWS)
    assert b"404" not in received_until(client, NEWS)
    assert connection._received == b""
    client.close()


def test_not_too_much_of_it(serving):
    client, _, _ = following(serving)
    with pytest.raises((BrokenPipeError, ConnectionResetError)):  # noqa: PT012 - it ends when it ends
        for _ in range(2 * LINGER_BYTES // len(GET_NOTHING)):
            client.sendall(GET_NOTHING)
        until(lambda: len(serving.service.connections) == 0)
        client.sendall(GET_NOTHING)
    until(lambda: serving.service.narration.streams() == 0)
    client.close()


def test_a_stream_that_rests_shows_that_it_is_there(serving, monkeypatch):
    monkeypatch.setattr("service.connection.COMMENT_SECONDS", 0.005)
    monkeypatch.setattr("service.connection.IDLE_SECONDS", 0.005)
    client, connection, stream = following(serving)
    received_until(client, 20 * COMMENT)  # longer than a connection may rest
    assert stream.push(NEWS)
    received_until(client, NEWS)
    assert connection in serving.service.connections.all()
    client.close()


def test_who_does_not_read_is_left(serving, monkeypatch):
    monkeypatch.setattr("service.connection.WRITE_SECONDS", 0.05)
    client, connection, stream = following(serving)
    waiting = 0
    while stream.push(bytes(1000)):
        waiting = max(waiting, len(stream._waiting))
    assert waiting <= STREAM_BYTES
    until(lambda: connection not in serving.service.connections.all())
    assert serving.service.narration.streams() == 0
    client.close()


def test_who_was_slow_and_reads_again_stays(serving, monkeypatch):
    monkeypatch.setattr("service.connection.COMMENT_SECONDS", 0.005)
    client, connection, stream = following(serving)
    for _ in range(3):
        pushed = 0
        while not connection._unread:
            pushed += stream.push(NEWS) * len(NEWS)
            until(lambda: connection._unread or not stream._waiting)
        received = 0
        while received < pushed:
            received += len(client.recv(65536).replace(COMMENT, b""))
        assert received == pushed
    received_until(client, COMMENT)
    client.close()


def test_who_follows_makes_way_when_there_are_too_many(serving):
    serving.service.connections = Connections(limit=2)
    client, _, _ = following(serving)
    other, _ = serving.connect()
    newest, _ = serving.connect()
    assert client.recv(1) == b""
    until(lambda: serving.service.narration.streams() == 0)
    newest.sendall(GET_NOTHING)
    received_until(newest, b"}}")
    for one in (client, other, newest):
        one.close()
