"""How soon the boss's choices can follow from what the knight does: fights forked on one flipped key.

    python -m benchmarks.fairness [--forks 4000]

A fight between a knight (a scripted one, or random keys) and the shipped mind is recorded. At a random tick
one bit of the knight's input is flipped, and from there the fight is played again with otherwise the
same inputs, the mind deciding anew. Both branches' choices (the move, and the direction of the knight
that is latched with it) are compared at each decision at which both are asked. The reaction is the time
from the flipped input to the tick in which the first differing choice applies, in ticks of the fight's
clock; a fork whose choices stay the same for HORIZON ticks did not react. No reaction may be below 15
ticks (250 ms). What the body is forced to do (a guard that breaks, a push) is no choice.

Prints {"min_reaction_ticks", "forks", "reacted", "histogram": {ticks: forks}}.
"""

import argparse
import random
from collections import Counter
from collections.abc import Callable

from benchmarks.common import report
from duel.fighters import FIGHTERS
from duel_sim import Duel, ScriptedKnight
from features import (
    BOSS_AIM,
    CLOCK,
    DECISION_TICKS,
    INPUT_MASK,
    INPUT_NAMES,
    ONGOING,
    SEED,
    SEED_LIMIT,
    STREAM_DECISION,
    hash32,
)
from modular_mind import decide

SEED_OF_RUN = 1
FORKS = 4000
FORKS_PER_FIGHT = 20
FIGHT_TICKS = 2400
HORIZON = 120  # ticks that a fork is followed

Policy = Callable[[Duel], int]  # the boss's move at a decision that is due


def mind_policy(duel: Duel) -> int:
    """The shipped mind, without mistakes, by the draws of the fight."""
    draw = hash32(duel.state[SEED], STREAM_DECISION, duel.k)
    return decide(duel.observation(), 0, draw)["move"]


class RandomKeys:
    """A knight of random keys, each held for up to a third of a second."""

    def __init__(self, source: random.Random):
        self._source = source
        self._keys = 0
        self._left = 0

    def __call__(self, duel: Duel) -> int:
        if self._left == 0:
            self._keys = self._source.randrange(INPUT_MASK + 1)
            self._left = self._source.randint(1, 20)
        self._left -= 1
        return self._keys


class Record:
    """A fight as it went: per tick the state before it and the input, and the choices by decision index."""

    def __init__(self, seed: int, knight: Callable[[Duel], int] | str, policy: Policy):
        """`knight`: a callable that gives the input for the next tick, or a scripted knight's name."""
        duel = Duel(seed)
        if isinstance(knight, str):
            knight = ScriptedKnight(knight, duel)
        self.states: list[list[int]] = []
        self.inputs: list[int] = []
        self.choices: dict[int, tuple[int, int]] = {}
        while duel.outcome == ONGOING and len(self.inputs) < FIGHT_TICKS:
            self.states.append(list(duel.state))
            if duel.decision_due:
                move = policy(duel)
                self.choices[duel.k] = (move, duel.state[BOSS_AIM])
                duel.choose(move)
            keys = knight(duel)
            self.inputs.append(keys)
            duel.step(keys)


def reaction(record: Record, tick: int, bit: int, policy: Policy) -> int | None:
    """Clock ticks from the flip of `bit` in the input of `tick` to the first differing choice, or None."""
    duel = Duel(0)
    duel.state = list(record.states[tick])
    flipped_at = duel.state[CLOCK] + 1  # an input during hit-stop acts in the first tick after it
    for now in range(tick, min(tick + HORIZON, len(record.inputs))):
        if duel.decision_due:
            choice = (policy(duel), duel.state[BOSS_AIM])
            if record.choices.get(duel.k, choice) != choice:
                return DECISION_TICKS * duel.k + DECISION_TICKS - flipped_at
            duel.choose(choice[0])
        duel.step(record.inputs[now] ^ (bit if now == tick else 0))
    return None


def fairness(forks: int, seed: int = SEED_OF_RUN, policy: Policy = mind_policy) -> dict:
    """Fork `forks` times; the figures of the module's docstring."""
    source = random.Random(seed)
    reactions = []
    while len(reactions) < forks:
        fight = len(reactions) // FORKS_PER_FIGHT
        kind = fight % (len(FIGHTERS) + 2)
        knight = FIGHTERS[kind] if kind < len(FIGHTERS) else RandomKeys(source)
        record = Record(source.randrange(SEED_LIMIT), knight, policy)
        for _ in range(min(FORKS_PER_FIGHT, forks - len(reactions))):
            tick = source.randrange(len(record.inputs))
            bit = 1 << source.randrange(len(INPUT_NAMES))
            reactions.append(reaction(record, tick, bit, policy))
    histogram = Counter(ticks for ticks in reactions if ticks is not None)
    return {
        "min_reaction_ticks": min(histogram, default=None),
        "forks": forks,
        "reacted": histogram.total(),
        "histogram": {str(ticks): histogram[ticks] for ticks in sorted(histogram)},
    }


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--forks", type=int, default=FORKS)
    report(fairness(parser.parse_args().forks), [SEED_OF_RUN])
