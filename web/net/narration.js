// The requests about narration: telling the server the moments of a fight, and hearing the lines that its model
// writes. Neither counts for whether the server is silent (net/service.js): play does not depend on them.

import { request } from "./request.js";

const TIMEOUT = 4000; // milliseconds
const MOST_CHARACTERS = 65536; // of an event's data

/** Posts moments of a ticket's fight; resolves to the reply of POST /narrate, unchecked. Throws ServiceError. */
export function narrate(body) {
  return request("/narrate", { body, timeout: TIMEOUT });
}

/**
 * Hears the narration of `fight`: `onLine` and `onVoice` get the content of events, unchecked. Returns a function
 * that ends it.
 */
export function listen(fight, { onLine, onVoice }) {
  const stream = new EventSource(`/narration/${encodeURIComponent(fight)}`);
  const hear = (name, take) =>
    stream.addEventListener(name, ({ data, origin }) => {
      const content = origin === location.origin ? parsed(data) : null;
      if (content !== null) take(content);
    });
  hear("line", onLine);
  hear("voice", onVoice);
  return () => stream.close();
}

function parsed(data) {
  if (typeof data !== "string" || data.length > MOST_CHARACTERS) return null;
  try {
    return JSON.parse(data);
  } catch {
    return null;
  }
}
