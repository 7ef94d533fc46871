// Which specialists drove a decision: it is decided again with each of them silenced, and the one whose absence
// makes the move least likely is named. Where each alone could have been missing, so are two together, or three.
// A counterfactual of this one situation, not a property of the mind.

import { STREAM_DECISION, hash32 } from "../gen/kernel.js";
import rules from "../gen/rules.js";

const LEAST_FALL = 0.25; // of the move's probability: who takes less of it away did not drive it ...
const LEAST_SHARE = 0.5; // ... unless no more than this share of the probability is left
const MOST_TOGETHER = 3; // of seven: to name more would say little

/**
 * `mind`: of mind.js; `fight`: {seed, explore}; `decision`: {k, observation, move}. Returns {mistake,
 * probability, without, drivers, remaining}: whether the dice and not the mind chose; how probable the mind held
 * the move (0 to 1), and how probable with each specialist silenced; the indices of the fewest that drove it,
 * empty if no three did; and how probable the move is with all of those silenced.
 */
export function attribute(mind, { seed, explore }, { k, observation, move }) {
  const draw = hash32(seed, STREAM_DECISION, k);
  const probabilityWithout = (bits) => mind.decide(observation, explore, draw, bits).probabilities[move];
  const { mistake } = mind.decide(observation, explore, draw);
  const probability = probabilityWithout(0);
  const without = rules.specialists.map((_, specialist) => probabilityWithout(1 << specialist));
  for (let size = 1; size <= MOST_TOGETHER; size += 1) {
    const sets = setsOf(size).map((bits) => ({ bits, remaining: probabilityWithout(bits) }));
    const least = sets.reduce((best, set) => (set.remaining < best.remaining ? set : best));
    const isDriven = probability - least.remaining >= LEAST_FALL || least.remaining <= probability * LEAST_SHARE;
    if (isDriven) return { mistake, probability, without, drivers: membersOf(least.bits), remaining: least.remaining };
  }
  return { mistake, probability, without, drivers: [], remaining: probability };
}

// Every set of `size` specialists, as bits.
function setsOf(size) {
  const all = Array.from({ length: 1 << rules.specialists.length }, (_, bits) => bits);
  return all.filter((bits) => membersOf(bits).length === size);
}

function membersOf(bits) {
  return rules.specialists.map((_, specialist) => specialist).filter((specialist) => (bits >> specialist) & 1);
}
