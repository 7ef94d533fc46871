"""examples/: each one run as its docstring says, only shorter."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PPO = "examples/train_with_stable_baselines3.py"


def run(*arguments: str, folder: Path = ROOT) -> subprocess.CompletedProcess:
    """Run an example in a process of its own in which a warning is an error."""
    command = [sys.executable, "-W", "error", str(ROOT / arguments[0]), *arguments[1:]]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False, timeout=240)


def test_stable_baselines3_trains_from_any_folder_and_leaves_no_files(tmp_path):
    done = run(PPO, "--steps", "300", "--fights", "2", folder=tmp_path)
    assert done.returncode == 0, done.stderr
    rates = re.fullmatch(r"won before training: (\d+)%, after: (\d+)%\n", done.stdout)
    assert rates, done.stdout
    assert all(int(rate) in (0, 50, 100) for rate in rates.groups())
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("arguments", [("--steps", "0"), ("--fights", "-1"), ("--steps", "many")])
def test_stable_baselines3_refuses_bad_numbers(arguments):
    done = run(PPO, *arguments)
    assert done.returncode == 2
    assert arguments[0] in done.stderr.splitlines()[-1]


def test_every_example_says_how_to_run_it():
    examples = sorted((ROOT / "examples").glob("*.py"))
    assert examples
    for path in examples:
        assert f"python examples/{path.name}" in path.read_text("utf-8")
