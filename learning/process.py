"""The learner at work: replays fights, runs cycles, clears out what is old, keeps the copy on the Hub.

    with learner_lock(database, wait=True) as lock:      # one learner at a time, on whatever machine
        work(Learner(database, config), lock, once=False)

May be interrupted at any moment: the database undoes whatever was under way, and the next learner does it
again, with the same result.
"""

import importlib.metadata
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

from learning.bounds import Bounds, reference_observations, within
from learning.cycle import run_cycle
from modular_mind import Mind, WeightsError, default_mind
from service import journal, versions
from service.database import Database, DatabaseError, Lock
from service.dataset import open_dataset
from service.fight_log import UNDECIDED, from_bytes
from service.learn import is_switched_on
from service.replay import replay
from service.retention import clean
from service.settings import Config
from service.stats import write_heartbeat

LOCK = "learner"
POLL_SECONDS = 0.5  # between looks for new fights
LOOK_SECONDS = 10.0  # between looks for a batch while no fight comes: learning may be switched on again
LOCK_SECONDS = 5.0  # between tries while another learner is at work
PAUSE_SECONDS = 5.0  # after the database failed
HEARTBEAT_SECONDS = 20.0
BEAT_POLL_SECONDS = 0.5
CLEAN_SECONDS = 60 * 60.0
JUDGED_AT_ONCE = 50  # fights
# Without numba a cycle takes minutes instead of seconds. `make play` installs it beside the running game, so
# for this long after its start a learner without numba waits for it.
PATIENCE_SECONDS = 120.0
log = logging.getLogger(__name__)


class NumbaInstalledError(Exception):
    """Numba has come since this process began without it: time to begin anew."""


class Learner:
    """Does what there is to do, one thing at a time."""

    def __init__(self, database: Database, config: Config, patience: float = 0.0):
        """Sets up the journal, takes in what the Hub holds, and compiles the duel; raises DatabaseError.

        patience: seconds from now for which no cycle begins without numba, since it may be on its way.
        """
        self._database = database
        self._config = config
        self._without_numba = not has_numba()
        self._patient_until = time.monotonic() + patience
        self._next_clean = self._next_look = 0.0
        self.state = "idle"  # or "learning"
        with database.write() as run:
            database.take_turns(run)
            versions.settle(run, default_mind(), int(time.time()))
        self._dataset = open_dataset(config, default_mind(), _may_be_kept)
        if self._dataset is not None:
            self._dataset.restore(database, int(time.time()))
        if not self._without_numba:
            reference_observations(default_mind())  # now, and not after the first fight

    def turn(self) -> bool:
        """Does the next thing; False when nothing is left to do for now.

        Raises DatabaseError, WeightsError, or NumbaInstalledError.
        """
        now = time.monotonic()
        if self._without_numba and has_numba():
            raise NumbaInstalledError
        if now >= self._next_clean:
            clean(self._database, self._config.retention_days, int(time.time()))
            self._next_clean = now + CLEAN_SECONDS
        if judge_fights(self._database, JUDGED_AT_ONCE):
            self._next_look = 0.0
            return True
        if now < self._next_look or (self._without_numba and now < self._patient_until):
            self._push()
            return False
        self.state = "learning"
        try:
            learned = self._learn()
        finally:
            self.state = "idle"
        if not learned:
            self._next_look = now + LOOK_SECONDS
        return learned

    def _learn(self) -> bool:
        with self._database.read() as run:
            if not is_switched_on(run):
                return False
        try:
            cycle = run_cycle(self._database, self._config, time.time())
        except versions.OvertakenError as error:
            log.warning("A cycle was for nothing: %s", error)
            return True
        if cycle is not None:
            log.info("cycle %d: %s %s", cycle.number, cycle.decision, cycle.report["reason"] or "")
        return cycle is not None

    def _push(self) -> None:
        """Brings the Hub up to the journal, if there is something new and it may be asked now."""
        now = int(time.time())
        if self._dataset is not None and self._dataset.due(self._database, now):
            self._dataset.push(self._database, now)

    def beat(self) -> None:
        """Tells those who look at the statistics that this learner is alive; raises DatabaseError."""
        with self._database.write() as run:
            write_heartbeat(run, self.state, time.time())


def _may_be_kept(mind: Mind) -> bool:
    """Whether a mind from the Hub lies within the bounds around this program's anchor."""
    anchor = default_mind()
    return within(mind, anchor, reference_observations(anchor), Bounds()).inside


def has_numba() -> bool:
    """Whether numba is installed whole: its metadata is what comes last."""
    try:
        importlib.metadata.version("numba")
    except importlib.metadata.PackageNotFoundError:
        return False
    return True


@contextmanager
def learner_lock(database: Database, wait: bool) -> Iterator[Lock | None]:
    """The lock that one learner holds; waited for, or None while another has it. Raises DatabaseError."""
    lock = database.try_lock(LOCK)
    if lock is None and wait:
        log.warning("Another learner is at work: this one waits for its turn")
    while lock is None and wait:
        time.sleep(LOCK_SECONDS)
        lock = database.try_lock(LOCK)
    try:
        yield lock
    finally:
        if lock is not None:
            lock.release()


def work(learner: Learner, lock: Lock, once: bool) -> None:
    """Learns until the lock is lost; with `once` until nothing is left to do.

    Database errors end it with `once` only: otherwise it tries again, and says so once.
    """
    ended = threading.Event()
    threading.Thread(target=_beat, args=(learner, ended), daemon=True).start()
    failing = False
    try:
        while lock.held():
            try:
                busy = learner.turn()
                failing = False
            except (DatabaseError, WeightsError) as error:
                if once:
                    raise
                if not failing:
                    log.warning("The learner tries again every %d s: %s", PAUSE_SECONDS, error)
                failing = True
                time.sleep(PAUSE_SECONDS)
                continue
            if busy:
                continue
            if once:
                return
            time.sleep(POLL_SECONDS)
    finally:
        ended.set()


def _beat(learner: Learner, ended: threading.Event) -> None:
    """Beats at every change of state, and now and then without one."""
    said, said_at = None, 0.0
    while not ended.wait(BEAT_POLL_SECONDS):
        state, now = learner.state, time.monotonic()
        if state == said and now - said_at < HEARTBEAT_SECONDS:
            continue
        said, said_at = state, now
        with suppress(DatabaseError):  # the learner itself meets the same fault, and tells of it
            learner.beat()


def judge_fights(database: Database, limit: int) -> int:
    """Replays the oldest fights without a verdict and writes down what was found; returns how many.

    Each verdict is written by itself: a replay takes a while, and whoever records fights should not wait.
    """
    with database.read() as run:
        fights = journal.unjudged(run, limit)
        names = {fight.weights for fight in fights}
        minds = {name: _mind_or_none(run, name) for name in names}
    for fight in fights:
        verdict = _verdict(fight, minds[fight.weights])
        with database.write() as run:
            journal.judge(run, fight.id, verdict, int(time.time()))
    return len(fights)


def _verdict(fight: journal.Fight, mind: Mind | None) -> str:
    """What the journal says of a fight.

    No replay can tell whether a decision really came too late, and a player could silence the boss at will
    by saying so: such a fight teaches nothing, not even how its player fights.
    """
    if mind is None:
        return "mind_gone"
    log = from_bytes(fight.log)
    verdict = replay(log, mind).verdict
    return "undecided" if verdict == journal.VERIFIED and UNDECIDED in log.decisions else verdict


def _mind_or_none(run, sha256: str) -> Mind | None:
    """A kept mind; None for one that is not kept or is damaged."""
    try:
        return versions.find_mind(run, sha256)
    except WeightsError as error:
        log.error("A mind of fights cannot be read: %s", error)
        return None
