"""Who does what to whom in a line, read clause by clause, for benchmarks/narrator_checker.py.

Not run by itself. `events(text, persona)` finds each verb of battle, the nearest entity before it as the one
who acts, the nearest after it as the one it is done to, and whether it is denied, only possible, or passive.
What a word may stand for is a set of readings; an event is judged false only where no reading is true.
"""

import re
from dataclasses import dataclass, field
from functools import lru_cache

from benchmarks.narrator_checker_words import (
    AUXILIARIES,
    CONJUNCTIONS,
    DETERMINERS,
    ENTITIES,
    FIRST_PERSON,
    FLESH,
    HYPOTHETICAL,
    MODALS,
    NEGATIONS,
    NONE_WORDS,
    NOUN_EVENTS,
    PREPOSITIONS,
    PRONOUNS,
    REWRITES,
    VERB_FORMS,
)

SIDES = {"K": "K", "S": "S", "SWORD": "K", "CLEAVE": "S", "KGUARD": "K", "SGUARD": "S", "AEGIS": "K"}
BODIES = ("K", "S")
_TOKEN = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:[.,]\d+)*%?|'s|[.,;:!?()]|--|—|–|-")
_BREAKS = set(".,;:!?()—–") | {"--"}


@dataclass(slots=True)
class Token:
    """One word of a line: its text, what it may name, and the verb it may be."""

    text: str
    kinds: tuple[str, ...] = ()  # readings of an entity
    owned: bool = False  # an entity with an owner of its own
    verb: tuple[str, str, str] | None = None  # class, form, lemma


@dataclass(slots=True)
class Event:
    """Something that a line says is done. agents, patients: readings of who; () where it does not say."""

    verb: str
    agents: tuple[str, ...]
    patients: tuple[str, ...]
    denied: bool = False
    possible: bool = False  # only: may be, would be, in order to, as an order
    lemma: str = ""
    words: str = ""
    on: bool = False  # with "on", "upon" or "against" after the verb
    readings: list = field(default_factory=list)


def normalise(text: str) -> str:
    """Lower case, straight quotes, and phrases of one meaning in one word."""
    text = text.lower().replace("’", "'").replace("‘", "'").replace("“", '"').replace("”", '"')
    for pattern, into in REWRITES:
        text = pattern.sub(lambda match, into=into: _expand(match, into), text)
    return text


def _expand(match: re.Match, into: str) -> str:
    return re.sub(r"\\(\d)", lambda number: match.group(int(number.group(1))) or "", into)


@lru_cache(maxsize=4096)
def clauses(text: str, persona: str) -> tuple[tuple[Token, ...], ...]:
    """The tokens of each clause, tagged."""
    words = _TOKEN.findall(normalise(text).replace("-", " - "))
    found, clause = [], []
    history: list[str] = []
    for place, word in enumerate(words):
        if word in _BREAKS or (word in CONJUNCTIONS and not _joins_nouns(words, place)):
            if clause:
                found.append(tuple(clause))
            clause = [Token(word)] if word not in _BREAKS else []
            if word in ".!?":
                clause = []
                found.append((Token("."),))
            continue
        clause.append(_tag(words, place, clause, persona, history))
    if clause:
        found.append(tuple(clause))
    return tuple(found)


def _joins_nouns(words: list[str], place: int) -> bool:
    """Whether "and" stands between two nouns: steel and jelly, once and for all."""
    if words[place] not in ("and", "so", "still", "for", "once", "before", "after", "since", "that", "as"):
        return False
    after = words[place + 1 : place + 3]
    if words[place] == "and":
        return (
            bool(after)
            and place > 0
            and after[0] in ENTITIES
            and words[place - 1] in ENTITIES
            and (len(after) < 2 or after[1] not in VERB_FORMS)
        )
    if words[place] in ("so", "still", "that", "since", "as"):
        return words[place] == "that" or (words[place] == "still")
    return False


def _tag(words: list[str], place: int, clause: list[Token], persona: str, history: list[str]) -> Token:
    word = words[place]
    bare, possessive = (word[:-2], True) if word.endswith("'s") else (word, False)
    bare = bare.removesuffix("'")
    pronouns = FIRST_PERSON if persona == "slime" else PRONOUNS
    if bare in pronouns:
        side, owns = pronouns[bare]
        if owns or (possessive and bare not in ("it", "he", "you", "i")):
            return Token(word, (f"{'K' if side == 'K' else 'S'}'s",))
        if side == "IT":
            readings = ("S", *dict.fromkeys(kind for kind in history if kind not in ("K", "S")))
            if persona == "slime":
                readings = readings[1:] or ("BLOW",)
            return Token(word, readings)
        return Token(word, (side,))
    if bare in NONE_WORDS.split():
        return Token(word, ("AIR",))
    noun = _is_noun(words, place, clause)
    if _is_adjective(words, place, clause):
        return Token(word)
    if bare in VERB_FORMS and not noun and not possessive:
        return Token(word, verb=VERB_FORMS[bare])
    event = bare if bare in NOUN_EVENTS else bare.removesuffix("s")
    if event in NOUN_EVENTS and noun:
        token = Token(word, _owned(ENTITIES.get(bare, ""), clause) if bare in ENTITIES else ())
        token.verb = (NOUN_EVENTS[event], "noun", event)
        if token.kinds:
            history.extend(token.kinds)
        return token
    kind = ENTITIES.get(bare)
    if kind is None and bare.endswith("s"):
        kind = ENTITIES.get(bare[:-1])
    if bare in FLESH:
        kinds = tuple(t.kinds[0][0] for t in clause[-3:] if t.kinds and t.kinds[0].endswith("'s"))[-1:]
        return Token(word, kinds or ("K", "S"))
    if kind is None:
        return Token(word)
    if possessive:
        return Token(word, (f"{kind}'s",) if kind in ("K", "S") else (kind,))
    kinds = _owned(kind, clause)
    history.extend(kinds)
    return Token(word, kinds)


def _owned(kind: str, clause: list[Token]) -> tuple[str, ...]:
    """What a blow or a guard is, by the owner that stands before it."""
    owner = None
    for token in clause[-4:]:
        if token.kinds and token.kinds[0].endswith("'s"):
            owner = token.kinds[0][0]
        elif token.verb or token.text in PREPOSITIONS:
            owner = None
    if kind in ("SWORD", "BLOW", "CLEAVE"):
        if owner is not None:
            return ("SWORD",) if owner == "K" else ("CLEAVE",)
        return ("SWORD", "CLEAVE") if kind == "BLOW" else (kind,)
    if kind == "GUARD":
        return ("KGUARD", "SGUARD") if owner is None else (f"{owner}GUARD",)
    return (kind,)


def _is_adjective(words: list[str], place: int, clause: list[Token]) -> bool:
    """The falling blade, his broken guard."""
    form = VERB_FORMS.get(words[place], ("", "", ""))[1]
    if form not in ("ing", "past", "part") or not clause or place + 1 >= len(words):
        return False
    before = clause[-1].text
    return (before in DETERMINERS or (before.endswith("'s") and before[:-2] not in _SHORT)) and (
        words[place + 1] in ENTITIES or (form == "ing" and words[place + 1] not in ("the", "a", "his", "its"))
    )


_SHORT = ("he", "it", "that", "who", "she", "there", "here", "what")  # whose 's is a verb


def _is_noun(words: list[str], place: int, clause: list[Token]) -> bool:
    """Whether a word that may be a verb is a noun here, by what stands before it."""
    word = words[place]
    if VERB_FORMS.get(word, ("", "", ""))[1] in ("past", "part", "ing") and word not in ENTITIES:
        return False
    if word in ENTITIES and word not in VERB_FORMS and word not in NOUN_EVENTS:
        return True
    if not clause:
        follows = words[place + 1] if place + 1 < len(words) else "."
        return follows in ("by", "of", "from", "after") or (word in ENTITIES and follows in VERB_FORMS)
    before = clause[-1]
    if (
        before.text in DETERMINERS
        or re.fullmatch(r"\d+", before.text)
        or (before.text.endswith("'s") and before.text[:-2] not in _SHORT)
    ):
        return True
    if before.text in AUXILIARIES and VERB_FORMS.get(word, ("", "base", ""))[1] == "past_or_base":
        return False
    if before.kinds or before.text in ("i", "you", "we", "they", "to", "not") or before.text in MODALS:
        return False
    if before.text in PREPOSITIONS - {"to"}:
        return True
    third = VERB_FORMS.get(word, ("", "", ""))[1] == "s" and word not in ENTITIES
    if len(clause) > 1 and not third and not before.text.endswith("ly") and before.text not in CONJUNCTIONS:
        earlier = clause[-2]
        if earlier.text in DETERMINERS or earlier.text.endswith("'s"):
            return True
    return False


# ---------------------------------------------------------------------------- events
def events(text: str, persona: str) -> list[Event]:
    """Everything that a line says is done."""
    found: list[Event] = []
    subject: tuple[str, ...] = ()
    lines = clauses(text, persona)
    for number, clause in enumerate(lines):
        if clause[0].text == ".":
            continue
        following = next((_first_entity(c) for c in lines[number + 1 : number + 3] if _first_entity(c)), ())
        own = ()
        hidden = 0  # entities after a preposition do not act
        for place, token in enumerate(clause):
            if token.verb is not None:
                found.append(_event(clause, place, own or subject, bool(own), following, persona))
                if token.verb[1] != "noun":
                    hidden = 1
                    continue
            if token.kinds and not token.kinds[0].endswith("'s"):
                governed = place > 0 and _governed(clause, place)
                if not hidden and (not own or not governed):
                    own = token.kinds
        if own:
            subject = own
        elif not subject:
            subject = ()
    return found


def _first_entity(clause: tuple[Token, ...]) -> tuple[str, ...]:
    return next((t.kinds for t in clause if t.kinds and not t.kinds[0].endswith("'s")), ())


def _governed(clause: tuple[Token, ...], place: int) -> bool:
    """Whether a preposition stands before an entity: it is not what acts."""
    for token in reversed(clause[max(0, place - 4) : place]):
        if token.text in PREPOSITIONS:
            return True
        if token.verb is not None or (token.kinds and not token.kinds[0].endswith("'s")):
            return False
    return False


def _event(clause, place, subject, own, following, persona) -> Event:
    token = clause[place]
    verb, form, lemma = token.verb
    before = [t.text for t in clause[:place]]
    after = clause[place + 1 :]
    near = before[-4:]
    denied = any(word in NEGATIONS or word.endswith("n't") for word in near) or _without(clause, place)
    denied = denied != (near[-2:-1] == ["not"] and "only" in near)  # not only
    possible = bool(set(near) & (MODALS | HYPOTHETICAL)) or (near[-1:] == ["to"] and not _managed(near))
    possible |= bool(set(before[:1]) & HYPOTHETICAL)
    if form == "noun":
        owner = _owner(clause, place)
        event = Event(verb, owner, (), denied, possible, lemma, token.text)
        event.readings = [(owner, ())]
        return event
    order = form == "base" and not own and persona != "slime"
    order |= form == "base" and not before and not subject
    if form == "base" and own and persona != "slime" and subject[0] in ("K", "S") and "does" not in before:
        possible |= near[-1:] == ["and"]
    if form == "ing" and not own and not subject:
        subject = following
    if form == "ing" and near[-1:] and near[-1] in ("before", "from", "instead"):
        possible = True
    objects = list(after)
    by = next((n for n, t in enumerate(objects) if t.text == "by"), None)
    passive = form in ("past", "part", "past_or_base") and (
        any(_auxiliary(word) for word in before[-3:]) or form == "part" or (by is not None and by <= 3)
    )
    if form == "part" and set(before[-3:]) & {"has", "have", "had", "'ve"} and "been" not in before[-3:]:
        passive = False
    if form in ("past", "past_or_base") and by is not None and not before:
        subject = following if not own else subject
    if passive:
        agent = _first_after(objects[by:] if by is not None else (), ())
        patients = subject or (following if not before else ())
        readings = [(agent, patients)]
    else:
        readings = [(subject, _first_after(objects, subject, verb))]
        if form == "past" and not own and not readings[0][1]:
            readings.append(((), subject))
    if passive and re.search(r"'s$", " ".join(before[-1:])) and _first_after(objects, subject, verb):
        readings.append((subject, _first_after(objects, subject, verb)))  # he has cut it
    if objects and objects[0].text == "no" and verb in ("HIT", "FIND"):
        denied = True  # finds no flesh
    agents, patients = readings[0]
    if any("AIR" in side for side in (agents,)):
        denied = True
        agents = ()
    event = Event(verb, agents, patients, denied, possible or order, lemma, token.text)
    event.readings = readings
    event.on = bool(after) and after[0].text in ("on", "upon", "against")
    return event


def _managed(near: list[str]) -> bool:
    return bool(set(near) & {"manages", "managed", "begins", "began", "starts", "comes", "forced"})


def _without(clause, place) -> bool:
    return clause[max(0, place - 3)].text == "without" or (place > 0 and clause[place - 1].text == "without")


def _owner(clause, place) -> tuple[str, ...]:
    for token in reversed(clause[max(0, place - 4) : place]):
        if token.verb and token.verb[1] != "noun":
            return ()
        if token.kinds and token.kinds[0].endswith("'s"):
            return (token.kinds[0][0],)
    after = clause[place + 1 : place + 4]
    if after and after[0].text == "by":
        return _first_after(after, ())
    return ()


def _auxiliary(word: str) -> bool:
    return word in AUXILIARIES or (
        re.fullmatch(r"\w+'(?:s|re|m)", word) is not None
        and word[: word.index("'")] in (*_SHORT, "you", "i", "they", "we")
    )


def _first_after(tokens, subject: tuple[str, ...], verb: str = "") -> tuple[str, ...]:
    """The first entity after a verb that is not the actor's own weapon."""
    weapons = {"K": "SWORD", "S": "CLEAVE"}
    for place, token in enumerate(tokens):
        if token.text == "by" and subject:
            return ()
        if token.verb is not None and token.verb[1] not in ("noun", "ing", "past", "part"):
            return ()
        if not token.kinds or token.kinds[0].endswith("'s"):
            continue
        previous = tokens[place - 1].text if place else ""
        if previous in ("of", "with", "like") and token.kinds != ("AIR",):
            continue
        if token.text == "it" and verb in ("BLOCK", "STOP", "FIND", "ABSORB", "DODGE", "MISS"):
            return (*token.kinds, "SWORD", "CLEAVE")  # the blow
        if token.text.endswith("self") and subject and subject[0] not in BODIES:
            continue  # the cleave buries itself
        own = {weapons[side] for side in subject if side in weapons} | {k for k in subject if k not in BODIES}
        if own & set(token.kinds) and len(subject) == 1:
            continue
        if token.text in ("himself", "itself", "myself", "yourself") and previous != "by":
            return token.kinds
        return token.kinds
    return ()
