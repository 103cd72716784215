/*
 * Owns Look inside: its views as tabs, the drawing that they look at, and when they look again. Each
 * view has { root, show(state) }, and is shown each state once. Must not know what a view shows.
 */

import { nounOf } from "../reading/classes.js";
import { readingOf } from "../reading/reading.js";
import { askWith } from "./ask.js";
import { element, ended } from "./dom.js";
import { createKnowsView } from "./knows_view.js";
import { createLayersView } from "./layers_view.js";
import { createLearnedView } from "./learned_view.js";
import { createMindView } from "./mind_view.js";
import { createShakeView } from "./shake_view.js";
import { createShare } from "./share.js";
import { createStepsView } from "./steps_view.js";

const VIEWS = {
  steps: ["28 × 28", createStepsView],
  mind: ["Change its mind", createMindView],
  layers: ["Layer by layer", createLayersView],
  learned: ["How it learned", createLearnedView],
  shake: ["Shake it", createShakeView],
  knows: ["How sure is sure?", createKnowsView],
};

/*
 * root: an empty section. files: of the reader on the device. inkOfImage(file): a promise of the ink
 * that the server found in a picture. labels: of the classes. how, snapshots: where the page about the
 * network and the list of its snapshots are, if there. onClose(): the section was left.
 */
export function createInside({ root, files, inkOfImage, labels, how, snapshots, onClose }) {
  let ask = null; // as ask.js has it
  let known = null; // the card, the words and the like
  let state = null;
  let current = "steps";
  let wanted = null; // the drawing to look at
  let isAsking = false;
  let isStale = false; // more was drawn while the worker was asked
  const noun = nounOf(labels);
  const inks = new WeakMap(); // promises, by the picture: each is asked for once

  const title = element("h2", { id: "inside-title", tabindex: "-1" }, "Look inside");
  const seen = element("p", { class: "seen", role: "status" });
  const close = element("button", { type: "button" }, "Close");
  const share = createShare({ view: () => current, strokes: () => wanted?.strokes ?? [] });
  const tabs = Object.entries(VIEWS).map(([name, [text]]) => {
    const tab = element("button", {
      type: "button", role: "tab", id: `tab-${name}`, "aria-controls": `view-${name}`,
    }, text);
    tab.addEventListener("click", () => look(name));
    return tab;
  });
  const list = element("div", { class: "tabs", role: "tablist", "aria-label": "Look inside" }, ...tabs);
  const views = {};
  const shown = {}; // the state that each view has
  const panel = element("div");
  root.setAttribute("aria-labelledby", title.id);
  root.append(element("header", {}, title, seen, share.button, close), share.root, list, panel);

  list.addEventListener("keydown", (event) => {
    const names = Object.keys(VIEWS);
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    const at = { Home: 0, End: names.length - 1 }[event.key] ??
      (step && (names.indexOf(current) + step + names.length) % names.length);
    if (at === undefined) return;
    event.preventDefault();
    look(names[at]);
    tabs[at].focus();
  });
  close.addEventListener("click", () => {
    root.hidden = true;
    onClose();
  });

  function look(name) {
    current = name in VIEWS ? name : "steps";
    Object.keys(VIEWS).forEach((other, i) => {
      tabs[i].setAttribute("aria-selected", `${other === current}`);
      tabs[i].tabIndex = other === current ? 0 : -1;
    });
    views[current] ??= VIEWS[current][1]({ how, snapshots, labels, noun });
    panel.replaceChildren(views[current].root);
    panel.id = `view-${current}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", `tab-${current}`);
    showView();
  }

  function showView() {
    if (state === null || shown[current] === state) return;
    shown[current] = state;
    views[current].show(state);
  }

  /* Asks about one drawing at a time, the newest, and shows the answer. */
  async function lookAgain() {
    if (root.hidden || known === null || wanted === null) return;
    isStale = isAsking;
    if (isAsking) return;
    isAsking = true;
    const drawing = wanted;
    const { strokes, ink, place } = drawing;
    const inked = { strokes, ink: ink?.digits[place] ?? ink };
    try {
      const found = await ask("framed", inked);
      if (!wanted.image || wanted === drawing) keep(found && stateOf(inked, found));
    } finally {
      isAsking = false;
    }
    if (isStale) lookAgain();
  }

  /* A drawing that is looked at already stays as it is: the pen was lifted, say. */
  function keep(next) {
    const isSame = state && next && isAlike(state.pictures.ink, next.pictures.ink);
    if (!isSame) state = next;
    panel.hidden = list.hidden = state === null;
    seen.textContent = state === null ? `Draw a ${noun} first, then look inside.` : ended(state.reading.sentence);
    showView();
  }

  /*
   * The state of a view: what is known, the drawing as { strokes, ink }, its pictures after each step, its
   * reading, and readingOf(probabilities, image) and ask(job, given), to find out more.
   */
  function stateOf(inked, { digitImage, pictures, probabilities }) {
    const read = (found, image) => readingOf(found, image, known);
    const reading = read(probabilities, digitImage);
    return { ...known, inked, digitImage, pictures, reading, readingOf: read, ask };
  }

  return {
    /* Shows the drawing, { strokes, image, place: of a digit in a picture of a number }; says so when
       it cannot. */
    async show({ strokes, image, place }) {
      const asked = { strokes, image, place };
      wanted = asked;
      share.forget();
      if (root.hidden) return;
      if (image) {
        seen.textContent = "Asking the server for the ink in your picture …";
        try {
          if (!inks.has(image)) inks.set(image, inkOfImage(image));
          asked.ink = await inks.get(image);
        } catch {
          inks.delete(image);
          if (wanted === asked) seen.textContent = "The ink in this picture could not be fetched.";
          return;
        }
        if (wanted !== asked) return;
      }
      lookAgain();
    },
    async open(drawing, view = current) {
      root.hidden = false;
      look(view);
      title.focus({ preventScroll: true });
      root.scrollIntoView({ block: "start" });
      if (known === null) {
        seen.textContent = "Fetching the network …";
        try {
          ask ??= await askWith(files);
          known = await ask("known");
        } catch {
          seen.textContent = "The network could not be fetched. Close, and try again in a moment.";
          return;
        }
      }
      await this.show(drawing);
    },
    get isOpen() {
      return !root.hidden;
    },
  };
}

function isAlike(one, other) {
  return ["left", "top", "width", "height"].every((name) => one[name] === other[name]) &&
    one.ink.width === other.ink.width && one.ink.pixels.every((ink, i) => ink === other.ink.pixels[i]);
}

const INK_TIMEOUT_MS = 75_000; // a picture has 60 s to arrive

/* The ink that the server at `url` finds in a picture file. */
export async function inkFrom(url, image) {
  const form = new FormData();
  form.append("image", image, image.name || "picture");
  const giveUp = new AbortController();
  const timer = setTimeout(() => giveUp.abort(), INK_TIMEOUT_MS);
  try {
    const response = await fetch(url, { method: "POST", body: form, signal: giveUp.signal });
    const { digits, ...whole } = await response.json();
    return { ...unpacked(whole), digits: digits.map(unpacked) };
  } finally {
    clearTimeout(timer);
  }
}

function unpacked({ width, height, levels }) {
  const pixels = Float64Array.from(atob(levels), (letter) => letter.charCodeAt(0) / 255);
  if (pixels.length !== width * height) throw new Error("The ink is not complete.");
  return { width, height, pixels };
}
