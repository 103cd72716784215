/*
 * Owns the wiring of the page: which module hears which. Reads top to bottom, decides little.
 */

import { createAnnouncer } from "./answer/announce.js";
import { createAnswer } from "./answer/answer.js";
import { createReader } from "./reading/server.js";
import { attachFiles } from "./pad/files.js";
import { keepOverReloads } from "./pad/keep.js";
import { attachKeys } from "./pad/keys.js";
import { attachPad } from "./pad/pad.js";
import { createPainter } from "./pad/paint.js";
import { attachPen } from "./pad/pen.js";
import { createReplay } from "./pad/replay.js";
import { Drawing } from "./pad/drawing.js";

const byId = (id) => document.getElementById(id);
const [canvas, picture, form] = ["pad", "picture", "form"].map(byId);
const word = byId("word"); // of what went wrong and is no answer
const buttons = { undo: byId("undo"), redo: byId("redo"), clear: byId("clear") };

const drawing = new Drawing();
const paint = createPainter(canvas);
const announce = createAnnouncer(byId("verdict-live"), 600);
const answer = createAnswer(byId("answer"), announce);
const reader = createReader({
  url: form.dataset.api,
  onReading: answer.show,
  onTrouble: answer.trouble,
  onWaiting: answer.wait,
});

attachPad(canvas, drawing);
attachKeys(document, drawing);
const { pen } = attachPen(canvas, drawing, {
  moved: repaint,
  say: createAnnouncer(byId("pen-live"), 250),
});
attachFiles({
  page: document,
  inputs: [byId("choose"), byId("camera")],
  dropTarget: byId("sheet"),
  onChosen() {
    const { edition } = drawing;
    word.textContent = "";
    answer.wait();
    return () => drawing.edition === edition;
  },
  onPicture: (file) => drawing.showImage(file),
  onUnreadable() {
    answer.rest(); // it is still that of the drawing
    word.textContent = "This file cannot be read. Choose another one, or draw.";
  },
});

// What was drawn, and what follows from it.
let read = { edition: 0, points: 0 };
drawing.subscribe(() => {
  repaint();
  if (drawing.isBlank || drawing.image !== shown) announce.anew();
  showPicture(drawing.image);
  word.textContent = "";
  byId("sheet").classList.toggle("blank", drawing.isBlank);
  buttons.undo.disabled = !drawing.canUndo;
  buttons.redo.disabled = !drawing.canRedo;
  buttons.clear.disabled = drawing.isBlank;
  // Focus is not lost with a button that switches off.
  if (document.activeElement?.disabled) canvas.focus({ preventScroll: true });

  const now = { edition: drawing.edition, points: drawing.strokes.flat().length };
  if (now.edition === read.edition && now.points === read.points) return reader.hurry(); // pen up
  read = now;
  if (drawing.isBlank) {
    reader.forget();
    answer.reset();
  } else {
    const { strokes, image, edition } = drawing;
    reader.read({ strokes, image, edition });
  }
});

for (const [act, button] of Object.entries(buttons)) {
  button.addEventListener("click", () => drawing[act]());
}

// Painting, at most once a frame; again whenever size, density or colours change.
let frame = null;
function repaint() {
  frame ??= requestAnimationFrame(() => {
    frame = null;
    paint(drawing.strokes, pen);
  });
}
new ResizeObserver(repaint).observe(canvas);
window.addEventListener("resize", repaint);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

// The picture that is read instead of strokes.
let shown = null;
function showPicture(file) {
  if (file === shown) return;
  if (picture.src) URL.revokeObjectURL(picture.src);
  shown = file;
  picture.hidden = file === null;
  if (file) picture.src = URL.createObjectURL(file);
  else picture.removeAttribute("src");
}
picture.addEventListener("error", () => {
  picture.hidden = true; // a kind this browser cannot show; the server may still read it
});

// "Show me one": another digit each time.
const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
const replay = createReplay(drawing, { isStill: () => stillness.matches });
const showMe = byId("show-me");
let examples = null;
let turn = 0;
showMe.addEventListener("click", async () => {
  const { edition } = drawing;
  word.textContent = "";
  try {
    examples ??= await fetchExamples();
  } catch {
    word.textContent = "The examples could not be fetched. Try again in a moment.";
    return;
  }
  if (drawing.edition !== edition) return; // somebody drew while the examples were on their way
  replay(examples[turn % examples.length]);
  turn += 1;
});

async function fetchExamples() {
  const response = await fetch(showMe.dataset.examples);
  if (!response.ok) throw new Error(`no examples: ${response.status}`);
  return response.json();
}

// The plain form was sent: its answer is not replaced by what was drawn before.
const isFormsAnswer = location.pathname === new URL(form.action).pathname;
keepOverReloads(drawing, { isWanted: !isFormsAnswer });
repaint();
showMe.disabled = false;
byId("choose").required = false; // that is for the plain form; screen readers would call it invalid
document.documentElement.classList.add("ready");
