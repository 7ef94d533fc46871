"""Stable-Baselines3's PPO given the project's batched duel as its vectorised environment."""

import numpy as np

from benchmarks.peers import sb3_common, threads
from benchmarks.peers.reference import Race
from benchmarks.peers.vector_environment import DuelVectorEnvironment

HYPERPARAMETERS = {
    **sb3_common.SHARED,
    "learning_rate": 3e-3,  # the best of nine tried, with the epochs, rollouts and batches below
    "environments": 512,
    "n_steps": 32,
    "batch_size": 2048,
    "n_epochs": 4,
    "torch_threads": threads.DESCRIPTION,
    "opponents": "all scripted knights in turn",
}


def train(race: Race, seed: int) -> None:
    """Train until the race is over."""
    environment = DuelVectorEnvironment(HYPERPARAMETERS["environments"], seed)
    environment.step(np.zeros(environment.num_envs, np.int32))  # compiles the duel
    sb3_common.run(environment, race, seed, HYPERPARAMETERS)
