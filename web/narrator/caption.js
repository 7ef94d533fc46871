// The box under the arena: the newest line, and a mark of who told it. The box has its place and its height whether
// or not anybody speaks. A line is said to screen readers once, when it is settled: when the model's has come, when
// it can no longer come in time, or when the next line is here.

import { byId, textWriter } from "../ui/dom.js";
import { drawMark } from "./mark.js";
import { toldBy } from "./wording.js";

const PATIENCE = 1500; // milliseconds in which the model's line may still come to be said
const SIZES = [1, 0.93, 0.86, 0.8, 0.74]; // of the text: the largest in which a line fits

export class Caption {
  #page = byId("page");
  #text = byId("narrator-line");
  #mark = byId("narrator-mark");
  #write = textWriter(byId("narrator-said"));
  #unsaid = null; // the line that is not yet settled
  #said = -1; // the number of the line said last
  #timer = null;

  constructor() {
    new ResizeObserver(() => this.#fit()).observe(byId("narrator"));
  }

  /** Keeps a place for lines on the page, or not. */
  setPlace(on) {
    this.#page.classList.toggle("told", on);
  }

  /** Hides the box, and forgets what was in it. */
  clear() {
    this.hide();
    clearTimeout(this.#timer);
    this.#unsaid = null;
    this.#said = -1;
    this.#text.textContent = "";
    this.#write("");
  }

  hide() {
    this.#page.classList.remove("telling");
  }

  /** Shows `line`, which is new, or a better one for the same moment; `voice`: who speaks here, as far as known. */
  show(line, { isNew, voice }) {
    this.#page.classList.add("telling");
    this.#text.textContent = line.text;
    this.#fit();
    this.describe(line, voice);
    this.#enter(isNew);
    this.#settle(line, line.by === "model" || voice?.speaks === "bard");
  }

  /** Says on the mark who told `line`, and who speaks. */
  describe(line, voice) {
    drawMark(this.#mark, line.by, toldBy(line, voice));
  }

  // Restarts the entrance. Reduced motion and tests have none (style.css).
  #enter(isNew) {
    this.#text.classList.remove("enters", "changes");
    void this.#text.offsetWidth; // or the animation would not begin anew
    this.#text.classList.add(isNew ? "enters" : "changes");
  }

  // In the largest size in which the box holds all of it.
  #fit() {
    for (const size of SIZES) {
      this.#text.style.setProperty("--size", size);
      if (this.#text.scrollHeight <= this.#text.clientHeight + 1) return;
    }
  }

  #settle(line, isSettled) {
    const before = this.#unsaid && this.#unsaid.line !== line.line ? this.#unsaid.text : "";
    if (before && !isSettled) this.#say();
    if (line.line === this.#said) return;
    const isWaiting = this.#unsaid !== null;
    this.#unsaid = line;
    if (isSettled) this.#say(before);
    else if (!isWaiting) this.#timer = setTimeout(() => this.#say(), PATIENCE);
  }

  // `before`: the line before it, where that was not said yet; two texts in one moment would be one.
  #say(before = "") {
    clearTimeout(this.#timer);
    this.#write(`${before} ${this.#unsaid.text}`.trim());
    this.#said = this.#unsaid.line;
    this.#unsaid = null;
  }
}
