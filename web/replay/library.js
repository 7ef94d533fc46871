// The last fights, kept in the browser's storage as far as it allows, and else for as long as the page is open.

import { ONGOING } from "../gen/kernel.js";
import rules from "../gen/rules.js";
import { readStored, writeStored } from "../ui/storage.js";
import { MOST_CHARACTERS } from "./text.js";

const KEY = "modular-mind-replays";
const MOST_FIGHTS = 10;

export class Library {
  #fights = readFights();

  /** The fights, latest first: {text, tier, outcome, ticks, bossHealth}; text: of replay/text.js. */
  get fights() {
    return this.#fights;
  }

  /** Keeps a fight, in place of the oldest where there is no room. */
  add(fight) {
    this.#fights = [fight, ...this.#fights].slice(0, MOST_FIGHTS);
    this.#write();
  }

  remove(fight) {
    this.#fights = this.#fights.filter((other) => other !== fight);
    this.#write();
  }

  // Where there is no storage, or no room in it, the list lasts until the page is left.
  #write() {
    writeStored(KEY, this.#fights);
  }
}

// What is stored may have been written by an older page, or by hand.
function readFights() {
  const stored = readStored(KEY);
  return Array.isArray(stored) ? stored.filter(isFight).slice(0, MOST_FIGHTS) : [];
}

function isFight(fight) {
  const { text, tier, outcome, ticks, bossHealth } = Object(fight);
  const isText = typeof text === "string" && text.length <= MOST_CHARACTERS;
  const areNumbers = [outcome, ticks, bossHealth].every(Number.isInteger);
  return isText && areNumbers && rules.tiers.includes(tier) && outcome > ONGOING && outcome in rules.outcomes;
}
