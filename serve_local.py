"""The local server: the whole game on the standard library and numpy.

    python serve_local.py                    http://127.0.0.1:7861/ , opened in the browser of a desktop
    python serve_local.py --port 8000 --no-open

Settings: see `service/settings.py`; HOST and PORT are read too. A busy port ends with code 2. One
thread serves one connection; each request has a deadline that sending byte by byte cannot stretch.
"""

import argparse
import contextlib
import email.errors
import io
import logging
import math
import os
import re
import signal
import socket
import socketserver
import sys
import threading
import time
import webbrowser
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from modular_mind import WeightsError
from service.http import (
    BODY_LIMIT,
    Request,
    Response,
    content_length,
    has_body,
    malformed_request,
    request_timeout,
    sent_body,
    too_many_connections,
    truncated_body,
    wire_head,
)
from service.limits import IDLE_SECONDS, LINGER_BYTES, LINGER_SECONDS, WRITE_SECONDS
from service.routes import Service
from service.settings import SettingsError, add_address_flags, address_problem, read_config
from service.supervisor import learner_beside

DEFAULT_PORT = 7861
LINE_LIMIT = 64 * 1024  # bytes of a request line, as http.server has it for headers
REQUEST_LIMIT = BODY_LIMIT + LINE_LIMIT  # bytes of a request, all lines and its body together
TIMEOUT_TOLERANCE = 0.05  # seconds
ONE_WRITE_LIMIT = 64 * 1024  # bodies up to this size leave together with their head
EXIT_UNUSABLE = 2  # the address or a setting cannot be used

HEADER_DEFECTS = (  # the parser reports those of bodies too, which it does not see
    email.errors.FirstHeaderLineIsContinuationDefect,
    email.errors.MisplacedEnvelopeHeaderDefect,
    email.errors.MissingHeaderBodySeparatorDefect,
)
_TARGET = re.compile(r"[!-~]+")
_HEADER_NAME = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]+")


class DeadlineReader(io.RawIOBase):
    """Reads a socket within a time and a number of bytes for everything together, not for each piece."""

    def __init__(self, connection: socket.socket):
        self._connection = connection
        self._timeout = math.inf  # the socket's, in seconds
        self._deadline = 0.0
        self._bytes = 0

    def allow(self, seconds: float, size: int) -> None:
        """From now on reads fail with TimeoutError after this time, with OverflowError after these bytes."""
        self._deadline = time.monotonic() + seconds
        self._bytes = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:
        remaining = self._deadline - time.monotonic()
        if remaining <= 0:
            raise TimeoutError
        if self._bytes <= 0:
            raise OverflowError
        self.wait_at_most(remaining)
        size = self._connection.recv_into(buffer)
        self._bytes -= size
        return size

    def wait_at_most(self, seconds: float) -> None:
        """From now on the socket's calls wait so long, give or take a moment.

        Telling the socket is a system call, during which another thread may take over: not for a moment.
        """
        if abs(seconds - self._timeout) > TIMEOUT_TOLERANCE:
            self._connection.settimeout(seconds)
            self._timeout = seconds


class LocalServer(ThreadingHTTPServer):
    """Accepts connections, up to a limit, and gives each one a thread."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = os.name != "nt"  # there it would let two servers share a port

    def __init__(self, service: Service):
        """Binds the address of the service's settings; raises OSError."""
        self.service = service
        host = service.config.host
        if ":" in host:
            self.address_family = socket.AF_INET6
        super().__init__((host, service.config.port), ConnectionHandler)

    def server_bind(self) -> None:
        """Binds without looking up the machine's name, which may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = self.server_address[:2]

    def process_request(self, request, client_address) -> None:
        """Starts the thread of a connection; where there are too many, ends another or refuses this one."""
        connections = self.service.connections
        victim = connections.open(request)
        if victim is request:
            response = too_many_connections()
            self.service.count_refusal(response)
            with contextlib.suppress(OSError):
                request.settimeout(0)
                request.sendall(wire_head(response, close=True) + response.body)
            self.shutdown_request(request)
            return
        if victim is not None:
            with contextlib.suppress(OSError):  # it may be ending by itself
                victim.shutdown(socket.SHUT_RDWR)  # wakes its thread, which closes it
        try:
            super().process_request(request, client_address)
        except BaseException:
            connections.close(request)
            raise

    def process_request_thread(self, request, client_address) -> None:
        """The life of a connection, in its thread."""
        try:
            super().process_request_thread(request, client_address)
        finally:
            self.service.connections.close(request)

    def handle_error(self, request, client_address) -> None:
        """Connections that break or stall are no news; anything else is a fault of ours."""
        if not isinstance(sys.exception(), OSError):
            logging.getLogger(__name__).exception("a connection failed")


class ConnectionHandler(BaseHTTPRequestHandler):
    """Reads the requests of one connection and sends what the service answers."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: LocalServer

    def setup(self) -> None:
        super().setup()
        self.rfile.close()
        self.reader = DeadlineReader(self.connection)
        self.rfile = io.BufferedReader(self.reader)
        self.method = ""

    def handle_one_request(self) -> None:
        """One request, from waiting for its first byte to the end of its response."""
        self.close_connection = True
        self.method = ""
        self.reader.allow(IDLE_SECONDS, REQUEST_LIMIT)
        if not self.rfile.peek(1):
            return
        service = self.server.service
        self.reader.allow(service.config.request_seconds, REQUEST_LIMIT)
        try:
            response, close = self.exchange()
        except TimeoutError:
            response, close = service.count_refusal(request_timeout()), True
        except OverflowError:
            response, close = service.count_refusal(malformed_request()), True
        self.close_connection = self.close_connection or close
        self.send(response)
        if close:
            self.discard_rest()

    def exchange(self) -> tuple[Response, bool]:
        """Reads a request; its answer, and whether more of it may come that nobody will read."""
        service = self.server.service
        request = self.read_head()
        if request is None:
            return service.count_refusal(malformed_request()), True
        self.method = request.method
        refusal = service.admit(request)
        if refusal is not None:
            return refusal, has_body(request)
        length = content_length(request)
        if length and request.headers.get("expect", "").lower() == "100-continue":
            self.connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        body = self.rfile.read(length)
        if len(body) < length:
            return service.count_refusal(truncated_body()), True
        service.connections.serve(self.connection)
        return service.answer(replace(request, body=body)), False

    def read_head(self) -> Request | None:
        """Request line and headers; None when they are not HTTP/1."""
        self.raw_requestline = self.rfile.readline(LINE_LIMIT + 1)
        if len(self.raw_requestline) > LINE_LIMIT or not self.parse_request():
            return None
        headers: dict[str, str] = {}
        for raw_name, value in self.headers.items():
            name = raw_name.lower()
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        words = self.requestline.split()
        well_formed = (
            len(words) == 3
            and _TARGET.fullmatch(words[1])
            and not any(isinstance(defect, HEADER_DEFECTS) for defect in self.headers.defects)
            and all(_HEADER_NAME.fullmatch(name) for name in headers)
        )
        if not well_formed:
            return None
        if self.request_version == "HTTP/1.0":
            self.close_connection = True
        return Request(self.command, words[1].partition("?")[0], headers, self.client_address[0])

    def send_error(self, *_args, **_kwargs) -> None:
        """The base class reports a malformed head here; `read_head` returns None for it."""

    def handle_expect_100(self) -> bool:
        """The answer to Expect waits until the request has been admitted."""
        return True

    def send(self, response: Response) -> None:
        """Writes a response, in one piece when it is small."""
        self.server.service.connections.wait(self.connection)
        head = wire_head(response, self.close_connection)
        body = sent_body(self.method, response)
        # A time is for all of a sendall, however it goes in pieces.
        if len(body) <= ONE_WRITE_LIMIT:
            self.reader.wait_at_most(IDLE_SECONDS)
            self.connection.sendall(head + body)
        else:
            self.reader.wait_at_most(WRITE_SECONDS)
            self.connection.sendall(head)
            self.connection.sendall(body)

    def discard_rest(self) -> None:
        """Reads what a refused request still sends: closing on it could lose the response on its way."""
        with contextlib.suppress(OSError, OverflowError):
            self.connection.shutdown(socket.SHUT_WR)
            self.reader.allow(LINGER_SECONDS, LINGER_BYTES)
            while self.rfile.read1():
                pass


# ---------------------------------------------------------------------------- starting
def has_desktop() -> bool:
    """Whether a browser can open a window here."""
    if sys.platform in ("win32", "darwin"):
        return True
    return bool(os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY"))


def main(arguments: list[str] | None = None) -> int:
    """Runs the server until it is interrupted; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_address_flags(parser)
    parser.add_argument(
        "--open",
        action=argparse.BooleanOptionalAction,
        help="open the page in a browser (unless said otherwise: when there is a desktop)",
    )
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    try:
        config = read_config(
            os.environ,
            ("MM_HOST", "HOST"),
            ("MM_PORT", "PORT"),
            "127.0.0.1",
            DEFAULT_PORT,
            options.host,
            options.port,
        )
        service = Service(config)
    except (SettingsError, WeightsError) as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return EXIT_UNUSABLE
    try:
        server = LocalServer(service)
    except OSError as error:
        print(address_problem(config, error), file=sys.stderr)
        return EXIT_UNUSABLE

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    with server, learner_beside(config, service.learner_wanted):
        print(f"Modular Mind is at {config.url} (Ctrl-C stops it)", flush=True)
        if has_desktop() if options.open is None else options.open:
            threading.Thread(target=webbrowser.open, args=(config.url,), daemon=True).start()
        with contextlib.suppress(KeyboardInterrupt):
            server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
