// The live panel: the drawing of the mind, the move it just chose and why, and a short history. Every
// decision is shown, wherever it was computed.

import { FROM_SERVER } from "../game/fight.js";
import rules from "../gen/rules.js";
import { byId, create, textWriter } from "./dom.js";
import { MindGraph, SPECIALIST_COLOURS } from "./mindgraph.js";
import { clockTime } from "./wording.js";

const HISTORY_LENGTH = 40;

export class Panel {
  constructor() {
    this.graph = new MindGraph(byId("mind-graph"));
    this.move = byId("mind-move");
    this.writeMove = textWriter(this.move);
    this.writeWhy = textWriter(byId("mind-why"));
    this.writeCount = textWriter(byId("mind-count"));
    this.history = byId("mind-history");
    this.rows = [];
    this.reset();
  }

  /** Forgets the last fight. */
  reset() {
    this.graph.reset();
    this.history.replaceChildren();
    this.rows = [];
    this.count = 0;
    this.writeMove("Asleep");
    this.writeWhy("It wakes when you enter");
    this.writeCount("");
    this.move.style.color = "";
  }

  /** Shows a decision of game/fight.js: {k, clock, source, trace}. */
  show({ clock, source, trace }) {
    this.graph.show(trace);
    this.count += 1;
    const name = rules.moves[trace.move];
    const percent = Math.round(trace.probabilities[trace.move] * 100);
    this.writeMove(name);
    this.move.style.color = SPECIALIST_COLOURS[trace.move];
    this.writeWhy(trace.mistake ? `a deliberate mistake (${percent}%)` : `its own choice, at ${percent}%`);
    this.writeCount(String(this.count));
    this.#record(clock, name, percent, source, trace);
  }

  /** Advances the drawing by a tick. */
  update() {
    this.graph.update();
  }

  draw() {
    this.graph.draw();
  }

  resize() {
    this.graph.resize();
  }

  #record(clock, name, percent, source, trace) {
    const row = this.rows.length < HISTORY_LENGTH ? createRow() : this.rows.pop();
    const [time, move, share] = row.children;
    time.textContent = clockTime(clock);
    move.textContent = name;
    move.style.color = SPECIALIST_COLOURS[trace.move];
    share.textContent = `${percent}%`;
    row.className = `from-${source}${trace.mistake ? " mistake" : ""}`;
    const where = source === FROM_SERVER ? "decided on the server" : "decided in your browser";
    row.title = trace.mistake ? `${where}, a deliberate mistake` : where;
    this.history.prepend(row);
    this.rows.unshift(row);
  }
}

function createRow() {
  const row = create("li");
  row.append(create("span", "when"), create("span", "what"), create("span", "share"), create("i", "where"));
  return row;
}
