"""Whole fights and their logs, played as a page plays them: tick by tick, each decision asked of the mind.

Not run by itself. Benchmarks and tests take their honest fights from here.
"""

import random
from collections.abc import Callable
from itertools import groupby

from duel_sim import Duel
from features import INPUT_MASK, ONGOING, RULES_VERSION, STREAM_DECISION, hash32
from modular_mind import Mind, decide
from service.fight_log import BY_SERVER, MISTAKE, UNDECIDED, FightLog

Knight = Callable[[Duel], int]  # the input bitmask for the next tick


class RandomKeys:
    """A knight of random keys, each set of them held for up to `longest` ticks."""

    def __init__(self, source: random.Random, longest: int = 20):
        self._source = source
        self._longest = longest
        self._keys = 0
        self._left = 0

    def __call__(self, _duel: Duel) -> int:
        if self._left == 0:
            self._keys = self._source.randint(0, INPUT_MASK)
            self._left = self._source.randint(1, self._longest)
        self._left -= 1
        return self._keys


def play_fight(
    seed: int,
    tier: str,
    explore: int,
    mind: Mind,
    knight: Callable[[Duel], Knight],
    chance: random.Random,
    undecided: float = 0.0,
) -> FightLog:
    """The log of a fight from beginning to end.

    explore: mistake rate in 1/65536. knight: makes the knight for the duel at its start. chance: says of each
    decision whether the server or the page's own mind made it, and, at the rate `undecided`, that neither
    did in time.
    """
    duel = Duel(seed)
    act = knight(duel)
    inputs, decisions = bytearray(), bytearray()
    while duel.outcome == ONGOING:
        if duel.decision_due:
            if undecided and chance.random() < undecided:
                decisions.append(UNDECIDED)
            else:
                trace = decide(duel.observation(), explore, hash32(seed, STREAM_DECISION, duel.k), mind)
                by_server = BY_SERVER if chance.random() < 0.9 else 0
                decisions.append(trace["move"] | (MISTAKE if trace["mistake"] else 0) | by_server)
                duel.choose(trace["move"])
        keys = act(duel)
        duel.step(keys)
        inputs.append(keys)
    runs = tuple((keys, len(list(same))) for keys, same in groupby(inputs))
    return FightLog(
        rules_version=RULES_VERSION,
        seed=seed,
        explore=explore,
        tier=tier,
        outcome=duel.outcome,
        final_hash=duel.hash(),
        weights=mind.sha256,
        runs=runs,
        decisions=bytes(decisions),
    )


def is_true(log: FightLog, mind: Mind) -> bool:
    """Whether these inputs, played with this mind, make this very log.

    Found out by fighting the fight once more, one decision at a time. Where the log says that nobody decided
    in time it is believed, and so is who decided: no one but the player can know. The log's rules must be
    today's.
    """
    duel = Duel(log.seed)
    made = iter(log.decisions)
    inputs = iter(log.inputs())
    while duel.outcome == ONGOING:
        if duel.decision_due:
            byte = next(made, None)
            if byte is None:
                return False
            if byte != UNDECIDED:
                draw = hash32(log.seed, STREAM_DECISION, duel.k)
                trace = decide(duel.observation(), log.explore, draw, mind)
                if byte & ~BY_SERVER != trace["move"] | (MISTAKE if trace["mistake"] else 0):
                    return False
                duel.choose(trace["move"])
        keys = next(inputs, None)
        if keys is None:
            return False
        duel.step(keys)
    ended = next(inputs, None) is None and next(made, None) is None
    return ended and (duel.outcome, duel.hash()) == (log.outcome, log.final_hash)
