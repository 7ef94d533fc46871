"""The page stepped by ticks (`?manual`): whole fights to both endings, keys, bars, layouts, pictures.

Fast and exact: nothing here waits for the clock.
"""

from collections.abc import Iterator

import pytest
from pages import FIND_FIGHT, PLAY_FIGHT, WAIT_MS, game, opened
from playwright.sync_api import Browser, Page, expect
from shared_pages import DRAWN, Turns, shared_page

from features import BOSS_MAX_HEALTH, INPUT_ATTACK, INPUT_LEFT, INPUT_RIGHT, KNIGHT_MAX_HEALTH, TIMEOUT_TICKS


@pytest.fixture(scope="module")
def shared(browser: Browser, url: str) -> Iterator[Turns]:
    """One page for all tests that need no other kind of window."""
    with shared_page(browser, url, "?manual&seed=1") as turns:
        yield turns


# ------------------------------------------------------------------------------ fights stepped by hand
def play(page: Page, url: str, who: str, tier: str, outcome: str) -> dict:
    """Plays a fight with that outcome to its end; returns what the page shows, and what was foretold."""
    explore = page.evaluate(
        """async (tier) => (await (await fetch("/fights", {
            method: "POST", headers: {"Content-Type": "application/json"}, body: JSON.stringify({tier})
        })).json()).explore""",
        tier,
    )
    found = page.evaluate(FIND_FIGHT, {"who": who, "outcome": outcome, "explore": explore})
    assert found is not None, f"{who} never brings about {outcome}"
    address = f"{url}?manual&seed={found['seed']}"
    if page.url != address:
        page.goto(address)
        expect(page.locator("#gate")).to_be_visible()
    page.locator("#tier-choices label", has_text=tier.capitalize()).click()
    page.locator("#enter").click()
    page.evaluate(PLAY_FIGHT, who)
    return {
        "foretold": found,
        "clock": game(page, "clock"),
        "outcome": game(page, "outcome"),
        "phase": game(page, "phase"),
        "verdict": page.locator("#verdict").text_content(),
        "announced": page.locator("#announcer").text_content(),
        "focused": page.locator("#again").evaluate("(button) => button === document.activeElement"),
    }


def test_who_stands_idle_burns_out(turn: Page, url: str):
    shown = play(turn, url, "idler", "normal", "boss_wins")
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


def test_a_lost_fight_is_begun_again_without_reloading(turn: Page):
    turn.evaluate("window.marker = 'same document'")
    lose(turn)
    first = game(turn, "fights")
    for count, key in ((first + 1, "r"), (first + 2, "Enter")):
        turn.keyboard.press(key)
        assert game(turn, "phase") == "fight"
        assert game(turn, "fights") == count
        assert game(turn, "clock") == 0
        state = game(turn, "state")
        assert (state["knight_health"], state["boss_health"]) == (KNIGHT_MAX_HEALTH, BOSS_MAX_HEALTH)
        assert turn.locator("#mind-history li").count() == 1  # the first decision of the new fight
        expect(turn.locator("#ending")).to_be_hidden()
        turn.evaluate(PLAY_FIGHT, "idler")
    assert turn.evaluate("window.marker") == "same document"


def test_after_a_fight_another_tier_can_be_chosen_and_is_remembered_as_is_muting(turn: Page):
    lose(turn)
    turn.locator("#leave").click()
    expect(turn.locator("#gate")).to_be_visible()
    lines = set()
    for tier in ("Easy", "Normal", "Hard"):
        turn.locator("#tier-choices label", has_text=tier).click()
        lines.add(turn.locator("#tier-line").text_content())
    assert len(lines) == 3
    assert all("The same mind" in line for line in lines)
    turn.keyboard.press("m")
    assert game(turn, "muted")
    turn.reload()
    expect(turn.locator("#gate")).to_be_visible()
    assert turn.locator("input[name=tier]:checked").get_attribute("value") == "hard"
    assert game(turn, "muted")
    expect(turn.locator("#mute")).to_have_attribute("aria-pressed", "true")
    turn.locator("#mute").click()
    assert not game(turn, "muted")


def test_a_tap_shorter_than_a_tick_counts_for_one_tick(turn: Page):
    turn.locator("#enter").click()
    turn.evaluate("window.__step(10)")
    turn.keyboard.down("j")
    turn.keyboard.up("j")
    turn.evaluate("window.__step(1)")
    assert game(turn, "state")["knight_input"] == INPUT_ATTACK
    assert game(turn, "counts")["swing_started"] == 1
    turn.evaluate("window.__step(1)")
    assert game(turn, "state")["knight_input"] == 0


@pytest.mark.parametrize(("left", "right"), [("ArrowLeft", "ArrowRight"), ("a", "d")])
def test_both_sets_of_keys_move_and_several_are_held_at_once(turn: Page, left: str, right: str):
    turn.locator("#enter").click()
    turn.keyboard.down(left)
    turn.keyboard.down(right)
    turn.evaluate("window.__step(2)")
    assert game(turn, "state")["knight_input"] == INPUT_LEFT | INPUT_RIGHT
    turn.keyboard.up(left)
    turn.evaluate("window.__step(1)")
    assert game(turn, "state")["knight_input"] == INPUT_RIGHT
    turn.keyboard.up(right)


def test_space_rolls_even_when_a_button_has_the_focus(turn: Page):
    turn.locator("#enter").click()
    turn.evaluate("window.__step(10)")
    turn.locator("#mute").focus()
    turn.keyboard.press("Space")
    turn.evaluate("window.__step(1)")
    assert game(turn, "counts")["roll_started"] == 1
    assert not game(turn, "muted")


def test_the_bars_and_the_aegis_follow_the_fight(turn: Page):
    turn.locator("#enter").click()
    aegis = turn.locator("#aegis")
    expect(aegis).to_be_visible()
    turn.evaluate("window.__step(400, 0)")
    expect(aegis).to_be_hidden()
    state = game(turn, "state")
    for element, value in (
        ("#knight-health", state["knight_health"]),
        ("#knight-stamina", state["knight_stamina"]),
        ("#boss-health", state["boss_health"]),
        ("#boss-guard", state["boss_guard"]),
    ):
        assert turn.locator(element).get_attribute("aria-valuenow") == str(value)


def test_every_decision_is_shown_in_the_panel(turn: Page):
    turn.locator("#enter").click()
    for _ in range(30):
        turn.evaluate("window.__step(6, 0)")
        decisions = game(turn, "decisions")
        made = decisions["server"] + decisions["page"]
        assert turn.locator("#mind-count").text_content() == str(made)


# ------------------------------------------------------------------------------ looks
def test_on_wide_screens_everything_fits_and_the_panel_is_on_the_right(turn: Page):
    for width, height in ((1280, 720), (1920, 1080)):
        turn.set_viewport_size({"width": width, "height": height})
        turn.evaluate(DRAWN)
        stage, panel = turn.locator("#stage").bounding_box(), turn.locator("#panel").bounding_box()
        assert panel["x"] >= stage["x"] + stage["width"]
        assert abs(stage["width"] / stage["height"] - 16 / 9) < 0.01
        size = turn.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
        assert size == [width, height]
        enter_box = turn.locator("#enter").bounding_box()
        assert enter_box["y"] + enter_box["height"] <= stage["y"] + stage["height"]


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


def test_who_wants_less_motion_gets_no_shaking_and_no_flashes(turn: Page):
    turn.emulate_media(reduced_motion="reduce")
    lose(turn)
    animation = turn.locator("#verdict").evaluate("(element) => getComputedStyle(element).animationName")
    assert animation == "none"


@pytest.mark.parametrize(("motion", "slowest"), [("no-preference", 0.35), ("reduce", 1.0)])
def test_the_killing_blow_is_shown_in_slow_motion(turn: Page, motion: str, slowest: float):
    turn.emulate_media(reduced_motion=motion)
    turn.locator("#enter").click()
    rates = turn.evaluate(
        """() => {
            const rates = [window.__game.rate];
            while (window.__game.phase === "fight") window.__step(10, 0);
            for (let i = 0; i < 60; i += 1) {
                rates.push(window.__game.rate);
                window.__step(1, 0);
            }
            return rates;
        }"""
    )
    assert rates[0] == rates[-1] == 1
    assert min(rates) == slowest


# ------------------------------------------------------------------------------ a win
# Last, for it is fought with a seed of its own: the page is loaded for it, and again for a test after it.
def test_the_dodger_wins_on_easy(turn: Page, url: str):
    shown = play(turn, url, "dodger", "easy", "knight_wins")
    assert (shown["phase"], shown["outcome"], shown["verdict"]) == ("over", "knight_wins", "Slime felled")
    assert shown["clock"] == shown["foretold"]["clock"]
    assert shown["announced"].startswith("Slime felled")
    assert shown["focused"]
