"""A tiny adapter for each persona, and backends that are loaded once for all tests."""

import json
from collections.abc import Iterator
from pathlib import Path

import gguf
import numpy as np
import pytest

from narrator import models
from narrator.backends.llama_cpp import LlamaCpp
from narrator.backends.transformers_backend import Transformers
from narrator.personas import PERSONAS
from narrator.settings import NarratorConfig

SHORT = NarratorConfig(max_tokens=16)  # tokens take their time
RANK, ALPHA, BLOCKS = 4, 8.0, 30
SIZES = {  # inputs and outputs of the packaged model's layers
    "attn_q": (576, 576),
    "attn_k": (576, 192),
    "attn_v": (576, 192),
    "attn_output": (576, 576),
    "ffn_gate": (576, 1536),
    "ffn_up": (576, 1536),
    "ffn_down": (1536, 576),
}


def write_adapter(path: Path, seed: int, size: float = 0.05) -> None:
    """A GGUF adapter of random weights, large enough to change what is written."""
    source = np.random.default_rng(seed)
    writer = gguf.GGUFWriter(str(path), "llama")
    writer.add_type(gguf.GGUFType.ADAPTER)
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", ALPHA)
    for block in range(BLOCKS):
        for layer, (inputs, outputs) in SIZES.items():
            first = source.normal(0, size, (RANK, inputs)).astype(np.float32)
            second = source.normal(0, size, (outputs, RANK)).astype(np.float32)
            writer.add_tensor(f"blk.{block}.{layer}.weight.lora_a", first)
            writer.add_tensor(f"blk.{block}.{layer}.weight.lora_b", second)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


@pytest.fixture(scope="session", autouse=True)
def patience() -> Iterator[None]:
    """However busy the machine is, no line is given up in the process of the tests."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("narrator.backends.llama_cpp.LINE_SECONDS", 600.0)
        patch.setattr("narrator.backends.transformers_backend.LINE_SECONDS", 600.0)
        yield


@pytest.fixture(scope="session")
def adapter_folder(tmp_path_factory) -> Path:
    """An adapter for each persona, and their manifest."""
    folder = tmp_path_factory.mktemp("adapters")
    entries = {}
    for seed, persona in enumerate(PERSONAS):
        path = folder / f"{persona}.gguf"
        write_adapter(path, seed)
        entries[persona] = {"sha256": models.sha256_of(path), "bytes": path.stat().st_size}
    manifest = {"base_sha256": models.SHA256, "adapters": entries}
    (folder / models.MANIFEST).write_text(json.dumps(manifest), "utf-8")
    return folder


@pytest.fixture(scope="session")
def tuned(adapter_folder) -> Iterator[LlamaCpp]:
    """llama.cpp with the tiny adapters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "narrator.backends.llama_cpp.adapters", lambda model: models.adapters(model, adapter_folder)
        )
        backend = LlamaCpp(SHORT)
    yield backend
    backend.close()


@pytest.fixture(scope="session")
def untuned() -> Iterator[LlamaCpp]:
    """llama.cpp with the packaged model alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("narrator.backends.llama_cpp.adapters", lambda model: {})
        backend = LlamaCpp(SHORT)
    yield backend
    backend.close()


@pytest.fixture(scope="session")
def oracle(adapter_folder) -> Iterator[Transformers]:
    """transformers with the same adapters."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            "narrator.backends.transformers_backend.adapters",
            lambda model: models.adapters(model, adapter_folder),
        )
        backend = Transformers(SHORT)
    yield backend
    backend.close()
