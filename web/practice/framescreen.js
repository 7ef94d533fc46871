// The screen with the table of frame data, over the arena.

import { create } from "../ui/dom.js";
import { FRAME_COLUMNS, frameTable } from "./framedata.js";

export const FRAME_SCREEN = "frames";
export const FRAME_CLOSE = "frames-close";

/** The screen's element; `onClose()` is called by its button. */
export function createFrameScreen(onClose) {
  const screen = create("div", "screen frames");
  screen.id = FRAME_SCREEN;
  screen.hidden = true;
  const close = create("button", "primary", "Back to the room");
  close.id = FRAME_CLOSE;
  close.type = "button";
  close.addEventListener("click", () => onClose());
  const scroller = create("div", "frames-scroller");
  scroller.tabIndex = 0; // so that it scrolls by keyboard where it does not fit
  scroller.setAttribute("role", "region");
  scroller.setAttribute("aria-label", "Table of frame data");
  scroller.append(createTable());
  screen.append(create("h2", "title small", "Frame data"), scroller, create("p", "frames-note", NOTE), close);
  return screen;
}

const NOTE =
  "In ticks of a sixtieth of a second. Advantages say how many ticks sooner (+) or later (−) than the other one " +
  "may act again when the blow lands in its first tick; the hit-stop holds both alike.";

function createTable() {
  const table = create("table", "frames-table");
  const head = create("tr");
  for (const name of ["action", ...FRAME_COLUMNS]) {
    const cell = create("th", "", name);
    cell.scope = "col";
    head.append(cell);
  }
  table.createTHead().append(head);
  const body = table.createTBody();
  for (const { action, cells, note } of frameTable()) {
    const row = body.insertRow();
    const name = create("th", "", action);
    name.scope = "row";
    name.append(create("small", "", note));
    row.append(name, ...cells.map((text) => create("td", "", text)));
  }
  return table;
}
