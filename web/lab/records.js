// The sections of the lab page, each drawn from its part of lab.json. Every section ends with its source: which
// file, how many fights and trainings, and a warning where other weights were examined than those of the label.

import { create, byId } from "../ui/dom.js";
import { anatomy } from "./anatomy.js";
import { LineChart } from "./linechart.js";
import { PayoffMatrix } from "./matrix.js";
import { intervalTable } from "./tables.js";
import * as format from "./format.js";

const { percent, percentWithin, points, pointsWithin, whole } = format;

// Each line has a hue, a lightness and a dash of its own.
const WINS_LINES = [
  { id: "dodger", colour: "#ff8a3c", dash: "none", weight: 2.6 },
  { id: "self_play", title: "self-play, running mean", colour: "#5fd9ea", dash: "9 4", weight: 2.2 },
  { id: "learned", title: "its past knights, mean", colour: "#c3a4ff", dash: "2 4", weight: 2.6 },
  { id: "turtle", colour: "#8fbf7a", dash: "12 3 2 3" },
  { id: "roll_spammer", colour: "#e8dcc8", dash: "1 7", weight: 3 },
  { id: "spacer", colour: "#7fa3bd", dash: "5 11" },
  { id: "aggressor", colour: "#e0604e", dash: "3 9 1 9" },
  { id: "random", colour: "#d8c26a", dash: "7 15" },
  { id: "idler", colour: "#8d8072", dash: "none", weight: 1.4 },
];
const SEATS = [
  { id: "boss", title: "boss", colour: "#ff8a3c", dash: "none", weight: 2.4 },
  { id: "knight", title: "knight", colour: "#5fd9ea", dash: "9 4", weight: 2.2 },
];
const HABITS = [
  { id: "in_range_attack_rate", title: "attacks in range", colour: "#ff8a3c", dash: "none", weight: 2.4 },
  { id: "punish_rate", title: "punishes an open knight", colour: "#e8dcc8", dash: "9 4" },
  { id: "approach_rate_when_far", title: "approaches when far", colour: "#5fd9ea", dash: "2 4", weight: 2.6 },
  { id: "block_rate_against_swings", title: "blocks a swing while cooling", colour: "#8fbf7a", dash: "12 3 2 3" },
  { id: "idle_share", title: "idles", colour: "#c3a4ff", dash: "5 8" },
];
const HUNTERS = [
  { colour: "#5fd9ea", dash: "none", weight: 2.4 },
  { colour: "#ffb26b", dash: "9 4", weight: 2.2 },
  { colour: "#c3a4ff", dash: "2 4", weight: 2.8 },
];
const MEASURES = { dodger: "the dodger", others: "other scripted", knights: "learned knights" };
const DRAWN = "mean and 95% interval"; // heading of every drawing
const RATING_TICKS = [1000, 1500, 2000];
const SHOWN = { weaker: "weaker", stronger: "stronger", mixed: "mixed" }; // verdicts, as classes of marks

/** Draws every section. Throws where `data` is not of the form that tools/make_lab_data.py writes. */
export function drawRecords(data) {
  const isCurrent = ({ weights }) => weights === data.boss.weights;
  drawBoss(data.boss);
  drawTraining(data.training, isCurrent(data.training));
  drawPayoff(data.payoff, isCurrent(data.payoff));
  drawParts(data.ablations);
  drawExploiters(data.exploiters, data.exploiters !== null && isCurrent(data.exploiters));
  byId("made-from").textContent = `${data.generator.replace("; do not edit.", "")} from the files named above.`;
}

/** The foot of a section: its source in words, and whether other weights than the label's were examined. */
function signSource(id, text, isCurrent = true) {
  const foot = create("p", "source-line", text);
  if (!isCurrent) {
    foot.prepend(create("strong", "stale", "Measured with other weights than those of the label. "));
  }
  byId(id).append(foot);
}

// ---------------------------------------------------------------------------- the specimen
function drawBoss(boss) {
  const { training } = boss;
  const facts = [
    ["Parameters", whole(boss.parameters)],
    ["Specialists", boss.specialists.join(", ")],
    ["Moves", boss.moves.join(", ")],
    ["Rules", `version ${boss.rules_version}`],
    ["Weights", boss.weights, "code"],
    ["Trained by", training.command, "code"],
    ["Seed", String(training.seed)],
    ["Training", `${training.updates.toLocaleString("en-US")} updates in ${training.minutes} minutes`],
    ["Decisions", `${whole(training.agent_steps)} agent steps, of boss and knights together`],
  ];
  byId("boss-facts").append(
    ...facts.map(([name, value, tag]) => {
      const row = create("div");
      const text = create("dd", "", tag ? "" : value);
      if (tag) text.append(create(tag, "", value));
      row.append(create("dt", "", name), text);
      return row;
    }),
  );
  intervalTable(byId("boss-tiers"), {
    caption: "Win rates of the boss against the dodger, by tier",
    columns: ["tier", DRAWN, "the boss wins", "moves at random", "fight"],
    rows: boss.tiers.map(({ name, mistakes, target, win_rate, interval: [low, high], seconds }) => ({
      label: format.capital(name),
      mean: win_rate,
      low,
      high,
      target,
      texts: [percentWithin(win_rate, [low, high]), percent(mistakes), `${seconds.toFixed(1)} s`],
    })),
    axis: shareAxis(0, 1, [0, 0.25, 0.5, 0.75, 1], 0),
  });
  byId("boss-tiers").append(
    create("p", "note", "The upright mark is the share each tier was tuned for. The fight is its mean length."),
  );
  byId("boss-anatomy").append(anatomy(boss));
  signSource(
    "boss",
    `Drawn from ${boss.source}: ${whole(boss.fights)} fights on each tier against the ${boss.opponent}, with 95% ` +
      "intervals.",
  );
}

function shareAxis(low, high, ticks, origin) {
  return { low, high, ticks, origin, format: (value) => percent(value, 0) };
}

// ---------------------------------------------------------------------------- training
function drawTraining(training, isCurrent) {
  const x = {
    values: training.updates,
    label: "update",
    format: whole,
    name: (i) => `Update ${whole(training.updates[i])}, ${format.millions(training.agent_steps[i])} agent steps`,
  };
  const winsSeries = WINS_LINES.map((line) => ({ ...line, ...winsOf(training, line.id) }));
  const lowest = winsSeries.flatMap(({ values, band }) => band?.map(([low]) => low) ?? values);
  const floor = Math.floor(10 * Math.min(...lowest)) / 10;
  new LineChart(byId("training-wins"), {
    label: "Fights won by the boss during training",
    x,
    y: {
      low: floor,
      high: 1,
      label: `won by the boss; the scale begins at ${percent(floor, 0)}`,
      format: (v) => percent(v, 0),
    },
    series: winsSeries,
    aspect: 0.5,
  });
  const entropy = Object.values(training.entropy).flat();
  new LineChart(byId("training-entropy"), {
    label: "Entropy of the choices during training",
    x,
    y: { low: 0, high: Math.ceil(2 * Math.max(...entropy)) / 2, label: "nats", format: (v) => v.toFixed(2) },
    series: SEATS.map((line) => {
      const values = training.entropy[line.id];
      return { ...line, values, say: (i) => values[i].toFixed(2) };
    }),
    aspect: 0.6,
  });
  new LineChart(byId("training-habits"), {
    label: "Habits of the boss during training",
    x,
    y: { low: 0, high: 1, label: "share of its chances", format: (v) => percent(v, 0) },
    series: HABITS.map((line) => {
      const values = training.habits[line.id];
      return { ...line, values, say: (i) => percent(values[i]) };
    }),
    aspect: 0.6,
  });
  const { final } = training;
  byId("training-wins").append(
    create(
      "p",
      "note",
      `Published: the mind of update ${whole(training.published_update)}. At the end it won ` +
        `${percentWithin(final.scripted.dodger.win_rate, final.scripted.dodger.interval)} of ${final.fights} new ` +
        `fights against the dodger and ${percent(final.learned.mean)} against its ${final.learned.knights} past ` +
        `knights (at the least ${percent(final.learned.least)}).`,
    ),
  );
  signSource(
    "training",
    `Drawn from ${training.source}: ${training.updates.length} examinations of one training, each of ` +
      `${training.fights} fights against every scripted knight and ${training.learned_fights} against every past ` +
      "knight, with the mistakes of Hard. The band and the brackets are 95% intervals of so many fights; self-play " +
      "and entropy are those of the training itself.",
    isCurrent,
  );
}

/** Values of a line of the win rates, and how it is said; a band for the dodger, whose rate moves most. */
function winsOf(training, id) {
  if (id === "self_play") return { values: training.self_play, say: (i) => percent(training.self_play[i]) };
  if (id === "learned") {
    const { mean, knights } = training.learned;
    return { values: mean, say: (i) => `${percent(mean[i])}, ${counted(knights[i], "knight")}` };
  }
  const { win_rate: values, interval } = training.scripted[id];
  return {
    title: format.knightName(id),
    values,
    band: id === "dodger" ? interval : undefined,
    say: (i) => percentWithin(values[i], interval[i]),
  };
}

// ---------------------------------------------------------------------------- pay-offs
function drawPayoff(payoff, isCurrent) {
  new PayoffMatrix(byId("payoff-matrix"), payoff);
  const { ratings } = payoff;
  const everybody = [...ratings.bosses, ...ratings.knights];
  const low = Math.floor(Math.min(...everybody.map((entry) => entry.low)) / 100) * 100;
  const high = Math.ceil(Math.max(...everybody.map((entry) => entry.high)) / 100) * 100;
  const axis = { low, high, ticks: RATING_TICKS.filter((tick) => tick >= low && tick <= high), format: whole };
  byId("ratings-note").textContent =
    "Strengths fitted to the matrix on the scale of Elo: 400 points are odds of ten to one, and the dodger is 1,500. " +
    "Where one number cannot say who beats whom, the matrix is right. " +
    (ratings.winless.length
      ? `${ratings.winless.length} knights won no fight against anybody; how far below they stand is not known.`
      : "");
  for (const side of ["bosses", "knights"]) {
    intervalTable(byId(`ratings-${side}`), {
      caption: `Ratings of the ${side}`,
      columns: [side === "bosses" ? "boss" : "knight", DRAWN, "rating"],
      rows: ratings[side].map((entry) => ({
        ...entry,
        label: playersName(entry.names, side === "bosses" ? format.bossName : format.knightName),
        kind: side,
        texts: [ratingText(entry)],
      })),
      axis,
    });
  }
  signSource(
    "payoff",
    `Drawn from ${payoff.source}: ${payoff.fights} fights in every cell, 95% intervals. Bosses of the league and of ` +
      `the study make the mistakes of Hard, ${percent(payoff.mistakes)} of their moves. A study's boss and the ` +
      "knight of its seed learned together; the hunters learned against the shipped boss alone.",
    isCurrent,
  );
}

function ratingText({ mean, low, high }) {
  return low === high ? `${whole(mean)} by definition` : `${whole(mean)} [${whole(low)}, ${whole(high)}]`;
}

function playersName(names, nameOf) {
  if (names.length === 1) return nameOf(names[0]);
  return `${names.length} who won nothing: ${names.map(nameOf).join(", ")}`;
}

// ---------------------------------------------------------------------------- parts
function drawParts(study) {
  byId("parts-lead").textContent =
    `${study.trainings} minds were trained for this, ${study.seeds} of each kind, all by the same schedule of ` +
    `${study.updates} updates. The whole mind wins ${sayInterval(study.whole.dodger)} of its fights against the ` +
    "dodger. Bars show the difference from it: to the left is weaker.";
  const all = [...study.parts, ...study.networks];
  drawDifferences("parts-without", "Minds trained without a part", "left out", study.parts, all, (title) =>
    title.replace("without ", ""),
  );
  drawDifferences("parts-networks", "Other networks", "network", study.networks, all, (title) => title);

  const { how, fights } = study.silenced;
  const missed = (rows) => rows.filter(({ verdict }) => verdict === "weaker").map(({ name }) => name);
  byId("parts-silenced-lead").textContent =
    "The same minds, each compared with itself when one specialist falls silent. At zero all that it says is lost; " +
    "held at its mean, only what it says about the situation. " +
    `Shown to be missed at zero: ${listed(missed(how.zero))}. At the mean: ${listed(missed(how.mean))}.`;
  const silenced = [...how.zero, ...how.mean];
  for (const [name, rows] of Object.entries(how)) {
    const title = name === "zero" ? "latent at zero" : "latent at its mean";
    intervalTable(byId(`parts-${name}`), {
      caption: `Change of the win rate against the dodger, ${title}`,
      columns: ["silenced", DRAWN, "points"],
      rows: rows.map(({ name: label, differences, verdict }) => ({
        label,
        ...differences.dodger,
        kind: SHOWN[verdict],
        texts: [pointsWithin(differences.dodger)],
      })),
      axis: differenceAxis(silenced),
    });
  }
  signSource(
    "parts",
    `Drawn from ${study.source}: means over ${study.seeds} seeds with 95% intervals, which so few make too narrow. ` +
      `${study.fights} fights against every scripted knight, ${study.knight_fights} against each of the ` +
      `${study.knights} learned knights, ${fights} for each silenced specialist. A bright mark is a difference that ` +
      "is shown: its interval leaves out zero and it is 2 points or more.",
  );
}

function drawDifferences(id, caption, kind, rows, all, nameOf) {
  intervalTable(byId(id), {
    caption: `${caption}: difference of the win rate against the dodger`,
    columns: [kind, DRAWN, "points against the dodger", "parameters", "so it is"],
    rows: rows.map(({ title, differences, parameters, verdict, sentence }) => ({
      label: nameOf(title),
      ...differences.dodger,
      kind: SHOWN[verdict],
      texts: [pointsWithin(differences.dodger), whole(parameters), sentence + otherMeasures(differences)],
    })),
    axis: differenceAxis(all),
  });
}

/** What the measures besides the dodger say, where they say anything. */
function otherMeasures(differences) {
  const moved = ["others", "knights"].filter((measure) => Math.abs(differences[measure]?.mean ?? 0) >= 0.005);
  const said = moved.map((measure) => `${MEASURES[measure]} ${pointsWithin(differences[measure])}`);
  return said.length ? ` Also: ${said.join(", ")}.` : "";
}

function differenceAxis(rows) {
  const gaps = rows.map(({ differences }) => differences.dodger);
  const low = Math.floor(10 * Math.min(...gaps.map((gap) => gap.low))) / 10;
  const high = Math.max(0.05, Math.ceil(20 * Math.max(...gaps.map((gap) => gap.high))) / 20);
  const ticks = [-0.8, -0.6, -0.4, -0.2, 0].filter((tick) => tick >= low);
  return { low, high, ticks, origin: 0, format: (value) => (value === 0 ? "0" : points(value).replace(".0", "")) };
}

function sayInterval({ mean, low, high }) {
  return percentWithin(mean, [low, high]);
}

function counted(number, what) {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}

function listed(names) {
  return names.length ? names.join(", ") : "none";
}

// ---------------------------------------------------------------------------- hunters
function drawExploiters(record, isCurrent) {
  if (record === null) {
    byId("exploiters-lead").textContent =
      "Nobody has hunted this boss yet: nothing is claimed about its best opponent.";
    byId("exploiters-body").hidden = true;
    return;
  }
  const best = Math.max(...record.knights.map(({ win_rate }) => win_rate));
  byId("exploiters-lead").textContent =
    `${record.knights.length} knights, the exploiters of the records, trained against nothing but this boss, frozen ` +
    `on ${format.capital(record.tier)}, each for ${whole(record.agent_steps)} decisions; the boss itself learned from ` +
    `${whole(record.boss_steps)}. The best of them wins ${percent(best)}: so far it can be beaten, as far as this ` +
    "search could find it, and perhaps further.";
  const top = Math.max(...record.knights.flatMap(({ curve }) => curve.interval.map(([, high]) => high)));
  new LineChart(byId("exploiters-curve"), {
    label: "Fights won by the hunters while they learned",
    x: {
      values: record.knights[0].curve.agent_steps,
      label: "decisions, millions",
      format: (value) => String(value / 1e6),
      name: (i) => `After ${format.millions(record.knights[0].curve.agent_steps[i])} decisions`,
    },
    y: { low: 0, high: Math.ceil(10 * top) / 10, label: "won by the hunter", format: (v) => percent(v, 0) },
    series: record.knights.map(({ seed, curve }, i) => ({
      ...HUNTERS[i % HUNTERS.length],
      id: `hunter-${seed}`,
      title: `hunter ${seed}`,
      values: curve.win_rate,
      band: curve.interval,
      say: (place) => percentWithin(curve.win_rate[place], curve.interval[place]),
    })),
    aspect: 0.4,
  });
  intervalTable(byId("exploiters-final"), {
    caption: "Fights won by the hunters at the end",
    columns: ["hunter", DRAWN, "it wins", "from nothing", "from a learned knight", "how it fights"],
    rows: record.knights.map(({ seed, win_rate: mean, interval: [low, high], starts, a_minute, fight_seconds }) => ({
      label: `Hunter ${seed}`,
      mean,
      low,
      high,
      kind: "knights",
      texts: [
        percentWithin(mean, [low, high]),
        percent(starts.nothing ?? null),
        percent(starts["learned knight"] ?? null),
        `${whole(a_minute.swings)} swings, ${whole(a_minute.blocks)} blocks, ${whole(a_minute.rolls)} rolls ` +
          `a minute; a fight takes ${fight_seconds.toFixed(1)} s`,
      ],
    })),
    axis: shareAxis(0, 0.5, [0, 0.1, 0.2, 0.3, 0.4, 0.5], 0),
  });
  signSource(
    "exploiters",
    `Drawn from ${record.source}: ${record.examine_fights} fights at every examination of the better start, ` +
      `${whole(record.fights)} at the end, with 95% intervals.`,
    isCurrent,
  );
}
