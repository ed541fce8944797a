// The float ONNX file of a matrix product; a classifier's is the one that was trained.
import { writeModel } from '../../../tools/golden/onnx-bytes.mjs';

export function writeProduct({ input, output, layers: [{ k, n, weights }] }) {
  return writeModel({
    nodes: [{ op: 'MatMul', inputs: [input, 'w'], outputs: [output] }],
    initializers: [{ name: 'w', type: 'float32', dims: [k, n], values: weights }],
    inputs: [{ name: input, type: 'float32', dims: ['rows', k] }],
    outputs: [{ name: output, type: 'float32', dims: ['rows', n] }],
  });
}
