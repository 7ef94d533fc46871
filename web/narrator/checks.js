// What comes from the server, made fit to be shown: lines and voices of known shape, with text that is short, plain
// and runs from left to right. Whatever else comes is as if it had not.

import { TIMEOUT_TICKS } from "../gen/kernel.js";
import { PERSONAS } from "./wording.js";

// A line's number is at least its tick, so that numbers rise even where the server has begun to count anew; several
// lines of one tick go a little beyond it.
const HIGHEST_NUMBER = TIMEOUT_TICKS + 100;
const LINE_CHARACTERS = 240; // 25 words are hardly more than 160
const NAME_CHARACTERS = 60; // of a model
const REASON_CHARACTERS = 200;
// Control characters, and what turns the direction of text, hides in it or joins lines.
const UNSEEN = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Zl}\p{Zp}]+/gu;

/** `content` as a line: {line, tick, beat, persona, text, by}, or null. */
export function lineFrom(content) {
  const { line, tick, beat, persona, text, by } = Object(content);
  const isSound =
    Number.isInteger(line) && line >= 0 && line <= HIGHEST_NUMBER &&
    Number.isInteger(tick) && tick >= 0 && tick <= TIMEOUT_TICKS &&
    typeof beat === "string" &&
    Object.hasOwn(PERSONAS, persona) &&
    ["bard", "model"].includes(by);
  const words = plain(text, LINE_CHARACTERS);
  return isSound && words ? { line, tick, beat: plain(beat, NAME_CHARACTERS), persona, text: words, by } : null;
}

/** `content` as a voice: {speaks, backend, model, reason}, the last three texts or null; or null. */
export function voiceFrom(content) {
  const { speaks, backend, model, reason } = Object(content);
  if (!["bard", "model"].includes(speaks)) return null;
  return {
    speaks,
    backend: plain(backend, NAME_CHARACTERS) || null,
    model: plain(model, NAME_CHARACTERS) || null,
    reason: plain(reason, REASON_CHARACTERS) || null,
  };
}

/** `text` on one line, of at most `most` characters, without any that is not seen; "" for what is no text. */
export function plain(text, most) {
  if (typeof text !== "string") return "";
  const short = text.slice(0, 8 * most); // before anything is searched in it
  const characters = [...short.replace(UNSEEN, " ").replace(/\s+/gu, " ").trim()];
  if (characters.length <= most) return characters.join("");
  return `${characters.slice(0, most - 1).join("").trimEnd()}\u2026`;
}
