"""Trains a knight against the shipped boss with Stable-Baselines3's PPO, through the gymnasium environment.

    python examples/train_with_stable_baselines3.py                  a minute or two on one core
    python examples/train_with_stable_baselines3.py --steps 1000000  stronger

Prints how many of the same fights the knight wins before and after, each time at its best action; keeps no
files. Needs requirements-dev.txt.
"""

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))  # so that it runs from any folder

import gymnasium
from stable_baselines3 import PPO
from stable_baselines3.common.env_util import make_vec_env

ENVIRONMENT = "duel.environments:ModularMind/DuelKnight-v0"
OPPONENT = {"opponent": "easy"}  # "normal" and "hard" ask for more steps


def win_rate(model: PPO, fights: int) -> float:
    """The share of the fights 0, 1, ... that the knight wins."""
    env, wins = gymnasium.make(ENVIRONMENT, **OPPONENT), 0
    for seed in range(fights):
        observation, info = env.reset(options={"fight_seed": seed})
        while info["outcome"] == "ongoing":
            action, _ = model.predict(observation, deterministic=True)
            observation, *_, info = env.step(action)
        wins += info["outcome"] == "knight_wins"
    return wins / fights


def train(steps: int, fights: int) -> tuple[float, float]:
    """Train for at least `steps` decisions; returns the win rates before and after."""
    envs = make_vec_env(ENVIRONMENT, n_envs=8, seed=0, env_kwargs=OPPONENT)
    options = {"n_steps": 256, "batch_size": 512, "learning_rate": 1e-3, "ent_coef": 0.01}
    model = PPO("MlpPolicy", envs, seed=0, device="cpu", **options)
    before = win_rate(model, fights)
    model.learn(steps)
    return before, win_rate(model, fights)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="PPO against the shipped boss")
    parser.add_argument("--steps", type=int, default=240_000, help="decisions to train for (default 240000)")
    parser.add_argument("--fights", type=int, default=50, help="fights to measure with (default 50)")
    arguments = parser.parse_args()
    if min(arguments.steps, arguments.fights) < 1:
        parser.error("--steps and --fights must be at least 1")
    before, after = train(arguments.steps, arguments.fights)
    print(f"won before training: {before:.0%}, after: {after:.0%}")
