"""A model of how one player fights, fitted to the logs of their fights in a second (behaviour cloning).

    clone = fit(logs, seed=0)
    actions = clone.actions(batch, live, random)    # the knights of a DuelBatch fight as the player did

A clone decides every six ticks, as late as everybody: it sees the boss nine ticks late and its keys begin
six ticks later. What it may press is a vocabulary of plans: the very patterns of six ticks that the player
pressed, written relative to the boss (`duel.loops.PLAN`), so that a shield raised in one tick and a blow
begun in the next stay what they were. A small perceptron says how likely each is, from what the player
perceived, felt and had just pressed. Nothing is remembered outside the batch: a clone may fight in any rows.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from duel.batch import DuelBatch
from duel.loops import PLAN, PLAN_AWAY, PLAN_TOWARDS
from duel_sim import Duel
from features import (
    BOSS_FACING,
    BOSS_X,
    CLOCK,
    DECISION_TICKS,
    HABIT_ATTACK,
    HABIT_BLOCK,
    HABIT_ROLL,
    INPUT_ATTACK,
    INPUT_ROLL,
    KNIGHT_BUFFER,
    KNIGHT_OBSERVATION,
    KNIGHT_X,
    SEEN,
)
from mm_grad import Adam, masked_log_softmax
from service.fight_log import UNDECIDED, FightLog
from training.networks import Perceptron
from training.player import KNIGHT_SCALE
from training.randomness import choose

VOCABULARY = 48  # plans at most; the others are taken for the nearest of these
HIDDEN = 48
RATE, FINAL_RATE = 4e-3, 4e-4
BATCH = 256
STEPS = 900  # of Adam, at most
PATIENCE = 5  # examinations without gain until fitting stops
EXAMINE = 40  # steps between examinations
HELD_OUT = 0.15  # share of the decisions by which they are examined
CHUNK = 24  # consecutive decisions that are held out, or not, together
DECAY = 1e-4  # pull of all weights towards zero, a step

PLACE = {name: index for index, (name, *_) in enumerate(KNIGHT_OBSERVATION)}
COOLDOWN_BINS = 14  # of six ticks each: the phases of the cleave's rhythm
TIMER_BINS = 7
DISTANCES = np.array([60, 80, 100, 115, 130, 150, 180, 220, 300], np.float32)  # px, soft bins
STAMINAS = np.array([205, 300, 410, 510, 615], np.float32) / 1000
HEALTHS = np.array([22, 43, 64], np.float32) / 100
INPUTS = (
    len(KNIGHT_OBSERVATION) + COOLDOWN_BINS + 4 * TIMER_BINS + len(DISTANCES) + len(STAMINAS) + len(HEALTHS)
    + 2 + 3 + 7
)  # fmt: skip


@dataclass(frozen=True, eq=False)
class Clone:
    """A fitted player."""

    plans: np.ndarray  # (n,) int32, the vocabulary, as if the boss stood to the right
    parameters: np.ndarray  # float32, of Perceptron(INPUTS, HIDDEN, n)
    log_likelihood: float  # nats a decision, on decisions held out
    decisions: int  # it was fitted to

    @property
    def network(self) -> Perceptron:
        """The perceptron that the parameters belong to."""
        return Perceptron(INPUTS, HIDDEN, len(self.plans))

    def actions(self, batch: DuelBatch, live: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """Plans (B,) int32 for `batch.step`, drawn where `live` (B,) bool is set, 0 elsewhere."""
        actions = np.zeros(batch.count, np.int32)
        rows = np.flatnonzero(live)
        if len(rows):
            states = batch.states[rows]
            x = situation(states, batch.knight_view[rows], relative_plans(states, batch.held[rows]))
            logits, _ = self.network.forward(self.parameters, x)
            pi = masked_log_softmax(logits, np.ones(logits.T.shape, bool))[1]
            actions[rows] = self.plans[choose(pi, random.random(len(rows)))]
        return actions


def relative_plans(states: np.ndarray, held: np.ndarray) -> np.ndarray:
    """Keys held (n,), as they lie on the floor, relative to the boss: plans (n,), 0 where there is none."""
    apart = states[:, SEEN + BOSS_X] - states[:, KNIGHT_X]
    right = np.where(apart == 0, -states[:, SEEN + BOSS_FACING], apart) > 0
    turned = (held & ~(PLAN_AWAY | PLAN_TOWARDS)) | (held & PLAN_AWAY) << 1 | (held & PLAN_TOWARDS) >> 1
    return np.where(right, held, turned)


def situation(states: np.ndarray, views: np.ndarray, plans: np.ndarray) -> np.ndarray:
    """What the perceptron is told, (n, INPUTS) float32.

    states: (n, STATE_SIZE), of which only the knight's own body is looked at. views: (n, 24) knight's
    observations. plans: (n,) the keys of the six ticks before those to be decided, relative to the boss.
    """
    x = views * KNIGHT_SCALE
    distance = views[:, [PLACE["distance"]]]
    timer_bin = np.minimum(views[:, PLACE["timer"]] // DECISION_TICKS, TIMER_BINS - 1)
    timers = np.eye(TIMER_BINS, dtype=np.float32)[timer_bin]
    phases = views[:, [PLACE[name] for name in ("rolling", "attacking", "blocking", "staggered")]]
    cooldown = np.minimum((views[:, PLACE["boss_cooldown"]] + 5) // DECISION_TICKS, COOLDOWN_BINS - 1)
    last = plans >> 5 * (DECISION_TICKS - 1)
    keys = [last >> bit & 1 for bit in range(5)]
    keys += [_any_tick(plans, INPUT_ROLL), _any_tick(plans, INPUT_ATTACK)]
    return np.concatenate(
        [
            x,
            np.eye(COOLDOWN_BINS, dtype=np.float32)[cooldown],
            (phases[:, :, None] * timers[:, None, :]).reshape(len(x), -1),
            np.clip((distance - DISTANCES) / 20, -1, 1),
            np.clip((views[:, [PLACE["stamina"]]] / 1000 - STAMINAS) * 20, -1, 1),
            np.clip((views[:, [PLACE["health"]]] / 100 - HEALTHS) * 20, -1, 1),
            states[:, [KNIGHT_BUFFER]] == np.array([INPUT_ROLL, INPUT_ATTACK]),
            states[:, [HABIT_ROLL, HABIT_BLOCK, HABIT_ATTACK]] / 64,
            np.stack(keys, 1),
        ],
        1,
    ).astype(np.float32)


def _any_tick(plans: np.ndarray, key: int) -> np.ndarray:
    """1 where a plan holds `key` in any tick, (n,)."""
    return (plans & key * PLAN_AWAY != 0).astype(np.int32)


# ---------------------------------------------------------------------------- what the logs show
def decisions(log: FightLog) -> tuple[np.ndarray, np.ndarray]:
    """The situations (n, INPUTS) in which the player of a log was at each decision tick, and what was pressed
    six ticks later: plans (n,) relative to the boss."""
    duel = Duel(log.seed)
    state = duel.state
    moves = iter(log.decisions)
    states, views = [list(state)], [duel.knight_observation()]
    windows = [[0] * DECISION_TICKS]  # keys by the clock: decision n is about windows[n + 1]
    _choose(duel, moves)
    held = presses = 0
    for keys in log.inputs():
        clock = state[CLOCK]
        duel.step(keys)
        # what is pressed while a hit makes the fight stand still counts for the tick after
        presses |= keys & ~held & (INPUT_ROLL | INPUT_ATTACK)
        held = keys
        if state[CLOCK] == clock:
            continue
        number, beat = divmod(state[CLOCK], DECISION_TICKS)
        if beat == 0:
            states.append(list(state))
            views.append(duel.knight_observation())
            windows.append([0] * DECISION_TICKS)
        windows[number][beat] = keys | presses
        presses = 0
        if duel.decision_due:
            _choose(duel, moves)
    count = len(windows) - 2  # the last window is not whole
    if count < 1:
        return np.zeros((0, INPUTS), np.float32), np.zeros(0, np.int32)
    rows = np.array(states[:count], np.int32)
    plans = np.array([_plan(window) for window in windows], np.int32)
    x = situation(rows, np.array(views[:count]), relative_plans(rows, plans[:count]))
    return x, relative_plans(rows, plans[1 : count + 1])


def _choose(duel: Duel, moves: Iterator[int]) -> None:
    """The boss's next move of the log, where there is one and it was made."""
    move = next(moves, UNDECIDED) & UNDECIDED
    if move != UNDECIDED:
        duel.choose(move)


def _plan(keys: Sequence[int]) -> int:
    """The plan of six ticks' keys."""
    return PLAN | sum(key << 5 * tick for tick, key in enumerate(keys))


# ---------------------------------------------------------------------------- fitting
def fit(fights: Sequence[FightLog], seed: int) -> Clone:
    """The clone of the player of these fights (at least one, verified); the same arguments give the same."""
    shown = [decisions(log) for log in fights]
    x = np.concatenate([part for part, _ in shown])
    pressed = np.concatenate([part for _, part in shown])
    if not len(x):
        raise ValueError("the fights are too short to show how their player fights")
    plans, targets = vocabulary(pressed)
    random = np.random.default_rng(seed)
    chunks = random.random(len(x) // CHUNK + 1) < HELD_OUT
    chunks[0] = len(x) < 2 * CHUNK  # something is held out, and something is not
    held_out = np.repeat(chunks, CHUNK)[: len(x)]
    network = Perceptron(INPUTS, HIDDEN, len(plans))
    parameters, likelihood = _fit(network, x, targets, held_out, random)
    return Clone(plans, parameters, likelihood, len(x))


def vocabulary(pressed: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """The most frequent plans (v,) among those pressed (n,), and which of them stands for each, (n,)."""
    plans, places, counts = np.unique(pressed, return_inverse=True, return_counts=True)
    kept = plans[np.argsort(-counts, kind="stable")[:VOCABULARY]]
    return kept, np.argmin(_difference(plans[:, None], kept[None, :]), 1)[places]


def _difference(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """How much two plans differ: ticks and keys, and a roll or blow in one of them only as a whole plan."""
    differing = one ^ other
    count = sum(differing >> bit & 1 for bit in range(5 * DECISION_TICKS))
    for key in (INPUT_ROLL, INPUT_ATTACK):
        count = count + 5 * DECISION_TICKS * (_any_tick(one, key) != _any_tick(other, key))
    return count


def _fit(network: Perceptron, x, targets, held_out, random) -> tuple[np.ndarray, float]:
    """The parameters that say best what was pressed in the decisions held out, and that log likelihood."""
    known = np.flatnonzero(~held_out)
    x_out, targets_out = (x[held_out], targets[held_out]) if held_out.any() else (x, targets)
    parameters = network.initial(int(random.integers(1 << 31)))
    adam = Adam(parameters, RATE)
    best, kept, patience = -np.inf, parameters.copy(), PATIENCE
    for step in range(STEPS):
        if step % EXAMINE == 0:
            likelihood = _log_likelihood(network, parameters, x_out, targets_out)
            patience -= 1
            if likelihood > best:
                best, kept, patience = likelihood, parameters.copy(), PATIENCE
            if patience == 0:
                break
        adam.learning_rate = RATE + (FINAL_RATE - RATE) * step / STEPS
        rows = known[random.integers(len(known), size=BATCH)]
        logits, activations = network.forward(parameters, x[rows])
        gradients = masked_log_softmax(logits, np.ones(logits.T.shape, bool))[1]
        gradients[targets[rows], np.arange(BATCH)] -= 1
        adam.step(parameters, network.backward(parameters, activations, gradients / BATCH))
        parameters *= 1 - DECAY
    return kept, best


def _log_likelihood(network: Perceptron, parameters, x, targets) -> float:
    """Of what was pressed, in nats a decision."""
    logits, _ = network.forward(parameters, x)
    log_pi = masked_log_softmax(logits, np.ones(logits.T.shape, bool))[0]
    return float(log_pi[targets, np.arange(len(x))].mean())
