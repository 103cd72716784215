/*
 * Owns the steps from a drawing to its 28×28 picture, one by one, each of which can be left out.
 * With none left out, the last is what reading/framing.js makes. A sheet is ink at a place on paper:
 * { ink, left, top, width, height }. Pure: must not know the DOM.
 */

import {
  boxOf, centred, crop, cut, darkest, paper, DIGIT_IMAGE_PX as SIDE, withMnistThickness, withoutSpecks,
} from "../reading/framing.js";
import { CANONICAL_PX, inkFromStrokes, MNIST_PEN } from "../reading/strokes.js";

export const STEPS = ["specks", "crop", "thickness", "fit", "centre"];

const PAD = 1000; // the unit of strokes, as pad/drawing.js has it
const LARGEST_PX = 400; // of the paper; a digit that is smaller still is put on this much
const PEN_PX = CANONICAL_PX * MNIST_PEN;
const INKED = 0.25; // as in framing.js: less than this is paper

const { max, min, round } = Math;

/* Strokes as ink where they were drawn on the pad. */
export function sheetFromStrokes(strokes) {
  const ink = inkFromStrokes(strokes);
  const [xs, ys] = [0, 1].map((axis) => strokes.flat().map((point) => point[axis]));
  const least = (values) => values.reduce((a, b) => min(a, b), Infinity);
  const most = (values) => values.reduce((a, b) => max(a, b), -Infinity);
  const extent = max(most(xs) - least(xs), most(ys) - least(ys));
  const wanted = extent > 1e-9 ? (PAD * (CANONICAL_PX - PEN_PX)) / extent : LARGEST_PX;
  const side = round(max(min(wanted, LARGEST_PX), ink.width, ink.height));
  const placed = (start, size) =>
    min(max(round(((start / PAD) * side) - PEN_PX / 2 - 1), 0), side - size);
  return { ink, left: placed(least(xs), ink.width), top: placed(least(ys), ink.height), width: side, height: side };
}

/* A picture of ink that is as large as its paper. */
export function sheetOf(ink) {
  return { ink, left: 0, top: 0, width: ink.width, height: ink.height };
}

/* The whole sheet as ink. */
function spreadOut({ ink, left, top, width, height }) {
  const sheet = paper(width, height);
  for (let y = 0; y < ink.height; y++) {
    const row = ink.pixels.subarray(y * ink.width, (y + 1) * ink.width);
    sheet.pixels.set(row, (top + y) * width + left);
  }
  return sheet;
}

export function isBlankSheet({ ink }) {
  return darkest(ink) < INKED;
}

/* The digit image without the steps in `off`; `pictures`: the sheets before and after each step. */
export function stepped(sheet, off = []) {
  const box = boxOf(sheet.ink);
  const part = cut(sheet.ink, box);
  const spare = off.includes("specks") ? part : withoutSpecks(part);
  const onSheet = (ink) => ({ ...sheet, ink, left: sheet.left + box.left, top: sheet.top + box.top });
  const isCropped = !off.includes("crop");
  const cropped = isCropped ? crop(spare) : spreadOut(onSheet(spare));
  const thickened = off.includes("thickness") ? cropped : withMnistThickness(cropped);
  const thick = isCropped ? crop(thickened) : thickened;
  const fit = off.includes("fit") ? { fit: SIDE } : {};
  const middle = centred(thick, { ...fit, isByMass: false });
  const digitImage = off.includes("centre") ? middle : centred(thick, fit);
  return {
    digitImage,
    pictures: {
      ink: onSheet(part), specks: onSheet(spare), crop: sheetOf(cropped), thickness: sheetOf(thick),
      fit: sheetOf(inkOf(middle)), centre: sheetOf(inkOf(digitImage)),
    },
  };
}

/* A digit image as ink. */
export function inkOf(digitImage) {
  return { width: SIDE, height: SIDE, pixels: Float64Array.from(digitImage, (level) => level / 255) };
}
