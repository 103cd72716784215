/*
 * Owns the drawings that a wall or a teacher's page shows: those that came, changed or went, as tiles.
 * Must not know where they come from, nor what a tap on a tile does.
 */

import { svgOf } from "./ink.js";
import { lookInside } from "./look.js";
import { outcome } from "./words.js";

/* add(drawings) and show(list, isOf): newest first, `most` at most. make(tile, drawing) adds to a tile. */
export function createGallery(list, { most, make = () => {} }) {
  const drawings = new Map();
  const tiles = new Map();

  function add(changed) {
    for (const drawing of changed) {
      const before = drawings.get(drawing.id);
      drawings.set(drawing.id, drawing);
      if (before && JSON.stringify(before) !== JSON.stringify(drawing)) tiles.delete(drawing.id);
    }
  }

  function tileOf(drawing) {
    if (!tiles.has(drawing.id)) {
      const tile = document.createElement("li");
      const { mark, kind, text } = outcome(drawing);
      tile.className = `tile ${kind}`;
      tile.dataset.id = drawing.id;
      const picture = svgOf(drawing.strokes, `A drawing by ${drawing.name}`);
      tile.append(lookInside(drawing, picture) ?? picture);
      const note = document.createElement("p");
      note.className = "note";
      note.textContent = `${mark} ${text}`.trim();
      const by = document.createElement("p");
      by.className = "by";
      by.textContent = drawing.name;
      tile.append(note, by);
      make(tile, drawing);
      tiles.set(drawing.id, tile);
    }
    return tiles.get(drawing.id);
  }

  function show(isOf) {
    const shown = [...drawings.values()].filter(isOf).sort((a, b) => b.sent_s - a.sent_s);
    const wanted = shown.slice(0, most).map(tileOf);
    const isSame = wanted.length === list.children.length && wanted.every((tile, i) => tile === list.children[i]);
    if (!isSame) {
      const { activeElement } = document;
      list.replaceChildren(...wanted);
      if (list.contains(activeElement)) activeElement.focus(); // moving takes it away
    }
    return shown;
  }

  return { add, show, get: (id) => drawings.get(id), all: () => [...drawings.values()] };
}
