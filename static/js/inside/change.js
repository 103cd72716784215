/*
 * Owns the search for a small change that makes a digit another: short strokes to add, a little ink to
 * rub out. The slopes of the scores say where to look; reading the changed picture says what is true.
 * Pure: must not know the DOM.
 */

import { DIGIT_IMAGE_PX as SIDE } from "../reading/framing.js";
import { gradient } from "./gradient.js";

const PEN = { isRubber: false, radius: 1.2 }; // MNIST's lines are 2.4 wide
const RUBBERS = [1.7, 2.6].map((radius) => ({ isRubber: true, radius }));
const LONGEST = 12;
const LONG = 5;
const DIRECTIONS = 8;
const EDGE = 3; // nothing is drawn nearer to the edge
const READ_EACH_ROUND = 30;
const MOST_PIECES = 5;

const { PI, abs, cos, hypot, max, min, round, sin } = Math;

/*
 * Yields after each reading; returns { pieces, digitImage, probabilities }, or null when there is no
 * small change. A piece is { isRubber, radius, from: [x, y], to: [x, y] }. It has worked when the target is
 * likelier than any other digit and as likely as `enough`; less than that is better than nothing.
 */
export function* changeTo(target, network, digitImage, enough) {
  let best = { pieces: [], digitImage, probabilities: network.probabilities(digitImage) };
  let found = null;
  while (best.pieces.length < MOST_PIECES) {
    const next = yield* oneMore(target, network, best);
    if (next === null) break;
    best = next;
    if (isTarget(best, target)) found = best;
    if (found && best.probabilities[target] >= enough) break;
  }
  return found && (yield* withoutNeedless(target, network, digitImage, found, enough));
}

function isTarget({ probabilities }, target) {
  return lead(target, probabilities) > 0;
}

/*
 * The best single piece on top of those before; null where the slopes promise nothing of any. It may
 * not help alone, and yet with the next.
 */
function* oneMore(target, network, { pieces, digitImage, probabilities }) {
  const others = max(1 - probabilities[target], 1e-30);
  const weights = probabilities.map((share, digit) => (digit === target ? 1 : -share / others));
  const slopes = yield* gradient(network, digitImage, weights);
  let best = null;
  for (const piece of yield* candidates(slopes, digitImage)) {
    const changed = withPiece(digitImage, piece);
    const after = network.probabilities(changed);
    yield;
    if (best === null || lead(target, after) > lead(target, best.probabilities))
      best = { pieces: [...pieces, piece], digitImage: changed, probabilities: after };
  }
  return best;
}

/* How far a digit is ahead of the likeliest other. */
function lead(target, probabilities) {
  const rival = max(...probabilities.filter((_, digit) => digit !== target));
  return Math.log(max(probabilities[target], 1e-30)) - Math.log(max(rival, 1e-30));
}

/* The pieces of which the slopes promise most, no two of them nearly the same. */
function* candidates(slopes, digitImage) {
  const all = [];
  for (const tool of [PEN, ...RUBBERS]) {
    const gains = gainsOfDots(slopes, digitImage, tool);
    for (let y = EDGE; y < SIDE - EDGE; y++) {
      for (let x = EDGE; x < SIDE - EDGE; x++) all.push(...bestFrom(x, y, gains, tool));
      if (y % 8 === 0) yield;
    }
  }
  all.sort((a, b) => b.gain - a.gain);
  const kept = [];
  for (const piece of all) {
    if (kept.length === READ_EACH_ROUND) break;
    if (kept.every((other) => !isAlike(piece, other))) kept.push(piece);
  }
  return kept;
}

/* The best short piece and the best long piece that start at a pixel and go right or down. */
function bestFrom(x, y, gains, tool) {
  const best = [null, null];
  for (let turn = 0; turn < DIRECTIONS; turn++) {
    const [dx, dy] = [cos((PI * turn) / DIRECTIONS), sin((PI * turn) / DIRECTIONS)];
    let sum = 0;
    for (let length = 0; length <= LONGEST; length++) {
      const [toX, toY] = [x + dx * length, y + dy * length];
      if (toX < EDGE || toX >= SIDE - EDGE || toY >= SIDE - EDGE) break;
      sum += gains[round(toY) * SIDE + round(toX)];
      // A long piece counts for less than the sum of its dots: it should be a small change.
      const gain = sum / (length + 3) ** 0.5;
      const kind = length < LONG ? 0 : 1;
      if (gain > (best[kind]?.gain ?? 0)) best[kind] = { ...tool, from: [x, y], to: [toX, toY], gain };
    }
  }
  return best.filter((piece) => piece !== null);
}

function isAlike(one, other) {
  if (one.radius !== other.radius) return false;
  const apart = ([ax, ay], [bx, by]) => hypot(ax - bx, ay - by);
  return apart(middle(one), middle(other)) < 2 && abs(apart(one.from, one.to) - apart(other.from, other.to)) < 3;
}

function middle({ from, to }) {
  return [(from[0] + to[0]) / 2, (from[1] + to[1]) / 2];
}

/* What the slopes promise of a dot of ink, or of rubber, at each place. */
function gainsOfDots(slopes, digitImage, { isRubber, radius }) {
  const gain = slopes.map((slope, i) =>
    isRubber ? (-slope * digitImage[i]) / 255 : slope * (1 - digitImage[i] / 255),
  );
  const reach = Math.ceil(radius);
  const dots = new Float64Array(gain.length);
  for (let y = reach; y < SIDE - reach; y++) {
    for (let x = reach; x < SIDE - reach; x++) {
      let sum = 0;
      for (let dy = -reach; dy <= reach; dy++)
        for (let dx = -reach; dx <= reach; dx++)
          sum += gain[(y + dy) * SIDE + x + dx] * cover(hypot(dx, dy), radius);
      dots[y * SIDE + x] = sum;
    }
  }
  return dots;
}

/* How much of a pixel a round pen covers whose middle is this far off. */
function cover(distance, radius) {
  return min(max(radius + 0.5 - distance, 0), 1);
}

/* The picture with a piece of pencil or rubber drawn on it. */
export function withPiece(digitImage, { isRubber, radius, from: [x0, y0], to: [x1, y1] }) {
  const changed = digitImage.slice();
  const [dx, dy] = [x1 - x0, y1 - y0];
  const length2 = dx * dx + dy * dy;
  for (let y = 0, at = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++, at++) {
      const along = length2 === 0 ? 0 : min(max(((x - x0) * dx + (y - y0) * dy) / length2, 0), 1);
      const covered = cover(hypot(x - x0 - along * dx, y - y0 - along * dy), radius);
      if (covered === 0) continue;
      const level = isRubber ? digitImage[at] * (1 - covered) : max(digitImage[at], 255 * covered);
      changed[at] = round(level);
    }
  }
  return changed;
}

/* The same change without what it does not need: whole pieces, then the ends of strokes. */
function* withoutNeedless(target, network, digitImage, found, enough) {
  const isEnough = ({ probabilities }) =>
    probabilities[target] >= min(enough, found.probabilities[target]);
  let best = found;
  for (let i = best.pieces.length - 1; i >= 0; i--) {
    const { from, to, ...rest } = best.pieces[i];
    const at = (share) => from.map((start, axis) => start + (to[axis] - start) * share);
    const shorter = [null];
    for (const [a, b] of [[0, 0.5], [0.5, 1], [0.25, 1], [0, 0.75]]) {
      if (hypot(to[0] - from[0], to[1] - from[1]) > 1)
        shorter.push({ ...rest, from: at(a), to: at(b) });
    }
    for (const piece of shorter) {
      const pieces = best.pieces.flatMap((other, j) => (j !== i ? [other] : piece ? [piece] : []));
      if (pieces.length === 0) continue;
      const changed = pieces.reduce(withPiece, digitImage);
      const tried = { pieces, digitImage: changed, probabilities: network.probabilities(changed) };
      yield;
      if (!isTarget(tried, target) || !isEnough(tried)) continue;
      best = tried;
      break;
    }
  }
  return best;
}
