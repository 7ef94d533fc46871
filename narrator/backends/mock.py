"""A backend without a model, for tests: a bard's line, decided by facts, persona and seed alone."""

from narrator.backends import Generated
from narrator.bard import Bard
from narrator.facts import Facts
from narrator.settings import NarratorConfig


class Mock:
    """Stands in for a model."""

    name = "mock"
    model = "mock"
    tuned = False

    def write(self, facts: Facts, persona: str, seed: int, greedy: bool = False) -> Generated:
        """A line that is true, the same for the same facts and seed."""
        text = Bard(0 if greedy else seed).line(facts, persona)
        return Generated(text, tokens=len(text.split()), seconds=0.0)

    def close(self) -> None:
        """There is nothing to give back."""


def start(config: NarratorConfig) -> Mock:
    """Starts always."""
    return Mock()
