"""A hundred fights at once on both servers, at the real cadence, while the boss learns and under attack.

    python -m benchmarks.service [--seconds 30] [--fights 100] [--drips 300] [--servers app serve_local]

Each fight asks for a decision every 100 ms on one kept-alive loopback connection. The load is open-loop: a
request is sent when it is due, whether or not the last one has been answered, and its time runs from then, so
that a server which stalls cannot make the load wait for it. Answers are compared with those of the mind that
the fight's terms name.

Each server is measured four times: alone, then while `--drips` connections send a request byte by byte and
come back when they are closed, and both again with the learner busy (online.py, given fight after fight).
`decide_p50_ms` and `decide_p99_ms` of a server are those with the learner busy and no drips. A drip ratio is
the p99 with drips by that without, the learner idle (`drip_ratio`) or busy (`drip_ratio_learning`).
`timer_p99_ms` tells how late this program's own timers fired, which is part of every figure.
"""

import argparse
import asyncio
import contextlib
import json
import multiprocessing
import os
import random
import statistics
import threading
import time
import urllib.request
from collections import deque
from collections.abc import Iterator
from functools import partial
from itertools import cycle
from pathlib import Path

from benchmarks.common import report
from benchmarks.decide_service import INTERVAL, questions
from benchmarks.logged_fights import play_fight
from duel_sim import FIGHTERS, ScriptedKnight
from modular_mind import WEIGHTS_DIRECTORY, Mind, default_mind, from_json, read_manifest
from service.fight_log import to_bytes
from service.journal import TEACHING_TIER, Fight, add_fight, teaching, unjudged
from service.schema import open_journal
from service.settings import Config
from service.supervisor import learner_beside
from tools.servers import HOST, RunningServer, running_server

SERVERS = ("app", "serve_local")
WARM_UP = 2.0  # seconds that are not counted
DRAIN = 5.0  # seconds that late answers are waited for
NICE = 10  # priority of what would run on other machines, and of what feeds the learner
START_SECONDS = 180.0  # until the learner, which compiles first, learns
DRIP_SECONDS = 1.0  # between two bytes of a slow connection
DRIP_PAUSE = 1.0  # a slow connection that was closed comes back after this
DRIP_HEAD = b"POST /decide HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nX-Slow: "
DRIP_BODY = DRIP_HEAD + b"1\r\nContent-Length: 60000\r\n\r\n"


class Connection(asyncio.Protocol):
    """One connection that sends requests when they are due and notes when each answer was whole.

    Requests may follow one another before an answer has come: HTTP/1.1 answers them in their order.
    """

    def __init__(self):
        self.answers: list[tuple[float, bytes]] = []  # seconds from due to whole, the response
        self.lost = False
        self._due: deque[float] = deque()
        self._buffer = bytearray()
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport) -> None:
        self._transport = transport

    def connection_lost(self, _error) -> None:
        self.lost = True

    def ask(self, request: bytes, due: float) -> None:
        """Sends a request that was due at this time of the clock."""
        self._due.append(due)
        if not self.lost:
            self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        while self._due:
            end = self._buffer.find(b"\r\n\r\n")
            if end < 0:
                return
            head = bytes(self._buffer[:end]).lower()
            length = int(head.partition(b"content-length:")[2].partition(b"\r\n")[0])
            whole = end + 4 + length
            if len(self._buffer) < whole:
                return
            self.answers.append((time.perf_counter() - self._due.popleft(), bytes(self._buffer[:whole])))
            del self._buffer[:whole]

    @property
    def unanswered(self) -> int:
        """How many requests have no answer yet."""
        return len(self._due)

    def close(self) -> None:
        """Ends the connection."""
        self._transport.close()


def request_bytes(path: str, body: bytes) -> bytes:
    """A POST as it goes over the wire."""
    head = f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
    return (head + f"Content-Length: {len(body)}\r\n\r\n").encode() + body


async def connect(server: RunningServer) -> Connection:
    """A new connection."""
    _, fight = await asyncio.get_running_loop().create_connection(Connection, HOST, server.port)
    return fight


async def open_fight(server: RunningServer) -> dict:
    """The terms of a new fight, opened over a connection of its own."""
    connection = await connect(server)
    connection.ask(request_bytes("/fights", b'{"tier": "hard"}'), time.perf_counter())
    while connection.unanswered and not connection.lost:
        await asyncio.sleep(0.001)
    connection.close()
    _, answer = connection.answers.pop() if connection.answers else (0, b"nothing")
    if not answer.startswith(b"HTTP/1.1 201 "):
        raise RuntimeError(f"{server.name} opened no fight: {answer[:200]!r}")
    return json.loads(answer.partition(b"\r\n\r\n")[2])


def served_mind(server: RunningServer, sha256: str) -> Mind:
    """The mind of that identity, which a learner may have promoted since the server started."""
    with urllib.request.urlopen(f"{server.url}mind/{sha256}.json") as reply:
        return from_json(reply.read(), sha256)


async def play(
    fight: Connection, requests: list[bytes], begin: float, count: int, lateness: list[float]
) -> None:
    """Asks for `count` decisions, one every INTERVAL from `begin` on, over and over those of one fight."""
    for turn in range(count):
        due = begin + turn * INTERVAL
        await asyncio.sleep(due - time.perf_counter())
        lateness.append(time.perf_counter() - due)
        fight.ask(requests[turn % len(requests)], due)


async def measure(server: RunningServer, fights: int, seconds: float, chance: random.Random) -> dict:
    """The figures of one time, and the seeds of its fights."""
    terms = [await open_fight(server) for _ in range(fights)]
    minds = {sha256: served_mind(server, sha256) for sha256 in {one["weights"] for one in terms}}
    pairs = [
        questions(one, FIGHTERS[number % len(FIGHTERS)], minds[one["weights"]])
        for number, one in enumerate(terms)
    ]
    requests = [[request_bytes("/decide", body) for body, _ in asked] for asked in pairs]
    opened = [await connect(server) for _ in range(fights)]
    warm = round(WARM_UP / INTERVAL)
    count = warm + round(seconds / INTERVAL)
    begin = time.perf_counter() + INTERVAL
    lateness: list[float] = []
    await asyncio.gather(
        *(
            play(fight, asked, begin + chance.random() * INTERVAL, count, lateness)
            for fight, asked in zip(opened, requests, strict=True)
        )
    )
    give_up = time.perf_counter() + DRAIN
    while any(fight.unanswered and not fight.lost for fight in opened) and time.perf_counter() < give_up:
        await asyncio.sleep(0.01)
    errors = sum(
        fight.unanswered + wrong_answers(fight, asked) for fight, asked in zip(opened, pairs, strict=True)
    )
    times = [1000 * seconds for fight in opened for seconds, _ in fight.answers[warm:]]
    for fight in opened:
        fight.close()
    percentiles = statistics.quantiles(times, n=1000, method="inclusive")
    return {
        "decide_p50_ms": round(percentiles[499], 3),
        "decide_p99_ms": round(percentiles[989], 3),
        "decide_p999_ms": round(percentiles[998], 3),
        "decide_max_ms": round(max(times), 3),
        "timer_p99_ms": round(1000 * statistics.quantiles(lateness, n=100, method="inclusive")[98], 3),
        "decisions": len(times),
        "errors": errors,
        "seeds": [one["seed"] for one in terms],
    }


def wrong_answers(fight: Connection, pairs) -> int:
    """How many answers are not what the mind itself says."""
    wrong = 0
    for turn, (_, answer) in enumerate(fight.answers):
        body = answer.partition(b"\r\n\r\n")[2]
        wrong += not answer.startswith(b"HTTP/1.1 200 ") or json.loads(body) != pairs[turn % len(pairs)][1]
    return wrong


# ---------------------------------------------------------------------------- what goes on besides
@contextlib.contextmanager
def busy_learner(server: RunningServer) -> Iterator[None]:
    """While the block runs, the learner gets another fight as soon as it is done with the last."""
    config = Config(data_dir=server.errors.parent / "var")
    wanted = threading.Event()
    wanted.set()
    feeder = multiprocessing.get_context("spawn").Process(
        target=_feed_for_ever, args=(config.data_dir,), daemon=True
    )
    with learner_beside(config, wanted):
        feeder.start()
        try:
            _wait_until_it_learns(server)
            yield
        finally:
            feeder.kill()
            feeder.join()


def _wait_until_it_learns(server: RunningServer) -> None:
    give_up = time.monotonic() + START_SECONDS
    while learning_stats(server)["learning"]["state"] != "learning":
        if time.monotonic() > give_up:
            raise RuntimeError("the learner does not learn")
        time.sleep(1.0)


def learning_stats(server: RunningServer) -> dict:
    """The server's GET /stats."""
    with urllib.request.urlopen(server.url + "stats") as reply:
        return json.load(reply)


def _feed_for_ever(data_dir: Path) -> None:
    """Enters a whole fight whenever none waits, as POST /learn would once it could have been played."""
    os.nice(NICE)
    mind, tier = default_mind(), TEACHING_TIER
    explore = read_manifest(WEIGHTS_DIRECTORY)["explore"][tier]
    chance = random.Random(7)
    logs = [
        play_fight(seed, tier, explore, mind, partial(ScriptedKnight, name), chance)
        for seed, name in enumerate(FIGHTERS)
    ]
    database = open_journal(data_dir, None)
    for number, log in enumerate(cycle(logs)):
        fight = Fight(
            id=f"{number:024x}",
            received=int(time.time()),
            source="local",
            tier=tier,
            rules_version=log.rules_version,
            weights=mind.sha256,
            seed=log.seed,
            outcome=log.outcome,
            ticks=log.ticks,
            log=to_bytes(log),
        )
        with database.write() as run:
            add_fight(run, fight)
        waiting = True
        while waiting:
            time.sleep(0.5)
            with database.read() as run:
                waiting = bool(unjudged(run, 1) or teaching(run, tier, 1))


async def drip(server: RunningServer, number: int) -> None:
    """One slow client: it sends a head or a body byte by byte, and always comes back."""
    start = DRIP_BODY if number % 2 else DRIP_HEAD
    while True:
        with contextlib.suppress(OSError):
            reader, writer = await asyncio.open_connection(HOST, server.port)
            writer.write(start)
            with contextlib.closing(writer):
                while not reader.at_eof() and not writer.is_closing():
                    writer.write(b"1")
                    with contextlib.suppress(TimeoutError):
                        await asyncio.wait_for(reader.read(65536), DRIP_SECONDS)
        await asyncio.sleep(DRIP_PAUSE)


def _drip_for_ever(server_name: str, port: int, drips: int) -> None:
    os.nice(NICE)  # an attacker's arithmetic is done on another machine
    server = RunningServer(server_name, port, None, None)

    async def all_of_them() -> None:
        await asyncio.gather(*(drip(server, number) for number in range(drips)))

    asyncio.run(all_of_them())


@contextlib.contextmanager
def dripping(server: RunningServer, drips: int) -> Iterator[None]:
    """While the block runs, another process holds this many slow connections open."""
    process = multiprocessing.get_context("spawn").Process(
        target=_drip_for_ever, args=(server.name, server.port, drips), daemon=True
    )
    process.start()
    try:
        time.sleep(WARM_UP)
        yield
    finally:
        process.kill()
        process.join()


def ratio(attacked: dict, quiet: dict) -> float:
    """By how many times the p99 grows under attack."""
    return round(attacked["decide_p99_ms"] / quiet["decide_p99_ms"], 2)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--fights", type=int, default=100)
    parser.add_argument("--drips", type=int, default=300)
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=list(SERVERS))
    options = parser.parse_args()
    figures, seeds = {}, []
    for name in options.servers:
        with running_server(name) as server:

            def once(server=server) -> dict:
                measured = asyncio.run(measure(server, options.fights, options.seconds, random.Random(7)))
                seeds.extend(measured.pop("seeds"))
                print(json.dumps({server.name: measured}), flush=True)
                return measured

            alone = once()
            with dripping(server, options.drips):
                alone_attacked = once()
            with busy_learner(server):
                learning = once()
                with dripping(server, options.drips):
                    attacked = once()
                cycles = len(learning_stats(server)["history"])
        figures[name] = {
            **learning,
            "learner_idle": alone,
            "learner_idle_dripping": alone_attacked,
            "dripping": attacked,
            "learning_cycles": cycles,
            "drip_ratio": ratio(alone_attacked, alone),
            "drip_ratio_learning": ratio(attacked, learning),
        }
    worst = max(figures.values(), key=lambda one: one["decide_p99_ms"])
    report(
        {
            "concurrent_fights": options.fights,
            "decide_p50_ms": worst["decide_p50_ms"],
            "decide_p99_ms": worst["decide_p99_ms"],
            "errors": sum(
                part["errors"]
                for one in figures.values()
                for part in (one, one["dripping"], one["learner_idle"], one["learner_idle_dripping"])
            ),
            "drips": options.drips,
            "servers": figures,
        },
        seeds,
    )


if __name__ == "__main__":
    main()
