// The bars over the arena: health of both with a trail of what was just lost, stamina, Aegis, the
// boss's guard and mood. Fed with the state once a tick; touches the document only on changes.

import * as rules from "../gen/kernel.js";
import { byId, shareWriter, textWriter } from "./dom.js";

const TRAIL_WAIT = 34; // ticks before a trail follows
const TRAIL_SPEED = 0.012; // of the bar, a tick
const TALLY_TICKS = 84; // how long the damage dealt stays beside the boss's name
const REFUSED_TICKS = 20;
const NEAR_DEATH = 30; // points of health

/** A bar with a fill and, if its element has one, a trail that follows losses late. */
class Bar {
  constructor(id, most) {
    this.element = byId(id);
    this.most = most;
    this.fill = shareWriter(this.element.querySelector(".fill"));
    const trail = this.element.querySelector(".trail");
    this.trail = trail ? shareWriter(trail) : null;
    this.element.setAttribute("aria-valuemax", String(most));
    this.reset(most);
  }

  reset(value) {
    this.value = value;
    this.shown = value / this.most;
    this.wait = 0;
    this.#write();
  }

  update(value) {
    const share = value / this.most;
    if (value !== this.value) {
      if (value < this.value) this.wait = TRAIL_WAIT;
      this.value = value;
      this.#write();
    }
    if (!this.trail) return;
    if (this.wait > 0) this.wait -= 1;
    else this.shown = Math.max(share, this.shown - TRAIL_SPEED);
    if (share > this.shown) this.shown = share;
    this.trail(this.shown);
  }

  #write() {
    this.fill(this.value / this.most);
    if (this.trail) this.trail(this.shown);
    this.element.setAttribute("aria-valuenow", String(this.value));
  }
}

export class Hud {
  constructor() {
    this.root = byId("hud");
    this.stage = byId("stage");
    this.health = new Bar("knight-health", rules.KNIGHT_MAX_HEALTH);
    this.stamina = new Bar("knight-stamina", rules.KNIGHT_MAX_STAMINA);
    this.aegis = new Bar("knight-aegis", rules.AEGIS_TICKS);
    this.bossHealth = new Bar("boss-health", rules.BOSS_MAX_HEALTH);
    this.bossGuard = new Bar("boss-guard", rules.BOSS_MAX_GUARD);
    this.aegisRow = byId("aegis");
    this.mood = byId("boss-mood");
    this.writeDamage = textWriter(byId("boss-damage"));
    byId("boss-health").querySelector(".mark").style.left = `${(100 * rules.ENRAGE_HEALTH) / rules.BOSS_MAX_HEALTH}%`;
    this.reset();
  }

  /** Shows or hides all bars. */
  setVisible(visible) {
    this.root.hidden = !visible;
  }

  /** Full bars, no mood: the start of a fight. */
  reset() {
    for (const bar of [this.health, this.stamina, this.aegis, this.bossHealth, this.bossGuard]) bar.reset(bar.most);
    this.dealt = 0;
    this.dealtTicks = 0;
    this.refused = 0;
    this.writeDamage("");
    this.#setMarks(false, false, true, false);
  }

  /** Shows `state` at once, without trails: the fight has jumped to it. */
  snap(state) {
    this.health.reset(state[rules.KNIGHT_HEALTH]);
    this.stamina.reset(state[rules.KNIGHT_STAMINA]);
    this.aegis.reset(state[rules.KNIGHT_AEGIS]);
    this.bossHealth.reset(state[rules.BOSS_HEALTH]);
    this.bossGuard.reset(state[rules.BOSS_GUARD]);
    this.dealtTicks = 0;
    this.update(state, state, 0);
  }

  /** Follows the tick that led from `before` to `state` with `events`. */
  update(before, state, events) {
    this.health.update(state[rules.KNIGHT_HEALTH]);
    this.stamina.update(state[rules.KNIGHT_STAMINA]);
    this.aegis.update(state[rules.KNIGHT_AEGIS]);
    this.bossHealth.update(state[rules.BOSS_HEALTH]);
    this.bossGuard.update(state[rules.BOSS_GUARD]);
    this.#tally(before[rules.BOSS_HEALTH] - state[rules.BOSS_HEALTH]);
    if (events & rules.EVENT_ROLL_REFUSED) this.refused = REFUSED_TICKS;
    this.refused = Math.max(0, this.refused - 1);
    const isBroken = state[rules.BOSS_PHASE] === rules.BOSS_BROKEN;
    const isNearDeath = state[rules.KNIGHT_HEALTH] <= NEAR_DEATH && state[rules.OUTCOME] === rules.ONGOING;
    this.#setMarks(state[rules.BOSS_ENRAGED] === 1, isBroken, state[rules.KNIGHT_AEGIS] > 0, isNearDeath);
  }

  #tally(lost) {
    if (lost > 0) {
      this.dealt = this.dealtTicks > 0 ? this.dealt + lost : lost;
      this.dealtTicks = TALLY_TICKS;
    }
    this.dealtTicks = Math.max(0, this.dealtTicks - 1);
    this.writeDamage(this.dealtTicks > 0 ? String(this.dealt) : "");
  }

  #setMarks(isEnraged, isBroken, hasAegis, isNearDeath) {
    setIf(this.mood, "hidden", !isEnraged);
    setIf(this.aegisRow, "hidden", !hasAegis);
    setClass(this.root, "enraged", isEnraged);
    setClass(this.stage, "near-death", isNearDeath);
    setClass(this.bossGuard.element, "broken", isBroken);
    setClass(this.stamina.element, "refused", this.refused > 0);
  }
}

function setIf(element, property, value) {
  if (element[property] !== value) element[property] = value;
}

function setClass(element, name, on) {
  if (element.classList.contains(name) !== on) element.classList.toggle(name, on);
}
