/*
 * Owns what the network's mind hangs on: how its scores change when a patch of ink is rubbed out, or
 * put where there is none. Pure: must not know the DOM.
 */

import { DIGIT_IMAGE_PX as SIDE } from "../reading/framing.js";

const STEP = 2; // from one patch to the next
const EDGE = 3; // MNIST has no ink nearer than this to the edge
// What is done to a patch, where there is ink enough (as full pixels), or paper enough.
const KINDS = {
  ink: { side: 5, level: 0, isFit: (ink) => ink >= 0.5 },
  paper: { side: 3, level: 255, isFit: (ink) => ink <= 2.5 },
};

/*
 * Yields after each patch, for all take half a second; returns { before, patches }. `before` and each
 * patch's `after` are logarithms of the probabilities.
 */
export function* looked(network, digitImage, kinds = Object.keys(KINDS)) {
  const before = logs(network.probabilities(digitImage));
  const patches = [];
  for (let y = EDGE; y < SIDE - EDGE; y += STEP) {
    for (let x = EDGE; x < SIDE - EDGE; x += STEP) {
      for (const kind of kinds) {
        const { side, level, isFit } = KINDS[kind];
        const places = placesAround(x, y, side);
        if (!isFit(inkIn(digitImage, places))) continue;
        const changed = digitImage.slice();
        for (const place of places) changed[place] = level;
        patches.push({ kind, places, after: logs(network.probabilities(changed)) });
        yield;
      }
    }
  }
  return { before, patches };
}

/* For 784 pixels: how much each speaks for a digit, or for it rather than another. Ink and paper. */
export function spoken({ before, patches }, digitImage, digit, rather = null) {
  const score = (logs) => (rather === null ? odds(logs, digit) : logs[digit] - logs[rather]);
  const at = { ink: new Float64Array(SIDE * SIDE), paper: new Float64Array(SIDE * SIDE) };
  const counts = { ink: new Uint8Array(SIDE * SIDE), paper: new Uint8Array(SIDE * SIDE) };
  for (const { kind, places, after } of patches) {
    for (const place of places) {
      at[kind][place] += score(before) - score(after);
      counts[kind][place] += 1;
    }
  }
  for (const kind of ["ink", "paper"]) {
    for (let i = 0; i < SIDE * SIDE; i++) {
      const share = kind === "ink" ? digitImage[i] / 255 : 1 - digitImage[i] / 255;
      at[kind][i] *= counts[kind][i] === 0 ? 0 : share / counts[kind][i];
    }
  }
  return at;
}

/* The logarithm of a digit's odds against all others. */
function odds(logs, digit) {
  const others = logs.reduce((sum, log, i) => sum + (i === digit ? 0 : Math.exp(log)), 0);
  return logs[digit] - Math.log(Math.max(others, 1e-30));
}

function logs(probabilities) {
  return probabilities.map((share) => Math.log(Math.max(share, 1e-30)));
}

function placesAround(x, y, side) {
  const places = [];
  const reach = (side - 1) / 2;
  for (let row = y - reach; row <= y + reach; row++)
    for (let column = x - reach; column <= x + reach; column++) places.push(row * SIDE + column);
  return places;
}

function inkIn(digitImage, places) {
  return places.reduce((sum, place) => sum + digitImage[place] / 255, 0);
}
