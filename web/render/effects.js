// What the events of a tick look like: sparks, rings, dust, light, shaking. Driven by the event bits
// alone; the state only says where. Randomness is seeded, so the same fight looks the same every time.

import * as rules from "../gen/kernel.js";
import { WORLD_HEIGHT, WORLD_WIDTH } from "./camera.js";
import { createRandom } from "./noise.js";
import { Particles } from "./particles.js";

const UNITS = rules.UNITS_PER_PIXEL;
const CHEST = 34; // pixels above the feet
const EMBER_COLOURS = ["#ffcf7a", "#ff9a3c", "#f2682a", "#b8341a"];
const STEEL_COLOURS = ["#fff6d8", "#ffe08a", "#ffb347"];
const GOO_COLOURS = ["#b23f82", "#842674", "#dd6b94", "#5b1763"];
const ENRAGED_GOO_COLOURS = ["#f87030", "#d83a18", "#ffc070", "#a81c12"];
const AEGIS_COLOURS = ["#e6feff", "#8deef5", "#4cc9dc"];
const DUST_COLOURS = ["#6d5444", "#4d3a31", "#8a6c56"];
const SHELL_COLOURS = ["#f2fbf4", "#b0cfda", "#7292b4"];
const BURST = { way: -Math.PI / 2, spread: Math.PI, speed: 4, weight: 0.16, life: 30, size: 3, bright: true };

export class Effects {
  /** `sheets`: the effect sprites of loadArt(). `calm`: fewer embers, no full-screen flashes. */
  constructor({ camera, sheets, calm }) {
    this.camera = camera;
    this.sheets = sheets;
    this.calm = calm;
    this.reset(1);
  }

  /** Clears everything; `seed` fixes the randomness from here on. */
  reset(seed) {
    this.random = createRandom(seed);
    this.particles = new Particles();
    this.ticks = 0;
    this.bossFlash = 0; // ticks left
    this.knightFlash = 0;
    this.screenFlash = 0;
    this.screenColour = "#000000";
    this.since = {}; // ticks since an event that fighters animate: name -> ticks
  }

  /** Ticks since the event called `name` last happened, or Infinity. */
  age(name) {
    return this.since[name] ?? Infinity;
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

  /** Advances by a tick; `state` is null between fights. */
  update(state) {
    this.ticks += 1;
    for (const name of Object.keys(this.since)) this.since[name] += 1;
    this.bossFlash = Math.max(0, this.bossFlash - 1);
    this.knightFlash = Math.max(0, this.knightFlash - 1);
    this.screenFlash = Math.max(0, this.screenFlash - 0.05);
    this.#ambient(state);
    this.particles.update();
  }

  draw(context, alpha) {
    this.particles.draw(context, alpha);
  }

  /** The tint of the whole picture after a blow. */
  drawFlash(context, width, height) {
    if (this.screenFlash <= 0) return;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = this.screenFlash;
    context.fillStyle = this.screenColour;
    context.fillRect(0, 0, width, height);
    context.globalAlpha = 1;
  }

  flash(colour, strength) {
    this.screenColour = colour;
    this.screenFlash = this.calm ? 0 : strength;
  }

  /**
   * `count` sparks from a point. `options`: way (radians, 0 right, up negative), spread (either side),
   * speed (the most), weight, life (ticks), size, bright.
   */
  burst({ x, y }, count, colours, options) {
    const { way, spread, speed, weight, life, size, bright } = { ...BURST, ...options };
    for (let i = 0; i < count; i += 1) {
      const angle = way + (this.random() * 2 - 1) * spread;
      const pace = speed * (0.25 + 0.75 * this.random());
      this.particles.spark({
        x: x + (this.random() - 0.5) * 8,
        y: y + (this.random() - 0.5) * 8,
        vx: Math.cos(angle) * pace,
        vy: Math.sin(angle) * pace,
        life: life * (0.5 + 0.5 * this.random()),
        size: size * (0.6 + 0.6 * this.random()),
        colour: colours[Math.floor(this.random() * colours.length)],
        weight,
        depth: this.random() * 22 - 4,
        drag: 0.965,
        bright,
      });
    }
  }

  dust(x, count, way) {
    const heading = way === 0 ? -Math.PI / 2 : way > 0 ? -0.35 : Math.PI + 0.35;
    const spread = way === 0 ? 1.6 : 0.5;
    const drift = { weight: -0.015, life: 34, size: 5, bright: false };
    this.burst({ x, y: -3 }, count, DUST_COLOURS, { way: heading, spread, speed: 2.4, ...drift });
  }

  /** Plays the effect sprite `name` once. */
  play(name, { x, y }, options) {
    this.particles.play(this.sheets[name], x, y, options);
  }

  // Embers rise through the ruin; the knight's plume sheds them, and an enraged boss burns.
  #ambient(state) {
    const every = this.calm ? 24 : 5;
    if (this.ticks % every === 0) this.#ember(this.random() * WORLD_WIDTH, -this.random() * 40, 1);
    if (!state) return;
    if (this.ticks % 4 === 0 && state[rules.KNIGHT_PHASE] !== rules.KNIGHT_DEAD) {
      const x = state[rules.KNIGHT_X] / UNITS - state[rules.KNIGHT_FACING] * 6;
      this.#ember(x + (this.random() - 0.5) * 8, -66, 0.5);
    }
    if (state[rules.BOSS_ENRAGED] && state[rules.BOSS_PHASE] !== rules.BOSS_DEAD && this.ticks % 2 === 0) {
      const x = state[rules.BOSS_X] / UNITS + (this.random() - 0.5) * 110;
      this.#ember(x, -this.random() * 90, 0.8);
    }
  }

  #ember(x, y, size) {
    this.particles.spark({
      x,
      y,
      vx: (this.random() - 0.4) * 0.7,
      vy: -0.5 - this.random() * 0.9,
      life: 60 + 90 * this.random() * size,
      size: 1.4 + 1.6 * this.random() * size,
      colour: EMBER_COLOURS[Math.floor(this.random() * EMBER_COLOURS.length)],
      weight: -0.004,
      drag: 0.995,
      depth: WORLD_HEIGHT,
    });
  }
}

const wayFrom = (side) => (side > 0 ? -0.3 : Math.PI + 0.3); // a spray towards `side`, a little upwards

const DISPLAYS = [
  [rules.EVENT_ROLL_STARTED, (fx, { knight, knightFacing }) => {
    fx.play("dust", { x: knight.x - knightFacing * 8, y: 4 }, { facing: knightFacing });
  }],
  [rules.EVENT_SWORD_HIT, (fx, { contact, side, goo, boss, bossLost }) => {
    fx.bossFlash = 6;
    fx.since.sword_hit = 0;
    fx.play("spark", contact);
    fx.play("splash", { x: contact.x, y: -2 });
    fx.burst(contact, 14, goo, { way: wayFrom(side), spread: 0.9, speed: 5, bright: false, life: 36 });
    fx.burst(contact, 8, EMBER_COLOURS, { way: wayFrom(-side), spread: 1.2, speed: 6, life: 22, size: 2.5 });
    fx.particles.word({ x: boss.x, y: -118, text: String(bossLost), colour: "#ffd9a0", size: 17 });
    fx.camera.jolt(0.3);
  }],
  [rules.EVENT_SWORD_GUARDED, (fx, { contact, side, boss, bossLost }) => {
    fx.since.sword_guarded = 0;
    fx.play("spark_guard", contact);
    fx.burst(contact, 8, SHELL_COLOURS, { way: wayFrom(side), spread: 1.3, speed: 4, life: 26 });
    fx.particles.word({ x: boss.x, y: -118, text: String(bossLost), colour: "#b9c4cc", size: 13 });
    fx.camera.jolt(0.2);
  }],
  [rules.EVENT_BOSS_GUARD_BROKEN, (fx, { boss, contact }) => {
    fx.burst(contact, 30, SHELL_COLOURS, { speed: 6, life: 44, size: 4 });
    fx.particles.ring({ x: boss.x, y: -50, from: 20, to: 110, life: 26, colour: "#b0cfda", width: 5 });
    fx.particles.word({ x: boss.x, y: -140, text: "GUARD BROKEN", colour: "#d8ecf2", size: 16, life: 80 });
    fx.camera.jolt(0.5);
  }],
  [rules.EVENT_WINDUP_STARTED, (fx, { boss }) => {
    fx.burst({ x: boss.x, y: -60 }, 14, ["#ff5a3a", "#ff2a1a"], { speed: 3, weight: -0.03, life: 30 });
  }],
  [rules.EVENT_LUNGE_STARTED, (fx, { boss, lunge }) => {
    fx.play("dust", { x: boss.x - lunge * 30, y: 4 }, { scale: 1.5, facing: lunge });
    fx.dust(boss.x - lunge * 40, 12, -lunge);
    fx.camera.jolt(0.22);
  }],
  [rules.EVENT_CLEAVE_HIT, (fx, { knight, side, knightLost }) => {
    const at = { x: knight.x, y: -CHEST };
    fx.knightFlash = 8;
    fx.burst(at, 30, EMBER_COLOURS, { way: wayFrom(side), spread: 1, speed: 7.5, life: 40 });
    fx.burst(at, 12, ["#ff4a3a", "#c01a1a"], { way: wayFrom(side), spread: 1.4, speed: 5, bright: false });
    fx.play("spark_blood", at, { scale: 1.3 });
    fx.play("shockwave", { x: knight.x, y: 4 });
    fx.particles.word({ x: knight.x, y: -96, text: String(knightLost), colour: "#ff8a70", size: 19 });
    fx.flash("#7a0d08", 0.34);
    fx.camera.jolt(0.85);
  }],
  [rules.EVENT_CLEAVE_BLOCKED, (fx, { knight, side }) => {
    const at = { x: knight.x - side * 16, y: -CHEST };
    fx.since.cleave_blocked = 0;
    fx.play("spark", at);
    fx.burst(at, 18, STEEL_COLOURS, { way: wayFrom(side), spread: 1.3, speed: 7, life: 24, size: 2.4 });
    fx.dust(knight.x, 8, side);
    fx.camera.jolt(0.5);
  }],
  [rules.EVENT_CLEAVE_ROLLED_THROUGH, (fx, { knight }) => {
    fx.particles.ring({ x: knight.x, y: -22, from: 12, to: 46, life: 20, colour: "#fff0c8", width: 2 });
    fx.burst({ x: knight.x, y: -24 }, 8, STEEL_COLOURS, { speed: 2.6, weight: -0.02, life: 26, size: 2 });
  }],
  [rules.EVENT_CLEAVE_MISSED, (fx, { boss, lunge }) => {
    fx.play("shockwave", { x: boss.x + lunge * 76, y: 4 }, { scale: 0.7 });
    fx.dust(boss.x + lunge * 76, 10, 0);
  }],
  [rules.EVENT_AEGIS_ABSORBED, (fx, { knight }) => {
    const at = { x: knight.x, y: -CHEST };
    fx.since.aegis_absorbed = 0;
    fx.burst(at, 26, AEGIS_COLOURS, { speed: 6, weight: 0, life: 30, size: 2.6 });
    fx.particles.ring({ ...at, from: 44, to: 92, life: 22, colour: "#8deef5", width: 4 });
    fx.flash("#123c44", 0.22);
    fx.camera.jolt(0.45);
  }],
  [rules.EVENT_AEGIS_FADED, (fx, { knight }) => {
    const at = { x: knight.x, y: -CHEST };
    fx.burst(at, 34, AEGIS_COLOURS, { speed: 2.2, weight: -0.04, life: 60, size: 2.4 });
    fx.particles.ring({ ...at, from: 44, to: 60, life: 30, colour: "#8deef5", width: 2 });
  }],
  [rules.EVENT_KNIGHT_GUARD_BROKEN, (fx, { knight, side }) => {
    const at = { x: knight.x, y: -CHEST };
    fx.burst(at, 30, STEEL_COLOURS, { way: wayFrom(side), spread: 2, speed: 6.5, life: 36 });
    fx.particles.word({ x: knight.x, y: -100, text: "GUARD BROKEN", colour: "#ffb0a0", size: 15, life: 80 });
    fx.flash("#5a1008", 0.2);
    fx.camera.jolt(0.7);
  }],
  [rules.EVENT_ENRAGED, (fx, { boss }) => {
    const at = { x: boss.x, y: -56 };
    fx.burst(at, 70, [...ENRAGED_GOO_COLOURS, ...EMBER_COLOURS], { speed: 8, weight: 0.02, life: 70, size: 4 });
    fx.particles.ring({ ...at, from: 20, to: 210, life: 40, colour: "#ff6a2a", width: 8 });
    fx.play("shockwave", { x: boss.x, y: 4 }, { scale: 2 });
    fx.flash("#8a2408", 0.4);
    fx.camera.jolt(0.8);
  }],
  [rules.EVENT_KNIGHT_DIED, (fx, { knight }) => {
    fx.burst({ x: knight.x, y: -CHEST }, 60, EMBER_COLOURS, { speed: 3.4, weight: -0.03, life: 130, size: 3 });
    fx.flash("#3a0604", 0.5);
  }],
  [rules.EVENT_BOSS_DIED, (fx, { boss, goo }) => {
    const at = { x: boss.x, y: -50 };
    fx.bossFlash = 14;
    fx.burst(at, 80, goo, { speed: 8, weight: 0.14, life: 80, size: 5, bright: false });
    fx.burst(at, 70, EMBER_COLOURS, { speed: 4, weight: -0.04, life: 150, size: 3 });
    fx.particles.ring({ ...at, from: 20, to: 260, life: 50, colour: "#ffd9a0", width: 6 });
    fx.particles.ring({ x: boss.x, y: 0, from: 30, to: 380, life: 60, colour: "#ffb347", width: 4, flat: 0.2 });
    fx.flash("#ffcf8a", 0.4);
    fx.camera.jolt(0.9);
  }],
  [rules.EVENT_BOSS_GUARD_RAISED, (fx, { contact }) => {
    fx.since.boss_guard_raised = 0;
    fx.particles.ring({ x: contact.x, y: -46, from: 50, to: 26, life: 16, colour: "#b0cfda", width: 3 });
  }],
];
