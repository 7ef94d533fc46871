"""What benchmarks.crash interrupts: a server that acknowledges fights, a learner that promotes minds; and how
it finds out afterwards whether anything was lost.

Not run by itself. All of it goes through the service's own code. The minds are the shipped one with two
weights moved: what they are worth does not matter here.
"""

import asyncio
import base64
import http.client
import json
import os
import random
import threading
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from features import INPUT_MASK, MOVE_COUNT, RULES_VERSION
from modular_mind import GRID, WEIGHTS_DIRECTORY, Mind, WeightsError, default_mind
from serve_local import listen
from serve_local import serve as serve_until_told
from service import journal, versions
from service.database import Database, DatabaseError
from service.fight_log import FightLog, to_bytes
from service.minds import load_minds
from service.retention import clean
from service.routes import Service
from service.schema import open_journal
from service.settings import Config
from tools.servers import HOST

TIER = "hard"
FIGHTS_PER_CYCLE = 2
RETENTION_DAYS = 30
POSTERS = 4  # connections that post at once
REPEATED = 0.1  # share of logs that are posted again after they were acknowledged
RETRY_SECONDS = 0.002
SHOWN = 5  # of what was torn
TICKS = 60  # of the fights that are posted: short enough to be posted at once
KEYS = (INPUT_MASK + 1) // 2


@dataclass
class Posted:
    """What a client knows: which logs it sent, and which were acknowledged."""

    logs: dict[str, bytes] = field(default_factory=dict)  # by fight
    tickets: dict[str, str] = field(default_factory=dict)  # of the fights that are not acknowledged
    acknowledged: set[str] = field(default_factory=set)
    unexpected: list[str] = field(default_factory=list)  # answers that there should not be


@dataclass
class Findings:
    """What an examination found."""

    lost: int = 0  # acknowledged, and not there or not the same
    doubled: int = 0  # one fight that taught in two cycles
    torn: list[str] = field(default_factory=list)  # what changed by halves

    def add(self, other: "Findings") -> None:
        """Sums up."""
        self.lost += other.lost
        self.doubled += other.doubled
        self.torn += other.torn


# ---------------------------------------------------------------------------- serving
def serve(data_dir: Path, port: int) -> None:
    """The local server, until it is killed."""
    config = Config(host=HOST, port=port, data_dir=data_dir, secret="x" * 16)
    asyncio.run(serve_until_told(Service(config), listen(config)))


def post_fights(port: int, posted: Posted, gone: threading.Event, seed: int) -> None:
    """Posts one short fight after the other, until the server is gone. Those without an answer come first."""
    chance = random.Random(seed)
    waiting = list(posted.tickets)
    threads = [
        threading.Thread(
            target=_post, args=(port, posted, gone, random.Random(chance.random()), waiting[n::POSTERS])
        )
        for n in range(POSTERS)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()


def _post(
    port: int, posted: Posted, gone: threading.Event, chance: random.Random, waiting: list[str]
) -> None:
    connection = http.client.HTTPConnection(HOST, port, timeout=20)
    while not gone.is_set():
        try:
            fight = waiting.pop() if waiting else _open_fight(connection, posted, chance)
            if fight is not None:
                _send_log(connection, posted, fight, chance)
        except (OSError, http.client.HTTPException):  # killed, or not listening yet
            connection.close()
            time.sleep(RETRY_SECONDS)


def _open_fight(connection, posted: Posted, chance: random.Random) -> str | None:
    status, fight = _ask(connection, "/fights", {"tier": TIER})
    if status != 201:
        posted.unexpected.append(f"/fights: {status}")
        return None
    log = FightLog(
        RULES_VERSION,
        fight["seed"],
        fight["explore"],
        TIER,
        outcome=chance.randint(1, 3),
        final_hash=chance.getrandbits(32),
        weights=fight["weights"],
        runs=tuple((2 * chance.randrange(KEYS) + tick % 2, 1) for tick in range(TICKS)),
        decisions=bytes(chance.randrange(MOVE_COUNT) for _ in range(10)),
    )
    posted.logs[fight["fight"]] = to_bytes(log)
    posted.tickets[fight["fight"]] = fight["ticket"]
    return fight["fight"]


def _send_log(connection, posted: Posted, fight: str, chance: random.Random) -> None:
    text = base64.urlsafe_b64encode(posted.logs[fight]).rstrip(b"=").decode()
    body = {"ticket": posted.tickets[fight], "log": text}
    status, answer = _ask(connection, "/learn", body)
    if status == 202 and chance.random() < REPEATED:
        status, answer = _ask(connection, "/learn", body)
    if status == 429:  # one client that fights faster than anybody can: it comes back with this log later
        time.sleep(RETRY_SECONDS)
        return
    if status != 202:
        posted.unexpected.append(f"/learn: {status} {answer}")
        return
    posted.acknowledged.add(fight)
    del posted.tickets[fight]


def _ask(connection, path: str, content: dict) -> tuple[int, dict]:
    connection.request("POST", path, json.dumps(content), {"Content-Type": "application/json"})
    response = connection.getresponse()
    return response.status, json.loads(response.read())


# ---------------------------------------------------------------------------- learning
def new_mind(number: int) -> Mind:
    """The shipped mind, a little different for each number from 0 to a million."""
    parameters = {name: array.copy() for name, array in default_mind().parameters.items()}
    parameters["hidden_bias"].flat[:2] = (number % 1000 / GRID, number // 1000 / GRID)
    return Mind(parameters)


def learn(data_dir: Path, say: Callable[[str], None]) -> None:
    """Judges and promotes until it is killed; says the number of each cycle once that is committed."""
    database = open_journal(data_dir, None)
    lock = None
    while lock is None:
        lock = database.try_lock("learner")
    load_minds(WEIGHTS_DIRECTORY, database)  # settles the anchor
    while True:
        judge_all(database)
        if number := promote(database):
            say(str(number))
        clean(database, RETENTION_DAYS, int(time.time()))


def judge_all(database: Database) -> None:
    """Finds every fight in order, each in a transaction of its own, as the learner does."""
    with database.read() as run:
        waiting = journal.unjudged(run, FIGHTS_PER_CYCLE)
    for fight in waiting:
        with database.write() as run:
            journal.judge(run, fight.id, journal.VERIFIED, int(time.time()))


def promote(database: Database) -> int | None:
    """Everything that belongs to a promotion, in one transaction; its number, None without new fights."""
    now = int(time.time())
    with database.write() as run:
        taught = [fight.id for fight in journal.teaching(run, TIER, FIGHTS_PER_CYCLE)]
        if not taught:
            return None
        number = versions.next_number(run)
        live = versions.get(run, versions.LIVE)
        mind = new_mind(number)
        journal.mark_taught(run, taught, number)
        versions.add_mind(run, mind, live, now)
        report = {"taught": taught}
        versions.finish_cycle(
            run,
            versions.Cycle(number, now, versions.PROMOTED, live, mind.sha256, mind.sha256, report),
        )
    return number


# ---------------------------------------------------------------------------- looking afterwards
def examine(data_dir: Path, posted: Posted, cycles: int) -> Findings:
    """Opens a journal again and compares it with what was acknowledged: fights, and that many cycles.

    More may be there: what was on its way when the process died, whole or not at all.
    """
    findings = Findings()
    try:
        database = open_journal(data_dir, None)
    except DatabaseError as error:
        findings.torn.append(f"the journal does not open: {error}")
        return findings
    try:
        with database.read() as run:
            _examine_fights(run, posted, findings)
            _examine_cycles(run, cycles, findings)
            if (said := run("PRAGMA integrity_check")) != [{"integrity_check": "ok"}]:
                findings.torn.append(f"SQLite finds damage: {said}")
        served = load_minds(WEIGHTS_DIRECTORY, database).live
        with database.read() as run:
            if served.sha256 != versions.get(run, versions.LIVE):
                findings.torn.append("the live mind cannot be served")
        lock = database.try_lock("learner")
        if lock is None:
            findings.torn.append("the learner's lock outlived its holder")
        else:
            lock.release()
    except (DatabaseError, WeightsError) as error:
        findings.torn.append(f"the journal cannot be read: {error}")
    finally:
        database.close()
    return findings


def _examine_fights(run, posted: Posted, findings: Findings) -> None:
    rows = {row["id"]: row for row in run("SELECT id, log, source FROM fights")}
    kept = {fight: row["log"] for fight, row in rows.items() if row["log"] is not None}
    findings.lost += sum(kept.get(fight) != posted.logs[fight] for fight in posted.acknowledged)
    for fight, row in rows.items():
        if (row["log"] is None) != (row["source"] is None):
            findings.torn.append(f"fight {fight} is half erased")
        if row["log"] not in (None, posted.logs.get(fight)):
            findings.torn.append(f"the log of fight {fight} is not what was posted")


def _examine_cycles(run, cycles: int, findings: Findings) -> None:
    history = versions.history(run, 1_000_000)[::-1]
    promoted = [cycle for cycle in history if cycle.decision == versions.PROMOTED]
    if [cycle.number for cycle in history] != list(range(1, len(history) + 1)) or len(history) < cycles:
        findings.torn.append(f"the history holds {len(history)} cycles, {cycles} were committed")
    marked: dict[int, set[str]] = {}
    for row in run("SELECT id, cycle FROM fights WHERE cycle IS NOT NULL"):
        marked.setdefault(row["cycle"], set()).add(row["id"])
    taught = [fight for cycle in promoted for fight in cycle.report["taught"]]
    findings.doubled += len(taught) - len(set(taught))
    if {cycle.number: set(cycle.report["taught"]) for cycle in promoted} != marked:
        findings.torn.append("marks of fights and rows of the history do not agree")
    live = versions.get(run, versions.LIVE)
    if history and live != history[-1].after:
        findings.torn.append(f"{live} is live, the history ends with {history[-1].after}")
    for sha256 in versions.restorable(run):
        mind = versions.find_mind(run, sha256)  # raises WeightsError for a damaged one
        if mind is None:
            findings.torn.append(f"the version {sha256} is gone")


def run_in_child(work: Callable[[], None]) -> int:
    """Runs `work` in a process of its own, split off from this one; returns its id."""
    child = os.fork()
    if child:
        return child
    code = 1
    try:
        work()
        code = 0
    except Exception:
        traceback.print_exc()
    finally:
        os._exit(code)
