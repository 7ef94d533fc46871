"""The study from end to end on tiny sizes: trained, compared, summed up, resumed, interrupted."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from rich.console import Console

import modular_mind
from duel.fighters import FIGHTERS
from features import EXPLORE_ONE, TIER_EXPLORE, TIERS
from tools import make_training_report
from training import study
from training.evaluate import mind_policy, play
from training.matches import match_each
from training.selfplay import SelfPlayConfig
from training.study_jobs import FINAL_SEED, HARD, MATCH_SEED, Settings, load_network, rounded_mind
from training.variants import VARIANTS

ROOT = Path(__file__).resolve().parent.parent
TINY = Settings(
    updates=2,
    curve_every=1,
    curve_fights=1,
    final_fights=3,
    knight_fights=2,
    silence_fights=1,
    payoff_fights=2,
    silenced=("Aggressor", "Enrage"),
    learning=SelfPlayConfig(duels=32, horizon=8),
)
NAMES = ("full", "without_enrage", "monolith")
QUIET = Console(quiet=True)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """(the study, its summary) of three variants and two seeds."""
    folder = tmp_path_factory.mktemp("study")
    mind = modular_mind.Mind(modular_mind.quantise(modular_mind.initial_parameters(3)))
    (folder / "weights").mkdir()
    modular_mind.save(folder / "weights" / modular_mind.WEIGHTS_NAME, mind.parameters)
    modular_mind.write_manifest(folder / "weights", mind, TIER_EXPLORE, {"agent_steps": 1000})
    whole = study.Study(
        folder / "run", folder / "data", NAMES, (0, 1), TINY, processes=1, weights=folder / "weights"
    )
    path = study.conduct(whole, QUIET)
    return whole, json.loads(path.read_text("utf-8"))


def times(folder: Path) -> dict[str, int]:
    """When each file was last written."""
    return {path.name: path.stat().st_mtime_ns for path in folder.iterdir()}


def test_the_summary_has_every_variant_and_seed(made):
    whole, summary = made
    assert list(summary["variants"]) == [name for name in VARIANTS if name in NAMES]
    for name, variant in summary["variants"].items():
        assert variant["parameters"] == VARIANTS[name].parameters
        assert [run["seed"] for run in variant["runs"]] == [0, 1]
        for run in variant["runs"]:
            assert run["curve"]["update"] == [0, 1, 2]
            assert run["curve"]["agent_steps"][0] == 0 < run["curve"]["agent_steps"][1]
            assert run["curve"]["agent_steps"][-1] == run["agent_steps"]
            assert list(run["final"]["win_rate"]) == list(FIGHTERS)
            others = [rate for fighter, rate in run["final"]["win_rate"].items() if fighter != "dodger"]
            assert run["final"]["others"] == pytest.approx(np.mean(others), abs=1e-4)
            assert 0 <= run["final"]["knights"] <= 1
    assert summary["seeds"] == [0, 1]
    assert summary["mistake_rate"] == pytest.approx(HARD / EXPLORE_ONE, abs=1e-4)
    assert summary["weights"] == modular_mind.load_directory(whole.weights)[0].sha256
    assert summary["shipped"] == {"agent_steps": 1000}


def test_the_report_can_be_made_of_it(made, tmp_path):
    whole, summary = made
    assert make_training_report.main(["--data", str(whole.data), "--out", str(tmp_path)]) == 0
    page = (tmp_path / "training_report.md").read_text("utf-8")
    for variant in summary["variants"].values():
        assert f"| {variant['title']} | {variant['parameters']:,} |" in page


def test_a_boss_meets_only_knights_of_other_seeds(made):
    whole, summary = made
    runs = study.trained_runs(whole)
    assert study.panel_of(runs, 1) == [("full", 0), ("monolith", 0)]
    assert summary["panel"] == ["full-0", "full-1", "monolith-0", "monolith-1"]
    boss = load_network(whole.run, "monolith-1", "boss")
    knights = [load_network(whole.run, f"{name}-0", "knight") for name in ("full", "monolith")]
    policy = VARIANTS["monolith"].policy(boss, HARD)
    rates = [record["win_rate"] for record in match_each(policy, knights, TINY.knight_fights, MATCH_SEED)]
    assert summary["variants"]["monolith"]["runs"][1]["final"]["knights"] == pytest.approx(np.mean(rates))


def test_rounding_is_measured_on_the_minds_that_were_trained(made):
    whole, summary = made
    assert [entry["seed"] for entry in summary["rounding"]] == [0, 1]
    mind = rounded_mind(load_network(whole.run, "full-1", "boss"))
    records = play(mind_policy(mind, HARD), FIGHTERS, TINY.final_fights, FINAL_SEED)
    measured = summary["rounding"][1]["rounded"]["win_rate"]
    assert measured == {name: pytest.approx(r["win_rate"], abs=1e-4) for name, r in records.items()}
    unrounded = summary["rounding"][1]["unrounded"]["win_rate"]
    assert unrounded == summary["variants"]["full"]["runs"][1]["final"]["win_rate"]


def test_each_mind_is_silenced_in_every_way(made):
    _, summary = made
    assert set(summary["silenced"]) == {"shipped", "seed 0", "seed 1"}
    for mind in summary["silenced"].values():
        assert set(mind) == {"whole", *TINY.silenced}
        assert set(mind["Aggressor"]) == {"zero", "mean", "removed"}
        assert set(mind["Enrage"]) == {"zero", "mean"}


def test_the_matrix_of_pay_offs_counts_every_fight(made):
    whole, summary = made
    matrix = summary["payoff"]
    tiers = [f"shipped, {tier}" for tier in TIERS]
    assert list(matrix["rows"])[:3] == tiers
    assert [row for row in matrix["rows"] if row.startswith("seed")] == ["seed 0, final", "seed 1, final"]
    assert matrix["columns"][: len(FIGHTERS)] == list(FIGHTERS)
    for counts in matrix["rows"].values():
        assert len(counts) == len(matrix["columns"])
        assert all(sum(cell) == TINY.payoff_fights and min(cell) >= 0 for cell in counts)
    mind, manifest = modular_mind.load_directory(whole.weights)
    policy = mind_policy(mind, manifest["explore"]["easy"])
    records = play(policy, FIGHTERS, TINY.payoff_fights, FINAL_SEED)
    won = [round(record["win_rate"] * TINY.payoff_fights) for record in records.values()]
    assert [cell[0] for cell in matrix["rows"][tiers[0]]][: len(FIGHTERS)] == won


def test_what_is_finished_is_not_done_again_and_what_is_stale_is(made):
    whole, summary = made
    before = times(whole.run)
    path = study.conduct(whole, QUIET)
    assert times(whole.run) == before
    assert json.loads(path.read_text("utf-8")) == summary

    damaged = whole.run / "full-1.knights.json"
    damaged.write_text("{", "utf-8")
    study.conduct(whole, QUIET)
    changed = {name for name, when in times(whole.run).items() if when != before[name]}
    assert changed == {damaged.name}

    longer = study.training_job("full", 0, replace(TINY, updates=3))
    assert study.result(whole.run, longer) is None
    assert study.result(whole.run, study.training_job("full", 0, TINY)) is not None
    other_rewards = replace(TINY.learning.rewards, win=5.0)
    rewarded = replace(TINY, learning=replace(TINY.learning, rewards=other_rewards))
    assert study.result(whole.run, study.training_job("full", 0, rewarded)) is None


def test_the_code_counts_and_its_comments_do_not(monkeypatch):
    def hash_of(source: str) -> str:
        study.code_hash.cache_clear()
        monkeypatch.setattr(study.inspect, "getsource", lambda module: source)
        return study.code_hash()

    try:
        first = hash_of('"""What."""\ndef f(x):\n    """Why."""\n    return x + 1\n')
        assert hash_of('"""Other."""\n\n\ndef f(x):  # how\n    return (x + 1)\n') == first
        assert hash_of('"""What."""\ndef f(x):\n    """Why."""\n    return x + 2\n') != first
    finally:
        study.code_hash.cache_clear()


def test_the_checkpoints_of_the_league_and_the_exploiters_join_the_matrix(made, tmp_path):
    whole, _ = made
    weights = tmp_path / "weights"
    (weights / "league").mkdir(parents=True)
    for name in (modular_mind.WEIGHTS_NAME, modular_mind.MANIFEST_NAME):
        (weights / name).write_bytes((whole.weights / name).read_bytes())
    mind = rounded_mind(load_network(whole.run, "full-0", "boss"))
    modular_mind.save(weights / "league" / "update_0001.npz", mind.parameters)
    data = tmp_path / "data"
    data.mkdir()
    np.savez(data / study.KNIGHTS_NAME, seed_0=load_network(whole.run, "monolith-0", "knight"))

    runs = {run: record for run, record in study.trained_runs(whole).items() if run == ("full", 0)}
    bigger = replace(whole, weights=weights, data=data, run=tmp_path)
    jobs = study.comparison_jobs(bigger, runs)
    job = jobs["payoff", "league update_0001"]
    counts = job.function(whole.run, **job.arguments)["counts"]
    assert len(counts) == len(FIGHTERS) + 2  # the knight of the seed, the exploiter
    known = jobs["payoff", "seed 0, final"]  # the same mind
    assert known.function(whole.run, **known.arguments)["counts"] == counts


def test_without_a_whole_mind_there_is_no_summary(tmp_path):
    settings = replace(TINY, curve_every=5, updates=1, final_fights=1)
    alone = study.Study(tmp_path / "run", tmp_path / "data", ("tiny",), (0,), settings, processes=1)
    assert study.conduct(alone, QUIET) is None
    assert not (tmp_path / "data").exists()
    assert (tmp_path / "run" / "tiny-0.npz").is_file()


@pytest.mark.long
def test_ctrl_c_keeps_what_is_in_progress(tmp_path):
    command = [sys.executable, "-m", "training.study", "--only", "full,tiny", "--updates", "1"]
    command += ["--processes", "2", "--run", str(tmp_path / "run"), "--data", str(tmp_path / "data")]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env={**os.environ, "TERM": "dumb"},
    )
    try:
        deadline = time.monotonic() + 200
        while not list((tmp_path / "run").glob("*-0.npz")):
            assert process.poll() is None, process.stdout.read().decode()
            assert time.monotonic() < deadline
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=200)[0].decode()
    finally:
        process.kill()
    assert process.returncode == 130, output
    assert "Traceback" not in output
    finished = sorted(path.stem for path in (tmp_path / "run").glob("*.json"))
    networks = sorted(path.stem for path in (tmp_path / "run").glob("*.npz"))
    assert finished == networks  # nothing half done
    assert 1 <= len(finished) <= 4
    assert not (tmp_path / "data").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--updates", "0"], "--updates"),
        (["--seeds", "-1"], "--seeds"),
        (["--only", "full,nonsense"], "'nonsense'"),
        (["--processes", "two"], "--processes"),
        (["--nonsense"], "--nonsense"),
    ],
)
def test_bad_arguments_end_with_one_clear_line(capsys, arguments, words):
    with pytest.raises(SystemExit) as ended:
        study.main(arguments)
    assert ended.value.code == 2
    assert words in capsys.readouterr().err.splitlines()[-1]
