/*
 * The reader on the device: strokes in, a reading out, in the shape of the predict route's answer.
 * Owns its files and their loading. Runs in a page or in a web worker. Must not know the DOM, and
 * sends nothing to any server.
 */

import { areDigits, labelsOf } from "./classes.js";
import { frame, isBlank } from "./framing.js";
import { networkFrom } from "./network.js";
import { numberIn } from "./numbers.js";
import { readingOf } from "./reading.js";
import { inkFromStrokes } from "./strokes.js";

const MODEL_ID_LENGTH = 12; // digits of its SHA-256, as in the server's readings

let files = null;
let loading = null;

/* The full addresses of the files: { weights, card, words }. */
export function configure(urls) {
  files = urls;
  loading = null;
}

/* The files themselves, for a page that carries them: { weights (bytes), card, words }. */
export function provide(files) {
  loading = Promise.resolve(readerOf(files));
}

/* Load the files before the first reading. Loads once, and again after a failure. */
export function load() {
  loading ??= fetched().then(readerOf).catch((error) => {
    loading = null;
    throw error;
  });
  return loading;
}

/* A promise of the reading of strokes, each a list of [x, y]. as: "digit" if no number is looked for. */
export async function readStrokes(strokes, as) {
  const { network, ...known } = await load();
  const digitImage = frame(inkFromStrokes(strokes));
  const probabilities = isBlank(digitImage) ? null : network.probabilities(digitImage);
  const whole = readingOf(probabilities, digitImage, known);
  if (as === "digit" || !areDigits(known.labels)) return whole;
  return numberIn(strokes, whole, (image) => network.probabilities(image), known) ?? whole;
}

async function fetched() {
  const get = async (url, read) => {
    const response = await fetch(url);
    if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
    return response[read]();
  };
  const [weights, card, words] = await Promise.all([
    get(files.weights, "arrayBuffer"),
    get(files.card, "json"),
    get(files.words, "json"),
  ]);
  return { weights, card, words };
}

function readerOf({ weights, card, words }) {
  const network = networkFrom(weights);
  if (network.model !== card.files[`${card.model}.tflite`].sha256)
    throw new Error("The weights are another model's than the card's.");
  const model = network.model.slice(0, MODEL_ID_LENGTH);
  return { network, model, thresholds: card.thresholds, labels: labelsOf(card), words, card };
}
