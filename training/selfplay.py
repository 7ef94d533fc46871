"""League self-play: boss and knight both learn, against each other, scripts and their past selves.

Beside them learns an exploiter, a knight that fights nobody but the boss of the moment and so looks for its
weaknesses; after a while it joins the boss's league for good, and the next one takes its place (the main
exploiters of Vinyals et al. 2019). Every other one learns from nothing, the others begin as the past knight
whom the boss beats least.

What a run gives is `average`, the boss's parameters averaged over the latest updates (Polyak and Juditsky
1992): a boss that swings from one opponent's answer to the next one's is weaker than what lies between.

The fights are played by players (`training/player.py`), the two seats learn from what all of them
bring back (`training/seat.py`). Players and seats share nothing while they work, so each may have a thread
of its own, and however many threads there are, the same configuration gives the same run. A run resumed
from `state()` goes on as if it had never stopped, fights in progress included.
"""

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from duel.fighters import FIGHTER_COUNT
from training.league import League
from training.networks import KNIGHT_NETWORK, Modular
from training.player import Played, Player
from training.rewards import Rewards
from training.rollout import join
from training.seat import LearningConfig, Seat

EXPLOITER_SEED = 1_000_003  # added to a run's seed for its first exploiter, again for each that follows
AVERAGED, AVERAGED_SHARE = 50, 0.1  # the average spans this many updates, early on this share of all so far
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
    exploiter_duels: int = 512  # fights of the exploiter, on top of the others; 0: there is none
    exploiters: int = 8  # one after the other
    boss: LearningConfig = field(
        default_factory=lambda: LearningConfig(discount=0.997, trace=0.98, final_entropy=0.015)
    )
    knight: LearningConfig = field(  # of the exploiters, too
        default_factory=lambda: LearningConfig(discount=0.998, trace=0.97, entropy=0.01, final_entropy=0.001)
    )
    rewards: Rewards = field(default_factory=Rewards)


class SelfPlay:
    """The trainer: `update(progress)` plays one rollout and learns from it."""

    boss_seat, player = Seat, Player  # what a boss of another kind has its own of

    def __init__(self, config: SelfPlayConfig, threads: int = 2, network=None):
        """`network`: the boss's, `training.networks.Modular` unless another is to be compared with it."""
        self.config = config
        self.boss = self.boss_seat(network or Modular(), config.boss, config.seed)
        self.knight = Seat(KNIGHT_NETWORK, config.knight, config.seed)
        self.exploiter = Seat(KNIGHT_NETWORK, config.knight, config.seed + EXPLOITER_SEED)
        knights = config.past_selves + config.exploiters
        self.boss_league = League(FIGHTER_COUNT, knights, self.knight.network.size)
        self.knight_league = League(0, config.past_selves, self.boss.network.size)
        self.win_rate = 0.5  # of the learning boss against the learning knight
        self.average = self.boss.policy.copy()
        self.updates = 0
        self.exploiters = 0  # that have joined the league
        main = (config.duels // config.players, config.boss_league_share, config.knight_league_share)
        hunt = (config.exploiter_duels // config.players, 0.0, 0.0)
        kinds = [main] * config.players + [hunt] * (config.players if config.exploiter_duels else 0)
        self.players = [
            self.player(self.boss.network, *kind, config.rewards, config.seed * len(kinds) + number)
            for number, kind in enumerate(kinds)
        ]  # the exploiter's are the last
        self._pool = ThreadPoolExecutor(threads) if threads > 1 else None

    def _run(self, tasks: Sequence[Callable]) -> list:
        """The results of independent tasks, run in threads if there are several."""
        if self._pool is None:
            return [task() for task in tasks]
        return [future.result() for future in [self._pool.submit(task) for task in tasks]]

    def play(self) -> list[Played]:
        """One rollout by every player, in their order."""
        return self._run([partial(player.play, *self.sides(n)) for n, player in enumerate(self.players)])

    def sides(self, number: int) -> tuple:
        """What player `number` needs to play: both learners, both leagues, the horizon."""
        knight = self.knight if number < self.config.players else self.exploiter
        return self.boss.policy, knight.policy, self.boss_league, self.knight_league, self.config.horizon

    def update(self, progress: float) -> dict[str, float]:
        """One rollout and its gradient steps; `progress` from 0 to 1 drives the schedules."""
        if progress * self.config.past_selves >= self.knight_league.count:
            self.boss_league.add(self.knight.policy)
            self.knight_league.add(self.boss.policy)
        life = progress * self.config.exploiters - self.exploiters  # of the exploiter, from 0 to 1
        if life >= 1 and self.config.exploiter_duels:
            self._replace_exploiter()
            life -= 1
        played = self.play()
        for part in played[: self.config.players]:
            self.boss_league.note(*part.boss_league)
            self.knight_league.note(*part.knight_league)
            for won in part.both:
                self.win_rate += RUNNING * (won - self.win_rate)
        boss = join([part.boss for part in played])
        knights = [join([part.knight for part in played[: self.config.players]])]
        tasks = [
            lambda: self.boss.learning_tasks(boss, progress),
            lambda: self.knight.learning_tasks(knights[0], progress),
        ]
        if self.config.exploiter_duels:
            knights.append(join([part.knight for part in played[self.config.players :]]))
            tasks.append(lambda: self.exploiter.learning_tasks(knights[1], life))
        boss_tasks, knight_tasks, *exploiter_tasks = self._run(tasks)
        # the longest first, so that two threads end at about the same time
        policies = (knight_tasks[0], boss_tasks[0], *(task[0] for task in exploiter_tasks))
        baselines = (knight_tasks[1], boss_tasks[1], *(task[1] for task in exploiter_tasks))
        knight_entropy, boss_entropy, *_ = self._run([*policies, *baselines])
        self.updates += 1
        newest = 1 / min(max(1.0, AVERAGED_SHARE * self.updates), AVERAGED)  # how much it counts
        self.average += np.float32(newest) * (self.boss.policy - self.average)
        boss_steps = int(boss.decides.sum())
        return {
            "boss_entropy": boss_entropy,
            "knight_entropy": knight_entropy,
            "self_play_win_rate": float(self.win_rate),
            "agent_steps": boss_steps + sum(int(steps.decides.sum()) for steps in knights),
            "boss_steps": boss_steps,
        }

    def _replace_exploiter(self) -> None:
        """The exploiter joins the boss's league, and the next one takes its place."""
        league = self.boss_league
        league.add(self.exploiter.policy)
        self.exploiters += 1
        seed = self.config.seed + (self.exploiters + 1) * EXPLOITER_SEED
        self.exploiter = Seat(KNIGHT_NETWORK, self.config.knight, seed)
        if self.exploiters % 2:
            hardest = int(np.argmin(league.win_rate[league.scripted : league.opponents]))
            self.exploiter.policy[:] = league.past[hardest]

    def state(self) -> dict[str, np.ndarray]:
        """Everything needed to go on, as arrays."""
        arrays = {
            **self.boss.state("boss_"),
            **self.knight.state("knight_"),
            **self.exploiter.state("exploiter_"),
            **self.boss_league.state("boss_league_"),
            **self.knight_league.state("knight_league_"),
            "win_rate": np.array(self.win_rate),
            "updates": np.array(self.updates),
            "exploiters": np.array(self.exploiters),
            "average": self.average,
        }
        for number, player in enumerate(self.players):
            arrays |= player.state(f"player{number}_")
        return arrays

    def load(self, state: dict[str, np.ndarray]) -> None:
        """The counterpart of `state`."""
        self.boss.load(state, "boss_")
        self.knight.load(state, "knight_")
        self.exploiter.load(state, "exploiter_")
        self.boss_league.load(state, "boss_league_")
        self.knight_league.load(state, "knight_league_")
        self.win_rate = float(state["win_rate"])
        self.updates = int(state["updates"])
        self.exploiters = int(state["exploiters"])
        self.average[:] = state["average"]
        for number, player in enumerate(self.players):
            player.load(state, f"player{number}_")
