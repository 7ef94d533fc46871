"""The evaluation's own arithmetic, with scripted models."""

import json

import pytest

from narrator.backends import BackendUnavailable, Generated
from narrator.evaluate import distinct, figures, held_out_facts, main, tell
from narrator.facts import Facts
from narrator.held_out import is_held_out
from narrator.settings import SECOND_TRY_WITHIN
from narrator.validator import states_beat, verdict

HIT = Facts("cleave_hit", "cleave_hit", damage=21, knight_health=58, slime_health=132, seconds=20)


class Scripted:
    """A model that says what it is told to, one line after the other."""

    name, model, tuned = "scripted", "script", True

    def __init__(self, *texts: str):
        self._texts = list(texts)

    seconds = 0.001

    def write(self, facts, persona, seed, greedy=False) -> Generated:
        if not self._texts:
            raise BackendUnavailable("it took too long")
        return Generated(self._texts.pop(0), 5, self.seconds)

    def close(self) -> None:
        pass


def test_a_refused_line_is_tried_once_more_and_then_the_bard_speaks():
    backend = Scripted("The cleave lands.", "Lies.", "The cleave hits him.", "Lies.", "More lies.")
    told = tell(backend, [HIT, HIT, HIT], "chronicler")
    assert [one.by_model for one in told] == [True, True, False]
    assert [one.refused is None for one in told] == [True, False, False]
    assert told[1].shown == "The cleave hits him."
    assert all(verdict(one.shown, HIT, "chronicler") is None for one in told)
    assert [one.tokens for one in told] == [5, 10, 10]
    found = figures(told)
    assert found["raw_precision"] == pytest.approx(1 / 3)
    assert found["fallback_rate"] == pytest.approx(1 / 3)


def test_a_slow_line_has_no_second_try_and_one_that_never_comes_is_none():
    backend = Scripted("Lies.", "The cleave lands.", "Lies.")
    backend.seconds = SECOND_TRY_WITHIN
    told = tell(backend, [HIT, HIT, HIT, HIT], "chronicler")
    assert [one.by_model for one in told] == [False, True, False, False]
    assert told[3].refused == "it took too long"
    assert all(one.shown for one in told)


def test_distinct_counts_sequences_of_words():
    assert distinct(["a b c", "A b, c."]) == 0.5
    assert distinct(["a b c d", "e f g"]) == 1.0
    assert distinct(["a b"]) == 0.0


def test_held_out_facts_are_held_out_and_always_the_same(monkeypatch):
    monkeypatch.setattr("narrator.evaluate.FIGHTS", 60)
    facts = held_out_facts(80)
    assert facts == held_out_facts(80)
    assert all(is_held_out(one) or one.beat == "opening" for one in facts)


def test_a_line_may_state_its_beat_and_be_false_otherwise():
    assert states_beat("The cleave lands, and he is left with 7.", HIT, "chronicler")
    assert verdict("The cleave lands, and he is left with 7.", HIT, "chronicler")
    assert not states_beat("He rolls through the cleave.", HIT, "chronicler")
    assert not states_beat("", HIT, "chronicler")


def test_the_command_evaluates_the_mock_which_never_lies(monkeypatch, capsys):
    monkeypatch.setattr("narrator.evaluate.FIGHTS", 40)
    monkeypatch.setenv("MM_NARRATOR_BACKEND", "mock")
    assert main(["--facts", "12", "--persona", "crowd", "--show", "3"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 4
    assert json.loads(lines[-1])["crowd"]["raw_precision"] == 1.0


def test_settings_that_make_no_sense_are_said_in_one_line(monkeypatch, capsys):
    monkeypatch.setenv("MM_NARRATOR_BACKEND", "oracle")
    assert main([]) == 2
    assert "MM_NARRATOR_BACKEND" in capsys.readouterr().err
