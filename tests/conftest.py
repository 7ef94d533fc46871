"""Fixtures shared by every test file: a real Chromium, and a page to test single modules in.

Playwright's synchronous interface keeps an event loop running in the main thread for the whole
session: a test that needs a loop of its own must run it in another thread.
"""

import os
import signal
from collections.abc import Iterator

# Tiny matrices: more threads only wait for each other. Set before numpy is imported.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

# A shell that runs the tests in the background has them ignore Ctrl-C. Every program that a test starts and
# ends by Ctrl-C would inherit that; a handler is not inherited, and leaves it as it should be.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)

import pytest
from hypothesis import HealthCheck, settings
from playwright.sync_api import Browser, Page, sync_playwright

from tools.browser import launch_chromium, serve_static

# How long an example takes depends on what else the machine does; timings are for benchmarks.
settings.register_profile("steady", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("steady")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    """One headless Chromium for the session; a test makes its own context or page and closes it."""
    with sync_playwright() as playwright:
        chromium = launch_chromium(playwright)
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def static_url() -> Iterator[str]:
    """Base URL (ending in a slash) of a server with web/ under /static/ and audio/ under /audio/."""
    with serve_static() as url:
        yield url


@pytest.fixture
def static_page(browser: Browser, static_url: str) -> Iterator[Page]:
    """An empty page of the static server, for `await import('/static/...')`.

    An exception that nobody caught in the page fails the test at its end.
    """
    context = browser.new_context()
    page = context.new_page()
    errors: list[str] = []
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(static_url)
    yield page
    context.close()
    assert errors == []
