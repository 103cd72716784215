/*
 * Owns the keyboard pen: arrow keys move it, Space puts it down and lifts it.
 * Must not know about pointers or about how the pen is painted.
 */

import { SIDE } from "./drawing.js";

const STEP = 20;
const BIG_STEP = 80;
const ARROWS = {
  ArrowLeft: [-1, 0],
  ArrowRight: [1, 0],
  ArrowUp: [0, -1],
  ArrowDown: [0, 1],
};

export function attachPen(canvas, drawing, { moved, say }) {
  const listening = new AbortController();
  const held = new Set();
  const pen = { x: SIDE / 2, y: SIDE / 4, isDown: false, isShown: false };
  let edition = null; // of the stroke that this pen draws; another edition means that this stroke is gone

  function keydown(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key in ARROWS) {
      held.add(event.key);
      move(event.shiftKey ? BIG_STEP : STEP);
    } else if (event.key === " " && !event.repeat) {
      isDrawing() ? lift() : putDown();
    } else if (event.key === "Escape" && isDrawing()) {
      lift();
    } else if (event.key !== " ") {
      return;
    }
    event.preventDefault();
  }

  /* Arrows held together go diagonally: a 7 or a 4 needs no staircase. */
  function move(step) {
    for (const key of held) {
      pen.x = Math.min(drawing.width, Math.max(0, pen.x + ARROWS[key][0] * step));
      pen.y = Math.min(SIDE, Math.max(0, pen.y + ARROWS[key][1] * step));
    }
    pen.isShown = true;
    if (isDrawing()) drawing.extend([[pen.x, pen.y]]);
    moved();
    say(`${percent(pen.x / drawing.width)} across, ${percent(pen.y / SIDE)} down`);
  }

  function putDown() {
    drawing.begin([pen.x, pen.y]);
    edition = drawing.edition;
    pen.isDown = true;
    pen.isShown = true;
    moved();
    say("Pen down");
  }

  function lift() {
    if (!isDrawing()) return;
    pen.isDown = false;
    drawing.end();
    moved();
    say("Pen up");
  }

  function isDrawing() {
    pen.isDown = pen.isDown && drawing.isOpen && drawing.edition === edition;
    return pen.isDown;
  }

  function hide() {
    held.clear();
    lift();
    pen.isShown = false;
    moved();
  }

  function focus() {
    pen.isShown = canvas.matches(":focus-visible");
    moved();
  }

  const on = (type, handler) =>
    canvas.addEventListener(type, handler, { signal: listening.signal });
  on("keydown", keydown);
  on("keyup", (event) => held.delete(event.key));
  on("focus", focus);
  on("blur", hide);
  on("pointerdown", () => {
    pen.isShown = false;
  });
  const forget = drawing.subscribe(() => {
    if (pen.isDown && !isDrawing()) say("Pen up"); // undone, cleared, or a pointer draws
  });

  return {
    pen,
    detach() {
      listening.abort();
      forget();
      hide();
    },
  };
}

function percent(share) {
  return `${Math.round(share * 100)}%`;
}
