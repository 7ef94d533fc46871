// The screen of settings: sound, picture, play, controls, learning and narrator behind tabs. Every change applies at once
// and is kept, or holds until the page is left where the browser refuses storage.

import { byId, create } from "./dom.js";
import { ControlsEditor } from "./controls_screen.js";
import { choice, onOff, pressTwice, slider } from "./settings_fields.js";
import { TIER_NAMES } from "./wording.js";

const SECTIONS = {
  sound: {
    title: "Sound",
    fields: [
      [slider, { name: "master", label: "Everything" }],
      [slider, { name: "music", label: "Music" }],
      [slider, { name: "effects", label: "Effects" }],
      [onOff, { name: "muted", label: "Mute all" }],
    ],
  },
  picture: {
    title: "Picture",
    fields: [
      [
        choice,
        {
          name: "textSize",
          label: "Text",
          options: [["small", "Small"], ["normal", "Normal"], ["large", "Large"], ["largest", "Largest"]],
        },
      ],
      [
        choice,
        {
          name: "motion",
          label: "Motion",
          note: "Reduced stills the fog, the shaking, the slow motion and the flashes.",
          options: [["system", "As the system"], ["full", "Full"], ["reduced", "Reduced"]],
        },
      ],
      [slider, { name: "shake", label: "Shaking" }],
      [onOff, { name: "flashes", label: "Flashes of light" }],
      [
        onOff,
        {
          name: "highContrast",
          label: "Bold telegraph",
          note: "The warning before a cleave in strong light and dark.",
        },
      ],
    ],
  },
  play: {
    title: "Play",
    fields: [
      [
        choice,
        {
          name: "tier",
          label: "Difficulty",
          note: "From the next fight on. It is always the same mind; it only errs more or less.",
          options: Object.entries(TIER_NAMES),
        },
      ],
      [
        slider,
        {
          name: "speed",
          label: "Game speed",
          least: 70,
          step: 10,
          note: "Slower gives you more time; the fight and its rules stay the same.",
        },
      ],
      [
        choice,
        {
          name: "block",
          label: "Block",
          note: "Toggle: one press raises the shield, the next lowers it.",
          options: [["hold", "Hold"], ["toggle", "Toggle"]],
        },
      ],
      [onOff, { name: "vibration", label: "Vibration", note: "Heavy blows shake a gamepad that can." }],
    ],
  },
  controls: { title: "Controls", fields: [] },
  learning: { title: "Learning", fields: [] },
  narrator: { title: "Narrator", fields: [] },
};
const UNKEPT = "Your browser keeps nothing here: these settings last until you leave the page.";

export class SettingsScreen {
  #overlay;
  #settings;
  #sound;
  #tabs = {};
  #panels = {};
  #selected = "sound";

  /**
   * `settings`, `overlay`: of this folder; `controls`: of input/controls.js; `sound`: of web/audio;
   * `fields`: what the tabs of learning and narrator show, by their names.
   */
  constructor({ settings, overlay, controls, sound, fields }) {
    this.#settings = settings;
    this.#overlay = overlay;
    this.#sound = sound;
    this.editor = new ControlsEditor({ settings, controls, onChange: () => sound.play("ui_move") });
    byId("overlay").append(this.#build());
    for (const [name, elements] of Object.entries(fields)) this.#panels[name].append(...elements);
    this.#select("sound");
    overlay.register("settings", "settings-tab-sound");
    overlay.addButton("menu", "open-settings", "Settings", () => this.open());
    overlay.addButton("paused-buttons", "paused-settings", "Settings", () => this.open());
  }

  /** Shows the screen, at the tab that was open last. */
  open() {
    this.editor.reset();
    this.#overlay.open("settings");
    this.#tabs[this.#selected].focus({ preventScroll: true });
  }

  #build() {
    const screen = create("div", "screen settings");
    screen.id = "settings";
    screen.hidden = true;
    screen.setAttribute("role", "dialog");
    screen.setAttribute("aria-label", "Settings");
    const body = create("div", "settings-body");
    for (const [name, { title, fields }] of Object.entries(SECTIONS)) {
      const panel = create("div", "settings-panel");
      panel.id = `settings-${name}`;
      panel.setAttribute("role", "tabpanel");
      panel.setAttribute("aria-labelledby", `settings-tab-${name}`);
      panel.append(...fields.map(([make, options]) => make(this.#settings, options)));
      this.#panels[name] = panel;
      this.#tabs[name] = this.#buildTab(name, title);
    }
    this.#panels.controls.append(this.editor.root);
    body.addEventListener("change", () => this.#sound.play("ui_move"));
    body.append(...Object.values(this.#panels));
    screen.append(create("h2", "title small", "Settings"), this.#buildTabs(), body, this.#buildFoot());
    return screen;
  }

  #buildTabs() {
    const list = create("div", "tabs");
    list.setAttribute("role", "tablist");
    list.setAttribute("aria-label", "Settings");
    list.append(...Object.values(this.#tabs));
    list.addEventListener("keydown", (event) => this.#moveTab(event));
    return list;
  }

  #buildTab(name, title) {
    const tab = create("button", "tab", title);
    tab.type = "button";
    tab.id = `settings-tab-${name}`;
    tab.setAttribute("role", "tab");
    tab.setAttribute("aria-controls", `settings-${name}`);
    tab.addEventListener("click", () => this.#select(name));
    return tab;
  }

  #buildFoot() {
    const foot = create("div", "settings-foot");
    const note = create("p", "note", UNKEPT);
    note.id = "settings-unkept";
    const showKept = () => {
      note.hidden = this.#settings.isKept;
    };
    this.#settings.watch(showKept);
    showKept();
    const done = create("button", "primary", "Done");
    done.type = "button";
    done.id = "settings-done";
    done.addEventListener("click", () => this.#overlay.back());
    foot.append(note, this.#buildReset(), done);
    return foot;
  }

  #buildReset() {
    return pressTwice("settings-reset", "Reset everything", "Press again to reset everything", () =>
      this.#settings.reset(),
    );
  }

  #select(name) {
    this.#selected = name;
    this.editor.reset();
    for (const [other, tab] of Object.entries(this.#tabs)) {
      tab.setAttribute("aria-selected", String(other === name));
      tab.tabIndex = other === name ? 0 : -1;
      this.#panels[other].hidden = other !== name;
    }
  }

  #moveTab(event) {
    const names = Object.keys(SECTIONS);
    const steps = { ArrowUp: -1, ArrowLeft: -1, ArrowDown: 1, ArrowRight: 1 };
    const step = steps[event.code];
    if (!step) return;
    event.preventDefault();
    const next = names[(names.indexOf(this.#selected) + step + names.length) % names.length];
    this.#select(next);
    this.#tabs[next].focus({ preventScroll: true });
  }
}
