"""narrator/preferences.py on a tiny model."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from narrator import lora, preferences, train
from narrator.facts import Facts, as_dict
from narrator.prompt import tuned_prompt
from tests.narrator.tiny import LETTERS, tiny_model, write_data

OPENING = Facts("opening")
LINE = {"prompt": tuned_prompt(OPENING), "text": "The duel begins.", "facts": as_dict(OPENING)}
CONFIG = preferences.PreferencesConfig(
    persona="chronicler",
    data=Path(),
    adapter=Path(),
    out=Path(),
    samples=3,
    longest=6,
    learning_rate=0.01,
    warm_up=1,
    examine_every=2,
)


def test_pairs_are_of_what_passes_and_what_fails():
    (pair,) = preferences.judged(LINE, ["", "The dragon begins.", "The dragon begins."], CONFIG)
    assert pair["passes"] == LINE["text"]  # nothing written passes: the data's own line stands in
    assert pair["fails"] == "The dragon begins."
    assert "dragon" in pair["verdict"]
    candidates = ["The duel begins.", "The dragon begins.", "A dragon.", "Many dragons."]
    pairs = preferences.judged(LINE, candidates, CONFIG)
    assert [(pair["passes"], pair["fails"]) for pair in pairs] == [
        ("The duel begins.", "The dragon begins."),
        ("The duel begins.", "A dragon."),
    ]
    assert preferences.judged(LINE, ["The duel begins."], CONFIG) == []


def test_likelihoods_are_sums_over_lines():
    model = lora.attach(tiny_model(), 2, 4, seed=0)
    lines = [lora.encode(LETTERS, "facts\n", text) for text in ("one", "another")]
    together = preferences.likelihoods(model, lines)
    for line, value in zip(lines, together, strict=True):
        losses, _ = lora.token_losses(model, [line])
        torch.testing.assert_close(value, -losses.sum())


def test_written_lines_depend_on_the_prompt_and_not_on_its_neighbours():
    model = lora.attach(tiny_model(), 2, 4, seed=0)
    config = replace(CONFIG, samples=1, temperature=1e-4)  # as good as greedy
    together = preferences.written(model, LETTERS, ["a long prompt\n", "short\n"], config)
    alone = [
        preferences.written(model, LETTERS, [prompt], config)[0] for prompt in ("a long prompt\n", "short\n")
    ]
    assert together == alone


@pytest.fixture
def command(tmp_path, monkeypatch) -> list[str]:
    """The options of a run that begins with an adapter of the tiny model."""
    monkeypatch.setattr(lora, "load_base", lambda where: tiny_model())
    monkeypatch.setattr(lora, "load_tokenizer", lambda: LETTERS)
    data = write_data(tmp_path / "data.jsonl")
    lora.write_adapter(lora.attach(tiny_model(), 2, 4, seed=0), tmp_path / "start")
    options = {
        "persona": "chronicler",
        "data": data,
        "adapter": tmp_path / "start",
        "samples": 3,
        "threads": 1,
    }
    options |= {"learning-rate": 0.01, "epochs": 2}
    return [word for name, value in options.items() for word in (f"--{name}", str(value))]


def test_run_learns_to_prefer_what_passes(command, tmp_path):
    out = tmp_path / "out"
    assert preferences.main([*command, "--out", str(out)]) == train.FINISHED
    log = [json.loads(line) for line in (out / "log.jsonl").read_text("utf-8").splitlines()]
    assert log[0]["held_out_loss"] == pytest.approx(0.6931, abs=1e-4)  # nothing has moved yet
    assert log[-1]["held_out_loss"] < 0.69
    assert log[-1]["held_out_preferred"] == 1.0
    run = json.loads((out / "run.json").read_text("utf-8"))
    assert run["begin_sha256"] == train.sha256_of(tmp_path / "start" / lora.WEIGHTS_FILE)
    identity, count, *pairs = map(json.loads, (out / preferences.PAIRS).read_text("utf-8").splitlines())
    assert identity["data_sha256"] == run["data_sha256"]
    assert count["prompts_written"] > len({pair["prompt"] for pair in pairs}) // 2
    assert all(pair["verdict"] and pair["passes"] != pair["fails"] for pair in pairs)


def test_interrupted_run_goes_on_from_its_pairs(command, tmp_path, monkeypatch):
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert preferences.main([*command, "--out", str(whole)]) == train.FINISHED
    prefer = preferences.prefer

    def interrupted(config, words, console, _):
        return prefer(config, words, console, AfterWriting(parts / "log.jsonl"))

    monkeypatch.setattr(preferences, "prefer", interrupted)
    assert preferences.main([*command, "--out", str(parts)]) == train.INTERRUPTED
    monkeypatch.setattr(preferences, "prefer", prefer)
    monkeypatch.setattr(preferences, "written", None)  # nothing is written twice
    assert preferences.main([*command, "--out", str(parts), "--resume"]) == train.FINISHED
    assert (parts / "log.jsonl").read_bytes() == (whole / "log.jsonl").read_bytes()
    assert (parts / lora.WEIGHTS_FILE).read_bytes() == (whole / lora.WEIGHTS_FILE).read_bytes()


class AfterWriting:
    """A wish to end as soon as a few steps are logged."""

    def __init__(self, log: Path):
        self._log = log

    @property
    def asked(self) -> bool:
        return self._log.exists() and self._log.read_text("utf-8").count("\n") > 3


def test_interrupted_writing_goes_on_with_the_next_prompts(command, tmp_path, monkeypatch):
    monkeypatch.setattr(preferences, "ROWS", 6)  # two prompts at a time
    whole, parts = tmp_path / "whole", tmp_path / "parts"
    assert preferences.main([*command, "--out", str(whole)]) == train.FINISHED
    prefer = preferences.prefer

    def interrupted(config, words, console, _):
        return prefer(config, words, console, AfterPairs(parts / preferences.PAIRS))

    monkeypatch.setattr(preferences, "prefer", interrupted)
    assert preferences.main([*command, "--out", str(parts)]) == train.INTERRUPTED
    begun = (parts / preferences.PAIRS).read_bytes()
    assert len(begun) < len((whole / preferences.PAIRS).read_bytes())
    monkeypatch.setattr(preferences, "prefer", prefer)
    assert preferences.main([*command, "--out", str(parts), "--resume"]) == train.FINISHED
    assert (parts / preferences.PAIRS).read_bytes() == (whole / preferences.PAIRS).read_bytes()
    assert (parts / lora.WEIGHTS_FILE).read_bytes() == (whole / lora.WEIGHTS_FILE).read_bytes()


class AfterPairs:
    """A wish to end as soon as there are some pairs."""

    def __init__(self, pairs: Path):
        self._pairs = pairs

    @property
    def asked(self) -> bool:
        return self._pairs.exists()


def test_pairs_of_another_run_are_refused(tmp_path):
    path = tmp_path / preferences.PAIRS
    assert preferences.read_pairs(path, {"seed": 1}) == preferences.NOTHING
    made = preferences.Made(3, [{"prompt": "x"}])
    preferences.write_pairs(path, {"seed": 0}, made)
    assert preferences.read_pairs(path, {"seed": 0}) == made
    with pytest.raises(lora.AdapterError, match="seed was 0, not 1"):
        preferences.read_pairs(path, {"seed": 1})
