"""The opponents of one learning seat: scripted fighters and frozen past selves of the other seat.

Who fights next is drawn by how often that opponent still wins (prioritised fictitious self-play, Vinyals
et al. 2019): weight (1 - p)**2 for a learner's win rate p, plus a floor, so that nobody is forgotten.
Opponents are drawn when a fight begins and stay until it ends; a past self never changes or leaves once
it has joined, so nobody is swapped in mid-fight.
"""

import numpy as np

FLOOR = 0.03  # the least weight of any opponent
MEMORY = 0.05  # how much the newest fight counts in the running win rate


class League:
    """Opponents 0 .. `scripted` - 1 are scripts; those from `scripted` on are past selves."""

    def __init__(self, scripted: int, capacity: int, size: int):
        """`capacity`: past selves it may hold, `size`: parameters of one."""
        self.scripted = scripted
        self.past = np.zeros((capacity, size), np.float32)
        self.count = 0
        self.win_rate = np.full(scripted + capacity, 0.5)  # of the learner against each

    @property
    def opponents(self) -> int:
        """How many there are now."""
        return self.scripted + self.count

    def add(self, parameters: np.ndarray) -> None:
        """Freeze a copy of `parameters` (size,) as the newest past self; nothing when the league is full."""
        if self.count < len(self.past):
            self.past[self.count] = parameters
            self.count += 1

    def probabilities(self) -> np.ndarray:
        """How likely each opponent is drawn, (opponents,)."""
        weights = (1.0 - self.win_rate[: self.opponents]) ** 2 + FLOOR
        return weights / weights.sum()

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        """Opponents for `count` new fights, (count,)."""
        cumulative = self.probabilities().cumsum()
        # scaled by the sum, which rounding leaves a little off 1, so that a draw is always below it
        return np.searchsorted(cumulative, random.random(count) * cumulative[-1], side="right")

    def note(self, opponents: np.ndarray, won: np.ndarray) -> None:
        """Record finished fights in their order: `won` (n,) bool, of the learner against `opponents` (n,)."""
        for opponent, win in zip(opponents, won, strict=True):
            self.win_rate[opponent] += MEMORY * (win - self.win_rate[opponent])

    def state(self, prefix: str) -> dict[str, np.ndarray]:
        """Everything needed to go on, as arrays."""
        return {
            prefix + "past": self.past,
            prefix + "count": np.array(self.count),
            prefix + "win_rate": self.win_rate,
        }

    def load(self, state: dict[str, np.ndarray], prefix: str) -> None:
        """The counterpart of `state`."""
        self.past[:] = state[prefix + "past"]
        self.count = int(state[prefix + "count"])
        self.win_rate[:] = state[prefix + "win_rate"]
