"""Writes docs/specialists.md and its figures: what each specialist of the mind responds to.

    python -m tools.make_specialist_maps                    plays fights, writes the page and its images
    python -m tools.make_specialist_maps --weights DIR      of another mind than the shipped one
    python -m tools.make_specialist_maps --out DIR          into DIR and DIR/images instead of docs
    python -m tools.make_specialist_maps --check            writes nothing; exits 1 when the page there was
                                                            made from other weights

Everything is measured on the observations of fixed-seed fights; how is told in the page. What is played,
measured and drawn is in `tools/specialists/`. Takes about half a minute.
"""

import argparse
import sys
from pathlib import Path

import numpy as np

from features import MOVES, OWNER_COUNT, SPECIALISTS
from modular_mind import WEIGHTS_DIRECTORY, Mind, WeightsError, legal_mask, load_directory
from tools.specialists import figures, grids
from tools.specialists.document import IMAGES, document, verdict, weights_of
from tools.specialists.measures import Report, balance, cleave_rates, margins, report
from tools.specialists.sample import Sample, collect, probabilities, trace
from training.silence import mean_latent, silenced, with_constant_latent

ROOT = Path(__file__).resolve().parent.parent
PAGE = "specialists.md"
FIGHTS = 40  # against each scripted knight on each tier
SEED = 1
MODULATORS = SPECIALISTS[OWNER_COUNT:]


def move_maps(cells: tuple[grids.Grid, np.ndarray, np.ndarray], values: np.ndarray) -> list[np.ndarray]:
    """One map per move: the means of `values` (N, 5) in cells (a grid, rows (N,), columns (N,))."""
    return [grids.means(*cells, values[:, move]) for move in range(len(MOVES))]


def draw(mind: Mind, sample: Sample, before: dict[str, np.ndarray], folder: Path) -> None:
    """Writes the four figures into `folder`; `before` is the mind's trace of the sample."""
    observations = sample.observations
    columns = grids.columns_of(observations)
    situations = (grids.SITUATIONS, grids.situations_of(observations), columns)
    activity = {
        name: grids.means(*situations, before["activity"][:, index]) for index, name in enumerate(SPECIALISTS)
    }
    figures.activity_figure(
        folder / IMAGES["activity"], grids.SITUATIONS, activity, grids.counts(*situations)
    )

    by_drives = probabilities(before["drives"], legal_mask(observations))
    parts = {
        "drive": margins(before["drives"]),
        "modulation": margins(before["modulation"]),
        "effect": before["probabilities"] - by_drives,
    }
    maps = {part: move_maps(situations, values) for part, values in parts.items()}
    figures.logits_figure(folder / IMAGES["logits"], grids.SITUATIONS, MOVES, maps)

    healths = (grids.HEALTH, grids.healths_of(observations), columns)
    maps = {}
    for name in MODULATORS:
        after = trace(silenced(mind, name), observations)["probabilities"]
        maps[name] = move_maps(healths, after - before["probabilities"])
    figures.silence_figure(folder / IMAGES["silence"], grids.HEALTH, MOVES, maps)

    cooldowns = (grids.COOLDOWNS, grids.cooldowns_of(observations), columns)
    maps = move_maps(cooldowns, before["probabilities"])
    figures.moves_figure(folder / IMAGES["moves"], grids.COOLDOWNS, MOVES, maps)


def modulator_rates(mind: Mind, observations: np.ndarray) -> dict[str, dict[str, tuple[float, float]]]:
    """Cleave rates around each modulator's situation: as shipped, without it, with its latent at the mean."""
    rates = {}
    for name in MODULATORS:
        held = with_constant_latent(mind, name, mean_latent(mind, name, observations))
        minds = {"as shipped": mind, "silenced": silenced(mind, name), "held at its mean": held}
        rates[name] = {
            variant: cleave_rates(trace(other, observations)["probabilities"], observations, name)
            for variant, other in minds.items()
        }
    return rates


def make(mind: Mind, explore: dict[str, int], out: Path, fights: int = FIGHTS) -> list[Report]:
    """Plays, measures, and writes `out`/specialists.md with its images; returns what it measured.

    explore: the mistake rate of each tier, in 1/65536. fights: against each scripted knight on each tier.
    """
    sample = collect(mind, explore, fights, SEED)
    before = trace(mind, sample.observations)
    reports = [report(name, mind, sample, before) for name in SPECIALISTS]
    parts = balance(before, sample.observations)
    rates = modulator_rates(mind, sample.observations)
    (out / "images").mkdir(parents=True, exist_ok=True)
    draw(mind, sample, before, out / "images")
    (out / PAGE).write_text(document(mind.sha256, sample, SEED, reports, parts, rates), "utf-8")
    return reports


def check(mind: Mind, out: Path) -> int:
    """0 when the page was made from the weights of `mind`, else 1 and a line that says so."""
    try:
        made_from = weights_of((out / PAGE).read_text("utf-8"))
    except FileNotFoundError:
        made_from = None
    if made_from == mind.sha256:
        return 0
    print(f"{PAGE} was not made from the weights {mind.sha256}: run python -m tools.make_specialist_maps")
    return 1


def main(arguments: list[str] | None = None) -> int:
    """The command; returns its exit code, 2 for weights that cannot be used."""
    parser = argparse.ArgumentParser(
        prog="python -m tools.make_specialist_maps", description=__doc__.split("\n")[0]
    )
    parser.add_argument("--weights", type=Path, default=WEIGHTS_DIRECTORY, metavar="DIR", help="of the mind")
    parser.add_argument("--out", type=Path, default=ROOT / "docs", metavar="DIR", help="for the page")
    parser.add_argument("--check", action="store_true", help="only say whether the page is of these weights")
    chosen = parser.parse_args(arguments)
    try:
        mind, manifest = load_directory(chosen.weights)
    except WeightsError as error:
        print(error, file=sys.stderr)
        return 2
    if chosen.check:
        return check(mind, chosen.out)
    reports = make(mind, manifest["explore"], chosen.out)
    for entry in reports:
        print(f"{entry.name}: the name {verdict(entry)}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
