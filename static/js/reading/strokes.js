/*
 * Owns how strokes become ink: they are drawn with the pen of MNIST. The same as reader/strokes.py,
 * which draws with Pillow; every pixel here is equal to Pillow's, and tests/parity shows it.
 * Pure: must not know the DOM, the network or what a digit is.
 *
 * Ink is { width, height, pixels }, row by row, 0 = paper, 1 = ink.
 */

export const MNIST_PEN = 2.4 / 20; // a share of the longer side; see THIN and THICK in framing.js
export const CANONICAL_PX = 80; // the longer side of ink made from strokes
const SMOOTHING = 2; // strokes are drawn this much larger and shrunk, so that edges are grey

const PEN_PX = CANONICAL_PX * MNIST_PEN;
const WIDTH_PX = Math.round(PEN_PX * SMOOTHING); // on the canvas; odd, as segmentCorners wants it
const RADIUS_PX = (PEN_PX * SMOOTHING) / 2;

const { ceil, floor, fround, max, min, abs, sqrt } = Math;

/* Strokes of [x, y] points, whatever their size and place. No points, no ink. */
export function inkFromStrokes(strokes) {
  const points = strokes.flat();
  if (points.length === 0) return { width: 1, height: 1, pixels: new Float32Array(1) };
  let [left, top] = points[0];
  let [right, bottom] = points[0];
  for (const [x, y] of points) {
    left = min(left, x);
    right = max(right, x);
    top = min(top, y);
    bottom = max(bottom, y);
  }
  const extent = max(right - left, bottom - top);
  // A dot has no size to scale by; it becomes a blot as wide as the pen.
  const scale = extent > 1e-9 ? (CANONICAL_PX - PEN_PX) / extent : 0;
  const placed = strokes.map((stroke) =>
    stroke.map(([x, y]) => [
      (x - left) * scale + PEN_PX / 2 + 1,
      (y - top) * scale + PEN_PX / 2 + 1,
    ]),
  );
  const width = ceil((right - left) * scale + PEN_PX + 2);
  const height = ceil((bottom - top) * scale + PEN_PX + 2);
  return shrunk(drawn(placed, width * SMOOTHING, height * SMOOTHING), width, height);
}

/* The canvas has a margin of the pen's radius around all points, so nothing is clipped. */
function drawn(strokes, width, height) {
  const canvas = { width, height, pixels: new Uint8Array(width * height) };
  for (const stroke of strokes) {
    let before = null;
    for (const [placedX, placedY] of stroke) {
      const x = roundHalfEven(placedX * SMOOTHING);
      const y = roundHalfEven(placedY * SMOOTHING);
      if (before && x === before[0] && y === before[1]) continue; // adds time and no ink
      if (before) fillPolygon(canvas, segmentCorners(before[0], before[1], x, y));
      stampDisc(canvas, x, y); // a round end or joint
      before = [x, y];
    }
  }
  return canvas;
}

function shrunk(canvas, width, height) {
  const pixels = new Float32Array(width * height);
  for (let y = 0, at = 0; y < height; y++) {
    let upper = y * 2 * canvas.width;
    let lower = upper + canvas.width;
    for (let x = 0; x < width; x++, upper += 2, lower += 2, at++) {
      const sum =
        canvas.pixels[upper] + canvas.pixels[upper + 1] +
        canvas.pixels[lower] + canvas.pixels[lower + 1];
      pixels[at] = ((sum + 2) >> 2) / 255;
    }
  }
  return { width, height, pixels };
}

function fillSpan({ width, pixels }, first, last, y) {
  if (last >= first) pixels.fill(255, y * width + first, y * width + last + 1);
}

/* ── a segment as wide as the pen ── */

/* x and y in turn, of the four corners. */
function segmentCorners(x0, y0, x1, y1) {
  const dx = x1 - x0;
  const dy = y1 - y0;
  const ratio = (WIDTH_PX - 1) / 2 / sqrt(dx * dx + dy * dy);
  const across = roundDown(ratio * dy);
  const down = roundDown(ratio * dx);
  return [
    x0 - across, y0 + down, x1 - across, y1 + down,
    x1 + across, y1 - down, x0 + across, y0 - down,
  ];
}

/*
 * Fills a segment row by row, between the crossings of its edges with the row, which are counted in
 * 32-bit floats as in Pillow. Pillow blunts the tips of sharp corners as well; a segment has none.
 */
function fillPolygon(canvas, corners) {
  const edges = [];
  let top = corners[1];
  let bottom = corners[1];
  for (let i = 0; i < corners.length; i += 2) {
    const next = (i + 2) % corners.length;
    const [x0, y0, x1, y1] = [corners[i], corners[i + 1], corners[next], corners[next + 1]];
    top = min(top, y0);
    bottom = max(bottom, y0);
    if (y0 === y1) fillSpan(canvas, min(x0, x1), max(x0, x1), y0);
    else edges.push({ x0, y0, top: min(y0, y1), bottom: max(y0, y1), slope: fround((x1 - x0) / (y1 - y0)) });
  }
  for (let y = top; y <= bottom; y++) {
    const crossings = [];
    for (const edge of edges) {
      if (y < edge.top || y > edge.bottom) continue;
      const x = crossing(edge, y);
      crossings.push(x);
      if (y === edge.bottom && y < bottom) crossings.push(x); // where the edge after it begins
    }
    crossings.sort((a, b) => a - b);
    for (let i = 1; i < crossings.length; i += 2)
      fillSpan(canvas, roundUp(crossings[i - 1]), roundDown(crossings[i]), y);
  }
}

function crossing(edge, y) {
  return fround(fround((y - edge.y0) * edge.slope) + edge.x0);
}

/* ── a disc as wide as the pen ── */

/*
 * For the rows of a disc that is `size` pixels and one high: how far it reaches. Distances are in
 * half pixels from the middle, so all have the parity of `size`. The rim is walked from its right
 * end to its top, each time to the next pixel that is nearest to the circle.
 */
function discReaches(size) {
  const reaches = new Map();
  const offCircle = (x, y) => abs(x * x + y * y - size * size);
  let x = size;
  let y = size % 2;
  for (;;) {
    if (!reaches.has(y)) reaches.set(y, x);
    if (x === size % 2 && y === size) return reaches;
    const next = x > 1 ? [[x, y + 2], [x - 2, y + 2], [x - 2, y]] : [[x, y + 2]];
    [x, y] = next.reduce((best, one) => (offCircle(...one) < offCircle(...best) ? one : best));
  }
}

const BEFORE_PX = ceil(RADIUS_PX); // from a point to the first column and row of its disc
const DISC_SIZE = BEFORE_PX + floor(RADIUS_PX);
const DISC_ROWS = [...discReaches(DISC_SIZE)].flatMap(([y, reach]) =>
  (y === 0 ? [y] : [-y, y]).map((row) => ({
    y: (row + DISC_SIZE) / 2 - BEFORE_PX,
    first: (DISC_SIZE - reach) / 2 - BEFORE_PX,
    last: (DISC_SIZE + reach) / 2 - BEFORE_PX,
  })),
);

function stampDisc(canvas, x, y) {
  for (const row of DISC_ROWS) fillSpan(canvas, x + row.first, x + row.last, y + row.y);
}

/* ── rounding ── */

/* As Python's round and NumPy's rint. */
export function roundHalfEven(value) {
  const low = floor(value);
  const rest = value - low;
  if (rest !== 0.5) return rest < 0.5 ? low : low + 1;
  return low % 2 === 0 ? low : low + 1;
}

/* Halves go away from 0 (up) or towards it (down), in 32-bit floats as Pillow's are. */
function roundUp(value) {
  return value >= 0 ? floor(fround(value + 0.5)) : -floor(0.5 - value);
}

function roundDown(value) {
  return value >= 0 ? ceil(value - 0.5) : -ceil(-value - 0.5);
}
