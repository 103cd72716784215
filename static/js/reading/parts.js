/*
 * Owns a drawing in parts: its strokes, which may be cut. The same as reader/parts.py for strokes; the
 * reasons for its numbers stand there.
 * Pure: must not know digits or a network.
 */

export const MAX_PARTS = 30;
const STEP = 0.05;
const MAX_POINTS = 100;
const MOST_OF_ALL = 1_500;
const MOST_POINTS_TO_CUT = 500;
const MOST_PLACES = 4;
const LEANS = [0, -0.3, 0.3];
const END = 0.5;

const { hypot, max, min, trunc } = Math;

/* Each stroke is a part; none if there are too many. */
export function partsOf(strokes) {
  const runs = strokes.map((stroke, number) => [number, 0, stroke.length]).filter((run) => run[2] > 0);
  if (runs.length > MAX_PARTS) return [];
  const lines = runs.map((run) => pointsOf(run, strokes));
  const step = STEP * max(0, ...lines.map((line) => height(boxOf(line))));
  const parts = lines.map((line, turn) => partOf(runs[turn], line, step, turn, null));
  return parts.reduce((sum, { points }) => sum + points.length, 0) <= MOST_OF_ALL ? parts : [];
}

function partOf(run, line, step, turn, cutFrom) {
  return { run, stroke: line, box: boxOf(line), points: walked(line, step), step, turn, cutFrom };
}

/* The parts, these of them cut where a digit may end and the next begin. */
export function cut(parts, group, strokes) {
  const all = [...parts];
  for (const part of [...group].sort((a, b) => b - a)) {
    const { run, stroke, step, turn } = parts[part];
    const [number, first, end] = run;
    const places = [first, ...placesToCut(stroke).map((place) => first + place), end - 1];
    const runs = places.slice(1).map((place, i) => [number, places[i], place + 1]);
    if (runs.length < 2) continue;
    const pieces = runs.map((one) => partOf(one, pointsOf(one, strokes), step, turn, part));
    all.splice(part, 1, ...pieces);
  }
  return all;
}

/* The points at which a line from top to bottom would cross the stroke once, and nothing else. */
function placesToCut(line) {
  if (line.length < 3 || line.length > MOST_POINTS_TO_CUT) return [];
  const highest = height(boxOf(line));
  const found = [];
  for (const lean of LEANS) {
    const xs = line.map(([x, y]) => x + lean * y);
    const isOnce = (i) => {
      let crossings = 0;
      for (let j = 1; j < xs.length; j++)
        if (min(xs[j - 1], xs[j]) <= xs[i] && xs[i] < max(xs[j - 1], xs[j])) crossings++;
      return crossings === 1;
    };
    for (let i = 1, length = 0; i < line.length; i++) {
      if (i < line.length - 1 && isOnce(i)) {
        length++;
        continue;
      }
      const place = i - length + trunc(length / 2);
      const sides = [line.slice(0, place + 1), line.slice(place)].map((side) => height(boxOf(side)));
      const isNew = found.every((other) => Math.abs(place - other) > 2);
      if (length > 0 && isNew && min(...sides) >= END * highest) found.push(place);
      length = 0;
    }
  }
  return found.slice(0, MOST_PLACES).sort((a, b) => a - b);
}

export function areOfOne(one, other) {
  return one.cutFrom !== null && one.cutFrom === other.cutFrom;
}

/* The points of a run, [the number of a stroke, its first point, the point after its last]. */
function pointsOf([stroke, first, end], strokes) {
  return strokes[stroke].slice(first, end);
}

function boxOf(points) {
  const box = { left: Infinity, top: Infinity, right: -Infinity, bottom: -Infinity };
  for (const [x, y] of points) {
    box.left = min(box.left, x);
    box.top = min(box.top, y);
    box.right = max(box.right, x);
    box.bottom = max(box.bottom, y);
  }
  return box;
}

/* The same line with points no further than a step apart, unless there would be too many. */
function walked(line, step) {
  const way = [0];
  for (let i = 1; i < line.length; i++)
    way.push(way[i - 1] + hypot(line[i][0] - line[i - 1][0], line[i][1] - line[i - 1][1]));
  const length = way.at(-1);
  if (length === 0) return [line[0]];
  const last = 1 + trunc(length / max(step, length / MAX_POINTS));
  const points = [];
  for (let k = 0, i = 0; k <= last; k++) {
    const at = (k * length) / last;
    while (i < line.length - 2 && way[i + 1] < at) i++;
    const span = way[i + 1] - way[i];
    const share = span > 0 ? min(1, (at - way[i]) / span) : 1;
    points.push([0, 1].map((axis) => line[i][axis] + share * (line[i + 1][axis] - line[i][axis])));
  }
  return points;
}

export function height(box) {
  return box.bottom - box.top;
}

export function middle(box) {
  return (box.left + box.right) / 2;
}

export function around(one, other) {
  return {
    left: min(one.left, other.left),
    top: min(one.top, other.top),
    right: max(one.right, other.right),
    bottom: max(one.bottom, other.bottom),
  };
}

export function apart(one, other) {
  return hypot(
    max(one.left - other.right, other.left - one.right, 0),
    max(one.top - other.bottom, other.top - one.bottom, 0),
  );
}

export function distance(one, other) {
  let least = Infinity;
  for (const [x, y] of one.points)
    for (const [x2, y2] of other.points) least = min(least, (x - x2) ** 2 + (y - y2) ** 2);
  return Math.sqrt(least);
}

/* How much of the narrower box lies above or below the other: 0 … 1. */
export function shared(one, other, narrow) {
  const spans = [one, other].map((box) => {
    const half = max(box.right - box.left, narrow) / 2;
    return [middle(box) - half, middle(box) + half];
  });
  const [[low, high], [low2, high2]] = spans;
  return max(0, (min(high, high2) - max(low, low2)) / min(high - low, high2 - low2));
}
