"""The page in a real Chromium against the real local server, running by itself.

Loading, the server's decisions, pausing, and the fight that goes on when the server is gone.
"""

import re
from pathlib import Path

import pytest
from pages import (
    WAIT_MS,
    Trouble,
    enter,
    fight_until,
    game,
    local_server,
    opened,
    wait_until,
)
from playwright.sync_api import Browser, Page, expect

from features import (
    INPUT_RIGHT,
    MOVES,
)
from tools.servers import HOST, free_port


# ------------------------------------------------------------------------------ loading
def test_the_gate_explains_itself_and_has_the_focus(page: Page):
    expect(page.locator("#enter")).to_be_focused()
    for key in ("Space", "J", "K", "M", "Esc"):
        expect(page.locator("#gate kbd", has_text=re.compile(f"^{key}$"))).to_be_visible()
    expect(page.locator("#hud")).to_be_hidden()
    expect(page.locator("#banner")).to_have_text("")
    assert game(page, "hasMind")


def test_every_outcome_has_an_ending(page: Page):
    outcomes = page.evaluate(
        """async () => {
            const {ENDINGS} = await import("/static/ui/wording.js");
            const rules = (await import("/static/gen/rules.js")).default;
            return rules.outcomes.slice(1).map((_, i) => ENDINGS[i + 1].verdict);
        }"""
    )
    assert len(set(outcomes)) == 4


def test_no_other_host_is_asked_for_anything(browser: Browser, url: str):
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(WAIT_MS)
    trouble = Trouble(context, url)
    page = context.new_page()
    page.goto(url)
    expect(page.locator("#gate")).to_be_visible()
    enter(page)
    wait_until(page, "g.clock > 120")
    assert page.evaluate("performance.getEntriesByType('resource').length") > 50
    assert (trouble.foreign, trouble.errors) == ([], [])
    context.close()


def test_without_storage_the_game_still_plays(browser: Browser, url: str):
    with opened(browser, url) as (page, trouble):
        page.add_init_script(
            """Object.defineProperty(window, "localStorage", {
                get() { throw new DOMException("denied", "SecurityError"); }
            });"""
        )
        page.reload()
        expect(page.locator("#gate")).to_be_visible()
        page.locator("#tier-choices label", has_text="Hard").click()
        page.keyboard.press("m")
        expect(page.locator("#mute")).to_have_attribute("aria-pressed", "true")
        page.locator("#enter").click()
        wait_until(page, "g.clock > 12")
        assert trouble.errors == []


def test_in_a_frame_the_first_click_starts_the_fight_and_keys_arrive(browser: Browser, url: str):
    with opened(browser, url) as (page, trouble):
        body = f'<!doctype html><title>host</title><iframe src="{url}" width="1200" height="700"></iframe>'
        page.route("**/host", lambda route: route.fulfill(body=body, content_type="text/html"))
        page.goto(url + "host")
        frame = page.frame_locator("iframe")
        frame.locator("#enter").click()
        inner = page.frames[1]
        inner.evaluate(
            "async () => { while (window.__game.clock < 6) await new Promise(requestAnimationFrame); }"
        )
        page.keyboard.down("ArrowRight")
        held = inner.evaluate(
            """async (bit) => {
                for (let i = 0; i < 600; i += 1) {
                    if (window.__game.state.knight_input & bit) return true;
                    await new Promise(requestAnimationFrame);
                }
                return false;
            }""",
            INPUT_RIGHT,
        )
        assert held
        assert trouble.errors == []


# ------------------------------------------------------------------------------ a fight that runs by itself
def test_a_fight_starts_from_the_keyboard_and_the_server_decides(page: Page):
    enter(page)
    assert game(page, "ticketed")
    expect(page.locator("#hud")).to_be_visible()
    expect(page.locator("#banner")).to_have_text("")
    start = game(page, "state")["knight_x"]
    page.keyboard.down("ArrowRight")
    wait_until(page, f"g.state.knight_x > {start}")
    page.keyboard.up("ArrowRight")
    fight_until(page, "g.decisions.server >= 5")
    page.keyboard.press("Escape")
    expect(page.locator("#paused")).to_be_visible()  # or one more decision may come between the two looks
    decisions = game(page, "decisions")
    assert decisions["none"] == 0
    shown = page.locator("#mind-history li")
    assert shown.count() == min(40, decisions["server"] + decisions["page"])
    assert shown.first.locator(".what").text_content() in MOVES
    assert page.locator("#mind-history li.from-server").count() >= 1
    assert page.locator("#mind-move").text_content() in MOVES


def test_the_seed_of_an_address_is_ignored_unless_stepped_by_hand(browser: Browser, url: str):
    with opened(browser, url, "?seed=5") as (page, trouble):
        assert page.evaluate("typeof window.__step") == "undefined"
        enter(page)
        assert game(page, "seed") != 5
        assert game(page, "ticketed")
        assert trouble.errors == []


def test_escape_pauses_and_resumes(page: Page):
    enter(page)
    wait_until(page, "g.clock > 6")
    page.keyboard.press("Escape")
    expect(page.locator("#paused")).to_be_visible()
    expect(page.locator("#resume")).to_be_focused()
    stood = page.evaluate(
        """async () => {
            const before = window.__game.clock;
            for (let i = 0; i < 20; i += 1) await new Promise(requestAnimationFrame);
            return window.__game.clock === before;
        }"""
    )
    assert stood
    page.keyboard.press("Escape")
    expect(page.locator("#paused")).to_be_hidden()
    before = game(page, "clock")
    wait_until(page, f"g.clock > {before}")


def test_the_pause_button_and_leaving_the_arena(page: Page):
    enter(page)
    page.locator("#pause").click()
    expect(page.locator("#paused")).to_be_visible()
    page.locator("#paused-leave").click()
    expect(page.locator("#gate")).to_be_visible()
    enter(page)
    assert game(page, "fights") == 2


def test_losing_the_focus_pauses_and_releases_every_key(page: Page):
    enter(page)
    page.keyboard.down("ArrowRight")
    wait_until(page, f"g.state.knight_input & {INPUT_RIGHT}")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(page.locator("#paused")).to_be_visible()
    page.locator("#resume").click()
    before = game(page, "clock")
    wait_until(page, f"g.clock > {before + 2}")
    assert game(page, "state")["knight_input"] == 0
    page.keyboard.up("ArrowRight")


def test_a_fight_that_cannot_be_opened_is_played_all_the_same(browser: Browser, url: str):
    routes = {"**/fights": lambda route: route.fulfill(status=503, json={"error": {"code": "busy"}})}
    with opened(browser, url, routes=routes) as (page, _trouble):
        enter(page)
        assert not game(page, "ticketed")
        fight_until(page, "g.decisions.page >= 4")
        assert game(page, "decisions")["server"] == 0
        expect(page.locator("#banner")).to_contain_text("the boss thinks in your browser")
        assert page.evaluate("window.__game.errors") == []


@pytest.mark.parametrize(("status", "keeps_ticket"), [(409, True), (410, False)])
def test_refused_decisions_are_made_in_the_page(browser: Browser, url: str, status: int, keeps_ticket: bool):
    routes = {"**/decide": lambda route: route.fulfill(status=status, json={"error": {"code": "no"}})}
    with opened(browser, url, routes=routes) as (page, trouble):
        enter(page)
        wait_until(page, "g.decisions.page >= 4")
        decisions = game(page, "decisions")
        assert decisions["server"] == 0
        assert decisions["none"] == 0
        assert game(page, "ticketed") is keeps_ticket
        banner = (
            "" if keeps_ticket else "The server does not know this fight: the boss thinks in your browser"
        )
        expect(page.locator("#banner")).to_have_text(banner)
        assert all(str(status) in error for error in trouble.errors)


def test_the_fight_goes_on_when_the_server_dies_and_recovers_when_it_returns(
    browser: Browser, tmp_path: Path
):
    port = free_port()
    with (
        local_server(port, tmp_path) as server,
        opened(browser, f"http://{HOST}:{port}/") as (page, _trouble),
    ):
        enter(page)
        wait_until(page, "g.decisions.server >= 3")
        banner = page.locator("#banner")
        expect(banner).to_have_text("")
        server.kill()
        server.wait()
        expect(banner).to_have_text("The server is silent: the boss thinks in your browser", timeout=WAIT_MS)
        made, clock = game(page, "decisions")["page"], game(page, "clock")
        wait_until(page, f"g.decisions.page >= {made + 3} && g.clock > {clock + 12}")
        assert game(page, "decisions")["none"] == 0
        page.keyboard.press("Escape")  # so that the boss does not win while the server starts
        expect(page.locator("#paused")).to_be_visible()
        with local_server(port, tmp_path):  # the same key in the same folder: tickets stay good
            expect(banner).to_have_text("", timeout=WAIT_MS)
            answered = game(page, "decisions")["server"]
            page.keyboard.press("Escape")
            wait_until(page, f"g.decisions.server > {answered}")
            assert page.evaluate("window.__game.errors") == []
