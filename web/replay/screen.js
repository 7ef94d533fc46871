// The screen of replays behind the gate: the last fights, and opening one from a file.

import { BOSS_MAX_HEALTH, BOSS_WINS, DRAW, KNIGHT_WINS, TIMEOUT } from "../gen/kernel.js";
import { byId, create } from "../ui/dom.js";
import { TIER_NAMES, clockTime } from "../ui/wording.js";
import { FILE_SUFFIX } from "./share.js";

const OUTCOMES = {
  [KNIGHT_WINS]: ["victory", "Slime felled"],
  [BOSS_WINS]: ["defeat", "Burned out"],
  [DRAW]: ["draw", "Ash to ash"],
  [TIMEOUT]: ["timeout", "The fog closed"],
};

export class ReplayScreen {
  /**
   * Builds the screen in the overlay. `library`: of library.js. `actions`: {watch(fight), copy(fight, button),
   * save(fight), openFile(file), back}.
   */
  constructor(overlay, library, actions) {
    this.overlay = overlay;
    this.library = library;
    this.actions = actions;
    this.root = create("section", "screen replays");
    this.root.id = "replays";
    this.root.hidden = true;
    this.root.setAttribute("aria-label", "Replays");
    this.message = create("p", "replay-message");
    this.message.id = "replay-message";
    this.message.setAttribute("role", "alert");
    this.link = create("input", "replay-link");
    Object.assign(this.link, { id: "replay-link", type: "text", readOnly: true, hidden: true });
    this.link.setAttribute("aria-label", "Link to the replay");
    this.list = create("ol", "replay-list");
    this.list.id = "replay-list";
    this.empty = create("p", "lore", "No fight has been fought here yet. The last ten will wait in this place.");
    const title = create("h2", "title small", "Replays");
    this.root.append(title, this.message, this.link, this.list, this.empty, this.#buildButtons());
    byId("overlay").append(this.root);
    overlay.register("replays", "replays-open");
  }

  /** Opens the screen; `message`: what has gone wrong, if something has. */
  open(message = "") {
    this.#list();
    this.overlay.open("replays");
    this.say(message);
  }

  /** Writes a message, and a link to be copied by hand if there is one. */
  say(message, link = "") {
    this.message.textContent = message;
    this.link.hidden = !link;
    this.link.value = link;
    if (link) this.link.select();
    if (message) byId("overlay").scrollTop = 0; // where the message is
  }

  #list() {
    this.say("");
    this.list.replaceChildren(...this.library.fights.map((fight) => this.#row(fight)));
    this.list.hidden = this.library.fights.length === 0;
    this.empty.hidden = this.library.fights.length > 0;
  }

  #row(fight) {
    const row = create("li");
    const [mood, words] = OUTCOMES[fight.outcome];
    const left = Math.max(0, fight.bossHealth) / BOSS_MAX_HEALTH;
    const health = create("span", "replay-health");
    const bar = create("i");
    bar.style.width = `${100 * left}%`;
    health.append(bar, create("span", "", left > 0 ? `slime at ${Math.round(100 * left)}%` : "slime slain"));
    const buttons = create("span", "replay-row-buttons");
    const about = `${words}, ${TIER_NAMES[fight.tier]}, ${clockTime(fight.ticks)}`;
    const add = (text, action) => {
      const button = create("button", text === "Watch" ? "primary" : "", text);
      button.type = "button";
      button.setAttribute("aria-label", `${text}: ${about}`);
      button.addEventListener("click", () => action(button));
      buttons.append(button);
    };
    add("Watch", () => this.actions.watch(fight));
    add("Copy link", (button) => this.actions.copy(fight, button));
    add("Save", () => this.actions.save(fight));
    add("Delete", () => this.#remove(fight));
    row.append(
      create("span", `replay-outcome ${mood}`, words),
      create("span", "replay-tier", TIER_NAMES[fight.tier]),
      create("span", "replay-length", clockTime(fight.ticks)),
      health,
      buttons,
    );
    return row;
  }

  #remove(fight) {
    const index = this.library.fights.indexOf(fight);
    this.library.remove(fight);
    this.#list();
    const next = this.list.children[Math.min(index, this.list.children.length - 1)];
    (next?.querySelector("button:last-child") ?? byId("replays-open")).focus();
  }

  #buildButtons() {
    const file = create("input");
    Object.assign(file, { id: "replay-file", type: "file", accept: `${FILE_SUFFIX},.txt,text/plain`, hidden: true });
    file.addEventListener("change", () => {
      const [chosen] = file.files;
      file.value = ""; // so that the same file may be chosen again
      if (chosen) this.actions.openFile(chosen);
    });
    const open = create("button", "", "Open a file");
    const back = create("button", "", "Back");
    open.id = "replays-open";
    back.id = "replays-back";
    for (const button of [open, back]) button.type = "button";
    open.addEventListener("click", () => file.click());
    back.addEventListener("click", () => this.actions.back());
    const row = create("div", "buttons");
    row.append(open, back, file);
    const hint = create("p", "hint", "A replay can also be dropped on the page.");
    const foot = create("div", "replay-foot");
    foot.append(row, hint);
    return foot;
  }
}
