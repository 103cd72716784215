/*
 * Owns the bars, ten at most: fills the table that the server rendered, in place. Of more classes, they
 * are the likeliest, first to last.
 * Must not know what the verdict is. Its wording of a number is that of templates/predict/parts/bars.html.
 */

import { barsOf } from "../reading/classes.js";

export function createBars(table, labels) {
  const rows = [...table.tBodies[0].rows].map((row) => ({
    row,
    name: row.querySelector("th"),
    bar: row.querySelector("rect"),
    number: row.querySelector("span"),
  }));

  return function showBars(reading) {
    const shares = reading?.probabilities;
    const places = barsOf(labels, shares);
    const areMany = labels.length > rows.length;
    rows.forEach(({ row, name, bar, number }, i) => {
      const [label, share] = [labels[places[i]], shares?.[places[i]]];
      if (areMany) name.textContent = shares ? label : "·";
      row.classList.toggle("top", label === reading?.label);
      row.classList.toggle("second", label === reading?.runner_up?.label);
      bar.setAttribute("width", share === undefined ? "0" : (share * 100).toFixed(1));
      number.textContent = share === undefined ? "–" : percent(share);
    });
  };
}

/* Whole percents, so that the numbers keep still. Never "100%": no reading is that sure. */
export function percent(share) {
  if (share < 0.005) return "<1%";
  return share >= 0.995 ? ">99%" : `${Math.round(share * 100)}%`;
}
