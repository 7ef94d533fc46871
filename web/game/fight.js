// One fight: the duel and its decisions. At each decision tick the server is asked; a reply that has
// come by the time the move is due, six clock ticks later, is used, and otherwise the page's own mind
// computes it. Both give the same bits, so the source is only telemetry. Without a ticket the page's
// mind decides at once. The inputs and decisions are kept, so that the fight can be watched again.

import { CLOCK, DECISION_TICKS, HIT_STOP, ONGOING, RULES_VERSION, STREAM_DECISION, hash32 } from "../gen/kernel.js";
import { packDecision } from "../replay/record.js";
import { Duel } from "../sim/duel.js";

export const FROM_SERVER = "server";
export const FROM_PAGE = "page";
const UNDECIDED = "none"; // neither server nor mind: the rules make it IDLE

export class Fight {
  /**
   * `seed`: 0 to 2^31 - 1. `tier`: one of rules.tiers. `explore`: mistake rate in 1/65536. `ticket`: null
   * for a fight the server does not know. `weights`: the hash of the mind that decides, or null if it is not
   * known. `mind`: of web/mind/mind.js, or null while it is not loaded. `onDecision(decision)` gets
   * {k, clock, source, trace} once for every decision made. The rest is null or false for a fight the server does
   * not know: `id`, `version` of the mind (how often it had learned), `isRecorded`: whether it may be handed in.
   */
  constructor({ seed, tier, explore, ticket, weights, id, version, isRecorded, mind, service, onDecision }) {
    this.duel = new Duel(seed);
    this.before = Int32Array.from(this.duel.state); // the state one tick ago, for interpolation
    this.seed = seed;
    this.tier = tier;
    this.explore = explore;
    this.ticket = ticket;
    this.weights = weights;
    this.id = id;
    this.version = version;
    this.isRecorded = isRecorded;
    this.mind = mind; // may still come while the fight is under way
    this.service = service;
    this.onDecision = onDecision;
    this.open = null; // the decision that is not yet made
    this.inputs = []; // bitmasks, one a tick
    this.choices = []; // decisions as replay/record.js packs them
    this.decisions = { [FROM_SERVER]: 0, [FROM_PAGE]: 0, [UNDECIDED]: 0, mistakes: 0 };
  }

  /** Asks for the first decision; call it once, before the first tick. */
  start() {
    this.#ask();
  }

  get state() {
    return this.duel.state;
  }

  get outcome() {
    return this.duel.outcome;
  }

  /** The record of the fight (replay/record.js), or null while it is not over. */
  get record() {
    if (this.outcome === ONGOING) return null;
    const { seed, explore, tier, weights, outcome } = this;
    const inputs = Uint8Array.from(this.inputs);
    const decisions = Uint8Array.from(this.choices);
    const hash = this.duel.hash();
    return { rulesVersion: RULES_VERSION, seed, explore, tier, weights, inputs, decisions, outcome, hash };
  }

  /** Advances by one tick and returns its event bits; does nothing once the fight is over. */
  step(input) {
    const { state } = this.duel;
    this.rest();
    if (this.outcome !== ONGOING) return 0;
    const isDue = this.open && state[HIT_STOP] === 0 && state[CLOCK] + 1 >= this.open.due;
    if (isDue) this.#decideHere();
    const events = this.duel.step(input);
    this.inputs.push(input);
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
    const isServer = source === FROM_SERVER;
    this.choices.push(packDecision({ move: trace?.move ?? null, mistake: trace?.mistake, isServer }));
    if (!trace) return;
    if (trace.mistake) this.decisions.mistakes += 1;
    this.duel.choose(trace.move);
    this.onDecision({ k, clock, source, trace });
  }
}
