// The warning before a cleave, readable by shape as well as by colour: a ring that closes on the boss
// as the wind-up runs out, and on the ground the reach of the lunge, filling towards its tip.

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
const FADE_TICKS = 14;

export class Telegraph {
  constructor() {
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
    const share = isWindup ? Math.min(1, (state[rules.BOSS_TIMER] + 1) / rules.WINDUP_TICKS) : 1;
    const fade = isWindup ? 1 : 1 - this.ticksSinceLunge / FADE_TICKS;
    const start = (isWindup ? bossX : this.origin) - this.way * BACK_REACH;
    const length = REACH + BACK_REACH;
    context.save();
    context.translate(start, 0);
    context.scale(this.way, 1);
    context.globalAlpha = fade;
    strip(context, 0, length);
    context.fillStyle = "rgba(150, 14, 10, 0.30)";
    context.fill();
    strip(context, 0, length * share);
    context.fillStyle = `rgba(255, 52, 28, ${0.28 + 0.3 * share})`;
    context.fill();
    context.save();
    strip(context, 0, length);
    context.clip();
    drawChevrons(context, length, share);
    context.restore();
    strip(context, 0, length);
    context.lineWidth = 2;
    context.strokeStyle = "#ff5a3c";
    context.stroke();
    // a bright post at the tip: here the danger ends
    context.fillStyle = "#ffe0b0";
    context.beginPath();
    context.moveTo(length - 3, TOP - 1);
    context.lineTo(length + 3, TOP - 1);
    context.lineTo(length + 3 - SLANT, BOTTOM + 1);
    context.lineTo(length - 3 - SLANT, BOTTOM + 1);
    context.fill();
    context.restore();
  }

  /** Draws the closing ring, over the boss. */
  drawRing(context, state, bossX) {
    if (state[rules.BOSS_PHASE] !== rules.BOSS_WINDUP) return;
    const share = Math.min(1, (state[rules.BOSS_TIMER] + 1) / rules.WINDUP_TICKS);
    const radius = RING_CLOSED + RING_OPEN * (1 - share);
    const isLast = share > 0.72;
    context.save();
    context.translate(bossX, -BODY_CENTRE);
    ring(context, RING_CLOSED, 1.5, "rgba(255, 190, 150, 0.55)");
    ring(context, radius, 9, "rgba(255, 30, 16, 0.25)");
    ring(context, radius, 3.5, isLast ? "#ffe0b0" : "#ff3a2a");
    context.fillStyle = isLast ? "#ffe0b0" : "#ff3a2a";
    for (let corner = 0; corner < 4; corner += 1) {
      context.rotate(Math.PI / 2);
      context.beginPath();
      context.moveTo(radius - 4, 0);
      context.lineTo(radius + 10, -7);
      context.lineTo(radius + 10, 7);
      context.fill();
    }
    context.restore();
  }
}

function strip(context, from, to) {
  context.beginPath();
  context.moveTo(from, TOP);
  context.lineTo(to, TOP);
  context.lineTo(to - SLANT, BOTTOM);
  context.lineTo(from - SLANT, BOTTOM);
  context.closePath();
}

function drawChevrons(context, length, share) {
  const middle = (TOP + BOTTOM) / 2;
  context.lineWidth = 4;
  for (let x = 10; x < length; x += CHEVRON_STEP) {
    context.strokeStyle = x < length * share ? "rgba(255, 214, 150, 0.85)" : "rgba(255, 110, 70, 0.35)";
    context.beginPath();
    context.moveTo(x - 4, TOP + 3);
    context.lineTo(x + 5, middle);
    context.lineTo(x - 9, BOTTOM - 3);
    context.stroke();
  }
}

function ring(context, radius, width, colour) {
  context.beginPath();
  context.arc(0, 0, radius, 0, Math.PI * 2);
  context.lineWidth = width;
  context.strokeStyle = colour;
  context.stroke();
}
