// The words about the narrator: who tells, who speaks, the player's name for the knight, and the chronicle as text.

import { ENDINGS, TIER_NAMES, clockTime } from "../ui/wording.js";

/** Who tells, by the names that the server knows. */
export const PERSONAS = { chronicler: "The chronicler", crowd: "The crowd", slime: "The slime" };

export const MOST_LETTERS = 16; // of the knight's name
const NAME = /^(?:[\p{L}\p{N}]\p{M}{0,3})+(?:[ '\u2019-](?:[\p{L}\p{N}]\p{M}{0,3})+)*$/u; // as the server's
const HERE = ["llama.cpp", "transformers"]; // backends that run on the server itself

/** What is wrong with `name` for the knight, or "". No name is as good as any. */
export function nameTrouble(name) {
  if (name === "") return "";
  const { length } = [...name];
  if (length > MOST_LETTERS) return `A name has at most ${MOST_LETTERS} letters; this one has ${length}.`;
  if (/^[ '\u2019-]|[ '\u2019-]$/u.test(name)) return "A name begins and ends with a letter or a digit.";
  if (NAME.test(name)) return "";
  const strange = [...name].find((letter) => !/[\p{L}\p{N}\p{M} '\u2019-]/u.test(letter));
  if (strange) return `A name has letters, digits, spaces, apostrophes and hyphens, and no ${strange}.`;
  if (/^\p{M}|[ '\u2019-]\p{M}|\p{M}{4}/u.test(name)) return "A mark belongs to a letter, which has at most three.";
  return "Between two letters stands one space, apostrophe or hyphen.";
}

/** Which voice speaks, in a sentence. `voice`: of checks.js, or null while none is known. */
export function voiceLine(voice) {
  if (voice === null) return "Who speaks on this server is known once a fight has begun.";
  if (voice.speaks === "bard") {
    const reason = voice.reason ? `: ${voice.reason.replace(/\.$/, "")}` : "";
    return `The bard speaks${reason}.`;
  }
  return `${voice.model ?? "The model"}${placeOf(voice.backend)} speaks.`;
}

function placeOf(backend) {
  if (HERE.includes(backend)) return " on this server\u2019s CPU";
  return backend === "inference_api" ? " at Hugging Face" : "";
}

/** Who told a line, in short: for the mark beside it. `voice`: who speaks here now, if that is to be told, too. */
export function toldBy({ by, persona }, voice) {
  const teller = PERSONAS[persona];
  if (by === "model") return `${teller}, told by the model${voice?.model ? ` (${voice.model})` : ""}`;
  const reason = voice?.speaks === "bard" && voice.reason ? `: ${voice.reason}` : "";
  return `${teller}, told by the bard${reason}`;
}

/** What the chronicle is of: {tier, outcome, ticks} of a fight. */
export function chronicleHeading({ tier, outcome, ticks }) {
  return [TIER_NAMES[tier], ENDINGS[outcome].verdict, clockTime(ticks)].join(" \u00b7 ");
}

/** The teller's name, where it is not that of the line `before`; else "". */
export function tellerOf({ persona }, before) {
  return before?.persona === persona ? "" : PERSONAS[persona];
}

/** Who spoke in `lines`. */
export function tellers(lines, voice) {
  const model = voice?.model ?? "the model";
  const has = (by) => lines.some((line) => line.by === by);
  if (has("bard") && has("model")) return `Told by ${model} and the bard.`;
  return `Told by ${has("model") ? model : "the bard"}.`;
}

/** The whole chronicle as plain text. */
export function chronicleText(lines, about, voice) {
  const isMixed = new Set(lines.map(({ by }) => by)).size > 1;
  const star = (by) => (isMixed && by === "model" ? " *" : "");
  const told = lines.map((line, i) => {
    const teller = tellerOf(line, lines[i - 1]);
    return `${clockTime(line.tick)}  ${teller ? `${teller}: ` : ""}${line.text}${star(line.by)}`;
  });
  const foot = `${tellers(lines, voice)}${isMixed ? " The model\u2019s lines bear a star." : ""}`;
  return ["The Fire Knight and the Demon Slime", chronicleHeading(about), "", ...told, "", foot].join("\n");
}
