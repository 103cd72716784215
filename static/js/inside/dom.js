/*
 * Owns how elements, pictures and bars of Look inside are made. Must not know what they show.
 */

import { barsOf } from "../reading/classes.js";
import { DIGIT_IMAGE_PX as SIDE } from "../reading/framing.js";

export function element(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/* A labelled control: the label's text, then the control. */
export function labelled(text, control) {
  return element("label", {}, element("span", {}, text), control);
}

export function choice(options) {
  return element("select", {}, ...options.map(([value, text]) => element("option", { value }, text)));
}

/* A picture with its sentence for those who cannot see it. */
export function createPicture(attributes = {}) {
  const canvas = element("canvas", { role: "img", "aria-label": "Not drawn yet", class: "pixels", ...attributes });
  const context = canvas.getContext("2d");

  return {
    canvas,
    context,
    /* Black paper of this size, in pixels of the canvas. */
    clear(width, height, sentence) {
      if (canvas.width !== width) canvas.width = width;
      if (canvas.height !== height) canvas.height = height;
      context.fillStyle = "#000";
      context.fillRect(0, 0, width, height);
      canvas.setAttribute("aria-label", sentence);
    },
    /* Ink at its place on black paper, white; what is below zero is red. */
    paint({ ink, left, top, width, height }, sentence) {
      this.clear(width, height, sentence);
      const image = context.createImageData(ink.width, ink.height);
      const { data } = image;
      for (let i = 0, to = 0; i < ink.pixels.length; i++, to += 4) {
        const level = 255 * ink.pixels[i];
        data[to] = level < 0 ? -level : level;
        data[to + 1] = data[to + 2] = level < 0 ? -level * 0.27 : level;
        data[to + 3] = 255;
      }
      context.putImageData(image, left, top);
    },
  };
}

/* A bar for each label, or for the ten likeliest; show(probabilities) fills them. */
export function createBars(title, labels) {
  const rows = barsOf(labels).map((place) => {
    const label = labels[place];
    const [name, bar, share] = [element("span", {}, label), element("i", { "aria-hidden": "true" }), element("b", {}, "–")];
    return { name, bar, share, row: element("li", {}, name, bar, share) };
  });
  const list = element("ol", { class: "ten", "aria-label": title }, ...rows.map(({ row }) => row));
  const areMany = labels.length > rows.length;
  list.style.setProperty("--name", `${Math.max(...labels.map((label) => label.length))}ch`);

  return {
    list,
    show(probabilities) {
      const most = probabilities ? Math.max(...probabilities) : null;
      const places = barsOf(labels, probabilities);
      rows.forEach(({ name, bar, share, row }, i) => {
        const value = probabilities?.[places[i]] ?? 0;
        if (areMany) name.textContent = labels[places[i]];
        row.classList.toggle("top", probabilities !== null && value === most);
        bar.style.setProperty("--share", value.toFixed(3));
        share.textContent = probabilities ? percent(value) : "–";
      });
    },
  };
}

export function percent(share) {
  if (share < 0.005) return "<1%";
  if (share >= 0.995) return ">99%";
  return `${Math.round(share * 100)}%`;
}

/* A sentence with its full stop. */
export function ended(sentence) {
  return /[.?!]$/.test(sentence) ? sentence : `${sentence}.`;
}

const ROWS = ["top", "middle", "bottom"];
const COLUMNS = ["left", "middle", "right"];

/* Where a pixel is, in words. */
export function placeInWords(x, y) {
  const [row, column] = [ROWS[Math.floor((y * 3) / SIDE)], COLUMNS[Math.floor((x * 3) / SIDE)]];
  if (row === column) return "in the middle";
  if (row === "middle") return `on the ${column}`;
  return column === "middle" ? `at the ${row}` : `at the ${row} ${column}`;
}
