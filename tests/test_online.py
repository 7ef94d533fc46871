"""online.py: its commands by hand, and the learner that judges, learns and ends when it is told."""

import json
import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest
from learning_samples import enter, fight

import online
from learning import process
from learning.process import Learner, NumbaInstalledError, judge_fights, learner_lock, work
from modular_mind import GRID, Mind, default_mind
from service import journal, versions
from service.fight_log import to_bytes
from service.schema import open_journal
from service.settings import Config
from service.stats import learner_state

ROOT = Path(__file__).resolve().parent.parent
ANCHOR = default_mind()
PATIENCE = 60.0


@pytest.fixture
def config(tmp_path):
    return Config(data_dir=tmp_path, learner="gradient")


@pytest.fixture
def database(config):
    opened = open_journal(config.data_dir, None)
    with opened.write() as run:
        versions.settle(run, ANCHOR, 1)
    yield opened
    opened.close()


@pytest.fixture
def command(config, monkeypatch, capfd):
    """Runs online.py in this process: (exit code, stdout, stderr)."""
    monkeypatch.setenv("MM_DATA_DIR", str(config.data_dir))
    monkeypatch.setenv("MM_LEARNER", "gradient")
    monkeypatch.setattr(signal, "signal", lambda *_: None)

    def run(*arguments: str) -> tuple[int, str, str]:
        try:
            code = online.main(list(arguments))
        except SystemExit as end:
            code = end.code
        said = capfd.readouterr()
        return code, said.out, said.err

    return run


def other_mind(step: int) -> Mind:
    parameters = {name: array.copy() for name, array in ANCHOR.parameters.items()}
    parameters["drive_bias"][0] += step / GRID
    return Mind(parameters)


def promote(database, count: int) -> list[Mind]:
    """Promotes so many minds one after the other."""
    minds = []
    for step in range(1, count + 1):
        mind = other_mind(step)
        with database.write() as run:
            live = versions.get(run, versions.LIVE)
            versions.add_mind(run, mind, live, step)
            number = versions.next_number(run)
            report = {"kl": 0.01 * step, "fights": step, "waited": 7.0, "reason": None}
            versions.finish_cycle(
                run,
                versions.Cycle(number, step, versions.PROMOTED, live, mind.sha256, mind.sha256, report),
            )
        minds.append(mind)
    return minds


def live(database) -> str:
    with database.read() as run:
        return versions.get(run, versions.LIVE)


# ---------------------------------------------------------------------------- commands
def test_status_tells_what_is_live_and_what_waits(command, database):
    code, text, _ = command("status")
    assert code == 0
    assert "the anchor" in text
    minds = promote(database, 2)
    enter(database, fight(1))
    code, text, _ = command("status")
    assert code == 0
    for part in ("version 2", minds[1].sha256[:12], "1 to be replayed", "promoted", "after 7 s"):
        assert part in text
    status = json.loads(command("status", "--json")[1])
    assert (status["live"], status["version"], status["anchor"]) == (minds[1].sha256, 2, ANCHOR.sha256)
    assert status["distance"] == pytest.approx(2 / GRID)
    assert status["kl"] == 0.02
    assert (status["unjudged"], status["teaching"], status["learner"]) == (1, 0, "stopped")
    assert status["restorable"] == [minds[1].sha256, minds[0].sha256, ANCHOR.sha256]
    assert [cycle["number"] for cycle in status["cycles"]] == [2, 1]


def test_rollback_goes_back_one_version_each_time_and_says_when_there_is_none(command, database):
    minds = promote(database, 2)
    code, text, _ = command("rollback")
    assert (code, live(database)) == (0, minds[0].sha256)
    assert minds[0].sha256[:12] in text
    assert command("rollback")[0] == 0
    assert live(database) == ANCHOR.sha256
    code, _, error = command("rollback")
    assert (code, error.count("\n"), live(database)) == (2, 1, ANCHOR.sha256)
    with database.read() as run:
        restored = versions.find_mind(run, minds[1].sha256)
    assert restored.json == minds[1].json


def test_rollback_and_promote_take_the_first_digits(command, database):
    minds = promote(database, 3)
    assert command("rollback", minds[0].sha256[:8])[0] == 0
    assert live(database) == minds[0].sha256
    assert command("promote", minds[2].sha256)[0] == 0
    assert live(database) == minds[2].sha256
    code, text, _ = command("promote", minds[2].sha256)
    assert code == 0
    assert "already" in text


def test_reset_returns_to_the_anchor_and_drops_what_was_being_learned(command, database):
    promote(database, 2)
    with database.write() as run:
        versions.put(run, versions.STUDENT, "{}")
    assert command("reset")[0] == 0
    assert live(database) == ANCHOR.sha256
    with database.read() as run:
        assert versions.get(run, versions.STUDENT) is None


@pytest.mark.parametrize(
    "arguments",
    [
        ["learn"],
        ["--twice"],
        ["status", "now"],
        ["status", "--xml"],
        ["rollback", "1", "2"],
        ["rollback", "zzzzzzzz"],
        ["rollback", "0" * 64],
        ["rollback", ""],
        ["promote"],
        ["promote", "abc"],
        ["promote", "f" * 64],
        ["reset", "all"],
    ],
)
def test_bad_arguments_get_one_line_and_code_2_and_change_nothing(arguments, command, database):
    promote(database, 1)
    before = live(database)
    code, text, error = command(*arguments)
    assert (code, text, error.count("\n")) == (2, "", 1)
    assert error.startswith("online.py: ")
    assert live(database) == before


@pytest.mark.parametrize(("name", "value"), [("MM_LEARNER", "magic"), ("MM_ONLINE", "0"), ("MM_PUBLIC", "2")])
def test_bad_settings_get_one_line_and_code_2(name, value, command, monkeypatch):
    monkeypatch.setenv(name, value)
    code, _, error = command("status")
    assert (code, error.count("\n")) == (2, 1)
    assert name in error


def test_a_journal_that_cannot_be_opened_gets_one_line_and_code_1(command, config, monkeypatch):
    blocked = config.data_dir / "file"
    blocked.write_text("no folder")
    monkeypatch.setenv("MM_DATA_DIR", str(blocked))
    code, _, error = command("status")
    assert (code, error.count("\n")) == (1, 1)


# ---------------------------------------------------------------------------- the learner
def test_every_fight_gets_the_verdict_of_its_replay(database):
    honest, lie, silenced = fight(1), fight(2), fight(4, undecided=0.2)
    forged = replace(lie, final_hash=lie.final_hash ^ 1)
    unknown = replace(fight(3), weights="f" * 64)
    assert to_bytes(forged) != to_bytes(lie)
    entered = [enter(database, log) for log in (honest, forged, unknown, silenced)]
    assert judge_fights(database, 2) == 2
    assert judge_fights(database, 3) == 2
    assert judge_fights(database, 2) == 0
    with database.read() as run:
        found = [journal.find_fight(run, identity).verdict for identity in entered]
    assert found == [journal.VERIFIED, "checksum_mismatch", "mind_gone", "undecided"]


@pytest.fixture
def cycles_run(monkeypatch):
    """Counts cycles instead of running them."""
    asked = []
    monkeypatch.setattr(process, "run_cycle", lambda *arguments: asked.append(arguments))
    return asked


def test_the_learner_judges_first_and_learns_when_all_is_judged(database, config, cycles_run):
    learner = Learner(database, config)
    enter(database, fight(1), int(time.time()))
    assert learner.turn()
    assert not cycles_run
    assert not learner.turn()
    assert len(cycles_run) == 1
    assert not learner.turn(), "nothing new has come"
    assert len(cycles_run) == 1
    enter(database, fight(2), int(time.time()))
    while learner.turn():
        pass
    assert len(cycles_run) == 2


def test_a_player_who_switches_learning_off_is_not_learned_from(database, config, cycles_run):
    learner = Learner(database, config)
    enter(database, fight(1), int(time.time()))
    with database.write() as run:
        versions.put(run, "learning_switch", "off")
    while learner.turn():
        pass
    assert not cycles_run
    with database.read() as run:
        assert journal.find_fight(run, f"{1:024x}").verdict == journal.VERIFIED


def test_without_numba_it_waits_a_while_and_starts_anew_when_numba_comes(
    database, config, cycles_run, monkeypatch
):
    installed = [False]
    monkeypatch.setattr(process, "has_numba", lambda: installed[0])
    patient, hasty = Learner(database, config, 3600.0), Learner(database, config)
    assert not patient.turn()
    assert not cycles_run
    hasty.turn()
    assert len(cycles_run) == 1
    installed[0] = True
    with pytest.raises(NumbaInstalledError):
        patient.turn()


def test_one_learner_at_a_time_and_it_says_that_it_is_alive(command, database, config, cycles_run):
    with learner_lock(database, wait=False) as lock:
        code, _, error = command("--once")
        assert (code, error) == (1, "online.py: another learner is at work\n")
        learner = Learner(database, config)
        work(learner, lock, once=True)
        learner.beat()
        with database.read() as run:
            assert learner_state(run, time.time()) == "idle"
    with learner_lock(database, wait=False) as lock:
        assert lock is not None


@pytest.mark.parametrize("how", ["SIGTERM", "SIGINT", "end of input"])
def test_a_learner_ends_at_once_and_in_silence(how, database, config):
    enter(database, fight(1), int(time.time()))
    environment = {**os.environ, "MM_DATA_DIR": str(config.data_dir), "MM_LEARNER": "gradient"}
    with subprocess.Popen(
        [sys.executable, "online.py", "--supervised"],
        cwd=ROOT,
        env=environment,
        stdin=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    ) as child:
        deadline = time.monotonic() + PATIENCE
        while not (config.data_dir / f"{process.LOCK}.lock").exists():  # it has not begun
            assert time.monotonic() < deadline
            time.sleep(0.02)
        if how == "end of input":
            child.stdin.close()
        else:
            child.send_signal(getattr(signal, how))
        assert child.wait(PATIENCE) == 0
        assert child.stderr.read() == ""
    assert live(database) == ANCHOR.sha256
