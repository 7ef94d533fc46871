"""How long the learner takes to learn from one fight: `mm_grad` against torch autograd and Adam, one thread.

    python -m benchmarks.learn

One step is everything between a lesson and changed parameters: masks, forward, loss, backward, clip,
Adam. Both do the same in float32 on the same 300 decisions of a real fight, and end at the
same parameters (asserted over five steps). The peer is torch as one writes it: autograd, `clip_grad_norm_`
and `torch.optim.Adam`; `torch_fused_ms` is the same with the fused one of its Adams. Medians, in turns.
`study_ms` is the whole of `learning.gradient.study`, which also keeps the bounds: it measures the KL to the
anchor over some 4,000 situations.

Prints {"mm_grad_ms", "torch_ms", "ratio_vs_torch", "torch_fused_ms", "study_ms", "decisions"}.
"""

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

import random
from dataclasses import fields

import numpy as np
import torch

from benchmarks.common import interleaved, report
from benchmarks.logged_fights import play_fight
from duel_sim import ScriptedKnight
from features import TIER_EXPLORE
from learning.bounds import Bounds, reference_observations
from learning.gradient import (
    CLIP,
    LEARNING_RATE,
    begin,
    clipped,
    fight_gradient,
    study,
)
from learning.lessons import Lesson, lesson
from mm_grad import pack
from mm_torch import TorchMind, log_probability, masked_log_softmax
from modular_mind import default_mind
from service.replay import replay

DECISIONS = 300
KNIGHT = "dodger"
FIRST_SEED = 91
ROUNDS, CALLS = 41, 10
CHECKED_STEPS = 5
TOLERANCE = 1e-3  # of the way gone: Adam magnifies what float32 rounds in gradients near 0


def long_lesson() -> tuple[Lesson, int]:
    """The first 300 decisions of the first fight of so many against the shipped boss on Hard; its seed."""
    mind = default_mind()
    for seed in range(FIRST_SEED, FIRST_SEED + 1000):
        log = play_fight(
            seed,
            "hard",
            TIER_EXPLORE["hard"],
            mind,
            lambda duel: ScriptedKnight(KNIGHT, duel),
            random.Random(seed),
        )
        if len(log.decisions) >= DECISIONS:
            whole = lesson(replay(log, mind))
            return Lesson(*(getattr(whole, part.name)[:DECISIONS] for part in fields(Lesson))), seed
    raise RuntimeError(f"no fight of {DECISIONS} decisions was found")


class TorchStudent:
    """The same step in torch."""

    def __init__(self, taught: Lesson, fused: bool):
        self.model = TorchMind(default_mind().parameters)
        self.adam = torch.optim.Adam(self.model.parameters(), lr=LEARNING_RATE, fused=fused or None)
        self.x, self.legal, self.moves, self.advantages, self.weights = (
            torch.from_numpy(np.ascontiguousarray(values))
            for values in (taught.x, taught.legal, taught.moves, taught.advantages, taught.weights)
        )

    def step(self) -> None:
        """One fight."""
        counts = self.weights > 0
        x, weights = self.x[counts], self.weights[counts]
        log_pi = masked_log_softmax(self.model(x), self.legal[counts])
        chosen = log_probability(log_pi, self.moves[counts])
        loss = -(weights / len(x) * self.advantages[counts] * chosen).sum()
        self.adam.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(self.model.parameters(), CLIP)
        self.adam.step()


def main() -> None:
    """Measures and reports."""
    torch.set_num_threads(1)
    taught, seed = long_lesson()
    anchor = pack(default_mind().parameters)
    student = begin(anchor)

    def learn() -> None:
        student.adam.step(student.flat, clipped(fight_gradient(student.parameters, taught)))

    peer, fused = TorchStudent(taught, fused=False), TorchStudent(taught, fused=True)
    for _ in range(CHECKED_STEPS):
        learn()
        peer.step()
    apart = np.linalg.norm(student.flat - pack(peer.model.parameter_arrays()))
    gone = np.linalg.norm(student.flat - anchor)
    if not apart < TOLERANCE * gone:
        raise RuntimeError(f"the two learn differently: {apart} apart after going {gone}")

    reference, kept = reference_observations(default_mind()), begin(anchor)
    bounds = Bounds()
    seconds = interleaved(
        {
            "mm_grad": learn,
            "torch": peer.step,
            "fused": fused.step,
        },
        ROUNDS,
        CALLS,
    )
    whole = interleaved({"study": lambda: study(kept, taught, anchor, reference, bounds)}, ROUNDS)
    report(
        {
            "mm_grad_ms": seconds["mm_grad"] * 1e3,
            "torch_ms": seconds["torch"] * 1e3,
            "ratio_vs_torch": seconds["torch"] / seconds["mm_grad"],
            "torch_fused_ms": seconds["fused"] * 1e3,
            "study_ms": whole["study"] * 1e3,
            "decisions": int(np.count_nonzero(taught.weights)),
        },
        [seed],
    )


if __name__ == "__main__":
    main()
