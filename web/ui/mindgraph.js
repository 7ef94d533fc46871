// The drawing of the mind: seven specialists send their light into the ring of the shared latent, whose eight
// petals glow with what it holds; the eye in its middle, the coordinator, pours light onto the five moves.
// Each decision sends a wave of light along that way; between decisions values ease.

import rules from "../gen/rules.js";
import { SERIF } from "../render/letters.js";
import { MEDALLION_ROOM, bake, bakeGlows, lancetPath, petalPath, strokeAlong } from "./mind/baking.js";
import { Figures } from "./mind/figures.js";
import { EYE, MEDALLION, PETAL_INNER, PETAL_OUTER, along, layOut, onCircle } from "./mind/layout.js";
import { FAINT, FALLING, INK, MISTAKE, RISING, SPECIALIST_COLOURS } from "./mind/palette.js";

export { SPECIALIST_COLOURS };

const LATENT_COUNT = 8;
const WAVE_TICKS = 44; // from specialists to moves
const STREAM_TICKS = 26; // of them into and round the ring
const BEAM_AT = 22;
const EASE = 0.22; // share of the way to the new value, a tick
const SETTLED_TICKS = 60; // after which eased values no longer move
const DRAW_EVERY = 1; // ticks between drawing one half and the other: 30 pictures a second are enough here
const BREATH = 0.045; // radians a tick
// Least values taken for full strength: minds differ in scale, so what is drawn is relative to the
// largest values seen in this fight, a specialist's to its own.
const LEAST_PEAK = { activity: 0.25, latent: 1, modulation: 1, drives: 1 };
const CONTRAST = { activity: 2, latent: 0.7, modulation: 0.7, drives: 1 }; // exponents of the relative strength
const EASED = ["activity", "drives", "latent", "modulation", "probabilities"];

const specialistCount = rules.specialists.length;
const moveCount = rules.moves.length;
const zeros = (length) => new Array(length).fill(0);

export class MindGraph {
  /** `canvas`: its element, fitted to its size on the page. `isCalm()`: whether motion is to be reduced. */
  constructor(canvas, isCalm) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.isCalm = isCalm;
    this.glows = bakeGlows();
    this.silenced = 0; // bit s: specialist s is taken out
    this.time = 0; // ticks
    this.resize();
    this.reset();
  }

  /** Forgets the last fight: everything at rest. */
  reset() {
    this.now = emptyTrace();
    this.target = emptyTrace();
    this.peaks = {
      activity: zeros(specialistCount).fill(LEAST_PEAK.activity),
      drives: zeros(moveCount).fill(LEAST_PEAK.drives),
      latent: zeros(LATENT_COUNT).fill(LEAST_PEAK.latent),
      modulation: zeros(moveCount).fill(LEAST_PEAK.modulation),
    };
    this.waves = []; // ages of the last decisions, in ticks
    this.chosen = zeros(moveCount); // how brightly each move is marked as the chosen one
    this.move = -1;
    this.mistake = false;
    this.quiet = 0; // ticks since the last decision
    this.undrawn = 0; // ticks since the last drawing
    this.isWindowNext = false; // which half was drawn last
    this.paint();
  }

  /** Takes a decision's trace; its values are eased to over the next ticks. */
  show(trace) {
    this.#take(trace);
    if (!this.isCalm()) this.waves.push(0);
  }

  /** Shows a decision's trace as it stands, at once: a moment chosen from the past. */
  snap(trace) {
    this.#take(trace);
    this.waves = [];
    for (const name of EASED) this.now[name] = [...trace[name]];
    this.chosen = this.chosen.map((_, i) => Number(i === trace.move));
    this.paint();
  }

  #take(trace) {
    this.target = trace;
    this.#raisePeaks(trace);
    this.move = trace.move;
    this.mistake = trace.mistake;
    this.quiet = 0;
  }

  // Specialists have peaks of their own; what belongs together otherwise is compared with each other.
  #raisePeaks({ activity, ...shared }) {
    const { peaks } = this;
    for (const [i, value] of activity.entries()) peaks.activity[i] = Math.max(peaks.activity[i], value);
    for (const name of ["drives", "latent", "modulation"]) {
      peaks[name].fill(Math.max(peaks[name][0], ...shared[name].map(Math.abs)));
    }
  }

  /** How strongly value `i` of `name` shows: 0 to 1. */
  #strength(name, i) {
    return Math.min(1, Math.abs(this.now[name][i]) / this.peaks[name][i]) ** CONTRAST[name];
  }

  /** Shows the specialists of these bits as taken out. */
  silence(bits) {
    this.silenced = bits;
    this.paint();
  }

  #isSilenced(i) {
    return Boolean((this.silenced >> i) & 1);
  }

  /** Advances by a tick. */
  update() {
    this.time += 1;
    this.quiet += 1;
    this.undrawn += 1;
    this.waves = this.waves.map((age) => age + 1).filter((age) => age < WAVE_TICKS);
    if (this.quiet > SETTLED_TICKS) return;
    for (const name of EASED) {
      const now = this.now[name];
      const target = this.target[name];
      for (let i = 0; i < now.length; i += 1) now[i] += (target[i] - now[i]) * EASE;
    }
    for (let i = 0; i < moveCount; i += 1) this.chosen[i] += (Number(i === this.move) - this.chosen[i]) * 2 * EASE;
  }

  /** Draws the window or the lancets, in turns, if time has passed since the last drawing and anything moves. */
  draw() {
    if (this.undrawn < DRAW_EVERY) return;
    if (this.isCalm() && this.quiet > SETTLED_TICKS) return;
    this.isWindowNext = !this.isWindowNext;
    if (this.isWindowNext) this.#paintWindow();
    else this.#paintLancets();
  }

  /** Fits the canvas to the size at which the page shows it. */
  resize() {
    const { canvas } = this;
    const ratio = Math.min(2, window.devicePixelRatio);
    const [width, height] = [Math.max(240, canvas.clientWidth), Math.max(300, canvas.clientHeight)];
    canvas.width = Math.round(width * ratio);
    canvas.height = Math.round(height * ratio);
    this.layout = layOut(width, height, { latent: LATENT_COUNT, moves: moveCount, specialists: specialistCount });
    this.ratio = ratio * this.layout.scale;
    const textScale = parseFloat(getComputedStyle(document.documentElement).fontSize) / 16;
    this.baked = bake(this.layout, canvas, this.ratio, textScale);
    this.figures = new Figures(this.layout, canvas, this.ratio);
    if (this.now) this.paint();
  }

  /** The middle of specialist `i`'s medallion and its radius, {x, y, radius} in CSS pixels of the canvas. */
  placeOf(i) {
    const { scale, nodes } = this.layout;
    return { x: nodes[i].x * scale, y: nodes[i].y * scale, radius: (MEDALLION + 3) * scale };
  }

  /** Draws all of it now. */
  paint() {
    this.#paintWindow();
    this.#paintLancets();
  }

  #paintWindow() {
    this.#begin(0, this.layout.split);
    this.#drawStreams();
    this.#drawWaves();
    this.context.globalCompositeOperation = "source-over";
    this.#drawPetals();
    this.#drawEye();
    for (const i of this.layout.nodes.keys()) this.#drawMedallion(i);
    this.context.restore();
  }

  #paintLancets() {
    this.#begin(this.layout.split, this.canvas.height / this.ratio);
    this.#drawWaves();
    this.context.globalCompositeOperation = "source-over";
    for (const i of this.layout.windows.keys()) this.#drawLancet(i);
    if (this.move >= 0) this.#lay(this.figures.write(this.now, this.chosen), 0, this.layout.split);
    this.context.restore();
  }

  // Clears what lies between these heights, confines drawing to it, and pours the beams, which cross both.
  #begin(top, bottom) {
    const { context, ratio, canvas } = this;
    const [first, last] = [Math.round(top * ratio), Math.round(bottom * ratio)];
    this.undrawn = 0;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.globalAlpha = 1;
    context.beginPath();
    context.rect(0, first, canvas.width, last - first);
    context.clip();
    context.clearRect(0, first, canvas.width, last - first);
    context.drawImage(this.baked.still, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.globalCompositeOperation = "lighter";
    this.#drawBeams();
  }

  // 0 to 1 and back, each specialist in a rhythm of its own; steady where motion is reduced.
  #breath(i) {
    return this.isCalm() ? 0.5 : 0.5 + 0.5 * Math.sin(this.time * BREATH * (1 + 0.07 * i) + i * 1.7);
  }

  #drawBeams() {
    const { context, now } = this;
    for (const [i, beam] of this.baked.beams.entries()) {
      const strength = this.#strength("modulation", i);
      if (strength < 0.02) continue;
      context.globalAlpha = strength * (0.82 + 0.18 * this.#breath(i));
      const { canvas, left, top } = now.modulation[i] < 0 ? beam.falling : beam.rising;
      this.#lay(canvas, left, top);
    }
    context.globalAlpha = 1;
  }

  #drawStreams() {
    const { context } = this;
    for (const [i, stream] of this.baked.streams.entries()) {
      if (this.#isSilenced(i)) continue;
      const strength = this.#strength("activity", i);
      if (strength < 0.02) continue;
      context.globalAlpha = strength;
      this.#lay(stream.canvas, stream.left, stream.top);
    }
    context.globalAlpha = 1;
  }

  // Copies a baked part to its place pixel on pixel: stretching it would cost five times as much.
  #lay(canvas, left, top) {
    const { context, ratio } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.drawImage(canvas, Math.round(left * ratio), Math.round(top * ratio));
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
  }

  #drawWaves() {
    const { centre, streams, windows } = this.layout;
    for (const age of this.waves) {
      const way = age / STREAM_TICKS;
      for (const [i, points] of streams.entries()) {
        const strength = this.#strength("activity", i);
        if (way > 1 || strength < 0.02 || this.#isSilenced(i)) continue;
        const { x, y } = along(points, way);
        this.#drawGlow(this.glows.specialists[i], x, y, 2.5 + 7 * strength, Math.sin(Math.PI * (0.1 + 0.9 * way)));
      }
      const fall = (age - BEAM_AT) / (WAVE_TICKS - BEAM_AT);
      if (fall <= 0 || this.move < 0) continue;
      const window = windows[this.move];
      const x = centre.x + (window.x - centre.x) * fall;
      const y = centre.y + (window.top + window.half - centre.y) * fall;
      this.#drawGlow(this.glows.gold, x, y, 9, Math.sin(Math.PI * fall));
    }
  }

  #drawGlow(glow, x, y, radius, opacity) {
    const copy = this.baked.glow(glow, radius);
    const reach = copy.width / 2 / this.ratio;
    this.context.globalAlpha = opacity;
    this.#lay(copy, x - reach, y - reach);
    this.context.globalAlpha = 1;
  }

  // A petal fills outwards for a value above zero and inwards for one below.
  #drawPetals() {
    const { context, now } = this;
    const { centre, petals } = this.layout;
    for (const [i, angle] of petals.entries()) {
      const strength = this.#strength("latent", i);
      if (strength < 0.02) continue;
      const isRising = now.latent[i] >= 0;
      const long = (PETAL_OUTER - PETAL_INNER - 2) * strength;
      const inner = isRising ? PETAL_INNER + 1 : PETAL_OUTER - 1 - long;
      petalPath(context, centre, angle, inner, isRising ? PETAL_INNER + 1 + long : PETAL_OUTER - 1);
      context.globalAlpha = 0.34 + 0.5 * strength;
      context.fillStyle = isRising ? RISING : FALLING;
      context.fill();
      const middle = onCircle(centre, (PETAL_INNER + PETAL_OUTER) / 2 + (isRising ? -6 : 8), angle);
      context.globalCompositeOperation = "lighter";
      this.#drawGlow(isRising ? this.glows.rising : this.glows.falling, middle.x, middle.y, 22, 0.7 * strength);
      context.globalCompositeOperation = "source-over";
      this.#drawSign(onCircle(centre, PETAL_OUTER - 9, angle), isRising, strength);
    }
  }

  #drawSign({ x, y }, isRising, strength) {
    const { context } = this;
    context.globalAlpha = 0.35 + 0.6 * strength;
    context.fillStyle = strength > 0.8 || !isRising ? "#160d08" : INK;
    context.fillRect(x - 2.6, y - 0.6, 5.2, 1.2);
    if (isRising) context.fillRect(x - 0.6, y - 2.6, 1.2, 5.2);
    context.globalAlpha = 1;
  }

  #drawEye() {
    const { context } = this;
    const { x, y } = this.layout.centre;
    let strength = 0;
    for (let i = 0; i < moveCount; i += 1) strength = Math.max(strength, this.#strength("modulation", i));
    context.globalCompositeOperation = "lighter";
    this.#drawGlow(this.glows.gold, x, y, 30 + 6 * this.#breath(3), 0.15 + 0.15 * this.#breath(3) + 0.6 * strength);
    context.globalCompositeOperation = "source-over";
    const open = this.move < 0 ? 0.8 : EYE * (0.22 + 0.34 * strength); // asleep, it is all but closed
    context.beginPath();
    context.moveTo(x - EYE + 2, y);
    context.quadraticCurveTo(x, y - open * 2, x + EYE - 2, y);
    context.quadraticCurveTo(x, y + open * 2, x - EYE + 2, y);
    context.fillStyle = "#ffd699";
    context.fill();
    context.beginPath();
    context.ellipse(x, y, 2.2 + strength, open * 0.92, 0, 0, Math.PI * 2);
    context.fillStyle = "#1a0d07";
    context.fill();
  }

  #drawMedallion(i) {
    const { context, baked } = this;
    const { x, y } = this.layout.nodes[i];
    const isSilenced = this.#isSilenced(i);
    const strength = isSilenced ? 0 : this.#strength("activity", i);
    const breath = isSilenced ? 0.5 : this.#breath(i);
    if (strength > 0.02) {
      context.globalCompositeOperation = "lighter";
      this.#drawGlow(this.glows.specialists[i], x, y, 20 + 14 * strength, strength * (0.75 + 0.25 * breath));
      context.globalCompositeOperation = "source-over";
    }
    this.#lay(baked.medallions[i].dark, x - MEDALLION_ROOM, y - MEDALLION_ROOM);
    if (isSilenced) {
      this.#drawCut(i, x, y);
      return;
    }
    context.globalAlpha = Math.min(1, 0.42 + 0.1 * breath + 0.6 * strength);
    this.#lay(baked.medallions[i].lit, x - MEDALLION_ROOM, y - MEDALLION_ROOM);
    context.globalAlpha = 1;
    if (i < moveCount) this.#drawDrive(i, x, y);
  }

  // How hard an owner pushes its move: an arc from below, up the right side for it and up the left against it.
  #drawDrive(i, x, y) {
    const { context, now } = this;
    const sweep = this.#strength("drives", i) * Math.PI * 0.9 * Math.sign(now.drives[i]);
    if (Math.abs(sweep) < 0.03) return;
    context.beginPath();
    context.arc(x, y, MEDALLION + 3, Math.PI / 2, Math.PI / 2 - sweep, sweep > 0);
    context.strokeStyle = sweep < 0 ? FALLING : RISING;
    context.lineWidth = 2;
    context.stroke();
  }

  // Taken out: its stream severed, a bar across the dark medallion.
  #drawCut(i, x, y) {
    const { context } = this;
    context.strokeStyle = "#170f0d";
    context.lineWidth = 3;
    strokeAlong(context, this.layout.streams[i].slice(3, 20), 1);
    const reach = MEDALLION * 0.72;
    context.beginPath();
    context.moveTo(x - reach, y + reach);
    context.lineTo(x + reach, y - reach);
    context.strokeStyle = "#0b0707";
    context.lineWidth = 5;
    context.stroke();
    context.strokeStyle = "#c9bba5";
    context.lineWidth = 1.6;
    context.stroke();
    context.textAlign = "center";
    context.font = `italic 9.5px ${SERIF}`;
    context.fillStyle = FAINT;
    context.fillText("silenced", x, y + MEDALLION + 11);
  }

  #drawLancet(i) {
    const { context, now } = this;
    const window = this.layout.windows[i];
    const share = now.probabilities[i];
    const chosen = this.chosen[i];
    if (chosen > 0.03) {
      context.globalCompositeOperation = "lighter";
      this.#drawGlow(this.glows.specialists[i], window.x, window.base - 30, 58, 0.6 * chosen);
      context.globalCompositeOperation = "source-over";
    }
    this.#drawGlass(i, window, share, chosen);
    if (chosen > 0.03) this.#drawChoice(window, chosen, this.mistake && i === this.move);
  }

  // The lower part of the baked glass, as high as the move is likely.
  #drawGlass(i, { x, half, top, base }, share, chosen) {
    const { context } = this;
    const pane = this.baked.panes[i];
    const lit = Math.round(pane.height * share);
    if (lit === 0) return;
    const tall = ((base - top) * lit) / pane.height;
    context.globalAlpha = 0.55 + 0.45 * chosen;
    context.drawImage(pane, 0, pane.height - lit, pane.width, lit, x - half, base - tall, half * 2, tall);
    context.globalAlpha = 0.9;
    context.fillStyle = "#fff0d0";
    if (share < 0.8) context.fillRect(x - half + 2, base - tall, half * 2 - 4, 1.2);
    context.globalAlpha = 1;
  }

  #drawChoice(window, chosen, isMistake) {
    const { context } = this;
    lancetPath(context, window, -3);
    context.globalAlpha = chosen;
    context.strokeStyle = isMistake ? MISTAKE : "#ffe0b0";
    context.lineWidth = 2;
    context.setLineDash(isMistake ? [5, 3.5] : []);
    context.stroke();
    context.setLineDash([]);
    if (isMistake) drawCrack(context, window);
    context.globalAlpha = 1;
  }
}

function drawCrack(context, { x, half, top, base }) {
  const wide = half * 0.9;
  const middle = (top + base) / 2 + 8;
  context.beginPath();
  context.moveTo(x - wide, middle - 14);
  context.lineTo(x - wide * 0.35, middle - 4);
  context.lineTo(x - wide * 0.1, middle - 12);
  context.lineTo(x + wide * 0.4, middle + 5);
  context.lineTo(x + wide, middle);
  context.moveTo(x - wide * 0.35, middle - 4);
  context.lineTo(x - wide * 0.5, middle + 16);
  context.moveTo(x + wide * 0.4, middle + 5);
  context.lineTo(x + wide * 0.25, middle + 22);
  context.lineWidth = 1.4;
  context.stroke();
}

function emptyTrace() {
  return {
    activity: zeros(specialistCount),
    drives: zeros(moveCount),
    latent: zeros(LATENT_COUNT),
    modulation: zeros(moveCount),
    probabilities: zeros(moveCount),
  };
}
