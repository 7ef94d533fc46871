"""What was compiled is kept for the next process, and never used for other sources."""

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from duel.compile_cache import KEPT_SECONDS, PREFIX, folder_for

ROOT = Path(__file__).resolve().parent.parent
# Prints what one fight comes to, and whether any function had to be compiled for it.
FIGHT = """
import sys
from numba.core import event
with event.install_recorder("numba:compile") as compiled:
    from duel.batch import DuelBatch
    batch = DuelBatch(4, [1, 2, 3, 4], seed=7)
    for _ in range(50):
        batch.step([1] * 4, [0] * 4)
print(batch.states.tobytes().hex())
print(len(compiled.buffer) > 0)
"""


@pytest.fixture
def source(tmp_path) -> Path:
    path = tmp_path / "source.py"
    path.write_text("def f(): return 1")
    return path


def folder(tmp_path: Path, source: Path, **names: object) -> Path:
    found = folder_for(tmp_path / "kept", [source], names)
    assert found is not None
    assert found.is_dir()
    return found


def test_a_folder_stands_for_its_sources_and_integers(tmp_path, source):
    first = folder(tmp_path, source, REST=20, helper=print)
    assert folder(tmp_path, source, REST=20, helper=len) == first
    assert folder(tmp_path, source, REST=21, helper=print) != first
    source.write_text("def f(): return 2")
    assert folder(tmp_path, source, REST=20, helper=print) != first


def test_what_nobody_needed_for_long_makes_way_for_something_new(tmp_path, source):
    old, young = folder(tmp_path, source, REST=1), folder(tmp_path, source, REST=2)
    past = time.time() - KEPT_SECONDS - 60
    os.utime(old, (past, past))
    folder(tmp_path, source, REST=2)
    assert old.exists()
    folder(tmp_path, source, REST=3)
    assert not old.exists()
    assert young.exists()


def test_a_folder_with_an_empty_file_begins_anew(tmp_path, source):
    kept = folder(tmp_path, source)
    (kept / "some.nbi").write_bytes(b"whole")
    assert folder(tmp_path, source) == kept
    assert list(kept.iterdir()) != []
    (kept / "some.nbc").write_bytes(b"")
    assert folder(tmp_path, source) == kept
    assert list(kept.iterdir()) == []


def test_where_nothing_can_be_written_there_is_no_folder(tmp_path, source):
    (tmp_path / "kept").write_text("a file, not a folder")
    assert folder_for(tmp_path / "kept", [source], {}) is None


def run(code: Path) -> list[str]:
    environment = {**os.environ, "PYTHONPATH": str(code)}
    environment.pop("NUMBA_CACHE_DIR", None)
    done = subprocess.run(
        [sys.executable, "-c", FIGHT], cwd=code, env=environment, capture_output=True, text=True, check=True
    )
    return done.stdout.split()


def test_a_second_process_compiles_nothing_and_other_numbers_are_compiled_anew(tmp_path):
    for part in ("duel", "features.py", "duel_sim.py"):
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, tmp_path / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, tmp_path)
    outcome, was_compiled = run(tmp_path)
    assert was_compiled == "True"
    assert run(tmp_path) == [outcome, "False"]
    assert len(list((tmp_path / "duel" / "__pycache__").glob(f"{PREFIX}*"))) == 1
    # a constant of another file than those of the functions that were kept
    features = tmp_path / "features.py"
    text = features.read_text("utf-8")
    features.write_text(text.replace("BOSS_APPROACH_SPEED = ", "BOSS_APPROACH_SPEED = 1 + "), "utf-8")
    assert features.read_text("utf-8") != text
    other, was_compiled = run(tmp_path)
    assert (other != outcome, was_compiled) == (True, "True")
