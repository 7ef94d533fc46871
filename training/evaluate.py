"""How well and in what manner a mind fights: fixed-seed fights against scripted knights.

Uses the exact deciding path (`modular_mind.decide_batch`) of the rounded weights, so a figure printed
here is about the very mind that is served. No torch.
"""

from collections.abc import Callable

import numpy as np

import modular_mind
from duel.batch import DuelBatch
from duel.fighters import FIGHTERS
from duel.loops import LOG_OUTCOME, LOG_TICKS
from features import (
    APPROACH,
    BLOCK,
    BOSS_OBSERVATION,
    BOSS_WINS,
    CLEAVE,
    CLEAVE_RANGE,
    CLOCK,
    DECISION_TICKS,
    DRAW,
    IDLE,
    KNIGHT_WINS,
    OBSERVED_COOLDOWN,
    OBSERVED_DISTANCE,
    OBSERVED_GUARD,
    RETREAT,
    SEED,
    STREAM_DECISION,
    TICKS_PER_SECOND,
    TIMEOUT,
    UNITS_PER_PIXEL,
    hash32,
)

RANGE_PIXELS = CLEAVE_RANGE // UNITS_PER_PIXEL
STEP_LIMIT = 1300  # decision steps: more than the longest fight has
OBSERVED = {name: index for index, (name, *_) in enumerate(BOSS_OBSERVATION)}
KNIGHT_REACH_PIXELS = 130  # a swing seen within this distance may hit the boss

Policy = Callable[[np.ndarray, np.ndarray], np.ndarray]


def mind_policy(mind: modular_mind.Mind, explore: int = 0) -> Policy:
    """The served mind as a policy: (observations (B, 24), draws (B,)) -> moves (B,)."""

    def policy(observations, draws):
        return modular_mind.decide_batch(observations, explore, draws, mind)[0]

    return policy


def decision_draws(states: np.ndarray) -> np.ndarray:
    """The draws of the decisions due in each row: hash32(seed, STREAM_DECISION, k), (B,) uint64."""
    seeds = states[:, SEED].astype(np.uint64)
    ks = (states[:, CLOCK] // DECISION_TICKS).astype(np.uint64)
    return hash32(seeds, np.uint64(STREAM_DECISION), ks)


def behaviour_counts(views: np.ndarray, moves: np.ndarray) -> dict[str, tuple[int, int]]:
    """(times done, times possible) of each habit over decisions: views (B, 24), moves (B,)."""
    distance = views[:, OBSERVED_DISTANCE]
    ready = views[:, OBSERVED_COOLDOWN] == 0
    near = distance <= RANGE_PIXELS
    swing = (views[:, OBSERVED["knight_attacking"]] == 1) & (distance <= KNIGHT_REACH_PIXELS)
    cases = {
        "in_range_attack_rate": (near & ready, CLEAVE),
        "approach_rate_when_far": (~near, APPROACH),
        "block_rate_against_swings": (swing & ~ready & (views[:, OBSERVED_GUARD] > 0), BLOCK),
        "retreat_share_on_cooldown": (~ready, RETREAT),
        "retreat_share_off_cooldown": (ready, RETREAT),
        "idle_share": (np.ones(len(views), bool), IDLE),
        "attack_rate_enraged": (near & ready & (views[:, OBSERVED["boss_enraged"]] == 1), CLEAVE),
        "attack_rate_calm": (near & ready & (views[:, OBSERVED["boss_enraged"]] == 0), CLEAVE),
    }
    return {name: (int((moves[case] == move).sum()), int(case.sum())) for name, (case, move) in cases.items()}


def play(policy: Policy, fighters: tuple[str, ...], fights: int, seed: int) -> dict[str, dict]:
    """`fights` fights of fixed seeds against each scripted knight, all in one batch.

    Returns per fighter: win_rate, knight_win_rate, draw_rate, timeout_rate, mean seconds of fight time,
    and the behaviour counts (see `behaviour_counts`).
    """
    kinds = np.repeat([FIGHTERS.index(name) for name in fighters], fights)
    batch = DuelBatch(len(kinds), kinds, seed)
    outcome = np.zeros(len(kinds), np.int32)
    ticks = np.zeros(len(kinds), np.int64)
    counts = [{} for _ in fighters]
    for _ in range(STEP_LIMIT):
        live = outcome == 0
        if not live.any():
            break
        moves = policy(batch.boss_view, decision_draws(batch.states))
        deciding = live & (batch.due == 1)
        for group, total in enumerate(counts):
            rows = slice(group * fights, (group + 1) * fights)
            chosen = deciding[rows]
            done = behaviour_counts(batch.boss_view[rows][chosen], moves[rows][chosen])
            for name, pair in done.items():
                total[name] = total.get(name, 0) + np.array(pair)
        log = batch.step(moves)
        ticks[live] += log[live, LOG_TICKS]
        outcome[live] = log[live, LOG_OUTCOME]
    records = {}
    for group, name in enumerate(fighters):
        ends = outcome[group * fights : (group + 1) * fights]
        records[name] = {
            "fights": fights,
            "win_rate": float((ends == BOSS_WINS).mean()),
            "knight_win_rate": float((ends == KNIGHT_WINS).mean()),
            "draw_rate": float((ends == DRAW).mean()),
            "timeout_rate": float((ends == TIMEOUT).mean()),
            "seconds": float(ticks[group * fights : (group + 1) * fights].mean() / TICKS_PER_SECOND),
            "counts": {key: [int(done), int(possible)] for key, (done, possible) in counts[group].items()},
        }
    return records


def behavior(records: list[dict]) -> dict[str, float | None]:
    """The habits over several records of `play`, each as a share; None where it was never possible."""
    result = {}
    for name in records[0]["counts"]:
        done, possible = np.sum([record["counts"][name] for record in records], axis=0)
        result[name] = float(done / possible) if possible else None
    return result


def examine(mind: modular_mind.Mind, fights: int, seed: int, explore: int = 0, fighters=FIGHTERS) -> dict:
    """Win rates against each scripted knight, their mean, and the behaviour over all those fights."""
    records = play(mind_policy(mind, explore), tuple(fighters), fights, seed)
    return {
        "fights_each": fights,
        "win_rate": {name: record["win_rate"] for name, record in records.items()},
        "seconds": {name: record["seconds"] for name, record in records.items()},
        "timeout_rate": {name: record["timeout_rate"] for name, record in records.items()},
        "mean_win_rate": float(np.mean([record["win_rate"] for record in records.values()])),
        "behavior": behavior(list(records.values())),
    }
