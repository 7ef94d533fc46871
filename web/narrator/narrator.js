// The narrator: tells a fight under the arena while it is fought, and keeps its chronicle. Only fights that the
// server knows are told; practice, replays and fights without a server are silent. An observer of the game
// (game/game.js).

import { CLOCK } from "../gen/kernel.js";
import { Caption } from "./caption.js";
import { Chronicle } from "./chronicle.js";
import { learnedSinceLastFight } from "./learned.js";
import { Tale } from "./tale.js";
import { Voice } from "./voice.js";

export class Narrator {
  #game;
  #settings;
  #learning;
  #caption = new Caption();
  #chronicle;
  #tale = new Tale();
  #shown = null; // the line in the box
  #about = null; // the fight of the tale, once it is over
  #speaking = null; // the Voice of the fight under way, or of the last one while its ending is shown
  #watchers = [];

  voice = null; // who speaks on this server, as checks.js has it; null while it is not known

  /** `settings`, `overlay`: of web/ui; `learning`: of web/learning. */
  constructor({ game, settings, overlay, learning }) {
    this.#game = game;
    this.#settings = settings;
    this.#learning = learning;
    this.#chronicle = new Chronicle(overlay);
    settings.watch((name) => name === "narrator" && this.#follow());
    this.#follow();
  }

  /** Calls `watcher()` whenever the voice has changed. */
  watch(watcher) {
    this.#watchers.push(watcher);
  }

  // ------------------------------------------------------------------------------- the game
  onBegin(kind) {
    if (kind === "replay") {
      this.#caption.hide(); // the ending may be returned to
      return;
    }
    this.#leave();
    this.#tale = new Tale();
    this.#shown = null;
    this.#about = null;
    this.#tell();
    const { bout } = this.#game;
    const isKnown = kind === "fight" && Boolean(bout.ticket) && Boolean(bout.id);
    const learned = isKnown ? learnedSinceLastFight(this.#learning.stats) : 0;
    this.#caption.clear();
    if (isKnown && this.#settings.get("narrator")) this.#speak(bout, learned);
  }

  onTick(events) {
    const { bout, phase } = this.#game;
    if (!this.#speaking || this.#game.kind !== "fight" || !bout.ticket) return;
    this.#speaking.moments.note(events, bout.state, phase !== "fight");
  }

  onPause() {
    this.#speaking?.rest();
  }

  onResume() {
    this.#speaking?.resume();
  }

  onEnd(outcome) {
    const { bout, kind } = this.#game;
    if (kind !== "fight") return;
    this.#speaking?.end();
    this.#about = { tier: bout.tier, outcome, ticks: bout.state[CLOCK] };
    this.#tell();
  }

  onLeave() {
    this.#leave();
    this.#caption.hide();
  }

  // ------------------------------------------------------------------------------- telling
  #speak({ id, ticket }, learned) {
    const { service } = this.#game;
    this.#speaking = new Voice({
      fight: id,
      ticket,
      about: () => ({
        persona: this.#settings.get("persona"),
        name: this.#settings.get("knightName") || null,
        learned,
      }),
      isSilent: () => service.silent,
      onLine: (line) => this.#take(line),
      onVoice: (voice) => this.#hear(voice),
    });
    this.#speaking.moments.begin();
  }

  #leave() {
    this.#speaking?.close();
    this.#speaking = null;
  }

  // The player has switched the narrator on or off.
  #follow() {
    const isOn = this.#settings.get("narrator");
    this.#caption.setPlace(isOn);
    if (isOn) return;
    this.#leave();
    this.#caption.clear();
  }

  #take(line) {
    const news = this.#tale.take(line);
    if (news === "new" || news === "changed") {
      this.#shown = line;
      const isSeen = this.#game.kind === "fight"; // and not a replay of it
      if (isSeen) this.#caption.show(line, { isNew: news === "new", voice: this.voice });
    }
    if (news) this.#tell();
  }

  #hear(voice) {
    this.voice = voice;
    if (this.#shown) this.#caption.describe(this.#shown, voice);
    for (const watcher of this.#watchers) watcher();
  }

  #tell() {
    this.#chronicle.show({ lines: this.#tale.lines, about: this.#about, voice: this.voice });
  }
}
