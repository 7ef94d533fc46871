"""The batched duel: compiled = plain bit for bit, batch = scalar fights, threads and no numba alike."""

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from duel import fighters, kernel
from duel.batch import DuelBatch, compiled, run_inputs
from duel.loops import LEARNER, LOG_FIELDS
from duel_sim import Duel, ScriptedKnight
from features import (
    BOSS_HEALTH,
    BOSS_WINS,
    BOSS_X,
    CLEAVE,
    CLOCK,
    DECISION_TICKS,
    INPUT_ATTACK,
    INPUT_MASK,
    INPUT_ROLL,
    KNIGHT_ACTION_COUNT,
    KNIGHT_HEALTH,
    KNIGHT_X,
    MOVE_COUNT,
    ONGOING,
    SEED_LIMIT,
    STATE_FIELDS,
    STATE_SIZE,
    STREAM_TRAINING,
    TIMEOUT,
    TIMEOUT_TICKS,
    hash32,
)

ROOT = Path(__file__).resolve().parent.parent
KINDS = np.array([LEARNER, LEARNER, *range(fighters.FIGHTER_COUNT)])


def sticky_keys(generator: np.random.Generator, rows: int, ticks: int, hold: int = 8) -> np.ndarray:
    """Random input bitmasks (rows, ticks) uint8, each held for `hold` ticks."""
    keys = generator.integers(0, INPUT_MASK + 1, (rows, -(-ticks // hold)), np.uint8)
    return np.repeat(keys, hold, axis=1)[:, :ticks]


def first_difference(plain: np.ndarray, fast: np.ndarray) -> str:
    """Names the first row and field in which two arrays of states differ, for the failure message."""
    row, field = np.argwhere(plain != fast)[0]
    return f"row {row}, {STATE_FIELDS[field]}: plain {plain[row, field]}, compiled {fast[row, field]}"


# ---------------------------------------------------------------------------- compiled = plain
def test_numba_is_at_hand_for_these_tests():
    assert compiled().jitted


def test_compiled_fights_equal_plain_ones_tick_by_tick():
    """270 fights of all kinds of knights, compared in every field after every tick."""
    rows, ticks = 270, 700
    generator = np.random.default_rng(1)
    kinds = np.resize(KINDS, rows).astype(np.int32)
    keys = sticky_keys(generator, rows, ticks)
    moves = generator.integers(0, MOVE_COUNT, (rows, TIMEOUT_TICKS // DECISION_TICKS + 2), np.int8)
    states = np.zeros((rows, STATE_SIZE), np.int32)
    duels = [Duel(int(seed)) for seed in generator.integers(0, SEED_LIMIT, rows)]
    for row, fight in enumerate(duels):
        if row % 5 == 0:  # some end by the clock, and some start side by side
            fight.state[CLOCK] = TIMEOUT_TICKS - 600
        elif row % 5 < 3:
            fight.state[BOSS_X] = fight.state[KNIGHT_X] + 1000 + row
        states[row] = fight.state
    memories = np.zeros((rows, fighters.FIGHTER_MEMORY), np.int32)
    plain_memories = [[0] * fighters.FIGHTER_MEMORY for _ in range(rows)]
    for tick in range(ticks):
        run_inputs(states, keys[:, tick : tick + 1], moves, kinds, memories)
        for row, fight in enumerate(duels):
            if fight.decision_due:
                fight.choose(int(moves[row, fight.k]))
            if kinds[row] == LEARNER:
                fight.step(int(keys[row, tick]))
            else:
                fight.step(fighters.fighter_input(int(kinds[row]), fight.state, plain_memories[row]))
        plain = np.array([fight.state for fight in duels])
        assert np.array_equal(plain, states), f"tick {tick}, {first_difference(plain, states)}"
    assert np.array_equal(np.array(plain_memories), memories)
    assert {BOSS_WINS, TIMEOUT} <= {fight.outcome for fight in duels}


def test_compiled_hash_equals_the_plain_one():
    fast = compiled()
    generator = np.random.default_rng(2)
    for seed, stream, index in generator.integers(0, SEED_LIMIT, (200, 3)).tolist():
        assert fast.hash32(seed, stream, index) == hash32(seed, stream, index)
        state = generator.integers(-(1 << 31), (1 << 31) - 1, STATE_SIZE, np.int32)
        assert fast.state_hash(state, seed) == kernel.state_hash(state.tolist(), seed)


def test_run_inputs_counts_the_ticks_it_stepped():
    states = np.array([Duel(seed).state for seed in range(20)], np.int32)
    ticks = run_inputs(states, sticky_keys(np.random.default_rng(3), 20, 1000))
    # a row that ends stops counting with its last tick
    assert ticks == states[:, STATE_FIELDS.index("tick")].sum() < 20 * 1000


# ---------------------------------------------------------------------------- batch = scalar
class ScalarRow:
    """One row of a batch, played on `Duel` and `ScriptedKnight`, with the learner's rule written anew."""

    def __init__(self, seed: int, kind: int):
        self.seed, self.kind, self.fights = seed, kind, 0
        self.start()

    def start(self):
        self.duel = Duel(hash32(self.seed, STREAM_TRAINING, self.fights) >> 1)
        self.script = (
            None if self.kind == LEARNER else ScriptedKnight(fighters.FIGHTERS[self.kind], self.duel)
        )
        self.holding = 0

    def keys(self, wanted: int) -> int:
        """An action chosen at a decision tick is held from the next one for six ticks, all but the last."""
        if self.script is not None:
            return self.script(self.duel)
        tick = self.duel.state[CLOCK] + 1
        if tick % DECISION_TICKS == 0:
            return wanted
        let_go = INPUT_ROLL | INPUT_ATTACK if tick % DECISION_TICKS == DECISION_TICKS - 1 else 0
        return self.holding & ~let_go

    def step(self, move: int, action: int) -> dict:
        """One decision step; returns the log by name."""
        duel = self.duel
        if duel.decision_due:
            duel.choose(move)
        wanted = compiled().knight_keys(np.array(duel.state, np.int32), action)
        boss_health, knight_health = duel.state[BOSS_HEALTH], duel.state[KNIGHT_HEALTH]
        until = (duel.state[CLOCK] // DECISION_TICKS + 1) * DECISION_TICKS
        events = ticks = 0
        while duel.state[CLOCK] < until and duel.outcome == ONGOING:
            events |= duel.step(self.keys(wanted))
            ticks += 1
        self.holding = wanted
        log = {
            "damage_dealt": boss_health - duel.state[BOSS_HEALTH],
            "damage_taken": knight_health - duel.state[KNIGHT_HEALTH],
            "events": events,
            "outcome": duel.outcome,
            "ticks": ticks,
            "seed": duel.fields()["seed"],
        }
        if duel.outcome != ONGOING:
            self.fights += 1
            self.start()
        return log


def test_a_batch_plays_the_scalar_fights():
    kinds = np.resize(KINDS, 27)
    batch = DuelBatch(len(kinds), kinds, seed=5)
    rows = [ScalarRow(5 * len(kinds) + row, int(kind)) for row, kind in enumerate(kinds)]
    generator = np.random.default_rng(5)
    ended = 0
    for _ in range(300):
        moves = generator.integers(0, MOVE_COUNT, len(kinds))
        moves[generator.random(len(kinds)) < 0.3] = CLEAVE
        actions = generator.integers(0, KNIGHT_ACTION_COUNT, len(kinds))
        log = batch.step(moves, actions)
        for row, scalar in enumerate(rows):
            expected = scalar.step(int(moves[row]), int(actions[row]))
            assert dict(zip(LOG_FIELDS, log[row].tolist(), strict=True)) == expected
            assert batch.states[row].tolist() == scalar.duel.state
            assert batch.boss_view[row].tolist() == scalar.duel.observation()
            assert batch.knight_view[row].tolist() == scalar.duel.knight_observation()
            assert bool(batch.due[row]) == scalar.duel.decision_due
            ended += expected["outcome"] != ONGOING
    assert ended > len(kinds)


def played(batch: DuelBatch, steps: int) -> str:
    """A digest of all that a batch shows over some steps under fixed random choices."""
    generator = np.random.default_rng(9)
    digest = hashlib.sha256()
    for _ in range(steps):
        batch.step(
            generator.integers(0, MOVE_COUNT, batch.count),
            generator.integers(0, KNIGHT_ACTION_COUNT, batch.count),
        )
        for array in (batch.states, batch.memories, batch.boss_view, batch.knight_view, batch.due, batch.log):
            digest.update(array.tobytes())
    return digest.hexdigest()


@pytest.mark.parametrize("threads", [2, 3, 8])
def test_threads_do_not_change_the_fights(threads):
    kinds = np.resize(KINDS, 61)
    one = played(DuelBatch(61, kinds, seed=2), 150)
    assert played(DuelBatch(61, kinds, seed=2, threads=threads), 150) == one


def test_a_reset_starts_the_same_fights_again_and_seeds_differ():
    batch = DuelBatch(30, seed=4)
    start = batch.states.copy()
    first = played(batch, 40)
    batch.reset(4)
    assert np.array_equal(batch.states, start)
    assert played(batch, 40) == first
    batch.reset(5)
    assert not np.array_equal(batch.states, start)
    assert len(set(batch.states[:, STATE_FIELDS.index("seed")].tolist())) == 30


WITHOUT_NUMBA = """
import sys, warnings
sys.modules["numba"] = None  # an import of it fails
warnings.simplefilter("error")
sys.path[:0] = ["tests"]
import numpy as np
from duel.batch import DuelBatch, compiled, run_inputs
from duel_sim import Duel
from test_batch import KINDS, played, sticky_keys
assert not compiled().jitted
states = np.array([Duel(seed).state for seed in range(9)], np.int32)
ticks = run_inputs(states, sticky_keys(np.random.default_rng(6), 9, 400), kinds=KINDS.astype(np.int32))
print(ticks, int(states.astype(np.int64).sum()), played(DuelBatch(18, np.resize(KINDS, 18), seed=8), 60))
"""


def test_without_numba_the_fights_are_the_same():
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_NUMBA],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=200,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    states = np.array([Duel(seed).state for seed in range(9)], np.int32)
    ticks = run_inputs(states, sticky_keys(np.random.default_rng(6), 9, 400), kinds=KINDS.astype(np.int32))
    digest = played(DuelBatch(18, np.resize(KINDS, 18), seed=8), 60)
    assert done.stdout.split() == [str(ticks), str(states.astype(np.int64).sum()), digest]


def test_the_scalar_duel_needs_neither_numba_nor_numpy():
    absent = "import sys; sys.modules['numba'] = sys.modules['numpy'] = None; "
    code = absent + "import duel_sim; duel_sim.Duel(1).step(0)"
    subprocess.run([sys.executable, "-c", code], cwd=ROOT, timeout=60, check=True)
