/*
 * Owns "How it learned": a slider over moments of one training run, and what the network of that moment
 * makes of the drawing. Must not know how a network was trained.
 */

import { createBars, createPicture, element, ended, labelled, percent } from "./dom.js";
import { inkOf, sheetOf } from "./steps.js";

/* snapshots: the address of their list; empty where there is none, as in a page that is one file. */
export function createLearnedView({ snapshots, labels, noun }) {
  let state = null;
  let run = null; // the list: { batch_size, drawings, validation, snapshots }
  let turn = 0; // what was asked before is not wanted

  const slider = element("input", { type: "range", min: "0", value: "0", step: "1", autocomplete: "off", disabled: "" });
  const picture = createPicture({ class: "pixels large" });
  const bars = createBars(`How sure it was of each ${noun}, of your drawing`, labels);
  const when = element("p");
  const says = element("p", { class: "says", role: "status" });
  const origin = element("p", { class: "hint-line" });
  const root = element("div", { class: "learned-view" },
    element("p", {}, "A network begins with numbers by chance. Move the slider: the same network, earlier and later in its training, reads your drawing."),
    labelled("Moment of the training ", slider),
    when,
    element("div", { class: "beside" }, element("div", {}, picture.canvas), element("div", {}, says, bars.list)),
    origin,
  );

  slider.addEventListener("input", paint);

  async function fetchRun() {
    if (!snapshots) {
      when.textContent = "The network’s earlier moments are files of their own, of 0.3 MB each, and are not here.";
      return;
    }
    try {
      run = await (await fetch(snapshots)).json();
    } catch {
      when.textContent = "The moments could not be fetched. Draw on, and they are tried again.";
      return;
    }
    slider.max = run.snapshots.length - 1;
    slider.disabled = false;
    if (run.drawings === 0)
      origin.textContent = "This run had no drawings from a screen to learn from. So its end can differ from the network that reads here.";
  }

  async function paint() {
    const mine = (turn += 1);
    const { ask, digitImage: image } = state;
    picture.paint(sheetOf(inkOf(image)), "Your drawing, 28 by 28 pixels");
    if (run === null) await fetchRun();
    if (run === null || mine !== turn) return;
    const moment = run.snapshots[Number(slider.value)];
    slider.setAttribute("aria-valuetext", after(moment));
    let probabilities;
    try {
      probabilities = await ask("read", { image, snapshot: new URL(moment.file, snapshots).href });
    } catch {
      if (mine === turn) when.textContent = "This moment could not be fetched. Move the slider to try again.";
      return;
    }
    if (mine !== turn) return;
    const seen = (moment.steps * run.batch_size).toLocaleString("en");
    const [others, right] = [run.validation.toLocaleString("en"), percent(moment.accuracy)];
    when.textContent = `${after(moment)} it had seen ${seen} pictures. Of ${others} others, which it never learned from, it read ${right} right.`;
    bars.show(probabilities);
    says.textContent = `It made of your drawing: ${ended(state.readingOf(probabilities, image).sentence)}`;
  }

  return {
    root,
    show(next) {
      state = next;
      paint();
    },
  };
}

function after({ steps }) {
  return steps === 0 ? "Before the first step" : `After ${steps.toLocaleString("en")} steps`;
}
