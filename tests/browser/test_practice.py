"""The training room: what its dummies, boxes, frame data, held time and inputs say, against the rules.

Pure modules are asked in the page itself; the room is used by keyboard and pointer and stepped by hand.
"""

from collections.abc import Iterator

import pytest
from pages import game, opened, wait_until
from playwright.sync_api import Browser, Page, expect
from shared_pages import HOME, Turns

import features as rules

MODULES = """
    const load = (path) => import(`/static/${path}`);
    const kernel = await load("gen/kernel.js");
    const {Duel} = await load("sim/duel.js");
"""

# Fights of random inputs and moves; every tick's boxes are compared with what the kernel reported.
COMPARE_BOXES = (
    """async (fights) => {"""
    + MODULES
    + """
    const boxes = await load("practice/boxes.js");
    const seen = {sword: 0, cleave: 0, rolled: 0, ticks: 0};
    const wrong = [];
    const within = (place, body) => place && body && place.left <= body.right && body.left <= place.right;
    for (let seed = 1; seed <= fights; seed += 1) {
        const duel = new Duel(seed);
        const {state} = duel;
        let input = 0;
        for (let t = 0; duel.outcome === kernel.ONGOING && t < 2400; t += 1) {
            if (duel.decisionDue) duel.choose([0, 1, 0, 1, 4, 3][kernel.hash32(seed, 21, t) % 6]);
            const random = kernel.hash32(seed, 20, t);
            const towards = state[kernel.BOSS_X] > state[kernel.KNIGHT_X] ? 2 : 1;
            if (t % 8 === 0) input = towards | ((random >>> 3) & 28);
            const events = duel.step(input);
            if (events === 0 && state[kernel.HIT_STOP] > 0) continue;
            const drawn = boxes.boxesOf(state);
            const blow = (owner, kind) => drawn.find((box) => box.owner === owner && box.kind === kind);
            const isBody = (box) => box.kind === "hurt" || box.kind === "safe";
            const body = (owner) => drawn.find((box) => box.owner === owner && isBody(box));
            const fail = (what) => wrong.push(`${what}: seed ${seed}, tick ${t}`);
            seen.ticks += 1;
            const swordLanded = events & (kernel.EVENT_SWORD_HIT | kernel.EVENT_SWORD_GUARDED);
            const cleaveLanded = events & (kernel.EVENT_CLEAVE_HIT | kernel.EVENT_CLEAVE_BLOCKED
                | kernel.EVENT_AEGIS_ABSORBED);
            // Who is struck dead or out of his swing in that very tick shows no box any more.
            if (swordLanded) {
                seen.sword += 1;
                if (!boxes.touches(boxes.swordSpan(state), boxes.bodySpan(state, "boss"))) fail("sword span");
                const swings = state[kernel.KNIGHT_PHASE] === kernel.KNIGHT_ATTACK;
                const still = swings && state[kernel.BOSS_HEALTH] > 0;
                if (still && !within(blow("knight", "spent"), body("boss"))) fail("sword box");
            } else if (within(blow("knight", "active"), body("boss"))) fail("a sword that touches lands");
            if (cleaveLanded) {
                seen.cleave += 1;
                const knight = boxes.bodySpan(state, "knight");
                if (!boxes.touches(boxes.cleaveSpan(state), knight)) fail("cleave span");
                const lunges = state[kernel.BOSS_PHASE] === kernel.BOSS_LUNGE;
                const still = lunges && state[kernel.KNIGHT_HEALTH] > 0;
                if (still && !within(blow("boss", "spent"), body("knight"))) fail("cleave box");
            } else if (within(blow("boss", "active"), body("knight")) && body("knight").kind !== "safe") {
                fail("a cleave that touches lands");
            }
            if (events & kernel.EVENT_CLEAVE_ROLLED_THROUGH) {
                seen.rolled += 1;
                const {kind} = body("knight");
                if (kind !== "safe" || !within(blow("boss", "active"), body("knight"))) fail("rolled");
            }
        }
    }
    return {seen, wrong: wrong.slice(0, 10)};
}"""
)

# Runs one behaviour of the boss for some seconds: which moves began, how far it went, what it suffered.
RUN_BEHAVIOUR = (
    """async ({behaviour, input, ticks, distance}) => {"""
    + MODULES
    + """
    const {FIRST_WISHES, PracticeBout} = await load("practice/bout.js");
    const wishes = {...FIRST_WISHES, behaviour, distance};
    const bout = new PracticeBout({seed: 3, mind: null, wishes, onDecision: () => {}});
    bout.start();
    const from = bout.state[kernel.BOSS_X] - bout.state[kernel.KNIGHT_X];
    const moves = new Set();
    let windups = 0;
    let struckFirst = null;
    for (let t = 0; t < ticks; t += 1) {
        const events = bout.step(t % 40 < 6 ? input : 0);
        if (events & kernel.EVENT_MOVE_APPLIED) moves.add(bout.state[kernel.BOSS_MOVE]);
        if (events & kernel.EVENT_SWORD_GUARDED) struckFirst ??= "guard";
        if (events & kernel.EVENT_WINDUP_STARTED) { windups += 1; struckFirst ??= "windup"; }
    }
    const apart = bout.state[kernel.BOSS_X] - bout.state[kernel.KNIGHT_X];
    return {moves: [...moves].sort(), windups, struckFirst, from, apart, outcome: bout.outcome,
        health: bout.state[kernel.KNIGHT_HEALTH]};
}"""
)


# Furnishes the room, which stays as it is left, as it was at first, and leads to the gate.
HOME_FROM_ROOM = f"""() => {{
    const all = (selector) => [...document.querySelectorAll(`.room ${{selector}}`)];
    document.getElementById("leave").click();
    document.getElementById("open-room").click();
    for (const select of all("select")) {{
        select.value = {{"The slime": "mind", errs: "0", Start: "340"}}[select.labels[0].firstChild.data];
        select.dispatchEvent(new Event("change"));
    }}
    for (const toggle of all(".room-toggle")) {{
        const isFirst = String(toggle.textContent === "Nobody dies");
        if (toggle.getAttribute("aria-pressed") !== isFirst) toggle.click();
    }}
    all("button").find((button) => button.textContent === "100%").click();
    ({HOME})();
}}"""


@pytest.fixture
def manual(shared: Turns) -> Iterator[Page]:
    """The shared page at its gate; its room is furnished as at first."""
    with shared.turn(HOME_FROM_ROOM) as page:
        yield page


@pytest.fixture
def modules(shared: Turns) -> Iterator[Page]:
    """The shared page, in which pure modules are imported; nobody plays on it."""
    with shared.turn() as page:
        yield page


def enter_room(page: Page) -> None:
    page.locator("#open-room").click()
    assert game(page, "kind") == "practice"


def step(page: Page, ticks: int, held: int = 0) -> None:
    page.evaluate("([ticks, held]) => window.__step(ticks, held)", [ticks, held])


def press(page: Page, name: str) -> None:
    page.get_by_role("region", name="Training room").get_by_role("button", name=name).click()


def wish(page: Page, name: str, value: str) -> None:
    page.get_by_role("combobox", name=name).select_option(value)


# -------------------------------------------------------------------------------- pure parts
def test_the_boxes_drawn_are_those_of_the_kernel(modules: Page):
    found = modules.evaluate(COMPARE_BOXES, 80)
    assert found["wrong"] == []
    assert min(found["seen"][kind] for kind in ("sword", "cleave", "rolled")) > 20, found["seen"]


@pytest.mark.parametrize(
    ("behaviour", "moves"),
    [
        ("still", {rules.IDLE}),
        ("cleave", {rules.CLEAVE, rules.IDLE}),
        ("guard", {rules.BLOCK}),
        ("approach", {rules.APPROACH}),
        ("retreat", {rules.RETREAT}),
    ],
)
def test_a_dummy_does_what_it_says(modules: Page, behaviour: str, moves: set[int]):
    run = {"behaviour": behaviour, "input": 0, "ticks": 600, "distance": 340}
    found = modules.evaluate(RUN_BEHAVIOUR, run)
    assert set(found["moves"]) == moves
    assert (found["windups"] >= 600 // rules.CLEAVE_COOLDOWN - 2) is (rules.CLEAVE in moves)
    moved = found["apart"] - found["from"]
    assert (moved < 0) is (behaviour in ("approach", "cleave"))
    assert (moved > 0) is (behaviour == "retreat")


def test_one_dummy_guards_until_it_is_struck_and_then_cleaves(modules: Page):
    idle = modules.evaluate(
        RUN_BEHAVIOUR, {"behaviour": "riposte", "input": 0, "ticks": 300, "distance": 106}
    )
    assert (idle["windups"], idle["moves"]) == (0, [rules.BLOCK])
    struck = modules.evaluate(
        RUN_BEHAVIOUR, {"behaviour": "riposte", "input": rules.INPUT_ATTACK, "ticks": 600, "distance": 106}
    )
    assert struck["struckFirst"] == "guard"
    assert struck["windups"] >= 2


def test_nobody_dies_however_long_practice_lasts(modules: Page):
    """Far past the end of a fight: health comes back and the clock is set back."""
    run = {
        "behaviour": "cleave",
        "input": rules.INPUT_ATTACK,
        "ticks": 2 * rules.TIMEOUT_TICKS,
        "distance": 70,
    }
    found = modules.evaluate(RUN_BEHAVIOUR, run)
    assert found["outcome"] == rules.ONGOING
    assert found["windups"] > 100
    assert found["health"] > 0


def test_what_the_boss_chose_is_repeated_from_the_tape(modules: Page):
    moves = modules.evaluate("""async () => {
        const {ECHO_DECISIONS, Tape} = await import("/static/practice/dummies.js");
        const tape = new Tape();
        for (let k = 0; k < 200; k += 2) tape.record(k, k % 3);
        tape.rewind(200);
        const round = (from) => Array.from({length: ECHO_DECISIONS}, (_, i) => tape.moveAt(from + i));
        return {first: round(200), second: round(200 + ECHO_DECISIONS)};
    }""")
    expected = [(150 + i) % 3 if i % 2 == 0 else rules.IDLE for i in range(50)]
    assert moves["first"] == moves["second"] == expected


def test_the_table_of_frame_data_is_that_of_the_rules(modules: Page):
    rows = modules.evaluate("""async () => {
        const {FRAME_COLUMNS, frameTable} = await import("/static/practice/framedata.js");
        const named = (cells) => Object.fromEntries(cells.map((cell, i) => [FRAME_COLUMNS[i], cell]));
        return Object.fromEntries(frameTable().map(({action, cells}) => [action, named(cells)]));
    }""")
    sword, cleave = rows["Sword"], rows["Cleave"]
    frames = rules.FRAME_DATA
    assert (sword["startup"], sword["whole"]) == (
        str(frames["attack"]["hitbox"][0]),
        str(frames["attack"]["total"]),
    )
    assert int(sword["startup"]) + int(sword["active"]) + int(sword["recovery"]) == rules.ATTACK_TICKS
    assert int(cleave["startup"]) + int(cleave["active"]) + int(cleave["recovery"]) == rules.CLEAVE_TICKS
    assert cleave["damage"].startswith(str(rules.CLEAVE_DAMAGE))


# Lets a cleave land (on a body or on a guard) and counts when both may act again.
ADVANTAGE = (
    """async ({held}) => {"""
    + MODULES
    + """
    const {FIRST_WISHES, PracticeBout} = await load("practice/bout.js");
    const wishes = {...FIRST_WISHES, behaviour: "cleave", distance: 106};
    const bout = new PracticeBout({seed: 3, mind: null, wishes, onDecision: () => {}});
    bout.start();
    const {state} = bout;
    let landed = false, knight = null, boss = null;
    for (let t = 0; boss === null && t < 400; t += 1) {
        const events = bout.step(held);
        if (events & (kernel.EVENT_CLEAVE_HIT | kernel.EVENT_CLEAVE_BLOCKED)) landed = true;
        if (!landed) continue;
        const isFree = [kernel.KNIGHT_FREE, kernel.KNIGHT_BLOCK].includes(state[kernel.KNIGHT_PHASE]);
        if (isFree) knight ??= state[kernel.CLOCK];
        if (state[kernel.BOSS_PHASE] === kernel.BOSS_FREE) boss = state[kernel.CLOCK];
    }
    return knight - boss;
}"""
)


@pytest.mark.parametrize(("held", "column"), [(0, "on hit"), (rules.INPUT_BLOCK, "on guard")])
def test_the_advantages_in_the_table_are_those_measured(modules: Page, held: int, column: str):
    written = modules.evaluate(
        """async (column) => {
            const {FRAME_COLUMNS, frameTable} = await import("/static/practice/framedata.js");
            const {cells} = frameTable().find(({action}) => action === "Cleave");
            return cells[FRAME_COLUMNS.indexOf(column)];
        }""",
        column,
    )
    assert int(written.replace("−", "-")) == modules.evaluate(ADVANTAGE, {"held": held})


# ------------------------------------------------------------------------------- in the room
def test_the_room_opens_by_keyboard_and_leaves_nothing_behind(manual: Page):
    manual.locator("#open-room").focus()
    manual.keyboard.press("Enter")
    region = manual.get_by_role("region", name="Training room")
    expect(region).to_be_visible()
    assert (game(manual, "kind"), game(manual, "annotated"), game(manual, "phase")) == (
        "practice",
        True,
        "fight",
    )
    press(manual, "50%")
    assert (game(manual, "pace"), game(manual, "rate")) == (0.5, 0.5)
    manual.get_by_role("button", name="Silence Punisher").click()
    assert game(manual, "silenced") == 1 << rules.SPECIALISTS.index("Punisher")
    step(manual, 60)
    press(manual, "Leave")
    expect(manual.locator("#gate")).to_be_visible()
    assert (game(manual, "pace"), game(manual, "annotated"), game(manual, "held")) == (1, False, False)
    expect(region).to_have_count(0)
    expect(manual.locator(".room-inputs")).to_have_count(0)
    expect(manual.locator("#mind-silenced")).to_have_text("")
    manual.locator("#enter").click()
    assert (game(manual, "kind"), game(manual, "silenced"), game(manual, "annotated")) == ("fight", 0, False)


def test_a_step_of_held_time_is_exactly_one_tick(manual: Page):
    enter_room(manual)
    step(manual, 10)
    manual.keyboard.press("h")
    assert game(manual, "held")
    for key, ticks in ((".", 1), (",", 6), (".", 1)):
        before = game(manual, "state")["tick"]
        manual.keyboard.press(key)
        assert game(manual, "state")["tick"] == before + ticks
    before = game(manual, "state")["tick"]
    press(manual, "+1")
    press(manual, "+6")
    assert game(manual, "state")["tick"] == before + 7
    manual.keyboard.press("h")
    assert not game(manual, "held")


def test_time_stands_still_while_held_and_runs_on_afterwards(page: Page):
    enter_room(page)
    wait_until(page, "g.clock > 5")
    page.keyboard.press("h")
    tick = game(page, "state")["tick"]
    page.keyboard.press(".")
    page.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    assert game(page, "state")["tick"] == tick + 1
    page.keyboard.press("Escape")
    assert game(page, "phase") == "paused"
    expect(page.locator("#paused-again")).to_be_hidden()
    page.keyboard.press("Escape")
    assert (game(page, "phase"), game(page, "held")) == ("fight", True)
    page.keyboard.press("h")
    wait_until(page, f"g.clock > {tick + 5}")


def test_wishes_change_the_duel(manual: Page):
    enter_room(manual)
    wish(manual, "The slime", "still")
    wish(manual, "Start", "106")
    state = game(manual, "state")
    assert state["boss_x"] - state["knight_x"] == 106 * rules.UNITS_PER_PIXEL
    press(manual, "Enraged")
    assert game(manual, "state")["boss_enraged"] == 1
    press(manual, "Enraged")
    assert game(manual, "state")["boss_health"] == rules.BOSS_MAX_HEALTH
    press(manual, "Endless stamina")
    step(manual, 1, rules.INPUT_ROLL)
    step(manual, 1)
    assert game(manual, "counts")["roll_started"] == 1
    assert game(manual, "state")["knight_stamina"] == rules.KNIGHT_MAX_STAMINA
    step(manual, 60, rules.INPUT_LEFT)
    manual.keyboard.press("r")
    state = game(manual, "state")
    assert state["boss_x"] - state["knight_x"] == 106 * rules.UNITS_PER_PIXEL
    assert (state["tick"], game(manual, "counts")["boss_died"]) == (0, 0)


def test_who_dies_in_practice_begins_again(manual: Page):
    enter_room(manual)
    wish(manual, "The slime", "cleave")
    wish(manual, "Start", "70")
    press(manual, "Nobody dies")
    fights = game(manual, "fights")
    manual.evaluate(
        """(fights) => {
            for (let t = 0; t < 100 && window.__game.fights === fights; t += 1) window.__step(30, 0);
        }""",
        fights,
    )
    assert game(manual, "fights") == fights + 1
    assert (game(manual, "kind"), game(manual, "phase")) == ("practice", "fight")
    assert game(manual, "state")["knight_health"] == rules.KNIGHT_MAX_HEALTH
    expect(manual.locator("#ending")).to_be_hidden()


def test_the_inputs_and_the_buffered_press_are_shown(manual: Page):
    enter_room(manual)
    wish(manual, "The slime", "still")
    step(manual, 12, rules.INPUT_RIGHT)
    step(manual, 3, rules.INPUT_ATTACK)
    step(manual, 5)
    counts = manual.locator(".room-input b").all_text_contents()
    assert counts[:3] == ["5", "3", "12"]
    buffer = manual.locator(".room-buffer")
    expect(buffer).not_to_contain_text("waits,")
    step(manual, 1, rules.INPUT_ROLL)  # in the middle of a swing: it has to wait
    state = game(manual, "state")
    assert state["knight_buffer"] == rules.INPUT_ROLL
    expect(buffer).to_contain_text(f"roll waits, {state['knight_buffer_timer']}")
    expect(buffer.locator(".lit")).to_have_count(state["knight_buffer_timer"])
    step(manual, rules.INPUT_BUFFER_TICKS + 2)
    expect(buffer).to_contain_text("no press waits")


def test_the_live_bar_counts_as_the_frame_data_do(modules: Page):
    """A swing that lands: its stages last as in the rules, the hit-stop left out."""
    runs = modules.evaluate("""async () => {
        const {Timeline} = await import("/static/practice/timeline.js");
        const {FIRST_WISHES, PracticeBout} = await import("/static/practice/bout.js");
        const wishes = {...FIRST_WISHES, behaviour: "still", distance: 106};
        const bout = new PracticeBout({seed: 3, mind: null, wishes, onDecision: () => {}});
        bout.start();
        const timeline = new Timeline(document.createElement("canvas"));
        for (let t = 0; t < 60; t += 1) { bout.step(t === 5 ? 8 : 0); timeline.add(bout.state); }
        return timeline.runs(0).map(({stage, ticks, counted}) => [stage, ticks, counted]);
    }""")
    assert [(stage, counted) for stage, _, counted in runs[1:4]] == [
        ("startup", rules.ATTACK_HITBOX_START),
        ("active", rules.ATTACK_HITBOX_END - rules.ATTACK_HITBOX_START),
        ("recovery", rules.ATTACK_TICKS - rules.ATTACK_HITBOX_END),
    ]
    assert runs[2][1] - runs[2][2] == rules.HIT_STOP_SWORD


def test_the_frame_data_open_over_the_arena_and_lead_back(manual: Page):
    enter_room(manual)
    press(manual, "Frame data")
    expect(manual.locator("#frames")).to_be_visible()
    assert manual.locator("#frames tbody tr").count() == 4
    manual.locator("#frames-close").click()
    expect(manual.locator("#frames")).to_be_hidden()
    assert game(manual, "phase") == "fight"


@pytest.mark.parametrize(("width", "height"), [(1280, 720), (1920, 1080)])
def test_arena_and_bar_fit_the_window(manual: Page, width: int, height: int):
    manual.set_viewport_size({"width": width, "height": height})
    wait_until(manual, f"innerWidth === {width}")
    enter_room(manual)
    manual.evaluate("() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))")
    size = manual.evaluate("[document.documentElement.scrollWidth, document.documentElement.scrollHeight]")
    assert size == [width, height]
    bar = manual.locator(".room").bounding_box()
    assert bar["y"] + bar["height"] <= height


def test_on_a_phone_held_sideways_time_and_arena_fit_together(browser: Browser, url: str):
    options = {"viewport": {"width": 844, "height": 390}, "has_touch": True, "is_mobile": True}
    with opened(browser, url, "?manual", **options) as (page, _trouble):
        page.locator("#open-room").tap()
        time, stage = page.locator(".room-time").bounding_box(), page.locator("#stage").bounding_box()
        assert time["y"] >= 0
        assert time["y"] + time["height"] <= stage["y"]
        assert stage["y"] + stage["height"] <= 390
        assert page.evaluate("document.documentElement.scrollWidth") == 844
