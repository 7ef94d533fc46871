// A duel for learning: the rules are the real ones, but the boss acts by a script instead of its mind,
// slowly, and the first seconds under the Aegis do not end. A bout as game/game.js describes it.

import {
  AEGIS_TICKS, APPROACH, BLOCK_STAMINA, BOSS_HEALTH, BOSS_MAX_HEALTH, BOSS_X, CLEAVE, CLOCK, DECISION_TICKS,
  EVENT_WINDUP_STARTED, HIT_STOP, IDLE, KNIGHT_AEGIS, KNIGHT_BLOCK, KNIGHT_HEALTH, KNIGHT_MAX_HEALTH, KNIGHT_PHASE,
  KNIGHT_STAMINA, KNIGHT_X, UNITS_PER_PIXEL,
} from "../gen/kernel.js";
import { Duel } from "../sim/duel.js";

const SEED = 1;
const CLEAVE_WITHIN = 150; // pixels between centres from which it strikes; the blow reaches farther
const REST_TICKS = 132; // from the beginning of one cleave to that of the next, at least
const LEAST_BOSS_HEALTH = BOSS_MAX_HEALTH / 2; // below it is healed: it neither rages nor dies here
const CLOCK_WRAPS = 600 * DECISION_TICKS; // long before time would run out

export class TutorialBout {
  constructor() {
    this.duel = new Duel(SEED);
    this.before = Int32Array.from(this.duel.state);
    this.seed = SEED;
    this.decisions = {};
    this.isStriking = false; // whether the boss cleaves; else it stands and waits
    this.isShieldTested = false; // whether a raised shield stands alone, without the Aegis
    this.sinceCleave = REST_TICKS;
  }

  get state() {
    return this.duel.state;
  }

  get outcome() {
    return this.duel.outcome;
  }

  start() {
    if (this.duel.decisionDue) this.duel.choose(IDLE);
  }

  /** Advances by one tick under the input bitmask and returns its event bits. */
  step(input) {
    this.rest();
    holdOpen(this.state, this.isShieldTested);
    const events = this.duel.step(input);
    if (this.state[HIT_STOP] === 0) this.sinceCleave += 1;
    if (events & EVENT_WINDUP_STARTED) this.sinceCleave = 0;
    if (this.duel.decisionDue) this.duel.choose(this.#move());
    return events;
  }

  /** Lets a tick pass in which nothing moves. */
  rest() {
    this.before.set(this.duel.state);
  }

  abandon() {}

  #move() {
    if (!this.isStriking) return IDLE;
    const apart = Math.abs(this.state[KNIGHT_X] - this.state[BOSS_X]) / UNITS_PER_PIXEL;
    if (apart > CLEAVE_WITHIN) return this.duel.k % 3 === 0 ? APPROACH : IDLE; // in slow heaves
    return this.sinceCleave >= REST_TICKS ? CLEAVE : IDLE;
  }
}

/**
 * Keeps a duel as its first seconds are: writes the Aegis, healths, stamina and clock of `state` back
 * before they run out. With `isShieldTested` a raised shield does without the Aegis, which would otherwise take the
 * blow before it.
 */
export function holdOpen(state, isShieldTested) {
  const isShieldUp = state[KNIGHT_PHASE] === KNIGHT_BLOCK;
  state[KNIGHT_AEGIS] = isShieldTested && isShieldUp ? 0 : AEGIS_TICKS;
  if (state[KNIGHT_HEALTH] < KNIGHT_MAX_HEALTH / 2) state[KNIGHT_HEALTH] = KNIGHT_MAX_HEALTH;
  if (isShieldUp) state[KNIGHT_STAMINA] = Math.max(state[KNIGHT_STAMINA], 2 * BLOCK_STAMINA);
  if (state[BOSS_HEALTH] < LEAST_BOSS_HEALTH) state[BOSS_HEALTH] = BOSS_MAX_HEALTH;
  if (state[CLOCK] >= CLOCK_WRAPS) state[CLOCK] -= CLOCK_WRAPS;
}
