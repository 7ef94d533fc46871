// The boxes of a tick: where each body can be struck, where each blow strikes, what a raised guard covers.
// The rules know only places along the floor, and every left and right here is computed from the kernel's
// own numbers; heights are the picture's. Pure: no document, no canvas.

import * as rules from "../gen/kernel.js";

const KNIGHT_TALL = 66; // world pixels
const BOSS_TALL = 112;
const SWORD_HEIGHTS = [-58, -26];
const CLEAVE_HEIGHTS = [-84, -6];
const BODY_HEIGHTS = [-9, 0]; // push boxes lie at the feet
const FRONT_WIDE = 7; // how thick a guard's front is drawn

/** What a box can be, in the order of the legend, each with the words for it. */
export const BOX_KINDS = {
  hurt: "can be struck",
  safe: "no blow touches it",
  coming: "blow to come",
  active: "blow that strikes",
  spent: "blow that has landed",
  front: "guarded front",
  push: "body",
  reach: "range of a cleave",
};

const swordIsOut = (timer) => timer >= rules.ATTACK_HITBOX_START && timer < rules.ATTACK_HITBOX_END;
const cleaveIsOut = (timer) => timer >= rules.LUNGE_HITBOX_START && timer < rules.LUNGE_HITBOX_END;

/** Whether no blow touches the knight: he is in the invulnerable ticks of a roll. */
export function isSafe(state) {
  const timer = state[rules.KNIGHT_TIMER];
  const isRolling = state[rules.KNIGHT_PHASE] === rules.KNIGHT_ROLL;
  return isRolling && timer >= rules.ROLL_INVULNERABLE_START && timer < rules.ROLL_INVULNERABLE_END;
}

// An interval along the floor from `from` to `to`, which may lie in either order, in the kernel's units.
const span = (from, to) => ({ left: Math.min(from, to), right: Math.max(from, to) });

/** Where the sword strikes in `state` if it is swung: {left, right} in the kernel's units. */
export function swordSpan(state) {
  const x = state[rules.KNIGHT_X];
  return span(x, x + state[rules.KNIGHT_FACING] * rules.SWORD_REACH);
}

/** Where the cleave strikes in `state` while the boss lunges: {left, right} in the kernel's units. */
export function cleaveSpan(state) {
  const x = state[rules.BOSS_X];
  const way = state[rules.BOSS_STEER];
  return span(x - way * rules.CLEAVE_BACK_REACH, x + way * rules.CLEAVE_REACH);
}

/** Where a body can be struck: {left, right} in the kernel's units; `owner`: "knight" or "boss". */
export function bodySpan(state, owner) {
  const isKnight = owner === "knight";
  const x = state[isKnight ? rules.KNIGHT_X : rules.BOSS_X];
  const half = isKnight ? rules.KNIGHT_HALF_WIDTH : rules.BOSS_HALF_WIDTH;
  return span(x - half, x + half);
}

/** Whether two spans touch; the rules count edges that meet as touching. */
export function touches(a, b) {
  return a.left <= b.right && b.left <= a.right;
}

/**
 * All boxes of `state`, a list of {kind, owner, left, right, top, bottom, way} in world pixels: kind as in
 * BOX_KINDS, owner "knight" or "boss", top and bottom negative upwards, way -1 or 1 where a box looks one way.
 */
export function boxesOf(state) {
  return [...bodies(state), ...blows(state), ...fronts(state), ...ranges(state)];
}

function box(kind, owner, { left, right }, [top, bottom], way = 0) {
  const unit = rules.UNITS_PER_PIXEL;
  return { kind, owner, left: left / unit, right: right / unit, top, bottom, way };
}

function bodies(state) {
  const boxes = [];
  for (const owner of ["knight", "boss"]) {
    const isKnight = owner === "knight";
    const place = bodySpan(state, owner);
    const isDead = state[isKnight ? rules.KNIGHT_HEALTH : rules.BOSS_HEALTH] === 0;
    const isRolling = isKnight && state[rules.KNIGHT_PHASE] === rules.KNIGHT_ROLL;
    if (!isRolling) boxes.push(box("push", owner, place, BODY_HEIGHTS)); // who rolls passes through
    if (isDead) continue;
    const kind = isKnight && isSafe(state) ? "safe" : "hurt";
    boxes.push(box(kind, owner, place, [isKnight ? -KNIGHT_TALL : -BOSS_TALL, 0]));
  }
  return boxes;
}

function blows(state) {
  const boxes = [];
  if (state[rules.KNIGHT_PHASE] === rules.KNIGHT_ATTACK) {
    const timer = state[rules.KNIGHT_TIMER];
    const kind = blowKind(timer < rules.ATTACK_HITBOX_START, swordIsOut(timer), state[rules.KNIGHT_SWORD_SPENT] === 1);
    if (kind) boxes.push(box(kind, "knight", swordSpan(state), SWORD_HEIGHTS, state[rules.KNIGHT_FACING]));
  }
  if (state[rules.BOSS_PHASE] === rules.BOSS_LUNGE) {
    const timer = state[rules.BOSS_TIMER];
    const kind = blowKind(timer < rules.LUNGE_HITBOX_START, cleaveIsOut(timer), state[rules.BOSS_CLEAVE_SPENT] === 1);
    if (kind) boxes.push(box(kind, "boss", cleaveSpan(state), CLEAVE_HEIGHTS, state[rules.BOSS_STEER]));
  }
  return boxes;
}

function blowKind(isComing, isOut, isSpent) {
  if (isComing) return "coming";
  if (!isOut) return null;
  return isSpent ? "spent" : "active";
}

// A guard covers the side that its bearer faces, drawn as the edge of his body there.
function fronts(state) {
  const boxes = [];
  if (state[rules.KNIGHT_PHASE] === rules.KNIGHT_BLOCK) {
    boxes.push(front("knight", bodySpan(state, "knight"), state[rules.KNIGHT_FACING], -KNIGHT_TALL));
  }
  if (state[rules.BOSS_PHASE] === rules.BOSS_FREE && state[rules.BOSS_MOVE] === rules.BLOCK) {
    boxes.push(front("boss", bodySpan(state, "boss"), state[rules.BOSS_FACING], -BOSS_TALL));
  }
  return boxes;
}

function front(owner, body, way, top) {
  const edge = way > 0 ? body.right : body.left;
  return box("front", owner, span(edge, edge + way * FRONT_WIDE * rules.UNITS_PER_PIXEL), [top, 0], way);
}

// From here even one who walks away is reached by a cleave that begins now.
function ranges(state) {
  if (state[rules.BOSS_PHASE] === rules.BOSS_DEAD) return [];
  const x = state[rules.BOSS_X];
  const way = state[rules.BOSS_AIM];
  return [box("reach", "boss", span(x, x + way * rules.CLEAVE_RANGE), [4, 12], way)];
}
