"""Self-play as a whole: one configuration is one run, whatever the threads, interruptions and compilers."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from training.networks import Modular, Perceptron
from training.seat import LearningConfig
from training.selfplay import SelfPlay, SelfPlayConfig

ROOT = Path(__file__).resolve().parent.parent
LEARNING = LearningConfig(minibatch=256)
CONFIG = SelfPlayConfig(seed=3, duels=64, horizon=16, past_selves=4, boss=LEARNING, knight=LEARNING)
UPDATES = 6


def run(threads: int, network=None, updates: int = UPDATES, trainer: SelfPlay | None = None) -> SelfPlay:
    """A trainer after `updates` of UPDATES updates."""
    trainer = trainer or SelfPlay(CONFIG, threads, network)
    for update in range(updates):
        trainer.update(update / UPDATES)
    return trainer


def assert_same(first: dict, second: dict) -> None:
    assert first.keys() == second.keys()
    for name, array in first.items():
        assert np.array_equal(array, second[name]), name


@pytest.mark.parametrize("network", [Modular(), Perceptron(24, 12, 5)], ids=["mind", "perceptron"])
def test_one_and_two_threads_give_the_same_run_bit_for_bit(network):
    assert_same(run(1, network).state(), run(2, network).state())


def test_a_resumed_run_goes_on_as_if_it_had_never_stopped():
    whole, first = run(1), run(1, updates=3)
    state = {name: np.array(array) for name, array in first.state().items()}
    other = SelfPlay(CONFIG, 1)
    other.load(state)
    for update in range(3, UPDATES):
        other.update(update / UPDATES)
    assert_same(whole.state(), other.state())


def test_seeds_give_different_runs():
    other = SelfPlay(SelfPlayConfig(**{**vars(CONFIG), "seed": 4}), 1)
    assert not np.array_equal(run(1).boss.policy, run(1, trainer=other).boss.policy)


def test_past_selves_join_at_even_distances_and_stay_as_they_were():
    trainer = SelfPlay(CONFIG, 1)
    joined = []
    for update in range(UPDATES):
        boss, knight = trainer.boss.policy.copy(), trainer.knight.policy.copy()
        before = trainer.boss_league.count
        trainer.update(update / UPDATES)
        if trainer.boss_league.count > before:
            joined.append((boss, knight))
    assert len(joined) == trainer.boss_league.count == trainer.knight_league.count == 4
    for number, (boss, knight) in enumerate(joined):
        assert np.array_equal(trainer.knight_league.past[number], boss)
        assert np.array_equal(trainer.boss_league.past[number], knight)
    assert not np.array_equal(joined[0][0], joined[-1][0])


def test_agent_steps_are_the_decisions_of_both_learners():
    trainer = SelfPlay(CONFIG, 1)
    played = []
    play = trainer.play
    trainer.play = lambda: played.extend(play()) or played
    counted = trainer.update(0.0)["agent_steps"]
    assert counted == sum(int(part.boss.decides.sum() + part.knight.decides.sum()) for part in played)
    knights = CONFIG.duels - round(CONFIG.duels * CONFIG.boss_league_share)
    assert knights * CONFIG.horizon < counted < 2 * CONFIG.duels * CONFIG.horizon


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None  # importing it fails
sys.path.insert(0, {root!r})
from training.selfplay import SelfPlay, SelfPlayConfig
trainer = SelfPlay(SelfPlayConfig(seed=3, duels=16, horizon=4), 1)
print(trainer.update(0.0)["agent_steps"], trainer.update(0.5)["agent_steps"])
"""


def test_training_runs_without_numba():
    command = [sys.executable, "-c", WITHOUT_NUMBA.format(root=str(ROOT))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    trainer = SelfPlay(SelfPlayConfig(seed=3, duels=16, horizon=4), 1)
    expected = [trainer.update(progress)["agent_steps"] for progress in (0.0, 0.5)]
    assert [int(word) for word in done.stdout.split()] == expected
