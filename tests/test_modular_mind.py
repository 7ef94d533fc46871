"""modular_mind: exact whatever the batch and the order of sums, and sampling as documented."""

import json
import threading
from fractions import Fraction
from math import floor

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from mind_samples import draws, extreme_mind, observations, positive_mind, random_mind, tied_mind

import modular_mind
from features import (
    BOSS_OBSERVATION,
    EXPLORE_ONE,
    MOVE_COUNT,
    MOVES,
    OBSERVED_COOLDOWN,
    OBSERVED_GUARD,
    STREAM_DECISION,
    hash32,
    legal,
)
from modular_mind import SHAPES, Mind, decide, decide_batch, forward, scale_observations

TRACE_PARTS = ("activity", "drives", "latent", "modulation")
seeds = st.integers(0, 2**31 - 1)
scales = st.sampled_from([0.5, 1.0, 3.0, 8.0, 100.0])


def any_mind(seed, scale):
    """Random weights; at the largest scale only 8 and -8."""
    return extreme_mind(seed) if scale == 100.0 else random_mind(seed, scale)


def forward_bytes(parameters, x):
    return [np.ascontiguousarray(values).tobytes() for values in forward(parameters, x).values()]


# ---------------------------------------------------------------------------- architecture
def test_parameter_count():
    assert modular_mind.PARAMETER_COUNT == 4490
    assert 4200 <= sum(array.size for array in tied_mind().parameters.values()) <= 4800


def test_every_sum_fits_53_bits():
    bits = modular_mind.exactness_bits()
    assert max(bits.values()) <= 53, bits


# ---------------------------------------------------------------------------- exactness
def rational_forward(mind, observation):
    """The formulas of mind/architecture.py in rational numbers: nothing is ever rounded by a machine."""
    exact = np.vectorize(Fraction, otypes=[object])
    p = {name: exact(array) for name, array in mind.parameters.items()}
    scale = [2**exponent for _, _, _, exponent in BOSS_OBSERVATION]
    x = np.array([Fraction(value, s) for value, s in zip(observation, scale, strict=True)], object)

    def rounded(values):
        return exact([Fraction(floor(value * 1024 + Fraction(1, 2)), 1024) for value in values])

    def clamped(values):
        return np.array([max(Fraction(-64), min(Fraction(64), value)) for value in values], object)

    def rectified(values):
        return np.array([max(Fraction(0), value) for value in values], object)

    hidden = [rectified(w @ x + b) for w, b in zip(p["hidden_weight"], p["hidden_bias"], strict=True)]
    latents = [
        rounded(w @ h + b) for w, b, h in zip(p["latent_weight"], p["latent_bias"], hidden, strict=True)
    ]
    owned = zip(p["drive_weight"], p["drive_bias"], hidden[:MOVE_COUNT], strict=True)
    drives = [w @ h + b for w, b, h in owned]
    total = clamped(sum(latents))
    gate = clamped(rounded(p["gate_weight"] @ total + p["gate_bias"]))
    value = clamped(rounded(p["value_weight"] @ total + p["value_bias"]))
    linked = p["link_weight"] @ (rectified(gate) * value)
    shared = clamped(rounded(total + linked + p["link_bias"]))
    coordinator = rectified(p["coordinator_weight"] @ shared + p["coordinator_bias"])
    modulation = p["modulation_weight"] @ coordinator + p["modulation_bias"]
    return {
        "activity": [sum(abs(latent)) / 8 for latent in latents],
        "drives": drives,
        "latent": list(shared),
        "modulation": list(modulation),
        "logits": [d + m for d, m in zip(drives, modulation, strict=True)],
    }


@pytest.mark.parametrize(
    "mind",
    [random_mind(1), random_mind(2, 3.0), random_mind(3, 8.0), extreme_mind(4), positive_mind(), tied_mind()],
    ids=["ordinary", "large", "saturated", "extreme", "all 8", "all 0"],
)
def test_forward_is_exact(mind):
    rows = observations(5, 9)
    result = forward(mind.parameters, scale_observations(rows))
    for row, observation in enumerate(rows.tolist()):
        for name, values in rational_forward(mind, observation).items():
            # A Fraction equals a float only if the float is exactly that number.
            assert [Fraction(value) for value in result[name][row].tolist()] == values, name


@settings(max_examples=60)
@given(seeds, scales)
def test_fused_decision_has_the_bits_of_forward(seed, scale):
    mind = any_mind(seed, scale)
    rows = observations(seed, 100)
    result = forward(mind.parameters, scale_observations(rows))
    traces = [decide(row, 0, 0, mind) for row in rows.tolist()]
    for name in TRACE_PARTS:
        fused = np.array([trace[name] for trace in traces])
        assert fused.tobytes() == np.ascontiguousarray(result[name]).tobytes(), name


@settings(max_examples=30)
@given(seeds, scales)
def test_batch_size_changes_no_bit(seed, scale):
    mind = any_mind(seed, scale)
    rows, drawn = observations(seed, 1000), draws(seed, 1000)
    x = scale_observations(rows)
    whole = forward(mind.parameters, x)
    moves, mistakes = decide_batch(rows, 20_000, drawn, mind)
    for size in (1, 2, 3, 64):
        first = seed % (1000 - size)
        part = slice(first, first + size)
        for name, values in forward(mind.parameters, x[part]).items():
            expected = np.ascontiguousarray(whole[name][part])
            assert np.ascontiguousarray(values).tobytes() == expected.tobytes(), (name, size)
        part_moves, part_mistakes = decide_batch(rows[part], 20_000, drawn[part], mind)
        assert (part_moves == moves[part]).all()
        assert (part_mistakes == mistakes[part]).all()


@settings(max_examples=60)
@given(seeds, scales)
def test_order_of_summation_changes_no_bit(seed, scale):
    """Inputs and hidden units in another order give the same sums in another order."""
    p = dict(any_mind(seed, scale).parameters)
    x = scale_observations(observations(seed, 7))
    expected = forward_bytes(p, x)
    random = np.random.default_rng(seed)

    inputs = random.permutation(x.shape[1])
    p["hidden_weight"], x = p["hidden_weight"][:, :, inputs], x[:, inputs]
    for i in range(7):  # within each specialist
        units = random.permutation(p["hidden_bias"].shape[1])
        for name in ("hidden_weight", "hidden_bias"):
            p[name] = p[name].copy()
            p[name][i] = p[name][i][units]
        p["latent_weight"] = p["latent_weight"].copy()
        p["latent_weight"][i] = p["latent_weight"][i][:, units]
        if i < MOVE_COUNT:
            p["drive_weight"] = p["drive_weight"].copy()
            p["drive_weight"][i] = p["drive_weight"][i][units]
    gates = random.permutation(len(p["gate_bias"]))
    for name in ("gate_weight", "gate_bias", "value_weight", "value_bias"):
        p[name] = p[name][gates]
    p["link_weight"] = p["link_weight"][:, gates]
    units = random.permutation(len(p["coordinator_bias"]))
    p["coordinator_weight"], p["coordinator_bias"] = (
        p["coordinator_weight"][units],
        p["coordinator_bias"][units],
    )
    p["modulation_weight"] = p["modulation_weight"][:, units]
    assert forward_bytes(p, x) == expected


def test_threads_do_not_share_buffers():
    mind = random_mind(6)
    rows = observations(7, 400).tolist()
    expected = [decide(row, 0, 5, mind) for row in rows]
    wrong = []

    def work():
        for _ in range(5):
            traces = [decide(row, 0, 5, mind) for row in rows]
            wrong.extend(row for row, a, b in zip(rows, traces, expected, strict=True) if a != b)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


# ---------------------------------------------------------------------------- sampling
@settings(max_examples=30)
@given(seeds, scales)
def test_batch_decides_as_one_by_one(seed, scale):
    mind = any_mind(seed, scale)
    rows, drawn = observations(seed, 50), draws(seed, 50)
    explore = np.random.default_rng(seed).integers(0, EXPLORE_ONE + 1, 50)
    moves, mistakes = decide_batch(rows, explore, drawn, mind)
    assert moves.dtype == np.int32
    assert mistakes.dtype == bool
    traces = [
        decide(row, rate, draw, mind)
        for row, rate, draw in zip(rows.tolist(), explore.tolist(), drawn.tolist(), strict=True)
    ]
    assert moves.tolist() == [trace["move"] for trace in traces]
    assert mistakes.tolist() == [trace["mistake"] for trace in traces]


@settings(max_examples=100)
@given(seeds, scales)
def test_only_legal_moves_are_chosen(seed, scale):
    mind = any_mind(seed, scale)
    rows = observations(seed, 40)
    masks = modular_mind.legal_mask(rows)
    bits = [[legal(row) >> move & 1 for move in range(MOVE_COUNT)] for row in rows.tolist()]
    assert masks.astype(int).tolist() == bits
    for explore in (0, 30_000, EXPLORE_ONE):
        moves, _ = decide_batch(rows, explore, draws(seed, 40), mind)
        assert masks[np.arange(40), moves].all()
    for row, mask in zip(rows.tolist(), masks, strict=True):
        probabilities = decide(row, 0, seed, mind)["probabilities"]
        assert not any(p for p, allowed in zip(probabilities, mask, strict=True) if not allowed)
        assert sum(probabilities) == pytest.approx(1.0, abs=1e-12)


def drawn_for(count):
    """The draws of `count` decisions of one fight."""
    return hash32(12345, STREAM_DECISION, np.arange(count, dtype=np.uint64))


def test_moves_are_sampled_by_softmax():
    count = 60_000
    mind = random_mind(8)
    for row in observations(9, 6):
        trace = decide(row.tolist(), 0, 0, mind)
        logits = np.array(trace["drives"]) + trace["modulation"]
        mask = modular_mind.legal_mask(row[None])[0]
        weights = np.where(mask, np.exp(logits - logits[mask].max()), 0.0)
        softmax = weights / weights.sum()
        # The table's steps are 1/64 of a nat.
        assert trace["probabilities"] == pytest.approx(softmax, rel=1 / 32, abs=1e-6)
        moves, mistakes = decide_batch(np.tile(row, (count, 1)), 0, drawn_for(count), mind)
        assert not mistakes.any()
        shares = np.bincount(moves, minlength=MOVE_COUNT) / count
        p = np.array(trace["probabilities"])
        assert (np.abs(shares - p) <= 4.5 * np.sqrt(p * (1 - p) / count) + 1e-12).all()


@pytest.mark.parametrize(("cooldown", "guard"), [(0, 500), (5, 500), (0, 0), (5, 0)])
def test_mistakes_are_uniform_over_legal_moves(cooldown, guard):
    count = 100_000
    row = observations(10, 1)
    row[0, OBSERVED_COOLDOWN], row[0, OBSERVED_GUARD] = cooldown, guard
    moves, mistakes = decide_batch(np.tile(row, (count, 1)), EXPLORE_ONE, drawn_for(count), random_mind(11))
    assert mistakes.all()
    mask = modular_mind.legal_mask(row)[0]
    shares = np.bincount(moves, minlength=MOVE_COUNT) / count
    p = mask / mask.sum()
    assert (np.abs(shares - p) <= 4.5 * np.sqrt(p * (1 - p) / count)).all()


@pytest.mark.parametrize("explore", [0, 2621, 14418, 32768])
def test_rate_of_mistakes(explore):
    count = 100_000
    row = observations(12, 1)
    _, mistakes = decide_batch(np.tile(row, (count, 1)), explore, drawn_for(count), random_mind(13))
    rate = explore / EXPLORE_ONE
    assert abs(mistakes.mean() - rate) <= 4.5 * np.sqrt(rate * (1 - rate) / count)


def test_tied_logits_share_the_draws_in_order_of_the_moves():
    """Equal logits have equal shares of the 24-bit draw, the lowest index the lowest share."""
    row = observations(14, 1)[0]
    row[OBSERVED_COOLDOWN], row[OBSERVED_GUARD] = 0, 1
    mind = tied_mind()
    trace = decide(row.tolist(), 0, 0, mind)
    assert trace["probabilities"] == [0.2] * 5
    drawn = drawn_for(5000)
    moves, _ = decide_batch(np.tile(row, (5000, 1)), 0, drawn, mind)
    fractions = np.array([hash32(draw >> 1, modular_mind.DRAW_SAMPLE, 0) >> 8 for draw in drawn.tolist()])
    assert moves.tolist() == (fractions * 5 >> 24).tolist()
    row[OBSERVED_COOLDOWN] = 9  # without CLEAVE: the same among the other four
    moves, _ = decide_batch(np.tile(row, (5000, 1)), 0, drawn, mind)
    assert moves.tolist() == (1 + (fractions * 4 >> 24)).tolist()


def test_a_far_worse_move_is_never_sampled():
    parameters = {name: np.zeros(shape) for name, shape in SHAPES.items()}
    parameters["drive_bias"][:] = [8, -8, -7.9375, 8, 8]
    parameters["modulation_bias"][:] = [0, -0.0625, 0, 0, 0]
    row = observations(15, 1)[0]
    row[OBSERVED_COOLDOWN], row[OBSERVED_GUARD] = 0, 1
    probabilities = decide(row.tolist(), 0, 0, Mind(parameters))["probabilities"]
    assert probabilities[1] == 0.0  # more than 16 below the best
    assert probabilities[2] == 0.0  # within the table, whose last entries are 0 out of 2**20
    assert probabilities[0] == pytest.approx(1 / 3)


def test_trace_is_plain_json():
    trace = decide(observations(16, 1)[0].tolist(), 100, 77)
    assert json.loads(json.dumps(trace)) == trace
    assert {name: len(value) for name, value in trace.items() if isinstance(value, list)} == {
        "activity": 7,
        "drives": 5,
        "latent": 8,
        "modulation": 5,
        "probabilities": 5,
    }
    assert type(trace["move"]) is int
    assert type(trace["mistake"]) is bool
    assert 0 <= trace["move"] < len(MOVES)


@pytest.mark.parametrize("observation", [[], [1], [0] * 23, [0] * 25, [None] * 24, ["1"] * 24])
def test_observations_of_another_form_are_refused(observation):
    with pytest.raises(ValueError, match="not 24 integers"):
        decide(observation, 0, 0)
