"""What is learned goes to a private dataset and comes back: the real client, a Hub that fails at will."""

import json
import logging
import os
import random
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from dataset_samples import ANCHOR, NAME, NOW, Machine, sample_fight, text_of
from hub_stand_in import READER, STRANGER, WRITER, running_hub

from features import RULES_VERSION
from service import dataset_files, journal, parts, versions
from service.dataset import open_dataset
from service.fight_log import from_bytes
from service.journal import VERIFIED
from service.learn import record
from service.settings import Config
from service.tickets import Ticket
from service.versions import PROMOTED, REFUSED

ROOT = Path(__file__).resolve().parent.parent


@pytest.fixture
def hub():
    with running_hub() as stand_in:
        yield stand_in


# ---------------------------------------------------------------------------- there and back
def test_a_journal_comes_back_whole_though_half_of_all_requests_fail(hub, tmp_path):
    hub.fail(0.5, seed=1)
    old = Machine(hub, tmp_path / "old")
    for seed in range(1, 14):
        old.learn(seed, REFUSED if seed % 4 == 0 else PROMOTED)
    fights = old.fight(*range(300))
    with old.database.write() as run:
        journal.judge(run, fights[0], VERIFIED, NOW)
        journal.mark_taught(run, fights[:1], 3)
    tries = 1
    while not old.push():
        tries += 1
    assert tries < 10
    repository = hub.repositories["dataset", NAME]
    assert repository.private
    assert len(old.waited) > 5
    assert {request.answered for request in hub.requests} >= {0, 200, 429, 500, 503}
    assert not old.due()

    new = Machine(hub, tmp_path / "new")
    while not new.restore():
        tries += 1
    assert tries < 20
    assert new.history == old.history
    assert new.live == old.live
    assert new.read(versions.restorable) == old.read(versions.restorable)
    for sha256 in new.read(versions.restorable)[:8]:
        assert new.read(versions.find_mind, sha256).json == old.read(versions.find_mind, sha256).json
    for number, identity in enumerate(fights):
        fight = new.read(journal.find_fight, identity)
        taught = 3 if number == 0 else None
        assert fight == replace(sample_fight(number), cycle=taught), "unjudged: it is replayed again"
    with new.database.write() as run:
        assert journal.add_fight(run, sample_fight(7)) == journal.REPEATED
        other = replace(sample_fight(8), log=sample_fight(9).log)
        assert journal.add_fight(run, other) == journal.REUSED, "the ticket is used"
    hub.fail(0.0, seed=0)
    commits = len(repository.commits)
    new.push()
    assert len(repository.commits) == commits, "nothing has changed"


def test_one_commit_with_its_parent_carries_everything(hub, tmp_path):
    machine = Machine(hub, tmp_path)
    machine.learn(1)
    machine.fight(1)
    assert machine.push()
    repository = hub.repositories["dataset", NAME]
    assert len(repository.commits) == 2
    names = sorted(path.partition("/")[0] for path in repository.files)
    assert names == [".gitattributes", "fights", "fights", "history", "manifest.json", "minds", "minds"]
    before = repository.files
    machine.learn(2)
    machine.fight(2)
    assert machine.push()
    assert len(repository.commits) == 3
    immutable = {path for path in before if path.startswith(("fights/", "minds/"))} - {dataset_files.TAUGHT}
    assert all(repository.files[path] == before[path] for path in immutable)
    asked = [request.path for request in hub.requests if "/commit/" in request.path]
    assert len(asked) == 2


def test_fights_stay_at_home_unless_they_are_asked_for(hub, tmp_path):
    machine = Machine(hub, tmp_path, fights=False)
    [identity] = machine.fight(1)
    assert machine.push()
    assert text_of(sample_fight(1)) not in hub.everything()
    assert not any("fights" in path for path in hub.repositories["dataset", NAME].files)
    assert machine.read(parts.durability, identity, False) == parts.LOCAL
    assert not machine.due()


def test_an_acknowledgement_says_hub_only_of_what_the_hub_holds(hub, tmp_path):
    machine = Machine(hub, tmp_path)
    [identity] = machine.fight(1)
    assert machine.read(parts.durability, identity, False) == parts.LOCAL
    assert machine.read(parts.durability, identity, True) == parts.SHARED
    hub.fail(1.0, seed=1)
    assert not machine.push()
    assert machine.read(parts.durability, identity, False) == parts.LOCAL
    hub.fail(0.0, seed=1)
    assert machine.push()
    assert machine.read(parts.durability, identity, False) == parts.HUB
    held = hub.repositories["dataset", NAME].files
    gone = {path: None for path in held if path.startswith("fights/")}
    hub.write("dataset", NAME, gone)
    machine.learn(1)
    machine.dataset._send_fights = False
    assert machine.push()
    assert machine.read(parts.durability, identity, False) == parts.LOCAL, "somebody has removed the part"


def test_a_log_that_is_posted_again_hears_that_the_hub_holds_it(hub, tmp_path):
    machine = Machine(hub, tmp_path)
    fight = sample_fight(1)
    ticket = Ticket(fight.id, fight.seed, fight.tier, fight.weights, RULES_VERSION, NOW)
    log = from_bytes(fight.log)
    assert record(machine.database, Config(), ticket, log, "127.0.0.1")["durable"] == parts.LOCAL
    assert machine.push()
    assert record(machine.database, Config(), ticket, log, "127.0.0.1")["durable"] == parts.HUB


# ---------------------------------------------------------------------------- two writers
def test_of_two_writers_neither_loses_anything(hub, tmp_path):
    one, two = Machine(hub, tmp_path / "one"), Machine(hub, tmp_path / "two")
    first = one.learn(1)
    assert one.push()
    assert two.restore()
    mine, theirs = one.learn(2), two.learn(3)
    one.fight(1)
    two.fight(2)
    # the other one's commit is there just before this one's arrives
    assert two.push()
    commits = hub.repositories["dataset", NAME].commits
    other = commits.pop()
    hub.before_commit = lambda: commits.append(other)
    assert one.push()
    assert 412 in [request.answered for request in hub.requests]
    assert [cycle.candidate for cycle in one.history] == [first, theirs, mine]
    assert [cycle.number for cycle in one.history] == [1, 2, 3]
    assert one.live == mine
    fresh = Machine(hub, tmp_path / "fresh")
    assert fresh.restore()
    assert fresh.history == one.history
    assert fresh.live == mine
    assert {sample_fight(1).id, sample_fight(2).id} == {fight.id for fight in fresh.read(journal.unjudged, 9)}
    assert two.restore()
    assert two.history == one.history


def test_a_hub_where_others_keep_writing_is_left_for_later(hub, tmp_path, caplog):
    machine = Machine(hub, tmp_path)
    assert machine.push()
    machine.learn(1)

    def interfere() -> None:
        hub.write("dataset", NAME, {"note.txt": b"again"})
        hub.before_commit = interfere

    hub.before_commit = interfere
    assert not machine.push()
    assert "others keep writing" in caplog.text
    hub.before_commit = None
    assert machine.push()


def test_a_longer_history_on_the_hub_is_never_shortened(hub, tmp_path):
    old = Machine(hub, tmp_path / "old")
    for seed in range(1, 5):
        last = old.learn(seed)
    with old.database.write() as run:
        journal.add_fight(run, sample_fight(1))
        journal.mark_taught(run, [sample_fight(1).id], 2)
    assert old.push()
    # a machine with an empty disk that could not reach the Hub when it started
    new = Machine(hub, tmp_path / "new")
    own = new.learn(9, REFUSED)
    assert new.push()
    assert [cycle.candidate for cycle in new.history[:4]] == [c.candidate for c in old.history]
    assert new.history[4].candidate == own
    assert new.live == last, "it has changed nothing of its own"
    assert new.read(journal.find_fight, sample_fight(1).id).cycle == 2
    manifest = json.loads(hub.repositories["dataset", NAME].files["manifest.json"])
    assert (manifest["cycles"], manifest["live"]) == (5, last)


def test_rows_lost_here_come_back_from_the_hub(hub, tmp_path):
    machine = Machine(hub, tmp_path)
    for seed in range(1, 4):
        machine.learn(seed)
    assert machine.push()
    history = machine.history
    with machine.database.write() as run:
        run("DELETE FROM cycles WHERE number > 1")
    assert machine.push()
    assert machine.history == history


# ---------------------------------------------------------------------------- rights
def test_a_public_dataset_is_refused_and_said_once(hub, tmp_path, caplog):
    hub.add("dataset", NAME, private=False, files={"manifest.json": b"{}"})
    machine = Machine(hub, tmp_path)
    machine.learn(1)
    assert not machine.restore()
    assert not machine.push()
    assert not machine.push()
    assert len(hub.repositories["dataset", NAME].commits) == 1
    assert caplog.text.count(f"the dataset {NAME} is public") == 1
    assert not machine.dataset.due(machine.database, machine.now + 60), "it is not asked again soon"


def test_a_dataset_that_becomes_public_gets_nothing_more(hub, tmp_path):
    machine = Machine(hub, tmp_path)
    assert machine.push()
    hub.repositories["dataset", NAME].private = False
    machine.learn(1)
    assert not machine.push()
    assert len(hub.repositories["dataset", NAME].commits) == 2


@pytest.mark.parametrize("token", [READER, STRANGER, "hf_unknown"])
def test_a_token_without_rights_is_said_once_and_play_goes_on(hub, tmp_path, token, caplog):
    hub.add("dataset", NAME, private=True)
    machine = Machine(hub, tmp_path, token)
    machine.learn(1)
    assert not machine.push()
    assert not machine.push()
    assert len([r for r in caplog.records if r.levelno >= logging.WARNING]) == 1
    assert machine.live != ANCHOR.sha256
    assert len(hub.repositories["dataset", NAME].commits) == 1


def test_a_hub_that_cannot_be_reached_is_asked_less_and_less_often(hub, tmp_path, caplog):
    hub.fail(1.0, seed=3)
    machine = Machine(hub, tmp_path)
    pauses = []
    for _ in range(6):
        assert not machine.push()
        pauses.append(machine.dataset._next_push - machine.now)
    assert all(wait < 90 for wait in machine.waited)
    assert pauses[0] < 80
    assert pauses[-1] > 1200
    assert caplog.text.count("play goes on") == 1
    assert not machine.due() or pauses[-1] < 86_400


def test_a_long_retry_after_is_obeyed_without_waiting_for_it(hub, tmp_path):
    hub.retry_after = "7200"
    hub.fail(1.0, seed=0)
    hub.random.choice = lambda faults: "429"
    machine = Machine(hub, tmp_path)
    assert not machine.push()
    assert machine.waited == []
    assert len(hub.requests) == 1
    assert not machine.dataset.due(machine.database, machine.now + 7000)
    hub.retry_after = "30"
    assert not machine.push()
    assert machine.waited == [30.0, 30.0, 30.0]


# ---------------------------------------------------------------------------- without a token
def test_without_a_token_nothing_is_tried_and_the_library_not_loaded(tmp_path):
    program = f"""
import sys
from modular_mind import default_mind
from service.dataset import open_dataset
from service.settings import Config
for config in (Config(), Config(hub_token="hf_x"), Config(dataset_repo="{NAME}")):
    assert open_dataset(config, default_mind(), bool) is None
assert not {{"huggingface_hub", "httpx2"}} & set(sys.modules), "loaded"
"""
    subprocess.run([sys.executable, "-c", program], cwd=ROOT, check=True, timeout=60)


@pytest.mark.parametrize(
    ("token", "name"), [("hf_with\nnewline", NAME), ("hf_\u00e9", NAME), (WRITER, "boss"), (WRITER, "a/../b")]
)
def test_settings_that_cannot_be_used_are_said_without_the_token(token, name, caplog):
    config = Config(hub_token=token, dataset_repo=name)
    assert open_dataset(config, ANCHOR, bool) is None
    assert "Nothing is kept on the Hub" in caplog.text
    assert token not in caplog.text
    assert token not in repr(config)


def test_the_token_is_in_no_log_and_no_message(hub, tmp_path, caplog):
    caplog.set_level(logging.DEBUG)
    machine = Machine(hub, tmp_path)
    for share in (1.0, 0.5, 0.0):
        hub.fail(share, seed=2)
        machine.learn(int(share * 2) + 1)
        machine.push()
    hub.spoiled["manifest.json"] = WRITER.encode("ascii")
    hub.write("dataset", NAME, {"note.txt": b"x"})
    machine.push()
    assert machine.dataset._warned
    assert {request.token for request in hub.requests} == {WRITER}
    assert WRITER not in caplog.text
    assert WRITER not in repr(vars(machine.dataset))


def test_a_process_of_its_own_finds_the_hub_by_its_environment(hub, tmp_path):
    hub.fail(0.4, seed=1)
    program = """
import os, sys, time
from pathlib import Path
from modular_mind import default_mind
from service import versions
from service.dataset import open_dataset
from service.schema import open_journal
from service.settings import Config, read_learning
time.sleep = lambda seconds: None
config = Config(**read_learning(os.environ))
database = open_journal(Path(sys.argv[1]), None)
with database.write() as run:
    versions.put(run, versions.LIVE, default_mind().sha256)
dataset = open_dataset(config, default_mind(), lambda mind: True)
assert dataset.restore(database, 0) and dataset.due(database, 0) and dataset.push(database, 0)
"""
    environment = {**os.environ, "HF_ENDPOINT": hub.url, "HF_TOKEN": WRITER, "MM_DATASET_REPO": NAME}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", program, str(tmp_path)],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    assert hub.repositories["dataset", NAME].private
    assert "manifest.json" in hub.repositories["dataset", NAME].files


# ---------------------------------------------------------------------------- anything at all
@pytest.mark.parametrize("seed", [1, 2])
def test_whatever_two_machines_do_nothing_the_hub_held_is_lost_or_doubled(hub, tmp_path, seed):
    """Two learners that know nothing of each other, lose their disks, and meet a Hub that often fails."""
    chance = random.Random(seed)
    hub.fail(0.25, seed)
    machines = [Machine(hub, tmp_path / str(number)) for number in range(2)]
    learned = fought = 0
    held: list[str] = []
    for step in range(40):
        number = chance.randrange(2)
        machine = machines[number]
        act = chance.choice(["learn", "learn", "fight", "push", "push", "restore", "lose"])
        if act == "learn":
            learned += 1
            machine.learn(learned, chance.choice([PROMOTED, REFUSED]))
        elif act == "fight":
            fought += 1
            machine.fight(fought)
        elif act == "push":
            machine.push()
        elif act == "restore":
            machine.restore()
        else:
            machines[number] = Machine(hub, tmp_path / f"{number} from {step}")
        if ("dataset", NAME) not in hub.repositories:
            continue
        files = hub.repositories["dataset", NAME].files
        lines = [
            line for path in dataset_files.history_among(list(files)) for line in files[path].splitlines()
        ]
        for part in dataset_files.parts_among(list(files)):
            lines += files[dataset_files.part_path(part)].splitlines()
        names = [
            line["candidate"] if "candidate" in line else line["fight"] for line in map(json.loads, lines)
        ]
        assert len(names) == len(set(names))
        assert set(held) <= set(names)
        held = names
    assert len(held) > 5
