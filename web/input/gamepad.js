// Gamepads as one input bitmask a tick. The browser only tells what is down at the moment of asking, so
// they are read at every frame and again before every tick; a press that was seen once counts for a tick.
// All gamepads that are connected play alike. Where the browser denies them (in some frames), there are none.

import { ACTION_BITS } from "./bindings.js";

const PRESSED = 0.5; // how far a trigger goes down to count
const AXIS_ON = 0.45; // the dead zone: an axis counts from here
const AXIS_OFF = 0.3; // and until it comes back to here
const REPEAT_AFTER = 420; // milliseconds for which a direction is held in a menu before it repeats
const REPEAT_EVERY = 130;
const RUMBLE = { duration: 160, strongMagnitude: 0.8, weakMagnitude: 0.5 };

/** What a gamepad does in menus, whatever its buttons are bound to in the fight. */
const MENU = {
  Button0: "press",
  Button1: "back",
  Button12: "up",
  Button13: "down",
  Button14: "left",
  Button15: "right",
  "Axis1-": "up",
  "Axis1+": "down",
  "Axis0-": "left",
  "Axis0+": "right",
};
const REPEATING = ["up", "down", "left", "right"];

export class Gamepads {
  #table = {};
  #down = new Set(); // codes that were down when last read
  #ignored = new Set(); // of them those that count only when pressed anew
  #latched = 0;
  #used = null; // index of the gamepad pressed last
  #capture = null;
  #repeatAt = Infinity;
  #request = 0;
  #handlers;

  /**
   * `handlers`: {isPlaying(), onCommand(name), onMenu(what), onUse(id), onLost()}. `onMenu` hears "up",
   * "down", "left", "right", "press" and "back" outside the fight; `onUse` that a button of the gamepad called `id` was
   * pressed; `onLost` that the gamepad used last is gone.
   */
  constructor(handlers) {
    this.#handlers = handlers;
    window.addEventListener("gamepadconnected", () => this.#watch());
    window.addEventListener("gamepaddisconnected", (event) => this.#drop(event.gamepad));
    this.#watch(); // one may have been connected before the page was loaded
  }

  /** Which code means what from now on; every button is released. */
  bind(table) {
    this.#table = table;
    this.release();
  }

  /** The bitmask of buttons down now or pressed since the last call. */
  sample() {
    this.#read();
    let bits = this.#latched;
    for (const code of this.#down) if (!this.#ignored.has(code)) bits |= ACTION_BITS[this.#table[code]] ?? 0;
    this.#latched = 0;
    return bits;
  }

  /** Forgets every button: who still holds one must press it again. */
  release() {
    this.#ignored = new Set(this.#down);
    this.#latched = 0;
  }

  /** Gives the next presses to `onButton(code)` alone, until the function that it returns is called. */
  capture(onButton) {
    this.#capture = onButton;
    return () => {
      this.#capture = null;
      this.release();
    };
  }

  /** Shakes the gamepad used last, if it can. */
  rumble() {
    const gamepad = connected().find(({ index }) => index === this.#used);
    gamepad?.vibrationActuator?.playEffect?.("dual-rumble", RUMBLE)?.catch(() => {}); // not every one can
  }

  #watch() {
    if (this.#request !== 0 || connected().length === 0) return;
    const frame = () => {
      this.#read();
      this.#request = connected().length > 0 ? requestAnimationFrame(frame) : 0;
    };
    this.#request = requestAnimationFrame(frame);
  }

  #drop(gamepad) {
    this.#read();
    if (gamepad.index !== this.#used) return;
    this.#used = null;
    this.#handlers.onLost();
  }

  #read() {
    const now = new Set();
    const pressed = [];
    for (const gamepad of connected()) {
      for (const code of codesDown(gamepad, this.#down)) {
        if (!this.#down.has(code) && !now.has(code)) pressed.push([code, gamepad]);
        now.add(code);
      }
    }
    this.#down = now;
    for (const code of this.#ignored) if (!now.has(code)) this.#ignored.delete(code);
    for (const [code, gamepad] of pressed) this.#press(code, gamepad);
    this.#repeat();
  }

  #press(code, gamepad) {
    if (!document.hasFocus()) return;
    const { isPlaying, onCommand, onMenu, onUse } = this.#handlers;
    this.#used = gamepad.index;
    onUse(gamepad.id);
    if (this.#capture) {
      this.#capture(code);
      return;
    }
    const name = this.#table[code];
    if (isPlaying()) {
      if (name in ACTION_BITS) this.#latched |= ACTION_BITS[name];
      else if (name) onCommand(name);
    } else if (code in MENU) {
      this.#repeatAt = performance.now() + REPEAT_AFTER;
      onMenu(MENU[code]);
    } else if (name && !(name in ACTION_BITS)) {
      onCommand(name);
    }
  }

  #repeat() {
    if (performance.now() < this.#repeatAt || this.#capture || this.#handlers.isPlaying()) return;
    const held = [...this.#down].find((code) => REPEATING.includes(MENU[code]) && !this.#ignored.has(code));
    this.#repeatAt = held ? performance.now() + REPEAT_EVERY : Infinity;
    if (held) this.#handlers.onMenu(MENU[held]);
  }
}

function connected() {
  try {
    return [...(navigator.getGamepads?.() ?? [])].filter((gamepad) => gamepad?.connected);
  } catch {
    return []; // denied by the frame around the page
  }
}

// `before`: what was down when last read; an axis that counted then lets go later than it began.
function codesDown({ buttons, axes }, before) {
  const codes = [];
  for (const [index, button] of buttons.entries()) {
    if (button.pressed || button.value > PRESSED) codes.push(`Button${index}`);
  }
  for (const [index, value] of axes.entries()) {
    for (const [code, way] of [[`Axis${index}-`, -value], [`Axis${index}+`, value]]) {
      if (way > (before.has(code) ? AXIS_OFF : AXIS_ON)) codes.push(code);
    }
  }
  return codes;
}
