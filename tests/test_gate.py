"""Nothing goes live that lies outside the bounds, does not commit, or is weaker."""

import json

import numpy as np
import pytest

from features import CLEAVE, KNIGHT_ACTION_COUNT, MOVES, TIER_EXPLORE
from learning import gate
from learning.bounds import Bounds
from learning.gate import GateConfig, below_floor, judge
from learning.opponents import hunters
from learning.sequential import Limits
from mm_grad import masked_log_softmax, pack, unpack
from modular_mind import Mind, default_mind, quantise
from tests.test_opponents import Button
from training.networks import KNIGHT_NETWORK
from training.player import KNIGHT_SCALE
from training.randomness import sample

HARD = TIER_EXPLORE["hard"]
ANCHOR = default_mind()
WIDE = Bounds(radius=50.0, kl=50.0)
QUICK = GateConfig(bounds=WIDE, limits=Limits(fewest=24, step=128, most=2000))


class Disguised:
    """A learned knight as a player."""

    def __init__(self, opponent):
        self.knight = opponent.learned

    def actions(self, batch, live, random):
        """What the knight does, drawn for all rows."""
        logits, _ = KNIGHT_NETWORK.forward(self.knight, batch.knight_view * KNIGHT_SCALE)
        everything = np.ones((batch.count, KNIGHT_ACTION_COUNT), bool)
        return sample(masked_log_softmax(logits, everything)[1], random)


def noisy(distance: float, seed: int = 0) -> Mind:
    """The anchor moved by `distance` in a random direction."""
    away = np.random.default_rng(seed).standard_normal(len(pack(ANCHOR.parameters, np.float64)))
    return moved(away * distance / np.linalg.norm(away))


def moved(away: np.ndarray) -> Mind:
    """The anchor with `away` (4490,) added to its parameters."""
    return Mind(quantise(unpack(pack(ANCHOR.parameters, np.float64) + away)))


def altered(**biases: float) -> Mind:
    """The anchor with something added to the drives of moves, given by their names."""
    parameters = {name: array.copy() for name, array in ANCHOR.parameters.items()}
    for name, added in biases.items():
        parameters["drive_bias"][MOVES.index(name.upper())] += added
    return Mind(quantise(parameters))


def coward() -> Mind:
    """The anchor without what drives it to attack."""
    parameters = {name: array.copy() for name, array in ANCHOR.parameters.items()}
    for name in ("drive_weight", "modulation_weight"):
        parameters[name][CLEAVE] = 0.0
    parameters["drive_bias"][CLEAVE] = -8.0
    return Mind(quantise(parameters))


def reason(candidate: Mind, config: GateConfig, live: Mind = ANCHOR, clones=()) -> str | None:
    """The code of the refusal of a candidate."""
    judgement = judge(candidate, live, ANCHOR, clones, HARD, 11, config)
    assert judgement.passed == (judgement.reason is None)
    json.dumps(judgement.report, allow_nan=False)
    return judgement.reason


def test_bounds_are_judged_on_the_rounded_mind():
    assert reason(ANCHOR, QUICK) == gate.UNCHANGED
    assert reason(noisy(2.5), GateConfig()) == gate.TOO_FAR
    assert reason(altered(idle=1.99), GateConfig()) == gate.TOO_DIFFERENT


def test_a_coward_is_refused_before_any_match():
    judgement = judge(coward(), ANCHOR, ANCHOR, (), HARD, 1, QUICK)
    assert (judgement.passed, judgement.reason) == (False, gate.NOT_COMMITTED)
    assert judgement.report[gate.POOL] is None


def test_a_mind_like_the_anchor_passes_and_says_what_was_measured():
    candidate = noisy(0.04)
    judgement = judge(candidate, ANCHOR, ANCHOR, [Button(3)], HARD, 1, QUICK)
    assert judgement.passed, judgement.report
    report = judgement.report
    for name in (gate.HUNTERS, gate.POOL, gate.PLAYERS):
        assert 0 <= report[name]["before"] <= 1
        assert report[name]["after"] > report[name]["before"] - 0.05
    assert 0 < report["kl"] < 0.01
    assert report["worst"]["before"] >= report["worst"]["after"]
    again = judge(candidate, ANCHOR, ANCHOR, [Button(3)], HARD, 1, QUICK).report
    assert {**again, "seconds": 0} == {**report, "seconds": 0}


@pytest.mark.parametrize(
    ("candidate", "weaker_against"), [(altered(retreat=6.0), gate.POOL), (noisy(14.0), gate.HUNTERS)]
)
def test_a_mind_that_wins_less_is_refused(candidate, weaker_against):
    judgement = judge(candidate, ANCHOR, ANCHOR, (), HARD, 3, QUICK)
    assert judgement.reason == f"weaker_{weaker_against}"
    found = judgement.report[weaker_against]
    assert found["after"] < found["before"] - 0.03


def test_strength_against_players_is_compared_with_the_live_mind():
    # the anchor against hunters, dressed as players, whom the live mind beats more often than it does
    live, candidate = altered(idle=2.0), noisy(0.04)
    clones = [Disguised(hunter) for hunter in hunters()]
    assert reason(candidate, QUICK, clones=clones) is None
    assert reason(candidate, QUICK, live, clones) == "weaker_players"


def test_a_collapse_against_one_opponent_is_seen_whatever_is_gained_elsewhere():
    random = np.random.default_rng(3)
    old = np.array([0.98] * 5)
    new = np.array([1.0, 1.0, 1.0, 1.0, 0.70])
    fallen = np.zeros((2, 5))
    for _ in range(200):
        before, after = random.random((2, 5, 128))
        for row, rates in enumerate((new, old)):
            changes = (after < rates[:, None]).astype(np.int8) - (before < old[:, None])
            fallen[row] += below_floor(changes, GateConfig())
    assert fallen[0].tolist()[:4] == [0, 0, 0, 0]
    assert fallen[0, 4] > 190
    assert fallen[1].sum() == 0


def test_a_collapse_refuses():
    # so weak that it would have to lose every fight to fail the test of all of them together
    config = GateConfig(bounds=WIDE, limits=Limits(fewest=32, drop=1.0), hunters_drop=1.0)
    assert reason(noisy(14.0), config) == gate.COLLAPSED
