"""Fine-tunes the narrator: a LoRA adapter for one persona, learned from lines and the facts they tell.

    python -m narrator.train --persona crowd --data runs/narrator/crowd.jsonl --out runs/narrator/crowd
    python -m narrator.train ... --from runs/narrator/chronicler    begin with another persona's adapter
    python -m narrator.train ... --resume                           go on after Ctrl-C, as if it had not been

The data are JSON lines {"prompt", "text", "facts"}. The loss is that of the text and of the token that ends
it; a tenth of the prompts is held out, and its loss logged every few steps. --out gets the adapter as PEFT
reads it, log.jsonl, run.json and a checkpoint. Runs on the graphics card where there is one. Exit codes: 0
when the run is finished, 1 when Ctrl-C ended it in good order, 2 for what cannot be used.
"""

import argparse
import hashlib
import importlib.metadata
import io
import json
import math
import platform
import random
import shlex
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

import torch
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from benchmarks.common import commit
from narrator import lora
from narrator.facts import FactsError, facts_from
from narrator.models import SHA256, sha256_of
from narrator.personas import PERSONAS
from training.interruption import Interruption

FINISHED, INTERRUPTED, REFUSED = 0, 1, 2  # exit codes
CHECKPOINT = "checkpoint.pt"
TOGETHER = 8  # lines of one prompt that are learned from at once, at most
POOL = 16  # batches whose examples are sorted by length together


@dataclass(frozen=True, slots=True)
class TrainConfig:
    """All that a run depends on. What may change when one goes on with it is in MAY_CHANGE."""

    persona: str
    data: Path
    out: Path
    begin: Path | None = None  # --from
    epochs: int = 2
    seed: int = 0
    rank: int = 16
    alpha: int = 32
    batch_tokens: int = 1536  # with padding
    learning_rate: float = 1e-3
    warm_up: int = 20  # steps
    clip: float = 1.0
    examine_every: int = 50  # steps
    examined: int = 64  # lines held out that are looked at during the run; at its end, all are too
    threads: int = 2
    resume: bool = False


MAY_CHANGE = {"out", "data", "begin", "adapter", "threads", "resume"}  # files are compared by their content


# ---------------------------------------------------------------------------- data
def read_lines(path: Path) -> list[dict]:
    """The lines of a file of data; AdapterError names the line and the field of what is wrong."""
    try:
        texts = path.read_text("utf-8").splitlines()
    except (OSError, ValueError) as error:
        raise lora.AdapterError(f"{path}: cannot be read: {error}") from None
    lines = []
    for number, text in enumerate(texts, 1):
        try:
            lines.append(_checked(json.loads(text)))
        except (ValueError, RecursionError) as error:
            raise lora.AdapterError(f"{path}, line {number}: {error}") from None
    if len({line["prompt"] for line in lines}) < 10:
        raise lora.AdapterError(f"{path}: fewer than 10 different prompts, so none can be held out")
    return lines


def _checked(content) -> dict:
    """A line of data, when it is one."""
    if not isinstance(content, dict):
        raise ValueError("not a JSON object")
    for name in ("prompt", "text"):
        if not isinstance(content.get(name), str) or not content[name].strip():
            raise ValueError(f"{name} is not a text")
    if not content["prompt"].endswith("\n"):
        raise ValueError("prompt does not end with a line break")
    if not isinstance(content.get("facts"), dict):
        raise ValueError("facts is not an object")
    try:
        facts_from(content["facts"])
    except FactsError as error:
        raise ValueError(f"facts.{error.field}: {error}") from None
    return content


def split(lines: list[dict]) -> tuple[list[dict], list[dict]]:
    """What is learned from, and the held-out tenth: all lines of every tenth prompt, in an order by hash."""
    prompts = {line["prompt"] for line in lines}
    prompts = sorted(prompts, key=lambda prompt: hashlib.sha256(prompt.encode()).digest())
    held_out = set(prompts[: len(prompts) // 10])
    return (
        [line for line in lines if line["prompt"] not in held_out],
        [line for line in lines if line["prompt"] in held_out],
    )


def together(lines: list[dict]) -> list[tuple[str, list[str]]]:
    """Lines of the same prompt, a few at a time: the prompt is the longer part, and then is read but once."""
    groups: list[tuple[str, list[str]]] = []
    open_group: dict[str, list[str]] = {}
    for line in lines:
        texts = open_group.get(line["prompt"])
        if texts is None or len(texts) == TOGETHER:
            texts = open_group[line["prompt"]] = []
            groups.append((line["prompt"], texts))
        texts.append(line["text"])
    return groups


def plan(lengths: list[int], epochs: int, batch_tokens: int, seed: int) -> list[list[int]]:
    """The examples of every step of a run, by their numbers: batches of like lengths in random order."""
    steps = []
    for epoch in range(epochs):
        source = random.Random(f"{seed}:{epoch}")
        order = list(range(len(lengths)))
        source.shuffle(order)
        pool = max(1, POOL * batch_tokens * len(lengths) // sum(lengths))
        batches = []
        for at in range(0, len(order), pool):
            batches += batched(order[at : at + pool], lengths, batch_tokens)
        source.shuffle(batches)
        steps += batches
    return steps


def batched(numbers: list[int], lengths: list[int], batch_tokens: int) -> list[list[int]]:
    """These numbers in batches by length, of at most `batch_tokens` with padding if it can be helped."""
    batches = []
    for number in sorted(numbers, key=lambda one: (lengths[one], one)):
        if not batches or (len(batches[-1]) + 1) * lengths[number] > batch_tokens:
            batches.append([])
        batches[-1].append(number)
    return batches


# ---------------------------------------------------------------------------- a run
@dataclass(frozen=True, slots=True)
class Task:
    """What a run does: how many steps, the loss and the tokens of one, and what is measured."""

    steps: int
    loss: Callable[[int], tuple[torch.Tensor, int]]
    examine: Callable[[bool], dict[str, float]]  # of a part of what is held out, at the end (True) of all
    identity: dict  # a checkpoint of another identity is refused


def fit(model, task: Task, config, console: Console, interruption: Interruption) -> dict:
    """Trains the adapter of `model` until done or interrupted; returns what run.json says about it.

    config: settings named as in TrainConfig. Nothing in a step is random, so weights, optimizer and
    the number of the step are all that a checkpoint needs.
    """
    weights = lora.trainable(model)
    optimizer = torch.optim.AdamW(weights.values(), lr=config.learning_rate, weight_decay=0.0)
    now = partial(rate, steps=task.steps, warm_up=config.warm_up)
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, now)
    state = {"step": 0, "tokens": 0, "seconds": 0.0, "log": []}
    if config.resume:
        saved = read_checkpoint(config.out / CHECKPOINT, task.identity)
        state = saved["state"]
        for name, weight in weights.items():
            weight.data.copy_(saved["weights"][name])
        optimizer.load_state_dict(saved["optimizer"])
        schedule.load_state_dict(saved["schedule"])

    def record(**figures) -> None:
        rounded = {name: round(value, 5) for name, value in figures.items()}
        state["log"].append({"step": state["step"]} | rounded)
        text = "".join(json.dumps(entry) + "\n" for entry in state["log"])
        lora.write_atomically(config.out / "log.jsonl", text.encode())

    def keep() -> None:
        parts = {"optimizer": optimizer.state_dict(), "schedule": schedule.state_dict(), "state": state}
        copies = {name: weight.detach() for name, weight in weights.items()}
        write_checkpoint(config.out / CHECKPOINT, {"identity": task.identity, "weights": copies} | parts)

    def examine(figures: dict) -> dict:
        figures |= task.examine(state["step"] == task.steps)
        shown = ", ".join(f"{name} {value:.3f}" for name, value in figures.items() if name.startswith("held"))
        console.print(f"step {state['step']}: {shown}", highlight=False, soft_wrap=True)
        return figures

    with progress_bar(console) as progress:
        bar = progress.add_task(config.persona, total=task.steps, completed=state["step"], figures="")
        if state["step"] == 0:
            record(**examine({}))
        while state["step"] < task.steps and not interruption.asked:
            begun = time.perf_counter()
            loss, tokens = task.loss(state["step"])
            loss.backward()
            norm = torch.nn.utils.clip_grad_norm_(weights.values(), config.clip)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
            figures = {"loss": loss.item(), "norm": norm.item()}
            state["step"] += 1
            state["tokens"] += tokens
            state["seconds"] += time.perf_counter() - begun
            speed = state["tokens"] / state["seconds"]
            shown = f"loss {figures['loss']:.3f}, {speed:.0f} tokens/s"
            progress.update(bar, completed=state["step"], figures=shown)
            regular = state["step"] % config.examine_every == 0
            record(**(examine(figures) if regular or state["step"] == task.steps else figures))
            if regular:
                keep()
    keep()
    first, last = state["log"][0], state["log"][-1]
    return {
        "finished": state["step"] == task.steps,
        "steps": state["step"],
        "tokens": state["tokens"],
        "tokens_per_second": round(state["tokens"] / max(state["seconds"], 1e-9), 1),
        "seconds": round(state["seconds"], 1),
        "before": first,
        "after": last,
    }


def rate(step: int, steps: int, warm_up: int) -> float:
    """The share of the learning rate at a step: up in `warm_up` steps, then down to nothing in a line."""
    return min((step + 1) / max(warm_up, 1), (steps - step) / max(steps - warm_up, 1), 1.0)


def progress_bar(console: Console) -> Progress:
    """How far, how long, and the figures that matter."""
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"))
    times = (TimeElapsedColumn(), TimeRemainingColumn())
    return Progress(*columns, *times, TextColumn("{task.fields[figures]}"), console=console)


# ---------------------------------------------------------------------------- checkpoints
def write_checkpoint(path: Path, content: dict) -> None:
    """Everything needed to go on with a run."""
    buffer = io.BytesIO()
    torch.save(content, buffer)
    lora.write_atomically(path, buffer.getvalue())


def read_checkpoint(path: Path, identity: dict) -> dict:
    """A checkpoint of the run `identity`; AdapterError otherwise."""
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
        found = content["identity"]
    except FileNotFoundError:
        raise lora.AdapterError(f"{path}: there is no checkpoint to go on from") from None
    except Exception as error:  # torch raises several kinds for a file that is no checkpoint
        raise lora.AdapterError(f"{path}: not a checkpoint: {str(error).splitlines()[0]}") from None
    check_identity(path, found, identity)
    return content


def check_identity(path: Path, found: dict, identity: dict) -> None:
    """Refuses what was kept at `path` by another run than `identity`."""
    different = sorted(name for name in {**found, **identity} if found.get(name) != identity.get(name))
    if different:
        name = different[0]
        was, wanted = found.get(name), identity.get(name)
        raise lora.AdapterError(f"{path}: of another run: {name} was {was}, not {wanted}")


# ---------------------------------------------------------------------------- learning from lines
def supervised(model, tokenizer, config: TrainConfig, lines: list[dict], identity: dict) -> Task:
    """The task of learning from lines."""
    learned, held_out = (
        [lora.encode(tokenizer, prompt, *texts) for prompt, texts in together(part)] for part in split(lines)
    )
    lengths = [len(example.tokens) for example in learned]
    steps = plan(lengths, config.epochs, config.batch_tokens, config.seed)

    def loss(step: int) -> tuple[torch.Tensor, int]:
        batch = [learned[number] for number in steps[step]]
        losses, _ = lora.token_losses(model, batch)
        return losses.mean(), sum(len(example.tokens) for example in batch)

    def examine(whole: bool) -> dict[str, float]:
        part = {"held_out_loss": mean_loss(model, held_out[: config.examined], config.batch_tokens)}
        return part | (
            {"held_out_loss_of_all": mean_loss(model, held_out, config.batch_tokens)} if whole else {}
        )

    return Task(len(steps), loss, examine, identity)


@torch.no_grad()
def mean_loss(model, examples: list[lora.Example], batch_tokens: int) -> float:
    """The mean loss of the tokens of these lines."""
    total, count = 0.0, 0
    lengths = [len(example.tokens) for example in examples]
    for batch in batched(list(range(len(examples))), lengths, batch_tokens):
        losses, _ = lora.token_losses(model, [examples[number] for number in batch])
        total, count = total + losses.sum().item(), count + len(losses)
    return total / count


# ---------------------------------------------------------------------------- the command line
def parse(arguments: list[str]) -> TrainConfig:
    """The configuration from the command line; wrong values end with one clear line and exit code 2."""
    defaults = {name: field.default for name, field in TrainConfig.__dataclass_fields__.items()}
    parser = argparse.ArgumentParser(prog="python -m narrator.train", description=__doc__.splitlines()[0])
    parser.add_argument("--persona", choices=sorted(PERSONAS), required=True)
    parser.add_argument("--data", type=Path, required=True, help="JSON lines of prompt, text and facts")
    parser.add_argument("--out", type=Path, required=True, help="folder of the adapter and of the run")
    parser.add_argument("--from", dest="begin", type=Path, help="folder of an adapter to begin with")
    counts = {
        "epochs": "times through the data",
        "rank": "of the adapter's matrices",
        "batch-tokens": "tokens of a step, with padding",
        "threads": "of torch",
    }
    for name, what in counts.items():
        value = defaults[name.replace("-", "_")]
        parser.add_argument(f"--{name}", type=positive, default=value, help=f"{what} ({value})")
    parser.add_argument("--learning-rate", type=positive_number, default=defaults["learning_rate"])
    parser.add_argument("--seed", type=int, default=defaults["seed"])
    parser.add_argument("--resume", action="store_true", help=f"go on from OUT/{CHECKPOINT}")
    options = parser.parse_args(arguments)
    if options.out.exists() and not options.out.is_dir():
        parser.error(f"--out: {options.out} is no directory")
    return TrainConfig(**vars(options))


def positive(text: str) -> int:
    """A whole number of at least 1."""
    value = int(text) if text.isascii() and text.isdigit() else 0
    if value < 1:
        raise argparse.ArgumentTypeError(f"must be a whole number of at least 1, got {text!r}")
    return value


def positive_number(text: str) -> float:
    """A number above 0."""
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0 < value < math.inf:
        raise argparse.ArgumentTypeError(f"must be a number above 0, got {text!r}")
    return value


def identity_of(config, files: dict[str, Path | None]) -> dict:
    """What a run must keep when it is gone on with: its settings, and the content of its files."""
    kept = {name: value for name, value in asdict(config).items() if name not in MAY_CHANGE}
    hashes = {f"{name}_sha256": path and sha256_of(path) for name, path in files.items()}
    return kept | hashes | {"base_sha256": SHA256}


def write_run(config, command: str, identity: dict, figures: dict) -> None:
    """run.json: how the adapter was made."""
    packages = ("torch", "transformers", "peft", "gguf")
    versions = {"python": platform.python_version()}
    versions |= {name: importlib.metadata.version(name) for name in packages}
    made = {"commit": commit(), "threads": config.threads, "versions": versions}
    content = {"command": command} | identity | made | figures
    lora.write_atomically(config.out / "run.json", (json.dumps(content, indent=1) + "\n").encode())


def train(config: TrainConfig, command: str, console: Console, interruption: Interruption) -> int:
    """One run; the exit code."""
    lines = read_lines(config.data)
    begin = lora.read_adapter(config.begin) if config.begin else None
    files = {"data": config.data, "begin": config.begin and config.begin / lora.WEIGHTS_FILE}
    identity = identity_of(config, files)
    model = lora.attach(lora.load_base(lora.device()), config.rank, config.alpha, config.seed)
    if begin is not None:
        lora.adopt(model, begin, config.begin)
    task = supervised(model, lora.load_tokenizer(), config, lines, identity)
    figures = fit(model, task, config, console, interruption)
    conclude(model, config, command, identity, figures, console)
    return FINISHED if figures["finished"] else INTERRUPTED


def conclude(model, config, command: str, identity: dict, figures: dict, console: Console) -> None:
    """Writes the adapter and how it was made, and says so."""
    lora.write_adapter(model, config.out)
    write_run(config, command, identity, figures)
    moved = [
        f"{name} {figures['before'][name]:.3f} to {value:.3f}"
        for name, value in figures["after"].items()
        if name.startswith("held_out") and name in figures["before"]
    ]
    console.print(
        f"{config.out}: {figures['steps']} steps; {', '.join(moved)}", highlight=False, soft_wrap=True
    )


def run(program: str, config, arguments: list[str], work: Callable) -> int:
    """Does `work(config, command, console, interruption)`, and turns what goes wrong into one line."""
    torch.set_num_threads(config.threads)
    command = ["python", "-m", program, *arguments]
    try:
        with Interruption() as interruption:
            code = work(config, shlex.join(command), Console(), interruption)
    except (lora.AdapterError, OSError) as error:
        print(f"{program}: {error}", file=sys.stderr)
        return REFUSED
    if code == INTERRUPTED:
        print("to go on:", shlex.join(command if config.resume else [*command, "--resume"]))
    return code


def main(arguments: list[str] | None = None) -> int:
    """Entry point; the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    return run("narrator.train", parse(arguments), arguments, train)


if __name__ == "__main__":
    raise SystemExit(main())
