"""web/mind/mind.js decides as modular_mind does: the same move and the same bits of the trace."""

import base64
import json

import numpy as np
import pytest
from mind_samples import draws, extreme_mind, observations, positive_mind, random_mind, tied_mind

from features import EXPLORE_ONE, MOVES, SPECIALISTS
from modular_mind import decide, default_mind, to_json
from training.silence import silenced

CHUNK = 5_000
PARTS = ("activity", "drives", "latent", "modulation", "probabilities")

# One row of the answer: move, mistake, then the parts of the trace in order, all as doubles.
DECIDE_ROWS = """
async ({mind, observations, explore, draws, parts, silenced = 0}) => {
  const { createMind } = await import("/static/mind/mind.js");
  const bytes = (text) => Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer;
  const { decide } = createMind(JSON.parse(mind));
  const rows = new Int32Array(bytes(observations));
  const rates = new Int32Array(bytes(explore));
  const drawn = new Uint32Array(bytes(draws));
  const size = rows.length / drawn.length;
  const out = [];
  for (let i = 0; i < drawn.length; i += 1) {
    const trace = decide(rows.subarray(i * size, (i + 1) * size), rates[i], drawn[i], silenced);
    out.push(trace.move, Number(trace.mistake), ...parts.flatMap((part) => trace[part]));
  }
  const answer = new Uint8Array(Float64Array.from(out).buffer);
  let text = "";
  for (let i = 0; i < answer.length; i += 32768) {
    text += String.fromCharCode(...answer.subarray(i, i + 32768));
  }
  return btoa(text);
}
"""


def encoded(array, dtype):
    return base64.b64encode(array.astype(dtype).tobytes()).decode()


@pytest.mark.parametrize(
    ("make_mind", "seed", "count"),
    [
        pytest.param(default_mind, 1, 40_000, id="shipped"),
        pytest.param(lambda: random_mind(2), 2, 15_000, id="random"),
        pytest.param(lambda: random_mind(7, 3.0), 7, 10_000, id="large"),
        pytest.param(lambda: random_mind(3, 8.0), 3, 10_000, id="saturated"),
        pytest.param(lambda: extreme_mind(4), 4, 10_000, id="extreme"),
        pytest.param(positive_mind, 5, 5_000, id="all 8"),
        pytest.param(tied_mind, 6, 10_000, id="ties"),
    ],
)
def test_same_bits_as_python(static_page, make_mind, seed, count):
    mind = make_mind()
    observed, drawn = observations(seed, count), draws(seed, count)
    explore = np.random.default_rng(seed).choice([0, 2621, 32768, EXPLORE_ONE], count)
    chosen = compare(static_page, mind, mind, observed, explore, drawn)
    assert chosen == set(range(len(MOVES)))


@pytest.mark.parametrize("specialist", SPECIALISTS)
def test_a_silenced_specialist_is_as_if_it_had_no_latent_and_no_drive(static_page, specialist):
    mind, seed, count = default_mind(), 8, 2_000
    observed, drawn = observations(seed, count), draws(seed, count)
    without = silenced(mind, specialist, drive=True)
    bit = 1 << SPECIALISTS.index(specialist)
    compare(static_page, mind, without, observed, np.zeros(count, np.int64), drawn, bit)
    changed = [
        decide(row, 0, 0, mind)["probabilities"] != decide(row, 0, 0, without)["probabilities"]
        for row in observed[:100].tolist()
    ]
    assert any(changed)


def compare(static_page, sent, mind, observed, explore, drawn, silenced_bits=0):
    """Holds the page's decisions by `sent` to Python's by `mind`, bit by bit; returns the moves chosen."""
    chosen = set()
    for first in range(0, len(drawn), CHUNK):
        part = slice(first, first + CHUNK)
        answer = static_page.evaluate(
            DECIDE_ROWS,
            {
                "mind": to_json(sent).decode(),
                "observations": encoded(observed[part], "<i4"),
                "explore": encoded(explore[part], "<i4"),
                "draws": encoded(drawn[part], "<u4"),
                "parts": PARTS,
                "silenced": silenced_bits,
            },
        )
        answered = np.frombuffer(base64.b64decode(answer), "<f8").reshape(-1, 2 + len(SPECIALISTS) + 8 + 15)
        expected = np.empty_like(answered)
        inputs = zip(observed[part].tolist(), explore[part].tolist(), drawn[part].tolist(), strict=True)
        for row, (observation, rate, draw) in enumerate(inputs):
            trace = decide(observation, rate, draw, mind)
            expected[row] = [trace["move"], trace["mistake"], *(v for name in PARTS for v in trace[name])]
        # Compared as integers: 0.0 and -0.0 would differ.
        different = (answered.view(np.int64) != expected.view(np.int64)).any(1)
        assert not different.any(), (
            observed[part][different][0],
            answered[different][0],
            expected[different][0],
        )
        chosen |= set(answered[:, 0])
    return chosen


# Imports the mind and runs an expression; answers with the message of what it throws.
REFUSAL = """
async (content) => {
  const { createMind } = await import("/static/mind/mind.js");
  try {
    %s;
  } catch (error) {
    return error.message;
  }
  return "accepted";
}
"""


def set_weight(content, value):
    content["parameters"]["gate_bias"]["values"][0] = value


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda content: content["parameters"].pop("gate_bias"), "gate_bias is missing"),
        (lambda content: content["parameters"]["gate_bias"]["values"].pop(), "gate_bias has shape"),
        (lambda content: content["parameters"]["gate_bias"].update(shape=[4, 4]), "shape 4,4, not 16"),
        (lambda content: set_weight(content, 0.5), "gate_bias holds a value that is no integer"),
        (lambda content: set_weight(content, 8193), "gate_bias holds a value that is no integer"),
        (lambda content: content["observation_exponents"].pop(), "another observation"),
    ],
)
def test_json_that_is_no_mind_is_refused(static_page, change, message):
    content = json.loads(to_json(default_mind()))
    change(content)
    assert message in static_page.evaluate(REFUSAL % "createMind(content)", content)


def test_observation_of_another_size_is_refused(static_page):
    content = json.loads(to_json(default_mind()))
    error = static_page.evaluate(REFUSAL % "createMind(content).decide([1, 2, 3], 0, 0)", content)
    assert "an observation of 3 integers, not 24" in error
