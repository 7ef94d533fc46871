"""The Modular Mind in numpy: what decides in play. Same bits on every machine, batch size and BLAS.

    python modular_mind.py        prints the shipped mind's identity and one decision

`decide` answers one observation and explains itself; `decide_batch` answers many, with the same moves;
`forward` is the network alone; `load` reads a weight file. The architecture is described in
`mind/architecture.py`, the files in `mind/files.py`; both are reached through this module.

Why the same bits: weights and inputs lie on binary grids and are bounded, so every sum fits into 53 bits
(`exactness_bits`), whatever order it is taken in; moves are sampled with integers.
"""

import json
from collections.abc import Mapping, Sequence
from functools import cache, cached_property
from pathlib import Path

import numpy as np

from features import (
    BLOCK,
    BOSS_OBSERVATION,
    CLEAVE,
    EXP_STEPS,
    EXP_TABLE,
    EXP_TABLE_SIZE,
    MOVE_COUNT,
    OBSERVED_COOLDOWN,
    OBSERVED_GUARD,
    hash32,
    legal,
)
from mind.architecture import (
    ARCHITECTURE,
    GRID,
    HIDDEN_SIZE,
    LATENT_LIMIT,
    OBSERVATION_EXPONENTS,
    PARAMETER_COUNT,
    SHAPES,
    SPECIALIST_COUNT,
    WEIGHT_LIMIT,
    exactness_bits,
    initial_parameters,
    quantise,
    round_to_grid,
    scale_observations,
)
from mind.files import (
    MANIFEST_NAME,
    WEIGHTS_NAME,
    WeightsError,
    canonical_json,
    check_parameters,
    parameters_from_json,
    read_manifest,
    read_parameters,
    save,
    sha256,
    write_manifest,
)
from mind.fused import ACTIVITY, DRIVES, LATENT, MODULATION, make_evaluator

__all__ = [
    "ARCHITECTURE",
    "GRID",
    "LATENT_LIMIT",
    "MANIFEST_NAME",
    "OBSERVATION_EXPONENTS",
    "PARAMETER_COUNT",
    "SHAPES",
    "WEIGHTS_DIRECTORY",
    "WEIGHTS_NAME",
    "WEIGHT_LIMIT",
    "Mind",
    "WeightsError",
    "decide",
    "decide_batch",
    "default_mind",
    "exactness_bits",
    "forward",
    "from_json",
    "initial_parameters",
    "legal_mask",
    "load",
    "load_directory",
    "quantise",
    "read_manifest",
    "sample",
    "save",
    "scale_observations",
    "to_json",
    "write_manifest",
]

WEIGHTS_DIRECTORY = Path(__file__).resolve().parent / "weights"

DRAW_MISTAKE, DRAW_RANDOM_MOVE, DRAW_SAMPLE = 1, 2, 3  # sub-draws of one decision
# Rows that decide_batch takes at a time: their products stay below the size (2**19 multiplications) from
# which OpenBLAS uses threads, which wait for each other on a busy machine (measured: 20 times slower).
BATCH_ROWS = 192

_LEGAL_MOVES = tuple(
    tuple(move for move in range(MOVE_COUNT) if mask >> move & 1) for mask in range(1 << MOVE_COUNT)
)
_EXP_ARRAY = np.array((*EXP_TABLE, 0), np.int64)  # the last entry: past the table's end


class Mind:
    """A set of checked parameters that may decide: on the grid, bounded, read-only, with an identity."""

    def __init__(self, parameters: Mapping[str, np.ndarray]):
        """parameters: the arrays of `SHAPES`, on the grid (see `quantise`); WeightsError otherwise."""
        self.parameters = check_parameters(parameters)
        # Evaluators that are not in use: each has buffers of its own, so threads never share one.
        self.idle_evaluators = []

    @cached_property
    def json(self) -> bytes:
        """The canonical JSON, as published to the page."""
        return canonical_json(self.parameters)

    @cached_property
    def sha256(self) -> str:
        """SHA-256 of the canonical JSON: the identity of this mind."""
        return sha256(self.json)


def to_json(mind: Mind) -> bytes:
    """The canonical JSON of a mind; its SHA-256 is `mind.sha256`."""
    return mind.json


def load(path, expected_sha256: str | None = None) -> Mind:
    """The mind in a weight file; raises WeightsError that names the file and what is wrong with it.

    expected_sha256: the identity the mind must have, from a manifest (not the hash of the file).
    """
    mind = Mind(read_parameters(path))
    if expected_sha256 is not None and mind.sha256 != expected_sha256:
        raise WeightsError(f"{path}: is the mind {mind.sha256}, not {expected_sha256}")
    return mind


def from_json(data: bytes, sha256: str) -> Mind:
    """The mind in the canonical JSON of that SHA-256; the counterpart of `to_json`. Raises WeightsError."""
    return Mind(parameters_from_json(data, sha256))


def load_directory(directory) -> tuple[Mind, dict]:
    """The mind of a weights directory and its manifest, checked against each other."""
    manifest = read_manifest(directory)
    return load(Path(directory) / WEIGHTS_NAME, manifest["weights_sha256"]), manifest


@cache
def default_mind() -> Mind:
    """The mind in `weights/`, read at the first call."""
    return load_directory(WEIGHTS_DIRECTORY)[0]


# ---------------------------------------------------------------------------- the network
def forward(parameters: Mapping[str, np.ndarray], x: np.ndarray) -> dict[str, np.ndarray]:
    """The deciding forward of a batch: exact for parameters on the grid and inputs in bounds.

    x: float64 (B, 24), from `scale_observations`. Returns float64 arrays: "activity" (B, 7), the mean
    size of each specialist's rounded latent; "drives" (B, 5); "latent" (B, 8), the shared one;
    "modulation" (B, 5); "logits" (B, 5), before illegal moves are masked.
    """
    p = parameters
    rows = len(x)
    w1 = p["hidden_weight"].reshape(SPECIALIST_COUNT * HIDDEN_SIZE, -1)
    hidden = np.maximum(x @ w1.T + p["hidden_bias"].ravel(), 0.0)
    hidden = hidden.reshape(rows, SPECIALIST_COUNT, HIDDEN_SIZE).transpose(1, 0, 2)  # specialist first

    latents = hidden @ p["latent_weight"].transpose(0, 2, 1) + p["latent_bias"][:, None, :]
    latents = round_to_grid(latents)
    drives = (hidden[:MOVE_COUNT] @ p["drive_weight"][:, :, None])[:, :, 0].T + p["drive_bias"]

    total = _clamp(latents.sum(0))
    gate = _clamp(round_to_grid(total @ p["gate_weight"].T + p["gate_bias"]))
    value = _clamp(round_to_grid(total @ p["value_weight"].T + p["value_bias"]))
    linked = (np.maximum(gate, 0.0) * value) @ p["link_weight"].T
    shared = _clamp(round_to_grid(total + linked + p["link_bias"]))
    coordinator = np.maximum(shared @ p["coordinator_weight"].T + p["coordinator_bias"], 0.0)
    modulation = coordinator @ p["modulation_weight"].T + p["modulation_bias"]
    return {
        "activity": np.abs(latents).mean(2).T,
        "drives": drives,
        "latent": shared,
        "modulation": modulation,
        "logits": drives + modulation,
    }


def _clamp(values: np.ndarray) -> np.ndarray:
    return np.minimum(np.maximum(values, -LATENT_LIMIT), LATENT_LIMIT)


def legal_mask(observations: np.ndarray) -> np.ndarray:
    """`features.legal` of integer observations (B, 24) as booleans (B, 5)."""
    mask = np.ones((len(observations), MOVE_COUNT), bool)
    mask[:, CLEAVE] = observations[:, OBSERVED_COOLDOWN] == 0
    mask[:, BLOCK] = observations[:, OBSERVED_GUARD] > 0
    return mask


# ---------------------------------------------------------------------------- deciding
def decide(observation: Sequence[int], explore: int, draw: int, mind: Mind | None = None) -> dict:
    """Chooses the boss's move and says how, as a JSON-ready dict.

    observation: 24 integers within the bounds of `features.BOSS_OBSERVATION` (outside them the answer is
    no longer the same everywhere; the caller checks). explore: mistake rate in 1/65536. draw: the
    32-bit hash32(seed, STREAM_DECISION, k). mind: the shipped one unless given.

    Returns {"move": int, "mistake": bool, "activity": [7], "drives": [5], "latent": [8],
    "modulation": [5], "probabilities": [5]}. A mistake is a uniformly random legal move, which may happen to
    be the best one; the probabilities are those of the mind itself, 0 for illegal moves. Cumulative
    weights are taken in the order of the moves, so where weights tie the lowest index comes first.
    """
    if mind is None:
        mind = default_mind()
    idle = mind.idle_evaluators
    try:
        evaluate = idle.pop()
    except IndexError:
        evaluate = make_evaluator(mind.parameters)
    try:
        values = evaluate(observation)
    finally:
        idle.append(evaluate)
    drives = values[DRIVES]
    modulation = values[MODULATION]
    move, mistake, probabilities = sample(drives, modulation, legal(observation), explore, draw)
    return {
        "move": move,
        "mistake": mistake,
        "activity": values[ACTIVITY],
        "drives": drives,
        "latent": values[LATENT],
        "modulation": modulation,
        "probabilities": probabilities,
    }


def sample(
    drives: list[float], modulation: list[float], legal_bits: int, explore: int, draw: int
) -> tuple[int, bool, list[float]]:
    """Move, whether it is a mistake, and the mind's probabilities, from one row's logits in two parts."""
    logits = [drive + added for drive, added in zip(drives, modulation, strict=True)]
    moves = _LEGAL_MOVES[legal_bits]
    best = max([logits[move] for move in moves])
    weights = [0] * MOVE_COUNT
    total = 0
    for move in moves:
        steps = (best - logits[move]) * EXP_STEPS
        if steps < EXP_TABLE_SIZE:
            weight = EXP_TABLE[int(steps)]
            weights[move] = weight
            total += weight
    probabilities = [weight / total for weight in weights]

    key = draw >> 1
    if hash32(key, DRAW_MISTAKE, 0) & 65535 < explore:
        chosen = (hash32(key, DRAW_RANDOM_MOVE, 0) >> 8) * len(moves) >> 24
        return moves[chosen], True, probabilities
    threshold = (hash32(key, DRAW_SAMPLE, 0) >> 8) * total >> 24
    for move in moves:
        threshold -= weights[move]
        if threshold < 0:
            break
    return move, False, probabilities


def decide_batch(observations: np.ndarray, explore, draws: np.ndarray, mind: Mind | None = None):
    """The moves (B,) int32 and mistakes (B,) bool that `decide` gives for each row: the same bits.

    observations: integers (B, 24). explore: one rate or (B,), in 1/65536. draws: (B,) 32-bit integers.
    """
    if mind is None:
        mind = default_mind()
    observations = np.asarray(observations)
    rows = len(observations)
    explore = np.broadcast_to(np.asarray(explore, np.int64), rows)
    draws = np.broadcast_to(np.asarray(draws).astype(np.uint64), rows)
    moves = np.empty(rows, np.int32)
    mistakes = np.empty(rows, bool)
    for first in range(0, rows, BATCH_ROWS):
        block = slice(first, first + BATCH_ROWS)
        logits = forward(mind.parameters, scale_observations(observations[block]))["logits"]
        moves[block], mistakes[block] = _sample_rows(
            logits, legal_mask(observations[block]), explore[block], draws[block]
        )
    return moves, mistakes


def _sample_rows(logits, legal_moves, explore, draws) -> tuple[np.ndarray, np.ndarray]:
    """`sample` of many rows at once."""
    logits = np.where(legal_moves, logits, -np.inf)
    steps = np.minimum((logits.max(1, keepdims=True) - logits) * EXP_STEPS, EXP_TABLE_SIZE)
    key = draws >> np.uint64(1)
    mistakes = (hash32(key, DRAW_MISTAKE, 0) & np.uint64(65535)).astype(np.int64) < explore

    # A mistake samples the legal moves with equal weights, by its own draw.
    weights = np.where(mistakes[:, None], legal_moves, _EXP_ARRAY[steps.astype(np.int64)])
    stream = np.where(mistakes, np.uint64(DRAW_RANDOM_MOVE), np.uint64(DRAW_SAMPLE))
    fraction = (hash32(key, stream, 0) >> np.uint64(8)).astype(np.int64)
    cumulative = weights.cumsum(1)
    threshold = fraction * cumulative[:, -1] >> 24
    return (cumulative > threshold[:, None]).argmax(1), mistakes


def main() -> None:
    """Prints the identity of the shipped mind and one decision."""
    mind = default_mind()
    observation = [(least + greatest) // 2 for _, least, greatest, _ in BOSS_OBSERVATION]
    observation[OBSERVED_COOLDOWN] = 0
    print(f"mind {mind.sha256}, {PARAMETER_COUNT} parameters")
    print(json.dumps(decide(observation, explore=0, draw=0, mind=mind), indent=1))


if __name__ == "__main__":
    main()
