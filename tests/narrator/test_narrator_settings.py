"""The narrator's settings: what each variable may be, and one line on what it may not."""

from pathlib import Path

import pytest

from narrator.settings import BACKENDS, HubModel, NarratorConfig, NarratorSettingsError, read_config, threads


def test_nothing_needs_to_be_set():
    assert read_config({}) == NarratorConfig()
    assert (
        read_config({"MM_NARRATOR_BACKEND": "", "MM_NARRATOR_MODEL": "", "HF_TOKEN": ""}) == NarratorConfig()
    )


def test_every_variable_counts(tmp_path):
    environment = {
        "MM_NARRATOR_BACKEND": "inference_api",
        "MM_NARRATOR_MODEL": "owner/name",
        "MM_NARRATOR_MAX_TOKENS": "100",
        "MM_DATA_DIR": str(tmp_path),
        "HF_TOKEN": "hf_secret",
    }
    config = read_config(environment)
    expected = NarratorConfig("inference_api", HubModel("owner/name"), 100, "hf_secret", tmp_path / "models")
    assert config == expected
    assert "hf_secret" not in repr(config)


@pytest.mark.parametrize("backend", BACKENDS)
def test_every_backend_can_be_named(backend):
    assert read_config({"MM_NARRATOR_BACKEND": backend}).backend == backend


@pytest.mark.parametrize(
    ("text", "model"),
    [
        ("owner/name", HubModel("owner/name")),
        ("owner/name@main", HubModel("owner/name", "main")),
        (
            "owner/name@refs/pr/1:sub/file.Q4_1.gguf",
            HubModel("owner/name", "refs/pr/1", "sub/file.Q4_1.gguf"),
        ),
        ("/models/some.gguf", Path("/models/some.gguf")),
        ("./some.gguf", Path("some.gguf")),
        ("~/some.gguf", Path("~/some.gguf").expanduser()),
        ("tests/narrator", Path("tests/narrator")),
    ],
)
def test_a_model_is_a_path_or_of_the_hub(text, model, monkeypatch):
    monkeypatch.chdir(Path(__file__).resolve().parents[2])
    assert read_config({"MM_NARRATOR_MODEL": text}).model == model


@pytest.mark.parametrize(
    ("variable", "text"),
    [
        ("MM_NARRATOR_BACKEND", "llama"),
        ("MM_NARRATOR_MAX_TOKENS", "15"),
        ("MM_NARRATOR_MAX_TOKENS", "257"),
        ("MM_NARRATOR_MAX_TOKENS", "many"),
        ("MM_NARRATOR_MAX_TOKENS", "6٠"),
        ("MM_NARRATOR_MODEL", "smollm2"),
        ("MM_NARRATOR_MODEL", "owner/name:file.gguf"),
        ("MM_NARRATOR_MODEL", "owner/name@main:file.bin"),
        ("MM_NARRATOR_MODEL", "owner/name@main:../file.gguf"),
        ("MM_NARRATOR_MODEL", "https://example.com/a.gguf"),
        ("HF_TOKEN", "two words"),
    ],
)
def test_what_cannot_be_used_is_said_in_one_line(variable, text):
    with pytest.raises(NarratorSettingsError, match=variable) as caught:
        read_config({variable: text})
    assert "\n" not in str(caught.value)
    assert variable != "HF_TOKEN" or text not in str(caught.value)


def test_a_model_gets_half_of_the_cores(monkeypatch):
    for cores, expected in ((1, 1), (2, 1), (3, 1), (4, 2), (8, 4), (64, 4)):
        monkeypatch.setattr("os.sched_getaffinity", lambda _, n=cores: set(range(n)), raising=False)
        assert threads() == expected
