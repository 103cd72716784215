/*
 * Owns what the network's mind hangs on: how its scores change when a patch of ink is rubbed out, or
 * put where there is none. Pure: must not know the DOM.
 */

import { DIGIT_IMAGE_PX as SIDE } from "../reading/framing.js";

const STEP = 2; // from one patch to the next
const RUBBED = 5; // the side of a patch that is rubbed out
const INKED = 3; // … and of one that is inked
const LEAST_INK = 0.5; // in a patch, as full pixels, or nothing can be rubbed out
const MOST_INK = 2.5; // or nothing can be added
const EDGE = 3; // MNIST has no ink nearer than this to the edge

/*
 * Yields after each patch, for it takes half a second; returns { before, patches }. `before` and each
 * patch's `after` are logarithms of ten probabilities.
 */
export function* looked(network, digitImage) {
  const before = logs(network.probabilities(digitImage));
  const patches = [];
  for (let y = EDGE; y < SIDE - EDGE; y += STEP) {
    for (let x = EDGE; x < SIDE - EDGE; x += STEP) {
      const rubbed = placesAround(x, y, RUBBED);
      if (inkIn(digitImage, rubbed) >= LEAST_INK) {
        const after = tried(network, digitImage, rubbed, 0);
        patches.push({ places: rubbed, isRubbed: true, after });
        yield;
      }
      const inked = placesAround(x, y, INKED);
      if (inkIn(digitImage, inked) <= MOST_INK) {
        const after = tried(network, digitImage, inked, 255);
        patches.push({ places: inked, isRubbed: false, after });
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
  for (const { places, isRubbed, after } of patches) {
    const kind = isRubbed ? "ink" : "paper";
    const change = score(before) - score(after);
    for (const place of places) {
      at[kind][place] += change;
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

/* The logarithm of a digit's odds against the nine others. */
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

function tried(network, digitImage, places, level) {
  const changed = digitImage.slice();
  for (const place of places) changed[place] = level;
  return logs(network.probabilities(changed));
}
