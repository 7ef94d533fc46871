"""The networks that training uses, each as functions of one flat parameter vector.

A network is stateless: `initial(seed)` makes a vector (size,), `forward(flat, x)` gives outputs
(outputs, rows) and what `backward(flat, activations, output_gradients)` needs to return the gradient
(size,). `x` is (rows, inputs) float32. `Modular` is the shipped architecture (its passes are in
`mm_grad.py`), `Perceptron` serves the learning knight and the baselines that are not shipped.

What `training/jitted.py` can evaluate row by row also has `row_order` (size,), by which `flat[row_order]` is
the vector it reads: each layer's matrix transposed, then its biases; `row_layers` (n, 3), which says where
each layer begins in it, and its inputs and outputs; and `widest`, the size of the largest layer.
"""

from itertools import pairwise

import numpy as np

import mm_grad
from features import BOSS_OBSERVATION_SIZE, KNIGHT_ACTION_COUNT, KNIGHT_OBSERVATION_SIZE, MOVE_COUNT
from modular_mind import PARAMETER_COUNT, initial_parameters


def _mind_rows() -> tuple[np.ndarray, np.ndarray]:
    """`row_order` and `row_layers` of the mind; the drives, one sum each, are no layer."""
    places = mm_grad.unpack(np.arange(PARAMETER_COUNT))
    places["hidden_weight"] = places["hidden_weight"].reshape(mm_grad.UNITS, -1).T
    places["latent_weight"] = places["latent_weight"].transpose(0, 2, 1).reshape(mm_grad.UNITS, -1)
    names = ("gate_weight", "value_weight", "link_weight", "coordinator_weight", "modulation_weight")
    places |= {name: places[name].T for name in names}
    weights = [places[name] for name in ("hidden_weight", "latent_weight", *names)]
    layers = [(array.min(), *array.shape) for array in weights]
    return np.concatenate([array.ravel() for array in places.values()]), np.array(layers)


class Modular:
    """The mind: seven specialists, shared latent, coordinator."""

    inputs, outputs, size = BOSS_OBSERVATION_SIZE, MOVE_COUNT, PARAMETER_COUNT
    row_order, row_layers = _mind_rows()
    widest = mm_grad.UNITS

    def initial(self, seed: int) -> np.ndarray:
        """The random start of `modular_mind.initial_parameters`, packed as float32."""
        return mm_grad.pack(initial_parameters(seed))

    def forward(self, flat: np.ndarray, x: np.ndarray):
        """Logits (5, rows) and the activations."""
        return mm_grad.forward(mm_grad.unpack(flat), x)

    def backward(self, flat: np.ndarray, activations, output_gradients: np.ndarray) -> np.ndarray:
        """The gradient (size,) from that of the logits (5, rows)."""
        return mm_grad.backward(mm_grad.unpack(flat), activations, output_gradients)


class Perceptron:
    """A network of fully connected layers with rectifiers between them."""

    def __init__(self, *widths: int):
        """`widths`: inputs, hidden layers ..., outputs."""
        self.widths = widths
        self.inputs, self.outputs = widths[0], widths[-1]
        self.layers = []  # (weights, biases) as slices of the flat vector, and the shape of the weights
        first = 0
        for fan_in, fan_out in pairwise(widths):
            middle = first + fan_in * fan_out
            self.layers.append((slice(first, middle), slice(middle, middle + fan_out), (fan_out, fan_in)))
            first = middle + fan_out
        self.size = first
        self.widest = max(widths)
        places = np.arange(self.size)
        self.row_layers = np.array([(places[weights][0], *shape[::-1]) for weights, _, shape in self.layers])
        parts = [
            part
            for weights, biases, shape in self.layers
            for part in (places[weights].reshape(shape).T.ravel(), places[biases])
        ]
        self.row_order = np.concatenate(parts)

    def initial(self, seed: int) -> np.ndarray:
        """He-scaled weights (the last layer a tenth of that, so that outputs start near zero), no biases."""
        random = np.random.default_rng(seed)
        flat = np.zeros(self.size, np.float32)
        for number, (weights, _, shape) in enumerate(self.layers, 1):
            scale = np.sqrt(2.0 / shape[1]) * (0.1 if number == len(self.layers) else 1.0)
            flat[weights] = (random.standard_normal(shape) * scale).ravel()
        return flat

    def forward(self, flat: np.ndarray, x: np.ndarray):
        """Outputs (outputs, rows) and the inputs of each layer, (features, rows) each."""
        values, inputs = x.T, []
        for number, (weights, biases, shape) in enumerate(self.layers, 1):
            inputs.append(values)
            values = flat[weights].reshape(shape) @ values
            values += flat[biases][:, None]
            if number < len(self.layers):
                mm_grad.rectify(values)
        return values, inputs

    def backward(self, flat: np.ndarray, activations, output_gradients: np.ndarray) -> np.ndarray:
        """The gradient (size,) from that of the outputs (outputs, rows)."""
        gradient = np.empty_like(flat)
        ones = np.ones(output_gradients.shape[1], flat.dtype)
        flowing = output_gradients
        for number in reversed(range(len(self.layers))):
            weights, biases, shape = self.layers[number]
            np.matmul(flowing, activations[number].T, out=gradient[weights].reshape(shape))
            np.matmul(flowing, ones, out=gradient[biases])
            if number:
                flowing = flat[weights].reshape(shape).T @ flowing
                flowing *= activations[number] > 0
        return gradient


KNIGHT_NETWORK = Perceptron(KNIGHT_OBSERVATION_SIZE, 64, 64, KNIGHT_ACTION_COUNT)
