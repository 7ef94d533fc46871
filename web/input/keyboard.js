// The keyboard as one input bitmask a tick. A key pressed and released between two ticks still counts
// for one tick (latched), so that no tap is lost however slow the frames are. Edges and buffering of
// presses belong to the kernel; this module only samples. All keys are released when focus is lost.

import { INPUT_ATTACK, INPUT_BLOCK, INPUT_LEFT, INPUT_RIGHT, INPUT_ROLL } from "../gen/kernel.js";

const BIT_OF_CODE = {
  ArrowLeft: INPUT_LEFT,
  KeyA: INPUT_LEFT,
  ArrowRight: INPUT_RIGHT,
  KeyD: INPUT_RIGHT,
  Space: INPUT_ROLL,
  KeyJ: INPUT_ATTACK,
  KeyK: INPUT_BLOCK,
};

/**
 * Listens to `target` (a Window). `isPlaying()` says whether game keys belong to the fight: only then
 * are they taken from the page (Space would scroll, or press a focused button). `onCommand(code)` gets
 * every other key press, repeats and shortcuts left out, and returns true if it used the key.
 */
export class Keyboard {
  constructor(target, { isPlaying, onCommand }) {
    this.held = new Set();
    this.latched = 0;
    this.isPlaying = isPlaying;
    this.onCommand = onCommand;
    target.addEventListener("keydown", (event) => this.#down(event));
    target.addEventListener("keyup", (event) => this.#up(event));
    target.addEventListener("blur", () => this.release());
  }

  /** The bitmask of keys held now or tapped since the last call. */
  sample() {
    let bits = this.latched;
    for (const code of this.held) bits |= BIT_OF_CODE[code];
    this.latched = 0;
    return bits;
  }

  /** Forgets every key, held or latched. */
  release() {
    this.held.clear();
    this.latched = 0;
  }

  #down(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const bit = BIT_OF_CODE[event.code];
    if (bit !== undefined && this.isPlaying()) {
      event.preventDefault();
      if (event.repeat) return;
      this.held.add(event.code);
      this.latched |= bit;
      return;
    }
    if (!event.repeat && this.onCommand(event.code, event.target)) event.preventDefault();
  }

  #up(event) {
    if (BIT_OF_CODE[event.code] === undefined) return;
    this.held.delete(event.code);
    if (this.isPlaying()) event.preventDefault();
  }
}
