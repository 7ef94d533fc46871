"""Which fights of the journal are in which part on the Hub.

The column `part` of a fight is the name of the file that holds it there, and NULL as long as none does. Each
function takes the `run` of an open transaction, as those of service/journal.py do.
"""

from collections.abc import Collection, Iterable, Sequence

from service.database import Run
from service.journal import Fight, add_fight

LOCAL, SHARED, HUB = "local", "database", "hub"  # how durable an acknowledged fight is
_COLUMNS = "id, received, source, tier, rules_version, weights, seed, outcome, ticks, log, cycle"


def durability(run: Run, identity: str, shared: bool) -> str:
    """What an acknowledged fight would survive: LOCAL the process, SHARED the machine, HUB both.

    shared: whether the journal is a database of its own machine (MM_DATABASE_URL).
    """
    rows = run("SELECT part FROM fights WHERE id = :id AND log IS NOT NULL", id=identity)
    if rows and rows[0]["part"] is not None:
        return HUB
    return SHARED if shared else LOCAL


def known_parts(run: Run) -> dict[str, tuple[int, int]]:
    """How many fights each part holds, and how many of them are erased here since."""
    rows = run(
        "SELECT part, COUNT(*) AS held, SUM(CASE WHEN log IS NULL THEN 1 ELSE 0 END) AS erased"
        " FROM fights WHERE part IS NOT NULL GROUP BY part ORDER BY part"
    )
    return {row["part"]: (int(row["held"]), int(row["erased"])) for row in rows}


def unsent(run: Run, limit: int) -> list[Fight]:
    """Fights that are in no part, oldest first."""
    return _fights(
        run(
            f"SELECT {_COLUMNS} FROM fights WHERE part IS NULL AND log IS NOT NULL"
            " ORDER BY received, id LIMIT :limit",
            limit=limit,
        )
    )


def fights_of(run: Run, parts: Iterable[str]) -> list[Fight]:
    """The fights of some parts that are not erased."""
    fights = []
    for part in parts:
        rows = run(
            f"SELECT {_COLUMNS} FROM fights WHERE part = :part AND log IS NOT NULL ORDER BY received, id",
            part=part,
        )
        fights += _fights(rows)
    return fights


def assign(run: Run, part: str | None, identities: Sequence[str]) -> None:
    """These fights are in that part from now on."""
    for identity in identities:
        run("UPDATE fights SET part = :part WHERE id = :id", part=part, id=identity)


def dissolve(run: Run, part: str) -> None:
    """This part is no longer on the Hub."""
    run("UPDATE fights SET part = NULL WHERE part = :part", part=part)


def taught(run: Run) -> dict[str, int]:
    """The cycles that fights of the parts have taught in, by fight."""
    rows = run(
        "SELECT id, cycle FROM fights WHERE part IS NOT NULL AND cycle IS NOT NULL AND log IS NOT NULL"
    )
    return {row["id"]: row["cycle"] for row in rows}


def take_in(run: Run, part: str, fights: Sequence[Fight]) -> None:
    """Enters the fights of a part that came from the Hub, as yet unjudged; those that are here stay so.

    Where one of them is in another part too, none is said to be in this one: the file is then removed with
    the next commit, and what only it held is sent once more.
    """
    there = {fight.id: run("SELECT part FROM fights WHERE id = :id", id=fight.id) for fight in fights}
    twice = any(rows and rows[0]["part"] is not None for rows in there.values())
    held_by = None if twice else part
    for fight in fights:
        if not there[fight.id]:
            add_fight(run, fight)
            assign(run, held_by, [fight.id])
        elif not twice:
            assign(run, part, [fight.id])


def mark_taught(run: Run, cycles: dict[str, int]) -> None:
    """Fights that have taught elsewhere do not teach again."""
    for identity, cycle in cycles.items():
        run("UPDATE fights SET cycle = :cycle WHERE id = :id AND cycle IS NULL", cycle=cycle, id=identity)


def forget_parts(run: Run, but: Collection[str]) -> None:
    """Parts that the Hub no longer holds, whoever removed them."""
    for part in known_parts(run):
        if part not in but:
            dissolve(run, part)


def _fights(rows: list[dict]) -> list[Fight]:
    return [Fight(**{**row, "log": bytes(row["log"])}) for row in rows]
