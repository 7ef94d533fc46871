// The place of the fight: painted layers with parallax, and what moves in them: flames, drifting fog,
// the fog gate at the left end, the fog that closes in when a fight begins or times out.

import { WORLD_HEIGHT, WORLD_WIDTH } from "./camera.js";
import { MARGIN } from "./lens.js";
import { createCanvas, noise1 } from "./noise.js";

const TORCH_LAYER = 2; // the layer in whose pixels the torches are placed
const FLOOR_LAYER = 3;
const GATE_HEIGHT = 286;
const RAYS_TOP = 130; // pixels from the top of the picture
const RAYS_STRENGTH = 0.6;
const GATE_EDGE = 40; // how far the veil reaches into the floor
const GATE_FOOT = 14; // and below the feet
const GATE_GLOW = 60; // and its light beyond it
const FLOOR_FRINGE = 16; // pixels of the floor's upper end through which what lies behind may be seen
const CLOSING_SCALE = 2.4; // the fog that closes in, against the drifting one
const CLOSING_BANDS = 6;
const CLOSING_STEP = 84; // world pixels from band to band
const CLOSING_TOP = -90;
const CLOSING_STRETCH = 280 / 112 / CLOSING_SCALE; // bands are a little taller than wide

export class Arena {
  /** `arena`, `effects`: of loadArt(). `options`: of the stage; `calm` lets fog and light stand still. */
  constructor({ arena, effects }, { options }) {
    const [sky, ...nearer] = arena.layers;
    const floorTop = arena.layers[FLOOR_LAYER].top;
    this.layers = [{ ...sky, image: withRays(sky, effects.rays) }, ...nearer].map((layer, index) =>
      withEdges(layer, index < FLOOR_LAYER ? floorTop + FLOOR_FRINGE : Infinity),
    );
    this.ground = arena.ground;
    this.torches = arena.torches;
    this.fog = asCanvas(arena.fog.image);
    this.veil = upright(arena.fog.image);
    this.flame = effects.flame;
    this.glow = effects.glow_ember;
    this.options = options;
    this.closing = createCanvas(Math.ceil(WORLD_WIDTH / CLOSING_SCALE), Math.ceil(WORLD_HEIGHT / CLOSING_SCALE));
  }

  /** Everything behind the fighters. `context`: of the lens; `time`: in ticks. */
  drawBehind(context, view, time) {
    const now = this.options.calm ? 0 : time;
    const left = Math.floor(view.x - view.width / 2) - MARGIN;
    for (let i = 0; i < FLOOR_LAYER; i += 1) this.#drawLayer(context, this.layers[i], view);
    this.#drawTorches(context, view, now);
    this.#drawLayer(context, this.layers[FLOOR_LAYER], view);
    this.#drawFog(context, view, now * 0.16, -112, 0.55);
    if (left < GATE_EDGE + GATE_GLOW) this.#drawGate(context, now, 0.55);
  }

  /** What lies between the fighters and the eye. `closing` (0 to 1): how far the fog has closed in. */
  drawFront(context, view, time, closing) {
    const now = this.options.calm ? 0 : time;
    const left = Math.floor(view.x - view.width / 2) - MARGIN;
    if (left < GATE_EDGE + GATE_GLOW) this.#drawGate(context, now + 900, 0.3);
    this.#drawFog(context, view, -now * 0.24, -34, 0.4);
    this.#drawLayer(context, this.layers[FLOOR_LAYER + 1], view);
    if (closing > 0) this.#drawClosingFog(context, view, now, closing);
  }

  #drawLayer(context, { image, size, shift, top, cut }, view) {
    const x = Math.round((WORLD_WIDTH - size[0]) / 2 + shift * view.pan);
    context.drawImage(image, x - MARGIN, top + cut - this.ground);
  }

  #drawTorches(context, view, now) {
    const layer = this.layers[TORCH_LAYER];
    const left = Math.round((WORLD_WIDTH - layer.size[0]) / 2 + layer.shift * view.pan);
    for (let i = 0; i < this.torches.length; i += 1) {
      const [x, y] = this.torches[i];
      this.flame.draw(context, this.flame.frameAt("play", now + i * 13), left + x, y - this.ground);
      context.globalAlpha = 0.5 + 0.3 * noise1(now / 7, i);
      this.glow.draw(context, 0, left + x, y - this.ground - 16);
      context.globalAlpha = 1;
    }
  }

  #drawFog(context, view, drift, y, opacity) {
    const length = this.fog.width;
    const shift = Math.round(drift);
    const left = view.x - view.width / 2 - MARGIN;
    const first = Math.floor((left - shift) / length);
    context.globalAlpha = opacity;
    for (let x = shift + first * length; x < left + view.width + 2 * MARGIN; x += length) {
      context.drawImage(this.fog, x, y);
    }
    context.globalAlpha = 1;
  }

  // The fog image turned upright and falling: the veil through which the knight came.
  #drawGate(context, now, opacity) {
    const { width, height: length } = this.veil;
    context.globalCompositeOperation = "lighter";
    context.globalAlpha = opacity;
    for (let strand = 0; strand < 2; strand += 1) {
      const fall = Math.round(now * (0.4 + 0.3 * strand) + strand * 197) % length;
      const x = Math.round(GATE_EDGE + strand * 8 + 4 * Math.sin(now / 70 + strand * 2)) - width;
      for (let y = fall - length; y < GATE_HEIGHT + GATE_FOOT; y += length) {
        const from = Math.max(0, y);
        const tall = Math.min(GATE_HEIGHT + GATE_FOOT, y + length) - from;
        context.drawImage(this.veil, 0, from - y, width, tall, x, from - GATE_HEIGHT, width, tall);
      }
    }
    context.globalAlpha = opacity * 0.7;
    this.glow.draw(context, 0, 4, -90);
    this.glow.draw(context, 0, 4, -190);
    context.globalCompositeOperation = "source-over";
    context.globalAlpha = 1;
  }

  // Put together small and stretched once: fog has no edges to lose.
  #drawClosingFog(context, view, now, closing) {
    const small = this.closing.getContext("2d");
    small.clearRect(0, 0, this.closing.width, this.closing.height);
    const length = this.fog.width;
    const tall = this.fog.height * CLOSING_STRETCH;
    for (let band = 0; band < CLOSING_BANDS; band += 1) {
      const way = band & 1 ? 1 : -1;
      const drift = (now * (1.2 + band * 0.4) * way) / CLOSING_SCALE;
      const start = (((drift % length) + length) % length) - length;
      const y = (band * CLOSING_STEP + CLOSING_TOP) / CLOSING_SCALE;
      for (let x = start; x < this.closing.width; x += length) small.drawImage(this.fog, x, y, length, tall);
    }
    const left = view.x - view.width / 2 - MARGIN;
    const top = view.top - MARGIN;
    const wide = view.width + 2 * MARGIN;
    const high = (view.width * WORLD_HEIGHT) / WORLD_WIDTH + 2 * MARGIN;
    context.globalAlpha = Math.min(1, closing * 1.1) * 0.92;
    context.fillStyle = "#1b1512";
    context.fillRect(left, top, wide, high);
    context.globalAlpha = closing;
    context.imageSmoothingEnabled = true;
    context.drawImage(this.closing, left, top, wide, high);
    context.imageSmoothingEnabled = false;
    context.globalAlpha = 1;
  }
}

/** The farthest layer with the rays of the dead sun on it: once, for every picture covers them whole. */
function withRays(layer, rays) {
  const canvas = createCanvas(...layer.size);
  const context = canvas.getContext("2d");
  context.drawImage(layer.image, 0, 0);
  context.globalAlpha = RAYS_STRENGTH;
  rays.draw(context, 0, layer.size[0] / 2, RAYS_TOP);
  return canvas;
}

/**
 * A layer whose outermost columns and rows go on for MARGIN pixels, so that a shaken view has no rim, without
 * the empty rows at its top and what lies under `end`, pixels from the top of the picture. `cut`: pixels from
 * the layer's top to the image's.
 */
function withEdges(layer, end) {
  const [width, height] = layer.size;
  const isCut = layer.top + height > end;
  const tall = isCut ? end - layer.top : height;
  const canvas = createCanvas(width + 2 * MARGIN, tall + (isCut ? MARGIN : 2 * MARGIN));
  const context = canvas.getContext("2d");
  context.imageSmoothingEnabled = false;
  const { image } = layer;
  if (layer.top === 0) context.drawImage(image, 0, 0, width, 1, MARGIN, 0, width, MARGIN);
  if (!isCut) context.drawImage(image, 0, height - 1, width, 1, MARGIN, height + MARGIN, width, MARGIN);
  context.drawImage(image, 0, 0, width, tall, MARGIN, MARGIN, width, tall);
  context.drawImage(canvas, MARGIN, 0, 1, canvas.height, 0, 0, MARGIN, canvas.height);
  context.drawImage(canvas, width + MARGIN - 1, 0, 1, canvas.height, width + MARGIN, 0, MARGIN, canvas.height);
  return trimmed({ ...layer, image: canvas, cut: -MARGIN });
}

/** The layer without the rows at its top on which nothing is painted. */
function trimmed(layer) {
  const { width, height } = layer.image;
  const { data } = layer.image.getContext("2d", { willReadFrequently: true }).getImageData(0, 0, width, height);
  let empty = 0;
  while (empty < height && isClear(data, empty * width * 4, width * 4)) empty += 1;
  if (empty === 0) return layer;
  const canvas = createCanvas(width, height - empty);
  canvas.getContext("2d").drawImage(layer.image, 0, -empty);
  return { ...layer, image: canvas, cut: layer.cut + empty };
}

function isClear(data, start, length) {
  for (let i = start + 3; i < start + length; i += 4) if (data[i] > 0) return false;
  return true;
}

/** An image as a canvas, which is drawn without decoding. */
function asCanvas(image) {
  const canvas = createCanvas(image.width, image.height);
  canvas.getContext("2d").drawImage(image, 0, 0);
  return canvas;
}

/** An image turned by a quarter to the right. */
function upright(image) {
  const canvas = createCanvas(image.height, image.width);
  const context = canvas.getContext("2d");
  context.translate(image.height, 0);
  context.rotate(Math.PI / 2);
  context.drawImage(image, 0, 0);
  return canvas;
}
