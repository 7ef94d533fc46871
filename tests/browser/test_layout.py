"""Where things stand at every size of window: all of the arena in sight, nothing over anything else.

Also the page in a frame: keys that need a click, storage refused, a sandbox that refuses the modules.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from itertools import combinations

import pytest
from pages import PLAY_FIGHT, WAIT_MS, Trouble, game
from playwright.sync_api import Browser, FrameLocator, Page, expect
from shared_pages import DRAWN, REFUSE_STORAGE, Turns, shared_page

from features import INPUT_RIGHT

WINDOWS = [(1280, 720), (1920, 1080), (2560, 1440), (1024, 768), (900, 600), (1200, 700)]
PHONES = [(844, 390), (667, 375)]
UPRIGHT = (390, 844)
# What may be touched or read at the same time, and so must lie apart, on each screen.
APART = {
    "gate": ".corner, .gate-title, #tier-choices, #tier-line, #tier-record, #enter, #menu, .controls,"
    " #plaque",
    "fight": ".corner, .vitals, .boss, #lesson-text, #pad [data-bit]",
    "paused": "#paused .title, #paused .lore, #paused-buttons > *",
    "ending": "#verdict, #epitaph, #closeness, #tally, #ending-buttons > *",
    "records": "#records .title, #records table, #records-back, #records-reset",
}
BOXES = """(selector) => Array.from(document.querySelectorAll(selector)).map((element) => {
    const {left, top, right, bottom, width} = element.getBoundingClientRect();
    const isSeen = width > 0 && getComputedStyle(element).visibility === "visible";
    return isSeen && {name: element.id || element.className || element.textContent, left, top, right, bottom};
}).filter(Boolean)"""


@pytest.fixture(scope="module")
def shared_phone(browser: Browser, url: str) -> Iterator[Turns]:
    """The same on a phone held upright."""
    viewport = {"width": UPRIGHT[0], "height": UPRIGHT[1]}
    with shared_page(browser, url, viewport=viewport, has_touch=True, is_mobile=True) as turns:
        yield turns


@pytest.fixture
def phone(shared_phone: Turns) -> Iterator[Page]:
    """The shared phone's page at its gate, stepped by hand."""
    with shared_phone.turn() as page:
        yield page


def resize(page: Page, width: int, height: int) -> None:
    """Gives the window another size; the arena has been measured then."""
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(DRAWN)


def boxes(page: Page, selector: str) -> list[dict]:
    """The visible elements' names and rectangles."""
    return page.evaluate(BOXES, selector)


def check(page: Page, screen: str) -> None:
    """Nothing scrolls sideways, the arena is seen whole, what is on the screen is in sight and apart."""
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    assert page.evaluate("document.documentElement.scrollWidth") <= width, screen
    found = boxes(page, f"#stage, {APART[screen]}")
    assert len(found) > 2
    for box in found:
        assert box["left"] >= -1, (screen, box)
        assert box["top"] >= -1, (screen, box)
        assert box["right"] <= width + 1, (screen, box)
        assert box["bottom"] <= height + 1, (screen, box)
    for one, other in combinations([box for box in found if box["name"] != "stage"], 2):
        beside = one["right"] <= other["left"] + 1 or other["right"] <= one["left"] + 1
        above = one["bottom"] <= other["top"] + 1 or other["bottom"] <= one["top"] + 1
        assert beside or above, (screen, one, other)


def tour(page: Page) -> None:
    """Looks at every screen in turn; ends at the gate."""
    check(page, "gate")
    page.locator("#open-records").click()
    check(page, "records")
    page.locator("#records-back").click()
    page.locator("#enter").click()
    page.evaluate("window.__step(30, 0)")
    check(page, "fight")
    page.keyboard.press("Escape")
    check(page, "paused")
    page.keyboard.press("Escape")
    page.evaluate(PLAY_FIGHT, "idler")
    check(page, "ending")
    page.locator("#leave").click()


@pytest.mark.parametrize(
    ("scale", "windows"), [("100%", WINDOWS), ("87.5%", WINDOWS[:1]), ("137.5%", [(1280, 720), (900, 600)])]
)
def test_in_every_window_all_is_in_sight_and_nothing_overlaps(
    turn: Page, scale: str, windows: list[tuple[int, int]]
):
    turn.evaluate("(scale) => { document.documentElement.style.fontSize = scale; }", scale)
    for width, height in windows:
        resize(turn, width, height)
        turn.evaluate("localStorage.removeItem('modular-mind-records')")  # no help for who loses often
        tour(turn)


@pytest.mark.parametrize(("width", "height"), PHONES)
def test_on_a_phone_in_landscape_the_arena_fills_the_height_and_the_pad_is_free(
    phone: Page, width: int, height: int
):
    resize(phone, width, height)
    stage = phone.locator("#stage").bounding_box()
    assert min(stage["width"] / width, stage["height"] / height) > 0.8
    assert max(stage["width"] / width, stage["height"] / height) > 0.99
    tour(phone)
    expect(phone.locator("#pad")).to_be_hidden()  # nothing to play at the gate
    phone.locator("#enter").tap()
    assert len(boxes(phone, "#pad :is([data-rocker], [data-bit])")) == 4
    phone.locator("#pad [data-bit='8']").tap()
    phone.evaluate("window.__step(1)")
    assert game(phone, "counts")["swing_started"] == 1


def test_on_an_upright_phone_it_is_played_with_the_pad_below_and_the_panel_below_that(phone: Page):
    assert phone.evaluate("document.documentElement.scrollWidth") == UPRIGHT[0]
    tour(phone)
    phone.locator("#enter").tap()
    phone.evaluate("window.__step(10)")
    stage, panel = phone.locator("#stage").bounding_box(), phone.locator("#panel").bounding_box()
    assert stage["width"] == UPRIGHT[0]
    assert panel["y"] >= stage["y"] + stage["height"]
    for button in boxes(phone, "#pad [data-bit]"):
        assert stage["y"] + stage["height"] <= button["top"]
    phone.locator("#pad [data-bit='8']").tap()
    phone.evaluate("window.__step(1)")
    assert game(phone, "counts")["swing_started"] == 1


def test_the_mind_is_folded_into_a_strip_and_opened_again(turn: Page):
    wide = turn.locator("#stage").bounding_box()["width"]
    turn.locator("#mind-close").click()
    expect(turn.locator("#mind-toggle")).to_be_focused()
    expect(turn.locator("#mind-graph")).to_be_hidden()
    expect(turn.locator("#mind-now")).to_be_visible()
    assert turn.locator("#stage").bounding_box()["width"] > wide
    turn.evaluate(DRAWN)  # the arena has been measured
    check(turn, "gate")
    turn.reload()
    expect(turn.locator("#gate")).to_be_visible()
    expect(turn.locator("#mind-graph")).to_be_hidden()  # remembered
    turn.keyboard.press("Tab")
    turn.locator("#mind-toggle").press("Enter")
    expect(turn.locator("#mind-graph")).to_be_visible()
    expect(turn.locator("#mind-close")).to_be_focused()


@pytest.mark.parametrize(("width", "height"), [(900, 600), (844, 390), (390, 844)])
def test_in_a_narrow_window_the_mind_is_a_drawer(turn: Page, width: int, height: int):
    resize(turn, width, height)
    expect(turn.locator("#mind-graph")).to_be_hidden()
    stage = turn.locator("#stage").bounding_box()
    turn.locator("#mind-toggle").click()
    expect(turn.locator("#mind-graph")).to_be_visible()
    assert turn.locator("#stage").bounding_box() == stage
    assert turn.evaluate("document.documentElement.scrollWidth") == width
    turn.locator("#mind-close").click()
    expect(turn.locator("#mind-graph")).to_be_hidden()


def test_what_has_the_focus_shows_it(turn: Page):
    for _ in range(12):
        turn.keyboard.press("Tab")
        shown = turn.evaluate(
            """() => {
                const focused = document.activeElement;
                const shown = focused.matches("input[type=radio]") ? focused.nextElementSibling : focused;
                return {name: focused.id, outline: getComputedStyle(shown).outlineStyle};
            }"""
        )
        assert shown["outline"] == "solid" or shown["name"] == "", shown


# ------------------------------------------------------------------------------ in a frame
@contextmanager
def framed(
    browser: Browser, url: str, attributes: str, script: str = ""
) -> Iterator[tuple[Page, FrameLocator, Trouble]]:
    """A host page with the game in a frame at its foot; `script` runs first in every frame."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(WAIT_MS)
    trouble = Trouble(context, url)
    frame = f'<iframe id="frame" src="{url}?manual&seed=7" {attributes}></iframe>'
    body = f'<!doctype html><title>host</title><input id="host" /><div style="height: 1500px"></div>{frame}'
    page = context.new_page()
    try:
        page.add_init_script(script)
        page.route("**/host", lambda route: route.fulfill(body=body, content_type="text/html"))
        page.goto(url + "host")
        yield page, page.frame_locator("#frame"), trouble
        assert trouble.foreign == []
    finally:
        context.close()


def test_in_a_frame_a_click_is_asked_for_and_the_host_does_not_jump(browser: Browser, url: str):
    with framed(browser, url, 'width="900" height="600"') as (page, inside, trouble):
        expect(inside.locator("#gate")).to_be_visible(timeout=WAIT_MS)
        assert page.evaluate("window.scrollY") == 0
        page.locator("#host").click()  # the keys are the host's, as at first in a frame of another origin
        inner = page.frames[1]
        for width, height in ((900, 600), (1200, 700)):
            page.locator("#frame").evaluate(
                "(frame, [width, height]) => Object.assign(frame, {width, height})", [width, height]
            )
            inner.evaluate(
                """async (width) => {
                    while (window.innerWidth !== width) await new Promise(requestAnimationFrame);
                }""",
                width,
            )
            inner.evaluate(DRAWN)
            expect(inside.locator("#frame-hint")).to_have_text("Click to take the controls")
            expect(inside.locator("#frame-hint")).to_be_visible()
            assert inner.evaluate("document.documentElement.scrollWidth") <= width
            stage = inner.evaluate("document.getElementById('stage').getBoundingClientRect().toJSON()")
            assert stage["left"] >= 0
            assert stage["right"] <= width
            assert stage["bottom"] <= height
        inside.locator("#gate .lore").click()
        expect(inside.locator("#frame-hint")).to_be_hidden()
        inside.locator("#enter").click()
        page.keyboard.down("ArrowRight")
        inner.evaluate("window.__step(2)")
        assert inner.evaluate("window.__game.state.knight_input") == INPUT_RIGHT
        assert trouble.errors == []


def test_in_a_frame_without_storage_fights_are_counted_while_the_page_lives(browser: Browser, url: str):
    attributes = 'width="1200" height="700"'
    with framed(browser, url, attributes, script=REFUSE_STORAGE) as (page, inside, trouble):
        expect(inside.locator("#gate")).to_be_visible(timeout=WAIT_MS)
        inside.locator("#enter").click()
        page.frames[1].evaluate(PLAY_FIGHT, "idler")
        inside.locator("#leave").click()
        expect(inside.locator("#tier-record")).to_have_text("No win in 1")
        assert trouble.errors == []


def test_a_sandbox_that_refuses_the_modules_says_so(browser: Browser, url: str):
    attributes = 'sandbox="allow-scripts allow-popups" width="900" height="600"'
    with framed(browser, url, attributes) as (_page, inside, _trouble):
        expect(inside.locator("#failure-text")).to_contain_text("a window of its own", timeout=WAIT_MS)
        expect(inside.locator("#failure-open")).to_have_attribute("href", f"{url}?manual&seed=7")
        expect(inside.locator("#failure-retry")).to_be_hidden()
