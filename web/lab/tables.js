// Tables of the lab page: the plain numbers behind a chart, and rows of intervals drawn beside their values.
// Roles are written out because narrow screens lay the rows out as blocks, which would take the table's away.

import { create } from "../ui/dom.js";
import { scale, svg } from "./svg.js";

const BAR = 14; // px
const SPAN = [2, 98]; // percent of the drawing's width that the scale takes

/** A closed <details> with the table of `dataTable`. */
export function numbersTable(caption, columns, rows) {
  const details = create("details", "numbers");
  details.append(create("summary", "", "The numbers as a table"), dataTable(caption, columns, rows));
  return details;
}

/** A table that scrolls sideways: `columns` are headings, `rows` lists of texts, the first a row's heading. */
export function dataTable(caption, columns, rows) {
  const region = create("div", "scroll");
  region.tabIndex = 0;
  region.setAttribute("role", "region");
  region.setAttribute("aria-label", `${caption}: table`);
  const table = create("table");
  table.append(create("caption", "unseen", caption));
  const head = create("tr");
  head.append(...columns.map((text) => heading(text, "col")));
  const body = create("tbody");
  for (const [first, ...rest] of rows) {
    const row = create("tr");
    row.append(heading(first, "row"), ...rest.map((text) => create("td", "", text)));
    body.append(row);
  }
  table.append(create("thead"), body);
  table.tHead.append(head);
  region.append(table);
  return region;
}

/**
 * Rows of intervals on one scale. options:
 *   caption    what the table is
 *   columns    headings: of the rows, of the drawing, then of the texts
 *   rows       [{label, mean, low, high, texts, kind, target}]: texts for the columns after the drawing; `kind` a
 *              class for the mark; `target`, if any, a value to be ticked
 *   axis       {low, high, ticks, format, origin}: bars begin at `origin`; without one there is a dot alone
 */
export function intervalTable(container, { caption, columns, rows, axis }) {
  const table = create("table", columns.length > 3 ? "intervals many" : "intervals");
  table.setAttribute("role", "table");
  table.append(create("caption", "unseen", caption));
  const at = scale(axis.low, axis.high, ...SPAN);
  const head = withRole(create("thead"), "rowgroup");
  const headings = withRole(create("tr"), "row");
  headings.append(...columns.map((text) => withRole(heading(text, "col"), "columnheader")));
  head.append(headings);
  const body = withRole(create("tbody"), "rowgroup");
  for (const row of rows) body.append(intervalRow(row, columns, axis, at));
  table.append(head, body, axisRow(axis, at, columns.length));
  container.append(table);
}

function intervalRow(row, columns, axis, at) {
  const element = withRole(create("tr"), "row");
  const drawing = withRole(create("td", "drawing"), "cell");
  drawing.append(intervalDrawing(row, axis, at));
  const texts = row.texts.map((text, i) => {
    const cell = withRole(create("td", "text", text), "cell");
    cell.dataset.column = columns[i + 2];
    return cell;
  });
  element.append(withRole(heading(row.label, "row"), "rowheader"), drawing, ...texts);
  return element;
}

function intervalDrawing({ mean, low, high, kind = "", target }, axis, at) {
  const image = svg("svg", { class: `interval ${kind}`, "aria-hidden": "true" });
  const x = (value) => `${at(value).toFixed(3)}%`;
  for (const value of axis.ticks) {
    const name = value === axis.origin ? "origin" : "grid";
    image.append(svg("line", { class: name, x1: x(value), x2: x(value), y1: 0, y2: "100%" }));
  }
  if (axis.origin !== undefined) {
    const [left, right] = [mean, axis.origin].sort((a, b) => a - b);
    const width = `${(at(right) - at(left)).toFixed(3)}%`;
    image.append(upright({ class: "bar-body", x: x(left), width }, BAR));
  }
  if (target !== undefined) image.append(upright({ class: "target", x: x(target), width: 2 }, BAR + 8, -1));
  image.append(svg("line", { class: "whisker", x1: x(low), x2: x(high), y1: "50%", y2: "50%" }));
  for (const end of [low, high]) image.append(upright({ class: "whisker-end", x: x(end), width: 1.6 }, BAR - 2, -0.8));
  image.append(svg("circle", { class: "dot", cx: x(mean), cy: "50%", r: 4.5 }));
  return image;
}

/** A rectangle `tall` px high at half the height of its row, whatever that is; moved by `shift` px to the side. */
function upright(attributes, tall, shift = 0) {
  return svg("rect", { ...attributes, y: "50%", height: tall, transform: `translate(${shift} ${-tall / 2})` });
}

// The scale below the drawings; hidden from screen readers, which read the values.
function axisRow(axis, at, columns) {
  const foot = create("tfoot");
  foot.setAttribute("aria-hidden", "true");
  const row = create("tr");
  const cell = create("td", "drawing");
  const image = svg("svg", { class: "scale" });
  for (const value of axis.ticks) {
    const place = { x: `${at(value).toFixed(3)}%`, y: 14, "text-anchor": "middle" };
    image.append(svg("text", { class: "tick", ...place }, axis.format(value)));
  }
  cell.append(image);
  row.append(create("td"), cell, ...Array.from({ length: columns - 2 }, () => create("td")));
  foot.append(row);
  return foot;
}

function heading(text, scope) {
  const element = create("th", "", text);
  element.scope = scope;
  return element;
}

function withRole(element, role) {
  element.setAttribute("role", role);
  return element;
}
