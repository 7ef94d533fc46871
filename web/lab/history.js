// The section on what the boss learns here: its mind of now, every lesson with what came of it, and what a lesson
// changed in its ways. Drawn from GET /stats of the server that shows this page.

import { byId, create } from "../ui/dom.js";
import { fetchStats } from "../net/learning.js";
import { drawSeal } from "../learning/seal.js";
import { changedHabits, lessonName, percentChange, reasonInWords } from "../learning/wording.js";
import { drawLessons } from "./lessons.js";
import { dataTable, intervalTable } from "./tables.js";
import { DASH, percent, points, whole } from "./format.js";

const DECISIONS = {
  promoted: "It changed",
  refused: "It kept its old mind",
  reset: "Back to the mind it was made with",
  restored: "An earlier mind was put back",
  anchored: "A new mind was made its own",
};
const METHODS = { dream: "by dreaming of its players", gradient: "from every blow of a fight" };
const LEARNERS = {
  idle: "waits for fights",
  learning: "is at work",
  stopped: "is not running",
  off: "is switched off",
};

/** Draws the section, or says why there is nothing to draw; never throws for the server's sake. */
export async function showHistory() {
  byId("history-retry").onclick = showHistory;
  let stats;
  try {
    stats = await fetchStats();
  } catch (error) {
    say(`What it has learned cannot be read now (${error.message}).`, "empty");
    byId("history-retry").hidden = false;
    return;
  }
  byId("history-retry").hidden = true;
  const lessons = withVersions(stats);
  say(leadOf(stats, lessons), lessons.length === 0 ? "empty" : "");
  byId("history-body").hidden = false;
  drawFacts(stats);
  drawHabits(lessons.findLast(({ decision }) => decision === "promoted"));
  drawCourse(lessons);
}

function say(text, kind) {
  byId("history-lead").textContent = text;
  byId("history-lead").className = `lead ${kind}`;
}

/** The rows of the history, oldest first, each with the version of the mind after it, null where unknown. */
function withVersions({ mind, history }) {
  const lessons = [...history].reverse();
  const versions = new Map([[mind.anchor, 0]]);
  const note = (sha, version) => version !== undefined && !versions.has(sha) && versions.set(sha, version);
  const isPromoted = ({ decision }) => decision === "promoted";
  for (const { before, after } of lessons.filter(isPromoted)) note(after, plus(versions.get(before), 1));
  note(mind.live, mind.version); // where the history does not reach back to the beginning
  for (const { before, after } of history.filter(isPromoted)) note(before, plus(versions.get(after), -1));
  return lessons.map((lesson) => ({ ...lesson, version: versions.get(lesson.after) ?? null }));
}

const plus = (version, step) => (version === undefined ? undefined : version + step);

function leadOf({ learning, mind, fights }, lessons) {
  if (!learning.enabled) {
    const before = lessons.length > 0 ? ` It stays as ${lessonNameOr(mind.version)} left it.` : "";
    return `Learning is off on this server: nothing is recorded, and the boss stays as it is.${before}`;
  }
  if (lessons.length === 0) {
    const waiting = fights.acknowledged > 0 ? ` ${counted(fights.acknowledged, "fight")} of its visitors lie before it.` : "";
    return `The boss has not learned from fights here yet.${waiting} Every lesson will be recorded here.`;
  }
  const changes = lessons.filter(({ decision }) => decision === "promoted").length;
  const which = changes === 0 ? "none of them a change" : `of which ${counted(changes, "change")}`;
  return (
    `${counted(lessons.length, "entry", "entries")} in its history, ${which}. ` +
    `It fights now as ${lessonNameOr(mind.version)} left it.`
  );
}

const lessonNameOr = (version) => (version === 0 ? "its makers" : lessonName(version));

function counted(number, what, many = `${what}s`) {
  return `${whole(number)} ${number === 1 ? what : many}`;
}

// ---------------------------------------------------------------------------- now
function drawFacts({ learning, mind, fights }) {
  const refused = Object.values(fights.refused ?? {}).reduce((sum, count) => sum + count, 0);
  const method = METHODS[learning.method] ?? "";
  const seconds = learning.live_after_seconds;
  const facts = [
    ["Version", mind.version === 0 ? "none yet" : String(mind.version), "seal"],
    ["Weights", mind.live, "code"],
    ["Made with", mind.anchor === mind.live ? "these very weights" : mind.anchor, mind.anchor === mind.live ? "" : "code"],
    ["Live since", mind.since ? moment(mind.since) : "it was made"],
    ["Its learner", `${LEARNERS[learning.state] ?? learning.state}; it learns ${method}`],
    ["Fights", `${whole(fights.acknowledged)} received, ${whole(fights.verified)} verified, ${whole(refused)} refused`],
    ["Yet to teach", counted(learning.waiting ?? 0, "fight")],
    ["Speed", Number.isFinite(seconds) ? `half of its changes were live within ${Math.round(seconds)} s of a fight` : DASH],
  ];
  byId("history-facts").replaceChildren(
    ...facts.map(([name, value, kind]) => {
      const row = create("div");
      const text = create("dd", kind === "seal" ? "sealed" : "", kind === "code" ? "" : value);
      if (kind === "code") text.append(create("code", "", value));
      if (kind === "seal") {
        const seal = create("span", "seal");
        drawSeal(seal, mind.version);
        text.prepend(seal);
      }
      row.append(create("dt", "", name), text);
      return row;
    }),
  );
}

function moment(seconds) {
  return new Date(1000 * seconds).toLocaleString("en-GB", {
    day: "numeric",
    month: "short",
    hour: "2-digit",
    minute: "2-digit",
  });
}

// ---------------------------------------------------------------------------- ways
function drawHabits(lesson) {
  const place = byId("history-habits");
  const habits = lesson ? changedHabits(lesson.report.behavior) : [];
  if (habits.length === 0) {
    const text = lesson ? "No habit of it moved by two points or more." : "Nothing has changed it yet.";
    place.replaceChildren(create("p", "note", text));
    return;
  }
  place.replaceChildren();
  intervalTable(place, {
    caption: "What the last change did to its ways",
    columns: ["what it does", "from before (tick) to after (dot)", "share", "points"],
    rows: habits.map(({ name, before, after }) => ({
      label: name,
      mean: after,
      low: Math.min(before, after),
      high: Math.max(before, after),
      target: before,
      texts: [percentChange(before, after), points(after - before)],
    })),
    axis: { low: 0, high: 1, ticks: [0, 0.25, 0.5, 0.75, 1], format: (value) => percent(value, 0) },
  });
  place.append(
    create("p", "note", "Shares of the chances it had, against the frozen knights; what moved by less than 2 points is left out."),
  );
}

// ---------------------------------------------------------------------------- lessons
function drawCourse(lessons) {
  for (const id of ["history-chart", "history-table"]) byId(id).replaceChildren();
  byId("history-legend").textContent =
    lessons.length === 0
      ? "Each will stand here with what came of it: how the boss fared before and after against the players it met " +
        "and against knights that never change, and how far it went from the mind it was made with."
      : "Upper rows: fights won before and after each lesson. Lower rows: how far the judged mind lay from the one it " +
        "was made with, and the bound it must keep. What was not kept is hollow.";
  if (lessons.length === 0) return;
  drawLessons(byId("history-chart"), lessons);
  byId("history-table").append(
    dataTable(
      "Its lessons, the latest first",
      ["lesson", "when", "what came of it", "fights", "live after", "players", "frozen pool", "KL, nats", "distance", "ways"],
      [...lessons].reverse().map(lessonRow),
    ),
  );
}

function lessonRow({ number, finished, decision, version, report }) {
  const { reason, fights, waited, players, pool, kl, distance, behavior } = report;
  const why = reason && decision !== "promoted" ? `: ${reasonInWords(reason)}` : "";
  const became = decision === "refused" || version === null ? "" : ` (version ${version})`;
  const ways = changedHabits(behavior).map(({ name, before, after }) => `${name} ${percentChange(before, after)}`);
  return [
    String(number),
    moment(finished),
    `${DECISIONS[decision] ?? decision}${became}${why}`,
    Number.isFinite(fights) ? whole(fights) : DASH,
    decision === "promoted" && Number.isFinite(waited) ? `${Math.round(waited)} s` : DASH,
    rates(players),
    rates(pool),
    Number.isFinite(kl) ? kl.toFixed(3) : DASH,
    Number.isFinite(distance) ? distance.toFixed(2) : DASH,
    ways.join("; ") || DASH,
  ];
}

function rates(pair) {
  const isWhole = Number.isFinite(pair?.before) && Number.isFinite(pair?.after);
  return isWhole ? `${percent(pair.before)} \u2192 ${percent(pair.after)}` : DASH;
}
