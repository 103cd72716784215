/*
 * Owns "How sure is sure?": what the model's card says of readings like this. Every figure is the
 * card's; must not make up any.
 */

import { element, ended } from "./dom.js";

const DRAWINGS = "drawings as strokes";

export function createKnowsView({ how }) {
  const root = element("div", { class: "knows-view" });
  return {
    root,
    show({ reading, card, thresholds }) {
      const figures = card.figures[DRAWINGS];
      const parts = [element("p", { class: "says" }, ended(reading.sentence)), ...standing(reading, figures, thresholds)];
      parts.push(...confusions(figures), ...limits(card));
      if (how) parts.push(element("p", {}, element("a", { href: how }, "How Inkling reads: MNIST, the network and its limits")));
      root.replaceChildren(...parts);
    },
  };
}

/* What being this sure has meant on drawings by people that training never saw. */
function standing({ verdict, confidence }, figures, thresholds) {
  if (figures === undefined || confidence === null) return [];
  const bin = figures.calibration?.find(({ from, to }) => confidence >= from && confidence < to + 1e-9);
  const lines = [];
  if (bin?.count) {
    const right = Math.round((bin.right / bin.count) * 100);
    lines.push(`Of 100 drawings that it is this sure of, ${right} are right (${bin.count.toLocaleString("en")} test drawings).`);
  } else if (verdict === "digit" && figures.answered_right) {
    lines.push(
      `When it names one digit, ${share(figures.answered_right)} of 100 answers are right, on ${figures.count.toLocaleString("en")} drawings by people whose writing it never learned from.`,
    );
  } else {
    lines.push(`It is not sure enough to name one digit: for that it wants ${share(thresholds.digit)} %. It names one for ${share(figures.answered)} of 100 drawings.`);
  }
  if (figures.calibration_error !== undefined)
    lines.push(`What it says and how often it is right differ by ${(figures.calibration_error * 100).toFixed(1)} points on average. A 90 % of its own is nearly a 90 %.`);
  return lines.map((line) => element("p", {}, line));
}

function confusions(figures) {
  const pairs = figures?.confusions;
  if (!pairs?.length) return [];
  const items = pairs.slice(0, 5).map(({ drawn, read, count }) =>
    element("li", {}, `A ${drawn} read as ${read}: ${count} times`));
  return [element("h3", {}, "What it confuses most"), element("ul", {}, ...items)];
}

function limits({ proof }) {
  const rows = Object.entries(proof?.rows?.["not digits"] ?? {})
    .filter(([name]) => name !== "all of these")
    .sort(([, a], [, b]) => b.share - a.share)
    .slice(0, 3)
    .filter(([, { share: passed }]) => passed > 0);
  if (rows.length === 0) return [];
  const items = rows.map(([name, { share: passed, of }]) =>
    element("li", {}, `${name[0].toUpperCase()}${name.slice(1)}: ${share(passed)} of 100 pass as a digit (${of} tried)`));
  return [element("h3", {}, "What fools it"), element("ul", {}, ...items)];
}

/* A share of 100, with a decimal where that matters. */
function share(value) {
  const hundred = value * 100;
  return `${Math.round(hundred * 10) / 10}`;
}
