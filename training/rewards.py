"""What each seat is rewarded for, from the events and damage of one decision step.

The boss's reward values damage and pressure in range over safety: landing a cleave is worth far more
than a whiff costs, standing idle in range and staying out of range are charged, and a timeout counts
as a loss for both. Without the charges policy gradients find the coward who never commits, and without a
reward for cleaves that must be rolled through, knights learn to run the clock down.
"""

from dataclasses import dataclass

import numpy as np

from duel.loops import LOG_DEALT, LOG_EVENTS, LOG_OUTCOME, LOG_TAKEN
from features import (
    BOSS_WINS,
    CLEAVE,
    CLEAVE_DAMAGE,
    DRAW,
    EVENT_CLEAVE_MISSED,
    EVENT_CLEAVE_ROLLED_THROUGH,
    KNIGHT_WINS,
    OBSERVED_COOLDOWN,
    OBSERVED_DISTANCE,
    SWORD_DAMAGE,
    TIMEOUT,
)
from training.evaluate import RANGE_PIXELS


@dataclass(frozen=True)
class Rewards:
    """Weights of the reward; damage is counted in whole hits."""

    cleave_landed: float = 1.5
    cleave_evaded: float = 0.5  # it had to be rolled through, which costs the knight stamina
    cleave_missed: float = 0.1  # nobody was there
    sword_taken: float = 0.2
    out_of_range: float = 0.06  # each step
    stalling: float = 1.0  # a decision in range, off cooldown, that is not a cleave
    win: float = 10.0
    loss: float = 10.0  # a timeout is a loss for either seat; a draw is nothing
    knight_sword_landed: float = 0.5
    knight_cleave_taken: float = 1.0
    knight_time: float = 0.02  # each decision step, so that the knight fights
    knight_win: float = 20.0
    knight_loss: float = 20.0


def step_rewards(log, boss_view, moves, due, weights: Rewards) -> tuple[np.ndarray, np.ndarray]:
    """The rewards (..., n) float32 of boss and knight for steps of a DuelBatch.

    `log` is the step's log; `boss_view`, `moves`, `due` are what the boss saw and chose before it.
    """
    taken = log[..., LOG_TAKEN] / CLEAVE_DAMAGE
    dealt = log[..., LOG_DEALT] / SWORD_DAMAGE
    events, outcome = log[..., LOG_EVENTS], log[..., LOG_OUTCOME]
    near = boss_view[..., OBSERVED_DISTANCE] <= RANGE_PIXELS
    ready = (due == 1) & (boss_view[..., OBSERVED_COOLDOWN] == 0)
    ending = np.select(
        [outcome == BOSS_WINS, outcome == DRAW, outcome == KNIGHT_WINS, outcome == TIMEOUT],
        [weights.win, 0.0, -weights.loss, -weights.loss],
    )
    boss = (
        weights.cleave_landed * taken
        + weights.cleave_evaded * (events & EVENT_CLEAVE_ROLLED_THROUGH != 0)
        - weights.cleave_missed * (events & EVENT_CLEAVE_MISSED != 0)
        - weights.sword_taken * dealt
        - weights.out_of_range * ~near
        - weights.stalling * (ready & near & (moves != CLEAVE))
        + ending
    )
    knight_ending = np.select(
        [outcome == KNIGHT_WINS, outcome == BOSS_WINS, outcome == TIMEOUT],
        [weights.knight_win, -weights.knight_loss, -weights.knight_loss],
    )
    knight = (
        weights.knight_sword_landed * dealt
        - weights.knight_cleave_taken * taken
        - weights.knight_time
        + knight_ending
    )
    return boss.astype(np.float32), knight.astype(np.float32)
