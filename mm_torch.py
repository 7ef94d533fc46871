"""The trainable mind in torch: the network of `mind/architecture.py` with autograd.

    model = TorchMind(initial_parameters(seed), rounded=True)
    logits = model(torch.from_numpy(scale_observations(observations, numpy.float32)))
    log_pi = masked_log_softmax(logits, legal)

With `rounded` the weights and the inner values are rounded and clamped as in play, straight through: the
gradient passes as if nothing had been rounded, so the mind learns on the grid it will be shipped on.
Without, the forward is the plain one of `mm_grad`. `model.parameter_arrays()` gives the arrays for
`modular_mind.quantise`, after which a mind can be saved.
"""

from collections.abc import Mapping

import numpy as np
import torch
from torch import Tensor, nn

from features import MOVE_COUNT
from modular_mind import ARCHITECTURE, GRID, LATENT_LIMIT, SHAPES, WEIGHT_LIMIT

SPECIALISTS, HIDDEN = ARCHITECTURE["specialists"], ARCHITECTURE["hidden"]


class TorchMind(nn.Module):
    """The mind as a module; its parameters have the names and shapes of `modular_mind.SHAPES`."""

    def __init__(
        self, parameters: Mapping[str, np.ndarray], rounded: bool = False, dtype: torch.dtype = torch.float32
    ):
        """parameters: arrays by name, copied. rounded: learn as it will be played (see the module)."""
        super().__init__()
        self.rounded = rounded
        for name, shape in SHAPES.items():
            array = np.asarray(parameters[name])
            if array.shape != shape:
                raise ValueError(f"{name} has shape {array.shape}, not {shape}")
            self.register_parameter(name, nn.Parameter(torch.tensor(array, dtype=dtype)))

    def parameter_arrays(self) -> dict[str, np.ndarray]:
        """Float64 copies of the parameters, by name."""
        return {name: getattr(self, name).detach().cpu().double().numpy().copy() for name in SHAPES}

    def forward(self, x: Tensor) -> Tensor:
        """Logits (B, 5), before illegal moves are masked; x: (B, 24), from `scale_observations`."""
        return self.trace(x)["logits"]

    def trace(self, x: Tensor) -> dict[str, Tensor]:
        """The tensors that `modular_mind.forward` returns, under the same names; differentiable."""
        p = {name: self._weight(getattr(self, name)) for name in SHAPES}
        rows = x.shape[0]
        w1 = p["hidden_weight"].reshape(SPECIALISTS * HIDDEN, -1)
        hidden = torch.relu(nn.functional.linear(x, w1, p["hidden_bias"].reshape(-1)))
        hidden = hidden.reshape(rows, SPECIALISTS, HIDDEN).transpose(0, 1)  # specialist first

        latents = hidden @ p["latent_weight"].transpose(1, 2) + p["latent_bias"][:, None, :]
        latents = self._round(latents)
        owned = hidden[:MOVE_COUNT] @ p["drive_weight"][:, :, None]
        drives = owned[:, :, 0].T + p["drive_bias"]

        total = _clamp(latents.sum(0))
        gate = _clamp(self._round(nn.functional.linear(total, p["gate_weight"], p["gate_bias"])))
        value = _clamp(self._round(nn.functional.linear(total, p["value_weight"], p["value_bias"])))
        linked = nn.functional.linear(torch.relu(gate) * value, p["link_weight"], p["link_bias"])
        shared = _clamp(self._round(total + linked))
        coordinator = torch.relu(nn.functional.linear(shared, p["coordinator_weight"], p["coordinator_bias"]))
        modulation = nn.functional.linear(coordinator, p["modulation_weight"], p["modulation_bias"])
        return {
            "activity": latents.detach().abs().mean(2).T,
            "drives": drives,
            "latent": shared,
            "modulation": modulation,
            "logits": drives + modulation,
        }

    def _weight(self, weight: Tensor) -> Tensor:
        """The weight as it will be shipped: on the grid, at most 8 in size."""
        if not self.rounded:
            return weight
        return _straight_through(_to_grid(weight.detach()).clamp(-WEIGHT_LIMIT, WEIGHT_LIMIT), weight)

    def _round(self, values: Tensor) -> Tensor:
        return _straight_through(_to_grid(values.detach()), values) if self.rounded else values


def _to_grid(values: Tensor) -> Tensor:
    return torch.floor(values * GRID + 0.5) / GRID


def _straight_through(replaced: Tensor, values: Tensor) -> Tensor:
    """Exactly `replaced` (values - values is 0), with the gradient of `values`."""
    return replaced + (values - values.detach())


def _clamp(values: Tensor) -> Tensor:
    return values.clamp(-LATENT_LIMIT, LATENT_LIMIT)


def masked_log_softmax(logits: Tensor, legal: Tensor) -> Tensor:
    """Log probabilities (B, 5) of the legal moves; -inf where `legal` (B, 5) bool is False."""
    return torch.log_softmax(logits.masked_fill(~legal, -torch.inf), 1)


def log_probability(log_pi: Tensor, moves: Tensor) -> Tensor:
    """(B,) log probabilities of the moves (B,) int64, from `masked_log_softmax`."""
    return log_pi.gather(1, moves[:, None])[:, 0]


def entropy(log_pi: Tensor) -> Tensor:
    """(B,) entropies in nats, from `masked_log_softmax`; illegal moves add nothing, nor any gradient."""
    finite = log_pi.masked_fill(log_pi == -torch.inf, 0.0)
    return -(log_pi.exp() * finite).sum(1)
