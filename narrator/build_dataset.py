"""Training data: facts of simulated fights, each with some lines in our own words.

    python -m narrator.build_dataset --persona chronicler --out runs/narrator/chronicler.jsonl

Facts come from thousands of simulated fights, every kind of moment equally often; held-out prompts are left
out. Lines are composed from the parts of a voice, or whole ones of it, filled with the facts' numbers. So the
same facts are told in many ways and the same words go with many facts: what a model can learn is to say what
the facts say. Every example has passed the validator. The same arguments give the same file.
"""

import argparse
import hashlib
import json
import random
import sys
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.progress import track

from narrator.bard import compositions, fill
from narrator.facts import Facts, as_dict
from narrator.held_out import sample
from narrator.personas import PERSONAS
from narrator.prompt import tuned_prompt
from narrator.validator import verdict
from narrator.voices import VOICES

TRIES = 40  # compositions looked at for one example


@dataclass(frozen=True)
class DatasetConfig:
    """What a data set is made of."""

    persona: str
    out: Path
    moments: int = 2000
    lines: int = 6  # of each moment
    fights: int = 2500
    whole_lines: float = 0.4  # share of the examples; the others are composed
    seed: int = 0


def build(config: DatasetConfig) -> list[dict]:
    """The examples: {"prompt", "text", "facts"}, no two alike."""
    source = random.Random(f"{config.seed} {config.persona}")
    seeds = track(range(config.fights), "fights", console=Console(stderr=True), transient=True)
    facts = sample(config.moments, (config.seed * config.fights + n for n in seeds), held_out=False)
    examples: list[dict] = []
    known: set[tuple[str, str]] = set()
    for one in facts:
        prompt = tuned_prompt(one)
        for text in _lines(one, config, source):
            if (prompt, text) not in known:
                known.add((prompt, text))
                examples.append({"prompt": prompt, "text": text, "facts": as_dict(one)})
    return examples


def _lines(facts: Facts, config: DatasetConfig, source: random.Random) -> list[str]:
    """A few lines about a moment: some whole ones of the voice, the others composed."""
    wanted = round(config.lines * config.whole_lines)
    templates = VOICES[config.persona].lines[facts.beat]
    lines: list[str] = []
    for template in source.sample(templates, len(templates)):
        text = fill(template, facts, config.persona, source)
        if len(lines) < wanted and text is not None and verdict(text, facts, config.persona) is None:
            lines.append(text)
    composed = compositions(facts, config.persona, source, TRIES * config.lines)
    return lines + list(islice(composed, config.lines - len(lines)))


def write(examples: list[dict], path: Path) -> str:
    """Writes a data set as JSON lines; returns its SHA-256."""
    data = "".join(json.dumps(example) + "\n" for example in examples).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(data)
    return hashlib.sha256(data).hexdigest()


def main(arguments: list[str] | None = None) -> int:
    """Builds one persona's data set; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--persona", choices=tuple(PERSONAS), required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--moments", type=int, default=DatasetConfig.moments)
    parser.add_argument("--fights", type=int, default=DatasetConfig.fights)
    parser.add_argument("--seed", type=int, default=DatasetConfig.seed)
    config = DatasetConfig(**vars(parser.parse_args(arguments)))
    if config.moments < 1 or config.fights < 1:
        print("--moments and --fights are at least 1", file=sys.stderr)
        return 2
    examples = build(config)
    digest = write(examples, config.out)
    print(json.dumps({"out": str(config.out), "examples": len(examples), "sha256": digest}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
