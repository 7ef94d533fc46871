// Scripted knights, the same as in Python: sparring partners and test players. No DOM.

import { FIGHTER_MEMORY, fighter_input, reset_fighter } from "../gen/kernel.js";
import rules from "../gen/rules.js";

/** The names of the scripted knights. */
export const FIGHTERS = rules.fighters;

/** One scripted knight in one duel; make it while the duel stands at its start. */
export class ScriptedKnight {
  #kind;
  #memory = new Int32Array(FIGHTER_MEMORY);

  constructor(name, duel) {
    this.#kind = FIGHTERS.indexOf(name);
    if (this.#kind < 0) throw new RangeError(`${name} is not one of ${FIGHTERS.join(", ")}`);
    reset_fighter(duel.state, this.#memory);
  }

  /** The input bitmask for the next tick; call it once a tick. */
  input(duel) {
    return fighter_input(this.#kind, duel.state, this.#memory);
  }
}
