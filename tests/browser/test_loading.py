"""What is seen while the page loads, and what happens when a part of it does not come."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from pages import WAIT_MS, wait_until
from playwright.sync_api import Browser, Page, expect


@contextmanager
def fresh(browser: Browser) -> Iterator[Page]:
    """A page that has not been opened yet, in a context of its own."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(WAIT_MS)
    try:
        yield context.new_page()
    finally:
        context.close()


def test_the_line_burns_as_far_as_the_files_have_come(browser: Browser, url: str):
    with fresh(browser) as page:
        held = []
        page.route("**/slime.png", lambda route: held.append(route))
        page.goto(url)
        line = page.locator("#loading-line")
        expect(page.locator("#loading-words")).to_have_text("Lighting the arena")
        page.evaluate(
            """async () => {
                const line = document.getElementById("loading-line");
                while (Number(line.getAttribute("aria-valuenow")) < 60) {
                    await new Promise(requestAnimationFrame);
                }
            }"""
        )
        assert 60 <= int(line.get_attribute("aria-valuenow")) < 100
        expect(page.locator("#gate")).to_be_hidden()
        held[0].continue_()
        expect(page.locator("#gate")).to_be_visible(timeout=WAIT_MS)
        assert line.get_attribute("aria-valuenow") == "100"


@pytest.mark.parametrize("name", ["sprites.json", "slime.png", "fog.png"])
def test_a_missing_piece_of_the_arena_is_named_and_fetched_again(browser: Browser, url: str, name: str):
    with fresh(browser) as page:
        asked = []
        page.on("request", lambda request: asked.append(request.url.rpartition("/")[2]))
        page.route(f"**/{name}", lambda route: route.abort())
        page.goto(url)
        expect(page.locator("#failure")).to_be_visible(timeout=WAIT_MS)
        expect(page.locator("#failure-text")).to_have_text(
            f"The arena could not be painted: {name} did not come."
        )
        expect(page.locator("#failure-retry")).to_be_focused()
        page.unroute(f"**/{name}")
        asked.clear()
        page.keyboard.press("Enter")
        expect(page.locator("#gate")).to_be_visible(timeout=WAIT_MS)
        assert name in asked
        assert name == "sprites.json" or "knight.png" not in asked  # what had come is not fetched again
        assert page.evaluate("window.__game.errors") == []


def test_the_gate_opens_without_the_mind_and_can_fetch_it_later(browser: Browser, url: str):
    with fresh(browser) as page:
        page.route("**/mind/*.json", lambda route: route.abort())
        page.goto(url)
        expect(page.locator("#gate")).to_be_visible(timeout=WAIT_MS)
        expect(page.locator("#mind-notice")).to_contain_text("mind has not come")
        page.unroute("**/mind/*.json")
        page.locator("#mind-retry").click()
        expect(page.locator("#mind-notice")).to_be_hidden()
        assert page.evaluate("window.__game.hasMind")


def test_nobody_waits_for_a_slow_mind_or_for_sound(browser: Browser, url: str):
    with fresh(browser) as page:
        page.route("**/mind/*.json", lambda route: None)  # never answered
        page.route(f"{url}audio/**", lambda route: None)
        page.goto(url)
        expect(page.locator("#gate")).to_be_visible(timeout=WAIT_MS)
        page.keyboard.press("Enter")
        wait_until(page, "g.phase === 'opening' || g.phase === 'fight'")
        assert page.evaluate("window.__game.errors") == []


def test_a_missing_module_is_told_and_the_page_loads_again(browser: Browser, url: str):
    with fresh(browser) as page:
        page.route("**/gen/rules.js", lambda route: route.abort())
        page.goto(url)
        expect(page.locator("#failure-text")).to_contain_text(
            "The rules of the duel could not be loaded", timeout=WAIT_MS
        )
        page.unroute("**/gen/rules.js")
        page.locator("#failure-retry").click()
        expect(page.locator("#gate")).to_be_visible(timeout=WAIT_MS)
