// Squash and stretch: how far a body is drawn wider or taller than painted, from what it is doing. Bodies
// keep their feet where they are and about their volume. Only for the eye; hitboxes never change.

import * as rules from "../gen/kernel.js";

const HOP_TICKS = 40; // one hop of the painted approach and retreat
const HOP_LANDS = 30; // ticks into it
const STRIDE_TICKS = 20; // from footfall to footfall of the painted run
const FOOTFALL = 2; // ticks into a stride
const HOP_RISES = 8;

/** How much taller than painted the boss is drawn: 0 as painted, 0.1 a tenth taller and as much narrower. */
export function bossStretch(state, time, effects) {
  return bossPose(state, time) + springOf(effects.age("sword_hit"), -0.07) + springOf(effects.age("sword_guarded"), -0.03);
}

/** The same for the knight. */
export function knightStretch(state, effects) {
  const struck = springOf(effects.age("cleave_hit"), -0.12) + springOf(effects.age("cleave_blocked"), -0.08);
  return knightPose(state) + struck + springOf(effects.age("aegis_absorbed"), -0.06);
}

function bossPose(state, time) {
  const timer = state[rules.BOSS_TIMER];
  switch (state[rules.BOSS_PHASE]) {
    case rules.BOSS_WINDUP:
      return windupStretch(timer / rules.WINDUP_TICKS);
    case rules.BOSS_LUNGE:
      return -0.13 * Math.sin((Math.PI * Math.min(timer + 2, rules.LUNGE_TICKS)) / rules.LUNGE_TICKS);
    case rules.BOSS_RECOVERY:
      return springOf(timer, -0.08);
    case rules.BOSS_FREE:
      break;
    default:
      return 0;
  }
  const move = state[rules.BOSS_MOVE];
  if (move !== rules.APPROACH && move !== rules.RETREAT) return 0;
  const into = time % HOP_TICKS;
  if (into >= HOP_LANDS) return springOf(into - HOP_LANDS, -0.1);
  if (into >= HOP_RISES) return 0.05 * Math.sin((Math.PI * (into - HOP_RISES)) / (HOP_LANDS - HOP_RISES));
  return 0;
}

// It sinks in to gather strength, then rears up and holds.
function windupStretch(share) {
  if (share < 0.3) return -0.09 * Math.sin((Math.PI * share) / 0.3);
  return 0.07 * Math.sin(((share - 0.3) / 0.7) * (Math.PI / 2));
}

function knightPose(state) {
  const timer = state[rules.KNIGHT_TIMER];
  switch (state[rules.KNIGHT_PHASE]) {
    case rules.KNIGHT_ROLL:
      if (timer < 4) return -0.08 * Math.sin((Math.PI * timer) / 4);
      return timer < rules.ROLL_MOTION_END ? 0 : springOf(timer - rules.ROLL_MOTION_END, -0.1);
    case rules.KNIGHT_ATTACK:
      if (timer < rules.ATTACK_HITBOX_START) return 0.06 * (timer / rules.ATTACK_HITBOX_START);
      return springOf(timer - rules.ATTACK_HITBOX_START, -0.09);
    default:
      return 0;
  }
}

/** A wobble that begins at `most`, `age` ticks ago, swings through and dies away within a third of a second. */
function springOf(age, most) {
  if (age >= 20) return 0;
  return most * Math.exp(-age / 5) * Math.cos(age / 2.6);
}

/** Whether a boot of the running knight comes down in this tick; `clock`: of the stage. */
export function isFootfall(state, clock) {
  const isRunning = state[rules.KNIGHT_PHASE] === rules.KNIGHT_FREE && state[rules.KNIGHT_MOVING] !== 0;
  return isRunning && clock % STRIDE_TICKS === FOOTFALL;
}

/** Whether the hopping slime comes down in this tick. */
export function isLanding(state, clock) {
  const move = state[rules.BOSS_MOVE];
  const isHopping = state[rules.BOSS_PHASE] === rules.BOSS_FREE && (move === rules.APPROACH || move === rules.RETREAT);
  return isHopping && clock % HOP_TICKS === HOP_LANDS;
}
