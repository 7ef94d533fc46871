// Keys and buttons named on the page as they are bound at present, on the device that the player used last.
// An element with data-keys="left right" is filled with the first key of each of these actions, one with
// data-tip="mute" gets its label and the key as its tooltip.

import { create } from "./dom.js";

export class KeyHints {
  #controls;

  /** `controls`: of input/controls.js. */
  constructor(controls) {
    this.#controls = controls;
    controls.watch(() => this.refresh());
    this.refresh();
  }

  /** Writes all names anew; call it when elements with hints or labels have changed. */
  refresh() {
    document.documentElement.dataset.device = this.#controls.device;
    for (const element of document.querySelectorAll("[data-keys]")) {
      element.replaceChildren(...element.dataset.keys.split(" ").flatMap((action) => this.#keyOf(action)));
    }
    for (const element of document.querySelectorAll("[data-tip]")) {
      const [name] = this.#controls.namesOf(element.dataset.tip);
      const label = element.getAttribute("aria-label");
      element.title = name && this.#controls.device !== "touch" ? `${label} (${name})` : label;
    }
  }

  #keyOf(action) {
    const name = this.#controls.labelOf(action);
    return name ? [keycap(name)] : [];
  }
}

/** A key as it is drawn on the page. */
export function keycap(name) {
  return create("kbd", name.length > 1 ? "wide" : "", name);
}

/** The nodes of `text`, in which {roll} and the like become the keys of these actions. */
export function withKeys(text, controls) {
  return text.split(/(\{\w+\})/).map((piece) => {
    const action = piece.match(/^\{(\w+)\}$/)?.[1];
    return action ? keycap(controls.labelOf(action)) : document.createTextNode(piece);
  });
}
