"""The hand-written voices: whole lines for the bard, and parts from which more lines are composed.

Each voice is a file beside this one, chronicler.toml, crowd.toml, slime.toml. What a line claims is decided
by narrator/lexicon.toml and by the voice's own phrases and words.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from narrator.lexicon import read_claims
from narrator.personas import PERSONAS


@dataclass(frozen=True)
class Voice:
    """One persona's lines. Slots in braces are names of the fighters and numbers of the facts."""

    lines: Mapping[str, list[str]]  # whole ones, by beat
    mains: Mapping[str, list[str]]  # first parts of composed lines, by beat
    tails: list[str]  # what may follow one of these
    openers: list[str]
    joints: list[str]
    ends: list[str]
    names: Mapping[str, list[str]]  # of the knight, "K", and the slime, "S"
    words: frozenset[str]  # that claim nothing
    claims: Mapping[str, Mapping[str | None, str]]  # further phrases, as lexicon.CLAIMS


def _read(persona: str) -> Voice:
    content = tomllib.loads((Path(__file__).parent / f"{persona}.toml").read_text(encoding="utf-8"))
    claims, _ = read_claims(content["claims"])
    return Voice(
        lines={beat: block.strip().splitlines() for beat, block in content["lines"].items()},
        mains={beat: block.strip().splitlines() for beat, block in content["mains"].items()},
        tails=content["tails"].strip().splitlines(),
        openers=content["openers"],
        joints=content["joints"],
        ends=content["ends"],
        names=content["names"],
        words=frozenset(content["words"].split()),
        claims=claims,
    )


VOICES = {persona: _read(persona) for persona in PERSONAS}
