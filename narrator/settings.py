"""Settings of the narrator, from the environment, in one frozen dataclass.

| variable | what |
|---|---|
| MM_NARRATOR_BACKEND | `llama.cpp` (unless set), `transformers`, `inference_api`, `mock`, or `off` |
| MM_NARRATOR_MODEL | a .gguf file, a transformers folder, or a Hub id; the packaged SmolLM2 unless set |
| MM_NARRATOR_MAX_TOKENS | tokens of a line at most, from 16 to 256, 60 unless set |
| HF_TOKEN | for models of the Hub that need one, and for `inference_api` |
| MM_DATA_DIR | models of the Hub are kept in `models/` there, `var/` unless set |

Where the backend that was set cannot start, the next one is tried; where none was set, only those that run on
this machine are. A Hub id is `owner/name`, `owner/name@revision` or `owner/name@revision:file.gguf`.
"""

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BACKENDS = ("llama.cpp", "transformers", "inference_api", "mock", "off")
LEAST_TOKENS, MOST_TOKENS = 16, 256
# Of a tuned model. The nucleus alone bounds the choice: other samplers of a runtime are switched off.
TEMPERATURE, TOP_P = 0.5, 0.95
# A line that takes longer is given up: its moment has passed, and the server takes 8 s of silence for a hang.
LINE_SECONDS = 6.0
TRIES = 2  # at one line
SECOND_TRY_WITHIN = 1.2  # seconds of the first: after a slower one the moment would have passed
MOST_THREADS = 4

_NAME = r"[A-Za-z0-9][\w.-]{0,95}"
_HUB = re.compile(rf"({_NAME}/{_NAME})(?:@([\w./-]{{1,100}})(?::([\w./-]{{1,200}}\.gguf))?)?", re.ASCII)
_TOKEN = re.compile(r"[!-~]{1,512}")


class NarratorSettingsError(ValueError):
    """A setting that cannot be used; the message is one line for the person who set it."""


@dataclass(frozen=True, slots=True)
class HubModel:
    """A model on the Hub; without a revision its newest, without a file the whole folder."""

    repository: str
    revision: str | None = None
    file: str | None = None


@dataclass(frozen=True, slots=True)
class NarratorConfig:
    """What the narrator needs to know before it starts."""

    backend: str | None = None  # None: nobody chose one
    model: Path | HubModel | None = None  # None: the packaged model with our adapters
    max_tokens: int = 60
    token: str | None = field(default=None, repr=False)
    cache_dir: Path = ROOT / "var" / "models"


def read_config(environment: Mapping[str, str]) -> NarratorConfig:
    """The narrator's settings; raises NarratorSettingsError."""
    backend = environment.get("MM_NARRATOR_BACKEND") or None
    if backend is not None and backend not in BACKENDS:
        raise NarratorSettingsError(f"MM_NARRATOR_BACKEND is {backend!r}, not one of {', '.join(BACKENDS)}")
    text = (environment.get("MM_NARRATOR_MAX_TOKENS") or "60").strip()
    if not (re.fullmatch(r"[0-9]{1,4}", text) and LEAST_TOKENS <= int(text) <= MOST_TOKENS):
        raise NarratorSettingsError(
            f"MM_NARRATOR_MAX_TOKENS is {text!r}, not an integer from {LEAST_TOKENS} to {MOST_TOKENS}"
        )
    token = (environment.get("HF_TOKEN") or "").strip() or None
    if token is not None and not _TOKEN.fullmatch(token):
        raise NarratorSettingsError("HF_TOKEN holds characters that no token has")
    return NarratorConfig(
        backend=backend,
        model=_model(environment.get("MM_NARRATOR_MODEL") or ""),
        max_tokens=int(text),
        token=token,
        cache_dir=Path(environment.get("MM_DATA_DIR") or ROOT / "var") / "models",
    )


def _model(text: str) -> Path | HubModel | None:
    """What MM_NARRATOR_MODEL names: a path where one is there or it looks like one, else a Hub id."""
    text = text.strip()
    if not text:
        return None
    path = Path(text).expanduser()
    if text[0] in "/.~" or "\\" in text or path.exists():
        return path
    named = _HUB.fullmatch(text)
    if named is None or any(".." in part for part in named.groups("")):
        raise NarratorSettingsError(
            f"MM_NARRATOR_MODEL is {text[:200]!r}, neither a file or folder that is there "
            "nor owner/name, owner/name@revision or owner/name@revision:file.gguf"
        )
    return HubModel(*named.groups())


def threads() -> int:
    """How many threads a model gets: half of the cores, since the other half plays the game.

    Threads wait for each other at every layer. Measured on two cores: for a prompt and 60 tokens one thread
    takes 1.2 s. Two take 0.7 s while nothing else runs, but 11 s for 30 tokens beside a job that is at work
    for 6% of the time.
    """
    try:
        cores = len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        cores = os.cpu_count() or 1
    return max(1, min(MOST_THREADS, cores // 2))
