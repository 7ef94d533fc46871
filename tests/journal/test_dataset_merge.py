"""The journal and the Hub's dataset are merged alike on both dialects."""

import json

from dataset_samples import NAME, NOW, Machine, sample_fight, text_of
from hub_stand_in import running_hub

from service import journal, parts
from service.versions import REFUSED


def test_two_histories_and_their_fights_become_one(database, tmp_path):
    with running_hub() as hub:
        old, here = Machine(hub, tmp_path / "old"), Machine(hub, tmp_path, database=database)
        mine = old.learn(1)
        theirs = [old.learn(2, REFUSED), mine]
        old.fight(1, 2)
        with old.database.write() as run:
            journal.mark_taught(run, [sample_fight(1).id], 2)
        assert old.push()
        own = here.learn(3, REFUSED)
        [identity] = here.fight(3)
        with database.write() as run:
            journal.mark_taught(run, [identity], 1)

        assert here.restore()
        assert [cycle.candidate for cycle in here.history] == [mine, theirs[0], own]
        assert here.live == mine, "it has changed nothing of its own"
        assert here.read(journal.find_fight, sample_fight(1).id).cycle == 2
        assert here.read(journal.find_fight, sample_fight(2).id).log == sample_fight(2).log
        assert here.read(journal.find_fight, identity).cycle == 3, "its cycle has another number now"
        assert here.due()
        assert here.push()
        assert not here.due()
        assert here.read(parts.durability, identity, False) == parts.HUB

        with database.write() as run:
            assert journal.forget(run, [sample_fight(1).id], NOW) == 1
        assert here.due()
        assert here.push()
        assert text_of(sample_fight(1)) not in hub.everything()
        assert text_of(sample_fight(2)) in hub.everything()
        taught = json.loads(hub.repositories["dataset", NAME].files["fights/taught.json"])
        assert taught == {identity: 3}
