"""The files of the private dataset on the Hub, as bytes and back.

    manifest.json            which mind is live, the versions that can be restored, how long the history is
    minds/SHA256.json        the canonical JSON of each of those
    history/00000001.jsonl   the learning history, 200 cycles a file, one a line
    fights/SHA256.jsonl      a part of the journal: up to 256 fights, one a line, named by the content's hash
    fights/taught.json       in which cycle a fight of the parts has taught

All of it is JSON in plain text. Nothing is compressed and nothing large: the Hub keeps such files in the
repository itself, so that a squashed history really loses what was removed, and reading them back cannot
blow up. What is read may be anybody's: it is checked whole, and a `DatasetFileError` says what is wrong.
"""

import base64
import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from features import RULES_VERSION
from service.fight_log import FightLogError, from_bytes
from service.journal import Fight
from service.versions import ANCHORED, KEPT_VERSIONS, PROMOTED, REFUSED, RESET, RESTORED, Cycle

FORMAT = 1
MANIFEST = "manifest.json"
TAUGHT = "fights/taught.json"
CYCLES_A_FILE = 200
FIGHTS_A_PART = 256

MANIFEST_LIMIT = 64 * 1024  # bytes, each
MIND_LIMIT = 256 * 1024
HISTORY_LIMIT = 8 * 1024 * 1024
PART_LIMIT = 8 * 1024 * 1024
TAUGHT_LIMIT = 16 * 1024 * 1024
REPORT_LIMIT = 32 * 1024  # bytes of one cycle's report
MOST_FILES = 5_000
_MOST_SECONDS = 1 << 40

_SHA256 = re.compile("[0-9a-f]{64}")
_FIGHT = re.compile("[0-9a-f]{24}")
_SOURCE = re.compile("local|[0-9a-f]{16}")
_MIND_PATH = re.compile(r"minds/[0-9a-f]{64}\.json")
_HISTORY_PATH = re.compile(r"history/[0-9]{8}\.jsonl")
_PART_PATH = re.compile(r"fights/([0-9a-f]{64})\.jsonl")
_DECISIONS = (PROMOTED, REFUSED, RESET, RESTORED, ANCHORED)


class DatasetFileError(ValueError):
    """A file of the dataset that must not be used; the message names it and says why."""


@dataclass(frozen=True, slots=True)
class Manifest:
    """What the dataset holds."""

    rules_version: int
    anchor: str  # SHA-256 of the mind that learning stays close to
    live: str
    versions: tuple[str, ...]  # that can be restored, the newest first
    cycles: int  # length of the history
    commits: int  # since the repository's own history was last squashed


# ---------------------------------------------------------------------------- paths
def mind_path(sha256: str) -> str:
    """Where a mind is."""
    return f"minds/{sha256}.json"


def part_path(part: str) -> str:
    """Where a part of the journal is."""
    return f"fights/{part}.jsonl"


def parts_among(paths: Sequence[str]) -> list[str]:
    """The names of the parts among some paths."""
    return sorted(match[1] for match in map(_PART_PATH.fullmatch, paths) if match)


def history_among(paths: Sequence[str]) -> list[str]:
    """The files of the history among some paths, in order."""
    return sorted(path for path in paths if _HISTORY_PATH.fullmatch(path))


def is_ours(path: str) -> bool:
    """Whether this program writes and removes files of that path; all others are left alone."""
    patterns = (_MIND_PATH, _HISTORY_PATH, _PART_PATH)
    return path in (MANIFEST, TAUGHT) or any(pattern.fullmatch(path) for pattern in patterns)


# ---------------------------------------------------------------------------- manifest
def manifest_to_bytes(manifest: Manifest) -> bytes:
    """The manifest as it is stored."""
    content = {
        "format": FORMAT,
        "rules_version": manifest.rules_version,
        "anchor": manifest.anchor,
        "live": manifest.live,
        "versions": manifest.versions,
        "cycles": manifest.cycles,
        "commits": manifest.commits,
    }
    return (json.dumps(content, indent=2) + "\n").encode("ascii")


def manifest_from_bytes(data: bytes) -> Manifest:
    """The manifest in stored bytes; raises DatasetFileError."""
    content = _object(MANIFEST, data)
    if content.pop("format", None) != FORMAT:
        raise DatasetFileError(f"{MANIFEST}: written by a newer program, or by none")
    names = {"rules_version", "anchor", "live", "versions", "cycles", "commits"}
    if set(content) != names:
        raise DatasetFileError(f"{MANIFEST}: does not say exactly {', '.join(sorted(names))}")
    versions = content["versions"]
    if not isinstance(versions, list) or len(versions) > KEPT_VERSIONS:
        raise DatasetFileError(f"{MANIFEST}: versions is no list of at most {KEPT_VERSIONS}")
    if not all(map(_is_sha256, (content["anchor"], content["live"], *versions))):
        raise DatasetFileError(f"{MANIFEST}: names a mind that cannot be one")
    for name in ("rules_version", "cycles", "commits"):
        if not _is_integer(content[name], 1_000_000_000):
            raise DatasetFileError(f"{MANIFEST}: {name} is no count")
    return Manifest(**{**content, "versions": tuple(versions)})


# ---------------------------------------------------------------------------- history
def history_files(cycles: Sequence[Cycle]) -> dict[str, bytes]:
    """The files of a history, oldest cycle first, by path."""
    files = {}
    for first in range(0, len(cycles), CYCLES_A_FILE):
        lines = [_cycle_line(cycle) for cycle in cycles[first : first + CYCLES_A_FILE]]
        files[f"history/{first + 1:08d}.jsonl"] = "".join(lines).encode("ascii")
    return files


def _cycle_line(cycle: Cycle) -> str:
    content = {
        "number": cycle.number,
        "finished": cycle.finished,
        "decision": cycle.decision,
        "before": cycle.before,
        "after": cycle.after,
        "candidate": cycle.candidate,
        "report": cycle.report,
    }
    return json.dumps(content, separators=(",", ":"), allow_nan=False) + "\n"


def cycles_from_files(files: Mapping[str, bytes]) -> list[Cycle]:
    """The cycles of the history's files, oldest first; raises DatasetFileError unless none is missing."""
    cycles: list[Cycle] = []
    for path in history_among(list(files)):
        for number, line in enumerate(files[path].splitlines(), 1):
            cycle = _cycle(f"{path}, line {number}", line)
            if cycle.number != len(cycles) + 1:
                raise DatasetFileError(f"{path}: cycle {cycle.number} follows cycle {len(cycles)}")
            cycles.append(cycle)
    return cycles


def _cycle(where: str, line: bytes) -> Cycle:
    content = _object(where, line)
    if set(content) != {"number", "finished", "decision", "before", "after", "candidate", "report"}:
        raise DatasetFileError(f"{where}: is no cycle")
    cycle = Cycle(**content)
    if not (_is_integer(cycle.number, 1 << 31) and _is_integer(cycle.finished, _MOST_SECONDS)):
        raise DatasetFileError(f"{where}: its number or time is none")
    if cycle.decision not in _DECISIONS:
        raise DatasetFileError(f"{where}: its decision is unknown")
    named = [cycle.before, cycle.after] + ([] if cycle.candidate is None else [cycle.candidate])
    if not all(map(_is_sha256, named)):
        raise DatasetFileError(f"{where}: names a mind that cannot be one")
    if not isinstance(cycle.report, dict) or len(line) > REPORT_LIMIT:
        raise DatasetFileError(f"{where}: its report is none, or too long")
    return cycle


# ---------------------------------------------------------------------------- fights
def part_from_fights(fights: Sequence[Fight]) -> tuple[str, bytes]:
    """The name of a part (its SHA-256) and its bytes. Every fight has its log."""
    data = "".join(map(_fight_line, fights)).encode("ascii")
    return hashlib.sha256(data).hexdigest(), data


def _fight_line(fight: Fight) -> str:
    content = {
        "fight": fight.id,
        "received": fight.received,
        "source": fight.source,
        "weights": fight.weights,
        "log": base64.urlsafe_b64encode(fight.log).rstrip(b"=").decode("ascii"),
    }
    return json.dumps(content, separators=(",", ":")) + "\n"


def fights_from_part(part: str, data: bytes) -> list[Fight]:
    """The fights of a part, without verdicts: they are replayed again. Raises DatasetFileError."""
    path = part_path(part)
    if hashlib.sha256(data).hexdigest() != part:
        raise DatasetFileError(f"{path}: is not what its name says")
    lines = data.splitlines()
    if len(lines) > FIGHTS_A_PART:
        raise DatasetFileError(f"{path}: holds more than {FIGHTS_A_PART} fights")
    fights = [_fight(f"{path}, line {number}", line) for number, line in enumerate(lines, 1)]
    if len({fight.id for fight in fights}) != len(fights):
        raise DatasetFileError(f"{path}: holds a fight twice")
    return fights


def _fight(where: str, line: bytes) -> Fight:
    content = _object(where, line)
    if set(content) != {"fight", "received", "source", "weights", "log"}:
        raise DatasetFileError(f"{where}: is no fight")
    identity, source, weights = content["fight"], content["source"], content["weights"]
    if not (_matches(_FIGHT, identity) and _is_sha256(weights)):
        raise DatasetFileError(f"{where}: its identity or mind is none")
    if not (source is None or _matches(_SOURCE, source)):
        raise DatasetFileError(f"{where}: its source is none")
    if not _is_integer(content["received"], _MOST_SECONDS):
        raise DatasetFileError(f"{where}: its time is none")
    try:
        text = content["log"]
        data = base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
        log = from_bytes(data)
    except (ValueError, TypeError, FightLogError) as error:
        raise DatasetFileError(f"{where}: its log is none: {type(error).__name__}") from error
    if log.weights not in (None, weights):
        raise DatasetFileError(f"{where}: its log is of another mind")
    return Fight(
        id=identity,
        received=content["received"],
        source=source,
        tier=log.tier,
        rules_version=log.rules_version,
        weights=weights,
        seed=log.seed,
        outcome=log.outcome,
        ticks=log.ticks,
        log=data,
    )


def taught_to_bytes(taught: Mapping[str, int]) -> bytes:
    """Cycle by fight, as it is stored."""
    return (json.dumps(taught, sort_keys=True, separators=(",", ":")) + "\n").encode("ascii")


def taught_from_bytes(data: bytes, cycles: int) -> dict[str, int]:
    """Cycle by fight in stored bytes, of a history of that length; raises DatasetFileError."""
    taught = _object(TAUGHT, data)
    if not all(_matches(_FIGHT, fight) and _is_integer(taught[fight], cycles, 1) for fight in taught):
        raise DatasetFileError(f"{TAUGHT}: names what is no fight or no cycle")
    return taught


# ---------------------------------------------------------------------------- checking
def rules_are_ours(manifest: Manifest) -> bool:
    """Whether its minds were made for these rules."""
    return manifest.rules_version == RULES_VERSION


def _object(where: str, data: bytes) -> dict:
    try:
        content = json.loads(data, parse_constant=_refuse_constant)
    except (ValueError, RecursionError) as error:
        raise DatasetFileError(f"{where}: is no JSON: {type(error).__name__}") from error
    if not isinstance(content, dict):
        raise DatasetFileError(f"{where}: is no JSON object")
    return content


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")


def _matches(pattern: re.Pattern[str], value: object) -> bool:
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def _is_sha256(value: object) -> bool:
    return _matches(_SHA256, value)


def _is_integer(value: object, greatest: int, least: int = 0) -> bool:
    return type(value) is int and least <= value <= greatest
