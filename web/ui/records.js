// The player's record on the page: the screen with the numbers of every tier, and the button that forgets
// them, which asks first.

import rules from "../gen/rules.js";
import { byId, create } from "./dom.js";
import { TIER_NAMES, clockTime } from "./wording.js";

const NONE = "\u2013"; // an en dash, where there is no number yet

export class RecordsScreen {
  /** `records`: of game/records.js; `overlay`: of ui/overlay.js. */
  constructor({ records, overlay }) {
    this.records = records;
    overlay.register("records", "records-back");
    overlay.addButton("menu", "open-records", "Records", () => {
      this.#show();
      overlay.open("records");
    });
    byId("records-back").addEventListener("click", () => overlay.back());
    byId("records-reset").addEventListener("click", () => this.#ask(true));
    byId("records-keep").addEventListener("click", () => this.#ask(false));
    byId("records-forget").addEventListener("click", () => {
      records.reset();
      this.#show();
    });
  }

  #show() {
    const rows = rules.tiers.map((tier) => rowOf(TIER_NAMES[tier], this.records.of(tier)));
    byId("records-rows").replaceChildren(...rows);
    byId("records-total").textContent = totalLine(this.records.fights);
    byId("records-reset").disabled = this.records.fights === 0;
    this.#ask(false);
  }

  // Whether the question stands in the place of the button that raises it.
  #ask(on) {
    const hadFocus = byId("records-question").contains(document.activeElement);
    byId("records-question").hidden = !on;
    byId("records-reset").hidden = on;
    if (on) byId("records-keep").focus({ preventScroll: true });
    else if (hadFocus) byId("records-back").focus({ preventScroll: true });
  }
}

function rowOf(name, { fights, wins, losses, streak, bestStreak, bestTime }) {
  const row = create("tr");
  const heading = create("th", "", name);
  heading.scope = "row";
  const time = bestTime === null ? NONE : clockTime(bestTime);
  const cells = fights === 0 ? Array(6).fill(NONE) : [fights, wins, losses, streak, bestStreak, time];
  row.append(heading, ...cells.map((value) => create("td", "", String(value))));
  return row;
}

function totalLine(fights) {
  if (fights === 0) return "No fight has been decided yet.";
  return fights === 1 ? "One fight decided." : `${fights} fights decided.`;
}
