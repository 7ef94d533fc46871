"""How well a backend tells held-out facts.

    python -m narrator.evaluate --facts 100                     the configured backend, all personas
    python -m narrator.evaluate --persona crowd --show 20       with lines to read

Figures, all of them over the first line that a model writes for each fact set unless said otherwise:

- raw_precision: share that the validator finds true and fit to be shown;
- fallback_rate: share of fact sets for which the bard's line stays, after as many tries as play allows to a
  line that no newer one cuts short;
- distinct_3: distinct three-word sequences over all of them, shown lines.

`benchmarks/narrator.py` has an independent judge besides, and the bars.
"""

import argparse
import json
import os
import random
import sys
import time
from collections import Counter
from dataclasses import dataclass

from rich.console import Console
from rich.progress import track

from narrator.backends import Backend, BackendUnavailable, start
from narrator.bard import Bard
from narrator.facts import Facts
from narrator.held_out import sample
from narrator.personas import PERSONAS
from narrator.settings import SECOND_TRY_WITHIN, TRIES, NarratorSettingsError, read_config
from narrator.validator import verdict

FIRST_FIGHT = 1 << 20  # seeds of evaluation's fights begin here
FIGHTS = 3000


@dataclass(frozen=True)
class Told:
    """One fact set as it was told."""

    facts: Facts
    persona: str
    first: str  # the model's first line
    refused: str | None  # why the validator refused it, or None
    shown: str  # what a player would read
    by_model: bool
    seconds: float  # until the model's last line was there
    tokens: int


def held_out_facts(count: int, first_fight: int = FIRST_FIGHT) -> list[Facts]:
    """The fact sets of the evaluation, always the same ones; first_fight: seed of the first fight."""
    return sample(count, range(first_fight, first_fight + FIGHTS), held_out=True)


def tell(backend: Backend, facts: list[Facts], persona: str, seed: int = 0) -> list[Told]:
    """Has each fact set told as in play, but with nobody else waiting: up to TRIES lines, else the bard's."""
    told = []
    source = random.Random(f"{seed} {persona}")
    for one in track(facts, persona, console=Console(stderr=True), transient=True):
        began, first, refused, tokens, writing = time.perf_counter(), "", None, 0, 0.0
        shown, by_model = "", False
        for attempt in range(TRIES):
            try:
                written = backend.write(one, persona, source.getrandbits(31))
            except BackendUnavailable as error:
                refused = refused or str(error)
                break
            tokens, writing = tokens + written.tokens, writing + written.seconds
            wrong = verdict(written.text, one, persona)
            if attempt == 0:
                first, refused = written.text, wrong
            if wrong is None:
                shown, by_model = written.text, True
            if by_model or writing >= SECOND_TRY_WITHIN:
                break
        seconds = time.perf_counter() - began
        shown = shown or Bard(source.getrandbits(31)).line(one, persona)
        told.append(Told(one, persona, first, refused, shown, by_model, seconds, tokens))
    return told


def distinct(lines: list[str], length: int = 3) -> float:
    """Distinct sequences of that many words, as a share of all sequences in the lines."""
    sequences: list[tuple[str, ...]] = []
    for line in lines:
        words = [word.strip(".,;:!?-").lower() for word in line.split()]
        sequences += [tuple(words[at : at + length]) for at in range(len(words) - length + 1)]
    return len(set(sequences)) / len(sequences) if sequences else 0.0


def figures(told: list[Told]) -> dict[str, float]:
    """The figures of the docstring that need no other judge."""
    seconds = sorted(one.seconds for one in told)
    return {
        "raw_precision": sum(one.refused is None for one in told) / len(told),
        "fallback_rate": sum(not one.by_model for one in told) / len(told),
        "distinct_3": distinct([one.shown for one in told]),
        "line_p50_ms": 1000 * seconds[len(seconds) // 2],
        "line_p95_ms": 1000 * seconds[min(len(seconds) - 1, int(len(seconds) * 0.95))],
    }


def main(arguments: list[str] | None = None) -> int:
    """Evaluates the configured backend; returns the exit code."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--facts", type=int, default=100)
    parser.add_argument("--persona", choices=tuple(PERSONAS), action="append")
    parser.add_argument("--show", type=int, default=0, help="how many shown lines to print")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)
    try:
        backend = start(read_config(os.environ))
    except (NarratorSettingsError, BackendUnavailable) as error:
        print(f"Cannot evaluate: {error}", file=sys.stderr)
        return 2
    facts = held_out_facts(options.facts)
    report = {"backend": backend.name, "model": backend.model, "tuned": backend.tuned}
    for persona in options.persona or PERSONAS:
        told = tell(backend, facts, persona, options.seed)
        for one in told[: options.show]:
            print(f"{'model' if one.by_model else 'bard '} {one.facts.beat:20s} {one.shown}")
        refused = Counter(one.refused for one in told if one.refused)
        for why, count in refused.most_common(12 if options.show else 0):
            print(f"  refused {count:3d}: {why}")
        report[persona] = {name: round(value, 4) for name, value in figures(told).items()}
    backend.close()
    print(json.dumps(report))
    return 0


if __name__ == "__main__":
    sys.exit(main())
