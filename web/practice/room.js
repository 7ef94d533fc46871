// The training room: opens from the gate, puts rounds of practice on the stage, and connects them with the
// bar below the arena, the boxes on it, the list of inputs, and the panel whose specialists can be silenced.

import { SEED_LIMIT } from "../gen/kernel.js";
import { byId } from "../ui/dom.js";
import { FIRST_WISHES, PracticeBout } from "./bout.js";
import { drawBoxes } from "./boxdrawing.js";
import { Dock } from "./dock.js";
import { BEHAVIOURS, ECHO, MIND, Tape } from "./dummies.js";
import { FRAME_CLOSE, FRAME_SCREEN, createFrameScreen } from "./framescreen.js";
import { InputDisplay } from "./inputs.js";

const STRIP_EVERY = 2; // ticks between drawings of the timeline while time runs

export class TrainingRoom {
  #isOpen = false;
  #pace = 1;
  #boxes = true;
  #bout = null;

  /** `game`: of game/game.js; `overlay`: of ui/overlay.js. Adds the way in to the gate's menu. */
  constructor({ game, overlay }) {
    this.game = game;
    this.overlay = overlay;
    this.wishes = { ...FIRST_WISHES };
    this.tape = new Tape();
    this.page = document.querySelector(".page");
    this.dock = new Dock(
      {
        hold: () => this.#hold(!this.game.held),
        step: (ticks) => this.#step(ticks),
        pace: (value) => this.#setPace(value),
        again: () => this.#startOver(),
        boxes: () => this.#setBoxes(!this.#boxes),
        frames: () => this.#showFrames(),
        leave: () => this.game.showGate(),
        wish: (name, value) => this.#wish(name, value),
      },
      this.wishes,
    );
    this.inputs = new InputDisplay();
    overlay.root.append(createFrameScreen(() => this.#closeFrames()));
    overlay.register(FRAME_SCREEN, FRAME_CLOSE);
    overlay.addButton("menu", "open-room", "Training room", () => this.open());
    game.observe({
      onBegin: () => this.#onBegin(),
      onTick: (events, input) => this.#onTick(input),
      onEnd: () => this.#onEnd(),
      onOver: () => this.#isOpen && this.open(),
      onLeave: () => this.#close(),
    });
    window.addEventListener("keydown", (event) => this.#onKey(event));
    new ResizeObserver(() => this.dock.timeline.resize()).observe(this.dock.timeline.canvas);
  }

  /** Begins a round of practice, with the room as it was left. */
  open() {
    const { game, wishes, tape } = this;
    const [random] = crypto.getRandomValues(new Uint32Array(1));
    const seed = game.manualSeed ?? random % SEED_LIMIT;
    const onDecision = (decision) => game.panel.show(decision);
    this.#bout = new PracticeBout({ seed, mind: game.minds.current, wishes, tape, onDecision });
    game.sound.unlock();
    game.begin(this.#bout, "practice");
    if (game.phase === "fight") game.view.focusStage();
  }

  // ------------------------------------------------------------------------------- course
  #onBegin() {
    if (this.game.bout !== this.#bout) {
      this.#close(); // a fight, a replay, or a lesson
      return;
    }
    if (!this.#isOpen) this.#furnish();
    this.game.pace = this.#pace;
    this.#clear();
    this.#showSleep();
    this.#show();
  }

  #furnish() {
    this.#isOpen = true;
    this.page.classList.add("practising");
    byId("dock").append(this.dock.root);
    byId("stage").append(this.inputs.root);
    this.game.panel.enterPractice(this.wishes.silenced, (bits) => this.#silence(bits));
    this.#setBoxes(this.#boxes);
    this.game.stage.resize();
    this.dock.timeline.resize();
  }

  // Leaves nothing of the room behind.
  #close() {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.#bout = null;
    this.wishes.silenced = 0;
    this.page.classList.remove("practising");
    this.dock.root.remove();
    this.inputs.root.remove();
    this.game.panel.leavePractice();
    this.game.stage.annotate = null;
    this.game.pace = 1;
    this.game.stage.resize();
  }

  #clear() {
    this.inputs.clear();
    this.dock.timeline.clear();
  }

  #onTick(input) {
    if (!this.#isOpen) return;
    const { game, dock } = this;
    this.inputs.update(input, game.state);
    dock.timeline.add(game.state);
    if (game.held || game.stage.time % STRIP_EVERY === 0) dock.timeline.draw();
  }

  // The ending is shown at the room's pace even if the last blow fell in a single step.
  #onEnd() {
    if (!this.#isOpen || !this.game.held) return;
    this.game.held = false; // hold() is for a bout that goes on
    this.game.loop.start();
    this.#show();
  }

  // -------------------------------------------------------------------------------- wishes
  #wish(name, value) {
    this.wishes[name] = value;
    if (name === "distance") this.#startOver();
    if (name === "enraged") this.#bout.stir();
    if (name !== "behaviour") return;
    if (value === ECHO) this.#bout.repeat();
    this.#showSleep();
  }

  // A script chooses the moves: the panel says so instead of showing a mind's last thought.
  #showSleep() {
    const { behaviour } = this.wishes;
    if (behaviour !== MIND) this.game.panel.sleep(`the slime ${BEHAVIOURS[behaviour]}`);
  }

  #silence(bits) {
    const isMore = (bits & ~this.wishes.silenced) !== 0;
    this.wishes.silenced = bits;
    if (isMore) this.game.sound.play("silence_node");
  }

  // ---------------------------------------------------------------------------------- time
  #hold(on) {
    this.game.hold(on);
    this.#show();
  }

  #step(ticks) {
    if (!this.game.held) this.#hold(true);
    for (let i = 0; i < ticks; i += 1) this.game.stepOnce();
  }

  #setPace(value) {
    this.#pace = value;
    this.game.pace = value;
    this.#show();
  }

  #startOver() {
    const { game } = this;
    if (game.phase === "paused") game.resume();
    if (game.phase !== "fight") {
      this.open();
      return;
    }
    game.panel.reset();
    this.#bout.start();
    this.#clear();
    this.#showSleep();
    game.jump();
  }

  // --------------------------------------------------------------------------------- showing
  #setBoxes(on) {
    this.#boxes = on;
    this.game.stage.annotate = on ? drawBoxes : null;
    this.dock.root.classList.toggle("boxless", !on);
    this.#show();
    this.game.draw(1);
  }

  #show() {
    this.dock.show({ held: this.game.held, pace: this.#pace, boxes: this.#boxes });
  }

  #showFrames() {
    this.game.pause();
    this.overlay.open(FRAME_SCREEN);
  }

  #closeFrames() {
    this.overlay.back();
    this.game.resume();
  }

  // A key that the player has given to the game stays the game's.
  #onKey(event) {
    if (!this.#isOpen || this.game.phase !== "fight" || event.defaultPrevented) return;
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const isStep = event.code === "Period" || event.code === "Comma"; // these repeat while they are held
    if (event.repeat && !isStep) return;
    if (event.code === "KeyH") this.#hold(!this.game.held);
    else if (isStep) this.#step(event.code === "Period" ? 1 : 6);
    else if (event.code === "KeyR") this.#startOver();
    else if (event.code === "KeyB") this.#setBoxes(!this.#boxes);
    else return;
    event.preventDefault();
  }
}
