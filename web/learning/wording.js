// The words for what the boss learns: the line at the gate, the way of a fight after its end, habits that changed.
// The lab page uses them too.

import { ACKNOWLEDGED, HELD_UP, REFUSED } from "../net/outbox.js";
import { TIER_NAMES } from "../ui/wording.js";

const LEAST_CHANGE = 0.02; // of a share: what moved less is not told
// What training/evaluate.py counts, as something the boss does.
const HABITS = {
  in_range_attack_rate: "strikes when you are in reach",
  attack_rate_calm: "strikes in reach while calm",
  attack_rate_enraged: "strikes in reach when enraged",
  attack_rate_high_health: "strikes in reach while unhurt",
  attack_rate_middle_health: "strikes in reach when wounded",
  attack_rate_low_health: "strikes in reach near its death",
  approach_rate_when_far: "closes in from afar",
  block_rate_against_swings: "guards against your swings",
  punish_rate: "punishes an opening",
  retreat_share_on_cooldown: "backs off while its arm rests",
  retreat_share_off_cooldown: "backs off though it could strike",
  idle_share: "stands and waits",
};
const ORDINALS = ["", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"];

// Why a log was not taken, or not believed: codes of the server (service/journal.py).
const REFUSALS = {
  early: "it ended sooner than it can be fought",
  expired: "it came more than an hour after it began",
  ticket_expired: "it came more than an hour after it began",
  reused: "its ticket had been used",
  foreign: "another server opened it",
  ticket_foreign: "another server opened it",
  malformed: "it arrived damaged",
  ticket_malformed: "it arrived damaged",
  terms_mismatch: "it was not fought on the terms of its ticket",
  unfinished: "played again, it does not end where it ended here",
  decision_mismatch: "played again, the boss decides otherwise",
  decision_count: "played again, the boss decides more or less often",
  outcome_mismatch: "played again, it ends otherwise",
  checksum_mismatch: "played again, it ends otherwise",
  mind_gone: "the mind you fought is no longer kept",
  rules_gone: "the rules have changed since",
  undecided: "the boss was without its mind for a moment",
  forgotten: "it has been forgotten, as you asked",
};

// Why the mind is what it is after a lesson: codes of the gate and of the cycles (learning/gate.py, cycle.py).
const REASONS = {
  unchanged: "it had learned nothing new",
  too_far: "it had strayed too far from the mind it was made with",
  too_different: "it no longer behaved like itself",
  not_committed: "it no longer dared to strike",
  weaker_pool: "it had grown weaker against knights that never change",
  weaker_players: "it had grown weaker against the players it met",
  weaker_hunters: "it had grown weaker against knights that were trained to beat it",
  undecided_hunters: "trial fights did not show that it was as strong as before against knights trained to beat it",
  undecided_pool: "trial fights did not show that it was as strong as before against knights that never change",
  undecided_players: "trial fights did not show that it was as strong as before against the players it met",
  collapsed: "one of the knights would have had an easy game with it",
  too_short: "there was too little to learn from",
  three_refusals: "what it learned had failed three times in a row",
  by_hand: "by hand",
};

/** "its third lesson": the version number of a mind. */
export function lessonName(version) {
  return `its ${ORDINALS[version] ?? ordinal(version)} lesson`;
}

function ordinal(number) {
  const tens = number % 100;
  if (tens >= 11 && tens <= 13) return `${number}th`;
  return `${number}${{ 1: "st", 2: "nd", 3: "rd" }[number % 10] ?? "th"}`;
}

/** Which mind it is, in a line. */
export function mindLine(version) {
  return version === 0 ? "The boss as it was made: no lesson yet" : `The boss, as ${lessonName(version)} left it`;
}

/** What the gate says about recording. `isPublic`: others play here too. */
export function consentLine({ isRecording, isWilling, isPublic }) {
  if (!isRecording) return "Nothing is recorded here, and the boss does not learn.";
  if (isWilling) return "Fights on Hard teach it. What is recorded: the keys you press, nothing about you.";
  return isPublic ? "Your fights are not sent. Those of others still teach it." : "Your fights are not sent, and teach it nothing.";
}

/** Habits that changed by 2 points or more, the most changed first: [{name, before, after}], shares of 1. */
export function changedHabits(behavior) {
  return Object.entries(behavior ?? {})
    .filter(([name, pair]) => name in HABITS && Array.isArray(pair) && pair.every(Number.isFinite))
    .map(([name, [before, after]]) => ({ name: HABITS[name], before, after }))
    .filter(({ before, after }) => Math.abs(after - before) >= LEAST_CHANGE - 1e-9)
    .sort((a, b) => Math.abs(b.after - b.before) - Math.abs(a.after - a.before));
}

/** Why a lesson was not kept, or an earlier mind was put back, in words. */
export function reasonInWords(reason) {
  return REASONS[reason] ?? reason.replaceAll("_", " ");
}

/**
 * What became of a fight, for its ending: {text, isOver}, where `isOver` means that nothing more will come.
 * `fate`: of Outbox.fateOf; `found`: of GET /fights/{id} or null; `stats`: of GET /stats; `tier`: the fight's.
 */
export function fightStory({ fate, found, stats, tier }) {
  if (fate.state === REFUSED) {
    return { text: `This fight teaches it nothing: ${REFUSALS[fate.code] ?? fate.code}.`, isOver: true };
  }
  if (fate.state === HELD_UP) return { text: "The server does not take this fight now. It is kept here, and sent again." };
  if (fate.state !== ACKNOWLEDGED) return { text: "This fight is on its way to the boss." };
  if (!found || found.verdict === null) return { text: arrivedStory(stats.learning) };
  if (found.verdict !== "verified") {
    return { text: `This fight teaches it nothing: ${REFUSALS[found.verdict] ?? found.verdict}.`, isOver: true };
  }
  if (found.learned) return lessonStory(found.learned, stats);
  if (tier !== "hard") {
    return { text: `Verified. On ${TIER_NAMES[tier]} it learns nothing; on Hard it would.`, isOver: true };
  }
  return { text: waitingStory(stats.learning) };
}

function isAtWork({ state }) {
  return state === "idle" || state === "learning";
}

function arrivedStory(learning) {
  if (isAtWork(learning)) return "The fight has arrived. It is being played again, to be sure.";
  return "The fight has arrived. It will be played again when the learner is at work.";
}

function waitingStory({ state, method, public: isPublic }) {
  if (!isAtWork({ state })) return "Verified. It will learn from it when its learner is at work again.";
  if (state === "idle" && isPublic) return "Verified. It will learn from it once enough others have fought.";
  return method === "gradient" ? "Verified. It goes over every blow of it." : "Verified. It dreams about you.";
}

function lessonStory({ cycle, decision, report }, { mind, history }) {
  const waited = Number.isFinite(report.waited) ? `${Math.round(report.waited)} s after your fight` : "";
  if (decision === "promoted") {
    const isLive = history.some(({ number, after }) => number === cycle && after === mind.live);
    const words = [isLive ? `version ${mind.version}` : "", waited ? `live ${waited}` : ""].filter(Boolean);
    return { text: `It has changed${words.length ? `: ${words.join(", ")}` : ""}.`, isOver: true, isChange: true };
  }
  const reason = report.reason ? `: ${reasonInWords(report.reason)}` : "";
  return { text: `It learned from you, and kept its old mind all the same${reason}.`, isOver: true };
}

/** "61% → 68%", from shares of 1, in one line. */
export function percentChange(before, after) {
  return `${Math.round(100 * before)}%\u00a0\u2192\u00a0${Math.round(100 * after)}%`;
}
