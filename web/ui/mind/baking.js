// What of the drawing of the mind never changes, baked once for a size: the stonework of rose and lancets, the
// faint streams, names, medallions dark and lit, beams of light. Drawing a moment then only lays these
// over each other.

import rules from "../../gen/rules.js";
import { SERIF } from "../../render/letters.js";
import { bakeGlow, createCanvas, hash2 } from "../../render/noise.js";
import { GLYPHS } from "./glyphs.js";
import { EYE, MEDALLION, PETAL_HALF, PETAL_INNER, PETAL_OUTER, RIM, RING, onCircle } from "./layout.js";
import { FALLING, GOLD, INK, RISING, SPECIALIST_COLOURS, channels, faded } from "./palette.js";

export const MEDALLION_ROOM = MEDALLION + 4; // half the side of a baked medallion
const moveCount = rules.moves.length;
const PANE = 15; // units from one lead to the next
const STREAM_ROOM = 5; // around a stream for its width
const STONE = "rgba(176, 138, 96, 0.5)";

/** Glows of every colour that is used, which do not depend on the size. */
export function bakeGlows() {
  return {
    specialists: SPECIALIST_COLOURS.map((colour) => bakeGlow(32, ...channels(colour))),
    rising: bakeGlow(32, ...channels(RISING)),
    falling: bakeGlow(32, ...channels(FALLING)),
    gold: bakeGlow(48, ...channels("#ffcf8a")),
  };
}

/**
 * The fixed parts of `layout` at `ratio` canvas pixels a unit: {glow, still, medallions, streams, panes, beams}.
 * `textScale` enlarges the names. `glow(canvas, radius)` is a glow of bakeGlows at (nearly) this radius.
 */
export function bake(layout, size, ratio, textScale) {
  return {
    glow: glowsAt(ratio),
    still: bakeStill(layout, size, ratio, textScale),
    medallions: layout.nodes.map((_, i) => ({
      lit: bakeMedallion(i, SPECIALIST_COLOURS[i], ratio),
      dark: bakeMedallion(i, "#57493d", ratio),
    })),
    streams: layout.streams.map((points, i) => bakeStream(points, SPECIALIST_COLOURS[i], ratio)),
    panes: layout.windows.map((window, i) => bakePane(window, SPECIALIST_COLOURS[i], ratio)),
    beams: layout.windows.map((window) => ({
      rising: bakeBeam(layout.centre, window, RISING, ratio),
      falling: bakeBeam(layout.centre, window, FALLING, ratio),
    })),
  };
}

// Copies of glows, each stretched once: for every other pixel of radius.
function glowsAt(ratio) {
  const sizes = new Map(); // glow -> its copies by half their radius in pixels
  return (glow, radius) => {
    const half = Math.max(1, Math.round((radius * ratio) / 2));
    if (!sizes.has(glow)) sizes.set(glow, []);
    const copies = sizes.get(glow);
    if (!copies[half]) {
      copies[half] = createCanvas(half * 4, half * 4);
      copies[half].getContext("2d").drawImage(glow, 0, 0, half * 4, half * 4);
    }
    return copies[half];
  };
}

function bakeStill(layout, size, ratio, textScale) {
  const canvas = createCanvas(size.width, size.height);
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  drawHaze(context, layout);
  for (const [i, points] of layout.streams.entries()) {
    context.strokeStyle = faded(SPECIALIST_COLOURS[i], 0.2);
    context.lineWidth = 1;
    strokeAlong(context, points, 0.5);
  }
  drawRose(context, layout);
  for (const [i, window] of layout.windows.entries()) drawLancet(context, window, SPECIALIST_COLOURS[i]);
  drawNames(context, layout, textScale);
  return canvas;
}

// A dim light behind the rose, so that it stands in a dark wall rather than on a flat ground.
function drawHaze(context, { centre }) {
  const haze = context.createRadialGradient(centre.x, centre.y, 10, centre.x, centre.y, 150);
  haze.addColorStop(0, "rgba(150, 74, 34, 0.30)");
  haze.addColorStop(0.55, "rgba(80, 34, 28, 0.16)");
  haze.addColorStop(1, "rgba(20, 10, 10, 0)");
  context.fillStyle = haze;
  context.fillRect(centre.x - 150, centre.y - 150, 300, 300);
}

function drawRose(context, { centre, petals }) {
  ring(context, centre, (RING + RIM) / 2 - 3, 12, "rgba(9, 6, 6, 0.85)");
  ring(context, centre, RIM, 1.6, STONE);
  ring(context, centre, PETAL_OUTER + 2.5, 1, STONE);
  ring(context, centre, RING, 4, "rgba(120, 84, 58, 0.20)");
  for (const angle of petals) {
    petalPath(context, centre, angle, PETAL_INNER, PETAL_OUTER);
    context.fillStyle = "#150f0e";
    context.fill();
    context.strokeStyle = STONE;
    context.lineWidth = 1.2;
    context.stroke();
    const knot = onCircle(centre, RIM, angle + Math.PI / 8); // a stud between two petals
    disc(context, knot.x, knot.y, 2, "#8a6a48");
  }
  disc(context, centre.x, centre.y, EYE + 1, "#120c0b");
  ring(context, centre, EYE + 1, 1.8, GOLD);
}

/** The outline of a petal between two radii; with a pointed outer end if it reaches the petal's own. */
export function petalPath(context, centre, angle, inner, outer) {
  const [a, b] = [angle - PETAL_HALF, angle + PETAL_HALF];
  const bend = PETAL_OUTER - 9; // from here its sides close into a round head
  const shoulder = Math.min(outer, bend);
  const from = onCircle(centre, inner, a);
  context.beginPath();
  context.moveTo(from.x, from.y);
  const left = onCircle(centre, shoulder, a);
  const right = onCircle(centre, shoulder, b);
  context.lineTo(left.x, left.y);
  if (outer <= bend) {
    context.arc(centre.x, centre.y, outer, a, b);
  } else {
    const first = onCircle(centre, outer + 1.5, a + PETAL_HALF * 0.35);
    const head = onCircle(centre, outer, angle);
    const second = onCircle(centre, outer + 1.5, b - PETAL_HALF * 0.35);
    context.quadraticCurveTo(first.x, first.y, head.x, head.y);
    context.quadraticCurveTo(second.x, second.y, right.x, right.y);
  }
  context.arc(centre.x, centre.y, inner, b, a, true);
  context.closePath();
}

function drawLancet(context, window, colour) {
  lancetPath(context, window, 0);
  context.fillStyle = "#130d0c";
  context.fill();
  context.strokeStyle = "rgba(176, 138, 96, 0.32)";
  context.lineWidth = 3;
  context.stroke();
  context.strokeStyle = faded(colour, 0.55);
  context.lineWidth = 1;
  context.stroke();
}

/** The outline of a lancet window, drawn in by `inset` units. */
export function lancetPath(context, { x, half, top, base }, inset) {
  const wide = half - inset;
  const spring = top + half * 1.15; // where the arch begins
  const apex = top + inset * 1.4;
  context.beginPath();
  context.moveTo(x - wide, base - inset);
  context.lineTo(x - wide, spring);
  context.quadraticCurveTo(x - wide, apex + half * 0.45, x, apex);
  context.quadraticCurveTo(x + wide, apex + half * 0.45, x + wide, spring);
  context.lineTo(x + wide, base - inset);
  context.closePath();
}

// The stained glass of a lancet as it shines when its move is certain: panes of uneven brightness between
// lead. A lesser probability shows its lower part only.
function bakePane(window, colour, ratio) {
  const { x, half, top, base } = window;
  const canvas = createCanvas(Math.ceil(half * 2 * ratio), Math.ceil((base - top) * ratio));
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.translate(half - x, -top);
  lancetPath(context, window, 2);
  context.clip();
  context.fillStyle = colour;
  context.fillRect(x - half, top, half * 2, base - top);
  const rows = Math.ceil((base - top) / PANE);
  for (let row = 0; row <= rows; row += 1) {
    for (const side of [-1, 1]) {
      const y = base - row * PANE;
      context.beginPath();
      context.moveTo(x, y - PANE / 2);
      context.lineTo(x + side * half, y);
      context.lineTo(x + side * half, y - PANE);
      context.lineTo(x, y - PANE * 1.5);
      const tone = hash2(row * 2 + side, Math.round(x));
      context.fillStyle = tone < 0.5 ? `rgba(20, 6, 4, ${0.34 - 0.5 * tone})` : `rgba(255, 240, 205, ${0.5 * (tone - 0.5)})`;
      context.fill();
      context.strokeStyle = "rgba(12, 7, 6, 0.7)";
      context.lineWidth = 1.1;
      context.stroke();
    }
  }
  const sheen = context.createLinearGradient(x - half, 0, x + half, 0);
  sheen.addColorStop(0, "rgba(10, 4, 3, 0.4)");
  sheen.addColorStop(0.45, "rgba(255, 244, 214, 0.16)");
  sheen.addColorStop(1, "rgba(10, 4, 3, 0.4)");
  context.fillStyle = sheen;
  context.fillRect(x - half, top, half * 2, base - top);
  return canvas;
}

function drawNames(context, { nodes, windows }, textScale) {
  context.textAlign = "center";
  context.font = `${Math.min(13, 10.5 * textScale)}px ${SERIF}`;
  context.fillStyle = INK;
  for (const [i, node] of nodes.entries()) context.fillText(rules.specialists[i], node.x, node.y - MEDALLION - 5.5);
  context.font = `600 ${Math.min(10.5, 9 * textScale)}px ${SERIF}`;
  context.letterSpacing = "0.4px";
  for (const [i, window] of windows.entries()) {
    context.fillStyle = SPECIALIST_COLOURS[i];
    context.fillText(rules.moves[i], window.x, window.base + 15);
  }
}

// A medallion with its sign; a broken rim says that its specialist owns no move.
function bakeMedallion(i, colour, ratio) {
  const side = MEDALLION_ROOM * 2;
  const canvas = createCanvas(Math.ceil(side * ratio), Math.ceil(side * ratio));
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.translate(MEDALLION_ROOM, MEDALLION_ROOM);
  const ground = context.createRadialGradient(0, -4, 2, 0, 0, MEDALLION);
  ground.addColorStop(0, "#2a1c17");
  ground.addColorStop(1, "#0e0908");
  context.beginPath();
  context.arc(0, 0, MEDALLION, 0, Math.PI * 2);
  context.fillStyle = ground;
  context.fill();
  context.strokeStyle = colour;
  context.lineWidth = 1.5;
  context.setLineDash(i < moveCount ? [] : [4, 2.6]);
  context.stroke();
  context.setLineDash([]);
  context.fillStyle = colour;
  context.lineWidth = 1.35;
  context.lineJoin = "round";
  context.lineCap = "round";
  GLYPHS[i](context);
  return canvas;
}

// Light that falls from the eye of the rose, past its rim, into a lancet.
function bakeBeam(centre, window, colour, ratio) {
  const left = Math.min(centre.x - 6, window.x - window.half);
  const right = Math.max(centre.x + 6, window.x + window.half);
  const spring = window.top + window.half * 0.5;
  const bottom = window.base;
  const canvas = createCanvas(Math.ceil((right - left) * ratio), Math.ceil((bottom - centre.y) * ratio));
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.translate(-left, -centre.y);
  const light = context.createLinearGradient(0, centre.y, 0, bottom);
  light.addColorStop(0, faded(colour, 0));
  light.addColorStop(RIM / 2 / (bottom - centre.y), faded(colour, 0.05));
  light.addColorStop((RIM + 2) / (bottom - centre.y), faded(colour, 0.75));
  light.addColorStop((window.top - centre.y) / (bottom - centre.y), faded(colour, 0.32));
  light.addColorStop(1, faded(colour, 0));
  context.fillStyle = light;
  for (const [share, opacity] of [[1, 0.4], [0.62, 0.4], [0.26, 0.5]]) {
    context.globalAlpha = opacity;
    context.beginPath();
    context.moveTo(centre.x - 3 * share, centre.y);
    context.lineTo(centre.x + 3 * share, centre.y);
    context.lineTo(window.x + window.half * share, spring);
    context.lineTo(window.x + window.half * share, bottom);
    context.lineTo(window.x - window.half * share, bottom);
    context.lineTo(window.x - window.half * share, spring);
    context.fill();
  }
  return { canvas, left, top: centre.y };
}

function ring(context, { x, y }, radius, width, colour) {
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.stroke();
}

export function disc(context, x, y, radius, colour) {
  context.beginPath();
  context.arc(x, y, radius, 0, Math.PI * 2);
  context.fillStyle = colour;
  context.fill();
}

// A specialist's light at its full strength: a wide glow along its way, and a bright core most of it.
function bakeStream(points, colour, ratio) {
  const [left, right] = bounds(points.map(({ x }) => x));
  const [top, bottom] = bounds(points.map(({ y }) => y));
  const [wide, tall] = [right - left, bottom - top];
  const canvas = createCanvas(Math.ceil(wide * ratio), Math.ceil(tall * ratio));
  const context = canvas.getContext("2d");
  context.scale(ratio, ratio);
  context.translate(-left, -top);
  context.strokeStyle = colour;
  context.globalAlpha = 0.2;
  context.lineWidth = 8;
  strokeAlong(context, points, 1);
  context.globalAlpha = 0.85;
  context.lineWidth = 2;
  strokeAlong(context, points, 0.85);
  return { canvas, left, top };
}

function bounds(values) {
  return [Math.floor(Math.min(...values) - STREAM_ROOM), Math.ceil(Math.max(...values) + STREAM_ROOM)];
}

/** Strokes the first `share` of `points`. */
export function strokeAlong(context, points, share) {
  context.beginPath();
  const last = Math.round(share * (points.length - 1));
  context.moveTo(points[0].x, points[0].y);
  for (let i = 1; i <= last; i += 1) context.lineTo(points[i].x, points[i].y);
  context.stroke();
}

