// Every way of playing as one source of input: the bits of a tick from keyboard, gamepads and the on-screen
// pad, and the commands of the page (pause, mute, ...) by name. It also knows what the player used last and
// what the keys and buttons are called, for everything on the page that names them.

import { INPUT_BLOCK } from "../gen/kernel.js";
import { byId } from "../ui/dom.js";
import { DEVICES, tableOf } from "./bindings.js";
import { Gamepads } from "./gamepad.js";
import { captureKeys, Keyboard } from "./keyboard.js";
import { buttonName, keyName } from "./names.js";
import { TouchPad } from "./touch.js";

const TOUCH_LABELS = { left: "\u2190", right: "\u2192", roll: "roll", attack: "sword", block: "shield" };

export class Controls {
  #settings;
  #keyboard;
  #gamepads;
  #touch;
  #layout = null; // Map from key code to what is printed on it, where the browser tells
  #gamepadId = "";
  #watchers = [];
  #isBlocking = false; // toggled on
  #wasBlockDown = false;

  /**
   * `isPlaying()`: whether game keys belong to the fight. `onCommand(name, target)`: a command's key was
   * pressed at `target` while it means one; returns true if it was used. `onMenu(what)`: a gamepad moves in
   * the menus. `onLost()`: the gamepad in use is gone.
   */
  constructor({ settings, isPlaying, onCommand, onMenu, onLost }) {
    this.#settings = settings;
    /** What the player used last: "keyboard" (and mouse), "gamepad" or "touch". */
    this.device = window.matchMedia("(hover: none) and (pointer: coarse)").matches ? "touch" : "keyboard";
    this.#keyboard = new Keyboard(window, { isPlaying, onCommand, onUse: () => this.#use("keyboard") });
    this.#touch = new TouchPad(byId("pad"));
    this.#gamepads = new Gamepads({
      isPlaying,
      onCommand: (name) => onCommand(name, document.activeElement),
      onMenu,
      onUse: (id) => this.#use("gamepad", id),
      onLost: () => {
        if (this.device === "gamepad") onLost();
      },
    });
    this.#watchPointers();
    document.addEventListener("visibilitychange", () => this.release());
    settings.watch((name) => {
      if (name === "bindings") this.#bind();
      if (name === "block") this.release();
    });
    this.#bind();
    this.#readLayout();
  }

  /** The input of a tick: a bitmask of what is held now or was pressed since the last call. */
  sample() {
    const bits = this.#keyboard.sample() | this.#gamepads.sample() | this.#touch.sample();
    if (this.#settings.get("block") === "hold") return bits;
    const isBlockDown = (bits & INPUT_BLOCK) !== 0;
    if (isBlockDown && !this.#wasBlockDown) this.#toggleBlock(!this.#isBlocking);
    this.#wasBlockDown = isBlockDown;
    return this.#isBlocking ? bits | INPUT_BLOCK : bits & ~INPUT_BLOCK;
  }

  /** Lets everything go, a toggled block too. */
  release() {
    this.#keyboard.release();
    this.#gamepads.release();
    this.#touch.release();
    this.#wasBlockDown = false;
    this.#toggleBlock(false);
  }

  /** Gives the next keys and gamepad buttons to `onCode(device, code)` alone; returns a function that ends it. */
  capture(onCode) {
    const ends = [
      captureKeys(window, (code) => onCode("keyboard", code)),
      this.#gamepads.capture((code) => onCode("gamepad", code)),
    ];
    return () => ends.forEach((end) => end());
  }

  /** Shakes the gamepad if it is in use and may. */
  rumble() {
    if (this.device === "gamepad" && this.#settings.get("vibration")) this.#gamepads.rumble();
  }

  /** The name of a key or button for the player, "" for an empty code. */
  nameOf(device, code) {
    if (!code) return "";
    return device === "gamepad" ? buttonName(code, this.#gamepadId) : keyName(code, this.#layout);
  }

  /** The names of what does `action` (of input/bindings.js) now, on the device used last. */
  namesOf(action) {
    const device = this.device === "gamepad" ? "gamepad" : "keyboard";
    const codes = this.#settings.get("bindings")[device][action] ?? [];
    const fixed = device === "keyboard" && action === "pause" ? ["Escape"] : [];
    return [...fixed, ...codes.filter(Boolean)].map((code) => this.nameOf(device, code));
  }

  /** What the player has to look for to do `action`: its first key or button, or its place on the pad. */
  labelOf(action) {
    return (this.device === "touch" && TOUCH_LABELS[action]) || (this.namesOf(action)[0] ?? "");
  }

  /** Calls `watcher()` whenever names may have changed: bindings, layout, or the device used last. */
  watch(watcher) {
    this.#watchers.push(watcher);
  }

  #tell() {
    for (const watcher of this.#watchers) watcher();
  }

  #bind() {
    const [keyboard, gamepad] = DEVICES.map((device) => tableOf(this.#settings.get("bindings"), device));
    this.#keyboard.bind(keyboard);
    this.#gamepads.bind(gamepad);
    this.#tell();
  }

  #use(device, id = this.#gamepadId) {
    if (device === this.device && id === this.#gamepadId) return;
    this.device = device;
    this.#gamepadId = id;
    this.#tell();
  }

  // What was used changes the layout, so it counts only after the click: else that would miss its target.
  #watchPointers() {
    let pressed = null;
    window.addEventListener("pointerdown", ({ pointerType }) => {
      pressed = pointerType === "touch" ? "touch" : "keyboard";
    });
    window.addEventListener("click", () => {
      if (pressed) this.#use(pressed); // a click made by a key or a gamepad was preceded by no press
      pressed = null;
    });
  }

  #toggleBlock(on) {
    this.#isBlocking = on;
    this.#touch.showBlock(on);
  }

  async #readLayout() {
    try {
      this.#layout = await navigator.keyboard.getLayoutMap();
    } catch {
      return; // unknown to this browser, or denied by the frame around the page
    }
    this.#tell();
  }
}
