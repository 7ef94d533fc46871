"""train.py as a newcomer runs it: a short real training run, resuming, Ctrl-C, refusals."""

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

import modular_mind
import train
from duel.loops import LOG_DEALT, LOG_EVENTS, LOG_OUTCOME, LOG_SIZE, LOG_TAKEN
from features import (
    APPROACH,
    BOSS_OBSERVATION_SIZE,
    BOSS_WINS,
    CLEAVE,
    CLEAVE_DAMAGE,
    EVENT_CLEAVE_MISSED,
    IDLE,
    OBSERVED_COOLDOWN,
    OBSERVED_DISTANCE,
    TIMEOUT,
)
from training.evaluate import RANGE_PIXELS, behavior, behaviour_counts, examine, play
from training.rewards import Rewards, step_rewards

ROOT = Path(__file__).resolve().parent.parent
QUICK = ["--examine-every", "1", "--examine-fights", "2", "--final-fights", "3", "--threads", "1"]


def command(tmp_path: Path, *extra: str) -> list[str]:
    return [
        sys.executable, str(ROOT / "train.py"), *QUICK,
        "--out", str(tmp_path / "weights"), "--run", str(tmp_path / "run"), *extra,
    ]  # fmt: skip


def run(tmp_path: Path, *extra: str) -> subprocess.CompletedProcess:
    return subprocess.run(command(tmp_path, *extra), cwd=ROOT, capture_output=True, text=True, timeout=200)


def test_a_run_publishes_a_loadable_mind_and_resumes(tmp_path):
    first = run(tmp_path, "--updates", "2", "--seed", "5")
    assert first.returncode == 0, first.stderr
    mind, manifest = modular_mind.load_directory(tmp_path / "weights")
    log = json.loads((tmp_path / "weights" / "train_log.json").read_text())
    assert log["weights_sha256"] == mind.sha256 == manifest["weights_sha256"]
    assert [record["update"] for record in log["history"]] == [1, 2]
    assert log["seed"] == 5
    assert log["agent_steps"] > 0

    second = run(tmp_path, "--updates", "3", "--seed", "5", "--resume")
    assert second.returncode == 0, second.stderr
    log = json.loads((tmp_path / "weights" / "train_log.json").read_text())
    assert [record["update"] for record in log["history"]] == [1, 2, 3]
    previous, _ = modular_mind.load_directory(tmp_path / "weights" / "previous")
    assert previous.sha256 == mind.sha256


def test_ctrl_c_keeps_the_best_so_far(tmp_path):
    process = subprocess.Popen(
        command(tmp_path, "--updates", "100000"), cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    try:
        deadline = time.monotonic() + 180
        while not (tmp_path / "run" / "checkpoint.pt").exists():
            assert process.poll() is None, process.stdout.read().decode()
            assert time.monotonic() < deadline
            time.sleep(0.1)
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=120)[0].decode()
    finally:
        process.kill()
    assert process.returncode == 0, output
    assert "Traceback" not in output
    mind, _ = modular_mind.load_directory(tmp_path / "weights")
    log = json.loads((tmp_path / "weights" / "train_log.json").read_text())
    assert log["interrupted"] is True
    assert log["weights_sha256"] == mind.sha256


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--updates", "0"], "--updates"),
        (["--seed", "-1"], "--seed"),
        (["--updates", "many"], "--updates"),
        (["--nonsense"], "--nonsense"),
        (["--resume"], "checkpoint"),
    ],
)
def test_bad_arguments_end_with_one_clear_line(tmp_path, capsys, arguments, word):
    with pytest.raises(SystemExit) as ended:
        train.main([*arguments, "--run", str(tmp_path / "none"), "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    assert word in capsys.readouterr().err.splitlines()[-1]
    assert not (tmp_path / "out").exists()


def test_a_damaged_checkpoint_is_refused_and_the_weights_stay(tmp_path, capsys):
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "checkpoint.pt").write_bytes(b"PK\x03\x04 not a checkpoint")
    with pytest.raises(SystemExit) as ended:
        train.main(["--resume", "--run", str(tmp_path / "run"), "--out", str(tmp_path / "out")])
    assert ended.value.code == 2
    assert "cannot be read" in capsys.readouterr().err


def test_the_coward_scores_below_every_mind_that_commits():
    coward = {"mean_win_rate": 1.0, "behavior": {"in_range_attack_rate": 0.1}}
    weak = {"mean_win_rate": 0.0, "behavior": {"in_range_attack_rate": train.COMMITMENT}}
    never_near = {"mean_win_rate": 1.0, "behavior": {"in_range_attack_rate": None}}
    assert train.score(coward) < train.score(weak)
    assert train.score(never_near) < train.score(weak)


def test_the_same_seed_trains_the_same_mind(tmp_path):
    torch = pytest.importorskip("torch")
    torch.set_num_threads(1)
    from training.selfplay import SelfPlay, SelfPlayConfig

    def two_updates(threads):
        trainer = SelfPlay(SelfPlayConfig(seed=3, duels=64, horizon=8, minibatch=128), threads)
        trainer.update(0.0)
        trainer.update(0.5)
        return train.rounded_mind(trainer).sha256

    assert two_updates(1) == two_updates(2)


def test_the_shipped_boss_closes_in_cleaves_blocks_and_wins():
    """The weights in the repository are real: trained, not drawn."""
    mind, manifest = modular_mind.load_directory(ROOT / "weights")
    record = examine(mind, fights=40, seed=77, explore=manifest["explore"]["hard"])
    for fighter in ("random", "turtle", "roll_spammer", "spacer", "aggressor", "idler"):
        assert record["win_rate"][fighter] >= 0.9, record["win_rate"]
    habits = record["behavior"]
    assert habits["in_range_attack_rate"] >= 0.6
    assert habits["approach_rate_when_far"] >= 0.3
    assert habits["block_rate_against_swings"] >= 0.3
    assert habits["idle_share"] <= 0.2


def test_behaviour_counts_what_it_says():
    views = np.zeros((4, BOSS_OBSERVATION_SIZE), np.int32)
    views[:, OBSERVED_DISTANCE] = [RANGE_PIXELS, RANGE_PIXELS, RANGE_PIXELS, RANGE_PIXELS + 1]
    views[2, OBSERVED_COOLDOWN] = 5
    counts = behaviour_counts(views, np.array([CLEAVE, IDLE, IDLE, APPROACH]))
    assert counts["in_range_attack_rate"] == (1, 2)
    assert counts["approach_rate_when_far"] == (1, 1)
    assert counts["idle_share"] == (2, 4)
    shares = behavior([{"counts": counts}, {"counts": counts}])
    assert shares["in_range_attack_rate"] == 0.5
    assert shares["attack_rate_enraged"] is None


def test_play_is_the_same_for_the_same_seed():
    def hold_still(observations, draws):
        return np.full(len(observations), APPROACH)

    first = play(hold_still, ("aggressor", "idler"), 5, 9)
    assert first == play(hold_still, ("aggressor", "idler"), 5, 9)
    assert first["aggressor"]["knight_win_rate"] == 1.0
    assert first["idler"]["timeout_rate"] == 1.0


def test_rewards_value_landing_over_safety():
    weights = Rewards()
    log = np.zeros((5, LOG_SIZE), np.int32)
    log[0, LOG_TAKEN] = CLEAVE_DAMAGE
    log[1, LOG_EVENTS] = EVENT_CLEAVE_MISSED
    log[3, LOG_OUTCOME] = BOSS_WINS
    log[4, LOG_OUTCOME] = TIMEOUT
    log[4, LOG_DEALT] = 0
    views = np.zeros((5, BOSS_OBSERVATION_SIZE), np.int32)
    views[2, OBSERVED_DISTANCE] = RANGE_PIXELS + 1
    due = np.array([0, 0, 0, 0, 0])
    boss, knight = step_rewards(log, views, np.full(5, CLEAVE), due, weights)
    assert boss[0] > 5 * weights.whiff > 0 > boss[1]
    assert boss[2] < 0
    assert boss[3] > 0
    assert boss[4] == pytest.approx(-weights.loss)
    assert knight[4] < 0
    stalling, _ = step_rewards(log[:1] * 0, views[:1], np.array([IDLE]), np.array([1]), weights)
    assert stalling[0] == pytest.approx(-weights.stalling)
