/*
 * Owns a drawing as a vector picture: numbers become a path, and nothing else of it reaches the page.
 */

const NS = "http://www.w3.org/2000/svg";
const SIDE = 100;
const MARGIN = 12;

/* An SVG element; strokes in any unit, scaled to fit. */
export function svgOf(strokes, label) {
  const svg = document.createElementNS(NS, "svg");
  svg.setAttribute("viewBox", `0 0 ${SIDE} ${SIDE}`);
  if (label) {
    svg.setAttribute("role", "img");
    svg.setAttribute("aria-label", label);
  } else {
    svg.setAttribute("aria-hidden", "true");
  }
  const path = document.createElementNS(NS, "path");
  path.setAttribute("class", "ink");
  path.setAttribute("d", pathOf(strokes));
  svg.append(path);
  return svg;
}

export function pathOf(strokes) {
  const points = strokes.flat();
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => Number(point[axis])));
  const [left, right] = [smallest(xs), largest(xs)];
  const [top, bottom] = [smallest(ys), largest(ys)];
  const scale = (SIDE - 2 * MARGIN) / (Math.max(right - left, bottom - top) || 1);
  const place = ([x, y]) => [
    round(SIDE / 2 + (x - (left + right) / 2) * scale),
    round(SIDE / 2 + (y - (top + bottom) / 2) * scale),
  ];
  return strokes
    .filter((stroke) => stroke.length > 0)
    .map((stroke) => {
      const [first, ...rest] = stroke.map(place);
      // A lone point becomes a dot by its round caps; a line of no length at all would have none.
      const line = rest.length > 0 ? rest : [[first[0] + 0.01, first[1]]];
      return `M${first.join(" ")}L${line.map((point) => point.join(" ")).join(" ")}`;
    })
    .join("");
}

const smallest = (values) => values.reduce((a, b) => Math.min(a, b), Infinity);
const largest = (values) => values.reduce((a, b) => Math.max(a, b), -Infinity);
const round = (value) => Math.round(value * 10) / 10;
