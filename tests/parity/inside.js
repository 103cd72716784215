/* What the tests ask of the pure modules of static/js/inside. Drawings come as JSON text. */

import { changeTo } from "/static/js/inside/change.js";
import { gradient } from "/static/js/inside/gradient.js";
import { layersOf, madeOf, sizeOf } from "/static/js/inside/layers.js";
import { packed, unpacked } from "/static/js/inside/link.js";
import { looked, spoken } from "/static/js/inside/mind.js";
import { sheetFromStrokes, stepped } from "/static/js/inside/steps.js";
import { frame } from "/static/js/reading/framing.js";
import { load } from "/static/js/reading/local.js";
import { inkFromStrokes } from "/static/js/reading/strokes.js";
import "/tests/parity/device.js"; // says where the reader's files are

const MARKED = 0.15; // of the ink

function finished(work) {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

const imagesOf = (drawings) => JSON.parse(drawings).map((strokes) => frame(inkFromStrokes(strokes)));

/* Of how many drawings the last step is another picture than the reader's. */
export function stepsThatDiffer(drawings) {
  return JSON.parse(drawings).filter((strokes) => {
    const image = frame(inkFromStrokes(strokes));
    return stepped(sheetFromStrokes(strokes)).digitImage.some((level, i) => level !== image[i]);
  }).length;
}

/* Where a link leads to, and back again. */
export function linked(drawings) {
  return JSON.parse(drawings).map((strokes) => {
    const hash = packed("mind", strokes);
    return { hash, again: packed("mind", unpacked(hash).strokes) };
  });
}

/* The largest difference between a slope and what a small change does. */
export async function slopeError(drawings) {
  const { network } = await load();
  const [image] = imagesOf(drawings);
  const noisy = image.map((level, i) => Math.min(250, level + 5 + ((i * 37) % 60))); // no ties, no edges
  const weights = Float64Array.from({ length: 10 }, (_, digit) => (digit === 3) - (digit === 8));
  const slopes = finished(gradient(network, noisy, weights));
  const score = (pixels) => {
    const { values } = network.outputs(pixels).at(-2);
    return values[3] - values[8];
  };
  let worst = 0;
  for (let i = 0; i < 784; i += 61) {
    const [more, less] = [noisy.slice(), noisy.slice()];
    more[i] += 1;
    less[i] -= 1;
    worst = Math.max(worst, Math.abs((score(more) - score(less)) / (2 / 255) - slopes[i]));
  }
  return worst;
}

/* The logarithm of what is left of a digit's odds without the marked ink, and without as much other. */
export async function oddsLeft(drawings) {
  const { network } = await load();
  return imagesOf(drawings).map((image) => {
    const ten = network.probabilities(image);
    const digit = ten.indexOf(Math.max(...ten));
    const { ink } = spoken(finished(looked(network, image, ["ink"])), image, digit);
    const inked = [...image.keys()].filter((place) => image[place] > 0);
    const wanted = MARKED * inked.reduce((sum, place) => sum + image[place], 0);
    const without = (places) => {
      const left = image.slice();
      let taken = 0;
      for (const place of places) {
        if (taken >= wanted) break;
        taken += image[place];
        left[place] = 0;
      }
      const share = network.probabilities(left)[digit];
      return Math.log(Math.max(share, 1e-9) / Math.max(1 - share, 1e-9));
    };
    const byMark = [...inked].sort((a, b) => ink[b] - ink[a]);
    const rest = byMark.slice(Math.floor(byMark.length / 4));
    const elsewhere = rest.map((place) => [place, (place * 7919) % 1009]).sort((a, b) => a[1] - b[1]);
    return { marked: without(byMark), elsewhere: without(elsewhere.map(([place]) => place)) };
  });
}

/* What a change to the runner-up makes of each drawing, read again; null where none is found. */
export async function changes(drawings) {
  const { network, thresholds } = await load();
  return imagesOf(drawings).map((image) => {
    const ten = network.probabilities(image);
    const target = [...ten.keys()].sort((a, b) => ten[b] - ten[a])[1];
    const found = finished(changeTo(target, network, image, thresholds.digit));
    if (found === null) return null;
    const again = network.probabilities(found.digitImage);
    return { target, digit: again.indexOf(Math.max(...again)), pieces: found.pieces.length };
  });
}

/* For a number in each map of each layer: the layer's own, and the sum that is shown. */
export async function sums(drawings) {
  const { network } = await load();
  const found = layersOf(network, imagesOf(drawings)[0]);
  return found.slice(1).flatMap(({ layer }, i) => {
    const [rows, columns, maps] = sizeOf(layer);
    return Array.from({ length: maps === 1 ? columns : maps }, (_, at) => {
      const place = maps === 1 ? [0, at, 0] : [Math.floor(rows / 2), columns - 1, at];
      return { name: layer.name, ...shown(madeOf(found, i + 1, ...place), layer) };
    });
  });
}

function shown({ kind, value, sum, inputs, scale, shift }, { activation }) {
  const activated = activation === "relu" ? Math.max(0, sum) : sum;
  const results = {
    convolution: () => activated,
    dense: () => activated,
    normalization: () => inputs[0] * scale + shift,
    max_pooling: () => Math.max(...inputs),
    relu: () => Math.max(0, inputs[0]),
    flatten: () => inputs[0],
    softmax: () => value,
  };
  return { value, result: results[kind]() };
}

/*
 * Of some numbers in each layer: whether the next layer's sum has the very product that is said to go
 * there. Counts those that are not found.
 */
export async function goneAstray(drawings) {
  const { network } = await load();
  const found = layersOf(network, imagesOf(drawings)[0]);
  let [astray, followed] = [0, 0];
  found.forEach(({ layer, values }, index) => {
    const [rows, columns, maps] = sizeOf(layer);
    for (let at = 0; at < values.length; at += 1 + Math.floor(values.length / 20)) {
      const place = [Math.floor(at / maps / columns), Math.floor(at / maps) % columns, at % maps];
      for (const next of goesTo(found, index, ...place)) {
        for (const { y, x, map, weight } of next.places) {
          const made = madeOf(found, next.index, y, x, map);
          const inputs = made.maps
            ? made.maps.find((one) => one.map === place[2])
            : { inputs: made.terms ? made.terms.map(({ input }) => input) : made.inputs };
          const weights = made.maps ? inputs.weights.flat() : made.terms?.map((term) => term.weight);
          const isThere = inputs.inputs.flat().some((input, i) =>
            input === values[at] && (weights === undefined || weights[i] === weight));
          followed += 1;
          if (!isThere) astray += 1;
        }
      }
    }
  });
  return { astray, followed };
}
