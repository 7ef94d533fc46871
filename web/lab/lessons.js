// A drawing of every lesson from left to right: what came of it, how the boss fared before and after, and how far
// the judged mind lay from the one it was made with. The table beside it says the same in numbers.

import { create } from "../ui/dom.js";
import { scale, svg, ticks } from "./svg.js";

const LEAST_PITCH = 54; // px from lesson to lesson
const MOST_PITCH = 110;
const AXES = 64; // px at the left, for what does not scroll
const MARGIN = { top: 14, right: 10, bottom: 30 };
const HEAD = 60; // px for the marks of what came of it
const GAP = 30; // px between the rows
const LANES = [
  { id: "players", title: "the players it met", tall: 112, format: (v) => `${Math.round(100 * v)}%` },
  { id: "pool", title: "knights that never change", tall: 112, format: (v) => `${Math.round(100 * v)}%` },
  { id: "kl", title: "what it does differently, nats", tall: 62, bound: "kl", format: (v) => String(v) },
  { id: "distance", title: "how far its weights went", tall: 62, bound: "radius", format: (v) => String(v) },
];
const LEAST_SPAN = 0.2; // of a scale of win rates

/** Draws into `container`, scrolling sideways where it must. `lessons`: oldest first, each with its `version`. */
export function drawLessons(container, lessons) {
  const region = create("div", "scroll");
  region.tabIndex = 0;
  region.setAttribute("role", "region");
  region.setAttribute("aria-label", "Drawing of its lessons; the table below holds the same numbers");
  const room = container.clientWidth - AXES - MARGIN.right;
  const pitch = Math.max(LEAST_PITCH, Math.min(MOST_PITCH, room / lessons.length));
  const width = Math.max(room, pitch * lessons.length) + MARGIN.right;
  const height = MARGIN.top + HEAD + LANES.reduce((sum, { tall }) => sum + tall + GAP, 0) + MARGIN.bottom - GAP;
  const image = createImage("rows", width, height);
  const axes = createImage("axes", AXES, height);
  const columns = lessons.map((lesson, i) => ({ lesson, x: pitch * (i + 0.5) }));
  for (const { lesson, x } of columns) image.append(column(lesson, x, height));
  let top = MARGIN.top + HEAD;
  for (const lane of LANES) {
    const [rows, names] = drawLane(lane, columns, top, width - MARGIN.right);
    image.append(rows);
    axes.append(names);
    top += lane.tall + GAP;
  }
  region.append(image);
  const drawing = create("div", "lessons");
  drawing.append(region, axes);
  container.append(drawing);
  region.scrollLeft = region.scrollWidth; // the latest are shown
}

function createImage(kind, width, height) {
  return svg("svg", { class: kind, width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
}

// What came of a lesson, above and below its column.
function column({ number, decision, version }, x, height) {
  const group = svg("g", { class: `lesson ${decision}` });
  const y = MARGIN.top + 16;
  group.append(svg("line", { class: "thread", x1: x, x2: x, y1: y, y2: height - MARGIN.bottom }));
  group.append(markOf(decision, x, y));
  if (version !== null && decision !== "refused") {
    group.append(svg("text", { class: "version", x, y: y + 4.5, "text-anchor": "middle" }, String(version)));
  }
  group.append(svg("text", { class: "tick", x, y: height - 8, "text-anchor": "middle" }, String(number)));
  return group;
}

function markOf(decision, x, y) {
  if (decision === "promoted") return svg("circle", { class: "mark", cx: x, cy: y, r: 13 });
  if (decision === "refused") return svg("path", { class: "mark", d: `M${x - 6} ${y - 6}l12 12M${x + 6} ${y - 6}l-12 12` });
  return svg("path", { class: "mark", d: `M${x} ${y - 14}l14 14l-14 14l-14 -14Z` });
}

/** A lane in two parts: what scrolls, and its name and scale, which stay. */
function drawLane(lane, columns, top, right) {
  const group = svg("g", { class: `lane ${lane.id}` });
  const names = svg("g");
  const isShare = !lane.bound;
  const bound = isShare ? null : boundOf(columns, lane.bound);
  const [low, high] = isShare ? spanOf(columns, lane.id) : [0, topOf(columns, lane.id, bound)];
  const y = scale(low, high, top + lane.tall, top);
  for (const value of ticks(low, high, lane.tall / 34)) {
    group.append(svg("line", { class: "grid", x1: 0, x2: right, y1: y(value), y2: y(value) }));
    const place = { x: AXES - 8, y: y(value) + 4, "text-anchor": "end" };
    names.append(svg("text", { class: "tick", ...place }, lane.format(value)));
  }
  names.append(svg("text", { class: "axis-name", x: 6, y: top - 9 }, lane.title));
  if (bound !== null) {
    group.append(svg("line", { class: "bound", x1: 0, x2: right, y1: y(bound), y2: y(bound) }));
    group.append(svg("text", { class: "bound-name", x: right, y: y(bound) - 4, "text-anchor": "end" }, "bound"));
  }
  for (const { lesson, x } of columns) {
    const value = lesson.report[lane.id];
    const kind = lesson.decision;
    if (isShare && isPair(value)) group.append(change(value, x, y, kind));
    if (!isShare && Number.isFinite(value)) group.append(bar(value, x, y, kind));
  }
  return [group, names];
}

// From before, a tick, to after, a dot.
function change({ before, after }, x, y, kind) {
  const group = svg("g", { class: `change ${kind}` });
  group.append(svg("line", { class: "stem", x1: x, x2: x, y1: y(before), y2: y(after) }));
  group.append(svg("line", { class: "from", x1: x - 9, x2: x + 9, y1: y(before), y2: y(before) }));
  group.append(svg("circle", { class: "to", cx: x, cy: y(after), r: 5.5 }));
  return group;
}

function bar(value, x, y, kind) {
  const top = y(value);
  return svg("rect", { class: `amount ${kind}`, x: x - 8, y: top, width: 16, height: Math.max(1, y(0) - top) });
}

const isPair = (pair) => Number.isFinite(pair?.before) && Number.isFinite(pair?.after);

function spanOf(columns, id) {
  const values = columns.flatMap(({ lesson }) => (isPair(lesson.report[id]) ? Object.values(pairOf(lesson.report[id])) : []));
  if (values.length === 0) return [0, 1];
  const low = Math.floor(10 * Math.min(...values)) / 10;
  const high = Math.min(1, Math.max(low + LEAST_SPAN, Math.ceil(10 * Math.max(...values)) / 10));
  return [Math.max(0, Math.min(low, high - LEAST_SPAN)), high];
}

const pairOf = ({ before, after }) => ({ before, after });

// The bound that the latest lesson was held to.
function boundOf(columns, name) {
  const bounds = columns.map(({ lesson }) => lesson.report.bounds?.[name]).filter(Number.isFinite);
  return bounds.at(-1) ?? null;
}

function topOf(columns, id, bound) {
  const values = columns.map(({ lesson }) => lesson.report[id]).filter(Number.isFinite);
  return 1.15 * Math.max(bound ?? 0, ...values, 0.01);
}
