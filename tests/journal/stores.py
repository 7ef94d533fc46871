"""Places for journals, of either dialect."""

from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from service.database import Database, open_database
from service.schema import open_journal


@dataclass
class Store:
    """A place for one journal, which may be opened often."""

    data_dir: Path
    url: str | None
    stack: ExitStack = field(default_factory=ExitStack)  # closes what was opened, when the test ends

    def open(self) -> Database:
        """The journal, as another process would open it."""
        return self._closed_later(open_journal(self.data_dir, self.url))

    def open_unmigrated(self) -> Database:
        """The same without a look at its tables."""
        return self._closed_later(open_database(self.data_dir, self.url))

    def _closed_later(self, database: Database) -> Database:
        self.stack.callback(database.close)
        return database
