"""What a line says beside its verbs of battle: wounds, rage, endings, firsts.

For benchmarks/narrator_checker.py; not run by itself.
"""

import re

from benchmarks.narrator_checker_events import is_dead, situations
from benchmarks.narrator_checker_words import SLIME
from narrator.facts import FINAL_BEATS, MAX_HEALTH, NEAR_DEATH, Facts

_NOT = r"(?:not|no|never|nobody|isn't|without|n't|neither|nor|yet to|far from|hardly|nothing)"
_K3 = r"(?:knight|warrior|challenger|champion|hero|swordsman|fighter|mortal|man|he|him|his)"
_S3 = r"(?:slime|ooze|jelly|beast|demon|monster|horror|creature|fiend|brute|thing|it|its)"
_UNHURT = (
    r"\b(?:unhurt|unharmed|unscathed|untouched|unwounded|uninjured|unmarked|"
    r"unbloodied|scratchless|without a (?:scratch|mark|wound)|"
    r"not a (?:scratch|mark|wound))\b"
)
_WHOLE = (
    r"\b(?:full health|full strength|fresh|at full|in perfect health|whole and|still "
    r"whole|is whole|whole again|am whole)\b"
)
_WOUNDED = r"\b(?:wounded|bloodied|bleeding|bleeds|injured|battered|bloody|limping|limps|hurt)\b"
DYING = (
    r"\b(?:near death|death's door|brink of death|brink|dying|barely stand\w*|barely "
    r"alive|last legs|at death|close to death|nearly dead|"
    r"almost dead|half a breath|hanging by a thread|by a thread|nearly done|nearly "
    r"finished|almost finished|last drops?|"
    r"one (?:more )?(?:cleave|blow|strike|hit|cut|touch) (?:more )?(?:from|away|and|"
    r"would|will|ends)|one more (?:cleave|blow) \w+ (?:ends?|kills?|finish\w*)|"
    r"at its end|at his end|near (?:its|his|my|your) end|close to (?:its|his|the|my|your) end)\b"
)
RAGE = (
    r"\b(?:enraged?s?|raging|rages|berserk|furious|fury|rage|frenz\w+|sees red|boils? "
    r"over|in(?:to)? a frenzy|maddened|goes mad|gone mad|wrath)\b"
)


def wrong_claims(low: str, facts: Facts, persona: str) -> list[str]:
    """The claims of a normalised line that contradict the facts."""
    found = []
    for claim in (
        _unhurt,
        _wounds,
        _dying,
        _rage,
        _aegis,
        _first,
        _row,
        _again,
        _ending,
        _learning,
        _beginning,
        _recovery,
        _cast,
    ):
        if fault := claim(low, facts, persona):
            found.append(fault)
    return found


def _sides_near(low: str, match: re.Match, persona: str) -> set[str]:
    """Of whom an adjective is said: the last fighter named before it, else the first after it."""
    start = max((low.rfind(mark, 0, match.start()) for mark in ".!?"), default=0)
    before = low[start + 1 : match.start()]
    after = re.split(r"[.!?]", low[match.end() :])[0]
    knight = r"\b(?:you|your|yours|knight)\b" if persona == "slime" else rf"\b{_K3}\b"
    slime = r"\b(?:i|me|my|mine|slime)\b" if persona == "slime" else rf"\b{_S3}\b"
    places = {}
    for side, pattern in (("K", knight), ("S", slime)):
        said = list(re.finditer(pattern, before))
        places[side] = said[-1].start() if said else -1
    if max(places.values()) >= 0:
        return {max(places, key=places.get)}
    firsts = {
        side: m.start() for side, pattern in (("K", knight), ("S", slime)) if (m := re.search(pattern, after))
    }
    return {min(firsts, key=firsts.get)} if firsts else {"K", "S"}


def _denied(low: str, match: re.Match) -> bool:
    return bool(
        re.search(rf"\b{_NOT}\b(?: \w+)?(?: \w+)? $", low[max(0, match.start() - 22) : match.start()])
    )


def _full(side: str, facts: Facts) -> bool:
    name = "knight" if side == "K" else "slime"
    return facts.health(name) == MAX_HEALTH[name]


def _unhurt(low: str, facts: Facts, persona: str) -> str | None:
    spared = situations(facts) & {"rolled_through", "cleave_missed", "aegis_absorbed"}
    for pattern in (_UNHURT, _WHOLE):
        for match in re.finditer(pattern, low):
            sides = _sides_near(low, match, persona)
            denied = _denied(low, match) and not match.group(0).startswith("not")
            if match.group(0) == "fresh" and re.match(
                r" (?:\w+ )?(?:wound|blood|cut|air|blow)", low[match.end() :]
            ):
                continue
            if denied and all(_full(side, facts) for side in sides):
                return f"not {match.group(0)}"
            if denied or (pattern is _UNHURT and spared and "K" in sides):
                continue
            if not any(_full(side, facts) for side in sides):
                return match.group(0)
    return None


def _wounds(low: str, facts: Facts, persona: str) -> str | None:
    for match in re.finditer(_WOUNDED, low):
        sides = _sides_near(low, match, persona)
        if re.match(r" (?:pride|arena|ground|end|\w+ work)", low[match.end() :]):
            continue
        if not _denied(low, match) and all(_full(side, facts) for side in sides):
            return match.group(0)
    return None


def _near(side: str, facts: Facts) -> bool:
    name = "knight" if side == "K" else "slime"
    return facts.health(name) <= NEAR_DEATH[name]


def _dying(low: str, facts: Facts, persona: str) -> str | None:
    for match in re.finditer(DYING, low):
        sides = _sides_near(low, match, persona)
        if match.group(0).startswith("one"):
            sides = {"K", "S"}
        if not _denied(low, match) and not any(_near(side, facts) for side in sides):
            return match.group(0)
    for side, pattern in (("K", r"\bhalf dead\b"),):
        if (match := re.search(pattern, low.replace("-", " "))) and not any(
            _half(one, facts) for one in _sides_near(low.replace("-", " "), match, persona)
        ):
            return f"{match.group(0)} {side and ''}".strip()
    return None


def _half(side: str, facts: Facts) -> bool:
    name = "knight" if side == "K" else "slime"
    return 2 * facts.health(name) <= MAX_HEALTH[name]


def _rage(low: str, facts: Facts, persona: str) -> str | None:
    for match in re.finditer(RAGE, low):
        about = _sides_near(low, match, persona)
        if (
            match.group(0).startswith("enrag")
            and about == {"K"}
            and re.search(r"\b(?:knight|he|you|warrior)(?:'s|'re)?(?: is| are)? $", low[: match.start()])
        ):
            return f"the knight {match.group(0)}"
        if "S" not in about or re.search(
            r"\b(?:crowd|knight's|his|your|bell|storm|fight|battle|sun|sea)\b",
            low[max(0, match.start() - 20) : match.start()],
        ):
            continue
        if _denied(low, match):
            if facts.enraged:
                return f"not {match.group(0)}"
        elif not facts.enraged and match.group(0) != "wrath":
            return match.group(0)
    if facts.enraged and (
        match := re.search(
            rf"\b{_S3 if persona != 'slime' else 'i'}(?:'s|'m)?(?: is| am| stays| keeps| "
            rf"remains| grows?| goes| becomes?)? (?:still )?(?:calm|placid|serene)\b",
            low,
        )
    ):
        return match.group(0)
    return None


def _aegis(low: str, facts: Facts, _persona: str) -> str | None:
    match = re.search(r"\b(?:aegis|ward|bubble|cyan)\b", low)
    if match is None:
        return None
    if "aegis_absorbed" in situations(facts):
        gone = re.search(
            r"\b(?:aegis|ward|bubble)(?: of \w+)?(?: is|'s| has) (?:now )?(?:gone|spent|faded|lost)\b", low
        )
        return gone.group(0) if gone else None
    if facts.beat in ("opening", "aegis_faded", "learned"):
        still = re.search(
            r"\b(?:aegis|ward|bubble) (?:\w+ )?(?:still|holds|glows|burns bright|shines|"
            r"endures)\b|\bstill (?:glows|holds|shines|burns)\b",
            low,
        )
        return still.group(0) if still and facts.beat == "aegis_faded" and "no longer" not in low else None
    denied = re.search(r"\b(?:no|without|gone|past|lost|spent)\b", low)
    return None if denied and facts.seconds >= 3 else match.group(0)


def _first(low: str, facts: Facts, persona: str) -> str | None:
    match = re.search(
        r"\bfirst (?:\w+ )?(?:blood|blow|wound|cut|strike|hit|bite|mark|cleave|drop|sword|taste)\b", low
    )
    if match is None:
        if (match := re.search(r"\bfirst\b", low)) is None:
            return None
        allowed = ("first_blood", "opening", "aegis_faded", "aegis_absorbed", "learned")
        time = "near_death" in facts.beat or facts.beat == "enraged"
        return None if facts.beat in allowed or time else match.group(0)
    if facts.beat == "opening":
        return None
    if facts.beat != "first_blood":
        return match.group(0)
    taker = re.search(
        r"\bfirst (?:\w+ )?(?:blood|blow|strike|hit) (?:to|for|goes to|is|belongs to|"
        r"falls to) (?:the |my )?([\w']+)",
        low,
    )
    if taker:
        word = taker.group(1)
        knight = ("you", "yours", "knight's") if persona == "slime" else ("his", "knight's")
        slime = ("me", "mine") if persona == "slime" else ("slime's", "beast's")
        side = "knight" if word in knight or re.fullmatch(_K3, word) else None
        side = "slime" if word in slime or (re.fullmatch(_S3, word) and word != "it") else side
        if side and side != facts.actor:
            return taker.group(0)
    owner = re.search(
        r"\b(knight|slime|warrior|beast|i|you) (?:\w+ )?(?:draws?|takes?|wounds?|claims?|"
        r"spills?|has|have) (?:\w+ )?first",
        low,
    )
    if owner:
        word = owner.group(1)
        side = "slime" if word in ("slime", "beast", "i") else "knight"
        if word in ("i", "you") and persona != "slime":
            return None
        return None if side == facts.actor else owner.group(0)
    return None


def _row(low: str, facts: Facts, _persona: str) -> str | None:
    """Whose blows in a row they are."""
    match = re.search(r"\bin a row for the (\w+)", low)
    owner = "knight" if facts.blow == "rolled_through" else facts.actor
    if match and facts.streak >= 2 and (match.group(1) in SLIME.split()) != (owner == "slime"):
        return match.group(0)
    return None


def _again(low: str, facts: Facts, _persona: str) -> str | None:
    if facts.streak >= 2 or facts.beat in ("opening", "learned"):
        return None
    for match in re.finditer(
        r"\b(?:again|once more|yet another|another|in a row|over and over|keeps \w+ing|in succession)\b", low
    ):
        if re.search(r"\b(?:never|not|won't|no)\b[^.!?]*$", low[: match.start()]):
            continue
        if match.group(0) == "another" and re.search(r"\b(?:one|each|no) $", low[: match.start()]):
            continue
        if match.group(0) == "another" and re.match(
            r" (?:day|fight|night|story|opinion|word|view|thing|matter|song|knight|challenger|man)",
            low[match.end() :],
        ):
            continue
        return match.group(0)
    return None


def _ending(low: str, facts: Facts, persona: str) -> str | None:
    final = facts.beat in FINAL_BEATS
    over = re.search(
        r"\b(?:(?:fight|duel|battle|it|bout|all) (?:is|'s|was) (?:all )?(?:over|done|"
        r"finished|ended|won|lost)|"
        r"(?:fight|duel|battle) ends|victory|victorious|triumphant|winner|final blow|last "
        r"blow|killing blow|death blow)\b",
        low,
    )
    if (
        over
        and not final
        and not _denied(low, over)
        and not re.search(r"\b(?:soon|before|until|will|would|smells?|could)\b", low)
    ):
        return over.group(0)
    draw = re.search(
        r"\b(?:a draw|both (?:fall|die|dead|are dead|lie|dies|lose)|neither (?:lives|"
        r"survives|stands|wins)|each other dead)\b",
        low,
    )
    if (
        draw
        and facts.beat != "both_died"
        and not (facts.beat == "timed_out" and re.match(r"a draw|neither (?:wins|stands)", draw.group(0)))
    ):
        return draw.group(0)
    time = re.search(
        r"\b(?:time (?:is up|runs out|has run out|ran out|is out|is called)|out of time|"
        r"last grain|sand (?:runs|has run) out|no winner|nobody wins|no one wins)\b",
        low,
    )
    if time and facts.beat != "timed_out" and not (facts.beat == "both_died" and "w" in time.group(0)[3:]):
        return time.group(0)
    win = re.search(r"\b(victory|victorious|triumphant)\b", low)
    if (
        win
        and facts.beat in ("both_died", "timed_out")
        and not re.search(r"\b(?:no|neither|nobody|without|nor)\b", low)
    ):
        return win.group(0)
    if win and facts.beat in ("knight_died", "slime_died"):
        about = _sides_near(low, win, persona)
        if about == {"K" if facts.beat == "knight_died" else "S"} and not _denied(low, win):
            return win.group(0)
    alive = re.search(
        r"\b(?:still (?:stands|lives|breathes|stand|live|alive)|is alive|lives on|fights "
        r"on|fight on|refuses to (?:die|fall))\b",
        low,
    )
    if alive:
        about = _sides_near(low, alive, persona)
        if all(is_dead(side, facts) for side in about):
            return alive.group(0)
    corpse = re.search(
        r"\b(?:(?:is|are|am|lies|lie|now|falls) dead|corpse|slain|no more breath|lifeless)\b", low
    )
    if corpse and not any(is_dead(side, facts) for side in "KS") and not _denied(low, corpse):
        return corpse.group(0)
    return None


def _learning(low: str, facts: Facts, _persona: str) -> str | None:
    if facts.beat == "learned":
        return None
    match = re.search(
        r"\b(?:(?:has|have|'ve|'s) (?:\w+ )?(?:learn(?:ed|t)|studied)|(?:learn(?:ed|t|s)|"
        r"studied) (?:\w+ )*(?:fights|duels|battles|lessons))\b",
        low,
    )
    return match.group(0) if match and not _denied(low, match) else None


def _beginning(low: str, facts: Facts, _persona: str) -> str | None:
    if facts.beat in ("opening", "learned") or facts.seconds <= 1:
        return None
    match = re.search(
        r"\b(?:(?:fight|duel|battle|bout) (?:begins|starts|has begun|is on|opens)|let "
        r"(?:it|the \w+) begin|gates? open|face each other for the first)\b",
        low,
    )
    return match.group(0) if match else None


def _recovery(low: str, facts: Facts, _persona: str) -> str | None:
    match = re.search(
        r"\b(?:(?:while|as|before) (?:it|the slime|i|the beast|the \w+) (?:is |am |still "
        r")*(?:recovers?|recovering)|mid-recovery|still recovering)\b",
        low,
    )
    return (
        match.group(0)
        if match and "punished" not in situations(facts) and facts.beat in ("sword_hit", "cleave_hit")
        else None
    )


def _cast(low: str, facts: Facts, persona: str) -> str | None:
    """Weapons in the wrong hands."""
    if persona == "slime":
        match = re.search(
            r"\b(?:my (?:sword|shield|aegis|steel)|your (?:cleaver?|cleave|jelly|ooze|claws?|axe))\b", low
        )
    else:
        match = re.search(
            r"\b(?:(?:slime|ooze|jelly|beast|demon)'s (?:sword|steel|aegis|roll|dodge)|its "
            r"(?:sword|steel|aegis|roll)|"
            r"(?:knight|warrior|challenger)'s (?:cleaver?|cleave|jelly|ooze|claws?|axe|lunge)|"
            r"his (?:cleaver?|cleave|jelly|claws?|lunge))\b",
            low,
        )
    return match.group(0) if match else None
