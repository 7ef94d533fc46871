"""The hand-written voices and the bard: there is a true line for every moment, and none twice in a fight."""

import random

import pytest

from narrator import lexicon
from narrator.bard import Bard, compositions, fill
from narrator.facts import BEATS, FINAL_BEATS, Facts
from narrator.fights import facts_of_fight
from narrator.held_out import sample
from narrator.meanings import MEANINGS, STATES
from narrator.numbers import is_number
from narrator.personas import PERSONAS
from narrator.validator import verdict
from narrator.voices import VOICES

FACTS = 1500  # of every kind of moment
RARE = [  # too seldom in so few fights
    Facts(
        "enraged", blow, damage=damage, streak=1, knight_health=58, slime_health=84, enraged=True, seconds=30
    )
    for blow, damage in (("slime_guard_broken", 1), ("sword_guarded", 1), ("sword_hit", 12), ("punished", 12))
]


@pytest.fixture(scope="module")
def moments() -> dict[str, list[Facts]]:
    """Sample facts by beat, with every blow that brings it about."""
    found: dict[str, list[Facts]] = {beat: [] for beat in BEATS}
    for facts in [*sample(FACTS, range(400), held_out=False), *RARE]:
        found[facts.beat].append(facts)
    return found


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_voice_knows_every_beat_and_no_other(persona):
    voice = VOICES[persona]
    assert set(voice.lines) == set(voice.mains) == set(BEATS)
    for beat in BEATS:
        assert len(voice.lines[beat]) == len(set(voice.lines[beat])) >= 10
        assert len(voice.mains[beat]) >= 10


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_line_and_every_first_part_is_true_of_some_moment(persona, moments):
    source, voice = random.Random(1), VOICES[persona]
    never = []
    for beat in BEATS:
        for template in [*voice.lines[beat], *(main + "." for main in voice.mains[beat])]:
            filled = ((fill(template, facts, persona, source), facts) for facts in moments[beat])
            if not any(text is not None and verdict(text, facts, persona) is None for text, facts in filled):
                never.append(f"{beat}: {template}")
    assert never == []


@pytest.mark.parametrize("persona", PERSONAS)
def test_every_moment_has_lines_and_compositions(persona, moments):
    kinds = {(facts.beat, facts.blow, facts.after): facts for beat in BEATS for facts in moments[beat]}
    source = random.Random(2)
    for facts in kinds.values():
        assert len(set(compositions(facts, persona, source, 200))) >= 5, facts
        whole = [fill(template, facts, persona, source) for template in VOICES[persona].lines[facts.beat]]
        assert sum(text is not None and verdict(text, facts, persona) is None for text in whole) >= 2, facts


@pytest.mark.parametrize("persona", PERSONAS)
def test_a_word_that_claims_nothing_is_neither_number_nor_name(persona):
    actors = set(lexicon.ACTORS) | set(lexicon.OWNERS) | set(lexicon.GUARDS)
    for word in VOICES[persona].words:
        assert not is_number(word), word
        assert word not in actors, word


@pytest.mark.parametrize("claims", [lexicon.CLAIMS, *(voice.claims for voice in VOICES.values())])
def test_every_claim_has_a_meaning_that_there_is(claims):
    subjects = {None, "knight", "slime", "sword", "cleave", "shield", "slime's guard", "aegis"}
    for phrase, means in claims.items():
        assert phrase == phrase.lower()
        assert set(means) <= subjects, phrase
        assert set(means.values()) <= set(MEANINGS), phrase


def test_every_beat_can_be_stated():
    assert set(STATES) == set(BEATS)
    assert set().union(*STATES.values()) - {"streak"} <= set(MEANINGS)


# ---------------------------------------------------------------------------- the bard
@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("seed", range(12))
def test_no_line_comes_twice_in_a_fight_and_all_are_true(persona, seed):
    bard, said = Bard(seed), []
    last = -2
    for facts in facts_of_fight(seed):
        if facts.seconds - last >= 2 or facts.beat in FINAL_BEATS:
            last = facts.seconds
            text = bard.line(facts, persona)
            assert verdict(text, facts, persona) is None
            said.append(text)
    assert len(said) == len(set(said))


def test_the_same_seed_says_the_same():
    facts = facts_of_fight(3)
    lines = [[Bard(5).line(one, "crowd") for one in facts[:20]] for _ in range(2)]
    assert lines[0] == lines[1]
    assert lines[0] != [Bard(6).line(one, "crowd") for one in facts[:20]]


def test_a_bard_who_has_said_everything_repeats_himself_rather_than_fall_silent():
    bard, facts = Bard(1), Facts("opening")
    said = [bard.line(facts, "slime") for _ in range(400)]
    assert all(verdict(text, facts, "slime") is None for text in said)
    assert len(set(said)) > 100


def test_sentences_begin_with_a_capital_and_numbers_of_one_thing_are_left_out():
    facts = Facts("learned", learned=1)
    source = random.Random(0)
    assert fill("{S} has learned. so be it.", facts, "chronicler", source)[0].isupper()
    assert ". So" in fill("{S} has learned. so be it.", facts, "chronicler", source)
    assert fill("{learned} fights", facts, "chronicler", source) is None
    assert fill("i wait, and i'm hungry.", facts, "slime", source) == "I wait, and I'm hungry."
