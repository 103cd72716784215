/*
 * Owns the kept strokes: they stay with this tab until it is closed. They outlive a reload, and a
 * phone that drops the page while its camera is open. A picture is not kept, but the strokes under
 * it are.
 * Must not know the use of the strokes.
 */

const NAME = "strokes";

export function keepOverReloads(drawing, { isWanted }) {
  const keep = () => sessionStorage.setItem(NAME, JSON.stringify(drawing.strokesBeneath));
  try {
    const kept = JSON.parse(sessionStorage.getItem(NAME)) ?? [];
    if (isWanted) for (const stroke of kept) drawing.draw(stroke);
    window.addEventListener("pagehide", keep);
    document.addEventListener("visibilitychange", keep); // a phone may send no other event
  } catch {
    // No storage, as in a browser that refuses cookies. Drawing works without it.
  }
}
