"""One connection on a real event loop and real sockets, where what counts cannot be seen from outside."""

import threading

from http_client import TIMEOUT
from serving import until

from service.connection import BUFFER_LIMIT
from service.limits import ANSWER_THREADS

HOST = b"Host: localhost\r\n"
HEAD_NOTHING = b"HEAD /nothing HTTP/1.1\r\n" + HOST + b"\r\n"
GET_NOTHING = b"GET /nothing HTTP/1.1\r\n" + HOST + b"\r\n"
GET_HEALTH = b"GET /healthz HTTP/1.1\r\n" + HOST + b"\r\n"
EXPECTING = (
    b"POST /decide HTTP/1.1\r\n" + HOST + b"Content-Type: application/json\r\n"
    b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n"
)
MOST_AT_ONCE = 256 * 1024  # bytes that asyncio reads in one go


def test_a_client_that_reads_nothing_is_not_waited_for_between_head_and_body(serving):
    """What it reads last may be the word that it should go on; that one has no time of its own to be read."""
    ended = False
    for before in range(8):  # so that not a response, but that word is the first that finds no room
        client, connection = serving.connect()
        client.sendall(before * HEAD_NOTHING)
        while not ended and not connection._unread:
            client.sendall(EXPECTING)
            until(
                lambda one=connection: (
                    one._head or one._unread or one not in serving.service.connections.all()
                )
            )
            ended = connection not in serving.service.connections.all()
            if not ended:
                client.sendall(b"{}")
                until(lambda one=connection: one._unread or not (one._busy or one._head))
        client.close()
        if ended:
            break
    assert ended
    until(lambda: len(serving.service.connections) == 0)


def test_what_is_sent_ahead_is_kept_within_a_limit(serving):
    client, connection = serving.connect()
    requests = 3 * BUFFER_LIMIT // len(GET_NOTHING) * 4
    sender = threading.Thread(target=client.sendall, args=(requests * GET_NOTHING,))
    sender.start()
    answered, rest = 0, b""
    while answered < requests:
        rest += client.recv(1 << 16)
        answered += rest.count(b"HTTP/1.1 404 ")
        rest = rest[-12:]
    sender.join()
    client.close()
    assert answered == requests
    assert connection.kept <= BUFFER_LIMIT + MOST_AT_ONCE


def test_an_answer_that_nobody_waits_for_any_more_is_not_worked_out(serving):
    go_on = threading.Event()
    for _ in range(ANSWER_THREADS):
        serving.service.threads.submit(go_on.wait, TIMEOUT)
    client, connection = serving.connect()
    client.sendall(GET_HEALTH)  # its answer waits for one of these threads
    until(lambda: connection._answer is not None)
    answer = connection._answer
    client.close()
    serving.loop.call_soon_threadsafe(connection.abort)
    until(answer.done)
    assert answer.cancelled()
    go_on.set()


def test_an_ending_server_ends_the_connection_that_asks(serving):
    client, connection = serving.connect()
    serving.service.threads.shutdown()
    client.sendall(GET_HEALTH)
    assert client.recv(1) == b""
    until(lambda: connection not in serving.service.connections.all())
    client.close()
