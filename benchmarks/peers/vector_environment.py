"""The batched duel as a vectorised environment of Stable-Baselines3: the boss seat of many duels at once.

    environment = DuelVectorEnvironment(512, seed=0)
    stable_baselines3.PPO("MlpPolicy", environment).learn(100_000)

Observations, actions, rewards and ends are those of `duel.environments` (`ModularMind/DuelBoss-v0`): one step
is one decision, 6 ticks; a boss that is committed is not asked and its action is ignored; a move that cannot
be executed becomes IDLE. Every row meets the scripted knights in turn, a new one with every fight.
"""

import numpy as np
from gymnasium import spaces
from stable_baselines3.common.vec_env import VecEnv

from duel.batch import DuelBatch, run_inputs
from duel.environments import BOSS_SEAT, SCALES, observation_space
from duel.fighters import FIGHTER_COUNT
from duel.loops import LOG_OUTCOME, LOG_TICKS
from duel.perception import observe_boss
from features import BOSS_OBSERVATION_SIZE, CLOCK, DECISION_TICKS, IDLE, MOVE_COUNT, TIMEOUT_TICKS
from modular_mind import legal_mask
from training.rewards import Rewards, step_rewards

DECISIONS = TIMEOUT_TICKS // DECISION_TICKS + 2


class DuelVectorEnvironment(VecEnv):
    """`rows` duels against scripted knights; finished ones begin anew at once."""

    def __init__(self, rows: int, seed: int = 0, rewards: Rewards | None = None):
        """`rewards`: the weights of training.rewards, the trainer's own by default."""
        self.render_mode = None
        super().__init__(rows, observation_space(BOSS_SEAT), spaces.Discrete(MOVE_COUNT))
        self.batch = DuelBatch(rows, np.arange(rows) % FIGHTER_COUNT, seed)
        self._rewards = rewards or Rewards()
        self._seed = seed

    def reset(self) -> np.ndarray:
        """Begin all fights anew; the observations (rows, 24) float32.

        The fights follow from the seed given last, and from the number of resets since.
        """
        if self._seeds[0] is not None:
            self._seed = self._seeds[0]
        self.batch.kinds[:] = np.arange(self.num_envs) % FIGHTER_COUNT
        self.batch.reset(self._seed)
        self._seed += 1
        self._reset_seeds()
        return self._observations()

    def step_async(self, actions: np.ndarray) -> None:
        """Keep the actions (rows,) until `step_wait`."""
        self._actions = np.asarray(actions).astype(np.int32)

    def step_wait(self) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[dict]]:
        """Observations, rewards (rows,) float32, ends (rows,) bool, infos.

        A row that ended shows its new fight; what it saw last is its info's "terminal_observation".
        """
        batch, moves = self.batch, self._actions
        views, due = batch.boss_view.copy(), batch.due.copy()
        states, memories = batch.states.copy(), batch.memories.copy()
        log = batch.step(moves)
        rewards, _ = step_rewards(log, views, moves, due, self._rewards)
        done = log[:, LOG_OUTCOME] != 0
        infos: list[dict] = [{} for _ in range(self.num_envs)]
        ended = np.flatnonzero(done)
        if len(ended):
            ticks = int(log[ended, LOG_TICKS].max())
            last = self._last_observations(ended, states, memories, moves, ticks)
            for row, observation in zip(ended, last, strict=True):
                infos[row] = {"terminal_observation": observation, "TimeLimit.truncated": False}
            batch.kinds[ended] = (batch.kinds[ended] + 1) % FIGHTER_COUNT
        return self._observations(), rewards, done, infos

    def action_masks(self) -> np.ndarray:
        """(rows, 5) bool, True where a move can do something; a boss that is not asked can only wait."""
        masks = legal_mask(self.batch.boss_view)
        masks[self.batch.due == 0] = np.arange(MOVE_COUNT) == IDLE
        return masks

    def _observations(self) -> np.ndarray:
        return np.multiply(self.batch.boss_view, SCALES[BOSS_SEAT], dtype=np.float32)

    def _last_observations(self, ended, states, memories, moves, ticks: int) -> np.ndarray:
        """What the rows `ended` saw at their end, (n, 24) float32: their last step, played once more."""
        states, memories = states[ended], memories[ended]
        choices = np.full((len(ended), DECISIONS), IDLE, np.int8)
        choices[np.arange(len(ended)), states[:, CLOCK] // DECISION_TICKS] = moves[ended]
        keys = np.zeros((len(ended), ticks), np.uint8)
        run_inputs(states, keys, choices, self.batch.kinds[ended], memories)
        views = np.zeros((len(ended), BOSS_OBSERVATION_SIZE), np.int32)
        for state, view in zip(states.tolist(), views, strict=True):
            observe_boss(state, view)
        return np.multiply(views, SCALES[BOSS_SEAT], dtype=np.float32)

    # ------------------------------------------------------------------ the rest of the interface
    def close(self) -> None:
        """Nothing is held open."""

    def get_attr(self, attr_name: str, indices=None) -> list:
        """The attribute once for each row: rows share what they have."""
        return [getattr(self, attr_name)] * len(list(self._get_indices(indices)))

    def set_attr(self, attr_name: str, value, indices=None) -> None:
        """Rows have no attributes of their own."""
        raise NotImplementedError("the rows of a batched duel share their attributes")

    def env_method(self, method_name: str, *method_args, indices=None, **method_kwargs) -> list:
        """Rows have no methods of their own."""
        raise NotImplementedError("the rows of a batched duel are no environments of their own")

    def env_is_wrapped(self, wrapper_class, indices=None) -> list[bool]:
        """No row is."""
        return [False] * len(list(self._get_indices(indices)))
