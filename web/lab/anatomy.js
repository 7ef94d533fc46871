// A drawing of the mind's parts: specialists, the shared latent, the coordinator, the moves, and what flows where.

import { svg } from "./svg.js";

const [WIDTH, HEIGHT] = [560, 316];
const ROWS = { specialists: 42, latent: 144, coordinator: 206, moves: 278 }; // y of each row's middle
const STAGGER = 24; // every second specialist hangs lower, so that their names have room
const RADIUS = 13;
const CELL = { wide: 30, tall: 20 };

/** The drawing for the boss of lab.json: its specialists, owners (how many own a move), latent and moves. */
export function anatomy({ specialists, owners, latent, moves }) {
  const label =
    `${specialists.length} specialists write into ${latent} shared numbers; the coordinator reads them and modulates ` +
    `${moves.length} moves; the first ${owners} specialists also drive one move each.`;
  const image = svg("svg", { class: "anatomy", viewBox: `0 0 ${WIDTH} ${HEIGHT}`, role: "img", "aria-label": label });
  const nodes = spread(specialists.length);
  const cells = spread(latent, 120);
  const ends = spread(moves.length);
  const heart = WIDTH / 2;
  const heights = nodes.map((_, i) => ROWS.specialists + (i % 2) * STAGGER);
  for (const [i, x] of nodes.entries()) {
    const below = heights[i] + RADIUS;
    for (const cell of cells) image.append(duct(x, below, cell, ROWS.latent - CELL.tall / 2));
    if (i < owners) image.append(duct(x, below, ends[i], ROWS.moves - 14, "drive"));
  }
  for (const x of cells) image.append(duct(x, ROWS.latent + CELL.tall / 2, heart, ROWS.coordinator - 15));
  for (const x of ends) image.append(duct(heart, ROWS.coordinator + 15, x, ROWS.moves - 14));
  for (const [i, x] of nodes.entries()) {
    const kind = i < owners ? "vessel" : "vessel reader";
    image.append(svg("circle", { class: kind, cx: x, cy: heights[i], r: RADIUS }));
    image.append(svg("text", { x, y: heights[i] - RADIUS - 7 }, specialists[i]));
  }
  for (const x of cells) {
    const [left, top] = [x - CELL.wide / 2, ROWS.latent - CELL.tall / 2];
    image.append(svg("rect", { class: "vessel", x: left, y: top, width: CELL.wide, height: CELL.tall }));
  }
  const [y, reach] = [ROWS.coordinator, 15];
  const diamond = `M${heart} ${y - reach}L${heart + 20} ${y}L${heart} ${y + reach}L${heart - 20} ${y}Z`;
  image.append(svg("path", { class: "vessel", d: diamond }));
  for (const [i, x] of ends.entries()) image.append(svg("text", { x, y: ROWS.moves + 6 }, moves[i]));
  image.append(svg("text", { class: "caption", x: 0, y: ROWS.latent + 4 }, "shared latent"));
  image.append(svg("text", { class: "caption", x: 0, y: ROWS.coordinator + 4 }, "coordinator"));
  image.append(svg("text", { class: "caption", x: 0, y: HEIGHT - 6 }, "dotted: drives; a broken ring owns no move"));
  return image;
}

/** `count` places spread evenly over the width, `margin` away from its ends. */
function spread(count, margin = 0) {
  const pitch = (WIDTH - 2 * margin) / count;
  return Array.from({ length: count }, (_, i) => margin + pitch * (i + 0.5));
}

function duct(x0, y0, x1, y1, kind = "") {
  const middle = (y0 + y1) / 2;
  return svg("path", { class: `duct ${kind}`, d: `M${x0} ${y0}C${x0} ${middle} ${x1} ${middle} ${x1} ${y1}` });
}
