// The fixed-step loop: ticks of exactly 1/60 s from an accumulator, draws as often as the screen
// refreshes, each told how far (0 to 1) it lies between the last two ticks. A stall longer than a few
// ticks is dropped, not caught up: the fight waits for the player. In manual mode it never starts, and
// tests step the game by hand.

const TICK_MILLISECONDS = 1000 / 60;
const MOST_TICKS_A_FRAME = 5;

export class Loop {
  /**
   * `tick()` advances the game by 1/60 s, `draw(alpha)` shows it, `rate()` says how many game seconds a
   * second of wall time holds, `onError(error)` hears what they throw.
   */
  constructor({ tick, draw, rate, onError, manual = false }) {
    this.tick = tick;
    this.rate = rate;
    this.draw = draw;
    this.onError = onError;
    this.manual = manual;
    this.request = 0;
    this.owed = 0; // milliseconds of game time not yet ticked
    this.last = 0;
    this.frame = this.#frame.bind(this);
  }

  get running() {
    return this.request !== 0;
  }

  start() {
    if (this.manual || this.running) return;
    this.last = performance.now();
    this.owed = 0;
    this.request = requestAnimationFrame(this.frame);
  }

  stop() {
    cancelAnimationFrame(this.request);
    this.request = 0;
  }

  #frame(now) {
    this.request = requestAnimationFrame(this.frame);
    const passed = Math.max(0, now - this.last);
    this.last = now;
    this.owed += passed * this.rate();
    // A 60 Hz screen's frames jitter around a tick; snapping to whole ticks avoids 0-2-0-2 judder.
    const ticksOwed = this.owed / TICK_MILLISECONDS;
    const nearest = Math.round(ticksOwed);
    if (nearest >= 1 && Math.abs(ticksOwed - nearest) < 0.02) this.owed = nearest * TICK_MILLISECONDS;
    try {
      let ticks = 0;
      while (this.owed >= TICK_MILLISECONDS && ticks < MOST_TICKS_A_FRAME && this.running) {
        this.owed -= TICK_MILLISECONDS;
        ticks += 1;
        this.tick();
      }
      if (this.owed >= TICK_MILLISECONDS) this.owed = 0;
      this.draw(Math.max(0, Math.min(1, this.owed / TICK_MILLISECONDS)));
    } catch (error) {
      this.stop();
      this.onError(error);
    }
  }
}
