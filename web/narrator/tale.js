// The lines of one fight by their number. The model's line takes the place of the bard's of the same number, never
// the other way round; the newest number is the one that is shown.

export class Tale {
  #lines = new Map();
  #newest = -1;

  /** Takes a line of checks.js. Returns "new" or "changed" where it is now the newest, "late", or "" for nothing. */
  take(line) {
    const known = this.#lines.get(line.line);
    const isBetter = !known || (known.by === "bard" && line.by === "model");
    if (!isBetter) return "";
    this.#lines.set(line.line, line);
    if (line.line < this.#newest) return "late";
    this.#newest = line.line;
    return known ? "changed" : "new";
  }

  /** All of them, in their order. */
  get lines() {
    return [...this.#lines.values()].sort((a, b) => a.line - b.line);
  }
}
