// The camera: follows both fighters, pulls back when they part, leans towards a killing blow, shakes
// when told to. Positions are world pixels: x along the floor (0 to 960), y = 0 where the feet stand,
// upwards negative. It advances by ticks, so that it is repeatable.

import { FLOOR_WIDTH, UNITS_PER_PIXEL } from "../gen/kernel.js";
import { noise1, smooth } from "./noise.js";

export const WORLD_WIDTH = FLOOR_WIDTH / UNITS_PER_PIXEL;
export const WORLD_HEIGHT = (WORLD_WIDTH * 9) / 16;
const CLOSEST = 660; // narrowest view
const SIDE_ROOM = 200; // kept free beside each fighter
const EASE = 0.055; // share of the way covered in a tick
export const MOST_PAN = (WORLD_WIDTH - CLOSEST) / 2; // how far the view's centre leaves the floor's

// Shaking: the trauma of blows adds up to 1 and fades; the view moves by its square along smooth noise.
const TRAUMA_FADES = 0.026; // a tick
const SHAKE_X = 10; // pixels at the most
const SHAKE_Y = 7;
const SHAKE_ANGLE = 0.01; // radians
const SHAKE_PACE = 0.3; // features of the noise a tick

// The lean towards a killing blow, in ticks from the blow on.
const FOCUS_IN = 24;
const FOCUS_HOLD = 44;
const FOCUS_OUT = 64;
const FOCUS_END = FOCUS_IN + FOCUS_HOLD + FOCUS_OUT;
const FOCUS_ZOOM = 0.2; // share of the view's width that it loses
const FOCUS_PULL = 0.8; // share of the way to the blow

export class Camera {
  /** `ground`: pixels from the top of the whole picture to the feet. `options`: of the stage. */
  constructor({ ground, options }) {
    this.ground = ground;
    this.options = options;
    this.tick = 0;
    this.now = { x: WORLD_WIDTH / 2, width: WORLD_WIDTH, trauma: 0 };
    this.before = { ...this.now };
    this.blows = 0; // trauma to be added in the coming tick
    this.focusX = WORLD_WIDTH / 2;
    this.focusAge = FOCUS_END;
  }

  /** Forgets shaking and leaning; where it looks, it goes on looking. */
  reset() {
    this.now.trauma = 0;
    this.before.trauma = 0;
    this.blows = 0;
    this.focusAge = FOCUS_END;
  }

  /** Adds the trauma of a blow: 0.2 is a tap, 1 the most. */
  jolt(strength) {
    this.blows += strength;
  }

  /** Leans gently towards `x`, where the last blow fell, and back again by itself. */
  focus(x) {
    this.focusX = x;
    this.focusAge = 0;
  }

  /** Advances by a tick towards the two fighters at `a` and `b`; `wide` shows the whole floor instead. */
  update(a, b, wide) {
    const { now, before } = this;
    this.tick += 1;
    this.focusAge = Math.min(FOCUS_END, this.focusAge + 1);
    before.x = now.x;
    before.width = now.width;
    before.trauma = now.trauma;
    now.trauma = Math.max(0, Math.min(1, now.trauma + this.blows) - TRAUMA_FADES);
    this.blows = 0;
    const apart = Math.abs(a - b);
    const width = wide ? WORLD_WIDTH : Math.max(CLOSEST, Math.min(WORLD_WIDTH, apart + 2 * SIDE_ROOM));
    now.width += (width - now.width) * EASE;
    const middle = wide ? WORLD_WIDTH / 2 : (a + b) / 2;
    now.x = inside(now.x + (middle - now.x) * EASE, now.width);
  }

  /**
   * What to show between the last two ticks: {x, width, top, pan, shakeX, shakeY, angle}. x: the middle;
   * top: world y of the upper edge; pan: -1 to 1; the shake in pixels and radians, 0 when there is none.
   */
  view(alpha) {
    const { now, before, options } = this;
    const between = (name) => before[name] + (now[name] - before[name]) * alpha;
    const lean = options.calm ? 0 : leanAt(this.focusAge - 1 + alpha);
    const width = between("width") * (1 - FOCUS_ZOOM * lean);
    const height = (width * WORLD_HEIGHT) / WORLD_WIDTH;
    const followed = between("x");
    const x = inside(followed + (this.focusX - followed) * FOCUS_PULL * lean, width);
    const power = options.calm ? 0 : between("trauma") ** 2 * options.shake;
    const time = (this.tick - 1 + alpha) * SHAKE_PACE;
    return {
      x,
      width,
      top: (-height * this.ground) / WORLD_HEIGHT,
      pan: Math.max(-1, Math.min(1, (x - WORLD_WIDTH / 2) / MOST_PAN)),
      shakeX: power * SHAKE_X * sway(time, 1),
      shakeY: power * SHAKE_Y * sway(time, 2),
      angle: power * SHAKE_ANGLE * sway(time, 3),
    };
  }
}

/** The middle of a view of `width` nearest to `x` that does not leave the floor. */
function inside(x, width) {
  return Math.max(width / 2, Math.min(WORLD_WIDTH - width / 2, x));
}

/** Smooth noise from -1 to 1. */
function sway(time, row) {
  return noise1(time, row) * 2 - 1;
}

/** How far (0 to 1) the view leans towards a blow, `age` ticks after it. */
function leanAt(age) {
  if (age <= 0 || age >= FOCUS_END) return 0;
  if (age < FOCUS_IN) return smooth(age / FOCUS_IN);
  return smooth(Math.min(1, (FOCUS_END - age) / FOCUS_OUT));
}
