/*
 * Owns the answer on the page: the big digit, the sentence, the bars and the digit image.
 * Must not know where a reading comes from; shows the reader's sentence and words none itself.
 */

import { createBars } from "./bars.js";

const DIM_AFTER_MS = 300; // a quicker answer never makes the old one flicker
const JUDGE_AFTER_MS = 600; // of the pen up: a 4 and a 5 take two strokes

export function createAnswer(root, announce) {
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const [digit, runnerUp, sentence, image] =
    ["digit", "runner-up", "sentence", "digit-image"].map(part);
  const showBars = createBars(part("bars"));
  const { blankSentence, waitingSentence, drawingSentence } = root.dataset;
  let said = sentence.textContent;
  let unjudged = null; // a reading that is no digit, of a drawing that may not be finished
  let dimming = null;
  let judging = null;

  function present(state, text, { reading = null, isFinal = true } = {}) {
    settle();
    // What the server rendered is over: it was the page's title, and an alert.
    document.title = root.dataset.title;
    sentence.removeAttribute("role");
    root.dataset.verdict = state;
    digit.textContent = reading?.digit ?? "";
    runnerUp.textContent = reading?.runner_up?.digit ?? "";
    said = text;
    sentence.replaceChildren(...typeset(text));
    image.src = reading?.digit_image ?? image.dataset.blank;
    showBars(reading);
    if (isFinal) announce(text);
  }

  function settle() {
    clearTimeout(dimming);
    clearTimeout(judging);
    dimming = judging = unjudged = null;
    root.removeAttribute("aria-busy");
  }

  function judgeSoon() {
    clearTimeout(judging);
    judging = setTimeout(() => present(...unjudged), JUDGE_AFTER_MS);
  }

  return {
    /* isDrawn: by a pen, so there may be more to come. isPenDown: there is. */
    show(reading, { isFinal, isDrawn = false, isPenDown = false } = {}) {
      const shown = [reading.verdict, reading.sentence, { reading, isFinal }];
      if (reading.verdict !== "not_a_digit" || !isDrawn) return present(...shown);
      present("drawing", drawingSentence, { reading, isFinal: false });
      unjudged = shown;
      if (!isPenDown) judgeSoon();
    },
    penIs(down) {
      if (!down && unjudged !== null) return judgeSoon();
      clearTimeout(judging);
      if (down && root.dataset.verdict === "not_a_digit") {
        root.dataset.verdict = "drawing";
        sentence.textContent = drawingSentence;
      }
    },
    /* The bars alone, of ink that nobody drew. */
    preview: showBars,
    trouble: (text) => present("trouble", text),
    reset: () => present("blank", blankSentence),
    rest() {
      settle();
      sentence.replaceChildren(...typeset(said));
      announce(said);
    },
    wait() {
      announce.hush(); // what was to be said is of what was drawn before
      dimming ??= setTimeout(() => {
        root.setAttribute("aria-busy", "true");
        if (root.dataset.verdict !== "blank") return;
        sentence.textContent = waitingSentence; // something is drawn, whatever it is
        announce(waitingSentence);
      }, DIM_AFTER_MS);
    },
  };
}

/* The digit stands beside the sentence in large type, so eyes are spared it there; "99% sure" stays
   on one line. The same as in templates/predict/parts/answer.html. */
function typeset(sentence) {
  const [, lead, rest] = /^(\d, )(.*)$/s.exec(sentence) ?? [];
  if (!lead) return [sentence];
  const spared = document.createElement("span");
  spared.className = "unseen";
  spared.textContent = lead;
  return [spared, rest.replace("% ", "%\u00a0")];
}
