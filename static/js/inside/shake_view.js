/*
 * Owns "Shake it": sliders that spoil the picture, how sure the network stays along each, and where it
 * breaks. Must not know how a picture is spoilt.
 */

import { withArticle } from "../reading/classes.js";
import { createBars, createPicture, element, ended, labelled } from "./dom.js";
import { SHAKES } from "./shake.js";
import { inkOf, sheetOf } from "./steps.js";

const [WIDTH, HEIGHT] = [240, 64];
const REST_MS = 150;

export function createShakeView({ labels, noun }) {
  let state = null;
  let turn = 0;
  const amounts = Object.fromEntries(SHAKES.map(({ name, usual }) => [name, usual]));
  const picture = createPicture({ class: "pixels large" });
  const bars = createBars(`How sure it is of each ${noun}, of the shaken picture`, labels);
  const says = element("p", { class: "says", role: "status" });
  const again = element("input", { type: "checkbox", autocomplete: "off" });
  const reset = element("button", { type: "button" }, "All back");
  const shakes = SHAKES.map((shake) => {
    const { from, to, step, usual, title } = shake;
    const slider = element("input", { type: "range", min: from, max: to, step, autocomplete: "off" });
    slider.value = usual;
    const curve = element("canvas", { class: "curve", role: "img", "aria-label": title });
    [curve.width, curve.height] = [WIDTH, HEIGHT];
    const story = element("p");
    slider.addEventListener("input", () => {
      amounts[shake.name] = Number(slider.value);
      paint();
    });
    return { shake, slider, curve, story, root: element("div", {}, labelled(title, slider), curve, story) };
  });
  const root = element("div", { class: "shake-view" },
    element("p", {}, `How much can your ${noun} bear? Each curve says how sure it stays while one slider moves.`),
    element("div", { class: "beside" },
      element("div", {}, picture.canvas,
        element("label", {}, again, "Frame it again before it is read"),
        element("p", { class: "hint-line" }, "Framing puts size, place and thickness right again: with it, those curves stay flat.")),
      element("div", {}, says, bars.list, element("div", { class: "row" }, reset)),
    ),
    element("div", { class: "shakes" }, ...shakes.map((one) => one.root)),
  );

  again.addEventListener("change", paint);
  reset.addEventListener("click", () => {
    for (const { shake, slider } of shakes) slider.value = amounts[shake.name] = shake.usual;
    again.checked = false;
    paint();
  });

  /* The shaken picture at once; the curves when nothing moved for a moment. */
  async function paint() {
    if (state === null) return;
    const mine = (turn += 1);
    const { ask, digitImage, reading } = state;
    const given = { image: digitImage, amounts, isFramedAgain: again.checked };
    const { image, probabilities } = await ask("shaken", given);
    if (mine !== turn) return;
    picture.paint(sheetOf(inkOf(image)), "The shaken picture, 28 by 28 pixels");
    bars.show(probabilities);
    says.textContent = ended(state.readingOf(probabilities, image).sentence);
    for (const { shake, slider } of shakes)
      slider.setAttribute("aria-valuetext", `${amounts[shake.name]}${shake.unit}`);
    await new Promise((next) => setTimeout(next, REST_MS));
    if (reading.probabilities === null) return;
    for (const one of shakes) {
      if (mine !== turn) return;
      const points = await ask("along", { ...given, name: one.shake.name });
      if (mine === turn && points) drawCurve(one, points.map(pointOf));
    }
  }

  /* How sure it is of the digit of the drawing. */
  function pointOf({ amount, probabilities }) {
    const place = state.reading.probabilities.indexOf(Math.max(...state.reading.probabilities));
    const share = probabilities[place];
    return { amount, share, isRight: share === Math.max(...probabilities) };
  }

  function drawCurve({ shake, curve, story }, points) {
    const context = curve.getContext("2d");
    const style = getComputedStyle(curve);
    const { from, to, unit, usual, title } = shake;
    const x = (amount) => 4 + ((amount - from) / (to - from)) * (WIDTH - 8);
    const y = (share) => 4 + (1 - share) * (HEIGHT - 8);
    context.clearRect(0, 0, WIDTH, HEIGHT);
    context.strokeStyle = style.getPropertyValue("--quiet");
    context.lineWidth = 1;
    context.beginPath();
    context.moveTo(x(amounts[shake.name]), 0);
    context.lineTo(x(amounts[shake.name]), HEIGHT);
    context.stroke();
    context.strokeStyle = style.color;
    context.lineWidth = 3;
    context.lineJoin = "round";
    context.beginPath();
    points.forEach(({ amount, share }) => context.lineTo(x(amount), y(share)));
    context.stroke();
    const text = breaking(points, usual, unit, withArticle(state.reading.label, state.words));
    story.textContent = text;
    curve.setAttribute("aria-label", `${title}: ${text}`);
  }

  return {
    root,
    show(next) {
      state = next;
      paint();
    },
  };
}

/* Where the digit is lost, on either side of the usual amount. */
function breaking(points, usual, unit, digit) {
  const isLost = ({ isRight }) => !isRight;
  const below = points.filter(({ amount }) => amount < usual).reverse().find(isLost);
  const above = points.filter(({ amount }) => amount >= usual).find(isLost);
  const at = [below, above].filter(Boolean).map(({ amount }) => `${amount}${unit}`.replace("-", "−"));
  return at.length === 0 ? `It stays ${digit} all along.` : `No longer ${digit} at ${at.join(" and ")}.`;
}
