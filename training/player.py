"""Plays the fights that both seats learn from: one share of a league's duels, side by side.

The rows of a player are, in this order:

    boss learns   against scripted knights and past knights     (the boss's league)
    both learn    against each other
    knight learns against past bosses                           (the knight's league)

In every other fight of a learning knight the boss begins with less health, as if part of the fight had been
won already: otherwise a knight that has never come near winning does not learn what a win is worth.

One step is one decision of both seats, 6 ticks of fight time, and both see each other 250 ms late.
With numba, decisions are made row by row by the compiled functions of `training/jitted.py`, for the boss if
its network says how (`training/networks.py`); the methods here are their oracle, and do the same by numpy.
Players share nothing: several run in threads or, through Ray, on several machines.
"""

from functools import partial
from typing import NamedTuple

import numpy as np

import training.jitted
from duel.batch import DuelBatch, compiled
from duel.loops import LEARNER, LOG_EVENTS, LOG_OUTCOME, LOG_SIZE
from features import (
    BOSS_HEALTH,
    BOSS_OBSERVATION_SIZE,
    BOSS_WINS,
    EVENT_MOVE_VOID,
    KNIGHT_ACTION_COUNT,
    KNIGHT_OBSERVATION,
    KNIGHT_OBSERVATION_SIZE,
    KNIGHT_WINS,
    MOVE_COUNT,
)
from mm_grad import masked_log_softmax
from modular_mind import OBSERVATION_EXPONENTS, legal_mask, scale_observations
from training.curriculum import Curriculum
from training.league import League
from training.networks import KNIGHT_NETWORK, Modular
from training.randomness import choose, generator_state, restore_generator
from training.rewards import Rewards, step_rewards
from training.rollout import Rollout

KNIGHT_SCALE = np.ldexp(1.0, [-exponent for *_, exponent in KNIGHT_OBSERVATION]).astype(np.float32)
BOSS_SCALE = np.ldexp(1.0, -np.array(OBSERVATION_EXPONENTS)).astype(np.float32)
BATCH_ARRAYS = ("states", "memories", "held", "wanted", "due", "boss_view", "knight_view", "seeds", "kinds")


class Played(NamedTuple):
    """What a player brings back from one stretch of play."""

    boss: Rollout
    knight: Rollout
    # finished fights, in order: (opponents, whether the learner won)
    boss_league: tuple[np.ndarray, np.ndarray]
    knight_league: tuple[np.ndarray, np.ndarray]
    both: np.ndarray  # of the fights between the learners: whether the boss won


class Player:
    """Rows of a batched duel with their opponents and random streams."""

    def __init__(
        self, network, duels: int, boss_league_share: float, knight_league_share: float,
        rewards: Rewards, seed: int, jitted: bool = True,
    ):  # fmt: skip
        """`network`: the boss's. The shares are those of the duels. `jitted`: compile what can be."""
        self.network = network
        self.rewards = rewards
        self.duels = duels
        # rows [0, boss_rows) belong to the learning boss, [both, duels) to the learning knight
        self.both = round(duels * boss_league_share)
        self.boss_rows = duels - round(duels * knight_league_share)
        self.batch = DuelBatch(duels, None, seed)
        self.opponents = np.full(duels, -1, np.int64)
        self.shortened = np.zeros(duels, bool)
        self.shortened[self.both :: 2] = True
        self.curriculum = Curriculum()
        self.random = np.random.default_rng(seed)
        self.draws = np.empty((2, duels))  # what this step's boss moves and knight actions are drawn by
        kernel = compiled((training.jitted,))
        self._kernel = kernel if jitted and kernel.jitted else None
        widest = max(getattr(network, "widest", 0), KNIGHT_NETWORK.widest)
        self._scratch = np.zeros((training.jitted.SCRATCH_ROWS, widest), np.float32)

    def play(
        self, boss: np.ndarray, knight: np.ndarray, boss_league: League, knight_league: League, horizon: int
    ) -> Played:
        """Play `horizon` steps with these parameters of the two learners; fights in progress go on."""
        if self.opponents[0] < 0:
            self._begin(np.arange(self.duels), boss_league, knight_league)
        batch, both, boss_rows = self.batch, self.both, self.boss_rows
        boss_steps = Rollout(horizon, boss_rows, BOSS_OBSERVATION_SIZE, MOVE_COUNT)
        knight_steps = Rollout(horizon, self.duels - both, KNIGHT_OBSERVATION_SIZE, KNIGHT_ACTION_COUNT)
        views = np.empty((horizon, *batch.boss_view.shape), np.int32)
        logs = np.empty((horizon, self.duels, LOG_SIZE), np.int32)
        dues = np.empty((horizon, self.duels), np.int32)
        moves = np.zeros((horizon, self.duels), np.int32)
        actions = np.zeros(self.duels, np.int32)
        results: tuple[list, ...] = ([], [], [], [], [])
        draws = self.random.random((horizon, 2, self.duels))
        boss_acts = partial(self._boss_acts, boss, knight_league)
        knight_acts = partial(self._knight_acts, knight, boss_league)
        if self._kernel is not None:
            rows = _by_rows(KNIGHT_NETWORK, knight, boss_league)
            knight_acts = partial(self._knight_acts_compiled, boss_league.scripted, *rows)
            if hasattr(self.network, "row_order"):
                boss_acts = partial(self._boss_acts_compiled, *_by_rows(self.network, boss, knight_league))
        for t in range(horizon):
            views[t], dues[t] = batch.boss_view, batch.due
            self.draws = draws[t]
            boss_acts(boss_steps, t, moves[t])
            knight_acts(knight_steps, t, actions)
            logs[t] = batch.step(moves[t], actions)
            ended = np.flatnonzero(logs[t, :, LOG_OUTCOME])
            if len(ended):
                self._note(ended, logs[t, ended, LOG_OUTCOME], results)
                self._begin(ended, boss_league, knight_league)
        boss_rewards, knight_rewards = step_rewards(logs, views, moves, dues, self.rewards)
        done = logs[..., LOG_OUTCOME] != 0
        boss_steps.rewards, knight_steps.rewards = boss_rewards[:, :boss_rows], knight_rewards[:, both:]
        boss_steps.done, knight_steps.done = done[:, :boss_rows], done[:, both:]
        boss_steps.void = (logs[..., LOG_EVENTS] & EVENT_MOVE_VOID != 0)[:, :boss_rows]
        boss_steps.last_x[:] = scale_observations(batch.boss_view[:boss_rows], np.float32)
        knight_steps.last_x[:] = self._knight_input(slice(both, None))
        joined = [np.concatenate(parts) if parts else np.zeros(0, np.int64) for parts in results]
        return Played(boss_steps, knight_steps, (joined[0], joined[1]), (joined[2], joined[3]), joined[4])

    # ------------------------------------------------------------------ opponents
    def _begin(self, rows: np.ndarray, boss_league: League, knight_league: League) -> None:
        """New opponents for the fights that begin in `rows`, and less health for some bosses."""
        league = rows[rows < self.both]
        if len(league):
            drawn = boss_league.draw(self.random, len(league))
            self.opponents[league] = drawn
            self.batch.kinds[league] = np.where(drawn < boss_league.scripted, drawn, LEARNER)
        league = rows[rows >= self.boss_rows]
        if len(league):
            self.opponents[league] = knight_league.draw(self.random, len(league))
        shortened = rows[self.shortened[rows]]
        self.batch.states[shortened, BOSS_HEALTH] = self.curriculum.draw(self.random, len(shortened))

    def _note(self, ended: np.ndarray, outcomes: np.ndarray, results: tuple[list, ...]) -> None:
        """Sort the outcomes of finished whole fights by what they say something about."""
        whole = ~self.shortened[ended]
        self.curriculum.note(outcomes[~whole] == KNIGHT_WINS)
        ended, outcomes = ended[whole], outcomes[whole]
        here = ended < self.both
        results[0].append(self.opponents[ended[here]])
        results[1].append(outcomes[here] == BOSS_WINS)
        there = ended >= self.boss_rows
        results[2].append(self.opponents[ended[there]])
        results[3].append(outcomes[there] == KNIGHT_WINS)
        results[4].append(outcomes[~here & ~there] == BOSS_WINS)

    # ------------------------------------------------------------------ deciding
    def _boss_acts(self, policy, league: League, steps: Rollout, t: int, moves: np.ndarray) -> None:
        """Fill `moves` of the rows in which the boss is free; record the learner's."""
        due = np.flatnonzero(self.batch.due)
        view = self.batch.boss_view[due]
        x, legal = scale_observations(view, np.float32), legal_mask(view)
        split = np.searchsorted(due, self.boss_rows)
        learner = due[:split]
        steps.decides[t] = False
        if split:
            logits, _ = self.network.forward(policy, x[:split])
            log_pi, pi = masked_log_softmax(logits, legal[:split])
            drawn = choose(pi, self.draws[0, learner])
            moves[learner] = steps.actions[t, learner] = drawn
            steps.chosen[t, learner] = log_pi[drawn, np.arange(split)]
            steps.x[t, learner], steps.legal[t, learner] = x[:split], legal[:split]
            steps.decides[t, learner] = True
        members = self.opponents[due[split:]]
        if len(members):
            logits = self._past_logits(self.network, league, members, x[split:])
            moves[due[split:]] = choose(
                masked_log_softmax(logits, legal[split:])[1], self.draws[0, due[split:]]
            )

    def _knight_acts(self, policy, league: League, steps: Rollout, t: int, actions: np.ndarray) -> None:
        """Fill `actions` of the rows whose knight is no script; record the learner's."""
        x = steps.x[t]
        x[:] = self._knight_input(slice(self.both, None))
        logits, _ = KNIGHT_NETWORK.forward(policy, x)
        log_pi, pi = masked_log_softmax(logits, steps.legal[t])
        drawn = choose(pi, self.draws[1, self.both :])
        actions[self.both :] = steps.actions[t] = drawn
        steps.chosen[t] = log_pi[drawn, np.arange(len(x))]
        members = self.opponents[: self.both] - league.scripted
        rows = np.flatnonzero(members >= 0)
        if len(rows):
            logits = self._past_logits(KNIGHT_NETWORK, league, members[rows], self._knight_input(rows))
            everything = np.ones((len(rows), KNIGHT_ACTION_COUNT), bool)
            actions[rows] = choose(masked_log_softmax(logits, everything)[1], self.draws[1, rows])

    def _knight_input(self, rows) -> np.ndarray:
        return np.multiply(self.batch.knight_view[rows], KNIGHT_SCALE, dtype=np.float32)

    @staticmethod
    def _past_logits(network, league: League, members: np.ndarray, x: np.ndarray) -> np.ndarray:
        """Logits (outputs, n) of the past selves `members` (n,), one pass for each of them."""
        logits = np.empty((network.outputs, len(x)), np.float32)
        for member in np.unique(members):
            rows = np.flatnonzero(members == member)
            logits[:, rows] = network.forward(league.past[member], x[rows])[0]
        return logits

    # ------------------------------------------------------------------ deciding, compiled
    def _boss_acts_compiled(self, policy, past, steps: Rollout, t: int, moves: np.ndarray) -> None:
        batch = self.batch
        self._kernel.decide_boss_rows(
            self.boss_rows, batch.boss_view, BOSS_SCALE, batch.due, self.draws[0],
            isinstance(self.network, Modular), self.network.row_layers, policy, self.opponents, past,
            self._scratch, moves,
            steps.x[t], steps.legal[t], steps.actions[t], steps.chosen[t], steps.decides[t],
        )  # fmt: skip

    def _knight_acts_compiled(self, scripted: int, policy, past, steps: Rollout, t: int, actions) -> None:
        self._kernel.decide_knight_rows(
            self.both, scripted, self.batch.knight_view, KNIGHT_SCALE, self.draws[1],
            KNIGHT_NETWORK.row_layers, policy, self.opponents, past, self._scratch, actions,
            steps.x[t], steps.actions[t], steps.chosen[t],
        )  # fmt: skip

    # ------------------------------------------------------------------ checkpoints
    def state(self, prefix: str) -> dict[str, np.ndarray]:
        """Everything needed to go on, fights in progress included, as arrays."""
        arrays = {prefix + name: getattr(self.batch, name) for name in BATCH_ARRAYS}
        return {
            **arrays,
            prefix + "opponents": self.opponents,
            prefix + "limit": self.curriculum.limit,
            prefix + "random": generator_state(self.random),
        }

    def load(self, state: dict[str, np.ndarray], prefix: str) -> None:
        """The counterpart of `state`."""
        for name in BATCH_ARRAYS:
            getattr(self.batch, name)[:] = state[prefix + name]
        self.opponents[:] = state[prefix + "opponents"]
        self.curriculum.limit[...] = state[prefix + "limit"]
        restore_generator(self.random, state[prefix + "random"])


def _by_rows(network, policy: np.ndarray, league: League) -> tuple[np.ndarray, np.ndarray]:
    """Parameters of the learner (size,) and of the past selves (n, size) in the order of rows."""
    return policy[network.row_order], np.take(league.past[: league.count], network.row_order, 1)
