"""Whether what a line says is done can have been done.

For benchmarks/narrator_checker.py; not run by itself.
"""

from collections.abc import Callable

from benchmarks.narrator_checker_clauses import SIDES, Event
from narrator.facts import AFTER_BLOWS, FINAL_BEATS, SWORD_BLOWS, Facts

HURTS_KNIGHT = ("cleave_hit", "knight_guard_broken")


def situations(facts: Facts) -> set[str]:
    """The exchanges that a line may tell of: the blow, and the cleave that it answers."""
    return {facts.blow, facts.after}


def is_dead(side: str, facts: Facts) -> bool:
    """Whether the side "K" or "S" has no health left."""
    return facts.health("knight" if side == "K" else "slime") == 0


def said(event: Event) -> str:
    """An event in a few words, for people."""
    agents, patients = "/".join(event.agents) or "?", "/".join(event.patients) or "?"
    return f"{agents} {'not ' * event.denied}{event.verb} {patients}"


def event_stands(event: Event, facts: Facts) -> bool:
    """Whether some reading of an event can be true."""
    judge = _JUDGES.get(event.verb)
    if judge is None or event.possible:
        return True
    verdicts = []
    for agents, patients in event.readings or [(event.agents, event.patients)]:
        for agent in agents or ("",):
            for patient in patients or ("",):
                verdicts.append(judge(agent, patient, facts, event))
    verdicts = [verdict for verdict in verdicts if verdict is not False] or verdicts
    if not event.denied:
        return any(verdict is not False for verdict in verdicts)
    return any(verdict is not True for verdict in verdicts)  # denied: wrong where it surely happened


# A judge says True: it happened; False: it cannot have; None: the facts do not say.
def _hit(agent: str, patient: str, facts: Facts, event: Event) -> bool | None:
    now = situations(facts)
    sword = bool(now & set(SWORD_BLOWS)) or facts.beat == "both_died"
    cleave = bool(now & set(HURTS_KNIGHT)) or facts.beat == "both_died"
    if event.lemma in (
        "tear",
        "drive",
        "plunge",
        "crash",
        "sink",
        "land",
        "touch",
        "bash",
        "guard",
        "score",
    ) and (patient in ("",) and agent in ("K", "S", "") and event.lemma not in ("land", "score")):
        return None
    if event.lemma in ("sink", "crash") and agent in ("K", "S") and patient == "AIR":
        return None  # to the ground
    if patient == "AIR":
        missed = bool(now & {"cleave_missed", "rolled_through"})
        return (
            _hit("", "", facts, event) is None or None
            if SIDES.get(agent) == "K" and not agent
            else (missed or False if SIDES.get(agent, "S") == "S" else False)
        )
    if patient == "AEGIS":
        return "aegis_absorbed" in now
    if patient.endswith("GUARD"):
        if SIDES.get(agent) == patient[0]:
            return False
        return bool(
            now
            & (
                {"cleave_blocked", "knight_guard_broken"}
                if patient[0] == "K"
                else {"sword_guarded", "slime_guard_broken"}
            )
        )
    by, to = SIDES.get(agent), SIDES.get(patient)
    if by and to and by == to:
        return False
    if patient in ("SWORD", "CLEAVE"):
        return None
    if (
        not patient
        and agent in ("K", "S")
        and event.lemma in ("strike", "slash", "hack", "cut", "hammer", "smash")
    ):
        swings = {"K": ("sword_guarded", "slime_guard_broken"), "S": ("cleave_blocked", *AFTER_BLOWS)}
        if now & set(swings[agent]):
            return None  # and what came of it is told elsewhere
    if by == "K" or (by is None and to == "S"):
        return sword
    if by == "S" or (by is None and to == "K"):
        return cleave
    return (sword or cleave) or False


def _find(agent: str, patient: str, facts: Facts, event: Event) -> bool | None:
    """Catch, find, reach: a blow where a weapon does it to a body or a guard."""
    now = situations(facts)
    if event.lemma == "catch" and patient in ("SWORD", "CLEAVE") and agent == SIDES[patient]:
        return False
    if patient == "CLEAVE" and SIDES.get(agent) == "K" and event.lemma == "catch":
        return bool(now & {"cleave_blocked", "knight_guard_broken"}) or (
            "aegis_absorbed" in now and agent == "AEGIS"
        )
    if patient == "SWORD" and SIDES.get(agent) == "S" and event.lemma == "catch":
        return bool(now & {"sword_guarded", "slime_guard_broken"})
    if agent in ("SWORD", "CLEAVE", "S") and (patient in ("K", "S", "AIR") or patient.endswith("GUARD")):
        return _hit(agent, patient, facts, event)
    if agent == "K" and patient in ("S", "SGUARD") and event.lemma == "catch":
        return _hit(agent, patient, facts, event)
    return None


def _miss(agent: str, _patient: str, facts: Facts, _event: Event) -> bool | None:
    if SIDES.get(agent) == "K":
        return False
    return bool(situations(facts) & {"cleave_missed", "rolled_through"})


def _roll(agent: str, _patient: str, facts: Facts, event: Event) -> bool | None:
    if agent in ("SWORD", "CLEAVE", "AIR", "KGUARD", "SGUARD", "AEGIS"):
        return None
    if agent == "S":
        return False if event.lemma != "tumble" else None
    return "rolled_through" in situations(facts)


def _dodge(agent: str, patient: str, facts: Facts, _event: Event) -> bool | None:
    if agent in ("S", "SGUARD") or patient == "SWORD":
        return False
    if agent in ("SWORD", "CLEAVE"):
        return None
    return bool(situations(facts) & {"rolled_through", "cleave_missed"})


def blocks(agent: str, patient: str, facts: Facts, _event: Event) -> bool | None:
    """Whether a guard or a shield takes a blow."""
    now = situations(facts)
    knight, slime = "cleave_blocked" in now, "sword_guarded" in now
    if agent == "AEGIS":
        return "aegis_absorbed" in now
    by, to = SIDES.get(agent), SIDES.get(patient)
    if agent in ("K", "S") and patient == f"{agent}GUARD":  # with his shield
        patient, to = "", None
    if agent in ("S", "CLEAVE") and patient == "KGUARD":  # knocked aside
        return "knight_guard_broken" in now
    if agent in ("K", "SWORD") and patient == "SGUARD":
        return "slime_guard_broken" in now
    if agent in ("SWORD", "CLEAVE") and not patient:  # deflected, parried: the blow is
        by, to = None, by
    if by == "K" and agent != "SWORD" and to in (None, "S"):
        return knight
    if by == "S" and agent != "CLEAVE" and to in (None, "K"):
        return slime
    if by is not None and by == to and patient not in ("KGUARD", "SGUARD"):
        return False
    if by is None and to is not None:
        return slime if to == "K" else knight or "aegis_absorbed" in now
    if by is None:
        return knight or slime or "aegis_absorbed" in now
    if agent in ("SWORD", "CLEAVE"):
        return knight if by == "K" else slime
    return None


def _stop(agent: str, patient: str, facts: Facts, event: Event) -> bool | None:
    """Hold, stop, take: told of a guard or the Aegis only."""
    now = situations(facts)
    if agent == "AEGIS":
        if event.lemma in ("take", "stop", "turn", "withstand") or patient in ("CLEAVE", "S"):
            return "aegis_absorbed" in now
        return False if facts.beat == "aegis_faded" else None
    if agent in ("KGUARD", "SGUARD"):
        if event.lemma == "take" and patient in ("CLEAVE", "SWORD"):
            name = (
                ("cleave_blocked", "knight_guard_broken")
                if agent == "KGUARD"
                else ("sword_guarded", "slime_guard_broken")
            )
            return bool(now & set(name)) if SIDES[patient] != agent[0] else False
        return ("cleave_blocked" if agent == "KGUARD" else "sword_guarded") in now
    if event.lemma in ("stop", "withstand", "turn", "endure") and patient in ("CLEAVE", "SWORD"):
        return blocks(agent, patient, facts, event)
    if (
        event.lemma == "take"
        and agent in ("K", "S")
        and patient in ("CLEAVE", "SWORD")
        and (SIDES[patient] != agent)
    ):
        return None
    return None


def _break(agent: str, patient: str, facts: Facts, event: Event) -> bool | None:
    if agent.endswith("GUARD") and not patient.endswith("GUARD"):  # breaks beneath the steel
        agent, patient = ("" if patient in ("", "AIR") else patient), agent
        if SIDES.get(agent) == patient[0]:
            agent = ""
    if agent in ("CLEAVE", "S") and patient == "AEGIS":
        return "aegis_absorbed" in situations(facts)
    if (agent == "AEGIS" and not patient) or patient == "AEGIS":
        return facts.beat == "aegis_faded" and patient != "AEGIS"
    if patient == "SWORD":
        return False
    if patient in ("K", "S") and event.lemma in ("split", "crack", "burst"):
        return _hit(agent, patient, facts, event)
    if not patient.endswith("GUARD"):
        return None
    by = SIDES.get(agent)
    if by == patient[0]:
        return False
    if agent == "CLEAVE" and patient == "KGUARD" and event.words in ("breaks", "broke") and event.on:
        return bool(situations(facts) & {"cleave_blocked", "knight_guard_broken"})  # as a wave on a rock
    return ("knight_guard_broken" if patient == "KGUARD" else "slime_guard_broken") in situations(facts)


def _stagger(agent: str, patient: str, facts: Facts, event: Event) -> bool | None:
    who = SIDES.get(
        patient if patient in ("K", "S") and patient != agent and event.words != "staggers" else agent
    )
    if patient in ("K", "S") and SIDES.get(agent) not in (None, patient):
        who = patient
    now = situations(facts)
    if who == "K":
        return bool(now & set(HURTS_KNIGHT))
    if who == "S":
        return "slime_guard_broken" in now
    return bool(now & {*HURTS_KNIGHT, "slime_guard_broken"})


def _kill(agent: str, patient: str, facts: Facts, event: Event) -> bool | None:
    by = SIDES.get(agent)
    if event.lemma in ("end", "finish") and (patient not in ("K", "S") or not agent):
        return None  # the bell ends it
    if patient in ("K", "S"):
        return False if by == patient and facts.beat != "both_died" else is_dead(patient, facts)
    if patient:
        return None
    if by:
        return is_dead("S" if by == "K" else "K", facts)
    return facts.beat in FINAL_BEATS


def _die(agent: str, patient: str, facts: Facts, event: Event) -> bool | None:
    if agent == "AEGIS":
        return facts.beat == "aegis_faded"
    if agent in ("KGUARD", "SGUARD"):
        return None if event.lemma in ("fall",) else _break(agent, "", facts, event)
    if agent in ("K", "S") and event.words != "dying":
        return is_dead(agent, facts)
    return None


def _win(agent: str, patient: str, facts: Facts, _event: Event) -> bool | None:
    if agent in ("SWORD", "CLEAVE"):
        return None
    side = agent if agent in ("K", "S") else {"K": "S", "S": "K"}.get(patient)
    if side is None:
        return None
    return facts.beat == ("slime_died" if side == "K" else "knight_died")


def _lose(agent: str, patient: str, facts: Facts, event: Event) -> bool | None:
    return None


def _absorb(agent: str, _patient: str, facts: Facts, _event: Event) -> bool | None:
    now = situations(facts)
    if agent == "AEGIS":
        return "aegis_absorbed" in now
    if agent == "KGUARD":
        return bool(now & {"cleave_blocked"})
    if agent == "SGUARD":
        return bool(now & {"sword_guarded"})
    if agent == "S":
        return None if facts.beat != "sword_guarded" else True
    return None if agent else ("aegis_absorbed" in now or "sword_guarded" in now or "cleave_blocked" in now)


def _fade(agent: str, _patient: str, facts: Facts, _event: Event) -> bool | None:
    return facts.beat == "aegis_faded" if agent == "AEGIS" else None


def _punish(agent: str, patient: str, facts: Facts, _event: Event) -> bool | None:
    if SIDES.get(agent) == "S" or patient == "K":
        return False
    return facts.blow == "punished"


_JUDGES: dict[str, Callable[[str, str, Facts, Event], bool | None]] = {
    "HIT": _hit,
    "FIND": _find,
    "MISS": _miss,
    "ROLL": _roll,
    "DODGE": _dodge,
    "BLOCK": blocks,
    "STOP": _stop,
    "BREAK": _break,
    "STAGGER": _stagger,
    "KILL": _kill,
    "DIE": _die,
    "WIN": _win,
    "ABSORB": _absorb,
    "FADE": _fade,
    "PUNISH": _punish,
}
