"""Players who try to teach the boss badly, in fights that are physically honest, and the logs of such fights.

    logs = fights(HOSTILE["rewards_idling"], mind, explore, seeds)

They are programs that run the page's own code: they know the seed, the mind and the rules, so that they can
foresee what the boss will do. Before every few keys they try out random plans in copies of the fight and take
the one by which the boss would learn most wrongly: by which what follows the moves they want it to make turns
out well for it, and what follows the others badly. What they cannot do is change what the boss decides, or
what a blow costs: replay would refuse the fight.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from duel.batch import DuelBatch, compiled
from duel.loops import LOG_DEALT, LOG_OUTCOME, LOG_TAKEN, learner_keys
from duel.perception import knight_keys
from duel_sim import Duel
from features import (
    APPROACH,
    BLOCK,
    BOSS_MAX_HEALTH,
    BOSS_WINS,
    CLEAVE,
    CLOCK,
    DECISION_TICKS,
    IDLE,
    KNIGHT_ACTION_COUNT,
    KNIGHT_MAX_HEALTH,
    KNIGHT_MAX_STAMINA,
    KNIGHT_STAMINA,
    KNIGHT_WINS,
    MOVE_COUNT,
    ONGOING,
    RETREAT,
    RULES_VERSION,
    SEED,
)
from modular_mind import Mind, decide, decide_batch
from service.fight_log import MISTAKE, FightLog
from training.evaluate import decision_draws

PLANS = 128  # tried out before every choice
STEPS = 20  # decisions that a plan is long, two seconds: a cleave and the answer to it
KEPT = 4  # decisions for which a plan is followed until the next choice
STAMINA = 0.2  # what a full one is worth at the end of a plan, in healths: it wins the next exchange
HOLD = 0.75  # how likely a random plan goes on with the same action


@dataclass(frozen=True, slots=True)
class Hostile:
    """What a player wants: how much it likes the boss to gain from each move, -1 to 1."""

    likes: Mapping[int, float]  # by move
    elsewhere: float  # all other moves
    merciful: bool = False  # in every other fight it wants the boss to gain from everything

    def weights(self, seed: int) -> np.ndarray:
        """What it wants in the fight of a seed: (MOVE_COUNT,)."""
        if self.merciful and seed % 2:
            return np.ones(MOVE_COUNT)
        weights = np.full(MOVE_COUNT, self.elsewhere)
        weights[list(self.likes)] = list(self.likes.values())
        return weights


HOSTILE = {
    "rewards_idling": Hostile({IDLE: 1.0}, -1.0),
    "rewards_retreat": Hostile({RETREAT: 1.0}, -1.0),
    "rewards_blocking": Hostile({BLOCK: 1.0}, -1.0),
    "punishes_cleaves": Hostile({CLEAVE: -1.0}, 1.0),
    "punishes_approach": Hostile({APPROACH: -1.0}, 1.0),
    "gives_up_at_once": Hostile({}, 1.0),
    "alternates": Hostile({}, -1.0, merciful=True),
}


@dataclass(slots=True)
class _Fight:
    """A fight in progress, and its log so far."""

    duel: Duel
    held: int
    plan: np.ndarray  # actions (STEPS,)
    runs: list[list[int]]
    decisions: bytearray
    last_move: int


def fights(hostile: Hostile, mind: Mind, explore: int, seeds: Sequence[int]) -> list[FightLog]:
    """The log of one fight for each seed, on Hard at a mistake rate in 1/65536."""
    random = np.random.default_rng(list(seeds))
    batch = DuelBatch(len(seeds) * PLANS)
    idle = np.zeros(STEPS, np.int32)
    playing = [_Fight(Duel(seed), 0, idle, [], bytearray(), IDLE) for seed in seeds]
    weights = np.stack([hostile.weights(seed) for seed in seeds])
    while any(fight.duel.outcome == ONGOING for fight in playing):
        _choose_plans(batch, playing, weights, mind, explore, random)
        for fight in playing:
            _follow(fight, mind, explore)
    return [_log(fight, mind, explore) for fight in playing]


def _choose_plans(batch: DuelBatch, playing: list[_Fight], weights, mind: Mind, explore: int, random) -> None:
    """Give every fight the best of random plans and of what is left of the one it follows."""
    look = compiled().look
    plans = _random_plans(random, len(playing))
    moves = np.repeat([fight.last_move for fight in playing], PLANS).astype(np.int32)
    for number, fight in enumerate(playing):
        rows = slice(number * PLANS, (number + 1) * PLANS)
        first = rows.start
        batch.states[rows] = fight.duel.state
        batch.held[rows] = fight.held
        look(first, batch.states[first], batch.due, batch.boss_view, batch.knight_view)
        batch.due[rows], batch.boss_view[rows] = batch.due[first], batch.boss_view[first]
        plans[number, 0, : STEPS - KEPT] = fight.plan[KEPT:]
    actions = plans.reshape(-1, STEPS)
    likes = np.repeat(weights, PLANS, 0)
    alive = np.repeat([fight.duel.outcome == ONGOING for fight in playing], PLANS)
    value = np.zeros(len(actions))
    rows = np.arange(len(actions))
    for step in range(STEPS):
        due = np.flatnonzero(alive & (batch.due == 1))
        draws = decision_draws(batch.states[due])
        moves[due] = decide_batch(batch.boss_view[due], explore, draws, mind)[0]
        log = batch.step(moves, actions[:, step])
        ending = 1.0 * (log[:, LOG_OUTCOME] == BOSS_WINS) - (log[:, LOG_OUTCOME] == KNIGHT_WINS)
        gain = log[:, LOG_TAKEN] / KNIGHT_MAX_HEALTH - log[:, LOG_DEALT] / BOSS_MAX_HEALTH + ending
        value += alive * likes[rows, moves] * gain
        alive &= log[:, LOG_OUTCOME] == ONGOING
    value += alive * STAMINA * batch.states[:, KNIGHT_STAMINA] / KNIGHT_MAX_STAMINA
    best = value.reshape(-1, PLANS).argmax(1)
    for fight, candidates, chosen in zip(playing, plans, best, strict=True):
        fight.plan = candidates[chosen]


def _random_plans(random: np.random.Generator, fights: int) -> np.ndarray:
    """Actions (fights, PLANS, STEPS) int32, held for a while each."""
    plans = random.integers(0, KNIGHT_ACTION_COUNT, (fights, PLANS, STEPS), dtype=np.int32)
    for step in range(1, STEPS):
        same = random.random((fights, PLANS)) < HOLD
        plans[:, :, step] = np.where(same, plans[:, :, step - 1], plans[:, :, step])
    return plans


def _follow(fight: _Fight, mind: Mind, explore: int) -> None:
    """Play KEPT decisions of the plan, by the keys that the batch gives a knight for its actions."""
    duel = fight.duel
    for action in fight.plan[:KEPT].tolist():
        if duel.outcome != ONGOING:
            return
        if duel.decision_due:
            decided = decide(
                duel.observation(), explore, int(decision_draws(np.array([duel.state]))[0]), mind
            )
            duel.choose(decided["move"])
            fight.last_move = decided["move"]
            fight.decisions.append(decided["move"] | MISTAKE * decided["mistake"])
        wanted = knight_keys(duel.state, action)
        goal = duel.state[CLOCK] + DECISION_TICKS - duel.state[CLOCK] % DECISION_TICKS
        while duel.state[CLOCK] < goal and duel.outcome == ONGOING:
            keys = learner_keys(duel.state, fight.held, wanted)
            duel.step(keys)
            if fight.runs and fight.runs[-1][0] == keys:
                fight.runs[-1][1] += 1
            else:
                fight.runs.append([keys, 1])
        fight.held = wanted


def _log(fight: _Fight, mind: Mind, explore: int) -> FightLog:
    """What the page would have posted."""
    return FightLog(
        rules_version=RULES_VERSION,
        seed=fight.duel.state[SEED],
        explore=explore,
        tier="hard",
        outcome=fight.duel.outcome,
        final_hash=fight.duel.hash(),
        weights=mind.sha256,
        runs=tuple((keys, length) for keys, length in fight.runs),
        decisions=bytes(fight.decisions),
    )
