// The course of the game: gate -> opening -> fight (paused and resumed) -> ending -> over, and round
// again. It moves the bout by ticks and tells stage, bars, panel and sound what happened.
//
// A bout is anything with {seed, state, before, outcome, start(), step(input), rest(), abandon()}: a fight
// against the boss (game/fight.js), practice in the training room, a replay. Who wants to follow what happens calls
// `observe` with an object of any of these methods:
//   onBegin(kind)            a bout has been put on the stage
//   onTick(events, input)    a tick of it has passed
//   onHold(on)               it has been made to stand still, or to run on
//   onJump()                 it has been set to another moment of its course
//   onPause(), onResume()    the player rests
//   onEnd(outcome)           it has been decided; the ending is still to be shown
//   onOver(outcome)          the ending is shown (of a replay: has been reached)
//   onLeave(kind)            it leaves the stage for the gate

import * as rules from "../gen/kernel.js";
import names from "../gen/rules.js";
import { Duel } from "../sim/duel.js";
import { tallyOf } from "../ui/overlay.js";
import { BANNERS, ENDINGS } from "../ui/wording.js";
import { Fight } from "./fight.js";

const ENDING_AFTER = 118; // ticks from the last blow to the verdict
const ENDING_FRESH = 50; // ticks
const SLOW_TICKS = 30; // after the last blow, in slow motion
const SLOW_RATE = 0.35;
const PREVIEW_PLACES = [668, 850]; // pixels: knight and boss at the gate
const FOG_AT_GATE = 0.14; // share of the picture
const FOG_CLEARS = 0.022; // a tick
const FOG_GATHERS = 0.05;
const FOG_TIMES_OUT = 0.008;
const MIND_PATIENCE = 400; // milliseconds that the opening waits for a new mind; the server decides until it comes

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
    this.preview = previewState();
    this.bout = null;
    this.kind = "fight"; // "fight", "practice" or "replay": what the bout is
    this.pace = 1; // of replays and practice, chosen there
    this.held = false; // true while a bout stands still and is stepped tick by tick
    this.observers = [];
    this.fog = FOG_AT_GATE;
    this.sinceEnd = 0;
    this.counts = {};
    this.started = 0; // bouts begun
    this.loop = null; // set by main.js, as is the input: both need the game
    this.input = null;
  }

  get state() {
    return this.bout ? this.bout.state : this.preview;
  }

  get before() {
    return this.bout ? this.bout.before : this.preview;
  }

  /** Game seconds a second of wall time: it changes how long ticks last, never how many there are. */
  get rate() {
    const isSlow = this.sinceEnd > 0 && this.sinceEnd <= SLOW_TICKS && !this.settings.isCalm;
    return this.pace * (this.kind === "replay" ? 1 : this.settings.get("speed")) * (isSlow ? SLOW_RATE : 1);
  }

  /** Whether the ending has only just appeared. */
  get isEndingFresh() {
    return this.phase === "over" && this.sinceEnd < ENDING_AFTER + ENDING_FRESH;
  }

  /** Whether the keys of the game move somebody. */
  get isPlaying() {
    return this.phase === "fight" && this.kind !== "replay";
  }

  /** Follows the game: see the top of this file. */
  observe(observer) {
    this.observers.push(observer);
  }

  #tell(method, ...details) {
    for (const observer of this.observers) observer[method]?.(...details);
  }

  // ------------------------------------------------------------------------------- course
  /** Shows the gate with its choice of tiers. */
  showGate() {
    if (this.bout && this.phase !== "gate") this.#tell("onLeave", this.kind);
    this.phase = "gate";
    this.bout?.abandon();
    this.bout = null;
    this.held = false;
    this.sinceEnd = 0;
    this.stage.reset(1);
    this.panel.reset();
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
      const fight = { seed: this.manualSeed, tier, explore: this.explore[tier], ticket: null };
      this.#beginFight(fight, this.minds.current);
      return;
    }
    const fight = await this.#open(tier);
    const fetching = fight.ticket ? this.minds.get(fight.weights).catch(() => null) : this.minds.current;
    const mind = await Promise.race([fetching, new Promise((resolve) => setTimeout(resolve, MIND_PATIENCE, null))]);
    if (this.phase !== "opening") return;
    this.#beginFight(fight, mind);
    const { bout } = this;
    if (!mind) bout.mind = await fetching;
  }

  /** Puts `bout` on the stage; `kind`: "fight", "practice" or "replay". */
  begin(bout, kind) {
    this.bout?.abandon();
    this.bout = bout;
    this.kind = kind;
    this.pace = 1;
    this.held = false;
    this.panel.reset();
    this.hud.reset();
    this.stage.reset(bout.seed);
    this.sinceEnd = 0;
    this.counts = Object.fromEntries(names.events.map((name) => [name, 0]));
    this.started += 1;
    this.fog = Math.max(this.fog, 0.8);
    this.input.release();
    this.hud.setVisible(true);
    this.view.setPauseVisible(kind !== "replay");
    this.overlay.show("");
    this.phase = "fight";
    this.loop.start();
    bout.start();
    this.updateBanner();
    this.#tell("onBegin", kind);
    // The player may have turned away while the server was asked.
    if (!document.hasFocus() || document.hidden) this.pause();
  }

  /** Lets the bout stand still, or run on; held, `stepOnce` moves it. Not for a fight. */
  hold(on) {
    if (this.kind === "fight" || this.phase !== "fight" || on === this.held) return;
    this.held = on;
    if (on) this.loop.stop();
    else this.loop.start();
    this.#tell("onHold", on);
  }

  /** Advances a held bout by a tick and shows it. */
  stepOnce() {
    if (!this.held || this.phase !== "fight") return;
    this.tick();
    this.draw(1);
  }

  /**
   * The bout's state has been set elsewhere in its course: shows it. `lead`: ticks to play from there without
   * a sound or a word, so that the picture shows what is under way.
   */
  jump(lead = 0) {
    this.sinceEnd = 0;
    this.phase = "fight";
    this.fog = 0;
    this.stage.reset(this.bout.seed);
    this.hud.snap(this.state);
    for (let i = 0; i < lead; i += 1) this.#show(this.bout.step(0));
    this.draw(1);
    this.#tell("onJump");
  }

  /** Puts a fight that is over back on the stage, with its ending, after it has been watched again. */
  returnTo(fight) {
    this.#tell("onLeave", this.kind);
    this.bout = fight;
    this.kind = "fight";
    this.jump();
    this.phase = "over";
    this.sinceEnd = ENDING_AFTER;
    this.pace = 1;
    this.held = false;
    this.overlay.show("ending");
    this.draw(1);
    this.loop.start();
  }

  /** Stops everything until `resume`. */
  pause() {
    if (this.phase !== "fight") return;
    if (this.kind === "replay") {
      this.hold(true);
      return;
    }
    this.phase = "paused";
    this.loop.stop();
    this.input.release();
    this.overlay.show("paused");
    this.view.announce("Paused");
    this.#tell("onPause");
  }

  resume() {
    if (this.phase !== "paused") return;
    this.phase = "fight";
    this.overlay.show("");
    this.view.focusStage();
    if (!this.held) this.loop.start();
    this.#tell("onResume");
  }

  // Asks the server for a fight; without an answer plays one that it does not know.
  async #open(tier) {
    let reply;
    try {
      reply = await this.service.openFight(tier);
    } catch {
      const [random] = crypto.getRandomValues(new Uint32Array(1));
      return { seed: random % rules.SEED_LIMIT, tier, explore: this.explore[tier], ticket: null };
    }
    this.explore[tier] = reply.explore;
    this.overlay.setExplore(this.explore);
    return reply;
  }

  // `terms`: the reply of POST /fights, or of it what a fight has that the server does not know.
  #beginFight(terms, mind) {
    const { seed, tier, explore, ticket, weights = this.minds.latest } = terms;
    const { fight: id = null, version = null, learns: isRecorded = false } = terms;
    const { service, panel } = this;
    const onDecision = (decision) => panel.show(decision);
    const fight = { seed, tier, explore, ticket, weights, id, version, isRecorded, mind, service, onDecision };
    this.begin(new Fight(fight), "fight");
    this.view.announce("The fight begins");
  }

  // -------------------------------------------------------------------------------- ticks
  /** Advances by 1/60 s under the keyboard, or under `input` if a test gives one. */
  tick(input = null) {
    if (this.phase === "paused") return;
    let events = 0;
    if (this.phase === "fight") {
      const bits = input ?? this.input.sample();
      events = this.bout.step(bits);
      this.#follow(events);
      this.#tell("onTick", events, bits);
    } else {
      this.bout?.rest();
    }
    if (this.phase === "ending" || this.phase === "over") this.sinceEnd += 1;
    if (this.phase === "ending" && this.sinceEnd >= ENDING_AFTER) this.#showEnding();
    this.#moveFog();
    this.#show(events);
    this.panel.update();
    this.updateBanner();
  }

  #show(events) {
    const isLive = this.phase !== "opening"; // then the whole floor is shown
    this.stage.tick({ before: this.before, state: this.state, events, sinceEnd: this.sinceEnd, isLive });
    if (this.bout) this.hud.update(this.before, this.state, events);
  }

  draw(alpha) {
    this.stage.draw({ before: this.before, state: this.state, sinceEnd: this.sinceEnd, closing: this.fog }, alpha);
    this.panel.draw();
  }

  #follow(events) {
    for (const [bit, name] of names.events.entries()) if (events & (1 << bit)) this.counts[name] += 1;
    if (events & rules.EVENT_ENRAGED) this.view.announce("The Demon Slime is enraged");
    if (this.bout.outcome === rules.ONGOING) return;
    this.phase = "ending";
    this.sinceEnd = 1;
    this.view.setPauseVisible(false);
    this.#tell("onEnd", this.bout.outcome);
  }

  #showEnding() {
    const { outcome } = this.bout;
    this.phase = "over";
    if (this.kind === "fight") this.#showVerdict(outcome);
    this.#tell("onOver", outcome);
  }

  #showVerdict(outcome) {
    const ending = ENDINGS[outcome];
    this.overlay.setEnding(ending, tallyOf(this.bout, this.counts, this.state[rules.CLOCK]));
    this.overlay.show("ending");
    this.view.announce(`${ending.verdict}. ${ending.epitaph}`);
  }

  #moveFog() {
    if (this.phase === "opening") this.fog = Math.min(1, this.fog + FOG_GATHERS);
    else if (this.phase === "gate") this.fog = Math.max(FOG_AT_GATE, this.fog - FOG_CLEARS);
    else if (this.bout?.outcome === rules.TIMEOUT) this.fog = Math.min(0.9, this.fog + FOG_TIMES_OUT);
    else this.fog = Math.max(0, this.fog - FOG_CLEARS);
  }

  // ------------------------------------------------------------------------------- banner
  /** Says where the boss thinks if it is not on the server. */
  updateBanner() {
    this.view.setBanner(this.#bannerText());
  }

  #bannerText() {
    if (this.manualSeed !== null) return "";
    if (this.bout && this.kind !== "fight") return "";
    const isUnknown = this.bout !== null && this.bout.ticket === null && this.phase !== "gate";
    if (!this.service.silent && !isUnknown) return "";
    if (this.bout && !this.bout.mind) return BANNERS.mindless;
    return this.service.silent ? BANNERS.silent : BANNERS.unknown;
  }
}

// Who stands in the arena at the gate: at the right, for the words are on the left.
function previewState() {
  const { state } = new Duel(1);
  state[rules.KNIGHT_AEGIS] = 0;
  [state[rules.KNIGHT_X], state[rules.BOSS_X]] = PREVIEW_PLACES.map((x) => x * rules.UNITS_PER_PIXEL);
  return state;
}
