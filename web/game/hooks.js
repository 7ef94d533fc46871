// What tests see and may do: window.__game reads the state of the game, window.__step advances it by
// hand when the page was opened with ?manual. Neither can change a fight that the player plays.

import { CLOCK, OUTCOME } from "../gen/kernel.js";
import names from "../gen/rules.js";

/** Installs the hooks on `target`. `errors`: the list that main.js fills. */
export function installHooks(target, { game, errors, isManual }) {
  const read = {
    phase: () => game.phase,
    kind: () => game.kind,
    held: () => game.held,
    rate: () => game.rate,
    pace: () => game.pace,
    silenced: () => game.bout?.silenced ?? 0,
    annotated: () => game.stage.annotate !== null,
    seed: () => game.bout?.seed ?? null,
    ticketed: () => Boolean(game.bout?.ticket),
    outcome: () => names.outcomes[game.state[OUTCOME]],
    clock: () => game.state[CLOCK],
    state: () => Object.fromEntries(names.state_fields.map((name, i) => [name, game.state[i]])),
    vector: () => Array.from(game.state),
    decisions: () => ({ ...game.bout?.decisions }),
    counts: () => ({ ...game.counts }),
    fights: () => game.started,
    ticks: () => game.stage.time,
    silent: () => game.service.silent,
    hasMind: () => game.minds.current !== null,
    muted: () => game.sound.muted,
    drawCost: () => game.stage.drawCost,
    errors: () => [...errors],
  };
  const view = {};
  for (const [name, get] of Object.entries(read)) Object.defineProperty(view, name, { get, enumerable: true });
  Object.defineProperty(target, "__game", { value: Object.freeze(view) });
  if (!isManual) return;
  // `input` is null for the keyboard, a bitmask, or a function of the state vector that gives one.
  const step = (ticks, input = null) => {
    for (let i = 0; i < ticks; i += 1) game.tick(typeof input === "function" ? input(game.state) : input);
    game.draw(1);
    game.panel.paint(); // whole, so that pictures do not depend on how often it was drawn before
  };
  Object.defineProperty(target, "__step", { value: step });
}
