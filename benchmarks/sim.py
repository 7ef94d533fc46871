"""How fast the duel runs: compiled on one core, as plain Python, and against gymnasium's vector CartPole.

    python -m benchmarks.sim

- ticks_per_second_per_core: the compiled kernel by `duel.batch.run_inputs`, sticky random inputs, random
  legal moves of the boss, one thread; compilation is not counted.
- plain_ticks_per_second: one `Duel` in plain Python against a scripted knight, argument checks included.
- ratio_vs_gymnasium_cartpole: decision steps a second of `DuelBatch` (one thread; a step is 6 ticks of
  fight time, both fighters' observations and the restart of finished fights) over environment steps a
  second of gymnasium's vector CartPole-v1, both with 64 environments. `by_environments` has both rates and
  their ratio for larger numbers too: CartPole, four floats in numpy, is bound by the cost of a call and
  goes on gaining, the duel by its own ticks. Random actions are drawn beforehand for both; choosing a
  legal move is part of the duel's time.

All are timed in turns in the same run; each figure is a median.
"""

import gymnasium
import numpy as np

from benchmarks.common import interleaved, report
from duel.batch import DuelBatch, compiled, run_inputs
from duel_sim import Duel, ScriptedKnight
from features import (
    APPROACH,
    BLOCK,
    CLEAVE,
    DECISION_TICKS,
    IDLE,
    INPUT_MASK,
    KNIGHT_ACTION_COUNT,
    MOVE_COUNT,
    OBSERVED_COOLDOWN,
    OBSERVED_GUARD,
    ONGOING,
    RETREAT,
    TICK,
    TIMEOUT_TICKS,
)

SEED_OF_RUN = 1
KERNEL_FIGHTS = 512
KERNEL_TICKS = 2400
KEY_HOLD = 8  # ticks that random keys are held
PLAIN_KNIGHT = "dodger"
SIZES = (64, 256, 1024, 4096)  # environments; the first is that of the ratio
ENVIRONMENT_STEPS = 65536  # in one timed call, whatever the number of environments
ROUNDS = 21


def kernel_run(generator: np.random.Generator):
    """A call that runs the same fights from their start on each time and returns the ticks stepped."""
    starts = np.array([Duel(seed).state for seed in range(KERNEL_FIGHTS)], np.int32)
    keys = generator.integers(0, INPUT_MASK + 1, (KERNEL_FIGHTS, KERNEL_TICKS // KEY_HOLD), np.uint8)
    keys = np.repeat(keys, KEY_HOLD, axis=1)
    return lambda: run_inputs(starts.copy(), keys)


def plain_run(generator: np.random.Generator):
    """A call that plays one whole fight in plain Python and returns its ticks."""
    moves = generator.integers(0, MOVE_COUNT, TIMEOUT_TICKS // DECISION_TICKS + 1).tolist()

    def run() -> int:
        duel = Duel(SEED_OF_RUN)
        knight = ScriptedKnight(PLAIN_KNIGHT, duel)
        while duel.outcome == ONGOING:
            if duel.decision_due:
                duel.choose(moves[duel.k])
            duel.step(knight(duel))
        return duel.state[TICK]

    return run


def batch_run(generator: np.random.Generator, size: int):
    """A call of ENVIRONMENT_STEPS decision steps of `size` duels, both seats at random, legal moves only."""
    batch = DuelBatch(size, seed=SEED_OF_RUN)
    steps = ENVIRONMENT_STEPS // size
    moves = generator.integers(0, MOVE_COUNT, (steps, size), np.int32)
    instead = generator.choice(np.array([APPROACH, RETREAT, IDLE], np.int32), (steps, size))
    actions = generator.integers(0, KNIGHT_ACTION_COUNT, (steps, size), np.int32)

    def run() -> int:
        for step in range(steps):
            move = moves[step]
            view = batch.boss_view
            illegal = (move == CLEAVE) & (view[:, OBSERVED_COOLDOWN] != 0)
            illegal |= (move == BLOCK) & (view[:, OBSERVED_GUARD] == 0)
            batch.step(np.where(illegal, instead[step], move), actions[step])
        return steps * size

    return run


def cartpole_run(generator: np.random.Generator, size: int):
    """A call of ENVIRONMENT_STEPS steps of gymnasium's vector CartPole with `size` environments."""
    environments = gymnasium.make_vec(
        "CartPole-v1", num_envs=size, vectorization_mode=gymnasium.VectorizeMode.VECTOR_ENTRY_POINT
    )
    environments.reset(seed=SEED_OF_RUN)
    steps = ENVIRONMENT_STEPS // size
    actions = generator.integers(0, 2, (steps, size))

    def run() -> int:
        for step in range(steps):
            environments.step(actions[step])
        return steps * size

    return run


def measure() -> dict:
    """The figures of the module's docstring, and the rates that the ratio is made of."""
    if not compiled().jitted:
        raise SystemExit("benchmarks.sim: numba is not installed")
    generator = np.random.default_rng(SEED_OF_RUN)
    runs = {"kernel": kernel_run(generator), "plain": plain_run(generator)}
    for size in SIZES:
        runs[f"duel_{size}"] = batch_run(generator, size)
        runs[f"cartpole_{size}"] = cartpole_run(generator, size)
    counts = {name: run() for name, run in runs.items()}  # compiles, and counts the work of a call
    seconds = interleaved(runs, ROUNDS)
    rates = {name: counts[name] / seconds[name] for name in runs}
    by_environments = {
        str(size): {
            "duel_decision_steps_per_second": round(rates[f"duel_{size}"]),
            "cartpole_steps_per_second": round(rates[f"cartpole_{size}"]),
            "ratio": round(rates[f"duel_{size}"] / rates[f"cartpole_{size}"], 2),
        }
        for size in SIZES
    }
    return {
        "ticks_per_second_per_core": round(rates["kernel"]),
        "plain_ticks_per_second": round(rates["plain"]),
        "ratio_vs_gymnasium_cartpole": by_environments[str(SIZES[0])]["ratio"],
        "by_environments": by_environments,
    }


if __name__ == "__main__":
    report(measure(), [SEED_OF_RUN])
