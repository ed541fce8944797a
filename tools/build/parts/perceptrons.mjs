// Small float models whose products have every kind of edge: sides that are multiples of nothing, below a tile, beyond a block.
import { writeModel } from '../../golden/onnx-bytes.mjs';

const SIDES = [
  [4, 8, 1, 'Tanh', 'Sigmoid'],
  [4, 8, 3, 'Sigmoid', 'Softmax'],
  [1, 3, 2],
  [4, 5, 6],
  [7, 9, 11],
  [12, 16, 24],
  [13, 31, 37],
  [33, 100, 1],
  [130, 260, 66],
  [700, 515, 300],
];

const values = (count, seed) => Float32Array.from({ length: count }, (_, i) => Math.sin(seed + 7 * i) / 4);

function perceptron([inputs, hidden, outputs, activation = 'Relu', last = 'Softmax']) {
  const tensor = (name, dims, seed) => ({
    name,
    type: 'float32',
    dims,
    values: values(
      dims.reduce((product, dim) => product * dim, 1),
      seed,
    ),
  });
  return writeModel({
    nodes: [
      { op: 'Gemm', inputs: ['x', 'w0', 'b0'], outputs: ['s0'] },
      { op: activation, inputs: ['s0'], outputs: ['h0'] },
      { op: 'MatMul', inputs: ['h0', 'w1'], outputs: ['s1'] },
      { op: 'Add', inputs: ['s1', 'b1'], outputs: ['s2'] },
      { op: last, inputs: ['s2'], outputs: ['y'] },
    ],
    initializers: [
      tensor('w0', [inputs, hidden], 1),
      tensor('b0', [hidden], 2),
      tensor('w1', [hidden, outputs], 3),
      tensor('b1', [outputs], 4),
    ],
    inputs: [{ name: 'x', type: 'float32', dims: ['rows', inputs] }],
    outputs: [{ name: 'y', type: 'float32', dims: ['rows', outputs] }],
  });
}

// Each with rows of its inputs, one behind the other.
export const perceptrons = (rows) =>
  SIDES.map((sides) => ({ bytes: perceptron(sides), width: sides[0], rows: values(rows * sides[0], 5) }));
