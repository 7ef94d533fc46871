// The table of keys and buttons in the settings: choose a place, press what shall be there. What is taken
// already is shown at both rows, and the player decides; no action is ever left without a key or button.

import { DEFAULT_BINDINGS, DEVICES, isCode, namesOf, place, placeOf } from "../input/bindings.js";
import { create } from "./dom.js";
import { keycap } from "./key_hints.js";

const TITLES = {
  left: "Walk left",
  right: "Walk right",
  roll: "Roll",
  attack: "Attack",
  block: "Block",
  pause: "Pause",
  again: "Fight again",
  confirm: "Confirm",
  mute: "Mute",
  fullscreen: "Full screen",
};
const DEVICE_TITLES = { keyboard: "Keyboard", gamepad: "Gamepad" };
const THINGS = { keyboard: "key", gamepad: "button" };
const FIXED = { keyboard: { pause: "Escape" }, gamepad: { confirm: "Button0" } };
const PLACES_SHOWN = 2; // a device; a fixed code takes the first
const ADVICE = "Choose a place and press what shall be there. Delete empties it.";

export class ControlsEditor {
  #settings;
  #controls;
  #onChange;
  #places = []; // {device, name, index, button}
  #marks = {}; // name -> the element beside its title
  #listening = null; // the place that waits for a code
  #conflict = null; // {at, owner, code, next}: `next` are the bindings if the player agrees, or null
  #endCapture = null;

  /** `settings`: of this folder; `controls`: of input/controls.js; `onChange()`: something was bound anew. */
  constructor({ settings, controls, onChange }) {
    this.#settings = settings;
    this.#controls = controls;
    this.#onChange = onChange;
    this.root = create("div", "bindings-editor");
    this.status = create("p", "note bindings-status", ADVICE);
    this.status.setAttribute("role", "status");
    this.question = create("div", "conflict");
    this.question.hidden = true;
    this.root.append(this.#buildTable(), this.question, this.#buildFoot());
    this.root.addEventListener("keydown", (event) => this.#answerEscape(event));
    settings.watch((name) => {
      if (name === "bindings") this.#show();
    });
    controls.watch(() => this.#show());
    this.#show();
  }

  /** Stops listening and forgets an open question. */
  reset() {
    this.#stop();
    this.#conflict = null;
    this.#say(ADVICE);
    this.#show();
  }

  // ------------------------------------------------------------------------------ building
  #buildTable() {
    const table = create("table", "bindings");
    const head = create("tr");
    head.append(create("td"));
    for (const device of DEVICES) {
      const title = create("th", "", DEVICE_TITLES[device]);
      title.colSpan = PLACES_SHOWN;
      title.scope = "colgroup";
      head.append(title);
    }
    const rows = Object.keys(TITLES).map((name) => this.#buildRow(name));
    const [top, body] = [create("thead"), create("tbody")];
    top.append(head);
    body.append(...rows);
    table.append(top, body);
    return table;
  }

  #buildRow(name) {
    const row = create("tr");
    row.dataset.action = name;
    const title = create("th", "", TITLES[name]);
    title.scope = "row";
    this.#marks[name] = create("span", "mark");
    title.append(this.#marks[name]);
    row.append(title);
    for (const device of DEVICES) row.append(...this.#buildCells(device, name));
    return row;
  }

  #buildCells(device, name) {
    const fixed = FIXED[device][name];
    const canBind = namesOf(device).includes(name);
    return Array.from({ length: PLACES_SHOWN }, (_, column) => {
      const cell = create("td");
      const index = column - (fixed ? 1 : 0);
      if (index >= 0 && canBind) cell.append(this.#buildPlace({ device, name, index }));
      else if (fixed && column === 0) cell.append(this.#buildFixed(device, fixed));
      return cell;
    });
  }

  #buildFixed(device, code) {
    const fixed = create("span", "fixed");
    const show = () => fixed.replaceChildren(keycap(this.#controls.nameOf(device, code)), " always");
    this.#controls.watch(show);
    show();
    return fixed;
  }

  #buildPlace(at) {
    const button = create("button", "place");
    button.type = "button";
    Object.assign(button.dataset, { device: at.device, index: at.index });
    button.addEventListener("click", () => this.#listen(at));
    button.addEventListener("blur", () => {
      if (this.#listening === at) this.reset();
    });
    button.addEventListener("keydown", (event) => {
      if (event.code === "Delete" || event.code === "Backspace") this.#empty(at);
    });
    this.#places.push({ ...at, at, button });
    return button;
  }

  #buildFoot() {
    const foot = create("div", "bindings-foot");
    const defaults = create("button", "", "Reset to defaults");
    defaults.type = "button";
    defaults.id = "bindings-reset";
    defaults.addEventListener("click", () => {
      this.#settings.set("bindings", DEFAULT_BINDINGS);
      this.reset();
      this.#say("All keys and buttons are as they were at first.");
      this.#onChange();
    });
    foot.append(this.status, defaults);
    return foot;
  }

  // ------------------------------------------------------------------------------ binding
  #listen(at) {
    this.#stop();
    this.#conflict = null;
    this.#listening = at;
    this.#endCapture = this.#controls.capture((device, code) => this.#hear(device, code));
    this.#say(`Press a ${THINGS[at.device]} for ${this.#quoted(at.name)}. Esc leaves it as it is.`);
    this.#show();
  }

  #stop() {
    this.#listening = null;
    this.#endCapture?.();
    this.#endCapture = null;
  }

  #hear(device, code) {
    const at = this.#listening;
    // Who waits for a key with only a gamepad at hand gets out by any of its buttons.
    if (code === "Escape" || (device === "gamepad" && at.device === "keyboard")) {
      this.reset();
      return;
    }
    if (device !== at.device) {
      this.#say("This place is for a button of the gamepad. Esc leaves it as it is.");
      return;
    }
    if (!isCode(device, code)) {
      this.#say(`${code || "This key"} belongs to the browser. Press another one, or Esc.`);
      return;
    }
    const owner = placeOf(this.#bindings, device, code);
    const next = place(this.#bindings, device, at, code);
    if (!owner || owner.name === at.name) this.#accept(next, at, code);
    else this.#ask({ at, owner, code, next });
  }

  #accept(next, at, code) {
    this.#stop();
    this.#conflict = null;
    this.#settings.set("bindings", next);
    this.#say(`${this.#controls.nameOf(at.device, code)}: ${TITLES[at.name]}.`);
    this.#focus(at);
    this.#onChange();
  }

  #ask(conflict) {
    this.#stop();
    this.#conflict = conflict;
    this.#say("");
    this.#writeQuestion(conflict);
    this.#show();
    this.question.scrollIntoView({ block: "nearest" });
    this.question.querySelector("button").focus({ preventScroll: true });
  }

  #empty(at) {
    const next = place(this.#bindings, at.device, at, "");
    if (next) this.#settings.set("bindings", next);
    const things = THINGS[at.device];
    this.#say(next ? "Emptied." : `${TITLES[at.name]} needs at least one ${things}.`);
  }

  // Escape answers an open question with no, and does not leave the screen.
  #answerEscape(event) {
    if (event.code !== "Escape" || !this.#conflict) return;
    event.stopPropagation();
    this.#keep();
  }

  #keep() {
    const { at } = this.#conflict;
    this.reset();
    this.#focus(at);
  }

  // ------------------------------------------------------------------------------ showing
  get #bindings() {
    return this.#settings.get("bindings");
  }

  #say(text) {
    this.status.textContent = text;
  }

  #focus(at) {
    this.#places.find((other) => other.at === at).button.focus({ preventScroll: true });
  }

  #quoted(name) {
    return `\u201c${TITLES[name]}\u201d`;
  }

  #show() {
    for (const { at, device, name, index, button } of this.#places) {
      const isListening = this.#listening === at;
      const text = this.#controls.nameOf(device, this.#bindings[device][name][index]);
      const shown = isListening ? "press \u2026" : text || "\u2014";
      button.textContent = shown;
      button.classList.toggle("is-listening", isListening);
      button.classList.toggle("is-empty", !text && !isListening);
      const told = isListening ? shown : text || "none";
      button.setAttribute("aria-label", `${TITLES[name]}, ${THINGS[device]} ${index + 1}: ${told}`);
    }
    const { at, owner, code } = this.#conflict ?? {};
    const wanted = code && this.#controls.nameOf(at.device, code);
    for (const [name, mark] of Object.entries(this.#marks)) {
      const isOwner = owner?.name === name;
      const isTaker = at?.name === name;
      mark.textContent = isOwner ? `has ${wanted}` : isTaker ? `wants ${wanted}` : "";
      mark.closest("tr").classList.toggle("in-conflict", isOwner || isTaker);
    }
    this.question.hidden = !this.#conflict;
  }

  #writeQuestion({ at, owner, code, next }) {
    const wanted = this.#controls.nameOf(at.device, code);
    const given = this.#controls.nameOf(at.device, this.#bindings[at.device][at.name][at.index]);
    const [taker, loser, thing] = [this.#quoted(at.name), this.#quoted(owner.name), THINGS[at.device]];
    const keep = this.#button(next ? "Leave it" : "All right", () => this.#keep());
    if (!next) {
      const text = `${wanted} is the only ${thing} of ${loser}. Give that another one first.`;
      this.question.replaceChildren(create("p", "", text), keep);
      return;
    }
    const outcome = given ? `Swap: ${loser} gets ${given}` : `Take it for ${taker}`;
    const agree = this.#button(outcome, () => this.#accept(next, at, code));
    this.question.replaceChildren(create("p", "", `${wanted} already belongs to ${loser}.`), agree, keep);
  }

  #button(text, action) {
    const button = create("button", "", text);
    button.type = "button";
    button.addEventListener("click", action);
    return button;
  }
}
