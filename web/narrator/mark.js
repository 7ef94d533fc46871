// The mark of who told a line: the bard's quill, or the model's knot of joined points.

import { svg } from "../lab/svg.js";

const QUILL = ["M19.5 3.5C12 4.5 7.5 9 6.2 17.8C13.5 16.8 18.7 12 19.5 3.5Z", "M4 21L6.2 17.8L14.5 8.5"];
const LINKS = "M12 4.5L5.5 10.5L8.5 19H15.5L18.5 10.5ZM12 4.5V12M5.5 10.5L12 12L18.5 10.5M8.5 19L12 12L15.5 19";
const POINTS = [[12, 4.5], [5.5, 10.5], [18.5, 10.5], [8.5, 19], [15.5, 19], [12, 12]];

/** Draws the mark of `by` ("bard" or "model") into `element`; `title` says it in words. */
export function drawMark(element, by, title) {
  element.title = title;
  element.setAttribute("aria-label", title);
  if (element.dataset.by === by) return;
  element.dataset.by = by;
  const image = svg("svg", { viewBox: "0 0 24 24", "aria-hidden": "true" });
  if (by === "bard") for (const d of QUILL) image.append(svg("path", { d }));
  else image.append(svg("path", { d: LINKS }), ...POINTS.map(([cx, cy]) => svg("circle", { cx, cy, r: 2 })));
  element.replaceChildren(image);
}
