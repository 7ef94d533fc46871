"""What every benchmark shares: the report line, and fair timing of alternatives.

Not run by itself. A benchmark calls `report(figures, seeds)` once, at its end, and times competing
implementations with `interleaved`, so that a machine that slows down slows all of them down.
"""

import gc
import json
import statistics
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
MANIFEST = ROOT / "weights" / "manifest.json"


def commit() -> str | None:
    """The commit checked out, or None outside a git repository or before its first commit."""
    try:
        done = subprocess.run(
            ["git", "rev-parse", "--verify", "--quiet", "HEAD"],
            cwd=ROOT,
            capture_output=True,
            text=True,
            timeout=10,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def weights_sha256() -> str | None:
    """The identity of the shipped mind, from its manifest; None when there is no manifest."""
    try:
        return json.loads(MANIFEST.read_text(encoding="utf-8"))["weights_sha256"]
    except FileNotFoundError:
        return None


def report(figures: Mapping, seeds: Sequence[int] = ()) -> dict:
    """Prints `figures` as one line of JSON, with the commit, the weights and the seeds; returns it too."""
    provenance = {"commit": commit(), "weights": weights_sha256(), "seeds": list(seeds)}
    if clash := provenance.keys() & figures.keys():
        raise ValueError(f"figures of these names would be lost: {', '.join(sorted(clash))}")
    complete = {**figures, **provenance}
    print(json.dumps(complete), flush=True)
    return complete


def interleaved(
    alternatives: Mapping[str, Callable[[], object]], rounds: int = 21, calls: int = 1
) -> dict[str, float]:
    """Median seconds of one call of each alternative, timed in turns.

    In each of `rounds` rounds every alternative is called `calls` times in a row, and the mean of those is
    one sample; the order of the alternatives is reversed in every second round. One round before
    them warms caches and is not counted. The garbage collector rests while the clock runs.
    """
    samples = {name: [] for name in alternatives}
    order = list(alternatives.items())
    collecting = gc.isenabled()
    try:
        for turn in range(rounds + 1):
            for name, function in order:
                gc.collect()
                gc.disable()
                began = time.perf_counter()
                for _ in range(calls):
                    function()
                seconds = (time.perf_counter() - began) / calls
                if collecting:
                    gc.enable()
                if turn:
                    samples[name].append(seconds)
            order.reverse()
    finally:
        if collecting:
            gc.enable()
    return {name: statistics.median(times) for name, times in samples.items()}
