"""Calibration: the search for a tier's mistake rate, the interval, and the command on real weights."""

import json

import pytest
from training_samples import constant_mind, coward

import modular_mind
from features import APPROACH, CLEAVE, EXPLORE_ONE, TIER_EXPLORE
from training import calibrate
from training.calibrate import CLOSE, NEAR, TARGETS, TRIALS, search, wilson


def falling(at_nominal: float, nominal: int, slope: float):
    """A win rate that falls evenly as the mistake rate rises, and the rates it was asked for."""
    asked = []

    def win_rate(rate):
        asked.append(rate)
        return min(max(at_nominal + slope * (nominal - rate) / EXPLORE_ONE, 0.0), 1.0)

    return win_rate, asked


def test_a_nominal_rate_that_is_close_enough_is_kept():
    win_rate, asked = falling(0.65 + CLOSE - 0.001, 14418, 2.0)
    assert search(win_rate, 0.65, 14418, 7209, 28836) == 14418
    assert asked == [14418]


@pytest.mark.parametrize("at_nominal", [0.5, 0.6, 0.7, 0.8])
def test_a_rate_is_found_between_half_and_double(at_nominal):
    win_rate, asked = falling(at_nominal, 14418, 2.0)
    rate = search(win_rate, 0.65, 14418, 7209, 28836)
    assert 7209 <= rate <= 2 * 14418
    assert abs(win_rate(rate) - 0.65) <= NEAR
    assert len(asked) <= TRIALS + 1
    assert len(set(asked[:-1])) == len(asked) - 1


@pytest.mark.parametrize(("at_nominal", "expected"), [(0.2, 7209), (0.99, 28836)])
def test_where_no_rate_nearby_does_the_closest_is_returned(at_nominal, expected):
    win_rate, asked = falling(at_nominal, 14418, 0.1)
    assert search(win_rate, 0.65, 14418, 7209, 28836) == expected
    assert len(asked) == 2


def test_the_search_ends_on_a_step_that_jumps_over_the_target():
    asked = []
    assert search(lambda rate: asked.append(rate) or float(rate < 10_000), 0.65, 14418, 7209, 28836) < 10_000
    assert len(asked) <= TRIALS


def test_a_boss_too_strong_for_its_target_keeps_a_nominal_rate_that_is_the_most():
    asked = []
    assert search(lambda rate: asked.append(rate) or 1.0, 0.95, 2621, 0, 2621) == 2621
    assert asked == [2621]


def test_double_a_rate_is_at_most_always():
    assert search(lambda rate: 1.0, 0.35, 40_000, 20_000, EXPLORE_ONE) == 40_000
    assert (
        search(lambda rate: 1.0 - rate / EXPLORE_ONE * 0.6, 0.4, 40_000, 20_000, EXPLORE_ONE) == EXPLORE_ONE
    )


@pytest.mark.parametrize(
    ("wins", "fights", "low", "high"),
    # from the formula's own worked tables
    [(50, 100, 0.4038, 0.5962), (0, 10, 0.0, 0.2775), (10, 10, 0.7225, 1.0), (950, 1000, 0.9347, 0.9618)],
)
def test_wilson_s_interval(wins, fights, low, high):
    assert wilson(wins, fights) == [pytest.approx(low, abs=1e-4), pytest.approx(high, abs=1e-4)]


def put(folder, mind):
    """`folder`, with this mind in it."""
    modular_mind.save(folder / modular_mind.WEIGHTS_NAME, mind.parameters)
    modular_mind.write_manifest(folder, mind, TIER_EXPLORE, {"seed": 8})
    return folder


@pytest.fixture
def weights(tmp_path):
    """A directory with a mind that always attacks."""
    return put(tmp_path, constant_mind(CLEAVE, APPROACH))


@pytest.mark.long
def test_the_command_measures_and_writes_the_manifest(weights, capsys):
    manifest = weights / modular_mind.MANIFEST_NAME
    before = manifest.read_bytes()
    command = ["--weights", str(weights), "--fights", "20", "--seed", "3"]
    calibrate.main([*command, "--dry-run"])
    said = capsys.readouterr().out
    assert manifest.read_bytes() == before
    calibrate.main(command)
    assert capsys.readouterr().out == said
    _, written = modular_mind.load_directory(weights)
    assert written["training"]["seed"] == 8
    record = written["training"]["calibration"]
    assert record["seeds"] == [3, 4]
    assert record["fights"] == 20
    assert len(said.splitlines()) == len(TARGETS)
    for tier, line in zip(TARGETS, said.splitlines(), strict=True):
        found = record["tiers"][tier]
        assert found["explore"] == written["explore"][tier]
        assert found["interval"][0] <= found["win_rate"] <= found["interval"][1]
        assert found["seconds"] > 0
        assert line.startswith(f"{tier}: ")
        assert found["met"] == ("NOT" not in line)


def test_a_mind_that_no_mistakes_can_help_is_said_to_miss_its_targets(tmp_path, capsys):
    """The dodger beats a boss that never attacks, whatever its tier should promise."""
    weights = put(tmp_path, coward())
    calibrate.main(["--weights", str(weights), "--fights", "20"])
    hard = capsys.readouterr().out.splitlines()[-1]
    assert hard.startswith("hard: ")
    assert "NOT within 0.05" in hard
    record = json.loads((weights / modular_mind.MANIFEST_NAME).read_text())["training"]["calibration"]
    assert record["tiers"]["hard"]["met"] is False


@pytest.mark.parametrize(
    ("extra", "word"),
    [(["--fights", "0"], "--fights"), (["--seed", "-1"], "--seed"), (["--nonsense"], "--nonsense")],
)
def test_bad_options_end_with_one_clear_line(weights, capsys, extra, word):
    with pytest.raises(SystemExit) as ended:
        calibrate.main(["--weights", str(weights), *extra])
    assert ended.value.code == 2
    assert word in capsys.readouterr().err.splitlines()[-1]


def test_bad_weights_end_with_one_clear_line(tmp_path, capsys):
    with pytest.raises(SystemExit) as ended:
        calibrate.main(["--weights", str(tmp_path)])
    assert ended.value.code == 2
    assert str(tmp_path) in capsys.readouterr().err
