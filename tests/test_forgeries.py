"""The benchmark of forgeries: each way of forging is caught, true logs never are, and it would notice."""

import json
import random
from dataclasses import replace
from itertools import groupby

import pytest

from benchmarks import forgeries
from benchmarks.forged_logs import FORGERIES, Posted
from benchmarks.logged_fights import RandomKeys, is_true, play_fight
from features import INPUT_NAMES
from modular_mind import default_mind
from service.fight_log import to_bytes
from service.journal import VERIFIED
from service.replay import replay as play_again
from service.routes import Service
from service.settings import Config
from service.tickets import sign

AT_THE_DOOR = {  # ways that no replay need look at, and the code each is refused with
    "wrong_seed": "terms_mismatch",
    "wrong_tier": "terms_mismatch",
    "wrong_explore": "terms_mismatch",
    "wrong_weights": "terms_mismatch",
    "wrong_rules": "terms_mismatch",
    "replayed_ticket": "reused",
    "early": "early",
    "expired": "ticket_expired",
}
BY_REPLAY = {
    "altered_decision": "decision_mismatch",
    "mistake_denied": "decision_mismatch",
    "weaker_mind": "decision_mismatch",
    "wrong_hash": "checksum_mismatch",
    "wrong_outcome": "outcome_mismatch",
    "truncated_decisions": "decision_count",
    "prolonged": "unfinished",
}


def test_every_honest_fight_is_accepted_and_each_way_of_forging_is_refused():
    count = 3 * len(FORGERIES)
    counted = forgeries.figures(forgeries.measure(count, workers=1))
    assert (counted["honest"], counted["honest_accepted"]) == (count, count)
    assert (counted["forged"], counted["forged_accepted"]) == (count, 0)
    assert sum(counted["outcomes"].values()) == count
    refusals = counted["refusals"]
    assert set(refusals) == {way.__name__ for way in FORGERIES}
    assert sum(sum(codes.values()) for codes in refusals.values()) == count
    for way, code in (AT_THE_DOOR | BY_REPLAY).items():
        assert set(refusals[way]) == {code}
    json.dumps(counted)


def test_a_forgery_that_is_believed_is_counted(monkeypatch, capsys):
    def honestly(_forgery, case):
        return "nothing_changed", Posted(sign(case.key, case.ticket), to_bytes(case.log)), 0

    monkeypatch.setattr(forgeries, "forge", honestly)
    tally = forgeries.measure(3, workers=1)
    assert (tally.forged, tally.forged_accepted) == (3, 3)
    assert "a forged fight was verified: nothing_changed" in capsys.readouterr().err


def test_an_honest_fight_that_is_not_believed_is_counted(monkeypatch, capsys):
    whole = forgeries.play_fight

    def miscounted(*arguments):
        log = whole(*arguments)
        return replace(log, final_hash=log.final_hash ^ 1)

    monkeypatch.setattr(forgeries, "play_fight", miscounted)
    tally = forgeries.measure(3, workers=1)
    assert (tally.honest, tally.honest_accepted) == (3, 0)
    assert "an honest fight was refused: checksum_mismatch" in capsys.readouterr().err


def test_playing_again_and_fighting_again_agree_on_what_is_true():
    """Two ways to the same judgement; keys in ticks where they change nothing leave a log true."""
    mind, chance = default_mind(), random.Random(3)
    log = play_fight(5, "hard", 2621, mind, lambda _: RandomKeys(chance), chance, undecided=0.1)
    judged = []
    for _ in range(60):
        inputs = bytearray(log.inputs())
        inputs[chance.randrange(len(inputs))] ^= 1 << chance.randrange(len(INPUT_NAMES))
        runs = tuple((keys, len(list(same))) for keys, same in groupby(inputs))
        flipped = replace(log, runs=runs)
        judged.append(is_true(flipped, mind))
        assert judged[-1] == (play_again(flipped, mind).verdict == VERIFIED)
    assert set(judged) == {True, False}
    assert is_true(log, mind)


def test_of_many_redemptions_at_once_one_fight_is_held(tmp_path):
    service = Service(Config(data_dir=tmp_path, secret=forgeries.SECRET))
    counts = forgeries.redeem(service, lambda posted: forgeries.post(service, posted) is None)
    assert counts == {"different": 1, "equal": forgeries.AT_ONCE}


@pytest.mark.parametrize("arguments", [["--fights", "0"], ["--workers", "0"], ["--fights", "many"]])
def test_bad_options_end_with_one_line_and_code_2(capsys, arguments):
    with pytest.raises(SystemExit) as caught:
        forgeries.main(arguments)
    assert caught.value.code == 2
    assert arguments[0] in capsys.readouterr().err.splitlines()[-1]
