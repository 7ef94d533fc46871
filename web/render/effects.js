// Sparks, rings, dust, light and shaking: when they begin, and what floats in the air by itself. Driven by
// the event bits and the state alone. Randomness is seeded, so the same fight looks the same every time.

import * as rules from "../gen/kernel.js";
import { WORLD_HEIGHT, WORLD_WIDTH } from "./camera.js";
import { DISPLAYS, DUST_COLOURS, EMBER_COLOURS, ENRAGED_GOO_COLOURS, GOO_COLOURS } from "./displays.js";
import { isFootfall, isLanding } from "./motion.js";
import { createRandom } from "./noise.js";
import { Particles } from "./particles.js";

const UNITS = rules.UNITS_PER_PIXEL;
const BURST = { way: -Math.PI / 2, spread: Math.PI, speed: 4, weight: 0.16, life: 30, size: 3, bright: true };
const FLASH_FADES = 0.05; // a tick
const HOP_JOLT = 0.13;

export class Effects {
  /** `sheets`: the effect sprites of loadArt(). `options`: of the stage. */
  constructor({ camera, sheets, options }) {
    this.camera = camera;
    this.sheets = sheets;
    this.options = options;
    this.particles = new Particles();
    this.reset(1);
  }

  /** Clears everything; `seed` fixes the randomness from here on. */
  reset(seed) {
    this.random = createRandom(seed);
    this.particles.clear();
    this.ticks = 0;
    this.bossFlash = 0; // ticks left
    this.knightFlash = 0;
    this.screenFlash = 0;
    this.screenColour = "#000000";
    this.marks = {}; // events that fighters animate: name -> the tick in which one last happened
  }

  /** Ticks since the event called `name` last happened, or Infinity. */
  age(name) {
    const tick = this.marks[name];
    return tick === undefined ? Infinity : this.ticks - tick;
  }

  /** Notes that the event called `name` happens in this tick. */
  mark(name) {
    this.marks[name] = this.ticks + 1; // shown before the tick is counted
  }

  /** Shows `events`, the bits of the tick that led from state `before` to `state`. */
  show(events, before, state) {
    if (events === 0) return;
    const knight = { x: state[rules.KNIGHT_X] / UNITS, y: 0 };
    const boss = { x: state[rules.BOSS_X] / UNITS, y: 0 };
    const side = knight.x < boss.x ? -1 : 1; // where the knight stands, from the boss
    const scene = {
      knight,
      boss,
      side,
      contact: { x: boss.x + side * Math.min(46, Math.abs(knight.x - boss.x)), y: -48 },
      goo: state[rules.BOSS_ENRAGED] ? ENRAGED_GOO_COLOURS : GOO_COLOURS,
      bossLost: before[rules.BOSS_HEALTH] - state[rules.BOSS_HEALTH],
      knightLost: before[rules.KNIGHT_HEALTH] - state[rules.KNIGHT_HEALTH],
      knightFacing: state[rules.KNIGHT_FACING],
      lunge: state[rules.BOSS_STEER],
    };
    for (const [bit, display] of DISPLAYS) if (events & bit) display(this, scene);
  }

  /** Advances by a tick. `state`: null between fights. `clock`: ticks by which fighters are animated. */
  update(state, clock) {
    this.ticks += 1;
    this.bossFlash = Math.max(0, this.bossFlash - 1);
    this.knightFlash = Math.max(0, this.knightFlash - 1);
    this.screenFlash = Math.max(0, this.screenFlash - FLASH_FADES);
    this.#floatEmbers(state);
    if (state && state[rules.HIT_STOP] === 0 && state[rules.OUTCOME] === rules.ONGOING) this.#treadDust(state, clock);
    this.particles.update();
  }

  draw(context, alpha) {
    this.particles.draw(context, alpha);
  }

  /** The tint of the whole picture after a blow: how strong (0 to 1) it is to be shown now. */
  get tint() {
    return this.options.flashes && !this.options.calm ? this.screenFlash : 0;
  }

  flash(colour, strength) {
    this.screenColour = colour;
    this.screenFlash = strength;
  }

  /**
   * `count` sparks from a point. `options`: way (radians, 0 right, up negative), spread (either side),
   * speed (the most), weight, life (ticks), size, bright.
   */
  burst({ x, y }, count, colours, options) {
    const { way, spread, speed, weight, life, size, bright } = { ...BURST, ...options };
    for (let i = 0; i < count; i += 1) {
      const spark = this.particles.spark();
      const angle = way + (this.random() * 2 - 1) * spread;
      const pace = speed * (0.25 + 0.75 * this.random());
      spark.x = x + (this.random() - 0.5) * 8;
      spark.y = y + (this.random() - 0.5) * 8;
      spark.vx = Math.cos(angle) * pace;
      spark.vy = Math.sin(angle) * pace;
      spark.life = life * (0.5 + 0.5 * this.random());
      spark.size = size * (0.6 + 0.6 * this.random());
      spark.colour = colours[Math.floor(this.random() * colours.length)];
      spark.weight = weight;
      spark.depth = this.random() * 22 - 4;
      spark.drag = 0.965;
      spark.bright = bright;
    }
  }

  dust(x, count, way, size = 5) {
    const heading = way === 0 ? -Math.PI / 2 : way > 0 ? -0.35 : Math.PI + 0.35;
    const spread = way === 0 ? 1.6 : 0.5;
    const drift = { weight: -0.015, life: 34, size, bright: false };
    this.burst({ x, y: -3 }, count, DUST_COLOURS, { way: heading, spread, speed: 2.4, ...drift });
  }

  /** Plays the effect sprite `name` once. */
  play(name, { x, y }, options) {
    this.particles.play(this.sheets[name], x, y, options);
  }

  // Embers rise through the ruin; the knight's plume sheds them, and an enraged boss burns.
  #floatEmbers(state) {
    const { calm } = this.options;
    if (!calm && this.ticks % 5 === 0) this.#ember(this.random() * WORLD_WIDTH, -this.random() * 40, 1);
    if (!state) return;
    if (!calm && this.ticks % 4 === 0 && state[rules.KNIGHT_PHASE] !== rules.KNIGHT_DEAD) {
      const x = state[rules.KNIGHT_X] / UNITS - state[rules.KNIGHT_FACING] * 6;
      this.#ember(x + (this.random() - 0.5) * 8, -66, 0.5);
    }
    const isBurning = state[rules.BOSS_ENRAGED] && state[rules.BOSS_PHASE] !== rules.BOSS_DEAD;
    if (isBurning && this.ticks % (calm ? 8 : 2) === 0) {
      const x = state[rules.BOSS_X] / UNITS + (this.random() - 0.5) * 110;
      this.#ember(x, -this.random() * 90, 0.8);
    }
  }

  // Where a boot or the whole slime comes down.
  #treadDust(state, clock) {
    if (isFootfall(state, clock)) {
      const knightX = state[rules.KNIGHT_X] / UNITS;
      const moving = state[rules.KNIGHT_MOVING];
      this.dust(knightX - moving * 5, 2, -moving, 2.6);
      this.play("ember_puff", { x: knightX - moving * 8, y: 2 }, { facing: moving });
    }
    if (!isLanding(state, clock)) return;
    const bossX = state[rules.BOSS_X] / UNITS;
    this.dust(bossX - 46, 5, -1, 4);
    this.dust(bossX + 46, 5, 1, 4);
    this.camera.jolt(HOP_JOLT);
  }

  #ember(x, y, size) {
    const spark = this.particles.spark();
    spark.x = x;
    spark.y = y;
    spark.vx = (this.random() - 0.4) * 0.7;
    spark.vy = -0.5 - this.random() * 0.9;
    spark.life = 60 + 90 * this.random() * size;
    spark.size = 1.4 + 1.6 * this.random() * size;
    spark.colour = EMBER_COLOURS[Math.floor(this.random() * EMBER_COLOURS.length)];
    spark.weight = -0.004;
    spark.drag = 0.995;
    spark.depth = WORLD_HEIGHT;
    spark.bright = true;
  }
}
