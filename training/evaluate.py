"""How well and in what manner a mind fights: fixed-seed fights against scripted knights.

Uses the exact deciding path (`modular_mind.decide_batch`) of the rounded weights, so a figure printed
here is about the very mind that is served. Fights against learned knights are in `training/matches.py`.
"""

from collections.abc import Callable

import numpy as np

import modular_mind
from duel.batch import DuelBatch
from duel.fighters import FIGHTERS
from duel.loops import LOG_OUTCOME, LOG_TICKS
from features import (
    APPROACH,
    ATTACK_HITBOX_END,
    BLOCK,
    BOSS_MAX_HEALTH,
    BOSS_OBSERVATION,
    BOSS_WINS,
    CLEAVE,
    CLEAVE_RANGE,
    CLEAVE_REACH_STANDING,
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
REACH_PIXELS = CLEAVE_REACH_STANDING // UNITS_PER_PIXEL
COUNTED_STEPS = 100  # behaviour is counted over this many at once
STEP_LIMIT = 1300  # decision steps: more than the longest fight has
OBSERVED = {name: index for index, (name, *_) in enumerate(BOSS_OBSERVATION)}
KNIGHT_REACH_PIXELS = 130  # a swing seen within this distance may hit the boss

Policy = Callable[[np.ndarray, np.ndarray], np.ndarray]


def mind_policy(mind: modular_mind.Mind, explore: int = 0) -> Policy:
    """The served mind as a policy: (observations (B, 24), draws (B,)) -> moves (B,)."""

    def policy(observations, draws):
        return modular_mind.decide_batch(observations, explore, draws, mind)[0]

    policy.memoryless = True
    return policy


def decision_draws(states: np.ndarray) -> np.ndarray:
    """The draws of the decisions due in each row: hash32(seed, STREAM_DECISION, k), (B,) uint64."""
    seeds = states[:, SEED].astype(np.uint64)
    ks = (states[:, CLOCK] // DECISION_TICKS).astype(np.uint64)
    return hash32(seeds, np.uint64(STREAM_DECISION), ks)


def with_mistakes(policy: Policy, explore: int) -> Policy:
    """Any policy with the mistakes of a tier: at the rate `explore`, in 1/65536, a random legal move.

    The draws are those of `modular_mind.decide`, so this and `mind_policy(mind, explore)` give the same
    moves; it is for policies that are no `Mind`.
    """
    careless = modular_mind.Mind({name: np.zeros(shape) for name, shape in modular_mind.SHAPES.items()})

    def mistaken(observations, draws):
        random_moves, mistakes = modular_mind.decide_batch(observations, explore, draws, careless)
        return np.where(mistakes, random_moves, policy(observations, draws))

    mistaken.memoryless = getattr(policy, "memoryless", False)
    return mistaken


def behaviour_counts(views: np.ndarray, moves: np.ndarray) -> dict[str, tuple[int, int]]:
    """(times done, times possible) of each habit over decisions: views (B, 24), moves (B,).

    All by what the boss perceived; `ready` means that a cleave was allowed. Of the decisions ...

    - in_range_attack_rate: ready and within cleave range, the share that is CLEAVE;
    - attack_rate_calm, _enraged, _high_health, _middle_health, _low_health: the same, by whether the boss was
      enraged and by the third its health was in;
    - approach_rate_when_far: beyond a standing cleave's reach, the share that is APPROACH;
    - block_rate_against_swings: seeing a swing within the sword's reach while no cleave was allowed and
      guard was left, the share that is BLOCK;
    - punish_rate: ready and within a standing cleave's reach of a knight who is seen staggered or past the
      active frames of a swing, the share that is CLEAVE;
    - retreat_share_on_cooldown, retreat_share_off_cooldown, idle_share: the shares of RETREAT and IDLE.
    """
    distance = views[:, OBSERVED_DISTANCE]
    ready = views[:, OBSERVED_COOLDOWN] == 0
    in_range = ready & (distance <= RANGE_PIXELS)
    attacking = views[:, OBSERVED["knight_attacking"]] == 1
    swing = attacking & (distance <= KNIGHT_REACH_PIXELS)
    recovering = attacking & (views[:, OBSERVED["knight_timer"]] >= ATTACK_HITBOX_END)
    open_knight = recovering | (views[:, OBSERVED["knight_staggered"]] == 1)
    enraged = views[:, OBSERVED["boss_enraged"]] == 1
    third = np.minimum(views[:, OBSERVED["boss_health"]] * 3 // BOSS_MAX_HEALTH, 2)
    cases = {
        "in_range_attack_rate": (in_range, CLEAVE),
        "attack_rate_calm": (in_range & ~enraged, CLEAVE),
        "attack_rate_enraged": (in_range & enraged, CLEAVE),
        "attack_rate_high_health": (in_range & (third == 2), CLEAVE),
        "attack_rate_middle_health": (in_range & (third == 1), CLEAVE),
        "attack_rate_low_health": (in_range & (third == 0), CLEAVE),
        "approach_rate_when_far": (distance > REACH_PIXELS, APPROACH),
        "block_rate_against_swings": (swing & ~ready & (views[:, OBSERVED_GUARD] > 0), BLOCK),
        "punish_rate": (ready & (distance <= REACH_PIXELS) & open_knight, CLEAVE),
        "retreat_share_on_cooldown": (~ready, RETREAT),
        "retreat_share_off_cooldown": (ready, RETREAT),
        "idle_share": (np.ones(len(views), bool), IDLE),
    }
    return {name: (int((moves[case] == move).sum()), int(case.sum())) for name, (case, move) in cases.items()}


def play(policy: Policy, fighters: tuple[str, ...], fights: int, seed: int) -> dict[str, dict]:
    """`fights` fights of fixed seeds against each scripted knight, all in one batch.

    Returns a record per fighter, see `play_batch`.
    """
    kinds = np.repeat([FIGHTERS.index(name) for name in fighters], fights)
    records = play_batch(policy, DuelBatch(len(kinds), kinds, seed), fights)
    return dict(zip(fighters, records, strict=True))


def play_batch(
    policy: Policy,
    batch: DuelBatch,
    fights: int,
    knights: Callable[[DuelBatch, np.ndarray], np.ndarray] | None = None,
) -> list[dict]:
    """Play one fight in every row of a new `batch`; a record for each `fights` consecutive rows.

    The policy is asked about every row at every step, whether its answer counts or not, so that it may have
    a memory; one marked `memoryless` is asked only about decisions that are due in fights that go on.
    `knights(batch, live)` gives the actions (B,) of the knights that are no script; `live` (B,) bool tells
    whose fight is not over. A record holds fights, win_rate, knight_win_rate, draw_rate, timeout_rate, mean
    seconds of fight time, and counts (see `behaviour_counts`).
    """
    outcome = np.zeros(batch.count, np.int32)
    ticks = np.zeros(batch.count, np.int64)
    moves = np.zeros(batch.count, np.int32)
    memoryless = getattr(policy, "memoryless", False)
    groups = range(batch.count // fights)
    counts = [{} for _ in groups]
    decided = []  # of the last steps: rows, views, moves
    for _ in range(STEP_LIMIT):
        live = outcome == 0
        if not live.any():
            break
        deciding = np.flatnonzero(live & (batch.due == 1))
        asked = deciding if memoryless else np.arange(batch.count)
        moves[asked] = policy(batch.boss_view[asked], decision_draws(batch.states[asked]))
        views, chosen = batch.boss_view[deciding], moves[deciding]
        decided.append((deciding, views, chosen))
        if len(decided) == COUNTED_STEPS:
            _count(decided, counts, fights)
        log = batch.step(moves, None if knights is None else knights(batch, live))
        ticks[live] += log[live, LOG_TICKS]
        outcome[live] = log[live, LOG_OUTCOME]
    if decided:
        _count(decided, counts, fights)
    records = []
    for group in groups:
        rows = slice(group * fights, (group + 1) * fights)
        ends = outcome[rows]
        records.append(
            {
                "fights": fights,
                "win_rate": float((ends == BOSS_WINS).mean()),
                "knight_win_rate": float((ends == KNIGHT_WINS).mean()),
                "draw_rate": float((ends == DRAW).mean()),
                "timeout_rate": float((ends == TIMEOUT).mean()),
                "seconds": float(ticks[rows].mean() / TICKS_PER_SECOND),
                "counts": {
                    key: [int(done), int(possible)] for key, (done, possible) in counts[group].items()
                },
            }
        )
    return records


def _count(decided: list[tuple], counts: list[dict], fights: int) -> None:
    """Add the decisions `decided` to the behaviour `counts` of each group of `fights` rows, and empty it."""
    rows, views, moves = (np.concatenate(parts) for parts in zip(*decided, strict=True))
    decided.clear()
    for group, total in enumerate(counts):
        mine = rows // fights == group
        for name, pair in behaviour_counts(views[mine], moves[mine]).items():
            total[name] = total.get(name, 0) + np.array(pair)


def behavior(records: list[dict]) -> dict[str, float | None]:
    """The habits over several records of `play`, each as a share, None where it was never possible, and
    the win rate over all their fights."""
    result = {}
    for name in records[0]["counts"]:
        done, possible = np.sum([record["counts"][name] for record in records], axis=0)
        result[name] = float(done / possible) if possible else None
    fights = [record["fights"] for record in records]
    result["win_rate"] = float(np.average([record["win_rate"] for record in records], weights=fights))
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
