"""Weight files and manifests: what is written can be read, whatever is not a mind is refused."""

import io
import json
import shutil
import zipfile

import numpy as np
import pytest
from mind_samples import observations, random_mind, tied_mind

import modular_mind
from features import BOSS_OBSERVATION
from modular_mind import SHAPES, Mind, WeightsError, decide


@pytest.fixture
def parameters():
    return dict(random_mind(20).parameters)


def npz(arrays, compression=zipfile.ZIP_DEFLATED):
    """An npz of ready members (bytes) and arrays."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", compression) as archive:
        for name, content in arrays.items():
            if not isinstance(content, bytes):
                member = io.BytesIO()
                np.save(member, content, allow_pickle=True)
                content = member.getvalue()
            archive.writestr(f"{name}.npy", content)
    return buffer.getvalue()


def refusal(tmp_path, data):
    path = tmp_path / "weights.npz"
    path.write_bytes(data)
    with pytest.raises(WeightsError) as caught:
        modular_mind.load(path)
    assert str(path) in str(caught.value)
    return str(caught.value)


def test_save_and_load_keep_every_bit(tmp_path, parameters):
    mind = Mind(parameters)
    for name in ("first.npz", "second.npz"):
        modular_mind.save(tmp_path / name, parameters)
    assert (tmp_path / "first.npz").read_bytes() == (tmp_path / "second.npz").read_bytes()
    loaded = modular_mind.load(tmp_path / "first.npz", mind.sha256)
    assert {name: array.tobytes() for name, array in loaded.parameters.items()} == {
        name: array.tobytes() for name, array in mind.parameters.items()
    }
    assert loaded.sha256 == mind.sha256
    assert sorted(path.name for path in tmp_path.iterdir()) == ["first.npz", "second.npz"]


def test_save_refuses_and_leaves_the_old_file(tmp_path, parameters):
    path = tmp_path / "weights.npz"
    modular_mind.save(path, parameters)
    before = path.read_bytes()
    parameters["gate_bias"] = parameters["gate_bias"] + 0.0001
    with pytest.raises(WeightsError, match="gate_bias holds a weight that is no multiple of 1/1024"):
        modular_mind.save(path, parameters)
    assert path.read_bytes() == before


def test_json_holds_the_whole_mind(parameters):
    mind = Mind(parameters)
    content = json.loads(modular_mind.to_json(mind))
    assert content["architecture"] == modular_mind.ARCHITECTURE
    assert content["observation_exponents"] == [exponent for _, _, _, exponent in BOSS_OBSERVATION]
    restored = {
        name: np.array(entry["values"]).reshape(entry["shape"]) / content["grid"]
        for name, entry in content["parameters"].items()
    }
    assert Mind(restored).sha256 == mind.sha256


def test_one_weight_makes_another_identity(parameters):
    before = Mind(parameters).sha256
    parameters["link_bias"] = parameters["link_bias"] + 1 / 1024
    assert Mind(parameters).sha256 != before


def test_negative_zero_is_zero():
    negative = Mind({name: np.full(shape, -0.0) for name, shape in SHAPES.items()})
    assert negative.sha256 == tied_mind().sha256
    assert b"-" not in json.dumps(decide(observations(21, 1)[0].tolist(), 0, 0, negative)).encode()


def test_quantise_makes_any_finite_parameters_a_mind():
    parameters = modular_mind.initial_parameters(22)
    parameters["drive_weight"][0, :2] = (1e9, -1e9)
    quantised = modular_mind.quantise(parameters)
    assert quantised["drive_weight"][0, :2].tolist() == [8.0, -8.0]
    mind = Mind(quantised)
    for name in set(SHAPES) - {"drive_weight"}:
        assert np.abs(mind.parameters[name] - parameters[name]).max() <= 1 / 2048


def test_truncated_files_are_refused(tmp_path, parameters):
    path = tmp_path / "whole.npz"
    modular_mind.save(path, parameters)
    whole = path.read_bytes()
    for size in (0, 10, len(whole) // 2, len(whole) - 1):
        assert "not a whole npz file" in refusal(tmp_path, whole[:size])


def test_damage_is_refused_or_without_effect(tmp_path, parameters):
    """Any byte of the file may be wrong: the mind is the same one (a date was hit) or there is none."""
    path = tmp_path / "whole.npz"
    modular_mind.save(path, parameters)
    whole = path.read_bytes()
    sha256 = modular_mind.load(path).sha256
    places = range(0, len(whole), 97)
    refused = 0
    for place in places:
        damaged = bytearray(whole)
        damaged[place] ^= 0x55
        path.write_bytes(damaged)
        try:
            assert modular_mind.load(path).sha256 == sha256
        except WeightsError:
            refused += 1
    assert refused > 0.8 * len(places)


class Payload:
    """Unpickling one records that it happened."""

    unpickled = False

    def __reduce__(self):
        return (setattr, (Payload, "unpickled", True))


def test_pickles_are_refused_unopened(tmp_path, parameters):
    parameters["drive_bias"] = np.array([Payload()] * 5, object)
    assert "drive_bias has dtype object" in refusal(tmp_path, npz(parameters))
    assert not Payload.unpickled


@pytest.mark.parametrize("value", [np.nan, np.inf, -np.inf])
def test_values_that_are_not_finite_are_refused(tmp_path, parameters, value):
    parameters["value_bias"] = np.full(16, value)
    assert "value_bias holds a value that is not finite" in refusal(tmp_path, npz(parameters))


def test_wrong_contents_are_refused(tmp_path, parameters):
    def changed(**arrays):
        return refusal(tmp_path, npz({**parameters, **arrays}))

    assert "drive_bias has shape (4,), not (5,)" in changed(drive_bias=np.zeros(4))
    assert "drive_weight has shape (16, 5), not (5, 16)" in changed(drive_weight=np.zeros((16, 5)))
    assert "drive_bias has dtype int64" in changed(drive_bias=np.zeros(5, np.int64))
    assert "drive_bias has dtype float16" in changed(drive_bias=np.zeros(5, np.float16))
    assert "drive_bias holds a weight larger than 8" in changed(drive_bias=np.full(5, 8 + 1 / 1024))
    assert "no multiple of 1/1024" in changed(drive_bias=np.full(5, 1 / 2048))
    assert "unknown ['another']" in changed(another=np.zeros(5))
    assert "drive_bias is not a whole npy array" in changed(drive_bias=b"no array")
    del parameters["drive_bias"]
    assert "missing ['drive_bias']" in changed()


def test_arrays_named_twice_are_refused(tmp_path, parameters):
    buffer = io.BytesIO(npz(parameters))
    with zipfile.ZipFile(buffer, "a") as archive, pytest.warns(UserWarning, match="Duplicate name"):
        archive.writestr("drive_bias.npy", b"")
    assert "holds an array twice" in refusal(tmp_path, buffer.getvalue())


def test_bombs_are_refused(tmp_path, parameters):
    zeros = npz({**parameters, "hidden_weight": bytes(20_000_000)})
    assert len(zeros) < 256 * 1024
    assert "hidden_weight unpacks to 20000000 bytes" in refusal(tmp_path, zeros)

    header = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        header, {"descr": "<f8", "fortran_order": False, "shape": (1 << 50,)}
    )
    assert "hidden_weight has shape" in refusal(
        tmp_path, npz({**parameters, "hidden_weight": header.getvalue()})
    )

    assert "larger than 262144 bytes" in refusal(tmp_path, bytes(300_000))


def test_missing_file_is_refused(tmp_path):
    with pytest.raises(WeightsError, match="cannot be read: No such file"):
        modular_mind.load(tmp_path / "nothing.npz")


def test_another_mind_than_promised_is_refused(tmp_path, parameters):
    path = tmp_path / "weights.npz"
    modular_mind.save(path, parameters)
    with pytest.raises(WeightsError, match="is the mind"):
        modular_mind.load(path, tied_mind().sha256)


# ---------------------------------------------------------------------------- the manifest
EXPLORE = {"easy": 32768, "normal": 14418, "hard": 2621}


def test_shipped_mind_matches_its_manifest():
    mind, manifest = modular_mind.load_directory(modular_mind.WEIGHTS_DIRECTORY)
    assert manifest["weights_sha256"] == mind.sha256
    assert modular_mind.default_mind().sha256 == mind.sha256
    assert manifest["explore"]["easy"] > manifest["explore"]["normal"] > manifest["explore"]["hard"]


def test_manifest_round_trip(tmp_path, parameters):
    mind = Mind(parameters)
    modular_mind.save(tmp_path / modular_mind.WEIGHTS_NAME, parameters)
    modular_mind.write_manifest(tmp_path, mind, EXPLORE, {"seed": 3})
    loaded, manifest = modular_mind.load_directory(tmp_path)
    assert loaded.sha256 == manifest["weights_sha256"] == mind.sha256
    assert manifest["explore"] == EXPLORE
    assert manifest["training"] == {"seed": 3}


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"weights_sha256": "0" * 64}, "is the mind"),
        ({"weights_sha256": "abc"}, "weights_sha256"),
        ({"weights_sha256": None}, "weights_sha256"),
        ({"rules_version": 0}, "rules version 0"),
        ({"parameters": 4491}, "4491 parameters"),
        ({"explore": {"easy": 1, "normal": 1}}, "explore does not name"),
        ({"explore": EXPLORE | {"hard": 0.5}}, r"explore\.hard is 0\.5"),
        ({"explore": EXPLORE | {"hard": 65537}}, r"explore\.hard is 65537"),
        ({"explore": EXPLORE | {"hard": True}}, r"explore\.hard is True"),
    ],
)
def test_wrong_manifests_are_refused(tmp_path, change, message):
    for name in (modular_mind.WEIGHTS_NAME, modular_mind.MANIFEST_NAME):
        shutil.copy(modular_mind.WEIGHTS_DIRECTORY / name, tmp_path)
    path = tmp_path / modular_mind.MANIFEST_NAME
    path.write_text(json.dumps(json.loads(path.read_text()) | change))
    with pytest.raises(WeightsError, match=message):
        modular_mind.load_directory(tmp_path)


@pytest.mark.parametrize("content", ["", "{", "[]", "[" * 50_000, "3"])
def test_manifests_that_are_no_json_objects_are_refused(tmp_path, content):
    (tmp_path / modular_mind.MANIFEST_NAME).write_text(content)
    with pytest.raises(WeightsError, match=r"not (a )?JSON"):
        modular_mind.load_directory(tmp_path)
