"""Shortened fights for a learning knight: the boss begins with less health.

A whole fight is too long to learn a win from when hardly one is won. In a shortened one the boss begins with
anything from one blow to a limit that follows the knight: it grows with every such fight won and shrinks with
every other, so that about half of them are won, up to a boss that is whole (a reverse curriculum: Florensa et
al. 2017).
"""

import numpy as np

from features import BOSS_MAX_HEALTH, SWORD_DAMAGE

STEP = 0.5  # of health, by which one finished fight moves the limit


class Curriculum:
    """The health with which the bosses of one player's shortened fights begin."""

    def __init__(self):
        self.limit = np.array(float(BOSS_MAX_HEALTH))

    def draw(self, random: np.random.Generator, count: int) -> np.ndarray:
        """Health (count,) for fights that begin."""
        return random.integers(SWORD_DAMAGE, int(self.limit) + 1, count)

    def note(self, won: np.ndarray) -> None:
        """Learn from finished shortened fights: `won` (n,) bool, by the knight."""
        moved = self.limit + STEP * (2.0 * np.count_nonzero(won) - len(won))
        self.limit[...] = np.clip(moved, SWORD_DAMAGE, BOSS_MAX_HEALTH)
