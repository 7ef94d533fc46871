"""The narrator's words: who is meant, what is claimed, and what claims nothing.

The vocabulary is closed. A word that is not here cannot be checked, so a line with it is refused; that is
also what keeps out abuse, markup, and whatever else a model may come up with. The lists themselves are in
lexicon.toml, those that only one voice uses in narrator/voices/:

- ACTORS, OWNERS: words for the fighters and their arms;
- CLAIMS: phrases that claim something, by who their subject is (narrator/meanings.py says when it is true);
- DENIALS: words before a claim that deny it or leave it open;
- BESIDE_NUMBERS: words that claim something with a number;
- NEUTRAL: words that claim nothing.
"""

import tomllib
from pathlib import Path

KNIGHT, SLIME = "knight", "slime"
SWORD, CLEAVE, SHIELD, GUARD, AEGIS = "sword", "cleave", "shield", "slime's guard", "aegis"
_NOUNS = {
    KNIGHT: ("knight", "challenger", "warrior", "swordsman"),
    SLIME: ("slime", "ooze", "jelly", "beast", "demon", "monster"),
    SWORD: ("sword", "blade", "steel"),
    CLEAVE: ("cleave", "lunge"),
    SHIELD: ("shield",),
    AEGIS: ("aegis", "ward"),
}
ACTORS = {noun: actor for actor, nouns in _NOUNS.items() for noun in nouns}
OWNERS = {noun + "'s": actor for noun, actor in ACTORS.items() if actor in (KNIGHT, SLIME)}
GUARDS = ("guard",)  # the shield or the slime's guard, by whose it is
THIRD_PERSON = {
    "actors": {"he": KNIGHT, "him": KNIGHT, "himself": KNIGHT, "it": SLIME, "itself": SLIME},
    "owners": {"his": KNIGHT, "its": SLIME},
}
FIRST_PERSON = {  # the slime speaks
    "actors": {"i": SLIME, "me": SLIME, "myself": SLIME, "you": KNIGHT, "yourself": KNIGHT},
    "owners": {"my": SLIME, "mine": SLIME, "your": KNIGHT, "yours": KNIGHT},
}

# Whom the fighter or arm that is named behind a claim, before the next one, may be ...
_OBJECTS = {
    "sword_lands": {SLIME, SWORD},
    "punishes": {SLIME, SWORD, CLEAVE},
    "cleave_lands": {KNIGHT, CLEAVE},
    "cleave_hurts": {KNIGHT, CLEAVE},
    "rolls": {SLIME, CLEAVE, KNIGHT},
    "blocks": {SLIME, CLEAVE, SHIELD},
    "slime_guards": {KNIGHT, SWORD, GUARD},
    "slime_guard_breaks": {SLIME, GUARD, SWORD},
    "knight_guard_breaks": {KNIGHT, SHIELD, CLEAVE},
    "aegis_absorbs": {SLIME, CLEAVE, AEGIS},
    "cleave_misses": {KNIGHT, CLEAVE},
    "dead_knight": {SLIME, CLEAVE, KNIGHT},
    "dead_slime": {KNIGHT, SWORD, SLIME},
    "knight_wins": {SLIME, KNIGHT},
    "slime_wins": {KNIGHT, SLIME},
}
_PASSIVE_OBJECTS = {  # ... and behind a passive one: by whom it happens
    "sword_lands": {KNIGHT, SWORD},
    "cleave_lands": {SLIME, CLEAVE},
    "cleave_hurts": {SLIME, CLEAVE},
    "dead_knight": {SLIME, CLEAVE},
    "dead_slime": {KNIGHT, SWORD},
    "slime_guard_breaks": {KNIGHT, SWORD},
    "knight_guard_breaks": {SLIME, CLEAVE},
    "blocks": {KNIGHT, SHIELD},
    "slime_guards": {SLIME, GUARD},
    "aegis_absorbs": {AEGIS},
}
# Whose doing a meaning is, where it is somebody's: "by" names no other, and nobody else is said to do it.
DOERS = {
    **dict.fromkeys(("sword", "sword_lands", "punishes", "slime_guard_breaks", "dead_slime"), KNIGHT),
    **dict.fromkeys(("rolls", "blocks", "untouched", "first_blood_knight", "knight_wins"), KNIGHT),
    **dict.fromkeys(("cleave", "cleave_lands", "cleave_hurts", "knight_guard_breaks", "dead_knight"), SLIME),
    **dict.fromkeys(("slime_guards", "cleave_misses", "cleave_finds_nobody"), SLIME),
    **dict.fromkeys(("first_blood_slime", "slime_wins", "learned"), SLIME),
}
# Whom else a meaning is about.
STATE_OF = {"enraged": SLIME, "aegis_absorbs": KNIGHT, "aegis_fades": KNIGHT, "aegis_burns": KNIGHT}


def side_of(actor: str | None) -> str | None:
    """Whose arm something is; a fighter is his own."""
    if actor is None:
        return None
    return KNIGHT if actor in (KNIGHT, SWORD, SHIELD, AEGIS) else SLIME


def objects_of(phrase: str, meaning: str) -> set[str] | None:
    """Whom the first fighter or arm named after a phrase may be; None where that does not matter."""
    return (_PASSIVE_OBJECTS if phrase in PASSIVE else _OBJECTS).get(meaning)


_content = tomllib.loads((Path(__file__).parent / "lexicon.toml").read_text(encoding="utf-8"))
NEUTRAL = frozenset(_content["neutral"].split())
DENIALS = frozenset(_content["denials"].split())
BESIDE_NUMBERS = frozenset(_content["beside_numbers"].split())
_SUBJECTS = {"any": None, "guard": GUARD}


def read_claims(groups: list[dict]) -> tuple[dict[str, dict[str | None, str]], set[str]]:
    """Phrases by what they mean of whom (None: of anybody), and which of them are passive."""
    claims: dict[str, dict[str | None, str]] = {}
    passive: set[str] = set()
    for group in groups:
        means = {_SUBJECTS.get(subject, subject): meaning for subject, meaning in group["means"].items()}
        phrases = {" ".join(phrase.split()) for phrase in group["phrases"].split("|")}
        for phrase in phrases:
            claims.setdefault(phrase, {}).update(means)
        if group.get("passive", False):
            passive |= phrases
    return claims, passive


CLAIMS, PASSIVE = read_claims(_content["claims"])
