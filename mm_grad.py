"""The mind's network in numpy, forward and backward, with Adam: learning without torch.

Used by training and by the online learner. Batches of 64 to 4,096 rows, float32 or float64, whichever
`x` and the parameters have. The network is that of `mind/architecture.py` with the same clamps but
without rounding to the grid, which has no gradient; `modular_mind.quantise` makes the result a mind.

    flat = pack(parameters)                       # one vector; unpack(flat) are views into it
    x = scale_observations(observations, flat.dtype)
    result = policy_gradient(unpack(flat), x, legal, moves, advantages, weights, entropy_coefficient)
    adam.step(flat, result.gradient)

Set OPENBLAS_NUM_THREADS=1 before numpy is imported: the matrices are too small to gain by threads, and on
a busy machine threads that wait for each other make a step many times slower.

Inside, activations are (features, rows): sums over features are then sums of whole rows. The seven
latents are only ever summed, so the latent projections of all specialists are one (8, 112) matrix here.
"""

from collections.abc import Mapping
from typing import NamedTuple

import numpy as np

from features import MOVE_COUNT
from modular_mind import ARCHITECTURE, LATENT_LIMIT, PARAMETER_COUNT, SHAPES

SPECIALISTS, HIDDEN, LATENT = ARCHITECTURE["specialists"], ARCHITECTURE["hidden"], ARCHITECTURE["latent"]
GATE = ARCHITECTURE["gate"]
UNITS = SPECIALISTS * HIDDEN
_DRIVES = np.arange(MOVE_COUNT)  # specialist i drives move i

# glibc gives freed memory back to the system at every step, and takes it anew, until one large array has been
# freed. Freeing one here (never touched, so it costs nothing) made steps of 512 rows 1.6 times as fast.
np.empty(24 << 20, np.uint8)


# ---------------------------------------------------------------------------- parameters as one vector
def pack(parameters: Mapping[str, np.ndarray], dtype=np.float32) -> np.ndarray:
    """A new vector (4490,) of all parameters in the order of `SHAPES`."""
    return np.concatenate([np.asarray(parameters[name], dtype).ravel() for name in SHAPES])


def unpack(flat: np.ndarray) -> dict[str, np.ndarray]:
    """Views into a vector made by `pack`, by name and in shape."""
    if flat.shape != (PARAMETER_COUNT,):
        raise ValueError(f"a vector of shape {flat.shape}, not {(PARAMETER_COUNT,)}")
    return {
        name: flat[place] if len(shape) == 1 else flat[place].reshape(shape) for name, place, shape in _LAYOUT
    }


def _layout() -> list[tuple[str, slice, tuple[int, ...]]]:
    """Each parameter's name, where it lies in a packed vector, and its shape."""
    layout, first = [], 0
    for name, shape in SHAPES.items():
        last = first + int(np.prod(shape))
        layout.append((name, slice(first, last), shape))
        first = last
    return layout


_LAYOUT = _layout()


# ---------------------------------------------------------------------------- forward and backward
class Activations(NamedTuple):
    """What `backward` needs of a forward; arrays are (features, rows) but for the first three."""

    x: np.ndarray  # (B, 24)
    specialist_matrix: np.ndarray  # (13, 112), of the parameters, as the next
    gate_matrix: np.ndarray  # (32, 8)
    hidden: np.ndarray  # (112, B), rectified
    total: np.ndarray  # (8, B), clamped as the next four are
    gate: np.ndarray  # (16, B), rectified too
    value: np.ndarray  # (16, B)
    product: np.ndarray  # (16, B), gate * value: not clamped
    shared: np.ndarray  # (8, B)
    coordinator: np.ndarray  # (16, B), rectified
    # Where the clamps (and the gate's rectifier) pass the gradient; ends included, as in torch.
    total_passes: np.ndarray  # (8, B) bool
    halves_pass: np.ndarray  # (32, B) bool, gates then values
    shared_passes: np.ndarray  # (8, B) bool


def forward(parameters: Mapping[str, np.ndarray], x: np.ndarray) -> tuple[np.ndarray, Activations]:
    """Logits (5, B), before illegal moves are masked, and the activations; x: (B, 24), scaled."""
    p = parameters
    hidden = p["hidden_weight"].reshape(UNITS, -1) @ x.T
    hidden += p["hidden_bias"].reshape(UNITS, 1)
    rectify(hidden)

    specialist_matrix, gate_matrix = _specialist_matrix(p), _gate_matrix(p)
    outputs = specialist_matrix @ hidden
    drives, raw_total = outputs[:MOVE_COUNT], outputs[MOVE_COUNT:]
    drives += p["drive_bias"][:, None]
    raw_total += p["latent_bias"].sum(0)[:, None]
    total = _clamp(raw_total)

    raw_halves = gate_matrix @ total
    raw_halves[:GATE] += p["gate_bias"][:, None]
    raw_halves[GATE:] += p["value_bias"][:, None]
    halves = _clamp(raw_halves)
    halves_pass = halves == raw_halves
    gate, value = halves[:GATE], halves[GATE:]
    halves_pass[:GATE] &= gate > 0
    rectify(gate)
    product = gate * value
    raw_shared = p["link_weight"] @ product
    raw_shared += total
    raw_shared += p["link_bias"][:, None]
    shared = _clamp(raw_shared)

    coordinator = p["coordinator_weight"] @ shared
    coordinator += p["coordinator_bias"][:, None]
    rectify(coordinator)
    logits = p["modulation_weight"] @ coordinator
    logits += p["modulation_bias"][:, None]
    logits += drives
    return logits, Activations(
        x,
        specialist_matrix,
        gate_matrix,
        hidden,
        total,
        gate,
        value,
        product,
        shared,
        coordinator,
        total == raw_total,
        halves_pass,
        shared == raw_shared,
    )


def backward(
    parameters: Mapping[str, np.ndarray], activations: Activations, logit_gradients: np.ndarray
) -> np.ndarray:
    """The gradient of a loss as a vector (4490,), from its gradients by the logits (5, B)."""
    p, a = parameters, activations
    gradient = np.empty(PARAMETER_COUNT, logit_gradients.dtype)
    g = unpack(gradient)
    ones = np.ones(len(a.x), logit_gradients.dtype)  # a product with it is a fast sum over rows

    # the coordinator
    np.matmul(logit_gradients, a.coordinator.T, out=g["modulation_weight"])
    np.matmul(logit_gradients, ones, out=g["modulation_bias"])
    d_coordinator = p["modulation_weight"].T @ logit_gradients
    d_coordinator *= a.coordinator > 0
    np.matmul(d_coordinator, a.shared.T, out=g["coordinator_weight"])
    np.matmul(d_coordinator, ones, out=g["coordinator_bias"])
    d_shared = p["coordinator_weight"].T @ d_coordinator
    d_shared *= a.shared_passes

    # the recursive link
    np.matmul(d_shared, a.product.T, out=g["link_weight"])
    np.matmul(d_shared, ones, out=g["link_bias"])
    d_product = p["link_weight"].T @ d_shared
    d_halves = np.empty(a.halves_pass.shape, logit_gradients.dtype)
    np.multiply(d_product, a.value, out=d_halves[:GATE])
    np.multiply(d_product, a.gate, out=d_halves[GATE:])
    d_halves *= a.halves_pass
    np.matmul(d_halves[:GATE], a.total.T, out=g["gate_weight"])
    np.matmul(d_halves[GATE:], a.total.T, out=g["value_weight"])
    np.matmul(d_halves[:GATE], ones, out=g["gate_bias"])
    np.matmul(d_halves[GATE:], ones, out=g["value_bias"])

    # the specialists
    d_outputs = np.empty((MOVE_COUNT + LATENT, len(ones)), logit_gradients.dtype)
    d_outputs[:MOVE_COUNT] = logit_gradients
    d_total = d_outputs[MOVE_COUNT:]
    np.matmul(a.gate_matrix.T, d_halves, out=d_total)
    d_total += d_shared
    d_total *= a.total_passes
    d_matrix = d_outputs @ a.hidden.T
    blocks = d_matrix.reshape(MOVE_COUNT + LATENT, SPECIALISTS, HIDDEN)
    g["latent_weight"][:] = blocks[MOVE_COUNT:].transpose(1, 0, 2)
    g["latent_bias"][:] = d_total @ ones
    g["drive_bias"][:] = g["modulation_bias"]
    g["drive_weight"][:] = blocks[_DRIVES, _DRIVES]
    d_hidden = a.specialist_matrix.T @ d_outputs
    d_hidden *= a.hidden > 0
    np.matmul(d_hidden, a.x, out=g["hidden_weight"].reshape(UNITS, -1))
    np.matmul(d_hidden, ones, out=g["hidden_bias"].reshape(UNITS))
    return gradient


def _specialist_matrix(p: Mapping[str, np.ndarray]) -> np.ndarray:
    """(13, 112): from all hidden units to the five drives and to the sum of the seven latents."""
    matrix = np.zeros((MOVE_COUNT + LATENT, SPECIALISTS, HIDDEN), p["latent_weight"].dtype)
    matrix[_DRIVES, _DRIVES] = p["drive_weight"]
    matrix[MOVE_COUNT:] = p["latent_weight"].transpose(1, 0, 2)
    return matrix.reshape(MOVE_COUNT + LATENT, UNITS)


def _gate_matrix(p: Mapping[str, np.ndarray]) -> np.ndarray:
    """(32, 8): from the total latent to the gate half and the value half."""
    return np.concatenate([p["gate_weight"], p["value_weight"]])


def rectify(values: np.ndarray) -> None:
    """Negative values (n, B) become 0, in place.

    Against a row of zeros, since numpy's maximum with a scalar is half as fast.
    """
    np.maximum(values, np.zeros(values.shape[1], values.dtype), out=values)


def _clamp(values: np.ndarray) -> np.ndarray:
    """Within the latent's limits; two calls, which are faster than numpy's clip on so few numbers."""
    limit = values.dtype.type(LATENT_LIMIT)
    clamped = np.minimum(values, limit)
    return np.maximum(clamped, -limit, out=clamped)


# ---------------------------------------------------------------------------- policy gradient
class PolicyGradient(NamedTuple):
    """The result of `policy_gradient`."""

    loss: float
    gradient: np.ndarray  # (4490,)
    log_probabilities: np.ndarray  # (B,) of the moves; 0 where the move is illegal
    entropy: np.ndarray  # (B,), nats


def policy_gradient(
    parameters: Mapping[str, np.ndarray],
    x: np.ndarray,
    legal: np.ndarray,
    moves: np.ndarray,
    advantages: np.ndarray,
    weights: np.ndarray,
    entropy_coefficient: float,
) -> PolicyGradient:
    """The loss and its gradient, by backward from the logits:

    sum_r weights_r (-advantages_r log pi(moves_r) - entropy_coefficient entropy_r)

    x: (B, 24) scaled observations, of the parameters' dtype. legal: (B, 5) bool, at least one per row.
    moves: (B,) integers. advantages: (B,), finite. weights: (B,), 0 masks a row (1/B makes the sum a
    mean). Raises ValueError where a row that counts has an illegal move.
    """
    rows = np.arange(len(x))
    weights = np.asarray(weights, x.dtype)
    allowed = legal[rows, moves]
    if not allowed.all() and (weights[~allowed] != 0).any():
        raise ValueError("a row of non-zero weight has an illegal move")
    logits, activations = forward(parameters, x)
    log_pi, pi = masked_log_softmax(logits, legal)
    entropy = -(pi * log_pi).sum(0)
    chosen = log_pi[moves, rows]

    advantages = np.asarray(advantages, x.dtype)
    gained, slopes = advantages * chosen, advantages
    if entropy_coefficient:
        entropy_coefficient = x.dtype.type(entropy_coefficient)
        gained = gained + entropy_coefficient * entropy
        slopes = advantages + entropy_coefficient * (log_pi + entropy)
    d_logits = pi * slopes
    d_logits[moves, rows] -= advantages
    d_logits *= weights
    loss = -(weights @ gained)
    return PolicyGradient(float(loss), backward(parameters, activations, d_logits), chosen, entropy)


def masked_log_softmax(logits: np.ndarray, legal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Log probabilities and probabilities (5, B) of logits (5, B); both are 0 for illegal moves."""
    legal = legal.T
    shifted = np.where(legal, logits, -np.inf)
    shifted -= shifted.max(0)
    pi = np.exp(shifted)
    total = pi.sum(0)
    pi /= total
    log_pi = np.where(legal, shifted - np.log(total), logits.dtype.type(0))
    return log_pi, pi


# ---------------------------------------------------------------------------- the optimiser
class Adam:
    """Adam (Kingma and Ba, 2015) on one vector, with torch's defaults."""

    def __init__(self, like: np.ndarray, learning_rate: float, betas=(0.9, 0.999), epsilon: float = 1e-8):
        """like: a vector of the size and dtype of those to be stepped."""
        self.learning_rate = learning_rate
        self.betas = betas
        self.epsilon = epsilon
        self.steps = 0
        self.first = np.zeros_like(like)
        self.second = np.zeros_like(like)

    def step(self, flat: np.ndarray, gradient: np.ndarray) -> None:
        """Moves `flat` in place one step against the gradient."""
        beta1, beta2 = self.betas
        self.steps += 1
        self.first += (1 - beta1) * (gradient - self.first)
        self.second += (1 - beta2) * (gradient * gradient - self.second)
        scale = self.learning_rate / (1 - beta1**self.steps)
        flat -= scale * self.first / (np.sqrt(self.second / (1 - beta2**self.steps)) + self.epsilon)
