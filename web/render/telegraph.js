// The warning before a cleave, readable by shape as well as by colour: a ring that closes on the boss
// as the wind-up runs out, and on the ground the reach of the lunge, filling towards its tip. In high
// contrast both are black, white and yellow, with thick outlines and a hatched strip.

import * as rules from "../gen/kernel.js";

const UNITS = rules.UNITS_PER_PIXEL;
// Pixels from where the boss stands to where the lunge can still touch a body's edge.
const REACH = (rules.CLEAVE_REACH + rules.CLEAVE_LUNGE_SPEED * (rules.LUNGE_HITBOX_END - 1)) / UNITS;
const BACK_REACH = rules.CLEAVE_BACK_REACH / UNITS;
const TOP = -9; // the marker lies on the floor, seen from a low angle
const BOTTOM = 17;
const SLANT = 9;
const BODY_CENTRE = 54; // pixels above the ground
const RING_CLOSED = 46;
const RING_OPEN = 96; // added at the start
const CHEVRON_STEP = 22;
const HATCH_STEP = 14;
const FADE_TICKS = 14;
const LAST_SHARE = 0.72; // of the wind-up, from which on it is about to fall

// Colours; `halo` lies around the lines of the ring, `edge` around the strip.
const GLOWING = {
  empty: "rgba(150, 14, 10, 0.30)",
  filled: ["rgba(255, 52, 28, 0.34)", "rgba(255, 52, 28, 0.46)", "rgba(255, 52, 28, 0.58)"],
  chevron: "rgba(255, 214, 150, 0.85)",
  chevronAhead: "rgba(255, 110, 70, 0.35)",
  line: "#ff5a3c",
  lineWidth: 2,
  tip: "#ffe0b0",
  goal: "rgba(255, 190, 150, 0.55)",
  halo: "rgba(255, 30, 16, 0.25)",
  haloWidth: 9,
  ring: "#ff3a2a",
  ringLast: "#ffe0b0",
  ringWidth: 3.5,
};
const CONTRASTING = {
  empty: "rgba(0, 0, 0, 0.82)",
  filled: ["#000000", "#000000", "#000000"],
  hatch: "#ffe94a",
  chevron: "#ffffff",
  chevronAhead: "#ffffff",
  line: "#ffffff",
  lineWidth: 3,
  edge: "#000000",
  edgeWidth: 8,
  tip: "#ffe94a",
  goal: "#ffffff",
  halo: "#000000",
  haloWidth: 13,
  ring: "#ffe94a",
  ringLast: "#ffffff",
  ringWidth: 6,
};

export class Telegraph {
  /** `options`: of the stage. */
  constructor(options) {
    this.options = options;
    this.reset();
  }

  reset() {
    this.origin = 0; // x where the wind-up began, in pixels
    this.way = 1;
    this.ticksSinceLunge = Infinity;
  }

  /** Follows the state by a tick: keeps the marker where the lunge began while it fades. */
  update(state) {
    const phase = state[rules.BOSS_PHASE];
    if (phase === rules.BOSS_WINDUP) {
      this.origin = state[rules.BOSS_X] / UNITS;
      this.way = state[rules.BOSS_STEER];
      this.ticksSinceLunge = 0;
    } else if (phase === rules.BOSS_LUNGE) {
      this.ticksSinceLunge += 1;
    } else {
      this.ticksSinceLunge = Infinity;
    }
  }

  /** Draws the ground marker, under the fighters. */
  drawGround(context, state, bossX) {
    if (this.ticksSinceLunge > FADE_TICKS) return;
    const isWindup = state[rules.BOSS_PHASE] === rules.BOSS_WINDUP;
    const share = isWindup ? shareOf(state) : 1;
    const start = (isWindup ? bossX : this.origin) - this.way * BACK_REACH;
    const paint = this.#paint;
    context.save();
    context.translate(Math.round(start), 0);
    context.scale(this.way, 1);
    context.globalAlpha = isWindup ? 1 : 1 - this.ticksSinceLunge / FADE_TICKS;
    drawStrip(context, REACH + BACK_REACH, share, paint);
    context.restore();
  }

  /** Draws the closing ring, over the boss. */
  drawRing(context, state, bossX) {
    if (state[rules.BOSS_PHASE] !== rules.BOSS_WINDUP) return;
    const share = shareOf(state);
    const radius = RING_CLOSED + RING_OPEN * (1 - share);
    const paint = this.#paint;
    const colour = share > LAST_SHARE ? paint.ringLast : paint.ring;
    context.save();
    context.translate(bossX, -BODY_CENTRE);
    if (paint.edge) ring(context, RING_CLOSED, paint.edgeWidth, paint.edge);
    ring(context, RING_CLOSED, 1.5, paint.goal);
    ring(context, radius, paint.haloWidth, paint.halo);
    ring(context, radius, paint.ringWidth, colour);
    for (let corner = 0; corner < 4; corner += 1) {
      context.rotate(Math.PI / 2);
      drawArrow(context, radius, paint, colour);
    }
    context.restore();
  }

  get #paint() {
    return this.options.highContrast ? CONTRASTING : GLOWING;
  }
}

/** How much of the wind-up has passed: above 0, up to 1. */
function shareOf(state) {
  return Math.min(1, (state[rules.BOSS_TIMER] + 1) / rules.WINDUP_TICKS);
}

function drawStrip(context, length, share, paint) {
  strip(context, 0, length);
  if (paint.edge) {
    context.lineWidth = paint.edgeWidth;
    context.strokeStyle = paint.edge;
    context.stroke();
  }
  context.fillStyle = paint.empty;
  context.fill();
  strip(context, 0, length * share);
  context.fillStyle = paint.filled[Math.min(2, Math.floor(share * 3))];
  context.fill();
  if (paint.hatch) drawHatching(context, length * share, paint.hatch);
  drawChevrons(context, length, share, paint);
  strip(context, 0, length);
  context.lineWidth = paint.lineWidth;
  context.strokeStyle = paint.line;
  context.stroke();
  // a bright post at the tip: here the danger ends
  context.fillStyle = paint.tip;
  context.beginPath();
  context.moveTo(length - 3, TOP - 1);
  context.lineTo(length + 3, TOP - 1);
  context.lineTo(length + 3 - SLANT, BOTTOM + 1);
  context.lineTo(length - 3 - SLANT, BOTTOM + 1);
  context.fill();
}

function strip(context, from, to) {
  context.beginPath();
  context.moveTo(from, TOP);
  context.lineTo(to, TOP);
  context.lineTo(to - SLANT, BOTTOM);
  context.lineTo(from - SLANT, BOTTOM);
  context.closePath();
}

// Bars that lean the other way than the strip's ends, whole ones only.
function drawHatching(context, length, colour) {
  context.fillStyle = colour;
  context.beginPath();
  for (let x = 0; x + HATCH_STEP < length; x += HATCH_STEP) {
    context.moveTo(x, TOP);
    context.lineTo(x + HATCH_STEP / 2, TOP);
    context.lineTo(x + HATCH_STEP / 2 - SLANT, BOTTOM);
    context.lineTo(x - SLANT, BOTTOM);
  }
  context.fill();
}

function drawChevrons(context, length, share, paint) {
  const middle = (TOP + BOTTOM) / 2;
  for (let x = 10; x < length - 4; x += CHEVRON_STEP) {
    context.beginPath();
    context.moveTo(x - 4, TOP + 3);
    context.lineTo(x + 5, middle);
    context.lineTo(x - 9, BOTTOM - 3);
    if (paint.edge) {
      context.lineWidth = 9;
      context.strokeStyle = paint.edge;
      context.stroke();
    }
    context.lineWidth = 4;
    context.strokeStyle = x < length * share ? paint.chevron : paint.chevronAhead;
    context.stroke();
  }
}

function drawArrow(context, radius, paint, colour) {
  context.beginPath();
  context.moveTo(radius - 4, 0);
  context.lineTo(radius + 10, -7);
  context.lineTo(radius + 10, 7);
  context.closePath();
  if (paint.edge) {
    context.lineWidth = 5;
    context.strokeStyle = paint.edge;
    context.stroke();
  }
  context.fillStyle = colour;
  context.fill();
}

function ring(context, radius, width, colour) {
  context.beginPath();
  context.arc(0, 0, radius, 0, Math.PI * 2);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}
