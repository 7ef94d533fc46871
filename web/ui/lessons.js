// What is taught, in order, and by which of the kernel's event bits each thing counts as done. In a text
// {left}, {roll} and so on stand for the player's keys.

import * as rules from "../gen/kernel.js";

const WALK_TICKS = 45; // of walking in the first step
const FAR = rules.SWORD_REACH + rules.BOSS_HALF_WIDTH + 20 * rules.UNITS_PER_PIXEL; // a swing from there fails
const EARLY = 12; // ticks into the wind-up before which a roll is over too soon

/** The line of a first fight: {text, isDone(events, state)}. */
export const FIRST_KEYS = [
  { text: "{left}{right} walk", isDone: (_, state) => state[rules.KNIGHT_MOVING] !== 0 },
  { text: "{attack} strike", isDone: (events) => (events & rules.EVENT_SWING_STARTED) !== 0 },
  { text: "{roll} roll through the red ring", isDone: (events) => (events & rules.EVENT_ROLL_STARTED) !== 0 },
  { text: "{block} block", isDone: (events) => (events & rules.EVENT_BLOCK_RAISED) !== 0 },
];

const CLEAVE_OVER =
  rules.EVENT_AEGIS_ABSORBED |
  rules.EVENT_CLEAVE_MISSED |
  rules.EVENT_CLEAVE_ROLLED_THROUGH |
  rules.EVENT_CLEAVE_BLOCKED;

/**
 * The First steps: {text, boss, isDone(happened), praise, advice(happened)}. `boss`: what its script does.
 * `happened`: {events, state, walked (ticks), rolledAt (ticks into the wind-up, 0: no roll)}; `advice` answers a
 * failed try with words, anything else with "".
 */
export const FIRST_STEPS = [
  {
    text: "Walk with {left} and {right}.",
    boss: "waits",
    isDone: ({ walked }) => walked >= WALK_TICKS,
    praise: "The stones know your step.",
  },
  {
    text: "Go up to it and strike: {attack}.",
    boss: "waits",
    isDone: ({ events }) => (events & rules.EVENT_SWORD_HIT) !== 0,
    praise: "It bleeds. It can die.",
    advice: ({ events, state }) => {
      const isFar = Math.abs(state[rules.KNIGHT_X] - state[rules.BOSS_X]) > FAR;
      return events & rules.EVENT_SWING_STARTED && isFar ? "Closer: the blade must reach it." : "";
    },
  },
  {
    text: "Now watch: a red ring closes, and then the blow falls.",
    boss: "strikes",
    isDone: ({ events }) => (events & CLEAVE_OVER) !== 0,
    praise: "The Aegis took it. In a fight it lasts three seconds.",
  },
  {
    text: "When the ring has almost closed, roll into the blow: walk towards it and press {roll}.",
    boss: "strikes",
    isDone: ({ events }) => (events & rules.EVENT_CLEAVE_ROLLED_THROUGH) !== 0,
    praise: "Through the fire, unburnt.",
    advice: ({ events, rolledAt }) => {
      if (events & rules.EVENT_CLEAVE_MISSED) return "It fell short of you. Stay near, and roll towards it.";
      if (!(events & rules.EVENT_AEGIS_ABSORBED)) return "";
      if (rolledAt > 0 && rolledAt < EARLY) return "Too soon. Wait until the ring has almost closed.";
      return "Too late. Press {roll} just before the ring is closed.";
    },
  },
  {
    text: "Or take it on the shield: hold {block} until the blow has fallen.",
    boss: "tests the shield",
    isDone: ({ events }) => (events & rules.EVENT_CLEAVE_BLOCKED) !== 0,
    praise: "It holds, while your stamina lasts.",
    advice: ({ events }) => (events & rules.EVENT_AEGIS_ABSORBED ? "Hold {block} before the ring closes." : ""),
  },
  {
    text: "After its blow it lies open. Roll or block, then strike: {attack}.",
    boss: "tests the shield",
    isDone: ({ events, state }) =>
      (events & rules.EVENT_SWORD_HIT) !== 0 && state[rules.BOSS_PHASE] === rules.BOSS_RECOVERY,
    praise: "So it dies: a little after every blow.",
    advice: ({ events }) => (events & rules.EVENT_SWORD_HIT ? "Not yet: strike while it recovers from a blow." : ""),
  },
];
