// The record of a fight: all that is needed to play it again, and what it must lead to. Pure: no document.
//
// A record is {rulesVersion, seed, explore, tier, weights, inputs, decisions, outcome, hash}:
//   rulesVersion  RULES_VERSION of the kernel that played it
//   seed          0 to 2^31 - 1
//   explore       rate of mistakes in 1/65536
//   tier          one of rules.tiers
//   weights       SHA-256 of the mind that decided, 64 hexadecimal digits, or null where nobody knew it
//   inputs        Uint8Array: the knight's input bitmask of each tick
//   decisions     Uint8Array: one byte for each decision that came due, in order (packDecision)
//   outcome       KNIGHT_WINS, BOSS_WINS, DRAW or TIMEOUT
//   hash          state_hash of the final state
//
// toBytes writes the canonical form: equal records give equal bytes, and no other bytes give that record.
// Little endian: 8 bits rules version, 32 seed, 32 explore, 8 tier, 8 outcome, 32 hash, 32 bytes weights
// (zeros: unknown); then the number of runs of equal inputs, the input of each, the length of each; then a
// byte for each decision to the end. The count and the lengths are variable-length integers: 7 bits a byte,
// lowest first, the eighth bit set on all but the last.

import {
  DECISION_TICKS, EXPLORE_ONE, INPUT_MASK, KNIGHT_WINS, MOVE_COUNT, RULES_VERSION, SEED_LIMIT, TIMEOUT, TIMEOUT_TICKS,
} from "../gen/kernel.js";
import rules from "../gen/rules.js";

export const MOST_TICKS = 12000; // two minutes and more hit-stop than they can hold
const MOST_DECISIONS = TIMEOUT_TICKS / DECISION_TICKS + 1;
const UNDECIDED = 7; // in place of a move: neither server nor mind could be reached
const MISTAKE = 8;
const BY_SERVER = 16;
const HEAD_BYTES = 15;
const WEIGHTS_BYTES = 32;
const NO_WEIGHTS = "0".repeat(2 * WEIGHTS_BYTES);

/** Why a replay cannot be shown. `code`: corrupt, too_long, old_rules, different or unsupported. */
export class ReplayError extends Error {
  constructor(code, message) {
    super(message);
    this.name = "ReplayError";
    this.code = code;
  }
}

export const corrupt = (detail) =>
  new ReplayError("corrupt", `This replay is damaged: ${detail}. It may have been cut short when it was copied.`);

/** One decision as a byte. `move`: of rules.moves, or null if none was made in time. */
export function packDecision({ move, mistake, isServer }) {
  return (move ?? UNDECIDED) | (mistake ? MISTAKE : 0) | (isServer ? BY_SERVER : 0);
}

/** The decision in a byte: {move (null: none), mistake, isServer}. */
export function unpackDecision(byte) {
  const move = byte & UNDECIDED;
  const [mistake, isServer] = [(byte & MISTAKE) !== 0, (byte & BY_SERVER) !== 0];
  return { move: move === UNDECIDED ? null : move, mistake, isServer };
}

/** The canonical bytes of a record. */
export function toBytes(record) {
  const { inputs, decisions } = record;
  const head = new DataView(new ArrayBuffer(HEAD_BYTES));
  head.setUint8(0, record.rulesVersion);
  head.setUint32(1, record.seed, true);
  head.setUint32(5, record.explore, true);
  head.setUint8(9, rules.tiers.indexOf(record.tier));
  head.setUint8(10, record.outcome);
  head.setUint32(11, record.hash, true);
  const weights = (record.weights ?? NO_WEIGHTS).match(/../g).map((digits) => Number.parseInt(digits, 16));
  const runs = runsOf(inputs);
  const lengths = runs.flatMap(([, length]) => variable(length));
  const bits = runs.map(([input]) => input);
  const start = [...new Uint8Array(head.buffer), ...weights, ...variable(runs.length)];
  return Uint8Array.from([...start, ...bits, ...lengths, ...decisions]);
}

/** The record in canonical bytes; ReplayError if they are none, or are of other rules. */
export function fromBytes(bytes) {
  if (bytes.length > 0 && bytes[0] !== RULES_VERSION) throw otherRules(bytes[0]);
  if (bytes.length < HEAD_BYTES + WEIGHTS_BYTES) throw corrupt("its beginning is missing");
  const head = new DataView(bytes.buffer, bytes.byteOffset, HEAD_BYTES);
  const reader = { bytes, at: HEAD_BYTES + WEIGHTS_BYTES };
  const digits = Array.from(bytes.subarray(HEAD_BYTES, reader.at), (byte) => byte.toString(16).padStart(2, "0"));
  const weights = digits.join("");
  const inputs = readInputs(reader);
  const record = {
    rulesVersion: bytes[0],
    seed: head.getUint32(1, true),
    explore: head.getUint32(5, true),
    tier: rules.tiers[head.getUint8(9)],
    weights: weights === NO_WEIGHTS ? null : weights,
    inputs,
    decisions: bytes.slice(reader.at),
    outcome: head.getUint8(10),
    hash: head.getUint32(11, true),
  };
  check(record);
  return record;
}

function otherRules(version) {
  const isNewer = version > RULES_VERSION;
  const remedy = isNewer ? " Reload the page to fetch the newer ones." : " The fight can no longer be shown.";
  return new ReplayError(
    "old_rules",
    `This replay was made under rules version ${version}; this page plays version ${RULES_VERSION}.${remedy}`,
  );
}

function check({ seed, explore, tier, decisions, outcome }) {
  if (seed >= SEED_LIMIT) throw corrupt("its seed is out of range");
  if (explore > EXPLORE_ONE) throw corrupt("its rate of mistakes is out of range");
  if (tier === undefined) throw corrupt("its tier is unknown");
  if (outcome < KNIGHT_WINS || outcome > TIMEOUT) throw corrupt("its outcome is unknown");
  if (decisions.length > MOST_DECISIONS) throw corrupt("it holds too many decisions");
  if (!decisions.every(isDecision)) throw corrupt("it holds a move that does not exist");
}

function isDecision(byte) {
  const { move, mistake, isServer } = unpackDecision(byte);
  if (byte >= 2 * BY_SERVER) return false;
  return move === null ? !mistake && !isServer : move < MOVE_COUNT;
}

// [input, ticks] of each run of equal inputs, neighbours always differing.
function runsOf(inputs) {
  const runs = [];
  for (const input of inputs) {
    const last = runs.at(-1);
    if (last && last[0] === input) last[1] += 1;
    else runs.push([input, 1]);
  }
  return runs;
}

function readInputs(reader) {
  const count = readVariable(reader);
  const { bytes, at } = reader;
  if (count === 0 || at + 2 * count > bytes.length) throw corrupt("its inputs are missing");
  reader.at += count;
  const inputs = [];
  for (let i = 0; i < count; i += 1) {
    const input = bytes[at + i];
    const length = readVariable(reader);
    const isRepeated = i > 0 && input === bytes[at + i - 1];
    if (input > INPUT_MASK || length === 0 || isRepeated) throw corrupt("its inputs make no sense");
    if (inputs.length + length > MOST_TICKS) throw corrupt("it is longer than any fight");
    for (let tick = 0; tick < length; tick += 1) inputs.push(input);
  }
  return Uint8Array.from(inputs);
}

function variable(value) {
  const bytes = [];
  for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
  bytes.push(value);
  return bytes;
}

// At most three bytes, which is more than MOST_TICKS needs; only the shortest spelling is accepted.
function readVariable(reader) {
  let value = 0;
  for (let shift = 0; shift <= 14; shift += 7) {
    if (reader.at >= reader.bytes.length) throw corrupt("its end is missing");
    const byte = reader.bytes[reader.at];
    reader.at += 1;
    value |= (byte & 127) << shift;
    if (byte > 127) continue;
    if (byte === 0 && shift > 0) throw corrupt("a number in it is spelled wrongly");
    return value;
  }
  throw corrupt("a number in it is too large");
}
