"""A verified fight as a lesson: what the boss saw and did, what it was worth, and which moves may teach.

    taught = lesson(replay(log, mind))

The reward of a decision is what happened until the next one: the share of the knight's health it lost, less
the share of its own health the boss lost, and at the end 1 for a kill, -1 for its death or for running out
of time, 0 when both fell. The return of a decision is the sum of the rewards that follow, each worth less
by DISCOUNT for every tenth of a second that it came later: moves take from 0.1 s to a whole cleave. Its
advantage is how much more that is than was to be expected: by a linear function of the observation, fitted
to the fight's own returns.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from features import (
    BOSS_MAX_HEALTH,
    BOSS_OBSERVATION_SIZE,
    BOSS_WINS,
    DRAW,
    IDLE,
    KNIGHT_MAX_HEALTH,
    KNIGHT_WINS,
    ONGOING,
    TIMEOUT,
)
from modular_mind import legal_mask, scale_observations
from service.replay import Replay

# What holds the expectation's slope back, as strongly as one decision tells of it; its constant is free.
PENALTY = np.diag([*[1.0] * BOSS_OBSERVATION_SIZE, 0.0])
LEAST_SPREAD = 0.05  # of advantages: a fight in which nothing happened is not blown up
DISCOUNT = 0.97  # a decision tick (0.1 s): what follows 2.3 s later counts half
ENDING = {ONGOING: 0.0, BOSS_WINS: 1.0, DRAW: 0.0, KNIGHT_WINS: -1.0, TIMEOUT: -1.0}


@dataclass(frozen=True, slots=True)
class Lesson:
    """The n decisions of a fight, in order."""

    x: np.ndarray  # (n, 24) float32, scaled for the mind
    legal: np.ndarray  # (n, 5) bool
    moves: np.ndarray  # (n,) int64; IDLE, and of no weight, where none was made
    rewards: np.ndarray  # (n,) float64, each at most 3 in size
    returns: np.ndarray  # (n,) float64
    advantages: np.ndarray  # (n,) float32, of spread 1; 0 where the weight is 0
    weights: np.ndarray  # (n,) float32: 1, or 0 for a mistake, a void move or none at all


def lesson(replay: Replay) -> Lesson:
    """The lesson of a fight that was verified; without decisions, as of a refused one, it is empty."""
    decisions = replay.decisions
    observations = np.array([decision.observation for decision in decisions], np.int32)
    observations = observations.reshape(len(decisions), BOSS_OBSERVATION_SIZE)
    rewards = np.array(
        [
            decision.taken / KNIGHT_MAX_HEALTH - decision.dealt / BOSS_MAX_HEALTH + ENDING[decision.outcome]
            for decision in decisions
        ],
        np.float64,
    )
    moves = [IDLE if decision.move is None else decision.move for decision in decisions]
    own = [not (decision.move is None or decision.mistake or decision.void) for decision in decisions]
    x = scale_observations(observations, np.float32)
    returns = discounted(rewards, [decision.k for decision in decisions])
    weights = np.array(own, np.float32)
    return Lesson(
        x=x,
        legal=legal_mask(observations),
        moves=np.array(moves, np.int64),
        rewards=rewards,
        returns=returns,
        advantages=advantages(x, returns, weights),
        weights=weights,
    )


def discounted(rewards: np.ndarray, ks: Sequence[int]) -> np.ndarray:
    """Returns (n,) of rewards (n,) at the decision ticks ks (n,), which rise."""
    returns = rewards.copy()
    for n in range(len(returns) - 2, -1, -1):
        returns[n] += DISCOUNT ** (ks[n + 1] - ks[n]) * returns[n + 1]
    return returns


def advantages(x: np.ndarray, returns: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """How much better than expected each return (n,) was, scaled to a spread of 1; float32.

    The expectation is a constant and a slope by x (n, 24), fitted by ridge regression. Rows whose weight
    (n,) is 0 take no part and get 0.
    """
    result = np.zeros(len(x), np.float32)
    counts = weights > 0
    rows = int(np.count_nonzero(counts))
    if rows == 0:
        return result
    design = np.column_stack([x[counts].astype(np.float64), np.ones(rows)])
    goal = returns[counts]
    better = goal - design @ np.linalg.solve(design.T @ design + PENALTY, design.T @ goal)
    result[counts] = better / max(float(np.sqrt(np.mean(better**2))), LEAST_SPREAD)
    return result
