// The words of the page that are chosen while it runs: tiers, endings, moves, banners.

import { BOSS_WINS, DRAW, EXPLORE_ONE, KNIGHT_WINS, TICKS_PER_SECOND, TIMEOUT } from "../gen/kernel.js";

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

export const BANNERS = {
  silent: "The server is silent: the boss thinks in your browser",
  unknown: "The server does not know this fight: the boss thinks in your browser",
  mindless: "Neither the server nor the boss's mind can be reached: it only waits",
};
