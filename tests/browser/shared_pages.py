"""One page that the tests of a module take turns on: to load it takes longer than most of them do on it."""

import json
from collections.abc import Iterator
from contextlib import contextmanager

from pages import WAIT_MS, Trouble, opened
from playwright.sync_api import Browser, Page, expect

SETTINGS = "modular-mind"
REFUSE_STORAGE = """Object.defineProperty(window, "localStorage", {
    get() { throw new DOMException("denied", "SecurityError"); }
});"""
KEYS = ("ArrowLeft", "ArrowRight", "a", "d", "j")  # that tests hold
# What a test may leave on the document: motion reduced, larger text, the mind folded, another tab chosen.
LOOKS = """() => {
    const {className, style} = document.documentElement;
    const tab = document.querySelector("#settings .tab[aria-selected=true]").id;
    return [className, style.fontSize, document.getElementById("page").className, tab];
}"""
# Leads from wherever a test has ended to the gate, with every setting as it was at first. The ending's button
# leads there from every screen; opening a tab ends the binding of a key; settings ask before they are reset.
HOME = """() => {
    for (const id of ["leave", "settings-tab-sound", "settings-reset", "settings-reset"]) {
        document.getElementById(id).click();
    }
}"""
# Two frames: sizes have been measured, and what follows from them is done.
DRAWN = "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))"
# To decode the music of a fight takes longer than most tests; without the interface the page is silent.
SILENCE = "delete window.AudioContext; delete window.webkitAudioContext;"


class Turns:
    """A page at its gate, put back as it was opened before every test; loaded again only if need be."""

    def __init__(self, page: Page, trouble: Trouble):
        self._page = page
        self._trouble = trouble
        self._address = page.url
        self._size = page.viewport_size
        self._settings = self._stored()
        self._looks = page.evaluate(LOOKS)
        self._home: str | None = None  # undoes what the last test did

    @contextmanager
    def turn(self, home: str = HOME) -> Iterator[Page]:
        """
        The page at its gate for one test; it must cause no error of any kind.

        `home` is a script that undoes what the test does: HOME, or one that does more.
        """
        if self._home is not None and not self._is_put_back(self._home):
            self._load()
        self._home = home
        yield self._page
        errors = [*self._trouble.errors, *self._page.evaluate("window.__game?.errors ?? []")]
        self._trouble.errors.clear()
        assert errors == []

    def _stored(self) -> dict | None:
        return json.loads(self._page.evaluate("(key) => localStorage.getItem(key)", SETTINGS) or "null")

    def _is_put_back(self, home: str) -> bool:
        """Leads home, whatever the last test left; false if the page is not as it was opened then."""
        page = self._page
        if page.url != self._address or page.evaluate("window.__game?.errors.length") != 0:
            return False
        for key in KEYS:
            page.keyboard.up(key)
        page.emulate_media(reduced_motion="no-preference")
        if page.viewport_size != self._size:
            page.set_viewport_size(self._size)
        page.evaluate(home)
        if not page.locator("#gate").is_visible() or self._stored() != self._settings:
            return False
        page.evaluate(
            "([key, text]) => { localStorage.clear(); localStorage.setItem(key, text); }",
            [SETTINGS, json.dumps(self._settings)],
        )
        page.locator("#enter").focus()
        page.evaluate(DRAWN)
        return page.evaluate(LOOKS) == self._looks

    def _load(self) -> None:
        page = self._page
        page.evaluate("localStorage.clear()")
        page.goto("about:blank")  # an address that differs in its fragment alone would load nothing
        page.set_viewport_size(self._size)
        page.emulate_media(reduced_motion="no-preference")
        page.goto(self._address)
        expect(page.locator("#gate")).to_be_visible()
        self._trouble.errors.clear()


@contextmanager
def shared_page(
    browser: Browser, url: str, query: str = "?manual&seed=7", script: str = "", **options
) -> Iterator[Turns]:
    """A silent page for the tests of a module, in a context of its own; `script` is run in it, too."""
    with opened(browser, url, query, script=SILENCE + script, **options) as (page, trouble):
        yield Turns(page, trouble)


@contextmanager
def opened_without_storage(browser: Browser, url: str, query: str) -> Iterator[Page]:
    """The page at its gate where the browser refuses storage; it must cause no error of any kind."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(WAIT_MS)
    context.add_init_script(REFUSE_STORAGE)
    trouble = Trouble(context)
    page = context.new_page()
    try:
        page.goto(url + query)
        expect(page.locator("#gate")).to_be_visible(timeout=WAIT_MS)
        yield page
        assert page.evaluate("window.__game.errors") == trouble.errors == []
    finally:
        context.close()
