"""One learning side of the duel: policy, baseline, and the policy gradient that improves both.

REINFORCE with a learned baseline. Advantages by generalised advantage estimation (Schulman et al. 2016)
from decision to decision: a fighter that is committed does not decide, and the rewards of that time
belong to the decision before it. Each rollout is used for a few epochs under PPO's clipped ratio (Schulman et
al. 2017). The baseline sees what the policy sees, learns from its own network and is never shipped.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from mm_grad import Adam, masked_log_softmax
from training.networks import Perceptron
from training.randomness import generator_state, restore_generator
from training.rollout import Rollout


@dataclass(frozen=True)
class LearningConfig:
    """What shapes learning in one seat."""

    discount: float = 0.995  # a step, 0.1 s
    trace: float = 0.95  # the lambda of the advantage estimate
    clip: float = 0.2
    epochs: int = 3
    baseline_epochs: int = 2
    minibatch: int = 2048
    learning_rate: float = 2e-3
    final_learning_rate: float = 1e-4
    entropy: float = 0.03
    final_entropy: float = 0.003
    gradient_norm: float = 0.5
    baseline_hidden: tuple[int, ...] = (64, 32)


class Seat:
    """A policy network with its baseline, optimisers and random stream."""

    def __init__(self, network, config: LearningConfig, seed: int):
        self.network = network
        self.config = config
        self.policy = network.initial(seed)
        self.value_network = Perceptron(network.inputs, *config.baseline_hidden, 1)
        self.baseline = self.value_network.initial(seed + 1)
        self.policy_adam = Adam(self.policy, config.learning_rate, epsilon=1e-5)
        self.baseline_adam = Adam(self.baseline, config.learning_rate, epsilon=1e-5)
        self.random = np.random.default_rng([seed, network.size])

    def learning_tasks(self, steps: Rollout, progress: float) -> tuple[Callable, Callable]:
        """Two independent tasks for two threads: improve the policy (returns mean entropy), and the baseline.

        `progress` 0 to 1 drives the schedules of learning rate and entropy.
        """
        config = self.config
        rate = config.learning_rate + (config.final_learning_rate - config.learning_rate) * progress
        entropy_weight = config.entropy + (config.final_entropy - config.entropy) * progress
        self.policy_adam.learning_rate = self.baseline_adam.learning_rate = rate
        steps.values[steps.decides] = self.values(steps.x[steps.decides])
        steps.last_values[:] = self.values(steps.last_x)
        advantages, returns = steps.advantages(config.discount, config.trace)
        x, returns = steps.x[steps.decides], returns[steps.decides]
        # a void move was not what happened: it teaches the baseline, not the policy
        taught = steps.decides & ~steps.void
        advantages = advantages[taught]
        advantages = (advantages - advantages.mean()) / (advantages.std() + 1e-6)
        batches = self._policy_batches(steps, taught, advantages)
        orders = self._orders(len(x), config.baseline_epochs)

        def improve_policy() -> float:
            return float(np.mean([self._improve_policy(*batch, entropy_weight) for batch in batches]))

        def improve_baseline() -> None:
            for rows in orders:
                self._improve_baseline(x.take(rows, axis=0), returns[rows])

        return improve_policy, improve_baseline

    def values(self, x: np.ndarray) -> np.ndarray:
        """The baseline's values (n,) of observations (n, inputs)."""
        return self.value_network.forward(self.baseline, x)[0][0]

    def _policy_batches(self, steps: Rollout, taught: np.ndarray, advantages: np.ndarray) -> Iterator:
        """Every minibatch of all epochs: observations, legal, actions, log probabilities then, advantages.

        The order is drawn at once, the arrays are put together one by one as they are needed, by `take`,
        which is three times as fast as indexing by rows.
        """
        arrays = (steps.x, steps.legal, steps.actions, steps.chosen)
        teaching = [*(array[taught] for array in arrays), advantages]
        orders = self._orders(len(advantages), self.config.epochs)
        return ([array.take(rows, axis=0) for array in teaching] for rows in orders)

    def _orders(self, count: int, epochs: int) -> list[np.ndarray]:
        """The rows of every minibatch of all epochs, shuffled."""
        parts = max(1, round(count / self.config.minibatch))
        return [rows for _ in range(epochs) for rows in np.array_split(self.random.permutation(count), parts)]

    def _improve_policy(self, x, legal, actions, before, advantages, entropy_weight) -> float:
        logits, activations = self.network.forward(self.policy, x)
        log_pi, pi = masked_log_softmax(logits, legal)
        entropy = -(pi * log_pi).sum(0)
        columns = np.arange(len(x))
        ratio = np.exp(log_pi[actions, columns] - before)
        # the clipped objective is flat where the ratio has already gone far enough the right way
        done = np.where(advantages > 0, ratio > 1 + self.config.clip, ratio < 1 - self.config.clip)
        gain = np.where(done, 0, ratio * advantages)
        gradients = pi * (gain + np.float32(entropy_weight) * (log_pi + entropy))
        gradients[actions, columns] -= gain
        self._regularise(gradients, x, legal, pi)
        gradients /= len(x)
        gradient = self.network.backward(self.policy, activations, gradients)
        self.policy_adam.step(self.policy, clip_norm(gradient, self.config.gradient_norm))
        return float(entropy.mean())

    def _regularise(self, gradients, x, legal, pi) -> None:
        """For other kinds of seat: add to the loss's `gradients` (actions, n) by the logits of each row."""

    def _improve_baseline(self, x, returns) -> None:
        values, activations = self.value_network.forward(self.baseline, x)
        errors = (values - returns) / len(x)
        gradient = self.value_network.backward(self.baseline, activations, errors)
        self.baseline_adam.step(self.baseline, clip_norm(gradient, 10 * self.config.gradient_norm))

    # ------------------------------------------------------------------ checkpoints
    def state(self, prefix: str) -> dict[str, np.ndarray]:
        """Everything needed to go on training, as arrays."""
        arrays = {prefix + "policy": self.policy, prefix + "baseline": self.baseline}
        for name, adam in (("policy_adam", self.policy_adam), ("baseline_adam", self.baseline_adam)):
            arrays[f"{prefix}{name}_first"] = adam.first
            arrays[f"{prefix}{name}_second"] = adam.second
            arrays[f"{prefix}{name}_steps"] = np.array(adam.steps)
        arrays[prefix + "random"] = generator_state(self.random)
        return arrays

    def load(self, state: dict[str, np.ndarray], prefix: str) -> None:
        """The counterpart of `state`."""
        self.policy[:] = state[prefix + "policy"]
        self.baseline[:] = state[prefix + "baseline"]
        for name, adam in (("policy_adam", self.policy_adam), ("baseline_adam", self.baseline_adam)):
            adam.first[:] = state[f"{prefix}{name}_first"]
            adam.second[:] = state[f"{prefix}{name}_second"]
            adam.steps = int(state[f"{prefix}{name}_steps"])
        restore_generator(self.random, state[prefix + "random"])


def clip_norm(gradient: np.ndarray, limit: float) -> np.ndarray:
    """`gradient` itself, shortened in place to the length `limit` if it was longer."""
    norm = float(np.sqrt(gradient @ gradient))
    if norm > limit:
        gradient *= limit / norm
    return gradient
