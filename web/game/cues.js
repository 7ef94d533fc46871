// Which sound each event of a tick makes, and where it comes from. The kernel's event bits are the
// only source.

import * as rules from "../gen/kernel.js";

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
];
const WIDTH = 0.7; // how far to the sides the arena's ends sound

/** Plays what `events` sound like in `state`. */
export function playCues(sound, events, state) {
  if (events === 0) return;
  for (const [bit, name, place, volume] of CUES) {
    if (!(events & bit)) continue;
    const pan = ((2 * state[place]) / rules.FLOOR_WIDTH - 1) * WIDTH;
    sound.play(name, { volume, pan });
  }
}
