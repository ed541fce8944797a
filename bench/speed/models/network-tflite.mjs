// A network as a TensorFlow Lite model for one image, channels last: float, or with int8 layers between QUANTIZE and
// DEQUANTIZE.
import { withChannelsLast } from './channels-last.mjs';
import { writeTflite } from './tflite-bytes.mjs';
import { TfliteGraph } from './tflite-graph.mjs';

const channelsLast = (dims) => (dims.length === 4 ? [dims[0], dims[2], dims[3], dims[1]] : dims);

function filtersOf({ weights, kernel, groups, dims: [, filters], inputDims: [, channels] }) {
  const taps = kernel * kernel;
  if (groups > 1) {
    return { values: withChannelsLast(weights, filters, taps), dims: [1, kernel, kernel, filters], axis: 3 };
  }
  const values = withChannelsLast(weights, channels, taps);
  return { values, dims: [filters, kernel, kernel, channels], axis: 0 };
}

/** `ranges`: { min, max } of the input and of every node's output by name, for int8; without them it is a float model. */
export function writeTfliteNetwork({ input, output, dims, nodes }, ranges) {
  const graph = new TfliteGraph();
  const known = new Map();
  const first = graph.tensor({ dims: channelsLast(dims), type: 'float32' });
  known.set(
    input,
    ranges ? graph.node('quantize', [first], { dims: channelsLast(dims), range: ranges[input] }) : first,
  );
  for (const node of nodes) {
    const inputs = node.inputs.map((name) => known.get(name));
    const { op, bias, activation, kernel, stride, groups } = node;
    const made = { dims: channelsLast(node.dims), range: ranges?.[node.output] };
    const add = {
      conv: () => {
        const name = groups > 1 ? 'depthwise' : 'conv';
        return graph.layer(name, inputs[0], { weights: filtersOf(node), bias }, made, { stride, activation });
      },
      dense: () => {
        const weights = { values: node.weights, dims: [node.n, node.k], axis: 0 };
        return graph.layer('dense', inputs[0], { weights, bias }, made);
      },
      maxPool: () => graph.codesKept('maxPool', inputs, made, { kernel, stride }),
      mean: () => {
        const axes = graph.tensor({ dims: [2], type: 'int32', values: Int32Array.of(1, 2) });
        return graph.node('mean', [...inputs, axes], made);
      },
      add: () => graph.node('add', inputs, made, { activation }),
    };
    known.set(node.output, add[op]());
  }
  let last = known.get(output);
  if (ranges) last = graph.node('dequantize', [last], { dims: nodes.at(-1).dims });
  return writeTflite({ tensors: graph.tensors, nodes: graph.nodes, inputs: [first], outputs: [last] });
}
