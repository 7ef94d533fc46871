// Sprite sheets: loading, which frame to show, drawing with the anchor at a point, pixel on pixel; and copies
// of single frames as a silhouette or as an outline.

import { createCanvas } from "./noise.js";

const FOLDER = "/static/assets/";
const MOST_COPIES = 12; // a sheet; enough for an animation
// What a copy shows: the frame's shape in one colour, or a line around its shape.
const SILHOUETTE = 0;
const OUTLINE = 1;
const KINDS = 2;
const FLASH_COLOUR = "#fff4e0";
const OUTLINE_COLOUR = "#fffbe8";
const AROUND = [[-2, 0], [2, 0], [0, -2], [0, 2], [-1, -1], [1, -1], [-1, 1], [1, 1]]; // pixels

/**
 * Loads all art named in sprites.json; resolves to {fighters, effects, arena}: the first two are
 * {name: SpriteSheet}, `arena` its entry with an `image` element in each layer and in the fog.
 * `onProgress(loaded, total)` hears of every file. Throws an Error that names a missing file; called
 * again, it fetches only what is still missing.
 */
export async function loadArt(onProgress = () => {}) {
  const { arena, effects, ...fighters } = await loadAtlas();
  const entries = [...Object.values(fighters), ...Object.values(effects), ...arena.layers, arena.fog];
  const names = new Set(entries.map((entry) => entry.image));
  let loaded = 0;
  const report = () => onProgress((loaded += 1), names.size);
  await Promise.all([...names].map((name) => loadImage(name).then(report)));
  const [fighterSheets, effectSheets, layers, fog] = await Promise.all([
    loadSheets(fighters),
    loadSheets(effects),
    Promise.all(arena.layers.map(async (layer) => ({ ...layer, image: await loadImage(layer.image) }))),
    loadImage(arena.fog.image),
  ]);
  const place = { ...arena, layers, fog: { ...arena.fog, image: fog } };
  return { fighters: fighterSheets, effects: effectSheets, arena: place };
}

// As bitmaps: of an image element, the first draw would wait for the whole sheet to be unpacked.
async function loadSheets(entries) {
  const load = async ([name, entry]) => {
    const bitmap = await createImageBitmap(await loadImage(entry.image));
    return [name, new SpriteSheet(entry, bitmap)];
  };
  return Object.fromEntries(await Promise.all(Object.entries(entries).map(load)));
}

async function loadAtlas() {
  const response = await fetch(`${FOLDER}sprites.json`).catch(() => null);
  if (!response?.ok) throw new Error("sprites.json did not come");
  return response.json();
}

const images = new Map(); // name -> promise of its element; a failed one is forgotten

function loadImage(name) {
  if (!images.has(name)) images.set(name, fetchImage(name));
  return images.get(name);
}

async function fetchImage(name) {
  const image = new Image();
  image.src = FOLDER + name;
  try {
    await image.decode();
  } catch {
    images.delete(name);
    throw new Error(`${name} did not come`);
  }
  return image;
}

export class SpriteSheet {
  constructor({ frame, anchor, columns, animations, blend = "normal" }, image) {
    [this.width, this.height] = frame;
    this.anchor = anchor;
    this.columns = columns;
    this.animations = animations;
    this.blend = blend === "add" ? "lighter" : "source-over";
    this.image = image;
    this.copies = new Map(); // frame number -> its copy, the newest last
  }

  /**
   * Frame number of animation `name`, `ticks` after it began. Once through, it goes on from its frame
   * `repeats`, or holds its last one where that is null.
   */
  frameAt(name, ticks) {
    const { frames, ticks: each, repeats } = this.animations[name];
    const [first, count] = frames;
    const index = Math.floor(Math.min(Math.max(0, ticks), 1e6) / each);
    if (index < count) return first + index;
    if (repeats === null) return first + count - 1;
    return first + repeats + ((index - repeats) % (count - repeats));
  }

  /** Frame number when `share` (0 to 1) of animation `name` has passed. */
  frameOf(name, share) {
    const { frames } = this.animations[name];
    return frames[0] + Math.max(0, Math.min(frames[1] - 1, Math.floor(share * frames[1])));
  }

  /** Ticks that animation `name` takes. */
  duration(name) {
    const { frames, ticks } = this.animations[name];
    return frames[1] * ticks;
  }

  /**
   * Draws frame `index` on world pixels with its anchor at the pixel nearest to (x, y), facing `facing` (1: as
   * drawn), stretched by the scales to whole pixels.
   */
  draw(context, index, x, y, facing = 1, scaleX = 1, scaleY = 1) {
    const [sx, sy] = this.#place(index);
    this.#show(context, this.image, sx, sy, x, y, facing, scaleX, scaleY);
  }

  /** The same, but as a silhouette of one colour: a flash. */
  drawSilhouette(context, index, x, y, facing, scaleX, scaleY) {
    this.#show(context, this.#copy(index, SILHOUETTE), 0, 0, x, y, facing, scaleX, scaleY);
  }

  /** The same, but only a bright line around it. */
  drawOutline(context, index, x, y, facing, scaleX, scaleY) {
    this.#show(context, this.#copy(index, OUTLINE), 0, 0, x, y, facing, scaleX, scaleY);
  }

  #show(context, image, sx, sy, x, y, facing, scaleX, scaleY) {
    const { width, height, anchor } = this;
    const isMirrored = facing < 0;
    if (isMirrored) context.scale(-1, 1);
    context.globalCompositeOperation = this.blend;
    const left = Math.round(isMirrored ? -x : x) - Math.round(anchor[0] * scaleX);
    const top = Math.round(y) - Math.round(anchor[1] * scaleY);
    const wide = Math.round(width * scaleX);
    context.drawImage(image, sx, sy, width, height, left, top, wide, Math.round(height * scaleY));
    context.globalCompositeOperation = "source-over";
    if (isMirrored) context.scale(-1, 1);
  }

  #place(index) {
    return [(index % this.columns) * this.width, Math.floor(index / this.columns) * this.height];
  }

  #copy(index, kind) {
    const key = index * KINDS + kind;
    const known = this.copies.get(key);
    if (known) return known;
    const copy = this.#blank();
    const context = copy.getContext("2d");
    if (kind === OUTLINE) this.#paintOutline(context, index);
    else this.#paint(context, index, 0, 0);
    context.globalCompositeOperation = "source-in";
    context.fillStyle = kind === OUTLINE ? OUTLINE_COLOUR : FLASH_COLOUR;
    context.fillRect(0, 0, copy.width, copy.height);
    context.globalCompositeOperation = "source-over";
    this.copies.set(key, copy);
    return copy;
  }

  // A canvas for one more copy: the oldest copy's, once there are enough, for a new one costs milliseconds.
  #blank() {
    if (this.copies.size < MOST_COPIES) return createCanvas(this.width, this.height);
    const [oldest, canvas] = this.copies.entries().next().value;
    this.copies.delete(oldest);
    canvas.getContext("2d").clearRect(0, 0, canvas.width, canvas.height);
    return canvas;
  }

  #paint(context, index, dx, dy) {
    const { width, height } = this;
    const [sx, sy] = this.#place(index);
    context.drawImage(this.image, sx, sy, width, height, dx, dy, width, height);
  }

  #paintOutline(context, index) {
    for (const [x, y] of AROUND) this.#paint(context, index, x, y);
    context.globalCompositeOperation = "destination-out";
    this.#paint(context, index, 0, 0);
    context.globalCompositeOperation = "source-over";
  }
}
