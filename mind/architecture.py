"""The architecture of the mind: sizes, parameter shapes, the grid of weights, the proof of exactness.

Imported through `modular_mind`. One table, `SHAPES`, names every parameter array; the numpy, torch,
gradient and JS forms of the network and the weight files are all checked against it.

Notation: the input x is the boss observation scaled by powers of two. Seven specialists, stacked:

    hidden_i = relu(W1_i x + b1_i)                      16 each
    latent_i = W2_i hidden_i + b2_i                      8 each, the latent projection
    drive_i  = w3_i hidden_i + b3_i                      the first five, one move each
    total    = clamp(sum_i round(latent_i))
    gate     = clamp(round(Wg total + bg))              16 \\ the recursive link: ReGLU with a residual
    value    = clamp(round(Wv total + bv))              16 /
    shared   = clamp(round(total + Wo (relu(gate) * value) + bo))
    modulation = C2 relu(C1 shared + c1) + c2            5, the coordinator
    logit_a  = drive_a + modulation_a

round(v) = floor(v * 1024 + 0.5) / 1024, clamp to [-64, 64].
"""

from collections.abc import Mapping

import numpy as np

from features import BOSS_OBSERVATION, BOSS_OBSERVATION_SIZE, OWNER_COUNT, SPECIALISTS

SPECIALIST_COUNT = len(SPECIALISTS)
HIDDEN_SIZE = 16
LATENT_SIZE = 8
GATE_SIZE = 16
COORDINATOR_SIZE = 16

SHAPES = {
    "hidden_weight": (SPECIALIST_COUNT, HIDDEN_SIZE, BOSS_OBSERVATION_SIZE),
    "hidden_bias": (SPECIALIST_COUNT, HIDDEN_SIZE),
    "latent_weight": (SPECIALIST_COUNT, LATENT_SIZE, HIDDEN_SIZE),
    "latent_bias": (SPECIALIST_COUNT, LATENT_SIZE),
    "drive_weight": (OWNER_COUNT, HIDDEN_SIZE),
    "drive_bias": (OWNER_COUNT,),
    "gate_weight": (GATE_SIZE, LATENT_SIZE),
    "gate_bias": (GATE_SIZE,),
    "value_weight": (GATE_SIZE, LATENT_SIZE),
    "value_bias": (GATE_SIZE,),
    "link_weight": (LATENT_SIZE, GATE_SIZE),
    "link_bias": (LATENT_SIZE,),
    "coordinator_weight": (COORDINATOR_SIZE, LATENT_SIZE),
    "coordinator_bias": (COORDINATOR_SIZE,),
    "modulation_weight": (OWNER_COUNT, COORDINATOR_SIZE),
    "modulation_bias": (OWNER_COUNT,),
}
PARAMETER_COUNT = sum(int(np.prod(shape)) for shape in SHAPES.values())

ARCHITECTURE = {
    "observation": BOSS_OBSERVATION_SIZE,
    "specialists": SPECIALIST_COUNT,
    "owners": OWNER_COUNT,
    "hidden": HIDDEN_SIZE,
    "latent": LATENT_SIZE,
    "gate": GATE_SIZE,
    "coordinator": COORDINATOR_SIZE,
}

GRID = 1024  # weights, latents, gate halves and the shared latent are multiples of 1 / GRID
GRID_BITS = 10
WEIGHT_LIMIT = 8
LATENT_LIMIT = 64
INPUT_LIMIT = 4

OBSERVATION_EXPONENTS = tuple(exponent for _, _, _, exponent in BOSS_OBSERVATION)
OBSERVATION_SCALE = np.ldexp(1.0, -np.array(OBSERVATION_EXPONENTS))
OBSERVATION_SCALE.setflags(write=False)


def scale_observations(observations, dtype=np.float64) -> np.ndarray:
    """Integer boss observations (..., 24) as the mind's input of the same shape, at most 4 in size."""
    return np.multiply(observations, OBSERVATION_SCALE, dtype=np.float64).astype(dtype, copy=False)


def round_to_grid(values: np.ndarray) -> np.ndarray:
    """The nearest multiples of 1 / 1024; halves go up."""
    return np.floor(values * GRID + 0.5) / GRID


def quantise(parameters: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Float64 copies on the grid and within the limit that a shipped mind keeps (never -0.0)."""
    return {
        name: np.clip(round_to_grid(np.asarray(parameters[name], np.float64)), -WEIGHT_LIMIT, WEIGHT_LIMIT)
        + 0.0
        for name in SHAPES
    }


def initial_parameters(seed: int, dtype=np.float64) -> dict[str, np.ndarray]:
    """A random start for training: He-scaled weights, small ones where logits are made, zero biases.

    The small output weights make the first policy nearly uniform.
    """
    random = np.random.default_rng(seed)
    outputs = ("drive_weight", "modulation_weight")
    parameters = {}
    for name, shape in SHAPES.items():
        if name.endswith("_bias"):
            parameters[name] = np.zeros(shape, dtype)
            continue
        # Seven latents are summed, so each has a seventh of the variance.
        fan_in = shape[-1] * (SPECIALIST_COUNT if name == "latent_weight" else 1)
        deviation = np.sqrt(2.0 / fan_in) * (0.1 if name in outputs else 1.0)
        parameters[name] = (random.standard_normal(shape) * deviation).astype(dtype)
    return parameters


def exactness_bits() -> dict[str, int]:
    """Bits that hold any partial sum of each stage of the deciding forward, in the worst case.

    Each stage's values are multiples of 2**-grid, at most `bound` in size, whatever the weights (at
    most 8, on the grid of 1 / 1024) and whatever the observation. A partial sum, in any order and with
    or without fused multiply-add, is such a multiple no larger than the sum of sizes; where that is
    below 2**53 units float64 holds it exactly, so nothing is ever rounded but where `round` says so.
    """
    largest = max(max(-least, greatest) / 2**exponent for _, least, greatest, exponent in BOSS_OBSERVATION)
    if largest > INPUT_LIMIT:
        raise ValueError(f"an observation reaches {largest} after scaling, more than {INPUT_LIMIT}")

    def linear(fan_in, bound, grid):
        return fan_in * WEIGHT_LIMIT * bound + WEIGHT_LIMIT, grid + GRID_BITS

    # name -> (bound, grid)
    hidden = linear(BOSS_OBSERVATION_SIZE, INPUT_LIMIT, max(OBSERVATION_EXPONENTS))
    latent = linear(HIDDEN_SIZE, *hidden)
    clamped = (LATENT_LIMIT, GRID_BITS)
    gate = linear(LATENT_SIZE, *clamped)
    link_bound, link_grid = linear(GATE_SIZE, LATENT_LIMIT**2, 2 * GRID_BITS)
    modulation = linear(COORDINATOR_SIZE, *linear(LATENT_SIZE, *clamped))
    logit = (latent[0] + modulation[0], max(latent[1], modulation[1]))
    stages = {
        "hidden": hidden,
        "latent": (latent[0] + 1, latent[1]),  # + 1: the half that rounding adds is less
        "drive": latent,
        "total": (SPECIALIST_COUNT * (latent[0] + 1), GRID_BITS),
        "activity": (LATENT_SIZE * (latent[0] + 1), GRID_BITS),
        "gate": (gate[0] + 1, gate[1]),
        "link": (link_bound + LATENT_LIMIT + 1, link_grid),
        "coordinator": linear(LATENT_SIZE, *clamped),
        "modulation": modulation,
        "logit": logit,
        "logit_gap": (2 * logit[0], logit[1]),
    }
    return {name: (bound << grid).bit_length() for name, (bound, grid) in stages.items()}
