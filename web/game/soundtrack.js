// What of the game is heard: a sound for each event of a tick, from the place where it happens; steps and a
// heartbeat; music that grows with the boss's rage and stands back while the fight rests. An observer of the
// game: the kernel's event bits and the state are its only sources.

import * as rules from "../gen/kernel.js";
import { isFootfall, isLanding } from "../render/motion.js";

const KNIGHT = rules.KNIGHT_X;
const BOSS = rules.BOSS_X;
const CUES = [
  // event, sound, at whose place, volume
  [rules.EVENT_ROLL_STARTED, "roll", KNIGHT, 0.8],
  [rules.EVENT_SWING_STARTED, "swing", KNIGHT, 0.8],
  [rules.EVENT_BLOCK_RAISED, "block_raise", KNIGHT, 0.7],
  [rules.EVENT_SWORD_HIT, "sword_hit", BOSS, 1],
  [rules.EVENT_SWORD_GUARDED, "sword_guarded", BOSS, 0.9],
  [rules.EVENT_BOSS_GUARD_BROKEN, "guard_break", BOSS, 1],
  [rules.EVENT_WINDUP_STARTED, "cleave_windup", BOSS, 1],
  [rules.EVENT_LUNGE_STARTED, "cleave_lunge", BOSS, 1],
  [rules.EVENT_CLEAVE_HIT, "cleave_hit", KNIGHT, 1],
  [rules.EVENT_CLEAVE_BLOCKED, "cleave_blocked", KNIGHT, 1],
  [rules.EVENT_AEGIS_ABSORBED, "aegis_absorb", KNIGHT, 1],
  [rules.EVENT_AEGIS_FADED, "aegis_fade", KNIGHT, 0.8],
  [rules.EVENT_KNIGHT_GUARD_BROKEN, "guard_break", KNIGHT, 1],
  [rules.EVENT_ENRAGED, "enrage", BOSS, 1],
  [rules.EVENT_KNIGHT_DIED, "knight_death", KNIGHT, 1],
  [rules.EVENT_BOSS_DIED, "boss_death", BOSS, 1],
  [rules.EVENT_TIMED_OUT, "fog", BOSS, 1],
  [rules.EVENT_BOSS_GUARD_RAISED, "block_raise", BOSS, 0.5],
  [rules.EVENT_ROLL_REFUSED, "lock", KNIGHT, 0.7],
];
const LAST_BLOW = rules.EVENT_KNIGHT_DIED | rules.EVENT_BOSS_DIED;
const WIDTH = 0.7; // how far to the sides the arena's ends sound

const NEAR_DEATH = 30; // points of health
const HEARTBEAT_TICKS = 66;

export class Soundtrack {
  #game;
  #sound;
  #isLeftFoot = false;
  #sinceBeat = HEARTBEAT_TICKS;

  constructor({ game, sound }) {
    this.#game = game;
    this.#sound = sound;
  }

  onBegin(kind) {
    if (kind === "fight") this.#sound.chooseTrack();
    this.#sound.setMuffled(false);
    this.#sound.startMusic();
    this.#sound.setIntensity(0);
    this.#sinceBeat = HEARTBEAT_TICKS;
  }

  onTick(events) {
    if (this.#game.held) return;
    const { state, stage } = this.#game;
    for (const [bit, name, place, volume] of CUES) if (events & bit) this.#playAt(name, state[place], volume);
    if (events & rules.EVENT_ENRAGED) this.#sound.setIntensity(1);
    if (events & LAST_BLOW) this.#playAt("slow_hit", state[KNIGHT], 1);
    this.#playSteps(state, stage.clock);
    this.#playHeart(state);
  }

  /** The bout has jumped to another moment: its music follows. */
  onJump() {
    this.#sound.startMusic();
    this.#sound.setIntensity(this.#game.state[rules.BOSS_ENRAGED]);
  }

  // Who pauses still hears the music, as through a wall; who has turned to another window does not.
  onPause() {
    if (document.hasFocus()) this.#sound.setMuffled(true);
    else this.#sound.pauseMusic();
  }

  onResume() {
    this.#sound.unlock();
    this.#sound.setMuffled(false);
    this.#sound.resumeMusic();
  }

  onHold(on) {
    this.#sound.setMuffled(on);
  }

  onEnd() {
    this.#sound.setMuffled(true);
    this.#sound.stopMusic();
  }

  onOver(outcome) {
    if (this.#game.kind === "fight") this.#sound.play(outcome === rules.KNIGHT_WINS ? "victory" : "defeat");
  }

  onLeave() {
    this.#sound.stopMusic();
  }

  #playSteps(state, clock) {
    if (isFootfall(state, clock)) {
      this.#isLeftFoot = !this.#isLeftFoot;
      this.#playAt(this.#isLeftFoot ? "footstep_a" : "footstep_b", state[KNIGHT], 0.6);
    }
    if (isLanding(state, clock)) this.#playAt("hop_land", state[BOSS], 0.7);
  }

  #playHeart(state) {
    this.#sinceBeat += 1;
    const isNearDeath = state[rules.KNIGHT_HEALTH] > 0 && state[rules.KNIGHT_HEALTH] <= NEAR_DEATH;
    if (!isNearDeath || this.#sinceBeat < HEARTBEAT_TICKS) return;
    this.#sinceBeat = 0;
    this.#sound.play("heartbeat", { volume: 0.8 });
  }

  #playAt(name, x, volume) {
    this.#sound.play(name, { volume, pan: ((2 * x) / rules.FLOOR_WIDTH - 1) * WIDTH });
  }
}
