"""How fast the boss is trained: agent steps a second, and seconds to a reference strength, against peers.

    python -m benchmarks.train                             five seeds and every peer, up to half an hour
    python -m benchmarks.train --peers sb3_ppo --resume    what is missing, the rest from the results kept
    python -m benchmarks.train --cut-off 30 --seeds 1      a quick look

Reference: the boss beats the strongest scripted knight in 60% of 1,000 fights. The strongest is the one that
the shipped boss beats least, or --fighter. Measured is wall time of training, on a clock that stands still
while the policy is looked at and begins when everything is imported, compiled and started, for everybody
alike (`benchmarks/peers/reference.py`). Each run has a process of its own; they follow one another, so keep
the machine free of other work. Peers train the boss alone, against all scripted knights; the project's own
training has self-play and learning knights to pay for besides. What is timed and compared is the whole of it,
as `make train` begins; "without_exploiters" is the same without those of its knights that only look for
weaknesses of a boss that is strong already.

Prints "agent_steps_per_second" (one step: one decision of one learning seat), "seconds_to_reference" (the
median; null when not reached in most runs) and by seed, the same for each of "peers", "ratios" of theirs to
ours, and the smallest, "ratio_vs_best_peer". A peer that was cut off counts with the time it had, and its
ratio is a lower bound, marked so. "compile_seconds" is what the clock leaves out of ours, imports included.
Progress goes to stderr. Ctrl-C ends the run in progress; what is finished stays in --results for --resume.
"""

import argparse
import json
import math
import os
import signal
import statistics
import subprocess
import sys
from pathlib import Path

# Tiny matrices: more threads only wait for each other. Set before numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from benchmarks.common import ROOT, report, weights_sha256
from benchmarks.peers.reference import FIGHTS, WIN_RATE
from duel.fighters import FIGHTERS
from features import RULES_VERSION
from modular_mind import WeightsError, default_mind
from training.evaluate import mind_policy, play

LONG = True  # not among what `make bench` runs by default
OURS, WITHOUT_EXPLOITERS = "self_play", "self_play_without_exploiters"
PEERS = ("sb3_ppo", "sb3_ppo_batched_duel", "cleanrl_style_ppo")
SEEDS, PEER_SEEDS, CUT_OFF = 5, 1, 1200.0
THROUGHPUT_SECONDS = 20.0
STRONGEST_FIGHTS, STRONGEST_SEED = 300, 8_200_003
RESULTS = ROOT / "runs" / "benchmark_train.json"


class RunError(RuntimeError):
    """A run that ended without a result; the message says which."""


# ---------------------------------------------------------------------------- runs
def strongest() -> tuple[str, dict[str, float]]:
    """The scripted knight that the shipped boss beats least, and its win rates against all of them."""
    records = play(mind_policy(default_mind()), FIGHTERS, STRONGEST_FIGHTS, STRONGEST_SEED)
    rates = {name: record["win_rate"] for name, record in records.items()}
    return min(rates, key=rates.get), rates


def run(learner: str, seed: int, cut_off: float, fighter: str | None) -> dict:
    """One learner in a process of its own, its progress on stderr; RunError when it brings no result."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.peers",
        learner,
        "--seed",
        str(seed),
        "--cut-off",
        str(cut_off),
    ]
    if fighter is not None:
        command += ["--fighter", fighter]
    # a session of its own: Ctrl-C is for this process, which then ends the other and all that it started
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, start_new_session=True)
    try:
        output, _ = process.communicate()
    except BaseException:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
        raise
    lines = output.strip().splitlines()
    if process.returncode != 0 or not lines:
        raise RunError(f"{learner}, seed {seed}: ended with code {process.returncode} and no result")
    return json.loads(lines[-1])


def run_all(options: argparse.Namespace, fighter: str, kept: "Kept") -> None:
    """Every run that has no result yet, each kept as soon as it is finished."""
    kept.complete("throughput", lambda: run(OURS, 0, min(THROUGHPUT_SECONDS, options.cut_off), None))
    runs = [(learner, seed) for learner in (OURS, WITHOUT_EXPLOITERS) for seed in range(options.seeds)]
    runs += [(peer, seed) for peer in options.peers for seed in range(options.peer_seeds)]
    for learner, seed in runs:
        kept.complete(
            f"{learner}/{seed}",
            lambda learner=learner, seed=seed: run(learner, seed, options.cut_off, fighter),
        )


class Kept:
    """Results by the names of runs, in a file that is always whole."""

    def __init__(self, path: Path, settings: dict, resume: bool):
        """`settings`: what results must have in common; ValueError when those to resume have others."""
        self.path = path
        self.settings = settings
        self.results: dict[str, dict] = {}
        if resume and path.exists():
            kept = json.loads(path.read_text("utf-8"))
            if kept["settings"] != settings:
                raise ValueError(f"{path} holds results of other settings: {json.dumps(kept['settings'])}")
            self.results = kept["results"]

    def complete(self, name: str, work) -> None:
        """Do `work` for the result `name`, unless it is there already."""
        if name in self.results:
            print(f"{name}: kept from before", file=sys.stderr, flush=True)
            return
        self.results[name] = work()
        self.path.parent.mkdir(parents=True, exist_ok=True)
        new = self.path.with_suffix(".new")
        new.write_text(json.dumps({"settings": self.settings, "results": self.results}, indent=1), "utf-8")
        new.replace(self.path)

    def of(self, learner: str, seeds: int) -> list[dict]:
        """The results of a learner's seeds, in order."""
        return [self.results[f"{learner}/{seed}"] for seed in range(seeds)]


# ---------------------------------------------------------------------------- figures
def summary(results: list[dict]) -> dict:
    """One learner's runs: the median time and every seed's; null stands for a run that was cut off."""
    seconds = [result["seconds_to_reference"] for result in results]
    median = statistics.median(math.inf if value is None else value for value in seconds)
    return {
        "seconds_to_reference": None if math.isinf(median) else round(median, 2),
        "by_seed": seconds,
        "steps_to_reference": [
            result["steps"] for result in results if result["seconds_to_reference"] is not None
        ],
        "steps_per_second": round(statistics.median(result["steps_per_second"] for result in results)),
        "best_screen": [result["best_screen"] for result in results],
        "seconds_to_make_ready": results[0]["seconds_to_make_ready"],
        "hyperparameters": results[0]["hyperparameters"],
    }


def compare(ours: dict, peers: dict[str, dict], cut_off: float) -> dict:
    """Their times as multiples of ours; for a peer that was cut off a lower bound, marked so in `peers`."""
    ratios: dict[str, float | None] = {}
    for name, peer in peers.items():
        theirs = peer["seconds_to_reference"]
        peer["ratio_is_lower_bound"] = theirs is None
        own = ours["seconds_to_reference"]
        ratios[name] = None if own is None else round((cut_off if theirs is None else theirs) / own, 2)
    known = {name: ratio for name, ratio in ratios.items() if ratio is not None}
    best = min(known, key=known.get, default=None)
    return {
        "ratio_vs_best_peer": known.get(best),
        "best_peer": best,
        "ratio_is_lower_bound": best is not None and peers[best]["ratio_is_lower_bound"],
        "ratios": ratios,
    }


def figures(options: argparse.Namespace, fighter: str, rates: dict[str, float] | None, kept: Kept) -> dict:
    """Everything that is printed."""
    ours, without = (summary(kept.of(name, options.seeds)) for name in (OURS, WITHOUT_EXPLOITERS))
    peers = {peer: summary(kept.of(peer, options.peer_seeds)) for peer in options.peers}
    return {
        "agent_steps_per_second": kept.results["throughput"]["steps_per_second"],
        "seconds_to_reference": ours["seconds_to_reference"],
        "seconds_to_reference_by_seed": ours["by_seed"],
        "compile_seconds": ours["seconds_to_make_ready"],
        "peers": peers,
        **compare(ours, peers, options.cut_off),
        "cut_off_seconds": options.cut_off,
        "reference": {
            "fighter": fighter, "win_rate": WIN_RATE, "fights": FIGHTS, "shipped_boss_win_rates": rates
        },
        "ours": ours,
        "without_exploiters": without | {"ratios": compare(without, peers, options.cut_off)["ratios"]},
    }  # fmt: skip


# ---------------------------------------------------------------------------- the command
def parse(arguments: list[str] | None) -> argparse.Namespace:
    """The options; wrong ones end with one clear line and exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.train", description=__doc__.splitlines()[0])
    parser.add_argument("--seeds", type=int, default=SEEDS, help="runs of the project's own training")
    parser.add_argument("--peer-seeds", type=int, default=PEER_SEEDS, help="runs of each peer")
    parser.add_argument("--cut-off", type=float, default=CUT_OFF, help="seconds of training at most")
    parser.add_argument("--peers", nargs="*", choices=PEERS, default=PEERS, help="who is compared with")
    parser.add_argument("--fighter", choices=FIGHTERS, help="whom to beat instead of the strongest")
    parser.add_argument("--results", type=Path, default=RESULTS, help="file of the finished runs")
    parser.add_argument("--resume", action="store_true", help="keep the runs that --results already holds")
    options = parser.parse_args(arguments)
    for name in ("seeds", "peer_seeds"):
        if getattr(options, name) < 1:
            parser.error(f"--{name.replace('_', '-')}: must be at least 1, got {getattr(options, name)}")
    if not 0 < options.cut_off < math.inf:
        parser.error(f"--cut-off: must be a positive number of seconds, got {options.cut_off}")
    return options


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    options = parse(arguments)
    fighter, rates = options.fighter, None
    if fighter is None:
        try:
            fighter, rates = strongest()
        except WeightsError as error:
            print(f"benchmarks.train: {error}; name a --fighter", file=sys.stderr)
            return 2
    settings = {
        "fighter": fighter, "cut_off": options.cut_off, "rules": RULES_VERSION, "weights": weights_sha256()
    }  # fmt: skip
    try:
        kept = Kept(options.results, settings, options.resume)
    except (ValueError, KeyError) as error:
        print(f"benchmarks.train: --resume: {error}", file=sys.stderr)
        return 2
    try:
        run_all(options, fighter, kept)
    except KeyboardInterrupt:
        print(f"benchmarks.train: stopped; go on with --resume ({options.results})", file=sys.stderr)
        return 130
    except RunError as error:
        print(f"benchmarks.train: {error}; the finished runs are in {options.results}", file=sys.stderr)
        return 1
    report(figures(options, fighter, rates, kept), range(options.seeds))
    return 0


if __name__ == "__main__":
    sys.exit(main())
