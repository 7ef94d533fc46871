"""Any network of the boss as a fighter for `training/evaluate.py` and `training/matches.py`: unrounded.

    record = play(with_mistakes(float_policy(network, flat), explore), FIGHTERS, fights, seed)

The served mind, with its rounded weights and its own exact path, is `training.evaluate.mind_policy`.
"""

import numpy as np

from features import hash32
from mm_grad import masked_log_softmax
from modular_mind import DRAW_SAMPLE, legal_mask, scale_observations
from training.evaluate import Policy
from training.randomness import choose


def float_policy(network, flat: np.ndarray) -> Policy:
    """The boss `network` with parameters `flat` (size,): (observations (B, 24), draws (B,)) -> moves (B,)."""

    def policy(observations, draws):
        logits, _ = network.forward(flat, scale_observations(observations, np.float32))
        return sample_by_draws(logits, legal_mask(observations), draws)

    policy.memoryless = True
    return policy


def sample_by_draws(logits: np.ndarray, legal: np.ndarray, draws: np.ndarray) -> np.ndarray:
    """Moves (B,) by the softmax of logits (5, B) over the legal ones, `legal` (B, 5) bool.

    draws: (B,) 32-bit integers. `modular_mind.decide` uses the same share of the same draw, so a mind and
    its rounded self rarely choose differently.
    """
    pi = masked_log_softmax(logits, legal)[1]
    key = np.asarray(draws).astype(np.uint64) >> np.uint64(1)
    return choose(pi, (hash32(key, DRAW_SAMPLE, 0) >> np.uint64(8)).astype(np.float64) / (1 << 24))
