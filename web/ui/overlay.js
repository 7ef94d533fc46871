// What lies over the arena: the gate with tiers and controls, the pause, the ending.
// Exactly one screen is shown, or none during the fight.

import { TIER_NAMES, clockTime, tierLine, tierNote } from "./wording.js";
import { byId, create, textWriter } from "./dom.js";

const SCREENS = ["loading", "gate", "paused", "ending"];
const FOCUS = { gate: "enter", paused: "resume", ending: "again" };

export class Overlay {
  /** `actions`: {enter, resume, again, leave, choose(tier)}; `tier`: the one chosen at first. */
  constructor({ actions, tier, explore }) {
    this.root = byId("overlay");
    this.actions = actions;
    this.explore = explore;
    this.tier = tier;
    this.writeLine = textWriter(byId("tier-line"));
    this.writeLegend = textWriter(byId("legend-tier"));
    const handlers = {
      enter: actions.enter,
      resume: actions.resume,
      "paused-again": actions.again,
      "paused-leave": actions.leave,
      again: actions.again,
      leave: actions.leave,
    };
    for (const [id, handler] of Object.entries(handlers)) byId(id).addEventListener("click", () => handler());
    this.#buildTiers();
  }

  /** Shows the screen `name`, or none for "". */
  show(name) {
    this.root.dataset.screen = name || "none";
    for (const screen of SCREENS) byId(screen).hidden = screen !== name;
    // Without scrolling: in an iframe the page around it must not jump.
    if (FOCUS[name]) byId(FOCUS[name]).focus({ preventScroll: true });
  }

  /** The mistake rates by tier in 1/65536, as the server states them. */
  setExplore(explore) {
    this.explore = explore;
    this.#describeTier();
  }

  /** Fills the ending: `ending` of wording.ENDINGS, `tally`: [name, value] pairs. */
  setEnding(ending, tally) {
    byId("ending").dataset.mood = ending.mood;
    byId("verdict").textContent = ending.verdict;
    byId("epitaph").textContent = ending.epitaph;
    const rows = tally.map(([name, value]) => {
      const row = create("div");
      row.append(create("dt", "", name), create("dd", "", String(value)));
      return row;
    });
    byId("tally").replaceChildren(...rows);
  }

  #buildTiers() {
    const choices = Object.entries(TIER_NAMES).map(([tier, name]) => {
      const label = create("label", "choice");
      const input = create("input");
      input.type = "radio";
      input.name = "tier";
      input.value = tier;
      input.checked = tier === this.tier;
      input.addEventListener("change", () => {
        this.tier = tier;
        this.#describeTier();
        this.actions.choose(tier);
      });
      label.append(input, create("span", "", name));
      return label;
    });
    byId("tier-choices").replaceChildren(...choices);
    this.#describeTier();
  }

  #describeTier() {
    this.writeLine(tierLine(this.tier, this.explore[this.tier]));
    this.writeLegend(tierNote(this.tier, this.explore[this.tier]));
  }
}

/** The rows under an ending. `fight`: of game/fight.js; `counts`: events counted by name; `ticks`: its length. */
export function tallyOf(fight, counts, ticks) {
  const { server, page, mistakes } = fight.decisions;
  return [
    ["Time", clockTime(ticks)],
    ["Blows landed", counts.sword_hit],
    ["Cleaves rolled through", counts.cleave_rolled_through],
    ["Cleaves blocked", counts.cleave_blocked],
    ["Its decisions", server + page],
    ["Of them mistakes", mistakes],
  ];
}
