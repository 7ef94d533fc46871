// One fight, headless: a pure function of seed, knight inputs and boss choices. The rules are the
// generated kernel's; this class only names what a caller needs. It touches no DOM.
//
//   const duel = new Duel(7);
//   while (duel.outcome === ONGOING) {
//     if (duel.decisionDue) duel.choose(CLEAVE);
//     duel.step(INPUT_RIGHT);
//   }

import {
  BOSS_OBSERVATION_SIZE, CLOCK, DECISION_TICKS, EVENTS, EVENT_DECISION_DUE, INPUT_MASK, MOVE_COUNT, OUTCOME,
  SEED_LIMIT, STATE_SIZE, choose, observe_boss, reset, state_hash, step,
} from "../gen/kernel.js";
import rules from "../gen/rules.js";

const FIELDS = new Map(rules.state_fields.map((name, index) => [name, index]));

function checked(name, value, limit) {
  if (Number.isInteger(value) && value >= 0 && value < limit) return value;
  throw new RangeError(`${name}: ${value} is not an integer within 0..${limit - 1}`);
}

export class Duel {
  /** Starts the fight `seed`, an integer from 0 to 2^31 - 1; RangeError otherwise. */
  constructor(seed) {
    this.state = new Int32Array(STATE_SIZE); // laid out as rules.state_fields says
    reset(this.state, checked("seed", seed, SEED_LIMIT));
  }

  /** Advances one tick under the input bitmask and returns the event bits; over, it stands still. */
  step(input) {
    return step(this.state, checked("input", input, INPUT_MASK + 1));
  }

  /** Whether the boss observes at the end of this tick and may choose. */
  get decisionDue() {
    return (this.state[EVENTS] & EVENT_DECISION_DUE) !== 0;
  }

  /** The index of the current decision tick. */
  get k() {
    return Math.floor(this.state[CLOCK] / DECISION_TICKS);
  }

  /** What the boss perceives now: a new Int32Array, laid out as rules.boss_observation says. */
  observation() {
    const observed = new Int32Array(BOSS_OBSERVATION_SIZE);
    observe_boss(this.state, observed);
    return observed;
  }

  /** The boss's choice for the last decision that was due; it may come until the move applies. */
  choose(move) {
    choose(this.state, checked("move", move, MOVE_COUNT));
  }

  /** ONGOING, KNIGHT_WINS, BOSS_WINS, DRAW or TIMEOUT. */
  get outcome() {
    return this.state[OUTCOME];
  }

  /** A 32-bit hash of the whole state, folded into `previous` (roll it over the ticks). */
  hash(previous = 0) {
    return state_hash(this.state, previous);
  }

  /** The state field of this name (rules.state_fields); RangeError for an unknown one. */
  get(name) {
    const index = FIELDS.get(name);
    if (index === undefined) throw new RangeError(`no state field is called ${name}`);
    return this.state[index];
  }
}
