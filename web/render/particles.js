// Short-lived things in the arena: square sparks that fly and fall, rings that spread, words that rise,
// small animations played once. They advance by ticks and are drawn between them. The floor is y = 0.

const MOST_SPARKS = 420;
const RING_STROKES = [[4, 0.12], [2, 0.25], [0.7, 0.8]]; // width and strength: a soft edge without a blur

export class Particles {
  constructor() {
    this.sparks = [];
    this.rings = [];
    this.words = [];
    this.plays = [];
  }

  /** Adds a spark: {x, y, vx, vy, life, size, colour, weight, drag, depth, bright}; ticks, pixels a tick. */
  spark(spark) {
    if (this.sparks.length >= MOST_SPARKS) this.sparks.shift();
    this.sparks.push({ age: 0, weight: 0, drag: 0.98, depth: 0, bright: true, size: 2, ...spark });
  }

  /** Adds a ring that grows from radius `from` to `to`: {x, y, from, to, life, colour, width, flat}. */
  ring(ring) {
    this.rings.push({ age: 0, width: 3, flat: 1, ...ring });
  }

  /** Adds a word that rises: {x, y, text, colour, size, life}. */
  word(word) {
    this.words.push({ age: 0, size: 15, life: 54, ...word });
  }

  /** Plays the animation "play" of `sheet` once at (x, y). */
  play(sheet, x, y, { scale = 1, facing = 1 } = {}) {
    this.plays.push({ age: 0, life: sheet.duration("play"), sheet, x, y, scale, facing });
  }

  update() {
    for (const spark of this.sparks) {
      spark.age += 1;
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
    for (const name of ["rings", "words", "plays"]) {
      for (const item of this[name]) item.age += 1;
      this[name] = this[name].filter((item) => item.age < item.life);
    }
    this.sparks = this.sparks.filter((spark) => spark.age < spark.life);
  }

  draw(context, alpha) {
    for (const { sheet, age, x, y, scale, facing } of this.plays) {
      context.save();
      context.translate(x, y);
      context.scale(scale, scale);
      sheet.draw(context, sheet.frameAt("play", age), 0, 0, facing);
      context.restore();
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
    for (const spark of this.sparks) {
      if (spark.bright !== bright) continue;
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
    for (const ring of this.rings) {
      const share = Math.max(0, (ring.age + alpha - 1) / ring.life);
      const out = 1 - (1 - share) ** 2.4;
      const radius = ring.from + (ring.to - ring.from) * out;
      const left = Math.max(0, 1 - share);
      context.strokeStyle = ring.colour;
      context.beginPath();
      context.ellipse(ring.x, ring.y, radius, radius * ring.flat, 0, 0, Math.PI * 2);
      for (const [width, strength] of RING_STROKES) {
        context.lineWidth = ring.width * left * width;
        context.globalAlpha = left * strength;
        context.stroke();
      }
    }
  }

  #drawWords(context, alpha) {
    context.textAlign = "center";
    context.lineWidth = 3;
    context.strokeStyle = "rgba(10, 5, 5, 0.85)";
    for (const word of this.words) {
      const share = Math.max(0, (word.age + alpha - 1) / word.life);
      const y = word.y - 30 * (1 - (1 - share) ** 2);
      context.globalAlpha = Math.max(0, Math.min(1, 2.2 * (1 - share)));
      context.font = `600 ${word.size}px Georgia, "Times New Roman", serif`;
      context.strokeText(word.text, word.x, y);
      context.fillStyle = word.colour;
      context.fillText(word.text, word.x, y);
    }
  }
}
