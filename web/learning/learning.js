// What the boss learns from this player's fights, as far as the page knows: hands in the fights that may be
// handed in, and asks now and then what became of the last one and what the boss has learned. It asks at the gate
// and on the ending only. An observer of the game (game/game.js); who shows what it knows calls `watch`.
//
// A fight is handed in only if all of this holds: it has a ticket; the server said that it records; the player had
// been told so before it began; and the player lets the boss learn, both when it begins and when it ends.

import { ACKNOWLEDGED, Outbox } from "../net/outbox.js";
import { askAfter, fetchStats, forget, handIn, switchLearning } from "../net/learning.js";
import { toBytes } from "../replay/record.js";
import { base64url } from "../replay/text.js";

const SOON = 400; // milliseconds, after something has happened
const BUSY = 3000; // while an answer is expected
const QUIET = 15000;
const BUSY_ASKS = 40; // after a fight; then it is asked quietly
const TEACHING_TIER = "hard";

export class Learning {
  #game;
  #settings;
  #minds;
  #watchers = [];
  #timer = null;
  #isTold = false; // the gate has said that fights are recorded
  #isWilling = false; // at the beginning of this fight
  #asks = 0; // since the last fight ended

  stats = null; // the last reply of GET /stats
  followed = null; // {fight, tier, version} of the last fight that was handed in, while its ending can be seen
  found = null; // the last reply of GET /fights/{id} about it

  /** `settings`: of ui/settings.js; `minds`: of net/minds.js. */
  constructor({ settings, minds }) {
    this.#settings = settings;
    this.#minds = minds;
    this.outbox = new Outbox({ post: handIn, onChange: () => this.#onPost() });
    settings.watch((name) => {
      if (name !== "teach") return;
      if (!settings.get("teach")) this.outbox.withdraw();
      this.#tell();
    });
  }

  /** Follows `game` from now on, which stands at the gate. */
  start(game) {
    this.#game = game;
    game.observe(this);
    this.outbox.deliver();
    this.#tell();
    this.#ask(QUIET);
  }

  /** Calls `watcher()` whenever something is known that was not. */
  watch(watcher) {
    this.#watchers.push(watcher);
  }

  /** Whether the server records fights and learns from them. */
  get isRecording() {
    return this.stats !== null && this.stats.learning.enabled && this.stats.learning.recording;
  }

  /** How many fights the page could have erased. */
  get rememberedFights() {
    return this.outbox.tickets.length;
  }

  /** What has become of the followed fight on its way to the server: see Outbox.fateOf; null if none is. */
  get fate() {
    return this.followed && this.outbox.fateOf(this.followed.fight);
  }

  /** Asks the server anew what it has learned; fetches the mind that fights next, so that no fight waits for it. */
  async refresh() {
    const stats = await fetchStats().catch(() => null);
    if (stats === null) return;
    this.stats = stats;
    this.#minds.find(stats.mind.live).catch(() => {}); // then the next fight asks for it again
    this.#tell();
  }

  /** Has every fight erased that the page remembers; resolves to how many were. Throws ServiceError. */
  async forgetFights() {
    this.outbox.withdraw();
    const { tickets } = this.outbox;
    const count = tickets.length === 0 ? 0 : await forget(tickets);
    this.outbox.drop(tickets);
    return count;
  }

  /** Switches learning "on" or "off" on a local server, or has it "reset". Throws ServiceError. */
  async command(action) {
    await switchLearning(action);
    await this.refresh();
  }

  // ------------------------------------------------------------------------------- the game
  onBegin(kind) {
    clearTimeout(this.#timer);
    if (kind === "replay") return; // the ending may be returned to
    this.followed = null;
    this.found = null;
    this.#isWilling = this.#isTold && this.#settings.get("teach");
  }

  onEnd() {
    const { bout, kind } = this.#game;
    const isWanted = kind === "fight" && bout.ticket !== null && bout.isRecorded;
    if (!isWanted || !this.#isWilling || !this.#settings.get("teach")) return;
    this.followed = { fight: bout.id, tier: bout.tier, version: bout.version };
    this.#asks = 0;
    const { ticket } = bout;
    setTimeout(() => this.#handIn(bout, ticket)); // the last blow is being shown
  }

  onOver() {
    this.#tell();
    this.#ask(SOON);
  }

  onLeave() {
    this.#ask(SOON);
  }

  #handIn({ id, record }, ticket) {
    if (!this.#settings.get("teach")) return;
    this.outbox.put({ fight: id, ticket, log: base64url(toBytes(record)) });
  }

  #onPost() {
    this.#tell();
    if (this.followed && this.fate.state === ACKNOWLEDGED) this.#ask(SOON);
  }

  // ------------------------------------------------------------------------------- asking
  #ask(delay) {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#inquire(), delay);
  }

  async #inquire() {
    if (!["gate", "over"].includes(this.#game.phase)) return;
    if (!document.hidden) {
      const { followed } = this;
      if (followed && this.#isAwaited) {
        const found = await askAfter(followed.fight).catch(() => null);
        if (this.followed === followed && found) this.found = found;
      }
      await this.refresh();
    }
    this.#asks += 1;
    const isBusy = this.#asks < BUSY_ASKS && (this.#isAwaited || this.stats?.learning.state === "learning");
    if (["gate", "over"].includes(this.#game.phase)) this.#ask(isBusy ? BUSY : QUIET);
  }

  // Whether there is more to be heard about the followed fight.
  get #isAwaited() {
    if (!this.followed || this.fate.state !== ACKNOWLEDGED) return false;
    if (!this.found || this.found.verdict === null) return true;
    const isVerified = this.found.verdict === "verified";
    return isVerified && this.followed.tier === TEACHING_TIER && this.found.learned === null;
  }

  #tell() {
    if (this.#game?.phase === "gate" && this.isRecording) this.#isTold = true;
    for (const watcher of this.#watchers) watcher();
  }
}
