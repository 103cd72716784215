/*
 * Owns the network: ten probabilities for a digit image, and the output of every layer.
 * Which layers there are, and all their numbers, come from the weights file that train.py writes;
 * reader/numpy_network.py describes the file. Pure: must not know the DOM, the network or a verdict.
 *
 * A picture is laid out row by row, the channels of a pixel side by side.
 */

const PICTURE = "picture"; // the name of the input
const PICTURE_SHAPE = [28, 28, 1];
const MAGIC = "INKW";
const TOGETHER = 8; // as many sums are kept in registers at the same time

/* Of two, for the exponents of 16-bit floats: to look one up is four times as quick. */
const POWERS = Float64Array.from({ length: 32 }, (_, exponent) => 2 ** (exponent - 25));

const { ceil, floor, fround, max } = Math;

/* content: the bytes of the weights file. */
export function networkFrom(content) {
  const bytes = new Uint8Array(content);
  const text = (from, to) => new TextDecoder().decode(bytes.subarray(from, to));
  if (text(0, 4) !== MAGIC) throw new Error("This is not a weights file.");
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const headerEnd = 8 + view.getUint32(4, true);
  const header = JSON.parse(text(8, headerEnd));
  return new Network(header, floatsOf(view, headerEnd));
}

export class Network {
  #picture = { shape: PICTURE_SHAPE, output: buffer(PICTURE_SHAPE) };
  #steps = [];
  layers = []; // as the file describes them, in order, each with its `shape` and its own weights

  constructor(header, weights) {
    this.model = header.model; // the SHA-256 of the .tflite of the same network
    const made = new Map([[PICTURE, this.#picture]]);
    let start = 0;
    for (const layer of header.layers) {
      const own = {};
      for (const [name, shape] of Object.entries(layer.weights)) {
        own[name] = weights.subarray(start, start + sizeOf(shape));
        start += sizeOf(shape);
      }
      const inputs = layer.inputs.map((name) => made.get(name));
      const step = KINDS[layer.kind](layer, own, ...inputs);
      made.set(layer.name, step);
      this.#steps.push({ ...step, name: layer.name, kind: layer.kind });
      this.layers.push({ ...layer, shape: step.shape, sizes: layer.weights, weights: own });
    }
    if (start !== weights.length) throw new Error("The weights file is not complete.");
  }

  /* Ten probabilities for 28×28 bytes. */
  probabilities(digitImage) {
    this.#run(digitImage);
    return Array.from(this.#steps.at(-1).output);
  }

  /* The output of each layer for the digit image: { name, kind, shape, values }, in order. */
  outputs(digitImage) {
    this.#run(digitImage);
    return this.#steps.map(({ name, kind, shape, output }) => ({
      name,
      kind,
      shape,
      values: Float32Array.from(output),
    }));
  }

  #run(digitImage) {
    const picture = this.#picture.output;
    for (let i = 0; i < picture.length; i++) picture[i] = fround(digitImage[i] / 255);
    for (const { run } of this.#steps) run();
  }
}

/*
 * Each kind of layer makes a step { shape, output, run } of its description, its own weights and
 * the steps before it. All buffers are made once; `run` fills `output` from the inputs' outputs.
 */
const KINDS = {
  convolution,
  dense,
  normalization,
  max_pooling: (layer, _, input) => pooling(layer, input, -Infinity, max, 1),
  average_pooling: (layer, _, input) =>
    pooling(layer, input, 0, (a, b) => a + b, sizeOf(layer.size)),
  global_average_pooling: globalAveragePooling,
  flatten: (_, __, { shape, output }) => ({ shape: [sizeOf(shape)], output, run() {} }),
  relu: (_, __, input) => elementwise(input.shape, (i) => max(0, input.output[i])),
  add: (_, __, one, other) => elementwise(one.shape, (i) => one.output[i] + other.output[i]),
  softmax,
};

const ACTIVATIONS = { linear: (x) => x, relu: (x) => max(0, x), tanh: Math.tanh };

function convolution(layer, { kernel, bias }, input) {
  const [kernelRows, kernelColumns, channels, filters] = layer.weights.kernel;
  const [down, across] = layer.strides;
  const { source, fill } = surrounded(layer, input, kernelRows, kernelColumns);
  const [height, width] = source.shape;
  const rows = floor((height - kernelRows) / down) + 1;
  const columns = floor((width - kernelColumns) / across) + 1;
  const shape = [rows, columns, filters];
  const output = buffer(shape);
  const sums = weightedSums(kernel, bias, ACTIVATIONS[layer.activation], filters, output);
  const run = kernelColumns * channels;

  return {
    shape,
    output,
    run() {
      fill();
      for (let y = 0, to = 0; y < rows; y++) {
        for (let x = 0; x < columns; x++, to += filters) {
          sums.begin();
          for (let ky = 0; ky < kernelRows; ky++) {
            const from = ((y * down + ky) * width + x * across) * channels;
            sums.take(source.output, from, from + run, ky * run);
          }
          sums.end(to);
        }
      }
    },
  };
}

/* The input with zeros around it, where the layer wants its output as large as its input. */
function surrounded({ padding, strides }, input, kernelRows, kernelColumns) {
  if (padding !== "same") return { source: input, fill() {} };
  const [height, width, channels] = input.shape;
  const missing = (side, stride, reach) =>
    max((ceil(side / stride) - 1) * stride + reach - side, 0);
  const above = missing(height, strides[0], kernelRows);
  const beside = missing(width, strides[1], kernelColumns);
  const shape = [height + above, width + beside, channels];
  const output = buffer(shape);
  const row = width * channels;
  const first = (floor(above / 2) * shape[1] + floor(beside / 2)) * channels;
  return {
    source: { shape, output },
    fill() {
      for (let y = 0; y < height; y++)
        output.set(input.output.subarray(y * row, (y + 1) * row), first + y * shape[1] * channels);
    },
  };
}

function dense(layer, { kernel, bias }, input) {
  const units = layer.weights.kernel[1];
  const output = buffer([units]);
  const sums = weightedSums(kernel, bias, ACTIVATIONS[layer.activation], units, output);
  return {
    shape: [units],
    output,
    run() {
      sums.begin();
      sums.take(input.output, 0, input.output.length, 0);
      sums.end(0);
    },
  };
}

/*
 * Sums of inputs by weights, `units` at once. Nearly all of the time is spent here. Inputs of zero are
 * left out: paper and ReLU make more than half of the inputs zero. Eight sums at a time stay in
 * registers, and their weights lie side by side. 64-bit floats are faster here than 32-bit floats,
 * because JavaScript widens 32-bit floats at each use.
 */
function weightedSums(kernel, bias, activation, units, output) {
  const count = kernel.length / units;
  const blocks = ceil(units / TOGETHER);
  const weights = new Float64Array(blocks * count * TOGETHER);
  for (let i = 0; i < count; i++) {
    for (let unit = 0; unit < units; unit++) {
      const block = floor(unit / TOGETHER);
      weights[(block * count + i) * TOGETHER + (unit % TOGETHER)] = kernel[i * units + unit];
    }
  }
  const values = new Float64Array(count);
  const places = new Int32Array(count); // where the weights of each value begin, in a block
  const sums = new Float64Array(blocks * TOGETHER);
  let taken = 0;

  return {
    begin() {
      taken = 0;
    },
    take(from, start, end, index) {
      let place = index * TOGETHER;
      for (let at = start; at < end; at++, place += TOGETHER) {
        const value = from[at];
        if (value === 0) continue;
        values[taken] = value;
        places[taken++] = place;
      }
    },
    end(to) {
      sumUp(weights, values, places, taken, count * TOGETHER, sums);
      for (let unit = 0; unit < units; unit++)
        output[to + unit] = activation(sums[unit] + (bias ? bias[unit] : 0));
    },
  };
}

function sumUp(weights, values, places, taken, blockLength, sums) {
  for (let to = 0, block = 0; to < sums.length; to += TOGETHER, block += blockLength) {
    let s0 = 0, s1 = 0, s2 = 0, s3 = 0, s4 = 0, s5 = 0, s6 = 0, s7 = 0; // prettier-ignore
    for (let i = 0; i < taken; i++) {
      const value = values[i];
      const at = block + places[i];
      s0 += value * weights[at];
      s1 += value * weights[at + 1];
      s2 += value * weights[at + 2];
      s3 += value * weights[at + 3];
      s4 += value * weights[at + 4];
      s5 += value * weights[at + 5];
      s6 += value * weights[at + 6];
      s7 += value * weights[at + 7];
    }
    sums[to] = s0;
    sums[to + 1] = s1;
    sums[to + 2] = s2;
    sums[to + 3] = s3;
    sums[to + 4] = s4;
    sums[to + 5] = s5;
    sums[to + 6] = s6;
    sums[to + 7] = s7;
  }
}

/* Batch norm outside training: a scale and a shift for each channel. */
function normalization(_, { scale, shift }, input) {
  const channels = scale.length;
  return elementwise(
    input.shape,
    (i) => input.output[i] * scale[i % channels] + shift[i % channels],
  );
}

function pooling({ size, strides }, input, first, gather, divisor) {
  const [height, width, channels] = input.shape;
  const rows = floor((height - size[0]) / strides[0]) + 1;
  const columns = floor((width - size[1]) / strides[1]) + 1;
  return elementwise([rows, columns, channels], (index) => {
    const channel = index % channels;
    const pixel = (index - channel) / channels;
    const left = (pixel % columns) * strides[1];
    const top = floor(pixel / columns) * strides[0];
    let result = first;
    for (let y = top; y < top + size[0]; y++) {
      for (let x = left; x < left + size[1]; x++)
        result = gather(result, input.output[(y * width + x) * channels + channel]);
    }
    return result / divisor;
  });
}

function globalAveragePooling(_, __, input) {
  const [height, width, channels] = input.shape;
  return elementwise([channels], (channel) => {
    let sum = 0;
    for (let at = channel; at < input.output.length; at += channels) sum += input.output[at];
    return sum / (height * width);
  });
}

function softmax(_, __, input) {
  const output = buffer(input.shape);
  return {
    shape: input.shape,
    output,
    run() {
      const most = input.output.reduce((a, b) => max(a, b));
      let sum = 0;
      for (let i = 0; i < output.length; i++) sum += output[i] = Math.exp(input.output[i] - most);
      for (let i = 0; i < output.length; i++) output[i] /= sum;
    },
  };
}

/* A step that computes each number of its output from the place of that number. */
function elementwise(shape, valueAt) {
  const output = buffer(shape);
  return {
    shape,
    output,
    run() {
      for (let i = 0; i < output.length; i++) output[i] = valueAt(i);
    },
  };
}

function buffer(shape) {
  return new Float64Array(sizeOf(shape));
}

function sizeOf(shape) {
  return shape.reduce((product, side) => product * side, 1);
}

/* The 16-bit floats from `start` to the end. */
function floatsOf(view, start) {
  const floats = new Float64Array((view.byteLength - start) / 2);
  for (let i = 0; i < floats.length; i++) {
    const bits = view.getUint16(start + 2 * i, true);
    const exponent = (bits >> 10) & 31;
    const fraction = bits & 1023;
    const size = exponent === 0 ? fraction * POWERS[1] : (1024 + fraction) * POWERS[exponent];
    floats[i] = bits & 0x8000 ? -size : size;
  }
  return floats;
}
