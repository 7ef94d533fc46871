"""What the shipped boss is compared with: minds with parts left out, and other networks of chosen sizes.

`VARIANTS` names them all; each is trained from nothing by the same self-play. A part is left out by holding
its parameters at zero from the start, so a reduced mind runs through the very passes of the whole one.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

import numpy as np

import mm_grad
from features import BOSS_OBSERVATION_SIZE, MOVE_COUNT, OWNER_COUNT, SPECIALISTS
from modular_mind import PARAMETER_COUNT, SHAPES
from training.evaluate import Policy, with_mistakes
from training.networks import Modular, Perceptron
from training.policies import float_policy
from training.recurrent import Recurrent, RecurrentSelfPlay, recurrent_policy
from training.selfplay import SelfPlay, SelfPlayConfig

TINY = 273  # parameters of the small perceptron
WHOLE, LEFT_OUT, OTHER = "whole", "part left out", "other network"  # groups of variants

Part = tuple[str, int | slice]  # a parameter array of the mind and which of its entries along the first axis
EVERY = slice(None)


class Reduced(Modular):
    """The mind with some parts at zero: they start at zero and never get a gradient."""

    def __init__(self, removed: Iterable[Part]):
        mask = np.ones(self.size, np.float32)
        arrays = mm_grad.unpack(mask)
        for name, entries in removed:
            arrays[name][entries] = 0
        self.mask = mask
        self.parameters = int(mask.sum())

    def initial(self, seed: int) -> np.ndarray:
        """The start of the whole mind with that seed, without the parts."""
        return super().initial(seed) * self.mask

    def backward(self, flat: np.ndarray, activations, output_gradients: np.ndarray) -> np.ndarray:
        """The gradient (size,), zero where parts are left out."""
        return super().backward(flat, activations, output_gradients) * self.mask


def specialist_parts(specialist: str) -> list[Part]:
    """All that belongs to one of `features.SPECIALISTS`: its latent and, if it owns a move, its drive."""
    index = SPECIALISTS.index(specialist)
    names = ["hidden_weight", "hidden_bias", "latent_weight", "latent_bias"]
    if index < OWNER_COUNT:
        names += ["drive_weight", "drive_bias"]
    return [(name, index) for name in names]


def link_parts() -> list[Part]:
    """The recursive link: without it the shared latent is the clamped sum of the latents."""
    return [(name, EVERY) for name in SHAPES if name.startswith(("gate_", "value_", "link_"))]


def latent_parts() -> list[Part]:
    """The latent channel: without it the shared latent is zero, and the modulation one constant per move."""
    modulators = [part for name in SPECIALISTS[OWNER_COUNT:] for part in specialist_parts(name)]
    names = ("latent_weight", "latent_bias", "coordinator_weight", "coordinator_bias", "modulation_weight")
    return [*modulators, *link_parts(), *[(name, EVERY) for name in names]]


@cache
def perceptron_of(parameters: int) -> Perceptron:
    """The perceptron with two hidden layers nearest to `parameters`; of several, the most equal layers."""

    def misfit(widths: tuple[int, int]) -> tuple[int, int]:
        first, second = widths
        size = (BOSS_OBSERVATION_SIZE + 1) * first + (first + 1) * second + (second + 1) * MOVE_COUNT
        return abs(size - parameters), abs(first - second)

    pairs = [(first, second) for first in range(1, 129) for second in range(1, 129)]
    return Perceptron(BOSS_OBSERVATION_SIZE, *min(pairs, key=misfit), MOVE_COUNT)


@dataclass(frozen=True)
class Variant:
    """One thing to train: its name in tables, its network, and how it is trained and played."""

    title: str
    group: str  # WHOLE, LEFT_OUT or OTHER
    network: object
    trainer: type[SelfPlay] = SelfPlay

    @property
    def parameters(self) -> int:
        """How many parameters it can use."""
        return getattr(self.network, "parameters", self.network.size)

    @property
    def compiled(self) -> bool:
        """Whether it plays by compiled functions in training, which makes its seconds fewer."""
        return hasattr(self.network, "row_order")

    def train(self, config: SelfPlayConfig) -> SelfPlay:
        """A trainer at its beginning, on one thread."""
        return self.trainer(config, threads=1, network=self.network)

    def policy(self, flat: np.ndarray, explore: int) -> Policy:
        """Parameters of it as an unrounded fighter, for one call of `evaluate.play` or `matches.match_each`.

        explore: its mistake rate, in 1/65536.
        """
        make = recurrent_policy if isinstance(self.network, Recurrent) else float_policy
        policy = make(self.network, flat)
        return with_mistakes(policy, explore) if explore else policy


def shallow_of(parameters: int) -> Perceptron:
    """The perceptron with one hidden layer nearest to `parameters`."""
    hidden = round((parameters - MOVE_COUNT) / (BOSS_OBSERVATION_SIZE + 1 + MOVE_COUNT))
    return Perceptron(BOSS_OBSERVATION_SIZE, hidden, MOVE_COUNT)


def _perceptron_variant(network: Perceptron) -> Variant:
    return Variant(f"MLP {'-'.join(map(str, network.widths))}", OTHER, network)


VARIANTS = {
    "full": Variant("Modular Mind", WHOLE, Modular()),
    **{
        f"without_{name.lower()}": Variant(f"without {name}", LEFT_OUT, Reduced(specialist_parts(name)))
        for name in SPECIALISTS
    },
    "without_link": Variant("without the recursive link", LEFT_OUT, Reduced(link_parts())),
    "without_latent": Variant("without the latent channel", LEFT_OUT, Reduced(latent_parts())),
    "monolith": _perceptron_variant(perceptron_of(PARAMETER_COUNT)),
    "shallow": _perceptron_variant(shallow_of(PARAMETER_COUNT)),
    "tiny": _perceptron_variant(perceptron_of(TINY)),
    "gru": Variant("GRU", OTHER, Recurrent(), RecurrentSelfPlay),
}
