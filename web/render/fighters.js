// The two bodies: which frame of which animation the state calls for, and how it is drawn (shadow,
// lights, hit flash, the ghosts of a roll, the Aegis).

import * as rules from "../gen/kernel.js";

const UNITS = rules.UNITS_PER_PIXEL;
const BLOCK_HIT_TICKS = 12;
const GUARD_HIT_TICKS = 12;
const BOSS_HURT_TICKS = 14;
const VICTORY_AFTER = 46; // ticks the knight watches the boss die
const GHOST_EVERY = 4; // ticks between the ghosts of a roll
const GHOST_LIFE = 16;
const AEGIS_CENTRE = -34;
const AEGIS_BLINK = 72; // it flickers in its last ticks

export class Fighters {
  /** `sprites`: {knight, slime, slime_enraged}, `lights`: {shadow, aegis, glow_*}, all SpriteSheets. */
  constructor(sprites, lights) {
    this.sprites = sprites;
    this.lights = lights;
    this.ghosts = [];
  }

  reset() {
    this.ghosts = [];
  }

  /** Advances the ghosts by a tick. */
  update(state, scene) {
    for (const ghost of this.ghosts) ghost.age += 1;
    this.ghosts = this.ghosts.filter((ghost) => ghost.age < GHOST_LIFE);
    const timer = state[rules.KNIGHT_TIMER];
    const isSafe = state[rules.KNIGHT_PHASE] === rules.KNIGHT_ROLL && timer < rules.ROLL_INVULNERABLE_END;
    if (!isSafe || timer % GHOST_EVERY !== 1) return;
    const x = state[rules.KNIGHT_X] / UNITS;
    this.ghosts.push({ x, frame: this.#knightFrame(state, scene), facing: state[rules.KNIGHT_FACING], age: 0 });
  }

  /**
   * Draws both. `scene`: {state, knightX, bossX (pixels, between ticks), time (ticks), sinceEnd (ticks
   * since the fight ended, 0 before), effects}.
   */
  draw(context, scene) {
    const { state, knightX, bossX, effects, time } = scene;
    this.#drawShadow(context, bossX, 1.5);
    this.#drawShadow(context, knightX, 0.62);
    this.#drawBoss(context, scene);
    const { knight } = this.sprites;
    for (const ghost of this.ghosts) {
      context.globalAlpha = 0.34 * (1 - ghost.age / GHOST_LIFE);
      knight.draw(context, ghost.frame, ghost.x, 0, ghost.facing, 0.35);
    }
    context.globalAlpha = 1;
    const flash = Math.min(0.85, effects.knightFlash / 6);
    knight.draw(context, this.#knightFrame(state, scene), knightX, 0, state[rules.KNIGHT_FACING], flash);
    this.#drawPlumeLight(context, state, knightX, time);
    if (state[rules.KNIGHT_AEGIS] > 0) this.#drawAegis(context, state, knightX, time, effects);
  }

  #drawShadow(context, x, scale) {
    context.save();
    context.translate(x, 2);
    context.scale(scale, scale);
    this.lights.shadow.draw(context, 0, 0, 0);
    context.restore();
  }

  #drawBoss(context, scene) {
    const { state, bossX, effects, time } = scene;
    const phase = state[rules.BOSS_PHASE];
    const isEnraged = state[rules.BOSS_ENRAGED] === 1;
    if (phase === rules.BOSS_WINDUP || phase === rules.BOSS_LUNGE) {
      const share = phase === rules.BOSS_LUNGE ? 1 : state[rules.BOSS_TIMER] / rules.WINDUP_TICKS;
      this.#light(context, this.lights.glow_red, bossX, -60, 1.1, 0.3 + 0.6 * share);
    } else if (isEnraged && phase !== rules.BOSS_DEAD) {
      this.#light(context, this.lights.glow_ember, bossX, -54, 1.4, 0.6 + 0.12 * Math.sin(time / 9));
    }
    const sheet = isEnraged ? this.sprites.slime_enraged : this.sprites.slime;
    const flash = Math.min(0.6, effects.bossFlash / 8);
    sheet.draw(context, bossFrame(sheet, scene), bossX, 0, state[rules.BOSS_FACING], flash);
  }

  #knightFrame(state, { time, sinceEnd, effects }) {
    const sheet = this.sprites.knight;
    const timer = state[rules.KNIGHT_TIMER];
    const isVictor = state[rules.OUTCOME] === rules.KNIGHT_WINS && sinceEnd > VICTORY_AFTER;
    if (isVictor) return sheet.frameAt("victory", sinceEnd - VICTORY_AFTER);
    switch (state[rules.KNIGHT_PHASE]) {
      case rules.KNIGHT_ROLL:
        return sheet.frameOf("roll", timer / rules.ROLL_TICKS);
      case rules.KNIGHT_ATTACK:
        return attackFrame(sheet, timer + ticksAfter(sinceEnd));
      case rules.KNIGHT_BLOCK:
        if (effects.age("cleave_blocked") < BLOCK_HIT_TICKS) {
          return sheet.frameOf("block_hit", effects.age("cleave_blocked") / BLOCK_HIT_TICKS);
        }
        return sheet.frameAt("block", timer);
      case rules.KNIGHT_HURT:
        return sheet.frameOf("hurt", timer / rules.HURT_TICKS);
      case rules.KNIGHT_BROKEN:
        return sheet.frameOf("guard_broken", timer / rules.GUARD_BROKEN_TICKS);
      case rules.KNIGHT_DEAD:
        return sheet.frameAt("death", ticksAfter(sinceEnd));
      default:
        break;
    }
    if (state[rules.KNIGHT_MOVING] === 0 || sinceEnd > 0) return sheet.frameAt("idle", time);
    return runFrame(sheet, time, state[rules.KNIGHT_MOVING] === state[rules.KNIGHT_FACING]);
  }

  #drawPlumeLight(context, state, x, time) {
    if (state[rules.KNIGHT_PHASE] === rules.KNIGHT_DEAD) return;
    const flicker = 0.5 + 0.08 * Math.sin(time / 5) + 0.05 * Math.sin(time / 2.3);
    this.#light(context, this.lights.glow_ember, x, -50, 0.7, flicker);
    context.save();
    context.translate(x, 2);
    context.scale(0.95, 0.2); // the same light lying on the floor
    context.globalAlpha = flicker;
    this.lights.glow_ember.draw(context, 0, 0, 0);
    context.restore();
  }

  #drawAegis(context, state, x, time, effects) {
    const left = state[rules.KNIGHT_AEGIS];
    const isDim = left < AEGIS_BLINK && Math.floor(left / 6) % 2 === 0;
    const struck = Math.max(0, 1 - effects.age("aegis_absorbed") / 18);
    const { aegis, glow_cyan: glow } = this.lights;
    this.#light(context, glow, x, AEGIS_CENTRE, 1 + 0.4 * struck, 0.5 + 0.5 * struck);
    this.#light(context, aegis, x, AEGIS_CENTRE, 1 + 0.12 * struck, isDim ? 0.35 : 1, aegis.frameAt("play", time));
  }

  #light(context, sheet, x, y, scale, strength, frame = 0) {
    context.save();
    context.translate(x, y);
    context.scale(scale, scale);
    context.globalAlpha = Math.max(0, Math.min(1, strength));
    sheet.draw(context, frame, 0, 0);
    context.restore();
  }
}

/** Ticks that bodies go on moving for the eye after the fight's last one, its hit-stop left out. */
function ticksAfter(sinceEnd) {
  return Math.max(0, sinceEnd - rules.HIT_STOP_DEATH);
}

function attackFrame(sheet, timer) {
  const { ATTACK_HITBOX_START: start, ATTACK_HITBOX_END: end, ATTACK_TICKS: total } = rules;
  if (timer < start) return sheet.frameOf("attack_startup", timer / start);
  if (timer < end) return sheet.frameOf("attack_active", (timer - start) / (end - start));
  return sheet.frameOf("attack_recovery", (timer - end) / (total - end));
}

/** A step backwards is the run played in reverse. */
function runFrame(sheet, time, isForwards) {
  const length = sheet.duration("run");
  const into = Math.floor(time) % length;
  return sheet.frameAt("run", isForwards ? into : length - 1 - into);
}

function bossFrame(sheet, { state, time, sinceEnd, effects }) {
  const timer = state[rules.BOSS_TIMER];
  switch (state[rules.BOSS_PHASE]) {
    case rules.BOSS_WINDUP:
      return sheet.frameOf("windup", timer / rules.WINDUP_TICKS);
    case rules.BOSS_LUNGE:
      return lungeFrame(sheet, timer + ticksAfter(sinceEnd), time);
    case rules.BOSS_RECOVERY:
      return recoveryFrame(sheet, timer + ticksAfter(sinceEnd), time);
    case rules.BOSS_BROKEN:
      return sheet.frameOf("broken", timer / rules.BOSS_BROKEN_TICKS);
    case rules.BOSS_DEAD:
      return sheet.frameAt("death", ticksAfter(sinceEnd));
    default:
      break;
  }
  if (sinceEnd > 0) return sheet.frameAt("idle", time);
  const move = state[rules.BOSS_MOVE];
  if (move === rules.BLOCK) {
    const struck = effects.age("sword_guarded");
    if (struck < GUARD_HIT_TICKS) return sheet.frameOf("guard_hit", struck / GUARD_HIT_TICKS);
    return sheet.frameAt("guard", effects.age("boss_guard_raised"));
  }
  const hurt = effects.age("sword_hit");
  if (hurt < BOSS_HURT_TICKS) return sheet.frameOf("hurt", hurt / BOSS_HURT_TICKS);
  if (move === rules.APPROACH) return sheet.frameAt("approach", time);
  if (move === rules.RETREAT) return sheet.frameAt("retreat", time);
  return sheet.frameAt("idle", time);
}

function lungeFrame(sheet, timer, time) {
  if (timer < rules.LUNGE_TICKS) return sheet.frameOf("lunge", timer / rules.LUNGE_TICKS);
  return recoveryFrame(sheet, timer - rules.LUNGE_TICKS, time);
}

function recoveryFrame(sheet, timer, time) {
  if (timer < rules.RECOVERY_TICKS) return sheet.frameOf("recovery", timer / rules.RECOVERY_TICKS);
  return sheet.frameAt("idle", time);
}
