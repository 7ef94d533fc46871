// The requests about learning: handing in a fight, what became of it, what was learned, and having fights erased.
// None of them counts for whether the server is silent (net/service.js): play does not depend on them.

import { ServiceError, request } from "./request.js";

const TIMEOUT = 8000; // milliseconds
const NUMBERS = ["number", "finished"];

/** Hands in the log (base64url) of a ticket's fight; resolves once the server has it. Throws ServiceError. */
export async function handIn(ticket, log) {
  const reply = await request("/learn", { body: { ticket, log }, timeout: TIMEOUT });
  if (typeof reply?.fight !== "string") throw malformed("POST /learn");
}

/** What became of a fight: the reply of GET /fights/{id}. Throws ServiceError. */
export async function askAfter(fight) {
  const reply = await request(`/fights/${encodeURIComponent(fight)}`, { timeout: TIMEOUT });
  const { verdict, learned } = Object(reply);
  const isVerdict = verdict === null || typeof verdict === "string";
  const isLesson = learned === null || (typeof learned?.decision === "string" && isObject(learned.report));
  if (!isVerdict || !isLesson) throw malformed("GET /fights");
  return reply;
}

/** What the boss has learned here, and whether it learns: the reply of GET /stats. Throws ServiceError. */
export async function fetchStats() {
  const reply = await request("/stats", { timeout: TIMEOUT });
  const { learning, mind, fights, history } = Object(reply);
  const isWhole =
    isSwitchboard(learning) &&
    typeof mind?.live === "string" &&
    Number.isInteger(mind.version) &&
    isObject(fights) &&
    Array.isArray(history) &&
    history.every(isCycle);
  if (!isWhole) throw malformed("GET /stats");
  return reply;
}

/** Has the fights of these tickets erased; resolves to how many were. Throws ServiceError. */
export async function forget(tickets) {
  const { forgotten } = Object(await request("/forget", { body: { tickets }, timeout: TIMEOUT }));
  if (!Number.isInteger(forgotten)) throw malformed("POST /forget");
  return forgotten;
}

/** Switches learning "on" or "off" on a local server, or has it "reset". Throws ServiceError. */
export async function switchLearning(action) {
  const learning = await request("/learning", { body: { action }, timeout: TIMEOUT });
  if (!isSwitchboard(learning)) throw malformed("POST /learning");
  return learning;
}

const isObject = (value) => typeof value === "object" && value !== null;

function isSwitchboard(learning) {
  return isObject(learning) && ["enabled", "recording"].every((name) => typeof learning[name] === "boolean");
}

function isCycle(cycle) {
  const areNumbers = NUMBERS.every((name) => Number.isFinite(cycle?.[name]));
  return areNumbers && typeof cycle.decision === "string" && isObject(cycle.report);
}

function malformed(what) {
  return new ServiceError(`malformed reply to ${what}`, 200, "malformed");
}
