"""The local server: the whole game on the standard library and numpy.

    python serve_local.py                    http://127.0.0.1:7861/ , opened in the browser of a desktop
    python serve_local.py --port 8000 --no-open

Settings: see `service/settings.py`; HOST and PORT are read too. A busy port ends with code 2. One event
loop has all connections (`service/connection.py`).
"""

import argparse
import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable

from modular_mind import WeightsError
from service.connection import Connection
from service.narration import narrator_beside
from service.routes import Service
from service.settings import Config, SettingsError, add_address_flags, address_problem, read_config
from service.supervisor import learner_beside

DEFAULT_PORT = 7861
BACKLOG = 128  # connections that may arrive while the server does not look
EXIT_UNUSABLE = 2  # the address or a setting cannot be used


def listen(config: Config) -> socket.socket:
    """A socket that listens where the settings say; raises OSError."""
    if ":" not in config.host:
        return socket.create_server((config.host, config.port), backlog=BACKLOG)
    return socket.create_server(
        (config.host, config.port),
        family=socket.AF_INET6,
        backlog=BACKLOG,
        dualstack_ipv6=config.any_address and socket.has_dualstack_ipv6(),
    )


async def serve(service: Service, listener: socket.socket, ready: Callable[[], None] = lambda: None) -> None:
    """Serves until the process is told to end, by Ctrl-C or SIGTERM. ready: called when that has begun."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    # a shell's background is deaf to Ctrl-C, and stays so
    signals = [one for one in (signal.SIGINT, signal.SIGTERM) if signal.getsignal(one) != signal.SIG_IGN]

    def tell(*_) -> None:
        for one in signals:
            signal.signal(one, signal.SIG_IGN)  # the end is under way and takes a moment
        loop.call_soon_threadsafe(told.set)

    for one in signals:
        signal.signal(one, tell)
    server = await loop.create_server(lambda: Connection(service), sock=listener, backlog=BACKLOG)
    ready()
    await told.wait()
    server.close()
    while connections := service.connections.all():
        for connection in connections:
            connection.abort()
        await asyncio.sleep(0)  # while they end


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
        listener = listen(config)
    except OSError as error:
        print(address_problem(config, error), file=sys.stderr)
        return EXIT_UNUSABLE

    def ready() -> None:
        print(f"Modular Mind is at {config.url} (Ctrl-C stops it)", flush=True)
        if has_desktop() if options.open is None else options.open:
            threading.Thread(target=webbrowser.open, args=(config.url,), daemon=True).start()

    with (
        contextlib.closing(service),
        learner_beside(config, service.learner_wanted),
        narrator_beside(config, service.narration),
    ):
        asyncio.run(serve(service, listener, ready))
    return 0


if __name__ == "__main__":
    sys.exit(main())
