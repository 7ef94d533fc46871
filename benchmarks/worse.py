"""Minds made worse on purpose, each in its own way, and how much worse they really are.

    for name, mind in worse_minds(anchor, explore, bounds, count=20):
        drops = true_drops(mind, anchor, explore, rounds=300)

Half of them were led astray within the bounds of learning, by policy gradients towards losing or towards
losing to one knight alone: as bad as these bounds let a mind become. The others lie outside, as a broken
learner might leave them.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial

import numpy as np

from duel.fighters import FIGHTERS
from duel.loops import LOG_DEALT, LOG_TAKEN
from features import BOSS_MAX_HEALTH, BOSS_WINS, CLEAVE, IDLE, KNIGHT_MAX_HEALTH, MOVE_COUNT, RETREAT
from learning.bounds import Bounds, mean_kl, project, reference_observations
from learning.gradient import clipped
from learning.opponents import Opponent, fight, frozen_pool, hunters
from mm_grad import Adam, pack, policy_gradient, unpack
from modular_mind import Mind, legal_mask, quantise, scale_observations
from training.silence import silenced

DISCOUNT = 0.98  # a decision
LEARNING_RATE = 2e-3
ROUNDS = 12  # fights against each opponent in one update, when there are many
TRUTH_SEED = 8_300_011
FORGOTTEN = (7, 9, 13, 17)  # knights of the pool, by their places in it
NO_BOUNDS = Bounds(radius=12.0, kl=4.0)
SOME = (4.0, 6.0)  # points
Worth = Callable[[np.ndarray, np.ndarray], np.ndarray]


@dataclass(frozen=True, slots=True)
class Astray:
    """How a mind is led astray."""

    worth: Worth  # what a decision is worth, from its move (n,) and what the boss gained by it (n,)
    opponents: tuple[Opponent, ...]
    updates: int = 40


# ---------------------------------------------------------------------------- what a bad teacher wants
def to_lose(moves: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """The sign of everything turned round."""
    return -gains


def liking(move: int, moves: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """One move, whatever comes of it."""
    return (moves == move) - 1.0 / MOVE_COUNT


def disliking(move: int, moves: np.ndarray, gains: np.ndarray) -> np.ndarray:
    """Any move but one."""
    return -liking(move, moves, gains)


def lead_astray(anchor: Mind, how: Astray, explore: int, bounds: Bounds, seed: int) -> Mind:
    """A mind that learned from the anchor on by what `how` calls worth, within the bounds and rounded."""
    origin = pack(anchor.parameters, np.float64)
    flat = origin.astype(np.float32)
    adam = Adam(flat, LEARNING_RATE)
    reference = reference_observations(anchor)
    rounds = max(ROUNDS, 192 // len(how.opponents))
    for update in range(how.updates):
        mind = Mind(quantise(unpack(flat.astype(np.float64))))
        views, moves, worth = _returns(mind, how, rounds, explore, seed * how.updates + update)
        better = (worth - worth.mean()) / (worth.std() + 1e-6)
        share = np.full(len(moves), 1.0 / len(moves), np.float32)
        x = scale_observations(views, np.float32)
        found = policy_gradient(unpack(flat), x, legal_mask(views), moves, better, share, 0.0)
        adam.step(flat, clipped(found.gradient))
        project(flat, origin, bounds)
    way = flat - origin
    kept = 1.0
    while True:
        mind = Mind(quantise(unpack(origin + kept * way)))
        rounded = pack(mind.parameters, np.float64)
        if mean_kl(rounded, origin, reference.observations, reference.legal) <= bounds.kl:
            return mind
        kept *= 0.95


def _returns(mind: Mind, how: Astray, rounds: int, explore: int, seed: int) -> tuple[np.ndarray, ...]:
    """Of the decisions of some fights: what was seen (n, 24), the moves made (n,), their returns (n,)."""
    steps: list[tuple[np.ndarray, ...]] = []
    last_move = np.full(len(how.opponents) * rounds, IDLE)

    def watch(rows, views, moves, log):
        last_move[rows] = moves
        gains = log[:, LOG_TAKEN] / KNIGHT_MAX_HEALTH - log[:, LOG_DEALT] / BOSS_MAX_HEALTH
        steps.append((rows, views, moves, how.worth(last_move, gains)))

    fight(mind, how.opponents, rounds, seed, explore, watch)
    ahead = np.zeros(len(last_move))
    returns = []
    for rows, _, _, worth in reversed(steps):
        ahead = worth + DISCOUNT * ahead
        returns.append(ahead[rows])
    views, moves = (np.concatenate([step[part] for step in steps]) for part in (1, 2))
    return views, moves, np.concatenate(returns[::-1])


# ---------------------------------------------------------------------------- the minds
def worse_minds(anchor: Mind, explore: int, bounds: Bounds, count: int) -> Iterator[tuple[str, Mind]]:
    """`count` of twenty bad minds with their names, evenly chosen; the first half lies within the bounds."""
    made = recipes(anchor, explore, bounds)
    for number in range(count):
        name, make = made[number * len(made) // count]
        yield name, make()


def recipes(anchor: Mind, explore: int, bounds: Bounds) -> list[tuple[str, Callable[[], Mind]]]:
    """The names of the bad minds, and how each is made."""
    pool = frozen_pool()
    scripts, knights = pool[: len(FIGHTERS)], pool[len(FIGHTERS) :]
    within = {
        "learned to lose": Astray(to_lose, (*pool, *hunters())),
        "learned to lose, another way": Astray(to_lose, (*pool, *hunters())),
        "learned to lose to knights": Astray(to_lose, knights),
        "learned to lose to scripts": Astray(to_lose, scripts),
        **{f"forgot {pool[n].name}": Astray(to_lose, pool[n : n + 1]) for n in FORGOTTEN},
        "forgot hunter 1": Astray(to_lose, hunters()[:1]),
        "forgot hunter 3": Astray(to_lose, hunters()[2:]),
        "forgot hunters 1 and 2": Astray(to_lose, hunters()[:2]),
    }
    beyond = {
        "forgot the dodger": Astray(to_lose, scripts[:1]),
        "dislikes cleaves": Astray(partial(disliking, CLEAVE), pool),
        "likes to retreat": Astray(partial(liking, RETREAT), pool),
        "likes to idle": Astray(partial(liking, IDLE), pool),
    }
    led = [
        *[(name, how, bounds) for name, how in within.items()],
        *[(f"{name}, without bounds", how, NO_BOUNDS) for name, how in beyond.items()],
    ]
    return [
        *[
            (name, partial(lead_astray, anchor, how, explore, limits, seed))
            for seed, (name, how, limits) in enumerate(led)
        ],
        ("noise", partial(noisy, anchor, 10.0, 10)),
        ("noise that costs some points", partial(slightly_noisy, anchor, explore)),
        ("without its Aggressor", partial(silenced, anchor, "Aggressor", True)),
        ("without its Stalker", partial(silenced, anchor, "Stalker", True)),
        ("coward", partial(without_attack, anchor)),
    ]


def slightly_noisy(anchor: Mind, explore: int) -> Mind:
    """The anchor with just so much noise that it is weaker by SOME points against the pool."""
    least, most = SOME
    low, high = 0.0, 16.0
    for _ in range(12):
        distance = (low + high) / 2
        mind = noisy(anchor, distance, seed=14)
        drop = true_drops(mind, anchor, explore, 40)["pool"]
        if least <= drop <= most:
            break
        low, high = (distance, high) if drop < least else (low, distance)
    return mind


def noisy(anchor: Mind, distance: float, seed: int) -> Mind:
    """The anchor moved by `distance` in a random direction."""
    flat = pack(anchor.parameters, np.float64)
    away = np.random.default_rng(seed).standard_normal(len(flat))
    return Mind(quantise(unpack(flat + away * distance / np.linalg.norm(away))))


def without_attack(anchor: Mind) -> Mind:
    """The anchor without what drives it to attack."""
    parameters = {name: array.copy() for name, array in anchor.parameters.items()}
    for name in ("drive_weight", "modulation_weight"):
        parameters[name][CLEAVE] = 0.0
    parameters["drive_bias"][CLEAVE] = -8.0
    return Mind(quantise(parameters))


# ---------------------------------------------------------------------------- the truth about them
def true_drops(mind: Mind, anchor: Mind, explore: int, rounds: int) -> dict[str, float]:
    """How many points weaker than the anchor a mind is, by many more fights than the gate has.

    {"pool", "hunters": the mean over these, "worst": the largest against any single opponent of either}.
    """
    opponents = (*frozen_pool(), *hunters())
    wins = [fight(m, opponents, rounds, TRUTH_SEED, explore) == BOSS_WINS for m in (anchor, mind)]
    drops = 100 * (wins[0].mean(1) - wins[1].mean(1))
    pool = len(frozen_pool())
    return {
        "pool": float(drops[:pool].mean()),
        "hunters": float(drops[pool:].mean()),
        "worst": float(drops.max()),
    }


def is_worse(drops: dict[str, float]) -> bool:
    """Whether the `true_drops` of a mind are more than the gate is asked to see."""
    return drops["pool"] > 3 or drops["hunters"] > 5 or drops["worst"] > 20
