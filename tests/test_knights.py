"""The file of learned knights: what is saved comes back, and nothing damaged is taken for knights."""

import io
import zipfile

import numpy as np
import pytest

from mind.archive import ArchiveError
from training.knights import LIMIT, load, save
from training.networks import KNIGHT_NETWORK

KNIGHTS = np.stack([KNIGHT_NETWORK.initial(seed) for seed in (1, 2, 3)])


def saved(**arrays) -> bytes:
    """The bytes of an npz with these arrays."""
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def bomb() -> bytes:
    """An npz whose one array claims to be far larger than 64 knights."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("knights.npy", bytes(LIMIT + 8192))
    return buffer.getvalue()


def test_what_is_saved_comes_back(tmp_path):
    save(tmp_path / "knights.npz", KNIGHTS)
    loaded = load(tmp_path / "knights.npz")
    assert loaded.dtype == np.float32
    assert np.array_equal(loaded, KNIGHTS)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (None, "cannot be read"),
        (b"", "not a whole npz file"),
        (saved(knights=KNIGHTS)[:-40], "not a whole npz file"),
        (saved(bosses=KNIGHTS), "missing"),
        (saved(knights=KNIGHTS[:, :-1]), "shape"),
        (saved(knights=KNIGHTS.astype(np.float64)), "dtype"),
        (saved(knights=KNIGHTS[:0]), "empty"),
        (saved(knights=KNIGHTS * np.nan), "not finite"),
        (saved(knights=np.array([{"a": 1}], object)), "shape|dtype"),
        (bomb(), "unpacks to"),
        (bytes(LIMIT + 1), "larger than"),
    ],
    ids=[
        "missing", "nothing", "truncated", "others", "wrong_size", "wrong_dtype", "none", "nan", "pickled",
        "zip_bomb", "too_large",
    ],
)  # fmt: skip
def test_a_bad_file_gets_one_line_that_names_it(tmp_path, content, message):
    path = tmp_path / "knights.npz"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ArchiveError, match=message) as caught:
        load(path)
    assert str(path) in str(caught.value)
    assert "\n" not in str(caught.value)
