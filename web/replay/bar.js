// The bar under the stage while a recorded fight is shown: a track with the marks of the fight, playing and
// stepping, speed, the keys that were held, and what can be done with the replay. It only shows and asks; the
// player (player.js) acts.

import rules from "../gen/rules.js";
import { create, textWriter } from "../ui/dom.js";
import { clockTime } from "../ui/wording.js";

export const SPEEDS = [0.25, 0.5, 1, 2];
const MARK_NAMES = {
  taken: "A hit taken",
  landed: "A hit landed",
  enrage: "Enraged",
  fall: "The knight falls",
  victory: "The slime falls",
};
const KEY_MARKS = { left: "←", right: "→", roll: "roll", attack: "strike", block: "block" };
const ICONS = {
  start: "M6 5h2.4v14H6zM19 5v14L9.5 12z",
  back: "M15.6 5h2.4v14h-2.4zM13 5v14L5 12z",
  play: "M7 4.5v15L19 12z",
  pause: "M6.6 5h3.6v14H6.6zM13.8 5h3.6v14h-3.6z",
  again: "M12 5a7 7 0 1 1-6.7 5h2.3A4.8 4.8 0 1 0 12 7.2V10L7.5 6 12 2z",
  forward: "M6 5h2.4v14H6zM11 5v14l8-7z",
};
const SVG = "http://www.w3.org/2000/svg";
const TEXT_EVERY = 6; // ticks between two texts of the time while it plays

export class ReplayBar {
  /**
   * Builds the bar in `dock`. `actions`: {toggle, restart, step(ticks), scrub(tick), grab, release, speed(pace),
   * copy, save, fight, leave}, called by its controls.
   */
  constructor(dock, actions) {
    this.actions = actions;
    this.root = create("div", "replay-bar");
    this.root.id = "replay-bar";
    this.root.hidden = true;
    this.root.setAttribute("role", "group");
    this.root.setAttribute("aria-label", "Replay");
    this.note = create("p", "replay-note");
    this.note.setAttribute("role", "status");
    this.writeNote = textWriter(this.note);
    this.root.append(this.#buildTrack(), this.#buildControls(), this.note);
    // Whoever clicks with a pointer goes on with the keys of the replay, and space means the button of playing.
    this.root.addEventListener("click", (event) => {
      if (event.detail > 0 && event.target !== this.track && !this.root.hidden) this.focus();
    });
    dock.append(this.root);
  }

  /** Shows the bar for a fight: `course` of course.js. */
  show(course) {
    this.ticks = course.ticks;
    this.track.max = String(course.ticks);
    const marks = course.marks.map(({ tick, kind }) => {
      const mark = create("i", `mark ${kind}`);
      mark.style.left = `${(100 * tick) / course.ticks}%`;
      mark.title = `${MARK_NAMES[kind]} at ${clockTime(tick)}`;
      return mark;
    });
    this.marks.replaceChildren(...marks);
    this.writeNote("");
    this.root.hidden = false;
  }

  hide() {
    this.root.hidden = true;
  }

  /** `tick`: where it stands; `input`: the keys held there; `isRunning`, `isOver`: it plays, it has come to its end. */
  update({ tick, input, isRunning, isOver, pace }) {
    this.track.value = String(tick);
    this.track.style.setProperty("--done", `${(100 * tick) / this.ticks}%`);
    if (!isRunning || tick % TEXT_EVERY === 0) {
      this.track.setAttribute("aria-valuetext", `${clockTime(tick)} of ${clockTime(this.ticks)}`);
      this.writeTime(`${exactTime(tick)} / ${clockTime(this.ticks)}`);
    }
    const state = isOver ? "again" : isRunning ? "pause" : "play";
    if (this.toggle.dataset.state !== state) this.#setToggle(state);
    for (const [bit, lamp] of this.lamps.entries()) lamp.classList.toggle("on", ((input >> bit) & 1) === 1);
    for (const button of this.speeds) button.setAttribute("aria-pressed", String(Number(button.value) === pace));
  }

  /** Puts the focus on the button that plays. */
  focus() {
    this.toggle.focus({ preventScroll: true });
  }

  #buildTrack() {
    const row = create("div", "replay-track");
    this.track = create("input");
    Object.assign(this.track, { type: "range", id: "replay-track", min: "0", step: "1", value: "0" });
    this.track.setAttribute("aria-label", "Moment of the fight");
    this.track.addEventListener("pointerdown", () => this.actions.grab());
    this.track.addEventListener("input", () => this.actions.scrub(Number(this.track.value)));
    for (const end of ["pointerup", "pointercancel"]) this.track.addEventListener(end, () => this.actions.release());
    this.marks = create("div", "replay-marks");
    this.marks.id = "replay-marks";
    const place = create("div", "replay-place");
    place.append(this.track, this.marks);
    const time = create("span", "replay-time");
    time.id = "replay-time";
    this.writeTime = textWriter(time);
    row.append(place, time);
    return row;
  }

  #buildControls() {
    const row = create("div", "replay-controls");
    const { actions } = this;
    this.toggle = iconButton("replay-toggle", "play", "Play", () => actions.toggle());
    row.append(
      group("Playing", [
        iconButton("replay-start", "start", "From the start (Home)", () => actions.restart()),
        iconButton("replay-back", "back", "One tick back (left arrow)", () => actions.step(-1)),
        this.toggle,
        iconButton("replay-forward", "forward", "One tick on (right arrow)", () => actions.step(1)),
      ]),
      group("Speed", this.#buildSpeeds()),
      this.#buildLamps(),
      group("This replay", [
        textButton("replay-copy", "Copy link", () => actions.copy()),
        textButton("replay-save", "Save file", () => actions.save()),
        textButton("replay-fight", "Fight it yourself", () => actions.fight()),
        textButton("replay-leave", "Leave", () => actions.leave()),
      ]),
    );
    return row;
  }

  #buildSpeeds() {
    this.speeds = SPEEDS.map((pace) => {
      const button = textButton(`replay-speed-${pace}`, `${pace}×`, () => this.actions.speed(pace));
      button.value = String(pace);
      return button;
    });
    return this.speeds;
  }

  #buildLamps() {
    const row = create("span", "replay-lamps");
    row.setAttribute("aria-hidden", "true");
    this.lamps = rules.inputs.map((name) => create("span", "lamp", KEY_MARKS[name]));
    row.append(...this.lamps);
    return row;
  }

  #setToggle(state) {
    const names = { play: "Play (space)", pause: "Pause (space)", again: "Again from the start (space)" };
    this.toggle.dataset.state = state;
    this.toggle.setAttribute("aria-label", names[state]);
    this.toggle.title = names[state];
    this.toggle.replaceChildren(icon(state));
  }
}

function exactTime(ticks) {
  return `${clockTime(ticks)}.${String(ticks % 60).padStart(2, "0")}`;
}

function group(label, children) {
  const element = create("span", "replay-group");
  element.setAttribute("role", "group");
  element.setAttribute("aria-label", label);
  element.append(...children);
  return element;
}

function textButton(id, text, action) {
  const button = create("button", "", text);
  button.type = "button";
  button.id = id;
  button.addEventListener("click", action);
  return button;
}

function iconButton(id, name, label, action) {
  const button = textButton(id, "", action);
  button.className = "replay-icon";
  button.setAttribute("aria-label", label);
  button.title = label;
  button.append(icon(name));
  return button;
}

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}
