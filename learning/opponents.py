"""Whom a mind is judged against, and the fights: the frozen pool, and knights fitted to recent players.

    before = fight(anchor, frozen_pool(), rounds=64, seed=7, explore=TIER_EXPLORE["hard"])
    after = fight(candidate, frozen_pool(), rounds=64, seed=7, explore=TIER_EXPLORE["hard"])
    (after == BOSS_WINS).mean() - (before == BOSS_WINS).mean()

The frozen pool never changes while the anchor is the same: the scripted knights, and the learned knights
that the anchor learned beside (`weights/knights.npz`). The hunters learned against nothing but the finished
anchor (`docs/data/exploiter_knights.npz`) and win most often of all, so that they show first what a mind has
lost. The same arguments give the same fights, and two minds
that are given the same ones meet the same knights with the same seeds and chances, so that their outcomes
can be compared pair by pair.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Protocol

import numpy as np

from duel.batch import DuelBatch
from duel.fighters import FIGHTERS
from duel.loops import LEARNER, LOG_OUTCOME
from features import BOSS_WINS, ONGOING
from mind.archive import read_arrays, read_limited
from modular_mind import WEIGHTS_DIRECTORY, Mind, decide_batch
from training.evaluate import STEP_LIMIT, decision_draws
from training.knights import LIMIT
from training.knights import NAME as KNIGHTS_NAME
from training.knights import load as load_knights
from training.networks import KNIGHT_NETWORK
from training.player import KNIGHT_SCALE

HUNTERS = WEIGHTS_DIRECTORY.parent / "docs" / "data" / "exploiter_knights.npz"
HUNTER_COUNT = 3

Watch = Callable[[np.ndarray, np.ndarray, np.ndarray, np.ndarray], None]


class Player(Protocol):
    """A knight that is neither a script nor one of the learned ones, such as the clone of a player."""

    def actions(self, batch: DuelBatch, live: np.ndarray, random: np.random.Generator) -> np.ndarray:
        """What it does next: indices of features.KNIGHT_ACTIONS (B,), read where `live` (B,) bool is set."""


@dataclass(frozen=True, eq=False, slots=True)
class Opponent:
    """One knight: a script, a learned knight, or a player."""

    name: str
    script: int = LEARNER  # its number in FIGHTERS; LEARNER for the others
    learned: np.ndarray | None = None  # parameters of KNIGHT_NETWORK (size,), float32
    player: Player | None = None


@cache
def frozen_pool(directory: Path = WEIGHTS_DIRECTORY) -> tuple[Opponent, ...]:
    """The scripted knights and the learned ones of a weights directory; raises mind.archive.ArchiveError."""
    scripted = [Opponent(name, script) for script, name in enumerate(FIGHTERS)]
    return (*scripted, *learned_knights(load_knights(directory / KNIGHTS_NAME)))


@cache
def hunters(path: Path = HUNTERS) -> tuple[Opponent, ...]:
    """The knights trained against the finished anchor; raises mind.archive.ArchiveError."""
    data = read_limited(path, LIMIT)
    table = {f"knight_{seed}": ((KNIGHT_NETWORK.size,), (np.float32,)) for seed in range(HUNTER_COUNT)}
    return tuple(learned_knights(np.stack(list(read_arrays(data, table).values())), "hunter"))


def learned_knights(knights: np.ndarray, name: str = "knight") -> list[Opponent]:
    """Learned knights (count, size) as opponents, numbered from 1."""
    return [Opponent(f"{name} {number}", learned=knight) for number, knight in enumerate(knights, 1)]


def players(clones: Sequence[Player]) -> list[Opponent]:
    """Knights fitted to recent players as opponents, numbered from 1."""
    return [Opponent(f"player {number}", player=clone) for number, clone in enumerate(clones, 1)]


def fight(
    mind: Mind,
    opponents: Sequence[Opponent],
    rounds: int,
    seed: int,
    explore: int,
    watch: Watch | None = None,
) -> np.ndarray:
    """The outcomes (len(opponents), rounds) int32, features.KNIGHT_WINS to TIMEOUT, of whole fights.

    explore: the mind's mistake rate in 1/65536. Another `rounds` is another set of fights. watch: called
    after each step with the rows (n,) that decided in it, what the boss saw there (n, 24), its moves (n,) and
    the batch's log; row r fights opponents[r // rounds].
    """
    kinds = np.repeat([opponent.script for opponent in opponents], rounds)
    batch = DuelBatch(len(kinds), kinds, seed)
    act = _actor(opponents, rounds, seed)
    outcomes = np.full(batch.count, ONGOING, np.int32)
    moves = np.zeros(batch.count, np.int32)
    for _ in range(STEP_LIMIT):
        live = outcomes == ONGOING
        if not live.any():
            break
        due = np.flatnonzero(live & (batch.due == 1))
        draws = decision_draws(batch.states[due])
        views = batch.boss_view[due]
        moves[due] = decide_batch(views, explore, draws, mind)[0]
        log = batch.step(moves, act(batch, live))
        if watch is not None:
            watch(due, views, moves[due], log)
        outcomes[live] = log[live, LOG_OUTCOME]
    return outcomes.reshape(len(opponents), rounds)


def win_rates(mind: Mind, opponents: Sequence[Opponent], rounds: int, seed: int, explore: int) -> np.ndarray:
    """The share (len(opponents),) of those fights that the mind wins; see `fight`."""
    return (fight(mind, opponents, rounds, seed, explore) == BOSS_WINS).mean(1)


# ---------------------------------------------------------------------------- the knights
def _actor(opponents: Sequence[Opponent], rounds: int, seed: int):
    """A function (batch, live (B,)) -> actions (B,) of the knights that are no script."""
    actions = np.zeros((len(opponents), rounds), np.int32)
    learned = [place for place, opponent in enumerate(opponents) if opponent.learned is not None]
    layers = _stacked_layers([opponents[place].learned for place in learned])
    random = np.random.default_rng(seed)
    guests = []  # place, rows, player and random stream of each player
    for place, opponent in enumerate(opponents):
        if opponent.player is not None:
            rows = np.repeat(np.arange(len(opponents)) == place, rounds)
            guests.append((place, rows, opponent.player, np.random.default_rng((seed, place))))

    def act(batch: DuelBatch, live: np.ndarray) -> np.ndarray:
        alive = live.reshape(actions.shape)
        views = batch.knight_view.reshape(*actions.shape, -1)
        # Drawn for every row, needed or not: what a knight draws depends on nothing but the step.
        uniforms = random.random((len(learned), rounds))
        if learned and alive[learned].any():
            actions[learned] = _choose(_logits(layers, views[learned]), uniforms)
        for place, rows, player, stream in guests:
            if alive[place].any():
                actions[place] = player.actions(batch, rows & live, stream)[rows]
        return actions.ravel()

    return act


def _stacked_layers(knights: Sequence[np.ndarray]) -> list[tuple[np.ndarray, np.ndarray]]:
    """Weights (knights, inputs, outputs) and biases (knights, 1, outputs) of each layer, for one product."""
    if not knights:
        return []
    flat = np.stack(knights).astype(np.float32)
    return [
        (
            np.ascontiguousarray(flat[:, weights].reshape(-1, *shape).transpose(0, 2, 1)),
            flat[:, None, biases],
        )
        for weights, biases, shape in KNIGHT_NETWORK.layers
    ]


def _logits(layers: list[tuple[np.ndarray, np.ndarray]], views: np.ndarray) -> np.ndarray:
    """Logits (knights, rounds, actions) of all learned knights at once, from views (knights, rounds, 24)."""
    values = np.multiply(views, KNIGHT_SCALE, dtype=np.float32)
    for number, (weights, biases) in enumerate(layers, 1):
        values = values @ weights
        values += biases
        if number < len(layers):
            np.maximum(values, 0.0, out=values)
    return values


def _choose(logits: np.ndarray, uniforms: np.ndarray) -> np.ndarray:
    """The action (...) that a draw from [0, 1) picks from the softmax of logits (..., actions)."""
    weights = np.exp(logits - logits.max(-1, keepdims=True))
    cumulative = weights.cumsum(-1)
    return (cumulative <= uniforms[..., None] * cumulative[..., -1:]).sum(-1)
