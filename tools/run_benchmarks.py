"""Runs the benchmarks one after the other and writes their figures to docs/benchmarks.md.

    python -m tools.run_benchmarks           all but the long ones (`make bench`)
    python -m tools.run_benchmarks --long    all of them
    python -m tools.run_benchmarks sim       only these, printed; the document stays as it is
    python -m tools.run_benchmarks sim --write    and their parts of the document are written anew

Every part of the document names the commit and the machine that it was measured on.

A benchmark is a module of benchmarks/ that can be run. It prints one JSON object on its last line and may
print progress before it. One that says `LONG = True` takes an hour or so: `make bench` leaves it out, and
keeps what docs/benchmarks.md has of it. When one fails, the others still run, the document stays as it is and
the exit code is 1.
"""

import argparse
import ast
import json
import os
import platform
import subprocess
import sys
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / "benchmarks"
DOCUMENT = ROOT / "docs" / "benchmarks.md"
PACKAGES = ("numpy", "numba", "torch", "onnxruntime", "gymnasium", "gradio", "xllamacpp")
WIDEST_VALUE = 80  # characters; longer lists and objects are found in the JSON only
LONGEST_OBJECT = 12  # figures; histograms have more
MACHINE = "machine"  # what is added here to the figures
PROVENANCE = ("commit", "weights", "seeds", MACHINE)  # the others, every benchmark adds itself


class BenchmarkError(RuntimeError):
    """A benchmark that did not do its part; the message says what is wrong."""


def benchmarks(folder: Path = FOLDER) -> list[str]:
    """Names of the modules that are benchmarks: those that do something when run."""
    return sorted(
        path.stem for path in folder.glob("*.py") if 'if __name__ == "__main__":' in path.read_text("utf-8")
    )


def is_long(name: str, folder: Path = FOLDER) -> bool:
    """Whether a benchmark says that it takes too long to run with the others."""
    return "\nLONG = True" in (folder / f"{name}.py").read_text("utf-8")


def read_figures(output: str) -> dict:
    """The JSON object on the last line of a benchmark's output; raises BenchmarkError."""
    lines = output.strip().splitlines()
    try:
        figures = json.loads(lines[-1]) if lines else None
    except ValueError:
        figures = None
    if not isinstance(figures, dict):
        raise BenchmarkError("its last line is no JSON object")
    return figures


def run(name: str) -> dict:
    """Runs one benchmark here; its progress goes to this process's stderr. Raises BenchmarkError."""
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    done = subprocess.run(command, cwd=ROOT, stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode != 0:
        raise BenchmarkError(f"it ended with code {done.returncode}")
    return {**read_figures(done.stdout), MACHINE: machine()}


# ---------------------------------------------------------------------------- the machine
def processor() -> str:
    """The model of the processor, as far as the system tells."""
    try:
        lines = Path("/proc/cpuinfo").read_text("utf-8").splitlines()
    except OSError:
        lines = []
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return models[0] if models else platform.processor() or platform.machine()


def cores() -> int:
    """Logical processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def memory() -> str | None:
    """The machine's memory, or None where the system does not tell."""
    try:
        return f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB of memory"
    except (AttributeError, ValueError, OSError):
        return None


def machine() -> str:
    """One line on hardware and software, without names of hosts, people or folders."""
    packages = []
    for name in PACKAGES:
        try:
            packages.append(f"{name} {version(name)}")
        except PackageNotFoundError:
            continue
    parts = [f"{processor()}, {cores()} logical cores", memory(), platform.system()]
    parts += [f"Python {platform.python_version()}", *packages]
    return ", ".join(part for part in parts if part)


# ---------------------------------------------------------------------------- the document
def shown(value) -> str | None:
    """A figure as text for people; None for what is too long for a table."""
    if isinstance(value, bool) or value is None:
        return {True: "yes", False: "no", None: "none"}[value]
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:,.0f}" if abs(value) >= 1000 else f"{value:.4g}"
    text = value if isinstance(value, str) else json.dumps(value)
    return text if len(text) <= WIDEST_VALUE else None


def rows(figures: dict, prefix: str = "") -> list[tuple[str, str]]:
    """(name, value) of every figure; those of a nested object are named with dots."""
    result = []
    for name, value in figures.items():
        text = shown(value)
        if text is not None:
            result.append((prefix + name, text))
        elif isinstance(value, dict) and len(value) <= LONGEST_OBJECT:
            result += rows(value, f"{prefix}{name}.")
        else:
            result.append((prefix + name, f"{len(value)} values, see the JSON"))
    return result


def subject(name: str, folder: Path = FOLDER) -> str:
    """What a benchmark measures: the first paragraph of its docstring."""
    tree = ast.parse((folder / f"{name}.py").read_text("utf-8"))
    return " ".join((ast.get_docstring(tree) or "").partition("\n\n")[0].split())


def section(name: str, figures: dict, folder: Path = FOLDER) -> str:
    """One benchmark's part of the document."""
    table = rows({key: value for key, value in figures.items() if key not in PROVENANCE})
    lines = [f"## {name}", "", subject(name, folder), ""]
    lines += [f"Measured on: {figures[MACHINE]}.", "", "| figure | value |", "|---|---|"]
    lines += [f"| {key} | {value.replace('|', '/')} |" for key, value in table]
    lines += ["", "```sh", f"python -m benchmarks.{name}", "```", "", "```json", json.dumps(figures), "```"]
    return "\n".join(lines)


def document(results: dict[str, dict], folder: Path = FOLDER) -> str:
    """docs/benchmarks.md as text."""
    head = [
        "# Benchmarks",
        "",
        "<!-- Generated by tools/run_benchmarks.py; do not edit. -->",
        "",
        "Written by `make bench`. Each part can be measured again by its command, which prints the JSON",
        "shown here (but for the machine): the figures, the commit it measured, the identity of the mind's",
        "weights and the seeds.",
        "",
    ]
    parts = [section(name, figures, folder) for name, figures in results.items()]
    return "\n".join(head) + "\n" + "\n\n".join(parts) + "\n"


def documented(text: str) -> dict[str, dict]:
    """The figures of every benchmark in the text of a document."""
    results = {}
    for part in text.split("\n## ")[1:]:
        block = part.partition("\n```json\n")[2].partition("\n```")[0]
        results[part.partition("\n")[0]] = json.loads(block)
    return results


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.run_benchmarks", description=__doc__.split("\n")[0]
    )
    parser.add_argument("names", nargs="*", metavar="NAME", help="benchmarks to run, all unless named")
    parser.add_argument("--long", action="store_true", help="also those that take an hour or so")
    parser.add_argument("--write", action="store_true", help="write what is named into the document")
    options = parser.parse_args(arguments)
    chosen = options.names
    unknown = sorted(set(chosen) - set(benchmarks()))
    if unknown:
        parser.error(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(benchmarks())}")
    usual = [name for name in benchmarks() if options.long or not is_long(name)]
    results, failed = {}, []
    for name in chosen or usual:
        print(f"benchmarks.{name}", flush=True)
        try:
            results[name] = run(name)
        except BenchmarkError as error:
            failed.append(name)
            print(f"benchmarks.{name} failed: {error}", file=sys.stderr, flush=True)
        else:
            print(json.dumps(results[name]), flush=True)
    if failed:
        print(f"Failed: {', '.join(failed)}. {DOCUMENT.name} stays as it is.", file=sys.stderr)
        return 1
    if options.write or not chosen:
        before = documented(DOCUMENT.read_text("utf-8")) if DOCUMENT.exists() else {}
        kept = {name: before[name] for name in benchmarks() if name not in results and name in before}
        DOCUMENT.write_text(document(dict(sorted({**kept, **results}.items()))), "utf-8")
        print(f"The figures are in docs/{DOCUMENT.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
