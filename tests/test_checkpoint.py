"""Checkpoints: a run that goes on is the run it would have been; what is not its checkpoint is refused."""

import io
import json
import os
import pickle
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from training_samples import coward, examined, tiny_config

import train
from features import RULES_VERSION
from training import checkpoint
from training.checkpoint import CheckpointError
from training.run import Run

ROOT = Path(__file__).resolve().parent.parent

# What a process of its own does: goes on from the checkpoint of a file, and leaves one at the end.
GO_ON = """
import sys
from pathlib import Path
from training import checkpoint
from training.run import Run
from training_samples import tiny_config

folder = Path(sys.argv[1])
config = tiny_config(folder)
run = Run(config)
run.restore(config.checkpoint, checkpoint.read(config.checkpoint))
run.advance()
checkpoint.write(folder / "end.npz", run.checkpoint())
"""


def arrays_of(data: bytes) -> dict[str, np.ndarray]:
    """The arrays of a checkpoint that is known to be good."""
    with np.load(io.BytesIO(data), allow_pickle=False) as archive:
        return {name: archive[name] for name in archive.files}


def progress_of(arrays: dict[str, np.ndarray]) -> dict:
    """What the JSON text says of the run, without the times, which no two runs share."""
    content = json.loads(arrays.pop("run").tobytes())
    for record in [content["progress"], *content["progress"]["history"], *content["progress"]["kept"]]:
        record.pop("seconds", None)
        record.pop("learning_seconds", None)
    return content


@pytest.mark.long
def test_a_run_that_goes_on_in_another_process_is_the_run_it_would_have_been(tmp_path):
    config = tiny_config(tmp_path)
    straight = Run(config)
    straight.advance()
    # an examined mind that commits travels too
    straight.candidates.kept = [examined(coward(), learned=[1.0])]
    checkpoint.write(config.checkpoint, straight.checkpoint())
    straight.advance()
    assert straight.update == 6
    done = subprocess.run(
        [sys.executable, "-c", GO_ON, str(tmp_path)],
        env=os.environ | {"PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "tests")])},
        capture_output=True, text=True, timeout=200,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    ended, expected = arrays_of((tmp_path / "end.npz").read_bytes()), arrays_of(straight.checkpoint())
    assert progress_of(ended) == progress_of(expected)
    assert len(straight.history) == 2
    assert ended.keys() == expected.keys()
    for name, array in expected.items():
        assert array.dtype == ended[name].dtype
        np.testing.assert_array_equal(ended[name], array, name)
    assert sorted(path.name for path in config.run.iterdir()) == ["checkpoint.npz"]


@pytest.fixture(scope="module")
def saved(tmp_path_factory) -> tuple[Run, bytes]:
    """A run after one update, and its checkpoint; nobody changes either."""
    run = Run(tiny_config(tmp_path_factory.mktemp("run"), examine_every=1))
    run.advance()
    return run, run.checkpoint()


def refusal(run: Run, data: bytes) -> str:
    """Why `data` is refused, in one line that names the file; the run stays as it was."""
    before = run.trainer.state()["boss_policy"].copy()
    with pytest.raises(CheckpointError) as caught:
        run.restore("place/checkpoint.npz", data)
    np.testing.assert_array_equal(run.trainer.state()["boss_policy"], before)
    message = str(caught.value)
    assert message.startswith("place/checkpoint.npz: ")
    assert "\n" not in message
    return message


def rewritten(data: bytes, **changes) -> bytes:
    """The checkpoint with some arrays replaced: by arrays, by the bytes of a member, or by nothing (None)."""
    members = {**arrays_of(data), **changes}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            if isinstance(content, np.ndarray):
                member = io.BytesIO()
                np.save(member, content, allow_pickle=True)
                content = member.getvalue()
            if content is not None:
                archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def retold(data: bytes, change) -> bytes:
    """The checkpoint with its JSON text changed in place by `change`."""
    content = json.loads(arrays_of(data)["run"].tobytes())
    change(content)
    return rewritten(data, run=np.frombuffer(json.dumps(content).encode(), np.uint8))


def test_a_rewritten_checkpoint_is_taken_as_it_is(saved):
    run, data = saved
    run.restore("place", rewritten(data))
    run.restore("place", retold(data, lambda content: None))


def test_damaged_arrays_are_refused_by_name(saved):
    run, data = saved
    policy = arrays_of(data)["boss_policy"]
    holed = policy.copy()
    holed[7] = np.nan
    endless = policy.copy()
    endless[-1] = -np.inf
    objects = np.full(policy.shape, None, object)
    assert "boss_policy holds a value that is not finite" in refusal(run, rewritten(data, boss_policy=holed))
    assert "boss_policy holds a value that is not finite" in refusal(
        run, rewritten(data, boss_policy=endless)
    )
    assert "boss_policy has shape (4489,)" in refusal(run, rewritten(data, boss_policy=policy[1:]))
    assert "boss_policy has dtype int32" in refusal(run, rewritten(data, boss_policy=policy.astype(np.int32)))
    assert "boss_policy has dtype object" in refusal(run, rewritten(data, boss_policy=objects))
    assert "missing ['boss_policy']" in refusal(run, rewritten(data, boss_policy=None))
    assert "unknown ['guest']" in refusal(run, rewritten(data, guest=policy))
    assert "missing ['run']" in refusal(run, rewritten(data, run=None))
    assert "boss_policy is not a whole npy array" in refusal(run, rewritten(data, boss_policy=b"no array"))


def test_files_that_are_no_checkpoints_are_refused(saved):
    run, data = saved
    pickled = pickle.dumps({"boss_policy": [1.0]})
    for other in (b"", b"PK\x03\x04 nothing", pickled, data[: len(data) // 2], data[:-10]):
        assert "not a whole npz file" in refusal(run, other)


def test_bombs_are_refused_before_they_are_unpacked(saved):
    run, data = saved
    zeros = rewritten(data, boss_policy=bytes(50_000_000))
    assert len(zeros) < len(data) + 1_000_000
    assert "boss_policy unpacks to 50000000 bytes" in refusal(run, zeros)
    assert "run unpacks to 50000000 bytes" in refusal(run, rewritten(data, run=bytes(50_000_000)))
    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "|u1", "fortran_order": False, "shape": (1 << 50,)}
    )
    assert "more than the file holds" in refusal(run, rewritten(data, run=header.getvalue()))


def test_a_flipped_bit_never_goes_unnoticed_and_breaks_nothing_else(saved, tmp_path):
    """Either the file is refused, or what is read is what was written."""
    run, data = saved
    like, config = (
        {name: array for name, array in arrays_of(data).items() if name != "run"},
        run.config.lasting(),
    )
    random = np.random.default_rng(5)
    refused = 0
    for _ in range(60):
        flipped = bytearray(data)
        flipped[random.integers(len(data))] ^= 1 << random.integers(8)
        try:
            arrays, _ = checkpoint.unpack("it", bytes(flipped), like, config)
        except CheckpointError:
            refused += 1
            continue
        for name, array in like.items():
            np.testing.assert_array_equal(arrays[name], array)
    assert refused > 40


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda c: c.update(rules_version=RULES_VERSION + 1), "made for rules version"),
        (lambda c: c.update(format=0), "not the record of a run"),
        (lambda c: c.pop("config"), "not the record of a run"),
        (lambda c: c["config"].update(updates=7), "updates was 7, not 6"),
        (lambda c: c["config"]["learning"].update(seed=9), "learning.seed was 9, not 3"),
        (lambda c: c["config"]["learning"]["boss"].pop("clip"), "learning.boss.clip was None, not 0.2"),
        (lambda c: c.update(progress=[]), "holds no progress"),
        (lambda c: c["progress"].pop("history"), "history"),
        (lambda c: c["progress"].update(update="1"), "update is '1', not int"),
        (lambda c: c["progress"].update(update=7), "update is 7, of 6"),
        (lambda c: c["progress"].update(seconds=float("nan")), "NaN is no number"),
        (lambda c: c["progress"].update(kept=[{"update": 1, "ripe": True}]), "fights_each"),
        (lambda c: c["progress"].update(kept=[{}] * 9), "run is damaged"),
    ],
)
def test_another_run_s_record_is_refused(saved, change, message):
    run, data = saved
    assert message in refusal(run, retold(data, change))


@pytest.mark.parametrize("text", [b"", b"{", b"\xff\xfe", b"[" * 100_000, b"3", b'{"format": 1}'])
def test_a_text_that_is_no_record_is_refused(saved, text):
    run, data = saved
    assert "run" in refusal(run, rewritten(data, run=np.frombuffer(text, np.uint8)))


def test_another_configuration_is_refused_by_the_name_of_the_setting(saved, tmp_path):
    run, data = saved
    other = Run(replace(run.config, learning=replace(run.config.learning, players=4)))
    assert "learning.players was 2, not 4" in refusal(other, data)


def test_what_is_not_finite_is_never_written():
    with pytest.raises(ValueError, match="policy holds a value that is not finite"):
        checkpoint.pack({"policy": np.array([np.nan])}, {}, {})
    with pytest.raises(ValueError, match="not JSON compliant"):
        checkpoint.pack({}, {}, {"seconds": float("nan")})


def test_the_command_refuses_with_one_line_and_leaves_the_weights(tmp_path, capsys):
    out, run = tmp_path / "weights", tmp_path / "run"
    out.mkdir()
    run.mkdir()
    (out / "mm_weights.npz").write_bytes(b"mine")
    (run / "checkpoint.npz").write_bytes(b"PK\x03\x04 not a checkpoint")
    assert train.main(["--resume", "--out", str(out), "--run", str(run)]) == 2
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1
    assert lines[0].startswith(f"train.py: {run / 'checkpoint.npz'}: ")
    assert [path.read_bytes() for path in out.iterdir()] == [b"mine"]
