"""Numbers in a line: reading them, and whether the facts carry them in the role they are given.

A number has a role by the words beside it: health taken ("21 damage", "for 21"), health left ("58 left",
"down to 58"), blows in a row ("three in a row", "the third"), seconds, or fights learned from. A number
without a role is refused.
"""

from narrator.facts import MAX_HEALTH, Facts

_UNITS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine")
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen")
_SMALL = ("zero", *_UNITS, *_TEENS, "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_IRREGULAR = (
    "second",
    "third",
    "fourth",
    "fifth",
    "sixth",
    "seventh",
    "eighth",
    "ninth",
    "tenth",
    "eleventh",
    "twelfth",
)
_ORDINALS = (*_IRREGULAR, *(teen + "th" for teen in _SMALL[13:]), "twentieth")
WORDS = {word: value for value, word in enumerate(_SMALL)}
for _place, _tens in enumerate(_TENS):
    WORDS[_tens] = 20 + 10 * _place
    for _unit in range(1, 10):
        WORDS[f"{_tens}-{_SMALL[_unit]}"] = 20 + 10 * _place + _unit
# Words that count blows in a row by themselves.
ORDINALS = {word: value for value, word in enumerate(_ORDINALS, start=2)} | {"twice": 2}

_MERE = {"only", "just", "barely", "still", "but", "mere", "a", "scarcely", "exactly"}
_TAKEN_BEFORE = {"for", "costs", "cost", "costing", "takes", "take", "taking", "loses", "lose", "losing"}
_PAYS = {"costs", "cost", "costing", "loses", "lose", "losing"}
_LEFT_BEFORE = {"at", "to", "has", "have", "with", "on", "holds", "keeps", "keep", "leaves", "leaving"}
_TAKEN_AFTER = {"damage", "points", "lost", "gone", "taken"}
_LEFT_AFTER = {"left", "remain", "remains", "remaining"}
_ROW = (("in", "a", "row"), ("straight",), ("running",), ("on", "end"))
_ROW_NOUNS = {"times", "blows", "hits", "cuts", "cleaves", "rolls", "strikes", "swings", "strokes"}
_ROW_NOUN_SINGULAR = {noun.removesuffix("s") for noun in _ROW_NOUNS}
_FIGHTS = {"fights", "fight", "duels", "duel", "bouts", "bout", "battles", "battle"}


def value_of(word: str) -> int | None:
    """The number that a word is, in digits or letters; None for another word."""
    if word.isdecimal() and word.isascii():
        return int(word) if len(word) <= 4 else None
    return WORDS.get(word)


def is_number(word: str) -> bool:
    """Whether a word is a number or an ordinal that counts."""
    return value_of(word) is not None or word in ORDINALS


def length_of_count(words: list[str], at: int) -> int:
    """How many words a count of blows in a row takes, "three cuts in a row" four; 0 where there is none."""
    if words[at] in ORDINALS:
        behind = words[at + 1 : at + 5]
        noun = 1 if behind[:1] and behind[0] in _ROW_NOUNS | _ROW_NOUN_SINGULAR else 0
        row = next((len(row) for row in _ROW if tuple(behind[noun : noun + len(row)]) == row), 0)
        return 1 + noun + row
    if value_of(words[at]) is None:
        return 0
    behind = words[at + 1 : at + 5]
    noun = 1 if behind[:1] and behind[0] in _ROW_NOUNS else 0
    row = next((len(row) for row in _ROW if tuple(behind[noun : noun + len(row)]) == row), 0)
    return 1 + noun + row if row else 0


def fault(words: list[str], at: int, owner: str | None, following: str | None, facts: Facts) -> str | None:
    """What is wrong with the number words[at], or None.

    owner: whom a word just before or in the sentence before the number names, "knight", "slime" or
    None; following: whom the words right after it name ("58 left to the knight").
    """
    word = words[at]
    if word in ORDINALS:
        return None if facts.streak == ORDINALS[word] else f"{word}: the streak is {facts.streak}"
    value = value_of(word)
    after = words[at + 1 : at + 6]
    role, healths = _role(words, at, after, owner)
    if role == "streak":
        truths = {facts.streak}
    elif role == "seconds":
        truths = {facts.seconds}
    elif role == "fights":
        truths = {facts.learned} if facts.learned else set()
    elif role == "taken":
        victim = {"knight": "slime", "slime": "knight"}.get(facts.actor)
        if healths is not None and healths != victim:
            return f"{word}: it was not the {healths} who lost it"
        truths = {facts.damage} if facts.damage else set()
    elif role == "left":
        who = following or owner
        if healths is not None:
            who = healths
        if who is None:
            return f"{word}: nobody's health"
        if value == MAX_HEALTH[who] and words[max(0, at - 2) : at] == ["down", "to"]:
            return f"{word}: that is all of it"
        truths = {facts.health(who)}
    else:
        return f"{word}: a number of nothing"
    return None if value in truths else f"{word} as {role}: the facts say {sorted(truths)}"


def states_streak(words: list[str]) -> bool:
    """Whether a line counts blows in a row."""
    if any(word in ORDINALS for word in words):
        return True
    return any(
        value_of(word) is not None and _role(words, at, words[at + 1 : at + 6], None)[0] == "streak"
        for at, word in enumerate(words)
    )


def _role(words: list[str], at: int, after: list[str], owner: str | None) -> tuple[str | None, str | None]:
    """The role of a number, and whose health it is where the words beside it tell."""
    if after[:1] and after[0] in _FIGHTS:
        return "fights", None
    if after[:1] == ["seconds"]:
        return "seconds", None
    counted = after[1:] if after[:1] and after[0] in _ROW_NOUNS else after
    if any(tuple(counted[: len(row)]) == row for row in _ROW):
        return "streak", None
    if after[:1] == ["of"] and len(after) > 1:
        for who, most in MAX_HEALTH.items():
            if after[1] == str(most):
                return "left", who
    unit = after[1:] if after[:1] == ["health"] else after
    if unit[:1] and unit[0] in _LEFT_AFTER:
        return "left", None
    before = [word for word in words[max(0, at - 4) : at] if word not in _MERE]
    if before[-2:] == ["left", "with"] and unit[:1] and unit[0] in _TAKEN_AFTER:
        return None, None  # "left with 4 damage"
    # "costs the knight 21", "loses 12", "takes 12 damage": it is the one named last who pays
    suffers = unit[:1] == ["damage"] and before[-1:] in (["takes"], ["take"], ["taking"])
    pays = owner if suffers or any(word in _PAYS for word in before) else None
    if (unit[:1] and unit[0] in _TAKEN_AFTER) or (before and before[-1] in _TAKEN_BEFORE):
        return "taken", pays
    if before and before[-1] in _LEFT_BEFORE:
        return "left", None
    # "leaves him 58": the verb stands before whom it happens to
    for verb in reversed(before[:-1]):
        if verb in ("leaves", "leaving", "leave"):
            return "left", None
        if verb in ("costs", "costing", "cost"):
            return "taken", pays
    return None, None
