/*
 * Owns the work of Look inside: what is asked about a drawing or a digit image, and its answer. Runs in
 * a web worker, or in the page between frames. Must not know the DOM.
 */

import { isBlank } from "../reading/framing.js";
import { configure, load } from "../reading/local.js";
import { networkFrom } from "../reading/network.js";
import { changeTo } from "./change.js";
import { countsOf, goesTo, layersOf, madeOf, placeOfMost } from "./layers.js";
import { looked } from "./mind.js";
import { inSlices } from "./pace.js";
import { amountsOf, shaken, SHAKES } from "./shake.js";
import { isBlankSheet, sheetFromStrokes, sheetOf, stepped } from "./steps.js";

const moments = new Map(); // promises of networks, by the address of the snapshot
const turns = new Map(); // by job: the newest asked for; older ones that take long are given up

/* files: the addresses of the reader's. */
export function begin(files) {
  configure(files);
}

/* A promise of the answer; null when the same was asked about something else meanwhile. */
export async function answerTo(job, given) {
  const turn = {};
  turns.set(job, turn);
  const work = await JOBS[job](await load(), given);
  return typeof work?.next === "function" ? inSlices(work, () => turns.get(job) !== turn) : work;
}

const JOBS = {
  /* All that is known but the network: the card, the words, … */
  known({ network, ...known }) {
    return known;
  },

  /* A drawing, { strokes } or { ink }, through the steps that are not `off`; null when it is blank. */
  framed({ network }, { strokes, ink, off }) {
    if (!ink && strokes.flat().length === 0) return null;
    const sheet = ink ? sheetOf(ink) : sheetFromStrokes(strokes);
    if (isBlankSheet(sheet)) return null;
    const found = stepped(sheet, off);
    return { ...found, probabilities: probabilitiesOf(network, found.digitImage) };
  },

  /* By the network of a snapshot, if its address is given. */
  async read({ network }, { image, snapshot }) {
    return probabilitiesOf(snapshot ? await momentAt(snapshot) : network, image);
  },

  looked: ({ network }, { image }) => looked(network, image),
  changed: ({ network, thresholds }, { image, target }) => changeTo(target, network, image, thresholds.digit),

  /* One layer of all, and how one of its numbers came about; the largest number if no place is given. */
  layer({ network }, { image, place }) {
    const found = layersOf(network, image);
    const { layer, y, x, map } = place.map === undefined ? placeOfMost(found, place.layer) : place;
    return {
      layers: found.map(({ layer: { kind, shape, activation, sizes } }) => ({ kind, shape, activation, ...countsOf({ kind, shape, sizes }) })),
      values: found[layer].values,
      place: { layer, y, x, map },
      how: madeOf(found, layer, y, x, map),
      onward: goesTo(found, layer, y, x, map),
    };
  },

  shaken({ network }, { image, amounts, isFramedAgain }) {
    const made = shaken(image, amounts, isFramedAgain);
    return { image: made, probabilities: probabilitiesOf(network, made) };
  },

  /* The probabilities along one slider of SHAKES; the others as they are. */
  *along({ network }, { image, amounts, isFramedAgain, name }) {
    const points = [];
    for (const amount of amountsOf(SHAKES.find((shake) => shake.name === name))) {
      const made = shaken(image, { ...amounts, [name]: amount }, isFramedAgain);
      points.push({ amount, probabilities: network.probabilities(made) });
      yield;
    }
    return points;
  },
};

function probabilitiesOf(network, image) {
  return isBlank(image) ? null : network.probabilities(image);
}

function momentAt(address) {
  if (!moments.has(address)) {
    const coming = fetch(address).then(async (response) => {
      if (!response.ok) throw new Error(`${address}: ${response.status}`);
      return networkFrom(await response.arrayBuffer());
    });
    moments.set(address, coming);
    coming.catch(() => moments.delete(address));
  }
  return moments.get(address);
}
