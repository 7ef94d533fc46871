"""Facts: what can be, what cannot, and their JSON form."""

import pytest

from narrator.facts import BEATS, BLOWS, FIELDS, Facts, FactsError, as_dict, check, facts_from
from narrator.fights import facts_of_fight, staged_facts

CLEAVE = Facts("cleave_hit", "cleave_hit", damage=21, knight_health=58, slime_health=132, seconds=20)


def test_facts_survive_json():
    assert facts_from(as_dict(CLEAVE)) == CLEAVE


@pytest.mark.parametrize(
    ("field", "change"),
    [
        ("beat", {"beat": "kiss"}),
        ("beat", {"beat": 7}),
        ("blow", {"blow": "sword_hit"}),  # not the beat's own
        ("blow", {"beat": "knight_died", "knight_health": 0, "blow": "rolled_through"}),
        ("blow", {"beat": "opening"}),
        ("after", {"after": "cleave_missed"}),
        ("damage", {"damage": 22}),
        ("damage", {"damage": 2.0}),
        ("damage", {"damage": True}),
        ("knight_health", {"knight_health": -1}),
        ("slime_health", {"slime_health": 241}),
        ("seconds", {"seconds": 121}),
        ("enraged", {"enraged": True}),  # not at 132
        ("enraged", {"enraged": 0}),
        ("beat", {"knight_health": 0}),  # dead, and nobody says so
        ("beat", {"beat": "knight_near_death"}),  # at 58
        ("streak", {"beat": "streak", "streak": 2}),
        ("learned", {"learned": 3}),
        ("spell", {"spell": "fireball"}),
    ],
)
def test_what_cannot_be_is_refused_by_the_name_of_its_field(field, change):
    with pytest.raises(FactsError) as caught:
        facts_from(as_dict(CLEAVE) | change)
    assert caught.value.field == field


def test_a_beat_is_required():
    with pytest.raises(FactsError) as caught:
        facts_from({"damage": 3})
    assert caught.value.field == "beat"


def test_every_field_is_in_the_json():
    assert set(as_dict(CLEAVE)) == set(FIELDS)


def test_simulated_fights_give_facts_that_can_be_and_nearly_every_beat_and_blow():
    import random

    found = [facts for seed in range(150) for facts in facts_of_fight(seed)]
    source = random.Random(0)
    found += [staged_facts(source) for _ in range(20)]
    for facts in found:
        check(facts)
        assert facts_from(as_dict(facts)) == facts
    assert {facts.beat for facts in found} == set(BEATS)
    assert {facts.blow for facts in found} == {"none", *BLOWS}


def test_a_simulated_fight_is_a_function_of_its_seed():
    assert facts_of_fight(11) == facts_of_fight(11)
    assert facts_of_fight(11) != facts_of_fight(12)
