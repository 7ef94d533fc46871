"""Whatever somebody has put into the dataset: it is checked whole, and taken or refused whole."""

import hashlib
import json

import pytest
from dataset_samples import ANCHOR, NAME, Machine, sample_fight
from hub_stand_in import running_hub
from mind_samples import random_mind

from service import dataset_files, journal, versions
from service.versions import ANCHORED, PROMOTED


@pytest.fixture
def hub():
    with running_hub() as stand_in:
        yield stand_in


def other_mind(data: bytes):
    """A function that replaces the live mind."""
    return lambda files: {f"minds/{json.loads(files['manifest.json'])['live']}.json": data}


def other_manifest(**changes):
    """A function that changes the manifest."""

    def change(files: dict) -> dict:
        content = {**json.loads(files["manifest.json"]), **changes}
        return {"manifest.json": json.dumps(content).encode("ascii")}

    return change


def other_file(prefix: str, data: bytes):
    """A function that replaces the first file of that prefix."""

    def change(files: dict) -> dict:
        return {min(path for path in files if path.startswith(prefix)): data}

    return change


def other_cycle(**changes):
    """A function that changes the first cycle of the history."""

    def change(files: dict) -> dict:
        path = "history/00000001.jsonl"
        first, *rest = files[path].splitlines()
        line = json.dumps({**json.loads(first), **changes}).encode("ascii")
        return {path: b"\n".join([line, *rest])}

    return change


HOSTILE = {
    "a mind that is another": other_mind(random_mind(77).json),
    "a mind that is a pickle": other_mind(b"\x80\x04cos\nsystem\n."),
    "a mind that is too large": other_mind(b" " * (dataset_files.MIND_LIMIT + 1)),
    "no manifest's JSON": other_file("manifest", b"\xff\xfe{}"),
    "deep JSON": other_file("manifest", b"[" * 60_000),
    "a list": other_file("manifest", b"[]"),
    "a newer form": other_manifest(format=2),
    "a live mind that is a path": other_manifest(live="../../etc/passwd"),
    "too many versions": other_manifest(versions=["a" * 64] * 11),
    "a version that is not there": other_manifest(versions=["a" * 64]),
    "a history that is too short": other_manifest(cycles=9),
    "a count that is a float": other_manifest(cycles=2.0),
    "a history of garbage": other_file("history/", b"\x00garbage\n"),
    "a cycle out of order": other_cycle(number=5),
    "a cycle of a decision that is none": other_cycle(decision="<script>"),
    "a cycle with no number": other_cycle(report={"kl": float("nan")}),
    "a cycle whose report is a book": other_cycle(report={"text": "x" * 40_000}),
    "a part that is another": other_file("fights/", b"{}\n"),
    "what has taught is no cycle": lambda files: {"fights/taught.json": b'{"%s":99}' % (b"0" * 24)},
    "what has taught is too large": lambda files: {
        "fights/taught.json": b'{"a":1}' + b" " * dataset_files.TAUGHT_LIMIT
    },
}


@pytest.fixture(scope="module")
def pushed(tmp_path_factory) -> dict[str, bytes]:
    """The files of a dataset with two cycles and a fight."""
    with running_hub() as hub:
        old = Machine(hub, tmp_path_factory.mktemp("old"))
        old.learn(1)
        old.learn(2)
        old.fight(1)
        assert old.push()
        return hub.repositories["dataset", NAME].files


@pytest.mark.parametrize("change", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_contents_are_refused_whole_and_left_as_they_are(hub, tmp_path, pushed, change, caplog):
    repository = hub.add("dataset", NAME, private=True, files={**pushed, **change(pushed)})
    machine = Machine(hub, tmp_path)
    assert not machine.restore()
    assert machine.live == ANCHOR.sha256
    assert machine.history == []
    assert machine.read(journal.find_fight, sample_fight(1).id) is None
    assert not machine.push()
    assert len(repository.commits) == 1
    assert caplog.text.count("play goes on") == 1


def test_the_same_contents_unchanged_are_taken(hub, tmp_path, pushed):
    hub.add("dataset", NAME, private=True, files=pushed)
    machine = Machine(hub, tmp_path)
    assert machine.restore()
    assert len(machine.history) == 2


def forged_part(**changes) -> dict:
    """A part whose name is right and whose only fight is not."""
    fight = json.loads(dataset_files.part_from_fights([sample_fight(1)])[1])
    data = json.dumps({**fight, **changes}).encode("ascii") + b"\n"
    return {dataset_files.part_path(hashlib.sha256(data).hexdigest()): data}


@pytest.mark.parametrize(
    "changes",
    [
        {"fight": "x" * 24},
        {"received": -1},
        {"received": True},
        {"source": "127.0.0.1"},
        {"weights": "b" * 64},
        {"log": "####"},
        {"log": ""},
        {"log": None},
        {"verdict": "verified"},
    ],
    ids=str,
)
def test_forged_fights_are_refused(hub, tmp_path, pushed, changes):
    hub.add("dataset", NAME, private=True, files={**pushed, **forged_part(**changes)})
    machine = Machine(hub, tmp_path)
    assert not machine.restore()
    assert machine.read(journal.unjudged, 9) == []


def test_a_mind_out_of_bounds_is_not_taken_and_the_history_says_so(hub, tmp_path):
    old = Machine(hub, tmp_path / "old")
    near, far = old.learn(1), old.learn(2)
    assert old.push()
    new = Machine(hub, tmp_path / "new", allowed=lambda mind: mind.sha256 != far)
    assert new.restore()
    assert new.live == ANCHOR.sha256
    assert new.read(versions.find_mind, far) is None
    assert new.read(versions.find_mind, near) is not None
    last = new.history[-1]
    assert (last.decision, last.before, last.after) == (ANCHORED, far, ANCHOR.sha256)
    assert last.report["reason"] == "hub_mind_refused"
    assert new.push()
    assert len(json.loads(hub.repositories["dataset", NAME].files["manifest.json"])["versions"]) == 2


@pytest.mark.parametrize("change", [other_manifest(anchor="c" * 64), other_manifest(rules_version=999)])
def test_minds_of_other_rules_or_another_anchor_stay_history(hub, tmp_path, pushed, change):
    hub.add("dataset", NAME, private=True, files={**pushed, **change(pushed)})
    machine = Machine(hub, tmp_path)
    assert machine.restore()
    assert machine.live == ANCHOR.sha256
    assert machine.read(versions.find_mind, random_mind(2).sha256) is None
    assert [cycle.decision for cycle in machine.history] == [PROMOTED, PROMOTED, ANCHORED]


def test_files_of_other_people_in_the_dataset_are_left_alone(hub, tmp_path):
    machine = Machine(hub, tmp_path)
    assert machine.push()
    hub.write("dataset", NAME, {"README.md": b"mine", "minds/notes.txt": b"mine too"})
    machine.learn(1)
    assert machine.push()
    held = hub.repositories["dataset", NAME].files
    assert held["README.md"] == b"mine"
    assert held["minds/notes.txt"] == b"mine too"
