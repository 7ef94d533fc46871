// Where everything of the drawing of the mind lies: seven medallions around a rose window whose eight petals
// are the shared latent, its eye the coordinator, and five lancet windows below, the moves. In units of
// which the drawing is at least LEAST_WIDE wide and LEAST_TALL tall. Pure: no document, no canvas.

export const LEAST_WIDE = 277;
export const LEAST_TALL = 376;
const MOST_WIDE = 400; // on wider canvases the drawing stands in the middle
const SIDE = 33; // from the outermost medallions to the edge
const CENTRE_Y = 138;
// Of the medallions, from lower left over the top to lower right.
const ACROSS = [-0.95, -1, -0.62, 0, 0.62, 1, 0.95]; // of the room to either side
const DOWN = [48, -26, -82, -103, -82, -26, 48]; // from the rose's centre
const STREAM_STEPS = 20; // points of each half of a stream
const JOINS_AT = 0.42; // radians on from the medallion's own bearing
const JOINED = 0.95; // radians that its light goes round with the ring

export const MEDALLION = 15; // radii
export const EYE = 16;
export const PETAL_INNER = 22;
export const PETAL_OUTER = 57;
export const RING = 65;
export const RIM = 71;
export const PETAL_HALF = Math.PI / 8 - 0.06; // half the angle of a petal

/** The layout for a canvas of `width` by `height` CSS pixels and so many of everything. */
export function layOut(width, height, { latent, moves, specialists }) {
  const scale = Math.min(width / LEAST_WIDE, height / LEAST_TALL);
  const wide = Math.min(MOST_WIDE, width / scale);
  const tall = height / scale;
  const left = (width / scale - wide) / 2;
  const centre = { x: left + wide / 2, y: CENTRE_Y };
  const room = wide / 2 - SIDE;
  const nodes = Array.from({ length: specialists }, (_, i) => ({
    x: centre.x + room * ACROSS[i],
    y: centre.y + DOWN[i],
  }));
  const petals = Array.from({ length: latent }, (_, i) => ((i + 0.5) / latent) * 2 * Math.PI - Math.PI / 2);
  const pitch = wide / moves;
  const foot = tall - 8;
  const windows = Array.from({ length: moves }, (_, i) => ({
    x: left + pitch * (i + 0.5),
    half: Math.min(25, pitch / 2 - 4),
    top: CENTRE_Y + 106,
    base: foot - 30,
    foot,
  }));
  const split = CENTRE_Y + 102; // between the rose and the lancets
  return { scale, centre, nodes, petals, windows, split, streams: nodes.map((node) => stream(node, centre)) };
}

// The way of a specialist's light: from its medallion into the ring and some way round with it, as points.
function stream(node, centre) {
  const bearing = Math.atan2(node.y - centre.y, node.x - centre.x);
  const [ux, uy] = [-Math.cos(bearing), -Math.sin(bearing)];
  const joins = bearing + JOINS_AT;
  const from = { x: node.x + ux * (MEDALLION + 3), y: node.y + uy * (MEDALLION + 3) };
  const to = onCircle(centre, RING, joins);
  const reach = Math.hypot(to.x - from.x, to.y - from.y) * 0.5;
  const first = { x: from.x + ux * reach, y: from.y + uy * reach };
  const second = { x: to.x + Math.sin(joins) * reach, y: to.y - Math.cos(joins) * reach };
  const points = [];
  for (let i = 0; i < STREAM_STEPS; i += 1) points.push(onCurve(from, first, second, to, i / STREAM_STEPS));
  for (let i = 0; i <= STREAM_STEPS; i += 1) points.push(onCircle(centre, RING, joins + (JOINED * i) / STREAM_STEPS));
  return points;
}

/** The point at `angle` (radians, clockwise from the right) of a circle. */
export function onCircle(centre, radius, angle) {
  return { x: centre.x + radius * Math.cos(angle), y: centre.y + radius * Math.sin(angle) };
}

function onCurve(a, b, c, d, t) {
  const u = 1 - t;
  const mix = (axis) =>
    u * u * u * a[axis] + 3 * u * u * t * b[axis] + 3 * u * t * t * c[axis] + t * t * t * d[axis];
  return { x: mix("x"), y: mix("y") };
}

/** The point `share` (0 to 1) of the way along `points`. */
export function along(points, share) {
  const at = Math.max(0, Math.min(1, share)) * (points.length - 1);
  const i = Math.min(points.length - 2, Math.floor(at));
  const [a, b, t] = [points[i], points[i + 1], at - i];
  return { x: a.x + (b.x - a.x) * t, y: a.y + (b.y - a.y) * t };
}
