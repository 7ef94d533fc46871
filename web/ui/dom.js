// Small helpers for the document: elements by id, and writes that happen only when something changed.

/** The element `id`; throws if the document has none, so that a renamed id is found at once. */
export function byId(id) {
  const element = document.getElementById(id);
  if (!element) throw new Error(`no element #${id}`);
  return element;
}

/** A new element with a class and a text. */
export function create(tag, className = "", text = "") {
  const element = document.createElement(tag);
  if (className) element.className = className;
  if (text) element.textContent = text;
  return element;
}

/** A function that writes a text into `element` when it differs from the last one. */
export function textWriter(element) {
  let last = null;
  return (text) => {
    if (text === last) return;
    last = text;
    element.textContent = text;
  };
}

/** A function that scales `element` horizontally to `share` (0 to 1), in steps of 1/1000. */
export function shareWriter(element) {
  let last = -1;
  return (share) => {
    const rounded = Math.round(Math.max(0, Math.min(1, share)) * 1000) / 1000;
    if (rounded === last) return;
    last = rounded;
    element.style.transform = `scaleX(${rounded})`;
  };
}
