// What the ending adds to its verdict: how close it was, what the fight means for the player's record, and
// after three losses in a row on a tier an offer of help, made once. An observer of the game.

import { CLOCK } from "../gen/kernel.js";
import rules from "../gen/rules.js";
import { byId, create } from "./dom.js";
import { TIER_NAMES, closeness, featLines } from "./wording.js";

const HELP_AFTER = 3; // losses in a row
const SLOWER = 0.8; // game speed that is offered

export class Ending {
  #tier = "";
  #feat = null; // of Records.note, for the fight that was decided last

  /** `records`: of game/records.js; the others as main.js builds them. */
  constructor({ game, settings, records }) {
    this.game = game;
    this.settings = settings;
    this.records = records;
    byId("help-tier").addEventListener("click", () => {
      settings.set("tier", easierTier(this.#tier));
      game.enter();
    });
    byId("help-speed").addEventListener("click", () => {
      settings.set("speed", SLOWER);
      game.enter();
    });
  }

  onBegin() {
    this.#tier = this.settings.get("tier");
  }

  // Counted at the last blow: who closes the page before the verdict has fought all the same.
  onEnd(outcome) {
    if (this.game.kind !== "fight") return;
    this.#feat = this.records.note(this.#tier, outcome, this.game.state[CLOCK]);
  }

  onOver(outcome) {
    if (this.game.kind !== "fight") return;
    byId("closeness").textContent = closeness(outcome, this.game.state);
    byId("feats").replaceChildren(...featLines(this.#feat, this.#tier).map((line) => create("li", "", line)));
    this.#offerHelp();
  }

  #offerHelp() {
    const easier = easierTier(this.#tier);
    const canSlow = this.settings.get("speed") > SLOWER;
    const isDue = this.#feat.unwon >= HELP_AFTER && !this.records.of(this.#tier).helped && (easier || canSlow);
    byId("help").hidden = !isDue;
    if (!isDue) return;
    byId("help-tier").hidden = !easier;
    byId("help-tier").textContent = easier ? `Try ${TIER_NAMES[easier]}` : "";
    byId("help-speed").hidden = !canSlow;
    this.records.noteHelp(this.#tier);
  }
}

function easierTier(tier) {
  return rules.tiers[rules.tiers.indexOf(tier) - 1] ?? null;
}
