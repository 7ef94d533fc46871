// A recorded fight on the stage: the kernel plays the record's inputs and decisions; any tick can be reached
// at once. See the top of game/game.js for what a bout is.

import { Duel } from "../sim/duel.js";
import { SNAPSHOT_EVERY } from "./course.js";

export class ReplayBout {
  /** `record`: of record.js; `course`: what runThrough made of it. */
  constructor(record, course) {
    this.record = record;
    this.course = course;
    this.duel = new Duel(record.seed);
    this.before = Int32Array.from(this.duel.state); // the state one tick ago, for interpolation
    this.seed = record.seed;
    this.tick = 0;
    this.made = 0; // decisions made so far
    this.seek(0);
  }

  /** Nothing to prepare: the first decision has been made. */
  start() {}

  get state() {
    return this.duel.state;
  }

  get outcome() {
    return this.duel.outcome;
  }

  /** The knight's input bitmask of the last tick. */
  get input() {
    return this.tick > 0 ? this.record.inputs[this.tick - 1] : 0;
  }

  /** Plays the next tick, whatever the keys say, and returns its event bits. */
  step() {
    this.rest();
    if (this.tick >= this.course.ticks) return 0;
    const events = this.duel.step(this.record.inputs[this.tick]);
    this.tick += 1;
    if (this.duel.decisionDue) this.#decide();
    return events;
  }

  /** Lets a tick pass in which nothing moves. */
  rest() {
    this.before.set(this.duel.state);
  }

  /** Nothing is under way. */
  abandon() {}

  /** Stands at `tick`, 0 to course.ticks. */
  seek(tick) {
    const { snapshots } = this.course;
    const nearest = Math.floor(tick / SNAPSHOT_EVERY);
    const { state, made } = snapshots[nearest];
    this.duel.state.set(state);
    this.before.set(state);
    this.tick = nearest * SNAPSHOT_EVERY;
    this.made = made;
    while (this.tick < tick) this.step();
  }

  #decide() {
    const { move } = this.course.decisions[this.made];
    this.made += 1;
    if (move !== null) this.duel.choose(move);
  }
}
