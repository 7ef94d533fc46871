// Short-lived things in the arena: square sparks that fly and fall, rings that spread, words that rise,
// small animations played once. They advance by ticks and are drawn between them. The floor is y = 0.

import { SERIF } from "./letters.js";
import { createCanvas } from "./noise.js";
import { Pool } from "./pool.js";

const MOST_SPARKS = 420;
const MOST_RINGS = 16;
const MOST_WORDS = 12;
const MOST_PLAYS = 16;
const WORD_EDGE = 3; // pixels of the dark line around its letters
const BASELINE = 0.75; // of a word's height
const RING_HALO = 3.4; // times the ring's width: a soft edge without a blur
const RING_HALO_STRENGTH = 0.2;

export class Particles {
  constructor() {
    this.sparks = new Pool(MOST_SPARKS, () => ({
      age: 0, life: 0, x: 0, y: 0, vx: 0, vy: 0, size: 0, colour: "", weight: 0, drag: 0, depth: 0, bright: true,
    }));
    this.rings = new Pool(MOST_RINGS, () => ({
      age: 0, life: 0, x: 0, y: 0, from: 0, to: 0, colour: "", width: 0, flat: 1,
    }));
    this.words = new Pool(MOST_WORDS, () => ({ age: 0, life: 0, x: 0, y: 0, image: createCanvas(1, 1) }));
    this.plays = new Pool(MOST_PLAYS, () => ({ age: 0, life: 0, sheet: null, x: 0, y: 0, scale: 1, facing: 1 }));
  }

  clear() {
    for (const pool of [this.sparks, this.rings, this.words, this.plays]) pool.clear();
  }

  /** A new spark to be filled in whole: x, y, vx, vy, life, size, colour, weight, drag, depth, bright. */
  spark() {
    return this.sparks.take();
  }

  /** Adds a ring that grows from radius `from` to `to`: {x, y, from, to, life, colour, width, flat}. */
  ring({ x, y, from, to, life, colour, width = 3, flat = 1 }) {
    Object.assign(this.rings.take(), { x, y, from, to, life, colour, width, flat });
  }

  /** Adds a word that rises: {x, y, text, colour, size, life}. */
  word({ x, y, text, colour, size = 15, life = 54 }) {
    const word = this.words.take();
    Object.assign(word, { x, y, life });
    paintWord(word.image, text, colour, size);
  }

  /** Plays the animation "play" of `sheet` once at (x, y). */
  play(sheet, x, y, { scale = 1, facing = 1 } = {}) {
    Object.assign(this.plays.take(), { sheet, x, y, scale, facing, life: sheet.duration("play") });
  }

  update() {
    this.sparks.update();
    this.rings.update();
    this.words.update();
    this.plays.update();
    for (const spark of this.sparks.items) {
      if (spark.age >= spark.life) continue;
      spark.vx *= spark.drag;
      spark.vy = spark.vy * spark.drag + spark.weight;
      spark.x += spark.vx;
      spark.y += spark.vy;
      if (spark.weight > 0 && spark.y > spark.depth) {
        spark.y = spark.depth;
        spark.vy *= -0.3;
        spark.vx *= 0.6;
      }
    }
  }

  draw(context, alpha) {
    for (const { sheet, age, life, x, y, scale, facing } of this.plays.items) {
      if (age < life) sheet.draw(context, sheet.frameAt("play", age), x, y, facing, scale, scale);
    }
    this.#drawSparks(context, alpha, false);
    context.globalCompositeOperation = "lighter";
    this.#drawSparks(context, alpha, true);
    this.#drawRings(context, alpha);
    context.globalCompositeOperation = "source-over";
    this.#drawWords(context, alpha);
    context.globalAlpha = 1;
  }

  #drawSparks(context, alpha, bright) {
    for (const spark of this.sparks.items) {
      if (spark.age >= spark.life || spark.bright !== bright) continue;
      const left = Math.max(0, 1 - (spark.age + alpha - 1) / spark.life);
      context.globalAlpha = Math.min(1, left * 1.6);
      context.fillStyle = spark.colour;
      const size = spark.size * (0.45 + 0.55 * left);
      const x = spark.x - spark.vx * (1 - alpha);
      const y = spark.y - spark.vy * (1 - alpha);
      context.fillRect(x - size / 2, y - size / 2, size, size);
    }
  }

  #drawRings(context, alpha) {
    for (const ring of this.rings.items) {
      if (ring.age >= ring.life) continue;
      const share = Math.max(0, (ring.age + alpha - 1) / ring.life);
      const out = 1 - (1 - share) ** 2.4;
      const radius = ring.from + (ring.to - ring.from) * out;
      const left = Math.max(0, 1 - share);
      context.strokeStyle = ring.colour;
      context.beginPath();
      context.ellipse(ring.x, ring.y, radius, radius * ring.flat, 0, 0, Math.PI * 2);
      context.lineWidth = ring.width * left * RING_HALO;
      context.globalAlpha = left * RING_HALO_STRENGTH;
      context.stroke();
      context.lineWidth = ring.width * left * 0.8;
      context.globalAlpha = left;
      context.stroke();
    }
  }

  #drawWords(context, alpha) {
    for (const { age, life, x, y, image } of this.words.items) {
      if (age >= life) continue;
      const share = Math.max(0, (age + alpha - 1) / life);
      const risen = 30 * (1 - (1 - share) ** 2);
      context.globalAlpha = Math.max(0, Math.min(1, 2.2 * (1 - share)));
      context.drawImage(image, Math.round(x - image.width / 2), Math.round(y - risen - image.height * BASELINE));
    }
  }
}

// Written once: see ui/mind/figures.js for what it would cost to write on a canvas of the page in every draw.
function paintWord(canvas, text, colour, size) {
  const context = canvas.getContext("2d");
  const font = `600 ${size}px ${SERIF}`;
  context.font = font;
  canvas.width = Math.ceil(context.measureText(text).width) + 2 * WORD_EDGE;
  canvas.height = Math.ceil(size * 1.5);
  context.font = font; // a new size forgets it
  context.textAlign = "center";
  context.lineWidth = WORD_EDGE;
  context.strokeStyle = "rgba(10, 5, 5, 0.85)";
  context.fillStyle = colour;
  context.strokeText(text, canvas.width / 2, canvas.height * BASELINE);
  context.fillText(text, canvas.width / 2, canvas.height * BASELINE);
}
