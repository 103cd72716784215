/*
 * Owns the ten bars: fills the table that the server rendered, in place.
 * Must not know what the verdict is. Its wording of a number is that of templates/predict/parts/bars.html.
 */

export function createBars(table) {
  const rows = [...table.tBodies[0].rows].map((row) => ({
    row,
    bar: row.querySelector("rect"),
    number: row.querySelector("span"),
  }));

  return function showBars(reading) {
    rows.forEach(({ row, bar, number }, digit) => {
      const share = reading?.probabilities?.[digit];
      row.classList.toggle("top", digit === reading?.digit);
      row.classList.toggle("second", digit === reading?.runner_up?.digit);
      bar.setAttribute("width", share === undefined ? "0" : (share * 100).toFixed(1));
      number.textContent = share === undefined ? "–" : percent(share);
    });
  };
}

/* Whole percents keep still; never "100%": nobody is that sure of a drawing. */
export function percent(share) {
  if (share < 0.005) return "<1%";
  return share >= 0.995 ? ">99%" : `${Math.round(share * 100)}%`;
}
