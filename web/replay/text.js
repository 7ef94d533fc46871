// A record as a short text, for links and files, and back: the canonical bytes deflated, with a checksum, in
// base64url. The text may come from anywhere: its length is checked before anything else, the checksum before
// anything is inflated, and no more is inflated than a record may hold.
//
// Bytes of the text: 1 format, 4 checksum (CRC-32 of the format and the rest, little endian), the rest deflated.

import { ReplayError, corrupt, fromBytes, toBytes } from "./record.js";

const FORMAT = 1;
const HEAD_BYTES = 5;
export const MOST_CHARACTERS = 24000; // over twice what the longest fight with a new key in every tick needs
const MOST_BYTES = 32768; // inflated
const CRC_POLYNOMIAL = 0xedb88320;

/** The text of a record; ReplayError if the browser cannot compress. */
export async function encode(record) {
  const packed = await squeeze(toBytes(record));
  const bytes = new Uint8Array(HEAD_BYTES + packed.length);
  bytes[0] = FORMAT;
  bytes.set(packed, HEAD_BYTES);
  new DataView(bytes.buffer).setUint32(1, checksum(bytes), true);
  return base64url(bytes);
}

/** The record in a text; ReplayError, and nothing else, for any text that is none. */
export async function decode(text) {
  if (text.length > MOST_CHARACTERS) {
    const words = `This is no replay: it has ${text.length} characters, and none needs over ${MOST_CHARACTERS}.`;
    throw new ReplayError("too_long", words);
  }
  const bytes = fromText(text);
  if (bytes.length <= HEAD_BYTES) throw corrupt("hardly anything of it is left");
  if (new DataView(bytes.buffer).getUint32(1, true) !== checksum(bytes)) throw corrupt("its checksum is wrong");
  if (bytes[0] !== FORMAT) throw corrupt(`its format, ${bytes[0]}, is unknown`);
  return fromBytes(await inflate(bytes.subarray(HEAD_BYTES)));
}

/** Bytes in base64url without padding. */
export function base64url(bytes) {
  let characters = "";
  for (const byte of bytes) characters += String.fromCharCode(byte);
  return btoa(characters).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function fromText(text) {
  if (!/^[\w-]*$/.test(text)) throw corrupt("it holds a character that no replay has");
  let characters;
  try {
    characters = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  } catch {
    throw corrupt("its length is impossible");
  }
  const bytes = Uint8Array.from(characters, (character) => character.charCodeAt(0));
  if (base64url(bytes) !== text) throw corrupt("its end is spelled wrongly");
  return bytes;
}

// CRC-32 of the format byte and of what follows the checksum.
function checksum(bytes) {
  let crc = ~0;
  for (let i = 0; i < bytes.length; i += 1) {
    if (i > 0 && i < HEAD_BYTES) continue;
    crc ^= bytes[i];
    for (let bit = 0; bit < 8; bit += 1) crc = (crc >>> 1) ^ (crc & 1 ? CRC_POLYNOMIAL : 0);
  }
  return ~crc >>> 0;
}

async function squeeze(bytes) {
  return new Uint8Array(await new Response(through(bytes, "CompressionStream")).arrayBuffer());
}

async function inflate(packed) {
  const reader = through(packed, "DecompressionStream").getReader();
  const chunks = [];
  let size = 0;
  for (;;) {
    let part;
    try {
      part = await reader.read();
    } catch {
      throw corrupt("it does not unfold");
    }
    if (part.done) break;
    size += part.value.length;
    if (size > MOST_BYTES) {
      reader.cancel().catch(() => {});
      throw corrupt("it unfolds to more than any fight");
    }
    chunks.push(part.value);
  }
  const bytes = new Uint8Array(size);
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

function through(bytes, name) {
  if (!(name in globalThis)) throw new ReplayError("unsupported", "This browser is too old for sharing replays.");
  return new Blob([bytes]).stream().pipeThrough(new globalThis[name]("deflate-raw"));
}
