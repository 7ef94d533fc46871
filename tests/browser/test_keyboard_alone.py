"""The whole game by keyboard alone: every screen is reached, used and left without pointer or script."""

from pages import PLAY_FIGHT, game
from playwright.sync_api import Page, expect

from features import INPUT_ATTACK, INPUT_BLOCK, INPUT_LEFT, INPUT_RIGHT, INPUT_ROLL

MOST_TABS = 90
KEYS = {
    "ArrowLeft": INPUT_LEFT,
    "ArrowRight": INPUT_RIGHT,
    "Space": INPUT_ROLL,
    "j": INPUT_ATTACK,
    "k": INPUT_BLOCK,
}


def tab_to(page: Page, element: str) -> None:
    """Presses Tab until the element of this id has the focus."""
    for _ in range(MOST_TABS):
        if page.evaluate("document.activeElement.id") == element:
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"Tab never comes to #{element}")


def press_on(page: Page, element: str) -> None:
    tab_to(page, element)
    page.keyboard.press("Enter")


def step(page: Page, ticks: int) -> None:
    """Lets time pass; the game is stepped by hand so that nothing depends on the machine's speed."""
    page.evaluate("(ticks) => window.__step(ticks)", ticks)


def test_the_whole_game_is_played_by_keyboard_alone(manual: Page):
    page = manual
    # the tier, by the arrows of its radio buttons
    page.keyboard.press("Shift+Tab")
    page.keyboard.press("ArrowLeft")
    assert page.locator("input[name=tier]:checked").get_attribute("value") == "easy"
    # what it learns from its player
    tab_to(page, "plaque-teach")
    page.keyboard.press("Space")
    expect(page.locator("#setting-teach")).not_to_be_checked()
    page.keyboard.press("Space")
    press_on(page, "enter")
    assert game(page, "phase") == "fight"
    # the fight
    for key, bit in KEYS.items():
        page.keyboard.down(key)
        step(page, 1)
        assert game(page, "state")["knight_input"] == bit
        page.keyboard.up(key)
        step(page, 1)
    # pause, settings and back
    page.keyboard.press("Escape")
    expect(page.locator("#resume")).to_be_focused()
    press_on(page, "paused-settings")
    expect(page.locator("#settings")).to_be_visible()
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.type") == "range":
            break
    before = page.evaluate("document.activeElement.value")
    page.keyboard.press("ArrowLeft")
    assert page.evaluate("document.activeElement.value") != before
    page.keyboard.press("Escape")
    expect(page.locator("#paused")).to_be_visible()
    page.keyboard.press("Escape")
    assert game(page, "phase") == "fight"
    # to the end, watched again, and the killing blow
    page.evaluate(PLAY_FIGHT, "idler")
    expect(page.locator("#again")).to_be_focused()
    press_on(page, "watch-again")
    assert game(page, "kind") == "replay"
    page.keyboard.press("Space")
    assert game(page, "held")
    at = game(page, "clock")
    page.keyboard.press("ArrowRight")
    assert game(page, "clock") > at
    page.keyboard.press("Escape")
    expect(page.locator("#ending")).to_be_visible()
    press_on(page, "watch-killcam")
    press_on(page, "killcam-skip")
    expect(page.locator("#ending")).to_be_visible()
    # the rooms behind the gate
    press_on(page, "leave")
    for button, screen in (
        ("open-records", "records"),
        ("open-replays", "replays"),
        ("open-settings", "settings"),
    ):
        press_on(page, button)
        expect(page.locator(f"#{screen}")).to_be_visible()
        page.keyboard.press("Escape")
        expect(page.locator("#gate")).to_be_visible()
        assert page.evaluate("document.activeElement.id") == button
    press_on(page, "open-room")
    assert game(page, "kind") == "practice"
    step(page, 30)
    page.keyboard.press("h")
    at = game(page, "ticks")
    page.keyboard.press(".")
    assert game(page, "ticks") == at + 1
    page.keyboard.press("Escape")
    press_on(page, "paused-leave")
    press_on(page, "first-steps")
    step(page, 2)
    page.keyboard.press("Escape")
    press_on(page, "paused-leave")
    # the laboratory and back
    press_on(page, "open-lab")
    expect(page.locator("h1")).to_be_visible()
    assert page.url.endswith("/lab")
    for _ in range(MOST_TABS):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.getAttribute('href')") == "/":
            break
    page.keyboard.press("Enter")
    expect(page.locator("#gate")).to_be_visible()
