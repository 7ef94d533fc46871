// The server's side of a narrated fight: posts its moments, hears its stream, and hands on what comes of either.

import { listen, narrate } from "../net/narration.js";
import { lineFrom, voiceFrom } from "./checks.js";
import { Moments } from "./moments.js";

const FINAL = [400, 401, 403, 404, 405, 409, 410, 422]; // this fight will not be narrated any more

export class Voice {
  #about;
  #isSilent;
  #onLine;
  #onVoice;
  #hush;
  #isClosed = false;

  /**
   * `fight`, `ticket`: the server's names of it. `about()`: {persona, name, learned} of the next post. `isSilent()`:
   * whether the server does not answer now. `onLine`, `onVoice` get what checks.js lets through.
   */
  constructor({ fight, ticket, about, isSilent, onLine, onVoice }) {
    this.#about = about;
    this.#isSilent = isSilent;
    this.#onLine = onLine;
    this.#onVoice = onVoice;
    this.ticket = ticket;
    this.#hush = listen(fight, { onLine: (content) => this.#line(content), onVoice: (content) => this.#voice(content) });
    this.moments = new Moments((tick, moments) => this.#post(tick, moments));
  }

  /** Ends it: nothing is posted or heard any more. */
  close() {
    this.#isClosed = true;
    this.#hush();
  }

  async #post(tick, moments) {
    if (this.#isClosed || this.#isSilent()) return;
    try {
      const { line, voice } = Object(await narrate({ ticket: this.ticket, ...this.#about(), tick, moments }));
      this.#voice(voice);
      this.#line(line);
    } catch (error) {
      if (FINAL.includes(error.status)) this.close();
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
