// The keyboard as one input bitmask a tick. A key pressed and released between two ticks still counts
// for one tick (latched), so that no tap is lost however slow the frames are. Edges and buffering of
// presses belong to the kernel; this module only samples. All keys are released when focus is lost.

import { ACTION_BITS } from "./bindings.js";

export class Keyboard {
  #table = {}; // code -> name of an action or a command
  #held = new Set();
  #latched = 0;
  #onUse;
  #isPlaying;
  #onCommand;

  /**
   * Listens to `target` (a Window). `isPlaying()` says whether game keys belong to the fight: only then
   * are they taken from the page (Space would scroll, or press a focused button). `onCommand(name, target)`
   * gets every other bound key, repeats and shortcuts left out, and returns true if it used the key; a key of
   * the game that is pressed outside a fight is the command "action". `onUse()`: a key was pressed.
   */
  constructor(target, { isPlaying, onCommand, onUse }) {
    this.#isPlaying = isPlaying;
    this.#onCommand = onCommand;
    this.#onUse = onUse;
    target.addEventListener("keydown", (event) => this.#down(event));
    target.addEventListener("keyup", (event) => this.#up(event));
    target.addEventListener("blur", () => this.release());
  }

  /** Which code means what from now on; every key is released. Escape is not to be changed. */
  bind(table) {
    this.#table = { ...table, Escape: "pause" };
    this.release();
  }

  /** The bitmask of keys held now or tapped since the last call. */
  sample() {
    let bits = this.#latched;
    for (const code of this.#held) bits |= this.#bitOf(code);
    this.#latched = 0;
    return bits;
  }

  /** Forgets every key, held or latched. */
  release() {
    this.#held.clear();
    this.#latched = 0;
  }

  #bitOf(code) {
    return ACTION_BITS[this.#table[code]] ?? 0;
  }

  #down(event) {
    this.#onUse();
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const name = this.#table[event.code];
    if (name === undefined) return;
    const bit = this.#bitOf(event.code);
    if (bit && this.#isPlaying()) {
      event.preventDefault();
      if (event.repeat) return;
      this.#held.add(event.code);
      this.#latched |= bit;
      return;
    }
    if (event.repeat) return;
    if (this.#onCommand(bit ? "action" : name, event.target)) event.preventDefault();
  }

  #up(event) {
    this.#held.delete(event.code);
    if (this.#bitOf(event.code) && this.#isPlaying()) event.preventDefault();
  }
}

/**
 * Gives the next keys pressed in `target` (a Window) to `onKey(code)`, and to nobody else, until the function
 * that it returns is called.
 */
export function captureKeys(target, onKey) {
  const swallow = (event) => {
    event.preventDefault();
    event.stopImmediatePropagation();
  };
  const down = (event) => {
    swallow(event);
    if (!event.repeat) onKey(event.code);
  };
  target.addEventListener("keydown", down, { capture: true });
  return () => {
    target.removeEventListener("keydown", down, { capture: true });
    // The key that ended it is still down: letting it go must not press the button that has the focus.
    target.addEventListener("keyup", swallow, { capture: true, once: true });
  };
}
