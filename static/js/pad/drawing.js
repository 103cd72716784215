/*
 * Owns the drawing: strokes or a picture, with undo and redo.
 * Pure: must not know the DOM, the network or pixels. The pad is SIDE units high, and as wide or WIDE
 * units, y downwards, so a drawing outlives every resize and rotation. A pen's points have its pressure, 0 to
 * 1, as a third number.
 */

export const SIDE = 1000;
export const WIDE = 2000; // for a long number

/* Points nearer than this add weight, not shape: 1 is a third of a pixel on a 360 px pad. */
const CLOSEST = 1;

const BLANK = Object.freeze({ strokes: [], image: null, width: SIDE });

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

  get width() {
    return this.#present.width;
  }

  /* The strokes, also when a picture lies over them. */
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
    this.#open = [this.#tidied(point)];
    this.#become({ strokes: [...this.strokes, this.#open], image: null });
  }

  extend(points) {
    if (this.#open === null) return;
    const before = this.#open.length;
    for (const point of points.map((point) => this.#tidied(point))) {
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

  /* Drop a stroke that was none: there is nothing to undo or redo. */
  abandon() {
    if (this.#open === null) return;
    this.#open = null;
    this.#present = this.#past.pop();
    this.edition += 1;
    this.#tell();
  }

  /* Add a whole stroke at once. */
  draw([first, ...rest]) {
    this.begin(first);
    this.extend(rest);
    this.end();
  }

  showImage(image) {
    this.end();
    this.#become({ strokes: [], image });
  }

  /* A pad that becomes too narrow for its ink has the ink smaller. */
  widen(width) {
    this.end();
    const scale = width / Math.max(width, ...this.strokes.flat().map(([x]) => x));
    const strokes = scale === 1 ? this.strokes : this.strokes.map((stroke) =>
      stroke.map(([x, y, ...pressure]) => [x * scale, (y - SIDE / 2) * scale + SIDE / 2, ...pressure]),
    );
    this.#become({ strokes, image: this.image, width });
  }

  /* On a blank pad too: it also drops a picture that is still being opened. */
  clear() {
    this.end();
    if (!this.isBlank) return this.#become({ ...BLANK, width: this.width });
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
    this.#present = { ...this.#present, ...next };
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

  #tidied([x, y, pressure]) {
    const place = [tidy(x, this.width), tidy(y, SIDE)];
    return pressure === undefined ? place : [...place, Math.round(pressure * 100) / 100];
  }
}

/* Inside the pad, with one decimal: a fortieth of a pixel on a phone, and half the bytes to send. */
function tidy(value, most) {
  return Math.round(Math.min(most, Math.max(0, value)) * 10) / 10;
}
