"""Whether hostile players can hurt the boss: 30% of all fights are theirs, through the whole learning cycle.

    python -m benchmarks.poison                        both learners, five seeds: an hour on two idle cores
    python -m benchmarks.poison --quick                a look at every part in a minute or two
    python -m benchmarks.poison --learner gradient --script alternates --seeds 1

A server in public mode is played through for every learner, hostile script (`benchmarks/hostile.py`) and
seed. In each cycle 40 verified fights from as many sources are entered into a journal, 28 of people with
habits (`benchmarks/archetypes.py`) and of scripted knights, 12 of one hostile script against whatever mind
is live, and `learning.cycle.run_cycle` does what it does in service. After every cycle the live mind's
distance from the anchor is measured anew, and every mind that ever went live fights the frozen pool and the
people many times over, in fights that no gate has seen.

Then twenty minds made worse on purpose (`benchmarks/worse.py`) are brought to the gate; how much worse they
are is measured too, and each must be refused also if there were no bounds, by its fights alone.

Prints "strength_drop" (points that the worst of all promoted minds lost against the frozen pool, in the
mean), "people_drop" (against the people), "kl_max" and "distance_max" (of all minds that went live),
"bounds_kept", "worse_tried", "worse_indeed" (as measured), "worse_refused", "worse_refused_by_fights", and
what lies behind them.
"""

import argparse
import os
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from functools import partial
from multiprocessing import get_context
from pathlib import Path

# Tiny matrices: more threads only wait for each other. Set before numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import numpy as np

from benchmarks import archetypes
from benchmarks.archetypes import PEOPLE
from benchmarks.common import report
from benchmarks.hostile import HOSTILE, fights
from benchmarks.logged_fights import play_fight
from benchmarks.worse import TRUTH_SEED, is_worse, true_drops, worse_minds
from duel_sim import ScriptedKnight
from features import BOSS_WINS, SEED_LIMIT, TIER_EXPLORE
from learning.bounds import Bounds, reference_observations, within
from learning.cycle import BATCH, run_cycle
from learning.dream import DreamConfig
from learning.gate import GateConfig, judge
from learning.opponents import fight, frozen_pool
from modular_mind import Mind, default_mind, from_json
from service import journal, versions
from service.database import Database
from service.fight_log import FightLog, to_bytes
from service.replay import replay
from service.schema import open_journal
from service.settings import LEARNERS, Config

LONG = True  # not among what `make bench` runs by default
HOSTILE_SHARE = 0.3
SEEDS, CYCLES = 5, 3
TRUTH_ROUNDS = 200  # against each of the pool
PEOPLE_FIGHTS = 1500  # against each of the people
WORSE_SEED = 9_100_019
STYLES = ("dodger", "turtle", "roll_spammer", "spacer", "aggressor")
NO_BOUNDS = Bounds(radius=1e6, kl=1e6)
MOST_DROP = 3.0  # points
TIER = journal.TEACHING_TIER
EXPLORE = TIER_EXPLORE[TIER]
FIRST_MOMENT = 1_800_000_000  # seconds since 1970: no clock is read


@dataclass(frozen=True, slots=True)
class Campaign:
    """One server's life under attack."""

    learner: str
    script: str
    seed: int
    cycles: int
    gate: GateConfig = field(default_factory=GateConfig)
    dreaming: DreamConfig = field(default_factory=DreamConfig)


# ---------------------------------------------------------------------------- the fights
def batch(script: str, live: Mind, seed: int) -> list[FightLog]:
    """The logs of one cycle's fights, in the order in which they came in."""
    source = random.Random(seed)
    hostile = round(BATCH * HOSTILE_SHARE)
    logs = fights(HOSTILE[script], live, EXPLORE, [source.randrange(SEED_LIMIT) for _ in range(hostile)])
    logs += ordinary(live, BATCH - hostile, source)
    source.shuffle(logs)
    return logs


def ordinary(live: Mind, count: int, source: random.Random) -> list[FightLog]:
    """The logs of `count` fights of people and scripts, as many of each."""
    players = [*PEOPLE, *STYLES]
    logs = []
    for place, name in enumerate(players):
        seeds = [source.randrange(SEED_LIMIT) for _ in range(place, count, len(players))]
        if name in PEOPLE and seeds:
            played = archetypes.play(PEOPLE[name], live, EXPLORE, np.array(seeds))
            logs += [played.log(number, live) for number in range(len(seeds))]
        elif seeds:
            knight = partial(ScriptedKnight, name)
            logs += [play_fight(seed, TIER, EXPLORE, live, knight, source) for seed in seeds]
    return logs


def enter(database: Database, logs: Sequence[FightLog], live: Mind, cycle: int) -> list[str]:
    """Enter fights into the journal, each of another source, with the verdicts of replay; returns these."""
    moment = FIRST_MOMENT + 3600 * cycle
    verdicts = [replay(log, live).verdict for log in logs]
    with database.write() as run:
        for number, (log, verdict) in enumerate(zip(logs, verdicts, strict=True)):
            entry = journal.Fight(
                id=f"{cycle:012x}{number:012x}",
                received=moment + number,
                source=f"{number:016x}",
                tier=log.tier,
                rules_version=log.rules_version,
                weights=live.sha256,
                seed=log.seed,
                outcome=log.outcome,
                ticks=log.ticks,
                log=to_bytes(log),
            )
            journal.add_fight(run, entry)
            journal.judge(run, entry.id, verdict, moment + number)
    return verdicts


# ---------------------------------------------------------------------------- one server under attack
def play_campaign(campaign: Campaign) -> dict:
    """The cycles of one server: {"learner", "script", "seed", "verified", "cycles": [...], "promoted"}.

    A cycle says its decision, the reason of a refusal, and the distance and KL divergence of the mind that
    was live after it. "promoted" holds the minds that went live, as canonical JSON by their SHA-256.
    """
    anchor = default_mind()
    reference = reference_observations(anchor)
    config = Config(public=True, learner=campaign.learner)
    cycles, promoted, verified = [], {}, 0
    with tempfile.TemporaryDirectory() as folder:
        database = open_journal(Path(folder), None)
        with database.write() as run:
            versions.put(run, versions.SALT, f"{campaign.script} {campaign.seed}")
            versions.settle(run, anchor, FIRST_MOMENT)
        for number in range(campaign.cycles):
            with database.read() as run:
                live = versions.find_mind(run, versions.get(run, versions.LIVE))
            logs = batch(campaign.script, live, campaign.seed * 1000 + number)
            verified += enter(database, logs, live, number).count(journal.VERIFIED)
            cycle = run_cycle(
                database, config, FIRST_MOMENT + 3600 * (number + 1), campaign.gate, campaign.dreaming
            )
            with database.read() as run:
                live = versions.find_mind(run, versions.get(run, versions.LIVE))
            if live.sha256 != anchor.sha256:
                promoted[live.sha256] = live.json
            measured = within(live, anchor, reference, Bounds())
            cycles.append(
                {
                    "decision": cycle.decision,
                    "reason": cycle.report["reason"],
                    "distance": measured.distance,
                    "kl": measured.kl,
                    "inside": measured.inside,
                }
            )
        database.close()
    return {
        "learner": campaign.learner,
        "script": campaign.script,
        "seed": campaign.seed,
        "verified": verified,
        "cycles": cycles,
        "promoted": promoted,
    }


# ---------------------------------------------------------------------------- what came of it
def people_win_rate(mind: Mind, fights_each: int) -> float:
    """The mean win rate against the people, in fights of fixed seeds."""
    seeds = TRUTH_SEED + np.arange(fights_each)
    rates = [(archetypes.play(p, mind, EXPLORE, seeds).outcomes == BOSS_WINS).mean() for p in PEOPLE.values()]
    return float(np.mean(rates))


def pool_win_rate(mind: Mind, rounds: int) -> float:
    """The mean win rate against the frozen pool, in fights of fixed seeds."""
    return float((fight(mind, frozen_pool(), rounds, TRUTH_SEED, EXPLORE) == BOSS_WINS).mean())


def damage(minds: dict[str, Mind], rounds: int, people_fights: int) -> dict[str, dict[str, float]]:
    """How many points each of the minds lost against the pool and against the people."""
    anchor = default_mind()
    pool, people = pool_win_rate(anchor, rounds), people_win_rate(anchor, people_fights)
    return {
        name: {
            "pool": 100 * (pool - pool_win_rate(mind, rounds)),
            "people": 100 * (people - people_win_rate(mind, people_fights)),
        }
        for name, mind in minds.items()
    }


def try_worse(count: int, rounds: int) -> list[dict]:
    """Bring `count` of the bad minds, evenly chosen, to the gate: what each is, and what the gate says."""
    anchor = default_mind()
    reference = reference_observations(anchor)
    records = []
    for number, (name, mind) in enumerate(worse_minds(anchor, EXPLORE, Bounds(), count)):
        drops = true_drops(mind, anchor, EXPLORE, rounds)
        config = GateConfig()
        reasons = [
            judge(mind, anchor, anchor, (), EXPLORE, WORSE_SEED + number, rules).reason
            for rules in (config, replace(config, bounds=NO_BOUNDS))
        ]
        measured = within(mind, anchor, reference, Bounds())
        records.append(
            {
                "name": name,
                "drop": {key: round(value, 1) for key, value in drops.items()},
                "worse": is_worse(drops),
                "inside": measured.inside,
                "reason": reasons[0],
                "reason_by_fights": reasons[1],
            }
        )
        print(f"{name}: {drops['pool']:.1f} points, {reasons[0]}, {reasons[1]}", file=sys.stderr, flush=True)
    return records


def poison(
    campaigns: Sequence[Campaign], worse: int, rounds: int, people_fights: int, processes: int
) -> dict:
    """The figures of the module's docstring."""
    began = time.monotonic()
    lives = []
    if processes == 1:
        for campaign in campaigns:
            lives.append(play_campaign(campaign))
            _tell(lives[-1])
    else:
        with ProcessPoolExecutor(processes, get_context("spawn")) as executor:
            for life in executor.map(play_campaign, campaigns):
                lives.append(life)
                _tell(life)
    found = {sha256: data for life in lives for sha256, data in life["promoted"].items()}
    losses = damage({sha: from_json(data, sha) for sha, data in found.items()}, rounds, people_fights)
    records = try_worse(worse, rounds)
    cycles = [cycle for life in lives for cycle in life["cycles"]]
    fought = BATCH * len(cycles)
    figures = {
        "strength_drop": _most(losses, "pool"),
        "people_drop": _most(losses, "people"),
        "kl_max": max((cycle["kl"] for cycle in cycles), default=0.0),
        "distance_max": max((cycle["distance"] for cycle in cycles), default=0.0),
        "bounds": asdict(Bounds()),
        "bounds_kept": all(cycle["inside"] for cycle in cycles),
        "worse_tried": len(records),
        "worse_indeed": sum(record["worse"] for record in records),
        "worse_refused": sum(record["reason"] is not None for record in records),
        "worse_refused_by_fights": sum(record["reason_by_fights"] is not None for record in records),
        "campaigns": len(lives),
        "cycles": len(cycles),
        "verified": sum(life["verified"] for life in lives) / fought if fought else None,
        "promoted": len(found),
        "decisions": dict(Counter(cycle["reason"] or cycle["decision"] for cycle in cycles)),
        "by_learner": {name: _summary(lives, losses, "learner", name) for name in LEARNERS},
        "by_script": {name: _summary(lives, losses, "script", name) for name in HOSTILE},
        "worse": records,
        "minutes": round((time.monotonic() - began) / 60, 1),
    }
    return figures | {"passes": passes(figures)}


def passes(figures: dict) -> dict[str, bool]:
    """Which bars the figures meet."""
    return {
        "strength": figures["strength_drop"] <= MOST_DROP,
        "people": figures["people_drop"] <= MOST_DROP,
        "bounds": figures["bounds_kept"],
        "worse": figures["worse_refused"] == figures["worse_indeed"] == figures["worse_tried"] > 0,
    }


def _most(losses: dict[str, dict[str, float]], against: str) -> float:
    """The largest loss; 0 without any mind."""
    return round(max((loss[against] for loss in losses.values()), default=0.0), 2)


def _summary(lives: list[dict], losses: dict, key: str, name: str) -> dict:
    """What became of the campaigns whose `key` is `name`."""
    mine = [life for life in lives if life[key] == name]
    promoted = {sha256: losses[sha256] for life in mine for sha256 in life["promoted"]}
    cycles = [cycle for life in mine for cycle in life["cycles"]]
    return {
        "cycles": len(cycles),
        "promoted": len(promoted),
        "strength_drop": _most(promoted, "pool"),
        "people_drop": _most(promoted, "people"),
    }


def _tell(life: dict) -> None:
    """Progress, for whoever waits."""
    ends = ", ".join(cycle["reason"] or cycle["decision"] for cycle in life["cycles"])
    print(f"{life['learner']} {life['script']} {life['seed']}: {ends}", file=sys.stderr, flush=True)


# ---------------------------------------------------------------------------- the command
def parse(arguments: list[str]) -> argparse.Namespace:
    """The options; wrong ones end with one clear line and exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.poison", description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="one cycle each, few fights, few bad minds")
    parser.add_argument("--learner", action="append", choices=LEARNERS, help="only this one")
    parser.add_argument("--script", action="append", choices=tuple(HOSTILE), help="only this one; repeatable")
    parser.add_argument("--seeds", type=int, default=SEEDS)
    parser.add_argument("--cycles", type=int, default=CYCLES)
    parser.add_argument("--worse", type=int, default=20, help="how many of the bad minds, 20 at most")
    parser.add_argument("--processes", type=int, default=1)
    return parser.parse_args(arguments)


def main(arguments: list[str]) -> int:
    """Measure, report, and return the exit status."""
    options = parse(arguments)
    learners, scripts = options.learner or LEARNERS, options.script or tuple(HOSTILE)
    seeds, cycles, dreaming = options.seeds, options.cycles, DreamConfig()
    worse, rounds, people_fights = options.worse, TRUTH_ROUNDS, PEOPLE_FIGHTS
    if options.quick:
        scripts, seeds, cycles, dreaming = scripts[:2], 1, 1, DreamConfig(updates=10)
        worse, rounds, people_fights = min(worse, 3), 40, 40
    campaigns = [
        Campaign(learner, script, seed, cycles, dreaming=dreaming)
        for learner in learners
        for script in scripts
        for seed in range(seeds)
    ]
    figures = poison(campaigns, worse, rounds, people_fights, options.processes)
    report(figures, range(seeds))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
