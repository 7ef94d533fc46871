"""What a phrase of the narrator can claim, as predicates of the facts.

Every word that claims something (narrator/lexicon.py) points to one of these by name, so that this file is
where truth is decided. Bare health numbers are decided in narrator/numbers.py.
"""

from collections.abc import Callable

from narrator.facts import MAX_HEALTH, NEAR_DEATH, SWORD_BLOWS, Facts

SLIME_BLOWS = (
    "cleave_hit",
    "cleave_blocked",
    "knight_guard_broken",
    "rolled_through",
    "cleave_missed",
    "aegis_absorbed",
)
KNIGHT_BLOWS = ("sword_hit", "punished", "sword_guarded", "slime_guard_broken")
NEAR_HALF = 0.06  # of the whole health: what may be called half


def _share(facts: Facts, who: str) -> float:
    return facts.health(who) / MAX_HEALTH[who]


def _of(who: str) -> dict[str, Callable[[Facts], bool]]:
    """The claims about one fighter's health."""
    return {
        f"alive_{who}": lambda facts: facts.health(who) > 0,
        f"dead_{who}": lambda facts: facts.health(who) == 0,
        f"whole_{who}": lambda facts: facts.health(who) == MAX_HEALTH[who],
        f"wounded_{who}": lambda facts: facts.health(who) < MAX_HEALTH[who],
        f"near_death_{who}": lambda facts: 0 < facts.health(who) <= NEAR_DEATH[who],
        f"half_{who}": lambda facts: abs(_share(facts, who) - 0.5) <= NEAR_HALF,
        f"above_half_{who}": lambda facts: _share(facts, who) > 0.5,
        f"below_half_{who}": lambda facts: 0 < _share(facts, who) < 0.5,
    }


MEANINGS: dict[str, Callable[[Facts], bool]] = {
    # the knight's sword
    "sword": lambda facts: facts.blow in KNIGHT_BLOWS,  # he swings, whatever comes of it
    "sword_lands": lambda facts: facts.blow in SWORD_BLOWS,
    "punishes": lambda facts: facts.blow == "punished",
    "slime_guards": lambda facts: facts.blow == "sword_guarded",
    "slime_guard_breaks": lambda facts: facts.blow == "slime_guard_broken",
    # the slime's cleave
    "cleave": lambda facts: facts.blow in SLIME_BLOWS or facts.after != "none" or facts.blow == "punished",
    "cleave_lands": lambda facts: facts.blow == "cleave_hit",
    "cleave_hurts": lambda facts: facts.blow in ("cleave_hit", "knight_guard_broken"),
    "blocks": lambda facts: "cleave_blocked" in (facts.blow, facts.after),
    "knight_guard_breaks": lambda facts: facts.blow == "knight_guard_broken",
    "rolls": lambda facts: "rolled_through" in (facts.blow, facts.after),
    "cleave_misses": lambda facts: "cleave_missed" in (facts.blow, facts.after),
    # nobody is touched by it
    "cleave_finds_nobody": lambda facts: bool(
        {facts.blow, facts.after} & {"rolled_through", "cleave_missed"}
    ),
    "untouched": lambda facts: facts.blow in ("rolled_through", "cleave_missed", "aegis_absorbed"),
    "aegis_absorbs": lambda facts: "aegis_absorbed" in (facts.blow, facts.after),
    "aegis_fades": lambda facts: facts.beat == "aegis_faded",
    "aegis_burns": lambda facts: facts.beat == "opening" or facts.blow == "aegis_absorbed",
    # the course of the fight
    "begins": lambda facts: facts.beat == "opening",
    "learned": lambda facts: facts.beat == "learned",
    "first_blood": lambda facts: facts.beat == "first_blood",
    "first_blood_knight": lambda facts: facts.beat == "first_blood" and facts.actor == "knight",
    "first_blood_slime": lambda facts: facts.beat == "first_blood" and facts.actor == "slime",
    "again": lambda facts: facts.streak >= 2,
    "enraged": lambda facts: facts.enraged and facts.slime_health > 0,
    "knight_wins": lambda facts: facts.beat == "slime_died",
    "slime_wins": lambda facts: facts.beat == "knight_died",
    "draw": lambda facts: facts.beat == "both_died",
    "timed_out": lambda facts: facts.beat == "timed_out",
    "nobody_wins": lambda facts: facts.beat in ("both_died", "timed_out"),
    "over": lambda facts: facts.beat in ("slime_died", "knight_died", "both_died", "timed_out"),
    **_of("knight"),
    **_of("slime"),
}
# What states a beat: one of these meanings in the line.
STATES = {
    "slime_died": {"dead_slime", "knight_wins"},
    "knight_died": {"dead_knight", "slime_wins"},
    "both_died": {"draw"},
    "timed_out": {"timed_out"},
    "opening": {"begins"},
    "learned": {"learned"},
    "enraged": {"enraged"},
    "knight_near_death": {"near_death_knight"},
    "slime_near_death": {"near_death_slime"},
    "knight_guard_broken": {"knight_guard_breaks"},
    "slime_guard_broken": {"slime_guard_breaks"},
    "first_blood": {"first_blood", "first_blood_knight", "first_blood_slime"},
    "streak": {"streak"},  # its number, narrator/numbers.py; the blow besides: STREAK_BLOWS_STATED
    "punished": {"punishes"},
    "rolled_through": {"rolls"},
    "cleave_hit": {"cleave_lands"},
    "aegis_absorbed": {"aegis_absorbs"},
    "aegis_faded": {"aegis_fades"},
    "cleave_blocked": {"blocks"},
    "sword_hit": {"sword_lands"},
    "sword_guarded": {"slime_guards"},
    "cleave_missed": {"cleave_misses"},
}
STREAK_BLOWS_STATED = {
    "sword_hit": {"sword_lands", "punishes", "sword"},
    "punished": {"sword_lands", "punishes", "sword"},
    "cleave_hit": {"cleave_lands"},
    "rolled_through": {"rolls"},
}
