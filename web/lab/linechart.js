// A line chart whose legend is its reading: every entry shows its line's value at the chosen place and switches
// the line on and off. The place is chosen by pointer or, as the plot is a slider, by arrow keys. All numbers
// stand in a table below it as well.

import { create } from "../ui/dom.js";
import { numbersTable } from "./tables.js";
import { path, scale, svg, ticks } from "./svg.js";

const MARGIN = { top: 30, right: 16, bottom: 40, left: 50 }; // px
const LEAST_HEIGHT = 220; // px
const LARGE_STEP = 5; // places, by page up and page down

export class LineChart {
  #options;
  #shown;
  #place;
  #width = 0;
  #x; // from a value of the axis to a pixel of the image; set when it is drawn
  #y;
  #entries = new Map();
  #plot = create("div", "plot");
  #when = create("p", "reading");
  #legend = create("ul", "chart-legend");

  /**
   * Draws into `container`. options:
   *   label      what a screen reader calls the chart
   *   x          {values, label, format, name(i)}: ascending from 0 on; name(i) says place i in words
   *   y          {low, high, label, format}
   *   series     [{id, title, colour, dash, values, band, say(i)}]: values with null for a gap; `band`, if any,
   *              [[low, high], ...] to be shaded; say(i) its value in words; `dash` as in stroke-dasharray
   *   aspect     height of the plot as a share of its width
   */
  constructor(container, options) {
    this.#options = options;
    this.#shown = new Set(options.series.map(({ id }) => id));
    this.#place = options.x.values.length - 1;
    this.#preparePlot();
    const body = create("div", "chart-body");
    const side = create("div", "chart-side");
    side.append(this.#when, this.#legend);
    body.append(this.#plot, side);
    container.append(body, this.#createTable());
    for (const series of options.series) this.#legend.append(this.#createEntry(series));
    new ResizeObserver(() => this.#resize()).observe(this.#plot);
    this.#resize();
    this.#read();
  }

  #preparePlot() {
    const plot = this.#plot;
    const attributes = {
      role: "slider",
      tabindex: "0",
      "aria-label": this.#options.label,
      "aria-valuemin": "0",
      "aria-valuemax": String(this.#options.x.values.length - 1),
    };
    for (const [name, value] of Object.entries(attributes)) plot.setAttribute(name, value);
    plot.addEventListener("keydown", (event) => this.#onKey(event));
    for (const kind of ["pointermove", "pointerdown"]) {
      plot.addEventListener(kind, (event) => this.#goTo(this.#nearest(event.clientX)));
    }
  }

  #createEntry(series) {
    const item = create("li");
    const button = create("button", "entry");
    button.type = "button";
    button.dataset.series = series.id;
    button.setAttribute("aria-pressed", "true");
    const sample = svg("svg", { class: "sample", viewBox: "0 0 34 10", "aria-hidden": "true" });
    sample.append(svg("line", { x1: 1, x2: 33, y1: 5, y2: 5, ...stroke(series) }));
    const value = create("span", "value");
    button.append(sample, create("span", "name", series.title), value);
    button.addEventListener("click", () => this.#toggle(series.id));
    for (const kind of ["pointerenter", "focus"]) button.addEventListener(kind, () => this.#single(series.id));
    for (const kind of ["pointerleave", "blur"]) button.addEventListener(kind, () => this.#single(null));
    item.append(button);
    this.#entries.set(series.id, { button, value });
    return item;
  }

  #createTable() {
    const { x, series, label } = this.#options;
    const rows = x.values.map((_, i) => [x.name(i), ...series.map((line) => line.say(i))]);
    return numbersTable(label, [x.label, ...series.map(({ title }) => title)], rows);
  }

  #onKey(event) {
    const last = this.#options.x.values.length - 1;
    const places = {
      ArrowLeft: this.#place - 1,
      ArrowDown: this.#place - 1,
      ArrowRight: this.#place + 1,
      ArrowUp: this.#place + 1,
      PageDown: this.#place - LARGE_STEP,
      PageUp: this.#place + LARGE_STEP,
      Home: 0,
      End: last,
    };
    if (!(event.key in places)) return;
    event.preventDefault();
    this.#goTo(Math.max(0, Math.min(last, places[event.key])));
  }

  #goTo(place) {
    if (place === this.#place) return;
    this.#place = place;
    this.#read();
    this.#moveCursor();
  }

  /** The place whose x is nearest to a client coordinate. */
  #nearest(clientX) {
    const at = clientX - this.#plot.getBoundingClientRect().left;
    const distances = this.#options.x.values.map((value) => Math.abs(this.#x(value) - at));
    return distances.indexOf(Math.min(...distances));
  }

  #toggle(id) {
    if (!this.#shown.delete(id)) this.#shown.add(id);
    this.#entries.get(id).button.setAttribute("aria-pressed", String(this.#shown.has(id)));
    this.#draw();
    this.#read();
  }

  // One line alone stands out while its entry is pointed at.
  #single(id) {
    for (const group of this.#plot.querySelectorAll("[data-line]")) {
      group.classList.toggle("dim", id !== null && this.#shown.has(id) && group.dataset.line !== id);
    }
  }

  // The words: where the cursor is, and every value there.
  #read() {
    const { x, series } = this.#options;
    const where = x.name(this.#place);
    this.#when.textContent = where;
    for (const { id, say } of series) this.#entries.get(id).value.textContent = say(this.#place);
    const shown = series.filter(({ id }) => this.#shown.has(id));
    const said = shown.map((line) => `${line.title} ${line.say(this.#place)}`);
    this.#plot.setAttribute("aria-valuenow", String(this.#place));
    this.#plot.setAttribute("aria-valuetext", [where, ...said].join("; "));
  }

  #resize() {
    const width = this.#plot.clientWidth;
    if (width === this.#width || width === 0) return;
    this.#width = width;
    this.#draw();
  }

  #draw() {
    const { x, y, series, aspect } = this.#options;
    const width = this.#width;
    if (width === 0) return;
    const height = Math.round(Math.max(LEAST_HEIGHT, width * aspect));
    const bottom = height - MARGIN.bottom;
    const right = width - MARGIN.right;
    this.#x = scale(0, x.values.at(-1), MARGIN.left, right);
    this.#y = scale(y.low, y.high, bottom, MARGIN.top);
    const image = svg("svg", { width, height, viewBox: `0 0 ${width} ${height}`, "aria-hidden": "true" });
    for (const value of ticks(y.low, y.high, height / 56)) {
      const at = this.#y(value);
      image.append(svg("line", { class: "grid", x1: MARGIN.left, x2: right, y1: at, y2: at }));
      const place = { x: MARGIN.left - 8, y: at + 4, "text-anchor": "end" };
      image.append(svg("text", { class: "tick", ...place }, y.format(value)));
    }
    for (const value of ticks(0, x.values.at(-1), width / 110)) {
      const at = this.#x(value);
      image.append(svg("line", { class: "grid", x1: at, x2: at, y1: bottom, y2: bottom + 5 }));
      image.append(svg("text", { class: "tick", x: at, y: bottom + 19, "text-anchor": "middle" }, x.format(value)));
    }
    image.append(svg("line", { class: "axis", x1: MARGIN.left, x2: right, y1: bottom, y2: bottom }));
    image.append(svg("text", { class: "axis-name", x: right, y: height - 4, "text-anchor": "end" }, x.label));
    image.append(svg("text", { class: "axis-name", x: 6, y: 16 }, y.label));
    // The first series is drawn last, so that it lies on top.
    for (const line of [...series].reverse()) if (this.#shown.has(line.id)) image.append(this.#createLine(line));
    image.append(svg("g", { class: "cursor" }));
    this.#plot.replaceChildren(image);
    this.#moveCursor();
  }

  #createLine(line) {
    const { values } = this.#options.x;
    const group = svg("g", { "data-line": line.id });
    if (line.band) {
      const upper = line.band.map(([, high], i) => [this.#x(values[i]), this.#y(high)]);
      const lower = line.band.map(([low], i) => [this.#x(values[i]), this.#y(low)]);
      group.append(svg("path", { class: "band", d: `${path([...upper, ...lower.reverse()])}Z`, fill: line.colour }));
    }
    const places = line.values.map((value, i) => (value === null ? null : [this.#x(values[i]), this.#y(value)]));
    group.append(svg("path", { class: "line", d: path(places), ...stroke(line) }));
    return group;
  }

  #moveCursor() {
    const cursor = this.#plot.querySelector(".cursor");
    if (!cursor) return;
    const { x, y, series } = this.#options;
    const at = this.#x(x.values[this.#place]);
    cursor.replaceChildren(svg("line", { x1: at, x2: at, y1: this.#y(y.high), y2: this.#y(y.low) }));
    for (const { id, colour, values } of series) {
      const value = values[this.#place];
      if (value === null || !this.#shown.has(id)) continue;
      cursor.append(svg("circle", { cx: at, cy: this.#y(value), r: 4, fill: colour, "data-point": id }));
    }
  }
}

function stroke({ colour, dash = "none", weight = 2 }) {
  return { stroke: colour, "stroke-dasharray": dash, "stroke-width": weight, fill: "none" };
}
