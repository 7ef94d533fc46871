// On-screen buttons as one input bitmask a tick, for devices without a keyboard: the same latching as
// the keyboard's. A finger may slide off a button: it lets go when it is lifted or taken away.

/** Every element under `root` with a data-bit attribute holds that bit while it is pressed. */
export class TouchPad {
  constructor(root) {
    this.held = new Map(); // pointer id -> bit
    this.latched = 0;
    for (const button of root.querySelectorAll("[data-bit]")) {
      const bit = Number(button.dataset.bit);
      button.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        this.held.set(event.pointerId, bit);
        this.latched |= bit;
      });
      for (const end of ["pointerup", "pointercancel", "lostpointercapture"]) {
        button.addEventListener(end, (event) => this.held.delete(event.pointerId));
      }
      button.addEventListener("contextmenu", (event) => event.preventDefault());
    }
  }

  /** The bitmask of buttons held now or tapped since the last call. */
  sample() {
    let bits = this.latched;
    for (const bit of this.held.values()) bits |= bit;
    this.latched = 0;
    return bits;
  }

  /** Forgets every finger. */
  release() {
    this.held.clear();
    this.latched = 0;
  }
}
