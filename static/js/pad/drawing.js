/*
 * Owns what was drawn: strokes or a picture, with undo and redo.
 * Pure: must not know the DOM, the network or pixels. Its unit is SIDE parts of the pad's side,
 * y downwards, so a drawing outlives every resize and rotation. A pen's points have its pressure,
 * 0 to 1, as a third number.
 */

export const SIDE = 1000;

/* Points nearer than this add weight, not shape: 1 is a third of a pixel on a 360 px pad. */
const CLOSEST = 1;

const BLANK = Object.freeze({ strokes: [], image: null });

export class Drawing {
  #past = [];
  #present = BLANK;
  #future = [];
  #open = null;
  #listeners = new Set();

  /* Counts drawings, not points: it stays while a stroke grows and changes with anything else. */
  edition = 0;

  get strokes() {
    return this.#present.strokes;
  }

  get image() {
    return this.#present.image;
  }

  /* The strokes, or those that the picture came over. */
  get strokesBeneath() {
    return [...this.#past, this.#present].reverse().find(({ image }) => image === null).strokes;
  }

  get isBlank() {
    return this.#present.image === null && this.#present.strokes.length === 0;
  }

  get isOpen() {
    return this.#open !== null;
  }

  get canUndo() {
    return this.#past.length > 0;
  }

  get canRedo() {
    return this.#future.length > 0;
  }

  begin(point) {
    this.#open = [tidied(point)];
    this.#become({ strokes: [...this.strokes, this.#open], image: null });
  }

  extend(points) {
    if (this.#open === null) return;
    const before = this.#open.length;
    for (const point of points.map(tidied)) {
      const last = this.#open[this.#open.length - 1];
      if (Math.hypot(point[0] - last[0], point[1] - last[1]) >= CLOSEST) this.#open.push(point);
    }
    if (this.#open.length > before) this.#tell();
  }

  end() {
    if (this.#open === null) return;
    this.#open = null;
    this.#tell();
  }

  /* It was no stroke at all: nothing to undo, nothing to redo. */
  abandon() {
    if (this.#open === null) return;
    this.#open = null;
    this.#present = this.#past.pop();
    this.edition += 1;
    this.#tell();
  }

  /* A whole stroke at once. */
  draw([first, ...rest]) {
    this.begin(first);
    this.extend(rest);
    this.end();
  }

  showImage(image) {
    this.end();
    this.#become({ strokes: [], image });
  }

  /* Of a blank pad too: a picture that is still being opened is not wanted any more. */
  clear() {
    this.end();
    if (!this.isBlank) return this.#become(BLANK);
    this.edition += 1;
    this.#tell();
  }

  undo() {
    this.end();
    if (this.canUndo) this.#travel(this.#past, this.#future);
  }

  redo() {
    this.end();
    if (this.canRedo) this.#travel(this.#future, this.#past);
  }

  subscribe(listener) {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #become(next) {
    this.#past.push(this.#present);
    this.#present = next;
    this.#future = [];
    this.edition += 1;
    this.#tell();
  }

  #travel(from, to) {
    to.push(this.#present);
    this.#present = from.pop();
    this.edition += 1;
    this.#tell();
  }

  #tell() {
    for (const listener of this.#listeners) listener(this);
  }
}

function tidied([x, y, pressure]) {
  const place = [tidy(x), tidy(y)];
  return pressure === undefined ? place : [...place, Math.round(pressure * 100) / 100];
}

/* On the pad, and one decimal: a fortieth of a pixel on a phone, and half the bytes to send. */
function tidy(value) {
  return Math.round(Math.min(SIDE, Math.max(0, value)) * 10) / 10;
}
