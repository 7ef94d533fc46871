// Colours of the drawing of the mind.

export const SPECIALIST_COLOURS = ["#ff5a3c", "#ff9a3c", "#86c48a", "#e0bd62", "#86aede", "#d877b4", "#d8452f"];
export const RISING = "#ffa552"; // what is above zero
export const FALLING = "#62b8dc"; // what is below
export const MISTAKE = "#b995ff";
export const GOLD = "#d8a657";
export const INK = "#e4d8c4";
export const FAINT = "#8f8171";

/** "#rrggbb" as [red, green, blue]. */
export function channels(colour) {
  return [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
}

/** "#rrggbb" with an opacity of 0 to 1, as a CSS colour. */
export function faded(colour, opacity) {
  return `rgba(${channels(colour).join(", ")}, ${opacity})`;
}
