// The place of the fight: painted layers with parallax, and what moves in them: flames, drifting fog, the fog gate at the left end, the fog that closes in when a fight begins or times out.

import { WORLD_HEIGHT, WORLD_WIDTH, look } from "./camera.js";
import { createCanvas, noise1 } from "./noise.js";

const TORCH_LAYER = 2; // the layer in whose pixels the torches are placed
const FLOOR_LAYER = 3;
const GATE_HEIGHT = 286;
const RAYS_TOP = 130; // pixels from the top of the picture
const RAYS_STRENGTH = 0.6;
const GATE_EDGE = 40; // how far the veil reaches into the floor

export class Arena {
  /** `art`: of loadArt(). `calm`: fog and light stand still. */
  constructor({ arena, effects }, { calm }) {
    const [sky, ...nearer] = arena.layers;
    this.layers = [{ ...sky, image: withRays(sky, effects.rays) }, ...nearer];
    this.ground = arena.ground;
    this.torches = arena.torches;
    this.fog = arena.fog.image;
    this.flame = effects.flame;
    this.glow = effects.glow_ember;
    this.calm = calm;
  }

  /** Everything behind the fighters. `time`: in ticks. */
  drawBehind(context, view, width, time) {
    const now = this.calm ? 0 : time;
    look(context, view, width);
    for (let i = 0; i < FLOOR_LAYER; i += 1) this.#drawLayer(context, this.layers[i], view);
    this.#drawTorches(context, view, now);
    this.#drawLayer(context, this.layers[FLOOR_LAYER], view);
    this.#drawFog(context, now * 0.16, -112, 0.55);
    this.#drawGate(context, now, 0.55);
  }

  /** What lies between the fighters and the eye. `closing` (0 to 1): how far the fog has closed in. */
  drawFront(context, view, width, time, closing) {
    const now = this.calm ? 0 : time;
    look(context, view, width);
    this.#drawGate(context, now + 900, 0.3);
    this.#drawFog(context, -now * 0.24, -34, 0.4);
    this.#drawLayer(context, this.layers[FLOOR_LAYER + 1], view);
    if (closing > 0) this.#drawClosingFog(context, width, now, closing);
  }

  #drawLayer(context, layer, view) {
    const x = (WORLD_WIDTH - layer.size[0]) / 2 + layer.shift * view.pan;
    context.drawImage(layer.image, x, layer.top - this.ground);
  }

  #drawTorches(context, view, now) {
    const layer = this.layers[TORCH_LAYER];
    const left = (WORLD_WIDTH - layer.size[0]) / 2 + layer.shift * view.pan;
    for (const [index, [x, y]] of this.torches.entries()) {
      const frame = this.flame.frameAt("play", now + index * 13);
      this.flame.draw(context, frame, left + x, y - this.ground);
      context.globalAlpha = 0.5 + 0.3 * noise1(now / 7, index);
      this.glow.draw(context, 0, left + x, y - this.ground - 16);
      context.globalAlpha = 1;
    }
  }

  #drawFog(context, shift, y, opacity) {
    const length = this.fog.width;
    const start = (((shift % length) + length) % length) - length;
    context.globalAlpha = opacity;
    for (let x = start; x < WORLD_WIDTH; x += length) context.drawImage(this.fog, x, y);
    context.globalAlpha = 1;
  }

  // The fog image turned upright and falling: the veil through which the knight came.
  #drawGate(context, now, opacity) {
    const { width: length, height: thick } = this.fog;
    context.save();
    context.beginPath();
    context.rect(-40, -GATE_HEIGHT, 40 + GATE_EDGE + 30, GATE_HEIGHT + 14);
    context.clip();
    context.globalCompositeOperation = "lighter";
    for (let strand = 0; strand < 2; strand += 1) {
      const fall = (now * (0.4 + 0.3 * strand) + strand * 197) % length;
      context.globalAlpha = opacity;
      for (let y = fall - length; y < length; y += length) {
        context.save();
        context.translate(GATE_EDGE + strand * 8 + 4 * Math.sin(now / 70 + strand * 2), y - GATE_HEIGHT);
        context.rotate(Math.PI / 2);
        context.drawImage(this.fog, 0, 0, length, thick);
        context.restore();
      }
    }
    context.globalAlpha = opacity * 0.7;
    this.glow.draw(context, 0, 4, -90);
    this.glow.draw(context, 0, 4, -190);
    context.restore();
  }

  #drawClosingFog(context, width, now, closing) {
    const scale = width / WORLD_WIDTH;
    context.setTransform(scale, 0, 0, scale, 0, 0);
    context.globalAlpha = Math.min(1, closing * 1.1) * 0.92;
    context.fillStyle = "#1b1512";
    context.fillRect(0, 0, WORLD_WIDTH, WORLD_HEIGHT);
    const length = this.fog.width * 2.4;
    context.globalAlpha = closing;
    for (let band = 0; band < 6; band += 1) {
      const way = band & 1 ? 1 : -1;
      const shift = ((now * (1.2 + band * 0.4) * way) % length) + (way < 0 ? length : 0);
      for (let x = shift - length; x < WORLD_WIDTH; x += length) {
        context.drawImage(this.fog, x, band * 84 - 90, length, 280);
      }
    }
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
