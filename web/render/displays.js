// What each event of a tick looks like: sparks, rings, dust, light, shaking. One entry an event, in the order
// in which they are shown.

import * as rules from "../gen/kernel.js";

const CHEST = 34; // pixels above the feet
export const EMBER_COLOURS = ["#ffcf7a", "#ff9a3c", "#f2682a", "#b8341a"];
const STEEL_COLOURS = ["#fff6d8", "#ffe08a", "#ffb347"];
export const GOO_COLOURS = ["#b23f82", "#842674", "#dd6b94", "#5b1763"];
export const ENRAGED_GOO_COLOURS = ["#f87030", "#d83a18", "#ffc070", "#a81c12"];
const AEGIS_COLOURS = ["#e6feff", "#8deef5", "#4cc9dc"];
export const DUST_COLOURS = ["#6d5444", "#4d3a31", "#8a6c56"];
const SHELL_COLOURS = ["#f2fbf4", "#b0cfda", "#7292b4"];

const wayFrom = (side) => (side > 0 ? -0.3 : Math.PI + 0.3); // a spray towards `side`, a little upwards

/** [event bit, (effects, scene) => void]; the scene is what Effects.show gathers. */
export const DISPLAYS = [
  [rules.EVENT_ROLL_STARTED, (fx, { knight, knightFacing }) => {
    fx.play("dust", { x: knight.x - knightFacing * 8, y: 4 }, { facing: knightFacing });
  }],
  [rules.EVENT_SWORD_HIT, (fx, { contact, side, goo, boss, bossLost }) => {
    fx.bossFlash = 6;
    fx.mark("sword_hit");
    fx.play("spark", contact);
    fx.play("splash", { x: contact.x, y: -2 });
    fx.burst(contact, 14, goo, { way: wayFrom(side), spread: 0.9, speed: 5, bright: false, life: 36 });
    fx.burst(contact, 8, EMBER_COLOURS, { way: wayFrom(-side), spread: 1.2, speed: 6, life: 22, size: 2.5 });
    fx.particles.word({ x: boss.x, y: -118, text: String(bossLost), colour: "#ffd9a0", size: 17 });
    fx.camera.jolt(0.3);
  }],
  [rules.EVENT_SWORD_GUARDED, (fx, { contact, side, boss, bossLost }) => {
    fx.mark("sword_guarded");
    fx.play("spark_guard", contact);
    fx.burst(contact, 8, SHELL_COLOURS, { way: wayFrom(side), spread: 1.3, speed: 4, life: 26 });
    fx.particles.word({ x: boss.x, y: -118, text: String(bossLost), colour: "#b9c4cc", size: 13 });
    fx.camera.jolt(0.2);
  }],
  [rules.EVENT_BOSS_GUARD_BROKEN, (fx, { boss, contact }) => {
    fx.burst(contact, 30, SHELL_COLOURS, { speed: 6, life: 44, size: 4 });
    fx.particles.ring({ x: boss.x, y: -50, from: 20, to: 110, life: 26, colour: "#b0cfda", width: 5 });
    fx.particles.word({ x: boss.x, y: -140, text: "GUARD BROKEN", colour: "#d8ecf2", size: 16, life: 80 });
    fx.camera.jolt(0.5);
  }],
  [rules.EVENT_WINDUP_STARTED, (fx, { boss }) => {
    fx.burst({ x: boss.x, y: -60 }, 14, ["#ff5a3a", "#ff2a1a"], { speed: 3, weight: -0.03, life: 30 });
  }],
  [rules.EVENT_LUNGE_STARTED, (fx, { boss, lunge }) => {
    fx.play("dust", { x: boss.x - lunge * 30, y: 4 }, { scale: 1.5, facing: lunge });
    fx.dust(boss.x - lunge * 40, 12, -lunge);
    fx.camera.jolt(0.22);
  }],
  [rules.EVENT_CLEAVE_HIT, (fx, { knight, side, knightLost }) => {
    const at = { x: knight.x, y: -CHEST };
    fx.knightFlash = 8;
    fx.mark("cleave_hit");
    fx.burst(at, 30, EMBER_COLOURS, { way: wayFrom(side), spread: 1, speed: 7.5, life: 40 });
    fx.burst(at, 12, ["#ff4a3a", "#c01a1a"], { way: wayFrom(side), spread: 1.4, speed: 5, bright: false });
    fx.play("spark_blood", at, { scale: 1.3 });
    fx.play("shockwave", { x: knight.x, y: 4 });
    fx.particles.word({ x: knight.x, y: -96, text: String(knightLost), colour: "#ff8a70", size: 19 });
    fx.flash("#7a0d08", 0.34);
    fx.camera.jolt(0.85);
  }],
  [rules.EVENT_CLEAVE_BLOCKED, (fx, { knight, side }) => {
    const at = { x: knight.x - side * 16, y: -CHEST };
    fx.mark("cleave_blocked");
    fx.play("spark", at);
    fx.burst(at, 18, STEEL_COLOURS, { way: wayFrom(side), spread: 1.3, speed: 7, life: 24, size: 2.4 });
    fx.dust(knight.x, 8, side);
    fx.camera.jolt(0.5);
  }],
  [rules.EVENT_CLEAVE_ROLLED_THROUGH, (fx, { knight }) => {
    fx.particles.ring({ x: knight.x, y: -22, from: 12, to: 46, life: 20, colour: "#fff0c8", width: 2 });
    fx.burst({ x: knight.x, y: -24 }, 8, STEEL_COLOURS, { speed: 2.6, weight: -0.02, life: 26, size: 2 });
  }],
  [rules.EVENT_CLEAVE_MISSED, (fx, { boss, lunge }) => {
    fx.play("shockwave", { x: boss.x + lunge * 76, y: 4 }, { scale: 0.7 });
    fx.dust(boss.x + lunge * 76, 10, 0);
  }],
  [rules.EVENT_AEGIS_ABSORBED, (fx, { knight }) => {
    const at = { x: knight.x, y: -CHEST };
    fx.mark("aegis_absorbed");
    fx.burst(at, 26, AEGIS_COLOURS, { speed: 6, weight: 0, life: 30, size: 2.6 });
    fx.particles.ring({ ...at, from: 44, to: 92, life: 22, colour: "#8deef5", width: 4 });
    fx.flash("#123c44", 0.22);
    fx.camera.jolt(0.45);
  }],
  [rules.EVENT_AEGIS_FADED, (fx, { knight }) => {
    const at = { x: knight.x, y: -CHEST };
    fx.play("aegis_shatter", at);
    fx.burst(at, 34, AEGIS_COLOURS, { speed: 2.2, weight: -0.04, life: 60, size: 2.4 });
    fx.particles.ring({ ...at, from: 44, to: 60, life: 30, colour: "#8deef5", width: 2 });
  }],
  [rules.EVENT_KNIGHT_GUARD_BROKEN, (fx, { knight, side }) => {
    const at = { x: knight.x, y: -CHEST };
    fx.burst(at, 30, STEEL_COLOURS, { way: wayFrom(side), spread: 2, speed: 6.5, life: 36 });
    fx.particles.word({ x: knight.x, y: -100, text: "GUARD BROKEN", colour: "#ffb0a0", size: 15, life: 80 });
    fx.flash("#5a1008", 0.2);
    fx.camera.jolt(0.7);
  }],
  [rules.EVENT_ENRAGED, (fx, { boss }) => {
    const at = { x: boss.x, y: -56 };
    fx.burst(at, 70, [...ENRAGED_GOO_COLOURS, ...EMBER_COLOURS], { speed: 8, weight: 0.02, life: 70, size: 4 });
    fx.particles.ring({ ...at, from: 20, to: 210, life: 40, colour: "#ff6a2a", width: 8 });
    fx.play("shockwave", { x: boss.x, y: 4 }, { scale: 2 });
    fx.flash("#8a2408", 0.3);
    fx.camera.jolt(0.8);
  }],
  [rules.EVENT_KNIGHT_DIED, (fx, { knight }) => {
    fx.camera.focus(knight.x);
    fx.burst({ x: knight.x, y: -CHEST }, 60, EMBER_COLOURS, { speed: 3.4, weight: -0.03, life: 130, size: 3 });
    fx.flash("#3a0604", 0.5);
  }],
  [rules.EVENT_BOSS_DIED, (fx, { boss, contact, goo }) => {
    const at = { x: boss.x, y: -50 };
    fx.camera.focus(contact.x);
    fx.bossFlash = 14;
    fx.burst(at, 80, goo, { speed: 8, weight: 0.14, life: 80, size: 5, bright: false });
    fx.burst(at, 70, EMBER_COLOURS, { speed: 4, weight: -0.04, life: 150, size: 3 });
    fx.particles.ring({ ...at, from: 20, to: 260, life: 50, colour: "#ffd9a0", width: 6 });
    fx.particles.ring({ x: boss.x, y: 0, from: 30, to: 380, life: 60, colour: "#ffb347", width: 4, flat: 0.2 });
    fx.flash("#ffcf8a", 0.28);
    fx.camera.jolt(0.9);
  }],
  [rules.EVENT_BOSS_GUARD_RAISED, (fx, { contact }) => {
    fx.mark("boss_guard_raised");
    fx.particles.ring({ x: contact.x, y: -46, from: 50, to: 26, life: 16, colour: "#b0cfda", width: 3 });
  }],
];
