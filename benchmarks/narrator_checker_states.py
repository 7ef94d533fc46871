"""Whether a line says what its beat names, for benchmarks/narrator_checker.py. Not run by itself."""

import re
from collections.abc import Callable

from benchmarks.narrator_checker_claims import DYING, RAGE
from benchmarks.narrator_checker_clauses import SIDES, Event
from benchmarks.narrator_checker_events import blocks
from benchmarks.narrator_checker_numbers import numbers
from narrator.facts import BLOWS, Facts

State = Callable[[str, list[Event], Facts, str], bool]


def _any(
    found: list[Event], kinds: str, judge: Callable[[str, str], bool], denied: bool | None = False
) -> bool:
    for event in found:
        if event.verb in kinds.split() and not event.possible and (denied is None or event.denied == denied):
            for agents, patients in event.readings or [(event.agents, event.patients)]:
                if any(judge(a, p) for a in agents or ("",) for p in patients or ("",)):
                    return True
    return False


def _side(name: str) -> str:
    return SIDES.get(name, "")


def _says_sword(low: str, found: list[Event], _f: Facts, _p: str) -> bool:
    return _any(
        found,
        "HIT FIND PUNISH",
        lambda a, p: (_side(a) == "K" or _side(p) == "S") and not p.endswith("GUARD") and _side(a) != "S",
    ) or bool(
        re.search(
            r"\b(?:clean hit|good hit|twelve|bleeds?|wounds?|blood|felt|stings?|(?:steel|"
            r"sword|blade|sword's point)[\w' ]* (?:in|into|through|home)|laid open|open wound|opens)\b",
            low,
        )
    )


def _says_cleave(low: str, found: list[Event], _f: Facts, _p: str) -> bool:
    return _any(
        found,
        "HIT FIND",
        lambda a, p: (_side(a) == "S" or _side(p) == "K") and not p.endswith("GUARD") and _side(a) != "K",
    ) or bool(
        re.search(
            r"\b(?:bleeds?|wounds?|blood|hurt|ribs|torn|gone|felt|twenty one|21)\b", low.replace("-", " ")
        )
    )


def _says_roll(low: str, found: list[Event], _f: Facts, _p: str) -> bool:
    return _any(found, "ROLL DODGE", lambda a, p: _side(a) in ("K", "")) or _any(
        found, "MISS HIT FIND", lambda a, p: _side(a) != "K" and p in ("", "AIR", "K")
    )


def _says_block(low: str, found: list[Event], facts: Facts, _p: str) -> bool:
    side = "K" if facts.blow == "cleave_blocked" else "S"
    return (
        _any(found, "BLOCK", lambda a, p: blocks(a, p, facts, found[0]) is True)
        or _any(
            found,
            "STOP HIT FIND ABSORB",
            lambda a, p: f"{side}GUARD" in (a, p) or (a == side and p in ("CLEAVE", "SWORD")),
        )
        or bool(
            re.search(r"\b(?:guard|shield)\b", low)
            and re.search(r"\b(?:rings?|glanc\w*|bounc\w*|slides?|clangs?|took)\b", low)
        )
    )


def _says_broken(low: str, found: list[Event], facts: Facts, _p: str) -> bool:
    name = "KGUARD" if facts.blow == "knight_guard_broken" else "SGUARD"
    return (
        _any(found, "BREAK", lambda a, p: name in (a, p))
        or _any(found, "STAGGER DIE", lambda a, p: name[0] in (_side(a), _side(p)))
        or bool(re.search(r"\bguard is (?:gone|down)\b", low))
        or _any(found, "STOP", lambda a, p: a == name, True)
    )


def _says_miss(low: str, found: list[Event], _f: Facts, _p: str) -> bool:
    return (
        _any(found, "MISS DODGE", lambda a, p: _side(a) != "K" or True)
        or _any(found, "HIT FIND", lambda a, p: p == "AIR")
        or _any(found, "HIT FIND", lambda a, p: True, True)
        or bool(re.search(r"\b(?:nobody|nothing|empty|only air|bare stone|stone|dirt|elsewhere|air)\b", low))
    )


def _says_absorbed(low: str, found: list[Event], _f: Facts, _p: str) -> bool:
    return bool(re.search(r"\b(?:aegis|ward|bubble)\b", low)) and (
        _any(found, "ABSORB STOP BLOCK HIT FIND BREAK", lambda a, p: True, None)
        or "spends itself" in low
        or "shatters on" in low
    )


def _says_faded(low: str, found: list[Event], _f: Facts, _p: str) -> bool:
    return bool(re.search(r"\b(?:aegis|ward|bubble)\b", low)) and bool(
        re.search(
            r"\b(?:fad\w+|gone|gutter\w*|vanish\w*|dies|die|dissolv\w+|flickers?|ends|spent|"
            r"wanes|no (?:\w+ )?(?:aegis|ward)|"
            r"bare|over|leaves|lost|bursts?|without|goes the|winks? out|goes out|disappears?|"
            r"no longer|thins|expires?)\b",
            low,
        )
    )


def _says_rage(low: str, _e: list[Event], _f: Facts, _p: str) -> bool:
    return bool(re.search(RAGE, low)) or bool(
        re.search(r"\b(?:burns? red|snaps|howl\w*|anger|angry|seeth\w+|wild)\b", low)
    )


def _says_near(side: str) -> State:
    def says(low: str, _e: list[Event], facts: Facts, persona: str) -> bool:
        about = list(re.finditer(DYING, low))
        left = any(n.value == facts.health("knight" if side == "K" else "slime") for n in numbers(low))
        more = re.search(
            r"\b(?:one more|two more|next (?:cleave|blow|one)|another (?:cleave|blow)|almost|"
            r"nearly|all but|last (?:breath|strength|of)|"
            r"barely|fail\w*|so little|hardly|thin|thread|few drops|scarcely|edge of)\b",
            low,
        )
        return bool(about) or left or bool(more)

    return says


def _says_death(side: str) -> State:
    def says(low: str, found: list[Event], _f: Facts, _p: str) -> bool:
        return (
            _any(found, "KILL", lambda a, p: p == side or (not p and _side(a) not in (side, "")))
            or _any(found, "DIE", lambda a, p: a in (side, "") or p == side)
            or _any(found, "WIN", lambda a, p: _side(a) not in (side, "") or p == side)
            or bool(
                re.search(
                    r"\b(?:dead|slain|no more|victory|victorious|dies|killed|died|finished|is over|is "
                    r"done)\b",
                    low,
                )
            )
        )

    return says


def _says_first(low: str, found: list[Event], facts: Facts, persona: str) -> bool:
    return "first" in low and bool(
        re.search(r"\b(?:blood|wounds|blow|wounds?|cut|strike|hit|mark|bite|drop)\b", low)
    )


def _says_streak(low: str, _e: list[Event], facts: Facts, _p: str) -> bool:
    return any(n.value == facts.streak for n in numbers(low)) or bool(
        re.search(
            r"\b(?:again|in a row|straight|another|once more|keeps|over and over|streak|running|third|yet)\b",
            low,
        )
    )


def _says_opening(low: str, _e: list[Event], _f: Facts, _p: str) -> bool:
    return bool(
        re.search(
            r"\b(?:beg[aiu]ns?|starts?|opens?|enters?|face each other|first|gates?|steps? "
            r"(?:in|into|out|forward|onto)|walks? (?:in|into)|"
            r"come|comes|meets?|stands? (?:before|against)|raises?|draws?|welcome|at last|"
            r"here they|now|await\w*|faces?|against)\b",
            low,
        )
    )


def _says_learned(low: str, _e: list[Event], facts: Facts, _p: str) -> bool:
    return any(n.value == facts.learned for n in numbers(low)) or bool(
        re.search(
            r"\b(?:learn\w*|studied|lessons?|remember\w*|taught|wiser|knows|watched|memor\w+|seen)\b", low
        )
    )


def _says_time(low: str, _e: list[Event], _f: Facts, _p: str) -> bool:
    return bool(
        re.search(
            r"\b(?:time|draw|nobody|no winner|no one|neither|seconds|minutes|ends|over|"
            r"undecided|unfinished|unresolved|last bell)\b",
            low,
        )
    )


def _says_both(low: str, found: list[Event], _f: Facts, _p: str) -> bool:
    together = re.search(
        r"\b(?:both|together|neither|each other|same (?:breath|moment|instant)|as one|two|"
        r"we|nobody|draw|no one|side by side)\b",
        low,
    )
    return bool(together) or (
        _any(found, "DIE KILL", lambda a, p: "K" in (a, p))
        and _any(found, "DIE KILL", lambda a, p: "S" in (a, p))
    )


_IDIOMS = {  # what people say for a beat without its own words
    "sword_hit": r"slices?|pieces?|parts the|shudders?|has its say|lighter|carved?|bites?",
    "punished": r"answers?|answered|collects?|owed|bill|reply|replies|openings?|account|follows|"
    r"pays?|price|overreach\w*",
    "cleave_hit": r"swatted|has its say|speaks|flung|flying|does its work|flattened|left with|"
    r"leave him|flattens?",
    "cleave_blocked": r"refused|bears the|keeps its oath|stands firm|shield|meet the blow",
    "sword_guarded": r"bounces?|hardens?|refus\w+|shuts|crust|wall|guard|slides?|skids?|closed",
    "knight_guard_broken": r"shield (?:\w+ )?(?:away|aside|not enough)|wide open|"
    r"opens? (?:his|your) guard|out of shield|"
    r"broken|stumbles?|lid is off",
    "slime_guard_broken": r"wide open|sags open|smash\w*|sways?|cracks?|out of walls|broken",
    "rolled_through": r"escapes?|slips?|through|past|under|dives?|rolled|away|nimble",
    "cleave_missed": r"floor|dust|wide|air|stone|nobody|empty",
    "aegis_absorbed": r"bounces off|says no|shields|pays for|lost in|meets|swallow\w*|drinks?|holds|takes",
    "aegis_faded": r"falls away|dims|done|smoke|out|calls it|ends?|over|bare|alone",
    "first_blood": r"first",
    "enraged": r"boils?|roars?|red|tempers?|cross|tantrum|bubbles|burns?|anger|angry|mad|wild|hot|storm",
    "knight_near_death": r"cling\w*|breath|nothing to spare|sneeze|one (?:bite|blow|more)|held up|thread|"
    r"end|edge",
    "slime_near_death": r"cling\w*|breath|dregs|ropes|last|smoke|or two|thread|end|edge|spoonful",
    "slime_died": r"puddle|smoke|wet patch|splat|stain|gone|silent|rest|still|end(?:ed|s)?",
    "knight_died": r"finishes|dinner|ash|takes the pot|served|supper|gone|rest|end(?:ed|s)?|still",
    "timed_out": r"sand|candle|bell|hour|undecided|victor",
    "opening": r"off|company|wakes?|stirs?|walks|here we go|tonight|tell|waits?",
    "learned": r"know|changed?|same|trained|practice|homework|reading|odds|since|new",
}


def _idiom(low: str, facts: Facts) -> bool:
    beat = facts.blow if facts.beat in ("streak",) else facts.beat
    pattern = _IDIOMS.get(beat)
    if pattern and re.search(rf"\b(?:{pattern})\b", low):
        return True
    counted = {facts.damage} if facts.damage > 1 else set()
    if facts.actor != "none" and facts.damage:
        counted.add(facts.slime_health if facts.actor == "knight" else facts.knight_health)
    return facts.beat in BLOWS and any(number.value in counted for number in numbers(low))


def states(low: str, found: list[Event], facts: Facts, persona: str) -> bool:
    """Whether a normalised line says that which facts.beat names, in its own words or as people say it."""
    return STATES[facts.beat](low, found, facts, persona) or _idiom(low, facts)


STATES: dict[str, State] = {
    "slime_died": _says_death("S"),
    "knight_died": _says_death("K"),
    "both_died": _says_both,
    "timed_out": _says_time,
    "opening": _says_opening,
    "learned": _says_learned,
    "enraged": _says_rage,
    "knight_near_death": _says_near("K"),
    "slime_near_death": _says_near("S"),
    "knight_guard_broken": _says_broken,
    "slime_guard_broken": _says_broken,
    "first_blood": _says_first,
    "streak": _says_streak,
    "punished": _says_sword,
    "rolled_through": _says_roll,
    "cleave_hit": _says_cleave,
    "aegis_absorbed": _says_absorbed,
    "aegis_faded": _says_faded,
    "cleave_blocked": _says_block,
    "sword_hit": _says_sword,
    "sword_guarded": _says_block,
    "cleave_missed": _says_miss,
}
