"""The learner: verified fights -> a candidate -> the gate -> the live mind. A process of its own.

    python online.py                    learn until interrupted; the servers start it like this by themselves
    python online.py --once             learn from what waits, then end
    python online.py status [--json]    what is live, since when and how far from the anchor; what waits
    python online.py rollback           back to the mind before the live one
    python online.py rollback VERSION   ... or to one of the last ten: the first digits of its SHA-256
    python online.py promote SHA256     make any kept mind live, by hand and past the gate
    python online.py reset              back to the anchor; nothing of what was learned goes on

Settings: service/settings.py. Exit code 0; 1 when the journal cannot be used; 2 for arguments or settings
that make no sense. How it learns is described in docs/learning.md.
"""

import os

# Tiny matrices: more threads only wait for each other, and the server beside needs them. Before numpy.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("NUMBA_NUM_THREADS", "1")

import _thread
import argparse
import json
import logging
import signal
import sys
import threading
import time

from learning.process import PATIENCE_SECONDS, Learner, NumbaInstalledError, learner_lock, work
from learning.status import as_text, read_status
from mind.archive import ArchiveError
from modular_mind import WeightsError, default_mind
from service import versions
from service.database import Database, DatabaseError, Run
from service.schema import open_journal
from service.settings import Config, SettingsError, read_online_config
from service.supervisor import EXIT_ANEW, EXIT_UNUSABLE

EXIT_FAILED = 1
GRACE_SECONDS = 10.0  # to end by itself when its server has gone
LEAST_DIGITS = 6  # of a SHA-256 that names a version
SHORT = 12  # digits that are printed


class Arguments(argparse.ArgumentParser):
    """A parser that says in one line what it does not understand."""

    def error(self, message: str):
        self.exit(EXIT_UNUSABLE, f"online.py: {message}\n")


def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The command and its arguments."""
    parser = Arguments(description=__doc__.partition("\n")[0])
    parser.set_defaults(command="learn")
    parser.add_argument("--once", action="store_true", help="end when nothing is left to learn from")
    parser.add_argument(
        "--supervised", action="store_true", help="end with standard input, and give way to everybody else"
    )
    commands = parser.add_subparsers(metavar="COMMAND", parser_class=Arguments)
    status = commands.add_parser("status", help="what is live, what waits, what was learned last")
    status.add_argument("--json", action="store_true", help="for programs")
    status.set_defaults(command="status")
    rollback = commands.add_parser("rollback", help="make an earlier version live again")
    rollback.add_argument("version", nargs="?", help="the first digits of its SHA-256 (else the one before)")
    rollback.set_defaults(command="rollback")
    promote = commands.add_parser("promote", help="make any kept mind live")
    promote.add_argument("sha256")
    promote.set_defaults(command="promote")
    reset = commands.add_parser("reset", help="make the anchor live and forget what was being learned")
    reset.set_defaults(command="reset")
    return parser.parse_args(arguments)


# ---------------------------------------------------------------------------- by hand
def change_live(database: Database, choose, forget: bool = False) -> str:
    """Makes the mind that `choose(run)` names live; one line on what happened.

    Raises UnknownVersionError, WeightsError or DatabaseError, and nothing has changed.
    """
    now = int(time.time())
    with database.write() as run:
        database.take_turns(run)
        live = versions.settle(run, default_mind(), now)
        sha256 = choose(run)
        if forget:
            versions.put(run, versions.STUDENT, None)
        if sha256 == live:
            return f"{live[:SHORT]} is live already"
        versions.restore(run, sha256, now)
    return f"{sha256[:SHORT]} is live now, instead of {live[:SHORT]}"


def version_to_restore(run: Run, text: str | None) -> str:
    """The SHA-256 of the version before the live one, or of the one that `text` begins to name."""
    live = versions.get(run, versions.LIVE)
    if text is None:
        before = versions.predecessor(run, live)
        if before is None:
            raise versions.UnknownVersionError("the live mind was not learned from another: name a version")
        return before
    return _only(text, versions.restorable(run), "one of the versions that can be restored")


def mind_to_promote(run: Run, text: str) -> str:
    """The SHA-256 of the kept mind that `text` begins to name."""
    return _only(text, sorted(versions.kept_minds(run)), "a mind that is kept")


def _only(text: str, known: list[str], what: str) -> str:
    found = [sha256 for sha256 in known if sha256.startswith(text.lower())]
    if len(text) < LEAST_DIGITS or len(found) != 1:
        raise versions.UnknownVersionError(f"{text!r} does not name {what}")
    return found[0]


# ---------------------------------------------------------------------------- learning
def learn(database: Database, config: Config, once: bool, supervised: bool) -> int:
    """Learns, alone; returns the exit code. Raises DatabaseError."""
    with learner_lock(database, wait=not once) as lock:
        if lock is None:
            print("online.py: another learner is at work", file=sys.stderr)
            return EXIT_FAILED
        learner = Learner(database, config, PATIENCE_SECONDS if supervised else 0.0)
        try:
            work(learner, lock, once)
        except NumbaInstalledError:
            return EXIT_ANEW
    return EXIT_FAILED if not once else 0  # the lock was lost: another learner may have it now


def end_with_standard_input() -> None:
    """Interrupts this process as soon as nobody holds the other end of its standard input."""

    def watch() -> None:
        while os.read(0, 4096):
            pass
        _thread.interrupt_main()
        time.sleep(GRACE_SECONDS)
        os._exit(EXIT_FAILED)  # something that is compiled has not come to an end: the journal minds neither

    threading.Thread(target=watch, daemon=True).start()


def give_way() -> None:
    """Lets every other process go first."""
    if hasattr(os, "nice"):
        os.nice(10)


def main(arguments: list[str] | None = None) -> int:
    """Runs a command; returns the exit code."""
    options = parse(arguments)
    logging.basicConfig(level=logging.INFO, format="learner: %(message)s")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        if options.supervised:
            end_with_standard_input()
            give_way()
        config = read_online_config(os.environ)
        if not config.online:
            raise SettingsError("learning is off: MM_ONLINE is 0")
        database = open_journal(config.data_dir, config.database_url)
        if options.command == "learn":
            return learn(database, config, options.once, options.supervised)
        if options.command == "status":
            status = read_status(database, config)
            print(json.dumps(status) if options.json else as_text(status))
        elif options.command == "rollback":
            print(change_live(database, lambda run: version_to_restore(run, options.version)))
        elif options.command == "promote":
            print(change_live(database, lambda run: mind_to_promote(run, options.sha256)))
        else:
            print(change_live(database, lambda run: versions.get(run, versions.ANCHOR), forget=True))
        return 0
    except (SettingsError, versions.UnknownVersionError) as error:
        print(f"online.py: {error}", file=sys.stderr)
        return EXIT_UNUSABLE
    except (DatabaseError, WeightsError, ArchiveError) as error:
        print(f"online.py: {error}", file=sys.stderr)
        return EXIT_FAILED
    except KeyboardInterrupt:
        return 0


if __name__ == "__main__":
    sys.exit(main())
