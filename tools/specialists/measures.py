"""The figures about each specialist: what its activity follows, what changes when it is silenced.

Imported by `tools.make_specialist_maps`. Shares and probabilities are between 0 and 1.
"""

from dataclasses import dataclass

import numpy as np

from features import (
    APPROACH,
    BLOCK,
    BOSS_OBSERVATION,
    CLEAVE,
    IDLE,
    OBSERVED_COOLDOWN,
    OBSERVED_DISTANCE,
    OBSERVED_GUARD,
    OWNER_COUNT,
    RETREAT,
    SPECIALISTS,
)
from modular_mind import Mind, legal_mask
from tools.specialists import grids
from tools.specialists.sample import Sample, probabilities, trace
from training.evaluate import KNIGHT_REACH_PIXELS, OBSERVED, RANGE_PIXELS
from training.silence import mean_latent, silenced, with_constant_latent

FIELD_NAMES = tuple(name for name, *_ in BOSS_OBSERVATION)
LEADING_FIELDS = 5
LEAST_LOUDEST = 30  # decisions that a cell needs to be called the loudest

# What each name claims: the move it should favour, the decisions that are compared, and those among them
# in which the specialist should stand out.
READY, ALL, GUARDED = "where a cleave is allowed", "of all kinds", "with guard left"
CLAIMS = {
    "Aggressor": (CLEAVE, READY, f"the knight is in cleave range ({RANGE_PIXELS} px)"),
    "Stalker": (APPROACH, ALL, "the knight is out of cleave range"),
    "Survivor": (RETREAT, ALL, f"the knight is within {KNIGHT_REACH_PIXELS} px and no cleave is allowed"),
    "Baiter": (IDLE, READY, "the knight is free and between one and two cleave ranges away"),
    "Defender": (BLOCK, GUARDED, f"the knight swings within {KNIGHT_REACH_PIXELS} px"),
    "Punisher": (CLEAVE, READY, "the knight is open (attacking or staggered)"),
    "Enrage": (CLEAVE, READY, "the boss is enraged"),
}


@dataclass(frozen=True)
class Effect:
    """What a changed mind does to the probabilities of the moves, on the same observations."""

    shift: np.ndarray  # (5,) mean change of each move's probability
    moved: float  # mean total variation distance: the share of probability that changes hands
    inside: float  # mean change of the claimed move's probability where the claim holds
    outside: float  # and among the other decisions that are compared


@dataclass(frozen=True)
class Report:
    """The figures about one specialist."""

    name: str
    mean_activity: float
    loudest: tuple[int, int]  # row of SITUATIONS, column
    loudest_activity: float
    fields: tuple[tuple[str, float], ...]  # those its activity correlates with most, and how
    claim_share: float  # share of the decisions compared in which its claim holds
    activity_auc: float
    drive_auc: float | None  # None for a modulator
    silenced: Effect
    held: Effect  # its latent held at its mean
    removed: Effect  # latent and drive zero; for a modulator the same as silenced


def claim(name: str, observations: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(which decisions are compared, in which of these the claim of `CLAIMS` holds), both bool (N,)."""
    distance = observations[:, OBSERVED_DISTANCE]
    attacking = observations[:, OBSERVED["knight_attacking"]] == 1
    staggered = observations[:, OBSERVED["knight_staggered"]] == 1
    free = grids.situations_of(observations) % len(grids.KNIGHT_ROWS) == 0
    ready = observations[:, OBSERVED_COOLDOWN] == 0
    near, in_reach = distance <= RANGE_PIXELS, distance <= KNIGHT_REACH_PIXELS
    holds = {
        "Aggressor": near,
        "Stalker": ~near,
        "Survivor": in_reach & ~ready,
        "Baiter": free & ~near & (distance <= 2 * RANGE_PIXELS),
        "Defender": attacking & in_reach,
        "Punisher": attacking | staggered,
        "Enrage": observations[:, OBSERVED["boss_enraged"]] == 1,
    }[name]
    everything = np.ones(len(observations), bool)
    compared = {READY: ready, ALL: everything, GUARDED: observations[:, OBSERVED_GUARD] > 0}[CLAIMS[name][1]]
    return compared, compared & holds


def auc(values: np.ndarray, inside: np.ndarray) -> float:
    """The chance that a value from inside exceeds one from outside (ties count half); NaN if either is empty.

    values: (N,). inside: bool (N,). This is the area under the receiver operating characteristic.
    """
    first, second = np.sort(values[inside]), values[~inside]
    if len(first) == 0 or len(second) == 0:
        return float("nan")
    below = np.searchsorted(first, second, "left")
    not_above = np.searchsorted(first, second, "right")
    return float(1.0 - (below + not_above).mean() / (2 * len(first)))


def correlations(values: np.ndarray, observations: np.ndarray) -> np.ndarray:
    """Pearson's correlation of `values` (N,) with each field: (24,), 0 where either never changes."""
    fields = observations - observations.mean(0)
    centred = values - values.mean()
    scale = np.sqrt((fields**2).sum(0) * (centred**2).sum())
    return np.divide(centred @ fields, scale, out=np.zeros(len(scale)), where=scale > 0)


def margins(logits: np.ndarray) -> np.ndarray:
    """How far each of (N, 5) logits or parts of them lies above the row's mean: only that counts."""
    return logits - logits.mean(1, keepdims=True)


def mean(values: np.ndarray) -> float:
    """The mean as a float; NaN of nothing."""
    return float(values.mean()) if len(values) else float("nan")


def effect(name: str, before: np.ndarray, after: np.ndarray, observations: np.ndarray) -> Effect:
    """The effect that a change of the specialist `name` has: from probabilities (N, 5) to others."""
    compared, holds = claim(name, observations)
    change = after - before
    move = change[:, CLAIMS[name][0]]
    moved = mean(np.abs(change).sum(1) / 2)
    return Effect(change.mean(0), moved, mean(move[holds]), mean(move[compared & ~holds]))


def loudest_cell(activity: np.ndarray, observations: np.ndarray) -> tuple[tuple[int, int], float]:
    """The cell of the map with the highest mean activity (N,), and that mean.

    Only cells with LEAST_LOUDEST decisions count, unless there are none.
    """
    rows, columns = grids.situations_of(observations), grids.columns_of(observations)
    number = grids.counts(grids.SITUATIONS, rows, columns)
    sums = np.bincount(rows * grids.COLUMN_COUNT + columns, activity, number.size).reshape(number.shape)
    least = min(LEAST_LOUDEST, number.max())
    averages = np.where(number >= least, sums / np.maximum(number, 1), -np.inf)
    row, column = np.unravel_index(averages.argmax(), averages.shape)
    return (int(row), int(column)), float(averages[row, column])


def report(name: str, mind: Mind, sample: Sample, before: dict[str, np.ndarray]) -> Report:
    """The figures about one specialist of `mind`; `before` is the mind's `trace` of the sample."""
    observations = sample.observations
    index = SPECIALISTS.index(name)
    activity = before["activity"][:, index]
    compared, holds = claim(name, observations)
    related = correlations(activity, observations)
    leading = np.argsort(-np.abs(related), kind="stable")[:LEADING_FIELDS]

    def effect_of(changed: Mind) -> Effect:
        after = trace(changed, observations)["probabilities"]
        return effect(name, before["probabilities"], after, observations)

    owner = index < OWNER_COUNT
    drive_auc = auc(margins(before["drives"])[compared, index], holds[compared]) if owner else None
    cell, loudest = loudest_cell(activity, observations)
    return Report(
        name=name,
        mean_activity=mean(activity),
        loudest=cell,
        loudest_activity=loudest,
        fields=tuple((FIELD_NAMES[field], float(related[field])) for field in leading),
        claim_share=mean(holds[compared]),
        activity_auc=auc(activity[compared], holds[compared]),
        drive_auc=drive_auc,
        silenced=effect_of(silenced(mind, name)),
        held=effect_of(with_constant_latent(mind, name, mean_latent(mind, name, observations))),
        removed=effect_of(silenced(mind, name, drive=True)),
    )


def balance(before: dict[str, np.ndarray], observations: np.ndarray) -> dict[str, tuple[float, float, float]]:
    """How much of the choice each part of the logits makes, for "drives" and "modulation".

    before: a `trace`. Per part: its mean size (of `margins`); how often the most probable move is the same by
    this part alone; and how much probability moves then.
    """
    legal = legal_mask(observations)
    shipped = before["probabilities"]
    result = {}
    for part in ("drives", "modulation"):
        alone = probabilities(before[part], legal)
        same = mean(alone.argmax(1) == shipped.argmax(1))
        size = mean(np.abs(margins(before[part])))
        result[part] = (size, same, mean(np.abs(alone - shipped).sum(1) / 2))
    return result


def cleave_rates(chances: np.ndarray, observations: np.ndarray, name: str) -> tuple[float, float]:
    """Mean probability of CLEAVE where it is allowed and in range: where the claim of `name` fails, holds.

    chances: probabilities (N, 5).
    """
    compared, holds = claim(name, observations)
    able = (observations[:, OBSERVED_COOLDOWN] == 0) & (observations[:, OBSERVED_DISTANCE] <= RANGE_PIXELS)
    cleave = chances[:, CLEAVE]
    return mean(cleave[able & compared & ~holds]), mean(cleave[able & holds])
