/*
 * Owns how a number of a layer came about: its inputs, the network's own weights, and their sum.
 * Pure: must not know the DOM.
 */

import { marginsOf } from "./gradient.js";

const PICTURE = { name: "picture", kind: "picture", shape: [28, 28, 1] };

/* What each layer made of a digit image, the picture first: { layer, values }. */
export function layersOf(network, digitImage) {
  const picture = Float32Array.from(digitImage, (level) => level / 255);
  const outputs = network.outputs(digitImage);
  return [
    { layer: PICTURE, values: picture },
    ...network.layers.map((layer, i) => ({ layer, values: outputs[i].values })),
  ];
}

/* [rows, columns, maps] of any layer's output. */
export function sizeOf({ shape }) {
  return shape.length === 3 ? shape : [1, shape[0], 1];
}

/* Somewhere that a layer found something: its largest number. */
export function placeOfMost(found, index) {
  const { layer, values } = found[index];
  const [, columns, maps] = sizeOf(layer);
  const at = values.indexOf(Math.max(...values));
  const pixel = Math.floor(at / maps);
  return { layer: index, map: at % maps, x: pixel % columns, y: Math.floor(pixel / columns) };
}

/* How many weights a layer has, and how often it multiplies. */
export function countsOf({ kind, sizes = {}, shape }) {
  const product = (sides) => sides.reduce((a, b) => a * b, 1);
  const weights = Object.values(sizes).reduce((sum, sides) => sum + product(sides), 0);
  const [rows, columns] = shape;
  if (kind === "convolution") return { weights, products: product(sizes.kernel) * rows * columns };
  if (kind === "dense") return { weights, products: product(sizes.kernel) };
  return { weights, products: 0 };
}

/*
 * How one number came about: { kind, value, … }.
 *   convolution: maps, each { map, inputs, weights, sum } with rows of numbers; bias; sum
 *   dense: terms, each { input, weight, product }, largest first; bias; sum
 *   others: inputs, a list of numbers, and for a normalization its scale and shift
 */
export function madeOf(found, index, y, x, map) {
  const { layer, values } = found[index];
  const [, columns, maps] = sizeOf(layer);
  const at = (y * columns + x) * maps + map;
  const value = values[at];
  if (layer.kind === "picture") return { kind: "picture", value };
  const inputs = layer.inputs.map((name) => found.find(({ layer: other }) => other.name === name));
  return { kind: layer.kind, value, ...EXPLAINED[layer.kind](layer, inputs, { y, x, map, at }) };
}

const EXPLAINED = {
  convolution(layer, [input], { y, x, map }) {
    const [height, width, channels] = sizeOf(input.layer);
    const [kernelRows, kernelColumns, , filters] = layer.sizes.kernel;
    const [above, beside] = marginsOf(layer, input.layer.shape);
    const grid = (valueAt) =>
      Array.from({ length: kernelRows }, (_, ky) =>
        Array.from({ length: kernelColumns }, (__, kx) => valueAt(ky, kx)));
    const top = y * layer.strides[0] - above;
    const left = x * layer.strides[1] - beside;
    const maps = Array.from({ length: channels }, (_, channel) => {
      const inputs = grid((ky, kx) => {
        const [row, column] = [top + ky, left + kx];
        const isOutside = row < 0 || column < 0 || row >= height || column >= width;
        return isOutside ? 0 : input.values[(row * width + column) * channels + channel];
      });
      const weights = grid((ky, kx) =>
        layer.weights.kernel[((ky * kernelColumns + kx) * channels + channel) * filters + map]);
      const sum = inputs.flat().reduce((total, one, i) => total + one * weights.flat()[i], 0);
      return { map: channel, inputs, weights, sum };
    });
    const bias = layer.weights.bias ? layer.weights.bias[map] : 0;
    return { maps, bias, sum: maps.reduce((total, { sum }) => total + sum, bias), top, left };
  },
  dense(layer, [input], { at }) {
    const units = layer.sizes.kernel[1];
    const terms = Array.from(input.values, (value, i) => {
      const weight = layer.weights.kernel[i * units + at];
      return { index: i, input: value, weight, product: value * weight };
    });
    const bias = layer.weights.bias ? layer.weights.bias[at] : 0;
    const sum = terms.reduce((total, { product }) => total + product, bias);
    terms.sort((a, b) => Math.abs(b.product) - Math.abs(a.product));
    return { terms, bias, sum };
  },
  normalization: ({ weights: { scale, shift } }, [input], { at }) => ({
    inputs: [input.values[at]],
    scale: scale[at % scale.length],
    shift: shift[at % shift.length],
  }),
  max_pooling: pooled,
  average_pooling: pooled,
  global_average_pooling: (_, [input], { map }) => ({
    inputs: Array.from(input.values).filter((__, i) => i % sizeOf(input.layer)[2] === map),
  }),
  relu: same,
  flatten: same,
  add: same,
  softmax: (_, [input]) => ({ inputs: Array.from(input.values) }),
};

function same(_, inputs, { at }) {
  return { inputs: inputs.map(({ values }) => values[at]) };
}

function pooled({ size, strides }, [input], { y, x, map }) {
  const [, width, maps] = sizeOf(input.layer);
  const inputs = [];
  for (let row = y * strides[0]; row < y * strides[0] + size[0]; row++)
    for (let column = x * strides[1]; column < x * strides[1] + size[1]; column++)
      inputs.push(input.values[(row * width + column) * maps + map]);
  return { inputs };
}

/*
 * Where one number goes next: for each layer that takes it in, { index, count, places }. `count` numbers
 * are made with it; `places`, each { y, x, map, weight }, are those where it weighs most. A layer without
 * weights has no `weight`.
 */
export function goesTo(found, index, y, x, map, most = 3) {
  const { layer } = found[index];
  const [, columns, maps] = sizeOf(layer);
  const at = (y * columns + x) * maps + map;
  return found.flatMap(({ layer: next }, i) => {
    if (!next.inputs?.includes(layer.name)) return [];
    const places = GOES[next.kind]?.(next, layer, { y, x, map, at }) ?? [{ y, x, map }];
    places.sort((a, b) => Math.abs(b.weight) - Math.abs(a.weight));
    return [{ index: i, count: places.length, places: places.slice(0, most) }];
  });
}

const GOES = {
  convolution(next, layer, { y, x, map }) {
    const [rows, columns, filters] = next.shape;
    const [kernelRows, kernelColumns, channels] = next.sizes.kernel;
    const [above, beside] = marginsOf(next, layer.shape);
    const places = [];
    for (let ky = 0; ky < kernelRows; ky++) {
      for (let kx = 0; kx < kernelColumns; kx++) {
        const [toY, toX] = [(y + above - ky) / next.strides[0], (x + beside - kx) / next.strides[1]];
        if (![toY, toX].every(Number.isInteger) || toY < 0 || toX < 0 || toY >= rows || toX >= columns) continue;
        const from = ((ky * kernelColumns + kx) * channels + map) * filters;
        for (let filter = 0; filter < filters; filter++)
          places.push({ y: toY, x: toX, map: filter, weight: next.weights.kernel[from + filter] });
      }
    }
    return places;
  },
  dense({ weights, shape: [units] }, _, { at }) {
    return Array.from({ length: units }, (__, x) => ({ y: 0, x, map: 0, weight: weights.kernel[at * units + x] }));
  },
  max_pooling: shrunk,
  average_pooling: shrunk,
  global_average_pooling: (_, __, { map }) => [{ y: 0, x: map, map: 0 }],
  flatten: (_, __, { at }) => [{ y: 0, x: at, map: 0 }],
};

/* The squares lie side by side; what is left over at the edge goes nowhere. */
function shrunk({ strides, shape: [rows, columns] }, _, { y, x, map }) {
  const place = { y: Math.floor(y / strides[0]), x: Math.floor(x / strides[1]), map };
  return place.y < rows && place.x < columns ? [place] : [];
}
