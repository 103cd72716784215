/*
 * Owns what outlives a reload: the strokes, kept with this tab until it is closed.
 * Must not know what is done with them. A picture is not kept: it lies where it was chosen.
 */

const NAME = "strokes";

export function keepOverReloads(drawing) {
  try {
    for (const stroke of JSON.parse(sessionStorage.getItem(NAME)) ?? []) drawing.draw(stroke);
    window.addEventListener("pagehide", () => {
      sessionStorage.setItem(NAME, JSON.stringify(drawing.strokes));
    });
  } catch {
    // A browser that keeps nothing for us, as one that refuses cookies; drawing works all the same.
  }
}
