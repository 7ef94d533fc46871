"""The project's own training, as `make train` runs it: league self-play in which both seats learn.

What is looked at are the rounded weights, by the path that serves them. The time that the knight's learning
takes is counted like the boss's.
"""

import os
from dataclasses import asdict, replace

from benchmarks.peers.reference import Race
from training.evaluate import mind_policy
from training.run import TrainConfig
from training.selection import rounded
from training.selfplay import SelfPlay

CONFIG = TrainConfig()
THREADS = min(2, os.cpu_count() or 1)


def hyperparameters(config: TrainConfig) -> dict:
    """What is reported of a configuration."""
    return {"updates": config.updates, "threads": THREADS, **asdict(config.learning)}


HYPERPARAMETERS = hyperparameters(CONFIG)


def train(race: Race, seed: int, config: TrainConfig = CONFIG) -> None:
    """Train until the race is over; the schedules are those of a whole run, however early it ends."""
    warm_up(config)
    trainer = SelfPlay(replace(config.learning, seed=seed), THREADS)
    steps = update = 0
    race.start()
    while True:
        steps += trainer.update(min(1.0, update / config.updates))["agent_steps"]
        update += 1
        if race.over(mind_policy(rounded(trainer.average)), steps):
            return


def warm_up(config: TrainConfig) -> None:
    """Compile what will be needed, with a trainer that is thrown away."""
    small = SelfPlay(replace(config.learning, duels=128, exploiter_duels=64, horizon=8), 1)
    for progress in (0.0, 0.5):
        small.update(progress)
