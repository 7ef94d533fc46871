"""Observations from real fights, and what a mind thinks of each of them.

Imported by `tools.make_specialist_maps`. Fights go through the batched duel and the exact deciding path, so
the same mind, seed and number of fights give the same sample on every machine.
"""

from dataclasses import dataclass

import numpy as np

import modular_mind
from duel.batch import DuelBatch
from duel.fighters import FIGHTERS
from duel.loops import LOG_OUTCOME
from features import EXP_STEPS, EXP_TABLE, EXP_TABLE_SIZE, ONGOING, TIERS
from modular_mind import BATCH_ROWS, Mind
from training.evaluate import STEP_LIMIT, decision_draws

_EXP_ARRAY = np.array((*EXP_TABLE, 0), np.int64)  # the last entry: past the table's end


@dataclass(frozen=True)
class Sample:
    """Decisions of fights: observations (N, 24) int32 and the scripted knight of each, (N,) of FIGHTERS."""

    observations: np.ndarray
    knights: np.ndarray
    fights: int


def collect(mind: Mind, explore: dict[str, int], fights: int, seed: int) -> Sample:
    """`fights` fights against each scripted knight on each tier; every decision of them, in order of time.

    explore: the mistake rate of each tier, in 1/65536, as the manifest has it. Mistakes bring the mind into
    situations that it avoids by itself.
    """
    rates = np.repeat([explore[tier] for tier in TIERS], fights)
    kinds = np.repeat(np.arange(len(FIGHTERS)), len(rates))
    rates = np.tile(rates, len(FIGHTERS))
    batch = DuelBatch(len(kinds), kinds, seed)
    live = np.ones(len(kinds), bool)
    observations, knights = [], []
    for _ in range(STEP_LIMIT):
        if not live.any():
            break
        moves, _ = modular_mind.decide_batch(batch.boss_view, rates, decision_draws(batch.states), mind)
        deciding = live & (batch.due == 1)
        observations.append(batch.boss_view[deciding])
        knights.append(kinds[deciding])
        live &= batch.step(moves)[:, LOG_OUTCOME] == ONGOING
    return Sample(np.concatenate(observations), np.concatenate(knights), len(kinds))


def trace(mind: Mind, observations: np.ndarray) -> dict[str, np.ndarray]:
    """`modular_mind.forward` of every row, and "probabilities" (N, 5): those of `modular_mind.decide`."""
    parts = []
    for first in range(0, len(observations), BATCH_ROWS):
        x = modular_mind.scale_observations(observations[first : first + BATCH_ROWS])
        parts.append(modular_mind.forward(mind.parameters, x))
    result = {name: np.concatenate([part[name] for part in parts]) for name in parts[0]}
    result["probabilities"] = probabilities(result["logits"], modular_mind.legal_mask(observations))
    return result


def probabilities(logits: np.ndarray, legal: np.ndarray) -> np.ndarray:
    """The probabilities (N, 5) that the sampling table gives to logits (N, 5); 0 where `legal` is False."""
    logits = np.where(legal, logits, -np.inf)
    steps = np.minimum((logits.max(1, keepdims=True) - logits) * EXP_STEPS, EXP_TABLE_SIZE)
    weights = _EXP_ARRAY[steps.astype(np.int64)]
    return weights / weights.sum(1, keepdims=True)
