"""The second judge: hand-written lines, and lines made false by one change."""

import json
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.common import ROOT
from benchmarks.narrator_checker import faults, states_event
from benchmarks.narrator_checker_numbers import numbers
from narrator.facts import BEATS, Facts, facts_from

SETS = json.loads((ROOT / "benchmarks" / "data" / "narrator_lines.json").read_text(encoding="utf-8"))
VAGUE = {line for one in SETS for line in one.get("vague", ())}  # true, and leave the event to the picture
SETS = [(facts_from(one["facts"]), one["persona"], one["true"], one["false"]) for one in SETS]
TRUE = [(facts, persona, line) for facts, persona, true, _ in SETS for line in true]
FALSE = [(facts, persona, line) for facts, persona, _, false in SETS for line in false]
SWAPS = {
    "chronicler": (("knight", "slime"), ("sword", "cleave")),
    "crowd": (("knight", "slime"), ("sword", "cleave")),
    "slime": (("your", "my"), ("you", "i"), ("me", "you"), ("sword", "cleave")),
}
# Lines in the third person that name both sides, by the facts they are true of.
TEMPLATES = {
    "sword_hit": (
        "The knight {hits} the slime.",
        "The slime is {hit} by the knight.",
        "The knight's sword {hits} the slime.",
    ),
    "cleave_hit": (
        "The slime {hits} the knight.",
        "The knight is {hit} by the slime.",
        "The slime's cleave {hits} the knight.",
    ),
}
HITS = {"strikes": "struck", "cuts": "cut", "wounds": "wounded", "slashes": "slashed", "pierces": "pierced"}


def named(case) -> str:
    facts, persona, line = case
    return f"{facts.beat}-{persona}-{line[:40]}"


def test_the_lines_are_many_and_of_all_kinds():
    assert len(TRUE) + len(FALSE) >= 150
    assert {facts.beat for facts, *_ in TRUE} == {facts.beat for facts, *_ in FALSE} == set(BEATS)
    for beat in BEATS:
        assert {persona for facts, persona, _ in TRUE if facts.beat == beat} == {
            "chronicler",
            "crowd",
            "slime",
        }


@pytest.mark.parametrize("case", TRUE, ids=named)
def test_true_lines_stand(case):
    facts, persona, line = case
    assert faults(line, facts, persona) == []
    assert states_event(line, facts, persona) or line in VAGUE


@pytest.mark.parametrize("case", FALSE, ids=named)
def test_false_lines_do_not(case):
    facts, persona, line = case
    assert faults(line, facts, persona)


def test_whose_a_health_is_may_stand_behind_it():
    facts = Facts("sword_hit", "sword_hit", damage=12, streak=1, knight_health=16, slime_health=52)
    line = "The challenger scores! {} left to the knight, and {} left to the jelly!"
    assert faults(line.format(16, 52), facts, "crowd") == []
    assert len(faults(line.format(52, 16), facts, "crowd")) == 2


def facts_for(beat: str):
    return next(facts for facts, *_ in SETS if facts.beat == beat)


@given(st.sampled_from(sorted(TEMPLATES)), st.integers(0, 2), st.sampled_from(sorted(HITS)))
def test_swapped_actors_are_caught(beat, number, verb):
    line = TEMPLATES[beat][number].format(hits=verb, hit=HITS[verb])
    facts = facts_for(beat)
    assert faults(line, facts, "chronicler") == []
    swapped = _swapped(line, SWAPS["chronicler"])
    assert faults(swapped, facts, "chronicler"), swapped


def _swapped(line: str, pairs) -> str:
    other = {word: by for one, two in pairs for word, by in ((one, two), (two, one))}
    return re.sub(r"\w+", lambda word: other.get(word.group(), word.group()), line)


SIDED = [
    (facts, persona, line)
    for facts, persona, line in TRUE
    if persona != "slime"
    and re.search(r"\bknight\b", line)
    and re.search(r"\bslime\b", line)
    and "bleeds" not in line  # either may, at any time
    and facts.blow
    in (
        "sword_hit",
        "punished",
        "cleave_hit",
        "cleave_blocked",
        "sword_guarded",
        "slime_guard_broken",
        "knight_guard_broken",
    )
]


@pytest.mark.parametrize("case", SIDED, ids=named)
def test_true_lines_with_swapped_actors_are_caught(case):
    facts, persona, line = case
    assert faults(_swapped(line, SWAPS[persona]), facts, persona)


COUNTED = [(facts, persona, line) for facts, persona, line in TRUE if re.search(r"\d", line)]
COUNTED += [
    (facts, persona, line.replace("{n}", str(value)))
    for facts, persona, value, line in (
        (facts_for("cleave_hit"), "chronicler", 21, "The cleave lands, and {n} is torn from the knight."),
        (facts_for("cleave_hit"), "chronicler", 58, "The cleave lands; the knight has {n} left."),
        (facts_for("sword_hit"), "crowd", 12, "The sword bites for {n}!"),
        (facts_for("sword_hit"), "crowd", 9, "After {n} seconds the sword strikes the slime!"),
        (facts_for("sword_hit"), "slime", 228, "You cut me, and {n} remain to me."),
        (facts_for("learned"), "slime", 41, "I have learned from {n} fights."),
        (facts_for("streak"), "chronicler", 3, "The sword has bitten the slime {n} times in a row."),
    )
]


@settings(max_examples=300)
@given(st.sampled_from(COUNTED), st.integers(0, 9999))
def test_altered_numbers_are_caught(case, other):
    facts, persona, line = case
    right = next(number.value for number in numbers(line))
    carried = {
        facts.damage,
        facts.streak,
        facts.knight_health,
        facts.slime_health,
        facts.seconds,
        facts.learned,
    }
    if other in carried | {right, 100, 240}:
        return
    assert faults(line, facts, persona) == []
    assert faults(re.sub(r"\d[\d,]*", str(other), line, count=1), facts, persona)


@pytest.mark.parametrize(
    ("text", "values"),
    [
        ("twelve and a hundred and five", [12, 105]),
        ("one thousand two hundred and seven", [1207]),
        ("1,200 fights", [1200]),
        ("forty-one, ninety nine", [41, 99]),
        ("the third cut, twice", [3, 2]),
        ("no one; one more; another one", []),
        ("one second, a second, the second cleave", [1, 2]),
        ("the 3rd time", [3]),
    ],
)
def test_numbers_are_read(text, values):
    assert [number.value for number in numbers(text)] == values
