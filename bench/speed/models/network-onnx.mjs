// The float ONNX file of a network.
import { writeModel } from '../../../tools/golden/onnx-bytes.mjs';
import { samePadding } from './networks.mjs';

const bounds = { zero: 0, six: 6 };
const scalar = (name) => ({ name, type: 'float32', dims: [], values: Float32Array.of(bounds[name]) });

function windowOf({ kernel, stride, inputDims: [, , height, width] }) {
  const [top, bottom] = samePadding(height, kernel, stride);
  const [left, right] = samePadding(width, kernel, stride);
  return {
    kernel_shape: [kernel, kernel],
    strides: [stride, stride],
    pads: [top, left, bottom, right],
  };
}

const operators = {
  conv: ({ inputs, groups, ...node }, [w, b]) => ({
    op: 'Conv',
    inputs: [...inputs, w, b],
    integers: { group: groups },
    lists: windowOf(node),
  }),
  dense: ({ inputs }, [w, b]) => ({ op: 'Gemm', inputs: [...inputs, w, b], integers: { transB: 1 } }),
  maxPool: ({ inputs, ...node }) => ({ op: 'MaxPool', inputs, lists: windowOf(node) }),
  mean: ({ inputs }) => ({ op: 'GlobalAveragePool', inputs }),
  add: ({ inputs }) => ({ op: 'Add', inputs }),
};

const activations = {
  relu: (input) => ({ op: 'Relu', inputs: [input] }),
  relu6: (input) => ({ op: 'Clip', inputs: [input, 'zero', 'six'] }),
};

const weightDims = ({ op, dims, inputDims, kernel, groups, k, n }) =>
  op === 'dense' ? [n, k] : [dims[1], inputDims[1] / groups, kernel, kernel];

/** With `allOutputs`, every node's output is one of the model's. */
export function writeNetwork({ input, output, dims, nodes }, { allOutputs = false } = {}) {
  const written = [];
  const isClipped = nodes.some(({ activation }) => activation === 'relu6');
  const initializers = isClipped ? Object.keys(bounds).map(scalar) : [];
  let last = input;
  for (const node of nodes) {
    const names = [`${node.output}/w`, `${node.output}/b`];
    if (node.weights) {
      const [w, b] = names;
      initializers.push({ name: w, type: 'float32', dims: weightDims(node), values: node.weights });
      initializers.push({ name: b, type: 'float32', dims: [node.bias.length], values: node.bias });
    }
    let { inputs } = node;
    if (node.op === 'dense') {
      inputs = [`${node.output}/row`];
      written.push({ op: 'Flatten', inputs: [last], outputs: inputs });
    }
    const made = node.activation ? `${node.output}/sum` : node.output;
    written.push({ ...operators[node.op]({ ...node, inputs }, names), outputs: [made] });
    if (node.activation) written.push({ ...activations[node.activation](made), outputs: [node.output] });
    last = node.output;
  }
  const outputs = nodes
    .filter((node) => allOutputs || node.output === output)
    .map((node) => ({ name: node.output, type: 'float32', dims: ['batch', ...node.dims.slice(1)] }));
  return writeModel({
    nodes: written,
    initializers,
    inputs: [{ name: input, type: 'float32', dims: ['batch', ...dims.slice(1)] }],
    outputs,
  });
}
