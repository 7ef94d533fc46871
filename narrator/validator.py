"""Whether a line may be shown: every actor, action, outcome, number and state checked against the facts.

    verdict("He rolls through the cleave, untouched.", facts, "chronicler")   # None, or what is wrong

One judge for the training data, the evaluation, the preferences and the run time. It reads a line word by
word in a closed vocabulary (narrator/lexicon.py); for each phrase that claims something it finds who it is
said of, and asks narrator/meanings.py whether that is so. What it cannot read, it refuses.
"""

import re
from itertools import pairwise

from narrator import lexicon, numbers
from narrator.facts import MAX_HEALTH, Facts
from narrator.lexicon import KNIGHT, SHIELD, SLIME
from narrator.meanings import MEANINGS, STATES, STREAK_BLOWS_STATED
from narrator.voices import VOICES

WORD_LIMIT = 25
TEXT_LIMIT = 200  # characters
SENTENCE_LIMIT = 3
NEAR = 4  # words: so close to a number stands what belongs to it
_SHAPE = re.compile(r"[A-Z0-9][A-Za-z0-9' ,.;:!?-]*[.!?]")
_TOKEN = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*'?|[,.;:!?]|-")
_STOPS = frozenset(".!?")
_JOINTS = frozenset({"and", "then", "but", ",", ";", ":", "-", "or", "yet", "to"})
_ASIDES = frozenset(
    {"with", "as", "while", "when", "in", "for", "before", "after"}
)  # what follows is no object


_AMOUNTS = frozenset({"more", "less", "many"})
_COUNTABLE = frozenset({"left", "health", "damage", "times", "blows", "cuts", "strokes"})
_MERELY_MORE = frozenset({"no", "penny", "is", "once", "one"})  # "no more", "there is more"


class _Vocabulary:
    """The words of one persona."""

    def __init__(self, persona: str):
        voice = VOICES[persona]
        person = lexicon.FIRST_PERSON if persona == "slime" else lexicon.THIRD_PERSON
        self.actors = lexicon.ACTORS | person["actors"]
        self.owners = lexicon.OWNERS | person["owners"]
        self.neutral = lexicon.NEUTRAL | voice.words
        self.claims = lexicon.CLAIMS | voice.claims
        self._phrases: dict[str, list[tuple[list[str], str]]] = {}  # by first word, the longest first
        for phrase in sorted(self.claims, key=lambda phrase: -phrase.count(" ")):
            words = phrase.split()
            self._phrases.setdefault(words[0], []).append((words, phrase))

    def phrase_at(self, tokens: list[str], at: int) -> str | None:
        """The longest phrase that begins here and claims something."""
        for words, phrase in self._phrases.get(tokens[at], ()):
            if tokens[at : at + len(words)] == words:
                return phrase
        return None


_VOCABULARIES = {persona: _Vocabulary(persona) for persona in VOICES}


def verdict(text: str, facts: Facts, persona: str) -> str | None:
    """None when a line may be shown, else one line on what is wrong with it."""
    if len(text) > TEXT_LIMIT:
        return "it is too long"
    if not _SHAPE.fullmatch(text):
        return "it is no plain sentence"
    reader = _Reader(text, facts, _VOCABULARIES[persona])
    if len(reader.words) > WORD_LIMIT:
        return f"it has {len(reader.words)} words"
    if sum(token in _STOPS for token in reader.tokens) > SENTENCE_LIMIT:
        return "it has too many sentences"
    if any(first == second for first, second in pairwise(reader.words)):
        return "it repeats a word"
    return next(reader.faults(), None) or reader.unstated()


def states_beat(text: str, facts: Facts, persona: str) -> bool:
    """Whether a line states the beat truly, whatever else may be wrong with it."""
    reader = _Reader(text[:TEXT_LIMIT], facts, _VOCABULARIES[persona])
    for _ in reader.faults():
        pass
    return reader.unstated() is None


class _Reader:
    """Reads one line. Walks over its tokens once, and remembers who was named."""

    def __init__(self, text: str, facts: Facts, vocabulary: _Vocabulary):
        self.tokens = _TOKEN.findall(text.lower())
        self.words = [token for token in self.tokens if token[0].isalnum()]
        self._facts = facts
        self._vocabulary = vocabulary
        self._meanings: set[str] = set()  # that are claimed, and true
        self._fighter: str | None = None  # the last one named, as an owner too: whose a bare health is
        self._begin_sentence()

    def _begin_sentence(self) -> None:
        self._subject: str | None = None  # of the last claim
        self._nearest: str | None = None  # the last fighter or arm named since the last joint
        self._owner: str | None = None  # whose the next thing is

    def faults(self):
        """What is wrong, one after the other."""
        at = 0
        while at < len(self.tokens):
            phrase = self._vocabulary.phrase_at(self.tokens, at)
            counted = 0 if phrase else numbers.length_of_count(self.tokens, at)
            if phrase is not None:
                length = phrase.count(" ") + 1
                wrong = self._claim(phrase, at + length)
            else:
                length = counted or 1
                wrong = self._word(at)
                for token in self.tokens[at + 1 : at + length]:  # "the third cleave in a row lands"
                    self._nearest = self._vocabulary.actors.get(token.removesuffix("s"), self._nearest)
            if wrong is not None:
                yield wrong
            at += length

    def unstated(self) -> str | None:
        """What the line leaves untold of the beat, once it has been read."""
        beat = self._facts.beat
        streak = {"streak"} if numbers.states_streak(self.words) else set()
        if not (self._meanings | streak) & STATES[beat]:
            return f"it does not state {beat}"
        if beat == "streak" and not self._meanings & STREAK_BLOWS_STATED[self._facts.blow]:
            return "it does not state the blow"
        return None

    # ------------------------------------------------------------------------ claims
    def _claim(self, phrase: str, behind: int) -> str | None:
        """Checks what a phrase claims of its subject, and whom it names behind it."""
        subject = self._nearest or self._subject
        by_subject = self._vocabulary.claims[phrase]
        meaning = by_subject.get(subject) or by_subject.get(None)
        if meaning is None:
            if subject is not None or len(set(by_subject.values())) > 1:
                return f"{phrase}: said of {subject or 'nobody'}"
            meaning = next(iter(by_subject.values()))
        # A voice's figure of speech is a whole remark on what happens, whoever was named last.
        is_remark = subject not in by_subject and " " in phrase and phrase not in lexicon.CLAIMS
        if not is_remark and subject not in by_subject and self._is_foreign(meaning, subject):
            return f"{phrase}: said of {subject}"
        if not is_remark and self._is_denied(behind - phrase.count(" ") - 1):
            return f"{phrase}: denied"
        if not MEANINGS[meaning](self._facts):
            return f"{phrase}, of {subject or 'nobody'}: not so ({meaning})"
        allowed = lexicon.objects_of(phrase, meaning)
        found, by = self._object(behind)
        if by and lexicon.side_of(found) != lexicon.DOERS.get(meaning, lexicon.side_of(found)):
            return f"{phrase}: not by {found}"
        if meaning == "first_blood" and not self._is_first(subject, behind):
            return f"{phrase}: not his"
        if allowed is not None and found is not None and found not in allowed:
            return f"{phrase}: not {found}"
        self._meanings.add(meaning)
        self._subject, self._nearest = subject, None
        for word in phrase.split():  # a phrase may itself name whose a health is
            self._remember(self._vocabulary.actors.get(word))
        return None

    def _is_foreign(self, meaning: str, subject: str | None) -> bool:
        """Whether what anybody may be said of is here said of the wrong side."""
        doer = lexicon.DOERS.get(meaning) or lexicon.STATE_OF.get(meaning)
        return subject is not None and doer is not None and lexicon.side_of(subject) != doer

    def _is_denied(self, at: int) -> bool:
        """Whether a word just before a claim, in the same clause, denies it or leaves it open."""
        for token in reversed(self.tokens[max(0, at - NEAR) : at]):
            if token in _STOPS or token in _JOINTS:
                return False
            if token in lexicon.DENIALS:
                return True
        return False

    def _is_first(self, subject: str | None, behind: int) -> bool:
        """Whether the first blood is said to be drawn by who drew it: "to the knight", "from the slime"."""
        drawer = self._facts.actor
        if subject is not None and lexicon.side_of(subject) != drawer:
            return False
        sense = True
        for token in self.tokens[behind : behind + NEAR]:
            if token in _STOPS:
                break
            sense = sense and token not in ("from", "of")
            named = self._vocabulary.actors.get(token) or self._vocabulary.owners.get(token)
            if named is not None:
                return (lexicon.side_of(named) == drawer) is sense
        return True

    def _object(self, at: int) -> tuple[str | None, bool]:
        """The first fighter or arm named behind a phrase, before a joint, a stop or the next claim.

        And whether "by" stands before it.
        """
        owner, by = None, False
        while at < len(self.tokens):
            token = self.tokens[at]
            if token in _STOPS or token in _ASIDES or (token in _JOINTS and token != "to"):
                return None, by
            if self._vocabulary.phrase_at(self.tokens, at) is not None:
                return None, by
            by = by or token == "by"
            if token in self._vocabulary.owners:
                owner = self._vocabulary.owners[token]
            elif token in lexicon.GUARDS:
                return (SHIELD if owner == KNIGHT else lexicon.GUARD), by
            elif token in self._vocabulary.actors:
                return self._vocabulary.actors[token], by
            at += 1
        return None, by

    def _remember(self, actor: str | None) -> None:
        if actor in (KNIGHT, SLIME):
            self._fighter = actor

    # ------------------------------------------------------------------------ other words
    def _word(self, at: int) -> str | None:
        """Takes one word that is no claim by itself: a name, a number, or one that claims nothing."""
        token, vocabulary = self.tokens[at], self._vocabulary
        if token in _STOPS:
            self._begin_sentence()
            return None
        if token in vocabulary.actors:
            owner = self._owner
            self._nearest, self._owner = vocabulary.actors[token], None
            self._remember(self._nearest)
            is_arm = self._nearest not in (KNIGHT, SLIME)
            if is_arm and owner is not None and owner != lexicon.side_of(self._nearest):
                return f"{token}: not the {owner}'s"
            return self._arm()
        if token in vocabulary.owners:
            self._owner = vocabulary.owners[token]
            self._remember(self._owner)
            return None
        if token in lexicon.GUARDS:
            if self._owner is None:
                return f"{token}: nobody's"
            self._nearest = SHIELD if self._owner == KNIGHT else lexicon.GUARD
            self._owner = None
            return None
        if token in _JOINTS:
            if token != "to":
                self._subject, self._nearest = self._subject or self._nearest, None
            return None
        if numbers.is_number(token):
            return self._number(at)
        if token in _AMOUNTS and self._is_amount(at):
            return f"{token}: of what the facts count"
        if token in vocabulary.neutral:
            return None
        if token in lexicon.BESIDE_NUMBERS:
            near = self.tokens[max(0, at - NEAR) : at + NEAR + 1]
            return None if any(numbers.is_number(word) for word in near) else f"{token}: with no number"
        return f"{token}: not a word of ours"

    def _arm(self) -> str | None:
        """Cleave and Aegis may be named only where they are, or where the cleave may be expected."""
        facts = self._facts
        if self._nearest == lexicon.CLEAVE and not MEANINGS["cleave"](facts):
            return (
                None if facts.beat in ("opening", "learned", "knight_near_death") else "cleave: there is none"
            )
        if self._nearest == lexicon.AEGIS and "aegis_absorbed" not in (facts.blow, facts.after):
            return None if facts.beat in ("opening", "learned", "aegis_faded") else "aegis: it is gone"
        return None

    def _is_amount(self, at: int) -> bool:
        """Whether "more", "less" or "many" counts or compares: "many times", "he has more"."""
        before, behind = self.tokens[max(0, at - 1) : at], self.tokens[at + 1 : at + 4]
        if behind[:1] and behind[0] in _COUNTABLE:
            return True
        if not before or before[0] in _MERELY_MORE | _STOPS:
            return False
        if behind[:1] == ["than"]:
            return before != ["damage"] and any(word in self._vocabulary.actors for word in behind[1:])
        return not behind or behind[0] in _STOPS | _JOINTS

    def _number(self, at: int) -> str | None:
        words, place = self.words, sum(token[0].isalnum() for token in self.tokens[:at])
        if place >= 2 and words[place - 1] == "of" and numbers.value_of(words[place - 2]) is not None:
            # the whole of "58 of 100": whose it is was read with the number before
            whole = numbers.value_of(words[place]) in MAX_HEALTH.values()
            return None if whole else f"{words[place]}: nobody has so much health"
        following = None
        for ahead in range(place + 1, min(place + 6, len(words))):
            if words[ahead] in ("to", "in", "for", "of"):
                named = (self._vocabulary.actors.get(word) for word in words[ahead + 1 : ahead + 4])
                following = next((name for name in named if name is not None), None)
                break
        who = following if following in (KNIGHT, SLIME) else None
        return numbers.fault(words, place, self._fighter, who, self._facts)
