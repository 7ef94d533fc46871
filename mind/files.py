"""Weight files: strict loading, atomic saving, the canonical JSON that is a mind's identity.

Imported through `modular_mind`. A weight file is an `.npz` of float32 arrays named and shaped as in
`SHAPES`. Whatever is wrong with a file is said by a `WeightsError`, before anything large is allocated
and without unpickling.
"""

import hashlib
import json
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
from mind.archive import ArchiveError, read_arrays, read_limited, write_arrays, write_atomically

FILE_LIMIT = 256 * 1024  # bytes of a weight file
MANIFEST_LIMIT = 64 * 1024
WEIGHTS_NAME = "mm_weights.npz"
MANIFEST_NAME = "manifest.json"
TABLE = {name: (shape, (np.float32, np.float64)) for name, shape in SHAPES.items()}


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
def read_parameters(path) -> dict[str, np.ndarray]:
    """The checked parameters of a weight file; raises WeightsError with the path and what is wrong."""
    data = _read(path, FILE_LIMIT)
    try:
        return check_parameters(read_arrays(data, TABLE))
    except (ArchiveError, WeightsError) as error:
        raise WeightsError(f"{path}: {error}") from error


def _read(path, limit: int) -> bytes:
    try:
        return read_limited(path, limit)
    except ArchiveError as error:
        raise WeightsError(str(error)) from error


def read_manifest(directory) -> dict:
    """The manifest of a weights directory, checked: hash, parameter count, rules, mistake rates."""
    path = Path(directory) / MANIFEST_NAME
    try:
        manifest = json.loads(_read(path, MANIFEST_LIMIT))
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


def parameters_from_json(data: bytes, expected_sha256: str) -> dict[str, np.ndarray]:
    """The checked parameters in canonical JSON; WeightsError unless these are the very bytes of that name."""
    if sha256(data) != expected_sha256:
        raise WeightsError(f"these bytes are not the mind {expected_sha256}")
    try:
        arrays = json.loads(data)["parameters"]
        parameters = {
            name: np.array(array["values"], np.float64).reshape(array["shape"]) / GRID
            for name, array in arrays.items()
        }
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise WeightsError(f"the mind {expected_sha256} is not canonical JSON: {error}") from error
    checked = check_parameters(parameters)
    if canonical_json(checked) != data:
        raise WeightsError(f"the mind {expected_sha256} is of another architecture or spelling")
    return checked


# ---------------------------------------------------------------------------- writing
def save(path, parameters: Mapping[str, np.ndarray]) -> None:
    """Writes checked parameters as float32 (exact on the grid); the same parameters, the same bytes."""
    checked = check_parameters(parameters)
    write_arrays(path, {name: array.astype(np.float32) for name, array in checked.items()})


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
