// The last seconds before the knight fell, and who in the boss's mind struck: the caption over the picture.

import { CLEAVE } from "../gen/kernel.js";
import rules from "../gen/rules.js";
import { attribute } from "../mind/attribution.js";
import { byId, create } from "../ui/dom.js";
import { SPECIALIST_COLOURS } from "../ui/mindgraph.js";

export const KILLCAM_PACE = 0.5;
const LEAD = 66; // ticks shown before the decision
const NAMES = new RegExp(`(${rules.specialists.join("|")})`);

/** The tick at which the last seconds of `course` (course.js) begin. */
export function killcamStart(course) {
  const decision = course.decisions[course.blow];
  return Math.max(0, decision.tick - LEAD);
}

/** One line on who drove the blow that felled the knight. `mind`: of mind/mind.js, or null if it is not known here. */
export function blameFor(record, course, mind) {
  if (!mind) return "The mind that struck is not known here: nobody can say what drove it.";
  const { mistake, probability, without, drivers, remaining } = attribute(mind, record, course.decisions[course.blow]);
  const move = `${rules.moves[CLEAVE]} ${percent(probability)}`;
  if (mistake) {
    const chose = `the dice chose ${rules.moves[CLEAVE]}, which the mind itself held at`;
    return `A deliberate mistake killed you: ${chose} ${percent(probability)}.`;
  }
  const names = drivers.map((specialist) => rules.specialists[specialist]);
  if (names.length === 1) return `${names[0]} drove it: ${move}, without it ${percent(remaining)}.`;
  const nobody = "No single specialist: each could be missing.";
  if (names.length === 0) return `${nobody} ${move}, without any one of them still ${percent(Math.min(...without))}.`;
  const together = `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  const all = names.length === 2 ? "both" : "all three";
  return `${nobody} ${together} drove it together: ${move}, without ${all} ${percent(remaining)}.`;
}

function percent(share) {
  return `${Math.round(100 * share)}%`;
}

/** The dark bands of the killcam and what is written in them. */
export class KillcamView {
  /** Builds it over the stage; `skip()` is called by its button. */
  constructor(skip) {
    this.root = create("div", "killcam");
    this.root.id = "killcam";
    this.root.hidden = true;
    this.caption = create("p", "killcam-caption");
    this.caption.id = "killcam-caption";
    this.text = "";
    const button = create("button", "", "Skip");
    button.type = "button";
    button.id = "killcam-skip";
    button.addEventListener("click", skip);
    this.button = button;
    const top = create("div", "killcam-band top");
    const bottom = create("div", "killcam-band bottom");
    top.append(create("span", "", "The blow that felled you"), button);
    bottom.append(this.caption);
    this.root.append(top, bottom);
    byId("stage").append(this.root);
  }

  /** Writes the caption, each specialist's name in its colour. */
  write(text) {
    if (text === this.text) return;
    this.text = text;
    const parts = text.split(NAMES).map((part) => {
      const index = rules.specialists.indexOf(part);
      if (index < 0) return part;
      const name = create("b", "", part);
      name.style.color = SPECIALIST_COLOURS[index];
      return name;
    });
    this.caption.replaceChildren(...parts);
  }

  /** Shows the bands, or takes them away. */
  setVisible(visible) {
    this.root.hidden = !visible;
    if (visible) this.button.focus({ preventScroll: true });
    this.write("");
  }
}
