"""A machine with a journal and a dataset on the stand-in for the Hub, and fights to put into it."""

import json
from collections.abc import Callable
from pathlib import Path

from hub_stand_in import OWNER, WRITER, StandIn
from mind_samples import random_mind

from features import KNIGHT_WINS, RULES_VERSION
from modular_mind import Mind, default_mind
from service import dataset_files, journal, versions
from service.database import Database
from service.dataset import Dataset
from service.fight_log import FightLog, to_bytes
from service.hub import Hub
from service.journal import Fight
from service.schema import open_journal
from service.versions import PROMOTED, Cycle

NAME = f"{OWNER}/boss"
NOW = 1_800_000_000
ANCHOR = default_mind()


class Machine:
    """A journal on a disk of its own, and its dataset."""

    def __init__(
        self,
        hub: StandIn,
        folder: Path,
        token: str = WRITER,
        fights: bool = True,
        allowed: Callable[[Mind], bool] = lambda mind: True,
        database: Database | None = None,
    ):
        """folder: where its journal is, unless it has a database."""
        self.database = database or open_journal(folder, None)
        self.waited: list[float] = []
        self.dataset = Dataset(Hub(token, hub.url, self.waited.append), NAME, fights, ANCHOR, allowed)
        self.now = NOW
        with self.database.write() as run:
            versions.add_mind(run, ANCHOR, None, NOW)
            versions.put(run, versions.ANCHOR, ANCHOR.sha256)
            versions.put(run, versions.LIVE, ANCHOR.sha256)

    def learn(self, seed: int, decision: str = PROMOTED) -> str:
        """One cycle; returns the SHA-256 of the mind it judged."""
        mind = random_mind(seed)
        with self.database.write() as run:
            live = versions.get(run, versions.LIVE)
            versions.add_mind(run, mind, live, NOW)
            after = mind.sha256 if decision == PROMOTED else live
            number = versions.next_number(run)
            report = {"method": "dream", "kl": 0.1 * seed, "reason": None}
            versions.finish_cycle(
                run, Cycle(number, NOW + number, decision, live, after, mind.sha256, report)
            )
        return mind.sha256

    def fight(self, *numbers: int) -> list[str]:
        """Acknowledged fights; returns their identities."""
        fights = [sample_fight(number) for number in numbers]
        with self.database.write() as run:
            assert all(journal.add_fight(run, fight) == journal.ACCEPTED for fight in fights)
        return [fight.id for fight in fights]

    def forget(self, identities: list[str]) -> None:
        """What POST /forget does."""
        with self.database.write() as run:
            assert journal.forget(run, identities, NOW) == len(identities)

    def push(self) -> bool:
        """A push a minute later."""
        self.now += 61
        return self.dataset.push(self.database, self.now)

    def restore(self) -> bool:
        """What the learner does when it starts."""
        return self.dataset.restore(self.database, self.now)

    def due(self) -> bool:
        """Whether there is something to push a day later."""
        return self.dataset.due(self.database, self.now + 86_400)

    def read(self, function, *arguments):
        """A function of an open transaction."""
        with self.database.read() as run:
            return function(run, *arguments)

    @property
    def live(self) -> str:
        """SHA-256 of the live mind."""
        return self.read(versions.get, versions.LIVE)

    @property
    def history(self) -> list[Cycle]:
        """All cycles, oldest first."""
        return self.read(versions.history, 10_000)[::-1]


def sample_fight(number: int) -> Fight:
    """A fight whose log has the right form; nobody replays it here."""
    log = FightLog(
        RULES_VERSION,
        number,
        0,
        "hard",
        KNIGHT_WINS,
        number,
        ANCHOR.sha256,
        ((1, 30), (2, number + 1)),
        b"\1",
    )
    return Fight(
        id=f"{number:024x}",
        received=NOW + number,
        source=f"{number:016x}",
        tier="hard",
        rules_version=RULES_VERSION,
        weights=ANCHOR.sha256,
        seed=number,
        outcome=log.outcome,
        ticks=log.ticks,
        log=to_bytes(log),
    )


def text_of(fight: Fight) -> bytes:
    """What of a fight's log would be found in a file that holds it."""
    return json.loads(dataset_files.part_from_fights([fight])[1])["log"].encode("ascii")
