"""The Hugging Face Space: the same service on gradio.Server.

    python app.py                   on a Space 0.0.0.0:7860, elsewhere 127.0.0.1:7860
    python app.py --port 8000

Settings: see `service/settings.py`; GRADIO_SERVER_NAME and GRADIO_SERVER_PORT are read too. A busy
port ends with code 2. Gradio launches and holds the web server; every request is answered by
`service.asgi.Gate` in front of gradio's own routes (uploads, files, queue) and its cross-origin rules,
none of which can be reached.
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

from modular_mind import WeightsError
from service.asgi import Gate
from service.http import (
    BODY_LIMIT,
    Response,
    malformed_request,
    request_timeout,
    too_many_connections,
    truncated_body,
    wire_head,
)
from service.limits import IDLE_SECONDS, WRITE_SECONDS
from service.metrics import prometheus_text
from service.routes import Service
from service.settings import Config, SettingsError, add_address_flags, address_problem, on_space, read_config
from service.supervisor import learner_beside

DEFAULT_PORT = 7860
STARTUP_PATH = "/gradio_api/startup-events"  # launch() calls it once, over HTTP
EXIT_UNUSABLE = 2  # the address or a setting cannot be used


# What gradio and uvicorn read from the environment and must not differ by host: no calls home, launch()
# returns, and no header of a client is believed about its address (service.limits decides that).
FIXED_ENVIRONMENT = {"GRADIO_ANALYTICS_ENABLED": "False", "GRADIO_DEBUG": "0", "FORWARDED_ALLOW_IPS": ""}


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
        """A gradio server whose outermost layer is the service."""

        def build_middleware_stack(self):
            """Puts the gate outside of every middleware, gradio's own included, which launch() adds."""
            return Gate(service, super().build_middleware_stack(), self.passes)

        def passes(self, path: str) -> bool:
            """Whether gradio itself may answer: only its own start-up call, and only until that is done."""
            return path == STARTUP_PATH and not self.startup_events_triggered

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
    # uvicorn looks these up for every new connection; launch() has no parameters for them.
    blocks.server.config.http_protocol_class = guarded_protocol(space.state.service)
    blocks.server.config.ws_protocol_class = (
        None  # a WebSocket would leave the protocol above, and its limits
    )
    blocks.server.config.timeout_keep_alive = IDLE_SECONDS
    logging.getLogger("uvicorn.error").setLevel(logging.ERROR)  # broken requests are no news
    blocks._queue.close()  # it looks for work a thousand times a second, and nobody can give it any
    return blocks


def guarded_protocol(service: Service) -> type:
    """uvicorn's HTTP protocol with what it lacks: deadlines, a connection limit, the one error shape."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class GuardedProtocol(H11Protocol):
        """One connection. `cycle` is the base class's current request, None before the first."""

        head_timer = None  # runs while a request's head is awaited or coming
        head_started = False
        write_timer = None  # runs from when the client first kept a response waiting

        def connection_made(self, transport) -> None:
            """Ends another connection when there are too many, or refuses this one."""
            super().connection_made(transport)
            victim = service.connections.open(self)
            if victim is self:
                self.refuse(too_many_connections())
                return
            if victim is not None:
                victim.transport.abort()
            self.head_timer = self.loop.call_later(IDLE_SECONDS, self.close)

        def connection_lost(self, exc) -> None:
            """Forgets the timers."""
            service.connections.close(self)
            self.stop_head_timer()
            if self.write_timer is not None:
                self.write_timer.cancel()
            super().connection_lost(exc)

        def data_received(self, data: bytes) -> None:
            """The first byte of a head starts its deadline, the last one ends it."""
            if self.transport.is_closing():
                return
            super().data_received(data)
            self.tell_whose_turn()
            if not self.between_requests():
                self.stop_head_timer()
                self.head_started = False
            elif not self.head_started and not self.transport.is_closing():
                self.stop_head_timer()
                self.head_started = True
                seconds = service.config.request_seconds
                self.head_timer = self.loop.call_later(seconds, self.refuse, request_timeout())

        def eof_received(self) -> bool:
            """Answers a client that has stopped sending: it may still be reading."""
            if self.between_requests():
                return False
            if self.cycle.more_body and not self.cycle.response_started:
                self.refuse(truncated_body())
                return False
            self.cycle.more_body = False
            self.cycle.keep_alive = False
            self.cycle.message_event.set()
            return True

        def on_response_complete(self) -> None:
            """The next request may come; what is still to be read of this response has its deadline."""
            if self.write_timer is not None and not self.transport.is_closing():
                self.write_timer.cancel()
                self.write_timer = None
            super().on_response_complete()
            self.tell_whose_turn()
            if self.transport.is_closing():
                self.close()

        def timeout_keep_alive_handler(self) -> None:
            """No further request has come."""
            self.close()

        def pause_writing(self) -> None:
            """Gives a client that does not read its response some time for all of it."""
            super().pause_writing()
            service.connections.wait(self)
            self.start_write_timer()

        def send_400_response(self, msg: str) -> None:
            """Called by the base class for what is not HTTP."""
            self.refuse(malformed_request())

        def between_requests(self) -> bool:
            """Whether the next thing to come is the head of a request, or the rest of one."""
            return self.cycle is None or self.cycle.response_complete

        def tell_whose_turn(self) -> None:
            """Whether the server or the client is waited for decides who makes way in a crowd."""
            if self.between_requests() or self.cycle.more_body:
                service.connections.wait(self)
            else:
                service.connections.serve(self)

        def refuse(self, response: Response) -> None:
            """Sends a response that no request leads to, unless another has begun, and closes."""
            service.count_refusal(response)
            if self.between_requests() or not self.cycle.response_started:
                self.transport.write(wire_head(response, close=True) + response.body)
            if self.cycle is not None:
                self.cycle.disconnected = True
                self.cycle.message_event.set()
            self.close()

        def close(self) -> None:
            """Closes once what was written has been read, or its time is over."""
            self.transport.close()
            self.start_write_timer()

        def start_write_timer(self) -> None:
            """From now on the client has `WRITE_SECONDS` to read."""
            if self.write_timer is None:
                self.write_timer = self.loop.call_later(WRITE_SECONDS, self.transport.abort)

        def stop_head_timer(self) -> None:
            """The head has come, or its time begins anew."""
            if self.head_timer is not None:
                self.head_timer.cancel()

    return GuardedProtocol


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
    with learner_beside(config, space.state.service.learner_wanted), contextlib.suppress(KeyboardInterrupt):
        while True:
            time.sleep(1.0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # the end is under way and takes a moment
    blocks.close(verbose=False)
    return 0


if __name__ == "__main__":
    sys.exit(main())
