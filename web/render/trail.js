// The afterglow of the sword: a crescent of light that hangs in the air where the blade has passed. Baked
// once; the painted frames have the blade's own trail, this is what the eye keeps of it.

import * as rules from "../gen/kernel.js";
import { createCanvas } from "./noise.js";

const LASTS = 15; // ticks from the last one in which the blade can hit
const CENTRE_X = 14; // pixels before and above the knight's feet: the middle of the swing
const CENTRE_Y = -32;
const RADIUS = 60;
const THICK = 26; // at the blade
const FROM = -1.5; // radians, 0 ahead and up negative
const TO = 0.26;
const FINENESS = 2; // baked pixels a world pixel
const STEPS = 40;
const STRENGTH = 0.9;
const COLOUR = [255, 116, 34];

export class SwordTrail {
  constructor() {
    this.reach = RADIUS + THICK;
    this.image = bake(this.reach);
  }

  /** Draws what is left of the light at `knightX`; nothing unless a swing has just passed. */
  draw(context, state, knightX) {
    if (state[rules.KNIGHT_PHASE] !== rules.KNIGHT_ATTACK) return;
    const age = state[rules.KNIGHT_TIMER] - rules.ATTACK_HITBOX_START;
    if (age < 2 || age > LASTS) return;
    const left = 1 - (age - 2) / (LASTS - 2);
    const { reach } = this;
    context.save();
    context.translate(knightX, 0);
    context.scale(state[rules.KNIGHT_FACING], 1);
    context.globalCompositeOperation = "lighter";
    context.globalAlpha = STRENGTH * left * left;
    context.drawImage(this.image, CENTRE_X - reach, CENTRE_Y - reach, 2 * reach, 2 * reach);
    context.restore();
  }
}

// A fan of arcs, thin and faint where the swing began, thick and bright where it ended.
function bake(reach) {
  const canvas = createCanvas(2 * reach * FINENESS, 2 * reach * FINENESS);
  const context = canvas.getContext("2d");
  context.scale(FINENESS, FINENESS);
  context.translate(reach, reach);
  const [red, green, blue] = COLOUR;
  for (let step = 0; step < STEPS; step += 1) {
    const share = (step + 1) / STEPS;
    const from = FROM + ((TO - FROM) * step) / STEPS;
    const to = FROM + (TO - FROM) * share;
    for (let band = 0; band < 4; band += 1) {
      const thick = THICK * share * (1 - band / 4);
      context.beginPath();
      context.arc(0, 0, RADIUS + THICK / 3 - thick / 2, from, to + 0.01);
      context.lineWidth = Math.max(0.5, thick);
      context.strokeStyle = `rgba(${red}, ${green + band * 16}, ${blue + band * 12}, ${0.34 * share ** 1.4})`;
      context.stroke();
    }
  }
  return canvas;
}
