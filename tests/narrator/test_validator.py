"""The validator: hand-written lines, true and false, about the same moments."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from narrator.facts import Facts
from narrator.personas import PERSONAS
from narrator.validator import TEXT_LIMIT, WORD_LIMIT, verdict

HIT = Facts("cleave_hit", "cleave_hit", damage=21, knight_health=58, slime_health=132, seconds=20)
TWICE = Facts("cleave_hit", "cleave_hit", damage=21, streak=2, knight_health=58, slime_health=132)
ROLLED = Facts("rolled_through", "rolled_through", streak=1, knight_health=79, slime_health=180, seconds=9)
PUNISHED = Facts(
    "punished", "punished", after="rolled_through", damage=12, streak=1, knight_health=79, slime_health=168
)
BLOCKED = Facts("cleave_blocked", "cleave_blocked", damage=4, knight_health=96, slime_health=240)
GUARDED = Facts("sword_guarded", "sword_guarded", damage=1, knight_health=100, slime_health=239)
BROKEN = Facts("knight_guard_broken", "knight_guard_broken", damage=12, knight_health=40, slime_health=99)
CRACKED = Facts("slime_guard_broken", "slime_guard_broken", damage=1, knight_health=40, slime_health=99)
MISSED = Facts("cleave_missed", "cleave_missed", knight_health=100, slime_health=240)
ABSORBED = Facts("aegis_absorbed", "aegis_absorbed", knight_health=100, slime_health=240, seconds=1)
FADED = Facts("aegis_faded", knight_health=100, slime_health=240, seconds=3)
BLOOD = Facts("first_blood", "cleave_hit", damage=21, streak=1, knight_health=79, slime_health=240)
STREAK = Facts("streak", "cleave_hit", damage=21, streak=3, knight_health=37, slime_health=240)
RAGE = Facts("enraged", "sword_hit", damage=12, streak=1, knight_health=58, slime_health=84, enraged=True)
NEAR = Facts("knight_near_death", "cleave_hit", damage=21, streak=1, knight_health=16, slime_health=240)
WON = Facts("slime_died", "sword_hit", damage=12, knight_health=16, slime_health=0, enraged=True, seconds=45)
LOST = Facts("knight_died", "cleave_hit", damage=16, knight_health=0, slime_health=60, enraged=True)
DRAW = Facts("both_died", knight_health=0, slime_health=0, enraged=True, seconds=45)
LATE = Facts("timed_out", knight_health=58, slime_health=132, seconds=120)
OPENING = Facts("opening")
LEARNED = Facts("learned", learned=41)

TRUE = [
    (HIT, "chronicler", "The cleave lands, and the knight is left with 58."),
    (HIT, "chronicler", "The slime cleaves; the knight is struck for twenty-one damage."),
    (HIT, "crowd", "The cleave hits him! Only 58 left!"),
    (HIT, "slime", "I strike you, and you have fifty-eight left."),
    (HIT, "chronicler", "The cleave strikes home and leaves the knight at 58 of 100."),
    (HIT, "chronicler", "The cleave lands, and there is more."),
    (HIT, "crowd", "The cleave lands for 21, and not a penny more!"),
    (TWICE, "slime", "I strike you twice."),
    (TWICE, "chronicler", "The cleave lands a second time."),
    (ROLLED, "chronicler", "He rolls through the cleave, untouched."),
    (ROLLED, "slime", "You roll through my cleave."),
    (PUNISHED, "chronicler", "The knight rolls through the cleave and makes the slime pay, 12 damage."),
    (PUNISHED, "slime", "You punish me for 12."),
    (BLOCKED, "chronicler", "The knight blocks the cleave; it costs him 4."),
    (GUARDED, "chronicler", "The slime guards, and the sword glances off."),
    (BROKEN, "chronicler", "The cleave breaks the knight's guard, and he staggers."),
    (CRACKED, "chronicler", "The sword breaks the slime's guard, and the slime staggers."),
    (CRACKED, "slime", "You break my guard."),
    (MISSED, "chronicler", "The cleave misses."),
    (ABSORBED, "chronicler", "The Aegis swallows the cleave."),
    (FADED, "chronicler", "The Aegis fades."),
    (BLOOD, "chronicler", "The slime draws first blood."),
    (BLOOD, "slime", "First blood is mine."),
    (STREAK, "chronicler", "The cleave lands, three in a row."),
    (STREAK, "crowd", "The third cleave in a row lands!"),
    (RAGE, "chronicler", "The sword strikes, and the slime is enraged."),
    (NEAR, "chronicler", "The knight is near death, with 16 left."),
    (WON, "chronicler", "The slime is slain after 45 seconds."),
    (LOST, "chronicler", "The knight falls, and the slime has 60 left."),
    (DRAW, "chronicler", "They fall together."),
    (LATE, "chronicler", "Time runs out, and nobody wins."),
    (OPENING, "chronicler", "The duel begins."),
    (LEARNED, "slime", "I have learned from 41 fights."),
]
FALSE = [
    (HIT, "chronicler", "The cleave strikes home and leaves the knight at 58 of 7."),
    (HIT, "chronicler", "The cleave strikes home and leaves the knight at 58 of 240."),
    # who did what
    (HIT, "chronicler", "The knight lands the blow."),
    (HIT, "chronicler", "The sword strikes the slime."),
    (HIT, "chronicler", "The cleave lands on the slime."),
    (HIT, "slime", "You strike me."),
    (ROLLED, "chronicler", "The slime rolls through the cleave."),
    (ROLLED, "slime", "I roll through the cleave."),
    (PUNISHED, "chronicler", "The slime punishes the knight."),
    (CRACKED, "chronicler", "The cleave breaks the knight's guard."),
    (CRACKED, "chronicler", "The sword breaks the knight's guard."),
    (BROKEN, "chronicler", "The slime's guard breaks."),
    (BLOOD, "chronicler", "The knight draws first blood."),
    (BLOOD, "slime", "First blood is yours."),
    # what came of it
    (HIT, "chronicler", "The knight blocks the cleave."),
    (HIT, "chronicler", "The knight rolls through the cleave."),
    (HIT, "chronicler", "The cleave misses."),
    (HIT, "chronicler", "The cleave lands and the knight falls."),
    (ROLLED, "chronicler", "The knight rolls, but the cleave lands."),
    (BLOCKED, "chronicler", "The knight's guard breaks."),
    (BROKEN, "chronicler", "The knight blocks the cleave and holds."),
    (GUARDED, "chronicler", "The sword bites deep."),
    (MISSED, "chronicler", "The Aegis swallows the cleave."),
    (ABSORBED, "chronicler", "The Aegis fades."),
    (FADED, "chronicler", "The Aegis absorbs the cleave."),
    (RAGE, "chronicler", "The slime is slain in its rage."),
    (WON, "chronicler", "The knight is slain."),
    (LOST, "chronicler", "The knight wins."),
    (DRAW, "chronicler", "The knight wins, and the slime is slain."),
    # numbers
    (HIT, "chronicler", "The cleave lands, and the knight is left with 57."),
    (HIT, "chronicler", "The cleave lands, and the knight is left with 132."),
    (HIT, "chronicler", "The cleave lands for 58."),
    (HIT, "chronicler", "The cleave lands for twelve damage."),
    (HIT, "chronicler", "The cleave lands, three in a row."),
    (HIT, "chronicler", "The cleave lands 7."),
    (HIT, "chronicler", "The cleave lands, and the knight is left with 21 damage."),
    (HIT, "chronicler", "The cleave lands after 19 seconds."),
    (HIT, "slime", "I strike you twice."),
    (HIT, "chronicler", "The second cleave lands for 21."),
    (HIT, "chronicler", "The cleave lands for a second time."),
    (HIT, "chronicler", "The cleave lands many times for 21."),
    (HIT, "chronicler", "The cleave lands; he has 58 left, the slime even less."),
    (HIT, "chronicler", "The cleave lands, and he has more than the slime."),
    (HIT, "chronicler", "The cleave lands, and he has more."),
    (STREAK, "chronicler", "The cleave lands, four in a row."),
    (STREAK, "chronicler", "The fourth cleave in a row lands."),
    (WON, "chronicler", "The slime is slain after 46 seconds."),
    (LEARNED, "slime", "I have learned from 40 fights."),
    # states
    (HIT, "chronicler", "The cleave lands, and the slime is enraged."),
    (HIT, "chronicler", "The cleave lands, and the knight is near death."),
    (HIT, "chronicler", "The cleave lands, and the knight is unhurt."),
    (NEAR, "chronicler", "The cleave lands, and the slime is near death."),
    (ROLLED, "chronicler", "He rolls through the cleave again."),
    # it leaves out what happened
    (HIT, "chronicler", "The slime waits."),
    (STREAK, "chronicler", "The cleave lands on the knight."),
    (BLOOD, "chronicler", "The cleave lands on the knight."),
    (WON, "chronicler", "The knight stands."),
    (LEARNED, "slime", "The duel begins."),
    # what is no line of ours
    (HIT, "chronicler", "The cleave lands on the wizard."),
    (HIT, "chronicler", "The damn cleave lands."),
    (HIT, "chronicler", "<b>The cleave lands.</b>"),
    (HIT, "chronicler", "The cleave lands. <|im_end|>"),
    (HIT, "chronicler", "As an assistant, I say the cleave lands."),
    (HIT, "chronicler", "The cleave lands, see https://example.com."),
    (HIT, "chronicler", "the cleave lands"),
    (HIT, "chronicler", "The cleave lands"),
    (HIT, "chronicler", "The cleave lands.\nThe knight falls."),
    (HIT, "chronicler", "The cleave lands\u202e."),
    (HIT, "chronicler", "The cleave lands lands."),
    (HIT, "chronicler", "The cleave lands. He waits. He waits. He waits."),
    (HIT, "chronicler", ""),
    (HIT, "chronicler", "."),
    (HIT, "chronicler", "I strike you."),  # another persona's words
    (HIT, "slime", "The cleave lands on him."),
]


@pytest.mark.parametrize(("facts", "persona", "text"), TRUE, ids=[text for *_, text in TRUE])
def test_a_true_line_may_be_shown(facts, persona, text):
    assert verdict(text, facts, persona) is None


@pytest.mark.parametrize(("facts", "persona", "text"), FALSE, ids=[ascii(text) for *_, text in FALSE])
def test_a_false_line_may_not_be_shown(facts, persona, text):
    assert verdict(text, facts, persona)


@pytest.mark.parametrize("persona", PERSONAS)
@pytest.mark.parametrize("text", [text for facts, _, text in TRUE if facts is HIT])
def test_a_line_about_another_moment_is_refused(persona, text):
    for facts in (ROLLED, PUNISHED, BLOCKED, GUARDED, MISSED, FADED, WON, LOST, DRAW, LATE, OPENING):
        assert verdict(text, facts, persona)


def test_long_lines_are_refused():
    line = "The cleave lands" + " and the knight waits" * 6
    assert len(line.split()) == 27
    assert "words" in verdict(line + ".", HIT, "chronicler")
    assert len(line.split()[:WORD_LIMIT]) == WORD_LIMIT
    assert verdict("A" * TEXT_LIMIT + ".", HIT, "chronicler") == "it is too long"


@given(st.text(max_size=300), st.sampled_from(tuple(PERSONAS)))
def test_whatever_comes_is_judged_and_only_plain_sentences_pass(text, persona):
    if verdict(text, HIT, persona) is None:
        assert text.isascii()
        assert not set(text) & set('<>&"\\/{}[]|`@#$%^*_=+~\n\r\t')


@given(st.integers(0, 300))
def test_of_all_numbers_only_the_true_one_passes(number):
    assert (verdict(f"The cleave lands for {number} damage.", HIT, "chronicler") is None) == (number == 21)
    assert (verdict(f"The cleave lands, and he is left with {number}.", HIT, "chronicler") is None) == (
        number == 58
    )
