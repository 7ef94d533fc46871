"""Trains the boss by self-play and publishes its rounded weights.

    python train.py                         the shipped boss: weights/ and its training log
    python train.py --updates 50 --out quick/weights --run quick/run    a quick look, elsewhere
    python train.py --resume                go on from the last checkpoint of --run
    python train.py --seeds 0,1,2 --ray     independent runs side by side, as Ray actors

Boss and knight learn against each other, against scripted knights and against their past selves
(`training/selfplay.py`). The backend is `mm_grad`, numpy with gradients by hand; `mm_torch`, the same network
in torch, is its oracle in the tests, and no training imports it.

Every few updates the rounded weights, exactly as they would be served, fight fixed-seed fights; the best of
those that commit are kept (`training/selection.py`), chosen among at the end, and the tiers calibrated
(`training/calibrate.py`). Ctrl-C stops after the update in progress and keeps the best so far. Exit codes: 0
when a mind was published, 1 when none was (what was there stays), 2 for a wrong option or a checkpoint that
cannot be used. docs/training.md says more.
"""

import argparse
import os
import shlex
import sys
from dataclasses import replace
from pathlib import Path

# Tiny matrices: more threads only wait for each other. Set before numpy is imported.
os.environ["OPENBLAS_NUM_THREADS"] = "1"
os.environ["OMP_NUM_THREADS"] = "1"

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from features import SEED_LIMIT
from training import calibrate, checkpoint, remote
from training.interruption import Interruption
from training.publish import publish
from training.run import Result, Run, TrainConfig
from training.selection import FLOOR, NotCommittedError
from training.selfplay import SelfPlay

PUBLISHED, NOTHING_PUBLISHED, REFUSED, KILLED = 0, 1, 2, 130  # exit codes


# ---------------------------------------------------------------------------- the command line
def parse(arguments: list[str]) -> TrainConfig:
    """The configuration from the command line; wrong values end with one clear line and exit code 2."""
    defaults = TrainConfig()
    parser = argparse.ArgumentParser(prog="train.py", description=__doc__.splitlines()[0])
    parser.add_argument("--updates", type=int, default=defaults.updates, help="rollouts to learn from")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--seed", type=int, default=defaults.learning.seed)
    which.add_argument(
        "--seeds", type=_seeds, default=(), help="0,1,2: a run for each, in OUT and RUN/seed-N"
    )
    parser.add_argument("--out", type=Path, default=defaults.out, help="directory of the weights")
    parser.add_argument("--run", type=Path, default=defaults.run, help="directory of the checkpoint")
    parser.add_argument("--resume", action="store_true", help=f"go on from RUN/{checkpoint.NAME}")
    parser.add_argument("--examine-every", type=int, default=defaults.examine_every, help="updates")
    parser.add_argument(
        "--examine-fights", type=int, default=defaults.examine_fights, help="against each scripted knight"
    )
    parser.add_argument(
        "--final-fights", type=int, default=defaults.final_fights, help="of the choice at the end"
    )
    parser.add_argument(
        "--no-calibrate",
        dest="calibrate",
        action="store_false",
        help="leave the tiers at their nominal rates",
    )
    parser.add_argument("--threads", type=int, default=defaults.threads, help="of the trainer")
    parser.add_argument(
        "--players", type=int, default=defaults.learning.players, help="among whom the fights are divided"
    )
    parser.add_argument(
        "--ray", nargs="?", const=remote.LOCAL, metavar="ADDRESS",
        help="spread the players, or the seeds, over Ray: a local cluster, or the one at ADDRESS",
    )  # fmt: skip
    options = vars(parser.parse_args(arguments))
    for name in ("updates", "examine_every", "examine_fights", "final_fights", "threads", "players"):
        if options[name] < 1:
            parser.error(f"--{name.replace('_', '-')}: must be at least 1, got {options[name]}")
    seed, players = options.pop("seed"), options.pop("players")
    if not 0 <= seed < SEED_LIMIT:
        parser.error(f"--seed: must be within 0..{SEED_LIMIT - 1}, got {seed}")
    if defaults.learning.duels % players:
        parser.error(f"--players: must divide the {defaults.learning.duels} fights, got {players}")
    for name in ("out", "run"):
        if options[name].exists() and not options[name].is_dir():
            parser.error(f"--{name}: {options[name]} is no directory")
    return TrainConfig(learning=replace(defaults.learning, seed=seed, players=players), **options)


def _seeds(text: str) -> tuple[int, ...]:
    """The seeds in a list separated by commas."""
    try:
        seeds = tuple(int(part) for part in text.split(","))
    except ValueError:
        raise argparse.ArgumentTypeError(f"expected seeds separated by commas, got {text!r}") from None
    if len(set(seeds)) < len(seeds) or not all(0 <= seed < SEED_LIMIT for seed in seeds):
        raise argparse.ArgumentTypeError(f"expected different seeds within 0..{SEED_LIMIT - 1}, got {text!r}")
    return seeds


def command_line(config: TrainConfig, again: bool = False) -> str:
    """The command that repeats this run from nothing, or that goes on with it in the same place."""
    defaults = TrainConfig()
    words = ["python", "train.py"]
    if again:
        words += ["--resume"]
        words += [word for name in ("out", "run") for word in (f"--{name}", str(getattr(config, name)))]
        words += [] if config.ray is None else ["--ray", config.ray]
    words += (
        ["--seeds", ",".join(map(str, config.seeds))]
        if config.seeds
        else ["--seed", str(config.learning.seed)]
    )
    words += ["--updates", str(config.updates)]
    for name in ("examine_every", "examine_fights", "final_fights", "threads"):
        if getattr(config, name) != getattr(defaults, name):
            words += [f"--{name.replace('_', '-')}", str(getattr(config, name))]
    if config.learning.players != defaults.learning.players:
        words += ["--players", str(config.learning.players)]
    words += [] if config.calibrate else ["--no-calibrate"]
    return shlex.join(words)


# ---------------------------------------------------------------------------- what one sees
def progress_bars(console: Console) -> Progress:
    """The display of runs: how far, how long, and the figures that matter."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}"),
        console=console,
    )


def say(console: Console, line: str) -> None:
    """A line above the progress, whole however wide the terminal is."""
    console.print(line, highlight=False, markup=False, soft_wrap=True)


def describe(record: dict) -> str:
    """One line about an examined mind."""
    behavior = {name: share or 0.0 for name, share in record["behavior"].items()}
    return (
        f"score {record['score']:.3f}:"
        f" wins {behavior['win_rate']:.2f} (dodger {record['win_rate']['dodger']:.2f})"
        f" attacks in range {behavior['in_range_attack_rate']:.2f}"
        f" approaches {behavior['approach_rate_when_far']:.2f}"
        f" punishes {behavior['punish_rate']:.2f}"
        f" blocks swings {behavior['block_rate_against_swings']:.2f}"
    )


# ---------------------------------------------------------------------------- running
def train(config: TrainConfig, console: Console, interruption: Interruption, trainer=SelfPlay) -> int:
    """One run here, with players of `trainer`; the exit code."""
    data = checkpoint.read(config.checkpoint) if config.resume else None
    run = Run(config, trainer)
    if data is not None:
        run.restore(config.checkpoint, data)
    with progress_bars(console) as progress:
        task = progress.add_task("training", total=config.updates, completed=run.update, figures="")

        def show(figures: dict) -> None:
            best = f"best {run.best['score']:.3f} at {run.best['update']}" if run.best else "no mind kept yet"
            speed = run.agent_steps / run.learning_seconds
            shown = f"{speed:,.0f} steps/s, {best}, self-play {figures['self_play_win_rate']:.2f}"
            progress.update(task, completed=run.update, figures=shown)

        def watch(figures: dict) -> bool:
            show(figures)
            return interruption.asked

        while not (run.done or interruption.asked):
            record = run.advance(watch)
            checkpoint.write(config.checkpoint, run.checkpoint())
            if record is not None:
                show(record)
                say(console, f"update {run.update}: {describe(record)}")
    return conclude(config, run.finish(run.done), console)


def train_seeds(config: TrainConfig, console: Console, interruption: Interruption) -> int:
    """A run for each of `config.seeds`; the worst exit code."""
    configs = [
        replace(
            config, learning=replace(config.learning, seed=seed), seeds=(),
            out=config.out / f"seed-{seed}", run=config.run / f"seed-{seed}",
        )
        for seed in config.seeds
    ]  # fmt: skip
    # a seed that was not begun has no checkpoint, and begins
    configs = [replace(one, resume=one.resume and one.checkpoint.exists()) for one in configs]
    if config.resume and not any(one.resume for one in configs):
        raise checkpoint.CheckpointError(f"{config.run}: no seed has a checkpoint to go on from")
    codes = []
    if config.ray is None:
        for one in configs:
            if not interruption.asked:
                say(console, f"seed {one.learning.seed}")
                codes.append(train(one, console, interruption))
    else:
        codes += train_seeds_on_ray(configs, console, interruption)
    return max(codes) if len(codes) == len(configs) else NOTHING_PUBLISHED


def train_seeds_on_ray(configs: list[TrainConfig], console: Console, interruption: Interruption) -> list[int]:
    """The runs `configs`, each an actor of the cluster, as many at once as it has processors; exit codes."""
    checkpoints = [checkpoint.read(one.checkpoint) if one.resume else None for one in configs]
    for one, data in zip(configs, checkpoints, strict=True):
        if data is not None:  # a bad one is refused here, before anything is started
            Run(one).restore(one.checkpoint, data)
    codes = []
    with remote.cluster(configs[0].ray) as processors, progress_bars(console) as progress:
        names = [f"seed {one.learning.seed}" for one in configs]
        tasks = [progress.add_task(name, total=configs[0].updates, figures="") for name in names]
        remotely = [replace(one, threads=1) for one in configs]
        for number, came in remote.run_seeds(remotely, checkpoints, processors, lambda: interruption.asked):
            if isinstance(came, remote.Advanced):
                checkpoint.write(configs[number].checkpoint, came.checkpoint)
                progress.update(tasks[number], completed=came.update)
                if came.record is not None:
                    line = f"{names[number]}, update {came.update}: {describe(came.record)}"
                    say(console, line)
            else:
                codes.append(conclude(configs[number], came, console))
    return codes


def conclude(config: TrainConfig, result: Result | None, console: Console) -> int:
    """Publish what a run came to, and say so; the exit code."""
    code = NOTHING_PUBLISHED
    if result is None:
        complain(
            f"nothing published, {config.out} is as it was: no examined mind attacks in at least {FLOOR:.0%}"
            " of its chances in range"
        )
    else:
        log = {"command": command_line(config)} | result.log
        try:
            publish(config.out, result.mind, result.explore, log, result.league, result.knights)
            code = PUBLISHED
        except NotCommittedError as error:
            complain(f"nothing published, {config.out} is as it was: the best mind does not commit: {error}")
    if code == PUBLISHED:
        say(console, f"kept update {log['best_update']}: {describe(log['final'])}")
        for line in calibrate.describe(log["calibration"]) if "calibration" in log else ():
            say(console, line)
        say(console, f"mind {result.mind.sha256[:12]} in {config.out}")
    return code


def complain(message: str) -> None:
    """One clear line about what went wrong."""
    print(f"train.py: {message}", file=sys.stderr)


def dispatch(config: TrainConfig, console: Console, interruption: Interruption) -> int:
    """One run or several, here or over Ray; the exit code."""
    if config.seeds:
        return train_seeds(config, console, interruption)
    if config.ray is None:
        return train(config, console, interruption)
    with remote.cluster(config.ray):
        return train(config, console, interruption, remote.RemoteSelfPlay)


def main(arguments: list[str] | None = None) -> int:
    """Entry point; the exit code."""
    config = parse(sys.argv[1:] if arguments is None else arguments)
    console = Console()
    try:
        with Interruption() as interruption:
            code = dispatch(config, console, interruption)
        if interruption.asked:
            say(console, f"to go on: {command_line(config, again=True)}")
        return code
    except (checkpoint.CheckpointError, remote.RemoteError, OSError) as error:
        complain(str(error))
        return REFUSED
    except KeyboardInterrupt:
        complain("stopped at once; the last checkpoint stays")
        return KILLED


if __name__ == "__main__":
    raise SystemExit(main())
