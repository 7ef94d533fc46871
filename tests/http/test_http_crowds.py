"""Too many connections at once: who makes way, and that players get in among those who hold a server up."""

import contextlib
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator

import pytest
from fights import decision
from http_client import HOST, TIMEOUT, call, closed_by_server, connect, post, reply_on
from hypothesis import given
from hypothesis import strategies as st

from service.connections import FILES, Connections
from service.database import FILE_NAME
from service.limits import CONNECTION_LIMIT
from tools.servers import ROOT, SERVERS, RunningServer, running_server

GET_HEALTH = f"GET /healthz HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
SLOW = (
    b"POST /decide HTTP/1.1\r\nHost: localhost\r\n"
    b"Content-Type: application/json\r\nContent-Length: 60000\r\n\r\n{"
)
BACKLOG = 120  # connections that arrive while the server does not look


# ---------------------------------------------------------------------------- who makes way
def test_who_waits_longest_for_its_client_makes_way():
    connections = Connections(limit=3)
    assert [connections.open(name) for name in "abc"] == [None, None, None]
    connections.serve("a")
    connections.wait("a")  # it has been answered: now b has waited longest
    assert connections.open("d") == "b"
    assert connections.open("e") == "c"
    assert connections.open("f") == "a"
    assert len(connections) == 3


def test_who_waits_for_the_server_never_makes_way():
    connections = Connections(limit=2)
    for name in "ab":
        connections.open(name)
        connections.serve(name)
    assert connections.open("c") == "c"  # all are being served: the new one is turned away
    connections.wait("b")
    assert connections.open("d") == "b"


def test_what_was_given_up_is_not_counted_again():
    connections = Connections(limit=1)
    connections.open("a")
    assert connections.open("b") == "a"
    for late in (connections.serve, connections.wait, connections.close):
        late("a")
    assert len(connections) == 1
    connections.close("b")
    assert len(connections) == 0


@given(st.lists(st.tuples(st.sampled_from(["open", "serve", "wait", "close"]), st.integers(0, 8))))
def test_never_more_than_the_limit_and_never_one_twice(steps):
    connections, held = Connections(limit=4), set()
    for step, name in steps:
        if step == "open":
            if name in held:
                continue
            victim = connections.open(name)
            held = (held | {name}) - {victim}
        else:
            getattr(connections, step)(name)
            if step == "close":
                held.discard(name)
        assert len(connections) == len(held) <= 4


@pytest.mark.parametrize(
    ("soft", "hard", "affordable", "raised"),
    [
        (256, 1024, CONNECTION_LIMIT, CONNECTION_LIMIT + FILES),  # as macOS has it
        (256, 256, 256 - FILES, 256),
        (1024, 1024, CONNECTION_LIMIT, 1024),
    ],
)
def test_a_server_holds_as_many_connections_as_the_system_lets_it(soft, hard, affordable, raised):
    pytest.importorskip("resource")
    program = (
        "import resource, sys; from service.connections import affordable; kind = resource.RLIMIT_NOFILE;"
        "resource.setrlimit(kind, (int(sys.argv[1]), int(sys.argv[2])));"
        "print(affordable(), resource.getrlimit(kind)[0])"
    )
    command = [sys.executable, "-c", program, str(soft), str(hard)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == f"{affordable} {raised}\n"


# ---------------------------------------------------------------------------- the servers
@pytest.fixture(scope="module", params=SERVERS)
def crowded(request) -> Iterator[RunningServer]:
    """Either server, with the usual time for a request."""
    with running_server(request.param) as running:
        yield running


def test_players_get_in_and_stay_among_slow_clients(crowded):
    with contextlib.ExitStack() as stack:
        player = stack.enter_context(connect(crowded))
        slow = []
        for _ in range(CONNECTION_LIMIT + 44):
            slow.append(stack.enter_context(connect(crowded)))
            slow[-1].sendall(SLOW)
            if len(slow) % 20 == 0:  # a player asks more often than 256 others come
                player.sendall(GET_HEALTH)
                assert reply_on(player).status == 200
        assert post(crowded, "/fights", {"tier": "hard"}).status == 201
        player.sendall(GET_HEALTH)
        assert reply_on(player).status == 200
        assert closed_by_server(slow[0])  # the first of them had to go for the last
        text = call(crowded, "GET", "/metrics").body.decode()
        figures = dict(line.rsplit(" ", 1) for line in text.splitlines() if not line.startswith("#"))
        assert 200 < float(figures["mm_connections"]) <= CONNECTION_LIMIT


def test_who_does_not_read_makes_way_too(crowded):
    music = f"GET /audio/mp3/duel.mp3 HTTP/1.1\r\nHost: {HOST}\r\n\r\n".encode()
    with contextlib.ExitStack() as stack:
        for _ in range(CONNECTION_LIMIT):
            stack.enter_context(connect(crowded)).sendall(8 * music)  # more than any buffer holds
        for _ in range(10):
            assert post(crowded, "/fights", {"tier": "hard"}).status == 201


def test_many_may_arrive_while_the_server_does_not_look(server):
    with contextlib.ExitStack() as stack:
        server.process.send_signal(signal.SIGSTOP)
        try:
            waiting = [stack.enter_context(connect(server)) for _ in range(BACKLOG)]
            for connection in waiting:
                connection.sendall(GET_HEALTH)
        finally:
            server.process.send_signal(signal.SIGCONT)
        assert {reply_on(connection).status for connection in waiting} == {200}


def test_deciding_goes_on_while_the_journal_is_locked(server):
    journal = sqlite3.connect(server.errors.parent / "var" / FILE_NAME, isolation_level=None)
    body = b'{"action": "on"}'
    head = f"POST /learning HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    with contextlib.closing(journal), connect(server) as waiting:
        journal.execute("BEGIN IMMEDIATE")  # as another process does that writes
        waiting.sendall(f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body)
        for _ in range(20):
            assert post(server, "/decide", decision()).status == 200
        waiting.setblocking(False)
        with pytest.raises(BlockingIOError):  # that one waits still
            waiting.recv(1)
        waiting.settimeout(TIMEOUT)
        journal.execute("ROLLBACK")
        assert reply_on(waiting).status == 200
