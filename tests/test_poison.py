"""The benchmark of hostile players: their fights are valid and go as they like; the bad minds; a tiny run."""

import numpy as np
import pytest

from benchmarks.hostile import HOSTILE, fights
from benchmarks.poison import Campaign, passes, play_campaign
from benchmarks.worse import Astray, lead_astray, liking, recipes, worse_minds
from features import BOSS_WINS, IDLE, KNIGHT_WINS, TIER_EXPLORE
from learning.bounds import Bounds, reference_observations, within
from learning.gate import GateConfig
from learning.opponents import frozen_pool
from learning.sequential import Limits
from modular_mind import decide_batch, default_mind
from service.journal import VERIFIED
from service.replay import replay

HARD = TIER_EXPLORE["hard"]


def test_a_player_who_foresees_the_fight_wins_or_loses_as_it_likes_and_no_replay_finds_fault():
    # an odd seed is a fight that this one gives away, an even one it plays to win
    logs = fights(HOSTILE["alternates"], default_mind(), HARD, [2, 3])
    assert [log.outcome for log in logs] == [KNIGHT_WINS, BOSS_WINS]
    assert [replay(log, default_mind()).verdict for log in logs] == [VERIFIED, VERIFIED]


def test_hostile_players_want_different_things():
    wanted = {tuple(hostile.weights(0)) for hostile in HOSTILE.values()}
    assert len(HOSTILE) == 7
    assert len(wanted) == 7


def test_a_mind_is_led_astray_as_far_as_the_bounds_let_it():
    anchor, bounds = default_mind(), Bounds(radius=1.0, kl=0.05)
    how = Astray(lambda moves, gains: liking(IDLE, moves, gains), frozen_pool()[1:3], updates=8)
    led = lead_astray(anchor, how, HARD, bounds, seed=1)
    reference = reference_observations(anchor)
    assert within(led, anchor, reference, bounds).inside
    draws = np.arange(len(reference.observations))
    idle = [
        (decide_batch(reference.observations, 0, draws, mind)[0] == IDLE).mean() for mind in (led, anchor)
    ]
    assert idle[0] > idle[1] + 0.005


def test_the_bad_minds_are_twenty_different_ones():
    names = [name for name, _ in recipes(default_mind(), HARD, Bounds())]
    assert len(set(names)) == 20
    assert list(worse_minds(default_mind(), HARD, Bounds(), count=0)) == []


@pytest.mark.parametrize(
    ("changed", "failed"),
    [
        ({}, []),
        ({"strength_drop": 3.1}, ["strength"]),
        ({"people_drop": 3.1}, ["people"]),
        ({"bounds_kept": False}, ["bounds"]),
        ({"worse_refused": 19}, ["worse"]),
        ({"worse_indeed": 19}, ["worse"]),
        ({"worse_refused": 0, "worse_indeed": 0, "worse_tried": 0}, ["worse"]),
    ],
)
def test_the_bars(changed, failed):
    figures = {"strength_drop": 1.0, "people_drop": -2.0, "bounds_kept": True}
    figures |= {"worse_tried": 20, "worse_indeed": 20, "worse_refused": 20, **changed}
    assert [name for name, met in passes(figures).items() if not met] == failed


def test_one_cycle_of_a_server_under_attack():
    # the gate of a real run looks at many more fights
    gate = GateConfig(limits=Limits(fewest=8, step=64, most=400))
    life = play_campaign(Campaign("gradient", "gives_up_at_once", seed=3, cycles=1, gate=gate))
    assert life["verified"] == 40
    cycle = life["cycles"][0]
    assert cycle["inside"]
    assert (cycle["decision"] == "promoted") == (len(life["promoted"]) == 1) == (cycle["distance"] > 0)
