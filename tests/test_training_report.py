"""docs/training_report.md: its statistics against slow ones, its verdicts by their criteria, its numbers by
the results it was made from."""

import itertools
import json
import re
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from study_samples import study

from duel.fighters import FIGHTERS
from features import SPECIALISTS
from tools import make_training_report
from tools.report import sentences, statistics, tables, verdicts
from tools.report.data import Data, load, on_grid, reaching
from tools.report.document import IMAGES
from tools.report.statistics import Interval
from training.variants import VARIANTS

ROOT = Path(__file__).resolve().parent.parent
IMAGE_LIMIT = 300_000  # bytes
UP, DOWN, FLAT = Interval(0.1, 0.05, 0.15), Interval(-0.1, -0.15, -0.05), Interval(0.0, -0.05, 0.05)


def data_of(content: dict, exploiter: dict | None = None, notes: str = "") -> Data:
    return Data(content, exploiter, notes, "e" * 64)


def write(folder: Path, content: dict, exploiter: dict | None = None, notes: str | None = None) -> None:
    folder.mkdir(exist_ok=True)
    (folder / "training_study.json").write_text(json.dumps(content), "utf-8")
    if exploiter is not None:
        (folder / "exploiter.json").write_text(json.dumps(exploiter), "utf-8")
    if notes is not None:
        (folder / "training_notes.md").write_text(notes, "utf-8")


@pytest.fixture(scope="module")
def content():
    strengths = dict.fromkeys(VARIANTS, 0.8) | {"without_latent": 0.4, "tiny": 0.5, "monolith": 0.95}
    return study(strengths)


@pytest.fixture(scope="module")
def made(content, tmp_path_factory):
    """The folder of a page with everything there is: exploiters and notes too."""
    folder = tmp_path_factory.mktemp("report")
    exploiter = {
        "seeds": [0, 1, 2], "win_rates": [0.2, 0.41, 0.3], "agent_steps": 24_000_000,
        "boss_steps": 12_000_000, "weights": content["weights"], "tier": "hard", "fights": 1000,
        "starts": {"nothing": [0.2, 0.1, 0.3], "learned knight": [0.1, 0.41, 0.2]},
    }  # fmt: skip
    write(folder / "data", content, exploiter, "The notes, **verbatim**.\n")
    assert make_training_report.main(["--data", str(folder / "data"), "--out", str(folder)]) == 0
    return folder


@pytest.fixture(scope="module")
def page(made):
    return (made / "training_report.md").read_text("utf-8")


def row_of(page: str, heading: str, name: str) -> list[str]:
    """The cells of a row of the first table below a heading that has it."""
    part = page[page.index(f"# {heading}\n") :]
    row = re.search(rf"^\| {re.escape(name)} \|(.*)\|$", part, re.MULTILINE).group(1)
    return [cell.strip() for cell in row.split(" | ")]


# ---------------------------------------------------------------------------- statistics
def all_means(values) -> np.ndarray:
    """The means of every possible resample of a few values: the bootstrap without chance."""
    return np.array([np.mean(picked) for picked in itertools.product(values, repeat=len(values))])


def test_intervals_of_means_equal_those_over_every_resample():
    values = np.array([0.61, 0.72, 0.55, 0.9, 0.68])
    interval = statistics.mean_interval(values)
    low, high = np.percentile(all_means(values), statistics.TAILS)
    assert interval.mean == pytest.approx(values.mean())
    assert interval.low == pytest.approx(low, abs=0.004)
    assert interval.high == pytest.approx(high, abs=0.004)


def test_intervals_of_differences_equal_those_over_every_pair_of_resamples():
    first, second = np.array([0.7, 0.5, 0.6, 0.8]), np.array([0.2, 0.35, 0.3, 0.5])
    interval = statistics.difference_interval(first, second)
    every = (all_means(first)[:, None] - all_means(second)[None]).ravel()
    low, high = np.percentile(every, statistics.TAILS)
    assert interval.mean == pytest.approx(first.mean() - second.mean())
    assert (interval.low, interval.high) == pytest.approx((low, high), abs=0.006)


def test_bands_are_the_intervals_of_each_point():
    curves = np.random.default_rng(2).random((5, 7))
    mean, low, high = statistics.band(curves)
    for point in range(7):
        assert statistics.mean_interval(curves[:, point]) == pytest.approx(
            (mean[point], low[point], high[point])
        )


def test_equal_values_leave_no_doubt():
    assert statistics.mean_interval([0.4, 0.4, 0.4]) == pytest.approx((0.4, 0.4, 0.4))


def test_two_players_get_the_log_odds_of_their_fights():
    scores = np.array([[0.0, 74.5], [24.5, 0.0]])
    strength = statistics.bradley_terry(scores, scores + scores.T)
    assert strength[0] - strength[1] == pytest.approx(np.log(75 / 25))  # with the drawn fight that is added
    assert strength.sum() == pytest.approx(0)


def test_known_strengths_are_found_again():
    truth = np.array([1.5, 0.4, 0.0, -0.6, -1.3])
    expected = 1 / (1 + np.exp(truth[None] - truth[:, None]))
    scores = expected * 4000
    np.fill_diagonal(scores, 0)
    strength = statistics.bradley_terry(scores, scores + scores.T)
    np.testing.assert_allclose(strength, truth, atol=2e-3)


def test_who_never_lost_has_a_finite_rating_and_strangers_are_refused():
    scores = np.array([[0, 100, 100], [0, 0, 50], [0, 50, 0]], float)
    strength = statistics.bradley_terry(scores, scores + scores.T)
    assert np.isfinite(strength).all()
    assert strength[0] > strength[1] == pytest.approx(strength[2])


def test_ratings_of_a_matrix_are_on_the_scale_of_elo():
    counts = np.array([[[150, 50, 0], [100, 80, 20]], [[100, 100, 0], [50, 130, 20]]])
    rated = statistics.ratings(counts, origin=1)
    assert rated[3].mean == pytest.approx(1500)
    assert rated[3].low == rated[3].high == pytest.approx(1500)
    assert rated[0].mean > rated[1].mean
    assert all(r.low <= r.mean <= r.high for r in rated)
    alone = statistics.ratings(np.array([[[1999, 199, 0]]]), origin=0)
    assert alone[0].mean - 1500 == pytest.approx(400, abs=2)  # ten to one


def test_learning_speed_is_read_off_the_curve():
    run = {"curve": {"dodger": [0.0, 0.2, 0.7, 0.5], "agent_steps": [0, 100, 200, 300]}}
    assert reaching(run, "agent_steps", 0.6) == pytest.approx(180)
    assert reaching(run, "agent_steps", 0.0) == 0
    assert reaching(run, "agent_steps", 0.8) is None


def test_curves_meet_on_a_common_grid_as_far_as_all_go():
    runs = [
        {"curve": {"seconds": [0, 10], "dodger": [0.0, 1.0]}},
        {"curve": {"seconds": [0, 4, 8], "dodger": [None, 0.5, 0.5]}},
    ]
    places, curves = on_grid(runs, "seconds", "dodger", points=5)
    assert places.tolist() == [0, 2, 4, 6, 8]
    np.testing.assert_allclose(curves, [[0, 0.2, 0.4, 0.6, 0.8], [0.5] * 5])


# ---------------------------------------------------------------------------- verdicts
@pytest.mark.parametrize(
    ("found", "word"),
    [
        ([UP, FLAT], verdicts.STRONGER),
        ([FLAT, DOWN, DOWN], verdicts.WEAKER),
        ([UP, DOWN], verdicts.MIXED),
        ([FLAT, FLAT], verdicts.UNSHOWN),
        ([Interval(-0.01, -0.015, -0.005), FLAT], verdicts.UNSHOWN),  # too small to matter
        ([], verdicts.UNSHOWN),
    ],
)
def test_a_difference_is_named_by_its_intervals(found, word):
    assert verdicts.classify(found) == word


@pytest.mark.parametrize(
    ("found", "start"),
    [
        ({"dodger": UP, "others": FLAT}, "X wins: it is shown to be stronger against the dodger,"),
        ({"dodger": FLAT, "others": FLAT}, "Neither wins: no difference"),
        ({"knights": DOWN, "others": FLAT}, "The Modular Mind wins: X is shown to be weaker against learned"),
        (
            {"knights": DOWN, "dodger": UP},
            "Neither wins: X is stronger against the dodger and weaker against",
        ),
    ],
)
def test_the_winner_is_who_the_intervals_say(found, start):
    assert verdicts.contest_verdict("X", found).startswith(start)


@pytest.mark.parametrize(
    ("rise", "start"),
    [
        (verdicts.Rise(None, {}, None), "Not answered"),
        (verdicts.Rise(FLAT, {"zero": DOWN, "mean": DOWN}, FLAT), "There is no rise"),
        (verdicts.Rise(DOWN, {"zero": DOWN, "mean": DOWN}, FLAT), "There is no rise"),
        (verdicts.Rise(UP, {"zero": DOWN, "mean": DOWN}, FLAT), "Yes in the trained minds, but"),
        (
            verdicts.Rise(UP, {"zero": DOWN, "mean": DOWN}, DOWN),
            "Yes: silencing Enrage takes away at least half",
        ),
        (verdicts.Rise(UP, {"zero": DOWN, "mean": FLAT}, FLAT), "In part"),
        (verdicts.Rise(UP, {"zero": Interval(-0.02, -0.03, -0.01), "mean": DOWN}, FLAT), "In part"),
        (verdicts.Rise(UP, {"zero": FLAT, "mean": UP}, FLAT), "No:"),
    ],
)
def test_enrage_is_credited_by_the_criterion(rise, start):
    assert verdicts.rise_verdict(rise).startswith(start)


@pytest.mark.parametrize(
    ("changes", "start"),
    [
        ({"a": Interval(0.0, -0.01, 0.01), "b": UP}, "Rounding costs no strength"),
        ({"a": DOWN, "b": UP}, "Rounding costs strength: a"),
        ({"a": Interval(-0.01, -0.04, 0.01)}, "No cost is shown, but"),
    ],
)
def test_rounding_is_cleared_only_by_narrow_intervals(changes, start):
    assert verdicts.rounding_verdict(changes).startswith(start)


def test_made_up_strengths_are_recognised(content):
    data = data_of(content)
    said = sentences.parts_sentence(data)
    assert said.startswith("Trained without it, the boss is weaker: ")
    assert "the latent channel" in said.split(";")[0]
    assert sentences.latent_sentence(data).startswith("The latent channel matters")
    monolith = verdicts.contest_verdict("M", verdicts.differences(data, "monolith"))
    assert monolith.startswith("M wins: it is shown to be stronger against the dodger and against")
    tiny = verdicts.contest_verdict("T", verdicts.differences(data, "tiny"))
    assert tiny.startswith("The Modular Mind wins")


def test_a_missing_exploiter_is_said_to_be_missing(content):
    assert sentences.exploiter_section(data_of(content)).startswith("Not measured yet")
    record = {
        "seeds": [4], "win_rates": [0.25], "starts": {"nothing": [0.25]}, "agent_steps": 10, "boss_steps": 5,
        "weights": "other", "tier": "hard", "fights": 1000,
    }  # fmt: skip
    said = sentences.exploiter_section(data_of(content, record))
    assert "other weights" in said
    assert "seed 4: 25.0%" in said
    assert "2.0 times" in said
    said = sentences.exploiter_section(
        data_of(content, record | {"boss_steps": None, "weights": content["weights"]})
    )
    assert "times" not in said
    assert "other weights" not in said


# ---------------------------------------------------------------------------- the page
def test_the_tables_have_the_numbers_of_the_results(content, page):
    for name, variant in content["variants"].items():
        cells = row_of(page, "Learning curves", variant["title"])  # of the table of learning speed
        assert cells[0].endswith(f"of {len(variant['runs'])}")
        part = page[page.index("The final bosses and networks:") :]
        cells = (
            re.search(rf"^\| {re.escape(variant['title'])} \|(.*)\|$", part, re.MULTILINE)
            .group(1)
            .split(" | ")
        )
        assert cells[0].strip() == f"{variant['parameters']:,}"
        for cell, measure in zip(cells[1:4], ("dodger", "others", "knights"), strict=True):
            mean = np.mean([run["final"][measure] for run in variant["runs"]])
            assert cell.startswith(f"{100 * mean:.1f} [")
        if name.startswith("without"):
            whole = np.mean([run["final"]["dodger"] for run in content["variants"]["full"]["runs"]])
            gap = np.mean([run["final"]["dodger"] for run in variant["runs"]]) - whole
            assert tables.points(gap) in row_of(page, "Ablations", variant["title"])[0]


def test_the_matrix_is_the_counts(content, page):
    for label, counts in content["payoff"]["rows"].items():
        cells = row_of(page, "The matrix of pay-offs", label)
        assert cells == [f"{100 * (won / (won + lost + drawn)):.0f}" for won, lost, drawn in counts]


def test_silencing_compares_each_mind_with_itself(content, page):
    minds = [mind for label, mind in content["silenced"].items() if label != "shipped"]
    change = np.mean([mind["Baiter"]["zero"]["knights"] - mind["whole"]["knights"] for mind in minds])
    cells = row_of(page, "Silenced after training", "Baiter")
    assert cells[0] == "zero"
    assert tables.points(change) in cells[3]
    assert page.count("| Enrage | removed |") == 0


def test_the_header_and_the_verbatim_parts(content, made, page):
    assert "Generated by tools/make_training_report.py; do not edit." in page[:400]
    for value in (content["commit"], content["weights"], content["command"]):
        assert value in page
    assert "The notes, **verbatim**." in page
    assert "41.0%" in page  # the best exploiter
    assert "GRU plays by numpy" in page
    dodger = content["payoff"]["rows"]["shipped, normal"][0]
    assert f"{100 * dodger[0] / sum(dodger):.1f}% on Normal" in page
    assert load(made / "data").digest in page
    assert not re.search(r"\bnan\b|None", page)


def test_the_figures_are_there_and_small(made, page):
    for name in IMAGES.values():
        assert f"](images/{name})" in page
        with Image.open(made / "images" / name) as image:
            assert image.width >= 1200
            assert len(image.getcolors(1 << 20)) > 20  # something is drawn
        assert (made / "images" / name).stat().st_size <= IMAGE_LIMIT


def test_the_same_results_give_the_same_bytes(made, tmp_path):
    make_training_report.make(load(made / "data"), tmp_path)
    for path in [made / "training_report.md", *(made / "images" / name for name in IMAGES.values())]:
        assert (tmp_path / path.relative_to(made)).read_bytes() == path.read_bytes(), path.name


def test_a_study_of_a_few_variants_makes_a_page_too(tmp_path):
    few = study({"full": 0.7, "without_enrage": 0.7}, seeds=2)
    for mind in few["silenced"].values():
        for record in (mind["whole"], mind["Enrage"]["zero"]):
            record["behavior"]["attack_rate_enraged"] = None  # never enraged in range
    for run in few["variants"]["full"]["runs"]:
        run["final"]["knights"] = None
    write(tmp_path, few)
    assert make_training_report.main(["--data", str(tmp_path), "--out", str(tmp_path)]) == 0
    page = (tmp_path / "training_report.md").read_text("utf-8")
    assert "Not measured yet" in page
    assert "MLP" not in page.split("## Setup")[0]


def test_check_tells_a_stale_page(made, tmp_path, capsys):
    arguments = ["--data", str(made / "data"), "--out"]
    assert make_training_report.main([*arguments, str(made), "--check"]) == 0
    assert make_training_report.main([*arguments, str(tmp_path), "--check"]) == 1
    assert "python -m tools.make_training_report" in capsys.readouterr().out


@pytest.mark.parametrize("damage", [None, "{", "\udcff"])
def test_missing_and_damaged_results_are_refused_in_one_line(tmp_path, capsys, damage):
    if damage is not None:
        (tmp_path / "training_study.json").write_bytes(damage.encode("utf-8", "surrogateescape"))
    assert make_training_report.main(["--data", str(tmp_path), "--out", str(tmp_path)]) == 2
    error = capsys.readouterr().err
    assert error.count("\n") == 1
    assert "training_study.json" in error
    assert not (tmp_path / "training_report.md").exists()


def test_the_page_of_the_repository_is_that_of_its_results():
    page, results = ROOT / "docs" / "training_report.md", ROOT / "docs" / "data" / "training_study.json"
    assert page.is_file() == results.is_file()
    if results.is_file():
        assert make_training_report.main(["--check"]) == 0
        assert all((ROOT / "docs" / "images" / name).is_file() for name in IMAGES.values())


def test_the_page_of_the_repository_says_what_the_kept_exploiters_did():
    """On the record as `training.exploiter` really writes it, not on one made up here."""
    said = sentences.exploiter_section(load(ROOT / "docs" / "data"))
    page = (ROOT / "docs" / "training_report.md").read_text("utf-8")
    assert " ".join(said.split()) in " ".join(page.split())
    assert "other weights" not in said


def test_the_scripted_knights_and_specialists_are_those_of_the_rules(page):
    for name in FIGHTERS:
        assert row_of(page, "Other networks", name)
    for name in SPECIALISTS:
        assert row_of(page, "Silenced after training", name)
