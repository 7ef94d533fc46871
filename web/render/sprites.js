// Sprite sheets: loading, which frame to show, drawing with the anchor at a point. A frame is first
// copied at twice its size with hard pixel edges: drawn from there it stays crisp at any zoom.

import { createCanvas } from "./noise.js";

const FOLDER = "/static/assets/";
const MOST_COPIES = 24; // a sheet; enough for an animation and its neighbours

/**
 * Loads all art named in sprites.json; resolves to {fighters, effects, arena}: the first two are
 * {name: SpriteSheet}, `arena` its entry with an `image` element in each layer and in the fog.
 * Throws if anything is missing.
 */
export async function loadArt() {
  const response = await fetch(`${FOLDER}sprites.json`);
  if (!response.ok) throw new Error(`sprites.json: HTTP ${response.status}`);
  const { arena, effects, ...fighters } = await response.json();
  const [fighterSheets, effectSheets, layers, fog] = await Promise.all([
    loadSheets(fighters),
    loadSheets(effects),
    Promise.all(arena.layers.map(async (layer) => ({ ...layer, image: await loadImage(layer.image) }))),
    loadImage(arena.fog.image),
  ]);
  const place = { ...arena, layers, fog: { ...arena.fog, image: fog } };
  return { fighters: fighterSheets, effects: effectSheets, arena: place };
}

async function loadSheets(entries) {
  const load = async ([name, entry]) => [name, new SpriteSheet(entry, await loadImage(entry.image))];
  return Object.fromEntries(await Promise.all(Object.entries(entries).map(load)));
}

async function loadImage(name) {
  const image = new Image();
  image.src = FOLDER + name;
  await image.decode();
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
    // Single frames are soft lights: they have no edges to keep, and are large.
    const isSoft = Object.values(animations).every(({ frames }) => frames[1] === 1);
    this.fineness = isSoft ? 1 : 2;
    this.copies = new Map(); // frame number -> its copy, the newest last
  }

  /** Frame number of animation `name`, `ticks` after it began (looping or holding its last frame). */
  frameAt(name, ticks) {
    const { frames, ticks: each, loop } = this.animations[name];
    const index = Math.floor(Math.min(Math.max(0, ticks), 1e6) / each);
    return frames[0] + (loop ? index % frames[1] : Math.min(index, frames[1] - 1));
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

  /** Draws frame `index` with its anchor at (x, y), facing `facing` (1: as drawn), `flash` (0 to 1) white. */
  draw(context, index, x, y, facing = 1, flash = 0) {
    const [ax, ay] = this.anchor;
    context.save();
    context.translate(x, y);
    context.scale(facing, 1);
    context.globalCompositeOperation = this.blend;
    context.drawImage(this.#copy(index), -ax, -ay, this.width, this.height);
    if (flash > 0) {
      context.globalAlpha *= flash;
      context.drawImage(this.#copy(index, true), -ax, -ay, this.width, this.height);
    }
    context.restore();
  }

  #copy(index, isWhite = false) {
    const key = isWhite ? -1 - index : index;
    const known = this.copies.get(key);
    if (known) return known;
    if (this.copies.size >= MOST_COPIES) this.copies.delete(this.copies.keys().next().value);
    const copy = createCanvas(this.width * this.fineness, this.height * this.fineness);
    const context = copy.getContext("2d");
    context.imageSmoothingEnabled = false;
    const sx = (index % this.columns) * this.width;
    const sy = Math.floor(index / this.columns) * this.height;
    context.drawImage(this.image, sx, sy, this.width, this.height, 0, 0, copy.width, copy.height);
    if (isWhite) {
      context.globalCompositeOperation = "source-in";
      context.fillStyle = "#fff4e0";
      context.fillRect(0, 0, copy.width, copy.height);
    }
    this.copies.set(key, copy);
    return copy;
  }
}
