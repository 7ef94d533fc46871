"""The narrator: facts of a fight -> a line of prose. This face is all that the service uses.

    Watcher    the moments a page reports -> the most telling facts (narrator/beats.py)
    Bard       facts -> a hand-written line, at once (narrator/bard.py)
    verdict    whether a line is true of the facts (narrator/validator.py)

The model that writes lines of its own runs in another process: `python -m narrator` (narrator/__main__.py).
"""

from narrator.bard import Bard
from narrator.beats import MASK, Moment, Watcher
from narrator.facts import (
    BEATS,
    FINAL_BEATS,
    LEARNED_LIMIT,
    LONGEST_TICKS,
    Facts,
    FactsError,
    as_dict,
    facts_from,
)
from narrator.personas import PERSONAS
from narrator.validator import verdict

__all__ = [
    "BEATS",
    "FINAL_BEATS",
    "LEARNED_LIMIT",
    "LONGEST_TICKS",
    "MASK",
    "PERSONAS",
    "Bard",
    "Facts",
    "FactsError",
    "Moment",
    "Watcher",
    "as_dict",
    "facts_from",
    "verdict",
]
