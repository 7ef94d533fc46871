"""A second judge of the narrator's lines, which knows nothing of the first: does a line contradict the facts?

    faults("The cleave bites deep!", facts, "crowd")  # [] where nothing in it contradicts them

It reads a line clause by clause with open word lists (benchmarks/narrator_checker_clauses.py) and compares
what it understands with narrator/facts.py. It is silent about what they do not decide: metaphor, mood, place.
Tests and benchmarks use it to find what narrator/validator.py lets through; the game itself does not.
"""

import re
import unicodedata

from benchmarks.narrator_checker_claims import wrong_claims
from benchmarks.narrator_checker_clauses import events, normalise
from benchmarks.narrator_checker_events import event_stands, said
from benchmarks.narrator_checker_numbers import numbers, wrong_number, wrong_share
from benchmarks.narrator_checker_states import states
from benchmarks.narrator_checker_words import MODERN, OTHER_GAMES, PROFANE, ROLE_WORDS, STRANGERS
from narrator.facts import Facts

WORDS_LIMIT = 25
_MARKUP = re.compile(r"[<>{}\[\]`*_#|\\^~=@$]|&\w+;|&#")
_ADDRESS = re.compile(r"https?:|www\.|\w\.(?:com|org|net|io|de|html?)\b|javascript:|data:|//")
_CODE = re.compile(r"\b\w+\(\)|;\s*$|\bselect \w+ from\b|\bdrop table\b|\breturn\b.*;")


def faults(text: str, facts: Facts, persona: str) -> list[str]:
    """What in a line contradicts the facts or does not belong on the page; empty: nothing was found."""
    found = _form(text)
    if found:
        return found
    low = " " + normalise(text) + " "
    found += [f"{e.words}: {said(e)}" for e in events(text, persona) if not event_stands(e, facts)]
    found += [fault for number in numbers(text) if (fault := wrong_number(number, facts, persona))]
    share = wrong_share(text, facts, persona)
    found += [share] if share else []
    found += wrong_claims(low, facts, persona)
    found += _person(low, persona)
    return found


def states_event(text: str, facts: Facts, persona: str) -> bool:
    """Whether a line says that which facts.beat names."""
    low = " " + normalise(text) + " "
    return states(low, events(text, persona), facts, persona)


# ---------------------------------------------------------------------------- form
def _form(text: str) -> list[str]:
    found = []
    if not text.strip():
        found.append("empty")
    if len(re.findall(r"[^\s—–]*\w[^\s—–]*", text)) > WORDS_LIMIT:
        found.append(f"more than {WORDS_LIMIT} words")
    if any(_strange(character) for character in text):
        found.append("a character that no line has")
    low = text.lower().replace("’", "'")
    for pattern, name in (
        (_MARKUP, "markup"),
        (_ADDRESS, "an address"),
        (_CODE, "code"),
        (ROLE_WORDS, "a word of the prompt"),
        (PROFANE, "profanity"),
        (MODERN, "a modern thing"),
        (OTHER_GAMES, "another game"),
    ):
        if match := pattern.search(low):
            found.append(f"{name}: {match.group(0)!r}")
    stranger = STRANGERS.search(re.sub(r"\bby (?:all )?(?:the )?(?:gods|god)\b", "", low))
    if stranger:
        found.append(f"a stranger: {stranger.group(0)!r}")
    if not re.search(r"[.!?…”\"']$", text.strip()):
        found.append("no end")
    if re.search(r"\b(\w+)(?:\W+\1\b){3,}", low):
        found.append("one word over and over")
    return found


def _strange(character: str) -> bool:
    if character == " ":
        return False
    if unicodedata.category(character)[0] in "CZM" or unicodedata.category(character) == "So":
        return True
    return character.isalpha() and not unicodedata.name(character, "").startswith("LATIN")


def _person(low: str, persona: str) -> list[str]:
    if persona == "slime" and re.search(r"\b(?:he|him|himself|she|her)\b", low):
        return ["the slime speaks to the knight, not about him"]
    if persona == "chronicler" and (match := re.search(r"\b(?:i|me|my|you|your)\b", low)):
        return [f"the chronicler says {match.group(0)}"]
    return []
