// The telling ticks of a fight on their way to the server: collected as they come, posted a few at a time. One
// post is under way at a time, and none while the server is silent: then they wait. The game never does.

import * as rules from "../gen/kernel.js";

const TELLING =
  rules.EVENT_SWORD_HIT | rules.EVENT_SWORD_GUARDED | rules.EVENT_BOSS_GUARD_BROKEN | rules.EVENT_CLEAVE_HIT |
  rules.EVENT_CLEAVE_BLOCKED | rules.EVENT_CLEAVE_ROLLED_THROUGH | rules.EVENT_CLEAVE_MISSED |
  rules.EVENT_AEGIS_ABSORBED | rules.EVENT_AEGIS_FADED | rules.EVENT_KNIGHT_GUARD_BROKEN | rules.EVENT_ENRAGED |
  rules.EVENT_KNIGHT_DIED | rules.EVENT_BOSS_DIED | rules.EVENT_TIMED_OUT;
const REST = 12; // ticks between two posts
const LONG_REST = 1000; // milliseconds after a post that failed, or while the server is silent
const ROLL_SETTLES = 13; // ticks after which a roll through a cleave is told: until then the cleave may still hit
const MOST_AT_ONCE = 32; // moments
const MOST_WAITING = 256; // the oldest are given up first

// What came of a post.
export const TAKEN = "taken";
export const LOST = "lost"; // perhaps taken: it is not known
export const REFUSED = "refused"; // for now, and certainly not taken

export class Moments {
  #post;
  #isSilent;
  #waiting = [];
  #isPosting = false;
  #isOver = false;
  #isClosed = false;
  #longRest = null; // its timer
  #sincePost = REST; // ticks
  #tick = 0; // of the clock, which stands still in hit stops
  #rolled = Infinity; // the tick of a roll that the server has not told yet

  /** `post(tick, moments)` resolves to TAKEN, LOST or REFUSED. `isSilent()`: whether the server does not answer now. */
  constructor({ post, isSilent }) {
    this.#post = post;
    this.#isSilent = isSilent;
  }

  /** Tells the server that the fight has begun. */
  begin() {
    this.#send();
  }

  /** Nothing is posted any more. */
  close() {
    this.#isClosed = true;
    clearTimeout(this.#longRest);
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
    if (this.#isPosting || this.#isClosed || this.#longRest !== null) return;
    if (this.#isSilent()) {
      this.#rest();
      return;
    }
    this.#isPosting = true;
    this.#sincePost = 0;
    const moments = this.#waiting.splice(0, MOST_AT_ONCE);
    // The server takes it that everything up to this tick is told: where more is waiting, that is not so yet.
    const tick = this.#waiting.length > 0 ? moments.at(-1)[0] : this.#tick;
    const rolled = this.#rolled;
    if (tick - rolled >= ROLL_SETTLES) this.#rolled = Infinity;
    const outcome = await this.#post(tick, moments);
    this.#isPosting = false;
    if (this.#isClosed) return;
    if (outcome === REFUSED) {
      this.#waiting = [...moments, ...this.#waiting].slice(-MOST_WAITING);
      if (this.#rolled === Infinity) this.#rolled = rolled;
    }
    if (outcome === TAKEN) this.#sendIfDue();
    else this.#rest();
  }

  #rest() {
    this.#longRest = setTimeout(() => {
      this.#longRest = null;
      this.#sendIfDue();
    }, LONG_REST);
  }
}
