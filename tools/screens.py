"""Every screen of the page, each with the way to it: for golden pictures, accessibility checks, the README.

    for name in SCREENS:
        show(page, url, name)     # the page now shows it, standing still

All but the loading screen are reached with the page stepped by hand, so that they look the same every time.
"""

from collections.abc import Callable

from playwright.sync_api import Page

from tools import moments, narrated_server
from tools.learned_server import learned_stats, lesson, routes

SEED = 6  # a fight that the dodger wins on Normal
LIMIT_TICKS = 8000
SETTLE_TICKS = 150  # what follows the end of a fight before its screen is complete

# Steps the fight with a scripted knight until it is over, then until its screen is complete.
_PLAY_TO_THE_END = """async ({who, limit, settle}) => {
    const {ScriptedKnight} = await import("/static/sim/fighters.js");
    const knight = new ScriptedKnight(who, {state: Int32Array.from(window.__game.vector)});
    const input = (state) => knight.input({state});
    for (let i = 0; i < limit && window.__game.phase === "fight"; i += 20) window.__step(20, input);
    window.__step(settle, 0);
}"""

# The server answers no decision, at once and within the page: a request that is under way while the page
# is stepped for longer than its deadline would fail, and the page would say that the server is silent.
_LEAVE_DECISIONS = """() => {
    const { fetch } = window;
    const isDecision = (address) => String(address).endsWith("/decide");
    window.fetch = async (address, options) =>
        isDecision(address) ? new Response("{}") : fetch(address, options);
}"""

# Strikes as often as a blow allows until the slime's guard has been broken for 20 ticks.
_BREAK_GUARD = """() => {
    for (let i = 0; i < 3000; i += 1) {
        const {boss_phase: phase, boss_timer: timer} = window.__game.state;
        if (phase === 4 && timer === 20) return;
        window.__step(1, i % 4 === 0 ? 8 : 0);
    }
    throw new Error("its guard holds");
}"""


def open_gate(page: Page, url: str, seed: int = SEED) -> None:
    """The gate, with the embers of the first second."""
    page.goto(f"{url}?manual&seed={seed}")
    page.locator("#gate").wait_for()
    page.evaluate("window.__step(60)")


def end_fight(page: Page, url: str, knight: str, tier: str, seed: int = SEED) -> None:
    """The screen after a fight that a scripted knight played."""
    moments.begin(page, url, tier, seed)
    plan = {"who": knight, "limit": LIMIT_TICKS, "settle": SETTLE_TICKS}
    page.evaluate(_PLAY_TO_THE_END, plan)
    page.locator("#ending").wait_for()


def pause(page: Page, url: str) -> None:
    """A fight at its fourth second, paused."""
    moments.begin(page, url, "normal", SEED)
    page.evaluate("window.__step(240, 0)")
    page.keyboard.press("Escape")
    page.locator("#paused").wait_for()


def open_from_menu(page: Page, url: str, button: str) -> None:
    """What a button of the gate's menu opens."""
    open_gate(page, url)
    page.locator(button).click()


def open_settings(page: Page, url: str, tab: str) -> None:
    """One tab of the settings."""
    open_from_menu(page, url, "#open-settings")
    page.locator(f"#settings-tab-{tab}").click()


def practise(page: Page, url: str) -> None:
    """The training room, held at a moment at which boxes, frame data and mind have something to show."""
    open_from_menu(page, url, "#open-room")
    page.evaluate("window.__step(150, 0)")
    page.keyboard.press("h")


def first_steps(page: Page, url: str) -> None:
    """The second of the first steps: the first, walking, is done."""
    open_from_menu(page, url, "#first-steps")
    page.evaluate("window.__step(60, 2)")
    page.evaluate("window.__step(120, 0)")


def awake(page: Page, url: str) -> None:
    """The screen after the first steps, all of which were passed over."""
    open_from_menu(page, url, "#first-steps")
    while page.locator("#awake").is_hidden():
        page.locator("#lesson-skip").click()


def list_replays(page: Page, url: str) -> None:
    """The replays after one fight."""
    end_fight(page, url, "idler", "normal")
    page.locator("#leave").click()
    page.locator("#open-replays").click()


def watch_replay(page: Page, url: str) -> None:
    """A replay at the fourth second."""
    end_fight(page, url, "aggressor", "normal")
    page.locator("#watch-again").click()
    page.evaluate("window.__step(260)")
    page.keyboard.press("Space")


def watch_killcam(page: Page, url: str) -> None:
    """The killing blow, near its end."""
    end_fight(page, url, "aggressor", "normal")
    page.locator("#watch-killcam").click()
    page.evaluate("window.__step(120)")


def records(page: Page, url: str) -> None:
    """The records after one won fight."""
    end_fight(page, url, "dodger", "normal")
    page.locator("#leave").click()
    page.locator("#open-records").click()


def time_out(page: Page, url: str) -> None:
    """The ending of a fight in which the boss had no mind and only waited."""
    page.route("**/healthz", lambda route: route.abort())
    moments.begin(page, url, "normal", SEED)
    page.evaluate("for (let i = 0; i < 80; i += 1) window.__step(100, 0)")
    page.locator("#ending").wait_for()


def fail(page: Page, url: str) -> None:
    """What is shown when the art cannot be had."""
    page.route("**/sprites.json", lambda route: route.abort())
    page.goto(f"{url}?manual&seed={SEED}")
    page.locator("#failure").wait_for()


def await_lab(page: Page) -> None:
    """Waits until the lab page is whole: its records and history, and the specimen, which comes by itself."""
    page.locator("#waiting").wait_for(state="hidden")
    page.locator("main svg").first.wait_for()
    page.locator("#specimen[data-drawn]").wait_for()


def laboratory(page: Page, url: str) -> None:
    """The top of the lab page, its specimen asleep in reduced motion."""
    page.emulate_media(reduced_motion="reduce")
    page.goto(url + "lab")
    await_lab(page)
    page.emulate_media(reduced_motion="no-preference")


def pretend_learned(page: Page, url: str) -> None:
    """From the next page on, the server answers as if its boss had learned, with the mind that it has."""
    stats = learned_stats(page.request.get(url + "healthz").json()["weights"])
    for pattern, handler in routes(stats, lesson(stats)).items():
        page.route(pattern, handler)


def enter_ticketed(page: Page, url: str) -> None:
    """The first moment of a fight that the server opens; the page decides for the boss."""
    page.goto(f"{url}?manual&ticketed")
    page.locator("#gate").wait_for()
    page.evaluate(_LEAVE_DECISIONS)
    page.locator("#enter").click()
    page.locator("#hud").wait_for()


def change_mind(page: Page, url: str) -> None:
    """The ending of a fight that has changed the boss."""
    pretend_learned(page, url)
    enter_ticketed(page, url)
    page.evaluate(_PLAY_TO_THE_END, {"who": "aggressor", "limit": LIMIT_TICKS, "settle": SETTLE_TICKS})
    page.locator("#story.changed").wait_for()


def narrate(page: Page, url: str, lines: int = 3) -> None:
    """A fight at its second second, when the first `lines` lines of it have been told."""
    stats = learned_stats(page.request.get(url + "healthz").json()["weights"])
    for pattern, handler in narrated_server.routes(stats, lines).items():
        page.route(pattern, handler)
    enter_ticketed(page, url)
    page.locator("#narrator-line", has_text=narrated_server.line(lines)["text"]).wait_for()
    page.evaluate("window.__step(110, 2)")


def chronicle(page: Page, url: str) -> None:
    """The chronicle of a fight."""
    narrate(page, url, len(narrated_server.TALE))
    page.evaluate(_PLAY_TO_THE_END, {"who": "aggressor", "limit": LIMIT_TICKS, "settle": SETTLE_TICKS})
    page.locator("#open-chronicle").click()


def learning_history(page: Page, url: str) -> None:
    """The lab page at the section on what the boss has learned here."""
    pretend_learned(page, url)
    page.emulate_media(reduced_motion="reduce")
    page.goto(url + "lab#history")
    await_lab(page)
    page.locator("#history-legend").evaluate("(element) => element.scrollIntoView()")
    page.emulate_media(reduced_motion="no-preference")


def load(page: Page, url: str) -> None:
    """The loading screen before the first file of art has come."""
    page.route("**/sprites.json", lambda _route: None)
    page.goto(f"{url}?manual&seed={SEED}")
    page.locator("#loading-words", has_text="Lighting the arena").wait_for()


def break_guard(page: Page, url: str) -> None:
    """A moment of practice which no scripted knight brings about: the slime's guard has been broken."""
    open_from_menu(page, url, "#open-room")
    page.keyboard.press("b")  # without boxes
    page.get_by_role("combobox", name="The slime").select_option(label="guards")
    page.get_by_role("combobox", name="Start", exact=True).select_option(label="toe to toe")
    page.evaluate(_BREAK_GUARD)


SCREENS: dict[str, Callable[[Page, str], None]] = {
    "loading": load,
    "gate": open_gate,
    "paused": pause,
    "victory": lambda page, url: end_fight(page, url, "dodger", "normal"),
    "defeat": lambda page, url: end_fight(page, url, "aggressor", "hard"),
    "time_out": time_out,
    "failure": fail,
    "settings_sound": lambda page, url: open_settings(page, url, "sound"),
    "settings_picture": lambda page, url: open_settings(page, url, "picture"),
    "settings_play": lambda page, url: open_settings(page, url, "play"),
    "settings_controls": lambda page, url: open_settings(page, url, "controls"),
    "settings_learning": lambda page, url: open_settings(page, url, "learning"),
    "settings_narrator": lambda page, url: open_settings(page, url, "narrator"),
    "training_room": practise,
    "first_steps": first_steps,
    "awake": awake,
    "replays": list_replays,
    "replay": watch_replay,
    "killing_blow": watch_killcam,
    "records": records,
    "laboratory": laboratory,
    "changed_mind": change_mind,
    "learning_history": learning_history,
    "narrated": narrate,
    "chronicle": chronicle,
}


def show(page: Page, url: str, name: str) -> None:
    """Shows screen `name` of the server at `url`, as a visitor sees it who comes for the first time."""
    page.unroute_all()  # not sooner: what the screen before held back would arrive while it is looked at
    page.goto(url + "healthz")  # of the same origin, and loaded in no time
    page.evaluate("localStorage.clear()")
    SCREENS[name](page, url)
