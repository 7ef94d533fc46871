"""The supervisor: starts, restarts and ends a command, and never makes a server wait."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from service.settings import Config
from service.supervisor import EXIT_ANEW, EXIT_UNUSABLE, Supervisor, environment_of, learner_beside

ROOT = Path(__file__).resolve().parent.parent
PATIENCE = 30.0


def until(condition) -> None:
    """Waits for something that another process does."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not happen"
        time.sleep(0.01)


@pytest.fixture
def supervised(tmp_path):
    """Starts supervisors of a script; each run of it adds a line with its process id to a file."""
    started = []
    runs = tmp_path / "runs"
    runs.touch()
    wanted = threading.Event()
    wanted.set()

    def start(script: str) -> tuple[Supervisor, threading.Thread]:
        source = f"import os\nwith open({str(runs)!r}, 'a') as f: f.write(f'{{os.getpid()}}\\n')\n{script}"
        supervisor = Supervisor((sys.executable, "-c", source), dict(os.environ), wanted, first_delay=0.01)
        thread = threading.Thread(target=supervisor.run, daemon=True)
        thread.start()
        started.append((supervisor, thread))
        return supervisor, thread

    start.runs = lambda: [int(line) for line in runs.read_text().split()]
    yield start
    for supervisor, thread in started:
        supervisor.end()
        thread.join(PATIENCE)
        assert not thread.is_alive()


def test_what_dies_is_started_again(supervised):
    supervised("os._exit(1)")
    until(lambda: len(supervised.runs()) >= 3)


def test_what_wants_to_start_anew_does_so_at_once_however_often(supervised):
    supervised(f"os._exit({EXIT_ANEW})")
    until(lambda: len(supervised.runs()) >= 5)


def test_what_cannot_work_with_these_settings_is_left_alone(supervised):
    _, thread = supervised(f"os._exit({EXIT_UNUSABLE})")
    thread.join(PATIENCE)
    assert len(supervised.runs()) == 1


def test_the_end_is_the_end_also_of_what_does_not_listen(supervised):
    supervisor, thread = supervised(
        "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\ntime.sleep(600)"
    )
    until(supervised.runs)
    began = time.monotonic()
    supervisor.end()
    assert time.monotonic() - began < 5
    thread.join(PATIENCE)
    with pytest.raises(ProcessLookupError):
        os.kill(supervised.runs()[0], 0)


def test_a_command_that_does_not_exist_is_no_fault_of_the_server(caplog):
    wanted = threading.Event()
    wanted.set()
    supervisor = Supervisor(("no-such-program-anywhere",), dict(os.environ), wanted)
    supervisor.run()
    assert "cannot be started" in caplog.text
    supervisor.end()


@pytest.mark.parametrize("settings", [{"online": False}, {"learn_here": False}])
def test_no_learner_where_none_is_wanted(settings, tmp_path, monkeypatch):
    monkeypatch.setattr(
        "service.supervisor.COMMAND", (sys.executable, "-c", f"open({str(tmp_path / 'ran')!r}, 'w')")
    )
    wanted = threading.Event()
    wanted.set()
    with learner_beside(Config(data_dir=tmp_path, **settings), wanted):
        assert [thread for thread in threading.enumerate() if thread.name == "learner"] == []
    assert not (tmp_path / "ran").exists()


def test_nothing_is_started_before_there_is_something_to_do(tmp_path, monkeypatch):
    ran = tmp_path / "ran"
    monkeypatch.setattr("service.supervisor.COMMAND", (sys.executable, "-c", f"open({str(ran)!r}, 'w')"))
    wanted = threading.Event()
    with learner_beside(Config(data_dir=tmp_path), wanted):
        (thread,) = (thread for thread in threading.enumerate() if thread.name == "learner")
        assert not ran.exists()
        wanted.set()
        until(ran.exists)
    thread.join(PATIENCE)
    ran.unlink()
    with learner_beside(Config(data_dir=tmp_path), threading.Event()):
        pass  # it ends without ever having been wanted
    assert not ran.exists()


def test_the_learner_has_the_server_s_settings_and_one_thread(tmp_path):
    config = Config(data_dir=tmp_path, public=True, learner="gradient", retention_days=3)
    environment = environment_of(config)
    assert environment["MM_DATA_DIR"] == str(tmp_path)
    assert (environment["MM_PUBLIC"], environment["MM_LEARNER"]) == ("1", "gradient")
    assert (environment["MM_RETENTION_DAYS"], environment["MM_DATABASE_URL"]) == ("3", "")
    assert {environment[name] for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS")} == {"1"}


SERVER = """
import os, sys, threading, time
from pathlib import Path
from service.settings import Config
from service.supervisor import learner_beside
wanted = threading.Event()
wanted.set()
with learner_beside(Config(data_dir=Path(sys.argv[1])), wanted):
    print("up", flush=True)
    time.sleep(600)
"""


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="there is no kill -9 here")
def test_a_learner_ends_when_its_server_is_killed_and_gives_way_while_it_runs(tmp_path):
    if not Path("/proc/self/task").exists():
        pytest.skip("there is no /proc here")
    server = subprocess.Popen(
        [sys.executable, "-c", SERVER, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
    )
    try:
        assert server.stdout.readline() == "up\n"
        listed = Path(f"/proc/{server.pid}/task")

        def learners() -> list[int]:
            found = [int(pid) for task in listed.iterdir() for pid in (task / "children").read_text().split()]
            return [pid for pid in found if b"online.py" in Path(f"/proc/{pid}/cmdline").read_bytes()]

        until(learners)
        (learner,) = learners()
        until(lambda: os.getpriority(os.PRIO_PROCESS, learner) == 10)
        assert os.getsid(learner) == os.getsid(server.pid)  # across sessions priority may count for nothing
        assert os.getpgid(learner) != os.getpgid(server.pid)  # Ctrl-C is not for it
    finally:
        server.kill()
        server.wait()
        server.stdout.close()
    until(lambda: not Path(f"/proc/{learner}").exists() or _is_zombie(learner))


def _is_zombie(pid: int) -> bool:
    try:
        return ") Z " in Path(f"/proc/{pid}/stat").read_text()
    except FileNotFoundError:
        return True
