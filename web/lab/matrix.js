// The pay-off matrix: a grid of percentages coloured by who wins. Arrow keys or the pointer choose a cell; its row
// and column light up and a line below says its fights in words.

import { create } from "../ui/dom.js";
import { bossName, capital, knightName, percentWithin } from "./format.js";

// By the boss's share of the wins: the knight's blue, dusk where they are even, the boss's ember. Lightness falls
// and rises with it and every cell has its number, so nothing depends on telling the hues apart.
const COLOURS = [
  [0, [33, 112, 134]],
  [0.5, [40, 34, 34]],
  [1, [134, 54, 24]],
];
const KNIGHT_GROUPS = [
  { pattern: /^knight of seed (\d+)$/, title: "knights of the study, by seed" },
  { pattern: /^exploiter (\d+)$/, title: "hunters of the shipped boss" },
];
const SCRIPTED = "scripted knights";

/** The colour of a share of wins as rgb(). */
export function shareColour(share) {
  const upper = COLOURS.findIndex(([at]) => share <= at);
  const [low, from] = COLOURS[Math.max(0, upper - 1)];
  const [high, to] = COLOURS[upper];
  const t = high === low ? 0 : (share - low) / (high - low);
  return `rgb(${from.map((value, i) => Math.round(value + (to[i] - value) * t)).join(" ")})`;
}

export class PayoffMatrix {
  #payoff;
  #table = create("table", "matrix");
  #cells = []; // rows of <td>
  #columnHeads = [];
  #reading = create("p", "reading");
  #chosen = [0, 0];

  /** Draws `payoff` of lab.json into `container`. */
  constructor(container, payoff) {
    this.#payoff = payoff;
    const table = this.#table;
    table.setAttribute("role", "grid");
    table.append(create("caption", "unseen", "Percentage of fights won by the boss; rows are bosses, columns knights"));
    table.append(this.#createHead(), this.#createBody());
    table.addEventListener("keydown", (event) => this.#onKey(event));
    for (const kind of ["pointerover", "focusin"]) {
      table.addEventListener(kind, (event) => this.#choose(event.target.closest("[data-cell]")));
    }
    this.#reading.setAttribute("aria-live", "polite");
    const scroll = create("div", "scroll");
    scroll.append(table);
    container.append(scroll, this.#reading);
    this.#cells[0][0].tabIndex = 0;
    this.#read();
  }

  #createHead() {
    const head = create("thead");
    const groups = create("tr");
    const names = create("tr");
    const corner = create("th", "corner", "boss");
    corner.rowSpan = 2;
    corner.scope = "col";
    groups.append(corner);
    for (const { title, shorts } of columnGroups(this.#payoff.columns)) {
      const group = create("th", "group", title);
      group.scope = "colgroup";
      group.colSpan = shorts.length;
      groups.append(group);
      for (const short of shorts) {
        const name = create("th", "", short);
        name.scope = "col";
        this.#columnHeads.push(name);
        names.append(name);
      }
    }
    head.append(groups, names);
    return head;
  }

  #createBody() {
    const body = create("tbody");
    const { rows, columns } = this.#payoff;
    for (const [i, { name, cells }] of rows.entries()) {
      const row = create("tr");
      if (i > 0 && kindOf(name) !== kindOf(rows[i - 1].name)) row.className = "new-group";
      const head = create("th", "", bossName(name));
      head.scope = "row";
      const line = cells.map(([won, lost, neither], j) => {
        const share = won / (won + lost + neither);
        const cell = create("td", "", String(Math.round(100 * share)));
        cell.dataset.cell = `${i},${j}`;
        cell.tabIndex = -1;
        cell.style.backgroundColor = shareColour(share);
        if (j > 0 && groupOf(columns[j]).title !== groupOf(columns[j - 1]).title) cell.className = "new-group";
        return cell;
      });
      this.#cells.push(line);
      row.append(head, ...line);
      body.append(row);
    }
    return body;
  }

  #onKey(event) {
    const [i, j] = this.#chosen;
    const [height, width] = [this.#cells.length, this.#cells[0].length];
    const places = {
      ArrowUp: [i - 1, j],
      ArrowDown: [i + 1, j],
      ArrowLeft: [i, j - 1],
      ArrowRight: [i, j + 1],
      Home: [i, 0],
      End: [i, width - 1],
    };
    if (!(event.key in places)) return;
    event.preventDefault();
    const [row, column] = places[event.key];
    this.#cells[Math.max(0, Math.min(height - 1, row))][Math.max(0, Math.min(width - 1, column))].focus();
  }

  #choose(cell) {
    if (!cell) return;
    const [i, j] = this.#chosen;
    this.#cells[i][j].tabIndex = -1;
    this.#chosen = cell.dataset.cell.split(",").map(Number);
    cell.tabIndex = 0;
    this.#highlight();
    this.#read();
  }

  #highlight() {
    const [row, column] = this.#chosen;
    for (const [i, line] of this.#cells.entries()) {
      line[0].parentElement.classList.toggle("lit", i === row);
      for (const [j, cell] of line.entries()) {
        cell.classList.toggle("lit", i === row || j === column);
        cell.classList.toggle("chosen", i === row && j === column);
      }
    }
    for (const [j, head] of this.#columnHeads.entries()) head.classList.toggle("lit", j === column);
  }

  #read() {
    const [i, j] = this.#chosen;
    const { rows, columns } = this.#payoff;
    const [won, lost, neither] = rows[i].cells[j];
    const fights = won + lost + neither;
    const share = percentWithin(won / fights, rows[i].interval[j]);
    const open = neither ? `, ${neither} ended with no winner` : "";
    this.#reading.textContent =
      `${capital(bossName(rows[i].name))} against ${knightName(columns[j])}: ` +
      `the boss won ${won} of ${fights} fights, the knight ${lost}${open}: ${share}`;
  }
}

function groupOf(column) {
  for (const { pattern, title } of KNIGHT_GROUPS) {
    const match = column.match(pattern);
    if (match) return { title, short: match[1] };
  }
  return { title: SCRIPTED, short: knightName(column) };
}

/** The columns as runs of one kind: [{title, shorts}]. */
function columnGroups(columns) {
  const groups = [];
  for (const column of columns) {
    const { title, short } = groupOf(column);
    if (groups.at(-1)?.title === title) groups.at(-1).shorts.push(short);
    else groups.push({ title, shorts: [short] });
  }
  return groups;
}

function kindOf(row) {
  return row.split(/[ ,]/)[0];
}
