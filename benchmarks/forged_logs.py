"""Ways of forging the log of a fight, or of coming by a ticket for it. Not run by itself.

Each function of FORGERIES makes, from a fight that was really fought and its ticket, what a cheat would post.
A log with one thing changed in it may be that of another fight which might just as well have been fought: a
key that is pressed while the knight staggers changes nothing. Such a log is true, and `forge` tries
again: what it returns is false, by `logged_fights.is_true` or by its ticket.
"""

import random
import string
from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import groupby

from benchmarks.logged_fights import is_true
from features import EXPLORE_ONE, INPUT_NAMES, MOVE_COUNT, SEED_LIMIT, TICKS_PER_SECOND, TIERS, TIMEOUT
from modular_mind import Mind
from service.fight_log import (
    BY_SERVER,
    MISTAKE,
    MOST_TICKS,
    UNDECIDED,
    FightLog,
    FightLogError,
    from_bytes,
    to_bytes,
)
from service.tickets import LIFETIME_SECONDS, Ticket, sign
from service.versions import GRACE_SECONDS

MOST_TRIES = 100
LONGEST_SECONDS = MOST_TICKS // TICKS_PER_SECOND
ALPHABET = string.ascii_letters + string.digits + "-_"  # of base64url
SIGNATURE = 43  # characters at the end of a ticket


@dataclass(frozen=True)
class Fought:
    """An honest fight, and what a cheat has at hand."""

    ticket: Ticket  # fresh, on the terms of the fight and as old as the fight is long
    log: FightLog
    used: Ticket  # the ticket with which the honest log was posted
    other: FightLog  # the honest log of another fight
    mind: Mind
    weaker: Callable[
        [], FightLog
    ]  # the fight of this ticket fought against another mind, that claims to be it
    key: bytes
    chance: random.Random


@dataclass(frozen=True)
class Posted:
    """What is sent to POST /learn."""

    ticket: str
    data: bytes


Forgery = Callable[[Fought], Posted]


def _with(case: Fought, **changes) -> Posted:
    return Posted(sign(case.key, case.ticket), to_bytes(replace(case.log, **changes)))


def _runs(inputs: bytes) -> tuple[tuple[int, int], ...]:
    return tuple((keys, len(list(same))) for keys, same in groupby(inputs))


def _patiently(ticket: Ticket) -> Ticket:
    """The ticket of a cheat who has waited long enough for any log."""
    return replace(ticket, issued=ticket.issued - LONGEST_SECONDS)


def _a_decision(case: Fought) -> int:
    """The place of a decision that was made, if any was."""
    made = case.log.decisions
    return case.chance.choice([n for n, byte in enumerate(made) if byte != UNDECIDED] or range(len(made)))


def _but(values: bytes, at: int, value: int) -> bytes:
    return values[:at] + bytes([value]) + values[at + 1 :]


# ---------------------------------------------------------------------------- the log
def flipped_input(case: Fought) -> Posted:
    """One key in one tick pressed that was not, or let go."""
    inputs = case.log.inputs()
    at = case.chance.randrange(len(inputs))
    bit = 1 << case.chance.randrange(len(INPUT_NAMES))
    return _with(case, runs=_runs(_but(inputs, at, inputs[at] ^ bit)))


def altered_decision(case: Fought) -> Posted:
    """Another move in place of the mind's."""
    made = case.log.decisions
    at = _a_decision(case)
    move = (made[at] & UNDECIDED) + case.chance.randrange(1, MOVE_COUNT)
    return _with(case, decisions=_but(made, at, made[at] & ~UNDECIDED | move % MOVE_COUNT))


def mistake_denied(case: Fought) -> Posted:
    """A mistake that the mind is said to have meant, or the other way round."""
    made = case.log.decisions
    at = _a_decision(case)
    return _with(case, decisions=_but(made, at, made[at] ^ MISTAKE))


def withheld_decision(case: Fought) -> Posted:
    """A decision that was made, and is said not to have been."""
    made = case.log.decisions
    at = _a_decision(case)
    if made[at] == UNDECIDED:
        return altered_decision(case)
    return _with(case, decisions=_but(made, at, UNDECIDED))


def wrong_hash(case: Fought) -> Posted:
    """Another final state."""
    return _with(case, final_hash=case.log.final_hash ^ 1 << case.chance.randrange(32))


def wrong_outcome(case: Fought) -> Posted:
    """Another end: the winner's is the one that pays."""
    return _with(case, outcome=(case.log.outcome - 1 + case.chance.randrange(1, TIMEOUT)) % TIMEOUT + 1)


def truncated_inputs(case: Fought) -> Posted:
    """The end of the fight left out."""
    inputs = case.log.inputs()
    return _with(case, runs=_runs(inputs[: case.chance.randrange(1, len(inputs))]))


def truncated_decisions(case: Fought) -> Posted:
    """The last decisions left out."""
    made = case.log.decisions
    return _with(case, decisions=made[: case.chance.randrange(len(made))])


def truncated_bytes(case: Fought) -> Posted:
    """The bytes cut off anywhere."""
    data = to_bytes(case.log)
    return Posted(sign(case.key, case.ticket), data[: case.chance.randrange(1, len(data))])


def damaged_bytes(case: Fought) -> Posted:
    """One bit turned over, but for the one of a decision that says who made it, which is only telemetry."""
    data = to_bytes(case.log)
    at = case.chance.randrange(len(data))
    bit = 1 << case.chance.randrange(8)
    if bit == BY_SERVER and at >= len(data) - len(case.log.decisions):
        bit = MISTAKE
    return Posted(sign(case.key, case.ticket), _but(data, at, data[at] ^ bit))


def prolonged(case: Fought) -> Posted:
    """Inputs after the end."""
    more = case.chance.randbytes(case.chance.randint(1, 60)).translate(bytes(n & 31 for n in range(256)))
    return _with(case, runs=_runs(case.log.inputs() + more))


def reordered_inputs(case: Fought) -> Posted:
    """Two runs of equal inputs exchanged."""
    runs = list(case.log.runs)
    if len(runs) < 2:
        return flipped_input(case)
    first, second = case.chance.sample(range(len(runs)), 2)
    runs[first], runs[second] = runs[second], runs[first]
    return _with(case, runs=_runs(b"".join(bytes([keys]) * length for keys, length in runs)))


def reordered_decisions(case: Fought) -> Posted:
    """Two decisions exchanged."""
    made = bytearray(case.log.decisions)
    if len(made) < 2:
        return altered_decision(case)
    first, second = case.chance.sample(range(len(made)), 2)
    made[first], made[second] = made[second], made[first]
    return _with(case, decisions=bytes(made))


def weaker_mind(case: Fought) -> Posted:
    """Fought whole and true against another mind, and said to be against this one."""
    return Posted(sign(case.key, _patiently(case.ticket)), to_bytes(case.weaker()))


# ---------------------------------------------------------------------------- the terms
def wrong_seed(case: Fought) -> Posted:
    """The log says another seed than the ticket."""
    return _with(case, seed=(case.log.seed + case.chance.randrange(1, SEED_LIMIT)) % SEED_LIMIT)


def another_fight_s_log(case: Fought) -> Posted:
    """The true log of another fight, said to be of this ticket's terms."""
    changes = {"seed": case.log.seed, "explore": case.log.explore, "tier": case.log.tier}
    return Posted(sign(case.key, _patiently(case.ticket)), to_bytes(replace(case.other, **changes)))


def wrong_tier(case: Fought) -> Posted:
    """Fought on another tier."""
    return _with(case, tier=TIERS[(TIERS.index(case.log.tier) + case.chance.choice((1, 2))) % len(TIERS)])


def wrong_explore(case: Fought) -> Posted:
    """Against a boss that is said to make more or fewer mistakes."""
    return _with(case, explore=(case.log.explore + case.chance.randint(1, EXPLORE_ONE)) % (EXPLORE_ONE + 1))


def wrong_weights(case: Fought) -> Posted:
    """Against a mind of another name, or of none."""
    return _with(case, weights=case.chance.choice((None, case.chance.randbytes(32).hex())))


def wrong_rules(case: Fought) -> Posted:
    """By rules of another version."""
    return _with(case, rules_version=(case.log.rules_version + case.chance.randint(1, 255)) % 256)


# ---------------------------------------------------------------------------- the ticket
def replayed_ticket(case: Fought) -> Posted:
    """The ticket that has been used, with another log, be it as true as the first."""
    made = case.log.decisions
    at = _a_decision(case)
    changes = {"final_hash": case.log.final_hash ^ 1}
    if made[at] != UNDECIDED:
        changes = {"decisions": _but(made, at, made[at] ^ BY_SERVER)}
    return Posted(sign(case.key, case.used), to_bytes(replace(case.log, **changes)))


def early(case: Fought) -> Posted:
    """Posted sooner than it could have been played: too much of it has been skipped."""
    seconds = case.log.ticks / TICKS_PER_SECOND
    # the door allows two seconds, and tickets are dated in whole ones
    issued = case.ticket.issued + int(case.chance.uniform(6, max(6, seconds)))
    return Posted(sign(case.key, replace(case.ticket, issued=issued)), to_bytes(case.log))


def expired(case: Fought) -> Posted:
    """After the ticket's hour and the minutes that are added to it."""
    late = LIFETIME_SECONDS + GRACE_SECONDS + case.chance.randrange(100_000)
    return Posted(sign(case.key, replace(case.ticket, issued=case.ticket.issued - late)), to_bytes(case.log))


def foreign_ticket(case: Fought) -> Posted:
    """Signed with another key."""
    return Posted(sign(case.chance.randbytes(32), case.ticket), to_bytes(case.log))


def altered_ticket(case: Fought) -> Posted:
    """One character of the ticket changed, or its time put back under the old signature."""
    text = sign(case.key, case.ticket)
    if case.chance.random() < 0.5:
        older = sign(case.key, replace(case.ticket, issued=case.ticket.issued - 1))
        return Posted(older[:-SIGNATURE] + text[-SIGNATURE:], to_bytes(case.log))
    at = case.chance.randrange(len(text))
    other = case.chance.choice(ALPHABET.replace(text[at], ""))
    return Posted(text[:at] + other + text[at + 1 :], to_bytes(case.log))


FALSE_LOGS = (
    flipped_input, altered_decision, mistake_denied, withheld_decision, wrong_hash, wrong_outcome,
    truncated_inputs, truncated_decisions, truncated_bytes, damaged_bytes, prolonged, reordered_inputs,
    reordered_decisions, weaker_mind, another_fight_s_log, wrong_seed, wrong_tier, wrong_explore,
    wrong_weights, wrong_rules,
)  # fmt: skip
FALSE_TICKETS = (replayed_ticket, early, expired, foreign_ticket, altered_ticket)
FORGERIES: tuple[Forgery, ...] = FALSE_LOGS + FALSE_TICKETS


def forge(forgery: Forgery, case: Fought) -> tuple[str, Posted, int]:
    """How it was forged, something false to post, and how many true ones came about by chance before it.

    A fight that this way leaves as true as it was, try as it may, is given a wrong hash instead.
    """
    for tries in range(MOST_TRIES):
        posted = forgery(case)
        if forgery in FALSE_TICKETS or _is_false(posted.data, case):
            return forgery.__name__, posted, tries
    return wrong_hash.__name__, wrong_hash(case), MOST_TRIES


def _is_false(data: bytes, case: Fought) -> bool:
    try:
        log = from_bytes(data)
    except FightLogError:
        return True
    terms = ("seed", "tier", "explore", "weights", "rules_version")
    return any(getattr(log, name) != getattr(case.log, name) for name in terms) or not is_true(log, case.mind)
