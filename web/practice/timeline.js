// The live bar of frame data: what both bodies did in each of the last ticks, one lane each, coloured and
// lettered by stage. Runs of one stage are named with their length where there is room.

import { CLOCK } from "../gen/kernel.js";
import { SERIF } from "../render/letters.js";
import { STAGES, bossStage, knightStage } from "./framedata.js";

export const TICKS_SHOWN = 120;
const LANE = 24; // CSS pixels
const GAP = 4;
const GUTTER = 58; // for the names of the lanes
const TEN = 10; // ticks between the marks
const COLOURS = {
  free: "#1d1613",
  walk: "#3b3027",
  startup: "#c98a2e",
  active: "#e2483a",
  recovery: "#5d78b8",
  safe: "#58c3c9",
  guard: "#cfc6ae",
  hurt: "#a0569c",
  broken: "#7b3fae",
  dead: "#0a0707",
};
const DARK_LETTERS = new Set(["startup", "safe", "guard"]);
const LANES = [
  { name: "knight", stageOf: knightStage },
  { name: "slime", stageOf: bossStage },
];

export class Timeline {
  constructor(canvas) {
    this.canvas = canvas;
    this.context = canvas.getContext("2d");
    this.clear();
    this.resize();
  }

  /** Forgets all ticks. */
  clear() {
    this.ticks = []; // {stages: [knight's, boss's], isStopped}, the oldest first
    this.clock = -1; // of the last tick: it stands still during a hit-stop
    this.draw();
  }

  /** Takes the state after a tick. */
  add(state) {
    const isStopped = state[CLOCK] === this.clock;
    this.clock = state[CLOCK];
    this.ticks.push({ stages: LANES.map(({ stageOf }) => stageOf(state)), isStopped });
    if (this.ticks.length > TICKS_SHOWN) this.ticks.shift();
  }

  /**
   * Runs of one stage in lane 0 (knight) or 1 (boss): a list of {stage, from, ticks, counted}, the oldest first;
   * `counted` leaves out the ticks of hit-stops, as frame data does.
   */
  runs(lane) {
    const runs = [];
    for (const [from, { stages, isStopped }] of this.ticks.entries()) {
      if (runs.at(-1)?.stage !== stages[lane]) runs.push({ stage: stages[lane], from, ticks: 0, counted: 0 });
      const run = runs.at(-1);
      run.ticks += 1;
      if (!isStopped) run.counted += 1;
    }
    return runs;
  }

  /** Fits the canvas to the width at which the page shows it. */
  resize() {
    const ratio = Math.min(2, window.devicePixelRatio);
    this.width = Math.max(200, this.canvas.clientWidth);
    this.ratio = ratio;
    this.canvas.width = Math.round(this.width * ratio);
    this.canvas.height = Math.round((2 * LANE + GAP) * ratio);
    this.draw();
  }

  draw() {
    const { context, ratio } = this;
    if (!ratio) return; // not yet measured
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, this.width, 2 * LANE + GAP);
    context.textBaseline = "middle";
    for (const lane of LANES.keys()) this.#drawLane(lane, lane * (LANE + GAP));
  }

  #drawLane(lane, top) {
    const { context } = this;
    const wide = (this.width - GUTTER) / TICKS_SHOWN;
    context.font = `italic 13px ${SERIF}`;
    context.fillStyle = "#a89a86";
    context.textAlign = "left";
    context.fillText(LANES[lane].name, 0, top + LANE / 2);
    context.fillStyle = "#120d0b";
    context.fillRect(GUTTER, top, this.width - GUTTER, LANE);
    const offset = TICKS_SHOWN - this.ticks.length; // the latest tick is at the right end
    for (const { stage, from, ticks, counted } of this.runs(lane)) {
      this.#drawRun(stage, counted, GUTTER + (offset + from) * wide, top, ticks * wide);
    }
    context.fillStyle = "rgba(8, 5, 4, 0.55)";
    for (const [i, { isStopped }] of this.ticks.entries()) {
      if (isStopped) context.fillRect(GUTTER + (offset + i) * wide, top + LANE - 5, wide, 5);
    }
    context.fillStyle = "rgba(240, 220, 180, 0.22)";
    for (let tick = TEN; tick < TICKS_SHOWN; tick += TEN) context.fillRect(GUTTER + tick * wide, top + LANE - 3, 1, 3);
  }

  #drawRun(stage, counted, left, top, wide) {
    const { context } = this;
    context.fillStyle = COLOURS[stage];
    context.fillRect(left, top, wide, LANE);
    context.fillStyle = "rgba(0, 0, 0, 0.6)";
    context.fillRect(left, top, 1, LANE);
    const { letter } = STAGES[stage];
    if (!letter) return;
    context.font = `600 11px ${SERIF}`;
    const text = wide > 26 ? `${letter} ${counted}` : letter;
    if (wide < 9) return;
    context.fillStyle = DARK_LETTERS.has(stage) ? "#1a0f08" : "#fff4e2";
    context.textAlign = "center";
    context.fillText(text, left + wide / 2, top + LANE / 2 - 1);
  }
}
