"""Whose fight it was, without saying who: what keeps one player from teaching more than a share.

On a lone player's server everything comes from "local". In public mode a source is 16 hexadecimal digits of
the SHA-256 of the day's salt and the client's network (service/limits.py). The salt is random, lives in the
database for its day (UTC) only, and with it goes the last way from a source back to an address.
"""

import hashlib
import secrets
from datetime import UTC, datetime

from service.database import Run

LOCAL = "local"
DIGITS = 16
SALT_SIZE = 16  # bytes
_SALT = "salt "  # a setting's name begins so; the day follows


def source_of(run: Run, client: str, public: bool, now: float) -> str:
    """The source of a fight that this client posts now, in seconds since 1970."""
    if not public:
        return LOCAL
    return hashlib.sha256(_salt_of_the_day(run, now) + client.encode()).hexdigest()[:DIGITS]


def erase_salts(run: Run, now: float) -> None:
    """Erases the salts of all days but this one."""
    run(
        "DELETE FROM settings WHERE name LIKE :salts AND name <> :today",
        salts=_SALT + "%",
        today=_name(now),
    )


def _salt_of_the_day(run: Run, now: float) -> bytes:
    """Made by whoever needs it first, which also erases the last day's."""
    name = _name(now)
    found = run("SELECT value FROM settings WHERE name = :name", name=name)
    if not found:
        erase_salts(run, now)
        run(
            "INSERT INTO settings (name, value) VALUES (:name, :value) ON CONFLICT (name) DO NOTHING",
            name=name,
            value=secrets.token_bytes(SALT_SIZE),
        )
        found = run("SELECT value FROM settings WHERE name = :name", name=name)
    return bytes(found[0]["value"])


def _name(now: float) -> str:
    return _SALT + datetime.fromtimestamp(now, UTC).date().isoformat()
