// Repeatable randomness for the renderer, and canvases baked once. Nothing here touches the fight,
// whose randomness is the kernel's own.

/** A generator of floats in [0, 1) that repeats for the same 32-bit `seed` (mulberry32). */
export function createRandom(seed) {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), a | 1);
    t = (t + Math.imul(t ^ (t >>> 7), t | 61)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4294967296;
  };
}

/** A float in [0, 1) from a pair of integers. */
export function hash2(x, y) {
  let h = (Math.imul(x, 374761393) + Math.imul(y, 668265263)) | 0;
  h = Math.imul(h ^ (h >>> 13), 1274126177);
  return ((h ^ (h >>> 16)) >>> 0) / 4294967296;
}

/** From 0 to 1 as `t` does, beginning and ending at rest. */
export function smooth(t) {
  return t * t * (3 - 2 * t);
}

/** Smooth noise in [0, 1) along `x`, one feature a unit; `row` picks another curve. */
export function noise1(x, row) {
  const i = Math.floor(x);
  const from = hash2(i, row);
  return from + (hash2(i + 1, row) - from) * smooth(x - i);
}

export function createCanvas(width, height) {
  const canvas = document.createElement("canvas");
  canvas.width = width;
  canvas.height = height;
  return canvas;
}

/** A baked radial glow of `radius` pixels: full colour at the centre, nothing at the rim. */
export function bakeGlow(radius, red, green, blue) {
  const canvas = createCanvas(radius * 2, radius * 2);
  const context = canvas.getContext("2d");
  const gradient = context.createRadialGradient(radius, radius, 0, radius, radius, radius);
  for (let i = 0; i <= 8; i += 1) {
    gradient.addColorStop(i / 8, `rgba(${red}, ${green}, ${blue}, ${(1 - i / 8) ** 2.2})`);
  }
  context.fillStyle = gradient;
  context.fillRect(0, 0, canvas.width, canvas.height);
  return canvas;
}
