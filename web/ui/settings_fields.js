// Fields that show a setting and change it at once: a slider, a switch, a choice, a line of text. Each is a native input with
// a label and, if there is something to add, a note; it follows the setting when that changes elsewhere.

import { create } from "./dom.js";

const MOST_TYPED = 40; // characters of a line, more than any setting takes

/** A slider in percent for the setting `name`, a share; `least` to 100 in steps of `step`. */
export function slider(settings, { name, label, note, least = 0, step = 5 }) {
  const input = inputFor(name, "range");
  Object.assign(input, { min: least, max: 100, step });
  const output = create("output");
  output.htmlFor = input.id;
  input.addEventListener("input", () => settings.set(name, Number(input.value) / 100));
  follow(settings, name, (value) => {
    input.value = String(Math.round(value * 100));
    output.textContent = `${input.value}%`;
    input.style.setProperty("--filled", `${(100 * (input.value - least)) / (100 - least)}%`);
  });
  return field("slider", [labelFor(input, label), input, output], input, note);
}

/** A switch for the setting `name`, true or false. */
export function onOff(settings, { name, label, note }) {
  const input = inputFor(name, "checkbox");
  input.addEventListener("change", () => settings.set(name, input.checked));
  follow(settings, name, (value) => {
    input.checked = value;
  });
  return field("switch", [labelFor(input, label), input], input, note);
}

/** One of several values for the setting `name`; `options`: [value, text] pairs. */
export function choice(settings, { name, label, note, options }) {
  const row = create("div", "choices");
  const inputs = options.map(([value, text]) => {
    const input = inputFor(name, "radio");
    input.id += `-${value}`;
    input.name = `setting-${name}`;
    input.addEventListener("change", () => settings.set(name, value));
    const option = create("label", "choice");
    option.append(input, create("span", "", text));
    row.append(option);
    return [input, value];
  });
  follow(settings, name, (now) => {
    for (const [input, value] of inputs) input.checked = value === now;
  });
  const group = create("fieldset", "field choice-field");
  const body = create("div", "field-row");
  body.append(create("span", "field-label", label), row);
  group.append(create("legend", "unseen", label), body);
  group.querySelector(".field-label").setAttribute("aria-hidden", "true");
  describe(group, group, name, note);
  return group;
}

/**
 * A line of text for the setting `name`. `trouble(text)`: what is wrong with a text, or "" where it may be the
 * setting's value; the setting keeps its last good one meanwhile.
 */
export function line(settings, { name, label, note, trouble, placeholder }) {
  const input = inputFor(name, "text");
  Object.assign(input, { placeholder, autocomplete: "off", spellcheck: false, maxLength: MOST_TYPED });
  const element = field("line", [labelFor(input, label), input], input, note);
  const error = create("p", "field-error");
  error.id = `${input.id}-error`;
  error.setAttribute("role", "alert");
  input.setAttribute("aria-errormessage", error.id);
  element.querySelector(".field-row").after(error);
  const complain = (words) => {
    error.textContent = words;
    input.setAttribute("aria-invalid", String(words !== ""));
  };
  input.addEventListener("input", () => {
    const text = input.value.trim();
    complain(trouble(text));
    if (error.textContent === "") settings.set(name, text);
  });
  // Its letters are no keys of the game.
  input.addEventListener("keydown", (event) => event.code !== "Escape" && event.stopPropagation());
  follow(settings, name, (value) => {
    if (input.value.trim() !== value) input.value = value;
    complain("");
  });
  return element;
}

/** Something to press or to switch that is no setting of the page: `control`, with a label and a note. */
export function row(label, control, note) {
  const isSwitch = control.type === "checkbox";
  const name = isSwitch ? labelFor(control, label) : create("span", "field-label", label);
  return field(isSwitch ? "switch" : "action", [name, control], control, note);
}

/**
 * A button that asks once more before it acts: one that was meant to be another must not undo what took an
 * evening. `ask`, `sure`: its text before the first and the second press.
 */
export function pressTwice(id, ask, sure, action) {
  const button = create("button", "", ask);
  button.type = "button";
  button.id = id;
  button.addEventListener("click", () => {
    const isSure = button.textContent === sure;
    button.textContent = isSure ? ask : sure;
    if (isSure) action();
  });
  button.addEventListener("blur", () => {
    button.textContent = ask;
  });
  return button;
}

function inputFor(name, type) {
  const input = create("input");
  input.type = type;
  input.id = `setting-${name}`;
  return input;
}

function labelFor(input, text) {
  const label = create("label", "field-label", text);
  label.htmlFor = input.id;
  return label;
}

function field(kind, parts, input, note) {
  const element = create("div", `field ${kind}-field`);
  const row = create("div", "field-row");
  row.append(...parts);
  element.append(row);
  describe(element, input, input.id, note);
  return element;
}

function describe(element, described, id, note) {
  if (note === undefined) return;
  const text = create("p", "note", note);
  text.id = `${id}-note`;
  described.setAttribute("aria-describedby", text.id);
  element.append(text);
}

function follow(settings, name, show) {
  settings.watch((changed) => {
    if (changed === name) show(settings.get(name));
  });
  show(settings.get(name));
}
