"""The form of replays once more, written from its description in web/replay: reading, writing, playing them.

An independent reader, so that the tests hold the page to the description and not to itself.
"""

import base64
import itertools
import struct
import zlib
from dataclasses import dataclass

from duel_sim import Duel
from features import CLEAVE, ONGOING, RULES_VERSION, SPECIALISTS, TIERS
from modular_mind import Mind, decide
from training.silence import silenced

FORMAT = 1
HEAD = struct.Struct("<BIIBBI32s")
CHECKSUM = struct.Struct("<I")
UNDECIDED = 7
LEAST_FALL = 0.25


@dataclass
class Record:
    """What web/replay/record.js calls a record; `runs`: (input, ticks) pairs."""

    rules_version: int
    seed: int
    explore: int
    tier: str
    outcome: int
    final_hash: int
    weights: str
    runs: list[tuple[int, int]]
    decisions: bytes

    @property
    def inputs(self) -> list[int]:
        """The knight's input of each tick."""
        return [keys for keys, ticks in self.runs for _ in range(ticks)]


def read(text: str) -> Record:
    """The record in the text of a replay."""
    data = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    assert data[0] == FORMAT
    assert CHECKSUM.unpack_from(data, 1)[0] == zlib.crc32(data[:1] + data[5:])
    content = zlib.decompress(data[5:], wbits=-15)
    version, seed, explore, tier, outcome, final_hash, weights = HEAD.unpack_from(content)
    count, at = _read_variable(content, HEAD.size)
    keys = content[at : at + count]
    at += count
    runs = []
    for key in keys:
        ticks, at = _read_variable(content, at)
        runs.append((key, ticks))
    decisions = content[at:]
    return Record(version, seed, explore, TIERS[tier], outcome, final_hash, weights.hex(), runs, decisions)


def content_of(record: Record) -> bytes:
    """The canonical bytes of a record."""
    head = HEAD.pack(
        record.rules_version,
        record.seed,
        record.explore,
        TIERS.index(record.tier),
        record.outcome,
        record.final_hash,
        bytes.fromhex(record.weights),
    )
    keys = bytes(keys for keys, _ in record.runs)
    lengths = b"".join(_variable(ticks) for _, ticks in record.runs)
    return head + _variable(len(record.runs)) + keys + lengths + record.decisions


def write(content: bytes, form: int = FORMAT, junk: bytes = b"") -> str:
    """The text around canonical bytes, or around anything else; `junk` follows the deflated stream."""
    packer = zlib.compressobj(9, wbits=-15)
    packed = packer.compress(content) + packer.flush() + junk
    checksum = CHECKSUM.pack(zlib.crc32(bytes([form]) + packed))
    return base64.urlsafe_b64encode(bytes([form]) + checksum + packed).decode().rstrip("=")


def play(record: Record) -> tuple[Duel, list[dict]]:
    """The fight played by Python: where it ends, and each decision as {k, observation, move, tick}."""
    assert record.rules_version == RULES_VERSION
    duel = Duel(record.seed)
    moves = iter(record.decisions)
    decisions = []

    def decide(tick: int) -> None:
        move = next(moves) & UNDECIDED
        decisions.append({"k": duel.k, "observation": duel.observation(), "move": move, "tick": tick})
        if move != UNDECIDED:
            duel.choose(move)

    decide(0)
    for tick, keys in enumerate(record.inputs, 1):
        assert duel.outcome == ONGOING
        duel.step(keys)
        if duel.decision_due:
            decide(tick)
    assert next(moves, None) is None
    return duel, decisions


def caption(mind: Mind, observation: list[int], explore: int, draw: int) -> str:
    """What the killcam must say of a cleave that was decided so."""

    def probability(names: tuple[str, ...]) -> float:
        without = mind
        for name in names:
            without = silenced(without, name, drive=True)
        return decide(observation, explore, draw, without)["probabilities"][CLEAVE]

    whole = probability(())
    if decide(observation, explore, draw, mind)["mistake"]:
        chose = "the dice chose CLEAVE, which the mind itself held at"
        return f"A deliberate mistake killed you: {chose} {whole:.0%}."
    for size in (1, 2, 3):
        left = {names: probability(names) for names in itertools.combinations(SPECIALISTS, size)}
        names, least = min(left.items(), key=lambda item: item[1])
        if whole - least < LEAST_FALL and least > whole / 2:
            continue
        if size == 1:
            return f"{names[0]} drove it: CLEAVE {whole:.0%}, without it {least:.0%}."
        return (
            f"No single specialist: each could be missing. {', '.join(names[:-1])} and {names[-1]} drove it "
            f"together: CLEAVE {whole:.0%}, without {'both' if size == 2 else 'all three'} {least:.0%}."
        )
    least = min(probability((name,)) for name in SPECIALISTS)
    return (
        "No single specialist: each could be missing. "
        f"CLEAVE {whole:.0%}, without any one of them still {least:.0%}."
    )


def _variable(value: int) -> bytes:
    parts = []
    while value > 127:
        parts.append(value & 127 | 128)
        value >>= 7
    return bytes([*parts, value])


def _read_variable(content: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        value |= (content[at] & 127) << shift
        at += 1
        shift += 7
        if content[at - 1] < 128:
            return value, at
