"""Small training runs and odd minds that the tests of training share."""

from dataclasses import replace
from pathlib import Path

import numpy as np

import mm_grad
from features import BLOCK, RETREAT
from modular_mind import SHAPES, Mind
from training.run import TrainConfig
from training.selfplay import SelfPlayConfig

TINY = SelfPlayConfig(seed=3, duels=32, players=2, horizon=8, past_selves=3)


def tiny_config(folder: Path, seed: int = 3, updates: int = 6, **changes) -> TrainConfig:
    """A run of seconds: few fights, few updates, few examinations."""
    config = TrainConfig(
        learning=replace(TINY, seed=seed), updates=updates, out=folder / "weights", run=folder / "run",
        examine_every=3, examine_fights=2, final_fights=2, calibrate=False, threads=1,
    )  # fmt: skip
    return replace(config, **changes)


def constant_mind(*moves: int) -> Mind:
    """A mind that makes the first of two `moves` that is legal, whatever it sees."""
    parameters = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    parameters["drive_bias"][list(moves)] = 8.0
    parameters["modulation_bias"][moves[0]] = 8.0
    return Mind(parameters)


def coward() -> Mind:
    """A mind that only retreats and blocks."""
    return constant_mind(RETREAT, BLOCK)


def examined(mind: Mind, **changes) -> tuple[np.ndarray, dict]:
    """A candidate as a run keeps it, with a record that praises it."""
    record = {
        "update": 1, "ripe": False, "fights_each": 2, "win_rate": {"dodger": 1.0, "idler": 1.0},
        "learned": [], "behavior": {"in_range_attack_rate": 1.0}, "score": 1.5,
    }  # fmt: skip
    return mm_grad.pack(mind.parameters), record | changes
