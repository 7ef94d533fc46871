"""Trains an adapter further on what the validator thinks of its lines: direct preference optimisation.

    python -m narrator.preferences --persona crowd --data runs/narrator/crowd.jsonl \\
        --adapter runs/narrator/crowd --out runs/narrator/crowd-preferred

The adapter writes several lines for each of the first --prompts different prompts of the data that training
did not hold out. A pair is a line that passes the validator (the data's own, where none of the written ones
does) and one that fails, on the same prompt; pairs.jsonl in --out keeps them with the verdicts. The loss
rewards what makes the first likelier, and the second less likely, than the adapter made them at the start.
Progress, files, Ctrl-C, --resume and exit codes are those of `narrator/train.py`.
"""

import argparse
import json
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import torch
from rich.console import Console
from torch.nn import functional

from narrator import lora
from narrator.facts import facts_from
from narrator.personas import PERSONAS
from narrator.train import (
    CHECKPOINT,
    FINISHED,
    INTERRUPTED,
    Task,
    batched,
    check_identity,
    conclude,
    fit,
    identity_of,
    plan,
    positive,
    positive_number,
    progress_bar,
    read_lines,
    run,
    split,
)
from narrator.validator import verdict
from training.interruption import Interruption

PAIRS = "pairs.jsonl"
ROWS = 64  # lines written at once


@dataclass(frozen=True, slots=True)
class PreferencesConfig:
    """All that a run depends on."""

    persona: str
    data: Path
    adapter: Path
    out: Path
    prompts: int = 400
    samples: int = 8  # lines written for a prompt
    pairs_each: int = 2  # at most, of a prompt
    temperature: float = 1.0
    longest: int = 48  # tokens of a written line
    beta: float = 0.1
    epochs: int = 1
    seed: int = 0
    batch_tokens: int = 1536  # with padding, both lines of a pair counted
    learning_rate: float = 1e-4
    warm_up: int = 10  # steps
    clip: float = 1.0
    examine_every: int = 50  # steps
    threads: int = 2
    resume: bool = False


@dataclass(frozen=True, slots=True)
class Pair:
    """Two lines on one prompt, and how likely the adapter made them at the start."""

    passes: lora.Example
    fails: lora.Example
    before: tuple[float, float]  # logarithms of their probabilities


# ---------------------------------------------------------------------------- pairs
@torch.no_grad()
def written(model, tokenizer, prompts: list[str], config) -> list[list[str]]:
    """`config.samples` lines for each of these prompts."""
    heads = [tokenizer(prompt, add_special_tokens=False)["input_ids"] for prompt in prompts]
    longest = max(map(len, heads))
    tokens = torch.tensor([[lora.END_TOKEN] * (longest - len(head)) + head for head in heads])
    seen = torch.tensor([[0] * (longest - len(head)) + [1] * len(head) for head in heads])
    output = model.generate(
        input_ids=tokens.to(model.device),
        attention_mask=seen.to(model.device),
        do_sample=True,
        temperature=config.temperature,
        top_k=0,
        top_p=1.0,
        num_return_sequences=config.samples,
        max_new_tokens=config.longest,
        pad_token_id=lora.END_TOKEN,
    )
    texts = tokenizer.batch_decode(output[:, longest:], skip_special_tokens=True)
    lines = [text.partition("\n")[0].strip() for text in texts]
    return [lines[at : at + config.samples] for at in range(0, len(lines), config.samples)]


def judged(line: dict, candidates: list[str], config) -> list[dict]:
    """The pairs that candidates for a line of data make."""
    facts = facts_from(line["facts"])
    verdicts = {text: verdict(text, facts, config.persona) for text in candidates if text}
    passing = [text for text, reason in verdicts.items() if reason is None] or [line["text"]]
    failing = [(text, reason) for text, reason in verdicts.items() if reason is not None]
    return [
        {"prompt": line["prompt"], "passes": passing[at % len(passing)], "fails": text, "verdict": reason}
        for at, (text, reason) in enumerate(failing[: config.pairs_each])
    ]


@dataclass(frozen=True, slots=True)
class Made:
    """Pairs, and of how many prompts they are."""

    prompts: int
    pairs: list[dict]


NOTHING = Made(0, [])


def make_pairs(
    model, tokenizer, lines: list[dict], config, console, interruption, made: Made = NOTHING
) -> Iterator[Made]:
    """Pairs for these lines of data, more each time, after those already made; prompts of like lengths go
    together. Ends early when interrupted."""
    lines = sorted(lines, key=lambda line: (len(line["prompt"]), line["prompt"]))
    at_once = max(1, ROWS // config.samples)
    with progress_bar(console) as progress:
        bar = progress.add_task("writing", total=len(lines), completed=made.prompts, figures="")
        for at in range(made.prompts, len(lines), at_once):
            if interruption.asked:
                return
            torch.manual_seed(
                config.seed * len(lines) + at
            )  # so that the rest does not depend on what was before
            chosen = lines[at : at + at_once]
            candidates = written(model, tokenizer, [line["prompt"] for line in chosen], config)
            more = [
                pair
                for line, texts in zip(chosen, candidates, strict=True)
                for pair in judged(line, texts, config)
            ]
            made = Made(at + len(chosen), made.pairs + more)
            progress.update(bar, completed=made.prompts, figures=f"{len(made.pairs)} pairs")
            yield made


def write_pairs(path: Path, identity: dict, made: Made) -> None:
    """Keeps pairs, after a line that says what they were made by, and one of how many prompts."""
    entries = (identity, {"prompts_written": made.prompts}, *made.pairs)
    lora.write_atomically(path, "".join(json.dumps(entry) + "\n" for entry in entries).encode())


def read_pairs(path: Path, identity: dict) -> Made:
    """The pairs kept at `path`; AdapterError for those of another run."""
    if not path.exists():
        return NOTHING
    try:
        found, count, *pairs = map(json.loads, path.read_text("utf-8").splitlines())
        made = Made(count["prompts_written"], pairs)
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise lora.AdapterError(f"{path}: cannot be read: {error}") from None
    check_identity(path, found, identity)
    return made


# ---------------------------------------------------------------------------- learning from pairs
def likelihoods(model, examples: list[lora.Example]) -> torch.Tensor:
    """The logarithm of each line's probability."""
    losses, rows = lora.token_losses(model, examples)
    return torch.zeros(len(examples), device=losses.device).index_add(0, rows, -losses)


def encoded(model, tokenizer, pairs: list[dict], batch_tokens: int) -> list[Pair]:
    """Pairs as tokens, with what the adapter thinks of their lines now, at the start."""
    lines = [
        lora.encode(tokenizer, pair["prompt"], pair[side]) for pair in pairs for side in ("passes", "fails")
    ]
    before = [0.0] * len(lines)
    with torch.no_grad():
        for batch in batched(list(range(len(lines))), [len(line.tokens) for line in lines], batch_tokens):
            found = likelihoods(model, [lines[number] for number in batch]).tolist()
            for number, value in zip(batch, found, strict=True):
                before[number] = value
    return [Pair(*lines[at : at + 2], tuple(before[at : at + 2])) for at in range(0, len(lines), 2)]


def margins(model, pairs: list[Pair]) -> torch.Tensor:
    """By how much each pair's first line gained on its second since the start, in logarithms."""
    now = likelihoods(model, [pair.passes for pair in pairs] + [pair.fails for pair in pairs])
    before = torch.tensor([pair.before for pair in pairs], device=now.device)
    return now[: len(pairs)] - now[len(pairs) :] - before[:, 0] + before[:, 1]


def preferring(model, tokenizer, config: PreferencesConfig, pairs: list[dict], identity: dict) -> Task:
    """The task of learning from pairs, a tenth of whose prompts is held out. The adapter is at its start."""
    learned, held_out = (encoded(model, tokenizer, part, config.batch_tokens) for part in split(pairs))
    lengths = [2 * max(len(pair.passes.tokens), len(pair.fails.tokens)) for pair in learned]
    steps = plan(lengths, config.epochs, config.batch_tokens, config.seed)

    def loss(step: int) -> tuple[torch.Tensor, int]:
        batch = [learned[number] for number in steps[step]]
        tokens = sum(len(pair.passes.tokens) + len(pair.fails.tokens) for pair in batch)
        return -functional.logsigmoid(config.beta * margins(model, batch)).mean(), tokens

    @torch.no_grad()
    def examine(whole: bool) -> dict[str, float]:
        numbers = list(range(len(held_out)))
        sizes = [2 * max(len(pair.passes.tokens), len(pair.fails.tokens)) for pair in held_out]
        batches = batched(numbers, sizes, config.batch_tokens)
        gained = torch.cat([margins(model, [held_out[number] for number in batch]) for batch in batches])
        return {
            "held_out_loss": -functional.logsigmoid(config.beta * gained).mean().item(),
            "held_out_preferred": (gained > 0).float().mean().item(),
        }

    return Task(len(steps), loss, examine, identity)


# ---------------------------------------------------------------------------- the command line
def parse(arguments: list[str]) -> PreferencesConfig:
    """The configuration from the command line; wrong values end with one clear line and exit code 2."""
    defaults = {name: field.default for name, field in PreferencesConfig.__dataclass_fields__.items()}
    program = "python -m narrator.preferences"
    parser = argparse.ArgumentParser(prog=program, description=__doc__.splitlines()[0])
    parser.add_argument("--persona", choices=sorted(PERSONAS), required=True)
    parser.add_argument("--data", type=Path, required=True, help="JSON lines of prompt, text and facts")
    parser.add_argument("--adapter", type=Path, required=True, help="folder of the adapter to begin with")
    parser.add_argument("--out", type=Path, required=True, help="folder of the new adapter and of the run")
    for name in ("prompts", "samples", "pairs-each", "epochs", "threads"):
        value = defaults[name.replace("-", "_")]
        parser.add_argument(f"--{name}", type=positive, default=value, help=f"({value})")
    for name in ("temperature", "beta", "learning-rate"):
        value = defaults[name.replace("-", "_")]
        parser.add_argument(f"--{name}", type=positive_number, default=value, help=f"({value})")
    parser.add_argument("--seed", type=int, default=defaults["seed"])
    parser.add_argument(
        "--resume", action="store_true", help="go on from the pairs and the checkpoint in OUT"
    )
    options = parser.parse_args(arguments)
    if options.out.exists() and not options.out.is_dir():
        parser.error(f"--out: {options.out} is no directory")
    return PreferencesConfig(**vars(options))


def prefer(config: PreferencesConfig, command: str, console: Console, interruption: Interruption) -> int:
    """One run; the exit code."""
    lines, _ = split(read_lines(config.data))
    weights = lora.read_adapter(config.adapter)
    settings = lora.read_settings(config.adapter)
    files = {"data": config.data, "begin": config.adapter / lora.WEIGHTS_FILE}
    identity = identity_of(config, files)
    tokenizer = lora.load_tokenizer()
    model = lora.attach(lora.load_base(lora.device()), settings["r"], settings["lora_alpha"], config.seed)
    lora.adopt(model, weights, config.adapter)
    kept = read_pairs(config.out / PAIRS, identity) if config.resume else NOTHING
    different = list({line["prompt"]: line for line in lines}.values())[: config.prompts]
    for made in make_pairs(model, tokenizer, different, config, console, interruption, kept):
        write_pairs(config.out / PAIRS, identity, made)
        kept = made
    if kept.prompts < len(different):
        return INTERRUPTED
    pairs = kept.pairs
    if len({pair["prompt"] for pair in pairs}) < 10:
        raise lora.AdapterError(
            f"{config.out / PAIRS}: pairs of fewer than 10 prompts: nothing to learn from"
        )
    task = preferring(model, tokenizer, config, pairs, identity)
    begun = (config.out / CHECKPOINT).exists()
    figures = fit(model, task, replace(config, resume=config.resume and begun), console, interruption)
    conclude(model, config, command, identity, figures, console)
    return FINISHED if figures["finished"] else INTERRUPTED


def main(arguments: list[str] | None = None) -> int:
    """Entry point; the exit code."""
    arguments = sys.argv[1:] if arguments is None else arguments
    return run("narrator.preferences", parse(arguments), arguments, prefer)


if __name__ == "__main__":
    raise SystemExit(main())
