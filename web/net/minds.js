// The page's own copies of the mind, by the hash of their weights. A fight keeps its ticket's weights,
// so more than one may be needed while the server learns.

import { createMind } from "../mind/mind.js";

export class Minds {
  constructor(service) {
    this.service = service;
    this.known = new Map(); // hash -> mind
    this.latest = null; // hash of the mind fetched last
  }

  /** The mind with the hash `sha`, fetched if need be. Throws ServiceError or Error. */
  async get(sha) {
    if (!this.known.has(sha)) this.known.set(sha, createMind(await this.service.mind(sha)));
    this.latest = sha;
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
