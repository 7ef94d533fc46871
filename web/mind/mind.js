// The Modular Mind in the page: the same network, the same sampling and the same bits as modular_mind.py.
//
//   const mind = createMind(await (await fetch(`/mind/${sha}.json`)).json());
//   const trace = mind.decide(observation, explore, draw);
//
// Touches no DOM. Why the bits agree: weights and inputs lie on binary grids and are bounded, so every
// sum is exact in a double, in any order; the move is sampled with integers. mind/architecture.py has the
// formulas and the proof.

import { EXP_STEPS, MOVE_COUNT, hash32, legal } from "../gen/kernel.js";
import rules from "../gen/rules.js";

const EXP_TABLE = rules.exp_table;
const LATENT_LIMIT = 64;
const WEIGHT_LIMIT = 8;
const DRAW_MISTAKE = 1;
const DRAW_RANDOM_MOVE = 2;
const DRAW_SAMPLE = 3;

// Shapes by parameter name, as in mind/architecture.py.
function parameterShapes({ observation, specialists, owners, hidden, latent, gate, coordinator }) {
  return {
    hidden_weight: [specialists, hidden, observation],
    hidden_bias: [specialists, hidden],
    latent_weight: [specialists, latent, hidden],
    latent_bias: [specialists, latent],
    drive_weight: [owners, hidden],
    drive_bias: [owners],
    gate_weight: [gate, latent],
    gate_bias: [gate],
    value_weight: [gate, latent],
    value_bias: [gate],
    link_weight: [latent, gate],
    link_bias: [latent],
    coordinator_weight: [coordinator, latent],
    coordinator_bias: [coordinator],
    modulation_weight: [owners, coordinator],
    modulation_bias: [owners],
  };
}

// Flat Float64Arrays by name. Throws an Error that says what does not fit.
function readParameters(json) {
  const parameters = {};
  for (const [name, shape] of Object.entries(parameterShapes(json.architecture))) {
    const entry = json.parameters[name];
    if (entry === undefined) {
      throw new Error(`mind: ${name} is missing`);
    }
    const size = shape.reduce((product, n) => product * n, 1);
    if (String(entry.shape) !== String(shape) || entry.values.length !== size) {
      throw new Error(`mind: ${name} has shape ${entry.shape}, not ${shape}`);
    }
    const limit = WEIGHT_LIMIT * json.grid;
    if (!entry.values.every((value) => Number.isInteger(value) && Math.abs(value) <= limit)) {
      throw new Error(`mind: ${name} holds a value that is no integer from ${-limit} to ${limit}`);
    }
    parameters[name] = Float64Array.from(entry.values, (value) => value / json.grid);
  }
  return parameters;
}

// out[o + i] = bias[b + i] + sum_j weight[w + i * columns + j] * input[x + j]
function affine(out, o, weight, w, bias, b, input, x, rows, columns) {
  for (let i = 0; i < rows; i += 1) {
    let sum = bias[b + i];
    const row = w + i * columns;
    for (let j = 0; j < columns; j += 1) {
      sum += weight[row + j] * input[x + j];
    }
    out[o + i] = sum;
  }
}

function rectify(values) {
  for (let i = 0; i < values.length; i += 1) {
    values[i] = values[i] > 0 ? values[i] : 0;
  }
}

function clamp(values) {
  for (let i = 0; i < values.length; i += 1) {
    values[i] = Math.min(Math.max(values[i], -LATENT_LIMIT), LATENT_LIMIT);
  }
}

// json: the parsed canonical JSON of a mind. Returns {decide}; throws an Error when the JSON is no such mind.
export function createMind(json) {
  const p = readParameters(json);
  const grid = json.grid;
  const sizes = json.architecture;
  if (sizes.owners !== MOVE_COUNT || json.observation_exponents.length !== sizes.observation) {
    throw new Error("mind: made for another set of moves or another observation");
  }
  const scale = Float64Array.from(json.observation_exponents, (exponent) => 2 ** -exponent);

  const x = new Float64Array(sizes.observation);
  const hidden = new Float64Array(sizes.specialists * sizes.hidden);
  const latents = new Float64Array(sizes.specialists * sizes.latent);
  const drives = new Float64Array(MOVE_COUNT);
  const activity = new Float64Array(sizes.specialists);
  const total = new Float64Array(sizes.latent);
  const gate = new Float64Array(sizes.gate);
  const value = new Float64Array(sizes.gate);
  const product = new Float64Array(sizes.gate);
  const linked = new Float64Array(sizes.latent);
  const shared = new Float64Array(sizes.latent);
  const coordinator = new Float64Array(sizes.coordinator);
  const modulation = new Float64Array(MOVE_COUNT);
  const logits = new Float64Array(MOVE_COUNT);

  function roundToGrid(values) {
    for (let i = 0; i < values.length; i += 1) {
      values[i] = Math.floor(values[i] * grid + 0.5) / grid;
    }
  }

  function runSpecialists(observation, silenced) {
    for (let j = 0; j < x.length; j += 1) {
      x[j] = observation[j] * scale[j];
    }
    affine(hidden, 0, p.hidden_weight, 0, p.hidden_bias, 0, x, 0, hidden.length, x.length);
    rectify(hidden);
    const { hidden: h, latent: l } = sizes;
    for (let s = 0; s < sizes.specialists; s += 1) {
      affine(latents, s * l, p.latent_weight, s * l * h, p.latent_bias, s * l, hidden, s * h, l, h);
    }
    for (let a = 0; a < MOVE_COUNT; a += 1) {
      affine(drives, a, p.drive_weight, a * h, p.drive_bias, a, hidden, a * h, 1, h);
    }
    silence(silenced);
    roundToGrid(latents);
    activity.fill(0);
    total.fill(0);
    for (let i = 0; i < latents.length; i += 1) {
      total[i % l] += latents[i];
      activity[Math.floor(i / l)] += Math.abs(latents[i]) / l;
    }
    clamp(total);
  }

  // What a silenced specialist would write into the latent, and its drive, become zero.
  function silence(silenced) {
    for (let s = 0; s < sizes.specialists; s += 1) {
      if (!((silenced >> s) & 1)) continue;
      latents.fill(0, s * sizes.latent, (s + 1) * sizes.latent);
      if (s < MOVE_COUNT) drives[s] = 0;
    }
  }

  function runCoordinator() {
    affine(gate, 0, p.gate_weight, 0, p.gate_bias, 0, total, 0, gate.length, total.length);
    affine(value, 0, p.value_weight, 0, p.value_bias, 0, total, 0, value.length, total.length);
    roundToGrid(gate);
    roundToGrid(value);
    clamp(gate);
    clamp(value);
    rectify(gate);
    for (let i = 0; i < product.length; i += 1) {
      product[i] = gate[i] * value[i];
    }
    affine(linked, 0, p.link_weight, 0, p.link_bias, 0, product, 0, linked.length, product.length);
    for (let i = 0; i < shared.length; i += 1) {
      shared[i] = total[i] + linked[i];
    }
    roundToGrid(shared);
    clamp(shared);
    const { coordinator_weight: c1, coordinator_bias: b1, modulation_weight: c2, modulation_bias: b2 } = p;
    affine(coordinator, 0, c1, 0, b1, 0, shared, 0, coordinator.length, shared.length);
    rectify(coordinator);
    affine(modulation, 0, c2, 0, b2, 0, coordinator, 0, MOVE_COUNT, coordinator.length);
    for (let a = 0; a < MOVE_COUNT; a += 1) {
      logits[a] = drives[a] + modulation[a];
    }
  }

  // Integer weights of the moves and their sum: 2**20 for the best one, 0 for illegal or hopeless ones.
  function moveWeights(legalBits) {
    let best = -Infinity;
    for (let a = 0; a < MOVE_COUNT; a += 1) {
      if ((legalBits >> a) & 1 && logits[a] > best) {
        best = logits[a];
      }
    }
    const weights = new Array(MOVE_COUNT).fill(0);
    for (let a = 0; a < MOVE_COUNT; a += 1) {
      const steps = (best - logits[a]) * EXP_STEPS;
      if ((legalBits >> a) & 1 && steps < EXP_TABLE.length) {
        weights[a] = EXP_TABLE[Math.floor(steps)];
      }
    }
    return weights;
  }

  // observation: 24 integers in bounds. explore: mistake rate in 1/65536. draw: 32-bit integer. silenced: bit s
  // takes specialist s out, for practice and explanations. Returns what modular_mind.decide returns.
  function decide(observation, explore, draw, silenced = 0) {
    if (observation.length !== x.length) {
      throw new RangeError(`mind: an observation of ${observation.length} integers, not ${x.length}`);
    }
    runSpecialists(observation, silenced);
    runCoordinator();
    const legalBits = legal(observation);
    const weights = moveWeights(legalBits);
    const sum = weights.reduce((a, b) => a + b, 0);
    const key = draw >>> 1;
    const mistake = (hash32(key, DRAW_MISTAKE, 0) & 65535) < explore;
    const move = mistake
      ? pick(Array.from(weights, (_, a) => (legalBits >> a) & 1), hash32(key, DRAW_RANDOM_MOVE, 0))
      : pick(weights, hash32(key, DRAW_SAMPLE, 0));
    return {
      move,
      mistake,
      activity: Array.from(activity),
      drives: Array.from(drives),
      latent: Array.from(shared),
      modulation: Array.from(modulation),
      probabilities: weights.map((weight) => weight / sum),
    };
  }

  return { decide };
}

// The first index whose cumulative weight exceeds floor(r * sum / 2**24), r being the upper 24 bits of
// the draw: r * sum is below 2**47, so the double holds it exactly.
function pick(weights, draw) {
  const sum = weights.reduce((a, b) => a + b, 0);
  let threshold = Math.floor(((draw >>> 8) * sum) / 16777216);
  for (let a = 0; a < weights.length; a += 1) {
    threshold -= weights[a];
    if (threshold < 0) {
      return a;
    }
  }
  throw new Error("mind: no move has any weight");
}
