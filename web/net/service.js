// The game's side of the HTTP service: opening fights, asking for decisions, fetching the mind.
// Every request has a deadline. When the server fails to answer, the service is "silent": requests
// are refused at once, a probe asks for its health every two seconds, and play goes on without it.

import { ServiceError, request } from "./request.js";

const OPEN_TIMEOUT = 2500; // milliseconds
const DECIDE_TIMEOUT = 1000;
const FETCH_TIMEOUT = 8000;
const PROBE_INTERVAL = 2000;
const MOST_IN_FLIGHT = 4; // decisions; more would only queue behind a slow server
const MOVE_COUNT = 5;
const TRACE_LENGTHS = { activity: 7, drives: 5, latent: 8, modulation: 5, probabilities: 5 };

export class Service {
  /** `onChange(silent)` is called whenever the server falls silent or answers again. */
  constructor({ onChange }) {
    this.onChange = onChange;
    this.silent = false;
    this.inFlight = 0;
    this.probe = null;
  }

  /** Opens a fight on `tier`; resolves to the reply of POST /fights. Throws ServiceError. */
  async openFight(tier) {
    const reply = await this.#request("/fights", { body: { tier }, timeout: OPEN_TIMEOUT });
    const isWhole = typeof reply.ticket === "string" && [reply.seed, reply.explore].every(Number.isInteger);
    if (!isWhole) throw new ServiceError("malformed reply to POST /fights", 200, "malformed");
    return reply;
  }

  /** Asks for decision `k`; resolves to its trace (the move included). Throws ServiceError. */
  async decide(ticket, k, observation) {
    if (this.silent || this.inFlight >= MOST_IN_FLIGHT) throw new ServiceError("not asked", 0, "busy");
    this.inFlight += 1;
    try {
      const body = { ticket, k, observation: Array.from(observation) };
      const reply = await this.#request("/decide", { body, timeout: DECIDE_TIMEOUT });
      if (reply.k !== k || !isTrace(reply.trace, reply.move)) {
        throw new ServiceError("malformed reply to POST /decide", 200, "malformed");
      }
      return reply.trace;
    } finally {
      this.inFlight -= 1;
    }
  }

  /** The reply of GET /healthz: which weights and rules the server plays by. Throws ServiceError. */
  health() {
    return this.#request("/healthz", { timeout: FETCH_TIMEOUT });
  }

  /** The weights JSON named `sha`. Throws ServiceError. */
  mind(sha) {
    return this.#request(`/mind/${encodeURIComponent(sha)}.json`, { timeout: FETCH_TIMEOUT });
  }

  async #request(path, options) {
    try {
      const reply = await request(path, options);
      this.#setSilent(false);
      return reply;
    } catch (error) {
      if (error.isSilence) this.#setSilent(true);
      throw error;
    }
  }

  #setSilent(silent) {
    if (silent && this.probe === null) {
      this.probe = setInterval(() => this.health().catch(() => {}), PROBE_INTERVAL);
    } else if (!silent && this.probe !== null) {
      clearInterval(this.probe);
      this.probe = null;
    }
    if (silent === this.silent) return;
    this.silent = silent;
    this.onChange(silent);
  }
}

function isTrace(trace, move) {
  if (!trace || trace.move !== move || !Number.isInteger(move) || move < 0 || move >= MOVE_COUNT) return false;
  const isRow = (row, length) => Array.isArray(row) && row.length === length && row.every(Number.isFinite);
  return Object.entries(TRACE_LENGTHS).every(([name, length]) => isRow(trace[name], length));
}
