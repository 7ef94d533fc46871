"""Trains the boss by self-play and publishes its rounded weights.

    python train.py                         the shipped boss: weights/ and its training log
    python train.py --updates 50 --out quick/weights --run quick/run    a quick look, elsewhere
    python train.py --resume                go on from the last checkpoint of --run

Boss and knight learn against each other and against scripted knights (`training/selfplay.py`, PyTorch).
Every few updates the rounded weights, exactly as they would be served, fight fixed-seed fights; the
mind kept is the one that scores best among those that commit (see `score`), from the second half of the
run if it came that far. Ctrl-C keeps the best so far. Writes OUT/mm_weights.npz, OUT/manifest.json and
OUT/train_log.json; what was there before is copied to OUT/previous. The checkpoint to resume from is
RUN/checkpoint.pt.
"""

import argparse
import json
import os
import shutil
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path

# Tiny matrices: more threads only wait for each other. Set before numpy and torch are imported.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

import modular_mind
from features import RULES_VERSION, TIER_EXPLORE
from training.evaluate import examine
from training.selfplay import SelfPlay, SelfPlayConfig

CHECKPOINT = "checkpoint.pt"
LOG_NAME = "train_log.json"
COMMITMENT = 0.5  # the least in-range attack rate a mind must show to be kept


@dataclass(frozen=True)
class TrainConfig:
    """One training run: where it goes, how long it takes, how often it is examined."""

    updates: int = 300
    seed: int = 0
    out: Path = Path("weights")
    run: Path = Path("runs/boss")
    resume: bool = False
    examine_every: int = 25
    examine_fights: int = 64  # per scripted knight, seeds kept apart from the final ones
    final_fights: int = 400
    examine_seed: int = 1_000_003
    final_seed: int = 2_000_003
    threads: int = 2


def parse(arguments: list[str]) -> TrainConfig:
    """The configuration from the command line; wrong values end with one clear line and exit code 2."""
    defaults = TrainConfig()
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--updates", type=int, default=defaults.updates, help="rollouts to learn from")
    parser.add_argument("--seed", type=int, default=defaults.seed)
    parser.add_argument("--out", type=Path, default=defaults.out, help="directory of the weights")
    parser.add_argument("--run", type=Path, default=defaults.run, help="directory of the checkpoint")
    parser.add_argument("--resume", action="store_true", help="go on from RUN/checkpoint.pt")
    parser.add_argument("--examine-every", type=int, default=defaults.examine_every)
    parser.add_argument("--examine-fights", type=int, default=defaults.examine_fights)
    parser.add_argument("--final-fights", type=int, default=defaults.final_fights)
    parser.add_argument("--threads", type=int, default=defaults.threads, help="for the batched duel")
    options = vars(parser.parse_args(arguments))
    for name in ("updates", "examine_every", "examine_fights", "final_fights", "threads"):
        if options[name] < 1:
            parser.error(f"--{name.replace('_', '-')}: must be at least 1, got {options[name]}")
    if not 0 <= options["seed"] < 2**31:
        parser.error(f"--seed: must be within 0..2147483647, got {options['seed']}")
    return TrainConfig(**options)


def score(record: dict) -> float:
    """Strength of an examined mind: mean win rate over the scripted knights, plus a tenth for pressing.

    A mind that does not attack in range at least COMMITMENT of the time scores below every one that
    does, however safely it wins: the coward is never kept while anything braver exists.
    """
    attack = record["behavior"]["in_range_attack_rate"] or 0.0
    strength = record["mean_win_rate"] + 0.1 * attack
    return strength if attack >= COMMITMENT else strength - 2.0


def rounded_mind(trainer: SelfPlay) -> modular_mind.Mind:
    """The boss as it would be shipped now."""
    return modular_mind.Mind(modular_mind.quantise(trainer.boss.policy.parameter_arrays()))


def save_checkpoint(directory: Path, state: dict) -> None:
    """Write the checkpoint atomically."""
    directory.mkdir(parents=True, exist_ok=True)
    partial = directory / (CHECKPOINT + ".part")
    torch.save(state, partial)
    os.replace(partial, directory / CHECKPOINT)


def load_checkpoint(directory: Path) -> dict:
    """Read the checkpoint; SystemExit(2) with one line when it is missing or cannot be read."""
    path = directory / CHECKPOINT
    try:
        return torch.load(path, weights_only=True)
    except FileNotFoundError:
        stop(f"--resume: there is no checkpoint at {path}")
    except Exception as error:  # torch raises many kinds for a damaged file
        stop(f"--resume: {path} cannot be read: {type(error).__name__}")


def stop(message: str):
    """End with one clear line."""
    print(f"train.py: {message}", file=sys.stderr)
    raise SystemExit(2)


def publish(config: TrainConfig, mind: modular_mind.Mind, log: dict) -> None:
    """Put mind, manifest and log into OUT; what was there moves to OUT/previous."""
    config.out.mkdir(parents=True, exist_ok=True)
    names = (modular_mind.WEIGHTS_NAME, modular_mind.MANIFEST_NAME, LOG_NAME)
    previous = config.out / "previous"
    for name in names:
        if (config.out / name).exists():
            previous.mkdir(exist_ok=True)
            shutil.copy2(config.out / name, previous / name)
    modular_mind.save(config.out / modular_mind.WEIGHTS_NAME, mind.parameters)
    training = {key: log[key] for key in ("command", "seed", "updates", "agent_steps", "minutes")}
    modular_mind.write_manifest(config.out, mind, TIER_EXPLORE, training)
    partial = config.out / (LOG_NAME + ".part")
    partial.write_text(json.dumps(log, indent=1) + "\n")
    os.replace(partial, config.out / LOG_NAME)


def progress_bar(console: Console) -> Progress:
    """The display of a run: how far, how long, and the figures that matter."""
    return Progress(
        TextColumn("training"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        TextColumn("{task.fields[figures]}"),
        console=console,
    )


def describe(record: dict) -> str:
    """One line about an examined mind."""
    behavior = record["behavior"]
    shares = {name: behavior[name] or 0.0 for name in behavior}
    return (
        f"wins {record['mean_win_rate']:.2f} (dodger {record['win_rate']['dodger']:.2f})"
        f" attacks in range {shares['in_range_attack_rate']:.2f}"
        f" approaches {shares['approach_rate_when_far']:.2f}"
        f" blocks swings {shares['block_rate_against_swings']:.2f}"
    )


def train(config: TrainConfig, console: Console) -> dict:
    """Run the training and publish the best mind; returns the log."""
    torch.set_num_threads(1)
    learning = SelfPlayConfig(seed=config.seed)
    trainer = SelfPlay(learning, config.threads)
    history: list[dict] = []
    best: dict | None = None
    first, spent = 0, 0.0
    if config.resume:
        state = load_checkpoint(config.run)
        trainer.load(state["trainer"])
        history, best = state["history"], state["best"]
        first, spent = state["update"], state["seconds"]
    started = time.monotonic() - spent
    update = first
    interrupted = False
    with progress_bar(console) as progress:
        task = progress.add_task("training", total=config.updates, completed=first, figures="")
        try:
            for update in range(first, config.updates):
                figures = trainer.update(update / config.updates)
                progress.update(task, advance=1)
                if (update + 1) % config.examine_every and update + 1 < config.updates:
                    continue
                mind = rounded_mind(trainer)
                record = examine(mind, config.examine_fights, config.examine_seed)
                record |= {"update": update + 1, "seconds": time.monotonic() - started, **figures}
                history.append(record)
                # Every scripted knight but the dodger falls early, so scores alone would keep a beginner:
                # in the second half the mind has met a knight that learns, and its moves have settled.
                standing = [update + 1 > config.updates / 2, score(record)]
                if best is None or standing >= best["standing"]:
                    parameters = {k: torch.from_numpy(v.copy()) for k, v in mind.parameters.items()}
                    best = {"standing": standing, "update": update + 1, "parameters": parameters}
                progress.update(task, figures=f"best {best['update']}")
                console.print(f"update {update + 1}: {describe(record)}")
                state = {
                    "trainer": trainer.state(),
                    "history": history,
                    "best": best,
                    "update": update + 1,
                    "seconds": time.monotonic() - started,
                }
                save_checkpoint(config.run, state)
        except KeyboardInterrupt:
            interrupted = True
    if best is None:
        stop("interrupted before the first examination: nothing to keep")
    mind = modular_mind.Mind({name: value.numpy() for name, value in best["parameters"].items()})
    final = examine(mind, config.final_fights, config.final_seed)
    completed = history[-1]["update"] if interrupted else config.updates
    log = {
        "command": command_line(config),
        "seed": config.seed,
        "updates": completed,
        "interrupted": interrupted,
        "agent_steps": completed * learning.horizon * (learning.duels + trainer.learners),
        "minutes": round((time.monotonic() - started) / 60, 2),
        "rules_version": RULES_VERSION,
        "weights_sha256": mind.sha256,
        "best_update": best["update"],
        "config": asdict(learning),
        "examine_seed": config.examine_seed,
        "final_seed": config.final_seed,
        "final": final,
        "history": history,
    }
    publish(config, mind, log)
    console.print(f"kept update {best['update']}: {describe(final)}")
    console.print(f"mind {mind.sha256[:12]} in {config.out}")
    return log


def command_line(config: TrainConfig) -> str:
    """The command that repeats this run from nothing."""
    return f"python train.py --seed {config.seed} --updates {config.updates} --threads {config.threads}"


def main(arguments: list[str] | None = None) -> None:
    """Entry point."""
    train(parse(sys.argv[1:] if arguments is None else arguments), Console())


if __name__ == "__main__":
    main()
