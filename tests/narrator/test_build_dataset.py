"""Training data: true, varied, the same every time, and without what is held out."""

import json

import pytest

from narrator.build_dataset import DatasetConfig, build, main, write
from narrator.facts import Facts, facts_from
from narrator.held_out import is_held_out, sample
from narrator.personas import PERSONAS
from narrator.prompt import chat_messages, tuned_prompt
from narrator.validator import verdict


def config(persona: str, tmp_path, **changes) -> DatasetConfig:
    small = {"out": tmp_path / "x.jsonl", "moments": 60, "lines": 3, "fights": 60}
    return DatasetConfig(**({"persona": persona} | small | changes))


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_example_is_true_and_none_is_held_out(persona, tmp_path):
    examples = build(config(persona, tmp_path))
    assert 120 <= len(examples) <= 180  # some moments are told in fewer ways
    for example in examples:
        facts = facts_from(example["facts"])
        assert verdict(example["text"], facts, persona) is None
        assert example["prompt"] == tuned_prompt(facts)
        assert not is_held_out(facts)
    assert len({(example["prompt"], example["text"]) for example in examples}) == len(examples)


def test_the_same_arguments_give_the_same_file_and_another_seed_another(tmp_path):
    digests = [
        write(build(config("crowd", tmp_path, seed=seed)), tmp_path / f"{n}.jsonl")
        for n, seed in enumerate((0, 0, 1))
    ]
    assert digests[0] == digests[1] != digests[2]
    assert len(json.loads((tmp_path / "0.jsonl").read_text().splitlines()[0])["text"]) > 5


def test_held_out_facts_are_others_than_those_of_training():
    trained = {tuned_prompt(facts) for facts in sample(300, range(60), held_out=False)}
    held_out = {tuned_prompt(facts) for facts in sample(300, range(1000, 1060), held_out=True)}
    assert trained & held_out == {"begin; knight 100; slime 240\n"}
    assert len(held_out) > 100


def test_every_kind_of_moment_is_as_frequent_as_any_other():
    facts = sample(400, range(80), held_out=False)
    kinds: dict[tuple, int] = {}
    for one in facts:
        kind = (one.beat, one.blow, one.after)
        kinds[kind] = kinds.get(kind, 0) + 1
    assert max(kinds.values()) - min(kinds.values()) <= 3


def test_a_prompt_is_one_line_of_what_the_facts_say():
    facts = Facts("streak", "rolled_through", streak=4, knight_health=58, slime_health=60, enraged=True)
    prompt = tuned_prompt(facts)
    assert prompt == "4 in a row; knight rolls; knight 58; slime 60; enraged\n"
    said = chat_messages(facts, "crowd")[-1]["content"]
    blow = "the knight rolls through the cleave, untouched"
    assert said == f"4 in a row; {blow}; knight 58 of 100; slime 60 of 240, enraged"


@pytest.mark.parametrize("arguments", [["--moments", "0"], ["--fights", "0"]])
def test_what_makes_no_sense_is_said_in_one_line(arguments, tmp_path, capsys):
    assert main(["--persona", "crowd", "--out", str(tmp_path / "x"), *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_the_command_writes_and_says_what_it_wrote(tmp_path, capsys):
    out = tmp_path / "deep" / "x.jsonl"
    assert main(["--persona", "slime", "--out", str(out), "--moments", "20", "--fights", "30"]) == 0
    said = json.loads(capsys.readouterr().out)
    assert said["examples"] == len(out.read_text().splitlines()) >= 20
