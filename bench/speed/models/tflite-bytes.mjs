// TensorFlow Lite files by field number (schema.fbs, version 3a of the schema), just as far as the benchmark's models need.
import { Builder } from 'flatbuffers';

export const types = { float32: 0, int32: 2, int8: 9 };
const same = 0;
const activations = { relu: 1, relu6: 3 };

const byte = (value, otherwise = 0) => ['addFieldInt8', value, otherwise];
const integer = (value, otherwise = 0) => ['addFieldInt32', value, otherwise];
const fused = ({ activation }) => byte(activations[activation] ?? 0);
const strides = ({ stride }) => [integer(stride), integer(stride)];

// Each operator: its code, its version for int8, and what its table of options is called by number and holds.
const operators = {
  add: { code: 0, version: 2, options: { type: 11, fields: (node) => [fused(node)] } },
  conv: {
    code: 3,
    version: 3,
    options: { type: 1, fields: (node) => [byte(same), ...strides(node), fused(node)] },
  },
  depthwise: {
    code: 4,
    version: 3,
    options: { type: 2, fields: (node) => [byte(same), ...strides(node), integer(1), fused(node)] },
  },
  dequantize: { code: 6, version: 2 },
  dense: { code: 9, version: 9, options: { type: 8, fields: (node) => [fused(node)] } },
  maxPool: {
    code: 17,
    version: 2,
    options: {
      type: 5,
      fields: ({ kernel, ...node }) => [
        byte(same),
        ...strides(node),
        integer(kernel),
        integer(kernel),
        fused(node),
      ],
    },
  },
  softmax: { code: 25, version: 1, options: { type: 9, fields: () => [['addFieldFloat32', 1]] } },
  // Over axes that stay as axes of 1.
  mean: { code: 40, version: 2, options: { type: 27, fields: () => [byte(1)] } },
  quantize: { code: 114, version: 1 },
};
const schemaVersion = 3;
// XNNPACK reads constants where they lie: they are aligned as the converter aligns them.
const dataAlignment = 16;

// A table of fields in the order of the schema: [add, value, default], or nothing where a field keeps its default.
function table(builder, fields) {
  builder.startObject(fields.length);
  fields.forEach((field, index) => field && builder[field[0]](index, field[1], field[2] ?? 0));
  return builder.endObject();
}
const offset = (value) => value !== undefined && ['addFieldOffset', value];

function vector(builder, values, size, add) {
  builder.startVector(size, values.length, size);
  for (let i = values.length - 1; i >= 0; i -= 1) builder[add](values[i]);
  return builder.endVector();
}
const integers = (builder, values) => vector(builder, values, 4, 'addInt32');
const offsets = (builder, values) => vector(builder, values, 4, 'addOffset');

function dataOf(builder, values) {
  if (!values) return table(builder, [null]);
  const bytes = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
  builder.prep(dataAlignment, bytes.length);
  return table(builder, [offset(builder.createByteVector(bytes))]);
}

function quantizationOf(builder, { scales, zeroPoint, axis = 0 }) {
  const zeroPoints = scales.map(() => BigInt(zeroPoint));
  const scale = vector(builder, scales, 4, 'addFloat32');
  const zero = vector(builder, zeroPoints, 8, 'addInt64');
  const axisField = ['addFieldInt32', axis];
  return table(builder, [null, null, offset(scale), offset(zero), null, null, axisField]);
}

function tensorOf(builder, { name, dims, type, quantization }, buffer) {
  const shape = integers(builder, dims);
  const text = builder.createString(name);
  const quantized = quantization && quantizationOf(builder, quantization);
  const fields = [offset(shape), ['addFieldInt8', types[type]], ['addFieldInt32', buffer]];
  return table(builder, [...fields, offset(text), offset(quantized)]);
}

function operatorOf(builder, node, codes) {
  const { options } = operators[node.op];
  const optionsTable = options && table(builder, options.fields(node));
  const [input, output] = [integers(builder, node.inputs), integers(builder, node.outputs)];
  return table(builder, [
    ['addFieldInt32', codes.indexOf(node.op)],
    offset(input),
    offset(output),
    options && ['addFieldInt8', options.type],
    offset(optionsTable),
  ]);
}

/**
 * The bytes of a model. `tensors`: { name, dims, type, values (of constants), quantization: { scales, zeroPoint, axis } };
 * `nodes`: { op, inputs, outputs, activation, kernel, stride } with tensors by their index.
 */
export function writeTflite({ tensors, nodes, inputs, outputs }) {
  const builder = new Builder(1024 + tensors.reduce((sum, { values }) => sum + (values?.byteLength ?? 0), 0));
  const codes = [...new Set(nodes.map(({ op }) => op))];
  // Buffer 0 is the empty one, of everything that is no constant.
  const constants = tensors.filter(({ values }) => values);
  const buffers = [undefined, ...constants.map(({ values }) => values)].map((v) => dataOf(builder, v));
  const tensorTables = tensors.map((tensor) => tensorOf(builder, tensor, constants.indexOf(tensor) + 1));
  const nodeTables = nodes.map((node) => operatorOf(builder, node, codes));
  const codeTables = codes.map((op) =>
    table(builder, [
      ['addFieldInt8', operators[op].code],
      null,
      ['addFieldInt32', operators[op].version, 1],
      ['addFieldInt32', operators[op].code],
    ]),
  );
  const parts = [
    offsets(builder, tensorTables),
    integers(builder, inputs),
    integers(builder, outputs),
    offsets(builder, nodeTables),
  ];
  const subgraphs = offsets(builder, [table(builder, parts.map(offset))]);
  const [codeVector, bufferVector] = [offsets(builder, codeTables), offsets(builder, buffers)];
  builder.finish(
    table(builder, [
      ['addFieldInt32', schemaVersion],
      offset(codeVector),
      offset(subgraphs),
      null,
      offset(bufferVector),
    ]),
    'TFL3',
  );
  return builder.asUint8Array();
}
