/*
 * Owns the wiring of the page: which module hears which. Reads top to bottom, decides little.
 */

import { createAnnouncer } from "./answer/announce.js";
import { createAnswer } from "./answer/answer.js";
import { createFilm } from "./answer/film.js";
import { createFlight } from "./answer/flight.js";
import { areDigits, DIGITS } from "./reading/classes.js";
import { createReader } from "./reading/readers.js";
import { Drawing, SIDE, WIDE } from "./pad/drawing.js";
import { createExamples } from "./pad/examples.js";
import { attachFiles } from "./pad/files.js";
import { createInvitation } from "./pad/invitation.js";
import { keepOverReloads } from "./pad/keep.js";
import { attachKeys } from "./pad/keys.js";
import { attachPad } from "./pad/pad.js";
import { createPainter } from "./pad/paint.js";
import { attachPen } from "./pad/pen.js";
import { createPicture } from "./pad/picture.js";
import { createReplay } from "./pad/replay.js";

const byId = (id) => document.getElementById(id);
const [canvas, form] = ["pad", "form"].map(byId);
const word = byId("word"); // of what went wrong and is no answer
const buttons = { undo: byId("undo"), redo: byId("redo"), clear: byId("clear") };
const stillness = window.matchMedia("(prefers-reduced-motion: reduce)");
const isStill = () => stillness.matches;

const drawing = new Drawing();
const paint = createPainter(canvas);
const picture = createPicture(byId("picture"));
const announce = createAnnouncer(byId("verdict-live"), 600);
const labels = form.dataset.labels ? JSON.parse(form.dataset.labels) : DIGITS;
const answer = createAnswer(byId("answer"), announce, {
  labels,
  onChosen() {
    marked = runsOf(answer.chosen);
    repaint();
    lookAgain();
  },
});
const fly = createFlight(canvas, byId("answer").querySelector("img"), { isStill });

// A reader: read(drawing), hurry() when the pen is up, forget(). A drawing has { strokes, image,
// edition }; its reading comes with the drawing that was asked about.
const GHOST = "ghost"; // the edition of what nobody drew
const { whereRead, api, serviceWorker, ...files } = form.dataset;
const reader = createReader({
  where: whereRead,
  url: api,
  files: { weights: inFull(files.weights), card: inFull(files.card), words: inFull(files.words) },
  onReading(reading, { isFinal, asked, where }) {
    if (asked.edition === GHOST) return answer.preview(reading);
    byId("where").textContent = byId("where").dataset[where];
    const isDrawn = asked.image === null;
    if (isDrawn && reading.confidence !== null) film.add({ strokes: asked.inked, reading });
    if (isDrawn) game?.hear(reading, asked.inked);
    if (film.past) return; // somebody looks back
    const wasNumber = answer.chosen !== null;
    answer.show(reading, { isFinal, isDrawn, isPenDown: drawing.isOpen });
    if (wasNumber || answer.chosen) lookAgain();
    if (!drawing.isOpen) film.tell();
  },
  onTrouble(sentence) {
    if (invitation.isOn) invitation.end();
    else answer.trouble(sentence);
  },
  onWaiting() {
    if (!invitation.isOn) answer.wait();
  },
});

/* A worker may have no address that others are relative to. */
function inFull(address) {
  return address && new URL(address, document.baseURI).href;
}

const film = createFilm(byId("film"), {
  labels,
  onMoment({ reading, isLast }) {
    answer.show(reading, { isFinal: false, isDrawn: !isLast, isPenDown: !isLast });
    repaint();
  },
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
    invitation.end();
    word.textContent = "";
    answer.wait();
    return () => drawing.edition === edition;
  },
  onPicture: (file) => drawing.showImage(file),
  onUnreadable(advice) {
    answer.rest(); // it is still that of the drawing
    word.textContent = advice;
  },
});

// What was drawn, and what follows from it.
let read = { edition: 0, points: 0 };
let wasOpen = false;
drawing.subscribe(() => {
  invitation.end();
  marked = [];
  film.leave();
  repaint();
  if (drawing.isBlank || drawing.image !== picture.file) announce.anew();
  picture.show(drawing.image);
  word.textContent = "";
  if (drawing.isBlank || drawing.image) film.clear();
  showWhatCanBeDone();

  // While a number grows, its digits are looked into when they are read.
  if (drawing.isBlank || drawing.image || answer.chosen === null) lookAgain(drawing);

  const now = { edition: drawing.edition, points: drawing.strokes.flat().length };
  const isLifted = wasOpen && !drawing.isOpen && now.edition === read.edition;
  wasOpen = drawing.isOpen;
  answer.penIs(drawing.isOpen);
  if (isLifted) {
    film.tell();
    fly();
  }
  if (now.edition === read.edition && now.points === read.points) return reader.hurry(); // pen up
  read = now;
  if (drawing.isBlank) {
    reader.forget();
    answer.reset();
  } else {
    const { strokes, image, edition } = drawing;
    reader.read({ ...copiesOf(strokes), image, edition, as: game?.isOn ? "digit" : undefined });
  }
});

/* The strokes of a digit in a number. */
function runsOf({ runs }) {
  return (runs ?? []).map(([stroke, first, end]) => drawing.strokes[stroke]?.slice(first, end) ?? []).filter(
    (stroke) => stroke.length > 0,
  );
}

/* What is read, and what the film keeps, does not grow with the stroke. A reader gets places alone. */
function copiesOf(strokes) {
  const inked = strokes.map((stroke) => [...stroke]);
  return { inked, strokes: inked.map((stroke) => stroke.map(([x, y]) => [x, y])) };
}

function showWhatCanBeDone() {
  byId("sheet").classList.toggle("blank", drawing.isBlank);
  byId("sheet").classList.toggle("wide", drawing.width > SIDE);
  byId("wider").setAttribute("aria-pressed", `${drawing.width > SIDE}`);
  buttons.undo.disabled = !drawing.canUndo;
  buttons.redo.disabled = !drawing.canRedo;
  buttons.clear.disabled = drawing.isBlank;
  // Focus is not lost with a button that switches off.
  if (document.activeElement?.disabled) focusPad();
}

function focusPad() {
  canvas.focus({ preventScroll: true });
}

for (const [act, button] of Object.entries(buttons)) {
  button.addEventListener("click", () => drawing[act]());
}

byId("wider").addEventListener("click", () => drawing.widen(drawing.width > SIDE ? SIDE : WIDE));

// Painting, at most once a frame; again whenever size, density or colours change.
let frame = null;
let ghost = [];
let marked = []; // strokes of the digit that somebody chose
function repaint() {
  frame ??= requestAnimationFrame(() => {
    frame = null;
    if (ghost.length > 0) paint(ghost, { isGhost: true });
    else paint(film.past ?? drawing.strokes, { pen, marked: film.past ? [] : marked });
  });
}
new ResizeObserver(repaint).observe(canvas);
window.addEventListener("resize", repaint);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
  repaint();
  film.paint();
});

// "Draw one for me": another digit each time.
const showMe = byId("show-me");
const examples = createExamples(showMe.dataset.examples);
const replay = createReplay(drawing, { isStill });
let turn = 0;
showMe.addEventListener("click", async () => {
  const { edition } = drawing;
  invitation.end();
  word.textContent = "";
  let all;
  try {
    all = await examples();
  } catch {
    word.textContent = "The examples could not be fetched. Try again in a moment.";
    return;
  }
  if (drawing.edition !== edition) return; // somebody drew while the examples were on their way
  replay(all[turn % all.length]);
  turn += 1;
});

// Nobody draws: a ghost pen shows how.
const invitation = createInvitation({
  examples,
  isWelcome: () =>
    areDigits(labels) && // the examples are digits
    drawing.isBlank && !isStill() && !pen.isShown && document.visibilityState === "visible",
  onInk(strokes) {
    ghost = strokes;
    byId("sheet").classList.toggle("haunted", strokes.length > 0);
    repaint();
    if (strokes.length > 0) {
      reader.read({ ...copiesOf(strokes), image: null, edition: GHOST, as: "digit" });
    } else {
      reader.forget();
      answer.reset();
    }
  },
});
for (const type of ["pointerdown", "keydown"]) {
  document.addEventListener(type, invitation.end, { capture: true });
}

// What few people need is fetched when they ask for it.
let game = null;
byId("play").addEventListener("click", async () => {
  invitation.end();
  const module = await fetched("game", () => import("./game/game.js"));
  if (module === null) return;
  game ??= module.createGame({
    drawing,
    answer: byId("answer"),
    button: byId("play"),
    announce,
    focus: focusPad,
  });
  game.toggle();
});

let projector = null;
byId("projector").addEventListener("click", async () => {
  const module = await fetched("projector", () => import("./projector/projector.js"));
  if (module === null) return;
  projector ??= module.createProjector({
    root: document.documentElement,
    answer: byId("answer"),
    tools: byId("undo").parentElement,
    focus: focusPad,
    qr: byId("projector").dataset.qr,
  });
  projector.enter();
});

// Why it reads so: below the pad, and of whatever is drawn while it is open.
const inside = { view: null, root: byId("inside"), button: byId("look-inside") };
inside.button.addEventListener("click", () => openInside());

async function openInside(name) {
  const { createInside, inkFrom } = await fetched("inside", () => import("./inside/inside.js"));
  inside.view ??= createInside({
    root: inside.root,
    files: { weights: inFull(files.weights), card: inFull(files.card), words: inFull(files.words) },
    inkOfImage: (image) => inkFrom(inside.button.dataset.ink, image),
    labels,
    how: inside.button.dataset.how,
    snapshots: inFull(inside.button.dataset.snapshots),
    onClose() {
      inside.button.setAttribute("aria-expanded", "false");
      inside.button.focus();
    },
  });
  inside.button.setAttribute("aria-expanded", "true");
  inside.view.open(lookedAt(), name);
}

/* The chosen digit of a number, or the drawing. */
function lookedAt() {
  const { strokes, image } = drawing;
  const { chosen } = answer;
  if (chosen === null) return drawing;
  return image ? { strokes, image, place: chosen.place } : { strokes: runsOf(chosen), image };
}

function lookAgain(what = lookedAt()) {
  if (inside.view?.isOpen) inside.view.show(what);
}

/* A shared link holds a drawing and the view that it is to be seen in. */
async function openLink() {
  if (!location.hash.startsWith("#look=")) return;
  try {
    const { unpacked } = await import("./inside/link.js");
    const { view, strokes } = unpacked(location.hash);
    drawing.clear();
    for (const stroke of strokes) drawing.draw(stroke);
    await openInside(view);
  } catch (error) {
    if (word.textContent === "") word.textContent = error.message;
  }
}
window.addEventListener("hashchange", openLink);

/* A feature is a module and its style. */
async function fetched(name, importModule) {
  word.textContent = "";
  try {
    const [module] = await Promise.all([importModule(), styled(name)]);
    return module;
  } catch {
    word.textContent = "This part could not be fetched. Try again in a moment.";
    return null;
  }
}

function styled(name) {
  if (document.querySelector(`[data-sheet="${name}"]`)) return null;
  const neighbour = document.querySelector("link[rel=stylesheet]"); // style sheets share a version
  const href = new URL(`${name}.css`, neighbour.href).href;
  const link = Object.assign(document.createElement("link"), { rel: "stylesheet", href });
  link.dataset.sheet = name;
  return new Promise((done, fail) => {
    link.onload = done;
    link.onerror = () => fail(link.remove());
    document.head.append(link);
  });
}

// The plain form was sent: its answer is not replaced by what was drawn before.
const isFormsAnswer = location.pathname === new URL(form.action).pathname;
if (isFormsAnswer) invitation.end();
keepOverReloads(drawing, { isWanted: !isFormsAnswer });
openLink();
showWhatCanBeDone(); // a browser may bring back what a button could do before the reload
repaint();
for (const button of [showMe, byId("wider"), byId("play"), byId("projector"), inside.button]) button.disabled = false;
byId("choose").required = false; // that is for the plain form; screen readers would call it invalid
document.documentElement.classList.add("ready");

// Later: the reader on the device, and a copy of the page for when there is no network.
const whenIdle = window.requestIdleCallback ?? ((work) => setTimeout(work, 200));
whenIdle(() => {
  reader.prepare();
  if (serviceWorker) navigator.serviceWorker?.register(serviceWorker).catch(() => {}); // a private window, say
});
