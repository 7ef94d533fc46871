// What the two bodies do in each tick, and the table of every action's ticks, costs and advantages: all of
// it read from the rules. Pure: no document, no canvas.

import * as rules from "../gen/kernel.js";

/** What a body can be doing: a letter and a name for each, in the order of the legend. */
export const STAGES = {
  free: { letter: "", name: "free" },
  walk: { letter: "W", name: "walks" },
  startup: { letter: "S", name: "startup" },
  active: { letter: "A", name: "strikes" },
  recovery: { letter: "R", name: "recovery" },
  safe: { letter: "I", name: "untouchable" },
  guard: { letter: "B", name: "guards" },
  hurt: { letter: "H", name: "hurt" },
  broken: { letter: "X", name: "guard broken" },
  dead: { letter: "D", name: "dead" },
};

/** The knight's stage in `state`, a name of STAGES. */
export function knightStage(state) {
  const timer = state[rules.KNIGHT_TIMER];
  switch (state[rules.KNIGHT_PHASE]) {
    case rules.KNIGHT_ROLL:
      return within(timer, rules.ROLL_INVULNERABLE_START, rules.ROLL_INVULNERABLE_END, "safe");
    case rules.KNIGHT_ATTACK:
      return within(timer, rules.ATTACK_HITBOX_START, rules.ATTACK_HITBOX_END, "active");
    case rules.KNIGHT_BLOCK:
      return "guard";
    case rules.KNIGHT_HURT:
      return "hurt";
    case rules.KNIGHT_BROKEN:
      return "broken";
    case rules.KNIGHT_DEAD:
      return "dead";
    default:
      return state[rules.KNIGHT_MOVING] === 0 ? "free" : "walk";
  }
}

/** The boss's stage in `state`, a name of STAGES. */
export function bossStage(state) {
  switch (state[rules.BOSS_PHASE]) {
    case rules.BOSS_WINDUP:
      return "startup";
    case rules.BOSS_LUNGE:
      return within(state[rules.BOSS_TIMER], rules.LUNGE_HITBOX_START, rules.LUNGE_HITBOX_END, "active");
    case rules.BOSS_RECOVERY:
      return "recovery";
    case rules.BOSS_BROKEN:
      return "broken";
    case rules.BOSS_DEAD:
      return "dead";
    default:
      return bossMoveStage(state[rules.BOSS_MOVE]);
  }
}

function bossMoveStage(move) {
  if (move === rules.BLOCK) return "guard";
  return move === rules.APPROACH || move === rules.RETREAT ? "walk" : "free";
}

// Before `start` an action starts up, after `end` it recovers; between them it is `middle`.
function within(timer, start, end, middle) {
  if (timer < start) return "startup";
  return timer < end ? middle : "recovery";
}

const NONE = "–";

/** The columns of the table of frame data. */
export const FRAME_COLUMNS = [
  "startup", "active", "recovery", "whole", "free at", "stamina", "damage", "on hit", "on guard", "on guard break",
];

/** The table of frame data: a list of {action, cells, note}, cells in the order of FRAME_COLUMNS, all texts. */
export function frameTable() {
  const ticks = (first, end) => (end - first === 0 ? NONE : String(end - first));
  const cleaveStrikes = rules.WINDUP_TICKS + rules.LUNGE_HITBOX_START; // first tick of its hitbox
  const cleaveEnds = rules.WINDUP_TICKS + rules.LUNGE_HITBOX_END;
  const afterCleave = rules.CLEAVE_TICKS - cleaveStrikes;
  const afterSword = rules.ATTACK_TICKS - rules.ATTACK_HITBOX_START;
  const guarded = Math.floor((rules.SWORD_DAMAGE * rules.BOSS_GUARD_DAMAGE_PERCENT) / 100);
  const blocked = Math.floor((rules.CLEAVE_DAMAGE * rules.BLOCK_DAMAGE_PERCENT) / 100);
  const shattered = Math.floor((rules.CLEAVE_DAMAGE * rules.GUARD_BREAK_DAMAGE_PERCENT) / 100);
  return [
    {
      action: "Sword",
      cells: [
        ticks(0, rules.ATTACK_HITBOX_START),
        ticks(rules.ATTACK_HITBOX_START, rules.ATTACK_HITBOX_END),
        ticks(rules.ATTACK_HITBOX_END, rules.ATTACK_TICKS),
        String(rules.ATTACK_TICKS),
        `${rules.ATTACK_CANCEL_START} (roll)`,
        NONE,
        `${rules.SWORD_DAMAGE}, guarded ${guarded}`,
        advantage(-afterSword),
        advantage(-afterSword),
        advantage(rules.BOSS_BROKEN_TICKS - afterSword),
      ],
      note: `A guarded blow takes ${points(rules.BOSS_GUARD_DRAIN)} of the slime's ${points(rules.BOSS_MAX_GUARD)} guard.`,
    },
    {
      action: "Roll",
      cells: [
        ticks(0, rules.ROLL_INVULNERABLE_START),
        `${ticks(rules.ROLL_INVULNERABLE_START, rules.ROLL_INVULNERABLE_END)} untouchable`,
        ticks(rules.ROLL_INVULNERABLE_END, rules.ROLL_TICKS),
        String(rules.ROLL_TICKS),
        String(rules.ROLL_CANCEL_START),
        points(rules.ROLL_STAMINA),
        NONE, NONE, NONE, NONE,
      ],
      note: `It covers ${Math.round((rules.ROLL_SPEED * rules.ROLL_MOTION_END) / rules.UNITS_PER_PIXEL)} px.`,
    },
    {
      action: "Block",
      cells: ["0", "while held", "0", NONE, "at once", `${points(rules.BLOCK_STAMINA)} a cleave`, NONE, NONE, NONE, NONE],
      note: "It covers the front. Without stamina left the guard breaks.",
    },
    {
      action: "Cleave",
      cells: [
        String(cleaveStrikes),
        ticks(rules.LUNGE_HITBOX_START, rules.LUNGE_HITBOX_END),
        ticks(cleaveEnds, rules.CLEAVE_TICKS),
        String(rules.CLEAVE_TICKS),
        NONE,
        NONE,
        `${rules.CLEAVE_DAMAGE}, blocked ${blocked}, broken ${shattered}`,
        advantage(rules.HURT_TICKS - afterCleave),
        advantage(-afterCleave),
        advantage(rules.GUARD_BROKEN_TICKS - afterCleave),
      ],
      note: `${rules.WINDUP_TICKS} ticks of warning, a lunge of ${rules.LUNGE_TICKS}, and ${rules.RECOVERY_TICKS} in which it can be struck.`,
    },
  ];
}

const points = (tenths) => String(tenths / 10);
const advantage = (ticks) => (ticks > 0 ? `+${ticks}` : `−${Math.abs(ticks)}`);
