/*
 * Owns the classes of a model, by their labels, and the words for them. The same as reader/classes.py.
 * Pure: must not know the DOM or a model.
 */

export const DIGITS = [..."0123456789"];
const BARS = 10; // the likeliest, where there are more classes

/* A card without classes is one of the ten digits. */
export const labelsOf = (card) => card.classes ?? DIGITS;

export const areDigits = (labels) => labels.join() === DIGITS.join();

/* What each of them is called. */
export function nounOf(labels) {
  if (areDigits(labels)) return "digit";
  const isEach = (kind) => labels.every((label) => [...label].length === 1 && kind.test(label));
  if (isEach(/\p{L}/u)) return "letter";
  if (isEach(/[\p{L}\p{N}]/u)) return "character";
  return labels.some((label) => label.match(/\p{L}/gu)?.length > 1) ? "thing" : "sign";
}

/* The places that a page shows as bars: all, or the ten likeliest of more. */
export function barsOf(labels, probabilities) {
  const places = [...labels.keys()];
  if (labels.length > BARS && probabilities) places.sort((a, b) => probabilities[b] - probabilities[a]);
  return places.slice(0, BARS);
}

/* A label as it is spoken: an 8, an F, an apple, a ☆. */
export function withArticle(label, words) {
  const [first, ...rest] = label;
  const before = rest.length === 0 ? words.an_before : words.an_before_words;
  return (before.includes(first.toUpperCase()) ? words.an : words.a).replace("{label}", label);
}
