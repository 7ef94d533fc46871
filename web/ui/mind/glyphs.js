// The sign of each specialist, drawn by code in a square of 20 units around the origin: it says what the
// specialist was named for.

/** What each specialist was named to watch, in the order of rules.specialists. */
export const CALLINGS = [
  "drives CLEAVE; named for striking whoever stands in reach",
  "drives APPROACH; named for closing the distance",
  "drives RETREAT; named for keeping away from harm",
  "drives IDLE; named for waiting until you come",
  "drives BLOCK; named for meeting your swing",
  "owns no move, only writes into the shared latent; named for your openings",
  "owns no move, only writes into the shared latent; named for the rage near its death",
];

/** Painters in the order of rules.specialists; each strokes and fills in the context's own styles. */
export const GLYPHS = [claws, eye, heart, hook, shield, sword, flame];

function claws(context) {
  for (const [x, tall] of [[-5, 6], [0, 8], [5, 6]]) {
    context.beginPath();
    context.moveTo(x + 2.6, -tall);
    context.quadraticCurveTo(x + 1.6, 0, x - 3, tall);
    context.quadraticCurveTo(x - 0.6, 0, x + 2.6, -tall);
    context.fill();
  }
}

function eye(context) {
  context.beginPath();
  context.moveTo(-9, 0);
  context.quadraticCurveTo(0, -9.5, 9, 0);
  context.quadraticCurveTo(0, 9.5, -9, 0);
  context.stroke();
  context.beginPath();
  context.ellipse(0, 0, 1.7, 4.4, 0, 0, Math.PI * 2); // a slit
  context.fill();
}

function heart(context) {
  context.beginPath();
  context.moveTo(0, 7.5);
  context.bezierCurveTo(-10.5, 0.5, -8, -7, -3.6, -7);
  context.quadraticCurveTo(-0.8, -7, 0, -4);
  context.quadraticCurveTo(0.8, -7, 3.6, -7);
  context.bezierCurveTo(8, -7, 10.5, 0.5, 0, 7.5);
  context.stroke();
  context.beginPath(); // mended
  context.moveTo(-0.5, -3);
  context.lineTo(-2.2, 0);
  context.lineTo(1.2, 1.6);
  context.lineTo(-0.4, 4.6);
  context.stroke();
}

function hook(context) {
  context.beginPath();
  context.arc(2.4, -7, 1.6, 0, Math.PI * 2);
  context.stroke();
  context.beginPath();
  context.moveTo(2.4, -5.2);
  context.lineTo(2.4, 3);
  context.bezierCurveTo(2.4, 9.4, -6.4, 9.4, -6.4, 2);
  context.stroke();
  context.beginPath();
  context.moveTo(-6.4, -0.6);
  context.lineTo(-9, 4);
  context.lineTo(-3.9, 3.4);
  context.fill();
}

function shield(context) {
  context.beginPath();
  context.moveTo(-7, -7);
  context.quadraticCurveTo(-2, -5.6, 0, -8.4);
  context.quadraticCurveTo(2, -5.6, 7, -7);
  context.bezierCurveTo(7.6, 1, 5, 6, 0, 8.6);
  context.bezierCurveTo(-5, 6, -7.6, 1, -7, -7);
  context.stroke();
  context.beginPath();
  context.moveTo(0, -4);
  context.lineTo(0, 5);
  context.moveTo(-3.8, -1);
  context.lineTo(3.8, -1);
  context.stroke();
}

function sword(context) {
  context.beginPath();
  context.moveTo(-1.7, -4);
  context.lineTo(1.7, -4);
  context.lineTo(1.4, 5.2);
  context.lineTo(0, 9);
  context.lineTo(-1.4, 5.2);
  context.closePath();
  context.fill();
  context.beginPath();
  context.moveTo(-5, -4);
  context.lineTo(5, -4);
  context.moveTo(0, -4);
  context.lineTo(0, -8.6);
  context.stroke();
}

function flame(context) {
  context.beginPath();
  context.moveTo(0.6, -9);
  context.bezierCurveTo(1.6, -4.4, 7, -2.6, 6.4, 2.8);
  context.bezierCurveTo(5.8, 7.4, 2.6, 8.8, 0, 8.8);
  context.bezierCurveTo(-3.6, 8.8, -6.8, 6.2, -6.2, 1.6);
  context.bezierCurveTo(-5.8, -1.2, -3.8, -1.8, -3.4, -4.6);
  context.bezierCurveTo(-0.8, -3, -0.4, -5.6, 0.6, -9);
  context.stroke();
  context.beginPath();
  context.moveTo(0.4, 0);
  context.bezierCurveTo(3.2, 2.6, 3, 6.6, 0.2, 6.8);
  context.bezierCurveTo(-2.8, 6.6, -2.4, 2.8, 0.4, 0);
  context.fill();
}
