// The figures at the lancets: how likely each move is, and what its owner and the coordinator say about it.
// They are written beside the page and then laid on it: to write on a canvas of the page, the browser works out
// the style of the whole page first.

import { SERIF } from "../../render/letters.js";
import { createCanvas } from "../../render/noise.js";
import { FAINT, FALLING, INK, RISING } from "./palette.js";

const signed = (value) => {
  const sign = value <= -0.05 ? "−" : value >= 0.05 ? "+" : "";
  return sign + Math.abs(value).toFixed(1);
};

export class Figures {
  /** For lancets of `layout` on a canvas of `size` at `ratio` canvas pixels a unit. */
  constructor(layout, size, ratio) {
    this.windows = layout.windows;
    const top = Math.round(layout.split * ratio);
    this.canvas = createCanvas(size.width, size.height - top);
    this.context = this.canvas.getContext("2d");
    this.context.setTransform(ratio, 0, 0, ratio, 0, -top);
    this.context.lineJoin = "round";
    this.context.lineWidth = 3;
    this.context.strokeStyle = "rgba(12, 7, 6, 0.75)";
  }

  /** A canvas, to be laid at the lancets' upper edge, with the figures of a trace. `chosen`: 0 to 1 by move. */
  write({ probabilities, drives, modulation }, chosen) {
    const { context, windows } = this;
    const { width, height } = this.canvas;
    context.save();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, width, height);
    context.restore();
    context.textAlign = "center";
    for (const [i, { x, top, half }] of windows.entries()) {
      const isChosen = chosen[i] > 0.5;
      const text = `${Math.round(probabilities[i] * 100)}%`;
      context.font = `600 ${isChosen ? 15 : 11.5}px ${SERIF}`;
      context.fillStyle = isChosen ? "#fff4de" : INK;
      context.strokeText(text, x, top + half * 1.15 + 11);
      context.fillText(text, x, top + half * 1.15 + 11);
    }
    context.font = `9.5px ${SERIF}`;
    for (const [i, { x, base }] of windows.entries()) {
      context.textAlign = "right";
      context.fillStyle = FAINT;
      context.fillText(signed(drives[i]), x - 2, base + 27);
      context.textAlign = "left";
      context.fillStyle = modulation[i] < 0 ? FALLING : RISING;
      context.fillText(signed(modulation[i]), x + 2, base + 27);
    }
    return this.canvas;
  }
}
