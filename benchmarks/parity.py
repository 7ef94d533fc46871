"""Plays the same fights in Python and in a browser and compares them bit for bit.

    python -m benchmarks.parity [--fights 10000] [--seed 1]

Every fight is a scripted or random knight against the shipped mind at one of the tiers. The browser gets
only descriptions (seed, knight, mistake rate) and plays them with the generated kernel and its own mind;
Python plays them with the batched kernel and the numpy mind. Compared are the number of ticks, a hash of
the whole state rolled over every tick, every decision and the final state. A fight that differs is
played once more, in plain Python, to name the first tick and field. Prints one JSON line
{"fights", "ticks", "decisions", "mismatches", ...}; exits 1 if anything differs.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from playwright.sync_api import Page, sync_playwright

import modular_mind
from benchmarks.common import report
from duel.batch import compiled
from duel.fighters import FIGHTER_MEMORY, FIGHTERS
from duel.loops import LEARNER
from duel_sim import Duel, ScriptedKnight
from features import (
    BOSS_OBSERVATION_SIZE,
    CLOCK,
    DECISION_TICKS,
    EVENT_DECISION_DUE,
    EVENTS,
    INPUT_MASK,
    MOVE_COUNT,
    MOVES,
    NO_MOVE,
    ONGOING,
    OUTCOME,
    STATE_FIELDS,
    STATE_SIZE,
    STREAM_DECISION,
    STREAM_TRAINING,
    TIMEOUT_TICKS,
    hash32,
)
from modular_mind import Mind
from tools.browser import launch_chromium, serve_static

STICKY = "sticky"  # random keys or moves, each held for a while
MIND = "mind"
KNIGHTS = (*FIGHTERS, STICKY)
CHUNK = 100  # fights sent to the browser at a time
HASH_PRIME = np.uint32(16777619)  # of the kernel's state_hash


@dataclass(frozen=True)
class Fight:
    """All that determines a fight.

    knight: a name of FIGHTERS, or STICKY. boss: a name of MOVES (always that move), STICKY or MIND.
    explore: the mind's mistake rate in 1/65536. edits: (field index, value) pairs set at the start.
    disturb: (tick, field index, change) applied in the browser only, to see that it is noticed.
    """

    seed: int
    knight: str
    boss: str = MIND
    explore: int = 0
    edits: tuple[tuple[int, int], ...] = ()
    disturb: tuple[int, int, int] | None = None


@dataclass(frozen=True)
class Result:
    """What is compared. moves: one digit for each decision; hash: state_hash rolled over all ticks."""

    ticks: int
    hash: int
    moves: str
    state: list[int]
    events: int  # of all ticks together


# ---------------------------------------------------------------------------- one fight, plain Python
def sticky_input(seed: int, tick: int, held: int) -> int:
    """Random keys: new ones in one tick of eight."""
    draw = hash32(seed, STREAM_TRAINING, tick)
    return held if draw & 7 else (draw >> 8) & INPUT_MASK


def sticky_move(seed: int, k: int, previous: int) -> int:
    """A random move, legal or not: a new one in one decision of four."""
    draw = hash32(seed, STREAM_DECISION, k)
    return previous if draw & 3 else (draw >> 8) % MOVE_COUNT


def chosen_move(fight: Fight, duel: Duel, previous: int, mind: Mind | None) -> int:
    """The boss's choice at a decision."""
    if fight.boss == STICKY:
        return sticky_move(fight.seed, duel.k, previous)
    if fight.boss != MIND:
        return MOVES.index(fight.boss)
    draw = hash32(fight.seed, STREAM_DECISION, duel.k)
    return modular_mind.decide(duel.observation(), fight.explore, draw, mind)["move"]


def play(fight: Fight, mind: Mind | None = None, watch: Callable[[Duel, int], None] | None = None) -> Result:
    """Plays a fight with the scalar duel; `watch(duel, rolling hash)` is called after every tick."""
    duel = Duel(fight.seed)
    for field, value in fight.edits:
        duel.state[field] = value
    scripted = None if fight.knight == STICKY else ScriptedKnight(fight.knight, duel)
    ticks = rolled = events = held = 0
    moves: list[int] = []
    while duel.outcome == ONGOING:
        if duel.decision_due:
            moves.append(chosen_move(fight, duel, moves[-1] if moves else 0, mind))
            duel.choose(moves[-1])
        held = scripted(duel) if scripted else sticky_input(fight.seed, ticks, held)
        events |= duel.step(held)
        ticks += 1
        rolled = duel.hash(rolled)
        if watch:
            watch(duel, rolled)
    return Result(ticks, rolled, "".join(map(str, moves)), duel.state, events)


# ---------------------------------------------------------------------------- many fights, batched
def play_batch(fights: Sequence[Fight], mind: Mind) -> list[Result]:
    """Plays fights against the mind all at once: kernel compiled where numba is there, decisions batched."""
    if any(fight.boss != MIND for fight in fights):
        raise ValueError("fights: the batch plays the mind only")
    kernel = compiled()
    count = len(fights)
    states = np.zeros((count, STATE_SIZE), np.int32)
    memories = np.zeros((count, FIGHTER_MEMORY), np.int32)
    for row, fight in enumerate(fights):
        kernel.reset(states[row], fight.seed)
        for field, value in fight.edits:
            states[row, field] = value
        kernel.reset_fighter(states[row], memories[row])
    kinds = np.array([FIGHTERS.index(f.knight) if f.knight != STICKY else LEARNER for f in fights], np.int32)
    seeds = np.array([fight.seed for fight in fights], np.uint64)
    explore = np.array([fight.explore for fight in fights])
    moves = np.full((count, TIMEOUT_TICKS // DECISION_TICKS + 1), NO_MOVE, np.int8)
    keys = np.zeros((count, 1), np.uint8)
    rolled = np.zeros(count, np.uint32)
    events = np.zeros(count, np.int64)
    index = np.arange(count)  # which fight each row is; finished rows are taken out
    results: list[Result | None] = [None] * count
    tick = 0
    while len(index):
        _choose_rows(kernel, mind, states, seeds, explore, moves)
        draws = hash32(seeds, STREAM_TRAINING, tick)
        fresh = (draws >> np.uint64(8)) & np.uint64(INPUT_MASK)
        keys[:, 0] = np.where(draws & np.uint64(7), keys[:, 0], fresh)
        kernel.fight_rows(0, len(index), states, memories, kinds, keys, moves)
        tick += 1
        _roll_hashes(rolled, states)
        events |= states[:, EVENTS]
        going = states[:, OUTCOME] == ONGOING
        if going.all():
            continue
        for row in np.flatnonzero(~going):
            chosen = "".join(map(str, moves[row][moves[row] != NO_MOVE]))
            state = states[row].tolist()
            results[index[row]] = Result(tick, int(rolled[row]), chosen, state, int(events[row]))
        states, memories, kinds, seeds, explore = (
            a[going] for a in (states, memories, kinds, seeds, explore)
        )
        moves, keys, rolled, events, index = (a[going] for a in (moves, keys, rolled, events, index))
    return results


def _choose_rows(kernel, mind: Mind, states, seeds, explore, moves) -> None:
    """Writes into `moves` (rows, decisions) what the mind chooses in the rows where a decision is due."""
    rows = np.flatnonzero(states[:, EVENTS] & EVENT_DECISION_DUE)
    if not len(rows):
        return
    observations = np.zeros((len(rows), BOSS_OBSERVATION_SIZE), np.int32)
    for row, observation in zip(rows, observations, strict=True):
        kernel.observe_boss(states[row], observation)
    k = states[rows, CLOCK] // DECISION_TICKS
    draws = hash32(seeds[rows], STREAM_DECISION, k.astype(np.uint64))
    moves[rows, k], _ = modular_mind.decide_batch(observations, explore[rows], draws, mind)


def _roll_hashes(rolled: np.ndarray, states: np.ndarray) -> None:
    """The kernel's state_hash of every row, in place; written anew here, so that it is checked too."""
    for column in np.ascontiguousarray(states.T).view(np.uint32):
        rolled ^= column
        rolled *= HASH_PRIME


# ---------------------------------------------------------------------------- in the browser
def prepare(page: Page, url: str, mind: Mind | None = None) -> None:
    """Loads parity.js into a page of the static server at `url`, and the mind if there is one."""
    page.goto(url)
    page.add_script_tag(path=Path(__file__).with_suffix(".js"), type="module")
    page.wait_for_function("() => window.parity")
    if mind is not None:
        page.evaluate("(json) => parity.loadMind(json)", json.loads(mind.json))


@contextmanager
def browser_page(mind: Mind) -> Iterator[Page]:
    """A page of a headless Chromium that is ready to play."""
    with serve_static() as url, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        page = browser.new_page()
        prepare(page, url, mind)
        yield page
        browser.close()


def play_in_browser(page: Page, fights: Sequence[Fight]) -> list[Result]:
    """Plays fights in a prepared page."""
    results = []
    for first in range(0, len(fights), CHUNK):
        chunk = [asdict(fight) for fight in fights[first : first + CHUNK]]
        results += [Result(**result) for result in page.evaluate("(fights) => parity.playAll(fights)", chunk)]
    return results


def first_difference(page: Page, fight: Fight, mind: Mind | None = None) -> str | None:
    """The first tick and the fields in which plain Python and the browser differ; None if they agree."""
    here: list[int] = []
    play(fight, mind, lambda duel, rolled: here.append(rolled))
    there = page.evaluate("(fight) => parity.hashes(fight)", asdict(fight))
    if here == there:
        return None
    shorter = min(len(here), len(there))
    tick = next((i for i in range(shorter) if here[i] != there[i]), shorter) + 1
    states: list[list[int]] = []
    play(fight, mind, lambda duel, rolled: states.append(list(duel.state)))
    python = states[tick - 1] if tick <= len(states) else None
    browser = page.evaluate("([fight, tick]) => parity.stateAt(fight, tick)", [asdict(fight), tick])
    where = f"seed {fight.seed}, {fight.knight} against {fight.boss}, tick {tick}: "
    if python is None or browser is None:
        return where + f"the fight is over in {'Python' if python is None else 'JS'} only"
    fields = zip(STATE_FIELDS, python, browser, strict=True)
    return where + ", ".join(f"{name} is {p} in Python, {b} in JS" for name, p, b in fields if p != b)


# ---------------------------------------------------------------------------- the benchmark
def corpus(count: int, seed: int, rates: Sequence[int]) -> list[Fight]:
    """`count` fights of all knights in turn against the mind, at the mistake rates in turn."""
    return [
        Fight(
            seed=hash32(seed, STREAM_TRAINING, number) >> 1,
            knight=KNIGHTS[number % len(KNIGHTS)],
            explore=rates[number // len(KNIGHTS) % len(rates)],
        )
        for number in range(count)
    ]


def main() -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.parity", description=__doc__.split("\n")[0])
    parser.add_argument("--fights", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1, help="the fights' seeds are derived from it")
    options = parser.parse_args()
    mind, manifest = modular_mind.load_directory(modular_mind.WEIGHTS_DIRECTORY)
    fights = corpus(options.fights, options.seed, list(manifest["explore"].values()))
    expected = play_batch(fights, mind)
    with browser_page(mind) as page:
        pairs = zip(fights, expected, play_in_browser(page, fights), strict=True)
        differing = [fight for fight, ours, theirs in pairs if ours != theirs]
        for fight in differing[:5]:
            message = first_difference(page, fight, mind)
            print(message or f"seed {fight.seed}: the batch differs from plain Python", file=sys.stderr)
    outcomes = np.bincount([result.state[OUTCOME] for result in expected], minlength=5).tolist()
    figures = {
        "fights": len(fights),
        "ticks": sum(result.ticks for result in expected),
        "decisions": sum(len(result.moves) for result in expected),
        "mismatches": len(differing),
        "outcomes": outcomes,
    }
    report(figures, [options.seed])
    return 1 if differing else 0


if __name__ == "__main__":
    sys.exit(main())
