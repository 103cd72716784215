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
      const habits = card.proof?.habits; // cards of older models have none
      root.replaceChildren(
        element("p", { class: "says" }, ended(reading.sentence)),
        ...standing(reading, figures, habits, thresholds),
        ...confusions(habits),
        ...limits(card),
        ...(how ? [element("p", {}, element("a", { href: how }, "How Inkling reads: MNIST, the network and its limits"))] : []),
      );
    },
  };
}

/* What being this sure has meant on drawings by people that training never saw. */
function standing({ verdict, confidence }, figures, habits, thresholds) {
  if (figures === undefined || confidence === null) return [];
  const lines = [];
  const bin = habits?.calibration.find(({ from, to }) => confidence >= from && (confidence < to || to === 1));
  if (bin?.count) {
    lines.push(
      `Of 100 drawings that it is this sure of, ${share(bin.right / bin.count)} are right. ` +
        `Counted on ${bin.count.toLocaleString("en")} of ${habits.count.toLocaleString("en")} drawings by people that it never learned from: those where it was ${share(bin.from)} to ${share(bin.to)} % sure.`,
    );
  } else if (verdict === "digit") {
    lines.push(
      `When it names one digit, ${share(figures.answered_right)} of 100 answers are right, on ${figures.count.toLocaleString("en")} drawings by people whose writing it never learned from.`,
    );
  }
  if (verdict !== "digit")
    lines.push(`It is not sure enough to name one digit: for that it wants ${share(thresholds.digit)} %. It names one for ${share(figures.answered)} of 100 drawings of digits.`);
  lines.push(`How sure it is and how often it is right differ by ${share(figures.calibration_error)} points on average.`);
  return lines.map((line) => element("p", {}, line));
}

function confusions(habits) {
  if (habits === undefined) return [];
  const { count, lowest, median } = habits.writers;
  const items = habits.confusions.slice(0, 5).map(({ drawn, read, count: times, writers }) =>
    element("li", {}, `${drawn} read as ${read}: ${often(times, "time")}, by ${often(writers, "writer")}`));
  return [
    element("h3", {}, "What it confuses most"),
    element("ul", {}, ...items),
    element("p", {}, `It is not alike for all: of ${count} writers, half have ${median < 1 ? `${share(median)} of 100 or more` : "all their digits"} read right, and the unluckiest has ${share(lowest)} of 100.`),
  ];
}

function often(count, noun) {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
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
