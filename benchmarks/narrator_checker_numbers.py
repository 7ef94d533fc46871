"""The numbers of a line and what each is said to count.

For benchmarks/narrator_checker.py; not run by itself.
"""

import re
from dataclasses import dataclass

from benchmarks.narrator_checker_words import ORDINALS, TENS, UNITS
from narrator.facts import MAX_HEALTH, NEAR_DEATH, Facts

_WORD = re.compile(r"[a-z]+(?:'[a-z]+)?|\d+(?:,\d{3})*(?:\.\d+)?|%|[.,;:!?—–]")
_BLOWS = (
    r"(?:rolls?|hits?|cuts?|cleaves?|strikes?|blows?|wounds?|swords?|dodges?|swings?|"
    r"slashes|bites?|tumbles?|lunges?|escapes?|steps?)"
)
_LEFT = re.compile(
    r"\b(?:left|remain\w*|still|down to|only|leav\w*|clings?|holds?|stands? at|has|have|keeps?|spare)\b"
)
_LOST = re.compile(
    r"\b(?:takes?|took|taking|costs?|costing|loses?|lost|losing|strips?|tears?|tore|"
    r"worth|gone|damage|off|away|for|"
    r"drinks?|carv\w+|rips?|deals?|dealing|paid|pays?|bleeds?|shav\w+|knocks?|steals?|"
    r"robs?|harm|drains?|removes?)\b"
)
_KNIGHT = re.compile(r"\b(?:knight\w*|warrior|challenger|champion|hero|he|him|his|man|mortal|swordsman)\b")
_SLIME = re.compile(r"\b(?:slime\w*|ooze|jelly|beast|demon|monster|it|its|horror|creature|fiend)\b")
_YOU, _ME = re.compile(r"\b(?:you|your|knight)\b"), re.compile(r"\b(?:i|me|my|mine|slime)\b")


@dataclass(frozen=True, slots=True)
class Number:
    """A number as a line writes it. before, after: the words around it in its sentence."""

    value: float
    ordinal: bool
    before: str
    after: str
    words: str


def numbers(text: str) -> list[Number]:
    """Every number in digits or words; "first" and "one" are none."""
    text = re.sub(r"(?<=[a-z])-(?=[a-z])", " ", text.lower().replace("’", "'"))
    tokens = _WORD.findall(text)
    found, place = [], 0
    while place < len(tokens):
        value, ordinal, length = _read(tokens, place)
        if length == 0:
            place += 1
            continue
        before = _until_sentence(tokens[:place][::-1])[::-1]
        after = _until_sentence(tokens[place + length :])
        found.append(
            Number(
                value, ordinal, " ".join(before), " ".join(after), " ".join(tokens[place : place + length])
            )
        )
        place += length
    return found


def _until_sentence(tokens: list[str]) -> list[str]:
    end = next((n for n, token in enumerate(tokens) if token in (".", "!", "?")), len(tokens))
    return tokens[:end]


def _read(tokens: list[str], place: int) -> tuple[float, bool, int]:
    """The number that begins here, whether it is an ordinal, and how many words it has; 0: none does."""
    word = tokens[place]
    if re.fullmatch(r"\d[\d,]*(?:\.\d+)?", word):
        follows = tokens[place + 1] if place + 1 < len(tokens) else ""
        ordinal = follows in ("st", "nd", "rd", "th")
        return float(word.replace(",", "")), ordinal, 1 + ordinal
    if word in ("twice", "thrice", "dozen", "score"):
        earlier = tokens[place - 1] if place else ""
        if word == "score" and earlier != "a":
            return 0, False, 0
        return {"twice": 2, "thrice": 3, "dozen": 12, "score": 20}[word], False, 1
    total, current, place_now, seen, ordinal = 0, 0, place, False, False
    while place_now < len(tokens):
        word = tokens[place_now]
        if word in UNITS:
            current += UNITS[word]
        elif word in TENS:
            current += TENS[word]
        elif word in ORDINALS:
            if seen and tokens[place_now - 1] in UNITS:
                break
            current += ORDINALS[word]
            ordinal = True
        elif word == "hundred" and (seen or _article(tokens, place_now)):
            current = max(current, 1) * 100
        elif word == "thousand" and (seen or _article(tokens, place_now)):
            total, current = max(current, 1) * 1000, 0
        elif (
            word == "and"
            and seen
            and place_now + 1 < len(tokens)
            and tokens[place_now - 1] in ("hundred", "thousand")
        ):
            if tokens[place_now + 1] not in UNITS and tokens[place_now + 1] not in TENS:
                break
        else:
            break
        seen = True
        place_now += 1
        if ordinal:
            break
    if not seen:
        return 0, False, 0
    if place_now - place == 1 and tokens[place] == "one":
        return _one(tokens, place)
    if ordinal and place_now - place == 1 and tokens[place] == "second" and not _counts_blow(tokens, place):
        return 0, False, 0
    return total + current, ordinal, place_now - place


def _article(tokens: list[str], place: int) -> bool:
    return place > 0 and tokens[place - 1] in ("a", "one")


def _counts_blow(tokens: list[str], place: int) -> bool:
    return any(re.fullmatch(_BLOWS + "|time", word) for word in tokens[place + 1 : place + 4])


def _one(tokens: list[str], place: int) -> tuple[float, bool, int]:
    """ "one" is a number only where it counts points or seconds."""
    counted = tokens[place + 1 : place + 3]
    if counted and counted[0] in (
        "point",
        "second",
        "damage",
        "health",
        "fight",
        "percent",
        "%",
        "duel",
        "battle",
    ):
        return 1, False, 1
    return 0, False, 0


# ---------------------------------------------------------------------------- what a number may be
def wrong_number(number: Number, facts: Facts, persona: str) -> str | None:
    """What is wrong about a number, or None."""
    value = number.value
    after, before = number.after, number.before
    fault = f"the number {number.words}"
    start = " ".join(re.split(r"[,;:]", after)[0].split()[:5])
    if _fraction(number):
        return None  # judged by `wrong_share`
    if re.match(r"(?:%|percent|per cent)", start):
        return None if _some_share(value / 100, facts, number, persona) else f"{fault} percent"
    if re.match(r"(?:\w+ )?minutes?\b", start):
        return None if abs(60 * value - facts.seconds) <= 6 else f"{fault} of minutes"
    if re.match(r"(?:\w+ )?seconds?\b", start):
        aegis = value == 3 and facts.beat in ("aegis_faded", "aegis_absorbed")
        return None if value == facts.seconds or aegis else f"{fault} of seconds"
    if number.ordinal:
        return None if value == facts.streak else f"{fault} in a row"
    if re.match(r"(?:\w+ )?(?:in a row|straight|running|in succession|on end|consecutive|times?\b)", start):
        return None if value == facts.streak else f"{fault} in a row"
    if number.words in ("twice", "thrice"):
        return None if value == facts.streak else fault
    if re.match(r"(?:more|further|other)\b", start):
        return None if _near_end(value, facts) else f"{fault} more"
    if value == 2 and re.search(r"\bor$", before):
        return None if _near_end(value, facts) else fault  # a cut or two
    if re.match(r"(?:\w+ ){0,2}" + _BLOWS + r"\b", start) and not re.match(
        r"(?:health|damage|points?|from)\b", start
    ):
        return None if value == facts.streak else f"{fault} of blows"
    if re.match(
        r"(?:\w+ )?(?:fights?|duels?|battles?|lessons?|bouts?|challengers|knights|deaths|"
        r"defeats|warriors|lives)\b",
        start,
    ):
        pair = value == 2 and re.match(r"(?:\w+ )?(?:warriors|lives|deaths)", start)
        return None if value == facts.learned or pair else f"{fault} of fights"
    if value == 2 and re.match(
        r"(?:\w+ )?(?:fighters|foes|bodies|enemies|fallen|of them|shapes|hearts|stand|lie|fall)\b", start
    ):
        return None
    if value == 2 and re.search(r"\b(?:the|these|those|both|between|in|all)$", before):
        return None
    if value in MAX_HEALTH.values() and re.search(
        r"\b(?:of|from|out of|/|his|its|my|your|full|whole)$", before
    ):
        return None
    return _health_or_damage(number, facts, persona, fault)


def _near_end(value: float, facts: Facts) -> bool:
    return value == 2 and 0 < facts.slime_health <= NEAR_DEATH["slime"]


def _health_or_damage(number: Number, facts: Facts, persona: str, fault: str) -> str | None:
    value, close = number.value, " ".join(number.before.split()[-6:])
    after = " ".join(number.after.split(",")[0].split()[:6])
    close = re.sub(r"\b(?:done|did|made|makes|does) it\b", "", close)
    close = re.sub(r"\b(?:your|my|his|its) (?:steel|sword|blade|cleave|shield|guard)\b", "", close)
    healths = {"knight": facts.knight_health, "slime": facts.slime_health}
    if re.match(r"(?:\w+ )?(?:points? of )?(?:damage|harm)\b", after):
        return None if value == facts.damage else f"{fault} of damage"
    if re.match(r"(?:\w+ )?(?:lost|gone|torn)\b", after):
        return None if value == facts.damage else f"{fault} of damage"
    left = re.search(r"^(?:\w+ ){0,4}(?:left|remains?|remaining)\b", after) or re.search(
        r"\b(?:down to|leav\w+ (?:\w+ ){0,3}(?:at|with|on)?|only|just|still (?:has|have)|"
        r"stands at|clings to|at|has|have)$",
        close,
    )
    lost = _LOST.search(" ".join(close.split()[-3:])) or re.match(
        r"(?:points? )?(?:of \w+ )?(?:health |life )?(?:gone|lost|off|away|torn|from)\b", after
    )
    if left and not re.search(r"\b(?:for|takes?|took|costs?|loses?)$", close):
        to_whom = re.match(r"(?:\w+ ){0,2}(?:left|remain\w*) (?:to|for|of|in) (.+)", after)
        who = _who("", to_whom.group(1), persona) if to_whom else None
        who = who or _who(close, after, persona)
        right = value in ([healths[who]] if who else healths.values())
        return None if right else f"{fault} of health left"
    if lost:
        if value != facts.damage:
            return f"{fault} of damage"
        return _wrong_victim(number, facts, persona, fault)
    if value == facts.damage and value:
        return None
    carried = {facts.knight_health, facts.slime_health, facts.seconds}
    carried |= {facts.streak} if facts.streak > 1 else set()
    carried |= {facts.learned} if facts.learned else set()
    return None if value in carried else fault


def _wrong_victim(number: Number, facts: Facts, persona: str, fault: str) -> str | None:
    """Whether the health is said to be lost by who did not lose it."""
    after = " ".join(number.after.split()[:7])
    match = re.search(r"\bfrom (?:the |his |its |my |your )?(\w+)", after)
    who = _side(match.group(1), persona) if match else None
    before = re.search(
        r"(\w+)(?: \w+)? (?:loses?|lost|pays?|paid|bleeds?)$", " ".join(number.before.split()[-4:])
    )
    costs = re.search(r"\b(?:costs?|costing|robs?|drains?) (?:the )?(\w+)(?: \w+)?$", number.before)
    who = _side(before.group(1), persona) if before else _side(costs.group(1), persona) if costs else who
    if who is None or facts.actor == "none":
        return None
    return f"{fault} lost by the {who}" if who == facts.actor else None


def _side(word: str, persona: str) -> str | None:
    knight, slime = (_YOU, _ME) if persona == "slime" else (_KNIGHT, _SLIME)
    if knight.fullmatch(word):
        return "knight"
    return "slime" if slime.fullmatch(word) else None


def _who(before: str, after: str, persona: str) -> str | None:
    """Whose health it is: the last one named before, else the first named after."""
    for words in (before.split()[::-1], after.split()):
        for word in words:
            if who := _side(word, persona):
                return who
    return None


# ---------------------------------------------------------------------------- shares of a health
_SHARE = re.compile(
    r"\b(less than |under |below |barely |more than |over |well over |about |nearly |"
    r"almost )?(?:(?:a |one )?(half|third|quarter|fifth)|"
    r"(two|three) (thirds|quarters|fifths))\b(?! (?:time|blow|cleave|roll|strike|hit|"
    r"cut|dodge|swing|in a row|step|heartbeat|second"
    r"|a heartbeat|a second|a step|blind|the arena))(?:[ -](?:dead|of|gone|its|his|my|"
    r"your|the|health|life|strength|left|spent)\b)"
)
_SHARES = {
    "half": 1 / 2,
    "third": 1 / 3,
    "quarter": 1 / 4,
    "fifth": 1 / 5,
    "thirds": 1 / 3,
    "quarters": 1 / 4,
    "fifths": 1 / 5,
}


def _fraction(number: Number) -> bool:
    if (
        number.ordinal
        and re.match(r"of (?:its|his|my|your|the|health)", number.after)
        and number.words in ("third", "quarter", "fifth")
    ):
        return bool(re.search(r"\b(?:a|one)$", number.before))
    return bool(re.match(r"(?:thirds|quarters|fifths)\b", number.after))


def wrong_share(text: str, facts: Facts, persona: str) -> str | None:
    """What is wrong about "half", "a third of"; None where a fighter has, or has lost, about that."""
    for match in _SHARE.finditer(text.lower().replace("-", " ")):
        share = _SHARES[match.group(2)] if match.group(2) else UNITS[match.group(3)] * _SHARES[match.group(4)]
        close = text.lower()[max(0, match.start() - 24) : match.start()]
        after = text.lower()[match.start() : match.end() + 24]
        who = _who(close, after, persona)
        people = [who] if who else ["knight", "slime"]
        shares = [facts.health(one) / MAX_HEALTH[one] for one in people]
        bound = (match.group(1) or "").strip()
        if not any(_holds(left, share, bound) for left in shares):
            return f"the share {match.group(0).strip()}"
    return None


def _holds(left: float, share: float, bound: str) -> bool:
    if bound in ("less than", "under", "below"):
        return left < share
    if bound in ("more than", "over", "well over"):
        return left > share
    return abs(left - share) <= 0.09 or abs(1 - left - share) <= 0.09


def _some_share(share: float, facts: Facts, number: Number, persona: str) -> bool:
    who = _who(" ".join(number.before.split()[-6:]), " ".join(number.after.split()[:6]), persona)
    people = [who] if who else ["knight", "slime"]
    return any(abs(facts.health(one) / MAX_HEALTH[one] - share) <= 0.011 for one in people)
