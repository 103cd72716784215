/*
 * Owns how the classroom words what a drawing is, for the wall, the teacher and the pupil. The page
 * says what is drawn in the room: its labels, and whether the network knows them.
 */

const room = document.querySelector("[data-labels]").dataset;
export const labels = JSON.parse(room.labels);
export const { noun } = room;
export const isRead = room.isRead === "yes";
const named = JSON.parse(room.named);

export const TITLES = {
  free: "Free drawing",
  draw: "Draw a …",
  fool: "Fool the network",
  guess: "Guess the network",
};

/* A class that was said, by its place; none: none of them. */
export const word = (place) =>
  place === null || place === "not_a_digit" ? `no ${noun}` : labels[place];

export const withArticle = (place) => named[place];

/* What became of a drawing: a mark that is more than a colour, and words. */
export function outcome({ task, said, bet }) {
  if (bet !== null && bet !== undefined) {
    const isWon = bet === (said ?? "not_a_digit");
    return { mark: isWon ? "✓" : "✗", kind: isWon ? "right" : "wrong", text: `bet ${word(bet)}, said ${word(said)}` };
  }
  if (!isRead) return { mark: "", kind: "", text: task === null ? "" : labels[task] };
  if (task === null) return { mark: "", kind: "", text: word(said) };
  const isRight = task === said;
  const text = isRight ? labels[task] : `${labels[task]} → ${word(said)}`;
  return { mark: isRight ? "✓" : "✗", kind: isRight ? "right" : "wrong", text };
}
