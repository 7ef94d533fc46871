// The requests about narration: telling the server the moments of a fight, and hearing the lines that its model
// writes. Neither counts for whether the server is silent (net/service.js): play does not depend on them.

import { request } from "./request.js";

const TIMEOUT = 4000; // milliseconds
const OPEN_AGAIN = 10000; // milliseconds after a stream has failed for good
const MOST_CHARACTERS = 65536; // of an event's data

/** Posts moments of a ticket's fight; resolves to the reply of POST /narrate, unchecked. Throws ServiceError. */
export function narrate(body) {
  return request("/narrate", { body, timeout: TIMEOUT });
}

/** The narration of a fight as it comes. One of few that the server can send at a time: hold none for nothing. */
export class Hearing {
  #address;
  #takers;
  #stream = null;
  #again = null; // the timer after which it is opened again
  #isEnding = false;

  /** `onLine` and `onVoice` get the content of events, unchecked. Nothing comes before `open`. */
  constructor(fight, { onLine, onVoice }) {
    this.#address = `/narration/${encodeURIComponent(fight)}`;
    this.#takers = { line: onLine, voice: onVoice };
  }

  open() {
    clearTimeout(this.#again);
    if (this.#stream) return;
    const stream = new EventSource(this.#address);
    this.#stream = stream;
    for (const [name, take] of Object.entries(this.#takers)) {
      stream.addEventListener(name, ({ data, origin }) => {
        const content = origin === location.origin ? parsed(data) : null;
        if (content !== null) take(content);
      });
    }
    stream.addEventListener("error", () => this.#recover());
  }

  close() {
    clearTimeout(this.#again);
    this.#stream?.close();
    this.#stream = null;
  }

  /** From now on what fails is not opened again. */
  end() {
    clearTimeout(this.#again);
    this.#isEnding = true;
  }

  // A browser connects again by itself where a connection is lost, but never after a status other than 200: the
  // server has as many listeners as it can have, or a proxy has no server just now.
  #recover() {
    if (this.#stream?.readyState !== EventSource.CLOSED) return;
    this.close();
    if (!this.#isEnding) this.#again = setTimeout(() => this.open(), OPEN_AGAIN);
  }
}

function parsed(data) {
  if (typeof data !== "string" || data.length > MOST_CHARACTERS) return null;
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
