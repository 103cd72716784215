/*
 * Owns the kept strokes: they stay with this tab until it is closed. They outlive a reload, and a
 * phone that drops the page while its camera is open. A picture is not kept, but the strokes under
 * it are. So is the width of the pad.
 * Must not know the use of the strokes.
 */

import { SIDE } from "./drawing.js";

const [NAME, WIDTH] = ["strokes", "width"];

export function keepOverReloads(drawing, { isWanted }) {
  const keep = () => {
    sessionStorage.setItem(NAME, JSON.stringify(drawing.strokesBeneath));
    sessionStorage.setItem(WIDTH, drawing.width);
  };
  try {
    const kept = JSON.parse(sessionStorage.getItem(NAME)) ?? [];
    const width = Number(sessionStorage.getItem(WIDTH));
    if (isWanted && width > SIDE) drawing.widen(width);
    if (isWanted) for (const stroke of kept) drawing.draw(stroke);
    window.addEventListener("pagehide", keep);
    document.addEventListener("visibilitychange", keep); // a phone may send no other event
  } catch {
    // No storage, as in a browser that refuses cookies. Drawing works without it.
  }
}
