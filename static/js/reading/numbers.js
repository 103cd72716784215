/*
 * Owns how a number is read: which strokes make which digit. The same as reader/numbers.py; the
 * reasons for its numbers stand there.
 * Pure: must not know the DOM or a model.
 *
 *   strokes → groups that may be a digit → each framed and read → the best way through
 */

import { frame } from "./framing.js";
import {
  apart, areOfOne, around, cut, distance, height, MAX_PARTS, middle, partsOf, shared,
} from "./parts.js";
import { filled, percent, readingOf } from "./reading.js";
import { inkFromStrokes, roundHalfEven } from "./strokes.js";

const MAX_DIGITS = 10;
const MAX_IN_GROUP = 5;
const MAX_GROUPS = 80;
const MOST_POINTS = 8_000;
const LONGEST = 16;
const WIDEST = 1.7;
const TALL = 0.5;
const DOUBTFUL = 0.9;
const [NEAR_TALL, NEAR] = [0.3, 0.3];
const FAR = 0.6;
const TOUCHING = 0.05;
const NARROW = 0.1;
const ON_LINE = 0.3;
const DIGIT = 0.7;
const [WHOLE, SMALL] = [0.75, 6];
const CUT = 0.3;
const SMALLEST = 0.3;
const BESIDE = 3;
const DISTANT = 8;
const LATER = 2;
const NO_DIGIT = 6;
const [ABOVE, MAY_BE_ABOVE] = [4, 0.5];
const WAYS = 6;
const SURE = 0.9;
const BAR_SURE = 0.97;
const REST_SURE = 0.96;
const LEAST = 0.13;
const JOINED = 0.5;
const VERY_SURE = 0.97;
const WHOLE_DIGIT = 0.7;
const MOST_ABOVE = 0.9;

const { log, max, min } = Math;

/*
 * The reading of the number in strokes that were read as a whole; null if there is none, or one
 * digit. probabilitiesOf: ten for a digit image. known: { model, thresholds, words }.
 */
export function numberIn(strokes, whole, probabilitiesOf, known) {
  if (whole.verdict === "blank") return null;
  const isDigit = whole.verdict === "digit";
  const uncut = partsOf(strokes);
  if (isDigit && !mayBeDigits(uncut)) return null;
  const { parts, digits } = digitsOf(uncut, strokes, probabilitiesOf);
  const boxes = digits.map(({ box }) => box);
  if (digits.length < 2 || digits.length > MAX_DIGITS || !areInARow(boxes, MOST_ABOVE)) return null;
  const readings = digits.map(({ shares, image, box, group }) => ({
    ...readingOf(shares, image, known),
    box: [box.left, box.top, box.right, box.bottom],
    runs: group.map((part) => parts[part].run),
  }));
  const leastSure = min(...readings.map(({ confidence }) => confidence));
  if (isDigit) {
    const least = whole.confidence >= VERY_SURE ? VERY_SURE : SURE;
    if (leastSure < least || !areWhole(boxes) || !areInARow(boxes, MAY_BE_ABOVE)) return null;
  }
  let verdict = verdictOn(readings);
  if (areJoined(digits, parts)) {
    const hasBar = readings.some(({ digit }) => digit === 1);
    const isCut = parts.some(({ cutFrom }) => cutFrom !== null);
    const least = hasBar ? (isCut ? BAR_SURE : SURE) : known.thresholds.digit;
    if (leastSure < (isCut ? min(least, SURE) : JOINED)) return null;
    if (verdict === "number" && leastSure < least) verdict = "unsure";
  }
  return verdict && numberReading(verdict, readings, whole, known.words);
}

function numberReading(verdict, digits, whole, words) {
  const number = digits.map(({ digit }) => digit).join("");
  const confidence = product(digits.map((reading) => reading.confidence));
  const named = []; // sure digits side by side have one name
  let wasSure = false;
  for (const reading of digits) {
    const isSure = reading.confidence >= SURE;
    const name = isSure ? `${reading.digit}` : filled(words.doubtful_digit, reading);
    if (isSure && wasSure) named.push(named.pop() + name);
    else named.push(name);
    wasSure = isSure;
  }
  const sentence =
    verdict === "number"
      ? filled(words.digit, { digit: number, percent: percent(confidence, words) })
      : named.join(words.then);
  return {
    ...whole,
    verdict,
    sentence,
    digit: null,
    label: null,
    confidence: roundHalfEven(confidence * 1e6) / 1e6,
    probabilities: null,
    runner_up: null,
    number,
    digits,
  };
}

/* Whether digits are a number: one at most may be no digit, if the others are sure ones. */
function verdictOn(readings) {
  const ranked = readings.map(({ confidence }) => confidence).sort((a, b) => b - a);
  const noDigits = readings.filter(({ verdict }) => verdict === "not_a_digit").length;
  if (noDigits > 0) {
    const rest = ranked.slice(0, -noDigits);
    const isSure = product(rest) >= REST_SURE ** rest.length && ranked.at(-1) >= LEAST;
    return isSure && noDigits <= max(1, Math.floor(readings.length / 3)) ? "unsure" : null;
  }
  const areDigits = readings.every(({ verdict }) => verdict === "digit");
  return areDigits && product(ranked) >= SURE ** ranked.length ? "number" : "unsure";
}

function product(values) {
  return values.reduce((a, b) => a * b, 1);
}

/* Whether two of the parts may each be most of a digit, beside each other. */
function mayBeDigits(parts) {
  if (parts.length < 2) return false;
  const boxes = parts.map(({ box }) => box);
  const highest = height(boxes.reduce(around));
  const tall = boxes.filter((box) => height(box) >= WHOLE_DIGIT * highest);
  return tall.some((one, index) =>
    tall.slice(index + 1).some((other) => shared(one, other, NARROW * highest) <= MAY_BE_ABOVE),
  );
}

/* Whether each digit is nearly as high as all together. */
function areWhole(boxes) {
  const highest = height(boxes.reduce(around));
  return boxes.every((box) => height(box) >= WHOLE_DIGIT * highest);
}

/* Whether each digit is beside the last: on its line, and no more than that share above it. */
function areInARow(boxes, above) {
  const narrow = NARROW * max(...boxes.map(height));
  return boxes.slice(1).every((right, index) => {
    const left = boxes[index];
    const inCommon = min(left.bottom, right.bottom) - max(left.top, right.top);
    const isOnLine = inCommon >= ON_LINE * min(height(left), height(right));
    return isOnLine && shared(left, right, narrow) <= above;
  });
}

/* Whether lines go from each digit to the next, as they do in a letter. */
function areJoined(digits, parts) {
  const near = TOUCHING * max(...parts.map(({ box }) => height(box)));
  const touch = (one, other) =>
    areOfOne(one, other) || (apart(one.box, other.box) <= near && distance(one, other) <= near);
  return digits.slice(1).every((digit, index) =>
    digits[index].group.some((a) => digit.group.some((b) => touch(parts[a], parts[b]))),
  );
}

/* The digits, and the parts that they are made of: parts that are hardly a digit are cut. */
function digitsOf(parts, strokes, probabilitiesOf) {
  const digits = digitsIn(parts, probabilitiesOf);
  const doubtful = digits.filter(({ shares }) => max(...shares) < DOUBTFUL);
  const all = cut(parts, doubtful.flatMap((digit) => digit.group), strokes);
  if (all.length > parts.length && all.length <= MAX_PARTS) {
    const again = digitsIn(all, probabilitiesOf);
    if (again.length > 0 && against(again) + CUT < against(digits)) return { parts: all, digits: again };
  }
  return { parts, digits };
}

/* The cost of these digits, without the price that each digit has. */
function against(digits) {
  return digits.reduce((sum, { cost }) => sum + cost - DIGIT, 0) + priceOfRows(digits.map(({ box }) => box));
}

/* The digits, from left to right; none if there are too many ways to see the parts. */
function digitsIn(parts, probabilitiesOf) {
  const groups = candidates(parts);
  const points = ({ group }) => group.reduce((sum, part) => sum + parts[part].stroke.length, 0);
  if (groups.reduce((sum, one) => sum + points(one), 0) > MOST_POINTS) return [];
  const read = ({ group, box, cost }) => {
    const image = frame(inkFromStrokes(group.map((part) => parts[part].stroke)));
    const shares = probabilitiesOf(image);
    return { group, box, image, shares, cost: cost + doubt(shares) };
  };
  const found = groups.filter(({ group }) => group.length === 1).map(read);
  const costs = new Map(found.map(({ group, cost }) => [group[0], cost]));
  for (const one of groups) {
    const alone = one.group.reduce((sum, part) => sum + (costs.get(part) ?? Infinity), 0);
    const boxes = one.group.map((part) => parts[part].box).sort((a, b) => middle(a) - middle(b));
    if (one.group.length > 1 && one.cost < alone + priceOfRows(boxes)) found.push(read(one));
  }
  return bestWay(fromLeft(parts), found);
}

function doubt(shares) {
  return min(NO_DIGIT, -log(max((max(...shares) - 0.1) / 0.9, 1e-9)));
}

/* Groups of parts that may be a digit: near to each other, and together not too wide. */
function candidates(parts) {
  const highest = max(0, ...parts.map(({ box }) => height(box)));
  if (highest === 0) return [];
  const order = fromLeft(parts);
  const width = max(...parts.map(({ box }) => box.right)) - parts[order[0]].box.left;
  if (width > LONGEST * highest) return [];
  const rank = new Map(order.map((part, index) => [part, index]));
  const tall = parts.map(({ box }) => height(box) > TALL * highest);
  const prices = pricesOf(parts, tall, highest);
  const found = [];
  let grown = new Map(order.map((part) => [`${part}`, { group: [part], price: 0 }]));
  for (let size = 0; size < MAX_IN_GROUP; size++) {
    const last = grown;
    grown = new Map();
    for (const { group, price } of last.values()) {
      const box = group.map((part) => parts[part].box).reduce(around);
      const isWide = box.right - box.left > WIDEST * max(height(box), highest / 2);
      if (group.length > 1 && isWide) continue;
      const small = SMALL * max(0, WHOLE - height(box) / highest);
      const turns = group.map((part) => parts[part].turn).sort((a, b) => a - b);
      const later = LATER * turns.filter((turn, i) => i > 0 && turn - turns[i - 1] > 1).length;
      if (group.length > 1 || height(box) >= SMALLEST * highest)
        found.push({ group, box, cost: DIGIT + small + price + later });
      if (found.length > MAX_GROUPS) return [];
      for (const part of order) {
        const more = price + priceOfAdding(part, group, parts, tall, prices);
        if (more === Infinity) continue;
        const larger = [...group, part].sort((a, b) => rank.get(a) - rank.get(b));
        const before = grown.get(`${larger}`);
        if (before) before.price = min(before.price, more);
        else grown.set(`${larger}`, { group: larger, price: more });
      }
    }
  }
  return found;
}

/* What speaks against two parts being of one digit; infinite if they are not near. */
function pricesOf(parts, tall, highest) {
  const prices = parts.map((first, one) =>
    parts.map((second, other) => {
      const areTall = tall[one] && tall[other];
      const near = (areTall ? NEAR_TALL : NEAR) * highest;
      if (one !== other && areOfOne(first, second)) return 0;
      if (one === other || apart(first.box, second.box) > near) return Infinity;
      const away = distance(first, second);
      if (away > near) return Infinity;
      const beside = areTall ? BESIDE * (1 - shared(first.box, second.box, NARROW * highest)) : 0;
      return (DISTANT * away) / highest + beside;
    }),
  );
  parts.forEach((first, part) => {
    if (tall[part] || min(...prices[part]) < Infinity) return;
    const ways = parts.map((second, other) => (other === part ? Infinity : distance(first, second)));
    const away = min(...ways);
    if (away > FAR * highest) return;
    const nearest = ways.indexOf(away);
    prices[part][nearest] = prices[nearest][part] = (DISTANT * away) / highest;
  });
  return prices;
}

/* What speaks against one more part in a group: each tall part there, or the nearest part. */
function priceOfAdding(part, group, parts, tall, prices) {
  if (group.includes(part)) return Infinity;
  const { cutFrom } = parts[part];
  if (cutFrom !== null) {
    const ofPiece = [...group, part].filter((other) => parts[other].cutFrom === cutFrom);
    // No part between them is missing.
    if (max(...ofPiece) - min(...ofPiece) >= ofPiece.length) return Infinity;
  }
  const others = tall[part] ? group.filter((other) => tall[other]) : [];
  if (others.length === 0) return min(...group.map((other) => prices[part][other]));
  return others.reduce((sum, other) => sum + prices[part][other], 0);
}

function fromLeft(parts) {
  return parts.map((_, part) => part).sort((a, b) => parts[a].box.left - parts[b].box.left);
}

/* The candidates that use each part once and cost least, from left to right. */
function bestWay(order, found) {
  const masks = found.map(({ group }) => group.reduce((mask, part) => mask | (1 << part), 0));
  const known = new Map();
  const best = (used) => {
    if (!known.has(used)) known.set(used, bestAfter(used));
    return known.get(used);
  };
  const bestAfter = (used) => {
    const first = order.find((part) => !((used >> part) & 1));
    if (first === undefined) return [{ cost: 0, way: [] }];
    const ways = [];
    found.forEach((candidate, index) => {
      if (!candidate.group.includes(first) || used & masks[index]) return;
      for (const { cost, way } of best(used | masks[index]))
        ways.push({ cost: candidate.cost + cost, way: [candidate, ...way] });
    });
    return ways.sort((a, b) => a.cost - b.cost).slice(0, WAYS);
  };
  const ways = best(0);
  if (order.length === 0 || ways.length === 0) return [];
  const placed = ways.map(({ cost, way }) => {
    const digits = [...way].sort((a, b) => middle(a.box) - middle(b.box));
    return { cost: cost + priceOfRows(digits.map(({ box }) => box)), digits };
  });
  return placed.reduce((a, b) => (b.cost < a.cost ? b : a)).digits;
}

/* The price of digits that are above each other. Their boxes come from left to right. */
function priceOfRows(boxes) {
  const narrow = NARROW * max(...boxes.map(height));
  if (narrow === 0) return 0; // dots and dashes
  const above = boxes.slice(1).map((box, index) => max(0, shared(boxes[index], box, narrow) - MAY_BE_ABOVE));
  return ABOVE * above.reduce((a, b) => a + b, 0);
}
