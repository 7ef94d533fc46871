"""Self-play as a whole: one configuration is one run, whatever the threads, interruptions and compilers."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from training.networks import KNIGHT_NETWORK, Modular, Perceptron
from training.seat import LearningConfig
from training.selfplay import SelfPlay, SelfPlayConfig

ROOT = Path(__file__).resolve().parent.parent
LEARNING = LearningConfig(minibatch=256)
CONFIG = SelfPlayConfig(
    seed=3,
    duels=64,
    horizon=16,
    past_selves=4,
    exploiter_duels=32,
    exploiters=3,
    boss=LEARNING,
    knight=LEARNING,
)
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


def test_past_selves_and_exploiters_join_at_even_distances_and_stay_as_they_were():
    trainer = SelfPlay(CONFIG, 1)
    bosses, knights, learned = [], [], []
    for update in range(UPDATES):
        boss, knight, exploiter = trainer.boss.policy, trainer.knight.policy, trainer.exploiter.policy
        boss, knight, exploiter = boss.copy(), knight.copy(), exploiter.copy()
        past, exploiters = trainer.knight_league.count, trainer.exploiters
        trainer.update(update / UPDATES)
        if trainer.knight_league.count > past:
            bosses.append(boss)
            knights.append(knight)
        if trainer.exploiters > exploiters:
            knights.append(exploiter)
            learned.append(update)
    assert learned == [2, 4]  # of three lives in six updates the last ends with the run
    assert len(bosses) == trainer.knight_league.count == CONFIG.past_selves
    assert len(knights) == trainer.boss_league.count == CONFIG.past_selves + len(learned)
    assert np.array_equal(trainer.knight_league.past[: len(bosses)], bosses)
    assert np.array_equal(trainer.boss_league.past[: len(knights)], knights)
    assert len({knight.tobytes() for knight in knights}) == len(knights)


def test_every_other_exploiter_begins_as_the_knight_whom_the_boss_beats_least():
    trainer = SelfPlay(CONFIG, 1)
    league, others = trainer.boss_league, [KNIGHT_NETWORK.initial(seed) for seed in range(3)]
    for knight in others:
        league.add(knight)
    league.win_rate[league.scripted :] = [0.9, 0.2, 0.8, 0.5, 0.5, 0.5, 0.5]
    league.win_rate[: league.scripted] = 0.0  # scripts teach no one
    first = trainer.exploiter.policy.copy()
    trainer._replace_exploiter()
    assert np.array_equal(league.past[3], first)
    assert np.array_equal(trainer.exploiter.policy, others[1])
    assert trainer.exploiter.policy is not league.past[1]
    trainer._replace_exploiter()
    known = [first, *others, *league.past]
    assert not any(np.array_equal(trainer.exploiter.policy, knight) for knight in known)


def test_without_exploiters_there_are_none():
    trainer = run(1, trainer=SelfPlay(replace(CONFIG, exploiter_duels=0), 1))
    assert trainer.boss_league.count == CONFIG.past_selves
    assert len(trainer.players) == CONFIG.players
    assert trainer.exploiters == 0


def test_what_a_run_gives_is_the_average_of_the_latest_bosses():
    trainer = run(1)
    # six updates are too few to look back on
    assert np.allclose(trainer.average, trainer.boss.policy, atol=1e-6)
    for updates, newest in ((40, 1 / 4), (1000, 1 / 50)):
        trainer.updates = updates - 1
        before = trainer.average.astype(np.float64)
        trainer.update(0.9)
        expected = (1 - newest) * before + newest * trainer.boss.policy
        assert np.allclose(trainer.average, expected, atol=1e-6)
        assert not np.allclose(trainer.average, trainer.boss.policy, atol=1e-5)


def test_agent_steps_are_the_decisions_of_all_learners():
    trainer = SelfPlay(CONFIG, 1)
    played = []
    play = trainer.play
    trainer.play = lambda: played.extend(play()) or played
    counted = trainer.update(0.0)
    bosses = sum(int(part.boss.decides.sum()) for part in played)
    assert counted["boss_steps"] == bosses
    assert counted["agent_steps"] == bosses + sum(int(part.knight.decides.sum()) for part in played)
    knights = CONFIG.duels - round(CONFIG.duels * CONFIG.boss_league_share) + CONFIG.exploiter_duels
    assert counted["agent_steps"] - bosses == knights * CONFIG.horizon


WITHOUT_NUMBA = """
import sys
sys.modules["numba"] = None  # importing it fails
sys.path.insert(0, {root!r})
from training.selfplay import SelfPlay, SelfPlayConfig
trainer = SelfPlay(SelfPlayConfig(seed=3, duels=16, horizon=4, exploiter_duels=8), 1)
print(trainer.update(0.0)["agent_steps"], trainer.update(0.5)["agent_steps"])
"""


def test_training_runs_without_numba():
    command = [sys.executable, "-c", WITHOUT_NUMBA.format(root=str(ROOT))]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=True)
    trainer = SelfPlay(SelfPlayConfig(seed=3, duels=16, horizon=4, exploiter_duels=8), 1)
    expected = [trainer.update(progress)["agent_steps"] for progress in (0.0, 0.5)]
    assert [int(word) for word in done.stdout.split()] == expected
