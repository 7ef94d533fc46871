// The words of the page that are chosen while it runs: tiers, endings, moves, banners.

import {
  BOSS_HEALTH, BOSS_MAX_HEALTH, BOSS_WINS, DRAW, EXPLORE_ONE, KNIGHT_HEALTH, KNIGHT_MAX_HEALTH, KNIGHT_WINS,
  TICKS_PER_SECOND, TIMEOUT,
} from "../gen/kernel.js";

export const TIER_NAMES = { easy: "Easy", normal: "Normal", hard: "Hard" };
const TIER_FEEL = {
  easy: "erratic, with wide openings",
  normal: "steady pressure, and now and then a slip",
  hard: "it closes in, guards against your answer and hardly ever errs",
};
const SMALL_NUMBERS = ["no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"];

/** One honest line on a tier: the mind is the same, only the share of mistakes differs. */
export function tierLine(tier, explore) {
  return `The same mind; ${shareInWords(explore / EXPLORE_ONE)} at random. ${capital(TIER_FEEL[tier])}.`;
}

/** The same in short, for the foot of the arena. */
export function tierNote(tier, explore) {
  return `${TIER_NAMES[tier]}: ${shareInWords(explore / EXPLORE_ONE)} at random`;
}

/** "half of its moves are drawn", "one move in five is drawn", ... */
export function shareInWords(share) {
  if (share <= 0) return "none of its moves is drawn";
  if (share >= 0.45 && share <= 0.55) return "half of its moves are drawn";
  if (share > 0.55) return `${Math.round(share * 100)} of 100 moves are drawn`;
  const every = Math.round(1 / share);
  return `one move in ${SMALL_NUMBERS[every] ?? every} is drawn`;
}

export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

/** Ticks as minutes and seconds. */
export function clockTime(ticks) {
  const seconds = Math.floor(ticks / TICKS_PER_SECOND);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Ticks as minutes, seconds and tenths. */
export function momentTime(ticks) {
  return `${clockTime(ticks)}.${Math.floor(((ticks % TICKS_PER_SECOND) * 10) / TICKS_PER_SECOND)}`;
}

/** Why a decision fell as it did: whether the move was chosen or drawn instead. */
export function reasonOf(trace) {
  if (!trace.mistake) return "its own choice";
  const isFavourite = trace.probabilities[trace.move] >= Math.max(...trace.probabilities);
  return isFavourite ? "drawn at random, and its favourite all the same" : "a deliberate mistake, drawn at random";
}

/** What the ending says, by outcome: {verdict, epitaph, mood}. */
export const ENDINGS = {
  [KNIGHT_WINS]: {
    verdict: "Slime felled",
    epitaph: "The demon sinks into the stones. Your flame still stands.",
    mood: "victory",
  },
  [BOSS_WINS]: {
    verdict: "You burned out",
    epitaph: "An ember is left. An ember is enough.",
    mood: "defeat",
  },
  [DRAW]: {
    verdict: "Ash to ash",
    epitaph: "Both blows landed in the same instant. Nobody was left to see it.",
    mood: "draw",
  },
  [TIMEOUT]: {
    verdict: "The fog closes",
    epitaph: "Two minutes have passed and both still stand. The arena belongs to no one.",
    mood: "timeout",
  },
};

const NARROW = 0.2; // share of health below which a fight was narrow

/** How close a fight was, by its final `state`; "" where there is nothing to say. */
export function closeness(outcome, state) {
  const [boss, knight] = [state[BOSS_HEALTH], state[KNIGHT_HEALTH]];
  const left = `${boss} of ${BOSS_MAX_HEALTH} left`;
  if (outcome === BOSS_WINS && boss <= BOSS_MAX_HEALTH * NARROW) return `So close: it had ${left}.`;
  if (outcome === BOSS_WINS) return `It had ${left}.`;
  if (outcome === TIMEOUT) return `It had ${left}, you ${knight} of ${KNIGHT_MAX_HEALTH}.`;
  if (outcome === DRAW) return "";
  if (knight === KNIGHT_MAX_HEALTH) return "It never touched you.";
  if (knight <= KNIGHT_MAX_HEALTH * NARROW) return `By a hair: you had ${knight} of ${KNIGHT_MAX_HEALTH} left.`;
  return `You had ${knight} of ${KNIGHT_MAX_HEALTH} left.`;
}

const ORDINALS = ["", "", "Second", "Third", "Fourth", "Fifth", "Sixth", "Seventh", "Eighth", "Ninth", "Tenth"];

/** What the ending says about the player's record: lines on `feat`, of Records.note. */
export function featLines({ isFirstWin, isBestTime, isBestStreak, streak }, tier) {
  const lines = [];
  if (isFirstWin) lines.push(`Your first win on ${TIER_NAMES[tier]}`);
  if (isBestTime) lines.push("New best time");
  if (streak > 1) {
    const which = ORDINALS[streak] ?? `${streak}th`;
    lines.push(`${which} win in a row${isBestStreak ? ", as never before" : ""}`);
  }
  return lines;
}

/** A tier's record in one line, for the gate. */
export function recordLine({ fights, wins, streak, bestTime }) {
  if (fights === 0) return "You have not fought it here yet.";
  const parts = [`${wins === 0 ? "No win" : wins === 1 ? "1 win" : `${wins} wins`} in ${fights}`];
  if (bestTime !== null) parts.push(`best time ${clockTime(bestTime)}`);
  if (streak > 1) parts.push(`${streak} in a row`);
  return parts.join(" \u00b7 ");
}

export const BANNERS = {
  silent: "The server is silent: the boss thinks in your browser",
  unknown: "The server does not know this fight: the boss thinks in your browser",
  mindless: "Neither the server nor the boss's mind can be reached: it only waits",
};
