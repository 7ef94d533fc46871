"""The narrator on the page: its box, its settings, its chronicle, and what it asks of the server.

Most tests have the two routes of narration made up, so that every line comes when the test says; the first
one has a real server with a stand-in for the model.
"""

import json
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from narration_pages import (
    BARD,
    HEAR_BY_HAND,
    LISTEN,
    LONGEST,
    OTHERS,
    PLACE,
    PLACES,
    PLAY_SLOWLY,
    STORED,
    WINDOWS,
    Telling,
    begin,
    open_tab,
    said,
    shows,
    tell,
    to_the_chronicle,
)
from pages import PLAY_FIGHT, game, opened, wait_until
from playwright.sync_api import Browser, Page, Request, expect

from features import EVENTS_LIST, TICKS_PER_SECOND
from narrator import MASK
from service.contracts import narrate_request
from service.http import ServiceError
from tools.learned_server import FIGHT, TICKET, learned_stats, reply, routes
from tools.narrated_server import MODEL, TALE, line, stream
from tools.servers import running_server

TIMES = [f"0:{tick // TICKS_PER_SECOND:02}" for tick, *_rest in TALE[:4]]


@pytest.fixture(scope="module")
def made(browser: Browser, url: str) -> Callable[[Telling], dict]:
    """Routes of a made-up server whose POST /narrate is the one given."""
    context = browser.new_context()
    live = context.request.get(url + "healthz").json()["weights"]
    context.close()
    return lambda telling: {**routes(learned_stats(live), None), "**/narrate": telling}


# ------------------------------------------------------------------------------ the real server
def test_a_fight_is_told_by_the_real_server_and_its_model_takes_the_place_of_the_bard(browser: Browser):
    with (
        running_server("serve_local", {"MM_NARRATOR_BACKEND": "mock"}) as server,
        opened(browser, server.url, "?manual&ticketed") as (page, trouble),
    ):
        page.locator("#plaque-teach").uncheck()  # the fight is over sooner than the server would believe
        page.locator("#enter").click()
        expect(page.locator("#hud")).to_be_visible()
        page.evaluate(PLAY_SLOWLY)
        expect(page.locator("#narrator-mark")).to_have_attribute("data-by", "model")
        expect(page.locator("#narrator-mark")).to_have_attribute(
            "title", "The chronicler, told by the model (mock)"
        )
        last = page.locator("#narrator-line").inner_text()
        page.locator("#open-chronicle").click()
        expect(page.locator(".chronicle-lines li p").last).to_have_text(last)
        page.locator("#chronicle-back").click()
        page.locator("#leave").click()
        open_tab(page)
        expect(page.locator("#narrator-voice")).to_have_text("mock speaks.")
        assert trouble.errors == []


# ------------------------------------------------------------------------------ lines
def test_the_models_line_replaces_the_bards_but_never_a_newer_one(browser: Browser, url: str, made: Callable):
    telling = Telling()
    telling.lines = [line(1)]
    with opened(browser, url, "?manual&ticketed", made(telling)) as (page, trouble):
        expect(page.locator("#narrator")).to_be_hidden()
        begin(page)
        shows(page, TALE[0][2], "bard")
        assert page.evaluate("window.streams.map(({address}) => address)") == [f"/narration/{FIGHT}"]
        tell(page, {**line(1), "by": "model", "text": "The fog lets him in."})
        shows(page, "The fog lets him in.", "model")
        title = "The chronicler, told by the model (SmolLM2-135M)"
        expect(page.locator("#narrator-mark")).to_have_attribute("title", title)
        tell(page, said(2, "A blow!", "bard"))
        tell(page, said(3, "And another!", "bard"))
        tell(page, said(2, "A blow, well struck!"))  # late: the third is shown already
        shows(page, "And another!", "bard")
        tell(page, said(3, "Never shown.", "bard"))
        tell(page, said(4, "From elsewhere."), origin="https://elsewhere.example")
        for rubbish in (
            "{",
            "null",
            "7",
            {},
            {**said(5, "x"), "by": "me"},
            said(-1, "x"),
            said(5, " \u202e "),
        ):
            tell(page, rubbish)
        shows(page, "And another!", "bard")
        to_the_chronicle(page)
        texts = page.locator(".chronicle-lines p").all_inner_texts()
        assert texts == ["The fog lets him in.", "The crowd: A blow, well struck!", "And another!"]
        tell(page, said(3, "And another one!"))  # while it is read
        expect(page.locator(".chronicle-lines p").last).to_have_text("And another one!")
        page.locator("#chronicle-back").click()
        page.locator("#leave").click()
        expect(page.locator("#narrator")).to_be_hidden()
        assert page.evaluate("window.streams.map(({isOpen}) => isOpen)") == [False]
        assert trouble.errors == []


def test_a_line_is_said_once_when_it_is_settled(browser: Browser, url: str, made: Callable):
    telling = Telling()
    telling.lines = [said(1, "One, by the bard.", "bard")]
    with opened(browser, url, "?manual&ticketed", made(telling)) as (page, trouble):
        page.clock.install(time=0)
        page.clock.pause_at(1000)
        page.evaluate(LISTEN)
        begin(page)
        shows(page, "One, by the bard.", "bard")
        page.clock.run_for(1400)
        assert page.evaluate("window.said") == []
        tell(page, said(1, "One, by the model."))
        assert page.evaluate("window.said") == ["One, by the model."]
        tell(page, said(2, "Two, by the bard.", "bard"))
        page.clock.run_for(1600)
        tell(page, said(2, "Two, by the model."))
        tell(page, said(3, "Three, by the bard.", "bard"))
        tell(page, said(4, "Four, by the bard.", "bard"))  # the third cannot come any more
        page.evaluate("0")  # observers are called between two evaluations
        tell(page, BARD, "voice")
        tell(page, said(5, "Five, and no model is here.", "bard"))
        page.clock.run_for(5000)
        assert page.evaluate("window.said") == [
            "One, by the model.",
            "Two, by the bard.",
            "Three, by the bard.",
            "Five, and no model is here.",
        ]
        assert page.locator("#narrator-said").get_attribute("role") == "status"
        assert trouble.errors == []


def test_hostile_text_is_shown_as_text_and_cut(browser: Browser, url: str, made: Callable):
    markup = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    telling = Telling({**MODEL, "model": markup * 9, "reason": markup})
    with opened(browser, url, "?manual&ticketed", made(telling)) as (page, trouble):
        begin(page)
        tell(page, said(1, markup))
        shows(page, markup, "model")
        tell(page, said(2, "\u202eback\u2066wards\u0000\n\u200bagain\u2069"))
        shows(page, "back wards again", "model")
        tell(page, said(3, "ash " * 2500))
        shown = page.locator("#narrator-line").inner_text()
        assert len(shown) <= 240
        assert shown.endswith("\u2026")
        box = page.locator("#narrator").bounding_box()
        assert page.locator("#narrator-line").bounding_box()["height"] <= box["height"]
        tell(page, said(4, "\U0001f525" * 5000))
        assert page.evaluate("document.getElementById('narrator-line').textContent.length") <= 480
        assert len(page.locator("#narrator-mark").get_attribute("title")) < 120
        to_the_chronicle(page)
        assert page.locator("#chronicle script, #chronicle img, #narrator img").count() == 0
        assert trouble.errors == []


# ------------------------------------------------------------------------------ what is asked
def test_telling_moments_are_posted_in_batches_one_at_a_time(browser: Browser, url: str, made: Callable):
    held = []
    telling = Telling()
    with opened(browser, url, "?manual&ticketed", made(telling)) as (page, trouble):
        begin(page)
        [first] = telling.bodies
        assert first == {
            "ticket": TICKET,
            "persona": "chronicler",
            "name": None,
            "tick": 0,
            "moments": [],
            "learned": 0,
        }
        telling.answer = held.append
        page.evaluate(PLAY_FIGHT, "aggressor")
        wait_until(page, "g.phase === 'over'")
        assert len(telling.bodies) == 2  # and the game has not waited for the answer
        telling.answer = None
        with page.expect_response(lambda answer: tells_death(answer.request)):
            reply({"line": None, "voice": MODEL})(held[0])
        moments = [moment for body in telling.bodies for moment in body["moments"]]
        assert all(len(body["moments"]) <= 32 for body in telling.bodies)
        assert all(events & MASK for _tick, events, *_state in moments)
        ticks = [tick for tick, *_state in moments]
        assert ticks == sorted(set(ticks))
        counts = game(page, "counts")
        for name in ("sword_hit", "cleave_hit", "aegis_absorbed", "enraged"):
            bit = 1 << EVENTS_LIST.index(name)
            assert sum(1 for moment in moments if moment[1] & bit) == counts[name], name
        state = game(page, "state")
        assert moments[-1][2:] == [state["knight_health"], state["boss_health"], state["boss_phase"]]
        for body in telling.bodies:
            narrate_request(body)  # as the server takes it
        assert trouble.errors == []


def tells_death(request: Request) -> bool:
    """Whether a request tells that the knight has died."""
    moments = request.post_data_json["moments"] if request.url.endswith("/narrate") else []
    return any(moment[1] & 1 << EVENTS_LIST.index("knight_died") for moment in moments)


def test_a_roll_is_told_a_moment_later_though_nothing_else_happens(static_page: Page):
    posts = static_page.evaluate(
        """async () => {
            const {Moments} = await import("/static/narrator/moments.js");
            const rules = await import("/static/gen/kernel.js");
            const posts = [];
            const moments = new Moments(async (tick, told) => posts.push([tick, told.length]));
            const state = new Int32Array(64);
            moments.begin();
            for (let tick = 1; tick <= 60; tick += 1) {
                state[rules.CLOCK] = tick;
                moments.note(tick === 20 ? rules.EVENT_CLEAVE_ROLLED_THROUGH : 0, state, false);
                await null;
            }
            return posts;
        }"""
    )
    assert posts == [[0, 0], [20, 1], [33, 0]]


def test_a_failed_post_loses_its_moments_alone_and_a_refused_fight_is_left_alone(
    browser: Browser, url: str, made: Callable
):
    telling = Telling()
    with opened(browser, url, "?manual&ticketed", made(telling)) as (page, _trouble):
        begin(page)
        telling.answer = lambda route: route.abort()
        with page.expect_event("requestfailed"):
            page.evaluate(PLAY_FIGHT, "idler")
        assert game(page, "errors") == []
        assert game(page, "silent") is False
        page.locator("#leave").click()
        telling.answer = reply(
            {"error": {"code": "ticket_foreign", "message": "No.", "field": "ticket"}}, 401
        )
        telling.bodies.clear()
        begin(page)
        page.evaluate(PLAY_FIGHT, "idler")
        expect(page.locator("#ending")).to_be_visible()
        expect(page.locator("#open-chronicle")).to_be_hidden()
        assert len(telling.bodies) == 1
        assert page.evaluate("window.streams.at(-1).isOpen") is False
        assert game(page, "errors") == []


def test_off_nothing_is_asked_and_nothing_is_shown(browser: Browser, url: str, made: Callable):
    telling = Telling()
    telling.lines = [line(1)]
    with opened(browser, url, "?manual&ticketed", made(telling)) as (page, trouble):
        begin(page)
        shows(page, TALE[0][2], "bard")
        page.keyboard.press("Escape")
        page.locator("#paused-settings").click()
        page.locator("#settings-tab-narrator").click()
        page.locator("#setting-narrator").uncheck()
        expect(page.locator("#narrator-voice")).to_have_text("Nobody speaks.")
        expect(page.locator("#narrator")).to_be_hidden()
        assert page.evaluate("window.streams.at(-1).isOpen") is False
        page.keyboard.press("Escape")
        page.keyboard.press("Escape")
        page.evaluate(PLAY_FIGHT, "idler")
        page.locator("#again").click()
        expect(page.locator("#hud")).to_be_visible()
        wait_until(page, "g.phase === 'fight'")
        page.evaluate(PLAY_FIGHT, "idler")
        expect(page.locator("#ending")).to_be_visible()
        expect(page.locator("#open-chronicle")).to_be_hidden()
        assert page.evaluate("window.streams.length") == 1
        assert len(telling.bodies) == 1
        assert trouble.errors == []


def test_practice_replays_and_fights_without_the_server_are_silent(
    browser: Browser, url: str, made: Callable
):
    telling = Telling()
    telling.lines = [line(1)]
    with opened(browser, url, "?manual&ticketed", made(telling)) as (page, trouble):
        begin(page)
        shows(page, TALE[0][2], "bard")
        page.evaluate(PLAY_FIGHT, "idler")
        expect(page.locator("#open-chronicle")).to_be_visible()
        page.locator("#watch-again").click()
        wait_until(page, "g.kind === 'replay'")
        expect(page.locator("#narrator")).to_be_hidden()
        tell(page, {**line(1), "by": "model"})  # late: for the chronicle alone
        page.evaluate("window.__step(120)")
        expect(page.locator("#narrator")).to_be_hidden()
        page.keyboard.press("Escape")
        page.locator("#open-chronicle").click()
        expect(page.locator("#chronicle-foot")).to_have_text("Told by SmolLM2-135M.")
        page.keyboard.press("Escape")
        page.locator("#leave").click()
        asked = len(telling.bodies)
        page.locator("#open-room").click()
        page.evaluate("window.__step(120, 8)")
        expect(page.locator("#narrator")).to_be_hidden()
        page.goto(f"{url}?manual&seed=7")
        expect(page.locator("#gate")).to_be_visible()
        page.evaluate(HEAR_BY_HAND)
        page.locator("#enter").click()
        page.evaluate("window.__step(300, 8)")
        expect(page.locator("#narrator")).to_be_hidden()
        assert page.evaluate("window.streams") == []
        assert len(telling.bodies) == asked
        assert trouble.errors == []


def test_the_number_of_fights_learned_from_is_what_the_page_knows(static_page: Page):
    course = [(1, 2, "promoted", 3), (2, 2, "promoted", 3), (2, 3, "refused", 5), (4, 5, "promoted", 7)]
    told = static_page.evaluate(
        """async (course) => {
            const {learnedSinceLastFight} = await import("/static/narrator/learned.js");
            localStorage.clear();
            const history = [];
            const told = [learnedSinceLastFight(null)];
            for (const [version, number, decision, fights] of course) {
                history.unshift({number, decision, report: {fights}});
                told.push(learnedSinceLastFight({mind: {version}, history}));
                told.push(learnedSinceLastFight({mind: {version}, history}));
            }
            localStorage.setItem("modular-mind-narrator", "[1");
            return [...told, learnedSinceLastFight({mind: {version: 9}, history})];
        }""",
        course,
    )
    # The second lesson has the first one's number: there is nothing new in it.
    assert told == [0, 0, 0, 0, 0, 0, 0, 7, 0, 0]


# ------------------------------------------------------------------------------ settings
def test_persona_and_name_are_kept_and_sent_and_a_wrong_name_is_explained(
    browser: Browser, url: str, made: Callable
):
    telling = Telling(BARD)
    with opened(browser, url, "?manual&ticketed", made(telling)) as (page, trouble):
        open_tab(page)
        expect(page.locator("#narrator-voice")).to_contain_text("once a fight has begun")
        page.locator("#settings-narrator label", has_text="The slime").click()
        field, error = page.locator("#setting-knightName"), page.locator("#setting-knightName-error")
        field.focus()
        page.keyboard.type("Sir Mummer")  # m mutes, r begins again, j strikes: not here
        assert game(page, "muted") is False
        expect(error).to_be_hidden()
        for wrong, words in (
            ("Sir Bors of the Marsh", "at most 16 letters; this one has 21"),
            ("<b>", "and no <."),
            ("-Bors", "begins and ends with a letter"),
            ("Sir  Bors", "one space, apostrophe or hyphen"),
        ):
            field.fill(wrong)
            expect(error).to_contain_text(words)
            expect(field).to_have_attribute("aria-invalid", "true")
        assert json.loads(page.evaluate(f"localStorage.getItem('{STORED}')"))["knightName"] == "Sir Mummer"
        field.fill(" Jean-d\u2019Arc \u00c9 ")
        expect(error).to_be_hidden()
        page.reload()
        expect(page.locator("#gate")).to_be_visible()
        begin(page)
        assert (telling.bodies[0]["persona"], telling.bodies[0]["name"]) == (
            "slime",
            "Jean-d\u2019Arc \u00c9",
        )
        page.keyboard.press("Escape")
        page.locator("#paused-settings").click()
        page.locator("#settings-tab-narrator").click()
        expect(page.locator("#setting-persona-slime")).to_be_checked()
        expect(field).to_have_value("Jean-d\u2019Arc \u00c9")
        expect(page.locator("#narrator-voice")).to_have_text(
            "The bard speaks; the model is not here: no model was found."
        )
        field.fill("")
        assert json.loads(page.evaluate(f"localStorage.getItem('{STORED}')"))["knightName"] == ""
        assert trouble.errors == []


def test_page_and_server_take_the_same_names(static_page: Page):
    names = st.text(st.sampled_from("aZ9\u00e9\u4e2d '\u2019-_.<\u202e\n"), min_size=1, max_size=18)

    @settings(max_examples=10)
    @given(st.lists(names, min_size=40, max_size=40))
    def check(samples: list[str]) -> None:
        taken = static_page.evaluate(
            """async (names) => {
                const {nameTrouble} = await import("/static/narrator/wording.js");
                return names.map((name) => nameTrouble(name) === "");
            }""",
            samples,
        )
        assert taken == [server_takes(name) for name in samples]

    check()


def server_takes(name: str) -> bool:
    content = {"ticket": "t", "persona": "crowd", "name": name, "tick": 0, "moments": [], "learned": 0}
    try:
        narrate_request(content)
    except ServiceError:
        return False
    return True


# ------------------------------------------------------------------------------ the chronicle
def test_the_chronicle_is_read_copied_and_left_by_keyboard_alone(browser: Browser, url: str, made: Callable):
    made_up = made(Telling())
    events = [("voice", MODEL), *(("line", line(number)) for number in range(1, 5))]
    made_up[f"**/narration/{FIGHT}"] = stream(events)
    allowed = {"permissions": ["clipboard-read", "clipboard-write"]}
    with opened(browser, url, "?manual&ticketed", made_up, **allowed) as (page, trouble):
        page.locator("#enter").click()
        expect(page.locator("#narrator-line")).to_have_text(TALE[3][2])
        page.evaluate(PLAY_FIGHT, "idler")
        expect(page.locator("#again")).to_be_focused()
        for _ in range(2):
            page.keyboard.press("Tab")
        expect(page.locator("#open-chronicle")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#chronicle-copy")).to_be_focused()
        expect(page.get_by_role("dialog", name="The chronicle")).to_be_visible()
        heading = page.locator("#chronicle-heading").inner_text()
        assert heading.startswith("Hard \u00b7 You burned out \u00b7 0:")
        assert page.locator(".chronicle-lines time").all_inner_texts() == TIMES
        marks = page.locator(".chronicle-lines .teller-mark")
        assert [mark.get_attribute("data-by") for mark in marks.all()] == [by for *_rest, by in TALE[:4]]
        page.keyboard.press("Enter")
        expect(page.locator("#chronicle-status")).to_have_text("Copied.")
        assert page.evaluate("navigator.clipboard.readText()").splitlines() == [
            "The Fire Knight and the Demon Slime",
            heading,
            "",
            f"{TIMES[0]}  {TALE[0][2]}",
            f"{TIMES[1]}  {TALE[1][2]} *",
            f"{TIMES[2]}  {TALE[2][2]} *",
            f"{TIMES[3]}  {TALE[3][2]}",
            "",
            "Told by SmolLM2-135M and the bard. The model\u2019s lines bear a star.",
        ]
        page.keyboard.press("r")  # begins no fight from here
        page.keyboard.press("ArrowRight")
        expect(page.locator("#chronicle-back")).to_be_focused()
        page.keyboard.press("Enter")
        expect(page.locator("#ending")).to_be_visible()
        expect(page.locator("#open-chronicle")).to_be_focused()
        assert trouble.errors == []


def test_where_the_clipboard_is_refused_the_text_is_selected_and_sharing_is_offered_where_it_is_known(
    browser: Browser, url: str, made: Callable
):
    telling = Telling()
    telling.lines = [line(1)]
    with opened(browser, url, "?manual&ticketed", made(telling)) as (page, trouble):
        page.add_init_script(
            """Object.defineProperty(navigator, "clipboard", {value: {writeText: async () => {
                throw new DOMException("denied", "NotAllowedError");
            }}});
            window.shared = [];
            navigator.share = async (what) => { window.shared.push(what); };"""
        )
        page.reload()
        expect(page.locator("#gate")).to_be_visible()
        begin(page)
        to_the_chronicle(page)
        page.locator("#chronicle-share").click()
        [shared] = page.evaluate("window.shared")
        assert TALE[0][2] in shared["text"]
        page.locator("#chronicle-copy").click()
        expect(page.locator("#chronicle-status")).to_contain_text("copy it by hand")
        expect(page.locator("#chronicle-text")).to_be_focused()
        assert page.evaluate("String(getSelection())") == shared["text"]
        page.keyboard.press("Escape")
        expect(page.locator("#open-chronicle")).to_be_focused()
        assert trouble.errors == []


# ------------------------------------------------------------------------------ how it looks
def test_a_line_enters_softly_but_not_in_reduced_motion(browser: Browser, url: str, made: Callable):
    with opened(browser, url, "", made(Telling()), reduced_motion="no-preference") as (page, trouble):
        begin(page)
        seen = []
        for number, by in ((1, "bard"), (1, "model"), (2, "bard")):
            tell(page, said(number, "A blow!", by))
            seen.append(
                page.locator("#narrator-line").evaluate("(line) => getComputedStyle(line).animationName")
            )
            if by == "model":
                page.emulate_media(reduced_motion="reduce")
                wait_until(page, "document.documentElement.classList.contains('calm')")
        assert seen == ["told", "retold", "none"]
        assert trouble.errors == []


def test_in_every_window_the_box_is_whole_and_moves_nothing(browser: Browser, url: str, made: Callable):
    with opened(browser, url, "?manual&ticketed", made(Telling()), has_touch=True) as (page, trouble):
        for width, height in WINDOWS:
            page.set_viewport_size({"width": width, "height": height})
            page.evaluate("new Promise(requestAnimationFrame)")  # the arena has been measured
            at_the_gate = page.evaluate(PLACES)
            begin(page)
            page.evaluate("window.__step(2, 0)")
            assert page.evaluate(PLACES)["stage"] == at_the_gate["stage"]
            tell(page, said(1, "A blow!", "bard"))
            expect(page.locator("#narrator")).to_be_visible()
            short = page.evaluate(PLACES)
            assert short["stage"] == at_the_gate["stage"]
            tell(page, said(2, LONGEST))
            assert page.evaluate(PLACES) == short
            check_box(page, short["narrator"])
            page.evaluate(PLAY_FIGHT, "idler")
            page.locator("#open-chronicle").click()
            for element in ("chronicle-title", "chronicle-frame", "chronicle-copy", "chronicle-back"):
                check_in_sight(page, page.locator(f"#{element}").evaluate(PLACE))
            page.locator("#chronicle-back").click()
            page.locator("#leave").click()
        assert trouble.errors == []


def check_box(page: Page, box: dict) -> None:
    """The box is in sight and apart from all else that is touched or read, and holds its whole line."""
    check_in_sight(page, box)
    for other in page.evaluate(OTHERS):
        beside = other["right"] <= box["left"] + 1 or box["right"] <= other["left"] + 1
        above = other["bottom"] <= box["top"] + 1 or box["bottom"] <= other["top"] + 1
        assert beside or above, (page.viewport_size, other)
    hidden = page.locator("#narrator-line").evaluate("(line) => line.scrollHeight - line.clientHeight")
    assert hidden <= 1, page.viewport_size
    assert page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


def check_in_sight(page: Page, box: dict) -> None:
    width, height = page.viewport_size["width"], page.viewport_size["height"]
    assert 0 <= box["left"] < box["right"] <= width, (width, height, box)
    assert 0 <= box["top"] < box["bottom"] <= height, (width, height, box)
