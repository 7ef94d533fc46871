"""What is forgotten here is forgotten on the Hub, its past included; and the Hub's copy stays small."""

import pytest
from dataset_samples import NAME, Machine, sample_fight, text_of
from hub_stand_in import running_hub

from service import dataset, dataset_files, dataset_plan, journal, parts


@pytest.fixture
def hub():
    with running_hub() as stand_in:
        yield stand_in


def test_forgetting_rewrites_what_the_hub_holds_and_its_past(hub, tmp_path):
    machine = Machine(hub, tmp_path)
    identities = machine.fight(*range(20))
    assert machine.push()
    machine.learn(1)
    assert machine.push()
    assert text_of(sample_fight(3)) in hub.everything()
    machine.forget(identities[3:5])
    hub.fail(0.5, seed=11)
    while machine.due():
        machine.push()
    left = hub.everything()
    assert text_of(sample_fight(3)) not in left
    assert text_of(sample_fight(4)) not in left
    assert all(text_of(sample_fight(number)) in left for number in (*range(3), *range(5, 20)))
    assert identities[3].encode("ascii") not in left
    assert len(hub.repositories["dataset", NAME].commits) == 1
    assert machine.read(parts.durability, identities[5], False) == parts.HUB
    assert machine.read(parts.durability, identities[3], False) == parts.LOCAL
    hub.fail(0.0, seed=0)
    fresh = Machine(hub, tmp_path / "fresh")
    assert fresh.restore()
    assert len(fresh.read(journal.unjudged, 100)) == 18


def test_a_cut_history_is_still_owed_after_a_crash(hub, tmp_path, monkeypatch):
    machine = Machine(hub, tmp_path)
    identities = machine.fight(*range(3))
    assert machine.push()
    machine.forget(identities)

    def die(*arguments):
        raise KeyboardInterrupt

    monkeypatch.setattr(dataset, "remember", die)
    with pytest.raises(KeyboardInterrupt):
        machine.push()
    monkeypatch.undo()
    assert text_of(sample_fight(1)) in hub.everything(), "the past of the repository still has it"
    assert machine.due()
    assert machine.push()
    assert text_of(sample_fight(1)) not in hub.everything()
    assert not any("fights/" in path for path in hub.repositories["dataset", NAME].files)


def test_large_files_are_gone_too(hub, tmp_path):
    # a dataset whose owner made JSON lines large files
    machine = Machine(hub, tmp_path)
    [identity] = machine.fight(1)
    assert machine.push()
    part = next(path for path in hub.repositories["dataset", NAME].files if path.endswith("jsonl"))
    hub.large["0" * 64] = hub.repositories["dataset", NAME].files[part]
    machine.forget([identity])
    assert machine.push()
    assert hub.large == {}


def test_a_forgotten_fight_that_comes_back_from_the_hub_is_removed_there(hub, tmp_path):
    one, two = Machine(hub, tmp_path / "one"), Machine(hub, tmp_path / "two")
    [identity] = one.fight(1)
    two.fight(1)
    two.forget([identity])
    assert one.push()
    assert two.restore()
    assert two.read(journal.find_fight, identity).log is None
    assert two.push()
    assert text_of(sample_fight(1)) not in hub.everything()


def test_many_small_parts_become_one(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(dataset_plan, "SMALL_PARTS", 4)
    machine = Machine(hub, tmp_path)
    for number in range(5):
        machine.fight(number)
        assert machine.push()
    held = hub.repositories["dataset", NAME].files
    assert len(dataset_files.parts_among(list(held))) == 1
    fresh = Machine(hub, tmp_path / "fresh")
    assert fresh.restore()
    assert len(fresh.read(journal.unjudged, 100)) == 5


def test_the_repository_s_own_history_is_cut_now_and_then(hub, tmp_path, monkeypatch):
    monkeypatch.setattr(dataset_plan, "SQUASH_COMMITS", 3)
    machine = Machine(hub, tmp_path)
    lengths = []
    for seed in range(1, 8):
        machine.learn(seed)
        assert machine.push()
        lengths.append(len(hub.repositories["dataset", NAME].commits))
    assert max(lengths) <= 4
    assert len(machine.history) == 7
