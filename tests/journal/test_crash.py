"""A small run of benchmarks.crash: kills at random, and faults in some of the journal's changes of files."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent


@pytest.mark.skipif(sys.platform != "linux", reason="benchmarks.crash splits processes as Linux does")
def test_nothing_acknowledged_is_lost_whatever_is_killed_or_fails():
    command = [sys.executable, "-m", "benchmarks.crash", "--kills", "8", "--stride", "9", "--seeds", "2"]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False, timeout=250)
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    figures = json.loads(done.stdout.splitlines()[-1])
    assert figures["kills"] == 8
    assert figures["acknowledged"] > 0
    assert figures["promoted"] > 0
    assert (figures["lost"], figures["doubled"], figures["torn_first"]) == (0, 0, [])
    assert figures["unexpected_answers"] == []
    if shutil.which("cc") is None:
        pytest.skip("there is no C compiler for the faults of files")
    faults = figures["faults"]
    assert min(faults["tried"].values()) >= 10
    assert (faults["lost"], faults["doubled"], faults["torn_first"]) == (0, 0, [])
    assert faults["died_otherwise"] == 0
