/*
 * Owns the answer on the page: the big digit, the sentence, the bars and the digit image.
 * Must not know where a reading comes from. Shows the reader's sentence and writes none itself.
 */

import { createBars } from "./bars.js";
import { createDigits } from "./digits.js";

const DIM_AFTER_MS = 300; // a quicker answer never makes the old one flicker
const VERDICT_AFTER_MS = 600; // with the pen up, because a 4 and a 5 take two strokes

/* labels: of the classes. onChosen(): a person chose a digit of the number. */
export function createAnswer(root, announce, { labels, onChosen }) {
  const part = (name) => root.querySelector(`[data-part=${name}]`);
  const [digit, runnerUp, sentence, image] =
    ["digit", "runner-up", "sentence", "digit-image"].map(part);
  const showBars = createBars(part("bars"), labels);
  const showDigits = createDigits(part("number"), {
    onChosen(index) {
      picked = index;
      choose(index);
      onChosen();
    },
  });
  const { blankSentence, waitingSentence, drawingSentence } = root.dataset;
  let said = sentence.textContent;
  let unsettled = null; // a reading that is no digit, of a drawing that may not be finished
  let dimming = null;
  let settling = null;
  let number = null; // its reading
  let chosen = null; // the place of a digit in it
  let picked = null; // … that a person chose: it stays chosen when the same number is read again

  function present(state, text, { reading = null, isFinal = true } = {}) {
    settle();
    // Remove the server's answer from the page's title, and its alert.
    document.title = root.dataset.title;
    sentence.removeAttribute("role");
    part("each")?.remove(); // of the plain form
    if (number?.number !== reading?.number) picked = null;
    number = reading?.number ? reading : null;
    root.dataset.verdict = number ? "number" : state;
    digit.textContent = reading?.label ?? "";
    runnerUp.textContent = reading?.runner_up?.label ?? "";
    said = text;
    sentence.replaceChildren(...typeset(text, labels));
    if (number) {
      choose(picked ?? (number.verdict === "number" ? number.digits.length - 1 : leastSure(number.digits)));
    } else {
      chosen = null;
      showDigits([]);
      showOne(reading);
    }
    if (isFinal) announce(text);
  }

  function choose(index) {
    chosen = index;
    showDigits(number.digits, index);
    showOne(number.digits[index]);
  }

  function showOne(reading) {
    image.src = reading?.digit_image ?? image.dataset.blank;
    showBars(reading);
  }

  function settle() {
    clearTimeout(dimming);
    clearTimeout(settling);
    dimming = settling = unsettled = null;
    root.removeAttribute("aria-busy");
  }

  function settleSoon() {
    clearTimeout(settling);
    settling = setTimeout(() => present(...unsettled), VERDICT_AFTER_MS);
  }

  return {
    /* The reading of the chosen digit of a number, with its place in it; null if there is no number. */
    get chosen() {
      return number && { ...number.digits[chosen], place: chosen };
    },
    /* isDrawn: by a pen, so there may be more to come. isPenDown: there is. */
    show(reading, { isFinal, isDrawn = false, isPenDown = false } = {}) {
      const shown = [reading.verdict, reading.sentence, { reading, isFinal }];
      if (reading.verdict !== "not_a_digit" || !isDrawn) return present(...shown);
      present("drawing", drawingSentence, { reading, isFinal: false });
      unsettled = shown;
      if (!isPenDown) settleSoon();
    },
    penIs(down) {
      if (!down && unsettled !== null) return settleSoon();
      clearTimeout(settling);
      if (down && root.dataset.verdict === "not_a_digit") {
        root.dataset.verdict = "drawing";
        sentence.textContent = drawingSentence;
      }
    },
    /* Show only bars: for the ghost's ink, which no person drew. */
    preview: showBars,
    trouble: (text) => present("trouble", text),
    reset: () => present("blank", blankSentence),
    rest() {
      settle();
      sentence.replaceChildren(...typeset(said, labels));
      announce(said);
    },
    wait() {
      announce.hush(); // the waiting announcement is of the drawing before
      dimming ??= setTimeout(() => {
        root.setAttribute("aria-busy", "true");
        if (root.dataset.verdict !== "blank") return;
        sentence.textContent = waitingSentence; // there is a drawing, of anything
        announce(waitingSentence);
      }, DIM_AFTER_MS);
    },
  };
}

function leastSure(digits) {
  const shares = digits.map(({ confidence }) => confidence);
  return shares.indexOf(Math.min(...shares));
}

/* What stands beside the sentence in large type is spared eyes there; "99% sure" stays on one line.
   The same as in templates/predict/parts/answer.html. */
function typeset(sentence, labels) {
  const [, lead, rest] = /^(.{1,2}, |\d+, )(.*)$/su.exec(sentence) ?? [];
  const isLabel = lead && (/^\d+, $/.test(lead) || labels.includes(lead.slice(0, -2)));
  if (!isLabel || labels.some((label) => [...label].length > 2)) return [sentence];
  const spared = document.createElement("span");
  spared.className = "unseen";
  spared.textContent = lead;
  return [spared, rest.replace("% ", "%\u00a0")];
}
