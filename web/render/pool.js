// A fixed number of reusable objects: nothing is allocated while a fight runs, and when all are in use
// they make room in turn.

export class Pool {
  /** `capacity` objects, each made once by `create()`, with fields `age` and `life` in ticks. */
  constructor(capacity, create) {
    this.items = Array.from({ length: capacity }, create);
    this.next = 0;
    this.clear();
  }

  /** How many are in use. */
  get count() {
    let count = 0;
    for (const item of this.items) if (item.age < item.life) count += 1;
    return count;
  }

  clear() {
    for (const item of this.items) {
      item.age = 0;
      item.life = 0;
    }
    this.next = 0;
  }

  /** An object at age 0 to be filled in by the caller: the next free one, or the next in turn if none is free. */
  take() {
    const { items } = this;
    for (let i = 0; i < items.length; i += 1) {
      const index = (this.next + i) % items.length;
      const item = items[index];
      if (item.age < item.life) continue;
      this.next = (index + 1) % items.length;
      item.age = 0;
      return item;
    }
    const displaced = items[this.next];
    this.next = (this.next + 1) % items.length;
    displaced.age = 0;
    return displaced;
  }

  /** Advances all by a tick. */
  update() {
    for (const item of this.items) if (item.age < item.life) item.age += 1;
  }
}
