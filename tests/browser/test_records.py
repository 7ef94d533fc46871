"""The player's record: counted by tier, kept, checked when read, forgotten on demand; the ending's words."""

import json
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pages import FIND_FIGHT, PLAY_FIGHT, game
from playwright.sync_api import Page, expect
from shared_pages import Turns

from features import BOSS_MAX_HEALTH, TIERS

KEY = "modular-mind-records"
NOTHING = "No fight has been decided yet."


@pytest.fixture
def manual(shared: Turns) -> Iterator[Page]:
    """The shared page at its gate, stepped by hand; no fight is remembered there nor in its storage."""
    with shared.turn() as page:
        page.locator("#open-records").click()
        if page.locator("#records-total").text_content() != NOTHING:
            page.locator("#records-reset").click()
            page.locator("#records-forget").click()
            page.evaluate("(key) => localStorage.removeItem(key)", KEY)
        page.locator("#records-back").click()
        yield page


def lose(page: Page) -> None:
    """Enters from the gate and stands still until the boss has won."""
    page.locator("#enter").click()
    page.evaluate(PLAY_FIGHT, "idler")
    expect(page.locator("#ending")).to_be_visible()


def again(page: Page, who: str) -> None:
    """Fights again from the ending."""
    page.locator("#again").click()
    page.evaluate(PLAY_FIGHT, who)


def stored(page: Page, tier: str) -> dict:
    """What the browser's storage holds of a tier."""
    return json.loads(page.evaluate("(key) => localStorage.getItem(key)", KEY))["tiers"][tier]


def store(page: Page, tier: str, record: dict) -> None:
    """Puts a tier's record in the browser's storage, where the page reads it before it counts a fight."""
    content = json.dumps({"version": 1, "tiers": {tier: record}})
    page.evaluate("([key, text]) => localStorage.setItem(key, text)", [KEY, content])


def test_losses_are_counted_by_tier_and_the_ending_says_how_close_it_was(manual: Page):
    expect(manual.locator("#tier-record")).to_contain_text("not fought")
    lose(manual)
    left = game(manual, "state")["boss_health"]
    expect(manual.locator("#closeness")).to_contain_text(f"It had {left} of {BOSS_MAX_HEALTH} left")
    expect(manual.locator("#again")).to_be_focused()
    manual.locator("#leave").click()
    expect(manual.locator("#tier-record")).to_have_text("No win in 1")
    manual.locator("#tier-choices label", has_text="Hard").click()
    expect(manual.locator("#tier-record")).to_contain_text("not fought")
    manual.reload()
    manual.locator("#tier-choices label", has_text="Normal").click()
    expect(manual.locator("#tier-record")).to_have_text("No win in 1")


def test_wins_in_a_row_and_the_best_time(manual: Page, url: str):
    explore = manual.evaluate("async () => (await import('/static/gen/rules.js')).default.tier_explore.easy")
    found = manual.evaluate(FIND_FIGHT, {"who": "dodger", "outcome": "knight_wins", "explore": explore})
    manual.goto(f"{url}?manual&seed={found['seed']}")
    manual.locator("#tier-choices label", has_text="Easy").click()
    manual.locator("#enter").click()
    manual.evaluate(PLAY_FIGHT, "dodger")
    feats = manual.locator("#feats")
    expect(feats).to_have_text("Your first win on Easy")
    store(manual, "easy", stored(manual, "easy") | {"bestTime": found["clock"] + 60})
    again(manual, "dodger")
    expect(feats.locator("li")).to_have_text(["New best time", "Second win in a row, as never before"])
    again(manual, "dodger")
    expect(feats.locator("li")).to_have_text(["Third win in a row, as never before"])  # as fast as before
    again(manual, "idler")
    expect(feats.locator("li")).to_have_count(0)
    assert stored(manual, "easy") == {
        "fights": 4, "wins": 3, "losses": 1, "streak": 0, "bestStreak": 3, "unwon": 1,
        "bestTime": found["clock"], "helped": False,
    }  # fmt: skip
    manual.locator("#leave").click()
    expect(manual.locator("#tier-record")).to_contain_text("3 wins in 4")
    manual.locator("#open-records").click()
    expect(manual.locator("#records-rows tr").first.locator("td")).to_contain_text(["4", "3", "1", "0", "3"])


def test_a_fight_given_up_counts_for_nothing(manual: Page):
    manual.locator("#enter").click()
    manual.evaluate("window.__step(60, 0)")
    manual.keyboard.press("Escape")
    manual.keyboard.press("r")
    manual.evaluate("window.__step(60, 0)")
    manual.keyboard.press("Escape")
    manual.locator("#paused-leave").click()
    expect(manual.locator("#tier-record")).to_contain_text("not fought")
    assert manual.evaluate("(key) => localStorage.getItem(key)", KEY) is None


def test_after_three_losses_in_a_row_help_is_offered_once(manual: Page):
    lose(manual)
    again(manual, "idler")
    expect(manual.locator("#help")).to_be_hidden()
    again(manual, "idler")
    expect(manual.locator("#help")).to_be_visible()
    expect(manual.locator("#again")).to_be_focused()  # it does not get in the way
    again(manual, "idler")
    expect(manual.locator("#help")).to_be_hidden()
    assert stored(manual, "normal")["helped"]


COUNTS = {"fights": 2, "wins": 0, "losses": 2, "streak": 0, "bestStreak": 0, "unwon": 2}
LOST_TWICE = {**COUNTS, "bestTime": None, "helped": False}


@pytest.mark.parametrize(
    ("button", "tier", "rate"), [("#help-tier", "easy", 1), ("#help-speed", "normal", 0.8)]
)
def test_the_help_offered_is_taken_at_a_click(manual: Page, button: str, tier: str, rate: float):
    store(manual, "normal", LOST_TWICE)
    lose(manual)
    manual.locator(button).click()
    assert game(manual, "phase") == "fight"
    assert game(manual, "rate") == rate
    assert manual.locator("input[name=tier]:checked").get_attribute("value") == tier


def test_records_are_forgotten_only_after_a_question(manual: Page):
    lose(manual)
    manual.locator("#leave").click()
    manual.locator("#open-records").click()
    expect(manual.locator("#records-total")).to_have_text("One fight decided.")
    expect(manual.locator("#records-back")).to_be_focused()
    manual.locator("#records-reset").click()
    expect(manual.locator("#records-keep")).to_be_focused()
    manual.keyboard.press("Enter")
    expect(manual.locator("#records-question")).to_be_hidden()
    expect(manual.locator("#records-total")).to_have_text("One fight decided.")
    manual.locator("#records-reset").click()
    manual.locator("#records-forget").click()
    expect(manual.locator("#records-total")).to_have_text(NOTHING)
    manual.keyboard.press("Escape")
    expect(manual.locator("#gate")).to_be_visible()
    expect(manual.locator("#tier-record")).to_contain_text("not fought")


# ------------------------------------------------------------------------------ what storage may hold
READ = """async ([text, key]) => {
    if (text === null) localStorage.removeItem(key); else localStorage.setItem(key, text);
    const {Records} = await import("/static/game/records.js");
    const records = new Records();
    return Object.fromEntries(["easy", "normal", "hard"].map((tier) => [tier, records.of(tier)]));
}"""
NUMBERS = st.one_of(
    st.integers(-2, 9000), st.floats(allow_nan=False), st.none(), st.booleans(), st.text(max_size=3)
)
FIELDS = ["fights", "wins", "losses", "streak", "bestStreak", "unwon", "bestTime", "helped"]
RECORD = st.one_of(NUMBERS, st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, NUMBERS)))
CONTENT = st.one_of(
    st.text(max_size=20),
    NUMBERS.map(json.dumps),
    st.fixed_dictionaries(
        {"version": st.sampled_from([0, 1, "1"]), "tiers": st.dictionaries(st.sampled_from(TIERS), RECORD)}
    ).map(json.dumps),
)


@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(content=CONTENT)
def test_whatever_is_stored_the_records_add_up(manual: Page, content: str):
    for record in manual.evaluate(READ, [content, KEY]).values():
        assert sorted(record) == sorted(FIELDS)
        assert 0 <= record["streak"] <= record["bestStreak"] <= record["wins"]
        assert record["wins"] + record["losses"] <= record["fights"]
        assert (record["bestTime"] is None) == (record["wins"] == 0)


def test_one_broken_tier_does_not_cost_the_others(manual: Page):
    sound = dict(zip(FIELDS, [5, 2, 3, 1, 2, 0, 1800, False], strict=True))
    broken = sound | {"wins": 6}
    content = json.dumps({"version": 1, "tiers": {"easy": sound, "hard": broken}})
    records = manual.evaluate(READ, [content, KEY])
    assert records["easy"] == sound
    assert records["hard"]["fights"] == 0
