"""What the tests of the page share: opening it, noting what goes wrong in it, waiting, whole fights.

Conditions are awaited in the page, frame by frame: its content security policy forbids the evaluation of
strings, on which Playwright's own waiting for functions relies.
"""

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import MappingProxyType

from playwright.sync_api import Browser, BrowserContext, Page, expect

from tools.servers import ROOT, clean_environment

WAIT_MS = 60_000  # generous: the machine may be busy
NO_ROUTES: Mapping[str, Callable] = MappingProxyType({})

# Plays whole fights without drawing and returns the first one in which scripted knight `who` brings
# about `outcome`: {seed, clock}. `explore` is the boss's mistake rate.
FIND_FIGHT = """async ({who, outcome, explore}) => {
    const [{Duel}, {ScriptedKnight}, {createMind}, {hash32, STREAM_DECISION}, rules] = await Promise.all([
        import("/static/sim/duel.js"), import("/static/sim/fighters.js"), import("/static/mind/mind.js"),
        import("/static/gen/kernel.js"), import("/static/gen/rules.js")]);
    const {weights} = await (await fetch("/healthz")).json();
    const mind = createMind(await (await fetch(`/mind/${weights}.json`)).json());
    for (let seed = 1; seed <= 300; seed += 1) {
        const duel = new Duel(seed);
        const knight = new ScriptedKnight(who, duel);
        while (duel.outcome === 0) {
            if (duel.decisionDue) {
                const draw = hash32(seed, STREAM_DECISION, duel.k);
                duel.choose(mind.decide(duel.observation(), explore, draw).move);
            }
            duel.step(knight.input(duel));
        }
        if (rules.default.outcomes[duel.outcome] === outcome) return {seed, clock: duel.get("clock")};
    }
    return null;
}"""
# Steps the page's fight under scripted knight `who` until it is over and the ending is shown.
PLAY_FIGHT = """async (who) => {
    const {FIGHTER_MEMORY, fighter_input, reset_fighter} = await import("/static/gen/kernel.js");
    const rules = (await import("/static/gen/rules.js")).default;
    const memory = new Int32Array(FIGHTER_MEMORY);
    reset_fighter(window.__game.vector, memory);
    const kind = rules.fighters.indexOf(who);
    while (window.__game.phase === "fight") window.__step(60, (state) => fighter_input(kind, state, memory));
    window.__step(240);
}"""


class Trouble:
    """What went wrong in a context: console errors, uncaught exceptions.

    Requests to other hosts are errors, too: the page's content security policy forbids them. With `origin`
    each request is looked at besides, which costs a test as much as a tenth of its page.
    """

    def __init__(self, context: BrowserContext, origin: str | None = None):
        self.errors: list[str] = []
        self.foreign: list[str] = []
        self._origin = origin
        context.on("console", self._note_console)
        context.on("weberror", lambda error: self.errors.append(str(error.error)))
        if origin is not None:
            context.on("request", self._note_request)

    def _note_console(self, message) -> None:
        if message.type in ("error", "warning"):
            self.errors.append(f"{message.text} {message.location.get('url', '')}")

    def _note_request(self, request) -> None:
        if not request.url.startswith((self._origin, "data:", "blob:")):
            self.foreign.append(request.url)


@contextmanager
def opened(
    browser: Browser,
    url: str,
    query: str = "",
    routes: Mapping[str, Callable] = NO_ROUTES,
    script: str = "",
    **options,
) -> Iterator[tuple[Page, Trouble]]:
    """
    The page at its gate, in a context of its own, and what goes wrong in it.

    `script` is run in it before its own, whenever it is loaded.
    `routes` are in force from the first request on: Chromium hands its loaders an interception that is
    set later without waiting for them, and on a busy machine a request may pass it by.
    """
    context = browser.new_context(**{"viewport": {"width": 1280, "height": 720}, **options})
    context.set_default_timeout(WAIT_MS)
    trouble = Trouble(context)
    for pattern, handler in routes.items():
        context.route(pattern, handler)
    if script:
        context.add_init_script(script)
    page = context.new_page()
    try:
        page.goto(url + query)
        expect(page.locator("#gate")).to_be_visible(timeout=WAIT_MS)
        yield page, trouble
    finally:
        context.close()


def fight_until(page: Page, condition: str) -> None:
    """Waits as `wait_until`, beginning again whenever the boss has won in the meantime."""
    while True:
        wait_until(page, f"({condition}) || g.phase === 'over'")
        if page.evaluate(f"(() => {{ const g = window.__game; return Boolean({condition}); }})()"):
            return
        page.keyboard.press("r")
        wait_until(page, "g.phase === 'fight'")


def game(page: Page, name: str):
    """A field of window.__game."""
    return page.evaluate("(name) => window.__game[name]", name)


def wait_until(page: Page, condition: str) -> None:
    """Waits until the JavaScript expression `condition` of `g` (window.__game) holds."""
    held = page.evaluate(
        f"""async (limit) => {{
            const g = window.__game;
            const start = performance.now();
            while (!({condition})) {{
                if (performance.now() - start > limit) return false;
                await new Promise(requestAnimationFrame);
            }}
            return true;
        }}""",
        WAIT_MS,
    )
    assert held, f"never came true: {condition}; {page.evaluate('window.__game.phase')}"


def enter(page: Page) -> None:
    """Starts a fight from the gate by keyboard: its button has the focus."""
    page.keyboard.press("Enter")
    wait_until(page, "g.phase === 'fight'")


@contextmanager
def local_server(port: int, folder: Path) -> Iterator[subprocess.Popen]:
    """serve_local on a fixed port, so that it can end and come back; killed at the end."""
    process = subprocess.Popen(
        [sys.executable, "serve_local.py", "--port", str(port), "--no-open"],
        cwd=ROOT,
        env=clean_environment(folder),
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout.readline(), "the server did not start"
        yield process
    finally:
        process.kill()
        process.wait()
        process.stdout.close()
