"""Self-play by policy gradient: boss and knight both learn, scripted knights keep the boss honest.

REINFORCE with a learned baseline (advantages by generalised advantage estimation, Schulman et al. 2016;
two epochs over each rollout with the clipped ratio of PPO, Schulman et al. 2017). Only the boss's
network is shipped. One step of a rollout is one decision of each seat: 6 ticks of fight time. Steps in
which the boss is not free, and moves that turned out void, carry no policy gradient.
"""

from dataclasses import asdict, dataclass, field

import numpy as np
import torch
from torch import nn

import mm_torch
from duel.batch import DuelBatch
from duel.fighters import FIGHTER_COUNT
from duel.loops import LEARNER, LOG_EVENTS, LOG_OUTCOME
from features import (
    BOSS_OBSERVATION_SIZE,
    BOSS_WINS,
    EVENT_MOVE_VOID,
    KNIGHT_ACTION_COUNT,
    KNIGHT_OBSERVATION,
    KNIGHT_OBSERVATION_SIZE,
)
from modular_mind import initial_parameters, legal_mask, scale_observations
from training.rewards import Rewards, step_rewards

KNIGHT_SCALE = np.ldexp(1.0, [-exponent for *_, exponent in KNIGHT_OBSERVATION]).astype(np.float32)


@dataclass(frozen=True)
class SelfPlayConfig:
    """What shapes learning; every field ends up in the training log."""

    seed: int = 0
    duels: int = 1024  # fights side by side
    horizon: int = 32  # decisions of each fight in one rollout
    learner_share: float = 0.5  # of the fights are against the learning knight, the rest scripted
    discount: float = 0.985  # a decision, 0.1 s
    trace: float = 0.95  # the lambda of the advantage estimate
    clip: float = 0.2
    epochs: int = 2
    minibatch: int = 4096
    learning_rate: float = 1.5e-3
    final_learning_rate: float = 1e-4
    entropy: float = 0.02
    final_entropy: float = 0.004
    gradient_norm: float = 0.5
    rewards: Rewards = field(default_factory=Rewards)


def perceptron(inputs: int, hidden: int, outputs: int) -> nn.Sequential:
    """A small network with two hidden layers; its output starts near zero."""
    network = nn.Sequential(
        nn.Linear(inputs, hidden), nn.ReLU(), nn.Linear(hidden, hidden), nn.ReLU(), nn.Linear(hidden, outputs)
    )
    with torch.no_grad():
        network[-1].weight.mul_(0.1)
        network[-1].bias.zero_()
    return network


class Seat:
    """One learning side: policy, baseline, optimiser."""

    def __init__(self, policy: nn.Module, inputs: int, learning_rate: float):
        self.policy = policy
        self.baseline = perceptron(inputs, 64, 1)
        self.optimiser = torch.optim.Adam(
            [*policy.parameters(), *self.baseline.parameters()], lr=learning_rate, eps=1e-5
        )

    def act(self, x: torch.Tensor, legal: torch.Tensor | None, generator: torch.Generator):
        """Sampled actions (n,), their log-probabilities (n,) and the baseline's values (n,)."""
        with torch.no_grad():
            logits = masked(self.policy(x), legal)
            noise = torch.rand(logits.shape, generator=generator).clamp_(1e-9, 1 - 1e-9)
            actions = (logits - torch.log(-torch.log(noise))).argmax(1)
            chosen = logits.log_softmax(1).gather(1, actions[:, None])[:, 0]
            return actions, chosen, self.baseline(x)[:, 0]

    def state(self) -> dict:
        """Everything needed to go on training."""
        return {
            "policy": self.policy.state_dict(),
            "baseline": self.baseline.state_dict(),
            "optimiser": self.optimiser.state_dict(),
        }

    def load(self, state: dict) -> None:
        """The counterpart of `state`."""
        self.policy.load_state_dict(state["policy"])
        self.baseline.load_state_dict(state["baseline"])
        self.optimiser.load_state_dict(state["optimiser"])


def masked(logits: torch.Tensor, legal: torch.Tensor | None) -> torch.Tensor:
    """Logits with illegal moves far below all others."""
    return logits if legal is None else logits.masked_fill(~legal, -1e9)


class SelfPlay:
    """The trainer: `update(progress)` plays one rollout and learns from it."""

    def __init__(self, config: SelfPlayConfig, threads: int = 2):
        torch.manual_seed(config.seed)
        self.config = config
        self.generator = torch.Generator().manual_seed(config.seed)
        self.boss = Seat(
            mm_torch.TorchMind(initial_parameters(config.seed)), BOSS_OBSERVATION_SIZE, config.learning_rate
        )
        self.knight = Seat(
            perceptron(KNIGHT_OBSERVATION_SIZE, 64, KNIGHT_ACTION_COUNT),
            KNIGHT_OBSERVATION_SIZE,
            config.learning_rate,
        )
        self.random = np.random.default_rng(config.seed)
        # How often the boss wins of late against each scripted knight: the hard ones come more often.
        self.boss_wins = np.full(FIGHTER_COUNT, 0.5)
        self.learner_wins = 0.5
        learners = round(config.duels * config.learner_share)
        kinds = np.full(config.duels, LEARNER, np.int32)
        kinds[learners:] = np.arange(config.duels - learners) % FIGHTER_COUNT
        self.learners = learners
        self.batch = DuelBatch(config.duels, kinds, config.seed, threads)

    # ------------------------------------------------------------------ playing
    def rollout(self) -> tuple[dict, dict]:
        """Play `horizon` decisions in every fight; the recorded steps of boss and knight."""
        n, batch = self.learners, self.batch
        boss_steps: list[tuple] = []
        knight_steps: list[tuple] = []
        for _ in range(self.config.horizon):
            view = batch.boss_view.copy()
            due = batch.due.copy()
            x = torch.from_numpy(scale_observations(view, np.float32))
            legal = torch.from_numpy(legal_mask(view))
            moves, chosen, values = self.boss.act(x, legal, self.generator)
            knight_x = torch.from_numpy(np.multiply(batch.knight_view[:n], KNIGHT_SCALE, dtype=np.float32))
            actions, knight_chosen, knight_values = self.knight.act(knight_x, None, self.generator)

            all_actions = np.zeros(self.config.duels, np.int32)
            all_actions[:n] = actions.numpy()
            log = batch.step(moves.numpy(), all_actions)
            boss_reward, knight_reward = step_rewards(log, view, moves.numpy(), due, self.config.rewards)
            done = log[:, LOG_OUTCOME] != 0
            learns = (due == 1) & (log[:, LOG_EVENTS] & EVENT_MOVE_VOID == 0)
            boss_steps.append((x, legal, moves, chosen, values, boss_reward, done, learns))
            everyone = np.ones(n, bool)
            knight_steps.append(
                (knight_x, actions, knight_chosen, knight_values, knight_reward[:n], done[:n], everyone)
            )
            self._note_outcomes(log)
        boss_last = self._value(self.boss, scale_observations(batch.boss_view, np.float32))
        knight_last = self._value(
            self.knight, np.multiply(batch.knight_view[:n], KNIGHT_SCALE, dtype=np.float32)
        )
        x, legal, *rest = zip(*boss_steps, strict=True)
        boss = self._collect(x, *rest, last=boss_last)
        boss["legal"] = torch.cat(legal)
        return boss, self._collect(*zip(*knight_steps, strict=True), last=knight_last)

    @staticmethod
    def _value(seat: Seat, x: np.ndarray) -> np.ndarray:
        with torch.no_grad():
            return seat.baseline(torch.from_numpy(x))[:, 0].numpy()

    def _note_outcomes(self, log: np.ndarray) -> None:
        """Follow the win rates and draw the next scripted knight of each finished row by them."""
        done = np.flatnonzero(log[:, LOG_OUTCOME])
        won = log[done, LOG_OUTCOME] == BOSS_WINS
        kinds = self.batch.kinds[done]
        for kind, win in zip(kinds, won, strict=True):
            if kind == LEARNER:
                self.learner_wins += 0.003 * (win - self.learner_wins)
            else:
                self.boss_wins[kind] += 0.02 * (win - self.boss_wins[kind])
        weights = (1.05 - self.boss_wins) / (1.05 - self.boss_wins).sum()
        weights = 0.5 * weights + 0.5 / FIGHTER_COUNT
        scripted = done[kinds != LEARNER]
        self.batch.kinds[scripted] = self.random.choice(FIGHTER_COUNT, len(scripted), p=weights)

    def _collect(self, x, actions, chosen, values, rewards, done, learns, last) -> dict[str, torch.Tensor]:
        """Flatten the steps (horizon, n) and estimate advantages and returns."""
        values, rewards, done = np.stack(values), np.stack(rewards), np.stack(done)
        advantages = np.zeros_like(rewards)
        running = np.zeros_like(last)
        following = last
        for t in reversed(range(len(rewards))):
            ahead = self.config.discount * ~done[t]
            error = rewards[t] + ahead * following - values[t]
            running = error + self.config.trace * ahead * running
            advantages[t] = running
            following = values[t]
        return {
            "x": torch.cat(x),
            "actions": torch.cat(actions),
            "chosen": torch.cat(chosen),
            "advantages": torch.from_numpy(advantages.ravel()),
            "returns": torch.from_numpy((advantages + values).ravel()),
            "learns": torch.from_numpy(np.stack(learns).ravel()),
        }

    # ------------------------------------------------------------------ learning
    def update(self, progress: float) -> dict[str, float]:
        """One rollout and its gradient steps; `progress` from 0 to 1 drives the schedules."""
        config = self.config
        rate = config.learning_rate + (config.final_learning_rate - config.learning_rate) * progress
        entropy = config.entropy + (config.final_entropy - config.entropy) * progress
        boss, knight = self.rollout()
        return {
            "boss_entropy": self._learn(self.boss, boss, rate, entropy),
            "knight_entropy": self._learn(self.knight, knight, rate, entropy),
            "learner_win_rate": float(self.learner_wins),
        }

    def _learn(self, seat: Seat, steps: dict, rate: float, entropy_weight: float) -> float:
        """Gradient steps on one seat; returns the policy's mean entropy."""
        config = self.config
        for group in seat.optimiser.param_groups:
            group["lr"] = rate
        learns = steps["learns"]
        advantages = steps["advantages"]
        spread = advantages[learns]
        advantages = (advantages - spread.mean()) / (spread.std() + 1e-6) * learns
        total = len(learns)
        entropies = []
        for _ in range(config.epochs):
            order = torch.randperm(total, generator=self.generator)
            for first in range(0, total, config.minibatch):
                rows = order[first : first + config.minibatch]
                x = steps["x"][rows]
                legal = steps["legal"][rows] if "legal" in steps else None
                log_probabilities = masked(seat.policy(x), legal).log_softmax(1)
                chosen = log_probabilities.gather(1, steps["actions"][rows, None])[:, 0]
                ratio = (chosen - steps["chosen"][rows]).exp()
                advantage = advantages[rows]
                clipped = ratio.clamp(1 - config.clip, 1 + config.clip)
                weight = learns[rows].float()
                count = weight.sum().clamp(min=1)
                gain = (torch.min(ratio * advantage, clipped * advantage) * weight).sum() / count
                entropy = -(log_probabilities.exp() * log_probabilities).sum(1)
                entropy = (entropy * weight).sum() / count
                error = (seat.baseline(x)[:, 0] - steps["returns"][rows]).square().mean()
                loss = 0.5 * error - gain - entropy_weight * entropy
                seat.optimiser.zero_grad()
                loss.backward()
                nn.utils.clip_grad_norm_(seat.policy.parameters(), config.gradient_norm)
                seat.optimiser.step()
                entropies.append(float(entropy.detach()))
        return float(np.mean(entropies))

    # ------------------------------------------------------------------ checkpoints
    def state(self) -> dict:
        """Everything needed to go on: networks, optimisers, random streams, running win rates."""
        return {
            "config": asdict(self.config),
            "boss": self.boss.state(),
            "knight": self.knight.state(),
            "generator": self.generator.get_state(),
            "random": self.random.bit_generator.state,
            "boss_wins": torch.from_numpy(self.boss_wins),
            "learner_wins": float(self.learner_wins),
        }

    def load(self, state: dict) -> None:
        """The counterpart of `state`; the fights themselves start anew."""
        self.boss.load(state["boss"])
        self.knight.load(state["knight"])
        self.generator.set_state(state["generator"])
        self.random.bit_generator.state = state["random"]
        self.boss_wins = state["boss_wins"].numpy().copy()
        self.learner_wins = state["learner_wins"]
