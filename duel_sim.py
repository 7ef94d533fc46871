"""The duel, headless: one fight in plain Python, or thousands at once compiled by numba.

    duel = Duel(seed=7)
    while duel.outcome == features.ONGOING:
        if duel.decision_due:
            duel.choose(features.CLEAVE)
        duel.step(features.INPUT_RIGHT)

The rules are in `duel/kernel.py`, what the fighters perceive in `duel/perception.py`, the scripted
knights in `duel/fighters.py`, the batched duel in `duel/batch.py`. All share the same source.
"""

import operator

from duel.fighters import FIGHTER_MEMORY, FIGHTERS, fighter_input, reset_fighter
from duel.kernel import choose, reset, state_hash, step
from duel.perception import observe_boss, observe_knight
from features import (
    BOSS_OBSERVATION_SIZE,
    CLOCK,
    DECISION_TICKS,
    EVENT_DECISION_DUE,
    EVENTS,
    INPUT_MASK,
    KNIGHT_OBSERVATION_SIZE,
    MOVE_COUNT,
    OUTCOME,
    SEED_LIMIT,
    STATE_FIELDS,
    STATE_SIZE,
)

__all__ = ["FIGHTERS", "Duel", "DuelBatch", "ScriptedKnight"]  # noqa: F822 (DuelBatch is loaded lazily)


def _integer(name: str, value, low: int, high: int) -> int:
    """`value` as an int within [low, high), or a ValueError that names the argument."""
    try:
        number = operator.index(value)
    except TypeError:
        raise ValueError(f"{name}: expected an integer, got {value!r}") from None
    if not low <= number < high:
        raise ValueError(f"{name}: {number} is not within {low}..{high - 1}")
    return number


class Duel:
    """One fight in plain Python: a pure function of seed, knight inputs and boss choices."""

    def __init__(self, seed: int):
        self.state = [0] * STATE_SIZE
        reset(self.state, _integer("seed", seed, 0, SEED_LIMIT))

    def step(self, knight_input: int) -> int:
        """Advance one tick under the input bitmask (features.INPUT_*); return the event bits."""
        return step(self.state, _integer("knight_input", knight_input, 0, INPUT_MASK + 1))

    def choose(self, move: int) -> None:
        """The boss's choice for the decision that is due (features.MOVES)."""
        if not self.decision_due:
            raise ValueError("move: no decision is due in this tick")
        choose(self.state, _integer("move", move, 0, MOVE_COUNT))

    def observation(self) -> list[int]:
        """What the boss perceives (features.BOSS_OBSERVATION)."""
        observed = [0] * BOSS_OBSERVATION_SIZE
        observe_boss(self.state, observed)
        return observed

    def knight_observation(self) -> list[int]:
        """What a learning knight perceives (features.KNIGHT_OBSERVATION)."""
        observed = [0] * KNIGHT_OBSERVATION_SIZE
        observe_knight(self.state, observed)
        return observed

    @property
    def decision_due(self) -> bool:
        """Whether the boss observes now and may choose."""
        return self.state[EVENTS] & EVENT_DECISION_DUE != 0

    @property
    def k(self) -> int:
        """The index of the current decision tick."""
        return self.state[CLOCK] // DECISION_TICKS

    @property
    def outcome(self) -> int:
        """features.ONGOING, KNIGHT_WINS, BOSS_WINS, DRAW or TIMEOUT."""
        return self.state[OUTCOME]

    def hash(self, previous: int = 0) -> int:
        """A 32-bit hash of the whole state, folded into `previous` (roll it over the ticks)."""
        return state_hash(self.state, previous)

    def fields(self) -> dict[str, int]:
        """The state by field name."""
        return dict(zip(STATE_FIELDS, self.state, strict=True))


class ScriptedKnight:
    """A scripted fighter (by name, see FIGHTERS) that plays a `Duel`: call it for the next input."""

    def __init__(self, name: str, duel: Duel):
        if name not in FIGHTERS:
            raise ValueError(f"name: {name!r} is not one of {', '.join(FIGHTERS)}")
        self._kind = FIGHTERS.index(name)
        self._memory = [0] * FIGHTER_MEMORY
        reset_fighter(duel.state, self._memory)

    def __call__(self, duel: Duel) -> int:
        return fighter_input(self._kind, duel.state, self._memory)


def __getattr__(name: str):
    # numpy and the thread pool of the batch are loaded only where a batch is wanted
    if name == "DuelBatch":
        from duel.batch import DuelBatch

        return DuelBatch
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
