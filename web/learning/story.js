// What becomes of a fight after its end, told on the ending: on its way, played again, dreamed of, and what that
// changed. An observer of the game.

import { UNKNOWN } from "../net/outbox.js";
import { byId, create, textWriter } from "../ui/dom.js";
import { percentChange, changedHabits, fightStory } from "./wording.js";
import { drawSeal } from "./seal.js";

const MOST_CHANGES = 3; // told here; the laboratory tells all

export class Story {
  #learning;
  #write = textWriter(byId("story-line"));
  #listed = null; // the lesson whose changes are shown

  /** `learning`: of this folder. */
  constructor({ learning }) {
    this.#learning = learning;
    learning.watch(() => this.#show());
  }

  onBegin(kind) {
    if (kind !== "replay") byId("story").hidden = true;
  }

  onOver() {
    this.#show();
  }

  #show() {
    const { followed, found, stats, fate } = this.#learning;
    const isUnderWay = followed !== null && fate.state !== UNKNOWN;
    byId("story").hidden = !isUnderWay;
    if (!isUnderWay) return;
    const { text, isOver, isChange } = fightStory({ fate, found, stats, tier: followed.tier });
    this.#write(text);
    byId("story").classList.toggle("waiting", !isOver);
    byId("story").classList.toggle("changed", Boolean(isChange));
    drawSeal(byId("story-seal"), isChange ? stats.mind.version : followed.version);
    this.#list(isChange ? found.learned : null);
  }

  #list(lesson) {
    if (lesson === this.#listed) return;
    this.#listed = lesson;
    const habits = lesson ? changedHabits(lesson.report.behavior) : [];
    const rows = habits.slice(0, MOST_CHANGES).map(({ name, before, after }) => {
      const row = create("li");
      row.append(create("span", "habit", name), " ", create("span", "change", percentChange(before, after)));
      return row;
    });
    const more = habits.length - rows.length;
    if (lesson && habits.length === 0) rows.push(create("li", "", "No habit of it moved by two points or more."));
    if (more > 0) rows.push(create("li", "more", `and ${more} more`));
    byId("story-changes").replaceChildren(...rows);
    byId("story-lab").hidden = lesson === null;
  }
}
