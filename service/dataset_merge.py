"""Takes what the Hub's dataset holds into the journal, so that nothing on either side is lost.

Of two histories the common beginning stays; the Hub's cycles follow, then those that only this journal has,
with new numbers. The live mind is this journal's if it has changed it since they parted, else the Hub's; and
the anchor where that mind is none of this program's: other rules, another anchor, or out of bounds.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from modular_mind import Mind
from service import parts, versions
from service.database import Database, Run
from service.dataset_files import Manifest
from service.journal import Fight
from service.versions import ANCHORED, PROMOTED, RESET, RESTORED, Cycle

STATE = "hub_state"  # the setting that holds a State as JSON
ALL = 1 << 30


@dataclass(frozen=True, slots=True)
class State:
    """What the dataset held when this journal was last merged with it."""

    commit: str
    live: str
    cycles: int
    commits: int  # since the repository's own history was cut
    files: Mapping[str, str]  # SHA-256 by path


@dataclass(frozen=True, slots=True)
class Found:
    """What a commit of the dataset holds, read and checked."""

    manifest: Manifest
    cycles: Sequence[Cycle]  # oldest first
    minds: Mapping[str, Mind]  # usable ones that the journal does not keep
    fights: Mapping[str, Sequence[Fight]]  # by part; none for parts that the journal knows
    taught: Mapping[str, int] = field(default_factory=dict)  # cycle by fight


def read_state(run: Run) -> State | None:
    """What the dataset held when we last looked; None if we never did."""
    text = versions.get(run, STATE)
    return State(**json.loads(text)) if text is not None else None


def write_state(run: Run, state: State) -> None:
    """Remembers what the dataset holds."""
    content = {
        "commit": state.commit,
        "live": state.live,
        "cycles": state.cycles,
        "commits": state.commits,
        "files": dict(state.files),
    }
    versions.put(run, STATE, json.dumps(content))


def merge(database: Database, found: Found, state: State, anchor: Mind, now: int) -> None:
    """Takes all of it in, in one transaction. state: the same commit, to be remembered."""
    with database.write() as run:
        database.take_turns(run)  # somebody may be going back to an older version
        here = versions.history(run, ALL)[::-1]
        common = _common(here, found.cycles)
        own, theirs = here[common:], found.cycles[common:]
        versions.add_mind(run, anchor, None, now)
        for mind in found.minds.values():
            versions.add_mind(run, mind, None, now)
        if theirs:
            _make_room(run, common, len(theirs))
            for cycle in theirs:
                versions.add_cycle(run, cycle)
            if not any(cycle.decision in (PROMOTED, RESTORED, RESET) for cycle in own):
                _adopt(run, found.manifest, anchor, now)
        for part, fights in found.fights.items():
            parts.take_in(run, part, fights)
        parts.forget_parts(run, but=found.fights)
        parts.mark_taught(run, found.taught)
        write_state(run, state)


def _common(here: Sequence[Cycle], there: Sequence[Cycle]) -> int:
    """How many cycles two histories begin with in common."""
    for number, (ours, theirs) in enumerate(zip(here, there, strict=False)):
        if ours != theirs:
            return number
    return min(len(here), len(there))


def _make_room(run: Run, common: int, count: int) -> None:
    """Gives the cycles after the common ones numbers that are larger by `count`."""
    values = {"common": common, "count": count}
    # by way of negative numbers: two rows never share one
    run("UPDATE cycles SET number = -(number + :count) WHERE number > :common", **values)
    run("UPDATE cycles SET number = -number WHERE number < 0")
    run("UPDATE fights SET cycle = cycle + :count WHERE cycle > :common", **values)


def _adopt(run: Run, manifest: Manifest, anchor: Mind, now: int) -> None:
    """Makes the Hub's live mind live, or the anchor, which the history then says."""
    if run("SELECT sha256 FROM minds WHERE sha256 = :sha256", sha256=manifest.live):
        versions.put(run, versions.LIVE, manifest.live)
        return
    reason = "hub_mind_refused" if manifest.anchor == anchor.sha256 else "new_weights"
    report = {"reason": reason, "anchor": manifest.anchor}
    number = versions.next_number(run)
    versions.add_cycle(run, Cycle(number, now, ANCHORED, manifest.live, anchor.sha256, None, report))
    versions.put(run, versions.LIVE, anchor.sha256)
