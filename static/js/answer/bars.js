/*
 * Owns the ten bars: fills the table that the server rendered, in place.
 * Must not know what the verdict is. Its wording of a number is that of templates/parts/bars.html.
 */

export function createBars(table) {
  const rows = [...table.tBodies[0].rows].map((row) => ({
    row,
    bar: row.querySelector("rect"),
    number: row.querySelector("span"),
  }));

  return function showBars(reading) {
    rows.forEach(({ row, bar, number }, digit) => {
      const probability = reading?.probabilities?.[digit];
      // Never "100.0 %": nobody is that sure of a drawing.
      const percent =
        probability === undefined ? null : Math.min(probability * 100, 99.9).toFixed(1);
      row.classList.toggle("top", digit === reading?.digit);
      row.classList.toggle("second", digit === reading?.runner_up?.digit);
      bar.setAttribute("width", percent ?? "0");
      number.textContent = percent === null ? "–" : `${percent} %`;
    });
  };
}
