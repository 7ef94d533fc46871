// The chronicle of the last fight, on a screen of its own behind the ending: every line with its time and its
// teller, to be copied or shared as text.

import { byId, create } from "../ui/dom.js";
import { clockTime } from "../ui/wording.js";
import { drawMark } from "./mark.js";
import { chronicleHeading, chronicleText, tellerOf, tellers, toldBy } from "./wording.js";

const DONE_FOR = 1600; // milliseconds

export class Chronicle {
  #overlay;
  #told = { lines: [], about: null, voice: null };
  #button;
  #heading = create("p", "chronicle-heading");
  #list = create("ol", "chronicle-lines");
  #foot = create("p", "chronicle-foot");
  #status = create("p", "chronicle-status");
  #byHand = create("textarea", "chronicle-text");
  #copyButton = textButton("chronicle-copy", "Copy", () => this.#copy());

  /** Builds the screen in the overlay, and the button on the ending that opens it. */
  constructor(overlay) {
    this.#overlay = overlay;
    byId("overlay").append(this.#build());
    overlay.register("chronicle", "chronicle-copy");
    this.#button = overlay.addButton("ending-buttons", "open-chronicle", "Chronicle", () => this.#open());
    this.#button.hidden = true;
  }

  /**
   * What there is to tell: `lines` of a Tale, `about` the fight ({tier, outcome, ticks}; null while it is not over),
   * `voice` who speaks here.
   */
  show(told) {
    this.#told = told;
    const { lines, about } = told;
    this.#button.hidden = about === null || lines.length === 0;
    if (!this.#button.hidden) this.#fill();
  }

  #open() {
    this.#say("");
    this.#overlay.open("chronicle");
    byId("chronicle-frame").scrollTop = 0;
  }

  #build() {
    const screen = create("section", "screen chronicle");
    screen.id = "chronicle";
    screen.hidden = true;
    screen.setAttribute("role", "dialog");
    screen.setAttribute("aria-labelledby", "chronicle-title");
    const title = create("h2", "title small", "The chronicle");
    title.id = "chronicle-title";
    const frame = create("div", "chronicle-frame");
    frame.id = "chronicle-frame";
    frame.tabIndex = 0;
    frame.setAttribute("role", "region");
    frame.setAttribute("aria-label", "What was told of the fight");
    frame.append(this.#list);
    this.#byHand.id = "chronicle-text";
    this.#byHand.readOnly = true;
    this.#byHand.setAttribute("aria-label", "The chronicle as text");
    this.#status.id = "chronicle-status";
    this.#status.setAttribute("role", "status");
    this.#foot.id = "chronicle-foot";
    this.#heading.id = "chronicle-heading";
    screen.append(title, this.#heading, frame, this.#byHand, this.#foot, this.#status, this.#buildButtons());
    return screen;
  }

  #buildButtons() {
    const share = textButton("chronicle-share", "Share", () => this.#share());
    share.hidden = typeof navigator.share !== "function";
    this.#copyButton.className = "primary";
    const row = create("div", "buttons");
    row.append(this.#copyButton, share, textButton("chronicle-back", "Back", () => this.#overlay.back()));
    return row;
  }

  #fill() {
    const { lines, about, voice } = this.#told;
    this.#heading.textContent = chronicleHeading(about);
    this.#list.replaceChildren(...lines.map((line, i) => row(line, lines[i - 1], voice)));
    this.#foot.textContent = tellers(lines, voice);
  }

  get #text() {
    const { lines, about, voice } = this.#told;
    return chronicleText(lines, about, voice);
  }

  // In a frame the browser may refuse the clipboard: then the text is selected, to be copied by hand.
  async #copy() {
    const text = this.#text;
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      this.#say("The browser does not let the page copy. The text is selected: copy it by hand.", text);
      return;
    }
    this.#say("Copied.");
    this.#copyButton.textContent = "Copied";
    setTimeout(() => {
      this.#copyButton.textContent = "Copy";
    }, DONE_FOR);
  }

  async #share() {
    try {
      await navigator.share({ title: "The Fire Knight and the Demon Slime", text: this.#text });
    } catch (error) {
      if (error.name !== "AbortError") await this.#copy(); // sharing is refused here
    }
  }

  #say(words, byHand = "") {
    this.#status.textContent = words;
    this.#byHand.hidden = byHand === "";
    byId("chronicle-frame").hidden = byHand !== "";
    this.#byHand.value = byHand;
    if (byHand === "") return;
    this.#byHand.focus({ preventScroll: true });
    this.#byHand.select();
  }
}

// A line; the teller is named where it changes.
function row(line, before, voice) {
  const element = create("li");
  const mark = create("span", "teller-mark");
  mark.setAttribute("role", "img");
  drawMark(mark, line.by, toldBy(line, voice && { ...voice, reason: null })); // that there is none now is not why
  const said = create("p", "", line.text);
  const teller = tellerOf(line, before);
  if (teller) said.prepend(create("b", "teller", `${teller}: `));
  element.append(create("time", "", clockTime(line.tick)), mark, said);
  return element;
}

function textButton(id, text, action) {
  const button = create("button", "", text);
  button.type = "button";
  button.id = id;
  button.addEventListener("click", () => action());
  return button;
}
