"""What the dataset on the Hub should hold, and which files a commit must add and remove for that.

Minds, parts of the journal and full files of the history never change once written; only the manifest, the
newest file of the history and the list of what has taught do. A part is written anew when a fight in it was
forgotten or has become too old, and many small parts are put together.
"""

import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from features import RULES_VERSION
from service import dataset_files, parts, versions
from service.database import Run
from service.dataset_files import MANIFEST, Manifest
from service.dataset_merge import ALL, State, write_state
from service.journal import Fight

PARTS_A_PUSH = 16
SMALL_PARTS = 32  # as many parts that are less than half full are put together
SQUASH_COMMITS = 200  # a repository keeps what it ever held: its own history is cut after so many
CUT = "hub_cut"  # a setting: that history must still be cut, so that what was removed is gone


@dataclass(frozen=True, slots=True)
class Plan:
    """What a commit changes, and what the dataset holds after it."""

    add: Mapping[str, bytes]
    remove: Sequence[str]
    after: State  # its commit is not known before
    assigned: Mapping[str, Sequence[str]]  # fights by the new part that holds them
    dissolved: Sequence[str]  # parts that are no more
    cut: bool  # whether the repository's own history is to be cut then


def make_plan(run: Run, state: State, anchor: str, send_fights: bool) -> Plan:
    """From what the dataset holds to what the journal holds. anchor: its SHA-256."""
    live = versions.get(run, versions.LIVE) or anchor
    minds = [versions.find_mind(run, sha256) for sha256 in versions.restorable(run)]
    minds = [mind for mind in minds if mind is not None]
    cycles = versions.history(run, ALL)[::-1]
    content = dataset_files.history_files(cycles)
    content |= {dataset_files.mind_path(mind.sha256): mind.json for mind in minds}

    kept, rewritten, erases = _sort_parts(run)
    fights = parts.fights_of(run, rewritten)
    if send_fights:
        fights += parts.unsent(run, PARTS_A_PUSH * dataset_files.FIGHTS_A_PART)
    assigned = {}
    for chunk in _chunks(fights):
        part, data = dataset_files.part_from_fights(chunk)
        content[dataset_files.part_path(part)] = data
        assigned[part] = [fight.id for fight in chunk]
    if kept or assigned:
        taught = parts.taught(run) | {f.id: f.cycle for f in fights if f.cycle is not None}
        content[dataset_files.TAUGHT] = dataset_files.taught_to_bytes(taught)

    restorable = tuple(mind.sha256 for mind in minds)
    manifest = Manifest(RULES_VERSION, anchor, live, restorable, len(cycles), state.commits)
    content[MANIFEST] = dataset_files.manifest_to_bytes(manifest)
    held = {dataset_files.part_path(part): part for part in kept}  # a part is named by its hash
    files = {path: _digest(data) for path, data in content.items()} | held
    if files != state.files:
        manifest = replace(manifest, commits=(state.commits + 1) % SQUASH_COMMITS)
        content[MANIFEST] = dataset_files.manifest_to_bytes(manifest)
        files[MANIFEST] = _digest(content[MANIFEST])
    add = {path: data for path, data in content.items() if state.files.get(path) != files[path]}
    remove = [path for path in state.files if path not in files]
    after = State("", live, len(cycles), manifest.commits, files)
    cut = erases or (bool(add) and manifest.commits == 0)
    return Plan(add, remove, after, assigned, rewritten, cut)


def remember(run: Run, plan: Plan, commit: str) -> None:
    """Writes down that a plan was carried out."""
    for part in plan.dissolved:
        parts.dissolve(run, part)
    for part, fights in plan.assigned.items():
        parts.assign(run, part, fights)
    write_state(run, replace(plan.after, commit=commit))


def _sort_parts(run: Run) -> tuple[list[str], list[str], bool]:
    """Parts that stay, parts that are written anew, and whether that erases something."""
    known = parts.known_parts(run)
    erased = [part for part, (_, gone) in known.items() if gone]
    half = dataset_files.FIGHTS_A_PART // 2
    small = [part for part, (held, gone) in known.items() if held < half and not gone]
    rewritten = erased + (small if len(small) >= SMALL_PARTS else [])
    return [part for part in known if part not in rewritten], rewritten, bool(erased)


def _chunks(fights: Sequence[Fight]) -> Iterator[list[Fight]]:
    """The fights in the order they were received, as many at a time as a part holds."""
    ordered = sorted(fights, key=lambda fight: (fight.received, fight.id))
    for first in range(0, len(ordered), dataset_files.FIGHTS_A_PART):
        yield ordered[first : first + dataset_files.FIGHTS_A_PART]


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
