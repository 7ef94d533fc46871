"""Moments of fights worth a picture: every state of both bodies, found by what the duel's state says.

Fights are played without a picture by scripted knights against the page's own mind until each moment has
come once; the page opened with `?manual&seed=N` is then stepped to that tick. The moments stay the same
moments when the rules, the boss or the art change; only where they are found may move.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from playwright.sync_api import Page

MOST_SEEDS = 60


@dataclass(frozen=True)
class Moment:
    """What to wait for: `when` is JavaScript on `s`, the state by field name, and `e`, names of events."""

    name: str
    knight: str  # the scripted knight that brings it about
    tier: str
    when: str
    later: int = 0  # ticks after that


@dataclass(frozen=True)
class Found:
    """Where a moment was found: the fight's seed, and how many ticks into it."""

    seed: int
    ticks: int


def _knight(name: str, knight: str, when: str, later: int = 0, tier: str = "normal") -> Moment:
    return Moment(f"knight_{name}", knight, tier, f"s.knight_aegis === 0 && {when}", later)


def _boss(name: str, knight: str, when: str, later: int = 0, tier: str = "normal") -> Moment:
    return Moment(f"boss_{name}", knight, tier, f"s.knight_aegis === 0 && {when}", later)


CALM = "s.boss_enraged === 0"
RAGING = "s.boss_enraged === 1"
MOMENTS = (
    Moment("aegis", "dodger", "normal", "s.clock === 60"),
    Moment("aegis_struck", "idler", "normal", "e.has('aegis_absorbed')", 4),
    _knight("run", "aggressor", "s.knight_phase === 0 && s.knight_moving === s.knight_facing"),
    _knight("step_back", "spacer", "s.knight_phase === 0 && s.knight_moving === -s.knight_facing"),
    _knight("roll_start", "dodger", "s.knight_phase === 1 && s.knight_timer === 3"),
    _knight("roll_through", "dodger", "s.knight_phase === 1 && s.knight_timer === 12"),
    _knight("roll_end", "dodger", "s.knight_phase === 1 && s.knight_timer === 24"),
    _knight("attack_startup", "aggressor", "s.knight_phase === 2 && s.knight_timer === 5"),
    _knight("attack_active", "aggressor", "s.knight_phase === 2 && s.knight_timer === 10"),
    _knight("attack_recovery", "aggressor", "s.knight_phase === 2 && s.knight_timer === 20"),
    _knight("block", "turtle", "s.knight_phase === 3 && s.boss_phase === 0"),
    _knight("block_hit", "turtle", "e.has('cleave_blocked')", 3),
    _knight("guard_broken", "turtle", "s.knight_phase === 5 && s.knight_timer === 20"),
    _knight("hurt", "idler", "s.knight_phase === 4 && s.knight_timer === 8"),
    _knight("death", "idler", "s.outcome === 2", 40),
    _knight("dead", "idler", "s.outcome === 2", 110),
    _knight("victory", "dodger", "s.outcome === 1", 105, "easy"),
    _boss("idle_knight_idle", "idler", f"s.boss_phase === 0 && s.boss_move === 3 && {CALM}", 2),
    _boss("approach", "idler", f"s.boss_phase === 0 && s.boss_move === 1 && {CALM}", 3, "hard"),
    _boss("retreat", "aggressor", f"s.boss_phase === 0 && s.boss_move === 2 && {CALM}", 3, "easy"),
    _boss("windup_start", "dodger", f"s.boss_phase === 1 && s.boss_timer === 5 && {CALM}"),
    _boss("windup_end", "dodger", f"s.boss_phase === 1 && s.boss_timer === 21 && {CALM}"),
    _boss("lunge", "dodger", f"s.boss_phase === 2 && s.boss_timer === 6 && {CALM}"),
    _boss("recovery", "dodger", f"s.boss_phase === 3 && s.boss_timer === 18 && {CALM}"),
    _boss("guard", "spacer", f"s.boss_phase === 0 && s.boss_move === 4 && {CALM}", 4, "hard"),
    _boss("guard_hit", "aggressor", f"e.has('sword_guarded') && {CALM}", 4, "easy"),
    _boss("hurt", "aggressor", f"e.has('sword_hit') && s.boss_phase === 0 && {CALM}", 5),
    _boss("enraging", "dodger", "e.has('enraged')", 8, "easy"),
    _boss("enraged", "dodger", "s.boss_enraged === 1 && s.boss_phase === 0", 20, "easy"),
    _boss("enraged_windup", "dodger", "s.boss_enraged === 1 && s.boss_phase === 1 && s.boss_timer === 20"),
    _boss("enraged_lunge", "dodger", "s.boss_enraged === 1 && s.boss_phase === 2 && s.boss_timer === 6"),
    _boss("enraged_recovery", "dodger", f"{RAGING} && s.boss_phase === 3 && s.boss_timer === 18", 0, "easy"),
    _boss("enraged_approach", "dodger", f"{RAGING} && s.boss_phase === 0 && s.boss_move === 1", 3, "easy"),
    _boss("enraged_retreat", "dodger", f"{RAGING} && s.boss_phase === 0 && s.boss_move === 2", 3, "easy"),
    _boss("enraged_guard", "dodger", f"{RAGING} && s.boss_phase === 0 && s.boss_move === 4", 4, "easy"),
    _boss("enraged_hurt", "aggressor", f"{RAGING} && e.has('sword_hit') && s.boss_phase === 0", 5, "easy"),
    _boss("dying", "dodger", "s.outcome === 1", 40, "easy"),
    _boss("melting", "dodger", "s.outcome === 1", 60, "easy"),
)

# Plays fights without drawing until every moment of one scripted knight and tier has been found. At each
# tick the state is looked at as `__step` leaves it.
_FIND = """async ({who, explore, seeds}) => {
    const [{Duel}, {ScriptedKnight}, {createMind}, {hash32, STREAM_DECISION}, rules] = await Promise.all([
        import("/static/sim/duel.js"), import("/static/sim/fighters.js"), import("/static/mind/mind.js"),
        import("/static/gen/kernel.js"), import("/static/gen/rules.js")]);
    const {state_fields: fields, events: names} = rules.default;
    const {weights} = await (await fetch("/healthz")).json();
    const mind = createMind(await (await fetch(`/mind/${weights}.json`)).json());
    const wanted = {CONDITIONS};
    const found = {};
    for (let seed = 1; seed <= seeds && Object.keys(wanted).length > 0; seed += 1) {
        const duel = new Duel(seed);
        const knight = new ScriptedKnight(who, duel);
        for (let ticks = 1; duel.outcome === 0; ticks += 1) {
            if (duel.decisionDue) {
                const draw = hash32(seed, STREAM_DECISION, duel.k);
                duel.choose(mind.decide(duel.observation(), explore, draw).move);
            }
            const bits = duel.step(knight.input(duel));
            const s = Object.fromEntries(fields.map((name, i) => [name, duel.state[i]]));
            const e = new Set(names.filter((_, i) => bits & (1 << i)));
            for (const [name, when] of Object.entries(wanted)) {
                if (!when(s, e)) continue;
                found[name] = {seed, ticks};
                delete wanted[name];
            }
        }
    }
    return found;
}"""
_STEP = """async ({who, ticks, isNew}) => {
    const {ScriptedKnight} = await import("/static/sim/fighters.js");
    if (isNew) window.knight = new ScriptedKnight(who, {state: Int32Array.from(window.__game.vector)});
    window.__step(ticks, (state) => window.knight.input({state}));
}"""


def find(page: Page, moments: tuple[Moment, ...] = MOMENTS) -> dict[str, Found]:
    """Where each moment is, by its name; `page` is any page of a running server.

    LookupError names the moments that no fight of the first seeds brings about.
    """
    explore = page.evaluate("async () => (await import('/static/gen/rules.js')).default.tier_explore")
    found: dict[str, Found] = {}
    for knight, tier in sorted({(moment.knight, moment.tier) for moment in moments}):
        group = [moment for moment in moments if (moment.knight, moment.tier) == (knight, tier)]
        conditions = ", ".join(f"{moment.name}: (s, e) => {moment.when}" for moment in group)
        plan = {"who": knight, "explore": explore[tier], "seeds": MOST_SEEDS}
        answer = page.evaluate(_FIND.replace("CONDITIONS", conditions), plan)
        for moment in group:
            if moment.name in answer:
                place = answer[moment.name]
                found[moment.name] = Found(place["seed"], place["ticks"] + moment.later)
    missing = [moment.name for moment in moments if moment.name not in found]
    if missing:
        raise LookupError(f"no fight of {MOST_SEEDS} shows: {', '.join(missing)}")
    return found


def visit(
    page: Page, url: str, found: dict[str, Found], moments: tuple[Moment, ...] = MOMENTS
) -> Iterator[Moment]:
    """Brings the page at `url` to one moment after the other and yields each while the page shows it.

    Fights are stepped by hand. Moments of the same fight come in their order within it; none is played twice.
    """
    fights: dict[tuple[str, str, int], list[Moment]] = {}
    for moment in moments:
        fights.setdefault((moment.knight, moment.tier, found[moment.name].seed), []).append(moment)
    for (knight, tier, seed), group in fights.items():
        begin(page, url, tier, seed)
        passed = 0
        for moment in sorted(group, key=lambda moment: found[moment.name].ticks):
            ticks = found[moment.name].ticks - passed
            page.evaluate(_STEP, {"who": knight, "ticks": ticks, "isNew": passed == 0})
            passed += ticks
            yield moment


def begin(page: Page, url: str, tier: str, seed: int) -> None:
    """Opens the page at `url` stepped by hand and enters the fight `seed` on a tier."""
    page.goto(f"{url}?manual&seed={seed}")
    page.locator("#gate").wait_for()
    page.locator("#tier-choices label", has_text=tier.capitalize()).click()
    page.locator("#enter").click()
