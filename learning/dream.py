"""Trains a candidate against clones of recent players, in the simulator, in seconds: the boss dreams of you.

    candidate = dream(live, anchor, [fit(logs, seed)], DreamConfig(), seed=0, explore=TIER_EXPLORE["hard"])

The policy gradient of self-play (`training/player.py`, `training/seat.py`) goes on from the live mind. Most
fights are against the clones, the others against the frozen pool of scripted and learned knights, so that
what is learned about one player is not paid for with the others. The rewards are about winning, without
the charges for waiting that self-play needs: the anchor is near enough that the boss does not turn into a
coward. The candidate is the policy averaged
over the second half, within the bounds of `learning/bounds.py`, rounded. Same arguments, same mind.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from duel.fighters import FIGHTER_COUNT
from duel.loops import LEARNER
from features import EXPLORE_ONE, MOVE_COUNT
from learning.bounds import Bounds, nearest_within, project
from learning.clone import Clone
from mm_grad import masked_log_softmax, pack
from modular_mind import WEIGHTS_DIRECTORY, Mind
from training.knights import NAME as KNIGHTS_NAME
from training.knights import load as load_knights
from training.league import League
from training.networks import KNIGHT_NETWORK, Modular
from training.player import Player
from training.rewards import Rewards
from training.rollout import Rollout
from training.seat import LearningConfig, Seat

NOBODY = -1  # no clone fights in this row, but a knight of the pool


@dataclass(frozen=True)
class DreamConfig:
    """What shapes a dream."""

    updates: int = 150  # rollouts, each with its gradient steps
    warm_up: int = 20  # rollouts before them from which only the baseline learns
    duels: int = 512  # fights side by side
    horizon: int = 64  # steps of each fight in one rollout
    clone_share: float = 0.65  # of the fights: against the clones
    anchor_weight: float = 0.005  # of the divergence KL(anchor || policy) in the loss
    baseline_rate: float = 2e-3  # learning rate of the baseline, which begins from nothing
    average_from: float = 0.5  # of the updates: from here on the policy is averaged
    bounds: Bounds = field(default_factory=Bounds)
    rewards: Rewards = field(
        default_factory=lambda: Rewards(
            cleave_landed=1.0, cleave_evaded=0.0, cleave_missed=0.0, sword_taken=0.25, out_of_range=0.0,
            stalling=0.0, win=5.0, loss=5.0,
        )
    )  # fmt: skip
    learning: LearningConfig = field(
        default_factory=lambda: LearningConfig(
            discount=0.998, trace=0.98, epochs=3, minibatch=4096, learning_rate=3e-4,
            final_learning_rate=5e-5, entropy=0.0, final_entropy=0.0,
        )
    )  # fmt: skip


def dream(
    live: Mind, anchor: Mind, clones: Sequence[Clone], config: DreamConfig, seed: int, explore: int
) -> Mind:
    """The candidate that `live` becomes by fighting `clones` (at least one) and the frozen pool.

    explore: the mistake rate in 1/65536 with which it fights. Raises mind.archive.ArchiveError where the
    frozen knights cannot be read.
    """
    seat = DreamSeat(live, anchor, config, seed)
    pool = frozen_league()
    nobody = League(0, 0, seat.network.size)
    idle = np.zeros(KNIGHT_NETWORK.size, np.float32)  # the learning knight, of whom there is none
    player = DreamPlayer(clones, config, explore, seed)
    average, averaged = seat.policy.copy(), 0
    for update in range(-config.warm_up, config.updates):
        progress = max(update, 0) / config.updates
        played = player.play(seat.policy, idle, pool, nobody, config.horizon)
        pool.note(*played.boss_league)
        improve_policy, improve_baseline = seat.learning_tasks(played.boss, progress)
        if update >= 0:
            improve_policy()
        improve_baseline()
        if update >= 0 and progress >= config.average_from:
            averaged += 1
            average += (seat.policy - average) / np.float32(averaged)
    return nearest_within(average, anchor, config.bounds)


def frozen_league() -> League:
    """The scripted knights and the learned ones of `weights/` as opponents; raises ArchiveError."""
    knights = load_knights(WEIGHTS_DIRECTORY / KNIGHTS_NAME)
    league = League(FIGHTER_COUNT, len(knights), KNIGHT_NETWORK.size)
    for knight in knights:
        league.add(knight)
    return league


class DreamPlayer(Player):
    """Fights of one boss: against the clones in the first rows, against the frozen pool in the others."""

    def __init__(self, clones: Sequence[Clone], config: DreamConfig, explore: int, seed: int):
        """explore: the boss's mistake rate in 1/65536."""
        super().__init__(Modular(), config.duels, 1.0, 0.0, config.rewards, seed)
        self.clones = clones
        self.explore = explore / EXPLORE_ONE
        rows = round(config.duels * config.clone_share)
        self.clone_of = np.full(config.duels, NOBODY)
        self.clone_of[:rows] = np.arange(rows) % len(clones)

    # ------------------------------------------------------------------ opponents
    def _begin(self, rows, boss_league, knight_league) -> None:
        super()._begin(rows, boss_league, knight_league)
        dreamed = rows[self.clone_of[rows] != NOBODY]
        self.opponents[dreamed] = 0  # a script's number, so that no learned knight acts for the clone
        self.batch.kinds[dreamed] = LEARNER

    def _note(self, ended, outcomes, results) -> None:
        pooled = self.clone_of[ended] == NOBODY  # the clones are not of the league
        super()._note(ended[pooled], outcomes[pooled], results)

    # ------------------------------------------------------------------ deciding
    def _knight_acts(self, policy, league, steps, t, actions) -> None:
        super()._knight_acts(policy, league, steps, t, actions)
        self._clones_act(actions)

    def _knight_acts_compiled(self, scripted, policy, past, steps, t, actions) -> None:
        super()._knight_acts_compiled(scripted, policy, past, steps, t, actions)
        self._clones_act(actions)

    def _clones_act(self, actions: np.ndarray) -> None:
        for number, clone in enumerate(self.clones):
            rows = self.clone_of == number
            actions[rows] = clone.actions(self.batch, rows, self.random)[rows]

    def _boss_acts(self, policy, league, steps, t, moves) -> None:
        super()._boss_acts(policy, league, steps, t, moves)
        self._err(steps, t, moves)

    def _boss_acts_compiled(self, policy, past, steps, t, moves) -> None:
        super()._boss_acts_compiled(policy, past, steps, t, moves)
        self._err(steps, t, moves)

    def _err(self, steps: Rollout, t: int, moves: np.ndarray) -> None:
        """Mistakes at the tier's rate: random legal moves, which the policy did not decide."""
        wrong = np.flatnonzero(steps.decides[t] & (self.random.random(self.duels) < self.explore))
        chances = self.random.random((len(wrong), MOVE_COUNT)) * steps.legal[t, wrong]
        moves[wrong] = chances.argmax(1)
        steps.decides[t, wrong] = False


class DreamSeat(Seat):
    """The boss's seat, drawn towards the anchor and never outside the ball around it."""

    def __init__(self, live: Mind, anchor: Mind, config: DreamConfig, seed: int):
        super().__init__(Modular(), config.learning, seed)
        self.dream = config
        self.anchor = pack(anchor.parameters)
        self.policy[:] = pack(live.parameters)

    def learning_tasks(self, steps: Rollout, progress: float):
        """As in any seat, but the baseline learns faster than the policy.

        One that lags behind makes advantages of chance: candidates drifted off, ten points down or up.
        """
        tasks = super().learning_tasks(steps, progress)
        self.baseline_adam.learning_rate = self.dream.baseline_rate
        return tasks

    def _improve_policy(self, x, legal, actions, before, advantages, entropy_weight) -> float:
        entropy = super()._improve_policy(x, legal, actions, before, advantages, entropy_weight)
        project(self.policy, self.anchor, self.dream.bounds)
        return entropy

    def _regularise(self, gradients, x, legal, pi) -> None:
        usual = masked_log_softmax(self.network.forward(self.anchor, x)[0], legal)[1]
        gradients += np.float32(self.dream.anchor_weight) * (pi - usual)
