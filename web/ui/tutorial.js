// Teaching: a line of keys in a newcomer's first fight, ticked off while the Aegis lasts, and the First
// steps, a practice bout against a boss that acts by a script. What was done is read from the kernel's event bits;
// the duel itself is never stopped or touched. An observer of the game.

import * as rules from "../gen/kernel.js";
import { TutorialBout } from "../game/tutorial_bout.js";
import { byId, create } from "./dom.js";
import { withKeys } from "./key_hints.js";
import { FIRST_KEYS, FIRST_STEPS } from "./lessons.js";
import { readStored, writeStored } from "./storage.js";

const KEY = "modular-mind-tutorial";
const PRAISE_TICKS = 84; // how long a step that was done is shown
const SETTLE_TICKS = 40; // the keys stay this long when all are ticked off
const SLOW_AFTER = 3; // failed tries of a step, then the bout runs slower
const SLOW_PACE = 0.6;

export class Tutorial {
  #game;
  #overlay;
  #records;
  #bout = null; // of the First steps
  #keys = null; // of the first fight: the elements still to be ticked off, by action
  #leaves = 0; // ticks until the keys go
  #step = 0; // index into FIRST_STEPS
  #praised = 0; // ticks left to praise the step that was just done
  #walked = 0; // ticks
  #tries = 0; // failed ones of this step
  #rolledAt = 0; // ticks into the wind-up at which the last roll began; 0: it has not
  #isSeen; // whether a lesson has been seen through, now or at an earlier visit

  /** `records`: of game/records.js; the others as main.js builds them. */
  constructor({ game, overlay, records }) {
    this.#game = game;
    this.#overlay = overlay;
    this.#records = records;
    this.#isSeen = readStored(KEY)?.seen === true;
    this.root = byId("lesson");
    overlay.register("awake", "awake-enter");
    const button = overlay.addButton("menu", "first-steps", "First steps", () => this.begin());
    button.classList.toggle("suggested", this.#isNewcomer);
    byId("lesson-skip").addEventListener("click", () => {
      game.view.focusStage();
      this.#next();
    });
    byId("awake-enter").addEventListener("click", () => {
      game.settings.set("tier", "easy");
      game.enter();
    });
    byId("awake-leave").addEventListener("click", () => overlay.back());
  }

  /** Begins the First steps. */
  begin() {
    this.#game.sound.unlock();
    this.#bout = new TutorialBout();
    this.#game.begin(this.#bout, "practice");
    this.#game.view.focusStage();
    this.#show(0);
  }

  onBegin(kind) {
    this.root.hidden = true;
    this.#keys = null;
    if (kind === "fight" && this.#isNewcomer) this.#showKeys();
  }

  onTick(events) {
    if (this.#keys) this.#tickOff(events);
    else if (this.#isTeaching) this.#follow(events);
  }

  onEnd() {
    if (this.#keys) this.#hideKeys();
  }

  onLeave() {
    this.root.hidden = true;
    this.#keys = null;
    this.#bout = null;
  }

  get #isNewcomer() {
    return !this.#isSeen && this.#records.fights === 0;
  }

  get #isTeaching() {
    return this.#bout !== null && this.#game.bout === this.#bout;
  }

  #remember() {
    this.#isSeen = true;
    writeStored(KEY, { seen: true });
    byId("first-steps").classList.remove("suggested");
  }

  // ------------------------------------------------------------------------------- a first fight
  #showKeys() {
    const items = FIRST_KEYS.map(({ text }) => {
      const item = create("span", "lesson-key");
      item.append(...withKeys(text, this.#game.input));
      return item;
    });
    this.#keys = new Map(FIRST_KEYS.map((key, i) => [key, items[i]]));
    this.#leaves = 0;
    this.root.dataset.kind = "keys";
    byId("lesson-text").replaceChildren(...items);
    byId("lesson-note").textContent = "";
    this.root.hidden = false;
  }

  #tickOff(events) {
    for (const [key, item] of this.#keys) {
      if (!key.isDone(events, this.#game.state)) continue;
      item.classList.add("done");
      this.#keys.delete(key);
      if (this.#keys.size === 0) this.#leaves = SETTLE_TICKS;
    }
    if (this.#leaves > 0) this.#leaves -= 1;
    const isDone = this.#keys.size === 0 && this.#leaves === 0;
    if (isDone || this.#game.state[rules.KNIGHT_AEGIS] === 0) this.#hideKeys();
  }

  #hideKeys() {
    this.#keys = null;
    this.root.hidden = true;
    this.#remember();
  }

  // ------------------------------------------------------------------------------- the First steps
  #show(step) {
    const { text, boss } = FIRST_STEPS[step];
    this.#step = step;
    this.#praised = 0;
    this.#walked = 0;
    this.#tries = 0;
    this.#rolledAt = 0;
    this.#game.pace = 1;
    this.#bout.isStriking = boss !== "waits";
    this.#bout.isShieldTested = boss === "tests the shield";
    this.root.dataset.kind = "step";
    this.root.classList.remove("praised");
    byId("lesson-text").replaceChildren(...withKeys(text, this.#game.input));
    byId("lesson-note").textContent = "";
    byId("lesson-progress").replaceChildren(...FIRST_STEPS.map((_, i) => create("i", i < step ? "done" : "")));
    this.root.hidden = false;
  }

  #follow(events) {
    const { state } = this.#game;
    if (this.#praised > 0) {
      this.#praised -= 1;
      if (this.#praised === 0) this.#next();
      return;
    }
    if (state[rules.KNIGHT_MOVING] !== 0) this.#walked += 1;
    if (events & rules.EVENT_WINDUP_STARTED) this.#rolledAt = 0;
    if (events & rules.EVENT_ROLL_STARTED && state[rules.BOSS_PHASE] === rules.BOSS_WINDUP) {
      this.#rolledAt = state[rules.BOSS_TIMER];
    }
    const { isDone, praise, advice } = FIRST_STEPS[this.#step];
    if (isDone({ events, state, walked: this.#walked })) {
      this.#praise(praise);
      return;
    }
    const words = advice?.({ events, state, rolledAt: this.#rolledAt });
    if (!words) return;
    byId("lesson-note").replaceChildren(...withKeys(words, this.#game.input));
    if (this.#bout.isStriking) this.#tries += 1;
    if (this.#tries >= SLOW_AFTER) this.#game.pace = SLOW_PACE;
  }

  #praise(words) {
    this.#praised = PRAISE_TICKS;
    this.#game.sound.play("tutorial_step");
    this.#bout.isStriking = false;
    this.root.classList.add("praised");
    byId("lesson-progress").children[this.#step].className = "done";
    byId("lesson-text").textContent = words;
    byId("lesson-note").textContent = "";
  }

  #next() {
    if (!this.#isTeaching) return;
    if (this.#step + 1 < FIRST_STEPS.length) {
      this.#show(this.#step + 1);
      return;
    }
    this.#remember();
    this.#game.showGate();
    this.#overlay.open("awake");
  }
}
