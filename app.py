"""The Hugging Face Space: the same service on gradio.Server.

    python app.py                   on a Space 0.0.0.0:7860, elsewhere 127.0.0.1:7860
    python app.py --port 8000

Settings: see `service/settings.py`; GRADIO_SERVER_NAME and GRADIO_SERVER_PORT are read too. A busy
port ends with code 2. Gradio launches the web server and keeps its socket, its loop and its life; every
connection is a `service.connection.Connection`, as on `serve_local.py`, so that none of gradio's own routes
(uploads, files, queue) can be reached.
"""

import argparse
import contextlib
import gc
import logging
import os
import signal
import socket
import sys
import time
from collections.abc import Callable

from modular_mind import WeightsError
from service.connection import Connection
from service.http import BODY_LIMIT, sent_body, too_many_connections, wire_headers
from service.metrics import prometheus_text
from service.narration import narrator_beside
from service.routes import Service
from service.settings import Config, SettingsError, add_address_flags, address_problem, on_space, read_config
from service.supervisor import learner_beside

DEFAULT_PORT = 7860
STARTUP_PATH = "/gradio_api/startup-events"  # launch() calls it once, over HTTP
EXIT_UNUSABLE = 2  # the address or a setting cannot be used


# What gradio reads from the environment and must not differ by host: no calls home, and launch() returns.
FIXED_ENVIRONMENT = {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_DEBUG": "0"}


def build(config: Config):
    """The Space's gradio.Server, not launched yet; raises WeightsError or SettingsError.

    Gradio is imported here: it takes seconds, and a mistaken setting or a busy port should be told at once.
    """
    service = Service(config, prometheus_text)
    os.environ.update(FIXED_ENVIRONMENT)
    # gradio tries this address for a free port, whatever launch() is told
    os.environ["GRADIO_SERVER_NAME"] = "127.0.0.1" if ":" in config.host else config.host
    from gradio import Server

    class Space(Server):
        """A gradio server that answers nothing but its own start-up call."""

        def build_middleware_stack(self):
            """Puts the gate outside of every middleware, gradio's own included, which launch() adds."""
            return Gate(super().build_middleware_stack(), self.starts)

        def starts(self) -> bool:
            """Whether gradio has yet to be started up."""
            return not self.startup_events_triggered

    space = Space(title="Modular Mind", openapi_url=None, docs_url=None, redoc_url=None)
    space.state.service = service
    return space


def launch(space, config: Config):
    """Starts a built Space in a thread; returns its gradio Blocks, whose close() ends it. Raises OSError."""
    space.launch(
        server_name=f"[{config.host}]" if ":" in config.host else config.host,
        server_port=config.port,
        prevent_thread_lock=True,
        quiet=True,
        inbrowser=False,
        share=False,
        ssr_mode=False,
        pwa=False,
        mcp_server=False,
        run_history=False,
        num_workers=0,
        max_file_size=BODY_LIMIT,
        _frontend=False,  # there is no page of gradio's that launch() could ask for
    )
    blocks = space.get_blocks()
    answer_by(space.state.service, blocks.server)
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # broken requests are no news
    blocks._queue.close()  # it looks for work a thousand times a second, and nobody can give it any
    return blocks


def answer_by(service: Service, server) -> None:
    """From now on every connection that a running uvicorn.Server accepts is one to the service."""

    class SpaceConnection(Connection):
        """A connection that uvicorn ends when the server ends."""

        def connection_made(self, transport) -> None:
            super().connection_made(transport)
            server.server_state.connections.add(self)

        def connection_lost(self, error) -> None:
            server.server_state.connections.discard(self)
            super().connection_lost(error)

        def shutdown(self) -> None:
            """Called by uvicorn."""
            self.abort()

    # uvicorn looks this up for every new connection; gradio's launch() has no parameter for it.
    server.config.http_protocol_class = lambda **_: SpaceConnection(service)
    early = list(server.server_state.connections)
    for connection in early:  # who came while gradio started may come again, to a server with deadlines
        connection.loop.call_soon_threadsafe(connection.transport.abort)


class Gate:
    """An ASGI application that lets gradio's start-up call pass to `inner`, and nobody else."""

    def __init__(self, inner: Callable, starts: Callable[[], bool]):
        """starts: whether that call is still to come."""
        self._inner = inner
        self._starts = starts

    async def __call__(self, scope, receive, send) -> None:
        """One ASGI connection."""
        kind = scope["type"]
        if kind == "lifespan" or (kind == "http" and scope["path"] == STARTUP_PATH and self._starts()):
            await self._inner(scope, receive, send)
        elif kind == "http":
            refusal = too_many_connections()
            headers = [
                (name.lower().encode("latin-1"), value.encode("latin-1"))
                for name, value in wire_headers(refusal, close=True)
            ]
            await send({"type": "http.response.start", "status": refusal.status, "headers": headers})
            await send({"type": "http.response.body", "body": sent_body(scope["method"], refusal)})
        else:
            await receive()
            await send({"type": "websocket.close", "code": 1008})


# ---------------------------------------------------------------------------- starting
def check_address(config: Config) -> None:
    """Raises OSError when the address cannot be listened on."""
    family = socket.AF_INET6 if ":" in config.host else socket.AF_INET
    with socket.socket(family, socket.SOCK_STREAM) as probe:
        if os.name != "nt":
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        probe.bind((config.host, config.port))


def main(arguments: list[str] | None = None) -> int:
    """Runs the Space until it is interrupted; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    add_address_flags(parser)
    options = parser.parse_args(arguments)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s: %(message)s")
    try:
        config = read_config(
            os.environ,
            ("MM_HOST", "GRADIO_SERVER_NAME"),
            ("MM_PORT", "GRADIO_SERVER_PORT"),
            "0.0.0.0" if on_space(os.environ) else "127.0.0.1",
            DEFAULT_PORT,
            options.host,
            options.port,
        )
        check_address(config)
        space = build(config)
        blocks = launch(space, config)
    except (SettingsError, WeightsError) as error:
        print(f"Cannot start: {error}", file=sys.stderr)
        return EXIT_UNUSABLE
    except OSError as error:
        print(address_problem(config, error), file=sys.stderr)
        return EXIT_UNUSABLE

    signal.signal(signal.SIGTERM, signal.default_int_handler)
    gc.freeze()  # collecting among all that gradio has loaded would hold up every fight for 0.1 s
    print(f"Modular Mind is at {config.url} (Ctrl-C stops it)", flush=True)
    service = space.state.service
    with (
        contextlib.suppress(KeyboardInterrupt),
        learner_beside(config, service.learner_wanted),
        narrator_beside(config, service.narration),
    ):
        while True:
            time.sleep(1.0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the end is under way and takes a moment
    blocks.close(verbose=False)
    service.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
