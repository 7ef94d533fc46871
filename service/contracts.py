"""What requests may hold: every field's type and bounds, refused by the field's name.

The bounds come from `features.py`; nothing is coerced, so a boolean, a float or a number in a string
is not an integer here.
"""

from features import (
    BOSS_OBSERVATION,
    BOSS_OBSERVATION_SIZE,
    CLEAVE_REST,
    DECISION_TICKS,
    OBSERVED_COOLDOWN,
    TIERS,
    TIMEOUT_TICKS,
)
from service.http import NAME_LIMIT, ServiceError

LAST_DECISION = TIMEOUT_TICKS // DECISION_TICKS
TICKET_TEXT_LIMIT = 512  # characters; tickets are much shorter
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


def decision_request(content: dict) -> tuple[str, int, list[int]]:
    """Ticket text, decision number and observation of {"ticket", "k", "observation"}; raises ServiceError.

    The ticket is only known to be a string, and whether the boss is free is for `check_boss_is_free`.
    """
    _check_fields(content, ("ticket", "k", "observation"))
    ticket, k, observation = content["ticket"], content["k"], content["observation"]
    if not isinstance(ticket, str):
        raise ServiceError(400, "not_a_string", "The ticket is not a string.", "ticket")
    if len(ticket) > TICKET_TEXT_LIMIT:
        raise ServiceError(400, "out_of_range", "The ticket is too long to be one.", "ticket")
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
