"""Dreams: within the bounds, the same for the same seed, and something learned against a clone."""

import random
from dataclasses import replace

import numpy as np

from benchmarks.logged_fights import play_fight
from duel_sim import ScriptedKnight
from features import TIER_EXPLORE
from learning.bounds import Bounds, reference_observations, within
from learning.clone import fit
from learning.dream import NOBODY, DreamConfig, DreamPlayer, dream
from modular_mind import default_mind

SHORT = DreamConfig(updates=3, warm_up=1, duels=32, horizon=8)
HARD = TIER_EXPLORE["hard"]


def clone_of_an_aggressor():
    log = play_fight(
        3, "hard", HARD, default_mind(), lambda duel: ScriptedKnight("aggressor", duel), random.Random(0)
    )
    return fit([log], 0)


def test_a_dream_is_deterministic_learns_and_stays_within_the_bounds():
    mind, clone = default_mind(), clone_of_an_aggressor()
    bounds = Bounds(radius=0.02, kl=0.01)
    config = replace(SHORT, bounds=bounds)
    first = dream(mind, mind, [clone], config, 7, HARD)
    assert first.sha256 == dream(mind, mind, [clone], config, 7, HARD).sha256
    assert first.sha256 != dream(mind, mind, [clone], config, 8, HARD).sha256
    assert first.sha256 != mind.sha256
    assert within(first, mind, reference_observations(mind), bounds).inside


def test_the_boss_of_a_dream_errs_as_often_as_in_play():
    player = DreamPlayer([clone_of_an_aggressor()], replace(SHORT, duels=256, horizon=32), 32768, 0)
    assert np.count_nonzero(player.clone_of == NOBODY) == 90
    decided, wrong = 0, 0

    class Steps:
        decides = np.ones((200, 256), bool)
        legal = np.ones((200, 256, 5), bool)

    moves = np.zeros(256, np.int32)
    for t in range(200):
        player._err(Steps, t, moves)
        decided += 256
        wrong += 256 - np.count_nonzero(Steps.decides[t])
    assert abs(wrong / decided - 0.5) < 0.02
    assert set(moves) == {0, 1, 2, 3, 4}
