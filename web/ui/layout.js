// How the page is divided: the arena, and the mind beside it. In a wide window the mind stands at the side
// and may be folded into a strip; in a narrow one it is a strip from the start and opens as a drawer over the page.

import { byId } from "./dom.js";
import { readStored, writeStored } from "./storage.js";

const KEY = "modular-mind-panel";
const WIDE = "(min-width: 1100px) and (min-height: 500px)"; // as in css/layout.css

/** Connects the buttons that fold and open the mind, and measures the arena for the style sheets. */
export function connectLayout() {
  const wide = window.matchMedia(WIDE);
  const isFolded = () => wide.matches && readStored(KEY)?.folded === true;
  const show = (on) => {
    byId("page").classList.toggle("mind-open", on);
    byId("mind-toggle").setAttribute("aria-expanded", String(on));
  };
  const choose = (on) => {
    show(on);
    byId(on ? "mind-close" : "mind-toggle").focus({ preventScroll: true });
    if (wide.matches) writeStored(KEY, { folded: !on });
  };
  byId("mind-toggle").addEventListener("click", () => choose(true));
  byId("mind-close").addEventListener("click", () => choose(false));
  wide.addEventListener("change", () => show(wide.matches && !isFolded()));
  show(wide.matches && !isFolded());

  const stage = byId("stage");
  new ResizeObserver(() => stage.style.setProperty("--unit", `${stage.clientWidth / 100}px`)).observe(stage);
}

/** In a frame no key arrives before a click: says so while the frame does not have the keys. */
export function connectFrameHint() {
  const hint = byId("frame-hint");
  const update = () => {
    hint.hidden = window.parent === window || document.hasFocus();
  };
  window.addEventListener("focus", update);
  window.addEventListener("blur", update);
  document.addEventListener("pointerdown", () => {
    window.focus();
    update();
  });
  update();
}
