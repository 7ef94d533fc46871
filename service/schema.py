"""The tables of the journal and how they came about: numbered migrations, applied when a process opens it.

fights     one row for each fight whose log was acknowledged; `log` is NULL once it is forgotten;
           `part` names the file of the Hub's dataset that holds it (service/parts.py)
minds      published weights by their SHA-256, as canonical JSON: the name proves the content
cycles     what the learner did, one row for each candidate it judged: the learning history
settings   single values by name: the live mind, the anchor, the learner's state, the day's salt
"""

from collections.abc import Sequence
from pathlib import Path

from service.database import Database, DatabaseError, open_database

# Applied in order, each once; never edited after a release, only added to. {blob} is a column of bytes.
MIGRATIONS = (
    (
        """CREATE TABLE settings (
            name TEXT PRIMARY KEY,
            value {blob} NOT NULL
        )""",
        """CREATE TABLE fights (
            id TEXT PRIMARY KEY,
            received BIGINT NOT NULL,
            source TEXT,
            tier TEXT NOT NULL,
            rules_version INTEGER NOT NULL,
            weights TEXT NOT NULL,
            seed BIGINT NOT NULL,
            outcome INTEGER NOT NULL,
            ticks INTEGER NOT NULL,
            log {blob},
            verdict TEXT,
            judged BIGINT,
            cycle INTEGER,
            part TEXT
        )""",
        "CREATE INDEX fights_unjudged ON fights (received) WHERE verdict IS NULL",
        "CREATE INDEX fights_teaching ON fights (received) WHERE verdict = 'verified' AND cycle IS NULL",
        "CREATE INDEX fights_parts ON fights (part) WHERE part IS NOT NULL",
        """CREATE TABLE minds (
            sha256 TEXT PRIMARY KEY,
            added BIGINT NOT NULL,
            parent TEXT,
            content {blob} NOT NULL
        )""",
        """CREATE TABLE cycles (
            number INTEGER PRIMARY KEY,
            finished BIGINT NOT NULL,
            decision TEXT NOT NULL,
            before TEXT NOT NULL,
            after TEXT NOT NULL,
            candidate TEXT,
            report TEXT NOT NULL
        )""",
    ),
    # finds the logs that are too old to be kept
    ("CREATE INDEX fights_kept ON fights (received) WHERE log IS NOT NULL",),
)
VERSION_NAME = "schema_version"


def open_journal(data_dir: Path, url: str | None) -> Database:
    """The journal's database with its tables up to date; raises DatabaseError."""
    database = open_database(data_dir, url)
    try:
        migrate(database)
    except BaseException:
        database.close()
        raise
    return database


def migrate(database: Database, migrations: Sequence[Sequence[str]] = MIGRATIONS) -> None:
    """Brings the tables up to the version that these migrations lead to, in one transaction.

    Raises DatabaseError for a journal that a newer program has changed: it is left as it is.
    """
    version = len(migrations)
    with database.write() as run:
        database.take_turns(run)  # servers that start together
        run("CREATE TABLE IF NOT EXISTS schema (name TEXT PRIMARY KEY, version INTEGER NOT NULL)")
        rows = run("SELECT version FROM schema WHERE name = :name", name=VERSION_NAME)
        found = rows[0]["version"] if rows else 0
        if found > version:
            raise DatabaseError(
                f"the journal is of version {found}, written by a newer program; this one knows {version}"
            )
        for statements in migrations[found:]:
            for statement in statements:
                run(statement.format(blob=database.blob_type))
        run(
            "INSERT INTO schema (name, version) VALUES (:name, :version)"
            " ON CONFLICT (name) DO UPDATE SET version = excluded.version",
            name=VERSION_NAME,
            version=version,
        )
