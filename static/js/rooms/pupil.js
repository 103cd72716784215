/*
 * Owns the pupil's page: the pad with the task of the round, and Hand in.
 * Reads top to bottom; what is kept until it is acknowledged is seat.js's.
 */

import { createAnnouncer } from "../answer/announce.js";
import { Drawing } from "../pad/drawing.js";
import { attachKeys } from "../pad/keys.js";
import { attachPad } from "../pad/pad.js";
import { createPainter } from "../pad/paint.js";
import { attachPen } from "../pad/pen.js";
import { createReader } from "../reading/readers.js";
import { svgOf } from "./ink.js";
import { ask, newId, poll, url } from "./room.js";
import { createSeat } from "./seat.js";
import { isRead, labels, noun, withArticle, word } from "./words.js";

const byId = (id) => document.getElementById(id);
const { code, mostPoints, whereRead, api, ...files } = byId("pupil").dataset;
const canvas = byId("pad");
const handIn = byId("hand-in");
const buttons = { undo: byId("undo"), clear: byId("clear") };
const drawing = new Drawing();
const paint = createPainter(canvas);
let round = null; // of the server
let done = 0; // drawings handed in, in this round, with those that wait
let tasks = [];
let isJoined = false;
let isOver = false;

// The seat

const seat = createSeat(code, {
  onAcknowledged({ task, bet }, reading) {
    const said = ["digit", "unsure"].includes(reading.verdict) ? labels.indexOf(reading.label) : null;
    let text = `On the wall. Inkling says: ${reading.sentence}.`;
    if (!isRead) text = "On the wall.";
    else if (said === null) text = `Handed in. Inkling sees ${word(null)}, so your teacher looks first.`;
    else if (bet !== undefined) text = bet === said ? `You knew it: Inkling says ${word(said)}.` : `You bet ${word(bet)}, and Inkling says ${word(said)}.`;
    else if (round?.kind === "fool" && said !== task) text = `You fooled it! It says ${word(said)}. Can people read it?`;
    byId("said").textContent = text;
  },
  onRefused(_, message) {
    byId("said").textContent = message;
  },
  onChange({ waiting, isTrying }) {
    byId("kept").textContent =
      waiting === 0 || !isTrying
        ? ""
        : `No connection. ${waiting === 1 ? "Your drawing is" : `${waiting} drawings are`} kept on this device and handed in later.`;
  },
});

async function join() {
  const { status, name, message } = await seat.join();
  if (name) {
    isJoined = true;
    byId("name").textContent = name;
    byId("trouble").textContent = "";
    seat.send();
    asking.now();
  } else if (status === 404 || status === 409) {
    byId("trouble").textContent = message;
    isOver = true;
  } else {
    byId("trouble").textContent = "The room does not answer just now. Trying again …";
    setTimeout(join, 2_000 + 2_000 * Math.random());
  }
  showWhatCanBeDone();
}

// The round

const asking = poll({
  every_ms: 2_000,
  question: () => [url(code), { token: seat.token() }],
  heard(answer) {
    if (answer?.status === 404 && seat.token()) {
      seat.leave(); // of a room of another day; this one may be new
      return void join();
    }
    if (answer?.status === 404) {
      isOver = true;
      byId("trouble").textContent = answer.body.error.message;
      return showWhatCanBeDone();
    }
    if (isJoined) byId("trouble").textContent = "";
    if (answer?.status === 200) hear(answer.body);
    if (round?.kind === "fool") nextBallot();
  },
  onTrouble: () => (byId("trouble").textContent = "No connection to the room. You can go on drawing."),
});

function hear(room) {
  const isNew = room.round.round !== round?.round;
  round = room.round;
  isOver = room.closed;
  if (room.pupil) {
    tasks = room.pupil.tasks;
    if (isNew || room.pupil.handed_in > done) done = room.pupil.handed_in;
  }
  if (isNew) {
    byId("choices").querySelectorAll("input").forEach((input) => (input.checked = false));
    byId("said").textContent = "";
    showBallot(null);
  }
  showTask();
  showWhatCanBeDone();
}

const task = () => (round?.kind === "draw" ? tasks[done % tasks.length] : undefined);

function showTask() {
  const { kind, state } = round;
  const words = {
    free: noun === "digit" ? "Draw any digit" : byId("pupil").dataset.task,
    draw: task() === undefined ? "Draw a …" : `Draw ${withArticle(task())}`,
    fool: `Draw a ${noun} that people can read and Inkling cannot`,
    guess: `Draw a ${noun}, and bet what Inkling will say`,
  };
  let text = words[kind];
  if (state === "paused") text = "Your teacher has paused the round. Look up!";
  if (state === "ended") text = "This round is over. Look at the wall!";
  if (isOver) text = "This room is closed. Thank you for drawing!";
  if (byId("task").textContent !== text) byId("task").textContent = text;
  byId("choices").hidden = !["fool", "guess"].includes(kind);
  byId("legend").textContent = kind === "fool" ? "It is meant to be a …" : "Inkling will say …";
  byId("none").hidden = kind !== "guess";
  // Before the bet is placed, the network keeps silent.
  byId("reading").hidden = kind === "guess";
}

const chosen = () => byId("choices").querySelector("input:checked")?.value;

// Handing in

handIn.addEventListener("click", () => {
  const strokes = drawing.strokes.map((stroke) => stroke.map(([x, y]) => [x, y]));
  const choice = chosen() === "not_a_digit" ? "not_a_digit" : Number(chosen());
  const made = { id: newId(), strokes };
  if (round) made.round = round.round;
  if (task() !== undefined) made.task = task();
  if (round?.kind === "fool") made.task = choice;
  if (round?.kind === "guess") made.bet = choice;
  done += 1;
  byId("said").textContent = "Handing in …";
  seat.handIn(made);
  drawing.clear();
  byId("choices").querySelectorAll("input").forEach((input) => (input.checked = false));
  if (round) showTask();
  showWhatCanBeDone();
  canvas.focus({ preventScroll: true });
});
byId("choices").addEventListener("change", showWhatCanBeDone);

function showWhatCanBeDone() {
  const points = drawing.strokes.flat().length;
  const isTooMuch = points > Number(mostPoints);
  const isRunning = round === null || round.state === "running";
  const needsChoice = ["fool", "guess"].includes(round?.kind) && !chosen();
  byId("too-much").hidden = !isTooMuch;
  buttons.undo.disabled = !drawing.canUndo;
  buttons.clear.disabled = drawing.isBlank;
  byId("sheet").classList.toggle("blank", drawing.isBlank);
  byId("sheet").classList.toggle("covered", !isRunning || isOver);
  handIn.disabled = !isJoined || drawing.isBlank || isTooMuch || !isRunning || isOver || needsChoice;
  if (document.activeElement?.disabled) canvas.focus({ preventScroll: true });
}

// The pad

const announce = createAnnouncer(byId("verdict-live"), 600);

/* The device reads while somebody draws: thirty pupils need no server for that. Where it cannot, the
   server does. */
function readerBy(where) {
  return createReader({
    where,
    url: api,
    files: { weights: inFull(files.weights), card: inFull(files.card), words: inFull(files.words) },
    onReading(reading, { isFinal }) {
      byId("reading").textContent = reading.sentence;
      if (isFinal && round?.kind !== "guess") announce(reading.sentence);
    },
    onTrouble(sentence) {
      if (where === "server") {
        byId("reading").textContent = sentence;
        return;
      }
      reader = readerBy("server");
      readNow();
    },
    onWaiting: () => {},
  });
}

let reader = readerBy(whereRead === "server" ? "server" : "device");
function readNow() {
  if (drawing.isBlank || round?.kind === "guess" || !isRead) return;
  const strokes = drawing.strokes.map((stroke) => [...stroke]);
  reader.read({ strokes, image: null, edition: drawing.edition, as: "digit" });
}

attachPad(canvas, drawing);
attachKeys(document, drawing);
const { pen } = attachPen(canvas, drawing, { moved: repaint, say: createAnnouncer(byId("pen-live"), 250) });
let read = { edition: 0, points: 0 };
drawing.subscribe(() => {
  repaint();
  showWhatCanBeDone();
  const now = { edition: drawing.edition, points: drawing.strokes.flat().length };
  if (now.edition === read.edition && now.points === read.points) return reader.hurry();
  read = now;
  if (drawing.isBlank) {
    reader.forget();
    byId("reading").textContent = "";
  } else {
    readNow();
  }
});
for (const [act, button] of Object.entries(buttons)) {
  button.addEventListener("click", () => drawing[act]());
}

let frame = null;
function repaint() {
  frame ??= requestAnimationFrame(() => {
    frame = null;
    paint(drawing.strokes, { pen });
  });
}
new ResizeObserver(repaint).observe(canvas);
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", repaint);

/* A worker may have no address that others are relative to. */
function inFull(address) {
  return address && new URL(address, document.baseURI).href;
}

// Votes: can people read what the network could not?

let ballot = null;
let isAsking = false;
async function nextBallot() {
  if (ballot || isAsking || !seat.token()) return;
  isAsking = true;
  const { status, body } = await ask(url(code, "/ballot"), { token: seat.token() });
  isAsking = false;
  if (status === 200) showBallot(body.drawing);
}

function showBallot(next) {
  ballot = next;
  byId("ballot").hidden = next === null;
  if (next) byId("ballot-ink").replaceChildren(svgOf(next.strokes, "A drawing of your class"));
}

for (const button of byId("ballot").querySelectorAll("button")) {
  button.addEventListener("click", async () => {
    const voted = ballot;
    showBallot(null);
    const digit = button.value === "" ? null : Number(button.value);
    await ask(url(code, "/votes"), { method: "POST", token: seat.token(), body: { drawing: voted.id, digit } });
    nextBallot();
  });
}

join();
repaint();
showWhatCanBeDone();
document.documentElement.classList.add("ready");
