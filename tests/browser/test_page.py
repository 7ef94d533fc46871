"""The page in a real Chromium against the real local server: fights from the gate to the ending.

Most tests open the page with `?manual` and step it by ticks, so that they are fast and exact; those of
the clock, the server's replies and its silence let it run. Conditions are awaited in the page, frame by
frame: its content security policy forbids the evaluation of strings, on which Playwright's own waiting
for functions relies.
"""

import re
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect

from features import INPUT_ATTACK, INPUT_LEFT, INPUT_RIGHT, MOVES, TIMEOUT_TICKS
from tools.servers import HOST, ROOT, clean_environment, free_port, running_server

WAIT_MS = 60_000  # generous: the machine may be busy

# Plays whole fights without drawing and returns the first one in which scripted knight `who` brings
# about `outcome`: {seed, clock}. `explore` is the boss's mistake rate.
FIND_FIGHT = """async ({who, outcome, explore}) => {
    const [{Duel}, {ScriptedKnight}, {createMind}, {hash32, STREAM_DECISION}, rules] = await Promise.all([
        import("/static/sim/duel.js"), import("/static/sim/fighters.js"), import("/static/mind/mind.js"),
        import("/static/gen/kernel.js"), import("/static/gen/rules.js")]);
    const {weights} = await (await fetch("/healthz")).json();
    const mind = createMind(await (await fetch(`/mind/${weights}.json`)).json());
    for (let seed = 1; seed <= 300; seed += 1) {
        const duel = new Duel(seed);
        const knight = new ScriptedKnight(who, duel);
        while (duel.outcome === 0) {
            if (duel.decisionDue) {
                const draw = hash32(seed, STREAM_DECISION, duel.k);
                duel.choose(mind.decide(duel.observation(), explore, draw).move);
            }
            duel.step(knight.input(duel));
        }
        if (rules.default.outcomes[duel.outcome] === outcome) return {seed, clock: duel.get("clock")};
    }
    return null;
}"""
# Steps the page's fight under scripted knight `who` until it is over and the ending is shown.
PLAY_FIGHT = """async (who) => {
    const {FIGHTER_MEMORY, fighter_input, reset_fighter} = await import("/static/gen/kernel.js");
    const rules = (await import("/static/gen/rules.js")).default;
    const memory = new Int32Array(FIGHTER_MEMORY);
    reset_fighter(window.__game.vector, memory);
    const kind = rules.fighters.indexOf(who);
    while (window.__game.phase === "fight") window.__step(60, (state) => fighter_input(kind, state, memory));
    window.__step(240);
}"""


class Trouble:
    """What went wrong in a context: console errors, uncaught exceptions, requests to other hosts."""

    def __init__(self, context: BrowserContext, origin: str):
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self._origin = origin
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        context.on("request", self._note_request)

    def _note_console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.text} {message.location.get('url', '')}")

    def _note_request(self, request) -> None:
        if not request.url.startswith((self._origin, "data:", "blob:")):
            self.foreign.append(request.url)


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Base address of a local server that lives as long as this module's tests."""
    with running_server("serve_local") as server:
        yield server.url


@contextmanager
def opened(browser: Browser, url: str, query: str = "", **options) -> Iterator[tuple[Page, Trouble]]:
    """The page at its gate, in a context of its own, and what goes wrong in it."""
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
    context.set_default_timeout(WAIT_MS)
    trouble = Trouble(context, url)
    page = context.new_page()
    try:
        page.goto(url + query)
        expect(page.locator("#gate")).to_be_visible(timeout=WAIT_MS)
        yield page, trouble
        assert trouble.foreign == []
    finally:
        context.close()


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


def fight_until(page: Page, condition: str) -> None:
    """Waits as `wait_until`, beginning again whenever the boss has won in the meantime."""
    while True:
        wait_until(page, f"({condition}) || g.phase === 'over'")
        if page.evaluate(f"(() => {{ const g = window.__game; return Boolean({condition}); }})()"):
            return
        page.keyboard.press("r")
        wait_until(page, "g.phase === 'fight'")


def game(page: Page, name: str):
    """A field of window.__game."""
    return page.evaluate("(name) => window.__game[name]", name)


def wait_until(page: Page, condition: str) -> None:
    """Waits until the JavaScript expression `condition` of `g` (window.__game) holds."""
    held = page.evaluate(
        f"""async (limit) => {{
            const g = window.__game;
            const start = performance.now();
            while (!({condition})) {{
                if (performance.now() - start > limit) return false;
                await new Promise(requestAnimationFrame);
            }}
            return true;
        }}""",
        WAIT_MS,
    )
    assert held, f"never came true: {condition}; {page.evaluate('window.__game.phase')}"


def enter(page: Page) -> None:
    """Starts a fight from the gate by keyboard: its button has the focus."""
    page.keyboard.press("Enter")
    wait_until(page, "g.phase === 'fight'")


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
    with opened(browser, url) as (page, _trouble):
        page.route("**/fights", lambda route: route.fulfill(status=503, json={"error": {"code": "busy"}}))
        enter(page)
        assert not game(page, "ticketed")
        fight_until(page, "g.decisions.page >= 4")
        assert game(page, "decisions")["server"] == 0
        expect(page.locator("#banner")).to_contain_text("the boss thinks in your browser")
        assert page.evaluate("window.__game.errors") == []


@pytest.mark.parametrize(("status", "keeps_ticket"), [(409, True), (410, False)])
def test_refused_decisions_are_made_in_the_page(browser: Browser, url: str, status: int, keeps_ticket: bool):
    with opened(browser, url) as (page, trouble):
        page.route("**/decide", lambda route: route.fulfill(status=status, json={"error": {"code": "no"}}))
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


@contextmanager
def local_server(port: int, folder: Path) -> Iterator[subprocess.Popen]:
    """serve_local on a fixed port, so that it can end and come back; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "serve_local.py", "--port", str(port), "--no-open"],
        cwd=ROOT,
        env=clean_environment(folder),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline(), "the server did not start"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()


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


# ------------------------------------------------------------------------------ fights stepped by hand
def play(browser: Browser, url: str, who: str, tier: str, outcome: str) -> dict:
    """Plays a fight with that outcome to its end; returns what the page shows, and what was foretold."""
    with opened(browser, url, "?manual") as (page, trouble):
        explore = page.evaluate(
            """async (tier) => (await (await fetch("/fights", {
                method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({tier})
            })).json()).explore""",
            tier,
        )
        found = page.evaluate(FIND_FIGHT, {"who": who, "outcome": outcome, "explore": explore})
        assert found is not None, f"{who} never brings about {outcome}"
        page.goto(f"{url}?manual&seed={found['seed']}")
        expect(page.locator("#gate")).to_be_visible()
        page.locator("#tier-choices label", has_text=tier.capitalize()).click()
        page.locator("#enter").click()
        page.evaluate(PLAY_FIGHT, who)
        assert page.evaluate("window.__game.errors") == []
        assert trouble.errors == []
        return {
            "foretold": found,
            "clock": game(page, "clock"),
            "outcome": game(page, "outcome"),
            "phase": game(page, "phase"),
            "verdict": page.locator("#verdict").text_content(),
            "announced": page.locator("#announcer").text_content(),
            "focused": page.locator("#again").evaluate("(button) => button === document.activeElement"),
        }


def test_the_dodger_wins_on_easy(browser: Browser, url: str):
    shown = play(browser, url, "dodger", "easy", "knight_wins")
    assert (shown["phase"], shown["outcome"], shown["verdict"]) == ("over", "knight_wins", "Slime felled")
    assert shown["clock"] == shown["foretold"]["clock"]
    assert shown["announced"].startswith("Slime felled")
    assert shown["focused"]


def test_who_stands_idle_burns_out(browser: Browser, url: str):
    shown = play(browser, url, "idler", "normal", "boss_wins")
    assert (shown["phase"], shown["outcome"], shown["verdict"]) == ("over", "boss_wins", "You burned out")
    assert shown["clock"] == shown["foretold"]["clock"]
    assert shown["announced"].startswith("You burned out")


def test_without_server_and_mind_the_boss_only_waits_and_time_runs_out(browser: Browser, url: str):
    context = browser.new_context(viewport={"width": 640, "height": 480})
    try:
        page = context.new_page()
        page.route("**/healthz", lambda route: route.abort())
        page.goto(url + "?manual&seed=3")
        expect(page.locator("#gate")).to_be_visible(timeout=WAIT_MS)
        page.locator("#enter").click()
        page.evaluate(
            "(ticks) => { for (let i = 0; i < ticks; i += 100) window.__step(100, 0); }", TIMEOUT_TICKS + 300
        )
        assert game(page, "outcome") == "timeout"
        assert game(page, "clock") == TIMEOUT_TICKS
        decisions = game(page, "decisions")
        assert (decisions["server"], decisions["page"]) == (0, 0)
        assert decisions["none"] >= TIMEOUT_TICKS // 6
        expect(page.locator("#verdict")).to_have_text("The fog closes")
        assert page.evaluate("window.__game.errors") == []
    finally:
        context.close()


def lose(page: Page) -> None:
    """Enters and stands still until the fight is over, by death or by time, and the ending is shown."""
    page.locator("#enter").click()
    page.evaluate(PLAY_FIGHT, "idler")
    expect(page.locator("#ending")).to_be_visible()


def test_a_lost_fight_is_begun_again_without_reloading(manual: Page):
    manual.evaluate("window.marker = 'same document'")
    lose(manual)
    for count, key in ((2, "r"), (3, "Enter")):
        manual.keyboard.press(key)
        assert game(manual, "phase") == "fight"
        assert game(manual, "fights") == count
        assert game(manual, "clock") == 0
        state = game(manual, "state")
        assert (state["knight_health"], state["boss_health"]) == (100, 240)
        assert manual.locator("#mind-history li").count() == 1  # the first decision of the new fight
        expect(manual.locator("#ending")).to_be_hidden()
        manual.evaluate(PLAY_FIGHT, "idler")
    assert manual.evaluate("window.marker") == "same document"


def test_after_a_fight_another_tier_can_be_chosen_and_is_remembered(manual: Page):
    lose(manual)
    manual.locator("#leave").click()
    expect(manual.locator("#gate")).to_be_visible()
    lines = set()
    for tier in ("Easy", "Normal", "Hard"):
        manual.locator("#tier-choices label", has_text=tier).click()
        lines.add(manual.locator("#tier-line").text_content())
    assert len(lines) == 3
    assert all("The same mind" in line for line in lines)
    manual.reload()
    expect(manual.locator("#gate")).to_be_visible()
    assert manual.locator("input[name=tier]:checked").get_attribute("value") == "hard"


def test_a_tap_shorter_than_a_tick_counts_for_one_tick(manual: Page):
    manual.locator("#enter").click()
    manual.evaluate("window.__step(10)")
    manual.keyboard.down("j")
    manual.keyboard.up("j")
    manual.evaluate("window.__step(1)")
    assert game(manual, "state")["knight_input"] == INPUT_ATTACK
    assert game(manual, "counts")["swing_started"] == 1
    manual.evaluate("window.__step(1)")
    assert game(manual, "state")["knight_input"] == 0


@pytest.mark.parametrize(("left", "right"), [("ArrowLeft", "ArrowRight"), ("a", "d")])
def test_both_sets_of_keys_move_and_several_are_held_at_once(manual: Page, left: str, right: str):
    manual.locator("#enter").click()
    manual.keyboard.down(left)
    manual.keyboard.down(right)
    manual.evaluate("window.__step(2)")
    assert game(manual, "state")["knight_input"] == INPUT_LEFT | INPUT_RIGHT
    manual.keyboard.up(left)
    manual.evaluate("window.__step(1)")
    assert game(manual, "state")["knight_input"] == INPUT_RIGHT


def test_space_rolls_even_when_a_button_has_the_focus(manual: Page):
    manual.locator("#enter").click()
    manual.evaluate("window.__step(10)")
    manual.locator("#mute").focus()
    manual.keyboard.press("Space")
    manual.evaluate("window.__step(1)")
    assert game(manual, "counts")["roll_started"] == 1
    assert not game(manual, "muted")


def test_muting_is_remembered(manual: Page):
    manual.keyboard.press("m")
    assert game(manual, "muted")
    manual.reload()
    expect(manual.locator("#gate")).to_be_visible()
    assert game(manual, "muted")
    expect(manual.locator("#mute")).to_have_attribute("aria-pressed", "true")
    manual.locator("#mute").click()
    assert not game(manual, "muted")


def test_the_bars_and_the_aegis_follow_the_fight(manual: Page):
    manual.locator("#enter").click()
    aegis = manual.locator("#aegis")
    expect(aegis).to_be_visible()
    manual.evaluate("window.__step(400, 0)")
    expect(aegis).to_be_hidden()
    state = game(manual, "state")
    for element, value in (
        ("#knight-health", state["knight_health"]),
        ("#knight-stamina", state["knight_stamina"]),
        ("#boss-health", state["boss_health"]),
        ("#boss-guard", state["boss_guard"]),
    ):
        assert manual.locator(element).get_attribute("aria-valuenow") == str(value)


def test_every_decision_is_shown_in_the_panel(manual: Page):
    manual.locator("#enter").click()
    for _ in range(30):
        manual.evaluate("window.__step(6, 0)")
        decisions = game(manual, "decisions")
        made = decisions["server"] + decisions["page"]
        assert manual.locator("#mind-count").text_content() == str(made)


# ------------------------------------------------------------------------------ looks
@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_on_wide_screens_everything_fits_and_the_panel_is_on_the_right(
    browser: Browser, url: str, width: int, height: int
):
    with opened(browser, url, "?manual", viewport={"width": width, "height": height}) as (page, _trouble):
        stage, panel = page.locator("#stage").bounding_box(), page.locator("#panel").bounding_box()
        assert panel["x"] >= stage["x"] + stage["width"]
        assert abs(stage["width"] / stage["height"] - 16 / 9) < 0.01
        size = page.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert size == [width, height]
        enter_box = page.locator("#enter").bounding_box()
        assert enter_box["y"] + enter_box["height"] <= stage["y"] + stage["height"]


def test_on_narrow_screens_the_panel_is_below_and_nothing_overflows(browser: Browser, url: str):
    options = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
    with opened(browser, url, "?manual", **options) as (page, _trouble):
        assert page.evaluate("document.documentElement.scrollWidth") == 390
        page.locator("#enter").tap()
        page.evaluate("window.__step(10)")
        stage, panel = page.locator("#stage").bounding_box(), page.locator("#panel").bounding_box()
        assert panel["y"] >= stage["y"] + stage["height"]
        page.locator("#pad [data-bit='8']").tap()
        page.evaluate("window.__step(1)")
        assert game(page, "counts")["swing_started"] == 1


def screenshots(browser: Browser, url: str) -> list[bytes]:
    """The gate, the first cleave, a later moment and the ending of one fight."""
    with opened(browser, url, "?manual&seed=7") as (page, _trouble):
        page.evaluate("window.__step(30)")
        shots = [page.screenshot()]
        page.locator("#enter").click()
        for ticks, held in ((50, INPUT_RIGHT), (40, INPUT_ATTACK), (200, 0)):
            page.evaluate("([ticks, held]) => window.__step(ticks, held)", [ticks, held])
            shots.append(page.screenshot())
        page.evaluate(PLAY_FIGHT, "idler")
        shots.append(page.screenshot())
        return shots


def test_stepped_by_hand_the_pictures_are_the_same_every_time(browser: Browser, url: str):
    first, second = screenshots(browser, url), screenshots(browser, url)
    assert [one == two for one, two in zip(first, second, strict=True)] == [True] * len(first)
    assert len(set(first)) == len(first)


def test_who_wants_less_motion_gets_no_shaking_and_no_flashes(browser: Browser, url: str):
    with opened(browser, url, "?manual&seed=7", reduced_motion="reduce") as (page, trouble):
        page.locator("#enter").click()
        page.evaluate(PLAY_FIGHT, "idler")
        expect(page.locator("#ending")).to_be_visible()
        assert (
            page.locator("#verdict").evaluate("(element) => getComputedStyle(element).animationName")
            == "none"
        )
        assert trouble.errors == []
