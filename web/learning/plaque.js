// The plaque at the gate: which mind waits there, what is recorded of the fights, and the switch to opt out. The
// mind of the fight under way is named on its panel.

import { byId, textWriter } from "../ui/dom.js";
import { drawSeal } from "./seal.js";
import { consentLine, lessonName, mindLine } from "./wording.js";

export class Plaque {
  #learning;
  #settings;
  #version = null; // of the seal that is drawn
  #writeMind = textWriter(byId("plaque-mind"));
  #writeConsent = textWriter(byId("plaque-consent"));

  /** `learning`: of this folder; `settings`: of ui/settings.js. */
  constructor({ learning, settings }) {
    this.#learning = learning;
    this.#settings = settings;
    byId("plaque-teach").addEventListener("change", (event) => settings.set("teach", event.target.checked));
    learning.watch(() => this.#show());
    this.#show();
  }

  #show() {
    const { stats, isRecording } = this.#learning;
    byId("plaque").hidden = stats === null;
    if (stats === null) return;
    const { version } = stats.mind;
    this.#drawSeal(version);
    const isDreaming = isRecording && stats.learning.state === "learning";
    this.#writeMind(`${mindLine(version)}${isDreaming ? ". It dreams of a fight." : "."}`);
    byId("plaque-seal").classList.toggle("dreaming", isDreaming);
    const isWilling = this.#settings.get("teach");
    this.#writeConsent(consentLine({ isRecording, isWilling, isPublic: stats.learning.public === true }));
    byId("plaque-choice").hidden = !isRecording;
    byId("plaque-teach").checked = isWilling;
  }

  // A new version while somebody looks on glows up.
  #drawSeal(version) {
    if (version === this.#version) return;
    const seal = byId("plaque-seal");
    const isNews = this.#version !== null;
    this.#version = version;
    drawSeal(seal, version);
    seal.classList.toggle("fresh", isNews);
  }
}

/** An observer of `game` that names on the panel which lesson's mind is fought. */
export function panelSeal(game) {
  const line = byId("mind-version");
  return {
    onBegin(kind) {
      const version = kind === "fight" ? game.bout.version : null;
      line.hidden = !version;
      if (!version) return;
      drawSeal(byId("mind-seal"), version);
      byId("mind-lesson").textContent = `as ${lessonName(version)} left it`;
    },
    onLeave() {
      line.hidden = true;
    },
  };
}
