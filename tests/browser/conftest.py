"""The page at its gate, as the tests of this folder get it."""

from collections.abc import Iterator

import pytest
from pages import opened
from playwright.sync_api import Browser, Page
from shared_pages import Turns, shared_page

from tools.servers import running_server


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Base address of a local server that lives as long as a module's tests."""
    with running_server("serve_local") as server:
        yield server.url


@pytest.fixture
def page(browser: Browser, url: str) -> Iterator[Page]:
    """The page at its gate, running by itself; it must cause no error of any kind."""
    with opened(browser, url) as (page, trouble):
        yield page
        assert page.evaluate("window.__game.errors") == []
        assert trouble.errors == []


@pytest.fixture
def manual(browser: Browser, url: str) -> Iterator[Page]:
    """The page at its gate, stepped by hand; it must cause no error of any kind."""
    with opened(browser, url, "?manual&seed=7") as (page, trouble):
        yield page
        assert page.evaluate("window.__game.errors") == []
        assert trouble.errors == []


@pytest.fixture(scope="module")
def shared(browser: Browser, url: str) -> Iterator[Turns]:
    """One page for all tests of a module that need no other kind of window."""
    with shared_page(browser, url) as turns:
        yield turns


@pytest.fixture
def turn(shared: Turns) -> Iterator[Page]:
    """The module's page at its gate, stepped by hand; it must cause no error of any kind."""
    with shared.turn() as page:
        yield page
