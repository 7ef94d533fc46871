"""The panel of the mind: its moments held and released, its specialists silenced, its drawing.

What it shows is compared with the page's own mind, asked apart.
"""

from collections.abc import Iterator

import pytest
from pages import game, wait_until
from playwright.sync_api import Page, expect
from shared_pages import Turns

from features import BOSS_MAX_HEALTH, SPECIALISTS

# Replays a round of practice apart from the page: every decision of the mind, with the specialists of
# `silenced` taken out from clock tick `after` on.
DECISIONS = """async ({seed, distance, ticks, silenced, after}) => {
    const load = (path) => import(`/static/${path}`);
    const [kernel, {Duel}, {createMind}, {place}] = await Promise.all(
        ["gen/kernel.js", "sim/duel.js", "mind/mind.js", "practice/vitals.js"].map(load));
    const {weights} = await (await fetch("/healthz")).json();
    const mind = createMind(await (await fetch(`/mind/${weights}.json`)).json());
    const duel = new Duel(seed);
    place(duel.state, distance, false);
    const made = [];
    const decide = () => {
        const clock = duel.state[kernel.CLOCK];
        const draw = kernel.hash32(seed, kernel.STREAM_DECISION, duel.k);
        const trace = mind.decide(duel.observation(), 0, draw, clock >= after ? silenced : 0);
        made.push({clock, move: trace.move, percent: Math.round(trace.probabilities[trace.move] * 100)});
        duel.choose(trace.move);
    };
    decide();
    for (let t = 0; t < ticks; t += 1) {
        duel.step(0);
        if (duel.decisionDue) decide();
    }
    return made;
}"""
MOVES = ["CLEAVE", "APPROACH", "RETREAT", "IDLE", "BLOCK"]


@pytest.fixture
def manual(shared: Turns) -> Iterator[Page]:
    """The shared page at its gate."""
    with shared.turn() as page:
        yield page


def moment(clock: int) -> str:
    seconds = clock // 60
    return f"{seconds // 60}:{seconds % 60:02}.{clock % 60 * 10 // 60}"


def rows(page: Page) -> list[list[str]]:
    """The history, the earliest first: [time, move, share]."""
    listed = page.locator("#mind-history li").evaluate_all(
        "(rows) => rows.map((row) => [...row.children].slice(0, 3).map((cell) => cell.textContent))"
    )
    return listed[::-1]


def expected(decisions: list[dict]) -> list[list[str]]:
    return [[moment(made["clock"]), MOVES[made["move"]], f"{made['percent']}%"] for made in decisions]


def node(page: Page, name: str):
    return page.get_by_role("button", name=f"Silence {name}", exact=True)


def step(page: Page, ticks: int) -> None:
    page.evaluate("(ticks) => window.__step(ticks, 0)", ticks)


def test_a_silenced_specialist_is_out_of_the_next_decision_on(manual: Page):
    """The panel's decisions are those of the mind asked apart, with the specialist's bit."""
    manual.locator("#open-room").click()
    step(manual, 60)
    node(manual, "Punisher").click()
    expect(node(manual, "Punisher")).to_have_attribute("aria-pressed", "true")
    expect(manual.locator("#mind-silenced")).to_have_text("silenced: Punisher")
    step(manual, 60)
    run = {"seed": 7, "distance": 340, "ticks": 120, "silenced": 1 << 5, "after": 61}
    assert rows(manual) == expected(manual.evaluate(DECISIONS, run))


def test_any_specialist_can_be_silenced(manual: Page):
    manual.locator("#open-room").click()
    for i, name in enumerate(SPECIALISTS):
        node(manual, name).click()
        manual.keyboard.press("r")
        step(manual, 60)
        run = {"seed": 7, "distance": 340, "ticks": 60, "silenced": 1 << i, "after": 0}
        assert rows(manual) == expected(manual.evaluate(DECISIONS, run))
        node(manual, name).click()


def test_silencing_changes_what_the_boss_decides(manual: Page):
    run = {"seed": 7, "distance": 340, "ticks": 120, "after": 0}
    decided = {
        tuple(
            (made["clock"], made["move"], made["percent"])
            for made in manual.evaluate(DECISIONS, run | {"silenced": bits})
        )
        for bits in (0, *(1 << i for i in range(len(SPECIALISTS))))
    }
    assert len(decided) == 1 + len(SPECIALISTS)


def test_several_are_silenced_by_keyboard_and_speak_again(manual: Page):
    manual.locator("#open-room").click()
    step(manual, 12)
    for name in ("Baiter", "Enrage"):
        node(manual, name).focus()
        manual.keyboard.press("Enter")
    expect(manual.locator("#mind-silenced")).to_have_text("silenced: Baiter, Enrage")
    assert game(manual, "silenced") == 1 << 3 | 1 << 6
    node(manual, "Baiter").click()
    expect(manual.locator("#mind-silenced")).to_have_text("silenced: Enrage")
    assert game(manual, "silenced") == 1 << 6


def test_in_a_fight_the_specialists_cannot_be_silenced_and_say_why(manual: Page):
    manual.locator("#enter").click()
    step(manual, 30)
    punisher = node(manual, "Punisher")
    expect(punisher).to_have_attribute("aria-disabled", "true")
    expect(punisher).to_have_attribute("tabindex", "-1")
    assert "training room only" in punisher.get_attribute("title")
    punisher.click(force=True)
    expect(punisher).to_have_attribute("aria-pressed", "false")
    expect(manual.locator("#mind-silenced")).to_have_text("")
    assert game(manual, "silenced") == 0


def test_a_moment_of_the_history_is_shown_until_one_returns_to_now(manual: Page):
    manual.locator("#enter").click()
    step(manual, 120)
    listed = manual.locator("#mind-history li")
    chosen = listed.nth(7)
    time, move, share = rows(manual)[-8]
    before = manual.locator("#mind-graph").screenshot()
    chosen.click()
    expect(manual.locator("#mind-moment")).to_have_text(f"showing {time}")
    expect(chosen).to_have_attribute("aria-selected", "true")
    assert manual.locator("#mind-graph").screenshot() != before
    for _ in range(3):  # the fight goes on, the moment stays
        expect(manual.locator("#mind-move")).to_have_text(move)
        expect(manual.locator("#mind-share")).to_have_text(share)
        step(manual, 60)
    expect(listed.nth(7)).not_to_have_attribute("aria-selected", "true")  # it has moved down
    manual.get_by_role("button", name="back to now").click()
    expect(manual.locator("#mind-held")).to_be_hidden()
    _, move, share = rows(manual)[-1]
    expect(manual.locator("#mind-move")).to_have_text(move)
    expect(manual.locator("#mind-share")).to_have_text(share)


def test_the_history_is_walked_with_the_arrow_keys_in_a_pause(manual: Page):
    manual.locator("#enter").click()
    step(manual, 60)
    manual.keyboard.press("Escape")
    assert game(manual, "phase") == "paused"
    manual.locator("#mind-history").focus()
    listed = rows(manual)[::-1]
    for i in range(3):
        manual.keyboard.press("ArrowDown")
        expect(manual.locator("#mind-moment")).to_have_text(f"showing {listed[i][0]}")
        expect(manual.locator("#mind-move")).to_have_text(listed[i][1])
    manual.keyboard.press("ArrowUp")
    expect(manual.locator("#mind-moment")).to_have_text(f"showing {listed[1][0]}")
    manual.keyboard.press("Escape")
    expect(manual.locator("#mind-held")).to_be_hidden()
    assert game(manual, "phase") == "paused"  # that Escape belonged to the panel


def test_a_mistake_that_is_the_favourite_is_not_called_wrong(manual: Page):
    shown = manual.evaluate("""async () => {
        const {reasonOf} = await import("/static/ui/wording.js");
        const probabilities = [0.7, 0.3, 0, 0, 0];
        const cases = [[0, true], [1, true], [1, false]];
        return cases.map(([move, mistake]) => reasonOf({move, mistake, probabilities}));
    }""")
    assert shown == [
        "drawn at random, and its favourite all the same",
        "a deliberate mistake, drawn at random",
        "its own choice",
    ]


def test_a_script_lets_the_mind_sleep_and_says_so(manual: Page):
    manual.locator("#open-room").click()
    step(manual, 30)
    manual.get_by_role("combobox", name="The slime").select_option("guard")
    expect(manual.locator("#mind-move")).to_have_text("Asleep")
    expect(manual.locator("#mind-why")).to_have_text("the slime guards")
    step(manual, 60)
    expect(manual.locator("#mind-move")).to_have_text("Asleep")
    assert game(manual, "state")["boss_health"] == BOSS_MAX_HEALTH
    manual.get_by_role("combobox", name="The slime").select_option("mind")  # the room stays as it is left


@pytest.mark.parametrize("width", [1280, 1920])
def test_every_button_lies_on_its_medallion(manual: Page, width: int):
    manual.set_viewport_size({"width": width, "height": width * 9 // 16})
    wait_until(manual, f"innerWidth === {width}")
    manual.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    picture = manual.locator("#mind-graph").bounding_box()
    boxes = [node(manual, name).bounding_box() for name in SPECIALISTS]
    for box in boxes:
        assert box["x"] >= picture["x"] - 1
        assert box["x"] + box["width"] <= picture["x"] + picture["width"] + 1
        assert box["width"] == pytest.approx(box["height"], abs=0.5)
        assert box["width"] >= 24  # large enough for a finger's or an unsteady hand's aim
    centres = [(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2) for box in boxes]
    apart = [abs(a[0] - b[0]) + abs(a[1] - b[1]) for i, a in enumerate(centres) for b in centres[:i]]
    assert min(apart) > boxes[0]["width"]


def test_the_drawing_breathes_unless_motion_is_to_be_reduced(manual: Page):
    try:
        for motion, moves in (("reduce", False), ("no-preference", True)):
            manual.emulate_media(reduced_motion=motion)
            wait_until(manual, f"matchMedia('(prefers-reduced-motion: {motion})').matches")
            step(manual, 90)
            first = manual.locator("#mind-graph").screenshot()
            step(manual, 40)
            assert (manual.locator("#mind-graph").screenshot() != first) is moves
    finally:
        manual.emulate_media(reduced_motion="null")
