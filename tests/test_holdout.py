"""benchmarks.holdout: what a fighter's file may do and see, and what is said of one that cannot be used."""

from pathlib import Path

import pytest

from benchmarks import holdout
from benchmarks.holdout import HoldOutError, HoldOutKnight, fight, load, play
from duel_sim import Duel
from features import (
    APPROACH,
    BOSS_HEALTH,
    BOSS_MAX_HEALTH,
    BOSS_X,
    CLEAVE,
    CLOCK,
    DECISION_TICKS,
    HIT_STOP,
    IDLE,
    INPUT_LEFT,
    INPUT_MASK,
    INPUT_NAMES,
    INPUT_RIGHT,
    INPUT_ROLL,
    KNIGHT_OBSERVATION,
    KNIGHT_X,
    ONGOING,
    OUTCOMES,
    REACTION_TICKS,
    RETREAT,
    hash32,
)
from modular_mind import default_mind

EXAMPLES = Path(__file__).resolve().parent.parent / "examples" / "fighters"
STILL = "def act(observation, rng):\n    return 0\n"
HARD = 2621  # a mistake rate in 1/65536


@pytest.fixture
def fighter(tmp_path):
    """Writes a fighter's file and gives its path."""

    def write(text: str) -> Path:
        path = tmp_path / "fighter.py"
        path.write_text(text, "utf-8")
        return path

    return write


# ---------------------------------------------------------------------------- files that cannot be used
@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x = 1\n", r"fighter\.py: defines no function act\(observation, rng\)"),
        ("act = 5\n", r"fighter\.py: act is 5 \(int\), not a function"),
        ("\ndef act(:\n", r"fighter\.py:2: SyntaxError: .+"),
        ("x = 1\ny = x / 0\n" + STILL, r"fighter\.py:2: ZeroDivisionError: division by zero"),
        ("import no_such_module_anywhere\n", r"fighter\.py:1: ModuleNotFoundError: .+"),
        ("raise SystemExit\n", r"fighter\.py:1: SystemExit"),
        ("x = '\0'\n", r"fighter\.py.*: .+"),
    ],
)
def test_a_file_that_cannot_be_loaded(fighter, text, message):
    with pytest.raises(HoldOutError, match=message) as caught:
        load(fighter(text))
    assert "\n" not in str(caught.value)


def test_a_file_that_is_not_there(tmp_path):
    with pytest.raises(HoldOutError, match=r"nobody\.py: No such file"):
        load(tmp_path / "nobody.py")
    with pytest.raises(HoldOutError, match=r"Is a directory"):
        load(tmp_path)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("return None", r"fighter\.py: act returned None \(NoneType\), not an integer"),
        ("return 'left'", r"fighter\.py: act returned 'left' \(str\), not an integer"),
        ("return 1.0", r"fighter\.py: act returned 1\.0 \(float\), not an integer"),
        ("return 'x' * 1000", r"fighter\.py: act returned 'x+\.\.\. \(str\), not an integer"),
        ("return object()", r"fighter\.py: act returned an instance of object, not an integer"),
        ("return 32", r"fighter\.py: act returned 32, which is not within 0\.\.31"),
        ("return -1", r"fighter\.py: act returned -1, which is not within 0\.\.31"),
        ("return observation['wings']", r"fighter\.py:2: KeyError: 'wings'"),
        (
            "return deeper()\ndef deeper():\n    raise ValueError('two\\nlines')",
            r"fighter\.py:4: .+: two lines",
        ),
        ("raise SystemExit(0)", r"fighter\.py:2: SystemExit: 0"),
    ],
)
def test_an_act_that_gives_no_input(fighter, body, message):
    path = fighter(f"def act(observation, rng):\n    {body}\n")
    with pytest.raises(HoldOutError, match=message) as caught:
        fight(path, default_mind(), HARD, seed=1)
    assert "\n" not in str(caught.value)


def test_an_act_with_other_parameters(fighter):
    with pytest.raises(HoldOutError, match=r"fighter\.py: TypeError: act\(\) takes 1 positional argument"):
        fight(fighter("def act(observation):\n    return 0\n"), default_mind(), HARD, seed=1)


@pytest.mark.parametrize(
    ("body", "message"),
    [
        ("import os\n    os._exit(0)", r"fighter\.py: ended its process"),
        ("return observation['wings']", r"fighter\.py:2: KeyError: 'wings'"),
    ],
)
def test_a_fighter_that_fails_in_its_process(fighter, body, message):
    with pytest.raises(HoldOutError, match=message):
        play(fighter(f"def act(observation, rng):\n    {body}\n"), default_mind(), HARD, fights=2)


def test_a_fighter_that_never_answers(fighter):
    path = fighter("def act(observation, rng):\n    while True:\n        pass\n")
    with pytest.raises(HoldOutError, match=r"fighter\.py: a fight took longer than 1 seconds"):
        play(path, default_mind(), HARD, fights=2, fight_seconds=1)


# ---------------------------------------------------------------------------- what a fighter is told
def test_a_fighter_is_told_named_integers_and_a_generator_of_its_fight(fighter):
    path = fighter(
        "import numpy as np\n"
        "told = []\n"
        "def act(observation, rng):\n"
        "    told.append((observation, rng.integers(1000)))\n"
        "    return np.int64(observation['towards'])\n"
    )
    duel = Duel(7)
    knight = HoldOutKnight(path, duel)
    keys = knight(duel)
    (observation, drawn), *_ = knight._act.__globals__["told"]
    names = [name for name, *_ in KNIGHT_OBSERVATION]
    assert list(observation) == [*names, "towards", "away", "held"]
    assert all(type(value) is int for value in observation.values())
    assert (keys, observation["away"], observation["held"]) == (INPUT_RIGHT, INPUT_LEFT, 0)
    again = HoldOutKnight(path, duel)
    again(duel)
    assert again._act.__globals__["told"][0][1] == drawn
    other = Duel(8)
    different = HoldOutKnight(path, other)
    different(other)
    assert different._act.__globals__["told"][0][1] != drawn


def test_a_fighter_feels_its_own_body_at_once(fighter):
    duel = Duel(7)
    knight = HoldOutKnight(fighter(STILL), duel)
    before = knight.observation(duel)
    duel.step(INPUT_LEFT | INPUT_ROLL)
    after = knight.observation(duel)
    assert (before["rolling"], after["rolling"], after["timer"]) == (0, 1, 0)
    assert after["stamina"] < before["stamina"]
    assert after["distance"] > before["distance"]
    assert after["held"] == INPUT_LEFT | INPUT_ROLL


def first_difference(path: Path, seed: int) -> int | None:
    """Ticks from the first effect of one differing choice of the boss to the first input that can know it.

    Two fights of the same inputs, in which the boss chooses the same but for one decision. None when the
    knight's body feels it first (the two touch), or when nothing differs for long enough.
    """
    changed = 5 + seed % 30
    pair = hash32(seed, 1, 0) % 3
    choices = ((CLEAVE, IDLE), (APPROACH, RETREAT), (IDLE, RETREAT))[pair]
    duels = [Duel(seed), Duel(seed)]
    knights = [HoldOutKnight(path, duel) for duel in duels]
    acts = DECISION_TICKS * (changed + 1)  # the clock of the tick in which the two boss's bodies part
    while duels[0].state[CLOCK] < acts + 60 and duels[0].outcome == ONGOING:
        told = [knight.observation(duel) for knight, duel in zip(knights, duels, strict=True)]
        bodies = [(duel.state[KNIGHT_X:BOSS_X], duel.state[HIT_STOP]) for duel in duels]
        if bodies[0] != bodies[1]:
            return None
        if told[0] != told[1]:
            return duels[0].state[CLOCK] + 1 - acts
        for duel, choice in zip(duels, choices, strict=True):
            if duel.decision_due:
                duel.choose(choice if duel.k == changed else hash32(seed, 2, duel.k) % 3 + 1)
            duel.step(hash32(seed, 3, duel.state[CLOCK] // 20) & (INPUT_LEFT | INPUT_RIGHT))
    return None


def test_what_the_boss_begins_reaches_the_fighter_15_ticks_later_and_no_later(fighter):
    path = fighter(STILL)
    reactions = [first_difference(path, seed) for seed in range(60)]
    reactions = [reaction for reaction in reactions if reaction is not None]
    assert len(reactions) > 30
    assert min(reactions) == REACTION_TICKS == 15


# ---------------------------------------------------------------------------- fights
def test_a_process_of_fights_gives_the_fights_themselves_each_begun_anew():
    path, mind = EXAMPLES / "greedy.py", default_mind()
    alone = [fight(path, mind, HARD, holdout.FIRST_SEED + number) for number in range(3)]
    record = play(path, mind, HARD, fights=3)
    ends = [OUTCOMES[outcome] for outcome, _ in alone]
    assert record["fights"] == 3
    assert record["win_rate"] == ends.count("boss_wins") / 3
    assert record["knight_win_rate"] == ends.count("knight_wins") / 3
    assert record["timeout_rate"] == ends.count("timeout") / 3
    assert record["seconds"] == pytest.approx(sum(ticks for _, ticks in alone) / 3 / 60)


def test_memory_does_not_outlive_a_fight_and_files_beside_the_fighter_can_be_imported(fighter, tmp_path):
    (tmp_path / "helper_of_the_fighter.py").write_text("KEY = 2\n", "utf-8")
    path = fighter(
        "from helper_of_the_fighter import KEY\n"
        "calls = 0\n"
        "def act(observation, rng):\n"
        "    global calls\n"
        "    calls += 1\n"
        "    if calls > 7300 + 1000:\n"  # more than one fight has ticks
        "        return 'it went on counting'\n"
        "    return KEY\n"
    )
    assert play(path, default_mind(), HARD, fights=30)["fights"] == 30


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_the_examples_are_sensible_strangers(path):
    """Each uses its keys, and hurts a boss that walks up and cleaves every two seconds."""
    mind = default_mind()
    duel = Duel(holdout.FIRST_SEED)
    knight = HoldOutKnight(path, duel)
    pressed = 0
    while duel.outcome == ONGOING:
        if duel.decision_due:
            duel.choose(APPROACH if duel.k % 20 else CLEAVE)
        keys = knight(duel)
        pressed |= keys
        duel.step(keys)
    assert duel.state[BOSS_HEALTH] < BOSS_MAX_HEALTH * 4 / 5
    assert pressed.bit_count() >= len(INPUT_NAMES) - 1  # one may do without the shield
    assert pressed <= INPUT_MASK
    assert fight(path, mind, HARD, seed=3) == fight(path, mind, HARD, seed=3)
