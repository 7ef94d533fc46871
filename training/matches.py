"""Fixed-seed fights of a boss against learned knights, with records like those of `training/evaluate.py`.

    record = match(mind_policy(mind), knight, fights=100, seed=7)

A knight is the flat parameter vector of `training.networks.KNIGHT_NETWORK`, as `SelfPlay` trains and its
league keeps them. It perceives 250 ms late and holds each key for 6 ticks, as in training, and samples its
actions; the same arguments give the same fights.
"""

from collections.abc import Sequence

import numpy as np

from duel.batch import DuelBatch
from features import KNIGHT_ACTION_COUNT
from mm_grad import masked_log_softmax
from training.evaluate import Policy, play_batch, with_mistakes
from training.networks import KNIGHT_NETWORK
from training.player import KNIGHT_SCALE
from training.randomness import sample


def match(policy: Policy, knight: np.ndarray, fights: int, seed: int, explore: int = 0) -> dict:
    """The record (see `training.evaluate.play_batch`) of `fights` fights against one `knight` (size,)."""
    return match_each(policy, [knight], fights, seed, explore)[0]


def match_each(
    policy: Policy, knights: Sequence[np.ndarray], fights: int, seed: int, explore: int = 0
) -> list[dict]:
    """A record for each of `knights` (size,), `fights` fights each, all in one batch.

    explore: mistake rate, in 1/65536, of a policy that makes no mistakes of its own (`mind_policy` takes
    one too: give it to either).
    """
    if explore:
        policy = with_mistakes(policy, explore)
    random = np.random.default_rng(seed)
    actions = np.zeros(len(knights) * fights, np.int32)

    def act(batch: DuelBatch, live: np.ndarray) -> np.ndarray:
        x = np.multiply(batch.knight_view, KNIGHT_SCALE, dtype=np.float32)
        for number, knight in enumerate(knights):
            rows = number * fights + np.flatnonzero(live[number * fights : (number + 1) * fights])
            if len(rows):
                logits, _ = KNIGHT_NETWORK.forward(knight, x[rows])
                pi = masked_log_softmax(logits, np.ones((len(rows), KNIGHT_ACTION_COUNT), bool))[1]
                actions[rows] = sample(pi, random)
        return actions

    return play_batch(policy, DuelBatch(len(actions), None, seed), fights, act)
