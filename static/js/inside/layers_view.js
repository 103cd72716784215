/*
 * Owns "What each layer saw": the maps of a layer as small pictures, and for one of their pixels the
 * sum that made it. Must not know how a sum is made.
 */

import { choice, createPicture, element, labelled } from "./dom.js";
import { sizeOf } from "./layers.js";
import { sheetOf } from "./steps.js";

const NAMES = {
  picture: ["Picture", "What goes in: 0 is black, 1 is white."],
  convolution: ["Filters", "Each map looks for one small pattern everywhere in what came before. Bright: found."],
  max_pooling: ["Shrink", "Of each square of pixels only the largest stays."],
  average_pooling: ["Shrink", "Each square of pixels becomes its mean."],
  global_average_pooling: ["Mean", "Each map becomes its mean."],
  normalization: ["Even out", "Each map is scaled and shifted, so that all have about the same range."],
  relu: ["Keep the positive", "Numbers below zero become zero."],
  add: ["Add", "Two layers are added up."],
  flatten: ["In a row", "All numbers in one row, for the last sum."],
  dense: ["Scores", "Sums of everything that was found: a score for each answer."],
  softmax: ["How sure", "Scores become shares: e to the power of each, over the sum of them all."],
};
const MOST_TERMS = 8; // of 1,152
const MOST_MAPS = 3; // whose patches are shown whole
const GAP = 1;
const CHOSEN = "#ff8c1a";

const { abs, ceil, max, min, round, sqrt } = Math;

export function createLayersView({ labels }) {
  let state = null;
  let found = null; // of the job `layer`
  let place = { layer: 1 }; // with no map, row and column: where the layer found most
  let turn = 0; // what was asked before is not wanted
  let tiles = null; // how the maps lie in the picture

  const layer = element("select");
  const numbers = Object.fromEntries(["map", "row", "column"].map((name) => [
    name, element("input", { type: "number", min: "1", value: "1", autocomplete: "off" }),
  ]));
  const picture = createPicture({ class: "pixels maps" });
  const about = element("p");
  const made = element("div", { class: "made", "aria-live": "polite" });
  const root = element("div", { class: "layers-view" },
    element("div", { class: "row" }, labelled("Layer ", layer)),
    about,
    element("div", { class: "beside" },
      element("div", {}, picture.canvas, element("p", { class: "hint-line" }, "Point at a pixel, or choose it by its numbers. Red: below zero.")),
      element("div", {},
        element("div", { class: "row" }, labelled("Map ", numbers.map), labelled("Row ", numbers.row), labelled("Column ", numbers.column)),
        made,
      ),
    ),
  );

  layer.addEventListener("change", () => goTo({ layer: Number(layer.value) }));
  for (const [name, field] of Object.entries(numbers)) {
    field.addEventListener("input", () => {
      const key = { map: "map", row: "y", column: "x" }[name];
      const value = Number(field.value) - 1;
      if (!Number.isInteger(value) || value < 0 || value >= Number(field.max)) return;
      goTo({ ...place, [key]: value });
    });
  }
  picture.canvas.addEventListener("pointermove", point);
  picture.canvas.addEventListener("pointerdown", point);

  function point(event) {
    if (tiles === null) return;
    const box = picture.canvas.getBoundingClientRect();
    const [px, py] = [
      ((event.clientX - box.left) / box.width) * picture.canvas.width,
      ((event.clientY - box.top) / box.height) * picture.canvas.height,
    ];
    const [across, down] = [Math.floor(px / (tiles.columns + GAP)), Math.floor(py / (tiles.rows + GAP))];
    const map = down * tiles.across + across;
    const [x, y] = [Math.floor(px - across * (tiles.columns + GAP)), Math.floor(py - down * (tiles.rows + GAP))];
    if (map >= tiles.maps || x >= tiles.columns || y >= tiles.rows || across >= tiles.across) return;
    const to = tiles.isFlat ? { map: 0, y: 0, x: map } : { map, x, y };
    if (Object.entries(to).some(([key, value]) => place[key] !== value)) goTo({ ...place, ...to });
  }

  async function goTo(next) {
    const mine = (turn += 1);
    place = next;
    const answer = await state.ask("layer", { image: state.digitImage, place });
    if (mine !== turn) return;
    found = answer;
    place = found.place;
    layer.value = place.layer;
    paint();
  }

  function paint() {
    const { values, layers } = found;
    const shown = layers[place.layer];
    const [rows, columns, maps] = sizeOf(shown);
    const isList = shown.shape.length < 3;
    const across = min(maps, ceil(sqrt((maps * rows) / columns)) || 1);
    tiles = isList && columns > 64
      ? { rows: 1, columns: 1, maps: columns, across: ceil(sqrt(columns)), isFlat: true }
      : { rows, columns, maps, across, isFlat: false };
    const most = max(...values.map(abs), 1e-9);
    const width = tiles.across * (tiles.columns + GAP) - GAP;
    const height = ceil(tiles.maps / tiles.across) * (tiles.rows + GAP) - GAP;
    const pixels = new Float64Array(width * height);
    const chosen = tiles.isFlat ? { map: place.x, x: 0, y: 0 } : place;
    for (let map = 0; map < tiles.maps; map++) {
      const left = (map % tiles.across) * (tiles.columns + GAP);
      const top = Math.floor(map / tiles.across) * (tiles.rows + GAP);
      for (let y = 0; y < tiles.rows; y++) {
        for (let x = 0; x < tiles.columns; x++) {
          pixels[(top + y) * width + left + x] = values[(y * tiles.columns + x) * tiles.maps + map] / most;
        }
      }
    }
    const [name] = NAMES[shown.kind];
    picture.paint(sheetOf({ width, height, pixels }), `${name}: ${maps === 1 ? "one map" : `${maps} maps`} of ${rows} by ${columns} numbers`);
    picture.context.fillStyle = CHOSEN;
    picture.context.fillRect(
      (chosen.map % tiles.across) * (tiles.columns + GAP) + chosen.x,
      Math.floor(chosen.map / tiles.across) * (tiles.rows + GAP) + chosen.y, 1, 1);
    tellAbout(shown, { rows, columns, maps });
    const limits = { map: maps, row: rows, column: columns };
    for (const [key, field] of Object.entries(numbers)) {
      field.max = limits[key];
      if (document.activeElement !== field) field.value = { map: place.map, row: place.y, column: place.x }[key] + 1;
    }
    made.replaceChildren(...explained(shown));
  }

  function tellAbout(shown, { rows, columns, maps }) {
    const { weights, products } = shown;
    const size = shown.shape.length === 3
      ? `${maps} ${maps === 1 ? "map" : "maps"} of ${rows} × ${columns}`
      : `${columns} numbers`;
    const learned = weights > 0 ? ` ${weights.toLocaleString("en")} learned numbers` : "";
    const work = products > 0 ? `, ${products.toLocaleString("en")} products.` : ".";
    about.textContent = `${NAMES[shown.kind][1]} ${size}.${learned}${learned ? work : ""}`;
  }

  function explained(shown) {
    const { how } = found;
    const isScore = ["dense", "softmax"].includes(shown.kind) && shown.shape[0] === labels.length;
    const title = element("h3", {}, isScore ? `The number for ${labels[place.x]}: ${short(how.value)}` : `This number is ${short(how.value)}`);
    return [title, ...HOW[how.kind](how, shown, place, labels), ...goingOn(how.value)];
  }

  /* Where the number goes next, with a button that follows it. */
  function goingOn(value) {
    return found.onward.flatMap(({ index, count, places }) => {
      const [name] = NAMES[found.layers[index].kind];
      if (count === 0) return [element("p", {}, `It lies at the edge and goes nowhere: layer ${index} leaves it out.`)];
      const [first] = places;
      const weighed = places.filter(({ weight }) => weight !== undefined).map((one) =>
        `${placeOf(index, one)}: ${short(value)} × ${short(one.weight)} = ${short(value * one.weight)}`);
      const follow = element("button", { type: "button" }, "Follow it");
      follow.addEventListener("click", async () => {
        await goTo({ layer: index, y: first.y, x: first.x, map: first.map });
        (made.querySelector("button") ?? layer).focus({ preventScroll: true });
      });
      return [
        element("h3", {}, `Next: layer ${index}, ${name.toLowerCase()}`),
        element("p", {}, count === 1
          ? `It goes into one number: ${placeOf(index, first)}.`
          : `It goes into ${count.toLocaleString("en")} numbers, and weighs most in ${weighed.length} of them:`),
        ...(count > 1 ? [element("p", { class: "sum" }, `${weighed.join("; ")}.`)] : []),
        follow,
      ];
    });
  }

  function placeOf(index, { y, x, map }) {
    const [rows, , maps] = sizeOf(found.layers[index]);
    if (maps === 1 && rows === 1) return `number ${x + 1}`;
    return `map ${map + 1}, row ${y + 1}, column ${x + 1}`;
  }

  return {
    root,
    async show(next) {
      state = next;
      await goTo(place);
      if (found === null || layer.options.length > 0) return;
      layer.append(...choice(found.layers.map(({ kind, shape }, i) =>
        [i, `${i}. ${NAMES[kind][0]}, ${shape.join(" × ")}`])).children);
      layer.value = place.layer;
    },
  };
}

/* The sum behind a number, in elements. */
const HOW = {
  picture: () => [element("p", {}, "It is how much ink lies in this pixel.")],
  convolution({ maps, bias, sum, value }, shown) {
    const loudest = [...maps].sort((a, b) => abs(b.sum) - abs(a.sum)).slice(0, MOST_MAPS);
    const rest = maps.length - loudest.length;
    const tables = loudest.map(({ map, inputs, weights, sum: part }) =>
      element("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": `The patch of map ${map + 1} times the filter` },
        element("p", {}, maps.length > 1 ? `Map ${map + 1} before: pixel × weight, together ${short(part)}` : "Pixel × weight"),
        element("table", {}, ...inputs.map((row, y) =>
          element("tr", {}, ...row.map((input, x) => element("td", {}, `${short(input)}×${short(weights[y][x])}`))))),
      ));
    const others = rest > 0 ? ` The other ${rest} maps add up to ${short(sum - bias - loudest.reduce((all, one) => all + one.sum, 0))}.` : "";
    const after = shown.activation === "relu" ? ` Below zero would become zero: ${short(value)}.` : "";
    return [
      ...tables,
      element("p", { class: "sum" }, `${loudest.map((one) => short(one.sum)).join(" + ")}${rest > 0 ? " + the others" : ""}${bias ? ` + bias ${short(bias)}` : ""} = ${short(sum)}.`),
      element("p", {}, `${others}${after}`.trim()),
    ];
  },
  dense({ terms, bias, sum }) {
    const shown = terms.slice(0, MOST_TERMS);
    const rest = sum - bias - shown.reduce((all, { product }) => all + product, 0);
    return [
      element("p", {}, `The ${MOST_TERMS} largest of ${terms.length.toLocaleString("en")} products:`),
      element("p", { class: "sum" }, shown.map(({ input, weight }) => `${short(input)}×${short(weight)}`).join(" + ")),
      element("p", { class: "sum" }, `These: ${short(sum - bias - rest)}. All others: ${short(rest)}. Bias: ${short(bias)}. Sum: ${short(sum)}.`),
    ];
  },
  softmax({ inputs, value }, _, { x }, labels) {
    const most = max(...inputs);
    const powers = inputs.map((score) => Math.exp(score - most));
    const sum = powers.reduce((a, b) => a + b, 0);
    return [
      element("p", {}, `The scores, less the largest (${short(most)}), as powers of e:`),
      element("p", { class: "sum" }, inputs.map((score, place) => `${labels[place]}: e^${short(score - most)} = ${short(powers[place])}`).join("; ")),
      element("p", { class: "sum" }, `${short(powers[x])} / ${short(sum)} = ${short(value)}, that is ${(value * 100).toFixed(1)} %.`),
    ];
  },
  normalization: ({ inputs: [input], scale, shift, value }) => [
    element("p", { class: "sum" }, `${short(input)} × ${short(scale)} + ${short(shift)} = ${short(value)}`),
  ],
  max_pooling: ({ inputs, value }) => [
    element("p", { class: "sum" }, `The largest of ${inputs.map(short).join(", ")} is ${short(value)}.`),
  ],
  average_pooling: ({ inputs, value }) => [
    element("p", { class: "sum" }, `The mean of ${inputs.map(short).join(", ")} is ${short(value)}.`),
  ],
  global_average_pooling: ({ inputs, value }) => [
    element("p", { class: "sum" }, `The mean of ${inputs.length} numbers is ${short(value)}.`),
  ],
  relu: ({ inputs: [input], value }) => [
    element("p", { class: "sum" }, input > 0 ? `${short(input)} is above zero and stays.` : `${short(input)} is not above zero: ${short(value)}.`),
  ],
  flatten: () => [element("p", {}, "The same number as before, in its place in the row.")],
  add: ({ inputs, value }) => [element("p", { class: "sum" }, `${inputs.map(short).join(" + ")} = ${short(value)}`)],
};

/* Three digits after the point are what a person can check. */
function short(value) {
  const rounded = round(value * 1000) / 1000;
  return `${rounded === 0 ? 0 : rounded}`.replace("-", "−");
}
