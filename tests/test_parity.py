"""The page's duel equals Python's, tick by tick, over fights that reach every event and outcome."""

import pytest

import modular_mind
from benchmarks import parity
from benchmarks.parity import KNIGHTS, MIND, STICKY, Fight
from duel_sim import Duel
from features import (
    ATTACK_HITBOX_START,
    BOSS_GUARD,
    BOSS_HALF_WIDTH,
    BOSS_HEALTH,
    BOSS_LUNGE,
    BOSS_PHASE,
    BOSS_TIMER,
    BOSS_X,
    CLEAVE_DAMAGE,
    EVENTS_LIST,
    EXPLORE_ONE,
    FLOOR_WIDTH,
    KNIGHT_AEGIS,
    KNIGHT_ATTACK,
    KNIGHT_HALF_WIDTH,
    KNIGHT_HEALTH,
    KNIGHT_PHASE,
    KNIGHT_TIMER,
    KNIGHT_X,
    LUNGE_HITBOX_START,
    MOVES,
    OUTCOME,
    OUTCOMES,
    SEED_LIMIT,
    STATE_FIELDS,
    SWORD_DAMAGE,
    hash32,
)

# Both at their last strength and the Aegis gone: who strikes first wins.
LAST_BLOW = ((KNIGHT_HEALTH, CLEAVE_DAMAGE), (BOSS_HEALTH, SWORD_DAMAGE), (KNIGHT_AEGIS, 0))
# The same, one tick before both strike: a draw.
BOTH_STRIKE = (
    *LAST_BLOW,
    (KNIGHT_X, FLOOR_WIDTH // 2 - KNIGHT_HALF_WIDTH - BOSS_HALF_WIDTH),
    (BOSS_X, FLOOR_WIDTH // 2),
    (KNIGHT_PHASE, KNIGHT_ATTACK),
    (KNIGHT_TIMER, ATTACK_HITBOX_START - 1),
    (BOSS_PHASE, BOSS_LUNGE),
    (BOSS_TIMER, LUNGE_HITBOX_START - 1),
)

WORN_GUARD = ((BOSS_GUARD, 1),)  # the first guarded hit breaks it


def seeds(stream: int, count: int) -> list[int]:
    return [hash32(20, stream, number) >> 1 for number in range(count)]


def corpus() -> list[Fight]:
    """Every knight against random moves, the mind at several mistake rates, and each move alone."""
    fights = []
    for number, knight in enumerate(KNIGHTS):
        fights += [Fight(seed, knight, STICKY) for seed in seeds(number, 10)]
        for rate in (0, EXPLORE_ONE // 5, EXPLORE_ONE):
            fights += [Fight(seed, knight, MIND, rate) for seed in seeds(100 + number, 4)]
        fights += [Fight(seed, knight, move) for move in MOVES for seed in seeds(200 + number, 1)]
        fights += [Fight(seed, knight, "CLEAVE", edits=LAST_BLOW) for seed in seeds(300 + number, 8)]
        fights += [Fight(seed, knight, "CLEAVE", edits=BOTH_STRIKE) for seed in seeds(350 + number, 1)]
        fights += [Fight(seed, knight, "BLOCK", edits=WORN_GUARD) for seed in seeds(400 + number, 2)]
    return [*fights, Fight(0, STICKY, STICKY), Fight(SEED_LIMIT - 1, STICKY, STICKY)]


@pytest.fixture(scope="module")
def mind():
    return modular_mind.default_mind()


@pytest.fixture(scope="module")
def page(browser, static_url, mind):
    page = browser.new_page()
    parity.prepare(page, static_url, mind)
    yield page
    page.close()


@pytest.fixture(scope="module")
def fights() -> list[Fight]:
    return corpus()


@pytest.fixture(scope="module")
def played(fights, mind) -> list[parity.Result]:
    return [parity.play(fight, mind) for fight in fights]


def test_fights_are_the_same_in_the_browser(page, fights, played, mind):
    in_browser = parity.play_in_browser(page, fights)
    for fight, ours, theirs in zip(fights, played, in_browser, strict=True):
        assert ours == theirs, parity.first_difference(page, fight, mind)


def test_the_corpus_reaches_every_event_and_outcome(played):
    events = 0
    for result in played:
        events |= result.events
    assert [name for bit, name in enumerate(EVENTS_LIST) if not events >> bit & 1] == []
    assert {OUTCOMES[result.state[OUTCOME]] for result in played} == set(OUTCOMES) - {"ongoing"}


def test_the_batched_kernel_plays_the_same_fights(fights, played, mind):
    chosen = [number for number, fight in enumerate(fights) if fight.boss == MIND]
    batch = parity.play_batch([fights[number] for number in chosen], mind)
    assert batch == [played[number] for number in chosen]


@pytest.mark.parametrize(("tick", "field"), [(1, "seed"), (37, "boss_x"), (150, "seen_next_habit_block")])
def test_the_first_tick_and_field_that_differ_are_named(page, tick, field):
    fight = Fight(7, "aggressor", STICKY, disturb=(tick, STATE_FIELDS.index(field), 1))
    value = []
    parity.play(fight, None, lambda duel, rolled: value.append(duel.fields()[field]))
    assert parity.first_difference(page, fight) == (
        f"seed 7, aggressor against sticky, tick {tick}: "
        f"{field} is {value[tick - 1]} in Python, {value[tick - 1] + 1} in JS"
    )


def test_a_fight_that_ends_early_in_one_of_them_is_named(page):
    fight = Fight(7, "aggressor", STICKY)
    ticks = parity.play(fight).ticks
    ended = Fight(7, "aggressor", STICKY, disturb=(50, OUTCOME, 1))
    assert ticks > 60
    assert "tick 50: outcome is 0 in Python, 1 in JS" in parity.first_difference(page, ended)
    assert parity.first_difference(page, fight) is None


def test_the_state_hash_sees_every_field():
    duel = Duel(5)
    before = duel.hash()
    for field, name in enumerate(STATE_FIELDS):
        for change in (1, -1, 1 << 16):
            duel.state[field] += change
            assert duel.hash() != before, name
            duel.state[field] -= change
    assert duel.hash() == before
    assert duel.hash(1) != before


# ------------------------------------------------------------------------ the classes of web/sim
def test_the_duel_names_its_state(page):
    seen = page.evaluate("""async () => {
      const { Duel } = await import("/static/sim/duel.js");
      const duel = new Duel(11);
      const start = [duel.k, duel.decisionDue, duel.outcome, duel.get("boss_x"), duel.hash(), duel.hash(9)];
      duel.choose(1);
      for (let tick = 0; tick < 12; tick++) duel.step(2);
      return [start, duel.k, Array.from(duel.observation()), Array.from(duel.state)];
    }""")
    duel = Duel(11)
    start = [duel.k, duel.decision_due, duel.outcome, duel.state[BOSS_X], duel.hash(), duel.hash(9)]
    duel.choose(1)
    for _ in range(12):
        duel.step(2)
    assert seen == [start, duel.k, duel.observation(), duel.state]


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("new Duel(2 ** 31)", "seed: 2147483648 is not an integer within 0..2147483647"),
        ("new Duel(-1)", "seed: -1 is not"),
        ("new Duel(0.5)", "seed: 0.5 is not"),
        ("new Duel('7')", "seed: 7 is not"),
        ("new Duel(7).step(32)", "input: 32 is not an integer within 0..31"),
        ("new Duel(7).step()", "input: undefined is not"),
        ("new Duel(7).choose(5)", "move: 5 is not an integer within 0..4"),
        ("new Duel(7).get('mana')", "no state field is called mana"),
        ("new ScriptedKnight('hero', new Duel(7))", "hero is not one of dodger, turtle"),
    ],
)
def test_wrong_arguments_are_named(page, call, message):
    thrown = page.evaluate(
        """async (call) => {
          const { Duel } = await import("/static/sim/duel.js");
          const { ScriptedKnight } = await import("/static/sim/fighters.js");
          try {
            new Function("Duel", "ScriptedKnight", call)(Duel, ScriptedKnight);
          } catch (error) {
            return `${error.name}: ${error.message}`;
          }
          return null;
        }""",
        call,
    )
    assert thrown is not None
    assert thrown.startswith("RangeError: " + message)
