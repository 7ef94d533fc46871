// The browser's storage, which may be refused (private windows, frames): then what is written lasts only
// as long as the page, and nothing fails.

/** What was stored under `key` as JSON, or null: nothing there, nothing readable, or no storage. */
export function readStored(key) {
  try {
    return JSON.parse(localStorage.getItem(key));
  } catch {
    return null;
  }
}

/** Stores `value` as JSON; returns whether it will be there at the next visit. */
export function writeStored(key, value) {
  try {
    localStorage.setItem(key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}
