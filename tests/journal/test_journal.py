"""Single promises of the journal; any sequence of changes is in test_journal_model.py."""

from journal_samples import NOW, fight

from service import journal


def test_the_first_verdict_and_the_first_cycle_stay(database):
    with database.write() as run:
        journal.add_fight(run, fight(1))
        for verdict, now in ((journal.VERIFIED, NOW), ("outcome_mismatch", NOW + 1)):
            journal.judge(run, fight(1).id, verdict, now)
        for cycle in (3, 4):
            journal.mark_taught(run, [fight(1).id], cycle)
        assert journal.find_fight(run, fight(1).id) == fight(1, verdict="verified", judged=NOW, cycle=3)
        assert journal.teaching(run, "hard", 9) == []


def test_a_fight_that_was_forgotten_keeps_its_ticket_used_and_says_nothing_more(database):
    with database.write() as run:
        journal.add_fight(run, fight(1))
        assert journal.forget(run, [fight(1).id, fight(1).id, fight(2).id], NOW) == 1
        kept = journal.find_fight(run, fight(1).id)
        assert kept == fight(1, log=None, source=None, verdict=journal.FORGOTTEN, judged=NOW)
        assert journal.add_fight(run, fight(1)) == journal.REUSED
        journal.judge(run, fight(1).id, journal.VERIFIED, NOW)
        assert journal.teaching(run, "hard", 9) == journal.recent_verified(run, "hard", 9) == []


def test_an_unknown_fight_is_none(database):
    with database.read() as run:
        assert journal.find_fight(run, fight(1).id) is None
