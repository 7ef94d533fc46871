// What the page remembers between visits: one object in the browser's storage, read once, written at every
// change. Storage may be denied (private windows, iframes): then settings last as long as the page.

import rules from "../gen/rules.js";
import { DEFAULT_BINDINGS, isBindings, restoreBindings } from "../input/bindings.js";
import { PERSONAS, nameTrouble } from "../narrator/wording.js";
import { readStored, writeStored } from "./storage.js";

const KEY = "modular-mind";
const CALM = "(prefers-reduced-motion: reduce)";

const share = (fallback) => ({ fallback, isValid: (value) => Number.isFinite(value) && value >= 0 && value <= 1 });
const toggle = (fallback) => ({ fallback, isValid: (value) => typeof value === "boolean" });
const choice = (fallback, values) => ({ fallback, isValid: (value) => values.includes(value) });

/**
 * Every setting: what it is at first, and which values it may have. `restore(stored)` makes a valid value of
 * what was stored, where more can be saved of it than all or nothing. `outlastsReset`: not reset with the others.
 */
export const SETTINGS = {
  tier: choice("normal", rules.tiers),
  muted: toggle(false),
  master: share(1),
  music: share(0.8),
  effects: share(1),
  shake: share(1),
  flashes: toggle(true),
  motion: choice("system", ["system", "full", "reduced"]),
  highContrast: toggle(false),
  speed: choice(1, [0.7, 0.8, 0.9, 1]),
  textSize: choice("normal", ["small", "normal", "large", "largest"]),
  block: choice("hold", ["hold", "toggle"]),
  vibration: toggle(true),
  // Whether fights are sent, for the boss to learn from. Who has refused stays refused.
  teach: { ...toggle(true), outlastsReset: true },
  narrator: toggle(true),
  persona: choice("chronicler", Object.keys(PERSONAS)),
  knightName: { fallback: "", isValid: (value) => typeof value === "string" && nameTrouble(value) === "" },
  bindings: { fallback: DEFAULT_BINDINGS, isValid: isBindings, restore: restoreBindings },
};

export class Settings {
  #values = {};
  #watchers = [];
  #isKept = false;

  constructor() {
    const stored = Object(readStored(KEY));
    for (const [name, { fallback, isValid, restore }] of Object.entries(SETTINGS)) {
      const value = restore ? restore(stored[name]) : stored[name];
      this.#values[name] = isValid(value) ? value : fallback;
    }
    this.#write();
    this.systemMotion = window.matchMedia(CALM);
    // By one of its own: Chromium's does not tell of a change that has been read from it before, and pictures read.
    this.motionChange = window.matchMedia(CALM);
    this.motionChange.addEventListener("change", () => this.#tell("motion"));
  }

  get(name) {
    return this.#values[name];
  }

  /** Changes a setting, keeps it and tells the watchers; RangeError for a value that it may not have. */
  set(name, value) {
    if (!SETTINGS[name]?.isValid(value)) throw new RangeError(`${name}: ${JSON.stringify(value)} is no valid setting`);
    this.#values[name] = value;
    this.#write();
    this.#tell(name);
  }

  /** Every setting as it was at first, but for those that outlast a reset. */
  reset() {
    for (const [name, { fallback, outlastsReset }] of Object.entries(SETTINGS)) {
      if (!outlastsReset) this.#values[name] = fallback;
    }
    this.#write();
    for (const name of Object.keys(SETTINGS)) this.#tell(name);
  }

  /** Whether settings outlive the page: false where the browser refuses storage. */
  get isKept() {
    return this.#isKept;
  }

  /** Calls `watcher(name)` after every change. */
  watch(watcher) {
    this.#watchers.push(watcher);
  }

  /** Whether motion is to be reduced: as set here, or else as the system says. */
  get isCalm() {
    const motion = this.get("motion");
    return motion === "reduced" || (motion === "system" && this.systemMotion.matches);
  }

  #tell(name) {
    for (const watcher of this.#watchers) watcher(name);
  }

  #write() {
    this.#isKept = writeStored(KEY, this.#values);
  }
}
