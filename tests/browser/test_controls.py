"""Playing by keyboard, gamepad and touch in the real page: binding, naming, releasing, menus, full screen."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from hands import FAKE_GAMEPADS, Fingers, held
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import WAIT_MS, Trouble, enter, game, wait_until
from playwright.sync_api import Browser, Locator, Page, expect
from shared_pages import Turns, shared_page

from features import INPUT_ATTACK, INPUT_BLOCK, INPUT_LEFT, INPUT_RIGHT, INPUT_ROLL

A, B, X, Y, LB, MENU, UP, DOWN, LEFT, RIGHT = 0, 1, 2, 3, 4, 9, 12, 13, 14, 15
LANDSCAPE = {"viewport": {"width": 844, "height": 390}, "has_touch": True, "is_mobile": True}
QUERY = "?manual&seed=7"


@pytest.fixture(scope="module")
def shared(browser: Browser, url: str) -> Iterator[Turns]:
    """One page for many tests, in which the gamepads are those of the tests."""
    with shared_page(browser, url, script=FAKE_GAMEPADS) as turns:
        yield turns


@pytest.fixture(scope="module")
def shared_phone(browser: Browser, url: str) -> Iterator[Turns]:
    """The same on a phone held sideways."""
    with shared_page(browser, url, script=FAKE_GAMEPADS, **LANDSCAPE) as turns:
        yield turns


@pytest.fixture
def manual(shared: Turns) -> Iterator[Page]:
    """The shared page at its gate, where keys are named."""
    with shared.turn() as page:
        page.keyboard.press("Shift")  # used last
        yield page


@pytest.fixture
def gamepad(manual: Page) -> Iterator[Page]:
    """The shared page at its gate with a gamepad plugged in."""
    manual.evaluate("window.rumbles = 0; window.plug('Xbox Wireless Controller')")
    yield manual
    manual.evaluate("if (window.pads[0]) window.unplug()")


@pytest.fixture
def phone(shared_phone: Turns) -> Iterator[Page]:
    """The shared phone at the page's gate."""
    with shared_phone.turn() as page:
        yield page


def step(page: Page, ticks: int = 1) -> int:
    """Steps the fight under the controls; returns the input of the last tick."""
    page.evaluate("(ticks) => window.__step(ticks)", ticks)
    return game(page, "state")["knight_input"]


def place(page: Page, action: str, index: int = 0, device: str = "keyboard") -> Locator:
    """The button of the settings that shows, and changes, what is bound."""
    return page.locator(f"[data-action={action}] [data-device={device}][data-index='{index}']")


def open_controls(page: Page) -> None:
    page.locator("#open-settings").click()
    page.locator("#settings-tab-controls").click()


def close_and_enter(page: Page) -> None:
    page.locator("#settings-done").click()
    page.locator("#enter").click()
    step(page, 10)


# ------------------------------------------------------------------------------ binding keys
def test_a_new_key_works_the_old_one_does_not_and_the_page_names_the_new_one(manual: Page):
    open_controls(manual)
    place(manual, "attack").click()
    manual.keyboard.press("q")
    expect(place(manual, "attack")).to_have_text("Q")
    close_and_enter(manual)
    expect(manual.locator(".legend-keys [data-keys=attack]")).to_have_text("Q")
    expect(manual.locator("#gate [data-keys=attack]")).to_have_text("Q")
    manual.keyboard.press("j")
    assert step(manual) == 0
    manual.keyboard.press("q")
    assert step(manual) == INPUT_ATTACK
    manual.reload()
    expect(manual.locator("#gate [data-keys=attack]")).to_have_text("Q")
    manual.locator("#enter").click()
    manual.keyboard.press("q")
    assert step(manual) == INPUT_ATTACK


def test_each_action_has_two_keys(manual: Page):
    open_controls(manual)
    place(manual, "block", 1).click()
    manual.keyboard.press("v")
    close_and_enter(manual)
    for key in ("k", "v"):
        with held(manual, key):
            assert step(manual, 2) == INPUT_BLOCK
        assert step(manual) == 0


def test_commands_are_bound_too_and_their_tooltips_follow(manual: Page):
    expect(manual.locator("#mute")).to_have_attribute("title", "Mute (M)")
    open_controls(manual)
    place(manual, "mute").click()
    manual.keyboard.press("u")
    expect(manual.locator("#mute")).to_have_attribute("title", "Mute (U)")
    manual.keyboard.press("m")
    assert not game(manual, "muted")
    manual.keyboard.press("u")
    assert game(manual, "muted")


def test_escape_leaves_a_place_as_it_is_and_the_screen_open(manual: Page):
    open_controls(manual)
    place(manual, "roll").click()
    expect(place(manual, "roll")).to_contain_text("press")
    manual.keyboard.press("Escape")
    expect(place(manual, "roll")).to_have_text("Space")
    manual.keyboard.press("Escape")
    expect(manual.locator("#gate")).to_be_visible()


def test_keys_of_the_browser_cannot_be_bound(manual: Page):
    open_controls(manual)
    place(manual, "roll").click()
    for key in ("Tab", "F7", "ControlLeft"):
        manual.keyboard.press(key)
        expect(manual.locator(".bindings-status")).to_contain_text("belongs to the browser")
    manual.keyboard.press("g")
    expect(place(manual, "roll")).to_have_text("G")


def test_a_taken_key_is_shown_at_both_rows_and_swapped_only_if_the_player_agrees(manual: Page):
    open_controls(manual)
    rows = {name: manual.locator(f"[data-action={name}] .mark") for name in ("roll", "attack")}
    for answer in ("Leave it", "Escape", "Swap"):
        place(manual, "attack").click()
        manual.keyboard.press("Space")
        expect(rows["roll"]).to_have_text("has Space")
        expect(rows["attack"]).to_have_text("wants Space")
        if answer == "Escape":
            manual.keyboard.press("Escape")
        else:
            manual.locator(".conflict button", has_text=answer).click()
        expect(rows["roll"]).to_be_hidden()
        is_swapped = answer == "Swap"
        expect(place(manual, "attack")).to_have_text("Space" if is_swapped else "J")
        expect(place(manual, "roll")).to_have_text("J" if is_swapped else "Space")
    close_and_enter(manual)
    manual.keyboard.press("Space")
    assert step(manual) == INPUT_ATTACK


def test_no_action_can_lose_its_last_key(manual: Page):
    open_controls(manual)
    place(manual, "block", 1).focus()
    manual.keyboard.press("Delete")
    expect(place(manual, "block", 1)).to_have_text("\N{EM DASH}")
    place(manual, "block", 0).focus()
    manual.keyboard.press("Delete")
    expect(manual.locator(".bindings-status")).to_contain_text("needs at least one key")
    expect(place(manual, "block", 0)).to_have_text("K")
    place(manual, "again", 1).click()  # an empty place: taking K would leave nothing to block with
    manual.keyboard.press("k")
    expect(manual.locator(".conflict")).to_contain_text("the only key")
    expect(manual.locator(".conflict button")).to_have_count(1)
    manual.keyboard.press("Escape")
    manual.locator("#bindings-reset").click()
    expect(place(manual, "block", 1)).to_have_text("C")


PLACE_ALL = """async (steps) => {
    const {DEFAULT_BINDINGS, isBindings, namesOf, place, tableOf} = await import("/static/input/bindings.js");
    let now = DEFAULT_BINDINGS;
    for (const [device, row, index, code] of steps) {
        const names = namesOf(device);
        const name = names[row % names.length];
        const before = JSON.stringify(now);
        const next = place(now, device, {name, index}, code);
        if (JSON.stringify(now) !== before) return "changed what it was given";
        now = next ?? now;
        if (!isBindings(now)) return `${before} -> ${JSON.stringify(now)}`;
        if (next && code && tableOf(now, device)[code] !== name) return `${code} does not do ${name}`;
    }
    return "";
}"""
steps_keyboard = st.tuples(
    st.just("keyboard"), st.integers(0, 20), st.integers(0, 1), st.sampled_from(["", "KeyA", "KeyJ", "Space"])
)
steps_gamepad = st.tuples(
    st.just("gamepad"), st.integers(0, 20), st.integers(0, 1), st.sampled_from(["", "Button0", "Axis0-"])
)


def test_no_order_of_bindings_leaves_an_action_without_a_key_or_gives_a_key_two_meanings(static_page: Page):
    @settings(max_examples=25)
    @given(st.lists(steps_keyboard | steps_gamepad, max_size=40))
    def check(steps: list) -> None:
        assert static_page.evaluate(PLACE_ALL, steps) == ""

    check()


def test_names_follow_the_layout_where_the_browser_tells_it(static_page: Page):
    names = static_page.evaluate(
        """async () => {
            const {keyName, buttonName} = await import("/static/input/names.js");
            const layout = new Map([["KeyQ", "a"], ["Semicolon", "ö"], ["Quote", "ß"]]);
            return [
                ...["KeyQ", "Semicolon", "Quote"].map((code) => keyName(code, layout)),
                ...["KeyQ", "Digit4", "Numpad4", "Escape"].map((code) => keyName(code)),
                buttonName("Button0", "Xbox 360"), buttonName("Button0", "DualSense (Vendor: 054c)"),
                buttonName("Axis0-"), buttonName("Button23"),
            ];
        }"""
    )
    assert names[:7] == ["A", "Ö", "ß", "Q", "4", "Num 4", "Esc"]
    assert names[7:] == ["A", "Cross", "Stick \u2190", "Button 23"]


# ------------------------------------------------------------------------------ gamepad
def test_a_gamepad_plays(gamepad: Page):
    gamepad.evaluate(f"window.tap({A})")
    assert game(gamepad, "phase") == "fight"
    step(gamepad, 10)
    expected = {X: INPUT_ATTACK, LB: INPUT_BLOCK, LEFT: INPUT_LEFT, RIGHT: INPUT_RIGHT, B: INPUT_ROLL}
    for button, bit in expected.items():
        gamepad.evaluate(f"window.hold({button}, true)")
        assert step(gamepad) == bit
        gamepad.evaluate(f"window.hold({button}, false)")
        assert step(gamepad) == 0
    gamepad.evaluate(f"window.tap({X})")  # down and up between two ticks
    assert [step(gamepad), step(gamepad)] == [INPUT_ATTACK, 0]


def test_a_stick_has_a_dead_zone_and_lets_go_later_than_it_begins(gamepad: Page):
    gamepad.evaluate(f"window.tap({A})")
    seen = []
    for tilt in (0.2, 0.4, 0.8, 0.4, 0.2, -0.8):
        gamepad.evaluate(f"window.tilt(0, {tilt})")
        step(gamepad)
        seen.append(step(gamepad))
    assert seen == [0, 0, INPUT_RIGHT, INPUT_RIGHT, 0, INPUT_LEFT]


def test_its_buttons_are_bound_in_the_settings_and_named_once_it_is_used(gamepad: Page):
    expect(gamepad.locator("#gate [data-keys=attack]")).to_have_text("J")
    gamepad.evaluate(f"window.tap({DOWN})")
    expect(gamepad.locator("#gate [data-keys=attack]")).to_have_text("X")
    open_controls(gamepad)
    place(gamepad, "attack", 0, "gamepad").click()
    gamepad.evaluate(f"window.tap({Y})")  # fights again: both rows say so
    expect(gamepad.locator("[data-action=again] .mark")).to_have_text("has Y")
    gamepad.locator(".conflict button", has_text="Swap").click()
    expect(place(gamepad, "again", 0, "gamepad")).to_have_text("X")
    close_and_enter(gamepad)
    gamepad.evaluate(f"window.tap({Y})")
    assert step(gamepad) == INPUT_ATTACK
    gamepad.evaluate(f"window.tap({X})")
    assert step(gamepad) == 0


def test_the_menus_are_walked_with_a_gamepad(gamepad: Page):
    def after(button: int) -> str:
        gamepad.evaluate(f"window.tap({button})")
        return gamepad.evaluate("document.activeElement.id")

    gamepad.locator("#open-settings").focus()
    assert after(A) == "settings-tab-sound"
    assert after(RIGHT) == "setting-master"
    after(LEFT)
    expect(gamepad.locator("#setting-master")).to_have_value("95")
    assert [after(DOWN) for _ in range(3)] == ["setting-music", "setting-effects", "setting-muted"]
    after(A)
    expect(gamepad.locator("#setting-muted")).to_be_checked()
    gamepad.locator("#settings-tab-play").focus()
    after(A)
    assert after(RIGHT) == "setting-block-hold"
    assert after(RIGHT) == "setting-block-toggle"
    expect(gamepad.locator("#setting-block-toggle")).to_be_checked()
    gamepad.evaluate(f"window.hold({UP}, true)")  # held on, it goes on, how far depends on the frames' pace
    gamepad.evaluate("window.frames(60)")
    passed = ("setting-block-toggle", "setting-block-hold", "setting-speed")
    assert gamepad.evaluate("document.activeElement.id") not in passed
    assert after(B) == "open-settings"


def test_a_gamepad_pauses_resumes_and_begins_again(gamepad: Page):
    gamepad.evaluate(f"window.tap({A})")
    fights = game(gamepad, "fights")
    for button, phase in ((MENU, "paused"), (B, "fight"), (MENU, "paused"), (MENU, "fight")):
        gamepad.evaluate(f"window.tap({button})")
        assert game(gamepad, "phase") == phase
    gamepad.evaluate(f"window.tap({MENU})")
    gamepad.evaluate(f"window.tap({Y})")
    assert game(gamepad, "phase") == "fight"
    assert game(gamepad, "fights") == fights + 1


def test_taking_the_gamepad_away_pauses_only_if_it_was_in_use(gamepad: Page):
    gamepad.locator("#enter").click()
    gamepad.evaluate("window.unplug()")
    assert game(gamepad, "phase") == "fight"
    gamepad.evaluate("window.plug('Xbox')")
    gamepad.evaluate(f"window.hold({LB}, true)")
    assert step(gamepad) == INPUT_BLOCK
    gamepad.evaluate("window.unplug()")
    assert game(gamepad, "phase") == "paused"
    gamepad.locator("#resume").click()
    assert step(gamepad) == 0


def test_a_button_still_held_from_before_the_fight_counts_only_when_pressed_anew(gamepad: Page):
    gamepad.evaluate(f"window.hold({A}, true)")
    assert game(gamepad, "phase") == "fight"
    assert step(gamepad, 3) == 0
    gamepad.evaluate(f"window.hold({A}, false).then(() => window.hold({A}, true))")
    assert step(gamepad) == INPUT_ROLL


def test_heavy_blows_shake_the_gamepad_unless_that_is_off(gamepad: Page):
    blow = """() => {
        const g = window.__game;
        const {cleave_hit: before} = g.counts;
        while (g.counts.cleave_hit === before && g.phase === "fight") window.__step(30, 0);
        return g.phase;
    }"""
    gamepad.evaluate(f"window.tap({A})")
    assert gamepad.evaluate(blow) == "fight"
    assert gamepad.evaluate("window.rumbles") == 1
    gamepad.evaluate(f"window.tap({MENU})")
    gamepad.locator("#paused-settings").click()
    gamepad.locator("#settings-tab-play").click()
    gamepad.locator("#setting-vibration").uncheck()
    gamepad.keyboard.press("Escape")
    gamepad.evaluate(f"window.tap({B}).then(() => window.tap({X}))")
    assert gamepad.evaluate(blow) == "fight"
    assert gamepad.evaluate("window.rumbles") == 1


# ------------------------------------------------------------------------------ touch
def at(page: Page, selector: str, across: float = 0.5) -> tuple[float, float]:
    """A point in an element: `across` of its width, half its height."""
    box = page.locator(selector).bounding_box()
    return box["x"] + across * box["width"], box["y"] + box["height"] / 2


def overlap(one: dict, other: dict) -> bool:
    """Whether two bounding boxes share a point."""
    across = one["x"] < other["x"] + other["width"] and other["x"] < one["x"] + one["width"]
    down = one["y"] < other["y"] + other["height"] and other["y"] < one["y"] + one["height"]
    return across and down


@pytest.fixture
def fight(phone: Page) -> Page:
    """A fight on the shared phone."""
    phone.locator("#enter").tap()
    step(phone, 10)
    return phone


@pytest.fixture
def fingers(fight: Page) -> Iterator[Fingers]:
    """Fingers on the fight; they are taken away even if the test fails."""
    fingers = Fingers(fight)
    yield fingers
    fingers.cancel()


def step_until(page: Page, bits: int) -> None:
    """Steps until the input is `bits`: the browser hands on the moves of fingers with a frame."""
    for _ in range(60):
        if step(page) == bits:
            return
        page.evaluate("new Promise(requestAnimationFrame)")
    raise AssertionError(f"the input never becomes {bits}")


def test_two_thumbs_play_at_once_and_one_slides(fight: Page, fingers: Fingers):
    fingers.touch(1, *at(fight, ".rocker", 0.2))
    assert step(fight) == INPUT_LEFT
    fingers.touch(1, *at(fight, ".rocker", 0.8))
    step_until(fight, INPUT_RIGHT)
    fingers.touch(2, *at(fight, ".pad-block"))
    assert step(fight) == INPUT_RIGHT | INPUT_BLOCK
    fingers.touch(1, *at(fight, ".rocker", 0.3))
    step_until(fight, INPUT_LEFT | INPUT_BLOCK)
    fingers.lift(1)
    assert step(fight) == INPUT_BLOCK
    fingers.lift(2)
    assert step(fight) == 0


def test_a_tap_between_two_ticks_counts_for_one(fight: Page):
    fight.locator(".pad-roll").tap()
    assert [step(fight), step(fight)] == [INPUT_ROLL, 0]


def test_on_a_phone_held_sideways_the_thumbs_hide_no_bar(fight: Page):
    shown = ("#knight-health", "#knight-stamina", "#boss-health", "#boss-guard", "#boss-name", "#pause")
    for width, height in ((844, 390), (667, 375), (932, 430)):
        fight.set_viewport_size({"width": width, "height": height})
        stage = fight.locator("#stage").bounding_box()
        assert stage["height"] >= 0.95 * height or stage["width"] >= 0.95 * width
        bars = [fight.locator(selector).bounding_box() for selector in shown]
        for selector in (".rocker", ".pad-attack", ".pad-roll", ".pad-block"):
            pad = fight.locator(selector).bounding_box()
            assert pad["x"] >= 0
            assert pad["x"] + pad["width"] <= width
            assert pad["y"] + pad["height"] <= height
            assert min(pad["width"], pad["height"]) >= 44
            assert not any(overlap(pad, bar) for bar in bars), (selector, width)


def test_the_pad_appears_at_the_first_touch_and_goes_when_keys_are_used(phone: Page):
    pad = phone.locator("#pad")
    phone.locator("#enter").click()
    expect(pad).to_be_hidden()
    phone.locator("#arena").tap(position={"x": 300, "y": 100})
    expect(pad).to_be_visible()
    phone.keyboard.press("j")
    expect(pad).to_be_hidden()


# ------------------------------------------------------------------------------ holding and letting go
def choose_toggle(page: Page) -> None:
    page.evaluate("document.getElementById('setting-block-toggle').click()")


def test_a_toggled_block_stays_up_until_it_is_pressed_again(manual: Page):
    choose_toggle(manual)
    manual.locator("#enter").click()
    step(manual, 5)
    inputs = []
    for _ in range(3):
        with held(manual, "k"):
            inputs.append(step(manual, 2))
        inputs.append(step(manual, 2))
    assert inputs == [INPUT_BLOCK, INPUT_BLOCK, 0, 0, INPUT_BLOCK, INPUT_BLOCK]
    manual.keyboard.press("Escape")
    manual.locator("#resume").click()
    assert step(manual) == 0


def test_the_block_button_of_the_pad_obeys_the_toggle_and_shows_it(phone: Page):
    choose_toggle(phone)
    phone.locator("#enter").tap()
    step(phone, 5)
    for is_on in (True, False):
        phone.locator(".pad-block").tap()
        assert step(phone, 2) == (INPUT_BLOCK if is_on else 0)
        expect(phone.locator(".pad-block.is-on")).to_have_count(int(is_on))


RELEASES = (
    "window.dispatchEvent(new Event('blur'))",
    """Object.defineProperty(document, 'hidden', {value: true, configurable: true});
        document.dispatchEvent(new Event('visibilitychange'));
        delete document.hidden""",
    "document.getElementById('pause').click()",
)


def test_whatever_takes_the_player_away_pauses_and_releases_keys_buttons_and_fingers(
    fight: Page, fingers: Fingers
):
    fight.evaluate("window.plug('Xbox')")
    for release in RELEASES:
        fight.locator("#arena").tap(position={"x": 300, "y": 100})  # shows the pad
        fingers.touch(1, *at(fight, ".pad-attack"))
        fight.evaluate(f"window.hold({LB}, true)")
        with held(fight, "ArrowRight"):
            step(fight)
            assert step(fight) == INPUT_RIGHT | INPUT_BLOCK | INPUT_ATTACK
            fight.evaluate(release)
            assert game(fight, "phase") == "paused"
            fight.evaluate("document.getElementById('resume').click()")
            assert step(fight, 2) == 0
            fingers.lift(1)
            fight.evaluate(f"window.hold({LB}, false)")
    fight.evaluate("window.unplug()")


def test_losing_the_focus_pauses_a_fight_that_runs(page: Page):
    enter(page)
    page.keyboard.down("k")
    wait_until(page, f"g.state.knight_input === {INPUT_BLOCK}")
    page.evaluate("window.dispatchEvent(new Event('blur'))")
    expect(page.locator("#paused")).to_be_visible()
    page.keyboard.press("Enter")
    wait_until(page, "g.phase === 'fight' && g.state.knight_input === 0")


# ------------------------------------------------------------------------------ full screen, frames
def test_full_screen_by_button_and_key_and_its_sudden_end_pauses(manual: Page):
    is_full = "document.fullscreenElement !== null"
    button = manual.locator("#fullscreen")
    button.click()
    expect(button).to_have_attribute("aria-pressed", "true")
    assert manual.evaluate(is_full)
    manual.keyboard.press("f")
    expect(button).to_have_attribute("aria-pressed", "false")
    manual.locator("#enter").click()
    assert game(manual, "phase") == "fight"
    manual.keyboard.press("f")
    expect(button).to_have_attribute("aria-pressed", "true")
    assert game(manual, "phase") == "fight"
    manual.evaluate("document.exitFullscreen()")
    expect(manual.locator("#paused")).to_be_visible()


def test_in_a_frame_that_allows_nothing_the_page_plays_without_full_screen_and_gamepads(
    browser: Browser, url: str
):
    frame = (
        f"<iframe src='{url}{QUERY}' width=1200 height=700 allow=\"fullscreen 'none'; "
        "gamepad 'none'; keyboard-map 'none'\"></iframe>"
    )
    body = f"<!doctype html><title>host</title>{frame}"
    with closing(browser.new_context(viewport={"width": 1280, "height": 720})) as context:
        context.set_default_timeout(WAIT_MS)
        trouble = Trouble(context)
        context.route("**/host", lambda route: route.fulfill(body=body, content_type="text/html"))
        page = context.new_page()
        page.goto(url + "host")
        inner = page.frame_locator("iframe")
        inner.locator("#enter").click()
        expect(inner.locator("#fullscreen")).to_be_hidden()
        expect(inner.locator(".legend-keys [data-keys=attack]")).to_have_text("J")
        page.keyboard.down("ArrowRight")
        page.frames[1].evaluate("window.__step(2)")
        assert page.frames[1].evaluate("window.__game.state.knight_input") == INPUT_RIGHT
        assert page.frames[1].evaluate("window.__game.errors") == []
        assert trouble.errors == []
