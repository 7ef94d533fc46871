// The tab of the settings about the narrator: whether anybody tells, who, by what name the knight goes, and which
// voice speaks on this server.

import { create } from "../ui/dom.js";
import { choice, line, onOff } from "../ui/settings_fields.js";
import { MOST_LETTERS, PERSONAS, nameTrouble, voiceLine } from "./wording.js";

const POWER = {
  name: "narrator",
  label: "Narrator",
  note: "Tells your fights under the arena. Off, nothing is asked of the server; on again from the next fight.",
};
const PERSONA = {
  name: "persona",
  label: "Told by",
  note: "The chronicler is grave, the crowd is loud, and the slime tells it as it sees it.",
  options: Object.entries({ ...PERSONAS, chronicler: "Chronicler" }),
};
const NAME = {
  name: "knightName",
  label: "Knight\u2019s name",
  note: `If you like: up to ${MOST_LETTERS} letters. The server puts it into finished lines.`,
  trouble: nameTrouble,
  placeholder: "the knight",
};

/** The fields of the tab. `settings`: of ui/settings.js; `narrator`: of narrator.js. */
export function narratorFields({ settings, narrator }) {
  const voice = create("p", "narrator-voice");
  voice.id = "narrator-voice";
  voice.setAttribute("role", "status");
  const rest = [choice(settings, PERSONA), line(settings, NAME)];
  const show = () => {
    const isOn = settings.get("narrator");
    voice.textContent = isOn ? voiceLine(narrator.voice) : "Nobody speaks.";
    for (const element of rest) element.classList.toggle("unused", !isOn);
  };
  narrator.watch(show);
  settings.watch((name) => name === "narrator" && show());
  show();
  return [onOff(settings, POWER), ...rest, voice];
}
