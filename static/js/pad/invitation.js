/*
 * Owns the invitation: on a page that nobody touches, a ghost pen draws a digit or two.
 * Must not know how its ink looks. Whoever touches the page ends it for good.
 */

import { Drawing } from "./drawing.js";
import { createReplay } from "./replay.js";

const AFTER_MS = 4_000; // of nobody doing anything
const STAY_MS = 2_000;
const TIMES = 3;

/* examples(): a promise of drawings. onInk(strokes): what the ghost has drawn by now; [] when it is gone. */
export function createInvitation({ isWelcome, examples, onInk }) {
  const drawing = new Drawing();
  const replay = createReplay(drawing, { isStill: () => false });
  let timer = setTimeout(start, AFTER_MS);
  let turn = 0;
  let isOn = false;

  drawing.subscribe(() => isOn && onInk(drawing.strokes));

  async function start() {
    const all = await examples().catch(() => []);
    if (timer === null || all.length === 0) return;
    if (!isWelcome()) {
      timer = setTimeout(start, AFTER_MS);
      return;
    }
    isOn = true;
    const example = all[(turn * 3 + 1) % all.length];
    replay(example);
    timer = setTimeout(rest, example.strokes.at(-1).at(-1)[2] + STAY_MS);
  }

  function rest() {
    turn += 1;
    vanish();
    if (turn < TIMES) timer = setTimeout(start, AFTER_MS);
  }

  function vanish() {
    if (!isOn) return;
    drawing.clear();
    isOn = false;
  }

  return {
    get isOn() {
      return isOn;
    },
    end() {
      clearTimeout(timer);
      timer = null;
      vanish();
    },
  };
}
