"""Thousands of duels at once: the kernel compiled by numba when it is installed, else plain Python.

This is the one place that imports numba, inside the factory `compiled()`: every kernel function is
compiled from the very source that the scalar duel runs, so the two cannot differ in rules; tests hold
them to the same bits. What was compiled is kept in `duel/__pycache__` for the next process, which then
starts in a moment instead of some ten seconds.
"""

import types
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path

import numpy as np

import duel.fighters
import duel.kernel
import duel.loops
import duel.perception
import features
from duel.compile_cache import folder_for
from duel.fighters import FIGHTER_MEMORY
from duel.loops import LEARNER, LOG_SIZE
from features import (
    BOSS_OBSERVATION_SIZE,
    KNIGHT_OBSERVATION_SIZE,
    NO_MOVE,
    STATE_SIZE,
)

SOURCES = (features, duel.kernel, duel.perception, duel.fighters, duel.loops)
COMPILED_FEATURES = ("hash32", "legal")
ALLOCATING = ("fight_rows",)  # the others only borrow arrays and go without numba's reference counts
BESIDE_THE_CODE = Path(__file__).parent / "__pycache__"
ROW_ARRAYS = ("states", "memories", "boss_view", "knight_view")  # those whose rows the loops take whole


@cache
def compiled(extra: tuple[types.ModuleType, ...] = ()) -> types.SimpleNamespace:
    """The kernel and loop functions by name, compiled if numba can be imported; `.jitted` says which.

    `extra`: modules outside the duel whose functions are compiled with them, and may call them. Names are
    one space: whatever a function refers to is a function or an integer of one of the modules, or `np`.
    """
    sources = SOURCES + extra
    extra_names = {module.__name__ for module in extra}
    entered = {duel.loops.__name__, *extra_names}
    try:
        from numba import config, njit
    except ImportError:
        names = {name: value for module in sources for name, value in vars(module).items()}
        for name, value in vars(duel.loops).items():
            if isinstance(value, types.FunctionType) and value.__module__ == duel.loops.__name__:
                names[name] = _with_python_integers(value)
        return types.SimpleNamespace(**names, jitted=False)
    names: dict = {"np": np, "__name__": __name__}
    functions = {}
    for module in sources:
        for name, value in vars(module).items():
            if isinstance(value, int):
                if names.setdefault(name, value) != value:
                    raise ValueError(f"{module.__name__}: {name} is {names[name]} in another module")
            elif isinstance(value, types.FunctionType) and value.__module__ == module.__name__:
                functions[name] = value
    usual_folder = config.CACHE_DIR
    folder = folder_for(
        Path(usual_folder or BESIDE_THE_CODE), [Path(module.__file__) for module in sources], names
    )
    config.CACHE_DIR = str(folder or "")
    for name, function in functions.items():
        if function.__module__ == "features" and name not in COMPILED_FEATURES:
            continue
        copy = types.FunctionType(function.__code__, names, name)
        copy.__doc__ = function.__doc__
        # no counting of references and, in the duel, inlining double the speed
        inline = function.__module__ not in extra_names
        compile_options = {"nogil": True, "error_model": "numpy", "forceinline": inline}
        # of those that Python calls; what they call is compiled into them
        compile_options["cache"] = folder is not None and function.__module__ in entered
        names[name] = njit(**compile_options, _nrt=name in ALLOCATING)(copy)
    config.CACHE_DIR = usual_folder
    return types.SimpleNamespace(**names, jitted=True)


def _with_python_integers(function):
    """A loop that sees its arrays through memoryviews, which give Python's integers: numpy's overflow."""
    parameters = function.__code__.co_varnames[: function.__code__.co_argcount]

    def call(*arguments):
        views = []
        for name, argument in zip(parameters, arguments, strict=True):
            if name in ROW_ARRAYS:
                views.append([memoryview(row) for row in argument])
            elif isinstance(argument, np.ndarray):
                views.append(memoryview(argument))
            else:
                views.append(argument)
        return function(*views)

    return call


class DuelBatch:
    """`count` independent duels that advance together, one decision (6 ticks of fight time) a step.

    Public arrays, rewritten in place by `reset` and `step` (copy what you keep):
    `boss_view` (count, 24) and `knight_view` (count, 24) int32 observations; `due` (count,) int32, 1
    where the boss may choose; `log` (count, LOG_SIZE) int32, see `duel.loops.LOG_FIELDS`.
    """

    def __init__(self, count: int, kinds=None, seed: int = 0, threads: int = 1):
        """`kinds` (count,): LEARNER or a scripted fighter per row (default all LEARNER)."""
        self.count = count
        self.kinds = np.full(count, LEARNER, np.int32)
        if kinds is not None:
            self.kinds[:] = kinds
        self.states = np.zeros((count, STATE_SIZE), np.int32)
        self.memories = np.zeros((count, FIGHTER_MEMORY), np.int32)
        self.held = np.zeros(count, np.int32)
        self.wanted = np.zeros(count, np.int32)
        self.due = np.zeros(count, np.int32)
        self.log = np.zeros((count, LOG_SIZE), np.int32)
        self.boss_view = np.zeros((count, BOSS_OBSERVATION_SIZE), np.int32)
        self.knight_view = np.zeros((count, KNIGHT_OBSERVATION_SIZE), np.int32)
        self.seeds = np.zeros((count, 2), np.int64)
        self._kernel = compiled()
        self._ranges = [(count * part // threads, count * (part + 1) // threads) for part in range(threads)]
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None
        self.reset(seed)

    def reset(self, seed: int) -> None:
        """Start every row anew; row i's fights are hash32 of (seed * count + i, STREAM_TRAINING, n)."""
        self.seeds[:, 0] = (seed * self.count + np.arange(self.count)) & (features.SEED_LIMIT - 1)
        self.seeds[:, 1] = 0
        self._kernel.reset_rows(
            0, self.count, self.states, self.memories, self.held, self.due,
            self.boss_view, self.knight_view, self.seeds,
        )  # fmt: skip

    def step(self, boss_moves: np.ndarray, knight_actions: np.ndarray | None = None) -> np.ndarray:
        """Advance every duel to its next decision tick and return `log`.

        `boss_moves` (count,) int: read where `due` is 1. `knight_actions` (count,) int: indices of
        KNIGHT_ACTIONS, read in LEARNER rows. Finished fights are logged, then replaced.
        """
        moves = np.ascontiguousarray(boss_moves, np.int32)
        if knight_actions is not None:
            self._kernel.keys_of_actions(
                self.states, np.ascontiguousarray(knight_actions, np.int32), self.wanted
            )
        arguments = (
            self.states, self.memories, self.kinds, self.held, self.wanted, moves, self.due, self.log,
            self.boss_view, self.knight_view, self.seeds,
        )  # fmt: skip
        if self._pool is None:
            self._kernel.advance_rows(0, self.count, *arguments)
        else:
            list(self._pool.map(lambda r: self._kernel.advance_rows(*r, *arguments), self._ranges))
        return self.log


def run_inputs(states, keys, moves=None, kinds=None, memories=None) -> int:
    """Step `states` (n, STATE_SIZE) int32 in place through `keys` (n, ticks) uint8; return ticks stepped.

    `moves` (n, decisions) int8 gives the boss's choice for each decision k (NO_MOVE: a random legal
    one); `kinds`/`memories` let scripted knights act instead of `keys`.
    """
    count = len(states)
    if moves is None:
        moves = np.full((count, features.TIMEOUT_TICKS // features.DECISION_TICKS + 2), NO_MOVE, np.int8)
    if kinds is None:
        kinds = np.full(count, LEARNER, np.int32)
    if memories is None:
        memories = np.zeros((count, FIGHTER_MEMORY), np.int32)
    return int(compiled().fight_rows(0, count, states, memories, kinds, keys, moves))
