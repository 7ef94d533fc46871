// What the page's commands do in each phase of the game. A command that returns false was of no use here,
// and its key stays the browser's.

import { byId } from "../ui/dom.js";
import { moveIn, pressIn } from "../ui/menu_focus.js";

/** `overlay`, `settings`, `fullScreen`: of web/ui. Returns {name: (target) => boolean}. */
export function createCommands({ game, overlay, settings, fullScreen }) {
  return {
    pause() {
      if (overlay.back()) return true;
      if (game.phase === "paused") game.resume();
      else game.pause();
      return true;
    },
    mute() {
      settings.set("muted", !settings.get("muted"));
      return true;
    },
    again() {
      if (game.kind !== "fight" || !["ending", "paused"].includes(overlay.current)) return false;
      game.enter();
      return true;
    },
    confirm(target) {
      // A focused button, link or field answers Enter itself.
      if (target instanceof HTMLElement && target.matches("button, a, input, select, summary")) return false;
      if (overlay.current === "gate" || overlay.current === "ending") game.enter();
      else if (overlay.current === "paused") game.resume();
      else return false;
      return true;
    },
    fullscreen: () => fullScreen.toggle(),
    // A key of the game outside the fight: who still rolls when the ending appears must not press its
    // button unawares.
    action: () => game.isEndingFresh,
  };
}

/** What a gamepad does in the menus. Returns a function that takes "up", "down", "left", "right", "press" or "back". */
export function createMenu({ game, overlay, commands }) {
  return (what) => {
    if (what === "back") {
      commands.pause();
      return;
    }
    if (game.isEndingFresh) return;
    const screen = byId(overlay.current || "dock"); // below a replay there are buttons too
    if (what !== "press") moveIn(screen, what);
    else if (!pressIn(screen)) commands.confirm();
  };
}
