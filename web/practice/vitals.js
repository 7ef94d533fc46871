// The only place where practice changes what the kernel keeps: health, stamina, places and the clock are
// set between two ticks. The rules themselves run untouched.

import * as rules from "../gen/kernel.js";

const REST_TICKS = 90; // without a wound, after which health comes back
const KNIGHT_SPARED_AT = 2 * rules.CLEAVE_DAMAGE; // health comes back at once
const BOSS_SPARED_AT = 2 * rules.SWORD_DAMAGE;
const CLOCK_LATEST = 6600; // ticks; short of the end of a fight
const CLOCK_BACK = 3600; // a multiple of the decision ticks, so that the beat goes on

/** Distances at which practice begins: {value in pixels between centres, name}. */
export const DISTANCES = [
  { value: 70, name: "toe to toe" },
  { value: 106, name: "in cleave range" },
  { value: 200, name: "at a lunge's length" },
  { value: 340, name: "as in a fight" },
  { value: 640, name: "far apart" },
];

/** Puts both at `distance` pixels around the middle of the floor, without Aegis; as seen by the boss, too. */
export function place(state, distance, isEnraged) {
  const half = Math.round((distance * rules.UNITS_PER_PIXEL) / 2);
  const middle = rules.FLOOR_WIDTH / 2;
  state[rules.KNIGHT_X] = middle - half;
  state[rules.BOSS_X] = middle + half;
  state[rules.KNIGHT_AEGIS] = 0;
  setEnraged(state, isEnraged);
  for (let i = 0; i < rules.VISIBLE_SIZE; i += 1) {
    state[rules.SEEN + i] = state[i];
    state[rules.SEEN_NEXT + i] = state[i];
  }
}

/** Enrages the boss by taking its health to the threshold, or calms it with full health. */
export function setEnraged(state, isEnraged) {
  state[rules.BOSS_ENRAGED] = isEnraged ? 1 : 0;
  state[rules.BOSS_HEALTH] = isEnraged ? rules.ENRAGE_HEALTH : rules.BOSS_MAX_HEALTH;
}

/**
 * Spares both: gives health back to who has rested from the last wound, and at once to who could die of
 * the next one, or would enrage although the room wants it calm. `rested`: {knight, boss}, ticks since the last wound.
 */
export function spare(state, rested, isEnraged) {
  if (state[rules.KNIGHT_HEALTH] <= KNIGHT_SPARED_AT || rested.knight >= REST_TICKS) {
    state[rules.KNIGHT_HEALTH] = rules.KNIGHT_MAX_HEALTH;
  }
  const most = isEnraged ? rules.ENRAGE_HEALTH : rules.BOSS_MAX_HEALTH;
  const least = isEnraged ? BOSS_SPARED_AT : rules.ENRAGE_HEALTH + rules.SWORD_DAMAGE;
  if (state[rules.BOSS_HEALTH] <= least || rested.boss >= REST_TICKS) state[rules.BOSS_HEALTH] = most;
}

/** Fills the knight's stamina. */
export function refresh(state) {
  state[rules.KNIGHT_STAMINA] = rules.KNIGHT_MAX_STAMINA;
}

/** Sets the clock back before a fight's time is over; returns by how many ticks. */
export function keepTime(state) {
  if (state[rules.CLOCK] < CLOCK_LATEST) return 0;
  state[rules.CLOCK] -= CLOCK_BACK;
  return CLOCK_BACK;
}
