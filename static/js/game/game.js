/*
 * Owns a round of "0 to 9 in 30 seconds": which digit is next, when it counts as drawn, when it is over.
 * Must not know how a drawing is read or painted. Fetched when somebody plays.
 */

import { createCard } from "./card.js";
import { createHud } from "./hud.js";

const ROUND_MS = 30_000;
const SETTLE_MS = 400; // a 5 and a 7 may have one more stroke to come
const WIPE_MS = 1_500; // then the pad is cleared for another try

export function createGame({ drawing, answer, button, announce, focus }) {
  const hud = createHud(answer);
  const showCard = createCard({ again: start });
  const buttonText = button.textContent;
  let round = null; // { target, drawn, start_ms, ticking }
  let latest = null; // the newest reading of what is on the pad, with its strokes
  let settling = null;

  function start() {
    latest = null;
    round = { target: 0, drawn: [], start_ms: performance.now(), ticking: setInterval(tick, 100) };
    button.textContent = "Stop";
    drawing.clear();
    focus();
    ask();
  }

  function stop() {
    clearInterval(round?.ticking);
    clearTimeout(settling);
    round = null;
    hud.hide();
    button.textContent = buttonText;
  }

  function ask() {
    announce(`Draw ${round.target}`);
    tick();
  }

  function tick() {
    const left_ms = ROUND_MS - (performance.now() - round.start_ms);
    hud.show({ target: round.target, left_s: Math.max(0, Math.ceil(left_ms / 1000)) });
    if (left_ms <= 0) finish();
  }

  function finish() {
    const { drawn, start_ms } = round;
    const took_s = Math.min(ROUND_MS, performance.now() - start_ms) / 1000;
    if (drawn.length < 10 && latest !== null) drawn.push({ ...latest, isMissed: true });
    stop();
    drawing.clear();
    showCard({ drawn, took_s });
  }

  /* The pen is up, and what is there has been read. */
  function settle() {
    clearTimeout(settling);
    if (round === null || latest === null || drawing.isOpen || drawing.isBlank) return;
    const isRight = latest.verdict === "digit" && latest.digit === round.target;
    settling = setTimeout(isRight ? take : wipe, isRight ? SETTLE_MS : WIPE_MS);
  }

  function take() {
    round.drawn.push(latest);
    latest = null;
    round.target += 1;
    if (round.target === 10) return finish();
    drawing.clear();
    ask();
  }

  function wipe() {
    drawing.clear();
  }

  drawing.subscribe(settle);
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && round !== null && !event.defaultPrevented) stop();
  });

  return {
    get isOn() {
      return round !== null;
    },
    toggle: () => (round === null ? start() : stop()),
    hear({ digit, verdict }, strokes) {
      if (round === null) return;
      latest = { digit, verdict, strokes };
      settle();
    },
  };
}
