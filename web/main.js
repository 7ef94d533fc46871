// Wiring: loads the art and the mind, builds the parts, connects them to the document. With ?manual the
// game stands still until a test calls window.__step(ticks, inputBits); ?seed=N then picks the fight, which the
// server does not know, or ?ticketed lets the server open it.

import { EVENT_BOSS_GUARD_BROKEN, EVENT_CLEAVE_HIT, EVENT_KNIGHT_GUARD_BROKEN, SEED_LIMIT } from "./gen/kernel.js";
import rules from "./gen/rules.js";
import { Sound } from "./audio/sound.js";
import { createCommands, createMenu } from "./game/commands.js";
import { Game } from "./game/game.js";
import { installHooks } from "./game/hooks.js";
import { Loop } from "./game/loop.js";
import { Records } from "./game/records.js";
import { Soundtrack } from "./game/soundtrack.js";
import { Controls } from "./input/controls.js";
import { Learning } from "./learning/learning.js";
import { Plaque, panelSeal } from "./learning/plaque.js";
import { learningFields } from "./learning/settings_tab.js";
import { Story } from "./learning/story.js";
import { Narrator } from "./narrator/narrator.js";
import { narratorFields } from "./narrator/settings_tab.js";
import { Minds } from "./net/minds.js";
import { Service } from "./net/service.js";
import { TrainingRoom } from "./practice/room.js";
import { loadArt } from "./render/sprites.js";
import { Stage } from "./render/stage.js";
import { Replays } from "./replay/replays.js";
import { byId, textWriter } from "./ui/dom.js";
import { Ending } from "./ui/ending.js";
import { connectFullScreen } from "./ui/fullscreen.js";
import { Hud } from "./ui/hud.js";
import { KeyHints } from "./ui/key_hints.js";
import { connectFrameHint, connectLayout } from "./ui/layout.js";
import { Loading, showFailure } from "./ui/loading.js";
import { followArrows } from "./ui/menu_focus.js";
import { Overlay } from "./ui/overlay.js";
import { Panel } from "./ui/panel.js";
import { RecordsScreen } from "./ui/records.js";
import { Settings } from "./ui/settings.js";
import { SettingsScreen } from "./ui/settings_screen.js";
import { Tutorial } from "./ui/tutorial.js";
import { recordLine } from "./ui/wording.js";

const PARTS = {
  art: { share: 0.85, words: "Lighting the arena", failed: "The arena could not be painted" },
  mind: { share: 0.15, words: "Waking the mind", failed: "The mind could not be woken" },
};
const MIND_PATIENCE = 2500; // milliseconds after the art: then the gate opens without the mind

const query = new URLSearchParams(location.search);
const isManual = query.has("manual");
const manualSeed = isManual && !query.has("ticketed") ? Math.abs(Number.parseInt(query.get("seed") ?? "1", 10) || 0) % SEED_LIMIT : null;
const TEXT_SIZES = { small: "87.5%", normal: "100%", large: "115%", largest: "130%" };
const HEAVY_BLOWS = EVENT_CLEAVE_HIT | EVENT_KNIGHT_GUARD_BROKEN | EVENT_BOSS_GUARD_BROKEN;
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

// Makes stage, sound and document follow the settings, now and after every change.
function applySettings(settings, { stage, sound, overlay }) {
  const apply = () => {
    const root = document.documentElement;
    root.style.fontSize = TEXT_SIZES[settings.get("textSize")];
    root.classList.toggle("calm", settings.isCalm);
    stage.setOptions({
      calm: settings.isCalm,
      shake: settings.get("shake"),
      flashes: settings.get("flashes"),
      highContrast: settings.get("highContrast"),
    });
    for (const bus of ["master", "music", "effects"]) sound.setVolume(bus, settings.get(bus));
    sound.setMuted(settings.get("muted"));
    overlay.setTier(settings.get("tier"));
    byId("block-hint").textContent = settings.get("block") === "hold" ? "hold to block" : "block, or lower the shield";
  };
  settings.watch(apply);
  apply();
}

function connectMute(settings, hints) {
  const button = byId("mute");
  const show = () => {
    button.setAttribute("aria-pressed", String(settings.get("muted")));
    hints.refresh();
  };
  button.addEventListener("click", () => settings.set("muted", !settings.get("muted")));
  settings.watch((name) => name === "muted" && show());
  show();
}

// Everything about hands: input, commands, menus, full screen, and the names of keys on the page.
function connectControls(game, { overlay, settings, sound, learning, narrator }) {
  const fullScreen = connectFullScreen(byId("fullscreen"), { onLeave: () => game.pause() });
  const commands = createCommands({ game, overlay, settings, fullScreen });
  const controls = new Controls({
    settings,
    isPlaying: () => game.isPlaying && game.kind !== "replay", // nobody steers a replay
    onCommand: (name, target) => commands[name](target),
    onMenu: createMenu({ game, overlay, commands }),
    onLost: () => game.pause(),
  });
  game.input = controls;
  game.observe({
    onBegin(kind) {
      byId("pad").hidden = kind === "replay";
    },
    onTick(events) {
      if (events & HEAVY_BLOWS) controls.rumble();
    },
  });
  followArrows(byId("overlay"));
  const fields = { learning: learningFields({ learning, settings }), narrator: narratorFields({ narrator, settings }) };
  new SettingsScreen({ settings, overlay, controls, sound, fields });
  connectMute(settings, new KeyHints(controls));
}

function connectWindow(game, { stage, panel, settings }) {
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
  resize.observe(byId("stage"));
  resize.observe(byId("mind-graph"));
  // Names in the drawing follow the size of the text, which the page takes on first.
  settings.watch((name) => {
    if (name === "textSize") requestAnimationFrame(() => panel.resize());
  });
}

// At the gate: whether the boss's mind is here, and a button to fetch it again. `fetching`: a promise.
function connectMindNotice(minds, fetching) {
  const follow = (promise) =>
    promise.catch(() => {}).then(() => {
      byId("mind-notice").hidden = minds.current !== null;
    });
  byId("mind-retry").addEventListener("click", () => follow(minds.fetchLive()));
  follow(fetching);
}

function connectFirstMinutes({ game, overlay, settings, records }) {
  const tutorial = new Tutorial({ game, overlay, records });
  const ending = new Ending({ game, settings, records });
  new RecordsScreen({ records, overlay });
  for (const observer of [tutorial, ending, { onBegin: (kind) => overlay.setKind(kind) }]) game.observe(observer);
}

// What the boss learns: told at the gate, on the ending and in the settings.
function connectLearning(game, { learning, settings }) {
  new Plaque({ learning, settings });
  game.observe(panelSeal(game));
  game.observe(new Story({ learning }));
  learning.start(game);
}

async function main() {
  connectLayout();
  connectFrameHint();
  const loading = new Loading(PARTS);
  const settings = new Settings();
  const records = new Records();
  const sound = new Sound();
  const explore = { ...rules.tier_explore }; // what the server says when a fight opens goes before these
  let game = null; // the service may fall silent before there is one
  const service = new Service({
    onChange: (silent) => {
      game?.updateBanner();
      if (!silent && !minds.current) minds.fetchLive().catch(() => {});
      if (!silent) learning.outbox.deliver();
    },
  });
  const minds = new Minds(service);
  const learning = new Learning({ settings, minds });
  // Without a mind the game still opens: the server may decide alone, and the mind may come later.
  const fetchingMind = minds.fetchLive();
  connectMindNotice(minds, fetchingMind);
  const art = await loading.need("art", (report) => loadArt(report));
  const knowing = Promise.allSettled([fetchingMind, learning.refresh()]); // the gate says what is recorded
  await loading.want("mind", knowing, isManual ? Infinity : MIND_PATIENCE);
  const stage = new Stage(byId("arena"), { art });
  const panel = new Panel({ isCalm: () => settings.isCalm });
  const overlay = new Overlay({
    tier: settings.get("tier"),
    explore,
    recordOf: (tier) => recordLine(records.of(tier)),
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
  const narrator = new Narrator({ game, settings, overlay, learning });
  connectControls(game, { overlay, settings, sound, learning, narrator });
  applySettings(settings, { stage, sound, overlay });
  game.loop = new Loop({
    tick: () => game.tick(),
    draw: (alpha) => game.draw(alpha),
    rate: () => game.rate,
    onError: fail,
    manual: isManual,
  });
  game.observe(new Soundtrack({ game, sound }));
  connectWindow(game, parts);
  connectFirstMinutes({ game, overlay, settings, records });
  new TrainingRoom({ game, overlay });
  const replays = new Replays({ game, overlay, minds, panel, view: parts.view });
  game.observe(narrator);
  installHooks(window, { game, errors, isManual });
  game.updateBanner();
  game.showGate();
  connectLearning(game, { learning, settings });
  game.draw(1);
  replays.openAddress();
}

function fail(error) {
  errors.push(String(error));
  console.error(error);
  showFailure("A part of the game failed.", () => location.reload());
}

window.addEventListener("error", (event) => errors.push(event.message));
window.addEventListener("unhandledrejection", (event) => errors.push(String(event.reason)));
main().catch(fail);
