"""Trains the boss and everything it is compared with, over several seeds, and measures them all.

    python -m training.study                              all variants, 5 seeds, two at a time
    python -m training.study --only full,monolith         some of them; the others stay for another time
    python -m training.study --seeds 3 --updates 100      fewer, shorter: results of other sizes are made anew

First every variant (`training/variants.py`) is trained from every seed, then the trained ones are compared:
all against learned knights, the minds rounded and with specialists silenced, and the matrix of pay-offs. Each
measurement is one file under RUN, so an interrupted study goes on where it stopped; Ctrl-C lets those in
progress finish and starts no more. A result made by other code, with other rewards or sizes does not count
and is made anew. At the end DATA/training_study.json has everything that `tools.make_training_report` shows.
"""

import argparse
import ast
import hashlib
import inspect
import json
import multiprocessing
import os
import platform
import signal
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

# Tiny matrices: more threads only wait for each other. Set before numpy is imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

import features
import mm_grad
import modular_mind
from benchmarks.common import commit
from duel.batch import SOURCES
from duel.fighters import FIGHTERS
from training import (
    curriculum,
    evaluate,
    jitted,
    league,
    networks,
    player,
    recurrent,
    rewards,
    rollout,
    seat,
    selfplay,
    study_jobs,
)
from training.exploiter import KNIGHTS_NAME
from training.study_jobs import HARD, Settings, run_stem
from training.variants import VARIANTS

ROOT = Path(__file__).resolve().parent.parent
SUMMARY = "training_study.json"
PANEL = ("full", "monolith")  # whose final knights everybody meets, but for those of its own seed
DIGITS = 5  # of numbers in the summary
# The code that results depend on: when it changes, they are made anew.
CODE = (
    *SOURCES, mm_grad, curriculum, evaluate, jitted, league, networks, player, recurrent, rewards, rollout,
    seat, selfplay,
)  # fmt: skip
DOCUMENTED = ast.Module | ast.ClassDef | ast.FunctionDef
# What the two kinds of results depend on.
TRAINING_SIZES = ("updates", "curve_every", "curve_fights", "final_fights", "learning")
COMPARISON_SIZES = ("final_fights", "knight_fights", "silence_fights", "payoff_fights", "silenced")


@dataclass(frozen=True)
class Job:
    """One measurement: `function(folder, **arguments)`, whose result is kept as STEM.json."""

    stem: str
    function: Callable
    arguments: dict
    fingerprint: str  # of all that the result depends on


@dataclass(frozen=True)
class Study:
    """Where a study keeps its results, and what is in it."""

    run: Path
    data: Path
    names: tuple[str, ...]
    seeds: tuple[int, ...]
    settings: Settings
    processes: int = 2
    weights: Path = modular_mind.WEIGHTS_DIRECTORY


# ---------------------------------------------------------------------------- results on disk
def fingerprint(*parts) -> str:
    """A hash of plain values, and of the code of rules and training."""
    text = json.dumps([code_hash(), *parts], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()[:16]


@cache
def code_hash() -> str:
    """A hash of what the modules in `CODE` do: comments, docstrings and layout do not count."""
    digest = hashlib.sha256()
    for module in CODE:
        tree = ast.parse(inspect.getsource(module))
        for node in ast.walk(tree):
            if isinstance(node, DOCUMENTED) and ast.get_docstring(node) is not None:
                node.body = node.body[1:]
        digest.update(ast.dump(tree).encode())
    return digest.hexdigest()


def result(run: Path, job: Job) -> dict | None:
    """What is kept of a job; None when nothing is, or something made under other circumstances."""
    try:
        kept = json.loads((run / f"{job.stem}.json").read_text("utf-8"))
    except (FileNotFoundError, ValueError):
        return None
    return kept["result"] if kept.get("fingerprint") == job.fingerprint else None


def execute(run: Path, job: Job) -> None:
    """Do a job and keep its result, whole or not at all."""
    value = job.function(run, **job.arguments)
    partial = run / f"{job.stem}.json.part"
    partial.write_text(json.dumps({"fingerprint": job.fingerprint, "result": value}) + "\n", "utf-8")
    os.replace(partial, run / f"{job.stem}.json")


def finish(study: Study, title: str, jobs: list[Job], console: Console) -> None:
    """Do those jobs whose results are missing, `study.processes` at a time.

    After Ctrl-C those in progress are finished and kept, then KeyboardInterrupt is raised.
    """
    missing = [job for job in jobs if result(study.run, job) is None]
    columns = (
        TextColumn(f"{title:<12}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn(),
        TextColumn("{task.fields[last]}"),
    )  # fmt: skip
    interrupted = threading.Event()

    def interrupt(*_) -> None:
        interrupted.set()
        console.print("interrupted: finishing what is in progress")

    before = signal.signal(signal.SIGINT, interrupt)
    try:
        with Progress(*columns, console=console) as progress:
            task = progress.add_task(title, total=len(jobs), completed=len(jobs) - len(missing), last="")
            done = _one_by_one if study.processes == 1 else _in_processes
            for job in done(study, missing, interrupted):
                progress.update(task, advance=1, last=job.stem)
    finally:
        signal.signal(signal.SIGINT, before)
    if interrupted.is_set():
        raise KeyboardInterrupt


def _one_by_one(study: Study, jobs: list[Job], interrupted: threading.Event) -> Iterator[Job]:
    for job in jobs:
        if interrupted.is_set():
            return
        execute(study.run, job)
        yield job


def _in_processes(study: Study, jobs: list[Job], interrupted: threading.Event) -> Iterator[Job]:
    context = multiprocessing.get_context("spawn")
    waiting, running = list(jobs), {}
    with ProcessPoolExecutor(study.processes, context, initializer=_ignore_interrupts) as pool:
        while running or (waiting and not interrupted.is_set()):
            # no more than can run at once are handed over: what is handed over is also finished
            while waiting and len(running) < study.processes and not interrupted.is_set():
                job = waiting.pop(0)
                running[pool.submit(execute, study.run, job)] = job
            finished, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in finished:
                future.result()
                yield running.pop(future)


def _ignore_interrupts() -> None:
    """Ctrl-C reaches every process of a terminal: only the first one decides what follows."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


# ---------------------------------------------------------------------------- the jobs
def training_job(name: str, seed: int, settings: Settings) -> Job:
    """The training of one variant from one seed."""
    arguments = {"name": name, "seed": seed, "settings": settings}
    parts = name, seed, _chosen(settings, TRAINING_SIZES), VARIANTS[name].parameters
    return Job(run_stem(name, seed), study_jobs.train, arguments, fingerprint("train", *parts))


def trained_runs(study: Study) -> dict[tuple[str, int], dict]:
    """The result of every finished training, by (variant, seed), of all variants."""
    found = {}
    for name in VARIANTS:
        for seed in study.seeds:
            record = result(study.run, training_job(name, seed, study.settings))
            if record is not None:
                found[name, seed] = record
    return found


def panel_of(runs: dict, seed: int | None) -> list[tuple[str, int]]:
    """The runs whose knights a boss of that seed meets: those of other seeds."""
    return [run for run in runs if run[0] in PANEL and run[1] != seed]


def matrix_rows(study: Study, runs: dict) -> dict[str, dict]:
    """The bosses of the pay-off matrix by name: arguments of `study_jobs.payoffs`, and their identity."""
    explore = modular_mind.read_manifest(study.weights)["explore"]
    shipped = str(study.weights / modular_mind.WEIGHTS_NAME)
    rows = {
        f"shipped, {tier}": {"weights": shipped, "run": None, "explore": explore[tier]}
        for tier in features.TIERS
    }
    for path in sorted((study.weights / "league").glob("*.npz")):
        rows[f"league {path.stem}"] = {"weights": str(path), "run": None, "explore": explore["hard"]}
    for run in runs:
        if run[0] == "full":
            rows[f"seed {run[1]}, final"] = {"weights": None, "run": run, "explore": explore["hard"]}
    return rows


def comparison_jobs(study: Study, runs: dict) -> dict[tuple, Job]:
    """What is measured of the trained ones, by kind and subject."""
    settings, sizes = study.settings, _chosen(study.settings, COMPARISON_SIZES)
    exploiters = study.data / KNIGHTS_NAME
    exploiters = str(exploiters) if exploiters.is_file() else None

    def job(stem: str, function: Callable, identity, panel: list, **arguments) -> Job:
        knights = [runs[run]["sha256"] for run in panel]
        arguments = {**arguments, "panel": panel, "settings": settings}
        return Job(stem, function, arguments, fingerprint(stem, identity, knights, sizes))

    jobs = {}
    for (name, seed), record in runs.items():
        panel = panel_of(runs, seed)
        jobs["knights", name, seed] = job(
            f"{run_stem(name, seed)}.knights", study_jobs.meet_knights, record["sha256"], panel,
            name=name, seed=seed,
        )  # fmt: skip
        if name == "full":
            for kind, function in (
                ("rounding", study_jobs.compare_rounding),
                ("silenced", study_jobs.silence),
            ):
                jobs[kind, seed] = job(f"{kind}-{seed}", function, record["sha256"], panel, seed=seed)
    shipped = str(study.weights / modular_mind.WEIGHTS_NAME)
    jobs["silenced", None] = job(
        "silenced-shipped", study_jobs.silence, _content(shipped), panel_of(runs, None), weights=shipped
    )
    panel = [run for run in runs if run[0] == "full"]
    for number, (label, row) in enumerate(matrix_rows(study, runs).items()):
        identity = [label, row["explore"], _content(row["weights"]), _content(exploiters)]
        identity.append(runs[row["run"]]["sha256"] if row["run"] else None)
        jobs["payoff", label] = job(
            f"payoff-{number}", study_jobs.payoffs, identity, panel, exploiters=exploiters, **row
        )
    return jobs


def _chosen(settings: Settings, names: tuple[str, ...]) -> dict:
    """Those settings that a result depends on."""
    return {name: value for name, value in asdict(settings).items() if name in names}


def _content(path: str | None) -> str | None:
    """The SHA-256 of a file."""
    return hashlib.sha256(Path(path).read_bytes()).hexdigest() if path else None


# ---------------------------------------------------------------------------- the summary
def summary(study: Study, runs: dict, jobs: dict[tuple, Job]) -> dict:
    """Everything the report shows."""
    results = {key: result(study.run, job) for key, job in jobs.items()}
    manifest = modular_mind.read_manifest(study.weights)
    variants = {}
    for (name, seed), record in runs.items():
        variant = VARIANTS[name]
        empty = {
            "title": variant.title,
            "group": variant.group,
            "parameters": variant.parameters,
            "compiled": variant.compiled,
            "runs": [],
        }
        entry = variants.setdefault(name, empty)
        knights = results["knights", name, seed]["win_rates"]
        against = sum(knights) / len(knights) if knights else None
        curve = {key: [point[key] for point in record["curve"]] for key in record["curve"][0]}
        final = {**record["final"], "knights": against}
        entry["runs"].append({**record, "curve": curve, "final": final})
    columns = [*FIGHTERS, *[f"knight of seed {seed}" for name, seed in runs if name == "full"]]
    matrix = {key[1]: value["counts"] for key, value in results.items() if key[0] == "payoff"}
    exploiters = len(next(iter(matrix.values()))) - len(columns)
    return {
        "commit": commit(),
        "weights": manifest["weights_sha256"],
        "shipped": manifest["training"],
        "rules_version": features.RULES_VERSION,
        "command": command_line(study),
        "machine": {"cores": os.cpu_count(), "system": platform.system(), "architecture": platform.machine()},
        "seeds": list(study.seeds),
        "mistake_rate": HARD / features.EXPLORE_ONE,
        "settings": asdict(study.settings),
        "panel": [run_stem(*run) for run in panel_of(runs, None)],
        "variants": variants,
        "silenced": {
            "shipped" if key[1] is None else f"seed {key[1]}": value
            for key, value in results.items()
            if key[0] == "silenced"
        },
        "rounding": [
            {"seed": key[1], **value} for key, value in results.items() if key[0] == "rounding"
        ],
        "payoff": {
            "columns": columns + [f"exploiter {number}" for number in range(exploiters)],
            "fights": study.settings.payoff_fights,
            "rows": matrix,
        },
    }  # fmt: skip


def write_summary(path: Path, content: dict) -> None:
    """Write the summary with short numbers and a line for each thing that was measured."""

    def short(value):
        if isinstance(value, float):
            return round(value, DIGITS)
        if isinstance(value, dict):
            return {key: short(entry) for key, entry in value.items()}
        return [short(entry) for entry in value] if isinstance(value, list | tuple) else value

    def lines(value, depth: int) -> str:
        if depth == 0 or not isinstance(value, dict | list):
            return json.dumps(value)
        if isinstance(value, list):
            return "[\n" + ",\n".join(lines(entry, depth - 1) for entry in value) + "\n]"
        entries = (f"{json.dumps(key)}: {lines(entry, depth - 1)}" for key, entry in value.items())
        return "{\n" + ",\n".join(entries) + "\n}"

    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_name(path.name + ".part")
    partial.write_text(lines(short(content), 4) + "\n", "utf-8")
    os.replace(partial, path)


# ---------------------------------------------------------------------------- the command
def command_line(study: Study) -> str:
    """The command that repeats this study from nothing."""
    return f"python -m training.study --updates {study.settings.updates} --seeds {len(study.seeds)}"


def conduct(study: Study, console: Console) -> Path | None:
    """Run what is missing and write the summary; returns its path, None where no whole mind was trained."""
    study.run.mkdir(parents=True, exist_ok=True)
    jobs = [training_job(name, seed, study.settings) for seed in study.seeds for name in study.names]
    finish(study, "training", jobs, console)
    runs = trained_runs(study)
    if not any(name == "full" for name, _ in runs):
        console.print("no summary: 'full', with which the others are compared, has not been trained")
        return None
    comparisons = comparison_jobs(study, runs)
    finish(study, "comparing", list(comparisons.values()), console)
    path = study.data / SUMMARY
    write_summary(path, summary(study, runs, comparisons))
    console.print(f"wrote {path}")
    return path


def parse(arguments: list[str]) -> Study:
    """The study from the command line; wrong values end with one clear line and exit code 2."""
    parser = argparse.ArgumentParser(prog="python -m training.study", description=__doc__.splitlines()[0])
    parser.add_argument("--updates", type=int, default=Settings().updates, help="rollouts of each training")
    parser.add_argument("--seeds", type=int, default=5, help="how many, from 0 on")
    parser.add_argument("--only", default=",".join(VARIANTS), metavar="NAME,...", help="variants to train")
    parser.add_argument("--processes", type=int, default=2, help="at a time, one thread each")
    parser.add_argument("--run", type=Path, default=Path("runs/study"), help="directory of single results")
    parser.add_argument("--data", type=Path, default=ROOT / "docs" / "data", help="directory of the summary")
    chosen = parser.parse_args(arguments)
    for name in ("updates", "seeds", "processes"):
        if getattr(chosen, name) < 1:
            parser.error(f"--{name}: must be at least 1, got {getattr(chosen, name)}")
    names = tuple(chosen.only.split(","))
    for name in names:
        if name not in VARIANTS:
            parser.error(f"--only: {name!r} is not one of {', '.join(VARIANTS)}")
    settings = Settings(updates=chosen.updates)
    return Study(chosen.run, chosen.data, names, tuple(range(chosen.seeds)), settings, chosen.processes)


def main(arguments: list[str] | None = None) -> int:
    """The command; 130 when it was interrupted."""
    study = parse(sys.argv[1:] if arguments is None else arguments)
    try:
        conduct(study, Console())
    except KeyboardInterrupt:
        print("interrupted: the same command goes on from here", file=sys.stderr)
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main())
