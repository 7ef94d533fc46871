"""What both learners of Stable-Baselines3 share: its PPO as a fighter, and the race as its callback."""

import numpy as np
import torch
from stable_baselines3 import PPO
from stable_baselines3.common.callbacks import BaseCallback

from benchmarks.peers import threads
from benchmarks.peers.reference import Race
from duel.environments import BOSS_SEAT, SCALES
from training.evaluate import Policy
from training.seat import LearningConfig

ENDLESS = 10**12  # steps: the clock ends training
ACTIVATIONS = {"tanh": torch.nn.Tanh, "relu": torch.nn.ReLU}
# The discount is the project's own for the boss, so that all learners want the same; the network is Stable-
# Baselines3's default, two layers of 64 for the policy and two for its value.
SHARED = {
    "gamma": LearningConfig().discount,
    "gae_lambda": 0.95,
    "clip_range": 0.2,
    "ent_coef": 0.01,
    "net_arch": [64, 64],
    "activation": "tanh",
}


def fighter(model: PPO) -> Policy:
    """The stochastic policy of `model` as it stands, for `training.evaluate.play`."""

    def policy(observations, draws):
        if not len(observations):
            return np.zeros(0, np.int64)
        x = np.multiply(observations, SCALES[BOSS_SEAT], dtype=np.float32)
        return model.predict(x, deterministic=False)[0]

    policy.memoryless = True
    return policy


class RaceCallback(BaseCallback):
    """Asks after every step of the environments whether the race is over."""

    def __init__(self, race: Race):
        super().__init__()
        self.race = race

    def _on_training_start(self) -> None:
        self.policy = fighter(self.model)

    def _on_step(self) -> bool:
        return not self.race.over(self.policy, self.num_timesteps)


def run(environment, race: Race, seed: int, hyperparameters: dict) -> None:
    """PPO on a vectorised environment until the race is over; notes the number of threads chosen."""
    chosen = dict(hyperparameters)
    for name in ("environments", "opponents", "torch_threads"):
        chosen.pop(name)
    network = {
        "net_arch": chosen.pop("net_arch"),
        "activation_fn": ACTIVATIONS[chosen.pop("activation")],
    }

    def ppo() -> PPO:
        return PPO("MlpPolicy", environment, policy_kwargs=network, seed=seed, device="cpu", **chosen)

    hyperparameters["torch_threads"] = threads.set_fastest(lambda: ppo().learn(1))
    model = ppo()
    race.start()
    model.learn(ENDLESS, callback=RaceCallback(race))
