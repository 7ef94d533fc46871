"""The frozen pool, and fights that two minds can be compared by."""

import numpy as np
import pytest

from duel.fighters import FIGHTERS
from features import BOSS_WINS, KNIGHT_ACTION_COUNT, ONGOING, TIER_EXPLORE
from learning.opponents import Opponent, fight, frozen_pool, hunters, learned_knights, players, win_rates
from mind.archive import ArchiveError
from modular_mind import default_mind
from training.evaluate import mind_policy, play
from training.matches import match_each

HARD = TIER_EXPLORE["hard"]


class Button:
    """A player who does one thing all the time, and notes who asks."""

    def __init__(self, action: int):
        self.action = action
        self.asked = []

    def actions(self, batch, live, random):
        """Always the same action."""
        self.asked.append(np.flatnonzero(live))
        return np.full(batch.count, self.action)


def test_the_pool_is_the_scripts_and_the_learned_knights_of_the_weights():
    pool = frozen_pool()
    assert [opponent.name for opponent in pool[: len(FIGHTERS)]] == list(FIGHTERS)
    assert len(pool) > len(FIGHTERS)
    assert len({opponent.name for opponent in (*pool, *hunters())}) == len(pool) + len(hunters())


def test_a_pool_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(ArchiveError):
        frozen_pool(tmp_path)
    with pytest.raises(ArchiveError):
        hunters(tmp_path / "exploiter_knights.npz")


def test_fights_repeat_and_do_not_depend_on_who_else_fights_later_in_the_list():
    mind, pool = default_mind(), frozen_pool()
    chosen = [pool[0], pool[1], pool[7], pool[8], *players([Button(3)])]
    outcomes = fight(mind, chosen, rounds=3, seed=5, explore=HARD)
    assert outcomes.shape == (5, 3)
    assert (outcomes != ONGOING).all()
    assert (fight(mind, chosen, rounds=3, seed=5, explore=HARD) == outcomes).all()


def test_scripts_and_learned_knights_are_those_of_the_other_matches():
    mind = default_mind()
    script = Opponent("spacer", FIGHTERS.index("spacer"))
    explore = 20_000  # so many mistakes that neither side always wins
    ours = win_rates(mind, [script], rounds=60, seed=9, explore=explore)[0]
    assert ours == play(mind_policy(mind, explore), ("spacer",), 60, 9)["spacer"]["win_rate"]
    # learned knights draw from other streams here: as strong, in other fights
    knight = hunters()[0].learned
    ours = win_rates(mind, learned_knights([knight]), rounds=300, seed=9, explore=explore)[0]
    theirs = match_each(mind_policy(mind, explore), [knight], 300, 9)[0]["win_rate"]
    assert ours == pytest.approx(theirs, abs=0.12)
    assert 0.05 < ours < 0.95


def test_two_minds_meet_the_same_knights():
    # a boss that never decides otherwise makes the very same fights, whatever mind it is called
    mind = default_mind()
    pool = [frozen_pool()[7], hunters()[1]]
    first = fight(mind, pool, rounds=8, seed=2, explore=65536)
    assert (fight(mind, pool, rounds=8, seed=2, explore=65536) == first).all()
    assert (fight(mind, pool, rounds=8, seed=3, explore=65536) != first).any()


def test_a_player_is_asked_about_its_own_fights_only_and_until_they_are_over():
    player = Button(KNIGHT_ACTION_COUNT - 1)
    opponents = [frozen_pool()[0], *players([player])]
    outcomes = fight(default_mind(), opponents, rounds=4, seed=1, explore=HARD)
    assert (outcomes[1] == BOSS_WINS).all()
    assert all(set(rows) <= {4, 5, 6, 7} and len(rows) for rows in player.asked)
    assert sorted(map(len, player.asked), reverse=True) == [len(rows) for rows in player.asked]
