"""Learning by the gradient: one Adam step for each verified fight, on a candidate that is kept.

    student = begin(anchor_flat)                       # or from_text(...), as the cycle before left it
    step = study(student, lesson, anchor_flat, reference, bounds)
    mind = nearest_within(student.flat, anchor, bounds)                  # of learning/bounds.py

REINFORCE: moves that turned out better than expected (learning/lessons.py) become more likely. No single
fight may do much: its advantages have the spread of any other's, its gradient is clipped, and Adam moves a
parameter by no more than about the learning rate. After each step the candidate is put back onto the ball
around the anchor, and a step that would leave the KL limit is shortened until it does not, after which
nothing more is learned in this cycle.
"""

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from learning.bounds import Bounds, Reference, mean_kl, project
from learning.lessons import Lesson
from mm_grad import Adam, policy_gradient, unpack
from modular_mind import PARAMETER_COUNT

LEARNING_RATE = 1e-3  # at most about 0.07 of distance a fight
CLIP = 1.0  # the greatest length of one fight's gradient
LEAST_DECISIONS = 2  # from which to learn anything
HALVINGS = 8  # of a step that leaves the KL limit, before it is given up


@dataclass(slots=True)
class Student:
    """A candidate between two minds, not rounded, and the state of its optimiser."""

    flat: np.ndarray  # (4490,) float32; changed in place only
    parameters: Mapping[str, np.ndarray]  # views into it
    adam: Adam


class Step(NamedTuple):
    """What one fight did."""

    decisions: int  # that taught
    gradient: float  # its length before it was clipped
    distance: float  # from the anchor, after
    kl: float  # after
    stopped: bool  # the KL limit was reached: the candidate must learn no more before it is judged


def begin(flat: np.ndarray) -> Student:
    """A student that starts from these parameters (4490,)."""
    flat = np.array(flat, np.float32)
    return Student(flat, unpack(flat), Adam(flat, LEARNING_RATE))


def study(
    student: Student, lesson: Lesson, anchor_flat: np.ndarray, reference: Reference, bounds: Bounds
) -> Step:
    """Learns from one fight, in place: one step, within the bounds. anchor_flat: (4490,)."""
    before = student.flat.copy()
    gradient = fight_gradient(student.parameters, lesson)
    length = 0.0
    if gradient is not None:
        length = float(np.linalg.norm(gradient))
        student.adam.step(student.flat, clipped(gradient))
        project(student.flat, anchor_flat, bounds)
    kl, stopped = _keep_within(student.flat, before, anchor_flat, reference, bounds)
    return Step(
        int(np.count_nonzero(lesson.weights)),
        length,
        float(np.linalg.norm(student.flat - anchor_flat)),
        kl,
        stopped,
    )


def fight_gradient(parameters: Mapping[str, np.ndarray], lesson: Lesson) -> np.ndarray | None:
    """The gradient (4490,) of the loss of one fight, not clipped; None for one that teaches nothing.

    Decisions of no weight are left out before anything is computed, so they add exactly nothing.
    """
    counts = np.flatnonzero(lesson.weights > 0)  # several times as fast to take as a mask is
    if len(counts) < LEAST_DECISIONS:
        return None
    result = policy_gradient(
        parameters,
        lesson.x.take(counts, 0),
        lesson.legal.take(counts, 0),
        lesson.moves.take(counts),
        lesson.advantages.take(counts),
        lesson.weights.take(counts) / len(counts),
        0.0,
    )
    return result.gradient


def clipped(gradient: np.ndarray) -> np.ndarray:
    """A gradient of at most the length CLIP, in the same direction."""
    length = float(np.linalg.norm(gradient))
    return gradient if length <= CLIP else gradient * gradient.dtype.type(CLIP / length)


def _keep_within(
    flat: np.ndarray, before: np.ndarray, anchor_flat: np.ndarray, reference: Reference, bounds: Bounds
) -> tuple[float, bool]:
    """Shortens a step until the KL limit holds, in place; the KL then, and whether that was needed.

    The ball is convex: between two points of it nothing leaves it.
    """
    kl = mean_kl(flat, anchor_flat, reference.observations, reference.legal)
    if kl <= bounds.kl:
        return kl, False
    taken = flat - before
    for halving in range(1, HALVINGS + 1):
        flat[:] = before + taken * flat.dtype.type(0.5**halving)
        kl = mean_kl(flat, anchor_flat, reference.observations, reference.legal)
        if kl <= bounds.kl:
            return kl, True
    flat[:] = before
    return mean_kl(flat, anchor_flat, reference.observations, reference.legal), True


# ---------------------------------------------------------------------------- kept between cycles
def to_text(student: Student) -> str:
    """A student as text, for `from_text`: the same numbers again, bit for bit."""
    vectors = np.stack([student.flat, student.adam.first, student.adam.second])
    packed = base64.b64encode(vectors.astype("<f4").tobytes()).decode("ascii")
    return json.dumps({"steps": student.adam.steps, "vectors": packed})


def from_text(text: str) -> Student:
    """The student that `to_text` wrote; raises ValueError for anything else."""
    try:
        content = json.loads(text)
        steps, packed = content["steps"], base64.b64decode(content["vectors"], validate=True)
        vectors = np.frombuffer(packed, "<f4").reshape(3, PARAMETER_COUNT).astype(np.float32)
    except (KeyError, TypeError, binascii.Error) as error:
        raise ValueError(f"no student: {error}") from error
    if not (isinstance(steps, int) and steps >= 0 and np.isfinite(vectors).all()):
        raise ValueError("no student: its numbers make no sense")
    student = begin(vectors[0])
    student.adam.first, student.adam.second = vectors[1].copy(), vectors[2].copy()
    student.adam.steps = steps
    return student
