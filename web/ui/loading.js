// What is seen until the game can begin: a line that burns as far as the parts have come, and, when a part
// that is needed does not come, the failure screen with a button that fetches it again. Sounds and music
// are no part of it: nobody waits for them.

import { byId, textWriter } from "./dom.js";

/** Shows the failure screen: `text` says what failed, `retry` is called by its button. */
export function showFailure(text, retry) {
  byId("overlay").dataset.screen = "failure";
  for (const screen of document.querySelectorAll(".screen")) screen.hidden = screen.id !== "failure";
  byId("failure-text").textContent = text;
  const button = byId("failure-retry");
  button.onclick = retry;
  button.focus({ preventScroll: true });
}

export class Loading {
  /** `parts`: {name: {share, words, failed}}; the shares of the line add up to 1. */
  constructor(parts) {
    this.parts = parts;
    this.done = Object.fromEntries(Object.keys(parts).map((name) => [name, 0]));
    this.line = byId("loading-line");
    this.writeWords = textWriter(byId("loading-words"));
    this.#show();
  }

  /**
   * Resolves to what `load(report)` does; a failure is shown, and the player may have it loaded again.
   * `report(loaded, total)` moves the line.
   */
  async need(name, load) {
    for (;;) {
      try {
        return this.#finish(name, await load((loaded, total) => this.#report(name, loaded / total)));
      } catch (error) {
        await this.#askAgain(`${this.parts[name].failed}: ${error.message}.`);
      }
    }
  }

  /** Waits for `promise`, whether it holds or fails, but not longer than `patience` milliseconds (or Infinity). */
  async want(name, promise, patience) {
    const settled = promise.catch(() => {}).then(() => this.#finish(name));
    if (patience === Infinity) await settled;
    else await Promise.race([settled, new Promise((resolve) => setTimeout(resolve, patience))]);
  }

  #askAgain(text) {
    return new Promise((resolve) => {
      showFailure(text, () => {
        byId("overlay").dataset.screen = "loading";
        byId("failure").hidden = true;
        byId("loading").hidden = false;
        resolve();
      });
    });
  }

  #finish(name, result) {
    this.#report(name, 1);
    return result;
  }

  #report(name, share) {
    this.done[name] = Math.max(this.done[name], share);
    this.#show();
  }

  #show() {
    const entries = Object.entries(this.parts);
    const share = entries.reduce((sum, [name, part]) => sum + part.share * this.done[name], 0);
    const [, awaited] = entries.find(([name]) => this.done[name] < 1) ?? entries.at(-1);
    this.writeWords(awaited.words);
    this.line.style.setProperty("--share", share.toFixed(3));
    this.line.setAttribute("aria-valuenow", String(Math.round(share * 100)));
  }
}
