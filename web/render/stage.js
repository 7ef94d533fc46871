// The picture of the fight: arena, fighters, telegraph and effects on one canvas, in painter's order.
// Ticks advance what moves by itself; drawing interpolates between the last two ticks.

import * as rules from "../gen/kernel.js";
import { Arena } from "./arena.js";
import { Camera } from "./camera.js";
import { Effects } from "./effects.js";
import { Fighters } from "./fighters.js";
import { Lens } from "./lens.js";
import { bossStretch, knightStretch } from "./motion.js";
import { Telegraph } from "./telegraph.js";

const UNITS = rules.UNITS_PER_PIXEL;
const DRAWS_AVERAGED = 120;
const OPTIONS = { calm: false, shake: 1, flashes: true, highContrast: false };

export class Stage {
  /** `canvas`: its element; `art`: of loadArt(). */
  constructor(canvas, { art }) {
    this.lens = new Lens(canvas, { ground: art.arena.ground });
    this.options = { ...OPTIONS }; // one object, read by all parts whenever they draw
    const { options } = this;
    this.camera = new Camera({ ground: art.arena.ground, options });
    this.effects = new Effects({ camera: this.camera, sheets: art.effects, options });
    this.arena = new Arena(art, { options });
    this.fighters = new Fighters(art.fighters, art.effects, options);
    this.telegraph = new Telegraph(options);
    /** Called after the effects with (context in world pixels, {state, knightX, bossX}), if not null. */
    this.annotate = null;
    this.time = 0;
    this.clock = 0; // as time, but it stands still while a blow freezes the fighters
    this.spent = 0;
    this.draws = 0;
  }

  /**
   * Changes some of the options, at any time. calm: nothing shakes, leans or drifts; shake: 0 to 1, how much
   * blows shake the view; flashes: whether they tint the picture and whiten who is struck; highContrast:
   * the telegraph in black, white and yellow, and lines around the fighters.
   */
  setOptions(options) {
    Object.assign(this.options, options);
  }

  /** Fits the picture to the size at which the page shows it. */
  resize() {
    this.lens.resize();
  }

  /** Begins a new fight. */
  reset(seed) {
    this.camera.reset();
    this.effects.reset(seed);
    this.fighters.reset();
    this.telegraph.reset();
  }

  /** Advances by a tick: {before, state, events, sinceEnd, isLive}; `isLive` is false at the gate. */
  tick({ before, state, events, sinceEnd, isLive }) {
    this.time += 1;
    const isFrozen = isLive && state[rules.HIT_STOP] > 0;
    if (!isFrozen) this.clock += 1;
    this.effects.show(events, before, state);
    this.effects.update(state, this.clock);
    this.fighters.update(state, { time: this.clock, sinceEnd, effects: this.effects });
    this.telegraph.update(state);
    this.camera.update(state[rules.KNIGHT_X] / UNITS, state[rules.BOSS_X] / UNITS, !isLive);
  }

  /** Draws `alpha` (0 to 1) of the way from `before` to `state`; `closing`: how far the fog has closed in. */
  draw({ before, state, sinceEnd, closing }, alpha) {
    const began = performance.now();
    const { effects, arena, fighters, telegraph } = this;
    const time = this.time - 1 + alpha;
    const view = this.camera.view(alpha);
    const knightX = between(before, state, rules.KNIGHT_X, alpha);
    const bossX = between(before, state, rules.BOSS_X, alpha);
    const scene = {
      state,
      knightX,
      bossX,
      time: this.clock,
      sinceEnd,
      effects,
      bossStretch: bossStretch(state, this.clock, effects),
      knightStretch: knightStretch(state, effects),
    };
    const context = this.lens.aim(view);
    arena.drawBehind(context, view, time);
    fighters.drawBehind(context, scene);
    telegraph.drawGround(context, state, bossX);
    fighters.draw(context, scene);
    telegraph.drawRing(context, state, bossX);
    effects.draw(context, alpha);
    this.annotate?.(context, { state, knightX, bossX });
    arena.drawFront(context, view, time, closing);
    this.lens.fill(effects.screenColour, effects.tint);
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

/** Whole pixels of a field of two states, `alpha` of the way from one to the other. */
function between(before, state, field, alpha) {
  return Math.round((before[field] + (state[field] - before[field]) * alpha) / UNITS);
}
