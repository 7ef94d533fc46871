// What the boss does in the training room when its mind rests: scripts that choose a move at each decision.
// Pure: no document, no chance.

import * as rules from "../gen/kernel.js";

export const MIND = "mind";
export const ECHO = "echo";

/** The behaviours of the boss, each with its name on the page. */
export const BEHAVIOURS = {
  [MIND]: "follows its mind",
  still: "stands still",
  cleave: "cleaves and cleaves",
  guard: "guards",
  approach: "comes to you",
  retreat: "backs away",
  riposte: "guards, then cleaves",
  [ECHO]: "repeats its last 5 s",
};

export const ECHO_DECISIONS = 50; // decision ticks that are repeated: 5 s

const SCRIPTS = {
  still: () => rules.IDLE,
  cleave: (may) => (may.cleave ? rules.CLEAVE : rules.IDLE),
  guard: (may) => (may.guard ? rules.BLOCK : rules.IDLE),
  approach: () => rules.APPROACH,
  retreat: () => rules.RETREAT,
  riposte: (may, wasStruck) => {
    if (wasStruck && may.cleave) return rules.CLEAVE;
    return may.guard ? rules.BLOCK : rules.IDLE;
  },
};

/** What the boss has chosen lately, by decision tick, and the course of repeating it. */
export class Tape {
  #moves = new Map(); // decision tick -> move
  #echo = null; // {moves, from}

  /** Keeps the choice made at decision tick `k`; only the last ECHO_DECISIONS ticks are kept. */
  record(k, move) {
    this.#moves.set(k, move);
    for (const old of this.#moves.keys()) if (old <= k - ECHO_DECISIONS) this.#moves.delete(old);
  }

  /** Begins to repeat what was kept, as if the round had begun at decision tick `k`. */
  rewind(k) {
    const first = Math.min(...this.#moves.keys());
    const moves = new Map([...this.#moves].map(([at, move]) => [at - first, move]));
    this.#echo = { moves, from: k };
  }

  /** Starts the present round of repeating again at decision tick `k`, with the same moves. */
  restart(k) {
    this.#moves.clear();
    if (this.#echo) this.#echo.from = k;
  }

  /** The move of the repetition at decision tick `k`; IDLE where nothing was chosen. */
  moveAt(k) {
    return this.#echo?.moves.get((k - this.#echo.from) % ECHO_DECISIONS) ?? rules.IDLE;
  }
}

/**
 * The move of script `name` on `observation` (24 integers): `wasStruck` says whether a blow fell on its guard
 * since it last cleaved.
 */
export function scriptedMove(name, observation, wasStruck) {
  const allowed = rules.legal(observation);
  const may = { cleave: Boolean(allowed & (1 << rules.CLEAVE)), guard: Boolean(allowed & (1 << rules.BLOCK)) };
  return SCRIPTS[name](may, wasStruck);
}
