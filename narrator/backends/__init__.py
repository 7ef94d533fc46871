"""Models that write a line about a moment, behind one interface; the one who can start, speaks.

    backend = start(read_config(os.environ))        # raises BackendUnavailable
    backend.write(facts, "chronicler", seed=7)      # -> Generated

A backend has a `name`, a `model` (a short name for people), `tuned` (whether adapters of ours are on),
`write` and `close`. What it writes is unchecked: narrator/validator.py judges it. Each lives in a module of
its own that is imported only when it is tried, since each needs packages that may be missing.
"""

import importlib
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from narrator.facts import Facts
from narrator.personas import PERSONAS
from narrator.settings import NarratorConfig

# Tried in this order, from the chosen one on. Where nobody chose one, the owner of a token that is there for
# something else has not agreed to pay for lines with it: then only models of this machine are tried. The mock
# stands alone: nobody wants it by accident.
ORDER = ("llama.cpp", "transformers", "inference_api")
UNCHOSEN = ORDER[: ORDER.index("inference_api")]
MODULES = {
    "llama.cpp": "llama_cpp",
    "transformers": "transformers_backend",
    "inference_api": "inference_api",
    "mock": "mock",
}
REASON_LIMIT = 300  # characters
PACE_TRIES = 3  # lines that a model without an adapter may need until one is in time
log = logging.getLogger(__name__)


class BackendUnavailable(Exception):
    """Why a backend cannot start, or did not write, in one line."""

    def __init__(self, reason: str, is_missing: bool = False, is_unfit: bool = False):
        """is_missing: it is not installed, which may be on its way; is_unfit: it will not do here."""
        super().__init__(" ".join(reason.split())[:REASON_LIMIT])
        self.is_missing = is_missing
        self.is_unfit = is_unfit


@dataclass(frozen=True, slots=True)
class Generated:
    """What a model wrote, unchecked."""

    text: str
    tokens: int
    seconds: float


class Backend(Protocol):
    """A model that has started. For one thread."""

    name: str
    model: str
    tuned: bool

    def write(self, facts: Facts, persona: str, seed: int, greedy: bool = False) -> Generated:
        """One line about a moment; raises BackendUnavailable when it cannot be had now."""

    def close(self) -> None:
        """Gives back what the model holds."""


def start(config: NarratorConfig, fall: Callable[[str], None] = log.warning) -> Backend:
    """The chosen backend, or the first after it that can start; raises BackendUnavailable.

    fall: told why it is not the first.
    """
    if config.backend == "off":
        raise BackendUnavailable("the narrator's model is switched off")
    if config.backend is None:
        following = UNCHOSEN
    elif config.backend in ORDER:
        following = ORDER[ORDER.index(config.backend) :]
    else:
        following = (config.backend,)
    reasons, is_missing, is_unfit = [], False, False
    for name in following:
        try:
            module = importlib.import_module(f"narrator.backends.{MODULES[name]}")
            backend = module.start(config)
        except BackendUnavailable as error:
            if not reasons:
                is_missing = error.is_missing  # of the chosen one: the others only stand in for it
            is_unfit = is_unfit or error.is_unfit
            reasons.append(f"{name}: {error}")
        else:
            if reasons:
                fall("; ".join(reasons))
            return backend
    raise BackendUnavailable("; ".join(reasons), is_missing, is_unfit)


def in_pace(backend: Backend) -> Backend:
    """A backend that can write in time on this machine; raises BackendUnavailable for another.

    Without an adapter of ours a model may be of any size, and reads a long prompt. What it has read when its
    time is over it need not read again, so it gets some tries.
    """
    if backend.tuned:
        return backend
    for number in range(PACE_TRIES):
        try:
            backend.write(Facts("opening"), next(iter(PERSONAS)), number)
        except BackendUnavailable as error:
            why = str(error)
        except Exception as error:  # whatever a library makes of a model that it could load
            why = f"{type(error).__name__}: {error}"
        else:
            return backend
    backend.close()
    raise BackendUnavailable(f"{backend.model} writes no line here: {why}", is_unfit=True)


def required(package: str):
    """A package that a backend needs; raises BackendUnavailable where it is missing or broken."""
    try:
        return importlib.import_module(package)
    except ModuleNotFoundError as error:
        reason = f"the package {error.name or package} is not installed"
        raise BackendUnavailable(reason, is_missing=True) from None
    except Exception as error:  # a half installed package, or one for another machine, raises anything
        raise BackendUnavailable(f"the package {package} does not work: {error}") from error


def first_line(text: str) -> str:
    """The first line that says something, without the quotes that chat models like to put around it."""
    line = next((line.strip() for line in text.splitlines() if line.strip()), "")
    for opening, closing in (('"', '"'), ("“", "”"), ("*", "*")):
        if len(line) > 1 and line.startswith(opening) and line.endswith(closing):
            line = line[1:-1].strip()
    return line
