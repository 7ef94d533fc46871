"""The screen of settings in the real page: what it changes, keeps and survives, and its use by keyboard."""

import json

from hypothesis import given, settings
from hypothesis import strategies as st
from pages import WAIT_MS, enter, game
from playwright.sync_api import Browser, Page, expect
from shared_pages import SETTINGS as KEY
from shared_pages import opened_without_storage

from features import INPUT_ATTACK, INPUT_RIGHT


def open_settings(page: Page, tab: str = "sound") -> None:
    page.locator("#open-settings").click()
    page.locator(f"#settings-tab-{tab}").click()
    expect(page.locator(f"#settings-{tab}")).to_be_visible()


def slide(page: Page, name: str, percent: int) -> None:
    page.locator(f"#setting-{name}").fill(str(percent))


def stored(page: Page) -> dict:
    return json.loads(page.evaluate("(key) => localStorage.getItem(key)", KEY))


# ------------------------------------------------------------------------------ keeping
def test_every_change_applies_at_once_and_survives_a_reload(turn: Page):
    open_settings(turn)
    slide(turn, "music", 35)
    turn.locator("#setting-muted").check()
    turn.locator("#settings-tab-picture").click()
    slide(turn, "shake", 20)
    turn.locator("#setting-flashes").uncheck()
    turn.locator("#setting-highContrast").check()
    turn.locator("#settings-picture label", has_text="Reduced").click()
    turn.locator("#settings-picture label", has_text="Largest").click()
    turn.locator("#settings-tab-play").click()
    slide(turn, "speed", 70)
    turn.locator("#settings-play label", has_text="Hard").click()
    turn.locator("#settings-play label", has_text="Toggle").click()
    turn.locator("#setting-vibration").uncheck()
    turn.locator("#settings-tab-learning").click()
    turn.locator("#setting-teach").uncheck()
    expected = {
        "music": 0.35,
        "muted": True,
        "shake": 0.2,
        "flashes": False,
        "highContrast": True,
        "motion": "reduced",
        "textSize": "largest",
        "speed": 0.7,
        "tier": "hard",
        "block": "toggle",
        "vibration": False,
        "teach": False,
    }
    for is_reloaded in (False, True):
        if is_reloaded:
            turn.reload()
            expect(turn.locator("#gate")).to_be_visible()
        assert expected.items() <= stored(turn).items()
        assert game(turn, "muted")
        assert game(turn, "rate") == 0.7
        html = turn.locator("html")
        assert html.evaluate("(element) => getComputedStyle(element).fontSize") == "20.8px"
        assert "calm" in html.get_attribute("class")
        assert turn.locator("input[name=tier]:checked").get_attribute("value") == "hard"
    open_settings(turn)
    expect(turn.locator("#settings-sound .field", has_text="Music").locator("output")).to_have_text("35%")
    expect(turn.locator("#settings-unkept")).to_be_hidden()


def test_all_settings_can_be_reset_after_a_second_press(turn: Page):
    before = stored(turn)
    open_settings(turn)
    slide(turn, "effects", 0)
    turn.locator("#settings-reset").click()
    assert stored(turn)["effects"] == 0
    turn.locator("#settings-reset").click()
    assert stored(turn) == before
    expect(turn.locator("#setting-effects")).to_have_value("100")


def test_the_difficulty_is_the_same_at_the_gate_and_in_the_settings(turn: Page):
    turn.locator("#tier-choices label", has_text="Easy").click()
    open_settings(turn, "play")
    expect(turn.locator("#setting-tier-easy")).to_be_checked()
    turn.locator("#settings-play label", has_text="Hard").click()
    turn.locator("#settings-done").click()
    expect(turn.locator("input[name=tier][value=hard]")).to_be_checked()
    assert "hardly ever errs" in turn.locator("#tier-line").text_content()


def test_where_storage_is_refused_settings_hold_for_the_page_and_the_screen_says_so(
    browser: Browser, url: str
):
    with opened_without_storage(browser, url, "?manual") as page:
        open_settings(page)
        expect(page.locator("#settings-unkept")).to_be_visible()
        slide(page, "master", 10)
        page.locator("#settings-done").click()
        open_settings(page)
        expect(page.locator("#setting-master")).to_have_value("10")
        page.reload()
        expect(page.locator("#gate")).to_be_visible()
        open_settings(page)
        expect(page.locator("#setting-master")).to_have_value("100")


# ------------------------------------------------------------------------------ whatever was stored
NAMES = ["tier", "muted", "master", "shake", "motion", "speed", "textSize", "block", "bindings"]
CODES = ["KeyA", "KeyZ", "Space", "Escape", "F5", "Tab", "", "Button0", "Button99", "Axis0-", "__proto__"]
ACTIONS = ["left", "right", "roll", "attack", "block", "pause", "again", "mute", "constructor"]
scalar = st.none() | st.booleans() | st.integers(-2, 2) | st.floats(allow_nan=False) | st.text(max_size=5)
anything = st.recursive(
    scalar,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
codes = st.lists(st.sampled_from(CODES) | anything, max_size=3) | anything
device = st.dictionaries(st.sampled_from(ACTIONS), codes) | anything
bindings = st.fixed_dictionaries(
    {"version": st.just(1) | anything}, optional={"keyboard": device, "gamepad": device}
)
whatever = st.dictionaries(st.sampled_from(NAMES), bindings | anything) | anything

READ_STORED = """async ([key, texts]) => {
    const {Settings, SETTINGS} = await import("/static/ui/settings.js");
    const {isCode, namesOf} = await import("/static/input/bindings.js");
    const needed = ["left", "right", "roll", "attack", "block"];
    return texts.filter((text) => {
        localStorage.setItem(key, text);
        const settings = new Settings();
        const areValid = Object.entries(SETTINGS).every(([name, {isValid}]) => isValid(settings.get(name)));
        const bindings = settings.get("bindings");
        const areSound = ["keyboard", "gamepad"].every((device) => {
            const all = namesOf(device).flatMap((name) => bindings[device][name]).filter(Boolean);
            const isUnique = new Set(all).size === all.length;
            const isReachable = needed.every((name) => bindings[device][name].some(Boolean));
            return isUnique && isReachable && all.every((code) => isCode(device, code));
        });
        return !areValid || !areSound;
    });
}"""


def test_whatever_is_stored_makes_valid_settings_in_which_every_action_can_be_done(static_page: Page):
    @settings(max_examples=15)
    @given(st.lists(whatever.map(json.dumps) | st.text(max_size=8), min_size=20, max_size=40))
    def check(texts: list[str]) -> None:
        assert static_page.evaluate(READ_STORED, [KEY, texts]) == []

    check()


def test_what_is_valid_is_kept_and_the_rest_falls_back(turn: Page):
    bad = {"music": 7, "speed": 0.9, "textSize": "huge", "bindings": {"version": 9}, "other": 1}
    turn.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, json.dumps(bad)])
    turn.reload()
    expect(turn.locator("#gate")).to_be_visible()
    kept = stored(turn)
    assert (kept["music"], kept["speed"], kept["textSize"]) == (0.8, 0.9, "normal")
    assert kept["bindings"]["version"] == 1
    assert "other" not in kept


# ------------------------------------------------------------------------------ speed
RUN_LOOP = """async (rate) => {
    const {Loop} = await import("/static/game/loop.js");
    let frame = null;
    let ticks = 0;
    window.requestAnimationFrame = (callback) => { frame = callback; return 1; };
    performance.now = () => 0;
    const tick = () => { ticks += 1; };
    const loop = new Loop({tick, draw() {}, rate: () => rate, onError() {}, onSlow() {}});
    loop.start();
    for (let i = 1; i <= 600; i += 1) frame(i * 10);
    return ticks;
}"""


def test_six_seconds_hold_fewer_ticks_at_a_lower_speed(static_page: Page):
    for rate in (0.7, 0.8, 0.9, 1):
        assert abs(static_page.evaluate(RUN_LOOP, rate) - 360 * rate) <= 1


def test_the_speed_changes_no_tick_of_the_fight(turn: Page):
    vectors = []
    for speed in (100, 70):
        open_settings(turn, "play")
        slide(turn, "speed", speed)
        turn.locator("#settings-done").click()
        turn.locator("#enter").click()
        turn.evaluate(f"window.__step(90, {INPUT_RIGHT}); window.__step(200, {INPUT_ATTACK})")
        assert game(turn, "rate") == speed / 100
        vectors.append(game(turn, "vector"))
        turn.keyboard.press("Escape")
        turn.locator("#paused-leave").click()
    assert vectors[0] == vectors[1]


# ------------------------------------------------------------------------------ by keyboard alone
def press(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)


def focus_by_tab(page: Page, selector: str) -> None:
    """Presses Tab until `selector` has the focus; fails if a round of the page does not reach it."""
    for _ in range(80):
        if page.locator(selector).evaluate("(element) => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never reaches {selector}")


def test_the_whole_screen_works_by_keyboard_alone(turn: Page):
    focus_by_tab(turn, "#open-settings")
    press(turn, "Enter")
    expect(turn.locator("#settings-tab-sound")).to_be_focused()
    focus_by_tab(turn, "#setting-music")
    press(turn, "Home", "ArrowRight", "ArrowRight")
    focus_by_tab(turn, "#setting-muted")
    press(turn, "Space")
    focus_by_tab(turn, "#settings-tab-sound")
    press(turn, "ArrowDown")
    expect(turn.locator("#settings-tab-picture")).to_be_focused()
    focus_by_tab(turn, "#setting-textSize-normal")
    press(turn, "ArrowRight")
    focus_by_tab(turn, "#settings-tab-picture")
    press(turn, "ArrowDown", "ArrowDown")
    focus_by_tab(turn, "[data-action=roll] [data-device=keyboard][data-index='0']")
    press(turn, "Enter", "q")
    focus_by_tab(turn, "#settings-reset")
    press(turn, "ArrowRight")  # arrows go from button to button
    expect(turn.locator("#settings-done")).to_be_focused()
    press(turn, "Enter")
    expect(turn.locator("#open-settings")).to_be_focused()
    kept = stored(turn)
    assert (kept["music"], kept["muted"], kept["textSize"]) == (0.1, True, "large")
    assert kept["bindings"]["keyboard"]["roll"][0] == "KeyQ"


def test_from_the_pause_the_settings_lead_back_to_the_pause(turn: Page):
    enter(turn)
    fights = game(turn, "fights")
    press(turn, "Escape")
    expect(turn.locator("#paused")).to_be_visible()
    turn.locator("#paused-settings").click()
    expect(turn.locator("#settings")).to_be_visible()
    press(turn, "r")  # begins the fight anew only where that is offered
    expect(turn.locator("#settings")).to_be_visible()
    press(turn, "Escape")
    expect(turn.locator("#paused-settings")).to_be_focused(timeout=WAIT_MS)
    assert game(turn, "phase") == "paused"
    assert game(turn, "fights") == fights


# ------------------------------------------------------------------------------ room
def overlaps(page: Page) -> list[str]:
    """Pairs of texts or fields in the open screen that cover each other, and what lies beyond its edge."""
    return page.evaluate(
        """() => {
            const screen = document.getElementById("settings");
            const selector = "h2, .tab, label, output, .note, .place, input[type=range],"
                + "input[type=checkbox], .settings-foot button, .field-label, tbody th";
            const parts = [...screen.querySelectorAll(selector)]
                .filter((element) => element.getClientRects().length > 0);
            const edge = screen.getBoundingClientRect();
            const found = [];
            const boxes = parts.map((element) => [element, element.getBoundingClientRect()]);
            for (const [i, [a, box]] of boxes.entries()) {
                const isOut = box.left < edge.left - 1 || box.right > edge.right + 1;
                if (isOut) found.push(`${a.textContent} leaves`);
                for (const [b, other] of boxes.slice(i + 1)) {
                    const foot = [a, b].filter((element) => element.closest(".settings-foot")).length;
                    if (foot === 1 || a.contains(b) || b.contains(a)) continue; // the body scrolls there
                    const x = Math.min(box.right, other.right) - Math.max(box.left, other.left);
                    const y = Math.min(box.bottom, other.bottom) - Math.max(box.top, other.top);
                    if (x > 1 && y > 2) found.push(`${a.textContent || a.id} / ${b.textContent || b.id}`);
                }
            }
            return found;
        }"""
    )


def test_at_the_largest_text_nothing_overlaps(turn: Page):
    open_settings(turn, "picture")
    turn.locator("#settings-picture label", has_text="Largest").click()
    for width, height in ((390, 844), (844, 390), (1280, 720)):
        turn.set_viewport_size({"width": width, "height": height})
        for tab in ("sound", "picture", "play", "controls", "learning"):
            turn.locator(f"#settings-tab-{tab}").click()
            assert overlaps(turn) == [], (width, tab)
            expect(turn.locator("#settings-done")).to_be_in_viewport(ratio=1)
        assert turn.evaluate("document.documentElement.scrollWidth") == width
    assert turn.evaluate("document.documentElement.scrollHeight") == height
    turn.locator("#settings-done").click()
    expect(turn.locator("#enter")).to_be_in_viewport(ratio=1)
