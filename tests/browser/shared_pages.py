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
# Two frames: sizes have been measured, and what follows from them is done.
DRAWN = "new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)))"


class Turns:
    """A page at its gate, put back as it was opened before every test; loaded again only if need be."""

    def __init__(self, page: Page, trouble: Trouble):
        self._page = page
        self._trouble = trouble
        self._address = page.url
        self._size = page.viewport_size
        self._settings = self._stored()
        self._looks = page.evaluate(LOOKS)

    @contextmanager
    def turn(self) -> Iterator[Page]:
        """The page at its gate for one test; it must cause no error of any kind."""
        if not self._is_put_back():
            self._load()
        yield self._page
        errors = [*self._trouble.errors, *self._page.evaluate("window.__game?.errors ?? []")]
        self._trouble.errors.clear()
        assert errors == []

    def _stored(self) -> dict | None:
        return json.loads(self._page.evaluate("(key) => localStorage.getItem(key)", SETTINGS) or "null")

    def _is_put_back(self) -> bool:
        """Leaves a fight and resets the settings by the page's own menus; false if that is not enough."""
        page = self._page
        if page.url != self._address or page.evaluate("window.__game?.errors.length") != 0:
            return False
        for key in KEYS:
            page.keyboard.up(key)
        page.emulate_media(reduced_motion="no-preference")
        if page.viewport_size != self._size:
            page.set_viewport_size(self._size)
        phase = page.evaluate("window.__game.phase")
        if phase == "fight":
            page.keyboard.press("Escape")
        if phase == "ending":
            page.evaluate("window.__step(240)")
        for way in ("#paused-leave", "#leave"):
            if page.locator(way).is_visible():
                page.locator(way).click()
        if not page.locator("#gate").is_visible():
            return False
        if self._stored() != self._settings or page.evaluate(LOOKS) != self._looks:
            self._reset_settings()
        is_reset = self._stored() == self._settings
        page.evaluate(
            "([key, text]) => { localStorage.clear(); localStorage.setItem(key, text); }",
            [SETTINGS, json.dumps(self._settings)],
        )
        page.locator("#enter").focus()
        page.evaluate(DRAWN)
        return is_reset and page.evaluate(LOOKS) == self._looks

    def _reset_settings(self) -> None:
        page = self._page
        page.locator("#open-settings").click()
        page.locator("#settings-tab-sound").click()
        for _ in range(2):  # it asks first
            page.locator("#settings-reset").click()
        page.locator("#settings-done").click()

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
def shared_page(browser: Browser, url: str, query: str = "?manual&seed=7", **options) -> Iterator[Turns]:
    """A page for the tests of a module, in a context of its own."""
    with opened(browser, url, query, **options) as (page, trouble):
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
