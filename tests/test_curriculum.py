"""The limit of shortened fights follows the knight and stays between one blow and a whole boss."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from features import BOSS_MAX_HEALTH, SWORD_DAMAGE
from training.curriculum import STEP, Curriculum


def test_a_new_limit_is_a_whole_boss():
    assert Curriculum().limit == BOSS_MAX_HEALTH


def test_health_lies_between_one_blow_and_the_limit():
    curriculum = Curriculum()
    curriculum.limit[...] = 60
    health = curriculum.draw(np.random.default_rng(0), 5000)
    assert set(health) == set(range(SWORD_DAMAGE, 61))


@given(st.lists(st.lists(st.booleans(), max_size=40), max_size=60))
def test_the_limit_stays_within_its_bounds(fights):
    curriculum = Curriculum()
    for won in fights:
        curriculum.note(np.array(won, bool))
        assert SWORD_DAMAGE <= curriculum.limit <= BOSS_MAX_HEALTH
        assert len(curriculum.draw(np.random.default_rng(0), 3)) == 3


def test_wins_raise_the_limit_and_everything_else_lowers_it():
    curriculum = Curriculum()
    curriculum.limit[...] = 100
    curriculum.note(np.array([True, True, False]))
    assert curriculum.limit == 100 + STEP
    curriculum.note(np.array([False]))
    assert curriculum.limit == 100


def test_about_half_of_the_fights_are_won():
    """A knight that wins whenever the boss begins with at most 80: half of the draws go up to 80."""
    curriculum, random, won = Curriculum(), np.random.default_rng(1), []
    for _ in range(3000):
        health = curriculum.draw(random, 8)
        won.append(health <= 80)
        curriculum.note(won[-1])
    assert 0.45 < np.mean(won[1000:]) < 0.55
    assert 130 < curriculum.limit < 170
