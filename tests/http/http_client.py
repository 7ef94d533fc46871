"""A small HTTP client for the tests of the servers: says exactly what it is told, hides nothing."""

import itertools
import json
import socket
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPResponse

from tools.servers import HOST, RunningServer

SECRET = "a secret for the tests only"
TIMEOUT = 60.0  # seconds; a hung server fails the test
JSON = {"Content-Type": "application/json"}
_clients = itertools.count()


@dataclass(frozen=True)
class Reply:
    """A response, whole."""

    status: int
    headers: dict[str, str]  # lower-case names
    body: bytes

    def json(self):
        """The body as JSON."""
        return json.loads(self.body)

    def error(self) -> tuple[int, str, str | None]:
        """Status, code and field of a refusal."""
        error = self.json()["error"]
        return self.status, error["code"], error["field"]


def call(
    server: RunningServer,
    method: str,
    path: str,
    body: bytes | None = None,
    headers: dict[str, str] | None = None,
    connection: HTTPConnection | None = None,
) -> Reply:
    """One request, on a connection of its own unless one is given.

    Host and Content-Length are sent unless `headers` says otherwise; a header whose value is "" is
    not sent at all. Each request comes from a client of its own, where the server believes a proxy: tests do
    not use up one another's limits.
    """
    number = next(_clients)
    client = f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}"
    stated = {"Host": f"{HOST}:{server.port}", "X-Forwarded-For": client, **(headers or {})}
    if body is not None:
        stated = {"Content-Length": str(len(body)), **stated}
    own = connection is None
    connection = connection or HTTPConnection(HOST, server.port, timeout=TIMEOUT)
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        for name, value in stated.items():
            if value != "":
                connection.putheader(name, value)
        connection.endheaders(body)
        return read_reply(connection.getresponse())
    finally:
        if own:
            connection.close()


def read_reply(response: HTTPResponse) -> Reply:
    """The rest of a response."""
    headers = {name.lower(): value for name, value in response.getheaders()}
    return Reply(response.status, headers, response.read())


def post(server: RunningServer, path: str, content, headers: dict[str, str] | None = None) -> Reply:
    """POSTs a value as JSON."""
    return call(server, "POST", path, json.dumps(content).encode(), {**JSON, **(headers or {})})


def connect(server: RunningServer) -> socket.socket:
    """A bare connection."""
    return socket.create_connection((HOST, server.port), timeout=TIMEOUT)


def reply_on(connection: socket.socket, method: str = "GET") -> Reply:
    """The response that comes on a bare connection."""
    response = HTTPResponse(connection, method=method)
    response.begin()
    return read_reply(response)


def closed_by_server(connection: socket.socket) -> bool:
    """Whether the server has ended the connection; waits until it has, or for the timeout."""
    try:
        return connection.recv(1) == b""
    except ConnectionResetError:
        return True
