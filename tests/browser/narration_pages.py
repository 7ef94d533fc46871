"""What the tests of the narrator share: a made-up POST /narrate, and a stream on which the test speaks."""

from collections.abc import Callable

from pages import PLAY_FIGHT
from playwright.sync_api import Page, expect

from tools.learned_server import reply
from tools.narrated_server import MODEL

BARD = {"speaks": "bard", "backend": None, "model": None, "reason": "the model is not installed"}
STORED = "modular-mind"
LONGEST = (
    "While the slime drags its heavy arm back over the stones, the knight's sword finds it again, twelve more"
)
LONGEST += " of its health are gone, and 108 of 240 are left."  # 25 words and more
# The next streams are heard by hand: `TELL` speaks on the last one.
HEAR_BY_HAND = """() => {
    window.streams = [];
    window.EventSource = class extends EventTarget {
        static CLOSED = 2;
        constructor(address) {
            super();
            Object.assign(this, {address, isOpen: true});
            window.streams.push(this);
        }
        close() { this.isOpen = false; }
    };
}"""
TELL = """([name, content, origin]) => {
    const data = typeof content === "string" ? content : JSON.stringify(content);
    window.streams.at(-1).dispatchEvent(new MessageEvent(name, {data, origin: origin ?? location.origin}));
}"""
# Notes every text that screen readers get to hear.
LISTEN = """() => {
    window.said = [];
    const region = document.getElementById("narrator-said");
    const note = () => { if (region.textContent) window.said.push(region.textContent); };
    new MutationObserver(note).observe(region, {childList: true, characterData: true, subtree: true});
}"""
# Plays to the end, with time for the server in between.
PLAY_SLOWLY = """async () => {
    while (window.__game.phase === "fight") {
        window.__step(10, 0);
        await new Promise((resolve) => setTimeout(resolve, 20));
    }
    window.__step(240);
}"""
WINDOWS = [(360, 640), (844, 390), (1280, 720), (900, 600)]
PLACE = "(element) => element.getBoundingClientRect().toJSON()"
PLACES = f"""() => Object.fromEntries(["stage", "panel", "narrator", "page"].map(
    (id) => [id, ({PLACE})(document.getElementById(id))]))"""
BESIDE = ".vitals, .corner, .boss, #lesson, .legend, #pad [data-bit]"
OTHERS = f"""() => [...document.querySelectorAll("{BESIDE}")]
    .filter((element) => element.getClientRects().length > 0).map({PLACE})"""


# The streams of the browser's own kind are kept; until the last one has failed for good, or a line is heard.
NOTE_STREAMS = """() => {
    window.streams = [];
    window.EventSource = class extends EventSource {
        constructor(address) {
            super(address);
            window.streams.push(this);
        }
    };
}"""
FAILED = """() => new Promise((resolve) => {
    const stream = window.streams.at(-1);
    if (stream.readyState === EventSource.CLOSED) resolve();
    stream.addEventListener("error", () => resolve());
})"""
HEARD = """() => new Promise((resolve) => {
    if (window.heard.length > 0) resolve(window.heard);
    window.streams.at(-1).addEventListener("line", () => resolve(window.heard));
})"""
# A Voice of its own, and how to let a fight go on to a tick: `events` by the ticks in which they happen.
SPEAK = """async () => {
    const {Voice} = await import("/static/narrator/voice.js");
    const rules = await import("/static/gen/kernel.js");
    const state = new Int32Array(64);
    Object.assign(window, {heard: [], isSilent: false});
    window.voice = new Voice({
        fight: "one", ticket: "t", about: () => ({}), isSilent: () => window.isSilent,
        onLine: ({text}) => window.heard.push(text), onVoice: () => {},
    });
    window.play = async (to, events) => {
        while (state[rules.CLOCK] < to) {
            const bits = rules[`EVENT_${events[++state[rules.CLOCK]]}`] ?? 0;
            window.voice.moments.note(bits, state, bits === rules.EVENT_KNIGHT_DIED);
            for (let i = 0; i < 20; i += 1) await null; // answers come at once
        }
    };
}"""
# Posts are kept as [tick, ticks of the moments], and answered with the next of `answers`, of which 0 is lost.
POST_BY_HAND = """() => {
    Object.assign(window, {posts: [], answers: []});
    window.fetch = async (path, {body}) => {
        const {tick, moments} = JSON.parse(body);
        window.posts.push([tick, moments.map(([when]) => when)]);
        const status = window.answers.shift() ?? 200;
        if (status === 0) throw new TypeError("lost");
        return {ok: status === 200, status, json: async () => ({line: null})};
    };
}"""


class Telling:
    """A handler of POST /narrate: keeps the bodies, answers with the bard's lines as they are put here."""

    def __init__(self) -> None:
        self.reset()

    def reset(self) -> None:
        """Forgets everything."""
        self.bodies: list[dict] = []
        self.lines: list[dict] = []
        self.voice = MODEL
        self.answer: Callable | None = None  # instead of a line

    def __call__(self, route) -> None:
        self.bodies.append(route.request.post_data_json)
        if self.answer is not None:
            self.answer(route)
            return
        reply({"line": self.lines.pop(0) if self.lines else None, "voice": self.voice})(route)


def begin(page: Page) -> None:
    """Opens a fight whose stream is heard by hand."""
    page.evaluate(HEAR_BY_HAND)
    with page.expect_response("**/narrate"):
        page.locator("#enter").click()
    expect(page.locator("#hud")).to_be_visible()


def streams(page: Page) -> list[bool]:
    """Of every stream so far whether it is open."""
    return page.evaluate("window.streams.map(({isOpen}) => isOpen)")


def settle(page: Page) -> None:
    """Leaves the page at its gate, when the server has got every post that was under way."""
    if page.locator("#gate").is_visible():
        page.evaluate("fetch('/narrate', {method: 'POST', body: '{}'}).then(() => {})")  # the last in the row
        return
    page.evaluate("localStorage.clear()")
    page.reload()
    expect(page.locator("#gate")).to_be_visible()


def leave(page: Page) -> None:
    """From a fight's ending to the gate."""
    page.locator("#leave").click()
    expect(page.locator("#gate")).to_be_visible()


def tell(page: Page, content, name: str = "line", origin: str | None = None) -> None:
    page.evaluate(TELL, [name, content, origin])


def said(number: int, text: str, by: str = "model") -> dict:
    return {
        "line": number,
        "tick": 10 * number,
        "beat": "sword_hit",
        "persona": "crowd",
        "text": text,
        "by": by,
    }


def shows(page: Page, text: str, by: str) -> None:
    expect(page.locator("#narrator-line")).to_have_text(text)
    expect(page.locator("#narrator-mark")).to_have_attribute("data-by", by)


def open_tab(page: Page) -> None:
    page.locator("#open-settings").click()
    page.locator("#settings-tab-narrator").click()


def to_the_chronicle(page: Page) -> None:
    page.evaluate(PLAY_FIGHT, "idler")
    expect(page.locator("#ending")).to_be_visible()
    page.locator("#open-chronicle").click()
    expect(page.locator("#chronicle")).to_be_visible()
