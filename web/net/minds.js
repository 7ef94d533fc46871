// The page's own copies of the mind, by the hash of their weights. A fight keeps its ticket's weights,
// so more than one may be needed while the server learns.

import { createMind } from "../mind/mind.js";

export class Minds {
  constructor(service) {
    this.service = service;
    this.known = new Map(); // hash -> mind
    this.fetching = new Map(); // hash -> promise of a mind
    this.latest = null; // hash of the mind fetched last
  }

  /** The mind with the hash `sha`, fetched if need be, and current from now on. Throws ServiceError or Error. */
  async get(sha) {
    const mind = await this.find(sha);
    this.latest = sha;
    return mind;
  }

  /** The mind with the hash `sha`, fetched if need be, for looking back or ahead. Throws ServiceError or Error. */
  async find(sha) {
    if (this.known.has(sha)) return this.known.get(sha);
    if (!this.fetching.has(sha)) this.fetching.set(sha, this.#fetch(sha));
    return this.fetching.get(sha);
  }

  async #fetch(sha) {
    try {
      this.known.set(sha, createMind(await this.service.mind(sha)));
    } finally {
      this.fetching.delete(sha);
    }
    return this.known.get(sha);
  }

  /** The mind that the server plays by now. Throws ServiceError or Error. */
  async fetchLive() {
    const { weights } = await this.service.health();
    return this.get(weights);
  }

  /** The mind fetched last, or null. */
  get current() {
    return this.known.get(this.latest) ?? null;
  }
}
