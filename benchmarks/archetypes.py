"""People with habits, as `benchmarks.adaptation` meets them: their knobs, their fights, and the logs.

    fights = play(PEOPLE["sentinel"], mind, explore, seeds)
    fights.outcomes                   # of whole fights, one for each seed
    fights.log(0, mind)               # the first one as the page would have posted it

They are for measuring only: nothing learns from them but through the logs of their fights.
"""

from dataclasses import dataclass

import numpy as np

import benchmarks.people
from benchmarks.people import KNOBS, PERSON_MEMORY
from duel.batch import compiled
from duel.kernel import state_hash
from features import BOSS_OBSERVATION_SIZE, ONGOING, OUTCOME, RULES_VERSION, SEED, STATE_SIZE, TICK
from modular_mind import Mind, decide_batch
from service.fight_log import MISTAKE, MOST_TICKS, FightLog
from training.evaluate import STEP_LIMIT, decision_draws

# Hardly anybody beats the shipped boss on Hard: it cleaves like a clock, and twenty blows cost all the health
# and stamina there is. These do in a fifth to two fifths of the fights, so they are relatives of each other.
#
# The sentinel charges while the Aegis lasts, then takes every cleave on the shield at the last moment and
# strikes back at once; when the stamina is spent and there is health to spare, it trades blow for blow.
SENTINEL = {
    "reaction": 18, "roll": 0, "block": 100, "through": 13, "roll_at": 19, "block_at": 26,
    "sloppiness": 0, "greed": 49, "brave": 101, "bold": 28, "all_in": 186, "reserve": 5, "strike_at": 28,
    "second_at": 72, "last_swing": 63, "keep": 128, "tired": 45, "rested": 590,
}  # fmt: skip
PEOPLE = {
    "sentinel": SENTINEL,
    # a little slower, and not as steady with the shield
    "shaky": SENTINEL | {"reaction": 19, "block_at": 25, "sloppiness": 1},
    # while it feels strong it swings a second time instead of raising the shield
    "trader": SENTINEL
    | {"reaction": 17, "roll": 4, "block": 90, "through": 86, "greed": 60, "brave": 65, "second_at": 79,
       "last_swing": 76, "keep": 214},
    # does not bother to block one cleave in ten
    "gambler": SENTINEL | {"block": 90},
    # rolls through some cleaves
    "roller": SENTINEL | {"roll": 5, "block": 95, "through": 90},
    # does not trust the Aegis to its end
    "careful": SENTINEL | {"bold": 85, "greed": 0},
}  # fmt: skip


@dataclass(frozen=True, eq=False)
class Fights:
    """Finished fights, one in each row."""

    states: np.ndarray  # (n, STATE_SIZE), final
    keys: np.ndarray  # (n, MOST_TICKS) uint8, the input of each tick
    decisions: list[bytearray]  # of each fight, as in its log
    explore: int

    @property
    def outcomes(self) -> np.ndarray:
        """How each fight ended, (n,), features.KNIGHT_WINS to TIMEOUT."""
        return self.states[:, OUTCOME]

    def log(self, number: int, mind: Mind) -> FightLog:
        """Fight `number` as its page would have recorded it."""
        state = [int(value) for value in self.states[number]]
        keys = self.keys[number, : state[TICK]]
        return recorded(state, keys, bytes(self.decisions[number]), self.explore, mind)


def recorded(state: list[int], keys: np.ndarray, decisions: bytes, explore: int, mind: Mind) -> FightLog:
    """The log of a fight on Hard that ended in `state`, from the input of each tick (n,) uint8."""
    starts = np.flatnonzero(np.diff(keys, prepend=-1))
    lengths = np.diff(starts, append=len(keys))
    return FightLog(
        rules_version=RULES_VERSION,
        seed=state[SEED],
        explore=explore,
        tier="hard",
        outcome=state[OUTCOME],
        final_hash=state_hash(state, 0),
        weights=mind.sha256,
        runs=tuple((int(keys[start]), int(length)) for start, length in zip(starts, lengths, strict=True)),
        decisions=decisions,
    )


def play(knobs: dict[str, int], mind: Mind, explore: int, seeds: np.ndarray) -> Fights:
    """Whole fights of one archetype against `mind`, at its mistake rate in 1/65536: one for each seed."""
    kernel = compiled((benchmarks.people,))
    count = len(seeds)
    values = np.tile(np.array([knobs[name] for name in KNOBS], np.int32), (count, 1))
    states = np.zeros((count, STATE_SIZE), np.int32)
    memories = np.zeros((count, PERSON_MEMORY), np.int32)
    due = np.zeros(count, np.int32)
    views = np.zeros((count, BOSS_OBSERVATION_SIZE), np.int32)
    keys = np.zeros((count, MOST_TICKS), np.uint8)
    kernel.begin_people(states, memories, np.asarray(seeds, np.int64), due, views)
    decisions = [bytearray() for _ in range(count)]
    moves = np.zeros(count, np.int32)
    for _ in range(STEP_LIMIT):
        if (states[:, OUTCOME] != ONGOING).all():
            break
        rows = np.flatnonzero(due)
        if len(rows):
            moves[rows], mistakes = decide_batch(views[rows], explore, decision_draws(states[rows]), mind)
            for row, move, mistake in zip(rows, moves[rows], mistakes, strict=True):
                decisions[row].append(move | MISTAKE * mistake)
        kernel.advance_people(states, memories, values, moves, due, views, keys)
    return Fights(states, keys, decisions, explore)
