"""How many threads torch gets: whichever number is faster here, as nobody would train with the slower one."""

import time
from collections.abc import Callable

import torch

CANDIDATES = (1, 2)
ROUNDS = 2
DESCRIPTION = "the faster of 1 and 2"


def set_fastest(work: Callable[[], object]) -> int:
    """Time `work`, a rollout and what is learned from it, in turns; set and return the faster number."""
    best = dict.fromkeys(CANDIDATES, float("inf"))
    work()  # torch loads much at its first step
    for _ in range(ROUNDS):
        for threads in CANDIDATES:
            torch.set_num_threads(threads)
            began = time.perf_counter()
            work()
            best[threads] = min(best[threads], time.perf_counter() - began)
    fastest = min(best, key=best.get)
    torch.set_num_threads(fastest)
    return fastest
