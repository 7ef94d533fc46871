"""A page stepped by hand that tests take turns on, put back by a script, which costs next to nothing."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pages import WAIT_MS, Trouble, game, opened
from playwright.sync_api import Browser, Page, expect

# Leads from wherever a test has ended to the gate, with every setting as it was at first. The ending's button
# leads there from every screen; opening a tab ends the binding of a key.
HOME = """() => {
    for (const id of ["leave", "settings-tab-sound", "settings-reset", "settings-reset"]) {
        document.getElementById(id).click();
    }
}"""
# To decode the music of a fight takes longer than most tests; without the interface the page is silent.
SILENCE = "delete window.AudioContext; delete window.webkitAudioContext;"
Opened = tuple[Page, Trouble]


@contextmanager
def shared_by_hand(browser: Browser, url: str, script: str = "", **options) -> Iterator[Opened]:
    """The page at its gate, stepped by hand and silent, for many tests; `script` is run in it besides."""
    with opened(browser, url, "?manual&seed=7", **options) as (page, trouble):
        page.add_init_script(SILENCE + script)  # for when it is loaded anew
        page.evaluate(f"() => {{ {SILENCE} {script} }}")
        yield page, trouble


@contextmanager
def in_turn(opening: Opened, session: pytest.Session, home: str = HOME) -> Iterator[Page]:
    """
    A shared page at its gate, for one test, in which it must cause no error of any kind.

    `home` is a script that undoes what a test does; after one that has failed, and may have stopped anywhere,
    the page is loaded anew.
    """
    page, trouble = opening
    address, size, failures = page.url, page.viewport_size, session.testsfailed
    yield page
    has_failed = session.testsfailed > failures
    errors = [] if has_failed else [*trouble.errors, *game(page, "errors")]
    if page.viewport_size != size:
        page.set_viewport_size(size)
    if has_failed or errors:
        page.evaluate("localStorage.clear()")
        page.goto(address)
    else:
        page.evaluate(home)
    expect(page.locator("#gate")).to_be_visible(timeout=WAIT_MS)
    trouble.errors.clear()
    assert errors == []
