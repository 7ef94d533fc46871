"""What the narrator may speak about: one moment of a fight as typed facts.

`narrator/beats.py` derives them from the kernel's event bits; bard, model, validator and evaluation all work
from them, and nothing else about the fight is known to any of these.

A moment has one *beat*, the event that a line must state, and mostly a *blow*: the exchange of weapons it
came from. For a beat that is named like a blow they are the same; of `first_blood`, `streak`, `enraged`,
`*_near_death` and `*_died` the blow says what brought it about.
"""

from dataclasses import asdict, dataclass, fields

from features import (
    BOSS_MAX_HEALTH,
    CLEAVE_DAMAGE,
    ENRAGE_HEALTH,
    KNIGHT_MAX_HEALTH,
    SWORD_DAMAGE,
    TICKS_PER_SECOND,
    TIMEOUT_TICKS,
)

NONE = "none"
# An exchange: who acts, what with, and what comes of it.
BLOWS = {
    "sword_hit": ("knight", "sword", "the sword lands on the slime"),
    "punished": ("knight", "sword", "the sword lands while the slime recovers from a cleave"),
    "sword_guarded": ("knight", "sword", "the slime's guard takes the sword"),
    "slime_guard_broken": ("knight", "sword", "the sword breaks the slime's guard: it staggers"),
    "cleave_hit": ("slime", "cleave", "the cleave lands on the knight"),
    "cleave_blocked": ("slime", "cleave", "the knight blocks the cleave with his shield"),
    "knight_guard_broken": ("slime", "cleave", "the cleave breaks the knight's guard: he staggers"),
    "rolled_through": ("slime", "cleave", "the knight rolls through the cleave, untouched"),
    "cleave_missed": ("slime", "cleave", "the cleave touches nobody"),
    "aegis_absorbed": ("slime", "cleave", "the Aegis, his ward of the first seconds, takes the cleave"),
}
SWORD_BLOWS = ("sword_hit", "punished")  # that draw the slime's blood
STREAK_BLOWS = ("sword_hit", "punished", "cleave_hit", "rolled_through")
AFTER_BLOWS = ("rolled_through", "cleave_blocked", "cleave_missed", "aegis_absorbed")
# What a line may have to state, from the most telling to the least.
BEATS = (
    "slime_died",
    "knight_died",
    "both_died",  # in the same tick
    "timed_out",  # a fight that takes too long is nobody's
    "opening",  # the fight begins
    "learned",  # the slime has learned from fights since this player's last one
    "enraged",  # the slime, at or below ENRAGE_HEALTH
    "knight_near_death",  # for the first time the next cleave would kill him
    "slime_near_death",  # for the first time two more swords would kill it
    "knight_guard_broken",
    "slime_guard_broken",
    "first_blood",  # the first blow that takes health, both whole before, no guard in between
    "streak",  # STREAK_LEAST blows of a kind in a row, none of that side's failing in between
    "punished",
    "rolled_through",
    "cleave_hit",
    "aegis_absorbed",
    "aegis_faded",
    "cleave_blocked",
    "sword_hit",
    "sword_guarded",
    "cleave_missed",
)
FINAL_BEATS = ("slime_died", "knight_died", "both_died", "timed_out")
STREAK_LEAST = 3
NEAR_DEATH = {"knight": CLEAVE_DAMAGE, "slime": 2 * SWORD_DAMAGE}  # at or below, and above 0
MAX_HEALTH = {"knight": KNIGHT_MAX_HEALTH, "slime": BOSS_MAX_HEALTH}
LONGEST_TICKS = TIMEOUT_TICKS  # of a fight's clock, which stands still in hit-stop
LONGEST_SECONDS = LONGEST_TICKS // TICKS_PER_SECOND
STREAK_LIMIT, LEARNED_LIMIT = 99, 9999  # blows, fights


class FactsError(ValueError):
    """Facts that cannot be, and the name of the field that is wrong."""

    def __init__(self, field: str, message: str):
        super().__init__(message)
        self.field = field


@dataclass(frozen=True, slots=True)
class Facts:
    """One moment of a fight. Healths are those after it; whole are 100 for the knight, 240 for the slime."""

    beat: str
    blow: str = NONE  # the exchange behind the beat, a name in BLOWS
    after: str = NONE  # with a sword's blow: how the cleave just before it ended, one of AFTER_BLOWS
    damage: int = 0  # health the blow took from the other fighter
    streak: int = 0  # blows of this kind in a row, this one included; sword hits of both kinds count as one
    knight_health: int = KNIGHT_MAX_HEALTH
    slime_health: int = BOSS_MAX_HEALTH
    enraged: bool = False  # whether the slime is, since now or before
    seconds: int = 0  # that the fight has lasted
    learned: int = 0  # with the beat `learned`: from how many fights, since this player's last one

    @property
    def actor(self) -> str:
        """Whose doing the blow is: knight, slime, or none."""
        return BLOWS[self.blow][0] if self.blow != NONE else NONE

    def health(self, who: str) -> int:
        """The health of "knight" or "slime" after the moment."""
        return self.knight_health if who == "knight" else self.slime_health


FIELDS = tuple(field.name for field in fields(Facts))


def facts_from(content: dict) -> Facts:
    """Facts from a JSON object, as `as_dict` makes it; raises FactsError naming the field."""
    unknown = sorted(set(content) - set(FIELDS))
    if unknown:
        raise FactsError(unknown[0], "There is no such fact.")
    if "beat" not in content:
        raise FactsError("beat", "The beat is missing.")
    facts = Facts(**content)
    check(facts)
    return facts


def as_dict(facts: Facts) -> dict:
    """The facts as a JSON object."""
    return asdict(facts)


def check(facts: Facts) -> None:
    """Raises FactsError where facts contradict the rules or one another."""
    for name, choices in (("beat", BEATS), ("blow", (NONE, *BLOWS)), ("after", (NONE, *AFTER_BLOWS))):
        if getattr(facts, name) not in choices:
            raise FactsError(name, f"{name} is not one of {', '.join(choices)}.")
    for name, limit in (
        ("damage", CLEAVE_DAMAGE),
        ("streak", STREAK_LIMIT),
        ("knight_health", MAX_HEALTH["knight"]),
        ("slime_health", MAX_HEALTH["slime"]),
        ("seconds", LONGEST_SECONDS),
        ("learned", LEARNED_LIMIT),
    ):
        value = getattr(facts, name)
        if type(value) is not int or not 0 <= value <= limit:
            raise FactsError(name, f"{name} is not an integer from 0 to {limit}.")
    if type(facts.enraged) is not bool:
        raise FactsError("enraged", "enraged is neither true nor false.")
    _check_beat(facts)


def _check_beat(facts: Facts) -> None:
    if facts.beat in BLOWS and facts.blow != facts.beat:
        raise FactsError("blow", "The blow is not the one that the beat names.")
    if facts.beat in ("opening", "learned", "aegis_faded", "timed_out") and facts.blow != NONE:
        raise FactsError("blow", "No blow belongs to this beat.")
    allowed = {
        "first_blood": ("sword_hit", "punished", "cleave_hit"),
        "streak": STREAK_BLOWS,
        "enraged": ("sword_hit", "punished", "sword_guarded", "slime_guard_broken"),
        "slime_near_death": ("sword_hit", "punished", "sword_guarded", "slime_guard_broken"),
        "slime_died": ("sword_hit", "punished", "sword_guarded", "slime_guard_broken"),
        "knight_near_death": ("cleave_hit", "cleave_blocked", "knight_guard_broken"),
        "knight_died": ("cleave_hit", "cleave_blocked", "knight_guard_broken"),
        "both_died": (NONE,),
    }.get(facts.beat)
    if allowed is not None and facts.blow not in allowed:
        raise FactsError("blow", "This blow does not bring the beat about.")
    if facts.after != NONE and facts.blow not in SWORD_BLOWS:
        raise FactsError("after", "Only a sword's blow comes after a cleave.")
    knight_dead, slime_dead = facts.knight_health == 0, facts.slime_health == 0
    if (knight_dead, slime_dead) != (
        facts.beat in ("knight_died", "both_died"),
        facts.beat in ("slime_died", "both_died"),
    ):
        raise FactsError("beat", "Who has no health left has died, and nobody else.")
    if facts.enraged != (facts.slime_health <= ENRAGE_HEALTH):
        raise FactsError("enraged", f"The slime is enraged at {ENRAGE_HEALTH} health or less, and only then.")
    for who in ("knight", "slime"):
        if facts.beat == f"{who}_near_death" and facts.health(who) > NEAR_DEATH[who]:
            raise FactsError("beat", f"The {who} is not near death.")
    if facts.beat == "streak" and facts.streak < STREAK_LEAST:
        raise FactsError("streak", f"A streak is {STREAK_LEAST} blows or more.")
    if (facts.beat == "learned") != (facts.learned > 0):
        raise FactsError("learned", "A number of fights belongs to the beat learned, and to no other.")
