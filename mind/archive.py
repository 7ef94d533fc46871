"""Files of arrays: strict reading of `.npz`, which believes nothing a file says of itself; atomic writing.

A reader gives a table of what it expects; whatever differs is an `ArchiveError` that names the array, before
anything large is allocated and without unpickling. Weight files and training checkpoints are read through it.
"""

import io
import math
import os
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

HEADER_LIMIT = 4096  # bytes of one array's header

DAMAGE = (ValueError, EOFError, OSError)  # what reading a damaged file may raise, UnicodeError included

# Of each array: its shape, None for a length that is free, and the dtypes it may have.
Table = Mapping[str, tuple[tuple[int | None, ...], tuple[type, ...]]]


class ArchiveError(ValueError):
    """A file that must not be used; the message says what is wrong with it."""


def read_limited(path, limit: int) -> bytes:
    """A whole file of at most `limit` bytes; raises ArchiveError when it is absent or larger."""
    try:
        with open(path, "rb") as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise ArchiveError(f"{path}: cannot be read: {error.strerror}") from error
    if len(data) > limit:
        raise ArchiveError(f"{path}: larger than {limit} bytes")
    return data


def read_arrays(
    data: bytes, table: Table, free_limit: int = 0, others: bool = False
) -> dict[str, np.ndarray]:
    """The arrays of the npz file `data`, exactly those of `table`; ArchiveError otherwise.

    free_limit: bytes that an array with a free length may take. others: there may be further arrays, which
    are not read. Member sizes and array headers are checked before they are believed; values are not
    looked at.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if others:
                members = [member for member in members if member.filename.removesuffix(".npy") in table]
            names = [member.filename.removesuffix(".npy") for member in members]
            if len(set(names)) != len(names):
                raise ArchiveError("holds an array twice")
            if set(names) != set(table):
                missing, unknown = sorted(set(table) - set(names)), sorted(set(names) - set(table))
                raise ArchiveError(f"wrong set of arrays: missing {missing[:16]}, unknown {unknown[:8]}")
            for name, member in zip(names, members, strict=True):
                if member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise ArchiveError(f"{name} is compressed by method {member.compress_type}")
                limit = _size_limit(*table[name], free_limit) + HEADER_LIMIT
                if member.file_size > limit:
                    raise ArchiveError(f"{name} unpacks to {member.file_size} bytes, more than {limit}")
            return {
                name: _read_array(name, archive.read(member), *table[name])
                for name, member in zip(names, members, strict=True)
            }
    except ArchiveError:
        raise
    except (
        *DAMAGE,
        zipfile.BadZipFile,
        zlib.error,
        struct.error,
        NotImplementedError,
        RuntimeError,
    ) as error:
        raise ArchiveError(f"not a whole npz file: {error}") from error


def _size_limit(shape: tuple[int | None, ...], dtypes: tuple[type, ...], free_limit: int) -> int:
    """The most bytes that an array of the table may hold."""
    if None in shape:
        return free_limit
    return math.prod(shape) * max(np.dtype(dtype).itemsize for dtype in dtypes)


def _read_array(
    name: str, data: bytes, shape: tuple[int | None, ...], dtypes: tuple[type, ...]
) -> np.ndarray:
    """One .npy member. The header is read first: it could ask for any amount of memory, or for objects."""
    stream = io.BytesIO(data)
    try:
        version = np.lib.format.read_magic(stream)
        if version != (1, 0):
            raise ArchiveError(f"{name} is in version {version} of the npy format, not (1, 0)")
        has, _, dtype = np.lib.format.read_array_header_1_0(stream, max_header_size=HEADER_LIMIT)
        fits = len(has) == len(shape) and all(
            want in (None, size) for size, want in zip(has, shape, strict=True)
        )
        if not fits:
            raise ArchiveError(f"{name} has shape {has}, not {shape}")
        if dtype not in dtypes:
            names = " or ".join(np.dtype(one).name for one in dtypes)
            raise ArchiveError(f"{name} has dtype {dtype}, not {names}")
        if math.prod(has) * dtype.itemsize > len(data):
            raise ArchiveError(f"{name} has shape {has}, more than the file holds")
        stream.seek(0)
        return np.load(stream, allow_pickle=False)
    except ArchiveError:
        raise
    except DAMAGE as error:
        raise ArchiveError(f"{name} is not a whole npy array: {error}") from error


def write_arrays(path, arrays: Mapping[str, np.ndarray]) -> None:
    """Writes an npz file atomically; the same arrays, the same bytes."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    write_atomically(path, buffer.getvalue())


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
