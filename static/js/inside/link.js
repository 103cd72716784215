/*
 * Owns the text after the # of a shared link: a view and packed strokes, and how damage is found.
 * A point is a place on a grid of 512 by 512, told by its distance from the point before.
 * Pure: must not know the DOM.
 */

const PAD = 1000; // the unit of strokes
const GRID = 511;
const VERSION = "1";
export const MOST_LETTERS = 8000; // what browsers and chats carry
const LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
const LINK = /^#look=([a-z]+)\.(\d)([\w-]*)$/;
const SHARED = "#look=";

class BadLink extends Error {}

export function packed(view, strokes) {
  const numbers = [strokes.length];
  for (const stroke of onPad(strokes)) {
    const points = simplified(stroke.map(([x, y]) => [x, y].map((part) => Math.round((part / PAD) * GRID))));
    numbers.push(points.length);
    let before = [0, 0];
    for (const point of points) {
      point.forEach((part, axis) => numbers.push(zigzag(part - before[axis])));
      before = point;
    }
  }
  const body = numbers.map(lettersOf).join("");
  const hash = `${SHARED}${view}.${VERSION}${body}${checkOf(body)}`;
  if (hash.length > MOST_LETTERS) throw new BadLink("This drawing is too long for a link.");
  return hash;
}

/* Strokes of a wide pad, or that a program made, may lie beyond the grid. They become smaller. */
function onPad(strokes) {
  const parts = strokes.flat().flatMap(([x, y]) => [x, y]);
  const least = parts.reduce((a, b) => Math.min(a, b), Infinity);
  const most = parts.reduce((a, b) => Math.max(a, b), -Infinity);
  if (least >= 0 && most <= PAD) return strokes;
  const smaller = (part) => ((part - least) / (most - least || 1)) * PAD;
  return strokes.map((stroke) => stroke.map(([x, y]) => [smaller(x), smaller(y)]));
}

/* { view, strokes } of a link, or a BadLink that says what is wrong with it. */
export function unpacked(hash) {
  if (hash.length > MOST_LETTERS) throw new BadLink("This link is too long to be ours.");
  const [, view, version, text] = LINK.exec(hash) ?? [];
  if (text === undefined || text.length < 3) throw damaged();
  if (version !== VERSION) throw new BadLink("This link was made by a newer Inkling.");
  const [body, check] = [text.slice(0, -2), text.slice(-2)];
  if (checkOf(body) !== check) throw damaged();
  const numbers = numbersOf(body);
  const next = () => {
    if (numbers.length === 0) throw damaged();
    return numbers.shift();
  };
  const strokes = [];
  for (let left = next(); left > 0; left--) {
    const stroke = [];
    let [x, y] = [0, 0];
    for (let points = next(); points > 0; points--) {
      x += unzigzag(next());
      y += unzigzag(next());
      if (x < 0 || y < 0 || x > GRID || y > GRID) throw damaged();
      stroke.push([x, y].map((part) => Math.round((part / GRID) * PAD * 10) / 10));
    }
    if (stroke.length === 0) throw damaged();
    strokes.push(stroke);
  }
  if (numbers.length > 0) throw damaged();
  return { view, strokes };
}

function damaged() {
  return new BadLink("This link is damaged: a part of it is missing or was changed.");
}

/* Without points that lie on the line between their neighbours, to half a step of the grid. */
function simplified(points) {
  const kept = [];
  points.forEach((point, i) => {
    const before = kept.at(-1);
    const after = points[i + 1];
    const isDouble = before && point[0] === before[0] && point[1] === before[1];
    if (isDouble && points.length > 1) return;
    if (before && after && isBetween(point, before, after)) return;
    kept.push(point);
  });
  return kept;
}

function isBetween([x, y], [ax, ay], [bx, by]) {
  const [dx, dy] = [bx - ax, by - ay];
  const length = Math.hypot(dx, dy);
  if (length === 0) return false;
  const along = ((x - ax) * dx + (y - ay) * dy) / length;
  return along >= 0 && along <= length && length < 24 && Math.abs((x - ax) * dy - (y - ay) * dx) / length < 0.5;
}

const zigzag = (value) => (value < 0 ? -2 * value - 1 : 2 * value);
const unzigzag = (value) => (value % 2 ? -(value + 1) / 2 : value / 2);

/* Five bits a letter, the sixth says that more follow. */
function lettersOf(value) {
  let letters = "";
  for (let rest = value; ; rest = Math.floor(rest / 32)) {
    letters += LETTERS[(rest % 32) + (rest >= 32 ? 32 : 0)];
    if (rest < 32) return letters;
  }
}

function numbersOf(text) {
  const numbers = [];
  let [value, factor] = [0, 1];
  for (const letter of text) {
    const bits = LETTERS.indexOf(letter);
    value += (bits % 32) * factor;
    factor *= 32;
    if (bits >= 32) continue;
    numbers.push(value);
    [value, factor] = [0, 1];
  }
  if (factor !== 1) throw damaged();
  return numbers;
}

/* Two letters that depend on every letter before them and on its place. */
function checkOf(text) {
  let sum = 7;
  for (const letter of text) sum = (sum * 31 + letter.charCodeAt(0)) % 4093;
  return LETTERS[Math.floor(sum / 64)] + LETTERS[sum % 64];
}
