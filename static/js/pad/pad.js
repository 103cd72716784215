/*
 * Owns the way from a mouse, finger or pen to strokes.
 * Must not know what strokes look like, what is done with them, or that a keyboard can draw too.
 */

import { SIDE } from "./drawing.js";

/* Two fingers that come down together, before the first has drawn anything, want to zoom. */
const PINCH_WITHIN_MS = 200;
const PINCH_REACH = 40; // of SIDE

export function attachPad(canvas, drawing) {
  const listening = new AbortController();
  let pointer = null; // the one that draws; every other finger is ignored until it lifts
  let kind = null; // of pointer: mouse, touch or pen
  let start = null; // of its stroke: { place, at_ms }
  const touching = new Set(); // fingers on the pad
  let isPinch = false; // until they have all lifted
  let edition = null; // of the stroke it draws; another edition means that stroke is gone

  /* Measured at every event: the pad may have moved or turned since the last one. */
  function place({ clientX, clientY, pointerType, pressure }) {
    const box = canvas.getBoundingClientRect();
    const point = [(clientX - box.left) / box.width, (clientY - box.top) / box.height];
    return [...point.map((part) => part * SIDE), ...(pointerType === "pen" ? [pressure] : [])];
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
      if (drawing.edition === edition) drawing.undo(); // the hand came down before its pen
    }
    pointer = event.pointerId;
    kind = event.pointerType;
    try {
      canvas.setPointerCapture(pointer);
    } catch {
      // The pointer is gone already; the point it left still counts as a dot.
    }
    start = { place: place(event), at_ms: event.timeStamp };
    drawing.begin(start.place);
    edition = drawing.edition;
  }

  /* Undone, cleared or replaced by an example under the pen: what the pen does then draws nothing. */
  function isDrawing(event) {
    if (event.pointerId !== pointer) return false;
    if (drawing.edition !== edition) pointer = null;
    return pointer !== null;
  }

  function move(event) {
    if (!isDrawing(event)) return;
    // Released where nobody could tell us, or while another button is held: no pointerup.
    if (!(event.buttons & 1)) return lift(event);
    const coalesced = event.getCoalescedEvents?.() ?? [];
    drawing.extend((coalesced.length > 0 ? coalesced : [event]).map(place));
  }

  function up(event) {
    if (!isDrawing(event)) return;
    drawing.extend([place(event)]);
    lift(event);
  }

  /* A cancelled pointer's last place is not to be trusted, the ink before it is. */
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
