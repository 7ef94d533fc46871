// Records of fights on their way to the server: kept in the browser's storage until they are acknowledged, so
// that neither a reload nor a server that dies loses one. Posted one after the other, oldest first; what fails is
// tried again after a growing delay. The tickets of acknowledged fights are remembered too, for whoever holds a
// fight's ticket may have it erased. Where storage is refused all this lasts as long as the page.

import { readStored, writeStored } from "../ui/storage.js";

const KEY = "modular-mind-outbox";
const VERSION = 1;
const MOST_WAITING = 50; // records; the oldest are given up first
const MOST_ACKNOWLEDGED = 256; // tickets
const FIRST_DELAY = 2000; // milliseconds after a failure; doubled with each further one
const LONGEST_DELAY = 60000;
const MOST_CHARACTERS = { fight: 64, ticket: 512, log: 65536 };
const NOT_FINAL = [408, 429]; // of the statuses from 400 to 499
const LEARNING_OFF = "learning_off"; // nothing is wrong with the fight: nothing is recorded there

/** What may become of a fight. */
export const WAITING = "waiting";
export const HELD_UP = "held_up"; // waiting, and the server has failed to take it
export const ACKNOWLEDGED = "acknowledged";
export const REFUSED = "refused";
export const UNKNOWN = "unknown"; // never put here, withdrawn, or not wanted

export class Outbox {
  #post;
  #onChange;
  #state; // {waiting: [{fight, ticket, log}], acknowledged: [{fight, ticket}]}, both oldest first
  #isKept;
  #isPosting = false;
  #failures = 0; // in a row
  #timer = null;
  #refusals = new Map(); // fight -> code

  /**
   * `post(ticket, log)` resolves once the server has the record; it throws ServiceError. `onChange()` is called
   * whenever something has become of a fight.
   */
  constructor({ post, onChange }) {
    this.#post = post;
    this.#onChange = onChange;
    this.#state = checked(readStored(KEY));
    this.#isKept = this.#write();
  }

  /** Puts the record of a fight here: its identity, its ticket, its `log` in base64url. */
  put(entry) {
    this.#change(({ waiting, acknowledged }) => ({
      waiting: [...waiting.filter(({ fight }) => fight !== entry.fight), entry].slice(-MOST_WAITING),
      acknowledged,
    }));
    this.deliver();
  }

  /** Takes everything back that has not been acknowledged. */
  withdraw() {
    this.#change(({ acknowledged }) => ({ waiting: [], acknowledged }));
    this.#onChange();
  }

  /** What has become of a fight: {state, code}; `code` says why it was refused. */
  fateOf(fight) {
    const { waiting, acknowledged } = this.#read();
    const isThis = (entry) => entry.fight === fight;
    if (acknowledged.some(isThis)) return { state: ACKNOWLEDGED, code: null };
    if (waiting.some(isThis)) return { state: this.#failures > 0 ? HELD_UP : WAITING, code: null };
    const code = this.#refusals.get(fight) ?? null;
    return { state: code === null ? UNKNOWN : REFUSED, code };
  }

  /** The tickets of the fights that the server has acknowledged, the newest last. */
  get tickets() {
    return this.#read().acknowledged.map(({ ticket }) => ticket);
  }

  /** The server has erased the fights of these tickets. */
  drop(tickets) {
    this.#change(({ waiting, acknowledged }) => ({
      waiting,
      acknowledged: acknowledged.filter(({ ticket }) => !tickets.includes(ticket)),
    }));
    this.#onChange();
  }

  /** Posts what waits, at once; call it at the start, and when the server answers again. */
  async deliver() {
    if (this.#isPosting) return;
    this.#isPosting = true;
    clearTimeout(this.#timer);
    for (;;) {
      const [entry] = this.#read().waiting;
      if (!entry || !(await this.#postOne(entry))) break;
      this.#onChange();
    }
    this.#isPosting = false;
  }

  // Whether the fight is done with. If not, it is tried again later.
  async #postOne(entry) {
    try {
      await this.#post(entry.ticket, entry.log);
    } catch (error) {
      if (isFinal(error)) {
        if (error.code !== LEARNING_OFF) this.#refusals.set(entry.fight, error.code);
        this.#remove(entry);
        return true;
      }
      const delay = Math.min(FIRST_DELAY * 2 ** this.#failures, LONGEST_DELAY);
      this.#failures += 1;
      this.#timer = setTimeout(() => this.deliver(), delay);
      this.#onChange();
      return false;
    }
    this.#failures = 0;
    this.#remove(entry, { fight: entry.fight, ticket: entry.ticket });
    return true;
  }

  #remove(entry, ...received) {
    this.#change(({ waiting, acknowledged }) => ({
      waiting: waiting.filter(({ fight }) => fight !== entry.fight),
      acknowledged: [...acknowledged, ...received].slice(-MOST_ACKNOWLEDGED),
    }));
  }

  // Another window may have written since.
  #read() {
    if (this.#isKept) this.#state = checked(readStored(KEY));
    return this.#state;
  }

  #change(alter) {
    this.#state = alter(this.#read());
    this.#isKept = this.#write();
  }

  #write() {
    return writeStored(KEY, { version: VERSION, ...this.#state });
  }
}

function isFinal({ status }) {
  return status >= 400 && status < 500 && !NOT_FINAL.includes(status);
}

// Whatever was stored, as far as it can be true.
function checked(stored) {
  const isKnown = stored?.version === VERSION;
  const entries = (list, names) => {
    const sound = Array.isArray(list) ? list.filter((entry) => names.every((name) => isText(entry?.[name], name))) : [];
    return sound.map((entry) => Object.fromEntries(names.map((name) => [name, entry[name]])));
  };
  return {
    waiting: isKnown ? entries(stored.waiting, ["fight", "ticket", "log"]).slice(-MOST_WAITING) : [],
    acknowledged: isKnown ? entries(stored.acknowledged, ["fight", "ticket"]).slice(-MOST_ACKNOWLEDGED) : [],
  };
}

function isText(value, name) {
  return typeof value === "string" && value.length <= MOST_CHARACTERS[name] && /^[\w-]+$/.test(value);
}
