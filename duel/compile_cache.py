"""Where compiled functions are kept from one process to the next: a folder for each state of their sources.

    folder = folder_for(Path("__pycache__"), [Path("duel/kernel.py")], {"ROLL_COST": 260})

numba notices by itself that the file of a function has changed, but not those of the functions and integers
that it uses. So the folder's name stands for all of them.
"""

import hashlib
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

PREFIX = "compiled-"
KEPT_SECONDS = 7 * 24 * 3600  # for so long the folders of other sources are kept


def folder_for(parent: Path, sources: Sequence[Path], names: Mapping[str, object]) -> Path | None:
    """The folder in `parent` for functions of these files that use these names; made if need be.

    Of the names only integers count: they may come from elsewhere. None where nothing can be written.
    """
    integers = sorted((name, value) for name, value in names.items() if isinstance(value, int))
    content = hashlib.sha256(repr(integers).encode())
    try:
        for source in sources:
            content.update(source.read_bytes())
        folder = parent / f"{PREFIX}{content.hexdigest()[:16]}"
        if not folder.exists():
            _remove_old(parent)
        elif any(file.stat().st_size == 0 for file in folder.rglob("*.nb?")):
            shutil.rmtree(folder)  # files that were being written when the power failed
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    return folder if os.access(folder, os.W_OK) else None


def _remove_old(parent: Path) -> None:
    for folder in parent.glob(f"{PREFIX}*"):
        if folder.stat().st_mtime < time.time() - KEPT_SECONDS:
            shutil.rmtree(folder, ignore_errors=True)
