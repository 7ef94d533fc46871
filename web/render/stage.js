// The picture of the fight: arena, fighters, telegraph and effects on one canvas, in painter's order.
// Ticks advance what moves by itself; drawing interpolates between the last two ticks.

import * as rules from "../gen/kernel.js";
import { Arena } from "./arena.js";
import { Camera, look } from "./camera.js";
import { Effects } from "./effects.js";
import { Fighters } from "./fighters.js";
import { Telegraph } from "./telegraph.js";

const WIDEST = 1600; // canvas pixels; more costs time and shows nothing new
const COARSEST = 0.55; // share of the shown size
const DRAWS_AVERAGED = 120;

export class Stage {
  /** `canvas`: its element; `art`: of loadArt(); `calm`: reduced motion. */
  constructor(canvas, { art, calm }) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.camera = new Camera({ ground: art.arena.ground, calm });
    this.effects = new Effects({ camera: this.camera, sheets: art.effects, calm });
    this.arena = new Arena(art, { calm });
    this.fighters = new Fighters(art.fighters, art.effects);
    this.telegraph = new Telegraph();
    this.fineness = 1;
    this.time = 0;
    this.spent = 0;
    this.draws = 0;
    this.resize();
  }

  /** Fits the canvas to the size at which the page shows it. */
  resize() {
    const { clientWidth } = this.canvas;
    const width = Math.min(WIDEST, Math.round(clientWidth * Math.min(2, window.devicePixelRatio) * this.fineness));
    this.canvas.width = Math.max(320, width);
    this.canvas.height = Math.round((this.canvas.width * 9) / 16);
  }

  /** Draws fewer pixels from now on, for a machine that cannot keep up. */
  coarsen() {
    if (this.fineness <= COARSEST) return;
    this.fineness = Math.max(COARSEST, this.fineness * 0.75);
    this.resize();
  }

  /** Begins a new fight. */
  reset(seed) {
    this.effects.reset(seed);
    this.fighters.reset();
    this.telegraph = new Telegraph();
  }

  /** Advances by a tick: {before, state, events, sinceEnd, isLive}; `isLive` is false at the gate. */
  tick({ before, state, events, sinceEnd, isLive }) {
    this.time += 1;
    this.effects.show(events, before, state);
    this.effects.update(state);
    this.fighters.update(state, { time: this.time, sinceEnd, effects: this.effects });
    this.telegraph.update(state);
    const { UNITS_PER_PIXEL } = rules;
    this.camera.update(state[rules.KNIGHT_X] / UNITS_PER_PIXEL, state[rules.BOSS_X] / UNITS_PER_PIXEL, !isLive);
  }

  /** Draws `alpha` (0 to 1) of the way from `before` to `state`; `closing`: how far the fog has closed in. */
  draw({ before, state, sinceEnd, closing }, alpha) {
    const began = performance.now();
    const { canvas, context } = this;
    const { width, height } = canvas;
    const time = this.time - 1 + alpha;
    const view = this.camera.view(alpha);
    const between = (field) => (before[field] + (state[field] - before[field]) * alpha) / rules.UNITS_PER_PIXEL;
    const [knightX, bossX] = [between(rules.KNIGHT_X), between(rules.BOSS_X)];
    const scene = { state, knightX, bossX, time, sinceEnd, effects: this.effects };
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.fillStyle = "#050304";
    context.fillRect(0, 0, width, height);
    this.arena.drawBehind(context, view, width, time);
    look(context, view, width);
    this.telegraph.drawGround(context, state, bossX);
    this.fighters.draw(context, scene);
    this.telegraph.drawRing(context, state, bossX);
    this.effects.draw(context, alpha);
    this.arena.drawFront(context, view, width, time, closing);
    this.effects.drawFlash(context, width, height);
    this.#measure(performance.now() - began);
  }

  /** Mean milliseconds of the last draws. */
  get drawCost() {
    return this.draws === 0 ? 0 : this.spent / this.draws;
  }

  #measure(milliseconds) {
    this.spent += milliseconds;
    this.draws += 1;
    if (this.draws < DRAWS_AVERAGED) return;
    this.spent /= 2; // the past counts for less and less
    this.draws /= 2;
  }
}
