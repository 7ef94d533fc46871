// The course of a recorded fight: the kernel plays the record once, ahead of time, and notes the decisions
// with what the boss saw, the marks for the track, and a snapshot every few seconds from which any tick is
// reached at once. Pure: no document. A record that does not lead where it says is refused here.

import {
  BOSS_HEALTH, CLOCK, EVENT_BOSS_DIED, EVENT_CLEAVE_BLOCKED, EVENT_CLEAVE_HIT, EVENT_ENRAGED, EVENT_KNIGHT_DIED,
  EVENT_SWORD_HIT, EVENT_WINDUP_STARTED, ONGOING, STREAM_DECISION, TICK, hash32,
} from "../gen/kernel.js";
import { Duel } from "../sim/duel.js";
import { ReplayError, unpackDecision } from "./record.js";

export const SNAPSHOT_EVERY = 300; // ticks
const MARKS = [
  [EVENT_CLEAVE_HIT | EVENT_CLEAVE_BLOCKED, "taken"],
  [EVENT_SWORD_HIT, "landed"],
  [EVENT_ENRAGED, "enrage"],
  [EVENT_KNIGHT_DIED, "fall"],
  [EVENT_BOSS_DIED, "victory"],
];

/**
 * Plays `record` (of record.js) through. Returns {decisions, marks, snapshots, blow, ticks, bossHealth}:
 *   decisions  {tick, k, clock, move, mistake, isServer, observation, trace: null}, in order
 *   marks      {tick, kind}: "taken", "landed", "enrage", "fall" or "victory"
 *   snapshots  {state, made} at every 300th tick; made: decisions made until then
 *   blow       the index of the decision whose cleave felled the knight, or -1
 * Throws ReplayError ("different") when the fight is not the one that the record claims.
 */
export function runThrough(record) {
  const duel = new Duel(record.seed);
  const course = { decisions: [], marks: [], snapshots: [], blow: -1, ticks: record.inputs.length, bossHealth: 0 };
  decide(duel, record, course);
  course.snapshots.push({ state: Int32Array.from(duel.state), made: course.decisions.length });
  let windup = -1; // the decision behind the cleave that is under way
  for (const [index, input] of record.inputs.entries()) {
    if (duel.outcome !== ONGOING) throw different("it ends sooner");
    const events = duel.step(input);
    const tick = index + 1;
    if (events & EVENT_WINDUP_STARTED) windup = course.decisions.length - 1;
    if (events & EVENT_KNIGHT_DIED) course.blow = windup;
    for (const [bits, kind] of MARKS) if (events & bits) course.marks.push({ tick, kind });
    if (duel.decisionDue) decide(duel, record, course);
    if (tick % SNAPSHOT_EVERY === 0) {
      course.snapshots.push({ state: Int32Array.from(duel.state), made: course.decisions.length });
    }
  }
  if (duel.outcome !== record.outcome) throw different("it has another outcome");
  if (course.decisions.length !== record.decisions.length) throw different("it has other decisions");
  if (duel.hash() !== record.hash) throw different("it comes to another end");
  course.bossHealth = duel.state[BOSS_HEALTH];
  return course;
}

/**
 * Adds to each decision of `course` the trace that `mind` (of mind/mind.js, with the record's weights) thought.
 * Throws ReplayError ("different") when the mind would have moved otherwise.
 */
export function explain(record, course, mind) {
  for (const decision of course.decisions) {
    if (decision.move === null) continue;
    const draw = hash32(record.seed, STREAM_DECISION, decision.k);
    const trace = mind.decide(decision.observation, record.explore, draw);
    if (trace.move !== decision.move || trace.mistake !== decision.mistake) {
      throw different(`its mind would have decided otherwise at decision ${decision.k}`);
    }
    decision.trace = trace;
  }
}

function decide(duel, record, course) {
  const index = course.decisions.length;
  if (index >= record.decisions.length) throw different("it has other decisions");
  const made = unpackDecision(record.decisions[index]);
  const [tick, clock] = [duel.state[TICK], duel.state[CLOCK]];
  course.decisions.push({ tick, clock, k: duel.k, ...made, observation: duel.observation(), trace: null });
  if (made.move !== null) duel.choose(made.move);
}

function different(detail) {
  return new ReplayError("different", `This replay is not the fight it claims to be: ${detail}.`);
}
