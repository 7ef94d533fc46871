"""train.py as a newcomer runs it: real training, short; going on, Ctrl-C, the coward, refusals."""

import json
import re
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from training_samples import constant_mind, coward, examined, tiny_config

import modular_mind
import train
from duel.loops import LOG_DEALT, LOG_EVENTS, LOG_OUTCOME, LOG_SIZE, LOG_TAKEN
from features import (
    APPROACH,
    ATTACK_HITBOX_END,
    BOSS_MAX_HEALTH,
    BOSS_OBSERVATION_SIZE,
    BOSS_WINS,
    CLEAVE,
    CLEAVE_DAMAGE,
    EVENT_CLEAVE_MISSED,
    EVENT_CLEAVE_ROLLED_THROUGH,
    IDLE,
    OBSERVED_COOLDOWN,
    OBSERVED_DISTANCE,
    SWORD_DAMAGE,
    TIER_EXPLORE,
    TIMEOUT,
)
from training import selection
from training.evaluate import (
    OBSERVED,
    RANGE_PIXELS,
    REACH_PIXELS,
    behavior,
    behaviour_counts,
    examine,
    mind_policy,
    play,
    with_mistakes,
)
from training.knights import load as load_knights
from training.matches import match, match_each
from training.networks import KNIGHT_NETWORK
from training.publish import keep_previous, publish
from training.rewards import Rewards, step_rewards
from training.run import Run
from training.selection import Candidates, NotCommittedError, score
from training.selfplay import SelfPlay

ROOT = Path(__file__).resolve().parent.parent
QUICK = [
    "--examine-every", "4", "--examine-fights", "6", "--final-fights", "6", "--threads", "1", "--no-calibrate"
]  # fmt: skip


def arguments(folder: Path, *extra: str) -> list[str]:
    return [*QUICK, "--out", str(folder / "weights"), "--run", str(folder / "run"), *extra]


def contents(folder: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def log_of(folder: Path) -> dict:
    return json.loads((folder / "train_log.json").read_text())


# ---------------------------------------------------------------------------- runs
def test_a_run_publishes_a_mind_that_commits_and_can_be_gone_on_with(tmp_path, capsys):
    """From nothing: half a minute of training is enough for a boss that attacks."""
    command = arguments(tmp_path, "--updates", "12", "--seed", "5")
    assert train.main(command) == 0
    assert "kept update" in capsys.readouterr().out
    weights = tmp_path / "weights"
    mind, manifest = modular_mind.load_directory(weights)
    log = log_of(weights)
    assert log["weights_sha256"] == mind.sha256 == manifest["weights_sha256"]
    assert [record["update"] for record in log["history"]] == [4, 8, 12]
    assert log["history"][-1]["agent_steps"] == log["agent_steps"] > 0
    assert log["final"]["behavior"]["in_range_attack_rate"] >= selection.FLOOR
    assert log["seed"] == manifest["training"]["seed"] == 5
    assert manifest["explore"] == TIER_EXPLORE
    assert log["command"].startswith("python train.py --seed 5 --updates 12 ")
    league = {path.name: modular_mind.load(path) for path in (weights / "league").iterdir()}
    assert 1 <= len(league) <= 8

    # a run that is over has nothing left but its end, which comes out the same
    assert train.main([*command, "--resume"]) == 0
    again, _ = modular_mind.load_directory(weights)
    previous, _ = modular_mind.load_directory(weights / "previous")
    assert again.sha256 == previous.sha256 == mind.sha256
    assert log_of(weights)["history"] == log["history"]


def test_ctrl_c_keeps_the_best_so_far_and_says_how_to_go_on(tmp_path):
    command = [sys.executable, str(ROOT / "train.py"), *arguments(tmp_path, "--updates", "100000")]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        for line in process.stdout:
            rate = re.search(r"attacks in range (\d\.\d+)", line)
            if rate and float(rate.group(1)) > selection.FLOOR + 0.02:
                break
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=200)[0]
    finally:
        process.kill()
    assert process.returncode == 0, output
    assert "Traceback" not in output
    assert "to go on: python train.py --resume" in output
    mind, _ = modular_mind.load_directory(tmp_path / "weights")
    log = log_of(tmp_path / "weights")
    assert log["interrupted"] is True
    assert log["weights_sha256"] == mind.sha256
    again = output.split("to go on: python train.py ")[1].split()
    run = Run(train.parse(again))
    run.restore("it", (tmp_path / "run" / "checkpoint.npz").read_bytes())
    assert run.update == log["updates"]


def test_independent_seeds_run_one_after_another(tmp_path, monkeypatch):
    done = []
    monkeypatch.setattr(train, "train", lambda config, *_: done.append(config) or config.learning.seed)
    assert train.main(arguments(tmp_path, "--seeds", "0,1")) == 1
    assert [config.learning.seed for config in done] == [0, 1]
    assert [config.out for config in done] == [tmp_path / "weights" / f"seed-{seed}" for seed in (0, 1)]
    assert [config.run for config in done] == [tmp_path / "run" / f"seed-{seed}" for seed in (0, 1)]


def test_training_needs_neither_torch_nor_ray():
    code = "import sys, train; print('torch' in sys.modules, 'ray' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, timeout=100)
    assert done.stdout.split() == ["False", "False"], done.stderr


@pytest.mark.parametrize(
    ("options", "word"),
    [
        (["--updates", "0"], "--updates"),
        (["--seed", "-1"], "--seed"),
        (["--updates", "many"], "--updates"),
        (["--seeds", "1,x"], "--seeds"),
        (["--seeds", "1,1"], "--seeds"),
        (["--seed", "1", "--seeds", "1,2"], "--seeds"),
        (["--players", "3"], "--players"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_bad_options_end_with_one_clear_line(tmp_path, capsys, options, word):
    with pytest.raises(SystemExit) as ended:
        train.main(arguments(tmp_path, *options))
    assert ended.value.code == 2
    assert word in capsys.readouterr().err.splitlines()[-1]
    assert contents(tmp_path) == {}


def test_a_place_that_is_no_directory_is_refused(tmp_path, capsys):
    (tmp_path / "weights").write_text("mine")
    with pytest.raises(SystemExit) as ended:
        train.main(arguments(tmp_path))
    assert ended.value.code == 2
    assert "is no directory" in capsys.readouterr().err
    assert (tmp_path / "weights").read_text() == "mine"


@pytest.mark.parametrize("seeds", [["--seed", "1"], ["--seeds", "1,2"]])
def test_going_on_from_nothing_is_refused(tmp_path, capsys, seeds):
    assert train.main(arguments(tmp_path, "--resume", *seeds)) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert str(tmp_path / "run") in lines[0]
    assert contents(tmp_path) == {}


# ---------------------------------------------------------------------------- the coward
def test_a_planted_coward_is_refused_by_what_publishes(tmp_path):
    out = tmp_path / "weights"
    brave = constant_mind(CLEAVE, APPROACH)
    log = {"seed": 1, "updates": 1, "agent_steps": 1, "minutes": 1, "command": "python train.py"}
    knights = np.stack([KNIGHT_NETWORK.initial(1)])
    publish(out, brave, TIER_EXPLORE, log, {0: coward(), 7: brave}, knights)
    assert np.array_equal(load_knights(out / "knights.npz"), knights)
    assert [path.name for path in (out / "league").iterdir()] == ["boss-7.npz"]
    before = contents(out)
    with pytest.raises(NotCommittedError, match=r"attacks in \d+% of its chances"):
        publish(out, coward(), TIER_EXPLORE, log, {}, knights)
    assert contents(out) == before


def test_a_coward_in_a_checkpoint_is_refused_and_the_weights_stay(tmp_path, capsys):
    """The record of the planted mind says that it is the best there is; nobody takes its word."""
    command = arguments(tmp_path, "--updates", "4")
    (tmp_path / "weights").mkdir()
    (tmp_path / "weights" / "mine").write_text("mine")
    run = Run(train.parse(command))
    run.update = 4
    run.trainer.boss_league.add(run.trainer.knight.policy)
    run.candidates.kept = [examined(coward())]
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "checkpoint.npz").write_bytes(run.checkpoint())
    assert train.main([*command, "--resume"]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert "nothing published" in lines[0]
    assert "does not commit" in lines[0]
    assert list(contents(tmp_path / "weights").values()) == [b"mine"]


def test_a_run_in_which_no_mind_commits_publishes_nothing(tmp_path, capsys):
    command = arguments(tmp_path, "--updates", "4")
    run = Run(train.parse(command))
    run.update = 4
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "checkpoint.npz").write_bytes(run.checkpoint())
    assert train.main([*command, "--resume"]) == 1
    assert "nothing published" in capsys.readouterr().err
    assert not (tmp_path / "weights").exists()


def test_a_coward_is_no_candidate_and_the_best_are_kept():
    knights = np.stack([KNIGHT_NETWORK.initial(seed) for seed in (1, 2)])
    candidates = Candidates()
    flat, record = examined(coward(), learned=[1.0])
    candidates.consider(
        flat, record | {"behavior": {"in_range_attack_rate": selection.FLOOR - 0.01}}, knights, 1
    )
    candidates.consider(flat, record | {"behavior": {"in_range_attack_rate": None}}, knights, 1)
    assert candidates.kept == []

    brave, record = examined(constant_mind(CLEAVE, APPROACH), learned=[1.0, 1.0])
    for number in range(selection.FINALISTS + 2):
        candidates.consider(brave, record | {"update": number, "score": number}, knights, 1)
    assert len(candidates.kept) == selection.FINALISTS
    # the best so far were examined before the second knight joined: they have met it since
    late, record = examined(constant_mind(CLEAVE, APPROACH), learned=[1.0], score=1.0)
    fresh = Candidates()
    fresh.consider(late, record, knights[:1], 1)
    fresh.consider(brave, examined(coward(), learned=[0.5, 0.5], score=9.0)[1], knights, 1)
    assert [len(kept["learned"]) for _, kept in fresh.kept] == [2, 2]
    assert record["learned"] == [1.0]


def test_a_mind_of_the_last_quarter_is_kept_over_any_earlier_one():
    knights = np.stack([KNIGHT_NETWORK.initial(1)])
    candidates = Candidates()
    mind, record = examined(constant_mind(CLEAVE, APPROACH), learned=[1.0])
    for number in range(selection.FINALISTS):
        candidates.consider(mind, record | {"update": number, "score": 2.0}, knights, 1)
    candidates.consider(mind, record | {"update": 9, "score": 1.0, "ripe": True}, knights, 1)
    assert len(candidates.kept) == selection.FINALISTS
    assert [kept["update"] for _, kept in candidates.kept] == [9, 2, 1]


def test_the_score_weighs_what_it_says():
    wins = {"dodger": 0.5, "turtle": 1.0, "idler": 0.0}
    record = {"win_rate": wins, "learned": [0.2, 0.4], "behavior": {"in_range_attack_rate": 0.4}}
    assert score(record) == pytest.approx(0.4 * 0.5 + 0.2 * 0.5 + 0.4 * 0.3 + 0.5 * 0.5)
    record["behavior"]["in_range_attack_rate"] = selection.COMMITMENT
    enough = score(record)
    record["behavior"]["in_range_attack_rate"] = 1.0
    assert score(record) == enough


def test_what_was_published_moves_to_previous_whole(tmp_path):
    (tmp_path / "league").mkdir()
    for name in ("mm_weights.npz", "manifest.json", "train_log.json", "knights.npz", "league/boss-1.npz"):
        (tmp_path / name).write_text(name)
    (tmp_path / "previous").mkdir()
    (tmp_path / "previous" / "older").write_text("older")
    before = {path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file()}
    keep_previous(tmp_path)
    kept = tmp_path / "previous"
    assert {path.relative_to(kept).as_posix() for path in kept.rglob("*") if path.is_file()} == before - {
        "previous/older"
    }


def test_the_number_of_threads_changes_nothing(tmp_path):
    def two_updates(threads):
        trainer = SelfPlay(tiny_config(tmp_path).learning, threads)
        trainer.update(0.0)
        trainer.update(0.5)
        return trainer.state()

    one, two = two_updates(1), two_updates(2)
    for name, array in one.items():
        np.testing.assert_array_equal(array, two[name], name)


# ---------------------------------------------------------------------------- examinations


def test_the_shipped_boss_closes_in_cleaves_blocks_and_wins():
    """The weights in the repository are real: trained, not drawn."""
    mind, manifest = modular_mind.load_directory(ROOT / "weights")
    record = examine(mind, fights=40, seed=77, explore=manifest["explore"]["hard"])
    for fighter in ("random", "turtle", "roll_spammer", "spacer", "aggressor", "idler"):
        assert record["win_rate"][fighter] >= 0.9, record["win_rate"]
    habits = record["behavior"]
    assert habits["in_range_attack_rate"] >= 0.6
    assert habits["approach_rate_when_far"] >= 0.3
    assert habits["block_rate_against_swings"] >= 0.1
    assert habits["idle_share"] <= 0.2


def test_behaviour_counts_what_it_says():
    views = np.zeros((4, BOSS_OBSERVATION_SIZE), np.int32)
    views[:, OBSERVED_DISTANCE] = [RANGE_PIXELS, RANGE_PIXELS, RANGE_PIXELS, REACH_PIXELS + 1]
    views[2, OBSERVED_COOLDOWN] = 5
    views[:, OBSERVED["boss_health"]] = [BOSS_MAX_HEALTH, BOSS_MAX_HEALTH // 2, 1, 1]
    views[1, OBSERVED["boss_enraged"]] = 1
    counts = behaviour_counts(views, np.array([CLEAVE, IDLE, IDLE, APPROACH]))
    assert counts["in_range_attack_rate"] == (1, 2)
    assert counts["attack_rate_calm"] == (1, 1)
    assert counts["attack_rate_enraged"] == (0, 1)
    assert counts["attack_rate_high_health"] == (1, 1)
    assert counts["attack_rate_middle_health"] == (0, 1)
    assert counts["attack_rate_low_health"] == (0, 0)
    assert counts["approach_rate_when_far"] == (1, 1)
    assert counts["idle_share"] == (2, 4)
    assert counts["punish_rate"] == (0, 0)
    records = [
        {"counts": counts, "fights": 1, "win_rate": 1.0},
        {"counts": counts, "fights": 3, "win_rate": 0.0},
    ]
    shares = behavior(records)
    assert shares["in_range_attack_rate"] == 0.5
    assert shares["attack_rate_low_health"] is None
    assert shares["win_rate"] == 0.25


def test_a_punish_is_a_cleave_into_an_open_knight():
    views = np.zeros((5, BOSS_OBSERVATION_SIZE), np.int32)
    views[:, OBSERVED_DISTANCE] = [REACH_PIXELS, REACH_PIXELS, REACH_PIXELS + 1, REACH_PIXELS, REACH_PIXELS]
    views[[0, 1, 2, 4], OBSERVED["knight_attacking"]] = 1
    views[:, OBSERVED["knight_timer"]] = ATTACK_HITBOX_END
    views[1, OBSERVED["knight_timer"]] -= 1  # the sword is still out
    views[3, OBSERVED["knight_staggered"]] = 1
    views[4, OBSERVED_COOLDOWN] = 1
    assert behaviour_counts(views, np.full(5, CLEAVE))["punish_rate"] == (2, 2)


def test_play_is_the_same_for_the_same_seed():
    def hold_still(observations, draws):
        return np.full(len(observations), APPROACH)

    first = play(hold_still, ("aggressor", "idler"), 5, 9)
    assert first == play(hold_still, ("aggressor", "idler"), 5, 9)
    assert first["aggressor"]["knight_win_rate"] == 1.0
    assert first["idler"]["timeout_rate"] == 1.0


def test_a_policy_is_asked_about_every_row_unless_it_has_no_memory():
    mind = constant_mind(CLEAVE, APPROACH)
    asked = []

    def with_memory(observations, draws):
        asked.append(len(observations))
        return mind_policy(mind)(observations, draws)

    records = play(with_memory, ("aggressor", "idler"), 3, 9)
    assert set(asked) == {6}
    assert records == play(mind_policy(mind), ("aggressor", "idler"), 3, 9)


def test_mistakes_of_any_policy_are_those_of_the_served_mind():
    mind, explore = constant_mind(CLEAVE, APPROACH), 16384
    mistaken = with_mistakes(mind_policy(mind), explore)
    served = play(mind_policy(mind, explore), ("spacer",), 8, 4)
    assert play(mistaken, ("spacer",), 8, 4) == served
    assert served != play(mind_policy(mind), ("spacer",), 8, 4)


def test_matches_against_learned_knights_are_fixed_by_their_seed():
    policy = mind_policy(constant_mind(CLEAVE, APPROACH))
    knights = [KNIGHT_NETWORK.initial(seed) for seed in (1, 2)]
    first = match_each(policy, knights, 4, 11)
    assert first == match_each(policy, knights, 4, 11)
    assert first != match_each(policy, knights, 4, 12)
    assert set(first[0]) == set(play(policy, ("idler",), 1, 1)["idler"])
    assert match(policy, knights[0], 4, 11)["fights"] == 4
    # an untrained knight stumbles about: a boss that always attacks beats it, one that flees does not
    assert match(policy, knights[0], 20, 5)["win_rate"] > 0.8
    assert match(mind_policy(coward()), knights[0], 20, 5)["win_rate"] == 0.0


# ---------------------------------------------------------------------------- rewards
def test_rewards_value_landing_over_safety():
    weights = Rewards()
    landed, traded, far, won, timed_out, missed = range(6)
    log = np.zeros((6, LOG_SIZE), np.int32)
    log[[landed, traded], LOG_TAKEN] = CLEAVE_DAMAGE
    log[traded, LOG_DEALT] = SWORD_DAMAGE
    log[won, LOG_OUTCOME] = BOSS_WINS
    log[timed_out, LOG_OUTCOME] = TIMEOUT
    log[missed, LOG_EVENTS] = EVENT_CLEAVE_MISSED
    views = np.zeros((6, BOSS_OBSERVATION_SIZE), np.int32)
    views[far, OBSERVED_DISTANCE] = RANGE_PIXELS + 1
    boss, knight = step_rewards(log, views, np.full(6, CLEAVE), np.zeros(6, int), weights)
    assert boss[landed] > boss[traded] > 0 >= boss[missed]
    assert knight[landed] < knight[traded] < knight[missed]
    assert boss[far] < 0
    assert boss[won] > 0 > knight[won]
    assert boss[timed_out] == pytest.approx(-weights.loss)
    assert knight[timed_out] < 0
    stalling, _ = step_rewards(log[missed:], views[missed:], np.array([IDLE]), np.array([1]), weights)
    assert stalling[0] < boss[missed]
    evaded = log[missed:].copy()
    evaded[:, LOG_EVENTS] = EVENT_CLEAVE_ROLLED_THROUGH
    pressing, _ = step_rewards(evaded, views[missed:], np.array([CLEAVE]), np.zeros(1, int), weights)
    assert pressing[0] == pytest.approx(weights.cleave_evaded)
    assert boss[landed] > pressing[0] > boss[missed]
    # a missed cleave costs less than standing in range without trying
    assert stalling[0] == pytest.approx(boss[missed] - weights.stalling)
