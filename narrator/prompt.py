"""How a moment is put to a model: a short plain text for our adapters, a conversation for any other model.

Both are made from the facts alone. Nothing that a player typed is in them.
"""

from narrator.facts import BLOWS, FINAL_BEATS, NONE, Facts
from narrator.personas import PERSONAS
from narrator.validator import WORD_LIMIT

# For our adapters: as few tokens as will tell it, since every line waits for its prompt to be read.
_SHORT_BEATS = {
    "slime_died": "slime dies",
    "knight_died": "knight dies",
    "both_died": "both die",
    "timed_out": "time runs out",
    "opening": "begin",
    "learned": "slime learned, {learned} fights",
    "enraged": "slime enraged",
    "knight_near_death": "knight near death",
    "slime_near_death": "slime near death",
    "first_blood": "first blood {actor}",
    "streak": "{streak} in a row",
    "aegis_faded": "aegis fades",
}
_SHORT_BLOWS = {
    "sword_hit": "sword hits",
    "punished": "sword punishes",
    "sword_guarded": "slime guards",
    "slime_guard_broken": "slime guard breaks",
    "cleave_hit": "cleave hits",
    "cleave_blocked": "knight blocks",
    "knight_guard_broken": "knight guard breaks",
    "rolled_through": "knight rolls",
    "cleave_missed": "cleave misses",
    "aegis_absorbed": "aegis absorbs",
}
_SHORT_AFTER = {
    "rolled_through": "after roll",
    "cleave_blocked": "after block",
    "cleave_missed": "after miss",
    "aegis_absorbed": "after aegis",
}
# For any other model: in sentences.
_BEATS = _SHORT_BEATS | {
    "both_died": "both die together, a draw",
    "timed_out": "time runs out, nobody wins",
    "opening": "the duel begins",
    "learned": "the slime has learned from {learned} fights",
    "first_blood": "first blood to the {actor}",
}
_AFTER = {
    "rolled_through": "after rolling through a cleave",
    "cleave_blocked": "after blocking a cleave",
    "cleave_missed": "after a cleave that missed",
    "aegis_absorbed": "after the Aegis took a cleave",
}


def tuned_prompt(facts: Facts) -> str:
    """The facts as one short line; what an adapter of ours has learned to go on from."""
    parts = [_beat(facts, _SHORT_BEATS)] if facts.beat in _SHORT_BEATS else []
    if facts.blow != NONE:
        after = f" {_SHORT_AFTER[facts.after]}" if facts.after != NONE else ""
        parts.append(_SHORT_BLOWS[facts.blow] + after)
    if facts.damage:
        parts.append(f"damage {facts.damage}")
    parts += _state(facts)
    parts += [f"knight {facts.knight_health}", f"slime {facts.slime_health}"]
    if facts.enraged and facts.beat != "enraged":
        parts.append("enraged")
    return "; ".join(parts) + "\n"


def description(facts: Facts) -> str:
    """The facts as people would put them down."""
    parts = [_beat(facts, _BEATS)] if facts.beat in _BEATS else []
    if facts.blow != NONE:
        parts.append(BLOWS[facts.blow][2])
    if facts.after != NONE:
        parts.append(_AFTER[facts.after])
    if facts.damage:
        parts.append(f"{facts.damage} damage")
    parts += _state(facts)
    parts.append(f"knight {facts.knight_health} of 100")
    parts.append(f"slime {facts.slime_health} of 240" + (", enraged" if facts.enraged else ""))
    return "; ".join(parts)


def _beat(facts: Facts, names: dict[str, str]) -> str:
    return names[facts.beat].format(learned=facts.learned, actor=facts.actor, streak=facts.streak)


def _state(facts: Facts) -> list[str]:
    streak = [f"{facts.streak} in a row"] if facts.streak >= 2 and facts.beat != "streak" else []
    return streak + ([f"{facts.seconds} seconds"] if facts.beat in FINAL_BEATS else [])


_EXAMPLES = {  # of how a line may sound, by persona; the facts are those of _EXAMPLE_FACTS
    "chronicler": "The cleave lands, and the knight is left with 58.",
    "crowd": "Oh, the cleave lands! The knight has 58 left!",
    "slime": "I cleave, you bleed: 58 left in you.",
}
_EXAMPLE_FACTS = Facts(
    beat="cleave_hit", blow="cleave_hit", damage=21, knight_health=58, slime_health=132, seconds=20
)


def chat_messages(facts: Facts, persona: str) -> list[dict[str, str]]:
    """The same for an instruction-tuned model without an adapter."""
    system = (
        f"You are {PERSONAS[persona].manner}. Tell the moment of the duel that you are given in one sentence"
        f" of at most {WORD_LIMIT} words. Say only what the facts say; invent no names, numbers or events."
    )
    return [
        {"role": "system", "content": system},
        {"role": "user", "content": description(_EXAMPLE_FACTS)},
        {"role": "assistant", "content": _EXAMPLES[persona]},
        {"role": "user", "content": description(facts)},
    ]
