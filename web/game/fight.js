// One fight: the duel and its decisions. At each decision tick the server is asked; a reply that has
// come by the time the move is due, six clock ticks later, is used, and otherwise the page's own mind
// computes it. Both give the same bits, so the source is only telemetry. Without a ticket the page's
// mind decides at once.

import { CLOCK, DECISION_TICKS, HIT_STOP, ONGOING, STREAM_DECISION, hash32 } from "../gen/kernel.js";
import { Duel } from "../sim/duel.js";

export const FROM_SERVER = "server";
export const FROM_PAGE = "page";
const UNDECIDED = "none"; // neither server nor mind: the rules make it IDLE

export class Fight {
  /**
   * `seed`: 0 to 2^31 - 1. `explore`: mistake rate in 1/65536. `ticket`: null for a fight the server
   * does not know. `mind`: of web/mind/mind.js, or null while it is not loaded. `onDecision(decision)`
   * gets {k, clock, source, trace} once for every decision made.
   */
  constructor({ seed, explore, ticket, mind, service, onDecision }) {
    this.duel = new Duel(seed);
    this.before = Int32Array.from(this.duel.state); // the state one tick ago, for interpolation
    this.seed = seed;
    this.explore = explore;
    this.ticket = ticket;
    this.mind = mind;
    this.service = service;
    this.onDecision = onDecision;
    this.open = null; // the decision that is not yet made
    this.decisions = { [FROM_SERVER]: 0, [FROM_PAGE]: 0, [UNDECIDED]: 0, mistakes: 0 };
    this.#ask();
  }

  get state() {
    return this.duel.state;
  }

  get outcome() {
    return this.duel.outcome;
  }

  /** Advances by one tick and returns its event bits; does nothing once the fight is over. */
  step(input) {
    const { state } = this.duel;
    this.rest();
    if (this.outcome !== ONGOING) return 0;
    const isDue = this.open && state[HIT_STOP] === 0 && state[CLOCK] + 1 >= this.open.due;
    if (isDue) this.#decideHere();
    const events = this.duel.step(input);
    if (this.duel.decisionDue) this.#ask();
    // A fight may end with a decision in flight; made here, the final state does not depend on timing.
    if (this.outcome !== ONGOING && this.open) this.#decideHere();
    return events;
  }

  /** Lets a tick pass in which nothing moves. */
  rest() {
    this.before.set(this.duel.state);
  }

  /** The fight is given up: a reply that is still under way concerns nobody. */
  abandon() {
    this.open = null;
  }

  #ask() {
    const decision = { k: this.duel.k, observation: this.duel.observation(), clock: this.state[CLOCK] };
    decision.due = decision.clock + DECISION_TICKS;
    this.open = decision;
    if (!this.ticket || this.service.silent) {
      if (this.mind) this.#decideHere();
      return;
    }
    this.service.decide(this.ticket, decision.k, decision.observation).then(
      (trace) => {
        if (this.open === decision) this.#settle(FROM_SERVER, trace);
      },
      (error) => {
        // Another server may have come up that never issued this ticket, or it has expired.
        if ([400, 401, 403, 404, 410].includes(error.status)) this.ticket = null;
        if (this.open === decision && this.mind) this.#decideHere();
      },
    );
  }

  #decideHere() {
    if (!this.mind) {
      this.#settle(UNDECIDED, null);
      return;
    }
    const draw = hash32(this.seed, STREAM_DECISION, this.open.k);
    this.#settle(FROM_PAGE, this.mind.decide(this.open.observation, this.explore, draw));
  }

  #settle(source, trace) {
    const { k, clock } = this.open;
    this.open = null;
    this.decisions[source] += 1;
    if (!trace) return;
    if (trace.mistake) this.decisions.mistakes += 1;
    this.duel.choose(trace.move);
    this.onDecision({ k, clock, source, trace });
  }
}
