/*
 * Owns the way from a mouse, finger or pen to strokes.
 * Must not know the look or the use of strokes, or the keyboard pen.
 */

import { SIDE } from "./drawing.js";

/* Two fingers that come down together, before the first has drawn anything, want to zoom. */
const PINCH_WITHIN_MS = 200;
const PINCH_REACH = 40; // of SIDE

export function attachPad(canvas, drawing) {
  const listening = new AbortController();
  let pointer = null; // the pointer that draws; other fingers are ignored until it lifts
  let kind = null; // of pointer: mouse, touch or pen
  let start = null; // of its stroke: { place, at_ms }
  const touching = new Set(); // fingers on the pad
  let isPinch = false; // until all fingers have lifted
  let edition = null; // of the stroke that it draws; another edition means that this stroke is gone

  /* Measured at every event: the pad may have moved or turned since the last one. */
  function place({ clientX, clientY, pointerType, pressure }) {
    const box = canvas.getBoundingClientRect();
    const x = ((clientX - box.left) / box.width) * drawing.width;
    const y = ((clientY - box.top) / box.height) * SIDE;
    return [x, y, ...(pointerType === "pen" ? [pressure] : [])];
  }

  function beginsPinch(event) {
    if (kind !== "touch" || event.pointerType !== "touch") return false;
    if (drawing.edition !== edition || event.timeStamp - start.at_ms > PINCH_WITHIN_MS) return false;
    const [x, y] = start.place;
    return drawing.strokes.at(-1).every(([px, py]) => Math.hypot(px - x, py - y) < PINCH_REACH);
  }

  function down(event) {
    if (event.button !== 0) return;
    if (event.pointerType === "touch") touching.add(event.pointerId);
    if (isPinch) return;
    if (pointer !== null) {
      if (beginsPinch(event)) {
        isPinch = true;
        pointer = null;
        return drawing.abandon();
      }
      if (kind !== "touch" || event.pointerType !== "pen") return;
      if (drawing.edition === edition) drawing.undo(); // the palm touched the pad before the pen did
    }
    pointer = event.pointerId;
    kind = event.pointerType;
    try {
      canvas.setPointerCapture(pointer);
    } catch {
      // The pointer is gone already. Its point still counts as a dot.
    }
    start = { place: place(event), at_ms: event.timeStamp };
    drawing.begin(start.place);
    edition = drawing.edition;
  }

  /* If the stroke was undone, cleared or replaced under the pen, the pen's moves draw nothing. */
  function isDrawing(event) {
    if (event.pointerId !== pointer) return false;
    if (drawing.edition !== edition) pointer = null;
    return pointer !== null;
  }

  function move(event) {
    if (!isDrawing(event)) return;
    // Released outside the window, or while another button is held: there was no pointerup.
    if (!(event.buttons & 1)) return lift(event);
    const coalesced = event.getCoalescedEvents?.() ?? [];
    drawing.extend((coalesced.length > 0 ? coalesced : [event]).map(place));
  }

  function up(event) {
    if (!isDrawing(event)) return;
    drawing.extend([place(event)]);
    lift(event);
  }

  /* Keep the ink of a cancelled pointer, but not its last place, which may be wrong. */
  function lift(event) {
    if (!isDrawing(event)) return;
    pointer = null;
    drawing.end();
  }

  function leave(event) {
    touching.delete(event.pointerId);
    if (touching.size === 0) isPinch = false;
  }

  /* Without this, iOS answers a long press with its magnifying glass, Android with a menu; and
     where text is selected across the pad, Chromium carries that away instead of drawing. */
  function keepStill(event) {
    if (event.cancelable) event.preventDefault();
  }

  const on = (type, handler, options) =>
    canvas.addEventListener(type, handler, { ...options, signal: listening.signal });
  on("pointerdown", down);
  for (const type of ["pointerup", "pointercancel"]) on(type, leave);
  on("pointermove", move);
  on("pointerup", up);
  on("pointercancel", lift);
  on("lostpointercapture", lift);
  on("touchstart", keepStill, { passive: false });
  on("contextmenu", keepStill);
  on("dragstart", keepStill);

  return function detach() {
    listening.abort();
    if (pointer !== null) drawing.end();
    pointer = null;
  };
}
