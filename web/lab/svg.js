// What the charts share: SVG elements, linear scales, and ticks at round numbers.

const NAMESPACE = "http://www.w3.org/2000/svg";
const STEPS = [1, 2, 2.5, 5, 10]; // of a power of ten: what counts as a round distance between ticks

/** A new SVG element with attributes; children are elements or strings. */
export function svg(tag, attributes = {}, ...children) {
  const element = document.createElementNS(NAMESPACE, tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

/** A function from [low, high] to [start, end], linear, also outside. */
export function scale(low, high, start, end) {
  const slope = (end - start) / (high - low);
  return (value) => start + (value - low) * slope;
}

/** Round numbers within [low, high], about `count` of them, ascending. */
export function ticks(low, high, count) {
  const rough = (high - low) / Math.max(1, count);
  const power = 10 ** Math.floor(Math.log10(rough));
  const step = power * STEPS.find((candidate) => candidate * power >= rough * 0.999);
  const first = Math.ceil(low / step - 1e-9);
  const last = Math.floor(high / step + 1e-9);
  return Array.from({ length: last - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

/** The `d` of a path through points [x, y]; null breaks the line. */
export function path(points) {
  let pen = "M";
  let d = "";
  for (const point of points) {
    if (point) d += `${pen}${point[0].toFixed(1)} ${point[1].toFixed(1)}`;
    pen = point ? "L" : "M";
  }
  return d;
}
