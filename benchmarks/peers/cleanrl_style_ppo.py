"""PPO in one file of torch in the manner of CleanRL, with the batched duel and masked actions.

Written for this benchmark after CleanRL's `ppo.py`: orthogonal initialisation, tanh layers, generalised
advantages, normalised per minibatch, clipped policy and value losses, gradients clipped by their norm.
"""

import numpy as np
import torch
from torch import nn
from torch.distributions import Categorical

from benchmarks.peers import threads
from benchmarks.peers.reference import Race
from benchmarks.peers.vector_environment import DuelVectorEnvironment
from duel.environments import BOSS_SEAT, SCALES
from features import BOSS_OBSERVATION_SIZE, MOVE_COUNT
from modular_mind import legal_mask
from training.evaluate import Policy
from training.seat import LearningConfig

HYPERPARAMETERS = {
    "environments": 512,
    "num_steps": 32,
    "num_minibatches": 8,
    "update_epochs": 4,
    "learning_rate": 1e-3,
    "gamma": LearningConfig().discount,
    "gae_lambda": 0.95,
    "clip_coef": 0.2,
    "ent_coef": 0.01,
    "vf_coef": 0.5,
    "max_grad_norm": 0.5,
    "hidden": 64,
    "torch_threads": threads.DESCRIPTION,
    "opponents": "all scripted knights in turn",
}


def linear(inputs: int, outputs: int, scale: float = np.sqrt(2)) -> nn.Linear:
    """A layer with orthogonal weights and no biases."""
    layer = nn.Linear(inputs, outputs)
    nn.init.orthogonal_(layer.weight, scale)
    nn.init.zeros_(layer.bias)
    return layer


def network(outputs: int, scale: float) -> nn.Sequential:
    """Two hidden layers."""
    hidden = HYPERPARAMETERS["hidden"]
    return nn.Sequential(
        linear(BOSS_OBSERVATION_SIZE, hidden), nn.Tanh(),
        linear(hidden, hidden), nn.Tanh(),
        linear(hidden, outputs, scale),
    )  # fmt: skip


class Agent(nn.Module):
    """Actor and critic, apart."""

    def __init__(self):
        super().__init__()
        self.actor = network(MOVE_COUNT, 0.01)
        self.critic = network(1, 1.0)

    def policy(self, x: torch.Tensor, masks: torch.Tensor) -> Categorical:
        """The distribution over the moves that masks (n, 5) bool allow."""
        return Categorical(logits=self.actor(x).masked_fill(~masks, -1e8), validate_args=False)


def fighter(agent: Agent) -> Policy:
    """The stochastic policy as it stands, for `training.evaluate.play`."""

    def policy(observations, draws):
        with torch.no_grad():
            x = torch.from_numpy(np.multiply(observations, SCALES[BOSS_SEAT], dtype=np.float32))
            return agent.policy(x, torch.from_numpy(legal_mask(observations))).sample().numpy()

    policy.memoryless = True
    return policy


def train(race: Race, seed: int) -> None:
    """Train until the race is over."""
    environment = DuelVectorEnvironment(HYPERPARAMETERS["environments"], seed)
    HYPERPARAMETERS["torch_threads"] = threads.set_fastest(Learner(environment, seed).update)
    learner = Learner(environment, seed)
    policy = fighter(learner.agent)
    steps = 0
    race.start()
    while not race.over(policy, steps):
        steps += learner.update()


class Learner:
    """An agent with its environments, buffers and optimiser."""

    def __init__(self, environment: DuelVectorEnvironment, seed: int):
        torch.manual_seed(seed)
        self.agent = Agent()
        self.optimizer = torch.optim.Adam(self.agent.parameters(), HYPERPARAMETERS["learning_rate"], eps=1e-5)
        self.environment = environment
        environment.seed(seed)
        self.seen = torch.from_numpy(environment.reset())
        shape = (HYPERPARAMETERS["num_steps"], environment.num_envs)
        self.observations = torch.zeros((*shape, BOSS_OBSERVATION_SIZE))
        self.masks = torch.zeros((*shape, MOVE_COUNT), dtype=torch.bool)
        self.actions = torch.zeros(shape, dtype=torch.long)
        self.log_probabilities, self.rewards, self.dones, self.values = (torch.zeros(shape) for _ in range(4))

    def update(self) -> int:
        """One rollout and its gradient steps; returns the steps played."""
        last_value = self.play()
        advantages = estimate(self.rewards, self.values, self.dones, last_value)
        returns = advantages + self.values
        arrays = (
            self.observations, self.masks, self.actions, self.log_probabilities,
            advantages, returns, self.values,
        )  # fmt: skip
        batch = [array.flatten(0, 1) for array in arrays]
        count = self.actions.numel()
        for _ in range(HYPERPARAMETERS["update_epochs"]):
            for rows in torch.randperm(count).chunk(HYPERPARAMETERS["num_minibatches"]):
                improve(self.agent, self.optimizer, *[array[rows] for array in batch])
        return count

    @torch.no_grad()
    def play(self) -> torch.Tensor:
        """Fill the buffers; the value of what is seen after the last step, (environments,)."""
        for t in range(len(self.actions)):
            self.observations[t] = self.seen
            self.masks[t] = torch.from_numpy(self.environment.action_masks())
            distribution = self.agent.policy(self.seen, self.masks[t])
            self.actions[t] = distribution.sample()
            self.log_probabilities[t] = distribution.log_prob(self.actions[t])
            self.values[t] = self.agent.critic(self.seen)[:, 0]
            x, rewards, dones, _ = self.environment.step(self.actions[t].numpy())
            self.seen, self.rewards[t] = torch.from_numpy(x), torch.from_numpy(rewards)
            self.dones[t] = torch.from_numpy(dones).float()
        return self.agent.critic(self.seen)[:, 0]


def estimate(rewards, values, dones, last_value) -> torch.Tensor:
    """Generalised advantages (num_steps, environments)."""
    gamma, trace = HYPERPARAMETERS["gamma"], HYPERPARAMETERS["gae_lambda"]
    advantages, running = torch.zeros_like(rewards), torch.zeros_like(last_value)
    following = last_value
    for t in reversed(range(len(rewards))):
        alive = 1 - dones[t]
        running = rewards[t] + gamma * alive * following - values[t] + gamma * trace * alive * running
        advantages[t], following = running, values[t]
    return advantages


def improve(agent, optimizer, x, masks, actions, before, advantages, returns, values) -> None:
    """One step of the optimiser on one minibatch."""
    p = HYPERPARAMETERS
    distribution = agent.policy(x, masks)
    ratio = (distribution.log_prob(actions) - before).exp()
    advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-8)
    clipped = ratio.clamp(1 - p["clip_coef"], 1 + p["clip_coef"])
    policy_loss = -torch.minimum(ratio * advantages, clipped * advantages).mean()
    value = agent.critic(x)[:, 0]
    clipped_value = values + (value - values).clamp(-p["clip_coef"], p["clip_coef"])
    value_loss = 0.5 * torch.maximum((value - returns) ** 2, (clipped_value - returns) ** 2).mean()
    loss = policy_loss - p["ent_coef"] * distribution.entropy().mean() + p["vf_coef"] * value_loss
    optimizer.zero_grad()
    loss.backward()
    nn.utils.clip_grad_norm_(agent.parameters(), p["max_grad_norm"])
    optimizer.step()
