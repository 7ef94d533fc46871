// The seal of a mind: wax pressed by each lesson, with the number of its version. A mind that has learned nothing
// here bears a blank one of stone.

import { svg } from "../lab/svg.js";

const SIZE = 48; // units of the drawing
const CENTRE = SIZE / 2;
const EDGE = { points: 84, radius: 20.6, lobes: 7, depth: 1.1, drift: 0.8 }; // an edge as poured wax has it
const RING = 14.6;
const RAYS = { count: 7, from: 16.2, to: 18.4 }; // one for each specialist
const MOST_ROMAN = 20; // larger numbers are too long to be cut into a seal
const NUMERALS = [["X", 10], ["IX", 9], ["V", 5], ["IV", 4], ["I", 1]];

/** Draws the seal of `version` (0: blank) into `element`, in the place of what it showed. */
export function drawSeal(element, version) {
  const image = svg("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, "aria-hidden": "true" });
  image.append(svg("path", { class: "wax", d: edge() }), svg("path", { class: "gloss", d: gloss() }));
  image.append(svg("circle", { class: "ring", cx: CENTRE, cy: CENTRE, r: RING }));
  for (let i = 0; i < RAYS.count; i += 1) image.append(ray((2 * Math.PI * (i + 0.5)) / RAYS.count + Math.PI / 2));
  image.append(version === 0 ? closedEye() : numeral(version));
  element.classList.toggle("blank", version === 0);
  element.replaceChildren(image);
}

function edge() {
  const { points, radius, lobes, depth, drift } = EDGE;
  const places = Array.from({ length: points }, (_, i) => {
    const angle = (2 * Math.PI * i) / points;
    return polar(angle, radius + depth * Math.cos(lobes * angle) + drift * Math.cos(3 * angle + 1));
  });
  return `M${places.join("L")}Z`;
}

// Where light from the upper left lies on the rim.
function gloss() {
  return `M${polar(Math.PI * 1.02, 18.6)}A18.6 18.6 0 0 1 ${polar(Math.PI * 1.52, 18.6)}`;
}

function ray(angle) {
  return svg("path", { class: "ray", d: `M${polar(angle, RAYS.from)}L${polar(angle, RAYS.to)}` });
}

function closedEye() {
  return svg("path", { class: "eye", d: "M15 22.5Q24 30.5 33 22.5M18 26l-1.7 2.6M24 28v3.2M30 26l1.7 2.6" });
}

function numeral(version) {
  const text = version > MOST_ROMAN ? String(version) : roman(version);
  const size = Math.min(17, 34 / text.length + 3);
  const place = { x: CENTRE, y: CENTRE + size * 0.35, "text-anchor": "middle", "font-size": size };
  return svg("text", { class: "numeral", ...place }, text);
}

function roman(number) {
  let left = number;
  let text = "";
  for (const [letters, value] of NUMERALS) {
    for (; left >= value; left -= value) text += letters;
  }
  return text;
}

function polar(angle, radius) {
  return `${(CENTRE + radius * Math.cos(angle)).toFixed(2)} ${(CENTRE + radius * Math.sin(angle)).toFixed(2)}`;
}
