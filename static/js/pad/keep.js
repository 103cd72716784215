/*
 * Owns what outlives a reload, or a phone that throws the page away while its camera is open: the
 * strokes, kept with this tab until it is closed.
 * Must not know what is done with them. A picture is not kept: it lies where it was chosen; the
 * strokes that it came over are.
 */

const NAME = "strokes";

export function keepOverReloads(drawing, { isWanted }) {
  const keep = () => sessionStorage.setItem(NAME, JSON.stringify(drawing.strokesBeneath));
  try {
    const kept = JSON.parse(sessionStorage.getItem(NAME)) ?? [];
    if (isWanted) for (const stroke of kept) drawing.draw(stroke);
    window.addEventListener("pagehide", keep);
    document.addEventListener("visibilitychange", keep); // a phone may say no more than this
  } catch {
    // A browser that keeps nothing for us, as one that refuses cookies; drawing works all the same.
  }
}
