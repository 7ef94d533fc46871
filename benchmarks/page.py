"""What the page costs: bytes before the first fight, time to the gate, one draw of a fight, the heap.

    python -m benchmarks.page [--loads 7] [--fights 3]

Headless Chromium with software rendering against the real local server, 1280x720. A draw is the whole of
what the game draws for a frame, the arena and the drawing of the mind, in a fight of a scripted knight
that goes through every phase to the boss's death, drawn at every fifth tick, each draw in an animation
frame of its own. Chromium records the commands of a canvas and carries them out later; reading one pixel
of each canvas back, before the clock starts and again before it stops, makes it do all of the work
within the measured interval. `draw_script_p95_ms` is the same without the second reading: what scripts take
alone, the rest is filling pixels. What the browser does afterwards, laying the canvas under the bars and
words of the page, is no part of either. Of several fights the median of their p95 counts. Throttled means
that Chromium slows the page's main thread, where all of this happens, to a quarter of its speed.

`transfer_kb` counts what the network delivered, heads included, in kilobytes of 1,000 bytes, from an empty
cache until the first fight has begun and everything asked for so far has come, without music.
`interactive_ms` is the median time from the start of the navigation until the button of the gate can be
pressed and has the focus. `heap_growth` is by how much ten fights in a row, after one that warms up, let
the collected heap grow, as a share: objects of scripts, of the document, and buffers. `heap_growth_scripts`
is that of the scripts' objects alone, to which the engine goes on adding compiled code for some fights.
"""

import argparse
import statistics
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, CDPSession, Page, expect, sync_playwright

from benchmarks.common import report
from duel_sim import Duel, ScriptedKnight
from features import BOSS_ENRAGED, KNIGHT_WINS, ONGOING, STREAM_DECISION, TIER_EXPLORE, hash32
from modular_mind import decide
from tools.browser import launch_chromium
from tools.servers import running_server

VIEWPORT = {"width": 1280, "height": 720}
WAIT_MS = 60_000
THROTTLING = 4
KNIGHT = "dodger"
TIER = "normal"  # which the gate offers
TICKS_A_DRAW = 5
MUSIC = "/audio/mp3/"
ROW_OF_FIGHTS = 10
WHOLE = 10_000  # more draws than a fight has
HEAP = ("usedSize", "embedderHeapUsedSize", "backingStorageSize")  # scripts, document, buffers
READING_BACK = "willReadFrequently"  # Chromium's remark on what this program does itself
BARS = {  # the most of each figure
    "transfer_kb": 2000,
    "interactive_ms": 1500,
    "draw_p95_ms": 6,
    "draw_p95_ms_throttled_4x": 16,
    "console_errors": 0,
    "heap_growth": 0.1,
}
# Notes when the gate's button can be pressed and has the focus, in milliseconds since the navigation began.
NOTE_INTERACTIVE = """document.addEventListener("focusin", ({target}) => {
    if (target.id === "enter" && !target.disabled) window.interactiveAt ??= performance.now();
});"""
# Times every draw of the game, the canvases' work done within it: [whole, scripts alone] in milliseconds.
TIME_DRAWS = """async () => {
    const {Game} = await import("/static/game/game.js");
    const draw = Game.prototype.draw;
    const contexts = [...document.querySelectorAll("canvas")].map((canvas) => canvas.getContext("2d"));
    const finish = () => contexts.forEach((context) => context.getImageData(0, 0, 1, 1));
    window.draws = [];
    Game.prototype.draw = function (alpha) {
        finish();
        const began = performance.now();
        draw.call(this, alpha);
        const scripts = performance.now() - began;
        finish();
        window.draws.push([performance.now() - began, scripts]);
    };
}"""
# Plays at most `most` draws of the fight just begun, one in each animation frame.
PLAY_DRAWN = """async ({knight, ticks, most}) => {
    const {FIGHTER_MEMORY, fighter_input, reset_fighter} = await import("/static/gen/kernel.js");
    const rules = (await import("/static/gen/rules.js")).default;
    const memory = new Int32Array(FIGHTER_MEMORY);
    reset_fighter(window.__game.vector, memory);
    const kind = rules.fighters.indexOf(knight);
    const input = (state) => fighter_input(kind, state, memory);
    for (let i = 0; i < most && window.__game.phase !== "over"; i += 1) {
        await new Promise(requestAnimationFrame);
        window.__step(ticks, input);
    }
}"""
UNTIL_FIGHTING = """async () => {
    while (window.__game.phase !== "fight") await new Promise(requestAnimationFrame);
}"""


class Errors:
    """Counts what a browser's user would see go wrong: console errors and warnings, uncaught exceptions."""

    def __init__(self):
        self.messages: list[str] = []

    def watch(self, page: Page) -> None:
        """Counts a page's errors from now on."""
        page.on("console", self._note)
        page.on("pageerror", lambda error: self.messages.append(str(error)))

    def _note(self, message) -> None:
        if message.type in ("error", "warning") and READING_BACK not in message.text:
            self.messages.append(message.text)


@contextmanager
def fresh(browser: Browser, errors: Errors) -> Iterator[tuple[Page, CDPSession]]:
    """An empty page with an empty cache, and its DevTools session."""
    context = browser.new_context(viewport=VIEWPORT)
    try:
        page = context.new_page()
        errors.watch(page)
        yield page, context.new_cdp_session(page)
    finally:
        context.close()


def at_gate(page: Page, url: str) -> None:
    """Opens the page and waits for its gate."""
    page.goto(url)
    expect(page.locator("#enter")).to_be_focused(timeout=WAIT_MS)


def interactive_ms(browser: Browser, url: str, errors: Errors) -> float:
    """Milliseconds from the start of the navigation until the gate can be entered."""
    with fresh(browser, errors) as (page, _session):
        page.add_init_script(NOTE_INTERACTIVE)
        at_gate(page, url)
        return page.evaluate("window.interactiveAt")


def transfer_bytes(browser: Browser, url: str, errors: Errors) -> int:
    """Bytes received, without music, until the first fight runs and all that was asked for has come."""
    with fresh(browser, errors) as (page, session):
        addresses, sizes = {}, {}
        session.on(
            "Network.requestWillBeSent", lambda e: addresses.update({e["requestId"]: e["request"]["url"]})
        )
        session.on(
            "Network.loadingFinished", lambda e: sizes.update({e["requestId"]: e["encodedDataLength"]})
        )
        session.send("Network.enable")
        at_gate(page, url)
        page.keyboard.press("Enter")
        page.evaluate(UNTIL_FIGHTING)
        page.keyboard.press("Escape")  # a paused fight asks for no decisions
        page.wait_for_load_state("networkidle")
        return sum(size for request, size in sizes.items() if MUSIC not in addresses.get(request, ""))


def draw_milliseconds(
    browser: Browser, url: str, errors: Errors, seed: int, slower: int = 1, most: int = WHOLE
) -> list[list[float]]:
    """[whole, scripts alone] of every draw of a fight; `slower` throttles, `most` draws are made."""
    with fresh(browser, errors) as (page, session):
        at_gate(page, f"{url}?manual&seed={seed}")
        page.evaluate(TIME_DRAWS)
        page.locator("#enter").click()
        session.send("Emulation.setCPUThrottlingRate", {"rate": slower})
        page.evaluate(PLAY_DRAWN, {"knight": KNIGHT, "ticks": TICKS_A_DRAW, "most": most})
        return page.evaluate("window.draws")


def heap_growth(
    browser: Browser,
    url: str,
    errors: Errors,
    seed: int,
    fights: int = ROW_OF_FIGHTS,
    most: int = WHOLE,
) -> tuple[float, float]:
    """Growth of the collected heap, and of scripts' objects, over `fights` fights after a first one."""
    with fresh(browser, errors) as (page, session):
        at_gate(page, f"{url}?manual&seed={seed}")
        whole, scripts = [], []
        for turn in range(fights + 1):
            page.keyboard.press("Enter" if turn == 0 else "r")
            page.evaluate(PLAY_DRAWN, {"knight": KNIGHT, "ticks": 10 * TICKS_A_DRAW, "most": most})
            if turn in (0, fights):
                session.send("HeapProfiler.collectGarbage")
                usage = session.send("Runtime.getHeapUsage")
                scripts.append(usage["usedSize"])
                whole.append(sum(usage[part] for part in HEAP))
        return whole[-1] / whole[0] - 1, scripts[-1] / scripts[0] - 1


def whole_fight(knight: str = KNIGHT, tier: str = TIER) -> int:
    """The first seed whose fight the knight wins after the boss has been enraged."""
    seed = 0
    while True:
        seed += 1
        duel = Duel(seed)
        play = ScriptedKnight(knight, duel)
        was_enraged = False
        while duel.outcome == ONGOING:
            if duel.decision_due:
                draw = hash32(seed, STREAM_DECISION, duel.k)
                duel.choose(decide(duel.observation(), TIER_EXPLORE[tier], draw)["move"])
            duel.step(play(duel))
            was_enraged = was_enraged or duel.state[BOSS_ENRAGED] == 1
        if duel.outcome == KNIGHT_WINS and was_enraged:
            return seed


def p95(values: list[float]) -> float:
    """The value that one in twenty exceeds."""
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def within(figures: dict) -> dict[str, bool]:
    """For each bar whether its figure is within it."""
    return {name: figures[name] <= most for name, most in BARS.items()}


def main() -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.page", description=__doc__.split("\n")[0])
    parser.add_argument(
        "--loads", type=int, default=7, help="how often the page is loaded for its median time"
    )
    parser.add_argument("--fights", type=int, default=3, help="how many fights are drawn, at each speed")
    options = parser.parse_args()
    seed, errors = whole_fight(), Errors()
    draws = {1: [], THROTTLING: []}
    with sync_playwright() as playwright, running_server("serve_local") as server:
        browser = launch_chromium(playwright)
        loads = [interactive_ms(browser, server.url, errors) for _ in range(options.loads)]
        transfer = transfer_bytes(browser, server.url, errors)
        for _ in range(options.fights):
            for slower, fights in draws.items():
                fights.append(draw_milliseconds(browser, server.url, errors, seed, slower))
        growth, growth_scripts = heap_growth(browser, server.url, errors, seed)
        browser.close()
    usual, throttled = (
        [statistics.median(p95([draw[part] for draw in fight]) for fight in draws[slower]) for part in (0, 1)]
        for slower in (1, THROTTLING)
    )
    figures = {
        "transfer_kb": round(transfer / 1000, 1),
        "interactive_ms": round(statistics.median(loads), 1),
        "draw_p95_ms": round(usual[0], 2),
        "draw_p95_ms_throttled_4x": round(throttled[0], 2),
        "draw_script_p95_ms": round(usual[1], 2),
        "draw_script_p95_ms_throttled_4x": round(throttled[1], 2),
        "draw_median_ms": round(statistics.median(draw[0] for fight in draws[1] for draw in fight), 2),
        "draws": sum(len(fight) for fight in draws[1]),
        "console_errors": len(errors.messages),
        "heap_growth": round(growth, 4),
        "heap_growth_scripts": round(growth_scripts, 4),
    }
    for message in sorted(set(errors.messages)):
        print(message, file=sys.stderr)
    report({**figures, "ok": within(figures)}, [seed])
    return 0


if __name__ == "__main__":
    sys.exit(main())
