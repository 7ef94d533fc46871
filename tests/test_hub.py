"""What talks to the Hub: patient, within limits, and silent about the token, whatever answers."""

import gzip

import pytest
from hub_stand_in import OWNER, WRITER, running_hub

from service import hub as hub_module
from service.hub import BUSY, CONFLICT, MISSING, REFUSED, WRONG, Hub, HubError, is_name

NAME = f"{OWNER}/boss"


@pytest.fixture
def stand_in():
    with running_hub() as running:
        yield running


@pytest.fixture
def hub(stand_in):
    return Hub(WRITER, stand_in.url, wait=lambda seconds: None)


def failure(function, *arguments) -> HubError:
    """The HubError that a call raises."""
    with pytest.raises(HubError) as caught:
        function(*arguments)
    assert WRITER not in str(caught.value)
    assert "\n" not in str(caught.value)
    return caught.value


def test_a_repository_is_made_written_listed_read_and_cut(hub, stand_in):
    assert failure(hub.head, "dataset", NAME).kind == MISSING
    hub.create("dataset", NAME, True)
    hub.create("dataset", NAME, True)
    head = hub.head("dataset", NAME)
    assert head.private
    files = {f"folder/{number}.json": b"%d" % number for number in range(30)}
    commit = hub.commit("dataset", NAME, head.commit, files, (), "thirty")
    sizes = hub.files("dataset", NAME, commit, 100)
    assert {path: sizes[path] for path in files} == {path: len(data) for path, data in files.items()}
    assert hub.read("dataset", NAME, commit, "folder/29.json", 9) == b"29"
    assert failure(hub.read, "dataset", NAME, commit, "folder/30.json", 9).kind == MISSING
    assert failure(hub.commit, "dataset", NAME, head.commit, {"a": b"a"}, (), "late").kind == CONFLICT
    hub.commit("dataset", NAME, commit, {}, ["folder/29.json"], "fewer")
    hub.squash("dataset", NAME, "one")
    assert len(stand_in.repositories["dataset", NAME].commits) == 1
    assert failure(hub.read, "dataset", NAME, commit, "folder/29.json", 9).kind == MISSING


def test_limits(hub, stand_in, monkeypatch):
    files = {f"{number}.json": b"x" * 1000 for number in range(10)}
    commit = stand_in.add("dataset", NAME, True, files).head
    assert failure(hub.files, "dataset", NAME, commit, 5).kind == WRONG
    assert failure(hub.read, "dataset", NAME, commit, "1.json", 999).kind == WRONG
    monkeypatch.setattr(hub_module, "ANSWER_LIMIT", 900)
    assert "larger than 900 bytes" in str(failure(hub.read, "dataset", NAME, commit, "1.json", 1000))
    monkeypatch.undo()
    monkeypatch.setattr(hub_module, "ANSWER_SECONDS", -1.0)
    error = failure(hub.read, "dataset", NAME, commit, "1.json", 1000)
    assert (error.kind, "too slow" in str(error)) == (BUSY, True)


def test_what_is_compressed_unasked_is_not_unpacked(hub, stand_in):
    commit = stand_in.add("dataset", NAME, True, {"1.json": gzip.compress(bytes(10_000_000))}).head
    stand_in.headers["Content-Encoding"] = "gzip"
    assert failure(hub.read, "dataset", NAME, commit, "1.json", 20_000_000).kind == WRONG


def test_a_client_that_asks_without_end_is_stopped(hub, stand_in, monkeypatch):
    monkeypatch.setattr(hub_module, "MOST_REQUESTS", 5)
    stand_in.spoiled["/api/repos/create"] = (
        b"Cannot create repo: another conflicting operation is in progress"
    )
    assert failure(hub.create, "dataset", NAME, True).kind == WRONG
    assert len(stand_in.requests) == 5


def test_the_token_goes_to_the_hub_only(hub, stand_in):
    with running_hub() as elsewhere:
        commit = stand_in.add("dataset", NAME, True, {"1.json": b"{}"}).head
        stand_in.files_at = elsewhere.url
        assert failure(hub.read, "dataset", NAME, commit, "1.json", 9).kind == REFUSED
        assert [request.token for request in elsewhere.requests] == [None]


@pytest.mark.parametrize(
    "answer", [b"", b"[]", b"{}", b"\x00" * 64, b'{"id": 5, "sha": "../x", "private": true}']
)
def test_answers_that_make_no_sense(hub, stand_in, answer):
    stand_in.add("dataset", NAME, True)
    stand_in.spoiled[f"/api/datasets/{NAME}"] = answer
    assert failure(hub.head, "dataset", NAME).kind == WRONG


def test_a_dataset_that_does_not_say_whether_it_is_private_is_public(hub, stand_in):
    sha = stand_in.add("dataset", NAME, True).head
    stand_in.spoiled[f"/api/datasets/{NAME}"] = b'{"id": "x", "sha": "%s"}' % sha.encode("ascii")
    assert not hub.head("dataset", NAME).private


def test_a_message_of_the_hub_that_holds_the_token_is_not_passed_on(hub, stand_in):
    stand_in.add("dataset", NAME, True)
    stand_in.headers["X-Error-Message"] = f"your token {WRITER} is bad"
    stand_in.spoiled[f"/api/datasets/{NAME}"] = b"?"
    failure(hub.head, "dataset", NAME)
    failure(hub.head, "dataset", f"{OWNER}/other")


def test_offline_means_offline(stand_in, monkeypatch):
    import sys

    hub = Hub(WRITER, stand_in.url, wait=lambda seconds: None)
    failure(hub.head, "dataset", NAME)
    asked = len(stand_in.requests)
    monkeypatch.setattr(sys.modules["huggingface_hub.constants"], "HF_HUB_OFFLINE", True)
    assert failure(hub.head, "dataset", NAME).kind == BUSY
    assert len(stand_in.requests) == asked


@pytest.mark.parametrize(
    "name", ["", "boss", "a/b/c", "/b", "a/", "a/..", "a/b--c", "a b/c", "a/b\n", "\u00e9/b"]
)
def test_names_that_are_none(name):
    assert not is_name(name)
