"""docs/rules.md is what features.py says, with every phase and every field in it."""

import re

import features
from tools import make_rules_page


def test_the_page_is_up_to_date(capsys):
    assert make_rules_page.main(["--check"]) == 0, "run python -m tools.make_rules_page"
    assert capsys.readouterr().out == ""


def test_the_check_tells_a_stale_and_a_missing_page_and_writes_nothing(tmp_path, capsys):
    page = tmp_path / "rules.md"
    assert make_rules_page.main(["--check"], page) == 1
    assert not page.exists()
    page.write_text("# The rules of the duel\n", "utf-8")
    assert make_rules_page.main(["--check"], page) == 1
    assert page.read_text("utf-8") == "# The rules of the duel\n"
    assert capsys.readouterr().out.count("docs/rules.md is stale") == 2


def test_writing_makes_it_fresh(tmp_path):
    page = tmp_path / "rules.md"
    assert make_rules_page.main([], page) == 0
    assert make_rules_page.main(["--check"], page) == 0


def test_the_page_follows_the_constants(monkeypatch):
    before = make_rules_page.page()
    monkeypatch.setattr(features, "SWORD_DAMAGE", 77)
    monkeypatch.setitem(features.FRAME_DATA["roll"], "total", 33)
    lines = set(make_rules_page.page().splitlines()) - set(before.splitlines())
    assert "| a sword hit takes | 77 health |" in lines
    assert any(line.startswith("| knight | roll | 33 | 550 ms |") for line in lines)


def test_every_phase_field_and_event_is_there():
    page = make_rules_page.page()
    assert {key for key, _, _ in make_rules_page.FRAME_ROWS} == set(features.FRAME_DATA)
    concerns = {name for ranges in features.FRAME_DATA.values() for name in ranges}
    assert concerns == {"total", *make_rules_page.CONCERNS}
    first_cells = set(re.findall(r"^\| (\w+) \|", page, re.MULTILINE))
    assert {name for name, *_ in features.BOSS_OBSERVATION + features.KNIGHT_OBSERVATION} <= first_cells
    assert set(features.EVENTS_LIST) <= set(re.findall(r"^\| \d+ \| (\w+) \|", page, re.MULTILINE))


def test_explanations_are_the_comments_of_their_own_table():
    boss = make_rules_page.comments_of("BOSS_OBSERVATION")
    knight = make_rules_page.comments_of("KNIGHT_OBSERVATION")
    assert set(boss) <= {name for name, *_ in features.BOSS_OBSERVATION}
    assert set(knight) <= {name for name, *_ in features.KNIGHT_OBSERVATION}
    assert boss["knight_staggered"] == "hurt, or guard broken"
    assert "distance" in boss
    assert "distance" not in knight
