/*
 * Owns the way back through the network: how much each pixel of the picture would change a weighted
 * sum of the ten scores. Pure: must not know the DOM or what a change is good for.
 */

const PICTURE = "picture";
const PICTURE_SHAPE = [28, 28, 1];

/*
 * weights: ten, of the scores before the softmax. Yields after each layer; returns 784 slopes, for
 * pixels from 0 to 1.
 */
export function* gradient(network, digitImage, weights) {
  const outputs = network.outputs(digitImage);
  const made = new Map(outputs.map(({ name, shape, values }) => [name, { shape, values }]));
  const picture = Float32Array.from(digitImage, (level) => level / 255);
  made.set(PICTURE, { shape: PICTURE_SHAPE, values: picture });
  const slopes = new Map([...made].map(([name, { values }]) => [name, new Float64Array(values.length)]));
  const layers = network.layers.filter(({ kind }) => kind !== "softmax");
  slopes.get(layers.at(-1).name).set(weights);
  for (const layer of layers.reverse()) {
    const inputs = layer.inputs.map((name) => ({ ...made.get(name), slopes: slopes.get(name) }));
    WAYS_BACK[layer.kind](layer, slopes.get(layer.name), made.get(layer.name).values, ...inputs);
    yield;
  }
  return slopes.get(PICTURE);
}

const WAYS_BACK = {
  convolution,
  dense,
  normalization: ({ weights: { scale } }, slopes, _, input) =>
    each(slopes, (slope, i) => (input.slopes[i] += slope * scale[i % scale.length])),
  relu: (_, slopes, values, input) =>
    each(slopes, (slope, i) => (input.slopes[i] += values[i] > 0 ? slope : 0)),
  flatten: (_, slopes, __, input) => each(slopes, (slope, i) => (input.slopes[i] += slope)),
  add: (_, slopes, __, ...inputs) =>
    inputs.forEach((input) => each(slopes, (slope, i) => (input.slopes[i] += slope))),
  max_pooling: (layer, slopes, values, input) =>
    pooled(layer, slopes, input, (slope, i, places) => {
      // Paper is alike everywhere: places that tie for the most have a share each.
      const most = places.filter((place) => input.values[place] === values[i]);
      for (const place of most) input.slopes[place] += slope / most.length;
    }),
  average_pooling: (layer, slopes, _, input) =>
    pooled(layer, slopes, input, (slope, __, places) =>
      places.forEach((place) => (input.slopes[place] += slope / places.length)),
    ),
  global_average_pooling: (_, slopes, __, input) =>
    each(input.slopes, (___, i) => {
      input.slopes[i] += (slopes[i % slopes.length] * slopes.length) / input.slopes.length;
    }),
};

function each(values, act) {
  for (let i = 0; i < values.length; i++) act(values[i], i);
}

/* The slopes before the activation. */
function unactivated({ activation }, slopes, values) {
  if (activation === "relu") return slopes.map((slope, i) => (values[i] > 0 ? slope : 0));
  if (activation === "tanh") return slopes.map((slope, i) => slope * (1 - values[i] ** 2));
  return slopes;
}

function dense(layer, slopes, values, input) {
  const before = unactivated(layer, slopes, values);
  const { kernel } = layer.weights;
  const units = before.length;
  for (let i = 0, at = 0; i < input.slopes.length; i++) {
    let sum = 0;
    for (let unit = 0; unit < units; unit++) sum += kernel[at++] * before[unit];
    input.slopes[i] += sum;
  }
}

function convolution(layer, slopes, values, input) {
  const before = unactivated(layer, slopes, values);
  const [kernelRows, kernelColumns, channels, filters] = layer.sizes.kernel;
  const { kernel } = layer.weights;
  const [rows, columns] = layer.shape;
  const [height, width] = input.shape;
  const [above, beside] = marginsOf(layer, input.shape);
  const live = new Int32Array(filters); // the filters with a slope here
  for (let y = 0; y < rows; y++) {
    for (let x = 0; x < columns; x++) {
      const from = (y * columns + x) * filters;
      let count = 0;
      for (let f = 0; f < filters; f++) if (before[from + f] !== 0) live[count++] = f;
      if (count === 0) continue;
      for (let ky = 0; ky < kernelRows; ky++) {
        const row = y * layer.strides[0] + ky - above;
        if (row < 0 || row >= height) continue;
        for (let kx = 0; kx < kernelColumns; kx++) {
          const column = x * layer.strides[1] + kx - beside;
          if (column < 0 || column >= width) continue;
          const to = (row * width + column) * channels;
          let at = (ky * kernelColumns + kx) * channels * filters;
          for (let c = 0; c < channels; c++, at += filters) {
            let sum = 0;
            for (let i = 0; i < count; i++) sum += kernel[at + live[i]] * before[from + live[i]];
            input.slopes[to + c] += sum;
          }
        }
      }
    }
  }
}

/* How many rows and columns of zeros stand above and left of a layer's input. */
export function marginsOf({ padding, strides, sizes }, [height, width]) {
  if (padding !== "same") return [0, 0];
  return [height, width].map((side, axis) => {
    const missing = (Math.ceil(side / strides[axis]) - 1) * strides[axis] + sizes.kernel[axis] - side;
    return Math.floor(Math.max(missing, 0) / 2);
  });
}

function pooled({ size, strides, shape }, slopes, input, act) {
  const [, columns, channels] = shape;
  const width = input.shape[1];
  each(slopes, (slope, i) => {
    if (slope === 0) return;
    const channel = i % channels;
    const pixel = (i - channel) / channels;
    const places = [];
    for (let y = 0; y < size[0]; y++) {
      for (let x = 0; x < size[1]; x++) {
        const row = Math.floor(pixel / columns) * strides[0] + y;
        places.push((row * width + (pixel % columns) * strides[1] + x) * channels + channel);
      }
    }
    act(slope, i, places);
  });
}
