"""Writes docs/rules.md, the duel's rules for people, from features.py: no number is typed by hand.

    python -m tools.make_rules_page            writes the page
    python -m tools.make_rules_page --check    writes nothing; exits 1 when the page is stale

The explanations of observation fields and events are the comments beside them in features.py.
"""

import argparse
import itertools
import sys
import tokenize
from pathlib import Path

import features as f

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "rules.md"

# Rows of the frame table: key of FRAME_DATA, who, what.
FRAME_ROWS = (
    ("roll", "knight", "roll"),
    ("attack", "knight", "attack"),
    ("hurt", "knight", "hurt"),
    ("guard_broken", "knight", "guard broken"),
    ("cleave_windup", "boss", "cleave: wind-up (red telegraph)"),
    ("cleave_lunge", "boss", "cleave: lunge"),
    ("cleave_recovery", "boss", "cleave: recovery"),
    ("boss_guard_broken", "boss", "guard broken"),
)
CONCERNS = ("motion", "invulnerable", "hitbox", "cancel")


# ---------------------------------------------------------------------------- units
def px(units: int) -> str:
    """A length or speed in pixels."""
    return f"{units / f.UNITS_PER_PIXEL:g} px"


def speed(units: int) -> str:
    """Units a tick as pixels a second."""
    return f"{units * f.TICKS_PER_SECOND / f.UNITS_PER_PIXEL:g} px/s"


def points(tenths: int) -> str:
    """Stamina or guard in points."""
    return f"{tenths / 10:g}"


def rate(tenths: int) -> str:
    """Stamina or guard a tick as points a second."""
    return f"{tenths * f.TICKS_PER_SECOND / 10:g} a second"


def milliseconds(ticks: int) -> str:
    """Ticks as milliseconds."""
    return f"{round(ticks * 1000 / f.TICKS_PER_SECOND)} ms"


def seconds(ticks: int) -> str:
    """Ticks as seconds."""
    return f"{ticks / f.TICKS_PER_SECOND:g} s"


def table(header: tuple, rows: list[tuple]) -> str:
    """A Markdown table."""
    lines = ["| " + " | ".join(header) + " |", "|" + "---|" * len(header)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


# ---------------------------------------------------------------------------- parts of the page
def comments_of(name: str, source: Path = ROOT / "features.py") -> dict[str, str]:
    """Comments beside the entries of the tuple `name` in a source file, by the entry's first string."""
    comments: dict[str, str] = {}
    inside, entry = False, ""
    with source.open("rb") as file:
        tokens = list(tokenize.tokenize(file.readline))
    for token, following in itertools.pairwise(tokens):
        if token.type == tokenize.NAME and token.string == name and token.start[1] == 0:
            inside = following.string == "="
        elif inside and token.type == tokenize.NEWLINE:
            break
        elif inside and token.type == tokenize.STRING:
            entry = token.string.strip('"')
        elif inside and token.type == tokenize.COMMENT:
            comments[entry] = token.string.removeprefix("#").strip()
    return comments


def frame_table() -> str:
    """The frame data: ticks of a phase, counted from 0, first to last."""
    rows = []
    for key, who, what in FRAME_ROWS:
        ranges = f.FRAME_DATA[key]
        cells = [f"{ranges[name][0]} to {ranges[name][1] - 1}" if name in ranges else "" for name in CONCERNS]
        rows.append((who, what, ranges["total"], milliseconds(ranges["total"]), *cells))
    return table(("who", "phase", "ticks", "lasts", *CONCERNS), rows)


def knight_table() -> str:
    """The knight's numbers."""
    rows = [
        ("health", f.KNIGHT_MAX_HEALTH),
        ("stamina", points(f.KNIGHT_MAX_STAMINA)),
        ("stamina comes back", rate(f.STAMINA_REGENERATION)),
        ("walks", speed(f.KNIGHT_WALK_SPEED)),
        ("walks while blocking", speed(f.KNIGHT_BLOCK_WALK_SPEED)),
        ("a roll costs", f"{points(f.ROLL_STAMINA)} stamina"),
        ("a roll covers", px(f.ROLL_SPEED * (f.ROLL_MOTION_END - f.FRAME_DATA["roll"]["motion"][0]))),
        ("a sword hit takes", f"{f.SWORD_DAMAGE} health"),
        ("the sword reaches", f"{px(f.SWORD_REACH)} from the knight's centre"),
        ("a swing steps forward", px(f.ATTACK_STEP_SPEED * (f.ATTACK_MOTION_END - f.ATTACK_MOTION_START))),
        ("a blocked cleave costs", f"{points(f.BLOCK_STAMINA)} stamina"),
        ("the Aegis lasts", seconds(f.AEGIS_TICKS)),
        ("a press is remembered for", f"{f.INPUT_BUFFER_TICKS} ticks ({milliseconds(f.INPUT_BUFFER_TICKS)})"),
        ("width", px(2 * f.KNIGHT_HALF_WIDTH)),
    ]
    return table(("Fire Knight", ""), rows)


def boss_table() -> str:
    """The boss's numbers."""
    rows = [
        ("health", f.BOSS_MAX_HEALTH),
        ("enraged at", f"{f.ENRAGE_HEALTH} health or less"),
        ("guard", points(f.BOSS_MAX_GUARD)),
        ("guard comes back", rate(f.BOSS_GUARD_REGENERATION)),
        ("a guarded hit costs", f"{points(f.BOSS_GUARD_DRAIN)} guard"),
        ("guard after it was broken", points(f.BOSS_GUARD_AFTER_BREAK)),
        ("approaches", speed(f.BOSS_APPROACH_SPEED)),
        ("retreats", speed(f.BOSS_RETREAT_SPEED)),
        ("a cleave takes", f"{f.CLEAVE_DAMAGE} health"),
        ("the lunge moves at", speed(f.CLEAVE_LUNGE_SPEED)),
        ("the cleave reaches", f"{px(f.CLEAVE_REACH)} ahead of its centre, {px(f.CLEAVE_BACK_REACH)} behind"),
        ("a cleave's range", f"{px(f.CLEAVE_RANGE)} between centres"),
        ("cleave cooldown", f"{f.CLEAVE_COOLDOWN} ticks, the cleave's own {f.CLEAVE_TICKS} included"),
        ("width", px(2 * f.BOSS_HALF_WIDTH)),
    ]
    return table(("Demon Slime", ""), rows)


def impact_table() -> str:
    """Hit-stop and knock-back by what happened."""
    rows = [
        ("sword hits", f.HIT_STOP_SWORD, f"boss, {speed(f.PUSH_SWORD)} (not in its lunge)"),
        ("sword is guarded", f.HIT_STOP_SWORD_GUARDED, f"knight, {speed(f.PUSH_SWORD_GUARDED)}"),
        ("boss's guard breaks", f.HIT_STOP_GUARD_BREAK, f"knight, {speed(f.PUSH_SWORD_GUARDED)}"),
        ("cleave hits", f.HIT_STOP_CLEAVE, f"knight, {speed(f.PUSH_CLEAVE)}"),
        ("cleave is blocked", f.HIT_STOP_CLEAVE_BLOCKED, f"knight, {speed(f.PUSH_CLEAVE_BLOCKED)}"),
        ("knight's guard breaks", f.HIT_STOP_GUARD_BREAK, f"knight, {speed(f.PUSH_CLEAVE_BLOCKED)}"),
        ("Aegis absorbs", f.HIT_STOP_CLEAVE_BLOCKED, "nobody"),
        ("somebody dies", f.HIT_STOP_DEATH, "as the blow does"),
    ]
    return table(("what", "hit-stop, ticks", "pushed back at first"), rows)


def observation_table(name: str) -> str:
    """The fields of one observation."""
    comments = comments_of(name)
    rows = [
        (field, least, greatest, 2**exponent, comments.get(field, ""))
        for field, least, greatest, exponent in getattr(f, name)
    ]
    return table(("field", "least", "greatest", "divided by", "meaning"), rows)


def event_table() -> str:
    """The event bits."""
    comments = comments_of("EVENTS_LIST")
    rows = [(bit, name, comments.get(name, "")) for bit, name in enumerate(f.EVENTS_LIST)]
    return table(("bit", "event", "meaning"), rows)


def blocked(percent: int) -> int:
    """What of a cleave gets through at so many percent."""
    return f.CLEAVE_DAMAGE * percent // 100


def page() -> str:
    """The whole page."""
    guarded = f.SWORD_DAMAGE * f.BOSS_GUARD_DAMAGE_PERCENT // 100
    return f"""# The rules of the duel

<!-- Generated by tools/make_rules_page.py; do not edit. -->

Rules version {f.RULES_VERSION}. Every number here comes from [`features.py`](../features.py); the rules
themselves are [`duel/kernel.py`](../duel/kernel.py).

A fight is a pure function of its seed, the knight's inputs and the boss's choices. Time is counted in
ticks, {f.TICKS_PER_SECOND} a second; the floor is {px(f.FLOOR_WIDTH)} wide. After a hit both stand still for
a few ticks (hit-stop): the fight's clock stops too, and everything below is counted in ticks of that clock.

## The Fire Knight

{knight_table()}

- **Move** left and right; both at once is neither. He faces the boss whenever he is free.
- **Roll** in the direction held, else away from the boss. No blow touches him in its invulnerable ticks.
  He rolls through the boss. Without the stamina the roll is refused.
- **Attack** costs no stamina: its price is the recovery. One swing hits once.
- **Block** is held. From the front a cleave then takes {blocked(f.BLOCK_DAMAGE_PERCENT)} health instead of
  {f.CLEAVE_DAMAGE}. If it leaves no stamina the guard **breaks**: the blow takes
  {blocked(f.GUARD_BREAK_DAMAGE_PERCENT)} and he staggers.
- **Stamina** comes back whenever he neither rolls, attacks nor blocks.
- The **Aegis** absorbs every blow in the first {seconds(f.AEGIS_TICKS)} of the fight, then is gone for good.
- A press of roll or attack that comes too early is carried out as soon as he may, if that is within
  {f.INPUT_BUFFER_TICKS} ticks; the later press replaces the earlier one.

## The Demon Slime

{boss_table()}

- **CLEAVE**: a wind-up with a red telegraph, a lunge in the direction chosen when the wind-up began, and a
  recovery in which it can be punished. One cleave hits once.
- **APPROACH**, **RETREAT**: towards the knight as perceived, or away.
- **IDLE**: stands and waits.
- **BLOCK**: from the front a sword hit takes {guarded} health instead of {f.SWORD_DAMAGE} and costs guard. At
  none left the guard breaks and the boss staggers. Guard comes back while it is not held up.
- **Enraged** changes none of these numbers. The mind sees it, and what changes is what it does.

CLEAVE may be chosen only if the cooldown will be over when it applies, BLOCK only with guard left; the
others always. A choice that cannot be carried out when it is due becomes IDLE and counts as void.

A cleave begun within {px(f.CLEAVE_REACH_STANDING)} reaches a knight who stands still. Its range,
{px(f.CLEAVE_RANGE)}, is the distance from which it also reaches one who walks away
{milliseconds(f.REACTION_TICKS)} after it began: from there it must be rolled, blocked or taken.

## Frame data

Ticks of each phase, counted from 0. *Motion* moves the body, in *hitbox* the blow can land, *cancel* is when
the next action may begin (an attack is cancelled by a roll only).

{frame_table()}

## Impacts

A push fades by {speed(f.PUSH_DECAY)} each tick.

{impact_table()}

## Perception and decisions

- At every {f.DECISION_TICKS}th tick of the clock the boss observes and chooses, if it will be free when the
  choice applies, {f.DECISION_TICKS} ticks later.
- It sees the knight as he was {f.PERCEPTION_TICKS} ticks earlier, and so late also what he can change about
  it: its health, its guard, where it was pushed. Only its own choices and its cooldown are known at once.
- So nothing the knight does changes what the boss chooses to do sooner than **{f.REACTION_TICKS} ticks
  ({milliseconds(f.REACTION_TICKS)})** after it.
- On every tier the boss has the same mind and the same numbers. A tier only sets how often a random legal
  move replaces the chosen one.

## Order within a tick

Inputs, timers, intents, movement, bodies pushed apart, hits (the sword first, then the cleave, both from the
same positions), outcome. A cleave that touches the knight is rolled through, else absorbed by the Aegis,
else blocked, else it hits.

## How a fight ends

By a death; by both deaths in one tick, a draw; or at {f.TIMEOUT_TICKS} ticks
({seconds(f.TIMEOUT_TICKS)}), when nobody wins (in training both are charged as for a loss).

## What the boss observes

Integers within these bounds; the mind reads each divided by a power of two. `/decide` receives exactly these.

{observation_table("BOSS_OBSERVATION")}

## What a learning knight observes

{observation_table("KNIGHT_OBSERVATION")}

## Events

Each tick yields these bits; display, sound and rewards follow them and derive nothing themselves.

{event_table()}
"""


def main(arguments: list[str] | None = None, path: Path = PAGE) -> int:
    """The command; returns its exit code."""
    summary = __doc__.split("\n")[0]
    parser = argparse.ArgumentParser(prog="python -m tools.make_rules_page", description=summary)
    parser.add_argument("--check", action="store_true", help="only say whether the page is up to date")
    check = parser.parse_args(arguments).check
    text = page()
    fresh = path.is_file() and path.read_text("utf-8") == text
    if check and not fresh:
        print(f"docs/{path.name} is stale: run python -m tools.make_rules_page")
        return 1
    if not fresh:
        path.write_text(text, "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
