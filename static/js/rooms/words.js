/*
 * Owns how the classroom words what a drawing is, for the wall, the teacher and the pupil.
 */

export const TITLES = {
  free: "Free drawing",
  draw: "Draw a …",
  fool: "Fool the network",
  guess: "Guess the network",
};

/* A digit that was said; none: not a digit. */
export const word = (digit) =>
  digit === null || digit === "not_a_digit" ? "no digit" : String(digit);

export const withArticle = (digit) => `${digit === 8 ? "an" : "a"} ${digit}`;

/* What became of a drawing: a mark that is more than a colour, and words. */
export function outcome({ task, said, bet }) {
  if (bet !== null && bet !== undefined) {
    const isWon = bet === (said ?? "not_a_digit");
    return { mark: isWon ? "✓" : "✗", kind: isWon ? "right" : "wrong", text: `bet ${word(bet)}, said ${word(said)}` };
  }
  if (task === null) return { mark: "", kind: "", text: word(said) };
  const isRight = task === said;
  const text = isRight ? `${task}` : `${task} → ${word(said)}`;
  return { mark: isRight ? "✓" : "✗", kind: isRight ? "right" : "wrong", text };
}
