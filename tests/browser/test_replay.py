"""Replays in the page: watching, scrubbing, stepping, links, files, the list, the killcam.

All but one test steps the page by hand; nothing here waits for the clock.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from pages import FIND_FIGHT, PLAY_FIGHT, WAIT_MS, Trouble, game, opened, wait_until
from playwright.sync_api import Browser, Page, expect
from replay_samples import caption, content_of, play, read, write
from shared_pages import opened_without_storage

from features import CLEAVE, INPUT_RIGHT, RULES_VERSION, STREAM_DECISION, hash32
from modular_mind import decide, default_mind

STORED = "modular-mind-replays"
STATE_HASH = """async () => {
    const {state_hash} = await import("/static/gen/kernel.js");
    return state_hash(window.__game.vector, 0);
}"""
DENY_CLIPBOARD = """Object.defineProperty(navigator, "clipboard", {
    value: {writeText: () => Promise.reject(new DOMException("denied", "NotAllowedError"))}
});"""
DROP = """(text) => {
    const data = new DataTransfer();
    data.items.add(new File([text], "fight.replay.txt", {type: "text/plain"}));
    for (const type of ["dragover", "drop"]) {
        const event = new DragEvent(type, {dataTransfer: data, bubbles: true, cancelable: true});
        document.body.dispatchEvent(event);
        if (!event.defaultPrevented) throw new Error("the browser would open the file in place of the page");
    }
}"""


def fight(page: Page, who: str = "idler") -> dict:
    """Enters and fights as scripted knight `who` to the ending: the final state and the boss's moves."""
    page.locator("#enter").click()
    page.evaluate(PLAY_FIGHT, who)
    expect(page.locator("#ending")).to_be_visible()
    return seen(page)


def seen(page: Page) -> dict:
    """What can be compared between a fight and its replay."""
    return {
        "vector": game(page, "vector"),
        "moves": page.locator("#mind-history li").all_text_contents(),
        "count": page.locator("#mind-count").text_content(),
    }


def last_text(page: Page) -> str:
    """The text of the fight that was kept last."""
    page.evaluate(
        """async (key) => {
            while (!localStorage.getItem(key)) await new Promise(requestAnimationFrame);
        }""",
        STORED,
    )
    return page.evaluate("(key) => JSON.parse(localStorage.getItem(key))[0].text", STORED)


def watch(page: Page) -> None:
    """Watches the fight that has just ended again."""
    page.locator("#watch-again").click()
    expect(page.locator("#replay-bar")).to_be_visible()
    assert game(page, "kind") == "replay"


def follow_link(page: Page, text: str) -> None:
    """Follows a link to a replay in the open page."""
    page.evaluate("(text) => { location.hash = `#r=${text}`; }", text)


@contextmanager
def opened_replay(browser: Browser, url: str, text: str, query: str = "?manual") -> Iterator[Page]:
    """A fresh page opened by a link, with the replay on its stage; it must cause no error of any kind."""
    context = browser.new_context(viewport={"width": 1280, "height": 720})
    context.set_default_timeout(WAIT_MS)
    trouble = Trouble(context, url)
    page = context.new_page()
    try:
        page.goto(f"{url}{query}#r={text}")
        expect(page.locator("#replay-bar")).to_be_visible(timeout=WAIT_MS)
        yield page
        assert page.evaluate("window.__game.errors") == []
        assert trouble.errors == []
    finally:
        context.close()


@pytest.fixture
def over(turn: Page) -> tuple[Page, dict]:
    """The page at the ending of a lost fight, and what was to be seen of it."""
    shown = fight(turn)
    last_text(turn)  # it has been kept
    return turn, shown


# ------------------------------------------------------------------------------ watching
def test_a_fight_is_watched_again_tick_for_tick(over):
    page, shown = over
    watch(page)
    assert game(page, "clock") == 0
    expect(page.locator("#replay-toggle")).to_be_focused()
    marks = page.locator("#replay-marks")
    assert marks.locator(".taken").count() == 5
    expect(marks.locator(".fall")).to_have_count(1)
    assert all(
        " at 0:" in title for title in marks.locator("i").evaluate_all("(all) => all.map((i) => i.title)")
    )
    # a replay does not listen to the keys of the game
    page.evaluate("(keys) => window.__step(100, keys)", INPUT_RIGHT)
    for _ in range(10):
        page.evaluate("window.__step(60)")
    assert seen(page) == shown
    expect(page.locator("#replay-toggle")).to_have_accessible_name(re.compile("Again from the start"))
    page.keyboard.press("Space")
    assert game(page, "clock") == 0
    page.keyboard.press("Escape")
    expect(page.locator("#ending")).to_be_visible()
    expect(page.locator("#replay-bar")).to_be_hidden()
    assert (game(page, "kind"), game(page, "phase")) == ("fight", "over")
    page.keyboard.press("r")
    assert (game(page, "phase"), game(page, "clock")) == ("fight", 0)


def test_going_to_a_tick_is_the_same_as_playing_to_it(over):
    page, shown = over
    ticks = len(read(last_text(page)).inputs)
    watch(page)
    for tick in (301, 7, 300, 0, 299, ticks - 1, ticks, 150):
        page.keyboard.press("Home")
        page.evaluate("(ticks) => window.__step(ticks)", tick)
        played = seen(page)
        page.keyboard.press("End")
        assert seen(page) == shown
        page.locator("#replay-track").fill(str(tick))
        assert seen(page) == played
        assert page.locator("#replay-track").input_value() == str(tick)
    # a tick on and back, by keys and by buttons; both stop the replay
    page.keyboard.press("ArrowRight")
    assert game(page, "held")
    assert game(page, "state")["tick"] == 151
    page.locator("#replay-back").click()
    page.locator("#replay-back").click()
    assert game(page, "state")["tick"] == 149
    page.locator("#replay-forward").click()
    assert seen(page) == played
    expect(page.locator("#replay-time")).to_have_text(re.compile(r"^0:02\.30 / "))
    page.keyboard.press("Space")
    assert not game(page, "held")


def test_it_plays_by_itself_at_any_speed_and_stands_still_when_told(browser: Browser, url: str, over):
    text = last_text(over[0])
    with opened_replay(browser, url, text, "") as page:
        wait_until(page, "g.state.tick > 10")
        page.keyboard.press("Space")
        assert game(page, "held")
        for speed in ("0.25", "0.5", "2"):
            page.locator(f"button[value='{speed}']").click()
            assert game(page, "rate") == float(speed)
            expect(page.locator(f"button[value='{speed}']")).to_have_attribute("aria-pressed", "true")
        page.locator("#replay-track").fill(str(len(read(text).inputs) - 60))
        page.locator("#replay-toggle").click()
        wait_until(page, "g.phase === 'over'")
        assert read(text).final_hash == page.evaluate(STATE_HASH)


# ------------------------------------------------------------------------------ links
def test_a_copied_link_shows_the_same_fight_in_a_fresh_page(browser: Browser, url: str):
    with opened(browser, url, "?manual&seed=11", permissions=["clipboard-read", "clipboard-write"]) as (
        page,
        trouble,
    ):
        shown = fight(page, "spacer")
        watch(page)
        page.locator("#replay-copy").click()
        expect(page.locator("#replay-copy")).to_have_text("Copied")
        link = page.evaluate("navigator.clipboard.readText()")
        assert trouble.errors == []
    address, _, text = link.partition("#r=")
    assert address == url
    record = read(text)
    duel, decisions = play(record)
    assert duel.state == shown["vector"]
    assert record.weights == default_mind().sha256
    with opened_replay(browser, url, text) as page:
        page.keyboard.press("End")
        assert seen(page) == shown
        # every decision is the one that this mind makes, in Python too
        for decision, byte in zip(decisions, record.decisions, strict=True):
            draw = hash32(record.seed, STREAM_DECISION, decision["k"])
            trace = decide(decision["observation"], record.explore, draw)
            assert (trace["move"], trace["mistake"]) == (decision["move"], byte & 8 != 0)
        page.locator("#replay-fight").click()
        assert (game(page, "kind"), game(page, "phase")) == ("fight", "fight")
        assert "#" not in page.url


def altered(text: str, **change) -> str:
    """A replay with a valid checksum whose record has been changed."""
    return write(content_of(replace(read(text), **change)))


def test_a_link_that_cannot_be_shown_says_why(over):
    page, _ = over
    text = last_text(page)
    message = page.locator("#replay-message")
    links = {
        text[:-3]: "This replay is damaged",
        "x" * 30_000: "This is no replay",
        altered(text, rules_version=3): f"under rules version 3; this page plays version {RULES_VERSION}",
        altered(text, final_hash=7): "not the fight it claims to be: it comes to another end",
        altered(text, explore=65_535): "its mind would have decided otherwise",
    }
    for link, words in links.items():
        follow_link(page, link)
        expect(message).to_contain_text(words)
        expect(page.locator("#replays")).to_be_visible()
        assert "#" not in page.url
        page.keyboard.press("Escape")
        expect(page.locator("#gate")).to_be_visible()
    follow_link(page, text)
    expect(page.locator("#replay-bar")).to_be_visible()
    page.locator("#replay-leave").click()
    expect(page.locator("#gate")).to_be_visible()
    # where the browser does not let the page copy, the link is there to be copied by hand
    page.evaluate(DENY_CLIPBOARD)
    page.locator("#open-replays").click()
    page.locator("#replay-list").get_by_role("button", name="Copy link").first.click()
    expect(page.locator("#replay-link")).to_have_value(page.url.split("?")[0] + "#r=" + text)
    expect(page.locator("#replay-link")).to_be_focused()


def test_of_an_unknown_mind_only_the_moves_are_shown(over):
    page, shown = over
    follow_link(page, altered(last_text(page), weights="00" * 32))
    expect(page.locator(".replay-note")).to_contain_text("The mind of this fight is not known here")
    page.keyboard.press("End")
    again = seen(page)
    assert again["vector"] == shown["vector"]
    assert [row.removesuffix("?") for row in again["moves"]] == [
        re.sub(r"\d+%$", "", row) for row in shown["moves"]
    ]


# ------------------------------------------------------------------------------ files and the list
def test_a_replay_is_saved_as_a_file_and_opened_from_it(over, tmp_path: Path):
    page, shown = over
    watch(page)
    with page.expect_download() as download:
        page.locator("#replay-save").click()
    path = tmp_path / download.value.suggested_filename
    download.value.save_as(path)
    assert path.name == "demon-slime-normal-7.replay.txt"
    page.keyboard.press("Escape")
    page.locator("#leave").click()
    page.locator("#open-replays").click()
    while rows := page.locator("#replay-list li").count():
        page.locator("#replay-list li").first.get_by_role("button", name="Delete").click()
        expect(page.locator("#replay-list li")).to_have_count(rows - 1)
    page.locator("#replay-file").set_input_files(path)
    expect(page.locator("#replay-bar")).to_be_visible()
    page.keyboard.press("End")
    assert seen(page) == shown
    page.keyboard.press("Escape")
    expect(page.locator("#replays")).to_be_visible()
    page.evaluate(DROP, path.read_text())
    expect(page.locator("#replay-bar")).to_be_visible()
    page.keyboard.press("End")
    assert seen(page) == shown
    page.keyboard.press("Escape")
    for content, words in ((b"nothing of the sort", "damaged"), (b"A" * 100_000, "100000 bytes")):
        path.write_bytes(content)
        page.locator("#replay-file").set_input_files(path)
        expect(page.locator("#replay-message")).to_contain_text(words)


def test_the_last_ten_fights_are_kept(over):
    page, _ = over
    last_text(page)
    page.evaluate(
        """(key) => {
            const [fight] = JSON.parse(localStorage.getItem(key));
            const others = Array.from({length: 12}, (_, i) => ({...fight, ticks: 60 * i}));
            localStorage.setItem(key, JSON.stringify([{text: 5}, "junk", null, ...others]));
        }""",
        STORED,
    )
    page.reload()
    expect(page.locator("#gate")).to_be_visible()
    page.locator("#open-replays").click()
    rows = page.locator("#replay-list li")
    expect(rows).to_have_count(10)
    expect(rows.nth(3)).to_contain_text("Burned out")
    expect(rows.nth(3)).to_contain_text("Normal")
    expect(rows.nth(3)).to_contain_text("0:03")
    expect(rows.nth(3)).to_contain_text("slime at 100%")
    rows.nth(3).get_by_role("button", name="Delete").click()
    expect(rows).to_have_count(9)
    expect(rows.nth(3)).to_contain_text("0:04")
    expect(rows.nth(3).get_by_role("button", name="Delete")).to_be_focused()
    rows.nth(0).get_by_role("button", name="Watch").click()
    expect(page.locator("#replay-bar")).to_be_visible()
    page.locator("#replay-leave").click()
    expect(rows).to_have_count(9)


def test_without_storage_the_fights_last_as_long_as_the_page(browser: Browser, url: str):
    with opened_without_storage(browser, url, "?manual&seed=7") as page:
        shown = fight(page)
        page.locator("#leave").click()
        page.locator("#open-replays").click()
        page.locator("#replay-list li").get_by_role("button", name="Watch").click()
        expect(page.locator("#replay-bar")).to_be_visible()
        page.keyboard.press("End")
        assert seen(page) == shown


# ------------------------------------------------------------------------------ killcam
@pytest.mark.parametrize("tier", ["Easy", "Normal"])
def test_the_killcam_says_what_drove_the_blow(turn: Page, tier: str):
    turn.locator("#tier-choices label", has_text=tier).click()
    fight(turn)
    record = read(last_text(turn))
    blow = [decision for decision in play(record)[1] if decision["move"] == CLEAVE][-1]
    draw = hash32(record.seed, STREAM_DECISION, blow["k"])
    expected = caption(default_mind(), blow["observation"], record.explore, draw)
    turn.locator("#watch-killcam").click()
    expect(turn.locator("#killcam")).to_be_visible()
    assert game(turn, "rate") == 0.5
    expect(turn.locator("#killcam-caption")).to_have_text("")
    turn.evaluate("window.__step(80)")
    expect(turn.locator("#killcam-caption")).to_have_text(expected)
    expect(turn.locator("#announcer")).to_have_text(expected)
    expect(turn.locator("#mind-move")).to_have_text("CLEAVE")
    turn.evaluate("window.__step(300)")
    expect(turn.locator("#ending")).to_be_visible()
    expect(turn.locator("#killcam")).to_be_hidden()
    assert game(turn, "kind") == "fight"
    turn.locator("#watch-killcam").click()
    turn.locator("#killcam-skip").click()
    expect(turn.locator("#ending")).to_be_visible()


def test_who_wins_is_shown_no_killing_blow(turn: Page, url: str):
    found = turn.evaluate(FIND_FIGHT, {"who": "dodger", "outcome": "knight_wins", "explore": 29_547})
    turn.goto(f"{url}?manual&seed={found['seed']}")
    turn.locator("#tier-choices label", has_text="Easy").click()
    fight(turn, "dodger")
    assert game(turn, "outcome") == "knight_wins"
    expect(turn.locator("#watch-again")).to_be_visible()
    expect(turn.locator("#watch-killcam")).to_be_hidden()
