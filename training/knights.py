"""The learned knights of a run as a file: those whom a published boss learned beside.

    OUT/knights.npz    "knights": float32 (count, size), first the one that learned to the end, then others

`train.py` writes it beside the weights; `training/exploiter.py` lets the strongest of them go on learning,
against the finished boss.
"""

import io
from pathlib import Path

import numpy as np

from mind.archive import ArchiveError, read_arrays, read_limited, write_atomically
from training.networks import KNIGHT_NETWORK

NAME = "knights.npz"
LIMIT = 4 * KNIGHT_NETWORK.size * 64  # bytes: 64 knights


def save(path: Path, knights: np.ndarray) -> None:
    """Write `knights` (count, size), whole or not at all."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, knights=knights.astype(np.float32))
    write_atomically(path, buffer.getvalue())


def load(path: Path) -> np.ndarray:
    """The knights in a file, (count, size) float32; ArchiveError, in one line, for a bad or missing one."""
    data = read_limited(path, LIMIT)
    try:
        table = {"knights": ((None, KNIGHT_NETWORK.size), (np.float32,))}
        knights = read_arrays(data, table, free_limit=LIMIT)["knights"]
        if not (len(knights) and np.isfinite(knights).all()):
            raise ArchiveError("knights is empty or holds a value that is not finite")
    except ArchiveError as error:
        raise ArchiveError(f"{path}: {error}") from error
    return knights
