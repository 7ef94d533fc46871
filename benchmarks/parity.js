// The browser's side of benchmarks/parity.py: plays fights from their descriptions alone and reports
// digests. Loaded into an empty page of tools/browser.py's server; sets window.parity.

import { INPUT_MASK, MOVE_COUNT, ONGOING, STREAM_DECISION, STREAM_TRAINING, hash32 } from "/static/gen/kernel.js";
import rules from "/static/gen/rules.js";
import { Duel } from "/static/sim/duel.js";
import { ScriptedKnight } from "/static/sim/fighters.js";

let mind = null;

// The functions of the same names in benchmarks/parity.py.
function stickyInput(seed, tick, held) {
  const draw = hash32(seed, STREAM_TRAINING, tick);
  return draw & 7 ? held : (draw >>> 8) & INPUT_MASK;
}

function stickyMove(seed, k, previous) {
  const draw = hash32(seed, STREAM_DECISION, k);
  return draw & 3 ? previous : (draw >>> 8) % MOVE_COUNT;
}

function chosenMove(fight, duel, previous) {
  if (fight.boss === "sticky") return stickyMove(fight.seed, duel.k, previous);
  if (fight.boss !== "mind") return rules.moves.indexOf(fight.boss);
  return mind.decide(duel.observation(), fight.explore, hash32(fight.seed, STREAM_DECISION, duel.k)).move;
}

// Plays a fight to its end. `watch(duel, hash)` is called after every tick.
function play(fight, watch = () => {}) {
  const duel = new Duel(fight.seed);
  for (const [field, value] of fight.edits) duel.state[field] = value;
  const scripted = fight.knight === "sticky" ? null : new ScriptedKnight(fight.knight, duel);
  let [ticks, hash, events, held, moves] = [0, 0, 0, 0, ""];
  while (duel.outcome === ONGOING) {
    if (duel.decisionDue) {
      const move = chosenMove(fight, duel, Number(moves.at(-1) ?? 0));
      duel.choose(move);
      moves += move;
    }
    held = scripted ? scripted.input(duel) : stickyInput(fight.seed, ticks, held);
    events |= duel.step(held);
    ticks += 1;
    if (fight.disturb && fight.disturb[0] === ticks) duel.state[fight.disturb[1]] += fight.disturb[2];
    hash = duel.hash(hash);
    watch(duel, hash);
  }
  return { ticks, hash, events, moves, state: Array.from(duel.state) };
}

window.parity = {
  async loadMind(json) {
    mind = (await import("/static/mind/mind.js")).createMind(json);
  },

  playAll: (fights) => fights.map((fight) => play(fight)),

  // The rolling hash after every tick.
  hashes(fight) {
    const hashes = [];
    play(fight, (duel, hash) => hashes.push(hash));
    return hashes;
  },

  // The whole state after `tick` ticks, or null if the fight was over before.
  stateAt(fight, tick) {
    let [ticks, state] = [0, null];
    play(fight, (duel) => {
      ticks += 1;
      if (ticks === tick) state = Array.from(duel.state);
    });
    return state;
  },
};
