// The camera: follows both fighters, pulls back when they part, shakes when told to. Positions are
// world pixels: x along the floor (0 to 960), y = 0 where the feet stand, upwards negative. It advances
// by ticks, so that it is repeatable.

import { FLOOR_WIDTH, UNITS_PER_PIXEL } from "../gen/kernel.js";
import { hash2 } from "./noise.js";

export const WORLD_WIDTH = FLOOR_WIDTH / UNITS_PER_PIXEL;
export const WORLD_HEIGHT = (WORLD_WIDTH * 9) / 16;
const CLOSEST = 660; // narrowest view
const SIDE_ROOM = 200; // kept free beside each fighter
const EASE = 0.055; // share of the way covered in a tick
const SHAKE_PIXELS = 11;
const SHAKE_FADE = 0.045; // a tick
export const MOST_PAN = (WORLD_WIDTH - CLOSEST) / 2; // how far the view's centre leaves the floor's

export class Camera {
  /** `ground`: pixels from the top of the whole picture to the feet. `calm`: no shaking at all. */
  constructor({ ground, calm }) {
    this.ground = ground;
    this.calm = calm;
    this.tick = 0;
    this.shake = 0;
    this.now = { x: WORLD_WIDTH / 2, width: WORLD_WIDTH };
    this.before = { ...this.now };
  }

  /** Shakes: 0.2 is a tap, 1 the most. */
  jolt(strength) {
    if (!this.calm) this.shake = Math.min(1, Math.max(this.shake, strength));
  }

  /** Advances by a tick towards the two fighters at `a` and `b`; `wide` shows the whole floor instead. */
  update(a, b, wide) {
    this.tick += 1;
    this.before = { ...this.now };
    this.shake = Math.max(0, this.shake - SHAKE_FADE);
    const apart = Math.abs(a - b);
    const width = wide ? WORLD_WIDTH : Math.max(CLOSEST, Math.min(WORLD_WIDTH, apart + 2 * SIDE_ROOM));
    this.now.width += (width - this.now.width) * EASE;
    const room = this.now.width / 2;
    const middle = wide ? WORLD_WIDTH / 2 : (a + b) / 2;
    const x = this.now.x + (middle - this.now.x) * EASE;
    this.now.x = Math.max(room, Math.min(WORLD_WIDTH - room, x));
  }

  /** What to show between the last two ticks: {x, width, top, shakeX, shakeY, pan}; pan is -1 to 1. */
  view(alpha) {
    const width = this.before.width + (this.now.width - this.before.width) * alpha;
    const height = (width * WORLD_HEIGHT) / WORLD_WIDTH;
    const x = this.before.x + (this.now.x - this.before.x) * alpha;
    const power = this.shake * this.shake * SHAKE_PIXELS;
    return {
      x,
      width,
      top: (-height * this.ground) / WORLD_HEIGHT,
      pan: (x - WORLD_WIDTH / 2) / MOST_PAN,
      shakeX: power * (hash2(this.tick, 1) * 2 - 1),
      shakeY: power * (hash2(this.tick, 2) * 2 - 1) * 0.7,
    };
  }
}

/** Sets `context`'s transform so that world pixels land where `view` puts them on the canvas. */
export function look(context, view, canvasWidth) {
  const scale = canvasWidth / view.width;
  const left = view.x - view.width / 2 + view.shakeX;
  context.setTransform(scale, 0, 0, scale, -left * scale, -(view.top + view.shakeY) * scale);
}
