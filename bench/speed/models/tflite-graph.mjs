// TensorFlow Lite models as the converter makes them, float or int8 (TensorFlow Lite's 8-bit quantization specification):
// weights symmetric for each output channel, activations asymmetric, biases in int32.

function activationQuantization({ min, max }) {
  const scale = (max - min) / 255 || 1;
  return { scales: [scale], zeroPoint: Math.round(-128 - min / scale) };
}

function weightCodes({ values, dims, axis }) {
  const channels = dims[axis];
  const inner = dims.slice(axis + 1).reduce((product, dim) => product * dim, 1);
  const channelOf = (i) => Math.floor(i / inner) % channels;
  const largest = new Float32Array(channels);
  values.forEach((value, i) => {
    const channel = channelOf(i);
    largest[channel] = Math.max(largest[channel], Math.abs(value));
  });
  const scales = Array.from(largest, (magnitude) => magnitude / 127 || 1);
  const codes = new Int8Array(values.length);
  values.forEach((value, i) => (codes[i] = Math.round(value / scales[channelOf(i)])));
  return { codes, scales };
}

/** Collects tensors and nodes; a tensor is known by its index. */
export class TfliteGraph {
  tensors = [];
  nodes = [];

  tensor(tensor) {
    return this.tensors.push({ name: `t${this.tensors.length}`, ...tensor }) - 1;
  }

  #node(op, inputs, result, options) {
    const output = this.tensor(result);
    this.nodes.push({ op, inputs, outputs: [output], ...options });
    return output;
  }

  /** A node in float, or with an output in int8 that covers `range`. */
  node(op, inputs, { dims, range }, options) {
    const type = range ? 'int8' : 'float32';
    return this.#node(
      op,
      inputs,
      { dims, type, ...(range && { quantization: activationQuantization(range) }) },
      options,
    );
  }

  /** One whose int8 output has the codes of its input. */
  codesKept(op, [input, ...others], { dims }, options) {
    const { type, quantization } = this.tensors[input];
    return this.#node(op, [input, ...others], { dims, type, quantization }, options);
  }

  /** A layer with `weights`, { values, dims, axis of the output channels }, and a `bias` or none. */
  layer(op, input, { weights, bias }, output, options) {
    const constants = output.range
      ? this.#int8Constants(input, weights, bias)
      : this.#floatConstants(weights, bias);
    return this.node(op, [input, ...constants], output, options);
  }

  #floatConstants({ values, dims }, bias) {
    const weights = this.tensor({ dims, type: 'float32', values });
    // TensorFlow Lite counts an absent bias as input −1.
    return [weights, bias ? this.tensor({ dims: [bias.length], type: 'float32', values: bias }) : -1];
  }

  #int8Constants(input, { values, dims, axis }, bias) {
    const { codes, scales } = weightCodes({ values, dims, axis });
    const weights = this.tensor({
      dims,
      type: 'int8',
      values: codes,
      quantization: { scales, zeroPoint: 0, axis },
    });
    const [inputScale] = this.tensors[input].quantization.scales;
    const biasScales = scales.map((scale) => scale * inputScale);
    const biases = this.tensor({
      dims: [scales.length],
      type: 'int32',
      values: Int32Array.from(biasScales, (scale, j) => Math.round((bias?.[j] ?? 0) / scale)),
      quantization: { scales: biasScales, zeroPoint: 0, axis: 0 },
    });
    return [weights, biases];
  }
}
