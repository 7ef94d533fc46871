// The bar of the training room below the arena: what moves time, what the boss does, what is drawn, the
// live frame data. It only builds and shows; the room hears what is pressed.

import { EXPLORE_ONE } from "../gen/kernel.js";
import rules from "../gen/rules.js";
import { create } from "../ui/dom.js";
import { TIER_NAMES } from "../ui/wording.js";
import { LEGEND, legendSample } from "./boxdrawing.js";
import { BEHAVIOURS } from "./dummies.js";
import { STAGES } from "./framedata.js";
import { Timeline } from "./timeline.js";
import { DISTANCES } from "./vitals.js";

const PACES = [0.25, 0.5, 1];

/** Mistake rates that the room offers: {value in 1/65536, name}. */
const SLIPS = [
  { value: 0, name: "never" },
  ...[...rules.tiers].reverse().map((tier) => ({
    value: rules.tier_explore[tier],
    name: `${Math.round((100 * rules.tier_explore[tier]) / EXPLORE_ONE)}%, as on ${TIER_NAMES[tier]}`,
  })),
];

export class Dock {
  /**
   * `actions`: {hold(), step(ticks), pace(value), again(), boxes(), frames(), leave(), wish(name, value)};
   * `wishes`: of bout.js, shown at first.
   */
  constructor(actions, wishes) {
    this.root = create("div", "room");
    this.root.setAttribute("role", "region");
    this.root.setAttribute("aria-label", "Training room");
    this.holdButton = button("Hold", "H", "Let time stand still, or run on (H)", actions.hold);
    this.boxesButton = button("Boxes", "B", "Show where bodies and blows are (B)", actions.boxes);
    this.paces = PACES.map((pace) => {
      const title = `Run at ${pace * 100}% of the speed`;
      return { pace, button: button(`${pace * 100}%`, "", title, () => actions.pace(pace)) };
    });
    this.root.append(this.#buildTime(actions), this.#buildWishes(actions, wishes));
    this.timeline = new Timeline(this.#buildTimeline());
    this.root.append(buildLegend());
  }

  /** Shows whether time is held, at which pace it runs and whether boxes are drawn. */
  show({ held, pace, boxes }) {
    press(this.holdButton, held);
    press(this.boxesButton, boxes);
    for (const one of this.paces) press(one.button, one.pace === pace);
    this.root.classList.toggle("holding", held);
  }

  #buildTime(actions) {
    const row = create("div", "room-row room-time");
    row.append(
      group("Time", this.holdButton,
        button("+1", ".", "Hold, and go on by one tick (full stop)", () => actions.step(1)),
        button("+6", ",", "Hold, and go on by six ticks, one decision (comma)", () => actions.step(6))),
      group("Speed", ...this.paces.map((one) => one.button)),
      group("Show", this.boxesButton, button("Frame data", "", "Every action in ticks", actions.frames)),
      group("Room", button("Start over", "R", "Both back to their places (R)", actions.again),
        button("Leave", "", "Back to the gate", actions.leave)),
    );
    return row;
  }

  #buildWishes(actions, wishes) {
    const row = create("div", "room-row room-wishes");
    const behaviours = Object.entries(BEHAVIOURS).map(([value, name]) => ({ value, name }));
    const wish = (name) => (value) => actions.wish(name, value);
    row.append(
      choice("The slime", behaviours, wishes.behaviour, wish("behaviour")),
      choice("errs", SLIPS, wishes.explore, (value) => actions.wish("explore", Number(value))),
      choice("Start", DISTANCES, wishes.distance, (value) => actions.wish("distance", Number(value))),
      toggle("Nobody dies", wishes.immortal, wish("immortal")),
      toggle("Endless stamina", wishes.tireless, wish("tireless")),
      toggle("Enraged", wishes.enraged, wish("enraged")),
    );
    return row;
  }

  #buildTimeline() {
    const canvas = create("canvas", "room-timeline");
    canvas.setAttribute("role", "img");
    canvas.setAttribute("aria-label", "What both did in the last two seconds, tick by tick");
    this.root.append(canvas);
    return canvas;
  }
}

function button(text, key, title, action) {
  const element = create("button", "", text);
  element.type = "button";
  element.title = title;
  if (key) element.append(create("kbd", "", key));
  element.addEventListener("click", () => action());
  return element;
}

const press = (element, on) => element.setAttribute("aria-pressed", String(on));

function group(name, ...elements) {
  const root = create("div", "room-group");
  root.setAttribute("role", "group");
  root.setAttribute("aria-label", name);
  root.append(...elements);
  return root;
}

function choice(name, options, value, onChange) {
  const label = create("label", "room-choice", name);
  const select = create("select");
  for (const option of options) select.append(new Option(option.name, option.value, false, option.value === value));
  select.addEventListener("change", () => onChange(select.value));
  label.append(select);
  return label;
}

function toggle(name, on, onChange) {
  const element = button(name, "", "", () => {
    const next = element.getAttribute("aria-pressed") !== "true";
    press(element, next);
    onChange(next);
  });
  element.classList.add("room-toggle");
  press(element, on);
  return element;
}

// What the boxes and the letters of the timeline mean.
function buildLegend() {
  const legend = create("div", "room-legend");
  for (const [kind, words] of LEGEND) {
    const item = create("span", "room-key");
    item.append(legendSample(kind), words);
    legend.append(item);
  }
  const letters = Object.values(STAGES).filter(({ letter }) => letter);
  legend.append(create("span", "room-letters", letters.map(({ letter, name }) => `${letter} ${name}`).join(" · ")));
  return legend;
}
