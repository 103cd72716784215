/*
 * Owns "How it became 28×28": the steps of framing as pictures, each with a switch, and what is read
 * without those that are off. Must not know how a step works.
 */

import { createBars, createPicture, element, ended } from "./dom.js";
import { STEPS } from "./steps.js";

const TEXTS = {
  ink: ["Your drawing", "The ink on the pad, as it came."],
  specks: ["Stray dots go", "A dot far from the drawing would pull the picture off its middle."],
  crop: ["Cropped", "Only the part with ink is kept, so it no longer matters where you drew."],
  thickness: ["MNIST’s thickness", "Lines become as thick as the pens were that the network learned from."],
  fit: ["Fitted in 20 × 20", "Shrunk until its longer side is 20 pixels, with room around it."],
  centre: ["Balanced", "Moved until its ink is in balance around the middle, as in every MNIST picture."],
};

export function createStepsView({ labels, noun }) {
  const off = new Set();
  let state = null;
  let turn = 0; // what was asked before is not wanted
  const figures = Object.entries(TEXTS).map(([name, [title, text]], index) => {
    const picture = createPicture();
    const caption = element("figcaption", {}, element("strong", {}, `${index + 1}. ${title}`), ` ${text}`);
    const figure = element("figure", { "data-step": name }, picture.canvas, caption);
    if (STEPS.includes(name)) {
      const box = element("input", { type: "checkbox", autocomplete: "off" });
      box.checked = true;
      box.addEventListener("change", () => {
        if (box.checked) off.delete(name);
        else off.add(name);
        figure.classList.toggle("off", !box.checked);
        paint();
      });
      figure.append(element("label", {}, box, "Do this step", element("span", { class: "unseen" }, `: ${title}`)));
    }
    return { name, title, picture, figure };
  });
  const bars = createBars(`How sure it is of each ${noun}, after the steps that are on`, labels);
  const says = element("p", { class: "says", role: "status" });
  const root = element("div", { class: "steps-view" },
    element("p", {}, "The network only ever sees 28 × 28 pixels. Switch a step off and watch the answer."),
    element("div", { class: "strip" }, ...figures.map(({ figure }) => figure)),
    element("div", { class: "result" }, says, bars.list),
  );

  async function paint() {
    if (state === null) return;
    const mine = (turn += 1);
    const found = off.size === 0 ? state : await state.ask("framed", { ...state.inked, off: [...off] });
    if (mine !== turn) return;
    for (const { name, title, picture } of figures) {
      const { width, height } = found.pictures[name];
      const skipped = off.has(name) ? ", left out" : "";
      picture.paint(found.pictures[name], `${title}${skipped}: ${width} by ${height} pixels`);
    }
    const reading = off.size === 0 ? state.reading : state.readingOf(found.probabilities, found.digitImage);
    bars.show(reading.probabilities);
    const left = off.size === 1 ? "without that step" : `without those ${off.size} steps`;
    says.textContent = off.size === 0
      ? `With every step it says: ${ended(reading.sentence)}`
      : `It says ${left}: ${ended(reading.sentence)} With every step: ${ended(state.reading.sentence)}`;
  }

  return {
    root,
    show(next) {
      state = next;
      paint();
    },
  };
}
