"""What the page tells the server of a fight, when, and what it hears: the modules alone, without a page."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from narration_pages import FAILED, HEAR_BY_HAND, HEARD, NOTE_STREAMS, POST_BY_HAND, SPEAK, streams
from playwright.sync_api import Page

from service.contracts import narrate_request
from service.http import ServiceError
from tools.narrated_server import TALE, line, stream


@pytest.fixture
def speaking(static_page: Page) -> Page:
    """A page on which SPEAK makes a Voice, whose posts go to the test, and where time stands still."""
    static_page.clock.install(time=0)
    static_page.clock.pause_at(1000)
    static_page.evaluate(HEAR_BY_HAND)
    static_page.evaluate(POST_BY_HAND)
    return static_page


def posts_after(page: Page, to: int, events: dict[int, str], answers: list[int], rest: int = 0) -> list:
    """The posts, as (tick, ticks of the moments), while the fight goes on to a tick, and time by `rest`."""
    page.evaluate("window.posts = []")
    page.evaluate("(answers) => { window.answers = answers; }", answers)
    page.evaluate("([to, events]) => window.play(to, events)", [to, {str(k): v for k, v in events.items()}])
    page.clock.run_for(rest)
    return [tuple(post) for post in page.evaluate("window.posts")]


def test_a_roll_is_told_a_moment_later_though_nothing_else_happens(speaking: Page):
    speaking.evaluate(SPEAK)
    speaking.evaluate("window.voice.moments.begin()")
    roll = {20: "CLEAVE_ROLLED_THROUGH"}
    assert posts_after(speaking, 60, roll, []) == [(20, [20]), (33, [])]
    roll = {80: "CLEAVE_ROLLED_THROUGH"}
    posts = posts_after(speaking, 120, roll, [200, 429], rest=1000)
    assert posts == [(80, [80]), (93, []), (120, [])]


def test_after_a_rest_moments_are_posted_again_if_they_were_surely_not_taken_in(speaking: Page):
    hit = "SWORD_HIT"
    for status, again in ((429, [10]), (503, [10]), (0, []), (500, []), (502, []), (504, [])):
        speaking.evaluate(SPEAK)
        posts = posts_after(speaking, 40, {10: hit, 30: hit}, [status], rest=999)
        assert posts == [(10, [10])], status
        assert posts_after(speaking, 41, {}, [], rest=1) == [(41, [*again, 30])], status


def test_while_the_server_is_silent_moments_wait_and_the_oldest_are_given_up(speaking: Page):
    speaking.evaluate(SPEAK)
    hits = dict.fromkeys(range(1, 301), "SWORD_HIT")
    speaking.evaluate("window.isSilent = true")
    assert posts_after(speaking, 320, hits, [], rest=5000) == []
    speaking.evaluate("window.isSilent = false")
    # Later ones wait still, so the fight is told as far as its last moment in the post.
    assert posts_after(speaking, 321, {}, [], rest=1000) == [(76, [*range(45, 77)])]
    assert posts_after(speaking, 340, {}, []) == [(108, [*range(77, 109)])]


def test_the_end_is_posted_again_and_not_for_ever(speaking: Page):
    speaking.evaluate(SPEAK)
    speaking.evaluate("window.voice.end()")
    posts = posts_after(speaking, 10, {10: "KNIGHT_DIED"}, [503, 429, 503], rest=60_000)
    assert posts == 4 * [(10, [10])]
    speaking.evaluate(SPEAK)
    speaking.evaluate("window.voice.end()")
    posts = posts_after(speaking, 10, {10: "KNIGHT_DIED"}, 60 * [503], rest=60_000)
    assert 8 <= len(posts) <= 10
    speaking.evaluate(SPEAK)
    assert len(posts_after(speaking, 40, {10: "SWORD_HIT", 30: "SWORD_HIT"}, [400], rest=60_000)) == 1
    assert streams(speaking) == [False, False, False]


def test_a_stream_that_fails_for_good_is_opened_again_but_not_after_the_end(static_page: Page):
    asked, told = [], stream([("line", line(1))])

    def answer(route):
        asked.append(route.request.url)
        told(route) if len(asked) == 2 else route.fulfill(status=503 if len(asked) == 1 else 204)

    static_page.route("**/narration/one", answer)
    static_page.clock.install(time=0)
    static_page.clock.pause_at(1000)
    static_page.evaluate(NOTE_STREAMS)
    static_page.evaluate(SPEAK)
    static_page.evaluate(FAILED)
    static_page.clock.run_for(9999)
    assert static_page.evaluate("window.streams.length") == 1
    static_page.clock.run_for(1)
    assert static_page.evaluate("window.streams.length") == 2
    assert static_page.evaluate(HEARD) == [TALE[0][2]]
    for end in ("end", "close"):
        static_page.evaluate(SPEAK)
        static_page.evaluate(FAILED)
        static_page.clock.run_for(5000)
        static_page.evaluate(f"window.voice.{end}()")
        static_page.clock.run_for(60_000)
    static_page.evaluate(
        """async () => {
            const {Hearing} = await import("/static/net/narration.js");
            const hearing = new Hearing("one", {});
            hearing.open();
            hearing.end();
        }"""
    )
    static_page.evaluate(FAILED)
    static_page.clock.run_for(60_000)
    assert len(asked) == static_page.evaluate("window.streams.length") == 5


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


def test_page_and_server_take_the_same_names(static_page: Page):
    names = st.text(
        st.sampled_from("aZ9\u00e9\u4e2d\u0301\u0941 '\u2019-_.<\u202e\n"), min_size=1, max_size=18
    )

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
