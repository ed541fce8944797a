// A perceptron as a TensorFlow Lite model for a fixed number of rows: float, or with int8 layers between QUANTIZE and
// DEQUANTIZE. Softmax stays in float, where XNNPACK runs it.
import { activationRanges, transposed } from './layers.mjs';
import { writeTflite } from './tflite-bytes.mjs';
import { TfliteGraph } from './tflite-graph.mjs';

/** `calibration`: input rows, for int8 activations; without them the model is a float one. */
export function tfliteOf(model, rows, calibration) {
  const graph = new TfliteGraph();
  const ranges = calibration && activationRanges(model, calibration);
  const [{ k: width }] = model.layers;
  const input = graph.tensor({ dims: [rows, width], type: 'float32' });
  let last = input;
  if (ranges) last = graph.node('quantize', [last], { dims: [rows, width], range: ranges[0] });
  model.layers.forEach(({ k, n, weights, bias, relu }, i) => {
    const output = { dims: [rows, n], range: ranges?.[i + 1] };
    const constants = { weights: { values: transposed(weights, k, n), dims: [n, k], axis: 0 }, bias };
    last = graph.layer('dense', last, constants, output, { activation: relu && 'relu' });
  });
  const { n } = model.layers.at(-1);
  if (ranges) last = graph.node('dequantize', [last], { dims: [rows, n] });
  if (model.softmax) last = graph.node('softmax', [last], { dims: [rows, n] });
  return writeTflite({ tensors: graph.tensors, nodes: graph.nodes, inputs: [input], outputs: [last] });
}
