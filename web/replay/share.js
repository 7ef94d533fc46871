// Handing replays out and taking them in: links, files, the clipboard.

import { decode, encode, MOST_CHARACTERS } from "./text.js";
import { ReplayError } from "./record.js";

const MARK = "#r="; // what the address of a replay has after the page's own
export const FILE_SUFFIX = ".replay.txt";

/** The text of a replay in the page's address, or null. */
export function textInAddress() {
  return location.hash.startsWith(MARK) ? location.hash.slice(MARK.length) : null;
}

/** Takes the replay out of the page's address, so that reloading does not bring it back. */
export function clearAddress() {
  if (textInAddress() !== null) history.replaceState(history.state, "", location.pathname + location.search);
}

/** The address that opens `record`. Throws ReplayError. */
export async function linkTo(record) {
  return `${location.origin}${location.pathname}${MARK}${await encode(record)}`;
}

/** Puts the link to `record` on the clipboard: resolves to null, or to the link where the browser refuses. */
export async function copyLink(record) {
  const link = await linkTo(record);
  try {
    await navigator.clipboard.writeText(link);
    return null;
  } catch {
    return link; // no clipboard in this frame, or not without a further gesture
  }
}

/** Offers `record` as a file. Throws ReplayError. */
export async function saveFile(record) {
  const address = URL.createObjectURL(new Blob([`${await encode(record)}\n`], { type: "text/plain" }));
  const anchor = document.createElement("a");
  anchor.href = address;
  anchor.download = `demon-slime-${record.tier}-${record.seed}${FILE_SUFFIX}`;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(address), 1000); // after the browser has taken it
}

/** The record in a file that somebody chose. Throws ReplayError. */
export async function readFile(file) {
  if (file.size > 2 * MOST_CHARACTERS) {
    throw new ReplayError("too_long", `This file is no replay: it has ${file.size} bytes.`);
  }
  let text;
  try {
    text = await file.text();
  } catch {
    throw new ReplayError("corrupt", "This file cannot be read.");
  }
  return readText(text);
}

/** The record in a text: that of a replay alone, or a link to one. Throws ReplayError. */
export function readText(text) {
  const at = text.indexOf(MARK);
  return decode((at < 0 ? text : text.slice(at + MARK.length)).trim());
}
