"""Learning by the gradient: the oracle's gradient, the bounds after every step, and the right direction."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from learning_samples import fight

from learning.bounds import Bounds, Reference, mean_kl, reference_observations
from learning.gradient import CLIP, begin, clipped, fight_gradient, from_text, study, to_text
from learning.lessons import Lesson, lesson
from mm_grad import forward, masked_log_softmax, pack, unpack
from mm_torch import TorchMind, log_probability
from mm_torch import masked_log_softmax as torch_log_softmax
from modular_mind import SHAPES, default_mind
from service.replay import replay

ANCHOR = default_mind()
FLAT = pack(ANCHOR.parameters)
EASY = 29547


def lesson_of(seed: int, knight: str = "turtle") -> Lesson:
    """A real fight with mistakes and missing decisions."""
    return lesson(replay(fight(seed, knight, EASY), ANCHOR))


def few(count: int = 300) -> Reference:
    """A smaller reference, so that many steps are quick."""
    whole = reference_observations(ANCHOR)
    return Reference(whole.observations[:count], whole.legal[:count])


@pytest.mark.parametrize(("seed", "knight"), [(1, "turtle"), (2, "dodger"), (3, "aggressor")])
def test_the_gradient_of_a_real_fight_is_autograd_s(seed, knight):
    taught = lesson_of(seed, knight)
    counts = torch.from_numpy(taught.weights > 0)
    model = TorchMind(ANCHOR.parameters, dtype=torch.float64)
    log_pi = torch_log_softmax(model(torch.from_numpy(taught.x).double()), torch.from_numpy(taught.legal))
    chosen = log_probability(log_pi, torch.from_numpy(taught.moves))
    (-(torch.from_numpy(taught.advantages).double() * chosen)[counts].mean()).backward()
    expected = pack({name: getattr(model, name).grad.numpy() for name in SHAPES}, np.float64)
    assert fight_gradient(unpack(FLAT), taught) == pytest.approx(
        expected, rel=1e-3, abs=1e-5 * abs(expected).max()
    )


@settings(max_examples=20)
@given(st.integers(0, 2**31 - 1))
def test_what_a_masked_decision_holds_changes_nothing_at_all(seed):
    taught = lesson_of(1)
    masked = taught.weights == 0
    assert masked.any()
    random = np.random.default_rng(seed)
    changed = {
        name: getattr(taught, name).copy() for name in ("x", "legal", "moves", "returns", "advantages")
    }
    changed["x"][masked] = random.standard_normal((masked.sum(), 24))
    changed["legal"][masked] = random.random((masked.sum(), 5)) < 0.5
    changed["moves"][masked] = random.integers(0, 5, masked.sum())
    changed["returns"][masked] = random.standard_normal(masked.sum()) * 100
    changed["advantages"][masked] = np.nan
    other = replace(taught, **changed)
    assert (fight_gradient(unpack(FLAT), other) == fight_gradient(unpack(FLAT), taught)).all()
    one, two = begin(FLAT), begin(FLAT)
    study(one, taught, FLAT, few(), Bounds())
    study(two, other, FLAT, few(), Bounds())
    assert (one.flat == two.flat).all()


def test_a_fight_without_a_decision_that_counts_moves_nothing():
    taught = lesson_of(1)
    student = begin(FLAT)
    step = study(student, replace(taught, weights=np.zeros_like(taught.weights)), FLAT, few(), Bounds())
    assert (student.flat == FLAT).all()
    assert (step.decisions, step.gradient, student.adam.steps) == (0, 0.0, 0)


@settings(max_examples=50)
@given(st.integers(0, 2**31 - 1), st.floats(1e-3, 1e6))
def test_no_gradient_is_longer_than_the_clip_and_short_ones_are_left(seed, scale):
    gradient = (np.random.default_rng(seed).standard_normal(4490) * scale / 67).astype(np.float32)
    length = np.linalg.norm(gradient)
    result = clipped(gradient)
    assert np.linalg.norm(result) <= CLIP * (1 + 1e-5)
    assert np.allclose(result, gradient * min(1.0, CLIP / length), rtol=1e-4)


def test_a_hostile_lesson_is_clipped_and_moves_no_parameter_further_than_adam_may():
    taught = lesson_of(1)
    hostile = replace(taught, advantages=taught.advantages * np.float32(1e6))
    student = begin(FLAT)
    step = study(student, hostile, FLAT, few(), Bounds(radius=100.0, kl=100.0))
    assert step.gradient > 1000 * CLIP
    assert np.linalg.norm(student.adam.first) <= 0.1 * CLIP * (1 + 1e-5)
    assert np.abs(student.flat - FLAT).max() <= student.adam.learning_rate * 1.01


@pytest.mark.parametrize(
    "bounds", [Bounds(radius=0.1, kl=100.0), Bounds(radius=100.0, kl=0.01), Bounds(0.2, 0.02)]
)
def test_both_bounds_hold_after_every_step_of_one_sided_fights(bounds):
    taught = lesson_of(2, "dodger")
    pushed = replace(taught, advantages=np.ones_like(taught.advantages))  # whatever it did was right
    reference, student = few(), begin(FLAT)
    stops = 0
    for _ in range(40):
        step = study(student, pushed, FLAT, reference, bounds)
        assert np.linalg.norm(student.flat.astype(np.float64) - FLAT) <= bounds.radius * (1 + 1e-6)
        assert mean_kl(student.flat, FLAT, *reference) <= bounds.kl
        assert step.kl == mean_kl(student.flat, FLAT, *reference)
        stops += step.stopped
    distance = np.linalg.norm(student.flat - FLAT)
    assert distance > 0.99 * bounds.radius or stops, "the push was meant to reach a bound"


def test_a_planted_preference_makes_its_moves_likelier_and_the_others_not():
    taught = lesson_of(4, "dodger")
    move = int(np.bincount(taught.moves[taught.weights > 0]).argsort()[-2])
    planted = replace(taught, advantages=np.where(taught.moves == move, 1.0, -0.2).astype(np.float32))
    student, reference = begin(FLAT), few()
    for _ in range(5):
        study(student, planted, FLAT, reference, Bounds())
    before, after = (
        masked_log_softmax(forward(unpack(flat), taught.x)[0], taught.legal)[1][move]
        for flat in (FLAT, student.flat)
    )
    counts = (taught.weights > 0) & taught.legal[:, move]
    assert after[counts].mean() > before[counts].mean() + 0.005
    assert after[counts & (taught.moves == move)].mean() > before[counts & (taught.moves == move)].mean()

    opposite, contrary = begin(FLAT), replace(planted, advantages=-planted.advantages)
    for _ in range(5):
        study(opposite, contrary, FLAT, reference, Bounds())
    against = masked_log_softmax(forward(unpack(opposite.flat), taught.x)[0], taught.legal)[1][move]
    assert against[counts].mean() < before[counts].mean()


def test_a_real_fight_makes_what_turned_out_well_likelier():
    taught = lesson_of(5, "dodger")
    student = begin(FLAT)
    for _ in range(3):
        study(student, taught, FLAT, few(), Bounds())
    rows = np.arange(len(taught.moves))
    before, after = (
        masked_log_softmax(forward(unpack(flat), taught.x)[0], taught.legal)[0][taught.moves, rows]
        for flat in (FLAT, student.flat)
    )
    counts = taught.weights > 0
    assert (taught.advantages * (after - before))[counts].mean() > 0


def test_a_student_is_kept_bit_for_bit_and_learns_on_as_if_nothing_had_been():
    student = begin(FLAT)
    study(student, lesson_of(1), FLAT, few(), Bounds())
    again = from_text(to_text(student))
    assert to_text(again) == to_text(student)
    for one in (student, again):
        study(one, lesson_of(2), FLAT, few(), Bounds())
    assert (again.flat == student.flat).all()
    assert again.adam.steps == 2


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"steps": 1, "vectors": "?"}', '{"steps": 1, "vectors": ""}']
)
def test_what_is_no_student_is_refused(text):
    with pytest.raises(ValueError):  # noqa: PT011
        from_text(text)
