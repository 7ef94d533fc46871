"""The benchmark of training: its vectorised environment, its clock, what it makes of runs, one short run."""

import json
import signal
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
from stable_baselines3 import PPO

from benchmarks import train
from benchmarks.peers import reference
from benchmarks.peers.reference import Race
from benchmarks.peers.sb3_ppo import Turns
from benchmarks.peers.vector_environment import DuelVectorEnvironment
from duel.batch import DuelBatch
from duel.environments import BOSS_SEAT, SCALES, DuelEnv
from duel.fighters import FIGHTER_COUNT, FIGHTERS
from duel.loops import LOG_OUTCOME
from features import BOSS_HEALTH, CLEAVE, IDLE, KNIGHT_HEALTH, MOVE_COUNT, RETREAT, SEED
from training.rewards import Rewards, step_rewards

ROOT = Path(__file__).resolve().parent.parent
ROWS = 2 * FIGHTER_COUNT


# ---------------------------------------------------------------------------- the vectorised environment
def test_the_vector_environment_steps_the_batched_duel():
    environment = DuelVectorEnvironment(ROWS, seed=5)
    batch = DuelBatch(ROWS, np.arange(ROWS) % FIGHTER_COUNT, 5)
    observations = environment.reset()
    random = np.random.default_rng(1)
    ends = 0
    for _ in range(400):
        expected = np.multiply(batch.boss_view, SCALES[BOSS_SEAT], dtype=np.float32)
        assert np.array_equal(observations, expected)
        assert observations.dtype == np.float32
        moves = random.integers(0, MOVE_COUNT, ROWS)
        view, due = batch.boss_view.copy(), batch.due.copy()
        log = batch.step(moves)
        observations, rewards, done, infos = environment.step(moves)
        assert np.array_equal(rewards, step_rewards(log, view, moves, due, Rewards())[0])
        assert np.array_equal(done, log[:, LOG_OUTCOME] != 0)
        assert [bool(info) for info in infos] == done.tolist()
        batch.kinds[done] = (batch.kinds[done] + 1) % FIGHTER_COUNT
        ends += done.sum()
    assert ends > ROWS


def test_a_row_is_the_environment_of_its_opponent_to_the_very_end():
    """Rewards, ends and last observations are those of duel.environments, fight by fight."""
    environment = DuelVectorEnvironment(FIGHTER_COUNT, seed=2)
    environment.reset()
    random = np.random.default_rng(3)
    records = [SimpleNamespace(moves=[], rewards=[]) for _ in range(FIGHTER_COUNT)]
    seeds = environment.batch.states[:, SEED].copy()
    ended = set()
    for _ in range(1300):
        moves = random.integers(0, MOVE_COUNT, FIGHTER_COUNT)
        _, rewards, done, infos = environment.step(moves)
        for row in set(range(FIGHTER_COUNT)) - ended:
            records[row].moves.append(int(moves[row]))
            records[row].rewards.append(rewards[row])
            if done[row]:
                ended.add(row)
                records[row].last = infos[row]["terminal_observation"]
    assert len(ended) == FIGHTER_COUNT
    for row, record in enumerate(records):
        single = DuelEnv(BOSS_SEAT, FIGHTERS[row])
        single.reset(options={"fight_seed": int(seeds[row])})
        for move, reward in zip(record.moves, record.rewards, strict=True):
            observation, single_reward, over, _, _ = single.step(move)
            assert single_reward == pytest.approx(reward, abs=1e-6)
        assert over
        assert np.array_equal(record.last, observation)


def test_masks_are_those_of_the_environment():
    environment = DuelVectorEnvironment(ROWS, seed=4)
    environment.reset()
    for _ in range(60):
        masks = environment.action_masks()
        committed = environment.batch.due == 0
        assert (masks[committed] == (np.arange(MOVE_COUNT) == IDLE)).all()
        assert masks[~committed, RETREAT].all()
        environment.step(np.full(ROWS, CLEAVE))
    assert committed.any()


def test_resets_follow_from_the_seed_and_bring_new_fights():
    environment = DuelVectorEnvironment(ROWS, seed=7)
    first, second = environment.reset(), environment.reset()
    assert not np.array_equal(first, second)
    environment.seed(7)
    assert np.array_equal(environment.reset(), first)


@pytest.mark.long
def test_stable_baselines_learns_in_it():
    environment = DuelVectorEnvironment(ROWS, seed=1)
    model = PPO("MlpPolicy", environment, n_steps=16, batch_size=32, n_epochs=1, device="cpu", seed=0)
    before = [parameter.detach().clone() for parameter in model.policy.parameters()]
    model.learn(16 * ROWS)
    assert model.num_timesteps == 16 * ROWS
    after = list(model.policy.parameters())
    assert any(not old.equal(new) for old, new in zip(before, after, strict=True))
    assert environment.env_is_wrapped(object, [0, 1]) == [False, False]
    with pytest.raises(NotImplementedError):
        environment.env_method("reset")


def test_a_process_meets_every_scripted_knight_in_turn():
    environment = Turns(2)
    met = []
    for number in range(FIGHTER_COUNT):
        observation, _ = environment.reset(seed=1 if number == 0 else None)
        assert environment.observation_space.contains(observation)
        fight = environment._knights[environment._turn].unwrapped
        met.append(fight._opponent)
        duel = fight._fight.duel
        duel.state[BOSS_HEALTH] = duel.state[KNIGHT_HEALTH] = 1
        environment.step(IDLE)
    assert sorted(met) == sorted(FIGHTERS)
    assert met[0] == FIGHTERS[3]


# ---------------------------------------------------------------------------- the clock
class Clock:
    """A clock that tests move by hand."""

    def __init__(self):
        self.now = 100.0

    def perf_counter(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(reference, "time", clock)
    return clock


def race_of(clock: Clock, monkeypatch, screens: list[float], counted: list[float], cut_off: float) -> Race:
    """A race whose fights take ten seconds and are won as often as the lists say."""

    def play(policy, fighters, fights, seed):
        clock.now += 10.0
        rates = counted if fights == reference.FIGHTS else screens
        return {fighters[0]: {"win_rate": rates.pop(0)}}

    monkeypatch.setattr(reference, "play", play)
    return Race("dodger", cut_off)


def test_the_clock_stands_still_while_the_policy_is_looked_at(clock, monkeypatch):
    race = race_of(clock, monkeypatch, [0.1, 0.7, 0.7], [0.5, 0.65], 100.0)
    race.start()
    answers = []
    for number in range(12):
        clock.now += 0.25
        answers.append(race.over(None, number))
        if answers[-1]:
            break
    # looked at after 0.5, 1.0 and 1.5 seconds: below, above but not confirmed, confirmed
    assert answers == [False] * 5 + [True]
    result = race.result()
    assert result["seconds_to_reference"] == 1.5
    assert result["win_rate"] == 0.65
    assert result["evaluation_seconds"] == 50.0
    assert [record[0] for record in result["history"]] == [0.5, 1.0, 1.5]


def test_a_learner_is_cut_off(clock, monkeypatch):
    race = race_of(clock, monkeypatch, [0.2] * 100, [], 3.0)
    race.start()
    steps = 0
    while not race.over(None, steps):
        clock.now += 0.4
        steps += 10
    assert race.result()["seconds_to_reference"] is None
    assert race.result()["seconds"] == pytest.approx(3.2)
    assert race.result()["steps_per_second"] == 25


def test_later_looks_are_further_apart(clock, monkeypatch):
    race = race_of(clock, monkeypatch, [0.2] * 1000, [], 200.0)
    race.start()
    while not race.over(None, 1):
        clock.now += 0.5
    looks = [record[0] for record in race.history]
    gaps = np.diff(looks)
    assert gaps[0] == 0.5
    assert gaps[:-1].max() == pytest.approx(0.05 * 200, abs=1.0)


# ---------------------------------------------------------------------------- what runs come to
def result(seconds: float | None, steps: int = 100) -> dict:
    return {
        "seconds_to_reference": seconds, "steps": steps, "steps_per_second": 50, "best_screen": 0.5,
        "seconds_to_make_ready": 1.0, "hyperparameters": {},
    }  # fmt: skip


def test_the_median_counts_a_run_that_was_cut_off_as_the_slowest():
    assert train.summary([result(3.0), result(None), result(5.0)])["seconds_to_reference"] == 5.0
    assert train.summary([result(3.0), result(None), result(None)])["seconds_to_reference"] is None
    assert train.summary([result(3.0), result(None)])["by_seed"] == [3.0, None]


def test_ratios_are_lower_bounds_for_peers_that_were_cut_off():
    ours = train.summary([result(4.0)])
    peers = {"slow": train.summary([result(None)]), "fast": train.summary([result(30.0)])}
    compared = train.compare(ours, peers, 100.0)
    assert compared["ratios"] == {"slow": 25.0, "fast": 7.5}
    assert (compared["best_peer"], compared["ratio_vs_best_peer"]) == ("fast", 7.5)
    assert compared["ratio_is_lower_bound"] is False
    assert peers["slow"]["ratio_is_lower_bound"] is True
    only = train.compare(ours, {"slow": peers["slow"]}, 100.0)
    assert (only["ratio_vs_best_peer"], only["ratio_is_lower_bound"]) == (25.0, True)


def test_without_a_time_of_ours_there_is_no_ratio():
    compared = train.compare(train.summary([result(None)]), {"fast": train.summary([result(30.0)])}, 100.0)
    assert compared["ratios"] == {"fast": None}
    assert compared["ratio_vs_best_peer"] is None


def test_finished_runs_are_kept_for_those_with_the_same_settings(tmp_path):
    path = tmp_path / "runs" / "kept.json"
    kept = train.Kept(path, {"cut_off": 5}, resume=False)
    kept.complete("a/0", lambda: {"x": 1})
    again = train.Kept(path, {"cut_off": 5}, resume=True)
    again.complete("a/0", lambda: pytest.fail("it was finished"))
    again.complete("a/1", lambda: {"x": 2})
    assert again.of("a", 2) == [{"x": 1}, {"x": 2}]
    with pytest.raises(ValueError, match="other settings"):
        train.Kept(path, {"cut_off": 6}, resume=True)
    assert train.Kept(path, {"cut_off": 6}, resume=False).results == {}


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--seeds", "0"], "--seeds"),
        (["--peer-seeds", "-1"], "--peer-seeds"),
        (["--cut-off", "0"], "--cut-off"),
        (["--cut-off", "nan"], "--cut-off"),
        (["--peers", "nobody"], "--peers"),
        (["--fighter", "nobody"], "--fighter"),
    ],
)
def test_wrong_options_end_with_one_clear_line(capsys, arguments, word):
    with pytest.raises(SystemExit) as ended:
        train.main(arguments)
    assert ended.value.code == 2
    assert word in capsys.readouterr().err.splitlines()[-1]


def test_results_of_other_settings_are_refused(tmp_path, capsys):
    path = tmp_path / "kept.json"
    train.Kept(path, {"cut_off": 1}, resume=False).complete("a/0", dict)
    assert train.main(["--fighter", "idler", "--resume", "--results", str(path)]) == 2
    assert "other settings" in capsys.readouterr().err


# ---------------------------------------------------------------------------- the command
def command(tmp_path: Path, *extra: str) -> list[str]:
    results = str(tmp_path / "results.json")
    options = ["--seeds", "1", "--fighter", "idler", "--results", results]
    return [sys.executable, "-m", "benchmarks.train", *options, *extra]


@pytest.mark.long
def test_a_short_run_prints_every_figure(tmp_path):
    chosen = ["--cut-off", "1", "--peers", "cleanrl_style_ppo"]
    done = subprocess.run(command(tmp_path, *chosen), cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["agent_steps_per_second"] > 1000
    assert figures["seeds"] == [0]
    assert len(figures["seconds_to_reference_by_seed"]) == 1
    assert figures["reference"]["fighter"] == "idler"
    assert set(figures["peers"]) == set(figures["ratios"]) == {"cleanrl_style_ppo"}
    for peer in figures["peers"].values():
        assert peer["steps_per_second"] > 100
        assert peer["hyperparameters"]["torch_threads"] in (1, 2)
        assert len(peer["by_seed"]) == 1
    assert {"ratio_vs_best_peer", "ratio_is_lower_bound", "commit", "weights"} <= figures.keys()
    kept = json.loads((tmp_path / "results.json").read_text())["results"]
    assert set(kept) == {
        "throughput", "self_play/0", "self_play_without_exploiters/0", "cleanrl_style_ppo/0",
    }  # fmt: skip
    without = figures["without_exploiters"]
    assert without["hyperparameters"]["exploiter_duels"] == 0
    assert figures["ours"]["hyperparameters"]["exploiter_duels"] > 0
    assert set(without["ratios"]) == {"cleanrl_style_ppo"}


@pytest.mark.long
def test_the_peer_with_processes_runs_and_ends_them():
    words = ["-m", "benchmarks.peers", "sb3_ppo", "--cut-off", "0.5", "--fighter", "idler"]
    done = subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, timeout=280)
    assert done.returncode == 0, done.stderr
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["learner"] == "sb3_ppo"
    assert figures["steps"] > 0
    assert figures["history"]


@pytest.mark.long
def test_ctrl_c_keeps_what_is_finished(tmp_path):
    process = subprocess.Popen(
        command(tmp_path, "--cut-off", "3", "--peers"), cwd=ROOT, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    try:
        first = process.stderr.readline()  # of the second run: the throughput is measured in silence
        process.send_signal(signal.SIGINT)
        output, errors = process.communicate(timeout=120)
    finally:
        process.kill()
    assert first.startswith("self_play: ")
    assert process.returncode == 130, errors
    assert "--resume" in errors.splitlines()[-1]
    assert "Traceback" not in errors
    assert output == ""
    kept = json.loads((tmp_path / "results.json").read_text())["results"]
    assert set(kept) == {"throughput"}
