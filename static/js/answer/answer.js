/*
 * Owns the answer on the page: the big digit, the sentence, the bars and the digit image.
 * Must not know where a reading comes from; shows the server's sentence and words none itself.
 */

import { createBars } from "./bars.js";

const DIM_AFTER_MS = 300; // a quicker answer never makes the old one flicker

export function createAnswer(root, announce) {
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const [digit, runnerUp, sentence, image] =
    ["digit", "runner-up", "sentence", "digit-image"].map(part);
  const showBars = createBars(part("bars"));
  const { blankSentence, waitingSentence } = root.dataset;
  let said = sentence.textContent;
  let dimming = null;

  function present(state, text, { reading = null, isFinal = true } = {}) {
    settle();
    // What the server rendered is over: it was the page's title, and an alert.
    document.title = root.dataset.title;
    sentence.removeAttribute("role");
    root.dataset.verdict = state;
    digit.textContent = reading?.digit ?? "";
    runnerUp.textContent = reading?.runner_up?.digit ?? "";
    sentence.textContent = said = text;
    image.src = reading?.digit_image ?? image.dataset.blank;
    showBars(reading);
    if (isFinal) announce(text);
  }

  function settle() {
    clearTimeout(dimming);
    dimming = null;
    root.removeAttribute("aria-busy");
  }

  return {
    show: (reading, { isFinal } = {}) =>
      present(reading.verdict, reading.sentence, { reading, isFinal }),
    trouble: (text) => present("trouble", text),
    reset: () => present("blank", blankSentence),
    rest() {
      settle();
      sentence.textContent = said;
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
