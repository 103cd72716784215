/*
 * Owns the way from a mouse, finger or pen to strokes.
 * Must not know what strokes look like, what is done with them, or that a keyboard can draw too.
 */

import { SIDE } from "./drawing.js";

export function attachPad(canvas, drawing) {
  const listening = new AbortController();
  let pointer = null; // the one that draws; every other finger is ignored until it lifts
  let kind = null; // of pointer: mouse, touch or pen
  let edition = null; // of the stroke it draws; another edition means that stroke is gone

  /* Measured at every event: the pad may have moved or turned since the last one. */
  function place({ clientX, clientY }) {
    const box = canvas.getBoundingClientRect();
    return [((clientX - box.left) / box.width) * SIDE, ((clientY - box.top) / box.height) * SIDE];
  }

  function down(event) {
    if (event.button !== 0) return;
    if (pointer !== null) {
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
    drawing.begin(place(event));
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

  /* Without this, iOS answers a long press with its magnifying glass, Android with a menu; and
     where text is selected across the pad, Chromium carries that away instead of drawing. */
  function keepStill(event) {
    if (event.cancelable) event.preventDefault();
  }

  const on = (type, handler, options) =>
    canvas.addEventListener(type, handler, { ...options, signal: listening.signal });
  on("pointerdown", down);
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
