/*
 * Owns the reading of a probability for each class: the verdict, the sentence, and the object in the shape of
 * the predict route's answer. The same as reader/reading.py. Pure: must not know the DOM or a model.
 */

import { areDigits, DIGITS, nounOf, withArticle } from "./classes.js";
import { isBlank, DIGIT_IMAGE_PX } from "./framing.js";
import { pngDataUrl } from "./png.js";
import { roundHalfEven } from "./strokes.js";

/*
 * probabilities: of each class, or null for a blank digit image. model: its id. thresholds: { digit,
 * pair } and labels of the model's card. words: the content of reader/words.json.
 */
export function readingOf(probabilities, digitImage, { model, thresholds, words, labels = DIGITS }) {
  const [best, runnerUp, shares] = isBlank(digitImage) ? [null, null, null] : ranked(probabilities);
  const verdict = verdictOf(best, runnerUp, thresholds);
  const guess = ({ place, confidence }) => {
    return { digit: areDigits(labels) ? place : null, label: labels[place], confidence };
  };
  return {
    verdict,
    sentence: sentence(verdict, best, runnerUp, words, labels),
    ...(best ? guess(best) : { digit: null, label: null, confidence: null }),
    probabilities: shares,
    runner_up: runnerUp && guess(runnerUp),
    digit_image: pngDataUrl(digitImage, DIGIT_IMAGE_PX, DIGIT_IMAGE_PX),
    model,
  };
}

function ranked(probabilities) {
  const sum = probabilities.reduce((a, b) => a + b, 0);
  const shares = probabilities.map((share) => roundHalfEven((share / sum) * 1e6) / 1e6);
  const guesses = shares.map((confidence, place) => ({ place, confidence }));
  // Of two equal probabilities, the later class comes first, as in NumPy.
  guesses.sort((a, b) => b.confidence - a.confidence || b.place - a.place);
  return [guesses[0], guesses[1], shares];
}

function verdictOf(best, runnerUp, thresholds) {
  if (best === null) return "blank";
  if (best.confidence >= thresholds.digit) return "digit";
  if (best.confidence + runnerUp.confidence >= thresholds.pair) return "unsure";
  return "not_a_digit";
}

function sentence(verdict, best, runnerUp, words, labels) {
  if (best === null) return words[verdict];
  if (verdict === "not_a_digit" && !areDigits(labels))
    return filled(words.not_known, { noun: nounOf(labels) });
  const [first, second] = [best, runnerUp].map(({ place }) => withArticle(labels[place], words));
  return filled(words[verdict], {
    digit: labels[best.place],
    percent: percent(best.confidence, words),
    first: first[0].toUpperCase() + first.slice(1),
    second,
  });
}

/* A share in whole percent that never claims to be certain. */
export function percent(share, words) {
  const whole = roundHalfEven(share * 100);
  return whole >= 100 ? words.nearly_certain : filled(words.percent, { whole });
}

export function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
