// The telling ticks of a fight on their way to the server: collected as they come, posted a few at a time. One
// post is under way at a time; one that fails loses its moments and nothing else. The game never waits.

import * as rules from "../gen/kernel.js";

const TELLING =
  rules.EVENT_SWORD_HIT | rules.EVENT_SWORD_GUARDED | rules.EVENT_BOSS_GUARD_BROKEN | rules.EVENT_CLEAVE_HIT |
  rules.EVENT_CLEAVE_BLOCKED | rules.EVENT_CLEAVE_ROLLED_THROUGH | rules.EVENT_CLEAVE_MISSED |
  rules.EVENT_AEGIS_ABSORBED | rules.EVENT_AEGIS_FADED | rules.EVENT_KNIGHT_GUARD_BROKEN | rules.EVENT_ENRAGED |
  rules.EVENT_KNIGHT_DIED | rules.EVENT_BOSS_DIED | rules.EVENT_TIMED_OUT;
const REST = 12; // ticks between two posts
const ROLL_SETTLES = 13; // ticks after which a roll through a cleave is told: until then the cleave may still hit
const MOST_AT_ONCE = 32; // moments
const MOST_WAITING = 256; // the oldest are given up first

export class Moments {
  #post;
  #waiting = [];
  #isPosting = false;
  #isOver = false;
  #sincePost = REST; // ticks
  #tick = 0; // of the clock, which stands still in hit stops
  #rolled = Infinity; // the tick of a roll that the server has not told yet

  /** `post(tick, moments)` resolves when it is done with, whatever came of it. */
  constructor(post) {
    this.#post = post;
  }

  /** Tells the server that the fight has begun. */
  begin() {
    this.#send();
  }

  /** A tick has passed: its event bits, the state after it, and whether it was the last. */
  note(events, state, isLast) {
    this.#tick = state[rules.CLOCK];
    this.#sincePost += 1;
    this.#isOver = isLast;
    const isTelling = (events & TELLING) !== 0;
    if (isTelling) {
      this.#waiting.push([
        this.#tick, events, state[rules.KNIGHT_HEALTH], state[rules.BOSS_HEALTH], state[rules.BOSS_PHASE],
      ]);
      this.#waiting = this.#waiting.slice(-MOST_WAITING);
    }
    if (events & rules.EVENT_CLEAVE_ROLLED_THROUGH) this.#rolled = this.#tick;
    this.#sendIfDue();
  }

  #sendIfDue() {
    const isRolled = this.#tick - this.#rolled >= ROLL_SETTLES;
    const isDue = this.#isOver || this.#sincePost >= REST;
    if (isDue && (this.#waiting.length > 0 || isRolled)) this.#send();
  }

  async #send() {
    if (this.#isPosting) return;
    this.#isPosting = true;
    this.#sincePost = 0;
    if (this.#tick - this.#rolled >= ROLL_SETTLES) this.#rolled = Infinity;
    await this.#post(this.#tick, this.#waiting.splice(0, MOST_AT_ONCE));
    this.#isPosting = false;
    this.#sendIfDue();
  }
}
