"""Stable-Baselines3's PPO with its usual subprocess environments, eight of them.

Each is `ModularMind/DuelBoss-v0` and meets the scripted knights in turn. This PPO knows no masks: an illegal
move becomes IDLE, as the environment documents.
"""

from functools import partial

import gymnasium
from stable_baselines3.common.vec_env import SubprocVecEnv

from benchmarks.peers import sb3_common, threads
from benchmarks.peers.reference import Race
from duel.fighters import FIGHTERS

HYPERPARAMETERS = {
    **sb3_common.SHARED,
    "learning_rate": 1e-3,
    "environments": 8,
    "n_steps": 256,
    "batch_size": 512,
    "n_epochs": 10,
    "torch_threads": threads.DESCRIPTION,
    "opponents": "all scripted knights in turn",
}


class Turns(gymnasium.Env):
    """The boss seat; every fight brings the next scripted knight."""

    def __init__(self, first: int):
        name = "duel.environments:ModularMind/DuelBoss-v0"
        # without the checker that looks at every observation: nothing here is new
        self._knights = [
            gymnasium.make(name, opponent=knight, disable_env_checker=True) for knight in FIGHTERS
        ]
        self.observation_space = self._knights[0].observation_space
        self.action_space = self._knights[0].action_space
        self._turn = first

    def reset(self, *, seed=None, options=None):
        """Begin a fight against the next knight."""
        if seed is not None:
            for number, knight in enumerate(self._knights):
                knight.reset(seed=seed + number)
        self._turn = (self._turn + 1) % len(self._knights)
        return self._knights[self._turn].reset(options=options)

    def step(self, action):
        """One decision in the fight in progress."""
        return self._knights[self._turn].step(int(action))


def train(race: Race, seed: int) -> None:
    """Train until the race is over; the processes of the environments end with it."""
    makers = [partial(Turns, number) for number in range(HYPERPARAMETERS["environments"])]
    environment = SubprocVecEnv(makers)
    try:
        sb3_common.run(environment, race, seed, HYPERPARAMETERS)
    finally:
        environment.close()
