"""Learning to play, by hand with real keys: the First steps, and the line of keys in a first fight."""

from pages import PLAY_FIGHT, game, opened
from playwright.sync_api import Browser, Page, expect

from features import AEGIS_TICKS, BOSS_PHASES, INPUT_ATTACK, KNIGHT_MAX_HEALTH, UNITS_PER_PIXEL

STEP_LIMIT = 2000  # ticks in which a step must come about
NEAR = 90  # pixels between centres at which the sword reaches
LAST_MOMENT = 20  # ticks into the wind-up at which a roll passes through the blow


def begin(page: Page) -> None:
    """Starts the First steps from the gate's menu."""
    page.locator("#first-steps").click()
    expect(page.locator("#lesson-text")).to_contain_text("Walk with")
    assert game(page, "kind") == "practice"


def step_until(page: Page, condition: str, stride: int = 1) -> None:
    """Steps by the keyboard, `stride` ticks at a time, until `condition` on the state by name (s) holds."""
    came = page.evaluate(
        f"""([limit, stride]) => {{
            for (let i = 0; i < limit; i += stride) {{
                const s = window.__game.state;
                if ({condition}) return true;
                window.__step(stride);
            }}
            return false;
        }}""",
        [STEP_LIMIT, stride],
    )
    assert came, f"never came true: {condition}"


def praised(page: Page, done: int) -> None:
    """The step was done: `done` of them are marked; goes on to what follows."""
    expect(page.locator("#lesson")).to_have_class("lesson praised")
    assert page.locator("#lesson-progress .done").count() == done
    page.evaluate("window.__step(90)")


def walk_up(page: Page) -> None:
    """Walks to within reach of the boss."""
    state = game(page, "state")
    key = "ArrowRight" if state["knight_x"] < state["boss_x"] else "ArrowLeft"
    page.keyboard.down(key)
    step_until(page, f"Math.abs(s.knight_x - s.boss_x) < {NEAR * UNITS_PER_PIXEL}")
    page.keyboard.up(key)


def test_the_first_steps_are_learnt_key_by_key_and_remembered(manual: Page):
    expect(manual.locator("#first-steps")).to_have_class("suggested")
    begin(manual)
    manual.keyboard.down("ArrowRight")
    manual.evaluate("window.__step(46)")
    manual.keyboard.up("ArrowRight")
    praised(manual, 1)

    expect(manual.locator("#lesson-text")).to_contain_text("strike: J")
    manual.keyboard.press("j")
    manual.evaluate("window.__step(40)")
    expect(manual.locator("#lesson-note")).to_contain_text("Closer")
    walk_up(manual)
    manual.keyboard.press("j")
    manual.evaluate("window.__step(12)")
    praised(manual, 2)

    expect(manual.locator("#lesson-text")).to_contain_text("red ring")
    step_until(manual, "window.__game.counts.aegis_absorbed === 1", stride=10)
    praised(manual, 3)

    expect(manual.locator("#lesson-text")).to_contain_text("Space")
    step_until(manual, "s.boss_phase === 1 && s.boss_timer === 2")
    manual.keyboard.press("Space")
    step_until(manual, "window.__game.counts.aegis_absorbed === 2", stride=10)
    expect(manual.locator("#lesson-note")).to_contain_text("Too soon")
    walk_up(manual)
    step_until(manual, f"s.boss_phase === 1 && s.boss_timer === {LAST_MOMENT}")
    state = game(manual, "state")
    towards = "ArrowRight" if state["knight_x"] < state["boss_x"] else "ArrowLeft"
    manual.keyboard.down(towards)
    manual.keyboard.press("Space")
    step_until(manual, "window.__game.counts.cleave_rolled_through === 1", stride=10)
    manual.keyboard.up(towards)
    praised(manual, 4)

    expect(manual.locator("#lesson-text")).to_contain_text("hold K")
    step_until(manual, "s.boss_phase === 1", stride=5)
    manual.keyboard.down("k")
    step_until(manual, "window.__game.counts.cleave_blocked === 1", stride=10)
    manual.keyboard.up("k")
    praised(manual, 5)

    expect(manual.locator("#lesson-text")).to_contain_text("lies open")
    step_until(manual, "s.boss_phase === 1", stride=5)
    manual.keyboard.down("k")
    step_until(manual, f"s.boss_phase === {BOSS_PHASES.index('recovery')}")
    manual.keyboard.up("k")
    manual.evaluate("window.__step(1)")
    manual.keyboard.press("j")
    manual.evaluate("window.__step(14)")
    praised(manual, 6)

    expect(manual.locator("#awake")).to_be_visible()
    expect(manual.locator("#awake-enter")).to_be_focused()
    manual.keyboard.press("Enter")
    assert (game(manual, "kind"), game(manual, "phase")) == ("fight", "fight")
    assert manual.locator("input[name=tier]:checked").get_attribute("value") == "easy"
    expect(manual.locator("#lesson")).to_be_hidden()
    manual.reload()
    expect(manual.locator("#gate")).to_be_visible()
    expect(manual.locator("#first-steps")).not_to_have_class("suggested")


def test_the_first_steps_never_end_by_themselves_and_count_for_nothing(manual: Page):
    begin(manual)
    for _ in range(3):
        manual.locator("#lesson-skip").click()  # to the roll, which nobody does here
    manual.evaluate("window.__step(8000, 0)")  # longer than a fight lasts; the boss strikes all the while
    state = game(manual, "state")
    assert game(manual, "outcome") == "ongoing"
    assert state["knight_aegis"] >= AEGIS_TICKS - 1
    assert state["knight_health"] == KNIGHT_MAX_HEALTH
    assert game(manual, "counts")["aegis_absorbed"] > 20
    manual.evaluate(
        "(strike) => window.__step(2400, (s) => (s[60] % 2 ? strike : 0))", INPUT_ATTACK
    )  # nor does it die
    assert game(manual, "outcome") == "ongoing"
    manual.keyboard.press("Escape")
    expect(manual.locator("#paused")).to_be_visible()
    expect(manual.locator("#paused-again")).to_be_hidden()
    manual.locator("#paused-leave").click()
    expect(manual.locator("#gate")).to_be_visible()
    expect(manual.locator("#lesson")).to_be_hidden()
    expect(manual.locator("#tier-record")).to_contain_text("not fought")


def test_who_fails_again_and_again_gets_more_time(manual: Page):
    begin(manual)
    for _ in range(3):
        manual.locator("#lesson-skip").click()
    assert game(manual, "rate") == 1
    step_until(manual, "window.__game.counts.aegis_absorbed === 3", stride=10)
    assert game(manual, "rate") < 1
    manual.locator("#lesson-skip").click()
    assert game(manual, "rate") == 1


def test_in_a_first_fight_a_line_of_keys_is_ticked_off_and_goes_with_the_aegis(manual: Page):
    manual.locator("#enter").click()
    keys = manual.locator(".lesson-key")
    assert keys.count() == 4
    assert "Space" in keys.nth(2).text_content()
    manual.keyboard.press("j")
    manual.evaluate("window.__step(2)")
    assert [key.get_attribute("class") for key in keys.all()].count("lesson-key done") == 1
    assert game(manual, "clock") == 2  # the fight is never stopped for it
    manual.keyboard.down("ArrowLeft")
    manual.evaluate("window.__step(60)")
    manual.keyboard.up("ArrowLeft")
    assert [key.get_attribute("class") for key in keys.all()].count("lesson-key done") == 2
    step_until(manual, "s.knight_aegis === 0", stride=10)
    expect(manual.locator("#lesson")).to_be_hidden()
    manual.keyboard.press("Escape")
    manual.locator("#paused-again").click()
    expect(manual.locator("#lesson")).to_be_hidden()  # not twice
    manual.reload()
    manual.locator("#enter").click()
    manual.evaluate("window.__step(2)")
    expect(manual.locator("#lesson")).to_be_hidden()


def test_who_has_fought_before_is_not_taught_unasked(manual: Page):
    manual.locator("#enter").click()
    manual.evaluate(PLAY_FIGHT, "idler")
    manual.evaluate("localStorage.removeItem('modular-mind-tutorial')")
    manual.reload()
    expect(manual.locator("#first-steps")).not_to_have_class("suggested")
    manual.locator("#enter").click()
    manual.evaluate("window.__step(2)")
    expect(manual.locator("#lesson")).to_be_hidden()


def test_on_a_touch_screen_the_lesson_names_the_pad_s_buttons(browser: Browser, url: str):
    options = {"viewport": {"width": 844, "height": 390}, "has_touch": True, "is_mobile": True}
    with opened(browser, url, "?manual&seed=7", **options) as (page, trouble):
        page.locator("#first-steps").tap()
        page.locator("#lesson-skip").tap()
        expect(page.locator("#lesson-text kbd")).to_have_text("sword")
        assert trouble.errors == []
