"""Weight files: strict loading, atomic saving, the canonical JSON that is a mind's identity.

Imported through `modular_mind`. A weight file is an `.npz` of float32 arrays named and shaped as in
`SHAPES`. Whatever is wrong with a file is said by a `WeightsError`, before anything large is allocated
and without unpickling.
"""

import hashlib
import io
import json
import os
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from features import EXPLORE_ONE, RULES_VERSION, TIERS
from mind.architecture import (
    ARCHITECTURE,
    GRID,
    OBSERVATION_EXPONENTS,
    PARAMETER_COUNT,
    SHAPES,
    WEIGHT_LIMIT,
)

FILE_LIMIT = 256 * 1024  # bytes of a weight file
HEADER_LIMIT = 4096  # bytes of one array's header
MANIFEST_LIMIT = 64 * 1024
WEIGHTS_NAME = "mm_weights.npz"
MANIFEST_NAME = "manifest.json"


class WeightsError(ValueError):
    """A weight file, or a set of parameters, that must not be used; the message says what is wrong."""


def check_parameters(parameters: Mapping[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Read-only float64 copies of the parameters of a mind that may decide, or `WeightsError`.

    Wants exactly the arrays of `SHAPES`, floating point, finite, at most 8 in size, on the grid of 1/1024.
    """
    if set(parameters) != set(SHAPES):
        missing = sorted(set(SHAPES) - set(parameters))
        unknown = sorted(map(str, set(parameters) - set(SHAPES)))
        raise WeightsError(f"wrong set of arrays: missing {missing}, unknown {unknown}")
    checked = {}
    for name, shape in SHAPES.items():
        array = np.asarray(parameters[name])
        if array.shape != shape:
            raise WeightsError(f"{name} has shape {array.shape}, not {shape}")
        if array.dtype not in (np.float32, np.float64):
            raise WeightsError(f"{name} has dtype {array.dtype}, not float32 or float64")
        if not np.isfinite(array).all():
            raise WeightsError(f"{name} holds a value that is not finite")
        array = array.astype(np.float64)
        if np.abs(array).max() > WEIGHT_LIMIT:
            raise WeightsError(f"{name} holds a weight larger than {WEIGHT_LIMIT}")
        if (array * GRID != np.floor(array * GRID)).any():
            raise WeightsError(f"{name} holds a weight that is no multiple of 1/{GRID}")
        array += 0.0  # turns -0.0 into 0.0, so that one mind has one set of bits
        array.setflags(write=False)
        checked[name] = array
    return checked


def canonical_json(parameters: Mapping[str, np.ndarray]) -> bytes:
    """The bytes whose SHA-256 names a mind: architecture, observation exponents, weights * 1024."""
    content = {
        "architecture": ARCHITECTURE,
        "grid": GRID,
        "observation_exponents": OBSERVATION_EXPONENTS,
        "parameters": {
            name: {
                "shape": shape,
                "values": (np.asarray(parameters[name], np.float64).ravel() * GRID).astype(np.int64).tolist(),
            }
            for name, shape in SHAPES.items()
        },
    }
    return json.dumps(content, sort_keys=True, separators=(",", ":")).encode("ascii")


def sha256(data: bytes) -> str:
    """Lower-case hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()


# ---------------------------------------------------------------------------- reading
def read_limited(path, limit: int) -> bytes:
    """A whole file of at most `limit` bytes; raises WeightsError when it is absent or larger."""
    try:
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise WeightsError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > limit:
        raise WeightsError(f"{path}: larger than {limit} bytes")
    return data


def read_parameters(path) -> dict[str, np.ndarray]:
    """The checked parameters of a weight file; raises WeightsError with the path and what is wrong."""
    data = read_limited(path, FILE_LIMIT)
    try:
        return check_parameters(_arrays_of(data))
    except WeightsError as error:
        raise WeightsError(f"{path}: {error}") from error


def _arrays_of(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of an npz; member sizes and array headers are checked before they are believed."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            names = [member.filename.removesuffix(".npy") for member in members]
            if len(set(names)) != len(names):
                raise WeightsError("holds an array twice")
            if set(names) != set(SHAPES):
                missing, unknown = set(SHAPES) - set(names), sorted(set(names) - set(SHAPES))
                raise WeightsError(f"wrong set of arrays: missing {sorted(missing)}, unknown {unknown[:8]}")
            for name, member in zip(names, members, strict=True):
                limit = 8 * int(np.prod(SHAPES[name])) + HEADER_LIMIT
                if member.file_size > limit:
                    raise WeightsError(f"{name} unpacks to {member.file_size} bytes, more than {limit}")
            return {
                name: _array_of(name, archive.read(member))
                for name, member in zip(names, members, strict=True)
            }
    except (
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        NotImplementedError,
        OSError,
        RuntimeError,
        UnicodeError,
    ) as error:
        raise WeightsError(f"not a whole npz file: {error}") from error


def _array_of(name: str, data: bytes) -> np.ndarray:
    """One .npy member. The header is read first: it could ask for any amount of memory, or for objects."""
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise WeightsError(f"{name} is in version {version} of the npy format, not (1, 0)")
        shape, _, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=HEADER_LIMIT)
        if shape != SHAPES[name]:
            raise WeightsError(f"{name} has shape {shape}, not {SHAPES[name]}")
        if dtype not in (np.float32, np.float64):
            raise WeightsError(f"{name} has dtype {dtype}, not float32 or float64")
        stream.seek(0)
        return np.load(stream, allow_pickle=False)
    except WeightsError:
        raise
    except (ValueError, EOFError, OSError) as error:
        raise WeightsError(f"{name} is not a whole npy array: {error}") from error


def read_manifest(directory) -> dict:
    """The manifest of a weights directory, checked: hash, parameter count, rules, mistake rates."""
    path = Path(directory) / MANIFEST_NAME
    try:
        manifest = json.loads(read_limited(path, MANIFEST_LIMIT))
    except (ValueError, RecursionError) as error:
        if isinstance(error, WeightsError):
            raise
        raise WeightsError(f"{path}: not JSON: {error}") from error
    if not isinstance(manifest, dict):
        raise WeightsError(f"{path}: not a JSON object")
    digest = manifest.get("weights_sha256")
    if not (isinstance(digest, str) and len(digest) == 64 and set(digest) <= set("0123456789abcdef")):
        raise WeightsError(f"{path}: weights_sha256 is not a SHA-256 in lower-case hexadecimal")
    if manifest.get("rules_version") != RULES_VERSION:
        raise WeightsError(
            f"{path}: made for rules version {manifest.get('rules_version')!r}, these are {RULES_VERSION}"
        )
    if manifest.get("parameters") != PARAMETER_COUNT:
        raise WeightsError(f"{path}: {manifest.get('parameters')!r} parameters, not {PARAMETER_COUNT}")
    explore = manifest.get("explore")
    if not (isinstance(explore, dict) and set(explore) == set(TIERS)):
        raise WeightsError(f"{path}: explore does not name exactly the tiers {TIERS}")
    for tier, rate in explore.items():
        if type(rate) is not int or not 0 <= rate <= EXPLORE_ONE:
            raise WeightsError(f"{path}: explore.{tier} is {rate!r}, not an integer from 0 to {EXPLORE_ONE}")
    return manifest


# ---------------------------------------------------------------------------- writing
def write_atomically(path, data: bytes) -> None:
    """Replaces `path` by `data`, flushed to the disk; a crash leaves the old file or the new one."""
    path = Path(path)
    handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name, suffix=".tmp")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        os.chmod(temporary, 0o644)  # mkstemp's own mode hides the file from the group
        os.replace(temporary, path)
    except BaseException:
        os.unlink(temporary)
        raise


def save(path, parameters: Mapping[str, np.ndarray]) -> None:
    """Writes checked parameters as float32 (exact on the grid); the same parameters, the same bytes."""
    checked = check_parameters(parameters)
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **{name: array.astype(np.float32) for name, array in checked.items()})
    write_atomically(path, buffer.getvalue())


def write_manifest(directory, mind, explore: Mapping[str, int], training: Mapping) -> None:
    """Writes the manifest of `mind` (anything with `sha256`) beside its weights, atomically.

    explore: the mistake rate of each tier, in 1/65536. training: how the mind was made, JSON-ready.
    """
    manifest = {
        "rules_version": RULES_VERSION,
        "weights_sha256": mind.sha256,
        "parameters": PARAMETER_COUNT,
        "explore": {tier: int(explore[tier]) for tier in TIERS},
        "training": dict(training),
    }
    data = json.dumps(manifest, indent=2, allow_nan=False) + "\n"
    write_atomically(Path(directory) / MANIFEST_NAME, data.encode("utf-8"))
