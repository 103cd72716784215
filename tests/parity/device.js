/*
 * What the tests ask of the reader on the device. Drawings come as JSON text and bytes as base64:
 * Playwright takes long to carry a list of a million numbers.
 */

import { frame } from "/static/js/reading/framing.js";
import { configure, provide, readStrokes } from "/static/js/reading/local.js";
import { networkFrom } from "/static/js/reading/network.js";
import { readingOf } from "/static/js/reading/reading.js";
import { inkFromStrokes } from "/static/js/reading/strokes.js";

const IMAGE_BYTES = 28 * 28;
const FILES = {
  weights: "/models/mnist_model.weights",
  card: "/models/mnist_model.json",
  words: "/reader/words.json",
};
configure(FILES);

/* The grey levels of each ink, one after the other, and their sizes. */
export function inks(drawings) {
  const made = JSON.parse(drawings).map(inkFromStrokes);
  const levels = made.map(({ pixels }) => Uint8Array.from(pixels, (value) => value * 255 + 0.5));
  return { sizes: made.map(({ width, height }) => [height, width]), levels: toBase64(levels) };
}

export function digitImages(drawings) {
  return toBase64(JSON.parse(drawings).map((strokes) => frame(inkFromStrokes(strokes))));
}

export async function readings(drawings, as) {
  const found = [];
  for (const strokes of JSON.parse(drawings)) found.push(await readStrokes(strokes, as));
  return JSON.stringify(found);
}

export function probabilities(weights, images) {
  const network = networkFrom(fromBase64(weights));
  const bytes = fromBase64(images);
  const found = [];
  for (let at = 0; at < bytes.length; at += IMAGE_BYTES)
    found.push(new Float32Array(network.probabilities(bytes.subarray(at, at + IMAGE_BYTES))));
  return toBase64(found);
}

export function outputs(weights, image) {
  const found = networkFrom(fromBase64(weights)).outputs(fromBase64(image));
  return found.map((layer) => ({ ...layer, values: toBase64([layer.values]) }));
}

/* The readings that lists of probabilities add up to. */
export function verdicts(lists, known) {
  const image = new Uint8Array(IMAGE_BYTES).fill(1);
  return JSON.parse(lists).map((ten) => readingOf(ten, image, known));
}

export async function readingWith(weights, card, words, strokes) {
  provide({ weights: fromBase64(weights), card, words });
  return readStrokes(strokes);
}

/* Whether a reading is there after a failed load, and again once the files are. */
export async function readingAfterAFailure(strokes) {
  configure({ weights: "/nowhere", card: "/nowhere", words: "/nowhere" });
  const failed = await readStrokes(strokes).catch((error) => error.message);
  configure(FILES);
  return { failed, reading: await readStrokes(strokes) };
}

function toBase64(arrays) {
  let text = "";
  for (const array of arrays) {
    const bytes = new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
    for (let at = 0; at < bytes.length; at += 8192)
      text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  }
  return btoa(text);
}

function fromBase64(text) {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0));
}
