"""The log of a fight: what the page posts when a fight has ended, and what it takes to play it again.

The canonical bytes are those of `web/replay/record.js`, which describes them: equal logs give equal bytes,
and no other bytes give that log. `from_bytes` checks form and bounds only; whether the fight was really
played so is for `service/replay.py` to say.
"""

import struct
from dataclasses import dataclass
from functools import cached_property

from features import (
    DECISION_TICKS,
    EXPLORE_ONE,
    INPUT_MASK,
    KNIGHT_WINS,
    MOVE_COUNT,
    SEED_LIMIT,
    TIERS,
    TIMEOUT,
    TIMEOUT_TICKS,
)

MOST_TICKS = 12_000  # two minutes and more hit-stop than they can hold
MOST_DECISIONS = TIMEOUT_TICKS // DECISION_TICKS + 1
UNDECIDED = 7  # in place of a move: neither server nor page's mind could be reached
MISTAKE = 8
BY_SERVER = 16
_HEAD = struct.Struct("<BIIBBI32s")
_NO_WEIGHTS = bytes(32)


class FightLogError(ValueError):
    """Bytes that are no log of a fight; the message says what is wrong with them."""


@dataclass(frozen=True)
class FightLog:
    """A fight as its page recorded it."""

    rules_version: int
    seed: int
    explore: int  # mistake rate in 1/65536
    tier: str
    outcome: int  # features.KNIGHT_WINS to TIMEOUT
    final_hash: int  # state_hash of the final state
    weights: str | None  # SHA-256 of the mind that decided, None where the page did not know it
    runs: tuple[tuple[int, int], ...]  # the knight's input bitmask and for how many ticks, in order
    decisions: bytes  # one byte each: the move or UNDECIDED, with the bits MISTAKE and BY_SERVER

    @cached_property
    def ticks(self) -> int:
        """How long the fight was."""
        return sum(length for _, length in self.runs)

    def inputs(self) -> bytes:
        """The knight's input of each tick."""
        return b"".join(bytes([keys]) * length for keys, length in self.runs)


def to_bytes(log: FightLog) -> bytes:
    """The canonical bytes."""
    head = _HEAD.pack(
        log.rules_version,
        log.seed,
        log.explore,
        TIERS.index(log.tier),
        log.outcome,
        log.final_hash,
        _NO_WEIGHTS if log.weights is None else bytes.fromhex(log.weights),
    )
    keys = bytes(keys for keys, _ in log.runs)
    lengths = b"".join(_variable(length) for _, length in log.runs)
    return head + _variable(len(log.runs)) + keys + lengths + log.decisions


def from_bytes(data: bytes) -> FightLog:
    """The log in canonical bytes; raises FightLogError."""
    if len(data) < _HEAD.size:
        raise FightLogError("its beginning is missing")
    version, seed, explore, tier, outcome, final_hash, weights = _HEAD.unpack_from(data)
    if seed >= SEED_LIMIT:
        raise FightLogError("its seed is out of range")
    if explore > EXPLORE_ONE:
        raise FightLogError("its rate of mistakes is out of range")
    if tier >= len(TIERS):
        raise FightLogError("its tier is unknown")
    if not KNIGHT_WINS <= outcome <= TIMEOUT:
        raise FightLogError("its outcome is unknown")
    runs, at = _read_runs(data, _HEAD.size)
    decisions = data[at:]
    if len(decisions) > MOST_DECISIONS:
        raise FightLogError("it holds too many decisions")
    if not all(map(_is_decision, decisions)):
        raise FightLogError("it holds a decision that does not exist")
    known = None if weights == _NO_WEIGHTS else weights.hex()
    return FightLog(version, seed, explore, TIERS[tier], outcome, final_hash, known, runs, decisions)


def _is_decision(byte: int) -> bool:
    move = byte & UNDECIDED
    return byte < 2 * BY_SERVER and (byte == UNDECIDED if move == UNDECIDED else move < MOVE_COUNT)


def _read_runs(data: bytes, at: int) -> tuple[tuple[tuple[int, int], ...], int]:
    count, at = _read_variable(data, at)
    keys = data[at : at + count]
    at += count
    if count == 0 or len(keys) < count:
        raise FightLogError("its inputs are missing")
    runs: list[tuple[int, int]] = []
    total = 0
    for number, key in enumerate(keys):
        length, at = _read_variable(data, at)
        repeated = number > 0 and key == keys[number - 1]
        if key > INPUT_MASK or length == 0 or repeated:
            raise FightLogError("its inputs make no sense")
        total += length
        if total > MOST_TICKS:
            raise FightLogError("it is longer than any fight")
        runs.append((key, length))
    return tuple(runs), at


def _variable(value: int) -> bytes:
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def _read_variable(data: bytes, at: int) -> tuple[int, int]:
    """A number of 7 bits a byte, lowest first, in its shortest spelling only, and where the next one is."""
    value = 0
    for number in range(3):
        if at >= len(data):
            raise FightLogError("its end is missing")
        byte = data[at]
        at += 1
        value |= (byte & 127) << 7 * number
        if byte < 128:
            if byte == 0 and number > 0:
                break
            return value, at
    raise FightLogError("a number in it is spelled wrongly")
