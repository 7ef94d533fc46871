// How the lab page writes numbers and names. Shares are fractions of 1; a dash stands for what was not measured.

export const DASH = "–";
const MINUS = "−";
const FIGHTER_NAMES = { roll_spammer: "roll spammer" };

/** 0.9531 as "95.3%". */
export function percent(share, digits = 1) {
  return share === null ? DASH : `${(100 * share).toFixed(digits)}%`;
}

/** A share with its interval [low, high]: "95.3% [87.1, 98.4]". */
export function percentWithin(share, [low, high]) {
  return `${percent(share)} [${(100 * low).toFixed(1)}, ${(100 * high).toFixed(1)}]`;
}

/** A signed difference of shares in percentage points, without a sign where it rounds to zero. */
export function points(difference) {
  const text = (100 * difference).toFixed(1);
  if (Number(text) === 0) return "0.0";
  return difference < 0 ? text.replace("-", MINUS) : `+${text}`;
}

/** {mean, low, high} of a difference: "−4.2 [−8.5, 0.0]". */
export function pointsWithin({ mean, low, high }) {
  return `${points(mean)} [${points(low)}, ${points(high)}]`;
}

/** 52057491 as "52,057,491". */
export function whole(number) {
  return Math.round(number).toLocaleString("en-US");
}

/** 52057491 as "52.1 million". */
export function millions(number) {
  return `${(number / 1e6).toFixed(1)} million`;
}

/** A column of the pay-off matrix: "roll spammer", "knight of seed 0", "hunter 1". */
export function knightName(name) {
  return FIGHTER_NAMES[name] ?? name.replace(/^exploiter/, "hunter");
}

/** A row of the pay-off matrix: "shipped, hard", "league, update 150", "study, seed 0". */
export function bossName(name) {
  const league = name.match(/^league boss-(\d+)$/);
  if (league) return `league, update ${league[1]}`;
  const final = name.match(/^seed (\d+), final$/);
  return final ? `study, seed ${final[1]}` : name;
}

export function capital(text) {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
