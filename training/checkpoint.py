"""Checkpoints of a training run: everything needed to go on as if it had never stopped.

A checkpoint is an `.npz` without pickled objects: the arrays of `SelfPlay.state()`, others of the run,
and under "run" a JSON text with its configuration and history. It is written atomically, and read strictly:
whatever is wrong with one is a `CheckpointError` of one line that names the file, before anything large is
allocated. A run goes on only under the configuration and the rules it was begun with.
"""

import io
import json
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from features import RULES_VERSION
from mind.archive import ArchiveError, read_arrays, read_limited, write_atomically

NAME = "checkpoint.npz"
FORMAT = 1
FILE_LIMIT = 256 * 1024 * 1024  # bytes of a checkpoint
TEXT_LIMIT = 16 * 1024 * 1024  # bytes of the JSON text
TEXT = "run"
ENTRIES = {"format", "rules_version", "config", "progress"}  # of the JSON text


class CheckpointError(ValueError):
    """A checkpoint that must not be gone on from; the message says why in one line."""


def pack(arrays: Mapping[str, np.ndarray], config: Mapping, progress: Mapping) -> bytes:
    """The bytes of a checkpoint; ValueError if an array or a number is not finite.

    config: what the run must be gone on with. progress: its history. Both JSON-ready.
    """
    for name, array in arrays.items():
        _check_finite(name, array)
    content = {"format": FORMAT, "rules_version": RULES_VERSION, "config": config, "progress": progress}
    text = json.dumps(content, allow_nan=False).encode("utf-8")
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays, **{TEXT: np.frombuffer(text, np.uint8)})
    return buffer.getvalue()


def write(path, data: bytes) -> None:
    """Put the checkpoint `data` at `path`, atomically; makes its folder."""
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    write_atomically(path, data)


def read(path) -> bytes:
    """The bytes of the checkpoint at `path`, for `unpack`; CheckpointError when there are none."""
    try:
        return read_limited(path, FILE_LIMIT)
    except ArchiveError as error:
        raise CheckpointError(str(error)) from error


def unpack(
    path, data: bytes, like: Mapping[str, np.ndarray], config: Mapping
) -> tuple[dict[str, np.ndarray], dict]:
    """The arrays and the progress of a checkpoint, read from `path`.

    like: arrays of the names, shapes and dtypes it must hold. config: what it must have been begun with,
    JSON-ready. Raises CheckpointError.
    """
    try:
        text = read_arrays(data, {TEXT: ((None,), (np.uint8,))}, TEXT_LIMIT, others=True)[TEXT]
        progress = _progress(text.tobytes(), json.loads(json.dumps(config)))
        table = {name: (array.shape, (array.dtype.type,)) for name, array in like.items()}
        arrays = read_arrays(data, table | {TEXT: ((None,), (np.uint8,))}, TEXT_LIMIT)
        del arrays[TEXT]
        for name, array in arrays.items():
            _check_finite(name, array)
    except ValueError as error:
        raise CheckpointError(f"{path}: {error}") from error
    return arrays, progress


def _check_finite(name: str, array: np.ndarray) -> None:
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise ValueError(f"{name} holds a value that is not finite")


def _progress(text: bytes, config: dict) -> dict:
    """The progress in the JSON text of a checkpoint, which must be of the run `config`."""
    try:
        content = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"{TEXT} is not JSON: {error}") from error
    if not isinstance(content, dict) or set(content) != ENTRIES or content["format"] != FORMAT:
        raise ValueError(f"{TEXT} is not the record of a run in format {FORMAT}")
    if content["rules_version"] != RULES_VERSION:
        raise ValueError(f"made for rules version {content['rules_version']!r}, these are {RULES_VERSION}")
    different = _differences(content["config"], config)
    if different:
        raise ValueError(f"made by a run with another configuration: {'; '.join(different[:3])}")
    if not isinstance(content["progress"], dict):
        raise ValueError(f"{TEXT} holds no progress")
    return content["progress"]


def _refuse_constant(name: str):
    raise ValueError(f"{name} is no number")


def _differences(saved, wanted, name: str = "") -> list[str]:
    """What a saved configuration has otherwise than the wanted one, by the names of the settings."""
    if isinstance(saved, dict) and isinstance(wanted, dict):
        inside = name + "." if name else ""
        parts = [_differences(saved.get(key), wanted.get(key), inside + key) for key in {**wanted, **saved}]
        return [difference for part in parts for difference in part]
    return [] if saved == wanted else [f"{name or 'config'} was {saved!r}, not {wanted!r}"]
