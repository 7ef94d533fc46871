// Moving about a screen without a mouse or a Tab key: the focus goes to the nearest thing in a direction,
// and what has a value is changed sideways. Gamepads use it, and the keyboard's arrows on buttons.

const FOCUSABLE = "button, a[href], input, select, summary, [tabindex='0']";
const ASIDE_WEIGHT = 2.5; // how much worse it is to lie aside of the direction than to lie far along it

/** Moves within `root` to "up", "down", "left" or "right": changes a value, or else moves the focus. */
export function moveIn(root, direction) {
  const here = document.activeElement;
  const way = direction === "left" || direction === "up" ? -1 : 1;
  const isSideways = direction === "left" || direction === "right";
  if (root.contains(here) && isSideways && changeValue(here, way)) return;
  const choices = focusable(root);
  const next = root.contains(here) && here !== root ? nearest(here, choices, direction) : choices[0];
  next?.focus({ preventScroll: true });
  next?.scrollIntoView({ block: "nearest" });
}

/** Presses what has the focus in `root`; false if nothing there has it. */
export function pressIn(root) {
  const here = document.activeElement;
  if (!root.contains(here) || !here.matches(FOCUSABLE)) return false;
  here.click();
  return true;
}

/** Lets the arrow keys move the focus from one button to another in `root`; fields keep theirs. */
export function followArrows(root) {
  const directions = { ArrowUp: "up", ArrowDown: "down", ArrowLeft: "left", ArrowRight: "right" };
  root.addEventListener("keydown", (event) => {
    const direction = directions[event.code];
    const isPlain = !event.defaultPrevented && !event.ctrlKey && !event.metaKey && !event.altKey;
    if (!direction || !isPlain || !event.target.matches("button, a")) return;
    event.preventDefault();
    moveIn(event.target.closest(".screen") ?? root, direction);
  });
}

// Of a group of radio buttons only the chosen one takes the focus, as with the Tab key.
function focusable(root) {
  return [...root.querySelectorAll(FOCUSABLE)].filter((element) => {
    if (element.disabled || element.getClientRects().length === 0) return false;
    return element.type !== "radio" || element.checked;
  });
}

function changeValue(element, way) {
  if (element.type === "range") {
    const before = element.value;
    element.stepUp(way);
    if (element.value === before) return true;
    element.dispatchEvent(new Event("input", { bubbles: true }));
    element.dispatchEvent(new Event("change", { bubbles: true }));
    return true;
  }
  if (element.type !== "radio") return false;
  const group = [...document.getElementsByName(element.name)];
  const next = group[group.indexOf(element) + way];
  next?.focus({ preventScroll: true });
  next?.click();
  return true;
}

function nearest(here, choices, direction) {
  const from = centre(here);
  const isSideways = direction === "left" || direction === "right";
  const way = direction === "left" || direction === "up" ? -1 : 1;
  let best = null;
  let least = Infinity;
  for (const choice of choices) {
    const to = centre(choice);
    const [dx, dy] = [to.x - from.x, to.y - from.y];
    const along = way * (isSideways ? dx : dy);
    if (choice === here || along <= 1) continue;
    const distance = along + ASIDE_WEIGHT * Math.abs(isSideways ? dy : dx);
    if (distance < least) [best, least] = [choice, distance];
  }
  return best;
}

function centre(element) {
  const { left, top, width, height } = element.getBoundingClientRect();
  return { x: left + width / 2, y: top + height / 2 };
}
