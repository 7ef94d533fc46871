// What lies over the arena: the gate with tiers and controls, the pause, the ending, and the screens that
// other modules register. Exactly one screen is shown, or none during the fight; a screen that was opened
// from another one leads back to it.

import { TIER_NAMES, clockTime, tierLine, tierNote } from "./wording.js";
import { byId, create, textWriter } from "./dom.js";

// screen -> what has the focus when it appears
const SCREENS = { loading: null, gate: "enter", paused: "resume", ending: "again", failure: null };
// The order of the gate's menu; what is not named here comes last.
const MENU_ORDER = ["First steps", "Training room", "Replays", "Records", "Settings", "Laboratory"];

export class Overlay {
  /**
   * `actions`: {enter, resume, again, leave, choose(tier)}; `tier`: the one chosen at first; `explore`: mistake
   * rates by tier; `recordOf(tier)`: the player's record there in a line.
   */
  constructor({ actions, tier, explore, recordOf }) {
    this.root = byId("overlay");
    this.actions = actions;
    this.explore = explore;
    this.recordOf = recordOf;
    this.tier = tier;
    this.screens = new Map(Object.entries(SCREENS));
    this.current = "loading";
    this.behind = []; // screens to go back to, each with the element that had the focus
    this.writeLine = textWriter(byId("tier-line"));
    this.writeRecord = textWriter(byId("tier-record"));
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

  /** Adds the screen whose element is #name; `focus`: the id of what has the focus when it appears. */
  register(name, focus) {
    this.screens.set(name, focus);
  }

  /** Adds a button #id to the row `place`: "menu" (of the gate), "paused-buttons" or "ending-buttons". */
  addButton(place, id, text, action) {
    const button = create("button", "", text);
    button.type = "button";
    button.id = id;
    button.addEventListener("click", () => action());
    byId(place).append(button);
    if (place === "menu") this.#orderMenu();
    return button;
  }

  #orderMenu() {
    const rank = (item) => (MENU_ORDER.indexOf(item.textContent) + MENU_ORDER.length + 1) % (MENU_ORDER.length + 1);
    byId("menu").append(...Array.from(byId("menu").children).sort((a, b) => rank(a) - rank(b)));
  }

  /** Fits the pause to what is paused: only a fight can be begun again there. */
  setKind(kind) {
    byId("paused-again").hidden = kind !== "fight";
  }

  /** Shows the screen `name`, or none for "". */
  show(name) {
    this.behind = [];
    this.#change(name);
    this.#focus(this.screens.get(name));
  }

  /** Shows the screen `name` over the present one; `back` returns there. */
  open(name) {
    this.behind.push({ name: this.current, focused: document.activeElement });
    this.#change(name);
    this.#focus(this.screens.get(name));
  }

  /** Returns to the screen from which the present one was opened; false if there is none. */
  back() {
    const last = this.behind.pop();
    if (!last) return false;
    this.#change(last.name);
    last.focused?.focus({ preventScroll: true });
    return true;
  }

  #change(name) {
    this.current = name;
    if (name === "gate") this.#describeTier();
    this.root.dataset.screen = name || "none";
    for (const screen of this.screens.keys()) byId(screen).hidden = screen !== name;
    this.root.scrollTop = 0;
  }

  // Without scrolling: in an iframe the page around it must not jump.
  #focus(id) {
    if (id) byId(id).focus({ preventScroll: true });
  }

  /** The tier is chosen, here or elsewhere. */
  setTier(tier) {
    this.tier = tier;
    for (const input of byId("tier-choices").querySelectorAll("input")) input.checked = input.value === tier;
    this.#describeTier();
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
      input.addEventListener("change", () => this.actions.choose(tier));
      label.append(input, create("span", "", name));
      return label;
    });
    byId("tier-choices").replaceChildren(...choices);
    this.#describeTier();
  }

  #describeTier() {
    this.writeRecord(this.recordOf(this.tier));
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
