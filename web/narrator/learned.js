// How many fights the boss has learned from since this player's last one, as far as the page knows.

import { readStored, writeStored } from "../ui/storage.js";

const KEY = "modular-mind-narrator";
const VERSION = 1;
const MOST = 9999; // fights; the server takes no more
const PROMOTED = "promoted"; // a lesson that changed the boss

/** The number for a fight that begins, by `stats` (GET /stats, or null); what is known now is remembered. */
export function learnedSinceLastFight(stats) {
  if (stats === null) return 0;
  const { mind, history } = stats;
  const lesson = Math.max(0, ...history.map(({ number }) => number));
  const last = readStored(KEY);
  writeStored(KEY, { version: VERSION, lesson, mind: mind.version });
  const isKnown = last?.version === VERSION && Number.isInteger(last.lesson) && Number.isInteger(last.mind);
  if (!isKnown || mind.version <= last.mind) return 0;
  const news = history.filter(({ number, decision }) => number > last.lesson && decision === PROMOTED);
  const fights = news.map(({ report }) => report.fights).filter((count) => Number.isInteger(count) && count > 0);
  return Math.min(MOST, fights.reduce((sum, count) => sum + count, 0));
}
