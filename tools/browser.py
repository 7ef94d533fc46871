"""A headless Chromium and a static loopback server, for tests and benchmarks of the page's modules.

    with sync_playwright() as playwright, serve_static() as url:
        page = launch_chromium(playwright).new_page()
        page.goto(url)
        page.evaluate("async () => (await import('/static/sim/duel.js')).Duel.name")

`serve_static` publishes only files, as the real service does: `web/` under /static/ and `audio/`
under /audio/; `/` is an empty document of the same origin, so that a test can import one module alone.
"""

import os
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Browser, Playwright

ROOT = Path(__file__).resolve().parent.parent
MOUNTS = {"static": ROOT / "web", "audio": ROOT / "audio"}
# The shell is the same engine without a window around its pages, which makes opening one a fifth cheaper.
CHROMIUM_NAMES = ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
# Chromium takes the last list of features only, so what Playwright switches off itself is named once more.
# What is ours: pages of the browser's own for the address bar, which nobody sees here: each context loaded
# two of them, which was a quarter of all the time that tests in the browser took.
PLAYWRIGHT_OFF = (
    "AvoidUnnecessaryBeforeUnloadCheckSync", "DestroyProfileOnBrowserClose", "HttpsUpgrades",
    "HttpsFirstBalancedModeAutoEnable", "LensOverlay", "MediaRouter", "PaintHolding",
    "ThirdPartyStoragePartitioning", "AvoidCorsURLLoaderRestartOnRedirect", "OptimizationHints",
    "NetworkTimeServiceQuerying", "AimEnabled", "PreconnectToSearch",
)  # fmt: skip
OURS_OFF = ("WebUIOmniboxPopup", "WebUIOmniboxAimPopup")
CHROMIUM_ARGUMENTS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--mute-audio",
    "--force-color-profile=srgb",
    f"--disable-features={','.join((*PLAYWRIGHT_OFF, *OURS_OFF))}",
)
EMPTY_PAGE = b"<!doctype html><html lang=en><meta charset=utf-8><title>empty</title></html>"


def find_chromium() -> str | None:
    """Path of the Chromium to drive: MM_CHROMIUM, else one on PATH, else None (Playwright's own)."""
    if os.environ.get("MM_CHROMIUM"):
        return os.environ["MM_CHROMIUM"]
    found = (shutil.which(name) for name in CHROMIUM_NAMES)
    return next((path for path in found if path), None)


def launch_chromium(playwright: Playwright) -> Browser:
    """Starts a headless Chromium with the fixed arguments; raises Playwright's Error if none is found."""
    return playwright.chromium.launch(executable_path=find_chromium(), args=list(CHROMIUM_ARGUMENTS))


class _StaticHandler(SimpleHTTPRequestHandler):
    # Explicit types: the operating system's table may call .js text/plain, which modules refuse.
    extensions_map = {  # noqa: RUF012 - the base class declares it as a plain dict
        "": "application/octet-stream",
        ".html": "text/html; charset=utf-8",
        ".css": "text/css; charset=utf-8",
        ".js": "text/javascript; charset=utf-8",
        ".json": "application/json",
        ".png": "image/png",
        ".svg": "image/svg+xml",
        ".mp3": "audio/mpeg",
        ".ogg": "audio/ogg",
    }

    def do_GET(self) -> None:
        path = urlsplit(self.path).path
        if path == "/":
            self._reply(200, EMPTY_PAGE, "text/html; charset=utf-8")
        elif path == "/favicon.ico":
            self._reply(204, b"", "image/x-icon")
        elif self._file(path) is None:
            self.send_error(404)
        else:
            super().do_GET()

    def translate_path(self, path: str) -> str:
        return str(self._file(urlsplit(path).path))

    def end_headers(self) -> None:
        self.send_header("Cache-Control", "no-store")
        super().end_headers()

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the output of a test or benchmark is its own."""

    def _reply(self, status: int, body: bytes, content_type: str) -> None:
        self.send_response(status)
        self.send_header("Content-Type", content_type)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _file(self, path: str) -> Path | None:
        mount, _, name = unquote(path).lstrip("/").partition("/")
        if mount not in MOUNTS:
            return None
        file = (MOUNTS[mount] / name).resolve()
        return file if file.is_file() and file.is_relative_to(MOUNTS[mount]) else None


@contextmanager
def serve_static() -> Iterator[str]:
    """Serves the page's files on a free loopback port while the context lasts; yields the base URL."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _StaticHandler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}/"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
