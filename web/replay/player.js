// Shows recorded fights: puts them on the stage, follows the bar and the keys, keeps the panel in step, and
// leads back to where the replay was opened. The killcam is the same player without the bar.

import { runThrough, explain } from "./course.js";
import { ReplayBar, SPEEDS } from "./bar.js";
import { ReplayBout } from "./bout.js";
import { KILLCAM_PACE, KillcamView, blameFor, killcamStart } from "./killcam.js";
import { byId } from "../ui/dom.js";

const LEAD = 40; // ticks played unheard before the tick that was asked for, so that the picture is in motion
const SETTLE = 30; // ticks in which the drawing of the mind comes to rest
const MINDLESS = "The mind of this fight is not known here: the panel shows only its moves.";

export class ReplayPlayer {
  /** `game`, `minds`, `panel`, `view`: the page's; `actions`: {copy(record, button), save(record), fight()}. */
  constructor({ game, minds, panel, view }, actions) {
    Object.assign(this, { game, minds, panel, view });
    this.bout = null; // what is shown, or null
    this.mind = null; // of the fight that is shown, if it is known
    this.back = null; // leads back to where the replay was opened
    this.blame = null; // the caption of the killcam, or null for a whole replay
    this.shown = 0; // decisions on the panel
    this.isGrabbed = false; // the track, by a pointer
    this.wasRunning = false; // before that
    this.pace = 1;
    this.requests = 0;
    this.killcam = new KillcamView(() => this.leave());
    this.bar = new ReplayBar(byId("dock"), {
      toggle: () => this.toggle(),
      restart: () => this.seek(0),
      step: (ticks) => this.step(ticks),
      scrub: (tick) => this.seek(tick),
      grab: () => this.#grab(),
      release: () => this.#release(),
      speed: (pace) => this.#setPace(pace),
      copy: () => actions.copy(this.bout.record, byId("replay-copy")),
      save: () => actions.save(this.bout.record),
      fight: () => actions.fight(),
      leave: () => this.leave(),
    });
    game.observe({
      onBegin: (kind) => kind !== "replay" && this.#clear(),
      onLeave: () => this.#clear(),
      onTick: () => this.bout && this.#follow(),
      onHold: () => this.bout && this.#showPlace(),
      onEnd: () => this.bout && this.#end(),
      onOver: () => this.blame !== null && this.leave(),
    });
    window.addEventListener("keydown", (event) => this.#onKey(event), { capture: true });
  }

  /**
   * Shows `record` from its beginning; `back()` is called when the player leaves it. With `killcam` only its
   * last seconds, slowly, and who drove the blow. Throws ReplayError when the record is not what it claims.
   */
  async open(record, { back, killcam = false }) {
    this.requests += 1;
    const request = this.requests;
    const began = this.game.started;
    const course = runThrough(record);
    const mind = record.weights ? await this.minds.find(record.weights).catch(() => null) : null;
    if (mind) explain(record, course, mind);
    if (request !== this.requests || began !== this.game.started) return; // something else has begun meanwhile
    this.bout = new ReplayBout(record, course);
    this.mind = mind;
    this.back = back;
    this.shown = 0;
    this.blame = killcam ? blameFor(record, course, mind) : null;
    this.game.begin(this.bout, "replay");
    this.killcam.setVisible(killcam);
    document.body.classList.toggle("replaying", !killcam);
    document.body.classList.toggle("killcam-shown", killcam);
    if (killcam) this.#beginKillcam();
    else this.#beginWhole();
  }

  /** Plays, stands still, or begins again at the end. */
  toggle() {
    const { game } = this;
    if (!this.#isOver) {
      game.hold(!game.held);
      return;
    }
    this.seek(0);
    game.hold(false);
  }

  /** Goes `ticks` on or back and stands still there. */
  step(ticks) {
    if (!this.game.held && !this.#isOver) this.game.hold(true);
    if (ticks === 1 && !this.#isOver) {
      this.game.stepOnce();
      return;
    }
    const isOver = this.#isOver;
    this.seek(this.bout.tick + ticks);
    if (isOver) this.game.hold(true);
  }

  /** Goes to a tick of the fight; plays on from there if it was playing. */
  seek(tick) {
    const { bout, game } = this;
    const target = Math.max(0, Math.min(bout.course.ticks, tick));
    const start = Math.max(0, target - LEAD);
    bout.seek(start);
    game.jump(target - start);
    if (this.isGrabbed) game.hold(true);
    this.#showDecisions();
    for (let i = 0; i < SETTLE; i += 1) this.panel.update();
    this.panel.draw();
    this.#showPlace();
  }

  /** Ends the replay and goes back to where it was opened. */
  leave() {
    if (!this.bout) return;
    const { back } = this;
    this.#clear();
    back();
  }

  get #isOver() {
    return this.game.phase !== "fight";
  }

  #beginWhole() {
    this.#setPace(1);
    this.bar.show(this.bout.course);
    if (!this.mind) this.bar.writeNote(MINDLESS);
    this.bar.focus();
    this.#follow();
    this.view.announce("A replay begins");
  }

  #beginKillcam() {
    this.#setPace(KILLCAM_PACE);
    this.seek(killcamStart(this.bout.course));
    this.view.announce("The blow that felled you");
  }

  // The fight has moved on by a tick, or has just begun.
  #follow() {
    this.#showDecisions();
    this.#showPlace();
    const { course } = this.bout;
    if (this.blame === null || this.bout.tick < course.decisions[course.blow].tick) return;
    this.killcam.write(this.blame);
    this.view.announce(this.blame);
  }

  #showDecisions() {
    const { bout } = this;
    if (bout.made < this.shown) {
      this.panel.reset();
      this.shown = 0;
    }
    for (; this.shown < bout.made; this.shown += 1) this.#showDecision(bout.course.decisions[this.shown]);
  }

  #showDecision({ k, clock, isServer, move, mistake, trace }) {
    const source = isServer ? "server" : "page";
    if (trace) this.panel.show({ k, clock, source, trace });
    else if (move !== null) this.panel.showMove({ clock, source, move, mistake });
  }

  #showPlace() {
    const { bout, game } = this;
    const isOver = this.#isOver;
    this.bar.update({ tick: bout.tick, input: bout.input, isRunning: !game.held && !isOver, isOver, pace: this.pace });
  }

  #end() {
    this.#setPace(1); // of the killcam: the fall itself is slow enough
    this.view.announce("The replay is over");
  }

  #setPace(pace) {
    this.pace = pace;
    this.game.pace = pace;
    this.#showPlace();
  }

  #grab() {
    this.isGrabbed = true;
    this.wasRunning = !this.game.held;
    this.game.hold(true);
  }

  #release() {
    this.isGrabbed = false;
    if (this.wasRunning) this.game.hold(false);
  }

  #clear() {
    this.bout = null;
    this.blame = null;
    this.game.pace = 1;
    this.requests += 1;
    this.bar.hide();
    this.killcam.setVisible(false);
    document.body.classList.remove("replaying", "killcam-shown");
  }

  // Before the keys of the game, which mean nothing here. A button that has the focus answers space itself.
  #onKey(event) {
    if (!this.bout || event.ctrlKey || event.metaKey || event.altKey) return;
    const action = this.blame === null ? this.#wholeKeys(event.code) : this.#killcamKeys(event.code);
    if (!action) return;
    event.stopPropagation();
    if (event.code === "Space" && event.target instanceof HTMLButtonElement) return;
    event.preventDefault();
    action();
  }

  #wholeKeys(code) {
    const keys = {
      Space: () => this.toggle(),
      ArrowLeft: () => this.step(-1),
      ArrowRight: () => this.step(1),
      Home: () => this.seek(0),
      End: () => this.seek(this.bout.course.ticks),
      Escape: () => this.leave(),
    };
    return keys[code];
  }

  #killcamKeys(code) {
    return ["Space", "Enter", "Escape"].includes(code) ? () => this.leave() : null;
  }
}
