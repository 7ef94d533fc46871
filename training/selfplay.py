"""League self-play: boss and knight both learn, against each other, scripts and their past selves.

The fights are played by players (`training/player.py`), the two seats learn from what all of them
bring back (`training/seat.py`). Players and seats share nothing while they work, so each may have a thread
of its own, and however many threads there are, the same configuration gives the same run. A run resumed
from `state()` goes on as if it had never stopped, fights in progress included.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

import numpy as np

from duel.fighters import FIGHTER_COUNT
from training.league import League
from training.networks import KNIGHT_NETWORK, Modular
from training.player import Played, Player
from training.rewards import Rewards
from training.rollout import join
from training.seat import LearningConfig, Seat

RUNNING = 0.003  # how much the newest fight between the two learners counts in their win rate


@dataclass(frozen=True)
class SelfPlayConfig:
    """What shapes a run; every field ends up in the training log."""

    seed: int = 0
    duels: int = 1024  # fights side by side
    players: int = 2  # among whom they are divided
    horizon: int = 32  # steps of each fight in one rollout
    boss_league_share: float = 0.5  # of the fights
    knight_league_share: float = 0.2
    past_selves: int = 8  # of each seat, taken at even distances over the run
    boss: LearningConfig = field(default_factory=lambda: LearningConfig(discount=0.997))
    knight: LearningConfig = field(default_factory=LearningConfig)
    rewards: Rewards = field(default_factory=Rewards)


class SelfPlay:
    """The trainer: `update(progress)` plays one rollout and learns from it."""

    boss_seat, player = Seat, Player  # what a boss of another kind has its own of

    def __init__(self, config: SelfPlayConfig, threads: int = 2, network=None):
        """`network`: the boss's, `training.networks.Modular` unless another is to be compared with it."""
        self.config = config
        self.boss = self.boss_seat(network or Modular(), config.boss, config.seed)
        self.knight = Seat(KNIGHT_NETWORK, config.knight, config.seed)
        self.boss_league = League(FIGHTER_COUNT, config.past_selves, self.knight.network.size)
        self.knight_league = League(0, config.past_selves, self.boss.network.size)
        self.win_rate = 0.5  # of the learning boss against the learning knight
        self.players = [
            self.player(
                self.boss.network, config.duels // config.players, config.boss_league_share,
                config.knight_league_share, config.rewards, config.seed * config.players + number,
            )
            for number in range(config.players)
        ]  # fmt: skip
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def _run(self, tasks: Sequence[Callable]) -> list:
        """The results of independent tasks, run in threads if there are several."""
        if self._pool is None:
            return [task() for task in tasks]
        return [future.result() for future in [self._pool.submit(task) for task in tasks]]

    def play(self) -> list[Played]:
        """One rollout by every player, in their order."""
        arguments = (
            self.boss.policy, self.knight.policy, self.boss_league, self.knight_league, self.config.horizon
        )  # fmt: skip
        return self._run([lambda player=player: player.play(*arguments) for player in self.players])

    def update(self, progress: float) -> dict[str, float]:
        """One rollout and its gradient steps; `progress` from 0 to 1 drives the schedules."""
        if progress * self.config.past_selves >= self.boss_league.count:
            self.boss_league.add(self.knight.policy)
            self.knight_league.add(self.boss.policy)
        played = self.play()
        for part in played:
            self.boss_league.note(*part.boss_league)
            self.knight_league.note(*part.knight_league)
            for won in part.both:
                self.win_rate += RUNNING * (won - self.win_rate)
        boss, knight = join([part.boss for part in played]), join([part.knight for part in played])
        boss_tasks, knight_tasks = self._run(
            [
                lambda: self.boss.learning_tasks(boss, progress),
                lambda: self.knight.learning_tasks(knight, progress),
            ]
        )
        # the longest first, so that two threads end at about the same time
        tasks = (knight_tasks[0], boss_tasks[0], knight_tasks[1], boss_tasks[1])
        knight_entropy, boss_entropy, *_ = self._run(tasks)
        return {
            "boss_entropy": boss_entropy,
            "knight_entropy": knight_entropy,
            "self_play_win_rate": float(self.win_rate),
            "agent_steps": int(boss.decides.sum() + knight.decides.sum()),
        }

    def state(self) -> dict[str, np.ndarray]:
        """Everything needed to go on, as arrays."""
        arrays = {
            **self.boss.state("boss_"),
            **self.knight.state("knight_"),
            **self.boss_league.state("boss_league_"),
            **self.knight_league.state("knight_league_"),
            "win_rate": np.array(self.win_rate),
        }
        for number, player in enumerate(self.players):
            arrays |= player.state(f"player{number}_")
        return arrays

    def load(self, state: dict[str, np.ndarray]) -> None:
        """The counterpart of `state`."""
        self.boss.load(state, "boss_")
        self.knight.load(state, "knight_")
        self.boss_league.load(state, "boss_league_")
        self.knight_league.load(state, "knight_league_")
        self.win_rate = float(state["win_rate"])
        for number, player in enumerate(self.players):
            player.load(state, f"player{number}_")
