"""What the page does about learning: hands its fights in, or not, tells of them, obeys its player.

Most tests have the server's replies made up (tools/learned_server.py); the last one hands in to a real one.
"""

import base64
import json
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pages import PLAY_FIGHT, WAIT_MS, game, opened, wait_until
from playwright.sync_api import Browser, Page, expect

from features import BOSS_OBSERVATION_SIZE, BOSS_WINS, TIER_EXPLORE
from learning import cycle, gate
from learning.sequential import UNDECIDED, WEAKER
from service import journal
from service.fight_log import from_bytes
from tools.learned_server import FIGHT, SEED, TICKET, learned_stats, lesson, reply, routes
from training.evaluate import behaviour_counts

STORED = "modular-mind-outbox"
REFUSALS = (*journal.REFUSED_AT_THE_DOOR, *journal.REFUSED_BY_REPLAY, journal.FORGOTTEN)
REASONS = (
    *(gate.UNCHANGED, gate.TOO_FAR, gate.TOO_DIFFERENT, gate.NOT_COMMITTED, gate.COLLAPSED, cycle.TOO_SHORT),
    *(f"{verdict}_{who}" for verdict in (WEAKER, UNDECIDED) for who in (gate.POOL, gate.PLAYERS)),
)
ACKNOWLEDGED = f"JSON.parse(localStorage.getItem('{STORED}')).acknowledged.length === 1"
LONG_ENOUGH_MS = 15_000  # for a Hard fight against somebody who stands still
REFUSED = {"error": {"code": "early", "message": "It came early.", "field": "ticket"}}
FAILED = {"error": {"code": "journal_unavailable", "message": "The disk is full.", "field": None}}


class Posts:
    """A handler that keeps the bodies of its posts; `answers` are given in turn, the last for good."""

    def __init__(self, *answers):
        self.bodies: list[dict] = []
        self._answers = answers

    def __call__(self, route) -> None:
        self._answers[min(len(self.bodies), len(self._answers) - 1)](route)
        self.bodies.append(route.request.post_data_json)


@pytest.fixture(scope="module")
def live(browser: Browser, url: str) -> str:
    """The hash of the mind that the server has."""
    context = browser.new_context()
    sha = context.request.get(url + "healthz").json()["weights"]
    context.close()
    return sha


@pytest.fixture(scope="module", autouse=True)
def begun(browser: Browser, url: str) -> Iterator[Page]:
    """A page on which a Hard fight of the real server has just begun; it stands still until it is stepped.

    A fight that ends sooner than it can be fought is refused. The time it takes passes with the other tests.
    """
    with opened(browser, url, "?manual&ticketed") as (page, trouble):
        expect(page.locator("#plaque-mind")).to_have_text("The boss as it was made: no lesson yet.")
        page.locator("#tier-choices label", has_text="Hard").click()
        page.locator("#enter").click()
        expect(page.locator("#hud")).to_be_visible()
        yield page
        assert trouble.errors == []


def taken() -> Posts:
    return Posts(reply({"fight": FIGHT, "durable": "local"}, 202))


def fight(page: Page) -> None:
    """A fight of the made-up server to its ending, by a knight who stands still."""
    page.locator("#enter").click()
    expect(page.locator("#hud")).to_be_visible()
    page.evaluate(PLAY_FIGHT, "idler")
    expect(page.locator("#ending")).to_be_visible()


def stored(page: Page) -> dict:
    return json.loads(page.evaluate("(key) => localStorage.getItem(key)", STORED))


def open_learning(page: Page) -> None:
    page.locator("#open-settings").click()
    page.locator("#settings-tab-learning").click()


# ------------------------------------------------------------------------------ the way of a fight
def test_a_fight_is_handed_in_as_its_log_and_its_way_is_told_to_the_change(
    browser: Browser, url: str, live: str
):
    stats = learned_stats(live)
    posts = taken()
    made = {**routes(stats, lesson(stats)), "**/learn": posts}
    with opened(browser, url, "?manual&ticketed", made) as (page, trouble):
        expect(page.locator("#plaque-mind")).to_have_text("The boss, as its third lesson left it.")
        expect(page.locator("#plaque-consent")).to_contain_text("the keys you press, nothing about you")
        fight(page)
        expect(page.locator("#mind-lesson")).to_have_text("as its third lesson left it")
        expect(page.locator("#story-line")).to_have_text(
            "It has changed: version 3, live 19 s after your fight."
        )
        expect(page.locator("#story-seal .numeral")).to_have_text("III")
        changes = page.locator("#story-changes li").all_inner_texts()
        assert [text.replace("\u00a0", " ") for text in changes] == [
            "closes in from afar 71% → 90%",
            "guards against your swings 42% → 31%",
            "strikes when you are in reach 61% → 68%",
            "and 1 more",
        ]
        [body] = posts.bodies
        assert body["ticket"] == TICKET
        assert "=" not in body["log"]
        log = from_bytes(base64.urlsafe_b64decode(body["log"] + "=" * (-len(body["log"]) % 4)))
        assert (log.seed, log.tier, log.explore) == (SEED, "hard", TIER_EXPLORE["hard"])
        assert (log.weights, log.outcome) == (live, BOSS_WINS)
        assert log.runs == ((0, log.ticks),)
        assert stored(page)["waiting"] == []
        assert trouble.errors == []


def test_what_the_server_cannot_take_is_kept_over_a_reload_and_may_be_forgotten_once_it_is_acknowledged(
    browser: Browser, url: str, live: str
):
    posts = Posts(
        reply(FAILED, 503), lambda route: route.abort(), reply({"fight": FIGHT, "durable": "local"}, 202)
    )
    forgets = Posts(reply({"forgotten": 1}))
    made = {**routes(learned_stats(live), None), "**/learn": posts, "**/forget": forgets}
    with opened(browser, url, "?manual&ticketed", made) as (page, _trouble):
        page.clock.install()
        fight(page)
        expect(page.locator("#story-line")).to_contain_text("It is kept here, and sent again.")
        assert game(page, "silent") is False  # play goes on as ever
        page.clock.run_for(2000)
        expect(page.locator("#story-line")).to_contain_text("It is kept here, and sent again.")
        [waiting] = stored(page)["waiting"]
        page.reload()
        expect(page.locator("#gate")).to_be_visible()
        wait_until(page, ACKNOWLEDGED)
        assert [body["log"] for body in posts.bodies] == [waiting["log"]] * 3
        assert stored(page) == {
            "version": 1,
            "waiting": [],
            "acknowledged": [{"fight": FIGHT, "ticket": TICKET}],
        }
        open_learning(page)
        expect(page.locator("#forget-fights-note")).to_contain_text("One fight of yours is kept")
        page.locator("#forget-fights").click()
        assert forgets.bodies == []  # it asks first
        page.locator("#forget-fights").click()
        expect(page.locator("#forget-fights-note")).to_have_text("One fight was erased.")
        assert forgets.bodies == [{"tickets": [TICKET]}]
        assert stored(page)["acknowledged"] == []


def test_what_is_refused_is_dropped_and_who_opts_out_takes_back_what_has_not_arrived(
    browser: Browser, url: str, live: str
):
    off = {"error": {"code": "learning_off", "message": "Nothing is recorded.", "field": None}}
    posts = Posts(reply(off, 403), reply(REFUSED, 409), reply(FAILED, 503))
    made = {**routes(learned_stats(live), None), "**/learn": posts}
    with opened(browser, url, "?manual&ticketed", made) as (page, _trouble):
        with page.expect_response("**/learn"):
            fight(page)
        expect(page.locator("#story")).to_be_hidden()  # dropped without a word
        wait_until(page, f"JSON.parse(localStorage.getItem('{STORED}')).waiting.length === 0")
        page.locator("#leave").click()
        fight(page)
        expect(page.locator("#story-line")).to_contain_text("it ended sooner than it can be fought")
        assert stored(page)["waiting"] == []
        page.locator("#leave").click()
        fight(page)
        expect(page.locator("#story-line")).to_contain_text("It is kept here")
        page.locator("#leave").click()
        page.locator("#plaque-teach").uncheck()
        assert stored(page)["waiting"] == []
        page.locator("#open-settings").click()
        for _ in range(2):
            page.locator("#settings-reset").click()
        page.reload()
        expect(page.locator("#plaque-teach")).not_to_be_checked()  # a refusal outlasts a reset
        assert len(posts.bodies) == 3


# ------------------------------------------------------------------------------ what is never sent
def test_nothing_is_sent_of_who_opted_out_nor_of_practice_and_replays(browser: Browser, url: str, live: str):
    posts = taken()
    made = {**routes(learned_stats(live), None), "**/learn": posts}
    with opened(browser, url, "?manual&ticketed", made) as (page, trouble):
        page.locator("#plaque-teach").uncheck()
        expect(page.locator("#plaque-consent")).to_contain_text("Your fights are not sent")
        fight(page)
        expect(page.locator("#story")).to_be_hidden()
        page.locator("#leave").click()
        page.locator("#plaque-teach").check()  # what was fought before stays unsent
        page.locator("#open-replays").click()
        page.get_by_role("button", name="Watch").first.click()
        wait_until(page, "g.kind === 'replay'")  # its mind is looked up first
        page.evaluate("window.__step(900)")
        page.keyboard.press("Escape")
        expect(page.locator("#open-replays")).to_be_hidden()
        expect(page.get_by_role("button", name="Watch").first).to_be_visible()
        page.keyboard.press("Escape")
        page.locator("#open-room").click()
        page.evaluate("window.__step(60, 0)")
        assert stored(page) == {"version": 1, "waiting": [], "acknowledged": []}
        assert trouble.errors == []
    assert posts.bodies == []


def test_where_nothing_is_recorded_the_page_says_so_and_sends_nothing(browser: Browser, url: str, live: str):
    posts = taken()
    made = {**routes(learned_stats(live, recording=False, enabled=False), None), "**/learn": posts}
    with opened(browser, url, "?manual&ticketed", made) as (page, trouble):
        expect(page.locator("#plaque-consent")).to_contain_text("Nothing is recorded here")
        expect(page.locator("#plaque-teach")).to_be_hidden()
        fight(page)
        expect(page.locator("#story")).to_be_hidden()
        assert stored(page) == {"version": 1, "waiting": [], "acknowledged": []}
        assert trouble.errors == []
    assert posts.bodies == []


# ------------------------------------------------------------------------------ the next mind
def test_a_fight_with_a_mind_that_the_page_has_not_yet_begins_at_once_and_gets_it_later(
    browser: Browser, url: str, live: str
):
    held = []
    other = "e" * 64
    made = {**routes(learned_stats(live), None), f"**/mind/{other}.json": lambda route: held.append(route)}
    made["**/fights"] = routes(learned_stats(other), None)["**/fights"]
    with opened(browser, url, "?manual&ticketed", made) as (page, trouble):
        mind = page.request.get(f"{url}mind/{live}.json").json()
        page.locator("#enter").click()
        expect(page.locator("#hud")).to_be_visible()
        page.evaluate("window.__step(30, 0)")
        assert game(page, "decisions")["page"] == 0
        reply(mind)(held[0])
        wait_until(page, "g.hasMind")
        page.evaluate("window.__step(60, 0)")
        assert game(page, "decisions")["page"] > 0
        assert trouble.errors == []


# ------------------------------------------------------------------------------ settings
def test_a_local_player_switches_learning_and_has_it_reset(browser: Browser, url: str, live: str):
    switches = Posts(reply(learned_stats(live)["learning"]))
    made = {**routes(learned_stats(live), None), "**/learning": switches}
    with opened(browser, url, "?manual", made) as (page, trouble):
        open_learning(page)
        page.locator("#learning-switch").uncheck()
        page.locator("#learning-reset").click()
        page.locator("#learning-reset").click()
        expect(page.locator("#learning-reset-note")).to_have_text("It is as it was made.")
        assert switches.bodies == [{"action": "off"}, {"action": "reset"}]
        assert trouble.errors == []


def test_on_a_public_server_nobody_is_offered_its_switches(browser: Browser, url: str, live: str):
    made = routes(learned_stats(live, public=True, switchable=False), None)
    with opened(browser, url, "?manual", made) as (page, _trouble):
        open_learning(page)
        expect(page.locator("#setting-teach")).to_be_visible()
        expect(page.locator("#learning-switch")).to_be_hidden()
        expect(page.locator("#learning-reset")).to_be_hidden()


# ------------------------------------------------------------------------------ words and storage
def test_every_code_and_every_habit_has_words(static_page: Page):
    no_views, no_moves = np.zeros((0, BOSS_OBSERVATION_SIZE), np.int32), np.zeros(0, np.int32)
    habits = list(behaviour_counts(no_views, no_moves))
    words = static_page.evaluate(
        """async ({codes, reasons, habits}) => {
            const {changedHabits, fightStory, reasonInWords} = await import("/static/learning/wording.js");
            const found = (verdict) => ({fate: {state: "acknowledged"}, found: {verdict}, tier: "hard"});
            return {
                bare: reasons.filter((code) => reasonInWords(code) === code.replaceAll("_", " ")),
                stories: codes.map((code) => fightStory(found(code)).text),
                habits: changedHabits(Object.fromEntries(habits.map((name) => [name, [0.1, 0.9]]))).length,
                still: changedHabits({idle_share: [0.1, 0.119], punish_rate: [0.1, 0.12]}).length,
            };
        }""",
        {"codes": REFUSALS, "reasons": REASONS, "habits": habits},
    )
    assert not [story for story in words["stories"] for code in REFUSALS if f"{code}." in story]
    assert words["bare"] == []
    assert words["habits"] == len(habits)
    assert words["still"] == 1


entry = (
    st.fixed_dictionaries({"fight": st.text(max_size=3), "ticket": st.text(max_size=3)})
    | st.none()
    | st.integers()
)
whatever = st.none() | st.fixed_dictionaries(
    {"version": st.just(1) | st.integers()},
    optional={
        "waiting": st.lists(entry, max_size=4) | st.integers(),
        "acknowledged": st.lists(entry) | st.text(),
    },
)
FILL = """async ([key, text]) => {
    const {Outbox} = await import("/static/net/outbox.js");
    localStorage.setItem(key, text);
    const posted = [];
    const post = (ticket) => { posted.push(ticket); return new Promise(() => {}); };
    const outbox = new Outbox({post, onChange() {}});
    for (let i = 0; i < 60; i += 1) outbox.put({fight: `f${i % 55}`, ticket: `t${i}`, log: "AA"});
    const {waiting} = JSON.parse(localStorage.getItem(key));
    return {fights: waiting.map(({fight}) => fight), posted: posted.length, fate: outbox.fateOf("f54").state};
}"""


def test_whatever_was_stored_the_outbox_keeps_the_newest_fifty_each_once(static_page: Page):
    newest = [f"f{i % 55}" for i in range(10, 60)]

    @settings(max_examples=15)
    @given(whatever)
    def check(content) -> None:
        kept = static_page.evaluate(FILL, [STORED, json.dumps(content)])
        assert kept["fights"] == newest
        assert kept["posted"] == 1  # one at a time
        assert kept["fate"] == "waiting"

    check()


# ------------------------------------------------------------------------------ the lab page
def test_the_lab_page_shows_every_lesson_or_says_why_it_cannot(browser: Browser, url: str, live: str):
    stats = learned_stats(live)
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(WAIT_MS)
    context.route("**/stats", Posts(lambda route: route.abort(), reply(stats)))
    page = context.new_page()
    page.goto(url + "lab#history")
    expect(page.locator("#history-lead")).to_contain_text("cannot be read now")
    page.locator("#history-retry").click()
    expect(page.locator("#history-lead")).to_contain_text("It fights now as its third lesson left it.")
    rows = [row.locator("th, td").all_inner_texts() for row in page.locator("#history-table tbody tr").all()]
    assert [row[0] for row in rows] == [str(row["number"]) for row in stats["history"]]
    assert [row[2] for row in rows[::-1]] == [
        "It changed (version 1)",
        "It changed (version 2)",
        "It kept its old mind: it had grown weaker against the players it met",
        "It kept its old mind: it no longer behaved like itself",
        "It changed (version 3)",
        "An earlier mind was put back (version 2): by hand",
        "It changed (version 3)",
    ]
    assert rows[0][5:9] == ["56.0% → 66.0%", "87.4% → 87.1%", "0.210", "1.40"]
    assert page.locator("#history .lesson").count() == len(rows)
    assert page.locator("#history .bound").count() == 2
    assert page.locator("#history-habits tbody tr").count() == 4
    context.close()


# ------------------------------------------------------------------------------ the real server
def test_a_fight_is_acknowledged_and_forgotten_by_the_real_server(begun: Page, url: str):
    page = begun
    assert game(page, "ticketed")
    wait_until(page, f"performance.now() > {LONG_ENOUGH_MS}")  # hardly ever, after the other tests
    page.evaluate(PLAY_FIGHT, "idler")
    wait_until(page, ACKNOWLEDGED)
    [acknowledged] = stored(page)["acknowledged"]
    found = page.request.get(f"{url}fights/{acknowledged['fight']}").json()
    assert (found["tier"], found["outcome"]) == ("hard", "boss_wins")
    assert found["log"] is not None
    assert page.request.get(url + "stats").json()["fights"]["acknowledged"] == 1
    expect(page.locator("#story-line")).to_contain_text("The fight has arrived")
    page.locator("#leave").click()
    open_learning(page)
    page.locator("#forget-fights").click()
    page.locator("#forget-fights").click()
    expect(page.locator("#forget-fights-note")).to_have_text("One fight was erased.")
    assert page.request.get(f"{url}fights/{acknowledged['fight']}").json()["log"] is None
