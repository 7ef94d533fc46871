"""Whatever is acknowledged survives: processes killed at random moments, and every change of a file failing.

    python -m benchmarks.crash [--kills 200] [--stride 1] [--seeds 3]

First, a server that acknowledges fights over HTTP and a learner that promotes minds work on one journal,
and each is ended by `kill -9` at a random moment; what had no answer is posted again to the next server.
Then, in a journal small enough to repeat, every call that writes, flushes, cuts, renames or removes a file
goes wrong in turn (benchmarks/crash_faults.py): it fails; the disk is full from there on; the process dies in
the middle of it; the power goes and takes a random part of what was not flushed. After each of these the
journal is opened again and compared with what had been acknowledged (benchmarks/crash_work.py).

`lost` counts acknowledged fights, `doubled` fights that taught twice, `torn` all that changed by halves, the
first few of which are shown. `faults` is null where there is no compiler.
"""

import argparse
import json
import os
import random
import signal
import tempfile
import threading
import time
from pathlib import Path

from benchmarks import crash_work
from benchmarks.common import report
from benchmarks.crash_faults import compile_faults, fail_everywhere, inject
from benchmarks.crash_work import SHOWN, Findings, Posted, examine, run_in_child
from tools.servers import free_port

MOST_SECONDS = 0.3  # a process goes on for at most so long, from its start or from the first promotion
FROM_THE_START = 0.25  # share of the rounds that may end while the processes are still starting


def kill_processes(kills: int, data_dir: Path, seed: int) -> dict:
    """Kills a server and a learner in turns, `kills` processes in all; returns the figures."""
    chance = random.Random(seed)
    posted, findings, cycles, promoting = Posted(), Findings(), 0, 0
    for _ in range(kills // 2):
        said = _one_round(data_dir, posted, chance)
        cycles = max([cycles, *said])
        promoting += bool(said)
        findings.add(examine(data_dir, posted, cycles))
    return {
        "kills": kills // 2 * 2,
        "acknowledged": len(posted.acknowledged),
        "promoted": cycles,
        "rounds_that_promoted": promoting,
        "lost": findings.lost,
        "doubled": findings.doubled,
        "torn": len(findings.torn),
        "torn_first": findings.torn[:SHOWN],
        "unexpected_answers": posted.unexpected[:SHOWN],
    }


def _one_round(data_dir: Path, posted: Posted, chance: random.Random) -> list[int]:
    """One server and one learner, each killed in its own time; returns the cycles that were committed."""
    port = free_port()
    reader, writer = os.pipe()
    server = run_in_child(lambda: crash_work.serve(data_dir, port))
    learner = run_in_child(
        lambda: crash_work.learn(data_dir, lambda line: os.write(writer, f"{line}\n".encode()))
    )
    os.close(writer)
    gone = threading.Event()
    poster = threading.Thread(
        target=crash_work.post_fights, args=(port, posted, gone, chance.getrandbits(32))
    )
    poster.start()
    with os.fdopen(reader) as said:
        lines = [] if chance.random() < FROM_THE_START else [said.readline()]  # waits for a promotion
        began = time.monotonic()
        for seconds, process in sorted((chance.uniform(0, MOST_SECONDS), one) for one in (server, learner)):
            time.sleep(max(0.0, began + seconds - time.monotonic()))
            os.kill(process, signal.SIGKILL)
            _, status = os.waitpid(process, 0)
            if os.waitstatus_to_exitcode(status) != -signal.SIGKILL:
                posted.unexpected.append(f"a process ended by itself: {status}")
            if process == server:
                gone.set()
        poster.join()
        lines += said.readlines()
    return [int(line) for line in lines if line.endswith("\n")]


def main() -> None:
    """Interrupts, examines and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--seeds", type=int, default=3, help="how many times the power goes at each call")
    parser.add_argument("--stride", type=int, default=1, help="only every so-manieth call goes wrong")
    parser.add_argument("--inject", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.inject:
        print(json.dumps(inject(options.stride, options.seeds)), flush=True)
        return
    seed = 5
    with tempfile.TemporaryDirectory() as folder:
        figures = kill_processes(options.kills, Path(folder, "var"), seed)
        library = compile_faults(Path(folder))
        faults = fail_everywhere(library, options.stride, options.seeds) if library else None
    report({**figures, "faults": faults}, [seed])


if __name__ == "__main__":
    main()
