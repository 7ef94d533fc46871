"""The mind fused into six dense matrices: the fast path for one observation.

Imported through `modular_mind`, whose `forward` is the oracle of these functions. At batch 1 the cost is
the number of numpy calls, not the arithmetic, so the structure (blocks per specialist, biases, scales,
rounding) is folded into the matrices, and everything is written into buffers made once.
"""

import struct
from collections.abc import Callable, Mapping, Sequence

import numpy as np

from features import BOSS_OBSERVATION_SIZE, MOVE_COUNT
from mind.architecture import (
    COORDINATOR_SIZE,
    GATE_SIZE,
    GRID,
    HIDDEN_SIZE,
    LATENT_LIMIT,
    LATENT_SIZE,
    OBSERVATION_SCALE,
    SPECIALIST_COUNT,
)

# Where an evaluator's list holds what.
ACTIVITY = slice(0, SPECIALIST_COUNT)
DRIVES = slice(ACTIVITY.stop, ACTIVITY.stop + MOVE_COUNT)
LATENT = slice(DRIVES.stop, DRIVES.stop + LATENT_SIZE)
MODULATION = slice(LATENT.stop, LATENT.stop + MOVE_COUNT)


def fused_matrices(parameters: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The network as six dense matrices for batch 1, biases as last columns (their input is 1).

    The scales of the observation and of the grid are folded in: they are powers of two, so nothing is
    rounded. Values on the grid are carried as integers (times 1024), and the half that rounding adds is
    part of the bias, so rounding is one `floor`. Zeros off the diagonal blocks add nothing to exact sums.
    """
    p = parameters
    units, latents = SPECIALIST_COUNT * HIDDEN_SIZE, SPECIALIST_COUNT * LATENT_SIZE

    hidden = np.empty((units, BOSS_OBSERVATION_SIZE + 1))
    hidden[:, :-1] = p["hidden_weight"].reshape(units, -1) * OBSERVATION_SCALE
    hidden[:, -1] = p["hidden_bias"].ravel()

    specialists = np.zeros((MOVE_COUNT + latents, units + 1))  # rows: drives, then latents
    for i in range(SPECIALIST_COUNT):
        columns = slice(i * HIDDEN_SIZE, (i + 1) * HIDDEN_SIZE)
        rows = slice(MOVE_COUNT + i * LATENT_SIZE, MOVE_COUNT + (i + 1) * LATENT_SIZE)
        specialists[rows, columns] = p["latent_weight"][i] * GRID
        if i < MOVE_COUNT:
            specialists[i, columns] = p["drive_weight"][i]
    specialists[:MOVE_COUNT, -1] = p["drive_bias"]
    specialists[MOVE_COUNT:, -1] = p["latent_bias"].ravel() * GRID + 0.5

    gathering = np.zeros((SPECIALIST_COUNT + LATENT_SIZE, 2 * latents))  # from |latents| and latents
    for i in range(SPECIALIST_COUNT):
        gathering[i, i * LATENT_SIZE : (i + 1) * LATENT_SIZE] = 1.0 / (LATENT_SIZE * GRID)  # activity
        column = latents + i * LATENT_SIZE
        gathering[SPECIALIST_COUNT:, column : column + LATENT_SIZE] = np.eye(LATENT_SIZE)  # total

    gates = np.column_stack(
        [
            np.vstack([p["gate_weight"], p["value_weight"]]),
            np.concatenate([p["gate_bias"], p["value_bias"]]) * GRID + 0.5,
        ]
    )
    link = np.column_stack([p["link_weight"] / GRID, np.eye(LATENT_SIZE), p["link_bias"] * GRID + 0.5])
    coordinator = np.column_stack([p["coordinator_weight"] / GRID, p["coordinator_bias"]])
    modulation = np.column_stack([p["modulation_weight"], p["modulation_bias"]])
    return {
        "hidden": hidden,
        "specialists": specialists,
        "gathering": gathering,
        "gates": gates,
        "link": link,
        "coordinator": coordinator,
        "modulation": modulation,
    }


def make_evaluator(parameters: Mapping[str, np.ndarray]) -> Callable[[Sequence[int]], list[float]]:
    """A function from 24 integers to the flat list of activity, drives, shared latent and modulation.

    It owns its buffers, so it must not be run by two threads at once. A wrong number of integers
    raises ValueError.
    """
    m = fused_matrices(parameters)
    latents = SPECIALIST_COUNT * LATENT_SIZE
    limit = float(LATENT_LIMIT * GRID)

    layout = struct.Struct(f"{BOSS_OBSERVATION_SIZE}d")
    pack = layout.pack_into  # several times faster than assigning a list to an array
    raw = bytearray(layout.size + 8)
    observed = np.frombuffer(raw)
    observed[-1] = 1.0
    hidden = np.ones(SPECIALIST_COUNT * HIDDEN_SIZE + 1)
    hidden_units = hidden[:-1]
    specialists = np.empty(MOVE_COUNT + latents)
    sizes_and_latents = np.empty(2 * latents)
    sizes, rounded = sizes_and_latents[:latents], sizes_and_latents[latents:]
    gathered = np.empty(SPECIALIST_COUNT + LATENT_SIZE)
    gates = np.empty(2 * GATE_SIZE)
    gate, value = gates[:GATE_SIZE], gates[GATE_SIZE:]
    # Rectifying a gate half and clamping it are one maximum; the value half is only clamped.
    least = np.concatenate([np.zeros(GATE_SIZE), np.full(GATE_SIZE, -limit)])
    linked = np.ones(GATE_SIZE + LATENT_SIZE + 1)
    product, total, total_and_one = linked[:GATE_SIZE], linked[GATE_SIZE:-1], linked[GATE_SIZE:]
    shared_and_one = np.ones(LATENT_SIZE + 1)
    shared = shared_and_one[:-1]
    coordinator = np.ones(COORDINATOR_SIZE + 1)
    coordinator_units = coordinator[:-1]
    result = np.empty(MODULATION.stop)
    result_modulation, result_latent = result[MODULATION], result[LATENT]

    floor, minimum, maximum = np.floor, np.minimum, np.maximum
    absolute, multiply, concatenate = np.absolute, np.multiply, np.concatenate
    to_hidden, to_specialists, to_gathered = m["hidden"].dot, m["specialists"].dot, m["gathering"].dot
    to_gates, to_shared = m["gates"].dot, m["link"].dot
    to_coordinator, to_modulation = m["coordinator"].dot, m["modulation"].dot
    unit = 1.0 / GRID

    def evaluate(observation: Sequence[int]) -> list[float]:
        try:
            pack(raw, 0, *observation)
        except struct.error as error:
            raise ValueError(f"not {BOSS_OBSERVATION_SIZE} integers: {error}") from error
        to_hidden(observed, hidden_units)
        maximum(hidden_units, 0.0, out=hidden_units)
        to_specialists(hidden, specialists)
        floor(specialists[MOVE_COUNT:], out=rounded)
        absolute(rounded, out=sizes)
        to_gathered(sizes_and_latents, gathered)
        minimum(maximum(gathered[SPECIALIST_COUNT:], -limit, out=total), limit, out=total)
        to_gates(total_and_one, gates)
        floor(gates, out=gates)
        minimum(maximum(gates, least, out=gates), limit, out=gates)
        multiply(gate, value, out=product)
        to_shared(linked, shared)
        floor(shared, out=shared)
        minimum(maximum(shared, -limit, out=shared), limit, out=shared)
        to_coordinator(shared_and_one, coordinator_units)
        maximum(coordinator_units, 0.0, out=coordinator_units)
        to_modulation(coordinator, result_modulation)
        multiply(shared, unit, out=result_latent)
        concatenate((gathered[:SPECIALIST_COUNT], specialists[:MOVE_COUNT]), out=result[: DRIVES.stop])
        return result.tolist()

    return evaluate
