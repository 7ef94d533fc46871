"""benchmarks.strength: the shape of its figures, its bars, and files it cannot use."""

import json
from pathlib import Path

import numpy as np
import pytest

from benchmarks import strength
from duel.fighters import FIGHTERS
from features import TIERS
from modular_mind import default_mind
from training import exploiter
from training.networks import KNIGHT_NETWORK

ROOT = Path(__file__).resolve().parent.parent
GREEDY = ROOT / "examples" / "fighters" / "greedy.py"
HARD = 2621  # a mistake rate in 1/65536


def test_the_last_line_has_every_figure(capsys):
    strength.main(["--fights", "4", "--hold-out", str(GREEDY)])
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("greedy: Hard wins ")
    figures = json.loads(lines[-1])
    assert tuple(figures["tiers"]) == TIERS
    for tier in figures["tiers"].values():
        low, high = tier["interval"]
        assert 0 <= low <= tier["win_rate"] <= high <= 1
        assert tier["within"] == (abs(tier["win_rate"] - tier["target"]) <= strength.TOLERANCE + 1e-9)
        assert 0 < tier["explore"] < 1
        assert tier["seconds"] > 0
    assert tuple(figures["vs"]) == FIGHTERS
    assert figures["vs"]["dodger"] == figures["tiers"]["hard"]["win_rate"]
    assert figures["hold_out"]["greedy"]["fights"] == figures["fights"] == 4
    assert figures["in_range_attack_rate"] == figures["behavior"]["in_range_attack_rate"]
    assert set(figures["passes"]) == {
        "tiers", "fight_seconds", "random_and_idler", "scripted_knights", "in_range_attack_rate", "exploiter",
        "hold_out",
    }  # fmt: skip
    assert figures["weights"] == default_mind().sha256
    assert len(figures["seeds"]) == 2


def test_the_same_fights_have_the_same_figures(tmp_path):
    explore = {"easy": 40000, "normal": 20000, "hard": HARD}
    once, again = (strength.strength(default_mind(), explore, 3, [], tmp_path) for _ in range(2))
    assert once == again
    assert once["tiers"]["easy"]["explore"] == round(40000 / 65536, 4)


def test_wilson_s_interval():
    assert strength.interval(0.5, 100) == pytest.approx([0.4038, 0.5962], abs=1e-4)
    assert strength.interval(0.0, 10) == pytest.approx([0.0, 0.2775], abs=1e-4)
    assert strength.interval(1.0, 1000) == pytest.approx([0.9962, 1.0], abs=1e-4)


# ---------------------------------------------------------------------------- the bars
def good_figures() -> dict:
    """Figures that meet every bar."""
    tier = {"within": True, "seconds": 60}
    return {
        "tiers": {name: dict(tier) for name in TIERS},
        "vs": {name: 0.99 if name in ("random", "idler") else 0.9 for name in FIGHTERS},
        "in_range_attack_rate": 0.8,
        "exploiter_win_rate": 0.6,
        "hold_out": {"greedy": {"win_rate": 0.85}},
    }


def test_good_figures_pass():
    assert set(strength.passes(good_figures()).values()) == {True}


@pytest.mark.parametrize(
    ("bar", "path", "value"),
    [
        ("tiers", ("tiers", "normal", "within"), False),
        ("fight_seconds", ("tiers", "easy", "seconds"), 29.9),
        ("fight_seconds", ("tiers", "hard", "seconds"), 90.1),
        ("random_and_idler", ("vs", "idler"), 0.98),
        ("scripted_knights", ("vs", "spacer"), 0.89),
        ("in_range_attack_rate", ("in_range_attack_rate",), 0.79),
        ("in_range_attack_rate", ("in_range_attack_rate",), None),
        ("exploiter", ("exploiter_win_rate",), 0.61),
        ("exploiter", ("exploiter_win_rate",), 0.0),
        ("exploiter", ("exploiter_win_rate",), None),
        ("hold_out", ("hold_out", "greedy", "win_rate"), 0.84),
    ],
)
def test_a_figure_beyond_its_bar_fails_that_bar_alone(bar, path, value):
    figures = good_figures()
    inner = figures
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    assert [name for name, passed in strength.passes(figures).items() if not passed] == [bar]


# ---------------------------------------------------------------------------- the exploiter
def write_knights(folder: Path, **changes) -> None:
    """A record and two untrained knights, as `training.exploiter` leaves them."""
    record = {"weights": default_mind().sha256, "tier": "hard", **changes}
    exploiter.write(folder, record, {f"knight_{seed}": KNIGHT_NETWORK.initial(seed) for seed in (0, 1)})


def test_the_exploiter_is_replayed_against_the_weights_it_was_made_for(tmp_path):
    write_knights(tmp_path)
    rate, note = strength.exploiter_win_rate(default_mind(), HARD, 8, tmp_path)
    assert 0 <= rate <= 1
    assert note == "best of 2 knights"


@pytest.mark.parametrize("changes", [{"weights": "0" * 64}, {"tier": "easy"}])
def test_an_exploiter_of_another_boss_says_nothing(tmp_path, changes):
    write_knights(tmp_path, **changes)
    rate, note = strength.exploiter_win_rate(default_mind(), HARD, 8, tmp_path)
    assert rate is None
    assert "python -m training.exploiter" in note


def test_without_an_exploiter_there_is_none(tmp_path):
    rate, note = strength.exploiter_win_rate(default_mind(), HARD, 8, tmp_path)
    assert rate is None
    assert note == "exploiter.json: No such file or directory"


def test_knights_that_the_record_does_not_describe_are_refused(tmp_path):
    write_knights(tmp_path)
    np.savez(tmp_path / exploiter.KNIGHTS_NAME, knight_0=KNIGHT_NETWORK.initial(5))
    rate, note = strength.exploiter_win_rate(default_mind(), HARD, 8, tmp_path)
    assert rate is None
    assert "is not the file" in note


@pytest.mark.parametrize("text", ["", "[]", "{}", "7", '{"weights": 1'])
def test_a_damaged_record_is_refused(tmp_path, text):
    write_knights(tmp_path)
    (tmp_path / exploiter.RECORD_NAME).write_text(text, "utf-8")
    rate, note = strength.exploiter_win_rate(default_mind(), HARD, 8, tmp_path)
    assert rate is None
    assert note == "exploiter.json is no record of training.exploiter"


# ---------------------------------------------------------------------------- the command
@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--fights", "0"], "--fights: must be at least 1"),
        (["--fights", "many"], "--fights"),
        (["--hold-out", "a/x.py", "--hold-out", "b/x.py"], "two files of the same name"),
        (["--hold-out", "nobody.py"], "nobody.py: No such file"),
        (["--quickly"], "--quickly"),
    ],
)
def test_bad_options_end_with_one_line_and_code_2(capsys, arguments, message):
    with pytest.raises(SystemExit) as caught:
        strength.main(arguments)
    assert caught.value.code == 2
    assert message in capsys.readouterr().err.splitlines()[-1]


def test_a_fighter_that_fails_ends_with_its_line_and_no_figures(tmp_path, capsys):
    path = tmp_path / "broken.py"
    path.write_text("def act(observation, rng):\n    return 1 // 0\n", "utf-8")
    with pytest.raises(SystemExit) as caught:
        strength.main(["--fights", "2", "--hold-out", str(path)])
    assert caught.value.code == 2
    printed = capsys.readouterr()
    assert printed.out == ""
    assert printed.err.splitlines() == [
        f"benchmarks.strength: {path}:2: ZeroDivisionError: integer division or modulo by zero"
    ]
