"""What one seat did in a stretch of many fights, and what its decisions were worth."""

from collections.abc import Sequence

import numpy as np


class Rollout:
    """Steps of `rows` fights; arrays are (horizon, rows, ...)."""

    def __init__(self, horizon: int, rows: int, inputs: int, actions: int):
        shape = (horizon, rows)
        self.x = np.zeros((*shape, inputs), np.float32)
        self.legal = np.ones((*shape, actions), bool)
        self.actions = np.zeros(shape, np.int64)
        self.chosen = np.zeros(shape, np.float32)  # log probability of the action when it was drawn
        self.rewards = np.zeros(shape, np.float32)
        self.done = np.zeros(shape, bool)  # the fight ended in this step
        self.decides = np.ones(shape, bool)  # False: the fighter was committed and was not asked
        self.void = np.zeros(shape, bool)  # the move could not be executed
        self.values = np.zeros(shape, np.float32)  # the baseline's, filled in by the learner
        self.last_x = np.zeros((rows, inputs), np.float32)  # what is seen after the last step
        self.last_values = np.zeros(rows, np.float32)

    def advantages(self, discount: float, trace: float) -> tuple[np.ndarray, np.ndarray]:
        """Advantages and returns (horizon, rows), meaningful where `decides`.

        The recursion of generalised advantage estimation (Schulman et al. 2016), taken from decision
        to decision: a step without one only passes on what follows it, discounted, with its reward.
        """
        advantages = np.zeros_like(self.rewards)
        ahead, running = self.last_values, np.zeros_like(self.last_values)
        for t in reversed(range(len(self.rewards))):
            alive = np.float32(discount) * ~self.done[t]
            ahead = self.rewards[t] + alive * ahead
            running = alive * running
            advantages[t] = ahead - self.values[t] + np.float32(trace) * running
            running = np.where(self.decides[t], advantages[t], running)
            ahead = np.where(self.decides[t], self.values[t], ahead)
        return advantages, advantages + self.values


def join(rollouts: Sequence[Rollout]) -> Rollout:
    """One rollout of the rows of all, which have the same horizon."""
    joined = object.__new__(Rollout)
    for name, array in vars(rollouts[0]).items():
        axis = 0 if name.startswith("last_") else 1
        parts = [getattr(rollout, name) for rollout in rollouts]
        setattr(joined, name, np.concatenate(parts, axis) if len(parts) > 1 else array)
    return joined
