"""What requests may hold: every field's type and bounds, refused by the field's name.

The bounds come from `features.py`; nothing is coerced, so a boolean, a float or a number in a string
is not an integer here.
"""

import base64
import binascii
import re
from dataclasses import dataclass
from unicodedata import category

from features import (
    BOSS_MAX_HEALTH,
    BOSS_OBSERVATION,
    BOSS_OBSERVATION_SIZE,
    BOSS_PHASES,
    CLEAVE_REST,
    DECISION_TICKS,
    EVENTS_LIST,
    KNIGHT_MAX_HEALTH,
    OBSERVED_COOLDOWN,
    TIERS,
    TIMEOUT_TICKS,
)
from narrator import LEARNED_LIMIT, LONGEST_TICKS, PERSONAS, Moment
from service.http import NAME_LIMIT, ServiceError

LAST_DECISION = TIMEOUT_TICKS // DECISION_TICKS
LEARNING_ACTIONS = ("off", "on", "reset")
TICKET_TEXT_LIMIT = 512  # characters; tickets are much shorter
FORGOTTEN_AT_ONCE = 256  # tickets in one request
MOMENTS_AT_ONCE = 32  # in one request
MOMENT_BOUNDS = (
    LONGEST_TICKS,
    (1 << len(EVENTS_LIST)) - 1,
    KNIGHT_MAX_HEALTH,
    BOSS_MAX_HEALTH,
    len(BOSS_PHASES) - 1,
)
KNIGHT_NAME_LIMIT = 16  # characters
# Letters of any alphabet, with the marks that belong to them, and digits; in between also spaces, apostrophes
# and hyphens, never two together. So it holds nothing that could be taken for markup, for the end of a
# sentence, or for another line. "l" stands for a letter or digit, "m" for a mark, "s" for what is in between.
_KNIGHT_NAME = re.compile(r"(?:lm{0,3})+(?:s(?:lm{0,3})+)*")
_KINDS = {"L": "l", "N": "l", "M": "m"}  # by Unicode's general category
_COOLDOWN_FIELD = f"observation.{BOSS_OBSERVATION[OBSERVED_COOLDOWN][0]}"


def fight_request(content: dict) -> str:
    """The tier of {"tier"}; raises ServiceError."""
    _check_fields(content, ("tier",))
    tier = content["tier"]
    if not isinstance(tier, str):
        raise ServiceError(400, "not_a_string", "The tier is not a string.", "tier")
    if tier not in TIERS:
        raise ServiceError(400, "unknown_tier", f"The tier is none of {', '.join(TIERS)}.", "tier")
    return tier


def learning_request(content: dict) -> str:
    """The action of {"action"}; raises ServiceError."""
    _check_fields(content, ("action",))
    action = content["action"]
    if not isinstance(action, str):
        raise ServiceError(400, "not_a_string", "The action is not a string.", "action")
    if action not in LEARNING_ACTIONS:
        raise ServiceError(
            400, "unknown_action", f"The action is none of {', '.join(LEARNING_ACTIONS)}.", "action"
        )
    return action


def decision_request(content: dict) -> tuple[str, int, list[int]]:
    """Ticket text, decision number and observation of {"ticket", "k", "observation"}; raises ServiceError.

    The ticket is only known to be a string, and whether the boss is free is for `check_boss_is_free`.
    """
    _check_fields(content, ("ticket", "k", "observation"))
    ticket, k, observation = content["ticket"], content["k"], content["observation"]
    _check_ticket(ticket, "ticket")
    _check_integer(k, 0, LAST_DECISION, "k")
    if not isinstance(observation, list):
        raise ServiceError(400, "not_an_array", "The observation is not an array.", "observation")
    if len(observation) != BOSS_OBSERVATION_SIZE:
        raise ServiceError(
            400,
            "wrong_length",
            f"The observation has {len(observation)} values, not {BOSS_OBSERVATION_SIZE}.",
            "observation",
        )
    for value, (name, least, greatest, _) in zip(observation, BOSS_OBSERVATION, strict=True):
        _check_integer(value, least, greatest, "observation." + name)
    return ticket, k, observation


def check_boss_is_free(observation: list[int]) -> None:
    """Raises ServiceError (409) for a boss that is still committed to a cleave when the move would apply."""
    if observation[OBSERVED_COOLDOWN] > CLEAVE_REST:
        raise ServiceError(
            409,
            "boss_committed",
            "The boss is committed to a cleave and is not free to decide yet.",
            _COOLDOWN_FIELD,
        )


def learn_request(content: dict) -> tuple[str, bytes]:
    """Ticket text and bytes of the log of {"ticket", "log"}; raises ServiceError.

    The log is base64url without padding, in its one spelling. What the bytes say is checked elsewhere.
    """
    _check_fields(content, ("ticket", "log"))
    ticket, log = content["ticket"], content["log"]
    _check_ticket(ticket, "ticket")
    if not isinstance(log, str):
        raise ServiceError(400, "not_a_string", "The log is not a string.", "log")
    try:
        data = base64.b64decode(log + "=" * (-len(log) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        data = b""
    if not data or base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii") != log:
        raise ServiceError(400, "malformed", "The log is not base64url without padding.", "log")
    return ticket, data


def forget_request(content: dict) -> list[str]:
    """The texts of {"tickets"}; raises ServiceError. Whether they are tickets is checked elsewhere."""
    _check_fields(content, ("tickets",))
    tickets = content["tickets"]
    if not isinstance(tickets, list):
        raise ServiceError(400, "not_an_array", "The tickets are not an array.", "tickets")
    if len(tickets) > FORGOTTEN_AT_ONCE:
        raise ServiceError(
            400,
            "wrong_length",
            f"There are {len(tickets)} tickets, more than {FORGOTTEN_AT_ONCE}.",
            "tickets",
        )
    for number, ticket in enumerate(tickets):
        _check_ticket(ticket, f"tickets.{number}")
    return tickets


@dataclass(frozen=True, slots=True)
class Telling:
    """What a page tells the narrator of its fight."""

    ticket: str
    persona: str
    name: str | None  # of the knight
    tick: int
    moments: list[Moment]
    learned: int


def narrate_request(content: dict) -> Telling:
    """What {"ticket", "persona", "name", "tick", "moments", "learned"} says; raises ServiceError.

    Whether the moments can be those of a fight is checked elsewhere.
    """
    _check_fields(content, ("ticket", "persona", "name", "tick", "moments", "learned"))
    _check_ticket(content["ticket"], "ticket")
    persona, name = content["persona"], content["name"]
    if not isinstance(persona, str):
        raise ServiceError(400, "not_a_string", "The persona is not a string.", "persona")
    if persona not in PERSONAS:
        raise ServiceError(
            400, "unknown_persona", f"The persona is none of {', '.join(PERSONAS)}.", "persona"
        )
    if name is not None:
        _check_knight_name(name)
    _check_integer(content["tick"], 0, LONGEST_TICKS, "tick")
    _check_integer(content["learned"], 0, LEARNED_LIMIT, "learned")
    moments = content["moments"]
    if not isinstance(moments, list):
        raise ServiceError(400, "not_an_array", "The moments are not an array.", "moments")
    if len(moments) > MOMENTS_AT_ONCE:
        raise ServiceError(
            400,
            "wrong_length",
            f"There are {len(moments)} moments, more than {MOMENTS_AT_ONCE}.",
            "moments",
        )
    told = [_moment(values, f"moments.{number}") for number, values in enumerate(moments)]
    return Telling(content["ticket"], persona, name, content["tick"], told, content["learned"])


def _moment(values, field: str) -> Moment:
    if not isinstance(values, list):
        raise ServiceError(400, "not_an_array", "A moment is not an array.", field)
    if len(values) != len(MOMENT_BOUNDS):
        raise ServiceError(
            400, "wrong_length", f"A moment has {len(values)} values, not {len(MOMENT_BOUNDS)}.", field
        )
    for value, name, greatest in zip(values, Moment._fields, MOMENT_BOUNDS, strict=True):
        _check_integer(value, 0, greatest, f"{field}.{name}")
    return Moment(*values)


def _check_knight_name(name) -> None:
    if not isinstance(name, str):
        raise ServiceError(400, "not_a_string", "The name is not a string.", "name")
    if not 1 <= len(name) <= KNIGHT_NAME_LIMIT:
        raise ServiceError(
            400, "out_of_range", f"The name has not from 1 to {KNIGHT_NAME_LIMIT} characters.", "name"
        )
    kinds = ("s" if letter in " '’-" else _KINDS.get(category(letter)[0], "x") for letter in name)
    if not _KNIGHT_NAME.fullmatch("".join(kinds)):
        raise ServiceError(
            400,
            "malformed",
            "The name has other characters than letters, digits, and inner spaces, apostrophes and hyphens.",
            "name",
        )


def _check_ticket(text, field: str) -> None:
    if not isinstance(text, str):
        raise ServiceError(400, "not_a_string", "The ticket is not a string.", field)
    if len(text) > TICKET_TEXT_LIMIT:
        raise ServiceError(400, "out_of_range", "The ticket is too long to be one.", field)


def _check_fields(content: dict, names: tuple[str, ...]) -> None:
    for name in names:
        if name not in content:
            raise ServiceError(400, "missing_field", f"The field {name} is missing.", name)
    if len(content) > len(names):
        extra = next(name for name in content if name not in names)
        raise ServiceError(400, "unknown_field", "There is no such field.", extra[:NAME_LIMIT])


def _check_integer(value, least: int, greatest: int, field: str) -> None:
    if type(value) is not int:  # bool is a subclass of int, and is no integer here
        raise ServiceError(400, "not_an_integer", f"{field} is not an integer.", field)
    if not least <= value <= greatest:
        raise ServiceError(400, "out_of_range", f"{field} is not from {least} to {greatest}.", field)
