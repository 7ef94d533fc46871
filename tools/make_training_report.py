"""Writes docs/training_report.md and its figures from the results of the study.

    python -m training.study                     measures everything, writes docs/data/training_study.json
    python -m training.exploiter                 best-response knights, writes docs/data/exploiter.json
    python -m tools.make_training_report         draws and writes; changes no result
    python -m tools.make_training_report --check     writes nothing; exits 1 when the page there was made from
                                                     other data

Options: --data DIR for the results, --out DIR for the page (its images go to DIR/images). A file
training_notes.md among the results is included as it stands. What is computed, said and drawn is in
`tools/report/`. Takes a few seconds.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from duel.fighters import FIGHTERS
from features import OWNER_COUNT, SPECIALISTS
from tools.report import figures
from tools.report.data import STRENGTHS, Data, load, value_of
from tools.report.document import IMAGES, NETWORKS, PARTS, digest_of, document, trained
from tools.report.statistics import Interval, ratings
from tools.report.verdicts import differences, silenced_differences

ROOT = Path(__file__).resolve().parent.parent
PAGE = "training_report.md"
PANELS = ["against the dodger", "the other scripted knights", "learned knights"]
HEALTHS = ("high", "middle", "low")
FORMS = (  # of silencing: in the legend, colour, marker
    ("zero", "latent zero", figures.FULL, "o"),
    ("mean", "latent held at its mean", figures.LIGHT, "D"),
    ("removed", "latent and drive zero", figures.OTHER, "s"),
)


def by_panel(rows: list[dict[str, Interval]]) -> dict[tuple[int, int], Interval]:
    """Intervals by (row, panel) from a dictionary by measure for each row."""
    return {
        (row, STRENGTHS.index(measure)): interval
        for row, found in enumerate(rows)
        for measure, interval in found.items()
    }


def draw_differences(data: Data, folder: Path) -> None:
    """The two figures of differences from the whole mind."""
    parts, networks = trained(data, PARTS), trained(data, NETWORKS)
    names = parts + networks
    found = by_panel([differences(data, name) for name in names])
    series = [("trained anew", figures.FULL, "o", found)]
    labels = [data.title(name) for name in names]
    figures.differences_figure(folder / IMAGES["ablations"], PANELS, labels, series, [len(parts)])

    series = []
    for how, legend, colour, marker in FORMS:
        found = by_panel([silenced_differences(data, name, how) for name in data.specialists])
        series.append((legend, colour, marker, found))
    owners = sum(name in SPECIALISTS[:OWNER_COUNT] for name in data.specialists)
    figures.differences_figure(folder / IMAGES["silenced"], PANELS, data.specialists, series, [owners])


def draw_enrage(data: Data, path: Path) -> None:
    """Attack rates by health: as trained, Enrage silenced in two ways, trained without it."""

    def rates(records: list[dict]) -> np.ndarray:
        return np.array(
            [[value_of(r, f"attack_rate_{health}_health") for health in HEALTHS] for r in records]
        )

    minds = data.minds()
    conditions = [
        ("Modular Mind", rates([mind["whole"] for mind in minds])),
        ("Enrage's latent zero", rates([mind["Enrage"]["zero"] for mind in minds])),
        ("Enrage's latent at its mean", rates([mind["Enrage"]["mean"] for mind in minds])),
    ]
    if data.runs("without_enrage"):
        conditions.append(
            ("trained without Enrage", rates([run["final"] for run in data.runs("without_enrage")]))
        )
    figures.enrage_figure(path, [f"{health}\nhealth" for health in HEALTHS], conditions)


def make(data: Data, out: Path) -> None:
    """Writes `out`/training_report.md and the figures in `out`/images."""
    folder = out / "images"
    folder.mkdir(parents=True, exist_ok=True)
    matrix = data.study["payoff"]
    rows, columns = list(matrix["rows"]), matrix["columns"]
    counts = np.array([matrix["rows"][row] for row in rows])
    rates = counts[..., 0] / counts.sum(-1)
    rated = ratings(counts, FIGHTERS.index("dodger"))
    bosses = dict(zip(rows, rated[: len(rows)], strict=True))
    knights = dict(zip(columns, rated[len(rows) :], strict=True))

    figures.curves_figure(folder / IMAGES["curves"], data)
    figures.payoff_figure(folder / IMAGES["payoff"], rows, columns, rates)
    figures.ratings_figure(folder / IMAGES["ratings"], bosses, knights)
    draw_differences(data, folder)
    draw_enrage(data, folder / IMAGES["enrage"])
    (out / PAGE).write_text(document(data, (bosses, knights), rates), "utf-8")


def check(data: Data, out: Path) -> int:
    """0 when the page was made from this data, else 1 and a line that says so."""
    try:
        made_from = digest_of((out / PAGE).read_text("utf-8"))
    except FileNotFoundError:
        made_from = None
    if made_from == data.digest:
        return 0
    print(f"{PAGE} was not made from the results at hand: run python -m tools.make_training_report")
    return 1


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code, 2 for results that are missing or cannot be read."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.make_training_report", description=__doc__.split("\n")[0]
    )
    parser.add_argument(
        "--data", type=Path, default=ROOT / "docs" / "data", metavar="DIR", help="the results"
    )
    parser.add_argument("--out", type=Path, default=ROOT / "docs", metavar="DIR", help="for the page")
    parser.add_argument("--check", action="store_true", help="only say whether the page is of these results")
    chosen = parser.parse_args(arguments)
    try:
        data = load(chosen.data)
    except FileNotFoundError as error:
        print(f"{error.filename} is missing: run python -m training.study", file=sys.stderr)
        return 2
    except ValueError as error:
        print(error, file=sys.stderr)
        return 2
    if chosen.check:
        return check(data, chosen.out)
    make(data, chosen.out)
    print(f"wrote {chosen.out / PAGE}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
