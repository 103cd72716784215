/*
 * Owns "How it learned": a slider over moments of one training run, and what the network of that moment
 * makes of the drawing. Must not know how a network was trained.
 */

import { networkFrom } from "../reading/network.js";
import { createBars, createPicture, element, ended, labelled, percent } from "./dom.js";
import { inkOf } from "./steps.js";

/* snapshots: the address of their list; empty where there is none, as in a page that is one file. */
export function createLearnedView({ snapshots, labels, noun }) {
  let state = null;
  let run = null; // the list: { batch_size, validation, snapshots }
  let moment = null; // what is shown: { steps, accuracy, network }
  let wanted = null;
  const networks = new Map(); // promises, by the name of the file

  const slider = element("input", { type: "range", min: "0", value: "0", step: "1", autocomplete: "off", disabled: "" });
  const picture = createPicture({ class: "pixels large" });
  const bars = createBars(`How sure it was of each ${noun}, of your drawing`, labels);
  const when = element("p");
  const says = element("p", { class: "says", role: "status" });
  const root = element("div", { class: "learned-view" },
    element("p", {}, "A network begins with numbers by chance. Move the slider: the same network, earlier and later in its training, reads your drawing."),
    labelled("Moment of the training ", slider),
    when,
    element("div", { class: "beside" }, element("div", {}, picture.canvas), element("div", {}, says, bars.list)),
  );

  slider.addEventListener("input", () => goTo(run.snapshots[Number(slider.value)]));

  async function begin() {
    if (!snapshots) {
      when.textContent = "The network’s earlier moments are files of their own, of 0.3 MB each, and are not here.";
      return;
    }
    try {
      run ??= await (await fetched(snapshots)).json();
    } catch {
      when.textContent = "The moments could not be fetched. Open this view again in a moment.";
      return;
    }
    slider.max = run.snapshots.length - 1;
    slider.disabled = false;
    goTo(run.snapshots[Number(slider.value)]);
  }

  async function goTo(one) {
    wanted = one;
    slider.setAttribute("aria-valuetext", after(one));
    if (!networks.has(one.file)) {
      when.textContent = `${after(one)}: fetching …`;
      networks.set(one.file, networkOf(one.file));
    }
    try {
      const network = await networks.get(one.file);
      if (wanted === one) moment = { ...one, network };
    } catch {
      networks.delete(one.file);
      if (wanted === one) when.textContent = "This moment could not be fetched. Move the slider to try again.";
      return;
    }
    if (wanted === one) paint();
  }

  async function networkOf(file) {
    return networkFrom(await (await fetched(new URL(file, snapshots))).arrayBuffer());
  }

  function paint() {
    picture.paint(inkOf(state.digitImage), "Your drawing, 28 by 28 pixels");
    if (moment === null) return;
    const reading = state.read(state.digitImage, moment.network);
    const seen = (moment.steps * run.batch_size).toLocaleString("en");
    when.textContent = `${after(moment)}, with ${seen} digits seen, it read ${percent(moment.accuracy)} of ${run.validation.toLocaleString("en")} other digits right. Those it never learned from.`;
    bars.show(reading.probabilities);
    says.textContent = `It made of your drawing: ${ended(reading.sentence)}`;
  }

  return {
    root,
    show(next) {
      state = next;
      paint();
      if (moment === null) begin();
    },
  };
}

function after({ steps }) {
  return steps === 0 ? "Before the first step" : `After ${steps.toLocaleString("en")} steps`;
}

async function fetched(url) {
  const response = await fetch(url);
  if (!response.ok) throw new Error(`${response.url}: ${response.status}`);
  return response;
}
