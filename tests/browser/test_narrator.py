"""The narrator on the page: its box, its settings, its chronicle, and what it asks of the server.

Most tests have the two routes of narration made up, so that every line comes when the test says; the first
one has a real server with a stand-in for the model.
"""

import json
from collections.abc import Callable, Iterator

import pytest
from narration_pages import (
    BARD,
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
    leave,
    open_tab,
    said,
    settle,
    shows,
    streams,
    tell,
    to_the_chronicle,
)
from pages import PLAY_FIGHT, Trouble, game, opened, wait_until
from playwright.sync_api import Browser, Page, Request, expect

from features import EVENTS_LIST, TICKS_PER_SECOND, TIMEOUT_TICKS
from narrator import MASK
from service.contracts import narrate_request
from tools.learned_server import FIGHT, TICKET, learned_stats, reply, routes
from tools.narrated_server import MODEL, TALE, line
from tools.servers import running_server

Told = tuple[Page, Telling, Trouble]
TIMES = [f"0:{tick // TICKS_PER_SECOND:02}" for tick, *_rest in TALE[:4]]


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    """Base address of a server with a stand-in for the model; most tests do not let it narrate."""
    with running_server("serve_local", {"MM_NARRATOR_BACKEND": "mock"}) as server:
        yield server.url


@pytest.fixture(scope="module")
def made(browser: Browser, url: str) -> Callable[[Telling], dict]:
    """Routes of a made-up server whose POST /narrate is the one given."""
    context = browser.new_context()
    live = context.request.get(url + "healthz").json()["weights"]
    context.close()
    return lambda telling: {**routes(learned_stats(live), None), "**/narrate": telling}


@pytest.fixture(scope="module")
def shared(browser: Browser, url: str, made: Callable) -> Iterator[Told]:
    """One page for many tests: to load it takes longer than all that most of them do on it."""
    telling = Telling()
    with opened(browser, url, "?manual&ticketed", made(telling)) as (page, trouble):
        yield page, telling, trouble


@pytest.fixture
def told(shared: Told) -> Iterator[Told]:
    """The shared page at its gate, and its made-up server; at the end the page must have caused no error."""
    page, telling, trouble = shared
    yield shared
    errors = [*trouble.errors, *game(page, "errors")]
    telling.reset()
    settle(page)
    telling.reset()
    trouble.errors.clear()
    assert errors == []


# ------------------------------------------------------------------------------ the real server
def test_a_fight_is_told_by_the_real_server_and_its_model_takes_the_place_of_the_bard(
    browser: Browser, url: str
):
    with opened(browser, url, "?manual&ticketed") as (page, trouble):
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
def test_the_models_line_replaces_the_bards_but_never_a_newer_one(told: Told):
    page, telling, _trouble = told
    telling.lines = [line(1)]
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
        {**said(5, "x"), "line": TIMEOUT_TICKS + 101},
    ):
        tell(page, rubbish)
    shows(page, "And another!", "bard")
    to_the_chronicle(page)
    texts = page.locator(".chronicle-lines p").all_inner_texts()
    assert texts == [
        "The chronicler: The fog lets him in.",
        "The crowd: A blow, well struck!",
        "And another!",
    ]
    tell(page, said(3, "And another one!"))  # while it is read
    expect(page.locator(".chronicle-lines p").last).to_have_text("And another one!")
    tell(page, {**said(4, "The last of all."), "line": TIMEOUT_TICKS + 1})
    expect(page.locator(".chronicle-lines p").last).to_have_text("The last of all.")
    page.locator("#chronicle-back").click()
    leave(page)
    expect(page.locator("#narrator")).to_be_hidden()
    assert streams(page) == [False]


def test_a_line_is_said_once_when_it_is_settled_and_the_stream_left_when_none_can_come(
    browser: Browser, url: str, made: Callable
):
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
            "Four, by the bard. Five, and no model is here.",
        ]
        assert page.locator("#narrator-said").get_attribute("role") == "status"
        page.keyboard.press("Escape")
        page.clock.run_for(9999)
        assert streams(page) == [True]
        page.locator("#resume").click()
        page.clock.run_for(20_000)
        assert streams(page) == [True]
        page.keyboard.press("Escape")
        page.clock.run_for(10_000)
        assert streams(page) == [False]
        page.locator("#resume").click()
        assert streams(page) == [False, True]
        page.evaluate(PLAY_FIGHT, "idler")
        page.clock.run_for(9999)
        assert streams(page) == [False, True]
        page.clock.run_for(1)
        assert streams(page) == [False, False]
        begin_again(page)
        page.clock.run_for(20_000)
        assert streams(page) == [False, False, True]
        assert trouble.errors == []


def begin_again(page: Page) -> None:
    """From one fight's ending to the next fight."""
    with page.expect_response("**/narrate"):
        page.locator("#again").click()
    expect(page.locator("#hud")).to_be_visible()


def test_hostile_text_is_shown_as_text_and_cut(told: Told):
    page, telling, _trouble = told
    markup = "<img src=x onerror=alert(1)><script>alert(2)</script>"
    telling.voice = {**MODEL, "model": markup * 9, "reason": markup}
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
    page.locator("#chronicle-back").click()
    leave(page)


# ------------------------------------------------------------------------------ what is asked
def test_telling_moments_are_posted_in_batches_one_at_a_time(told: Told):
    page, telling, _trouble = told
    held = []
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
    leave(page)


def tells_death(request: Request) -> bool:
    """Whether a request tells that the knight has died."""
    moments = request.post_data_json["moments"] if request.url.endswith("/narrate") else []
    return any(moment[1] & 1 << EVENTS_LIST.index("knight_died") for moment in moments)


def test_a_failed_post_does_the_game_no_harm_and_a_refused_fight_is_left_alone(told: Told):
    page, telling, trouble = told
    begin(page)
    telling.answer = lambda route: route.abort()
    with page.expect_event("requestfailed"):
        page.evaluate(PLAY_FIGHT, "idler")
    assert game(page, "errors") == []
    assert game(page, "silent") is False
    leave(page)
    telling.answer = None
    settle(page)
    telling.answer = reply({"error": {"code": "ticket_foreign", "message": "No.", "field": "ticket"}}, 401)
    telling.bodies.clear()
    begin(page)
    page.evaluate(PLAY_FIGHT, "idler")
    expect(page.locator("#ending")).to_be_visible()
    expect(page.locator("#open-chronicle")).to_be_hidden()
    assert len(telling.bodies) == 1
    assert streams(page)[-1] is False
    leave(page)
    assert all("/narrate" in error for error in trouble.errors)  # the browser's own words about them
    trouble.errors.clear()


def test_off_nothing_is_asked_and_nothing_is_shown(told: Told):
    page, telling, _trouble = told
    telling.lines = [line(1)]
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
    wait_until(page, "g.phase === 'fight'")
    page.evaluate(PLAY_FIGHT, "idler")
    expect(page.locator("#ending")).to_be_visible()
    expect(page.locator("#open-chronicle")).to_be_hidden()
    assert page.evaluate("window.streams.length") == 1
    assert len(telling.bodies) == 1
    leave(page)
    open_tab(page)
    page.locator("#setting-narrator").check()
    page.keyboard.press("Escape")


def test_practice_replays_and_fights_without_the_server_are_silent(told: Told):
    page, telling, _trouble = told
    telling.lines = [line(1)]
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
    leave(page)
    settle(page)
    asked = len(telling.bodies)
    page.locator("#open-room").click()
    page.evaluate("window.__step(120, 8)")
    expect(page.locator("#narrator")).to_be_hidden()
    page.keyboard.press("Escape")
    page.locator("#paused-leave").click()
    page.route("**/fights", reply({}))
    page.locator("#enter").click()
    wait_until(page, "g.phase === 'fight'")
    page.evaluate("window.__step(300, 8)")
    page.unroute("**/fights")
    expect(page.locator("#narrator")).to_be_hidden()
    assert len(streams(page)) == 1
    assert len(telling.bodies) == asked
    page.keyboard.press("Escape")
    page.locator("#paused-leave").click()


# ------------------------------------------------------------------------------ settings
def test_persona_and_name_are_kept_and_sent_and_a_wrong_name_is_explained(
    told: Told,
):
    page, telling, _trouble = told
    telling.voice = BARD
    open_tab(page)
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
    open_tab(page)
    expect(page.locator("#narrator-voice")).to_contain_text("once a fight has begun")
    page.keyboard.press("Escape")
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
    expect(page.locator("#narrator-voice")).to_have_text("The bard speaks: the model is not installed.")
    field.fill("")
    assert json.loads(page.evaluate(f"localStorage.getItem('{STORED}')"))["knightName"] == ""
    page.locator("#settings-narrator label", has_text="Chronicler").click()
    page.keyboard.press("Escape")
    page.locator("#paused-leave").click()


# ------------------------------------------------------------------------------ the chronicle
def test_the_chronicle_is_read_copied_and_left_by_keyboard_alone_and_shared_where_that_is_known(
    told: Told,
):
    page, telling, _trouble = told
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    begin(page)
    for number in range(1, 5):
        tell(page, line(number))
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
        f"{TIMES[0]}  The chronicler: {TALE[0][2]}",
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
    # In a frame a browser may refuse the clipboard.
    page.add_init_script(
        """Object.defineProperty(navigator, "clipboard", {value: {writeText: async () => {
            throw new DOMException("denied", "NotAllowedError");
        }}});
        window.shared = [];
        navigator.share = async (what) => { window.shared.push(what); };"""
    )
    page.reload()
    expect(page.locator("#gate")).to_be_visible()
    telling.lines = [line(1)]
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
    leave(page)


# ------------------------------------------------------------------------------ how it looks
def test_a_line_enters_softly_but_not_in_reduced_motion(told: Told):
    page, _telling, _trouble = told
    page.evaluate("document.documentElement.classList.remove('manual')")  # which moves nothing softly
    begin(page)
    seen = []
    for number, by in ((1, "bard"), (1, "model"), (2, "bard")):
        tell(page, said(number, "A blow!", by))
        seen.append(page.locator("#narrator-line").evaluate("(line) => getComputedStyle(line).animationName"))
        if by == "model":
            page.emulate_media(reduced_motion="reduce")
            wait_until(page, "document.documentElement.classList.contains('calm')")
    assert seen == ["told", "retold", "none"]
    page.emulate_media(reduced_motion="no-preference")
    page.evaluate("document.documentElement.classList.add('manual')")
    page.keyboard.press("Escape")
    page.locator("#paused-leave").click()


def test_in_every_window_the_box_is_whole_and_moves_nothing(browser: Browser, url: str, made: Callable):
    with opened(browser, url, "?manual&ticketed", made(Telling()), has_touch=True) as (page, trouble):
        begin(page)
        page.keyboard.press("Escape")
        page.locator("#paused-leave").click()  # until it is used by mouse, the page has a pad
        stages = {}
        for window in each_window(page):
            stages[window] = page.evaluate(PLACES)["stage"]
        begin(page)
        page.evaluate("window.__step(2, 0)")
        for window in each_window(page):
            assert page.evaluate(PLACES)["stage"] == stages[window]
        for number, window in enumerate(each_window(page)):
            tell(page, said(2 * number, "A blow!", "bard"))
            expect(page.locator("#narrator")).to_be_visible()
            short = page.evaluate(PLACES)
            assert short["stage"] == stages[window]
            tell(page, said(2 * number + 1, LONGEST))
            assert page.evaluate(PLACES) == short
            check_box(page, short["narrator"])
        to_the_chronicle(page)
        for _window in each_window(page):
            for element in ("chronicle-title", "chronicle-frame", "chronicle-copy", "chronicle-back"):
                check_in_sight(page, page.locator(f"#{element}").evaluate(PLACE))
        assert trouble.errors == []


def each_window(page: Page) -> Iterator[tuple[int, int]]:
    """Makes the window as large as each of WINDOWS."""
    for width, height in WINDOWS:
        page.set_viewport_size({"width": width, "height": height})
        page.evaluate("new Promise(requestAnimationFrame)")  # the arena has been measured
        yield width, height


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
