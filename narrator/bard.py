"""The bard: hand-written lines, at hand at once and true whatever happens.

    Bard(seed).line(facts, "chronicler")

A voice (narrator/voices/) has whole lines for each beat, and parts from which more are composed when these
have been used up. Each is filled with the facts' numbers and shown only if the validator finds it true, so
the writers of a voice need not think of every case, and no line comes twice in a fight.
"""

import random
from collections.abc import Iterator

from narrator.facts import STREAK_LEAST, Facts
from narrator.numbers import ORDINALS, WORDS
from narrator.validator import verdict
from narrator.voices import VOICES

_NUMBER_WORDS = {value: word for word, value in WORDS.items()}
_ORDINAL_WORDS = {value: word for word, value in ORDINALS.items()}
COMPOSED_TRIES = 60  # compositions looked at before one is settled for


class Bard:
    """One fight's teller: it remembers what has been said, by others, too."""

    def __init__(self, seed: int):
        self._random = random.Random(seed)
        self._said: set[str] = set()  # templates and lines

    def has_said(self, text: str) -> bool:
        """Whether this line has been heard in this fight."""
        return text in self._said

    def note(self, text: str) -> None:
        """Remembers a line that somebody else said."""
        self._said.add(text)

    def line(self, facts: Facts, persona: str) -> str:
        """A true line that has not been heard in this fight while the voice has any left."""
        templates = [t for t in VOICES[persona].lines[facts.beat] if t not in self._said]
        self._random.shuffle(templates)
        for template in templates:
            text = fill(template, facts, persona, self._random)
            if text is not None and text not in self._said and verdict(text, facts, persona) is None:
                self._said |= {template, text}
                return text
        text = ""
        for composed in compositions(facts, persona, self._random, COMPOSED_TRIES):
            text = composed
            if composed not in self._said:
                break
        if not text:
            raise LookupError(f"{persona} has no line for {facts}")
        self._said.add(text)
        return text


def compositions(facts: Facts, persona: str, source: random.Random, tries: int) -> Iterator[str]:
    """True lines put together from the voice's parts."""
    voice = VOICES[persona]
    for _ in range(tries):
        template = source.choice(voice.openers) + source.choice(voice.mains[facts.beat])
        if source.random() < 0.8:
            template += source.choice(voice.joints) + source.choice(voice.tails)
        text = fill(template + source.choice(voice.ends), facts, persona, source)
        if text is not None and verdict(text, facts, persona) is None:
            yield text


def fill(template: str, facts: Facts, persona: str, source: random.Random) -> str | None:
    """A template with the facts' numbers and one of the voice's names for each fighter.

    None where the facts have no such number. Numbers are written in digits or, half of the time, in
    words. Sentences begin with a capital.
    """
    values = {
        "damage": facts.damage,
        "knight_left": facts.knight_health,
        "slime_left": facts.slime_health,
        "streak": facts.streak if facts.streak >= STREAK_LEAST else 0,
        "seconds": facts.seconds if facts.seconds > 1 else 0,
        "learned": facts.learned if facts.learned > 1 else 0,
    }
    words: dict[str, str] = {}
    for name, value in values.items():
        if "{" + name + "}" in template and not value:
            return None
        spelled = _NUMBER_WORDS.get(value) if source.random() < 0.5 else None
        words[name] = spelled or str(value)
    if "{nth}" in template and values["streak"] not in _ORDINAL_WORDS:
        return None
    words["nth"] = _ORDINAL_WORDS.get(values["streak"], "")
    for name, choices in VOICES[persona].names.items():
        words[name] = source.choice(choices)
    return _capitalised(template.format(**words))


def _capitalised(text: str) -> str:
    pieces, begins = [], True
    for letter in text:
        pieces.append(letter.upper() if begins and letter.isalpha() else letter)
        if letter in ".!?":
            begins = True
        elif letter.isalnum():
            begins = False
    text = "".join(pieces)
    return text.replace(" i ", " I ").replace(" i'm ", " I'm ").replace(" aegis", " Aegis")
