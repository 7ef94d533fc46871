"""The duel behind the standard interfaces: a PettingZoo ParallelEnv, and a gymnasium.Env for either seat.

    from duel.environments import parallel_env
    env = parallel_env()                                                   # PettingZoo, `duel_v0`
    env = gymnasium.make("duel.environments:ModularMind/DuelBoss-v0", opponent="dodger")
    env = gymnasium.make("duel.environments:ModularMind/DuelKnight-v0", opponent="hard")

Importing this module registers the two ids. One step is one decision of both seats, 6 ticks of fight
time; what is chosen now is done from the next decision tick on, in this as in training and in play.

- Boss: Discrete(5), features.MOVES. While a cleave runs it is not asked and its action is ignored
  (`info["decision_due"]`); a move that cannot be done becomes IDLE.
- Knight: Discrete(7), features.KNIGHT_ACTIONS, held for six ticks.
- Observations: float32 Box(24,), the integers of features.BOSS_OBSERVATION or KNIGHT_OBSERVATION times
  2**-exponent, within their bounds there; no value exceeds 4 in size.
- Rewards: training.rewards. A fight ends by death or by the clock, which is one of its rules, so an end
  is always a termination, never a truncation.
- `render_mode="rgb_array"`: `render()` returns the fight as `duel.drawing` draws it, 10 pictures a second of
  fight time, one a step. Needs Pillow.
- `info`: "action_mask" int8 (for Discrete.sample), "decision_due", "events" (bits of the step, see
  features.EVENTS_LIST), "outcome" (features.OUTCOMES) and "fight_seed".

`reset(options={"fight_seed": n})` plays the fight n; otherwise fights follow from the reset's seed. This
is the only module that imports gymnasium and pettingzoo, and it may be imported without torch.
"""

from collections.abc import Callable

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.utils import seeding
from pettingzoo import ParallelEnv

import modular_mind
from duel.fighters import FIGHTERS
from duel.loops import learner_keys
from duel.perception import knight_keys
from duel_sim import Duel, ScriptedKnight
from features import (
    BOSS_HEALTH,
    BOSS_OBSERVATION,
    CLOCK,
    DECISION_TICKS,
    IDLE,
    KNIGHT_ACTION_COUNT,
    KNIGHT_HEALTH,
    KNIGHT_OBSERVATION,
    MOVE_COUNT,
    ONGOING,
    OUTCOMES,
    SEED,
    SEED_LIMIT,
    STREAM_DECISION,
    TICKS_PER_SECOND,
    TIERS,
    hash32,
    legal,
)
from training.rewards import Rewards, step_rewards

AGENTS = BOSS_SEAT, KNIGHT_SEAT = ("boss", "knight")
OBSERVED = {BOSS_SEAT: BOSS_OBSERVATION, KNIGHT_SEAT: KNIGHT_OBSERVATION}
ACTION_COUNTS = {BOSS_SEAT: MOVE_COUNT, KNIGHT_SEAT: KNIGHT_ACTION_COUNT}
SCALES = {
    seat: np.ldexp(1.0, [-exponent for *_, exponent in fields]).astype(np.float32)
    for seat, fields in OBSERVED.items()
}
RENDERING = {"render_modes": ["rgb_array"], "render_fps": TICKS_PER_SECOND // DECISION_TICKS}
DEFAULT_OPPONENTS = {BOSS_SEAT: "dodger", KNIGHT_SEAT: "hard"}

# What may sit opposite: (observation float32 (24,), action mask int8) -> action.
Policy = Callable[[np.ndarray, np.ndarray], int]


class _Fight:
    """One fight by decision steps: the scalar form of a row of `duel.batch.DuelBatch`."""

    def __init__(self, seed: int, rewards: Rewards):
        self.duel = Duel(seed)
        self._rewards = rewards
        self._held = 0
        self.events = 0

    def observation(self, seat: str) -> np.ndarray:
        duel = self.duel
        seen = duel.observation() if seat == BOSS_SEAT else duel.knight_observation()
        return np.array(seen, np.float32) * SCALES[seat]

    def mask(self, seat: str) -> np.ndarray:
        """1 where an action can do something; a boss that is not asked can only wait."""
        if seat == KNIGHT_SEAT:
            return np.ones(KNIGHT_ACTION_COUNT, np.int8)
        allowed = legal(self.duel.observation()) if self.duel.decision_due else 1 << IDLE
        return np.array([allowed >> move & 1 for move in range(MOVE_COUNT)], np.int8)

    def info(self, seat: str) -> dict:
        return {
            "action_mask": self.mask(seat),
            "decision_due": self.duel.decision_due,
            "events": self.events,
            "outcome": OUTCOMES[self.duel.outcome],
            "fight_seed": self.duel.state[SEED],
        }

    def step(self, move: int, knight: int | ScriptedKnight) -> dict[str, float]:
        """Advance by one decision under the boss's move and the knight's action; return the rewards."""
        duel, state = self.duel, self.duel.state
        due, boss_view = duel.decision_due, duel.observation()
        if due:
            duel.choose(move)
        scripted = isinstance(knight, ScriptedKnight)
        wanted = 0 if scripted else knight_keys(state, knight)
        healths = state[BOSS_HEALTH], state[KNIGHT_HEALTH]
        goal = (duel.k + 1) * DECISION_TICKS
        self.events = 0
        ticks = 0
        while state[CLOCK] < goal and duel.outcome == ONGOING:
            keys = knight(duel) if scripted else learner_keys(state, self._held, wanted)
            self.events |= duel.step(keys)
            ticks += 1
        self._held = wanted
        dealt, taken = healths[0] - state[BOSS_HEALTH], healths[1] - state[KNIGHT_HEALTH]
        log = np.array([[dealt, taken, self.events, duel.outcome, ticks, state[SEED]]], np.int32)
        boss, knight_reward = step_rewards(
            log, np.array([boss_view], np.int32), np.array([move]), np.array([int(due)]), self._rewards
        )
        return {BOSS_SEAT: float(boss[0]), KNIGHT_SEAT: float(knight_reward[0])}


def observation_space(seat: str) -> spaces.Box:
    """The Box of a seat's observations, from the bounds in features."""
    least = np.array([low for _, low, _, _ in OBSERVED[seat]], np.float32) * SCALES[seat]
    greatest = np.array([high for _, _, high, _ in OBSERVED[seat]], np.float32) * SCALES[seat]
    return spaces.Box(least, greatest, dtype=np.float32)


def _fight_seed(generator: np.random.Generator, options: dict | None) -> int:
    """The seed of the next fight: as the options say, else drawn."""
    if options and "fight_seed" in options:
        return options["fight_seed"]
    return int(generator.integers(SEED_LIMIT))


def _checked(space: spaces.Discrete, seat: str, action) -> int:
    if not space.contains(action):
        raise ValueError(f"{seat}: action {action!r} is not within 0..{space.n - 1}")
    return int(action)


def _checked_mode(render_mode: str | None) -> str | None:
    if render_mode is not None and render_mode not in RENDERING["render_modes"]:
        modes = ", ".join(RENDERING["render_modes"])
        raise ValueError(f"render_mode: {render_mode!r} is neither None nor one of {modes}")
    return render_mode


def _rendered(render_mode: str | None, fight: _Fight | None) -> np.ndarray | None:
    """The picture of the fight as it stands; None, with gymnasium's warning, without a render mode.

    Pillow is asked for only here: trainers name a render mode also where nobody ever looks.
    """
    if render_mode is None:
        gymnasium.logger.warn('render() shows nothing: make the environment with render_mode="rgb_array"')
        return None
    if fight is None:
        raise gymnasium.error.ResetNeeded("no fight has begun: call reset() before render()")
    try:
        from duel.drawing import draw
    except ImportError as missing:
        raise gymnasium.error.DependencyNotInstalled(
            "render() needs Pillow, which is not installed: pip install pillow"
        ) from missing
    return draw(fight.duel.state)


class DuelParallelEnv(ParallelEnv):
    """Both seats act at once; see the module's docstring. PettingZoo's `duel_v0`."""

    metadata = {"name": "duel_v0", "is_parallelizable": True, **RENDERING}  # noqa: RUF012

    def __init__(self, rewards: Rewards | None = None, render_mode: str | None = None):
        """`rewards`: the weights of training.rewards, the trainer's own by default.

        `render_mode`: None or "rgb_array", else ValueError.
        """
        self.render_mode = _checked_mode(render_mode)
        self.possible_agents = list(AGENTS)
        self.agents = []
        self.observation_spaces = {seat: observation_space(seat) for seat in AGENTS}
        self.action_spaces = {seat: spaces.Discrete(ACTION_COUNTS[seat]) for seat in AGENTS}
        self._rewards = rewards or Rewards()
        self._generator = None
        self._fight = None

    def observation_space(self, agent: str) -> spaces.Box:
        """The space of the agent's observations, always the same object."""
        return self.observation_spaces[agent]

    def action_space(self, agent: str) -> spaces.Discrete:
        """The space of the agent's actions, always the same object."""
        return self.action_spaces[agent]

    def reset(self, seed: int | None = None, options: dict | None = None) -> tuple[dict, dict]:
        """Begin a fight; returns the observations and infos by agent."""
        if seed is not None or self._generator is None:
            self._generator, _ = seeding.np_random(seed)
        self._fight = _Fight(_fight_seed(self._generator, options), self._rewards)
        self.agents = list(AGENTS)
        return self._seen()

    def step(self, actions: dict) -> tuple[dict, dict, dict, dict, dict]:
        """One decision: observations, rewards, terminations, truncations, infos, by agent."""
        if not self.agents:
            return {}, {}, {}, {}, {}
        chosen = {seat: _checked(self.action_spaces[seat], seat, actions[seat]) for seat in AGENTS}
        rewards = self._fight.step(chosen[BOSS_SEAT], chosen[KNIGHT_SEAT])
        over = self._fight.duel.outcome != ONGOING
        observations, infos = self._seen()
        if over:
            self.agents = []
        return observations, rewards, dict.fromkeys(AGENTS, over), dict.fromkeys(AGENTS, False), infos

    def render(self) -> np.ndarray | None:
        """The fight as it stands, uint8 (height, width, 3); None without a render mode. Needs Pillow."""
        return _rendered(self.render_mode, self._fight)

    def _seen(self) -> tuple[dict, dict]:
        fight = self._fight
        return (
            {seat: fight.observation(seat) for seat in AGENTS},
            {seat: fight.info(seat) for seat in AGENTS},
        )


def parallel_env(rewards: Rewards | None = None, render_mode: str | None = None) -> DuelParallelEnv:
    """The PettingZoo environment `duel_v0`."""
    return DuelParallelEnv(rewards, render_mode)


class DuelEnv(gymnasium.Env):
    """One seat of the duel; the other is played by `opponent`. See the module's docstring."""

    metadata = {**RENDERING}  # noqa: RUF012

    def __init__(
        self,
        seat: str,
        opponent: str | Policy | None = None,
        rewards: Rewards | None = None,
        render_mode: str | None = None,
    ):
        """`seat`: "boss" or "knight".

        `opponent`: for the boss, the name of a scripted knight (duel.fighters.FIGHTERS, default "dodger");
        for the knight, a tier of the shipped mind (features.TIERS, default "hard"); for either, a function
        (observation, action_mask) -> action. `render_mode`: None or "rgb_array". ValueError for anything
        else.
        """
        if seat not in AGENTS:
            raise ValueError(f"seat: {seat!r} is not one of {', '.join(AGENTS)}")
        self.render_mode = _checked_mode(render_mode)
        self._seat = seat
        self._other = KNIGHT_SEAT if seat == BOSS_SEAT else BOSS_SEAT
        self._opponent = DEFAULT_OPPONENTS[seat] if opponent is None else opponent
        names = FIGHTERS if seat == BOSS_SEAT else TIERS
        if not callable(self._opponent) and self._opponent not in names:
            raise ValueError(f"opponent: {opponent!r} is neither a function nor one of {', '.join(names)}")
        self._mind, self._explore = None, 0
        if self._opponent in TIERS:
            self._mind, manifest = modular_mind.load_directory(modular_mind.WEIGHTS_DIRECTORY)
            self._explore = manifest["explore"][self._opponent]
        self.observation_space = observation_space(seat)
        self.action_space = spaces.Discrete(ACTION_COUNTS[seat])
        self._rewards = rewards or Rewards()
        self._fight = None
        self._script = None

    def reset(self, *, seed: int | None = None, options: dict | None = None) -> tuple[np.ndarray, dict]:
        """Begin a fight; returns the seat's observation and info."""
        super().reset(seed=seed)
        self._fight = _Fight(_fight_seed(self.np_random, options), self._rewards)
        if self._opponent in FIGHTERS:
            self._script = ScriptedKnight(self._opponent, self._fight.duel)
        return self._fight.observation(self._seat), self._fight.info(self._seat)

    def step(self, action: int) -> tuple[np.ndarray, float, bool, bool, dict]:
        """One decision: observation, reward, terminated, truncated (never), info."""
        if self._fight is None or self._fight.duel.outcome != ONGOING:
            raise gymnasium.error.ResetNeeded("the fight is over or has not begun: call reset()")
        own, other = _checked(self.action_space, self._seat, action), self._opposing_action()
        move, knight = (own, other) if self._seat == BOSS_SEAT else (other, own)
        rewards = self._fight.step(move, knight)
        over = self._fight.duel.outcome != ONGOING
        seat = self._seat
        return self._fight.observation(seat), rewards[seat], over, False, self._fight.info(seat)

    def render(self) -> np.ndarray | None:
        """The fight as it stands, uint8 (height, width, 3); None without a render mode. Needs Pillow."""
        return _rendered(self.render_mode, self._fight)

    def _opposing_action(self) -> int | ScriptedKnight:
        """What the opponent does in this step; a scripted knight acts by itself, tick by tick."""
        fight, duel = self._fight, self._fight.duel
        if self._script is not None:
            return self._script
        if self._mind is None:
            action = self._opponent(fight.observation(self._other), fight.mask(self._other))
            return _checked(spaces.Discrete(ACTION_COUNTS[self._other]), self._other, action)
        if not duel.decision_due:
            return IDLE
        draw = hash32(duel.state[SEED], STREAM_DECISION, duel.k)
        return modular_mind.decide(duel.observation(), self._explore, draw, self._mind)["move"]


ENVIRONMENT_IDS = {"ModularMind/DuelBoss-v0": BOSS_SEAT, "ModularMind/DuelKnight-v0": KNIGHT_SEAT}


def register() -> None:
    """Make the gymnasium ids known; doing so again changes nothing."""
    for name, seat in ENVIRONMENT_IDS.items():
        if name not in gymnasium.registry:
            gymnasium.register(name, entry_point="duel.environments:DuelEnv", kwargs={"seat": seat})


register()
