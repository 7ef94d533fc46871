// The on-screen pad as one input bitmask a tick: a rocker for walking under one thumb and round buttons
// under the other, with the same latching as the keyboard's. Every finger counts by itself; on the rocker
// it may slide from one way to the other, elsewhere it holds its button until it is lifted or taken away.

import { INPUT_BLOCK, INPUT_LEFT, INPUT_RIGHT } from "../gen/kernel.js";

const DEAD_ZONE = 0.06; // of the rocker's width, either side of its centre: there the last way holds

export class TouchPad {
  #held = new Map(); // pointer id -> bit
  #latched = 0;
  #rocker;
  #block;

  /** `root` holds an element with data-rocker, and buttons with data-bit. */
  constructor(root) {
    this.#rocker = root.querySelector("[data-rocker]");
    this.#block = root.querySelector(`[data-bit="${INPUT_BLOCK}"]`);
    this.#listen(this.#rocker, (event) => this.#wayOf(event));
    this.#rocker.addEventListener("pointermove", (event) => {
      if (this.#held.has(event.pointerId)) this.#hold(event.pointerId, this.#wayOf(event));
    });
    for (const button of root.querySelectorAll("[data-bit]")) this.#listen(button, () => Number(button.dataset.bit));
    root.addEventListener("contextmenu", (event) => event.preventDefault());
  }

  /** The bitmask of buttons held now or tapped since the last call. */
  sample() {
    let bits = this.#latched;
    for (const bit of this.#held.values()) bits |= bit;
    this.#latched = 0;
    return bits;
  }

  /** Forgets every finger. */
  release() {
    this.#held.clear();
    this.#latched = 0;
    this.#showRocker();
  }

  /** Marks the block button as held although no finger is on it: blocking was toggled on. */
  showBlock(on) {
    this.#block.classList.toggle("is-on", on);
  }

  #listen(element, bitOf) {
    element.addEventListener("pointerdown", (event) => {
      event.preventDefault();
      element.setPointerCapture(event.pointerId);
      this.#hold(event.pointerId, bitOf(event));
    });
    for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
      element.addEventListener(end, (event) => {
        this.#held.delete(event.pointerId);
        this.#showRocker();
      });
    }
  }

  #hold(pointer, bit) {
    if (this.#held.get(pointer) === bit) return;
    this.#held.set(pointer, bit);
    this.#latched |= bit;
    this.#showRocker();
  }

  #wayOf({ pointerId, clientX }) {
    const { left, width } = this.#rocker.getBoundingClientRect();
    const aside = (clientX - left) / width - 0.5;
    const last = this.#held.get(pointerId);
    if (last && Math.abs(aside) < DEAD_ZONE) return last;
    return aside < 0 ? INPUT_LEFT : INPUT_RIGHT;
  }

  #showRocker() {
    const bits = [...this.#held.values()];
    const isLeft = bits.includes(INPUT_LEFT);
    const isRight = bits.includes(INPUT_RIGHT);
    this.#rocker.dataset.way = isLeft === isRight ? "" : isLeft ? "left" : "right";
  }
}
