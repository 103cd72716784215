/*
 * Owns what ten probabilities add up to: the verdict, the sentence, and the object that the predict
 * route answers with. The same as reader/reading.py. Pure: must not know the DOM or a model.
 */

import { isBlank, DIGIT_IMAGE_PX } from "./framing.js";
import { pngDataUrl } from "./png.js";
import { roundHalfEven } from "./strokes.js";

/*
 * probabilities: ten, or null for a blank digit image. model: its id. thresholds: { digit, pair }
 * of the model's card. words: the content of reader/words.json.
 */
export function readingOf(probabilities, digitImage, { model, thresholds, words }) {
  const [best, runnerUp, shares] = isBlank(digitImage) ? [null, null, null] : ranked(probabilities);
  const verdict = verdictOf(best, runnerUp, thresholds);
  return {
    verdict,
    sentence: sentence(verdict, best, runnerUp, words),
    digit: best && best.digit,
    confidence: best && best.confidence,
    probabilities: shares,
    runner_up: runnerUp,
    digit_image: pngDataUrl(digitImage, DIGIT_IMAGE_PX, DIGIT_IMAGE_PX),
    model,
  };
}

function ranked(probabilities) {
  const sum = probabilities.reduce((a, b) => a + b, 0);
  const shares = probabilities.map((share) => roundHalfEven((share / sum) * 1e6) / 1e6);
  const guesses = shares.map((confidence, digit) => ({ digit, confidence }));
  // Of two that are alike, the larger digit comes first, as NumPy sorts them.
  guesses.sort((a, b) => b.confidence - a.confidence || b.digit - a.digit);
  return [guesses[0], guesses[1], shares];
}

function verdictOf(best, runnerUp, thresholds) {
  if (best === null) return "blank";
  if (best.confidence >= thresholds.digit) return "digit";
  if (best.confidence + runnerUp.confidence >= thresholds.pair) return "unsure";
  return "not_a_digit";
}

function sentence(verdict, best, runnerUp, words) {
  if (best === null) return words[verdict];
  const [first, second] = [best, runnerUp].map(({ digit }) => words.a_digit[digit]);
  return filled(words[verdict], {
    digit: best.digit,
    percent: percent(best.confidence, words),
    first: first[0].toUpperCase() + first.slice(1),
    second,
  });
}

/* A share in whole percent that never claims to be certain. */
function percent(share, words) {
  const whole = roundHalfEven(share * 100);
  return whole >= 100 ? words.nearly_certain : filled(words.percent, { whole });
}

function filled(text, values) {
  return text.replace(/\{(\w+)\}/g, (_, name) => values[name]);
}
