// What came of the player's fights, by tier: counted once a fight is decided, kept in the browser's
// storage, and checked when it is read: whatever does not add up is forgotten, tier by tier.

import { BOSS_WINS, KNIGHT_WINS, TIMEOUT_TICKS } from "../gen/kernel.js";
import rules from "../gen/rules.js";
import { readStored, writeStored } from "../ui/storage.js";

const KEY = "modular-mind-records";
const VERSION = 1;
const MOST = 1e7; // fights; nobody has fought more
const COUNTS = ["fights", "wins", "losses", "streak", "bestStreak", "unwon"];
const FRESH = {
  fights: 0, // decided ones, draws and those that ran out of time among them
  wins: 0,
  losses: 0,
  streak: 0, // wins in a row up to the last fight
  bestStreak: 0,
  unwon: 0, // losses in a row up to the last fight
  bestTime: null, // ticks of the shortest win
  helped: false, // whether help has been offered once
};

export class Records {
  #tiers;
  #isKept = true; // false: the storage refuses, and what is in memory is all there is

  constructor() {
    this.#tiers = readTiers();
  }

  /** The record of a tier, with the fields of FRESH. */
  of(tier) {
    return this.#tiers[tier];
  }

  /** Decided fights on all tiers. */
  get fights() {
    return rules.tiers.reduce((sum, tier) => sum + this.#tiers[tier].fights, 0);
  }

  /**
   * Counts a fight on `tier` that was decided after `ticks`. Returns what is remarkable about it: {isFirstWin,
   * isBestTime, isBestStreak, streak, unwon}.
   */
  note(tier, outcome, ticks) {
    if (this.#isKept) this.#tiers = readTiers(); // another window may have written since
    const before = this.#tiers[tier];
    const isWin = outcome === KNIGHT_WINS;
    const isBestTime = isWin && (before.bestTime === null || ticks < before.bestTime);
    const streak = isWin ? before.streak + 1 : 0;
    const after = {
      ...before,
      fights: before.fights + 1,
      wins: before.wins + (isWin ? 1 : 0),
      losses: before.losses + (outcome === BOSS_WINS ? 1 : 0),
      streak,
      bestStreak: Math.max(before.bestStreak, streak),
      unwon: outcome === BOSS_WINS ? before.unwon + 1 : 0,
      bestTime: isBestTime ? ticks : before.bestTime,
    };
    this.#write({ ...this.#tiers, [tier]: after });
    return {
      isFirstWin: isWin && before.wins === 0,
      isBestTime: isBestTime && before.bestTime !== null,
      isBestStreak: streak > before.bestStreak && streak > 1,
      streak,
      unwon: after.unwon,
    };
  }

  /** Remembers that help was offered on `tier`: once is enough. */
  noteHelp(tier) {
    this.#write({ ...this.#tiers, [tier]: { ...this.#tiers[tier], helped: true } });
  }

  /** Forgets every fight. */
  reset() {
    this.#write(Object.fromEntries(rules.tiers.map((tier) => [tier, { ...FRESH }])));
  }

  #write(tiers) {
    this.#tiers = tiers;
    this.#isKept = writeStored(KEY, { version: VERSION, tiers });
  }
}

function readTiers() {
  const stored = readStored(KEY);
  const tiers = stored?.version === VERSION ? Object(stored.tiers) : {};
  return Object.fromEntries(rules.tiers.map((tier) => [tier, checked(tiers[tier])]));
}

// The record if every number of it can be true, else a fresh one.
function checked(record) {
  if (typeof record !== "object" || record === null) return { ...FRESH };
  const { fights, wins, losses, streak, bestStreak, unwon, bestTime, helped } = record;
  const areCounts = COUNTS.every((name) => Number.isInteger(record[name]) && record[name] >= 0 && record[name] < MOST);
  const isTime = Number.isInteger(bestTime) && bestTime > 0 && bestTime <= TIMEOUT_TICKS;
  const isSound =
    areCounts &&
    wins + losses <= fights &&
    streak <= bestStreak &&
    bestStreak <= wins &&
    unwon <= losses &&
    (wins > 0 ? isTime : bestTime === null) &&
    typeof helped === "boolean";
  return isSound ? { fights, wins, losses, streak, bestStreak, unwon, bestTime, helped } : { ...FRESH };
}
