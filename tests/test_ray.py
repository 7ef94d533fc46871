"""Training over Ray: two workers of a real local cluster, and the same bits as without it."""

import socket
import subprocess
import sys
from dataclasses import replace

import numpy as np
from training_samples import TINY, tiny_config

import train
from tools.servers import clean_environment
from training import remote
from training.run import Run
from training.selfplay import SelfPlay


def same(one: dict[str, np.ndarray], other: dict[str, np.ndarray]) -> None:
    assert one.keys() == other.keys()
    for name, array in one.items():
        np.testing.assert_array_equal(array, other[name], name)


def test_players_and_seeds_on_two_workers_give_the_bits_of_a_local_run(tmp_path):
    """One cluster for all of it: each takes seconds to start, as does each worker."""
    configs = [tiny_config(tmp_path, seed=seed, updates=2, examine_every=1) for seed in (3, 4)]
    here = [Run(config) for config in configs]
    with remote.cluster(remote.LOCAL, cpus=2) as processors:
        assert processors == 2
        alone, spread = SelfPlay(TINY, 1), remote.RemoteSelfPlay(TINY, 1)
        for progress in (0.0, 0.5):
            assert alone.update(progress) == spread.update(progress)
        same(alone.state(), spread.state())
        # a state brought back is played on from
        middle = {name: array.copy() for name, array in alone.state().items()}
        alone.update(0.5)
        spread.load(middle)
        spread.update(0.5)
        same(alone.state(), spread.state())
        del spread

        # one seed from its start, the other from a checkpoint
        here[1].advance()
        checkpoints = [None, here[1].checkpoint()]
        came = {0: [], 1: []}
        for number, what in remote.run_seeds(configs, checkpoints, processors, lambda: False):
            came[number].append(what)
    for number, run in enumerate(here):
        while not run.done:
            run.advance()
        *advanced, result = came[number]
        assert [what.update for what in advanced] == [[1, 2], [2]][number]
        assert advanced[-1].done
        fresh = Run(configs[number])
        fresh.restore("it", advanced[-1].checkpoint)
        same(fresh.trainer.state(), run.trainer.state())
        # so short a run has no mind that commits
        assert result is None
        assert run.finish() is None


def test_the_code_that_travels_is_all_that_a_worker_imports(tmp_path):
    remote.copy_code(tmp_path)
    program = "import training.player, training.remote, training.run; print(training.__file__)"
    command = [sys.executable, "-P", "-c", program]
    environment = clean_environment(tmp_path) | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == str(tmp_path / "training" / "__init__.py")


def test_a_damaged_checkpoint_of_one_seed_is_refused_before_anything_starts(tmp_path, capsys):
    place = tmp_path / "run" / "seed-2" / "checkpoint.npz"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"nothing")
    folders = ["--out", str(tmp_path / "out"), "--run", str(tmp_path / "run")]
    assert train.main(["--ray", "--seeds", "1,2", "--resume", *folders]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert f"{place}: not a whole npz file" in lines[0]


def test_no_seed_is_begun_after_an_interruption(tmp_path):
    assert list(remote.run_seeds([tiny_config(tmp_path)], [None], 1, lambda: True)) == []


def test_without_the_package_one_line_says_so(tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "ray", None)
    for which in (["--seed", "1"], ["--seeds", "1,2"]):
        command = ["--ray", *which, "--out", str(tmp_path / "out"), "--run", str(tmp_path / "run")]
        assert train.main(command) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1
        assert "needs the package ray" in lines[0]
    assert list(tmp_path.iterdir()) == []


def test_an_address_without_a_cluster_is_refused_with_one_line(tmp_path, capsys):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    for address, why in (
        (f"127.0.0.1:{port}", "no cluster"),
        ("127.0.0.1:99999", "no cluster"),
        ("here", "here"),
    ):
        command = ["--ray", address, "--out", str(tmp_path / "out"), "--run", str(tmp_path / "run")]
        assert train.main(command) == 2
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1
        assert lines[0].startswith(f"train.py: --ray {address}: ")
        assert why in lines[0]
    assert list(tmp_path.iterdir()) == []


def test_what_ray_brings_back_read_only_can_be_learned_from():
    """Joining the rollouts of several players copies them; those of one are copied before."""
    trainer = SelfPlay(replace(TINY, players=1), 1)

    def play():
        played = SelfPlay.play(trainer)
        for rollout in (played[0].boss, played[0].knight):
            for array in vars(rollout).values():
                array.setflags(write=False)
        return remote.writable(played, players=1)

    trainer.play = play
    assert trainer.update(0.0)["agent_steps"] > 0
