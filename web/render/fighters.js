// The two bodies: which frame of which animation the state calls for, and how it is drawn (shadow,
// lights, stretch, hit flash, the ghosts of a roll, the Aegis).

import * as rules from "../gen/kernel.js";
import { Pool } from "./pool.js";
import { SwordTrail } from "./trail.js";

const UNITS = rules.UNITS_PER_PIXEL;
const BLOCK_HIT_TICKS = 12;
const GUARD_HIT_TICKS = 12;
const BOSS_HURT_TICKS = 14;
const VICTORY_AFTER = 46; // ticks the knight watches the boss die
const GHOST_EVERY = 4; // ticks between the ghosts of a roll
const GHOST_LIFE = 16;
const MOST_GHOSTS = 8;
const AEGIS_CENTRE = -34;
const AEGIS_BLINK = 72; // it flickers in its last ticks

export class Fighters {
  /**
   * `sprites`: {knight, slime, slime_enraged}, `lights`: {shadow, aegis, glow_*}, all SpriteSheets.
   * `options`: of the stage.
   */
  constructor(sprites, lights, options) {
    this.sprites = sprites;
    this.lights = lights;
    this.options = options;
    this.trail = new SwordTrail();
    this.ghosts = new Pool(MOST_GHOSTS, () => ({ age: 0, life: 0, x: 0, frame: 0, facing: 1 }));
  }

  reset() {
    this.ghosts.clear();
  }

  /** Advances the ghosts of a roll by a tick. */
  update(state, scene) {
    this.ghosts.update();
    const timer = state[rules.KNIGHT_TIMER];
    const isSafe = state[rules.KNIGHT_PHASE] === rules.KNIGHT_ROLL && timer < rules.ROLL_INVULNERABLE_END;
    if (!isSafe || timer % GHOST_EVERY !== 1) return;
    const ghost = this.ghosts.take();
    ghost.life = GHOST_LIFE;
    ghost.x = state[rules.KNIGHT_X] / UNITS;
    ghost.frame = this.#knightFrame(state, scene);
    ghost.facing = state[rules.KNIGHT_FACING];
  }

  /** Shadows and lights that fall on what lies behind the fighters. `scene`: as for draw. */
  drawBehind(context, { state, knightX, bossX, time, bossStretch }) {
    this.#drawShadow(context, bossX, 1.5 * (1 - 0.8 * bossStretch));
    this.#drawShadow(context, knightX, 0.62);
    const phase = state[rules.BOSS_PHASE];
    if (phase === rules.BOSS_WINDUP || phase === rules.BOSS_LUNGE) {
      const share = phase === rules.BOSS_LUNGE ? 1 : state[rules.BOSS_TIMER] / rules.WINDUP_TICKS;
      context.globalAlpha = 0.3 + 0.6 * share;
      this.lights.glow_red.draw(context, 0, bossX, -60);
    } else if (state[rules.BOSS_ENRAGED] === 1 && phase !== rules.BOSS_DEAD) {
      context.globalAlpha = 0.75 + 0.12 * Math.sin(time / 9);
      this.lights.glow_ember.draw(context, 0, bossX, -54);
    }
    context.globalAlpha = 1;
    // the plume's light lying on the floor
    if (state[rules.KNIGHT_PHASE] === rules.KNIGHT_DEAD) return;
    this.#light(context, this.lights.glow_ember, knightX, 2, 0.95, 0.2, flicker(time));
  }

  /**
   * Draws both. `scene`: {state, knightX, bossX (pixels, between ticks), time (ticks), sinceEnd (ticks
   * since the fight ended, 0 before), effects, bossStretch, knightStretch (of motion.js)}.
   */
  draw(context, scene) {
    const { state, knightX, effects, time, knightStretch } = scene;
    this.#drawBoss(context, scene);
    const { knight } = this.sprites;
    for (const ghost of this.ghosts.items) {
      if (ghost.age >= ghost.life) continue;
      context.globalAlpha = 0.4 * (1 - ghost.age / GHOST_LIFE);
      knight.draw(context, ghost.frame, ghost.x, 0, ghost.facing);
    }
    context.globalAlpha = 1;
    const flash = Math.min(0.85, effects.knightFlash / 6);
    const facing = state[rules.KNIGHT_FACING];
    this.#drawBody(context, knight, this.#knightFrame(state, scene), knightX, facing, knightStretch, flash);
    this.trail.draw(context, state, knightX);
    if (state[rules.KNIGHT_PHASE] !== rules.KNIGHT_DEAD) {
      this.#light(context, this.lights.glow_ember, knightX, -50, 0.7, 0.7, flicker(time));
    }
    if (state[rules.KNIGHT_AEGIS] > 0) this.#drawAegis(context, state, knightX, time, effects);
  }

  #drawShadow(context, x, scale) {
    context.globalAlpha = 1;
    this.lights.shadow.draw(context, 0, x, 2, 1, scale, scale);
  }

  #drawBoss(context, scene) {
    const { state, bossX, effects, bossStretch } = scene;
    const sheet = state[rules.BOSS_ENRAGED] === 1 ? this.sprites.slime_enraged : this.sprites.slime;
    const flash = Math.min(0.6, effects.bossFlash / 8);
    this.#drawBody(context, sheet, bossFrame(sheet, scene), bossX, state[rules.BOSS_FACING], bossStretch, flash);
  }

  // A blow shows as a flash of the whole body, or as a bright outline to eyes that bear no flashes.
  #drawBody(context, sheet, frame, x, facing, stretch, flash) {
    const { flashes, highContrast } = this.options;
    const wide = 1 - stretch;
    const tall = 1 + stretch;
    if (highContrast) sheet.drawOutline(context, frame, x, 0, facing, wide, tall);
    sheet.draw(context, frame, x, 0, facing, wide, tall);
    if (flash <= 0) return;
    context.globalAlpha = flash;
    if (flashes) sheet.drawSilhouette(context, frame, x, 0, facing, wide, tall);
    else if (!highContrast) sheet.drawOutline(context, frame, x, 0, facing, wide, tall);
    context.globalAlpha = 1;
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

  #drawAegis(context, state, x, time, effects) {
    const left = state[rules.KNIGHT_AEGIS];
    const isDim = left < AEGIS_BLINK && Math.floor(left / 6) % 2 === 0;
    const struck = Math.max(0, 1 - effects.age("aegis_absorbed") / 18);
    const { aegis, glow_cyan: glow } = this.lights;
    const scale = 1 + 0.12 * struck;
    this.#light(context, glow, x, AEGIS_CENTRE, 1 + 0.4 * struck, 1 + 0.4 * struck, 0.5 + 0.5 * struck);
    this.#light(context, aegis, x, AEGIS_CENTRE, scale, scale, isDim ? 0.35 : 1, aegis.frameAt("play", time));
  }

  #light(context, sheet, x, y, scaleX, scaleY, strength, frame = 0) {
    context.globalAlpha = Math.max(0, Math.min(1, strength));
    sheet.draw(context, frame, x, y, 1, scaleX, scaleY);
    context.globalAlpha = 1;
  }
}

/** How brightly the knight's plume burns. */
function flicker(time) {
  return 0.5 + 0.08 * Math.sin(time / 5) + 0.05 * Math.sin(time / 2.3);
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
