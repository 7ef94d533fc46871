"""Which facts training never sees, and samples of facts with every kind of moment in them."""

import random
import zlib
from collections import defaultdict
from collections.abc import Iterable

from narrator.facts import Facts
from narrator.fights import facts_of_fight, staged_facts
from narrator.prompt import tuned_prompt

SHARE = 8  # one prompt in so many is held out
ONE_PROMPT = ("opening",)  # beats that have but one


def is_held_out(facts: Facts) -> bool:
    """Whether facts are for evaluation only: by their prompt, so that no held-out prompt is trained on."""
    return facts.beat not in ONE_PROMPT and zlib.crc32(tuned_prompt(facts).encode()) % SHARE == 0


def sample(count: int, seeds: Iterable[int], held_out: bool) -> list[Facts]:
    """That many facts from simulated fights: each kind of moment as often as any other, in a fixed order.

    A kind is a beat with its blow and what came before it. Fights are simulated until every kind has its
    share or the seeds are used up; kinds with fewer facts than that come up with the same ones again.
    """
    kinds: dict[tuple[str, str, str], dict[Facts, None]] = defaultdict(dict)
    source = random.Random(count)
    for seed in seeds:
        for facts in [*facts_of_fight(seed), staged_facts(source)]:
            if facts.beat in ONE_PROMPT or is_held_out(facts) == held_out:
                kinds[facts.beat, facts.blow, facts.after][facts] = None
    turns = [source.sample(list(kind), len(kind)) for _, kind in sorted(kinds.items())]
    chosen: list[Facts] = []
    turn = 0
    while len(chosen) < count:
        chosen += [kind[turn % len(kind)] for kind in turns]
        turn += 1
    source.shuffle(chosen)
    return chosen[:count]
