// What the player pressed lately, as a list beside the arena: each row an input and for how many ticks it was
// held, the latest on top; above it the press that the kernel remembers, and for how long still.

import * as rules from "../gen/kernel.js";
import { create, textWriter } from "../ui/dom.js";

const ROWS = 9;
const MOST_TICKS = 999;
const SIGNS = [
  // input, sign, word
  [rules.INPUT_LEFT, "←", "left"],
  [rules.INPUT_RIGHT, "→", "right"],
  [rules.INPUT_ROLL, "roll", "roll"],
  [rules.INPUT_ATTACK, "strike", "attack"],
  [rules.INPUT_BLOCK, "block", "block"],
];
const ICONS = {
  roll: "M12 4a8 8 0 1 1-7.4 5M4 3v6h6",
  strike: "M4 20l4-4M6 14l4 4M9 15L20 4l-1 4L11 17z",
  block: "M12 3l7 3v6c0 4-3 7-7 9-4-2-7-5-7-9V6z",
};
const SVG = "http://www.w3.org/2000/svg";

/** Runs of equal inputs, the latest first: a list of {bits, ticks}, at most `length` of them. */
export class InputLog {
  constructor(length = ROWS) {
    this.length = length;
    this.runs = [];
  }

  /** Takes the input bitmask of a tick. */
  add(bits) {
    const [last] = this.runs;
    if (last && last.bits === bits) {
      last.ticks = Math.min(MOST_TICKS, last.ticks + 1);
      return;
    }
    this.runs.unshift({ bits, ticks: 1 });
    this.runs.length = Math.min(this.length, this.runs.length);
  }

  clear() {
    this.runs = [];
  }
}

/** The input's words: "left", "attack and block", or "nothing". */
export function inputWords(bits) {
  const words = SIGNS.filter(([bit]) => bits & bit).map(([, , word]) => word);
  return words.length === 0 ? "nothing" : words.join(" and ");
}

export class InputDisplay {
  constructor() {
    this.log = new InputLog();
    this.root = create("div", "room-inputs");
    this.root.setAttribute("aria-hidden", "true"); // what the player does need not be read to them
    this.buffer = create("div", "room-buffer");
    this.bufferName = textWriter(this.buffer.appendChild(create("span")));
    this.pips = Array.from({ length: rules.INPUT_BUFFER_TICKS }, () => this.buffer.appendChild(create("i")));
    this.root.append(this.buffer);
    this.rows = Array.from({ length: ROWS }, () => this.root.appendChild(createRow()));
    this.clear();
  }

  /** Follows a tick: the input bitmask given, and the state after it. */
  update(bits, state) {
    this.log.add(bits);
    this.#show(state[rules.KNIGHT_BUFFER], state[rules.KNIGHT_BUFFER_TIMER]);
  }

  clear() {
    this.log.clear();
    this.#show(0, 0);
  }

  // A press stays in the buffer for the tick in which its timer reaches 0, and can still be carried out.
  #show(buffered, left) {
    const name = buffered === rules.INPUT_ROLL ? "roll" : "attack";
    this.bufferName(buffered === 0 ? "no press waits" : `${name} waits, ${left}`);
    this.buffer.classList.toggle("waiting", buffered !== 0);
    for (const [i, pip] of this.pips.entries()) pip.classList.toggle("lit", buffered !== 0 && i < left);
    for (const [i, row] of this.rows.entries()) row.show(this.log.runs[i]);
  }
}

// A row with every sign in it, shown as needed: at 60 ticks a second nothing is created.
function createRow() {
  const row = create("div", "room-input");
  const ticks = row.appendChild(create("b"));
  const writeTicks = textWriter(ticks);
  const signs = SIGNS.map(([bit, sign]) => {
    const element = row.appendChild(sign in ICONS ? icon(ICONS[sign]) : create("span", "arrow", sign));
    return { bit, element };
  });
  const rest = row.appendChild(create("span", "rest", "·"));
  let shown = null;
  row.show = (run) => {
    writeTicks(run ? String(run.ticks) : "");
    const bits = run ? run.bits : -1;
    if (bits === shown) return;
    shown = bits;
    row.classList.toggle("empty", !run);
    for (const { bit, element } of signs) element.classList.toggle("off", !run || !(bits & bit));
    rest.classList.toggle("off", bits !== 0);
  };
  row.show(undefined);
  return row;
}

function icon(path) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  const line = document.createElementNS(SVG, "path");
  line.setAttribute("d", path);
  svg.append(line);
  return svg;
}
