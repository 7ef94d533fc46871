"""Clears out what may no longer be kept, or is of no more use: old logs, sources and salts, old minds.

The learner calls `clean` now and then; it may run as often as it likes.
"""

from service import journal, sources, versions
from service.database import Database

DAY_SECONDS = 24 * 60 * 60


def clean(database: Database, retention_days: int, now: int) -> dict[str, int]:
    """Erases what is older than that many days, counted from `now` (seconds since 1970).

    Returns how many "logs" and "minds" went. Raises DatabaseError.
    """
    with database.write() as run:
        logs = journal.erase_old(run, now - retention_days * DAY_SECONDS, now)
        sources.erase_salts(run, now)
        minds = versions.prune(run, now)
    return {"logs": logs, "minds": minds}
