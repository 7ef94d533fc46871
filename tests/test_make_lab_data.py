"""web/gen/lab.json: fresh, with the numbers of the records and of the training report, in honest words."""

import json
import re
import shutil
from pathlib import Path

import numpy as np
import pytest
from study_samples import study

from duel.fighters import FIGHTERS
from features import EXPLORE_ONE, RULES_VERSION, TIERS
from tools import make_lab_data
from tools.report.data import Data
from tools.report.statistics import Interval

ROOT = Path(__file__).resolve().parent.parent
FLAT = Interval(0.0, -0.005, 0.005)
RECORDS = (
    "weights/manifest.json", "weights/train_log.json", "docs/data/training_study.json",
    "docs/data/exploiter.json",
)  # fmt: skip


def record(path: str) -> dict:
    return json.loads((ROOT / path).read_text("utf-8"))


@pytest.fixture(scope="module")
def data() -> dict:
    return json.loads(make_lab_data.generate())


@pytest.fixture
def root(tmp_path) -> Path:
    """A folder with copies of the records."""
    for path in RECORDS:
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    return tmp_path


# ---------------------------------------------------------------------------- the file
def test_the_file_is_up_to_date(capsys):
    assert make_lab_data.main(["--check"]) == 0, "run python -m tools.make_lab_data"
    assert capsys.readouterr().out == ""


def test_a_stale_and_a_missing_file_are_told_and_written_anew(root, capsys):
    path = root / "lab.json"
    assert make_lab_data.main(["--check"], root, path) == 1
    assert not path.exists()
    assert make_lab_data.main([], root, path) == 0
    assert make_lab_data.main(["--check"], root, path) == 0
    log = root / "weights" / "train_log.json"
    log.write_text(log.read_text("utf-8").replace('"update": 25,', '"update": 26,'), "utf-8")
    assert make_lab_data.main(["--check"], root, path) == 1
    assert capsys.readouterr().out.count("web/gen/lab.json is stale") == 2


@pytest.mark.parametrize("path", RECORDS[:3])
def test_a_record_that_is_missing_or_broken_is_one_line_and_exit_code_2(root, path, capsys):
    (root / path).write_text("{", "utf-8")
    assert make_lab_data.main([], root, root / "lab.json") == 2
    (root / path).unlink()
    assert make_lab_data.main([], root, root / "lab.json") == 2
    assert len(capsys.readouterr().err.splitlines()) == 2
    assert not (root / "lab.json").exists()


def test_without_exploiters_there_are_none(root):
    (root / RECORDS[3]).unlink()
    assert json.loads(make_lab_data.generate(root))["exploiters"] is None


# ---------------------------------------------------------------------------- numbers
def test_the_boss_is_the_shipped_one(data):
    manifest = record("weights/manifest.json")
    boss = data["boss"]
    assert (boss["weights"], boss["rules_version"]) == (manifest["weights_sha256"], RULES_VERSION)
    assert boss["parameters"] == manifest["parameters"]
    assert [tier["name"] for tier in boss["tiers"]] == list(TIERS)
    for tier in boss["tiers"]:
        assert tier["mistakes"] == pytest.approx(manifest["explore"][tier["name"]] / EXPLORE_ONE, abs=1e-5)
        assert tier["interval"][0] < tier["win_rate"] < tier["interval"][1]


def test_curves_are_those_of_the_training_log(data):
    log = record("weights/train_log.json")
    training, history = data["training"], log["history"]
    assert training["weights"] == log["weights_sha256"]
    assert training["updates"] == [entry["update"] for entry in history]
    for name in FIGHTERS:
        wanted = [entry["win_rate"][name] for entry in history]
        assert training["scripted"][name]["win_rate"] == pytest.approx(wanted, abs=1e-5)
        for rate, (low, high) in zip(wanted, training["scripted"][name]["interval"], strict=True):
            assert 0 <= low <= rate <= high + 1e-5 <= 1 + 2e-5
    assert training["entropy"]["boss"] == pytest.approx([e["boss_entropy"] for e in history], abs=1e-5)
    assert training["self_play"] == pytest.approx([e["self_play_win_rate"] for e in history], abs=1e-5)
    assert training["learned"]["mean"] == pytest.approx([np.mean(e["learned"]) for e in history], abs=1e-5)


def test_the_matrix_has_every_fight_of_the_study(data):
    matrix = record("docs/data/training_study.json")["payoff"]
    payoff = data["payoff"]
    assert payoff["columns"] == matrix["columns"]
    assert {row["name"]: row["cells"] for row in payoff["rows"]} == matrix["rows"]
    names = [row["name"] for row in payoff["rows"]]
    assert names[:3] == [f"shipped, {tier}" for tier in TIERS]
    league = [int(name.removeprefix("league boss-")) for name in names if name.startswith("league")]
    assert league == sorted(league)


def test_ratings_and_differences_are_those_of_the_training_report(data):
    report = (ROOT / "docs" / "training_report.md").read_text("utf-8").replace("−", "-")
    ratings = data["payoff"]["ratings"]
    for entry in ratings["bosses"] + ratings["knights"]:
        for name in entry["names"]:
            row = re.search(rf"^\| {re.escape(name)} \| (\d+) \| (\d+) to (\d+) \|$", report, re.MULTILINE)
            said = [float(text) for text in row.groups()]
            assert [entry["mean"], entry["low"], entry["high"]] == pytest.approx(said, abs=0.56)
    part = report[report.index("## Ablations") :]
    for entry in data["ablations"]["parts"]:
        row = re.search(rf"^\| {re.escape(entry['title'])} \|(.*)\|$", part, re.MULTILINE).group(1)
        dodger, *_, verdict = [cell.strip() for cell in row.split(" | ")]
        said = [float(text) / 100 for text in re.findall(r"[-+]?\d+\.\d", dodger)]
        gap = entry["differences"]["dodger"]
        assert [gap["mean"], gap["low"], gap["high"]] == pytest.approx(said, abs=0.00056)
        assert entry["verdict"] == verdict


def test_knights_who_won_no_fight_share_one_rating(data):
    ratings = data["payoff"]["ratings"]
    shared = [entry for entry in ratings["knights"] if len(entry["names"]) > 1]
    assert [entry["names"] for entry in shared] == [ratings["winless"]]
    columns, rows = data["payoff"]["columns"], data["payoff"]["rows"]
    lost = [column for j, column in enumerate(columns) if not any(row["cells"][j][1] for row in rows)]
    assert ratings["winless"] == lost


def test_hunters_are_those_of_the_record(data):
    exploiter = record("docs/data/exploiter.json")
    assert [knight["win_rate"] for knight in data["exploiters"]["knights"]] == exploiter["win_rates"]
    for shown, knight in zip(data["exploiters"]["knights"], exploiter["knights"], strict=True):
        curve = shown["curve"]
        assert list(map(list, zip(curve["agent_steps"], curve["win_rate"], strict=True))) == knight["curve"]


# ---------------------------------------------------------------------------- sentences
@pytest.mark.parametrize(
    ("gap", "wanted"),
    [
        (Interval(-0.5, -0.6, -0.4), r"^Weaker: it wins 40\.0% .* the whole mind 90\.0%\.$"),
        (Interval(-0.04, -0.08, -0.001), r"^Weaker, but barely shown: "),
        (Interval(0.04, 0.02, 0.08), r"^Stronger: "),
        (Interval(-0.02, -0.05, 0.01), r"^No difference is shown: .*%\.$"),
        (
            Interval(-0.08, -0.23, 0.01),
            r"^No difference is shown: .* a loss of 23 points is not ruled out\.$",
        ),
        (Interval(-0.01, -0.015, -0.005), r"^No difference is shown: "),
    ],
)
def test_a_sentence_says_no_more_than_its_interval(gap, wanted):
    assert re.search(wanted, make_lab_data.part_sentence({"dodger": gap, "others": FLAT}, 0.9, 0.4))


def test_parts_that_were_not_trained_are_left_out():
    made_up = study({"full": 0.8, "without_link": 0.4, "gru": 0.5})
    found = make_lab_data.ablations(Data(made_up, None, "", ""))
    assert [entry["name"] for entry in found["parts"]] == ["without_link"]
    assert [entry["name"] for entry in found["networks"]] == ["gru"]
    assert found["parts"][0]["sentence"].startswith("Weaker: ")
    assert found["trainings"] == 15
