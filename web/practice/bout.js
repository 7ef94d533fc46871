// One round of practice: the same kernel as in a fight, a boss that follows its mind (or parts of it) or a
// script, and the wishes of the room: nobody dies, stamina never ends, a chosen distance.

import * as rules from "../gen/kernel.js";
import { FROM_PAGE } from "../game/fight.js";
import { Duel } from "../sim/duel.js";
import { ECHO, MIND, Tape, scriptedMove } from "./dummies.js";
import { keepTime, place, refresh, setEnraged, spare } from "./vitals.js";

/** What the room wishes at first. */
export const FIRST_WISHES = {
  behaviour: MIND, // of dummies.BEHAVIOURS
  explore: 0, // mistake rate in 1/65536
  silenced: 0, // bit s takes specialist s out of the mind
  distance: 340, // pixels between centres at the start
  immortal: true, // health comes back to both
  tireless: false, // stamina never ends
  enraged: false,
};

export class PracticeBout {
  /**
   * `seed`: 0 to 2^31 - 1. `mind`: of web/mind/mind.js, or null. `wishes`: as FIRST_WISHES; kept and read at
   * every tick, so that the room may change it. `tape`: what the boss chose lately, kept by the room over
   * rounds. `onDecision(decision)` gets {k, clock, source, trace, silenced} for every decision of the mind.
   */
  constructor({ seed, mind, wishes, tape = new Tape(), onDecision }) {
    this.seed = seed;
    this.mind = mind;
    this.wishes = wishes;
    this.tape = tape;
    this.onDecision = onDecision;
    this.duel = new Duel(seed);
    this.before = Int32Array.from(this.duel.state);
    this.decisions = { page: 0, mistakes: 0 };
  }

  get state() {
    return this.duel.state;
  }

  get outcome() {
    return this.duel.outcome;
  }

  /** The bits of the specialists that the mind does without. */
  get silenced() {
    return this.wishes.silenced;
  }

  /** Ticks since the round began, hit-stops left out, however often the clock was set back. */
  get elapsed() {
    return this.state[rules.CLOCK] + this.wound;
  }

  /** Begins the round at the wished distance, again and again if it is called again. */
  start() {
    this.duel = new Duel(this.seed);
    place(this.state, this.wishes.distance, this.wishes.enraged);
    this.before.set(this.state);
    this.wound = 0; // ticks by which the clock was set back
    this.wasStruck = false;
    this.rested = { knight: 0, boss: 0 };
    this.tape.restart(0);
    this.#decide();
  }

  /** Advances by a tick and returns its event bits; does nothing once somebody has died. */
  step(input) {
    this.rest();
    if (this.outcome !== rules.ONGOING) return 0;
    const events = this.duel.step(input);
    if (events & rules.EVENT_SWORD_GUARDED) this.wasStruck = true;
    if (events & rules.EVENT_WINDUP_STARTED) this.wasStruck = false;
    if (this.outcome === rules.ONGOING) this.#grant();
    if (this.duel.decisionDue) this.#decide();
    return events;
  }

  /** Lets a tick pass in which nothing moves. */
  rest() {
    this.before.set(this.state);
  }

  /** Nothing is under way that would have to be ended. */
  abandon() {}

  /** Makes the boss repeat, from now on, what it chose in the last seconds. */
  repeat() {
    this.tape.rewind(this.#k);
  }

  /** Enrages or calms the boss as the wishes now say. */
  stir() {
    setEnraged(this.state, this.wishes.enraged);
  }

  get #k() {
    return Math.floor(this.elapsed / rules.DECISION_TICKS);
  }

  // What the room grants after a tick: health, stamina, time.
  #grant() {
    const { state, before, rested, wishes } = this;
    rested.knight = state[rules.KNIGHT_HEALTH] < before[rules.KNIGHT_HEALTH] ? 0 : rested.knight + 1;
    rested.boss = state[rules.BOSS_HEALTH] < before[rules.BOSS_HEALTH] ? 0 : rested.boss + 1;
    if (wishes.tireless) refresh(state);
    if (!wishes.immortal) return;
    spare(state, rested, wishes.enraged);
    this.wound += keepTime(state);
  }

  #decide() {
    const { behaviour, explore, silenced } = this.wishes;
    const observation = this.duel.observation();
    const k = this.#k;
    if (behaviour === ECHO) {
      this.duel.choose(this.tape.moveAt(k));
    } else if (behaviour !== MIND) {
      this.#choose(k, scriptedMove(behaviour, observation, this.wasStruck));
    } else if (this.mind) {
      const trace = this.mind.decide(observation, explore, rules.hash32(this.seed, rules.STREAM_DECISION, k), silenced);
      this.decisions.page += 1;
      if (trace.mistake) this.decisions.mistakes += 1;
      this.#choose(k, trace.move);
      this.onDecision({ k, clock: this.elapsed, source: FROM_PAGE, trace, silenced });
    }
  }

  #choose(k, move) {
    this.tape.record(k, move);
    this.duel.choose(move);
  }
}
