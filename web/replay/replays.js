// Replays as the page has them: fights are kept as they end, the ending offers to watch them again, the gate
// leads to the list, and links and files open. Connects record, player, library and screen with the game.

import { BOSS_WINS, DRAW } from "../gen/kernel.js";
import { runThrough } from "./course.js";
import { Library } from "./library.js";
import { ReplayPlayer } from "./player.js";
import { ReplayError } from "./record.js";
import { ReplayScreen } from "./screen.js";
import { clearAddress, copyLink, readFile, readText, saveFile, textInAddress } from "./share.js";
import { decode, encode } from "./text.js";

const COPIED_FOR = 1600; // milliseconds

export class Replays {
  /** `parts`: {game, overlay, minds, panel, view}, the page's. */
  constructor(parts) {
    Object.assign(this, parts);
    this.library = new Library();
    this.fight = null; // the last one that was fought to its end here
    const copy = (record, button) => this.#try(() => this.#copy(record, button));
    const save = (record) => this.#try(() => saveFile(record));
    this.player = new ReplayPlayer(parts, { copy, save, fight: () => this.#fightIt() });
    this.screen = new ReplayScreen(this.overlay, this.library, {
      watch: ({ text }) => this.#watch(() => decode(text), () => this.#backToList()),
      copy: ({ text }, button) => this.#try(async () => this.#copy(await decode(text), button)),
      save: ({ text }) => this.#try(async () => saveFile(await decode(text))),
      openFile: (file) => this.#openFile(file),
      back: () => this.overlay.back(),
    });
    this.overlay.addButton("menu", "open-replays", "Replays", () => this.screen.open());
    this.overlay.addButton("ending-buttons", "watch-again", "Watch it again", () => this.#watchAgain({}));
    this.killcamButton = this.overlay.addButton("ending-buttons", "watch-killcam", "The killing blow", () => {
      this.#watchAgain({ killcam: true });
    });
    this.game.observe({ onEnd: () => this.game.kind === "fight" && this.#keep(this.game.bout) });
    window.addEventListener("hashchange", () => this.openAddress());
    this.#takeDrops();
  }

  /** Shows the replay that the page's address names, if it names one. */
  openAddress() {
    const text = textInAddress();
    if (text !== null) this.#watch(() => readText(text), () => this.game.showGate());
  }

  // A fight has ended: its record goes to the library, and the ending may show it.
  async #keep(fight) {
    const { record } = fight;
    this.fight = fight;
    this.killcamButton.hidden = ![BOSS_WINS, DRAW].includes(record.outcome);
    const { ticks, bossHealth } = runThrough(record);
    const { tier, outcome } = record;
    try {
      this.library.add({ text: await encode(record), tier, outcome, ticks, bossHealth });
    } catch (error) {
      if (!(error instanceof ReplayError)) throw error; // too old a browser: it can still be watched
    }
  }

  #watchAgain({ killcam = false }) {
    const { fight } = this;
    this.#watch(() => fight.record, () => this.game.returnTo(fight), killcam);
  }

  async #watch(getRecord, back, killcam = false) {
    await this.#try(async () => {
      const record = await getRecord();
      await this.player.open(record, {
        back: () => {
          clearAddress();
          back();
        },
        killcam,
      });
    });
  }

  #openFile(file) {
    return this.#watch(() => readFile(file), () => this.#backToList());
  }

  #backToList() {
    this.game.showGate();
    this.screen.open();
  }

  async #copy(record, button) {
    const link = await copyLink(record);
    if (link !== null) {
      this.#complain("The browser does not let the page copy. Here is the link:", link);
      return;
    }
    const text = button.textContent;
    button.textContent = "Copied";
    this.view.announce("The link has been copied");
    setTimeout(() => {
      button.textContent = text;
    }, COPIED_FOR);
  }

  #fightIt() {
    clearAddress();
    this.game.showGate();
    this.game.enter();
  }

  // Says what a replay has against being shown; anything else is a fault of the page.
  async #try(action) {
    try {
      await action();
    } catch (error) {
      if (!(error instanceof ReplayError)) throw error;
      clearAddress();
      this.#complain(error.message);
    }
  }

  #complain(message, link = "") {
    if (this.overlay.current !== "replays") {
      this.game.showGate();
      this.screen.open();
    }
    this.screen.say(message, link);
  }

  // A file dropped anywhere opens, but not into a fight; never does it take the page's place.
  #takeDrops() {
    const hasFiles = (event) => event.dataTransfer?.types.includes("Files");
    window.addEventListener("dragover", (event) => hasFiles(event) && event.preventDefault());
    window.addEventListener("drop", (event) => {
      if (!hasFiles(event)) return;
      event.preventDefault();
      const [file] = event.dataTransfer.files;
      if (file && !["fight", "ending", "opening"].includes(this.game.phase)) this.#openFile(file);
    });
  }
}
