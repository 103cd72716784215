/*
 * Owns how ink is framed as MNIST framed its digits. The same as reader/framing.py, stage by stage;
 * the reasons for its numbers stand there. Pure: must not know the DOM, the network or a model.
 *
 *   ink → without specks → cropped → MNIST's thickness → fitted in 20×20 → centred in 28×28
 */

import { piecesOf } from "./pieces.js";
import { CANONICAL_PX, roundHalfEven } from "./strokes.js";

export const DIGIT_IMAGE_PX = 28;
const FIT = 20;
const MARGIN = (DIGIT_IMAGE_PX - FIT) / 2 - 0.5;
const CENTRE = 14.5;

const WORK = CANONICAL_PX;
const THIN = 1.9;
const THICK = 2.7;

const INKED = 0.25;
const SPECK_MASS = 0.04;
const SPECK_EXTENT_MASS = 0.08;
const SPECK_EXTENT = 0.15;

const { abs, ceil, floor, fround, max, min, trunc } = Math;

/* The digit image of a drawing: 28×28 bytes, all black when there is no ink. */
export function frame(ink) {
  if (darkest(ink) < INKED) return new Uint8Array(DIGIT_IMAGE_PX * DIGIT_IMAGE_PX);
  const cropped = withoutSpecks(crop(ink));
  const thick = withMnistThickness(cropped);
  return centre(thick === cropped ? cropped : crop(thick)); // unchanged, it is cropped already
}

export function isBlank(digitImage) {
  return digitImage.every((level) => level === 0);
}

/* The smallest part of the picture with all the ink in it. */
function crop(ink) {
  const least = leastInked(ink);
  let [left, right, top, bottom] = [ink.width, -1, ink.height, -1];
  for (let y = 0, at = 0; y < ink.height; y++) {
    for (let x = 0; x < ink.width; x++, at++) {
      if (ink.pixels[at] < least) continue;
      left = min(left, x);
      right = max(right, x);
      top = min(top, y);
      bottom = y;
    }
  }
  const width = right + 1 - left;
  const height = bottom + 1 - top;
  if (width === ink.width && height === ink.height) return ink;
  const cropped = paper(width, height);
  for (let y = 0; y < height; y++) {
    const from = (top + y) * ink.width + left;
    cropped.pixels.set(ink.pixels.subarray(from, from + width), y * width);
  }
  return cropped;
}

function paper(width, height) {
  return { width, height, pixels: new Float64Array(width * height) };
}

function darkest({ pixels }) {
  let most = 0;
  for (let i = 0; i < pixels.length; i++) if (pixels[i] > most) most = pixels[i];
  return most;
}

/* From this on, a pixel belongs to the drawing, however faint it has become. */
function leastInked(ink) {
  return INKED * darkest(ink);
}

function longer(ink) {
  return max(ink.width, ink.height);
}

/* ── specks ── */

/* The ink cropped to what is no stray dot: dots would pull the frame away from the digit. */
function withoutSpecks(ink) {
  const { pieces, pieceAt } = piecesOf(ink, leastInked(ink));
  const heaviest = max(...pieces.map(({ mass }) => mass));
  const longest = max(...pieces.map(({ extent }) => extent));
  const isSpeck = pieces.map(({ mass, extent }) => {
    const share = mass / heaviest;
    return share < SPECK_MASS || (extent < SPECK_EXTENT * longest && share < SPECK_EXTENT_MASS);
  });
  if (!isSpeck.includes(true)) return ink;
  const kept = ink.pixels.map((value, at) =>
    isSpeck[pieceAt(at % ink.width, floor(at / ink.width))] ? 0 : value,
  );
  return crop({ ...ink, pixels: kept });
}

/* ── thickness ── */

/* The mean width of the lines, in pixels: twice the area over the perimeter. */
export function lineWidth(ink) {
  const { width, height, pixels } = padded(ink, 1);
  let straight = 0;
  let diagonal = 0;
  let area = 0;
  for (let y = 1; y < height; y++) {
    for (let x = 1, at = y * width + 1; x < width; x++, at++) {
      const here = pixels[at];
      const above = pixels[at - width];
      const before = pixels[at - 1];
      straight += abs(here - above) + abs(here - before);
      diagonal += abs(here - pixels[at - width - 1]) + abs(before - above);
      area += here;
    }
  }
  const perimeter = ((straight + diagonal / Math.SQRT2) * Math.PI) / 8;
  return (2 * area) / max(perimeter, 1e-6);
}

/* The ink at WORK pixels or so, its lines brought into MNIST's band of widths. */
function withMnistThickness(ink) {
  const fitted = abs(longer(ink) - WORK) > 1 ? enlarged(ink, WORK) : ink;
  const side = longer(fitted);
  const width = lineWidth(fitted);
  const wanted = min(max(width, (THIN * side) / FIT), (THICK * side) / FIT);
  // What is taken off the lines comes off the digit's size too, so shares count.
  const change = (width - wanted) / (1 - wanted / side);
  if (abs(change) < 0.25) return fitted;
  if (change > 0) return spread(fitted, change / 2, min);
  return spread(padded(fitted, ceil(-change / 2)), -change / 2, max);
}

function padded(ink, by) {
  const larger = paper(ink.width + 2 * by, ink.height + 2 * by);
  for (let y = 0; y < ink.height; y++) {
    const row = ink.pixels.subarray(y * ink.width, (y + 1) * ink.width);
    larger.pixels.set(row, (y + by) * larger.width + by);
  }
  return larger;
}

/* Each pixel becomes the least (or the most) of its neighbours within `radius`. */
function spread(ink, radius, pick) {
  const steps = floor(radius);
  const rest = radius - steps;
  let result = ink;
  for (let step = 0; step < steps; step++) result = oneStep(result, pick, step % 2 === 1);
  if (rest === 0) return result;
  const next = oneStep(result, pick, steps % 2 === 1);
  const blend = (value, index) => (1 - rest) * value + rest * next.pixels[index];
  return { ...result, pixels: result.pixels.map(blend) };
}

/* A plus-shaped or a square neighbourhood of one pixel around each. */
function oneStep(ink, pick, isSquare) {
  const { width, pixels } = padded(ink, 1);
  const across = new Float64Array(pixels.length);
  for (let at = 1; at < pixels.length - 1; at++)
    across[at] = pick(pick(pixels[at - 1], pixels[at]), pixels[at + 1]);
  const beside = isSquare ? across : pixels;
  const result = paper(ink.width, ink.height);
  for (let y = 0, to = 0; y < ink.height; y++) {
    for (let x = 0, at = (y + 1) * width + 1; x < ink.width; x++, at++, to++)
      result.pixels[to] = pick(pick(beside[at - width], across[at]), beside[at + width]);
  }
  return result;
}

/* Made as large as `longerSide` by straight lines between pixels, rows first, as Pillow does. */
function enlarged(ink, longerSide) {
  const scale = longerSide / longer(ink);
  const width = max(1, roundHalfEven(ink.width * scale));
  const height = max(1, roundHalfEven(ink.height * scale));
  const wide = paper(width, ink.height);
  const across = betweenPixels(ink.width, width);
  for (let y = 0, to = 0; y < ink.height; y++) {
    for (let x = 0; x < width; x++, to++) {
      const { first, shares } = across[x];
      const from = y * ink.width + first;
      wide.pixels[to] = fround(
        shares.reduce((sum, share, i) => sum + ink.pixels[from + i] * share, 0),
      );
    }
  }
  const result = paper(width, height);
  const down = betweenPixels(ink.height, height);
  for (let y = 0, to = 0; y < height; y++) {
    const { first, shares } = down[y];
    for (let x = 0; x < width; x++, to++) {
      const from = first * width + x;
      result.pixels[to] = fround(
        shares.reduce((sum, share, i) => sum + wide.pixels[from + i * width] * share, 0),
      );
    }
  }
  return result;
}

/* Of which pixels each of `to` new ones is made when `from` become more, and by which shares. */
function betweenPixels(from, to) {
  return Array.from({ length: to }, (_, index) => {
    const middle = (index + 0.5) * (from / to);
    const first = max(0, trunc(middle - 0.5));
    const last = min(from, trunc(middle + 1.5));
    const shares = [];
    for (let i = first; i < last; i++) shares.push(max(0, 1 - abs(i - middle + 0.5)));
    const sum = shares.reduce((a, b) => a + b, 0);
    return { first, shares: shares.map((share) => share / sum) };
  });
}

/* ── centring ── */

/* Fit the cropped ink into 20×20, its centre of mass where MNIST has it. */
function centre({ width, height, pixels }) {
  const scale = max(height, width) / FIT;
  let mass = 0;
  let sumX = 0;
  let sumY = 0;
  for (let y = 0, at = 0; y < height; y++) {
    for (let x = 0; x < width; x++, at++) {
      mass += pixels[at];
      sumX += pixels[at] * (x + 0.5);
      sumY += pixels[at] * (y + 0.5);
    }
  }
  const reach = MARGIN * scale; // never so far off that ink would leave the picture
  const within = (value, middle) => min(max(value, middle - reach), middle + reach);
  const down = lanczos(height, scale, within(sumY / mass, height / 2));
  const across = lanczos(width, scale, within(sumX / mass, width / 2));
  return toFullWhite(product(down, pixels, across, width, height));
}

/* down (DIGIT_IMAGE_PX × height) · pixels (height × width) · across (DIGIT_IMAGE_PX × width), transposed. */
function product(down, pixels, across, width, height) {
  const picture = new Float64Array(DIGIT_IMAGE_PX * DIGIT_IMAGE_PX);
  const row = new Float64Array(width);
  for (let i = 0; i < DIGIT_IMAGE_PX; i++) {
    row.fill(0);
    for (let y = 0; y < height; y++) {
      const share = down[i * height + y];
      if (share === 0) continue;
      for (let x = 0, at = y * width; x < width; x++, at++) row[x] += share * pixels[at];
    }
    for (let j = 0; j < DIGIT_IMAGE_PX; j++) {
      let sum = 0;
      for (let x = 0, at = j * width; x < width; x++, at++) sum += across[at] * row[x];
      picture[i * DIGIT_IMAGE_PX + j] = sum;
    }
  }
  return picture;
}

/* A one-pixel line fades when it is shrunk; MNIST's digits all reach full white. */
function toFullWhite(picture) {
  const gain = 255 / max(darkest({ pixels: picture }), 1e-6);
  const levels = new Uint8Array(picture.length);
  for (let i = 0; i < levels.length; i++) levels[i] = roundHalfEven(max(picture[i], 0) * gain);
  return levels;
}

/*
 * What each of DIGIT_IMAGE_PX pixels takes of `size` ones, `scale` to one, with `centre` put at CENTRE.
 * Places are 32-bit floats, as NumPy's are: a rounding decides which entry of the table is taken.
 */
function lanczos(size, scale, middle) {
  const shares = new Float64Array(DIGIT_IMAGE_PX * size);
  const shift = fround(0.5 - middle);
  const unit = fround(scale);
  for (let i = 0, to = 0; i < DIGIT_IMAGE_PX; i++) {
    const pixel = fround(i + 0.5 - CENTRE);
    for (let j = 0; j < size; j++, to++) {
      const place = fround(fround(j + shift) / unit);
      const away = fround(abs(fround(place - pixel)) * LANCZOS_STEPS);
      shares[to] = LANCZOS[min(trunc(away), LANCZOS.length - 1)];
    }
  }
  return shares;
}

const LANCZOS_STEPS = 1000;
const sinc = (x) => Math.sin(Math.PI * x) / (Math.PI * x);

/* sinc(x) sinc(x / 3) from 0 to 3, and then nothing. */
const LANCZOS = Float32Array.from({ length: 3 * LANCZOS_STEPS + 1 }, (_, index) => {
  const x = (index + 0.5) / LANCZOS_STEPS;
  return index < 3 * LANCZOS_STEPS ? sinc(x) * sinc(x / 3) : 0;
});
