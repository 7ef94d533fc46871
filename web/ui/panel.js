// The live panel: the drawing of the mind, the move it just chose and why, and a history of its decisions.
// Every decision is shown, wherever it was computed. A row of the history brings that moment back into
// the drawing until the panel is sent back to now. In practice a specialist is silenced by its button.

import { FROM_SERVER } from "../game/fight.js";
import rules from "../gen/rules.js";
import { byId, create, textWriter } from "./dom.js";
import { CALLINGS } from "./mind/glyphs.js";
import { MindGraph, SPECIALIST_COLOURS } from "./mindgraph.js";
import { momentTime, reasonOf } from "./wording.js";

const HISTORY_LENGTH = 120;
const INERT = "It can be silenced in the training room only";

export class Panel {
  #onSilence = null; // while practice lasts

  /** `isCalm()`: whether motion is to be reduced. */
  constructor({ isCalm }) {
    this.graph = new MindGraph(byId("mind-graph"), isCalm);
    this.move = byId("mind-move");
    this.writeMove = textWriter(this.move);
    this.writeShare = textWriter(byId("mind-share"));
    this.writeWhy = textWriter(byId("mind-why"));
    this.writeCount = textWriter(byId("mind-count"));
    this.writeSilenced = textWriter(byId("mind-silenced"));
    this.writeMoment = textWriter(byId("mind-moment"));
    this.history = byId("mind-history");
    this.silenced = 0; // bit s: specialist s is silenced from now on
    this.rows = []; // elements with the decision each shows, the latest first
    this.held = null; // the decision of the past that is shown
    byId("mind-back").addEventListener("click", () => this.release());
    this.history.addEventListener("click", (event) => this.#choose(event.target.closest("li")));
    this.history.addEventListener("keydown", (event) => this.#onKey(event));
    this.nodes = rules.specialists.map((_, i) => this.#createNode(i));
    byId("mind-nodes").append(...this.nodes.map(({ button }) => button));
    this.#placeNodes();
    this.reset();
    this.leavePractice();
  }

  /** Forgets the last fight. */
  reset() {
    this.history.replaceChildren();
    this.rows = [];
    this.count = 0;
    this.writeCount("");
    this.sleep("It wakes when you enter");
  }

  /**
   * Shows a decision of game/fight.js: {k, clock, source, trace}, or of practice with the bits it was `silenced` by.
   * While a moment is held, it only joins the history.
   */
  show(decision) {
    this.latest = decision;
    this.count += 1;
    this.writeCount(String(this.count));
    const { clock, source, trace } = decision;
    const { move, mistake } = trace;
    this.#record({ clock, source, move, mistake, share: `${percentOf(trace)}%`, decision });
    if (this.held) return;
    this.graph.show(decision.trace);
    this.#describe(decision);
  }

  /** Brings a decision of the past back: the panel keeps showing it until `release`. */
  hold(decision) {
    this.held = decision;
    this.graph.silence(decision.silenced ?? 0);
    this.graph.snap(decision.trace);
    this.#describe(decision);
    this.#showMoment();
  }

  /** Returns from a held moment to now. */
  release() {
    if (!this.held) return;
    this.held = null;
    this.graph.silence(this.silenced);
    if (this.latest) {
      this.graph.snap(this.latest.trace);
      this.#describe(this.latest);
    }
    this.#showMoment();
    this.history.focus({ preventScroll: true });
  }

  /** Lets specialists be silenced: `onSilence(bits)` hears which, of which `bits` are at first. */
  enterPractice(bits, onSilence) {
    this.#onSilence = onSilence;
    for (const { button } of this.nodes) {
      button.tabIndex = 0;
      button.removeAttribute("aria-disabled");
    }
    this.#silence(bits);
  }

  /** Makes the specialists' buttons inert again, none of them silenced. */
  leavePractice() {
    this.#onSilence = null;
    for (const { button } of this.nodes) {
      button.tabIndex = -1;
      button.setAttribute("aria-disabled", "true");
    }
    this.#silence(0);
  }

  /** Shows the mind as asleep, with a reason: something else chooses the moves. */
  sleep(reason) {
    this.held = null;
    this.latest = null;
    this.graph.silence(this.silenced);
    this.graph.reset();
    this.#showMoment();
    this.writeMove("Asleep");
    this.writeShare("");
    this.writeWhy(reason);
    this.move.style.color = "";
    this.move.parentElement.classList.remove("mistake");
  }

  /** Shows a move of which nothing else is known: {clock, source, move, mistake}, in replays of unknown minds. */
  showMove({ clock, source, move, mistake }) {
    this.count += 1;
    this.writeMove(rules.moves[move]);
    this.move.style.color = SPECIALIST_COLOURS[move];
    this.writeWhy(mistake ? "a deliberate mistake" : "why, only its mind could say");
    this.writeCount(String(this.count));
    this.#record({ clock, source, move, mistake, share: "?", decision: null });
  }

  /** Advances the drawing by a tick. */
  update() {
    if (!this.held) this.graph.update();
  }

  draw() {
    this.graph.draw();
  }

  /** Draws all of the mind now. */
  paint() {
    this.graph.paint();
  }

  resize() {
    this.graph.resize();
    this.#placeNodes();
  }

  // ---------------------------------------------------------------------------- specialists
  #createNode(i) {
    const button = create("button", "mind-node");
    button.type = "button";
    button.addEventListener("click", () => {
      if (!this.#onSilence) return;
      this.release();
      this.#silence(this.silenced ^ (1 << i));
    });
    return { button, name: rules.specialists[i], calling: CALLINGS[i] };
  }

  #placeNodes() {
    for (const [i, { button }] of this.nodes.entries()) {
      const { x, y, radius } = this.graph.placeOf(i);
      button.style.left = `${x - radius}px`;
      button.style.top = `${y - radius}px`;
      button.style.width = `${radius * 2}px`;
      button.style.height = `${radius * 2}px`;
    }
  }

  #silence(bits) {
    this.silenced = bits;
    this.graph.silence(bits);
    const names = rules.specialists.filter((_, i) => (bits >> i) & 1);
    this.writeSilenced(names.length > 0 ? `silenced: ${names.join(", ")}` : "");
    for (const [i, { button, name, calling }] of this.nodes.entries()) {
      const isSilenced = Boolean((bits >> i) & 1);
      button.setAttribute("aria-pressed", String(isSilenced));
      button.setAttribute("aria-label", `Silence ${name}`);
      const then = isSilenced ? "Press to let it speak again." : "Press to silence it.";
      button.title = `${name} ${calling}. ${this.#onSilence ? then : INERT}.`;
    }
    this.#onSilence?.(bits);
  }

  // ------------------------------------------------------------------------------- moments
  #describe({ trace }) {
    const name = rules.moves[trace.move];
    this.writeMove(name);
    this.writeShare(`${percentOf(trace)}%`);
    this.move.style.color = SPECIALIST_COLOURS[trace.move];
    this.move.parentElement.classList.toggle("mistake", trace.mistake);
    this.writeWhy(reasonOf(trace));
  }

  #showMoment() {
    const { held } = this;
    this.writeMoment(held ? `showing ${momentTime(held.clock)}` : "");
    byId("mind-held").hidden = !held;
    byId("mind-live").hidden = Boolean(held);
    for (const { element, decision } of this.rows) element.setAttribute("aria-selected", String(held !== null && decision === held));
    const row = held && this.rows.find(({ decision }) => decision === held);
    if (!row) {
      this.history.removeAttribute("aria-activedescendant");
      return;
    }
    this.history.setAttribute("aria-activedescendant", row.element.id);
    row.element.scrollIntoView({ block: "nearest" });
  }

  #choose(element) {
    const row = this.rows.find((one) => one.element === element);
    if (row?.decision) this.hold(row.decision);
  }

  // Up and down walk through the moments; Escape and End return to now.
  #onKey(event) {
    const at = this.rows.findIndex(({ decision }) => decision === this.held);
    if (event.key === "ArrowDown") this.#choose(this.rows[Math.min(this.rows.length - 1, at + 1)]?.element);
    else if (event.key === "ArrowUp" && at > 0) this.#choose(this.rows[at - 1].element);
    else if (event.key === "ArrowUp" || ((event.key === "Escape" || event.key === "End") && this.held)) this.release();
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  // A row of the history; `decision` is null where only the move is known, and cannot be held then.
  #record({ clock, source, move, mistake, share, decision }) {
    const row = this.rows.length < HISTORY_LENGTH ? createRow(this.rows.length) : this.rows.pop();
    row.decision = decision;
    const { element } = row;
    const [time, what, percent] = element.children;
    time.textContent = momentTime(clock);
    what.textContent = rules.moves[move];
    what.style.color = SPECIALIST_COLOURS[move];
    percent.textContent = share;
    element.className = `from-${source}${mistake ? " mistake" : ""}`;
    element.setAttribute("aria-selected", "false");
    const where = source === FROM_SERVER ? "decided on the server" : "decided in your browser";
    element.title = mistake ? `${where}, a deliberate mistake` : where;
    this.history.prepend(element);
    this.rows.unshift(row);
  }
}

const percentOf = (trace) => Math.round(trace.probabilities[trace.move] * 100);

function createRow(number) {
  const element = create("li");
  element.id = `moment-${number}`;
  element.setAttribute("role", "option");
  element.append(create("span", "when"), create("span", "what"), create("span", "share"), create("i", "where"));
  return { element, decision: null };
}
