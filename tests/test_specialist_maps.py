"""docs/specialists.md: its numbers are those of a slow computation, its verdicts follow from them."""

import re
from dataclasses import replace

import numpy as np
import pytest
from mind_samples import draws, observations, random_mind, tied_mind
from PIL import Image

import modular_mind
from duel.batch import DuelBatch
from duel_sim import FIGHTERS, Duel, ScriptedKnight
from features import (
    MOVES,
    OBSERVED_DISTANCE,
    ONGOING,
    SEED,
    SPECIALISTS,
    STREAM_DECISION,
    TIERS,
    hash32,
)
from tools import make_specialist_maps
from tools.specialists import document, figures, grids, measures
from tools.specialists.measures import Effect
from tools.specialists.sample import collect, trace
from training.evaluate import OBSERVED
from training.silence import silenced

IMAGE_LIMIT = 300_000  # bytes
EXPLORE = {"easy": 32768, "normal": 14418, "hard": 2621}


@pytest.fixture(scope="module")
def mind():
    return modular_mind.default_mind()


@pytest.fixture(scope="module")
def made(mind, tmp_path_factory):
    """(folder, reports) of one fight against each knight on each tier."""
    folder = tmp_path_factory.mktemp("docs")
    return folder, make_specialist_maps.make(mind, EXPLORE, folder, fights=1)


@pytest.fixture(scope="module")
def page(made):
    return (made[0] / "specialists.md").read_text("utf-8")


@pytest.fixture(scope="module")
def decisions(mind):
    """(observation, trace) of every decision of the same fights, played one by one in plain Python."""
    rates = [EXPLORE[tier] for tier in TIERS]
    kinds = np.repeat(np.arange(len(FIGHTERS)), len(rates))
    seeds = DuelBatch(len(kinds), kinds, make_specialist_maps.SEED).states[:, SEED]
    found = []
    for row, kind in enumerate(kinds):
        duel = Duel(int(seeds[row]))
        knight = ScriptedKnight(FIGHTERS[kind], duel)
        while duel.outcome == ONGOING:
            if duel.decision_due:
                view = duel.observation()
                draw = hash32(int(seeds[row]), STREAM_DECISION, duel.k)
                decision = modular_mind.decide(view, rates[row % len(rates)], draw, mind)
                duel.choose(decision["move"])
                found.append((view, decision))
            duel.step(knight(duel))
    return found


def table_row(page: str, heading: str, name: str) -> list[str]:
    """The cells of the row of `name` in the first table below a heading."""
    part = page[page.index(f"\n## {heading}\n") :]
    row = re.search(rf"^\| {name} \|(.*)\|$", part, re.MULTILINE).group(1)
    return [cell.strip() for cell in row.split(" | ")]


# ---------------------------------------------------------------------------- the shipped page
def test_the_page_belongs_to_the_shipped_weights(capsys):
    assert make_specialist_maps.main(["--check"]) == 0, capsys.readouterr().out


# ---------------------------------------------------------------------------- numbers
def test_the_sample_is_the_decisions_of_real_fights(mind, decisions):
    sample = collect(mind, EXPLORE, 1, make_specialist_maps.SEED)
    assert sample.fights == len(FIGHTERS) * len(TIERS)
    assert sorted(sample.observations.tolist()) == sorted(view for view, _ in decisions)


def test_the_activity_table_is_that_of_a_slow_computation(page, decisions):
    name = "Punisher"
    index = SPECIALISTS.index(name)
    values = [decision["activity"][index] for _, decision in decisions]
    cells = table_row(page, "Activity", name)
    assert cells[0] == f"{sum(values) / len(values):.2f}"

    first, last = (
        int(word) for word in re.search(r"(\d+) (?:to (\d+) )?px", cells[1] + " 9999 px").groups("960")
    )
    knight, mood, cleave, mean = re.match(
        r"knight (\w+), boss (\w+), cleave (allowed|on cooldown), .*\((.*)\)", cells[1]
    ).groups()
    inside = []
    for (view, _), value in zip(decisions, values, strict=True):
        seen = dict(zip(OBSERVED, view, strict=True))
        phases = [phase for phase in grids.KNIGHT_ROWS if seen.get(f"knight_{phase}")]
        same = (phases or ["free"]) == [knight] and seen["boss_enraged"] == (mood == "enraged")
        same = same and (seen["boss_cooldown"] == 0) == (cleave == "allowed")
        if same and first <= seen["distance"] <= last:
            inside.append(value)
    assert mean == f"{sum(inside) / len(inside):.2f}"

    field, shown = re.match(r"`(\w+)` ([+−][\d.]+)", cells[2]).groups()
    related = np.corrcoef(values, [view[OBSERVED[field]] for view, _ in decisions])[0, 1]
    assert float(shown.replace("−", "-")) == pytest.approx(related, abs=0.0051)


@pytest.mark.parametrize("name", ["Aggressor", "Enrage"])
def test_the_effect_of_silencing_is_that_of_single_decisions(name, mind, made, page, decisions):
    other = silenced(mind, name)
    changes = []
    for view, decision in decisions:
        after = modular_mind.decide(view, 0, 0, other)["probabilities"]
        changes.append([b - a for a, b in zip(decision["probabilities"], after, strict=True)])
    shift = [sum(column) / len(changes) for column in zip(*changes, strict=True)]
    moved = sum(sum(abs(change) for change in row) / 2 for row in changes) / len(changes)
    report = made[1][SPECIALISTS.index(name)]
    assert report.silenced.shift == pytest.approx(shift, abs=1e-12)
    assert report.silenced.moved == pytest.approx(moved, abs=1e-12)
    cells = table_row(page, "Silencing a specialist", name)
    assert cells[: len(MOVES)] == [document.points(value) for value in report.silenced.shift]
    assert cells[len(MOVES)] == f"{moved:.1%}"


def test_probabilities_are_those_of_a_decision():
    mind, views = random_mind(3, scale=2.0), observations(3, 300)
    batch = trace(mind, views)["probabilities"]
    for row, (view, draw) in enumerate(zip(views.tolist(), draws(3, 300).tolist(), strict=True)):
        assert modular_mind.decide(view, 0, draw, mind)["probabilities"] == batch[row].tolist()


def test_the_area_under_the_curve_counts_pairs():
    random = np.random.default_rng(5)
    values, inside = random.integers(0, 6, 60).astype(float), random.random(60) < 0.4
    pairs = [(a > b) + (a == b) / 2 for a in values[inside] for b in values[~inside]]
    assert measures.auc(values, inside) == pytest.approx(sum(pairs) / len(pairs))
    assert np.isnan(measures.auc(values, np.zeros(60, bool)))


def test_every_decision_has_its_cell_and_sparse_cells_show_nothing():
    views = observations(11, 2000)
    for grid, rows in (
        (grids.SITUATIONS, grids.situations_of(views[views[:, 3:7].sum(1) <= 1])),
        (grids.HEALTH, grids.healths_of(views)),
        (grids.COOLDOWNS, grids.cooldowns_of(views)),
    ):
        columns = grids.columns_of(views)[: len(rows)]
        number = grids.counts(grid, rows, columns)
        assert number.sum() == len(rows)
        assert sum(count for _, count in grid.groups) == len(grid.labels) == len(number)
        shown = grids.means(grid, rows, columns, np.ones(len(rows)))
        assert (np.isfinite(shown) == (number >= grids.LEAST_DECISIONS)).all()
        assert np.nanmax(shown) == np.nanmin(shown) == 1.0
    views[:, OBSERVED_DISTANCE] = 10_000
    assert (grids.columns_of(views) == grids.COLUMN_COUNT - 1).all()


# ---------------------------------------------------------------------------- verdicts
def test_a_mind_without_weights_has_nothing_to_show(tmp_path):
    """All latents are zero, so no silencing changes anything, no activity follows anything, no name fits."""
    reports = make_specialist_maps.make(tied_mind(), EXPLORE, tmp_path, fights=1)
    for report in reports:
        for effect in (report.silenced, report.held, report.removed):
            assert effect.moved == 0
            assert (effect.shift == 0).all()
        assert report.mean_activity == 0
        assert {value for _, value in report.fields} == {0.0}
        assert document.verdict(report) == "does not fit"
    text = (tmp_path / "specialists.md").read_text("utf-8")
    assert text.count("Its latent hardly matters: silencing it moves 0.0% of the probability.") == len(
        SPECIALISTS
    )


@pytest.mark.parametrize(
    ("auc", "inside", "outside", "verdict"),
    [
        (0.9, -0.2, -0.05, "fits"),
        (0.9, -0.2, -0.3, "fits in part"),
        (0.9, 0.1, 0.2, "fits in part"),
        (0.5, -0.2, 0.1, "fits in part"),
        (0.2, 0.1, 0.0, "does not fit"),
        (0.5, -0.01, 0.0, "does not fit"),
        (float("nan"), float("nan"), -0.1, "does not fit"),
    ],
)
def test_a_verdict_follows_from_both_criteria(made, auc, inside, outside, verdict):
    effect = Effect(np.zeros(len(MOVES)), 0.1, inside, outside)
    owner = replace(made[1][0], drive_auc=auc, activity_auc=0.5, removed=effect)
    modulator = replace(made[1][-1], activity_auc=auc, removed=effect)
    for report in (owner, modulator):
        assert document.verdict(report) == verdict
        told = document.paragraph(report)
        assert f"the name **{verdict}**" in told
        assert ("lower when" in told) == (auc == 0.2)
        assert ("cannot be told" in told) == np.isnan(auc)


def test_where_a_rise_comes_from_follows_from_what_is_left_of_it():
    assert "hardly a difference" in document.source_of_rise("Enrage", 0.01, 0.3)
    assert "comes mostly from it" in document.source_of_rise("Enrage", 0.2, 0.05)
    assert "comes in part from it" in document.source_of_rise("Enrage", 0.2, 0.15)
    assert "comes hardly from it" in document.source_of_rise("Enrage", -0.2, -0.19)
    assert "does not come from it" in document.source_of_rise("Enrage", 0.2, 0.25)
    assert "nothing can be said" in document.source_of_rise("Enrage", float("nan"), 0.2)


# ---------------------------------------------------------------------------- the document
def test_the_page_names_its_weights_command_and_every_specialist(page, mind):
    assert document.weights_of(page) == mind.sha256
    assert "Command: `python -m tools.make_specialist_maps`" in page[:400]
    for name in SPECIALISTS:
        assert len(re.findall(rf"^\| {name} \|", page, re.MULTILINE)) >= 3
        assert f"**{name}** (" in page
    assert "nan" not in page


def test_every_image_is_there_whole_and_small(made, page):
    folder, _ = made
    shown = re.findall(r"\]\(images/([\w.]+)\)", page)
    assert sorted(shown) == sorted(document.IMAGES.values())
    for name in shown:
        path = folder / "images" / name
        assert path.stat().st_size < IMAGE_LIMIT
        with Image.open(path) as image:
            image.load()
            assert image.width == figures.WIDTH * figures.RESOLUTION


def test_the_same_arrays_give_the_same_image(tmp_path):
    random = np.random.default_rng(2)
    shape = (len(grids.COOLDOWNS.labels), grids.COLUMN_COUNT)
    maps = [np.where(random.random(shape) < 0.3, np.nan, random.random(shape)) for _ in MOVES]
    for name in ("one.png", "two.png"):
        figures.moves_figure(tmp_path / name, grids.COOLDOWNS, MOVES, maps)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


# ---------------------------------------------------------------------------- the command
def test_the_check_tells_other_weights_and_a_missing_page_and_writes_nothing(made, tmp_path, capsys):
    other = random_mind(1)
    modular_mind.save(tmp_path / modular_mind.WEIGHTS_NAME, other.parameters)
    modular_mind.write_manifest(tmp_path, other, EXPLORE, {})
    folder, _ = made
    weights = ["--weights", str(tmp_path)]
    assert make_specialist_maps.main(["--check", "--out", str(folder)]) == 0
    assert capsys.readouterr().out == ""
    assert make_specialist_maps.main(["--check", "--out", str(folder), *weights]) == 1
    assert make_specialist_maps.main(["--check", "--out", str(tmp_path / "none"), *weights]) == 1
    assert capsys.readouterr().out.count(f"was not made from the weights {other.sha256}") == 2
    assert not (tmp_path / "none").exists()


def test_weights_that_cannot_be_used_get_one_line(tmp_path, capsys):
    assert make_specialist_maps.main(["--weights", str(tmp_path)]) == 2
    assert capsys.readouterr().err.count("\n") == 1
