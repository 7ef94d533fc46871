"""The door of learning: which logs of fights are taken in, what became of them, and how they are forgotten.

A log is checked here against its ticket and the clock, and acknowledged once the journal has it on disk.
Whether the fight was really fought so is found out later, in the learner's process (service/replay.py): the
milliseconds of a replay are more than a server that decides can spare. Refusals carry the codes of
journal.REFUSED_AT_THE_DOOR, or those of the ticket itself.
"""

import base64
import time
from collections.abc import Mapping, Sequence

from features import OUTCOMES, TICKS_PER_SECOND
from service import journal, versions
from service.database import Database, Run
from service.fight_log import FightLog, FightLogError, from_bytes, to_bytes
from service.http import ServiceError
from service.minds import ServedMind
from service.parts import durability
from service.settings import Config
from service.sources import source_of
from service.tickets import Ticket, read_ticket

CLOCK_SECONDS = 2  # tickets are dated in whole seconds, and two clocks never run quite alike
SWITCH = "learning_switch"  # the setting that a lone player turns learning off and on with
SWITCHED_OFF = "off"


def is_recording(database: Database | None) -> bool:
    """Whether logs are taken in at the moment; raises DatabaseError."""
    if database is None:
        return False
    with database.read() as run:
        return is_switched_on(run)


def is_switched_on(run: Run) -> bool:
    """Whether the player lets the boss learn; on until switched off."""
    return versions.get(run, SWITCH) != SWITCHED_OFF


def journal_of(database: Database | None) -> Database:
    """The journal; raises ServiceError (403) where there is none."""
    if database is None:
        raise _learning_off()
    return database


def check_log(ticket: Ticket, served: ServedMind, data: bytes, now: float) -> FightLog:
    """The log in canonical bytes, if it may be of this ticket's fight; raises ServiceError: 400 or 409.

    served: the mind that the ticket names. now: seconds since 1970.
    """
    try:
        log = from_bytes(data)
    except FightLogError as error:
        raise ServiceError(400, "malformed", f"This is no log of a fight: {error}.", "log") from None
    played = (log.seed, log.tier, log.explore, log.weights, log.rules_version)
    agreed = (ticket.seed, ticket.tier, served.explore[ticket.tier], ticket.weights, ticket.rules_version)
    if played != agreed:
        raise ServiceError(
            409, "terms_mismatch", "The log is of a fight on other terms than the ticket's.", "log"
        )
    # the game never runs faster than time, so an honest log cannot come sooner
    if now < ticket.issued + log.ticks / TICKS_PER_SECOND - CLOCK_SECONDS:
        raise ServiceError(
            409, "early", "The fight cannot have been played in the time since it was opened.", "log"
        )
    return log


def record(database: Database, config: Config, ticket: Ticket, log: FightLog, client: str) -> dict:
    """Enters a checked log and returns its acknowledgement, once that is true.

    The very same log may come again and is acknowledged again. Raises ServiceError: 403 while learning is
    switched off, 409 if another log was acknowledged for this ticket; DatabaseError if nothing was kept.
    """
    now = time.time()
    with database.write() as run:
        if not is_switched_on(run):
            raise _learning_off()
        fight = journal.Fight(
            id=ticket.fight,
            received=int(now),
            source=source_of(run, client, config.public, now),
            tier=ticket.tier,
            rules_version=ticket.rules_version,
            weights=ticket.weights,
            seed=ticket.seed,
            outcome=log.outcome,
            ticks=log.ticks,
            log=to_bytes(log),
        )
        if journal.add_fight(run, fight) == journal.REUSED:
            raise ServiceError(409, "reused", "Another log has been acknowledged for this ticket.", "ticket")
        durable = durability(run, ticket.fight, shared=config.database_url is not None)
    return {"fight": ticket.fight, "durable": durable}


def describe(database: Database, identity: str) -> dict:
    """What became of a fight, and its log; raises ServiceError (404) or DatabaseError."""
    with database.read() as run:
        fight = journal.find_fight(run, identity)
        cycle = versions.find_cycle(run, fight.cycle) if fight and fight.cycle is not None else None
    if fight is None:
        raise ServiceError(404, "unknown_fight", "No log of this fight has been acknowledged.")
    learned: Mapping | None = None
    if cycle is not None:
        learned = {"cycle": cycle.number, "decision": cycle.decision, "report": cycle.report}
    return {
        "fight": fight.id,
        "tier": fight.tier,
        "outcome": OUTCOMES[fight.outcome],
        "received": fight.received,
        "verdict": fight.verdict,
        "learned": learned,
        "log": None if fight.log is None else _as_text(fight.log),
    }


def forget(database: Database, key: bytes, texts: Sequence[str]) -> dict:
    """Erases the fights of these tickets, expired or not; how many logs there were. Raises DatabaseError.

    What was not signed here names no fight of this journal and is passed over.
    """
    tickets = [_ticket_or_none(key, text) for text in texts]
    fights = {ticket.fight for ticket in tickets if ticket is not None}
    with database.write() as run:
        return {"forgotten": journal.forget(run, sorted(fights), int(time.time()))}


def _ticket_or_none(key: bytes, text: str) -> Ticket | None:
    try:
        return read_ticket(key, text)
    except ServiceError:
        return None


def _learning_off() -> ServiceError:
    return ServiceError(403, "learning_off", "This server records no fights: learning is off.")


def _as_text(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")
