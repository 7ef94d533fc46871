"""How far learning may move the boss: no further than this from the anchor, whatever it is taught.

The anchor is the frozen mind of self-play. Two bounds hold at once, for every candidate of every learner:

- a hard ball: the parameters stay within `Bounds.radius` of the anchor's (Euclidean distance);
- a limit on what is done: over fixed observations the candidate's probabilities stay within `Bounds.kl`
  nats of the anchor's on average, mean KL(anchor || candidate).

    seen = reference_observations(anchor)
    project(flat, anchor_flat, bounds)                       # after each step: back onto the ball
    if mean_kl(flat, anchor_flat, seen.observations, seen.legal) > bounds.kl: ...  # stop
    mind = nearest_within(flat, anchor, bounds)              # the candidate: rounded, and within both
    measured = within(mind, anchor, seen, bounds)            # the rounded mind once more, by the gate

The ball holds even for behaviour that no reference shows; the KL limit holds for what matters in fights.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np

from duel.batch import DuelBatch
from duel.fighters import FIGHTERS
from duel.loops import LEARNER
from features import KNIGHT_ACTION_COUNT, TIER_EXPLORE
from mm_grad import forward, masked_log_softmax, pack, unpack
from modular_mind import (
    GRID,
    PARAMETER_COUNT,
    WEIGHTS_DIRECTORY,
    Mind,
    decide_batch,
    legal_mask,
    scale_observations,
)
from training.evaluate import decision_draws
from training.knights import NAME as KNIGHTS_NAME
from training.knights import load as load_knights
from training.networks import KNIGHT_NETWORK
from training.player import KNIGHT_SCALE
from training.randomness import sample
from training.selection import rounded

REFERENCE_FIGHTS = 8  # against each scripted and each learned knight
REFERENCE_STEPS = 400  # decision steps of each, some 40 seconds of fight time
REFERENCE_EVERY = 5  # neighbouring decisions see nearly the same
REFERENCE_SEED = 6_000_011
ANY_ACTION = np.ones((REFERENCE_FIGHTS, KNIGHT_ACTION_COUNT), bool)
# Rounding moves each parameter by half a step of the grid at most: as far as a mind whose float candidate
# lay within the ball can lie outside of it.
ROUNDING = 0.5 / GRID * PARAMETER_COUNT**0.5
SHORTENING = 0.95  # of the way from the anchor, again and again until a rounded mind keeps the KL limit


@dataclass(frozen=True, slots=True)
class Bounds:
    """How far from the anchor a candidate may be."""

    radius: float = 2.0  # of all 4,490 parameters together; the shipped anchor's own length is 20.8
    kl: float = 0.25  # nats a decision, over the reference observations


class Reference(NamedTuple):
    """Fixed situations of real fights."""

    observations: np.ndarray  # (n, 24) int32
    legal: np.ndarray  # (n, 5) bool


class Measured(NamedTuple):
    """How far a mind is from the anchor."""

    inside: bool
    distance: float
    kl: float


@lru_cache(maxsize=4)
def reference_observations(anchor: Mind) -> Reference:
    """What the anchor sees when it decides in fixed-seed fights on Hard, against the shipped knights.

    Those are the scripted ones and the learned ones of `weights/`; raises mind.archive.ArchiveError.
    """
    knights = load_knights(WEIGHTS_DIRECTORY / KNIGHTS_NAME)
    kinds = np.repeat([*range(len(FIGHTERS)), *[LEARNER] * len(knights)], REFERENCE_FIGHTS)
    batch = DuelBatch(len(kinds), kinds, REFERENCE_SEED)
    random = np.random.default_rng(REFERENCE_SEED)
    moves, actions = np.zeros(batch.count, np.int32), np.zeros(batch.count, np.int32)
    seen = []
    for step in range(REFERENCE_STEPS):
        due = np.flatnonzero(batch.due == 1)
        draws = decision_draws(batch.states[due])
        moves[due], _ = decide_batch(batch.boss_view[due], TIER_EXPLORE["hard"], draws, anchor)
        if step % REFERENCE_EVERY == 0:
            seen.append(batch.boss_view[due])
        for number, knight in enumerate(knights, len(FIGHTERS)):
            rows = slice(number * REFERENCE_FIGHTS, (number + 1) * REFERENCE_FIGHTS)
            logits, _ = KNIGHT_NETWORK.forward(knight, batch.knight_view[rows] * KNIGHT_SCALE)
            actions[rows] = sample(masked_log_softmax(logits, ANY_ACTION)[1], random)
        batch.step(moves, actions)
    observations = np.concatenate(seen)
    return Reference(observations, legal_mask(observations))


def project(flat: np.ndarray, anchor_flat: np.ndarray, bounds: Bounds) -> None:
    """Moves a candidate (4490,) that lies outside the ball to the nearest point on it, in place."""
    away = flat.astype(np.float64) - anchor_flat
    distance = float(np.linalg.norm(away))
    if distance > bounds.radius:
        flat[:] = anchor_flat + away * (bounds.radius / distance)


def nearest_within(flat: np.ndarray, anchor: Mind, bounds: Bounds) -> Mind:
    """The rounded mind of `flat` (4490,), drawn towards the anchor as far as the bounds ask for."""
    anchor_flat = pack(anchor.parameters)
    reference = reference_observations(anchor)
    flat = flat.copy()
    project(flat, anchor_flat, bounds)
    mind = rounded(flat)
    while mean_kl(pack(mind.parameters), anchor_flat, *reference) > bounds.kl:
        flat = anchor_flat + np.float32(SHORTENING) * (flat - anchor_flat)
        mind = rounded(flat)
    return mind


def mean_kl(flat: np.ndarray, anchor_flat: np.ndarray, observations: np.ndarray, legal: np.ndarray) -> float:
    """Mean KL(anchor || candidate) in nats of the moves' probabilities.

    flat, anchor_flat: (4490,). observations: integers (n, 24). legal: (n, 5) bool.
    """
    x = scale_observations(observations)
    log_anchor, anchor = _probabilities(anchor_flat, x, legal)
    log_candidate, _ = _probabilities(flat, x, legal)
    return float((anchor * (log_anchor - log_candidate)).sum(0).mean())


def _probabilities(flat: np.ndarray, x: np.ndarray, legal: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    logits, _ = forward(unpack(flat.astype(np.float64)), x)
    return masked_log_softmax(logits, legal)


def within(mind: Mind, anchor: Mind, reference: Reference, bounds: Bounds) -> Measured:
    """Where a rounded mind lies; outside the ball is what rounding alone cannot explain."""
    flat, anchor_flat = pack(mind.parameters, np.float64), pack(anchor.parameters, np.float64)
    distance = float(np.linalg.norm(flat - anchor_flat))
    kl = mean_kl(flat, anchor_flat, reference.observations, reference.legal)
    return Measured(distance <= bounds.radius + ROUNDING and kl <= bounds.kl, distance, kl)
