// Which keys and buttons do what. A value of bindings is plain data, as it is stored:
//
//     {version: 1, keyboard: {roll: ["Space", ""], ...}, gamepad: {roll: ["Button0", "Button1"], ...}}
//
// Every action has two places a device, "" being an empty one. On one device a code has one meaning, and
// what cannot be done without always keeps a code. Values are never changed: `place` makes a new one.

import { INPUT_ATTACK, INPUT_BLOCK, INPUT_LEFT, INPUT_RIGHT, INPUT_ROLL } from "../gen/kernel.js";
import { isButton, isKey } from "./names.js";

const VERSION = 1;
export const PLACES = 2;

/** What the knight does: name -> its bit of a tick's input. */
export const ACTION_BITS = {
  left: INPUT_LEFT,
  right: INPUT_RIGHT,
  roll: INPUT_ROLL,
  attack: INPUT_ATTACK,
  block: INPUT_BLOCK,
};
/** What else can be bound: commands of game/commands.js. In menus a gamepad confirms with its own button. */
export const COMMANDS = {
  keyboard: ["pause", "again", "confirm", "mute", "fullscreen"],
  gamepad: ["pause", "again", "mute", "fullscreen"],
};
export const DEVICES = ["keyboard", "gamepad"];

const IS_CODE = { keyboard: isKey, gamepad: isButton };
const ACTIONS = Object.keys(ACTION_BITS);
// The keyboard's pause needs no key of its own, since Escape always pauses; the rest has buttons on the page.
const NEEDED = { keyboard: ACTIONS, gamepad: [...ACTIONS, "pause"] };

export const DEFAULT_BINDINGS = {
  version: VERSION,
  keyboard: {
    left: ["ArrowLeft", "KeyA"],
    right: ["ArrowRight", "KeyD"],
    roll: ["Space", "ShiftLeft"],
    attack: ["KeyJ", "KeyX"],
    block: ["KeyK", "KeyC"],
    pause: ["KeyP", ""],
    again: ["KeyR", ""],
    confirm: ["Enter", "NumpadEnter"],
    mute: ["KeyM", ""],
    fullscreen: ["KeyF", ""],
  },
  gamepad: {
    left: ["Button14", "Axis0-"],
    right: ["Button15", "Axis0+"],
    roll: ["Button0", "Button1"],
    attack: ["Button2", "Button5"],
    block: ["Button4", "Button6"],
    pause: ["Button9", ""],
    again: ["Button3", ""],
    mute: ["", ""],
    fullscreen: ["", ""],
  },
};

/** The names that can be bound on `device`, in the order in which they are shown. */
export function namesOf(device) {
  return [...ACTIONS, ...COMMANDS[device]];
}

export function isCode(device, code) {
  return IS_CODE[device](code);
}

/** {code: name} of what is bound on `device`. */
export function tableOf(bindings, device) {
  const pairs = namesOf(device).flatMap((name) => bindings[device][name].map((code) => [code, name]));
  return Object.fromEntries(pairs.filter(([code]) => code));
}

/** Where `code` is bound: {name, index}, or null. */
export function placeOf(bindings, device, code) {
  for (const name of namesOf(device)) {
    const index = code ? bindings[device][name].indexOf(code) : -1;
    if (index >= 0) return { name, index };
  }
  return null;
}

/**
 * New bindings with `code` ("" empties it) at `place` ({name, index}). If another place held it, the two
 * swap. Null if something that is needed would be left without any code.
 */
export function place(bindings, device, { name, index }, code) {
  const codes = structuredClone(bindings[device]);
  const former = placeOf(bindings, device, code);
  if (former) codes[former.name][former.index] = codes[name][index];
  codes[name][index] = code;
  const isComplete = NEEDED[device].every((needed) => codes[needed].some(Boolean));
  return isComplete ? { ...bindings, [device]: codes } : null;
}

/**
 * The bindings in `stored`, which may be anything: unknown names and codes are dropped, and so is a code's
 * second meaning. A device that lacks what is needed gets its defaults.
 */
export function restoreBindings(stored) {
  if (stored?.version !== VERSION) return DEFAULT_BINDINGS;
  const devices = DEVICES.map((device) => [device, restoreDevice(stored[device], device)]);
  return { version: VERSION, ...Object.fromEntries(devices) };
}

function restoreDevice(stored, device) {
  const taken = new Set();
  const keep = (code) => {
    const isKept = isCode(device, code) && !taken.has(code);
    if (isKept) taken.add(code);
    return isKept ? code : "";
  };
  const entries = namesOf(device).map((name) => {
    const codes = Array.isArray(stored?.[name]) ? stored[name] : [];
    return [name, Array.from({ length: PLACES }, (_, index) => keep(codes[index]))];
  });
  const codes = Object.fromEntries(entries);
  return NEEDED[device].every((name) => codes[name].some(Boolean)) ? codes : DEFAULT_BINDINGS[device];
}

/** Whether `value` is exactly what `restoreBindings` would make of it. */
export function isBindings(value) {
  return JSON.stringify(restoreBindings(value)) === JSON.stringify(value);
}
