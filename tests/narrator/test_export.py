"""narrator/export.py: a PEFT adapter as llama.cpp reads it, with its log and its entry in the manifest."""

import json
from types import SimpleNamespace

import gguf
import numpy as np
import pytest
import torch

from narrator import export, lora
from narrator.backends.transformers_backend import Transformers
from narrator.models import MANIFEST, SHA256, Model, adapters, sha256_of
from tests.narrator.tiny import tiny_model

RUN = {
    "persona": "slime",
    "base_sha256": SHA256,
    "data_sha256": "d" * 64,
    "begin_sha256": None,
    "seed": 5,
    "commit": "c" * 40,
    "command": "python -m narrator.train ...",
    "finished": True,
    "steps": 1000,
    "after": {"held_out_loss": 0.5},
}


@pytest.fixture(autouse=True)
def heads(monkeypatch):
    """The tiny model's, in the place of the packaged one's."""
    monkeypatch.setattr(export, "HEADS", {"attn_q": 3, "attn_k": 1})


@pytest.fixture
def run(tmp_path):
    """The folder of a run that trained an adapter of the tiny model, with every weight other than 0."""
    model = lora.attach(tiny_model(), 4, 8, seed=0)
    source = torch.Generator().manual_seed(1)
    for weight in lora.trainable(model).values():
        weight.data.normal_(generator=source)
    folder = tmp_path / "run"
    lora.write_adapter(model, folder)
    (folder / "run.json").write_text(json.dumps(RUN), "utf-8")
    log = [
        {"step": step, "loss": 1.0} | ({"held_out_loss": 1.0} if step % 50 == 0 else {})
        for step in range(1001)
    ]
    (folder / "log.jsonl").write_text("".join(json.dumps(entry) + "\n" for entry in log), "utf-8")
    return folder


def test_exported_adapter_is_the_trained_one_in_half_precision(run, tmp_path):
    export.export(run, "slime", tmp_path / "adapters")
    reader = SimpleNamespace(_torch=torch, _network=tiny_model())
    read = Transformers._read(reader, tmp_path / "adapters" / "slime.gguf")
    weights = lora.read_adapter(run)
    assert len(read) == len(weights) / 2 == 14
    places = {"attn_q": "self_attn.q_proj", "attn_k": "self_attn.k_proj", "ffn_down": "mlp.down_proj"}
    for layer, place in places.items():
        name = f"base_model.model.model.layers.1.{place}.lora_%s.weight"
        first, second = read[f"blk.1.{layer}"]
        torch.testing.assert_close(first.T, weights[name % "A"].half().float())
        torch.testing.assert_close(second.T / 2, weights[name % "B"].half().float())


def test_rows_of_queries_turn_in_llama_as_they_do_in_transformers():
    heads, size, rank = 3, 8, 4
    second = np.random.default_rng(0).normal(size=(heads * size, rank)).astype(np.float32)
    name = "base_model.model.model.layers.0.self_attn.q_proj.lora_B.weight"
    (moved,) = export.tensors({name: second}).values()
    angles = np.arange(1, size // 2 + 1) * 0.3

    def turned(vector: np.ndarray, neighbours: bool) -> np.ndarray:
        """A head's output turned by `angles`: pairs of neighbours, or of places half a head apart."""
        pairs = vector.reshape(-1, 2).T if neighbours else vector.reshape(2, -1)
        sine, cosine = np.sin(angles), np.cos(angles)
        return np.stack([pairs[0] * cosine - pairs[1] * sine, pairs[0] * sine + pairs[1] * cosine])

    x = np.ones(rank)
    for head in range(heads):
        rows = slice(head * size, (head + 1) * size)
        theirs = turned(second[rows] @ x, neighbours=False)
        ours = turned(moved[rows].astype(np.float64) @ x, neighbours=True)
        np.testing.assert_allclose(ours, theirs, atol=5e-3)


def test_manifest_and_log_go_with_the_adapter(run, tmp_path):
    folder = tmp_path / "adapters"
    entry = export.export(run, "slime", folder)
    (run / "run.json").write_text(json.dumps(RUN | {"persona": "crowd"}), "utf-8")
    export.export(run, "crowd", folder)
    content = json.loads((folder / MANIFEST).read_text("utf-8"))
    assert content["base_sha256"] == SHA256
    assert list(content["adapters"]) == ["crowd", "slime"]
    assert content["adapters"]["slime"] == entry
    path = folder / "slime.gguf"
    assert (entry["sha256"], entry["bytes"]) == (sha256_of(path), path.stat().st_size)
    assert {name: entry[name] for name in export.FROM_RUN} == {name: RUN[name] for name in export.FROM_RUN}
    assert adapters(Model(path, "", is_packaged=True), folder).keys() == {"crowd", "slime"}
    log = [json.loads(line) for line in (folder / "slime.log.jsonl").read_text("utf-8").splitlines()]
    assert [one["step"] for one in log if "held_out_loss" in one] == list(range(0, 1001, 50))
    assert len(log) <= export.LOG_LIMIT + 21
    assert {one.name for one in folder.iterdir()} == {
        MANIFEST, "slime.gguf", "slime.log.jsonl", "crowd.gguf", "crowd.log.jsonl"
    }  # fmt: skip


def test_the_command_is_the_one_that_begins_the_run(run, tmp_path):
    (run / "run.json").write_text(json.dumps(RUN | {"command": RUN["command"] + " --resume"}), "utf-8")
    assert export.export(run, "slime", tmp_path / "adapters")["command"] == RUN["command"]


def test_file_says_what_it_is(run, tmp_path):
    export.export(run, "slime", tmp_path)
    reader = gguf.GGUFReader(tmp_path / "slime.gguf")
    said = {name: field.contents() for name, field in reader.fields.items()}
    assert said["general.architecture"] == "llama"
    assert said["general.type"] == "adapter"
    assert said["adapter.type"] == "lora"
    assert said["adapter.lora.alpha"] == 8.0
    assert {tensor.tensor_type for tensor in reader.tensors} == {gguf.GGMLQuantizationType.F16}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"base_sha256": "0" * 64}, "of another base model"),
        ({"persona": "crowd"}, "is of crowd, not slime"),
        ({"finished": False}, "the run is not finished"),
    ],
)
def test_adapter_of_something_else_is_refused(run, tmp_path, capsys, change, message):
    (run / "run.json").write_text(json.dumps(RUN | change), "utf-8")
    assert message in refusal(run, tmp_path / "adapters", capsys)


def test_too_large_an_adapter_is_refused_and_nothing_is_changed(run, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(export, "BYTES_LIMIT", 5000)
    assert "train fewer ranks" in refusal(run, tmp_path / "adapters", capsys)
    assert not any((tmp_path / "adapters").iterdir())


def test_folder_that_is_no_adapter_is_refused(tmp_path, capsys):
    assert "cannot be read" in refusal(tmp_path, tmp_path / "adapters", capsys)


def test_matrices_that_llama_does_not_have_are_refused():
    weights = {"base_model.model.lm_head.lora_A.weight": np.zeros((4, 4), np.float32)}
    with pytest.raises(lora.AdapterError, match=r"lm_head\.lora_A"):
        export.tensors(weights)


def refusal(run, folder, capsys) -> str:
    """The one line on the standard error."""
    options = ["--persona", "slime", "--adapter", str(run), "--folder", str(folder)]
    assert export.main(options) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("narrator.export: ")
    return line
