"""The league: who is drawn and how often, that past selves are frozen, and its running win rates."""

import numpy as np
import pytest

from training.league import FLOOR, MEMORY, League


class Fixed:
    """A source of draws that are all the same."""

    def __init__(self, draw: float):
        self.value = draw

    def random(self, count: int) -> np.ndarray:
        return np.full(count, self.value)


def league_with(win_rates: list[float], scripted: int) -> League:
    league = League(scripted, len(win_rates), 3)
    for number in range(len(win_rates) - scripted):
        league.add(np.full(3, number, np.float32))
    league.win_rate[: len(win_rates)] = win_rates
    return league


def test_opponents_are_drawn_by_how_often_they_still_win():
    rates = [0.0, 0.5, 0.9, 1.0, 0.2, 0.99]
    league = league_with(rates, scripted=4)
    weights = np.array([(1 - rate) ** 2 + FLOOR for rate in rates])
    expected = weights / weights.sum()
    assert league.probabilities() == pytest.approx(expected)
    count = 200_000
    drawn = np.bincount(league.draw(np.random.default_rng(5), count), minlength=len(rates)) / count
    deviation = np.sqrt(expected * (1 - expected) / count)
    assert (np.abs(drawn - expected) < 5 * deviation).all()
    assert drawn[3] > 0  # beaten always, forgotten never


def test_who_has_not_joined_is_not_drawn():
    league = League(2, 5, 3)
    assert set(league.draw(np.random.default_rng(6), 1000)) == {0, 1}
    league.add(np.zeros(3))
    assert set(league.draw(np.random.default_rng(6), 1000)) == {0, 1, 2}


@pytest.mark.parametrize("draw", [0.0, 1 - 2.0**-53])
def test_the_ends_of_the_draws_are_opponents(draw):
    league = league_with([0.1, 0.2, 0.3, 0.7, 0.6, 0.9, 0.4], scripted=3)
    expected = 0 if draw == 0 else league.opponents - 1
    assert league.draw(Fixed(draw), 4).tolist() == [expected] * 4


def test_a_past_self_is_a_frozen_copy():
    league = League(1, 2, 3)
    learner = np.array([1, 2, 3], np.float32)
    league.add(learner)
    learner += 1
    league.add(learner)
    learner += 1
    league.add(learner)  # there is no room for a third
    assert league.opponents == 3
    assert league.past.tolist() == [[1, 2, 3], [2, 3, 4]]


def test_win_rates_run_over_the_fights_in_their_order():
    league = League(2, 1, 3)
    league.note(np.array([1, 0, 1]), np.array([True, False, False]))
    assert league.win_rate[0] == pytest.approx(0.5 * (1 - MEMORY))
    assert league.win_rate[1] == pytest.approx((0.5 * (1 - MEMORY) + MEMORY) * (1 - MEMORY))
    assert league.win_rate[2] == 0.5


def test_a_league_goes_on_from_its_saved_state():
    league = league_with([0.1, 0.2, 0.3], scripted=1)
    other = League(1, 3, 3)
    other.load({name: np.array(array) for name, array in league.state("x_").items()}, "x_")
    assert other.opponents == league.opponents
    assert other.probabilities().tolist() == league.probabilities().tolist()
    assert np.array_equal(other.past, league.past)
