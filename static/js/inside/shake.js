/*
 * Owns what can be done to a digit image to see how much the network bears. Each is a function of the
 * picture and an amount, of which one value changes nothing. Pure: must not know the DOM or chance:
 * the same amount makes the same picture.
 */

import { frame, DIGIT_IMAGE_PX as SIDE, spread } from "../reading/framing.js";
import { inkOf } from "./steps.js";

const { PI, cos, floor, hypot, max, min, round, sin } = Math;
const MIDDLE = (SIDE - 1) / 2;

/* { name, title, unit, from, to, step, usual, apply(digitImage, amount) } */
export const SHAKES = [
  {
    name: "tilt", title: "Tilt", unit: "°", from: -60, to: 60, step: 5, usual: 0,
    apply: (image, degrees) => {
      const [c, s] = [cos((degrees * PI) / 180), sin((degrees * PI) / 180)];
      return resampled(image, (x, y) => [c * x + s * y, c * y - s * x]);
    },
  },
  {
    name: "size", title: "Size", unit: "%", from: 40, to: 140, step: 10, usual: 100,
    apply: (image, percent) => resampled(image, (x, y) => [(x * 100) / percent, (y * 100) / percent]),
  },
  {
    name: "thickness", title: "Thickness", unit: " px", from: -1, to: 3, step: 0.25, usual: 0,
    apply: (image, pixels) =>
      bytes(spread(inkOf(image), Math.abs(pixels) / 2, pixels < 0 ? min : max).pixels),
  },
  {
    name: "shift", title: "Shift to the right", unit: " px", from: -8, to: 8, step: 1, usual: 0,
    apply: (image, pixels) => resampled(image, (x, y) => [x - pixels, y]),
  },
  {
    name: "gaps", title: "Gaps", unit: "", from: 0, to: 12, step: 1, usual: 0,
    apply: withGaps,
  },
  {
    name: "noise", title: "Noise", unit: "%", from: 0, to: 60, step: 5, usual: 0,
    apply: (image, percent) => {
      const chance = chances(1);
      return bytes(Float64Array.from(image, (level) => level / 255 + ((chance() * 2 - 1) * percent) / 100));
    },
  },
];

/* All of them, in turn; and framed again as a drawing would be, if wanted. */
export function shaken(digitImage, amounts, isFramedAgain) {
  const image = SHAKES.reduce(
    (made, { name, usual, apply }) => (amounts[name] === usual ? made : apply(made, amounts[name])),
    digitImage,
  );
  return isFramedAgain ? frame(inkOf(image)) : image;
}

/* The amounts of a slider. */
export function amountsOf({ from, to, step }) {
  return Array.from({ length: round((to - from) / step) + 1 }, (_, i) => from + i * step);
}

function bytes(pixels) {
  return Uint8Array.from(pixels, (value) => round(255 * min(max(value, 0), 1)));
}

/* Each pixel is taken from where placeOf says, both told from the middle. */
function resampled(image, placeOf) {
  const at = (x, y) => (x < 0 || y < 0 || x >= SIDE || y >= SIDE ? 0 : image[y * SIDE + x]);
  const made = new Uint8Array(SIDE * SIDE);
  for (let y = 0, to = 0; y < SIDE; y++) {
    for (let x = 0; x < SIDE; x++, to++) {
      const [fromX, fromY] = placeOf(x - MIDDLE, y - MIDDLE).map((part) => part + MIDDLE);
      const [left, top] = [floor(fromX), floor(fromY)];
      const [right, down] = [fromX - left, fromY - top];
      made[to] = round(
        (at(left, top) * (1 - right) + at(left + 1, top) * right) * (1 - down) +
          (at(left, top + 1) * (1 - right) + at(left + 1, top + 1) * right) * down,
      );
    }
  }
  return made;
}

const GAP_RADIUS = 1.5;

function withGaps(image, count) {
  const chance = chances(7);
  const inked = [...image.keys()].filter((place) => image[place] > 127);
  const made = image.slice();
  for (let gap = 0; gap < count && inked.length > 0; gap++) {
    const middle = inked[floor(chance() * inked.length)];
    for (let place = 0; place < made.length; place++) {
      const [dx, dy] = [(place % SIDE) - (middle % SIDE), floor(place / SIDE) - floor(middle / SIDE)];
      made[place] *= min(max(hypot(dx, dy) - GAP_RADIUS + 0.5, 0), 1);
    }
  }
  return made;
}

/* Numbers from 0 to 1 that look like chance (mulberry32's mixing, which anybody may use). */
function chances(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296;
  };
}
