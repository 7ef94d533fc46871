"""Training spread over Ray: players as actors, independent seeds as actors, on this machine or a cluster.

    with cluster("local") as cpus:                   # or the address of a cluster, as `ray.init` takes it
        RemoteSelfPlay(config).update(0.0)           # plays where there is room, learns here

A remote player is the very `Player` of a local run, with the same seed, so where it plays changes nothing:
the same configuration gives the same run, bit for bit. Ray is imported only here, when it is wanted. Workers
on this machine run the code where it lies, with what is compiled there already; to the machines of a cluster
it travels by itself, and its packages must be there.
"""

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from copy import deepcopy
from pathlib import Path
from typing import NamedTuple

from training.player import Played, Player
from training.run import Result, Run, TrainConfig
from training.selfplay import SelfPlay

ROOT = Path(__file__).resolve().parent.parent
LOCAL = "local"  # the address that means: start a cluster on this machine, and end it with the command
# What a worker imports, and nothing more.
PARTS = ("features.py", "duel_sim.py", "modular_mind.py", "mm_grad.py", "duel", "mind", "training")
ONE_THREAD = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}  # tiny matrices: more would only wait


class RemoteError(Exception):
    """Ray cannot be used; the message says why in one line."""


@contextmanager
def cluster(address: str, cpus: int | None = None) -> Iterator[int]:
    """Ray, connected to the cluster at `address`, or to one of its own (LOCAL) of `cpus` processors.

    Gives the number of processors there are, and disconnects at the end. RemoteError when there is no
    package ray or no such cluster.
    """
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    try:
        import ray
    except ImportError:
        raise RemoteError("--ray needs the package ray: pip install ray") from None
    _check_reachable(address)
    where = {"num_cpus": cpus, "include_dashboard": False} if address == LOCAL else {"address": address}
    with tempfile.TemporaryDirectory() as code:
        if address == LOCAL:
            environment = {"env_vars": {**ONE_THREAD, "PYTHONPATH": str(ROOT)}}
        else:
            copy_code(Path(code))
            environment = {"env_vars": ONE_THREAD, "working_dir": code}
        try:
            ray.init(**where, runtime_env=environment, log_to_driver=False, logging_level="error")
        except (OSError, RuntimeError, ValueError) as error:
            raise RemoteError(f"--ray {address}: {str(error).splitlines()[0]}") from error
        try:
            yield int(ray.cluster_resources().get("CPU", 1))
        finally:
            ray.shutdown()


def copy_code(folder: Path) -> None:
    """Copies what a worker imports into a folder."""
    for part in PARTS:
        if (ROOT / part).is_dir():
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(ROOT / part, folder / part)


def _check_reachable(address: str) -> None:
    """RemoteError if nobody listens at an `address` of host and port; Ray itself would try for minutes."""
    host, colon, port = address.removeprefix("ray://").rpartition(":")
    if not (colon and port.isdecimal()):
        return
    try:
        socket.create_connection((host, int(port)), timeout=10).close()
    except (OSError, OverflowError) as error:
        raise RemoteError(f"--ray {address}: no cluster can be reached there: {error}") from error


def actor(kind: type, *arguments):
    """An object of class `kind` in a process of its own, placed where processors are least taken."""
    import ray

    return ray.remote(scheduling_strategy="SPREAD")(kind).remote(*arguments)


class RemotePlayer:
    """A `training.player.Player` somewhere else; same arguments, same results."""

    def __init__(self, *arguments):
        self.actor = actor(Player, *arguments)

    def state(self, prefix: str) -> dict:
        """Everything needed to go on, as arrays."""
        import ray

        return ray.get(self.actor.state.remote(prefix))

    def load(self, state: dict, prefix: str) -> None:
        """The counterpart of `state`."""
        import ray

        mine = {name: array for name, array in state.items() if name.startswith(prefix)}
        ray.get(self.actor.load.remote(mine, prefix))


def writable(played: list[Played], players: int) -> list[Played]:
    """Rollouts that learning may write into: what Ray brings is read-only; joining several copies them."""
    return deepcopy(played) if players == 1 else played


class RemoteSelfPlay(SelfPlay):
    """Self-play whose players are Ray actors; the seats learn here."""

    player = RemotePlayer

    def play(self) -> list[Played]:
        """One rollout by every player at the same time, in their order."""
        import ray

        sides = [self.sides(number) for number in range(len(self.players))]
        shared = {id(part): ray.put(part) for side in sides for part in side}
        played = ray.get(
            [
                player.actor.play.remote(*(shared[id(part)] for part in side))
                for player, side in zip(self.players, sides, strict=True)
            ]
        )
        return writable(played, self.config.players)


# ---------------------------------------------------------------------------- independent seeds
class Advanced(NamedTuple):
    """What a seed has come to at an examination."""

    record: dict | None  # of the examination; None if there was nothing left to do
    update: int
    done: bool
    checkpoint: bytes


class RemoteRun(Run):
    """A run in a process of its own, which hands out what has to be written."""

    def work(self) -> Advanced:
        """Go on until the next examination is done."""
        return Advanced(self.advance(), self.update, self.done, self.checkpoint())


def run_seeds(
    configs: Sequence[TrainConfig],
    checkpoints: Sequence[bytes | None],
    at_once: int,
    stopped: Callable[[], bool],
) -> Iterator[tuple[int, Advanced | Result | None]]:
    """Run all `configs`, `at_once` at a time; what each comes to, as it comes, with its number.

    For each there are several Advanced, then its Result, or None if no mind of it commits. checkpoints: what
    to go on from. Once `stopped()`, no more are begun, and each of those at work finishes after its next
    examination.
    """
    import ray

    waiting = list(reversed(range(len(configs))))
    working = {}  # what is awaited: (number, actor, whether it is the last)
    while True:
        while waiting and len(working) < at_once and not stopped():
            number = waiting.pop()
            run = actor(RemoteRun, configs[number])
            if checkpoints[number] is not None:
                ray.get(run.restore.remote(configs[number].checkpoint, checkpoints[number]))
            working[run.work.remote()] = (number, run, False)
        if not working:
            return
        awaited = ray.wait(list(working), num_returns=1)[0][0]
        number, run, last = working.pop(awaited)
        came = ray.get(awaited)
        yield number, came
        if last:
            ray.kill(run)
        elif came.done or stopped():
            working[run.finish.remote(came.done)] = (number, run, True)
        else:
            working[run.work.remote()] = (number, run, False)
