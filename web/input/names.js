// What keys and gamepad buttons are called. Keys have the codes of KeyboardEvent.code, which name a place on
// the keyboard; what is printed there depends on the player's layout. Gamepad codes are made here:
// "Button0" to "Button31", and "Axis0-" and "Axis0+" for the two ways of an axis.

// Keys that may be bound, except letters and digits. Tab moves the focus, Escape always pauses and goes
// back, F1 to F12 and the modifiers of shortcuts are the browser's.
const KEYS = {
  ArrowLeft: "\u2190",
  ArrowRight: "\u2192",
  ArrowUp: "\u2191",
  ArrowDown: "\u2193",
  Space: "Space",
  Enter: "Enter",
  Backspace: "Backspace",
  ShiftLeft: "Left Shift",
  ShiftRight: "Right Shift",
  CapsLock: "Caps Lock",
  Insert: "Insert",
  Delete: "Delete",
  Home: "Home",
  End: "End",
  PageUp: "Page Up",
  PageDown: "Page Down",
  Minus: "-",
  Equal: "=",
  BracketLeft: "[",
  BracketRight: "]",
  Backslash: "\\",
  Semicolon: ";",
  Quote: "'",
  Backquote: "`",
  Comma: ",",
  Period: ".",
  Slash: "/",
  IntlBackslash: "<",
  IntlRo: "Ro",
  IntlYen: "Yen",
  NumpadAdd: "Num +",
  NumpadSubtract: "Num -",
  NumpadMultiply: "Num *",
  NumpadDivide: "Num /",
  NumpadDecimal: "Num .",
  NumpadEnter: "Num Enter",
};
const PLAIN_KEY = /^(?:Key([A-Z])|Digit([0-9])|Numpad([0-9]))$/;
const BUTTON = /^Button([12]?[0-9]|3[01])$/;
const AXIS = /^Axis([0-9])([-+])$/;

// Buttons 0 to 11 of the standard mapping, by the maker whose name the gamepad carries.
const SIDES = { xbox: ["LB", "RB", "LT", "RT"], playstation: ["L1", "R1", "L2", "R2"], nintendo: ["L", "R", "ZL", "ZR"] };
const BUTTONS = {
  xbox: ["A", "B", "X", "Y", ...SIDES.xbox, "View", "Menu", "LS", "RS"],
  playstation: ["Cross", "Circle", "Square", "Triangle", ...SIDES.playstation, "Share", "Options", "L3", "R3"],
  nintendo: ["B", "A", "Y", "X", ...SIDES.nintendo, "Minus", "Plus", "L stick", "R stick"],
};
const PAD = ["Pad \u2191", "Pad \u2193", "Pad \u2190", "Pad \u2192", "Home"]; // buttons 12 to 16
const STICKS = [
  ["\u2190", "\u2192"],
  ["\u2191", "\u2193"],
];

/** Whether `code` is a key that may be bound. */
export function isKey(code) {
  return typeof code === "string" && (PLAIN_KEY.test(code) || Object.hasOwn(KEYS, code));
}

/** Whether `code` is a button or a way of an axis. */
export function isButton(code) {
  return typeof code === "string" && (BUTTON.test(code) || AXIS.test(code));
}

/** What is printed on a key, where the browser tells the layout (a Map from code to character), else from its code. */
export function keyName(code, layout = null) {
  if (code === "Escape") return "Esc";
  const printed = layout?.get(code);
  if (printed) return printed.toUpperCase().length === 1 ? printed.toUpperCase() : printed;
  const [, letter, digit, numeral] = PLAIN_KEY.exec(code) ?? [];
  return letter ?? digit ?? (numeral ? `Num ${numeral}` : KEYS[code]);
}

/** The name of a gamepad's button or axis; `id`: what the gamepad calls itself. */
export function buttonName(code, id = "") {
  const axis = AXIS.exec(code);
  if (axis) {
    const [index, end] = [Number(axis[1]), axis[2] === "-" ? 0 : 1];
    if (index > 3) return `Axis ${index} ${axis[2]}`;
    return `${index < 2 ? "Stick" : "R stick"} ${STICKS[index % 2][end]}`;
  }
  const index = Number(BUTTON.exec(code)[1]);
  return BUTTONS[makerOf(id)][index] ?? PAD[index - 12] ?? `Button ${index}`;
}

function makerOf(id) {
  if (/054c|playstation|dualshock|dualsense/i.test(id)) return "playstation";
  if (/057e|nintendo|joy-con|switch/i.test(id)) return "nintendo";
  return "xbox";
}
