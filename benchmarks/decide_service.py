"""A fight served to ten players at once, by both servers: how long a decision takes over HTTP.

    python -m benchmarks.decide_service [--seconds 20] [--players 10] [--servers serve_local app]

Each player opens a fight and asks for a decision every 100 ms, the fastest that a fight ever asks, on one
kept-alive loopback connection: observations of a real fight, each answer compared with the mind's own. The
load is open-loop: a request that had to wait for a late reply counts from when it was due. Both servers
run as processes of their own, as they are started in play. `timer_p99_ms` is how late this program's
own timers fired: where that is more than a millisecond or two, the machine was busy with other things and the
other figures tell of that.
"""

import argparse
import asyncio
import json
import random
import statistics
import subprocess
import sys
import time
from itertools import cycle

from benchmarks.common import report
from duel_sim import FIGHTERS, Duel, ScriptedKnight
from features import DECISION_TICKS, ONGOING, STREAM_DECISION, TICKS_PER_SECOND, hash32
from modular_mind import Mind, decide, default_mind
from tools.servers import HOST, ROOT, SERVERS, RunningServer, running_server

INTERVAL = DECISION_TICKS / TICKS_PER_SECOND  # seconds between the decisions of a player
WARM_UP = 10  # decisions of each player that are not counted
IMPORTS = 7


class Connection:
    """One kept-alive HTTP connection; `client`: the address that a trusted proxy would name, if any."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, client: str | None = None):
        self._reader = reader
        self._writer = writer
        self._named = "" if client is None else f"X-Forwarded-For: {client}\r\n"

    async def post(self, path: str, body: bytes) -> tuple[int, bytes]:
        """Status and body of the answer to a JSON body."""
        head = (
            f"POST {path} HTTP/1.1\r\nHost: {HOST}\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(body)}\r\n{self._named}\r\n"
        )
        self._writer.write(head.encode() + body)
        status, *headers = (await self._reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
        length = next(line for line in headers if line.lower().startswith("content-length:"))
        return int(status.split()[1]), await self._reader.readexactly(int(length.partition(":")[2]))

    def close(self) -> None:
        """Ends the connection."""
        self._writer.close()


def questions(fight: dict, knight: str, mind: Mind) -> list[tuple[bytes, dict]]:
    """Every decision of a fight against a scripted knight: the body to send, and this mind's answer to it."""
    duel = Duel(fight["seed"])
    play = ScriptedKnight(knight, duel)
    pairs = []
    while duel.outcome == ONGOING:
        if duel.decision_due:
            k, observation = duel.k, duel.observation()
            trace = decide(observation, fight["explore"], hash32(fight["seed"], STREAM_DECISION, k), mind)
            content = {"ticket": fight["ticket"], "k": k, "observation": observation}
            pairs.append((json.dumps(content).encode(), {"k": k, "move": trace["move"], "trace": trace}))
            duel.choose(trace["move"])
        duel.step(play(duel))
    return pairs


async def play(connection: Connection, pairs, begin: float, decisions: int) -> tuple[list, list, int]:
    """Milliseconds of each decision of a player (warm-up included) and of late timers; wrong answers."""
    times, lateness, errors = [], [], 0
    rounds = cycle(pairs)
    for turn in range(decisions):
        due = begin + turn * INTERVAL
        late = time.perf_counter() > due  # still waiting for the last reply when this request was due
        if not late:
            await asyncio.sleep(due - time.perf_counter())
            lateness.append((time.perf_counter() - due) * 1000)
        sent = due if late else time.perf_counter()
        body, expected = next(rounds)
        status, answer = await connection.post("/decide", body)
        times.append((time.perf_counter() - sent) * 1000)
        errors += status != 200 or json.loads(answer) != expected
    return times, lateness, errors


async def measure(server: RunningServer, players: int, seconds: float, phases: random.Random) -> dict:
    """One server's figures, and the seeds of its fights."""
    fights, prepared = [], []
    for player in range(players):
        connection = Connection(*await asyncio.open_connection(HOST, server.port))
        status, answer = await connection.post("/fights", b'{"tier": "hard"}')
        if status != 201:
            raise RuntimeError(f"{server.name} opened no fight: {answer.decode()}")
        fights.append(json.loads(answer))
        knight = FIGHTERS[player % len(FIGHTERS)]
        prepared.append((connection, questions(fights[-1], knight, default_mind())))
    decisions = WARM_UP + round(seconds / INTERVAL)
    begin = time.perf_counter() + INTERVAL
    played = await asyncio.gather(
        *(play(*pair, begin + phases.random() * INTERVAL, decisions) for pair in prepared)
    )
    for connection, _ in prepared:
        connection.close()
    times = [value for player_times, _, _ in played for value in player_times[WARM_UP:]]
    percentiles = statistics.quantiles(times, n=100, method="inclusive")
    lateness = [value for _, player_lateness, _ in played for value in player_lateness]
    return {
        "p50_ms": round(percentiles[49], 3),
        "p99_ms": round(percentiles[98], 3),
        "max_ms": round(max(times), 3),
        "timer_p99_ms": round(statistics.quantiles(lateness, n=100, method="inclusive")[98], 3),
        "decisions": len(times),
        "errors": sum(errors for _, _, errors in played),
        "seeds": [fight["seed"] for fight in fights],
    }


def import_seconds() -> float:
    """Median seconds that `import serve_local` takes in a new interpreter."""
    program = "import time; t = time.perf_counter(); import serve_local; print(time.perf_counter() - t)"
    command = [sys.executable, "-c", program]
    runs = [
        float(subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout)
        for _ in range(IMPORTS)
    ]
    return round(statistics.median(runs), 3)


def main() -> None:
    """Measures and prints."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--players", type=int, default=10)
    parser.add_argument("--servers", nargs="+", choices=SERVERS, default=list(SERVERS))
    options = parser.parse_args()
    figures, seeds = {}, []
    for name in options.servers:
        with running_server(name) as server:
            measured = asyncio.run(measure(server, options.players, options.seconds, random.Random(7)))
        seeds += measured.pop("seeds")
        figures[name] = measured
    report(
        {"servers": figures, "players": options.players, "import_serve_local_s": import_seconds()},
        seeds,
    )


if __name__ == "__main__":
    main()
