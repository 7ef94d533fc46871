// The drawing of the mind: seven specialists write into the shared latent, the coordinator reads it and
// modulates the moves. Each decision sends a wave of light along the links; between decisions values ease.

import rules from "../gen/rules.js";
import { bakeGlow, createCanvas } from "../render/noise.js";

const HEIGHT = 408; // CSS pixels
const WAVE_TICKS = 26; // from specialists to moves
const EASE = 0.22; // share of the way to the new value, a tick
const REST_TICKS = 60; // after which a mind that decides nothing is not drawn again
// Least values taken for full strength: minds differ in scale, so what is drawn is relative to the
// largest values seen in this fight, a specialist's to its own.
const LEAST_PEAK = { activity: 0.25, latent: 1, modulation: 1 };
const CONTRAST = { activity: 2, latent: 0.7, modulation: 0.7 }; // exponents of the relative strength
const LINK_BELOW = 46; // links leave a specialist under its name
const SERIF = 'Georgia, "Times New Roman", serif';
export const SPECIALIST_COLOURS = ["#ff5a3c", "#ff9a3c", "#86c48a", "#e0bd62", "#86aede", "#d877b4", "#d8452f"];
const RISING = "#ffa552";
const FALLING = "#62b8dc";
const MISTAKE = "#b995ff";
const INK = "#d9cbb4";
const FAINT = "#8f8171";

const signed = (value) => {
  const sign = value <= -0.05 ? "−" : value >= 0.05 ? "+" : "";
  return sign + Math.abs(value).toFixed(1);
};
const specialistCount = rules.specialists.length;
const moveCount = rules.moves.length;

export class MindGraph {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.glows = SPECIALIST_COLOURS.map((colour) => bakeGlow(32, ...channels(colour)));
    this.latentCount = 8;
    this.resize();
    this.reset();
  }

  /** Forgets the last fight: everything at rest. */
  reset() {
    this.now = emptyTrace(this.latentCount);
    this.target = emptyTrace(this.latentCount);
    this.peaks = {
      activity: new Array(specialistCount).fill(LEAST_PEAK.activity),
      latent: new Array(this.latentCount).fill(LEAST_PEAK.latent),
      modulation: new Array(moveCount).fill(LEAST_PEAK.modulation),
    };
    this.waves = []; // ages of the last decisions, in ticks
    this.move = -1;
    this.mistake = false;
    this.quiet = 0;
    this.#draw();
  }

  /** Takes a decision's trace. */
  show(trace) {
    this.target = trace;
    this.#raisePeaks(trace);
    this.move = trace.move;
    this.mistake = trace.mistake;
    this.waves.push(0);
    this.quiet = 0;
  }

  // Latent cells share one peak, and so do moves: there the sizes are compared with each other.
  #raisePeaks({ activity, latent, modulation }) {
    const { peaks } = this;
    for (const [i, value] of activity.entries()) peaks.activity[i] = Math.max(peaks.activity[i], value);
    peaks.latent.fill(Math.max(peaks.latent[0], ...latent.map(Math.abs)));
    peaks.modulation.fill(Math.max(peaks.modulation[0], ...modulation.map(Math.abs)));
  }

  /** How strongly value `i` of `name` shows: 0 to 1. */
  #strength(name, i) {
    return Math.min(1, Math.abs(this.now[name][i]) / this.peaks[name][i]) ** CONTRAST[name];
  }

  /** Advances by a tick. */
  update() {
    this.quiet += 1;
    if (this.quiet > REST_TICKS) return;
    this.waves = this.waves.map((age) => age + 1).filter((age) => age < WAVE_TICKS);
    for (const name of ["activity", "drives", "latent", "modulation", "probabilities"]) {
      const now = this.now[name];
      const target = this.target[name];
      for (let i = 0; i < now.length; i += 1) now[i] += (target[i] - now[i]) * EASE;
    }
  }

  /** Draws if anything moved since the last time. */
  draw() {
    if (this.quiet <= REST_TICKS) this.#draw();
  }

  /** Fits the canvas to the width at which the page shows it. */
  resize() {
    const { canvas } = this;
    const ratio = Math.min(2, window.devicePixelRatio);
    this.width = Math.max(240, canvas.clientWidth);
    canvas.width = Math.round(this.width * ratio);
    canvas.height = Math.round(HEIGHT * ratio);
    this.ratio = ratio;
    this.layout = layOut(this.width, this.latentCount);
    this.still = this.#bakeStill();
    if (this.now) this.#draw();
  }

  // What never changes: captions, names, faint links.
  #bakeStill() {
    const still = createCanvas(this.canvas.width, this.canvas.height);
    const context = still.getContext("2d");
    context.scale(this.ratio, this.ratio);
    const { nodes, cells, heart, moves } = this.layout;
    context.strokeStyle = "rgba(150, 120, 92, 0.16)";
    context.lineWidth = 1;
    for (const node of nodes) for (const cell of cells) strokeLink(context, node.x, node.y + LINK_BELOW, cell.x, cell.top);
    for (const cell of cells) strokeLink(context, cell.x, cell.bottom, heart.x, heart.y - 13);
    for (const move of moves) strokeLink(context, heart.x, heart.y + 13, move.x, move.top);
    context.fillStyle = FAINT;
    context.font = `italic 11px ${SERIF}`;
    context.textAlign = "left";
    context.fillText("specialists", 2, 12);
    context.fillText("shared latent", 2, cells[0].top - 6);
    context.fillText("coordinator", 2, heart.y + 4);
    context.textAlign = "center";
    for (const [i, node] of nodes.entries()) {
      context.font = `${this.width < 320 ? 9 : 10.5}px ${SERIF}`;
      context.fillStyle = INK;
      context.fillText(rules.specialists[i], node.x, node.y + 28);
    }
    context.font = `600 ${this.width < 320 ? 8.5 : 9.5}px ${SERIF}`;
    context.letterSpacing = "0.5px";
    for (const [i, move] of moves.entries()) {
      context.fillStyle = SPECIALIST_COLOURS[i];
      context.fillText(rules.moves[i], move.x, move.base + 14);
    }
    return still;
  }

  #draw() {
    const { context, ratio } = this;
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.still, 0, 0);
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    this.#drawLinks();
    this.#drawWaves();
    this.#drawNodes();
    this.#drawLatent();
    this.#drawHeart();
    this.#drawMoves();
  }

  #drawLinks() {
    const { context, now } = this;
    const { nodes, cells, heart, moves } = this.layout;
    context.globalCompositeOperation = "lighter";
    for (const [i, node] of nodes.entries()) {
      const strength = this.#strength("activity", i);
      if (strength < 0.02) continue;
      const cell = cells[nearestCell(i)];
      glowLink(context, node.x, node.y + LINK_BELOW, cell.x, cell.top, SPECIALIST_COLOURS[i], strength);
    }
    for (const [i, cell] of cells.entries()) {
      const strength = this.#strength("latent", i);
      if (strength < 0.02) continue;
      const colour = now.latent[i] < 0 ? FALLING : RISING;
      glowLink(context, cell.x, cell.bottom, heart.x, heart.y - 13, colour, strength);
    }
    for (const [i, move] of moves.entries()) {
      const strength = this.#strength("modulation", i);
      if (strength < 0.02) continue;
      const colour = now.modulation[i] < 0 ? FALLING : RISING;
      glowLink(context, heart.x, heart.y + 13, move.x, move.top, colour, strength);
    }
    context.globalCompositeOperation = "source-over";
  }

  #drawWaves() {
    const { context, now } = this;
    const { nodes, cells, heart, moves } = this.layout;
    context.globalCompositeOperation = "lighter";
    for (const age of this.waves) {
      const first = age / 10;
      const second = (age - 8) / 9;
      const third = (age - 16) / 9;
      if (first <= 1) {
        for (const [i, node] of nodes.entries()) {
          const cell = cells[nearestCell(i)];
          const size = 3 + 9 * this.#strength("activity", i);
          this.#drawPulse(node.x, node.y + LINK_BELOW, cell.x, cell.top, first, size, this.glows[i]);
        }
      }
      if (second > 0 && second <= 1) {
        for (const [i, cell] of cells.entries()) {
          const size = 2 + 8 * this.#strength("latent", i);
          this.#drawPulse(cell.x, cell.bottom, heart.x, heart.y - 13, second, size, this.glows[1]);
        }
      }
      if (third > 0 && third <= 1 && this.move >= 0) {
        const move = moves[this.move];
        this.#drawPulse(heart.x, heart.y + 13, move.x, move.top, third, 14, this.glows[this.move]);
      }
    }
    context.globalCompositeOperation = "source-over";
  }

  #drawPulse(x0, y0, x1, y1, share, size, glow) {
    const t = Math.max(0, Math.min(1, share));
    const middle = (y0 + y1) / 2;
    const u = 1 - t;
    const x = u * u * u * x0 + 3 * u * u * t * x0 + 3 * u * t * t * x1 + t * t * t * x1;
    const y = u * u * u * y0 + 3 * u * u * t * middle + 3 * u * t * t * middle + t * t * t * y1;
    this.context.globalAlpha = 0.9 * Math.sin(Math.PI * (0.08 + 0.92 * t)) + 0.1;
    this.context.drawImage(glow, x - size, y - size, size * 2, size * 2);
    this.context.globalAlpha = 1;
  }

  #drawNodes() {
    const { context, now } = this;
    for (const [i, node] of this.layout.nodes.entries()) {
      const strength = this.#strength("activity", i);
      const isOwner = i < moveCount;
      context.globalCompositeOperation = "lighter";
      context.globalAlpha = strength;
      const halo = 14 + 16 * strength;
      context.drawImage(this.glows[i], node.x - halo, node.y - halo, halo * 2, halo * 2);
      context.globalAlpha = 1;
      context.globalCompositeOperation = "source-over";
      disc(context, node.x, node.y, 11, "#120c0b");
      disc(context, node.x, node.y, 2.5 + 7 * strength, SPECIALIST_COLOURS[i]);
      context.strokeStyle = SPECIALIST_COLOURS[i];
      context.lineWidth = 1.25;
      context.setLineDash(isOwner ? [] : [3, 2.5]); // a broken ring: it owns no move
      context.beginPath();
      context.arc(node.x, node.y, 11, 0, Math.PI * 2);
      context.stroke();
      context.setLineDash([]);
      context.textAlign = "center";
      context.font = `10px ${SERIF}`;
      context.fillStyle = isOwner ? SPECIALIST_COLOURS[i] : FAINT;
      context.fillText(isOwner ? signed(now.drives[i]) : "latent", node.x, node.y + 41);
    }
  }

  #drawLatent() {
    const { context, now } = this;
    for (const [i, cell] of this.layout.cells.entries()) {
      const value = now.latent[i];
      const strength = this.#strength("latent", i);
      const middle = (cell.top + cell.bottom) / 2;
      const half = (cell.bottom - cell.top) / 2 - 2;
      context.fillStyle = "#140e0c";
      context.fillRect(cell.left, cell.top, cell.wide, cell.bottom - cell.top);
      const extent = half * strength;
      context.globalAlpha = 0.35 + 0.65 * strength;
      context.fillStyle = value < 0 ? FALLING : RISING;
      context.fillRect(cell.left + 2, value < 0 ? middle : middle - extent, cell.wide - 4, extent);
      context.globalAlpha = 1;
      context.strokeStyle = "rgba(190, 150, 104, 0.42)";
      context.lineWidth = 1;
      context.strokeRect(cell.left + 0.5, cell.top + 0.5, cell.wide - 1, cell.bottom - cell.top - 1);
      context.fillStyle = "rgba(217, 203, 180, 0.45)";
      context.fillRect(cell.left + 2, middle - 0.5, cell.wide - 4, 1);
    }
  }

  #drawHeart() {
    const { context, now } = this;
    const { heart } = this.layout;
    const strength = Math.max(...now.modulation.map((_, i) => this.#strength("modulation", i)));
    context.globalCompositeOperation = "lighter";
    context.globalAlpha = 0.2 + 0.7 * strength;
    context.drawImage(this.glows[1], heart.x - 28, heart.y - 28, 56, 56);
    context.globalAlpha = 1;
    context.globalCompositeOperation = "source-over";
    context.beginPath();
    context.moveTo(heart.x, heart.y - 13);
    context.lineTo(heart.x + 17, heart.y);
    context.lineTo(heart.x, heart.y + 13);
    context.lineTo(heart.x - 17, heart.y);
    context.closePath();
    context.fillStyle = "#1a110d";
    context.fill();
    context.strokeStyle = "#d8a657";
    context.lineWidth = 1.4;
    context.stroke();
    disc(context, heart.x, heart.y, 3 + 3 * strength, "#ffcf8a");
  }

  #drawMoves() {
    const { context, now } = this;
    for (const [i, move] of this.layout.moves.entries()) {
      const isChosen = i === this.move;
      const tall = move.base - move.top - 14;
      const share = now.probabilities[i];
      context.fillStyle = "rgba(217, 203, 180, 0.07)";
      context.fillRect(move.x - 11, move.base - tall, 22, tall);
      context.globalAlpha = isChosen ? 1 : 0.55;
      context.fillStyle = SPECIALIST_COLOURS[i];
      context.fillRect(move.x - 11, move.base - tall * share, 22, tall * share);
      context.globalAlpha = 1;
      if (isChosen) {
        context.strokeStyle = this.mistake ? MISTAKE : "#ffe0b0";
        context.lineWidth = 1.6;
        context.setLineDash(this.mistake ? [4, 3] : []);
        context.strokeRect(move.x - move.half + 2, move.top + 1, move.half * 2 - 4, move.foot - move.top - 2);
        context.setLineDash([]);
      }
      context.textAlign = "center";
      context.fillStyle = isChosen ? "#fff0d8" : INK;
      context.font = `${isChosen ? "600 " : ""}11px ${SERIF}`;
      context.fillText(`${Math.round(share * 100)}%`, move.x, move.top + 12);
      context.font = `10px ${SERIF}`;
      context.fillStyle = now.modulation[i] < 0 ? FALLING : RISING;
      context.fillText(signed(now.modulation[i]), move.x, move.base + 27);
    }
  }
}

function emptyTrace(latentCount) {
  const zeros = (length) => new Array(length).fill(0);
  return {
    activity: zeros(specialistCount),
    drives: zeros(moveCount),
    latent: zeros(latentCount),
    modulation: zeros(moveCount),
    probabilities: zeros(moveCount),
  };
}

function layOut(width, latentCount) {
  const pitch = width / specialistCount;
  const nodes = Array.from({ length: specialistCount }, (_, i) => ({
    x: pitch * (i + 0.5),
    y: i % 2 === 0 ? 36 : 52,
  }));
  const left = 22;
  const cellPitch = (width - 2 * left) / latentCount;
  const cells = Array.from({ length: latentCount }, (_, i) => {
    const x = left + cellPitch * (i + 0.5);
    return { x, left: Math.round(x - cellPitch * 0.42), wide: Math.round(cellPitch * 0.84), top: 144, bottom: 182 };
  });
  const movePitch = width / moveCount;
  const moves = Array.from({ length: moveCount }, (_, i) => ({
    x: movePitch * (i + 0.5),
    half: movePitch / 2,
    top: 284,
    base: 366,
    foot: 402,
  }));
  return { nodes, cells, heart: { x: width / 2, y: 232 }, moves };
}

/** The latent cell above which specialist `i`'s link ends: spread evenly, for each writes to all. */
function nearestCell(i) {
  return Math.round((i * 7) / (specialistCount - 1));
}

function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

function linkPath(context, x0, y0, x1, y1) {
  const middle = (y0 + y1) / 2;
  context.beginPath();
  context.moveTo(x0, y0);
  context.bezierCurveTo(x0, middle, x1, middle, x1, y1);
}

function strokeLink(context, x0, y0, x1, y1) {
  linkPath(context, x0, y0, x1, y1);
  context.stroke();
}

function glowLink(context, x0, y0, x1, y1, colour, strength) {
  linkPath(context, x0, y0, x1, y1);
  context.strokeStyle = colour;
  context.globalAlpha = 0.16 * strength;
  context.lineWidth = 2 + 7 * strength;
  context.stroke();
  context.globalAlpha = 0.2 + 0.7 * strength;
  context.lineWidth = 0.8 + 1.4 * strength;
  context.stroke();
  context.globalAlpha = 1;
}

function disc(context, x, y, radius, colour) {
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.fillStyle = colour;
  context.fill();
}
