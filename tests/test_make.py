"""The Makefile's commands on machines that lack something: one clear line, nothing left behind."""

import os
import re
import shutil
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from tools import make_venv

ROOT = Path(__file__).resolve().parent.parent
needs_make = pytest.mark.skipif(shutil.which("make") is None, reason="there is no make here")

# Run before anything else by every Python that finds it on its path.
WITHOUT_ENSUREPIP = """
import sys
from importlib.machinery import PathFinder

class Blind(PathFinder):
    @classmethod
    def find_spec(cls, name, *rest):
        return None if name == "ensurepip" else super().find_spec(name, *rest)

sys.meta_path[sys.meta_path.index(PathFinder)] = Blind
"""
OLD = "import sys\nsys.version_info = (3, 9, 2, 'final', 0)\n"


def make(*arguments: str, **environment: str) -> tuple[int, list[str]]:
    """Exit code of make, and the lines on stderr that are not make's own."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    done = subprocess.run(
        ["make", *arguments],
        cwd=ROOT,
        env={**kept, **environment},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return done.returncode, [line for line in done.stderr.splitlines() if not line.startswith("make")]


@needs_make
def test_help_lists_every_command():
    done = subprocess.run(["make"], cwd=ROOT, capture_output=True, text=True, check=True, timeout=60)
    listed = re.findall(r"^  make (\w+) +\S", done.stdout, re.MULTILINE)
    assert listed == re.findall(r"^(\w+):.*## ", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE)
    assert {"play", "test", "setup", "space", "train", "bench", "lint"} <= set(listed)


@needs_make
def test_without_python(tmp_path):
    code, lines = make("play", f"VENV={tmp_path / 'venv'}", "PYTHON=no-such-python")
    assert code != 0
    assert len(lines) == 1
    assert "There is no 'no-such-python' here" in lines[0]


@needs_make
@pytest.mark.parametrize(
    ("site", "said"),
    [
        (WITHOUT_ENSUREPIP, r"apt install python3\.\d+-venv"),
        (OLD, r"Python 3\.11 or newer is needed, this is 3\.9"),
    ],
    ids=["without venv", "old"],
)
def test_with_a_python_that_will_not_do(site, said, tmp_path):
    (tmp_path / "sitecustomize.py").write_text(site, "utf-8")
    venv = tmp_path / "venv"
    code, lines = make("play", f"VENV={venv}", f"PYTHON={sys.executable}", PYTHONPATH=str(tmp_path))
    assert code != 0
    assert len(lines) == 1, lines
    assert re.search(said, lines[0])
    assert not venv.exists()


# Stands in for the Python of the environment: the game ends once packages are being installed.
STAND_IN = """#!/bin/sh
folder=$(dirname "$0")/..
wait_for() { n=0; while [ ! -e "$folder/$1" ]; do n=$((n + 1)); [ $n -lt 600 ] || exit 1; sleep 0.05; done; }
case "$1" in
  serve_local.py) touch "$folder/playing"; wait_for installing ;;
  tools/make_venv.py)
    shift 2; echo "$*" >> "$folder/installing"; wait_for playing
    case "$1" in requirements-narrator-model.txt) touch "$folder/done" ;; esac
    [ "$1" != "%s" ] ;;
esac
"""
BESIDE = (
    "requirements-learn.txt",
    "requirements-narrator.txt",
    "requirements-narrator-model.txt --no-deps",
)


@needs_make
@pytest.mark.parametrize("failing", ["", *(line.split()[0] for line in BESIDE)])
def test_the_game_starts_while_packages_are_still_being_installed_and_without_them_too(failing, tmp_path):
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    python.write_text(STAND_IN % failing, "utf-8")
    python.chmod(0o755)
    (venv / ".requirements-local").touch()
    code, lines = make("play", f"VENV={venv}")
    assert (code, lines) == (0, [])
    names = [line.split()[0] for line in BESIDE if line.split()[0] != failing]
    stamps = {f".{name.removesuffix('.txt')}" for name in names}
    deadline = time.monotonic() + 30
    while not ((venv / "done").exists() and all((venv / stamp).exists() for stamp in stamps)):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    assert tuple((venv / "installing").read_text("utf-8").splitlines()) == BESIDE
    assert {path.name for path in venv.glob(".requirements-*")} == {*stamps, ".requirements-local"}


@needs_make
def test_what_is_installed_already_is_not_installed_again(tmp_path):
    venv = tmp_path / "venv"
    (venv / "bin").mkdir(parents=True)
    python = venv / "bin" / "python"
    python.write_text('#!/bin/sh\n[ "$1" = serve_local.py ] || touch "$0.again"\n', "utf-8")
    python.chmod(0o755)
    for name in ("local", "learn", "narrator", "narrator-model"):
        (venv / f".requirements-{name}").touch()
    assert make("play", f"VENV={venv}") == (0, [])
    assert not Path(f"{python}.again").exists()


def test_a_folder_that_is_no_environment_is_left_alone(tmp_path, capsys):
    (tmp_path / "letter.txt").write_text("dear", "utf-8")
    assert make_venv.main(str(tmp_path), "requirements-local.txt") == 1
    assert "is no virtual environment" in capsys.readouterr().err
    assert [path.name for path in tmp_path.iterdir()] == ["letter.txt"]


def test_an_environment_is_made_whole_and_a_broken_one_is_noticed(tmp_path, capfd):
    venv, requirements = str(tmp_path / "venv"), tmp_path / "requirements.txt"
    requirements.write_text("# nothing\n", "utf-8")
    assert not make_venv.works(venv)
    assert make_venv.main(venv, str(requirements)) == 0
    assert f"Making {venv}" in capfd.readouterr().out
    assert make_venv.works(venv)

    Path(make_venv.python_in(venv)).unlink()
    assert not make_venv.works(venv)
    assert make_venv.obstacle(venv) is None, "it is an environment, so it may be made anew"


def test_further_options_go_to_pip(monkeypatch, tmp_path):
    commands = []
    monkeypatch.setattr(make_venv, "works", lambda folder: True)
    monkeypatch.setattr(make_venv.subprocess, "call", lambda command: commands.append(command) or 0)
    assert make_venv.main(str(tmp_path), "some.txt", "--no-deps") == 0
    assert commands[0][-3:] == ["--no-deps", "-r", "some.txt"]


@pytest.mark.skipif(make_venv.fcntl is None, reason="files cannot be locked so here")
def test_two_do_not_install_at_once(monkeypatch, tmp_path):
    began, may_end = threading.Event(), threading.Event()
    running = []

    def install(command: list[str]) -> int:
        running.append(command[-1])
        began.set()
        assert may_end.wait(60)
        return 0

    monkeypatch.setattr(make_venv, "works", lambda folder: True)
    monkeypatch.setattr(make_venv.subprocess, "call", install)
    threads = [
        threading.Thread(target=make_venv.main, args=(str(tmp_path), name)) for name in ("one.txt", "two.txt")
    ]
    for thread in threads:
        thread.start()
    assert began.wait(60)
    with (tmp_path / ".lock").open("w", encoding="utf-8") as file, pytest.raises(BlockingIOError):
        make_venv.fcntl.flock(file, make_venv.fcntl.LOCK_EX | make_venv.fcntl.LOCK_NB)
    assert len(running) == 1
    may_end.set()
    for thread in threads:
        thread.join(60)
    assert sorted(running) == ["one.txt", "two.txt"]


def test_requirements_that_cannot_be_installed_fail(tmp_path, capfd):
    venv = Path(sys.prefix)
    assert make_venv.works(str(venv)), "tests run in a virtual environment"
    assert make_venv.main(str(venv), str(tmp_path / "missing.txt")) == 1
    assert f"Cannot install {tmp_path / 'missing.txt'}: pip says why above." in capfd.readouterr().err


# ---------------------------------------------------------------------------- Chromium
def ensure_chromium(**environment: str) -> subprocess.CompletedProcess:
    """Runs the command in a process of its own: Playwright's event loop is taken in this one."""
    command = [sys.executable, "-m", "tools.ensure_chromium"]
    variables = {**os.environ, **environment}
    return subprocess.run(command, cwd=ROOT, env=variables, capture_output=True, text=True, check=False)


def test_a_chromium_that_starts_is_used_in_silence():
    done = ensure_chromium()
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_chromium_that_was_named_wrongly_is_told_and_nothing_installed():
    done = ensure_chromium(MM_CHROMIUM=os.devnull)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.count("\n") == 1
    assert done.stderr.startswith(f"{os.devnull} does not start: ")
