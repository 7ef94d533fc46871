"""Fighters that others wrote: a file with a function `act` plays the knight against the shipped boss.

Not run by itself; `python -m benchmarks.strength --hold-out FILE.py` uses it, docs/strength.md says how such
a file is written, and examples/fighters/ has some. `HoldOutKnight` is such a fighter in one `Duel`; `play`
has many fights in a process of its own, which is ended when one takes too long.

A fighter feels its own body at once, and sees the boss as late as the scripted knights and the boss itself
do: what the boss begins in one tick can first change the input 15 ticks (250 ms) later.
"""

import contextlib
import multiprocessing
import operator
import sys
import traceback
import types
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from duel.fighters import NOTE_AGE, RING_SIZE
from duel.perception import knight_side, observe_knight
from duel_sim import Duel
from features import (
    BOSS_WINS,
    BOSS_X,
    CLOCK,
    DRAW,
    INPUT_LEFT,
    INPUT_MASK,
    INPUT_RIGHT,
    KNIGHT_INPUT,
    KNIGHT_OBSERVATION,
    KNIGHT_OBSERVATION_SIZE,
    KNIGHT_WINS,
    ONGOING,
    SEED,
    SEEN,
    STREAM_DECISION,
    TICK,
    TICKS_PER_SECOND,
    TIMEOUT,
    VISIBLE_SIZE,
    hash32,
)
from modular_mind import Mind, decide

OBSERVED = tuple(name for name, *_ in KNIGHT_OBSERVATION)
MODULE_NAME = "hold_out_fighter"  # whatever its file is called
FIRST_SEED = 7_000_003  # fight n of a fighter has the seed FIRST_SEED + n
FIGHT_SECONDS = 60.0  # of wall clock, a hundred times what a fight of simple rules takes
START_SECONDS = 120.0  # for the process to start and the file to be loaded


class HoldOutError(ValueError):
    """A fighter's file that cannot be used; the message is one line that names the file."""


# ---------------------------------------------------------------------------- the file
def load(path: Path) -> Callable:
    """The function `act` of the file, which is run anew at every call; HoldOutError otherwise."""
    try:
        code = compile(path.read_bytes(), str(path), "exec")
    except OSError as error:
        raise HoldOutError(f"{path}: {error.strerror or error}") from None
    except SyntaxError as error:
        raise HoldOutError(f"{path}:{error.lineno or 1}: {type(error).__name__}: {error.msg}") from None
    except ValueError as error:  # null bytes
        raise HoldOutError(f"{path}: is no Python: {error}") from None
    module = types.ModuleType(MODULE_NAME)
    module.__file__ = str(path)
    sys.modules[MODULE_NAME] = module  # where dataclasses and the like look for it
    with _its_own_mistakes(path):
        exec(code, module.__dict__)
    act = getattr(module, "act", None)
    if act is None:
        raise HoldOutError(f"{path}: defines no function act(observation, rng)")
    if not callable(act):
        raise HoldOutError(f"{path}: act is {_shown(act)}, not a function")
    return act


@contextlib.contextmanager
def _its_own_mistakes(path: Path) -> Iterator[None]:
    """Turns whatever the file's code raises, SystemExit included, into a HoldOutError with its line."""
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        frames = traceback.extract_tb(error.__traceback__)
        lines = [frame.lineno for frame in frames if frame.filename == str(path)]
        where = f"{path}:{lines[-1]}" if lines else f"{path}"
        said = " ".join(str(error).split())
        raise HoldOutError(f"{where}: {type(error).__name__}{': ' * bool(said)}{said}") from None


def _shown(value) -> str:
    """A value as a short text, whatever its own `repr` does."""
    kind = type(value).__name__
    if not isinstance(value, int | float | str | bytes | tuple | list | dict | types.NoneType):
        return f"an instance of {kind}"
    text = repr(value)
    return f"{text if len(text) <= 40 else text[:37] + '...'} ({kind})"


# ---------------------------------------------------------------------------- the fighter
class HoldOutKnight:
    """The fighter of a file in one fight: call it with the duel for the next tick's input."""

    def __init__(self, path: Path, duel: Duel):
        """Runs the file anew, so that nothing it keeps outlives the fight."""
        self._path = path
        self._act = load(path)
        self._random = np.random.default_rng(duel.state[SEED])
        seen = duel.state[BOSS_X:VISIBLE_SIZE]
        self._ring = [seen] * RING_SIZE  # what could be seen of the boss, by the fight's clock

    def observation(self, duel: Duel) -> dict[str, int]:
        """What the fighter is told before the next tick; to be called once in every tick.

        The fields of features.KNIGHT_OBSERVATION with the boss NOTE_AGE ticks ago, then "towards" and
        "away", the input bits that lead to and from where the boss was seen, and "held", the last input.
        """
        state = duel.state
        clock = state[CLOCK]
        self._ring[clock % RING_SIZE] = state[BOSS_X:VISIBLE_SIZE]
        view = list(state)
        view[SEEN + BOSS_X : SEEN + VISIBLE_SIZE] = self._ring[(clock - NOTE_AGE) % RING_SIZE]
        values = [0] * KNIGHT_OBSERVATION_SIZE
        observe_knight(view, values)
        told = dict(zip(OBSERVED, values, strict=True))
        right = knight_side(view) == 1
        told["towards"] = INPUT_RIGHT if right else INPUT_LEFT
        told["away"] = INPUT_LEFT if right else INPUT_RIGHT
        told["held"] = state[KNIGHT_INPUT]
        return told

    def __call__(self, duel: Duel) -> int:
        """The fighter's input bitmask for the next tick; HoldOutError when it gives none."""
        observation = self.observation(duel)
        with _its_own_mistakes(self._path):
            answer = self._act(observation, self._random)
        try:
            keys = operator.index(answer)
        except TypeError:
            raise HoldOutError(f"{self._path}: act returned {_shown(answer)}, not an integer") from None
        if not 0 <= keys <= INPUT_MASK:
            raise HoldOutError(f"{self._path}: act returned {keys}, which is not within 0..{INPUT_MASK}")
        return keys


# ---------------------------------------------------------------------------- fights
def fight(path: Path, mind: Mind, explore: int, seed: int) -> tuple[int, int]:
    """One fight of the file's fighter against `mind`: its outcome and how many ticks it took."""
    duel = Duel(seed)
    knight = HoldOutKnight(path, duel)
    while duel.outcome == ONGOING:
        if duel.decision_due:
            draw = hash32(seed, STREAM_DECISION, duel.k)
            duel.choose(decide(duel.observation(), explore, draw, mind)["move"])
        duel.step(knight(duel))
    return duel.outcome, duel.state[TICK]


def play(path: Path, mind: Mind, explore: int, fights: int, fight_seconds: float = FIGHT_SECONDS) -> dict:
    """`fights` fights of fixed seeds of the file's fighter against `mind` at a mistake rate in 1/65536.

    Returns {"fights", "win_rate" (the boss's), "knight_win_rate", "draw_rate", "timeout_rate", "seconds"
    (mean fight time)}. HoldOutError for a file that cannot be used, and for one that takes longer than
    `fight_seconds` of wall clock over a fight or ends the process. The file's code is not confined.
    """
    context = multiprocessing.get_context("spawn")
    here, there = context.Pipe(duplex=False)
    arguments = (there, path, mind.parameters, explore, fights)
    process = context.Process(target=_worker, args=arguments, daemon=True)
    process.start()
    there.close()
    results = []
    try:
        patience = START_SECONDS
        while len(results) < fights:
            if not here.poll(patience):
                raise HoldOutError(f"{path}: a fight took longer than {fight_seconds:g} seconds")
            try:
                message = here.recv()
            except EOFError:
                raise HoldOutError(f"{path}: ended its process") from None
            if isinstance(message, str):
                raise HoldOutError(message)
            if message:
                results.append(message)
            patience = fight_seconds
    finally:
        process.terminate()
        process.join()
        here.close()
    outcomes = np.array([outcome for outcome, _ in results])
    return {
        "fights": fights,
        "win_rate": float((outcomes == BOSS_WINS).mean()),
        "knight_win_rate": float((outcomes == KNIGHT_WINS).mean()),
        "draw_rate": float((outcomes == DRAW).mean()),
        "timeout_rate": float((outcomes == TIMEOUT).mean()),
        "seconds": float(np.mean([ticks for _, ticks in results]) / TICKS_PER_SECOND),
    }


def _worker(results, path: Path, parameters: dict, explore: int, fights: int) -> None:
    """The process of the fights: sends () when it has begun, then each result, or what went wrong."""
    mind = Mind(parameters)
    sys.path.append(str(path.resolve().parent))  # for modules that lie beside the file
    results.send(())
    try:
        for number in range(fights):
            results.send(fight(path, mind, explore, FIRST_SEED + number))
    except HoldOutError as error:
        results.send(str(error))
