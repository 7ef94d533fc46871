// The course of the game: gate -> opening -> fight (paused and resumed) -> ending -> over, and round
// again. It moves the fight by ticks and tells stage, bars, panel and sound what happened.

import * as rules from "../gen/kernel.js";
import names from "../gen/rules.js";
import { Duel } from "../sim/duel.js";
import { tallyOf } from "../ui/overlay.js";
import { BANNERS, ENDINGS } from "../ui/wording.js";
import { playCues } from "./cues.js";
import { Fight } from "./fight.js";

const ENDING_AFTER = 118; // ticks from the last blow to the verdict
const ENDING_FRESH = 50; // ticks
const FOG_AT_GATE = 0.14; // share of the picture
const FOG_CLEARS = 0.022; // a tick
const FOG_GATHERS = 0.05;
const FOG_TIMES_OUT = 0.008;

export class Game {
  /**
   * `parts`: {stage, hud, panel, overlay, sound, service, minds, settings, view}, of which `view`
   * has focusStage(), setBanner(text), announce(text), setPauseVisible(on). `explore`: mistake rates by
   * tier. `manualSeed`: null, or the seed of every fight when tests step the game by hand.
   */
  constructor(parts, { explore, manualSeed }) {
    Object.assign(this, parts);
    this.explore = explore;
    this.manualSeed = manualSeed;
    this.phase = "gate";
    this.preview = new Duel(1).state; // who stands in the arena before the first fight
    this.preview[rules.KNIGHT_AEGIS] = 0;
    this.fight = null;
    this.fog = FOG_AT_GATE;
    this.sinceEnd = 0;
    this.counts = {};
    this.started = 0; // fights begun
    this.loop = null; // set by main.js, as is the input: both need the game
    this.input = null;
  }

  get state() {
    return this.fight ? this.fight.state : this.preview;
  }

  /** Whether the ending has only just appeared. */
  get isEndingFresh() {
    return this.phase === "over" && this.sinceEnd < ENDING_AFTER + ENDING_FRESH;
  }

  get isPlaying() {
    return this.phase === "fight";
  }

  // ------------------------------------------------------------------------------- course
  /** Shows the gate with its choice of tiers. */
  showGate() {
    this.phase = "gate";
    this.sound.stopMusic();
    this.view.setPauseVisible(false);
    this.hud.setVisible(false);
    this.overlay.show("gate");
    this.loop.start();
  }

  /** Opens a fight on the chosen tier; call it in a user gesture, for the sound. */
  async enter() {
    if (this.phase === "opening" || this.phase === "fight") return;
    this.sound.unlock().then(() => this.sound.play("fog"));
    this.phase = "opening";
    this.overlay.show("");
    this.view.focusStage();
    this.loop.start();
    const tier = this.settings.get("tier");
    if (this.manualSeed !== null) {
      this.#begin({ seed: this.manualSeed, explore: this.explore[tier], ticket: null }, this.minds.current);
      return;
    }
    const opened = await this.#open(tier);
    this.#begin(opened.fight, opened.mind);
  }

  /** Stops everything until `resume`. */
  pause() {
    if (this.phase !== "fight") return;
    this.phase = "paused";
    this.loop.stop();
    this.input.release();
    this.sound.stopMusic();
    this.overlay.show("paused");
    this.view.announce("Paused");
  }

  resume() {
    if (this.phase !== "paused") return;
    this.phase = "fight";
    this.sound.unlock();
    this.sound.startMusic();
    this.overlay.show("");
    this.view.focusStage();
    this.loop.start();
  }

  // Asks the server for a fight; without an answer plays one that it does not know.
  async #open(tier) {
    let reply;
    try {
      reply = await this.service.openFight(tier);
    } catch {
      const [random] = crypto.getRandomValues(new Uint32Array(1));
      const fight = { seed: random % rules.SEED_LIMIT, explore: this.explore[tier], ticket: null };
      return { fight, mind: this.minds.current };
    }
    this.explore[tier] = reply.explore;
    this.overlay.setExplore(this.explore);
    const mind = await this.minds.get(reply.weights).catch(() => null); // the server may decide alone
    return { fight: reply, mind };
  }

  #begin({ seed, explore, ticket }, mind) {
    this.fight?.abandon();
    this.panel.reset();
    this.hud.reset();
    this.stage.reset(seed);
    const { service, panel } = this;
    this.fight = new Fight({ seed, explore, ticket, mind, service, onDecision: (decision) => panel.show(decision) });
    this.sinceEnd = 0;
    this.counts = Object.fromEntries(names.events.map((name) => [name, 0]));
    this.started += 1;
    this.fog = Math.max(this.fog, 0.8);
    this.input.release();
    this.hud.setVisible(true);
    this.view.setPauseVisible(true);
    this.sound.startMusic();
    this.phase = "fight";
    this.updateBanner();
    this.view.announce("The fight begins");
    // The player may have turned away while the server was asked.
    if (!document.hasFocus() || document.hidden) this.pause();
  }

  // -------------------------------------------------------------------------------- ticks
  /** Advances by 1/60 s under the keyboard, or under `input` if a test gives one. */
  tick(input = null) {
    if (this.phase === "paused") return;
    let events = 0;
    if (this.phase === "fight") {
      events = this.fight.step(input ?? this.input.sample());
      this.#follow(events);
    } else {
      this.fight?.rest();
    }
    if (this.phase === "ending" || this.phase === "over") this.sinceEnd += 1;
    if (this.phase === "ending" && this.sinceEnd >= ENDING_AFTER) this.#showEnding();
    this.#moveFog();
    const isLive = this.phase !== "gate" && this.phase !== "opening";
    this.stage.tick({ before: this.before, state: this.state, events, sinceEnd: this.sinceEnd, isLive });
    if (this.fight) this.hud.update(this.before, this.state, events);
    this.panel.update();
    this.updateBanner();
  }

  draw(alpha) {
    this.stage.draw({ before: this.before, state: this.state, sinceEnd: this.sinceEnd, closing: this.fog }, alpha);
    this.panel.draw();
  }

  get before() {
    return this.fight ? this.fight.before : this.preview;
  }

  #follow(events) {
    playCues(this.sound, events, this.state);
    for (const [bit, name] of names.events.entries()) if (events & (1 << bit)) this.counts[name] += 1;
    if (events & rules.EVENT_ENRAGED) this.view.announce("The Demon Slime is enraged");
    if (this.fight.outcome === rules.ONGOING) return;
    this.phase = "ending";
    this.sinceEnd = 1;
    this.view.setPauseVisible(false);
    this.sound.stopMusic();
  }

  #showEnding() {
    const { outcome } = this.fight;
    this.phase = "over";
    this.sound.play(outcome === rules.KNIGHT_WINS ? "victory" : "defeat");
    const ending = ENDINGS[outcome];
    this.overlay.setEnding(ending, tallyOf(this.fight, this.counts, this.state[rules.CLOCK]));
    this.overlay.show("ending");
    this.view.announce(`${ending.verdict}. ${ending.epitaph}`);
  }

  #moveFog() {
    if (this.phase === "opening") this.fog = Math.min(1, this.fog + FOG_GATHERS);
    else if (this.phase === "gate") this.fog = Math.max(FOG_AT_GATE, this.fog - FOG_CLEARS);
    else if (this.fight?.outcome === rules.TIMEOUT) this.fog = Math.min(0.9, this.fog + FOG_TIMES_OUT);
    else this.fog = Math.max(0, this.fog - FOG_CLEARS);
  }

  // ------------------------------------------------------------------------------- banner
  /** Says where the boss thinks if it is not on the server. */
  updateBanner() {
    this.view.setBanner(this.#bannerText());
  }

  #bannerText() {
    if (this.manualSeed !== null) return "";
    const isUnknown = this.fight !== null && this.fight.ticket === null && this.phase !== "gate";
    if (!this.service.silent && !isUnknown) return "";
    if (this.fight && !this.fight.mind) return BANNERS.mindless;
    return this.service.silent ? BANNERS.silent : BANNERS.unknown;
  }
}
