"""The second part of benchmarks.crash: every change of a file goes wrong in turn.

Not run by itself. A process that has loaded benchmarks/faults.c before all other libraries splits off one
process for each fault. That one does a fixed piece of work on a copy of a small journal, everything that a
server and a learner write; it goes on after a fault as they would, with what comes next.
"""

import ctypes
import json
import logging
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from benchmarks import crash_work
from benchmarks.common import ROOT
from benchmarks.crash_work import SHOWN, TIER, Findings, Posted, examine, run_in_child
from features import RULES_VERSION
from modular_mind import WEIGHTS_DIRECTORY
from service import journal, versions
from service.database import Database, DatabaseError
from service.minds import load_minds
from service.retention import clean
from service.schema import open_journal
from service.tickets import KEY_NAME, KEY_SIZE, signing_key

SOURCE = ROOT / "benchmarks" / "faults.c"
MODES = {"error": 1, "full": 2, "killed": 3, "power": 4}  # the numbers are those of faults.c
DEADLY = ("killed", "power")
OPENINGS = 2  # a server whose journal did not open is started once more
FIRST = range(6)  # fights of the journal that the work begins with
OLD = 50  # one more, too old to be kept
NEW = (100, 101)  # fights that come in during the work


@dataclass(frozen=True)
class Attempt:
    """How the work went."""

    code: int  # of the process; minus the signal that ended it
    posted: Posted
    cycles: int  # the last that was committed
    calls: int  # changes of files, if it came to its end


def compile_faults(folder: Path) -> Path | None:
    """The library of faults.c; None without a compiler."""
    compiler = shutil.which("cc")
    if compiler is None or sys.platform != "linux":
        return None
    library = folder / "faults.so"
    subprocess.run([compiler, "-shared", "-fPIC", "-O1", "-o", library, SOURCE, "-ldl"], check=True)
    return library


def fail_everywhere(library: Path, stride: int, seeds: int) -> dict:
    """Runs `inject` in a process that has loaded the library before all others; returns its figures."""
    words = ["--inject", "--stride", str(stride), "--seeds", str(seeds)]
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.crash", *words],
        cwd=ROOT,
        env={**os.environ, "LD_PRELOAD": str(library)},
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return json.loads(done.stdout.splitlines()[-1])


def inject(stride: int, seeds: int) -> dict:
    """Lets every `stride`-th change of a file go wrong in every way, power with that many seeds."""
    logging.disable()  # faults are what is wanted here
    faults = ctypes.CDLL(os.environ["LD_PRELOAD"])
    faults.faults_arm.argtypes = (ctypes.c_long, ctypes.c_int, ctypes.c_ulong)
    tried, died_otherwise, findings = dict.fromkeys(MODES, 0), 0, Findings()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        _prepare(folder / "template")
        calls = _count_calls(folder, faults)
        for mode, call, seed in _ways(calls, stride, seeds):
            attempt, found = _try(folder, partial(faults.faults_arm, call, MODES[mode], seed), faults)
            found.torn = [f"{mode} at call {call} of {calls}: {what}" for what in found.torn]
            findings.add(found)
            tried[mode] += 1
            died_otherwise += attempt.code != (-signal.SIGKILL if mode in DEADLY else 0)
    return {
        "tried": tried,
        "lost": findings.lost,
        "doubled": findings.doubled,
        "torn": len(findings.torn),
        "torn_first": findings.torn[:SHOWN],
        "died_otherwise": died_otherwise,
    }


def _ways(calls: int, stride: int, seeds: int) -> Iterator[tuple[str, int, int]]:
    """Every fault: its mode, the number of the call, a seed."""
    for mode in MODES:
        for call in range(1, calls + 1, stride):
            for seed in range(seeds if mode == "power" else 1):
                yield mode, call, seed


def _count_calls(folder: Path, faults: ctypes.CDLL) -> int:
    """How many changes of files the work makes when nothing goes wrong."""
    attempt, findings = _try(folder, partial(faults.faults_arm, 0, MODES["error"], 0), faults)
    done = {_identity(number) for number in NEW} <= attempt.posted.acknowledged and attempt.cycles == 3
    if attempt.code or findings != Findings() or not done:
        raise RuntimeError(f"the work fails without a fault: {attempt}, {findings}")
    return attempt.calls


def _try(folder: Path, arm: Callable[[], None], faults: ctypes.CDLL) -> tuple[Attempt, Findings]:
    """Works on a copy of the template after `arm`, and examines what is left."""
    data_dir = folder / "journal"
    shutil.copytree(folder / "template", data_dir)
    attempt = _attempt(data_dir, arm, faults)
    findings = examine(data_dir, attempt.posted, attempt.cycles)
    key = data_dir / KEY_NAME
    if key.exists() and key.stat().st_size != KEY_SIZE:
        findings.torn.append("the key of the tickets is not whole")
    shutil.rmtree(data_dir)
    return attempt, findings


def _attempt(data_dir: Path, arm: Callable[[], None], faults: ctypes.CDLL) -> Attempt:
    """Does the work in a process of its own."""
    reader, writer = os.pipe()

    def say(*words) -> None:
        os.write(writer, (" ".join(map(str, words)) + "\n").encode())

    def work() -> None:
        arm()
        _work(data_dir, say)
        say("calls", faults.faults_count())

    child = run_in_child(work)
    os.close(writer)
    first = {_identity(number) for number in FIRST}
    posted = Posted({_identity(number): _log(number) for number in (*FIRST, OLD, *NEW)}, acknowledged=first)
    counts = {"cycle": 1, "calls": 0}
    with os.fdopen(reader) as lines:
        for word, value in (line.split() for line in lines):
            if word == "fight":
                posted.acknowledged.add(value)
            else:
                counts[word] = int(value)
    _, status = os.waitpid(child, 0)
    return Attempt(os.waitstatus_to_exitcode(status), posted, counts["cycle"], counts["calls"])


# ---------------------------------------------------------------------------- the work
def _prepare(data_dir: Path) -> None:
    """A journal with one promotion, fights that may teach, and one that is too old to be kept."""
    database = open_journal(data_dir, None)
    load_minds(WEIGHTS_DIRECTORY, database)
    for number in FIRST:
        _enter(database, number, int(time.time()))
    crash_work.judge_all(database)
    crash_work.promote(database)
    crash_work.judge_all(database)
    _enter(database, OLD, 0)
    database.close()


def _work(data_dir: Path, say: Callable) -> None:
    """Everything that a server and a learner write; says what is acknowledged. A fault ends one step only."""
    signing_key(None, data_dir)
    database = _open(data_dir)
    if database is None:
        return

    def enter(number: int) -> None:
        _enter(database, number, int(time.time()))
        say("fight", _identity(number))

    def promote() -> None:
        number = crash_work.promote(database)
        if number is not None:
            say("cycle", number)

    def roll_back() -> None:
        with database.write() as run:
            before = versions.predecessor(run, versions.get(run, versions.LIVE))
            cycle = versions.restore(run, before, int(time.time()))
        say("cycle", cycle.number)

    for step in (
        partial(enter, NEW[0]),
        promote,
        roll_back,
        partial(crash_work.judge_all, database),
        partial(clean, database, crash_work.RETENTION_DAYS, int(time.time())),
        partial(enter, NEW[1]),
    ):
        try:
            step()
        except DatabaseError as error:
            if "\n" in str(error):  # it promises one line
                raise
    database.close()


def _open(data_dir: Path) -> Database | None:
    for _ in range(OPENINGS):
        try:
            return open_journal(data_dir, None)
        except DatabaseError:
            continue
    return None


def _enter(database: Database, number: int, received: int) -> None:
    """Enters a fight as POST /learn does."""
    with database.write() as run:
        live = versions.get(run, versions.LIVE)
        fight = journal.Fight(
            _identity(number), received, "local", TIER, RULES_VERSION, live, number, 1, 60, _log(number)
        )
        journal.add_fight(run, fight)


def _identity(number: int) -> str:
    return f"{number:024x}"


def _log(number: int) -> bytes:
    return random.Random(number).randbytes(900)
