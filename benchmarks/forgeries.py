"""Whether every fight that was really fought is believed, and no forged one.

    python -m benchmarks.forgeries                 10,000 of each, a few minutes on two cores
    python -m benchmarks.forgeries --fights 500

Honest fights are those of scripted knights and of random keys on every tier, some with decisions that nobody
made in time, posted just as soon as they could have been played. Each is then forged in one way
(benchmarks/forged_logs.py) and posted with a ticket of its own. Everything goes through the real door
(`Service.answer`) into a real journal, and what the journal holds is played again. Tickets are dated back by
the length of their fight, which nobody waits for. Accepted is what was acknowledged and then verified.

Prints {"honest", "honest_accepted", "forged", "forged_accepted"}; "outcomes" of the honest fights;
"refusals" {way of forging: {code: count}}; "true_by_chance": logs with something changed in them that turned
out to be true and were not counted; "replay_ms", the median time of a verdict; and "redemptions": how many of
50 redemptions of one ticket at the same moment were acknowledged, with different logs (one may be) and with
equal ones (all are, as one), in this process and by both servers, and how many fights were then held.
"""

import argparse
import base64
import contextlib
import json
import os
import random
import statistics
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor, ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from http.client import HTTPConnection
from itertools import pairwise
from pathlib import Path

# Tiny matrices: more threads only wait for each other. Set before numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.common import report
from benchmarks.forged_logs import FORGERIES, Fought, Posted, forge, replayed_ticket
from benchmarks.logged_fights import RandomKeys, play_fight
from duel_sim import FIGHTERS, Duel, ScriptedKnight
from features import OUTCOMES, SEED_LIMIT, TICKS_PER_SECOND, TIERS
from modular_mind import Mind, initial_parameters, quantise
from service import journal
from service.fight_log import BY_SERVER, UNDECIDED, FightLog, from_bytes, to_bytes
from service.http import Request
from service.replay import replay
from service.routes import Service
from service.settings import Config
from service.tickets import Ticket, new_ticket, sign
from tools.servers import HOST, SERVERS, running_server

SEED_OF_RUN = 4
FIGHTS = 10_000
SECRET = "the secret of a benchmark"
AT_ONCE = 50  # redemptions of one ticket
JUDGED_AT_ONCE = 200  # fights, so that the journal is written to as the learner writes to it
SILENT_MIND = 0.002  # share of fights in which nobody ever decides: those end by time
RARE_SILENCE = 0.05  # decisions that nobody made, in every third of the other fights


@dataclass
class Tally:
    """What has been counted in some fights."""

    honest: int = 0
    honest_accepted: int = 0
    forged: int = 0
    forged_accepted: int = 0
    outcomes: Counter = field(default_factory=Counter)
    refusals: defaultdict = field(default_factory=lambda: defaultdict(Counter))
    true_by_chance: Counter = field(default_factory=Counter)
    replay_seconds: list[float] = field(default_factory=list)

    def add(self, other: "Tally") -> None:
        """Counts another one's fights too."""
        for name in ("honest", "honest_accepted", "forged", "forged_accepted"):
            setattr(self, name, getattr(self, name) + getattr(other, name))
        self.outcomes += other.outcomes
        self.true_by_chance += other.true_by_chance
        self.replay_seconds += other.replay_seconds
        for way, codes in other.refusals.items():
            self.refusals[way] += codes


# ---------------------------------------------------------------------------- fights
def fight(service: Service, terms: Ticket, chance: random.Random, mind: Mind | None = None) -> FightLog:
    """The fight of a ticket, against somebody drawn by `chance`. mind: another than the ticket's."""
    live = service.minds.live
    knight = chance.choice((*FIGHTERS, *["keys"] * 3))
    longest = chance.choice((4, 20, 90))

    def begin(duel: Duel):
        return RandomKeys(chance, longest) if knight == "keys" else ScriptedKnight(knight, duel)

    silence = 1.0 if chance.random() < SILENT_MIND else RARE_SILENCE if chance.random() < 1 / 3 else 0.0
    log = play_fight(
        terms.seed, terms.tier, live.explore[terms.tier], mind or live.mind, begin, chance, silence
    )
    return replace(log, weights=live.sha256)


def dated_back(terms: Ticket, log: FightLog) -> Ticket:
    """A ticket on the same terms for which the fight could just have been fought."""
    again = new_ticket(terms.tier, terms.weights, time.time() - log.ticks / TICKS_PER_SECOND)
    return replace(again, seed=terms.seed)


def body_of(posted: Posted) -> bytes:
    """The body of POST /learn."""
    text = base64.urlsafe_b64encode(posted.data).rstrip(b"=").decode("ascii")
    return json.dumps({"ticket": posted.ticket, "log": text}).encode("ascii")


def post(service: Service, posted: Posted) -> str | None:
    """Posts to the door; None where it is acknowledged, else the code of the refusal."""
    request = Request("POST", "/learn", {"host": "localhost"}, "127.0.0.1", body_of(posted))
    response = service.answer(request)
    if response.status == 202:
        return None
    if response.status >= 500:
        raise RuntimeError(f"the service failed: {response.body!r}")
    return json.loads(response.body)["error"]["code"]


# ---------------------------------------------------------------------------- one process's share
def run_share(first: int, last: int) -> Tally:
    """Fights number `first` to `last` - 1, honest and forged, at a service of their own."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Config(data_dir=Path(folder), secret=SECRET))
        stranger = Mind(quantise(initial_parameters(SEED_OF_RUN)))
        other = None
        way_of: dict[str, str | None] = {}  # by fight: how it was forged, None for an honest one
        for number in range(first, last):
            chance = random.Random(SEED_OF_RUN * 1_000_000 + number)
            tier, seed = chance.choice(TIERS), chance.randrange(SEED_LIMIT)
            terms = replace(new_ticket(tier, service.minds.live.sha256, 0), seed=seed)
            log = fight(service, terms, chance)
            used = dated_back(terms, log)
            way_of[used.fight] = None
            tally.honest += 1
            tally.outcomes[OUTCOMES[log.outcome]] += 1
            code = post(service, Posted(sign(service.key, used), to_bytes(log)))
            if code is not None:
                print(f"honest fight {number} was refused at the door: {code}", file=sys.stderr)

            forgery = FORGERIES[number % len(FORGERIES)]
            case = Fought(
                ticket=dated_back(terms, log),
                log=log,
                used=used,
                other=other or fight(service, replace(terms, seed=(seed + 1) % SEED_LIMIT), chance),
                mind=service.minds.live.mind,
                weaker=lambda terms=terms, chance=chance: fight(service, terms, chance, stranger),
                key=service.key,
                chance=chance,
            )
            way, posted, true_ones = forge(forgery, case)
            way_of[case.ticket.fight] = way
            tally.forged += 1
            tally.true_by_chance[forgery.__name__] += true_ones
            code = post(service, posted)
            if code is not None:
                tally.refusals[way][code] += 1
            elif forgery is replayed_ticket:
                tally.forged_accepted += 1  # its row is the honest one's, whatever became of that
            other = log
            if (number + 1 - first) % JUDGED_AT_ONCE == 0 or number == last - 1:
                judge(service, way_of, tally)
    return tally


def judge(service: Service, way_of: dict[str, str | None], tally: Tally) -> None:
    """Plays again what the journal holds unjudged, as the learner does, and counts the verdicts."""
    with service.database.read() as run:
        fights = journal.unjudged(run, 2 * JUDGED_AT_ONCE)
    verdicts = {}
    for row in fights:
        began = time.perf_counter()
        verdict = replay(from_bytes(row.log), service.minds.get(row.weights).mind).verdict
        tally.replay_seconds.append(time.perf_counter() - began)
        verdicts[row.id] = verdict
        way = way_of[row.id]
        if way is None and verdict == journal.VERIFIED:
            tally.honest_accepted += 1
        elif way is None:
            print(f"an honest fight was refused: {verdict}", file=sys.stderr)
        elif verdict == journal.VERIFIED:
            tally.forged_accepted += 1
            print(f"a forged fight was verified: {way}", file=sys.stderr)
        else:
            tally.refusals[way][verdict] += 1
    with service.database.write() as run:
        for identity, verdict in verdicts.items():
            journal.judge(run, identity, verdict, int(time.time()))


# ---------------------------------------------------------------------------- at the same moment
def redemptions() -> dict[str, dict[str, int]]:
    """What comes of 50 redemptions of one ticket at once: see the module's docstring."""
    with tempfile.TemporaryDirectory() as folder:
        service = Service(Config(data_dir=Path(folder), secret=SECRET))
        counts = {"in_process": redeem(service, lambda posted: post(service, posted) is None)}
        with service.database.read() as run:
            counts["in_process"]["held"] = len(journal.unjudged(run, 2 * AT_ONCE))
        for name in SERVERS:
            with running_server(name, {"MM_SECRET": SECRET}) as server:
                counts[name] = redeem(service, lambda posted, port=server.port: _send(port, posted))
    return counts


def redeem(service: Service, send: Callable[[Posted], bool]) -> dict[str, int]:
    """How many of 50 at once are acknowledged, of a ticket with different logs and of one with equal ones."""
    counts = {}
    for kind in ("different", "equal"):
        chance = random.Random(SEED_OF_RUN)
        terms = replace(new_ticket("hard", service.minds.live.sha256, 0), seed=chance.randrange(SEED_LIMIT))
        log = fight(service, terms, chance)
        text = sign(service.key, dated_back(terms, log))
        logs = [_marked(log, number if kind == "different" else 0) for number in range(AT_ONCE)]
        with ThreadPoolExecutor(AT_ONCE) as crowd:
            counts[kind] = sum(crowd.map(send, [Posted(text, to_bytes(each)) for each in logs]))
    return counts


def _marked(log: FightLog, number: int) -> FightLog:
    """The same fight in which the server made those decisions whose bits are set in `number`."""
    decisions = [
        byte if byte == UNDECIDED else byte & ~BY_SERVER | (BY_SERVER if number >> at & 1 else 0)
        for at, byte in enumerate(log.decisions)
    ]
    return replace(log, decisions=bytes(decisions))


def _send(port: int, posted: Posted) -> bool:
    """Posts over HTTP; whether it was acknowledged."""
    with contextlib.closing(HTTPConnection(HOST, port, timeout=60)) as connection:
        connection.request("POST", "/learn", body_of(posted), {"Content-Type": "application/json"})
        return connection.getresponse().status == 202


# ---------------------------------------------------------------------------- the command
def measure(fights: int, workers: int) -> Tally:
    """The counts over so many honest and as many forged fights, by so many processes."""
    total = Tally()
    edges = [fights * share // (4 * workers) for share in range(4 * workers + 1)]
    shares = [(first, last) for first, last in pairwise(edges) if first < last]
    if workers == 1:
        for first, last in shares:
            total.add(run_share(first, last))
        return total
    with ProcessPoolExecutor(workers) as pool:
        for part in pool.map(run_share, *zip(*shares, strict=True)):
            total.add(part)
            print(f"{total.honest} of {fights}", flush=True)
    return total


def figures(tally: Tally) -> dict:
    """What is printed of the counts."""
    return {
        "honest": tally.honest,
        "honest_accepted": tally.honest_accepted,
        "forged": tally.forged,
        "forged_accepted": tally.forged_accepted,
        "outcomes": dict(tally.outcomes),
        "refusals": {way: dict(codes) for way, codes in sorted(tally.refusals.items())},
        "true_by_chance": {way: count for way, count in sorted(tally.true_by_chance.items()) if count},
        "replay_ms": round(statistics.median(tally.replay_seconds) * 1000, 2),
    }


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.forgeries", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--fights", type=int, default=FIGHTS, help="honest ones, and as many forged ones")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    options = parser.parse_args(arguments)
    if options.fights < 1 or options.workers < 1:
        parser.error("--fights and --workers: must be at least 1")
    began = time.perf_counter()
    counted = figures(measure(options.fights, options.workers))
    seconds = round(time.perf_counter() - began, 1)
    report({**counted, "redemptions": redemptions(), "seconds": seconds}, [SEED_OF_RUN])


if __name__ == "__main__":
    main()
