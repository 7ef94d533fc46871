"""The gate: whether a learned mind may go live. Nothing becomes live without passing it.

    judgement = judge(candidate, live, anchor, clones, explore, seed, GateConfig())

The checks, cheapest first; the first that fails refuses, and its code is the reason:

    unchanged          the candidate is the live mind
    too_far            its parameters lie outside the ball around the anchor (learning/bounds.py)
    too_different      what it does differs from the anchor by more than the KL bound
    not_committed      it does not attack in range (training/selection.py)
    weaker_hunters     it wins less than the anchor against the hunters
    weaker_pool        ... or against the frozen pool
    weaker_players     it wins less than the live mind against the clones of recent players
    undecided_hunters, undecided_pool, undecided_players
                       the fights allowed did not suffice to tell
    collapsed          against one single opponent it is worse by far, whatever it gained elsewhere

Strength is compared by sequential tests of paired fights (learning/sequential.py). A mind that is weaker by
3 points (against the hunters: 5) passes any one of them with probability 0.05 at most; a mind that is weaker
nowhere is refused by all checks together with probability 0.05 at most. Every candidate is compared with the
frozen anchor, not with the mind before it, so that small losses cannot add up from promotion to promotion.
"""

import time
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from features import BOSS_WINS
from learning import sequential
from learning.bounds import ROUNDING, Bounds, reference_observations, within
from learning.opponents import Opponent, Player, fight, frozen_pool, hunters, players
from learning.sequential import NOT_WEAKER, Limits, Result
from modular_mind import Mind
from training.selection import NotCommittedError, require_commitment

UNCHANGED, TOO_FAR, TOO_DIFFERENT = "unchanged", "too_far", "too_different"
NOT_COMMITTED, COLLAPSED = "not_committed", "collapsed"
HUNTERS, POOL, PLAYERS = "hunters", "pool", "players"
# Of the permitted false refusals, how many the floors may make: the tests share the rest.
SHARE_OF_FLOORS = 0.1
SEED_BITS = 30


@dataclass(frozen=True, slots=True)
class GateConfig:
    """What a candidate must keep to."""

    bounds: Bounds = field(default_factory=Bounds)
    limits: Limits = field(default_factory=Limits)
    # The hunters know the anchor's every weakness: against them it wins four fights of five, not 99 of 100,
    # and a mind that has lost two points against the pool has lost thirty against them (measured).
    hunters_drop: float = 0.05
    # Against no single opponent may it be worse by `floor` of the fights, if that is `deviations` standard
    # deviations or more: what so few fights as there are against one opponent can show.
    floor: float = 0.10
    deviations: float = 3.0


@dataclass(frozen=True, slots=True)
class Judgement:
    """Whether a candidate passed, and what was measured."""

    passed: bool
    reason: str | None  # the code of the refusal
    # JSON-ready: "seconds" always; "distance" and "kl"; "hunters" and "pool" (the win rates of anchor and
    # candidate) and "players" (of live mind and candidate), each {"before", "after", "pairs", "ratio",
    # "verdict"} or None if it did not come to that; "worst", the opponent that gained most, {"opponent",
    # "before", "after"}.
    report: dict


def judge(
    candidate: Mind,
    live: Mind,
    anchor: Mind,
    clones: Sequence[Player],
    explore: int,
    seed: int,
    config: GateConfig,
) -> Judgement:
    """Judge a rounded candidate at the mistake rate `explore`, in 1/65536; `clones` may be empty.

    The same arguments give the same judgement, but for the seconds. Give every candidate a seed of its own:
    one that was refused by chance, or passed by it, then meets other fights the next time.
    """
    began = time.monotonic()
    report: dict = {"distance": None, "kl": None, HUNTERS: None, POOL: None, PLAYERS: None, "worst": None}
    reason = _judge(candidate, live, anchor, clones, explore, seed, config, report)
    report["seconds"] = time.monotonic() - began
    return Judgement(reason is None, reason, report)


def _judge(candidate, live, anchor, clones, explore, seed, config: GateConfig, report: dict) -> str | None:
    """The code of the refusal, or None; fills the report."""
    if candidate.sha256 == live.sha256:
        return UNCHANGED
    measured = within(candidate, anchor, reference_observations(anchor), config.bounds)
    report["distance"], report["kl"] = measured.distance, measured.kl
    if not measured.inside:
        return TOO_FAR if measured.distance > config.bounds.radius + ROUNDING else TOO_DIFFERENT
    try:
        require_commitment(candidate)
    except NotCommittedError:
        return NOT_COMMITTED

    matches = [
        (HUNTERS, hunters(), anchor, config.hunters_drop),
        (POOL, frozen_pool(), anchor, config.limits.drop),
    ]
    if clones:
        matches.append((PLAYERS, players(clones), live, config.limits.drop))
    beta = config.limits.beta * (1 - SHARE_OF_FLOORS) / len(matches)
    for stream, (name, opponents, reference, drop) in enumerate(matches):
        limits = replace(config.limits, drop=drop, beta=beta)
        result, wins = compare(candidate, reference, opponents, explore, (seed, stream), limits)
        before, after = wins.mean(2)
        report[name] = {
            "before": float(before.mean()),
            "after": float(after.mean()),
            "pairs": result.changes.size,
            "ratio": result.ratio,
            "verdict": result.verdict,
        }
        _note_worst(report, opponents, before, after)
        if result.verdict != NOT_WEAKER:
            return f"{result.verdict}_{name}"
        if below_floor(result.changes, config).any():
            return COLLAPSED
    return None


def _note_worst(report: dict, opponents: Sequence[Opponent], before: np.ndarray, after: np.ndarray) -> None:
    """Keep in the report against whom the candidate lost most."""
    most = int((before - after).argmax())
    worst = report["worst"]
    if worst is None or before[most] - after[most] > worst["before"] - worst["after"]:
        name = opponents[most].name
        report["worst"] = {"opponent": name, "before": float(before[most]), "after": float(after[most])}


def compare(
    candidate: Mind,
    reference: Mind,
    opponents: Sequence[Opponent],
    explore: int,
    seed: Sequence[int],
    limits: Limits,
) -> tuple[Result, np.ndarray]:
    """Test whether a mind is weaker than a reference against these opponents.

    Returns how the test ended, and the wins (2, len(opponents), rounds) bool of the reference and of the
    candidate in the fights of it.
    """
    played = []

    def play(rounds: int, number: int) -> np.ndarray:
        sequence = np.random.SeedSequence((*seed, number))
        fights_seed = int(sequence.generate_state(1)[0]) >> (32 - SEED_BITS)
        minds = (reference, candidate)
        wins = np.stack([fight(mind, opponents, rounds, fights_seed, explore) == BOSS_WINS for mind in minds])
        played.append(wins)
        return wins[1].astype(np.int8) - wins[0]

    result = sequential.run(play, limits)
    return result, np.concatenate(played, axis=2)


def below_floor(changes: np.ndarray, config: GateConfig) -> np.ndarray:
    """Against which opponents (n,) bool paired fights show a collapse; changes (n, rounds), -1, 0 or 1."""
    rounds = changes.shape[1]
    drop = -changes.mean(1)
    error = np.sqrt((changes.var(1) * rounds + 2.0) / rounds / rounds)  # one more won, one more lost
    return (drop >= config.floor) & (drop >= config.deviations * error)
