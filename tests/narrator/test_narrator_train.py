"""narrator/train.py and narrator/lora.py on a tiny model of the same architecture."""

import json
import os
import signal
from dataclasses import replace

import pytest
import torch

from narrator import lora, train
from narrator.facts import Facts, as_dict
from tests.narrator.tiny import CONFIG, LETTERS, QUIET, Never, tiny_model, write_data


class After:
    """A wish to end, made after so many steps."""

    def __init__(self, steps: int):
        self._left = steps + 1

    @property
    def asked(self) -> bool:
        self._left -= 1
        return self._left < 1


def fitted(config: train.TrainConfig, interruption=Never) -> tuple[dict, dict[str, torch.Tensor]]:
    """What a run says, and the adapter's weights after it."""
    model = lora.attach(tiny_model(), config.rank, config.alpha, config.seed)
    lines = train.read_lines(config.data)
    identity = train.identity_of(config, {"data": config.data})
    task = train.supervised(model, LETTERS, config, lines, identity)
    return train.fit(model, task, config, QUIET, interruption), lora.adapter_weights(model)


@pytest.fixture
def config(tmp_path) -> train.TrainConfig:
    return replace(CONFIG, data=write_data(tmp_path / "data.jsonl"), out=tmp_path / "run")


# ---------------------------------------------------------------------------- the model
def test_lora_layers_compute_what_peft_computes():
    from peft.tuners.lora import LoraLayer

    model = lora.attach(tiny_model(), 4, 8, seed=0)
    source = torch.Generator().manual_seed(1)
    for name, weight in lora.trainable(model).items():
        if "lora_B" in name:  # as if it had been trained
            weight.data.normal_(std=0.2, generator=source)
    lines = [lora.encode(LETTERS, "facts\n", text) for text in ("a line", "one more line", "x")]

    def losses_and_gradients() -> tuple[torch.Tensor, list[torch.Tensor]]:
        model.zero_grad()
        losses, _ = lora.token_losses(model, lines)
        losses.mean().backward()
        return losses.detach(), [weight.grad.clone() for weight in lora.trainable(model).values()]

    ours = losses_and_gradients()
    layers = [layer for layer in model.modules() if isinstance(layer, LoraLayer)]
    assert len(layers) == 2 * len(lora.LINEARS)
    for layer in layers:
        del layer.forward  # PEFT's own comes back
    theirs = losses_and_gradients()
    torch.testing.assert_close(ours[0], theirs[0])
    for our, their in zip(ours[1], theirs[1], strict=True):
        torch.testing.assert_close(our, their)


def test_losses_are_those_of_the_line_and_its_end_alone():
    model = tiny_model()
    lines = [lora.encode(LETTERS, "facts\n", text) for text in ("a line", "another, longer line")]
    losses, rows = lora.token_losses(lora.attach(model, 2, 4, seed=0), lines)
    for number, line in enumerate(lines):
        tokens = torch.tensor([line.tokens])
        labels = torch.full_like(tokens, -100)
        labels[0, line.starts[0] :] = tokens[0, line.starts[0] :]
        expected = model(input_ids=tokens, labels=labels).loss
        torch.testing.assert_close(losses[rows == number].mean(), expected)
    assert [(rows == number).sum().item() for number in range(2)] == [len("a line") + 1, 21]
    assert all(line.tokens[-1] == lora.END_TOKEN for line in lines)


def test_lines_that_share_a_prompt_are_judged_as_if_each_were_alone():
    model, texts = lora.attach(tiny_model(), 2, 4, seed=0), ("a line", "another, longer line", "x")
    together, _ = lora.token_losses(model, [lora.encode(LETTERS, "facts\n", *texts)])
    alone = [lora.token_losses(model, [lora.encode(LETTERS, "facts\n", text)])[0] for text in texts]
    torch.testing.assert_close(together, torch.cat(alone), rtol=1e-4, atol=1e-5)
    # and beside another example, whose prompt and lines have other lengths
    batch = [lora.encode(LETTERS, "more facts\n", "y"), lora.encode(LETTERS, "facts\n", *texts)]
    losses, rows = lora.token_losses(model, batch)
    torch.testing.assert_close(losses[rows == 1], together, rtol=1e-4, atol=1e-5)


def test_lines_of_a_prompt_are_put_together_a_few_at_a_time():
    lines = [{"prompt": f"{n % 2}\n", "text": str(n)} for n in range(30)]
    groups = train.together(lines)
    assert [len(texts) for _, texts in groups] == [8, 8, 7, 7]
    assert sorted(text for _, texts in groups for text in texts) == sorted(str(n) for n in range(30))


# transformers asks each module for every property, an old name of its own among them
@pytest.mark.filterwarnings("ignore:.is_gradient_checkpointing. is deprecated")
def test_adapter_comes_back_from_its_folder_through_peft(tmp_path):
    from peft import PeftModel

    model = lora.attach(tiny_model(), 4, 8, seed=3)
    for weight in lora.trainable(model).values():
        weight.data += 0.1
    lora.write_adapter(model, tmp_path)
    written = (tmp_path / lora.CONFIG_FILE).read_bytes()
    lora.write_adapter(model, tmp_path)
    assert (tmp_path / lora.CONFIG_FILE).read_bytes() == written
    other = PeftModel.from_pretrained(tiny_model(), tmp_path)
    lines = [lora.encode(LETTERS, "facts\n", "a line")]
    torch.testing.assert_close(lora.token_losses(other, lines)[0], lora.token_losses(model, lines)[0])
    third = lora.attach(tiny_model(), 4, 8, seed=4)
    lora.adopt(third, lora.read_adapter(tmp_path), tmp_path)
    torch.testing.assert_close(lora.token_losses(third, lines)[0], lora.token_losses(model, lines)[0])
    with pytest.raises(lora.AdapterError, match="not an adapter of this form"):
        lora.adopt(lora.attach(tiny_model(), 2, 8, seed=0), lora.read_adapter(tmp_path), tmp_path)


# ---------------------------------------------------------------------------- a run
def test_run_learns_and_says_how(config):
    figures, _ = fitted(config)
    log = [json.loads(line) for line in (config.out / "log.jsonl").read_text().splitlines()]
    assert figures["finished"]
    assert [entry["step"] for entry in log] == list(range(figures["steps"] + 1))
    assert log[-1]["held_out_loss"] < log[0]["held_out_loss"]
    examined = [entry["step"] for entry in log if "held_out_loss" in entry]
    assert examined == sorted({*range(0, figures["steps"], config.examine_every), figures["steps"]})
    assert [entry["step"] for entry in log if "held_out_loss_of_all" in entry] == [figures["steps"]]


def test_interrupted_run_goes_on_as_if_it_had_not_been(config, tmp_path):
    figures, weights = fitted(config)
    elsewhere = replace(config, out=tmp_path / "other")
    first, _ = fitted(elsewhere, After(5))
    assert (first["steps"], first["finished"]) == (5, False)
    second, others = fitted(replace(elsewhere, resume=True))
    assert second["finished"]
    assert second["steps"] == figures["steps"]
    for name, weight in weights.items():
        assert torch.equal(weight, others[name]), name
    assert (config.out / "log.jsonl").read_text() == (elsewhere.out / "log.jsonl").read_text()


def test_same_seed_same_adapter_and_another_seed_another(config, tmp_path):
    _, first = fitted(replace(config, epochs=1))
    _, again = fitted(replace(config, epochs=1, out=tmp_path / "again"))
    _, other = fitted(replace(config, epochs=1, out=tmp_path / "other", seed=1))
    assert all(torch.equal(first[name], again[name]) for name in first)
    assert not all(torch.equal(first[name], other[name]) for name in first)


@pytest.mark.parametrize(
    ("change", "message"),
    [({"seed": 1}, "seed was 0, not 1"), ({"learning_rate": 0.5}, "learning_rate was 0.01, not 0.5")],
)
def test_checkpoint_of_another_run_is_refused(config, change, message):
    fitted(config, After(2))
    with pytest.raises(lora.AdapterError, match=message):
        fitted(replace(config, resume=True, **change))


def test_broken_or_missing_checkpoint_is_refused(config):
    with pytest.raises(lora.AdapterError, match="no checkpoint to go on from"):
        fitted(replace(config, resume=True))
    config.out.mkdir()
    (config.out / train.CHECKPOINT).write_bytes(b"nothing of the kind")
    with pytest.raises(lora.AdapterError, match="not a checkpoint"):
        fitted(replace(config, resume=True))


def test_ctrl_c_is_a_wish_first_and_an_order_then():
    with train.Interruption() as interruption:
        os.kill(os.getpid(), signal.SIGINT)
        assert interruption.asked
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


# ---------------------------------------------------------------------------- the parts
def test_held_out_prompts_are_a_tenth_and_never_learned():
    lines = [{"prompt": f"{number % 50}\n", "text": str(number)} for number in range(200)]
    learned, held_out = train.split(lines)
    prompts = {line["prompt"] for line in held_out}
    assert len(prompts) == 5
    assert len(held_out) == 20
    assert len(learned) == 180
    assert not prompts & {line["prompt"] for line in learned}
    assert train.split(lines[::-1])[1] == held_out[::-1]


def test_plan_takes_every_example_once_an_epoch_in_full_batches():
    lengths = [20 + number * 7 % 41 for number in range(300)]
    steps = train.plan(lengths, epochs=2, batch_tokens=400, seed=0)
    half = len(steps) // 2
    for epoch in (steps[:half], steps[half:]):
        assert sorted(number for batch in epoch for number in batch) == list(range(300))
    assert all(max(lengths[number] for number in batch) * len(batch) <= 400 for batch in steps)
    padded = sum(max(lengths[number] for number in batch) * len(batch) for batch in steps)
    assert padded < 1.1 * 2 * sum(lengths)
    assert steps[:half] != steps[half:]
    assert steps == train.plan(lengths, epochs=2, batch_tokens=400, seed=0)


def test_rate_warms_up_and_ends_near_nothing():
    rates = [train.rate(step, steps=100, warm_up=10) for step in range(100)]
    assert rates[0] == pytest.approx(0.1)
    assert max(rates) == rates[9] == rates[10] == 1.0
    assert rates[10:] == sorted(rates[10:], reverse=True)
    assert 0 < rates[-1] < 0.02


# ---------------------------------------------------------------------------- the command line
LINE = {"prompt": "the duel begins\n", "text": "It begins.", "facts": as_dict(Facts("opening"))}


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{", "line 1: "),
        ("[]", "line 1: not a JSON object"),
        (LINE | {"text": " "}, "line 1: text is not a text"),
        (LINE | {"prompt": 3}, "line 1: prompt is not a text"),
        (LINE | {"prompt": "no end"}, "line 1: prompt does not end with a line break"),
        (LINE | {"facts": None}, "line 1: facts is not an object"),
        (LINE | {"facts": {"beat": "opening", "damage": 99}}, "line 1: facts.damage: "),
        (LINE, "fewer than 10 different prompts"),
    ],
)
def test_malformed_data_end_with_one_line(tmp_path, capsys, line, message):
    path = tmp_path / "data.jsonl"
    path.write_text(line if isinstance(line, str) else json.dumps(line), "utf-8")
    assert refusal(capsys, "--data", path, "--out", tmp_path / "out").find(message) >= 0


@pytest.mark.parametrize("option", ["--data", "--from"])
def test_missing_files_end_with_one_line(tmp_path, capsys, option):
    data = write_data(tmp_path / "data.jsonl")
    missing = tmp_path / "missing"
    options = ["--data", data, "--out", tmp_path / "out", option, missing]
    assert str(missing) in refusal(capsys, *options)


def refusal(capsys, *options) -> str:
    """The one line on the standard error."""
    assert train.main(["--persona", "slime", "--threads", "1", *map(str, options)]) == train.REFUSED
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("narrator.train: ")
    return line


@pytest.mark.parametrize(
    "options",
    [
        ["--epochs", "0"],
        ["--rank", "x"],
        ["--learning-rate", "nan"],
        ["--persona", "knight"],
        ["--threads", "-1"],
    ],
)
def test_wrong_options_are_refused(options):
    with pytest.raises(SystemExit) as end:
        train.parse(["--persona", "slime", "--data", "x", "--out", "y", *options])
    assert end.value.code == 2


def test_whole_command_on_a_tiny_model(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(lora, "load_base", lambda where: tiny_model())
    monkeypatch.setattr(lora, "load_tokenizer", lambda: LETTERS)
    data = write_data(tmp_path / "data.jsonl")
    first, second = tmp_path / "first", tmp_path / "second"
    options = ["--persona", "crowd", "--data", str(data), "--epochs", "1", "--rank", "2", "--threads", "1"]
    assert train.main([*options, "--out", str(first)]) == train.FINISHED
    assert train.main([*options, "--out", str(second), "--from", str(first)]) == train.FINISHED
    runs = [json.loads((out / "run.json").read_text()) for out in (first, second)]
    assert runs[0]["command"] == f"python -m narrator.train {' '.join(options)} --out {first}"
    assert runs[1]["begin_sha256"] == train.sha256_of(first / lora.WEIGHTS_FILE)
    assert runs[0]["data_sha256"] == train.sha256_of(data)
    assert runs[1]["before"]["held_out_loss"] == pytest.approx(runs[0]["after"]["held_out_loss"], abs=1e-4)
    assert "held_out_loss" in capsys.readouterr().out
