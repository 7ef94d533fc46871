// How the boxes of practice/boxes.js look on the arena and in the legend. Each kind has a line, a filling
// and a shape of its own, so that none of them needs its colour to be told from the others.

import { createCanvas } from "../render/noise.js";
import { BOX_KINDS, boxesOf } from "./boxes.js";

const COLOURS = {
  knight: "#7fe08a",
  boss: "#7fb4ff",
  blow: "#ff5648",
  guard: "#f4e6bf",
  ground: "#e0bd62",
};
const HATCH_STEP = 7; // world pixels
const LEGEND_SIZE = [34, 20]; // CSS pixels

const PAINTERS = { hurt, safe, coming, active, spent, front, push, reach };

/** Draws every box of `state` in world pixels; a function for stage.annotate. */
export function drawBoxes(context, { state }) {
  context.save();
  context.lineJoin = "miter";
  for (const box of boxesOf(state)) PAINTERS[box.kind](context, box);
  context.restore();
}

/** A canvas that shows one kind of box as the arena does, for the legend. */
export function legendSample(kind) {
  const [width, height] = LEGEND_SIZE;
  const canvas = createCanvas(width * 2, height * 2);
  const context = canvas.getContext("2d");
  context.scale(2, 2);
  const box = { kind, owner: "knight", left: 3, right: width - 3, top: 3, bottom: height - 3, way: 1 };
  if (kind === "front") Object.assign(box, { left: width / 2 - 4, right: width / 2 + 3 });
  PAINTERS[kind](context, box);
  return canvas;
}

/** The kinds and their words, in the order of the legend. */
export const LEGEND = Object.entries(BOX_KINDS);

function outline(context, box, colour, { width = 1.5, dash = [] } = {}) {
  context.strokeStyle = colour;
  context.lineWidth = width;
  context.setLineDash(dash);
  context.strokeRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  context.setLineDash([]);
}

function wash(context, box, colour, strength) {
  context.globalAlpha = strength;
  context.fillStyle = colour;
  context.fillRect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  context.globalAlpha = 1;
}

function hatch(context, box, colour) {
  context.save();
  context.beginPath();
  context.rect(box.left, box.top, box.right - box.left, box.bottom - box.top);
  context.clip();
  context.beginPath();
  const tall = box.bottom - box.top;
  for (let x = box.left - tall; x < box.right; x += HATCH_STEP) {
    context.moveTo(x, box.bottom);
    context.lineTo(x + tall, box.top);
  }
  context.strokeStyle = colour;
  context.lineWidth = 1.6;
  context.stroke();
  context.restore();
}

function hurt(context, box) {
  wash(context, box, COLOURS[box.owner], 0.14);
  outline(context, box, COLOURS[box.owner]);
}

function safe(context, box) {
  outline(context, box, COLOURS[box.owner], { dash: [5, 4], width: 2 });
}

function coming(context, box) {
  outline(context, box, "#ffb0a2", { dash: [2, 4], width: 2.2 });
}

function active(context, box) {
  wash(context, box, COLOURS.blow, 0.22);
  hatch(context, box, COLOURS.blow);
  outline(context, box, COLOURS.blow, { width: 2.4 });
}

function spent(context, box) {
  outline(context, box, COLOURS.blow);
  context.beginPath();
  context.moveTo(box.left, box.top);
  context.lineTo(box.right, box.bottom);
  context.moveTo(box.left, box.bottom);
  context.lineTo(box.right, box.top);
  context.lineWidth = 1;
  context.stroke();
}

function front(context, box) {
  wash(context, box, COLOURS.guard, 0.8);
  const middle = (box.top + box.bottom) / 2;
  const edge = box.way > 0 ? box.right : box.left;
  context.beginPath();
  context.moveTo(edge, middle - 6);
  context.lineTo(edge + box.way * 7, middle);
  context.lineTo(edge, middle + 6);
  context.fillStyle = COLOURS.guard;
  context.fill();
}

// Corner brackets at the feet: where bodies push each other.
function push(context, box) {
  const tall = box.bottom - box.top;
  context.beginPath();
  for (const [x, inwards] of [[box.left, 1], [box.right, -1]]) {
    context.moveTo(x, box.bottom - tall);
    context.lineTo(x, box.bottom);
    context.lineTo(x + inwards * 9, box.bottom);
  }
  context.strokeStyle = COLOURS[box.owner];
  context.lineWidth = 2.6;
  context.stroke();
}

// A ruler on the ground.
function reach(context, box) {
  const [from, to] = box.way > 0 ? [box.left, box.right] : [box.right, box.left];
  const middle = (box.top + box.bottom) / 2;
  context.beginPath();
  context.moveTo(from, middle);
  context.lineTo(to, middle);
  context.moveTo(to, box.top - 3);
  context.lineTo(to, box.bottom + 3);
  context.strokeStyle = COLOURS.ground;
  context.lineWidth = 1.6;
  context.setLineDash([7, 3]);
  context.stroke();
  context.setLineDash([]);
}
