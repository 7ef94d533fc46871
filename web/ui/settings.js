// What the page remembers between visits. Storage may be denied (private windows, iframes): then the
// settings last as long as the page.

import rules from "../gen/rules.js";

const KEY = "modular-mind";
const DEFAULTS = { tier: "normal" };

/** Reads the settings; every change through `set` is written back if the browser allows it. */
export class Settings {
  constructor() {
    this.values = { ...DEFAULTS };
    try {
      const stored = JSON.parse(localStorage.getItem(KEY));
      if (rules.tiers.includes(stored?.tier)) this.values.tier = stored.tier;
    } catch {
      // no storage, or nothing readable in it: the defaults stand
    }
  }

  get(name) {
    return this.values[name];
  }

  set(name, value) {
    this.values[name] = value;
    try {
      localStorage.setItem(KEY, JSON.stringify(this.values));
    } catch {
      // no storage: the setting holds until the page is left
    }
  }
}
