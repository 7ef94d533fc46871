// Wiring: loads the art and the mind, builds the parts, connects them to the document. With ?manual the
// game stands still until a test calls window.__step(ticks, inputBits); ?seed=N then picks the fight.

import { SEED_LIMIT } from "./gen/kernel.js";
import rules from "./gen/rules.js";
import { Sound } from "./audio/sound.js";
import { Game } from "./game/game.js";
import { Loop } from "./game/loop.js";
import { Keyboard } from "./input/keyboard.js";
import { TouchPad } from "./input/touch.js";
import { Minds } from "./net/minds.js";
import { Service } from "./net/service.js";
import { loadArt } from "./render/sprites.js";
import { Stage } from "./render/stage.js";
import { byId, textWriter } from "./ui/dom.js";
import { Hud } from "./ui/hud.js";
import { Overlay } from "./ui/overlay.js";
import { Panel } from "./ui/panel.js";
import { Settings } from "./ui/settings.js";
import { installHooks } from "./game/hooks.js";

const query = new URLSearchParams(location.search);
const isManual = query.has("manual");
const manualSeed = isManual ? Math.abs(Number.parseInt(query.get("seed") ?? "1", 10) || 0) % SEED_LIMIT : null;
const isCalm = window.matchMedia("(prefers-reduced-motion: reduce)").matches;
const errors = [];
document.documentElement.classList.toggle("manual", isManual);

function createView() {
  const pause = byId("pause");
  return {
    focusStage: () => byId("stage").focus({ preventScroll: true }),
    setBanner: textWriter(byId("banner")),
    announce: textWriter(byId("announcer")),
    setPauseVisible: (on) => {
      pause.hidden = !on;
    },
  };
}

/** Keyboard and on-screen buttons as one source of input. */
function createInput(game, toggleMute) {
  const sources = [createKeyboard(game, toggleMute), new TouchPad(byId("pad"))];
  return {
    sample: () => sources.reduce((bits, source) => bits | source.sample(), 0),
    release: () => sources.forEach((source) => source.release()),
  };
}

function createKeyboard(game, toggleMute) {
  const commands = {
    Escape: () => (game.phase === "paused" ? game.resume() : game.pause()),
    KeyM: toggleMute,
    // Space rolls: who still rolls when the ending appears must not press its button unawares.
    Space: () => game.isEndingFresh,
    KeyR: () => {
      if (["over", "paused"].includes(game.phase)) game.enter();
    },
    Enter: (target) => {
      // A focused button answers Enter itself.
      if (target instanceof HTMLButtonElement) return false;
      if (["gate", "over"].includes(game.phase)) game.enter();
      else if (game.phase === "paused") game.resume();
      return true;
    },
  };
  return new Keyboard(window, {
    isPlaying: () => game.isPlaying,
    onCommand: (code, target) => code in commands && commands[code](target) !== false,
  });
}

function connectMute(sound) {
  const button = byId("mute");
  const show = () => {
    button.setAttribute("aria-pressed", String(sound.muted));
    button.title = sound.muted ? "Unmute (M)" : "Mute (M)";
  };
  const toggle = () => {
    sound.setMuted(!sound.muted);
    show();
  };
  button.addEventListener("click", toggle);
  show();
  return toggle;
}

function connectWindow(game, stage, panel) {
  for (const gesture of ["pointerdown", "keydown"]) {
    window.addEventListener(gesture, () => game.sound.unlock(), { once: true, capture: true });
  }
  byId("pause").addEventListener("click", () => game.pause());
  window.addEventListener("blur", () => game.pause());
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) game.pause();
  });
  const resize = new ResizeObserver(() => {
    stage.resize();
    panel.resize();
    game.draw(1);
  });
  resize.observe(byId("arena"));
  resize.observe(byId("mind-graph"));
}

async function main() {
  const settings = new Settings();
  const sound = new Sound();
  const explore = { ...rules.tier_explore }; // what the server says when a fight opens goes before these
  let game = null; // the service may fall silent before there is one
  const service = new Service({
    onChange: (silent) => {
      game?.updateBanner();
      if (!silent && !minds.current) minds.fetchLive().catch(() => {});
    },
  });
  const minds = new Minds(service);
  // Without a mind the game still opens: the server may decide alone, and the mind may come later.
  const [art] = await Promise.all([loadArt(), minds.fetchLive().catch(() => {})]);
  const stage = new Stage(byId("arena"), { art, calm: isCalm });
  const panel = new Panel();
  const overlay = new Overlay({
    tier: settings.get("tier"),
    explore,
    actions: {
      enter: () => game.enter(),
      again: () => game.enter(),
      resume: () => game.resume(),
      leave: () => game.showGate(),
      choose: (tier) => {
        settings.set("tier", tier);
        sound.play("ui_move");
      },
    },
  });
  const parts = { stage, hud: new Hud(), panel, overlay, sound, service, minds, settings, view: createView() };
  game = new Game(parts, { explore, manualSeed });
  game.input = createInput(game, connectMute(sound));
  game.loop = new Loop({
    tick: () => game.tick(),
    draw: (alpha) => game.draw(alpha),
    onError: fail,
    onSlow: () => stage.coarsen(),
    manual: isManual,
  });
  connectWindow(game, stage, panel);
  installHooks(window, { game, errors, isManual });
  game.updateBanner();
  game.showGate();
  game.draw(1);
}

function fail(error) {
  errors.push(String(error));
  console.error(error);
  byId("overlay").dataset.screen = "failure";
  for (const screen of document.querySelectorAll(".screen")) screen.hidden = screen.id !== "failure";
  byId("failure-text").textContent = "A part of the game could not be loaded or failed. Reload the page to try again.";
}

window.addEventListener("error", (event) => errors.push(event.message));
window.addEventListener("unhandledrejection", (event) => errors.push(String(event.reason)));
main().catch(fail);
