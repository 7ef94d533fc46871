// The server's side of a narrated fight: posts its moments, hears its stream, and hands on what comes of either.

import { Hearing, narrate } from "../net/narration.js";
import { lineFrom, voiceFrom } from "./checks.js";
import { LOST, Moments, REFUSED, TAKEN } from "./moments.js";

const FINAL = [400, 401, 403, 404, 405, 409, 410, 422]; // this fight will not be narrated any more
// The server, or what stands before it, has turned the post away unread. After any other failure (no answer in time,
// a lost connection, 500, 502, 504) the moments may have been taken in all the same; told twice, they would be
// impossible, and the fight would not be narrated any more. A server that has missed some knows how to go on.
const UNREAD = [429, 503];
const LAST_WORDS = 10000; // milliseconds after the last moment: the model's line for the end may take 8 seconds

export class Voice {
  #about;
  #onLine;
  #onVoice;
  #hearing;
  #hush = null; // the timer after which nothing more is expected
  #isClosed = false;

  /**
   * `fight`, `ticket`: the server's names of it. `about()`: {persona, name, learned} of the next post. `isSilent()`:
   * whether the server does not answer now. `onLine`, `onVoice` get what checks.js lets through.
   */
  constructor({ fight, ticket, about, isSilent, onLine, onVoice }) {
    this.#about = about;
    this.#onLine = onLine;
    this.#onVoice = onVoice;
    this.ticket = ticket;
    const takers = { onLine: (content) => this.#line(content), onVoice: (content) => this.#voice(content) };
    this.#hearing = new Hearing(fight, takers);
    this.#hearing.open();
    this.moments = new Moments({ post: (tick, moments) => this.#post(tick, moments), isSilent });
  }

  /** The fight stands still: the stream is left once what has happened is told. */
  rest() {
    this.#after(LAST_WORDS, () => this.#hearing.close());
  }

  /** It goes on. */
  resume() {
    clearTimeout(this.#hush);
    if (!this.#isClosed) this.#hearing.open();
  }

  /** The fight is over: its last words are heard still. */
  end() {
    this.#hearing.end();
    this.#after(LAST_WORDS, () => this.close());
  }

  /** Ends it: nothing is posted or heard any more. */
  close() {
    this.#isClosed = true;
    clearTimeout(this.#hush);
    this.moments.close();
    this.#hearing.close();
  }

  #after(milliseconds, action) {
    clearTimeout(this.#hush);
    this.#hush = setTimeout(action, milliseconds);
  }

  async #post(tick, moments) {
    try {
      const { line, voice } = Object(await narrate({ ticket: this.ticket, ...this.#about(), tick, moments }));
      this.#voice(voice);
      this.#line(line);
      return TAKEN;
    } catch (error) {
      if (FINAL.includes(error.status)) this.close();
      return UNREAD.includes(error.status) ? REFUSED : LOST;
    }
  }

  #line(content) {
    const line = lineFrom(content);
    if (line && !this.#isClosed) this.#onLine(line);
  }

  #voice(content) {
    const voice = voiceFrom(content);
    if (voice && !this.#isClosed) this.#onVoice(voice);
  }
}
