// Convolutional networks as plain data, from which every package's model file is written:
// { input, output, dims: [1, channels, height, width], nodes }. A node is { op, inputs, output, dims, activation }, dims of its
// output in the order of ONNX, activation 'relu', 'relu6' or none, and of
//   conv      weights (filters × channels / groups × kernel × kernel), bias, kernel, stride, groups (1 or all channels)
//   dense     weights (N × K), bias
//   maxPool   kernel, stride
//   add, mean (over height and width, which stay as axes of 1)
// Windows are padded as "same" is: what is missing, half of it before, rounded down.
import { noise } from './layers.mjs';

/** What "same" pads an axis of `size` with: [before, after]. */
export function samePadding(size, kernel, stride) {
  const missing = Math.max(0, (Math.ceil(size / stride) - 1) * stride + kernel - size);
  return [missing >> 1, missing - (missing >> 1)];
}

class NetworkBuilder {
  nodes = [];
  #seed = 17;

  constructor(dims) {
    this.last = { output: 'x', dims };
  }

  // Uniform numbers of the variance that keeps the magnitude of activations (He and others, 2015, equation 10).
  #weights(count, fanIn) {
    const limit = Math.sqrt(6 / fanIn);
    return noise(count, (this.#seed += 2)).map((value) => value * limit);
  }

  #bias(count) {
    return noise(count, (this.#seed += 2)).map((value) => value * 0.1);
  }

  #node(node) {
    this.nodes.push({ output: `t${this.nodes.length}`, ...node });
    return (this.last = this.nodes.at(-1));
  }

  conv(filters, { kernel = 1, stride = 1, groups = 1, activation, from = this.last }) {
    const [, channels, height, width] = from.dims;
    const fanIn = (channels / groups) * kernel * kernel;
    return this.#node({
      op: 'conv',
      inputs: [from.output],
      dims: [1, filters, Math.ceil(height / stride), Math.ceil(width / stride)],
      inputDims: from.dims,
      weights: this.#weights(filters * fanIn, fanIn),
      bias: this.#bias(filters),
      kernel,
      stride,
      groups,
      activation,
    });
  }

  depthwise({ kernel = 3, stride, activation }) {
    const [, channels] = this.last.dims;
    return this.conv(channels, { kernel, stride, groups: channels, activation });
  }

  add(other, activation) {
    const inputs = [this.last.output, other.output];
    return this.#node({ op: 'add', inputs, dims: other.dims, activation });
  }

  maxPool(kernel, stride) {
    const [, channels, height, width] = this.last.dims;
    return this.#node({
      op: 'maxPool',
      inputs: [this.last.output],
      dims: [1, channels, Math.ceil(height / stride), Math.ceil(width / stride)],
      inputDims: this.last.dims,
      kernel,
      stride,
    });
  }

  mean() {
    const [, channels] = this.last.dims;
    return this.#node({ op: 'mean', inputs: [this.last.output], dims: [1, channels, 1, 1] });
  }

  dense(n) {
    const [, k] = this.last.dims;
    const [weights, bias] = [this.#weights(n * k, k), this.#bias(n)];
    return this.#node({ op: 'dense', inputs: [this.last.output], dims: [1, n], weights, bias, k, n });
  }
}

const finished = (builder, dims) => ({
  input: 'x',
  output: builder.last.output,
  dims,
  nodes: builder.nodes,
});

// Sandler and others, MobileNetV2, 2018, table 2: expansion, channels, repeats, stride.
const invertedResiduals = [
  [1, 16, 1, 1],
  [6, 24, 2, 2],
  [6, 32, 3, 2],
  [6, 64, 4, 2],
  [6, 96, 3, 1],
  [6, 160, 3, 2],
  [6, 320, 1, 1],
];

function mobileNetV2(size) {
  const dims = [1, 3, size, size];
  const builder = new NetworkBuilder(dims);
  const activation = 'relu6';
  builder.conv(32, { kernel: 3, stride: 2, activation });
  for (const [expansion, channels, repeats, firstStride] of invertedResiduals) {
    for (let repeat = 0; repeat < repeats; repeat += 1) {
      const stride = repeat === 0 ? firstStride : 1;
      const before = builder.last;
      if (expansion > 1) builder.conv(before.dims[1] * expansion, { activation });
      builder.depthwise({ stride, activation });
      builder.conv(channels, {});
      if (repeat > 0) builder.add(before);
    }
  }
  builder.conv(1280, { activation });
  builder.mean();
  builder.dense(1000);
  return finished(builder, dims);
}

// He and others, Deep Residual Learning, 2015, table 1, the column of 18 layers.
function resNet18(size) {
  const dims = [1, 3, size, size];
  const builder = new NetworkBuilder(dims);
  const activation = 'relu';
  builder.conv(64, { kernel: 7, stride: 2, activation });
  builder.maxPool(3, 2);
  for (const channels of [64, 128, 256, 512]) {
    for (let repeat = 0; repeat < 2; repeat += 1) {
      const stride = repeat === 0 && channels > 64 ? 2 : 1;
      const from = builder.last;
      const shortcut = stride === 2 ? builder.conv(channels, { stride, from }) : from;
      builder.conv(channels, { kernel: 3, stride, activation, from });
      builder.conv(channels, { kernel: 3 });
      builder.add(shortcut, activation);
    }
  }
  builder.mean();
  builder.dense(1000);
  return finished(builder, dims);
}

export const networks = {
  'mobilenet-v2-96': () => mobileNetV2(96),
  'resnet-18-112': () => resNet18(112),
};
