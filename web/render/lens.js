// The canvas as a window on the world in the world's own pixels: paintings are copied pixel on pixel, and the
// browser's compositor enlarges, shifts and turns the result as the camera says. Stretching each painting
// while drawing costs ten times as much, and mixes pixels of different sizes.

import { WORLD_HEIGHT, WORLD_WIDTH } from "./camera.js";

export const MARGIN = 14; // pixels drawn around the view, for when it shakes and turns
const NARROWEST = 688; // canvas pixels: the closest view of the two fighters
const STEP = 75; // the canvas grows in steps up to the whole world, for a new size costs milliseconds
const CRISP_FROM = 1.2; // enlarged by less, hard edges would be uneven

export class Lens {
  /**
   * `canvas`: its element, in a positioned box that clips it and has the view's proportions. `ground`: pixels
   * from the top of the whole picture to the feet.
   */
  constructor(canvas, { ground }) {
    this.ground = ground;
    this.canvas = canvas;
    this.context = canvas.getContext("2d", { alpha: false });
    this.left = 0; // world pixels of the canvas's corner
    this.top = 0;
    this.shownWidth = 0;
    this.rendering = "";
    Object.assign(canvas.style, { position: "absolute", left: "0", top: "0", transformOrigin: "0 0" });
    canvas.style.willChange = "transform";
    this.#fit(WORLD_WIDTH + 2 * MARGIN);
    this.resize();
  }

  /** Measures the box in which the canvas is shown. */
  resize() {
    this.shownWidth = Math.max(1, this.canvas.parentElement.clientWidth);
  }

  /** Points the canvas at `view` of the camera; returns its context in world pixels. */
  aim(view) {
    const { canvas, context } = this;
    const height = (view.width * WORLD_HEIGHT) / WORLD_WIDTH;
    this.#fit(view.width + 2 * MARGIN);
    const middleX = view.x + view.shakeX;
    const middleY = view.top + height / 2 + view.shakeY;
    // Nothing is painted beyond the margin around the world.
    const rightmost = WORLD_WIDTH + MARGIN - canvas.width;
    const lowest = WORLD_HEIGHT - this.ground + MARGIN - canvas.height;
    this.left = Math.max(-MARGIN, Math.min(rightmost, Math.round(view.x - canvas.width / 2)));
    this.top = Math.max(-this.ground - MARGIN, Math.min(lowest, Math.round(view.top + (height - canvas.height) / 2)));
    const scale = this.shownWidth / view.width;
    const cos = scale * Math.cos(view.angle);
    const sin = scale * Math.sin(view.angle);
    const x = middleX - this.left;
    const y = middleY - this.top;
    const shiftX = this.shownWidth / 2 - cos * x + sin * y;
    const shiftY = (this.shownWidth * WORLD_HEIGHT) / WORLD_WIDTH / 2 - sin * x - cos * y;
    canvas.style.transform = `matrix(${cos}, ${sin}, ${-sin}, ${cos}, ${shiftX}, ${shiftY})`;
    this.#render(scale * window.devicePixelRatio < CRISP_FROM ? "auto" : "pixelated");
    context.setTransform(1, 0, 0, 1, -this.left, -this.top);
    context.globalAlpha = 1;
    context.globalCompositeOperation = "source-over";
    context.imageSmoothingEnabled = false;
    return context;
  }

  /** Tints the whole picture with `colour`, 0 (not at all) to 1. */
  fill(colour, strength) {
    if (strength <= 0) return;
    const { canvas, context } = this;
    context.globalAlpha = strength;
    context.fillStyle = colour;
    context.fillRect(this.left, this.top, canvas.width, canvas.height);
    context.globalAlpha = 1;
  }

  #fit(least) {
    const width = NARROWEST + Math.max(0, Math.ceil((least - NARROWEST) / STEP)) * STEP;
    const { canvas } = this;
    if (canvas.width === width) return;
    canvas.width = width;
    canvas.height = Math.ceil(((width - 2 * MARGIN) * WORLD_HEIGHT) / WORLD_WIDTH) + 2 * MARGIN;
    canvas.style.width = `${canvas.width}px`;
    canvas.style.height = `${canvas.height}px`;
  }

  #render(rendering) {
    if (rendering === this.rendering) return;
    this.rendering = rendering;
    this.canvas.style.imageRendering = rendering;
  }
}
