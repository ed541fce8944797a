// TensorFlow Lite files by field number (schema.fbs, version 3a of the schema), just as far as perceptrons need.
import { Builder } from 'flatbuffers';

export const types = { float32: 0, int32: 2, int8: 9 };
export const operators = { dequantize: 6, fullyConnected: 9, softmax: 25, quantize: 114 };
const versions = { dequantize: 2, fullyConnected: 9, softmax: 1, quantize: 1 };
const fullyConnectedOptions = 8;
const softmaxOptions = 9;
const relu = 1;
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

function operatorOf(builder, { op, inputs, outputs, activation }, codes) {
  let options;
  let optionsType;
  if (op === 'fullyConnected') {
    optionsType = fullyConnectedOptions;
    options = table(builder, [activation === 'relu' && ['addFieldInt8', relu]]);
  } else if (op === 'softmax') {
    optionsType = softmaxOptions;
    options = table(builder, [['addFieldFloat32', 1]]);
  }
  const [input, output] = [integers(builder, inputs), integers(builder, outputs)];
  return table(builder, [
    ['addFieldInt32', codes.indexOf(op)],
    offset(input),
    offset(output),
    optionsType && ['addFieldInt8', optionsType],
    offset(options),
  ]);
}

/**
 * The bytes of a model. `tensors`: { name, dims, type, values (of constants), quantization: { scales, zeroPoint, axis } };
 * `nodes`: { op, inputs, outputs, activation } with tensors by their index.
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
      ['addFieldInt8', operators[op]],
      null,
      ['addFieldInt32', versions[op], 1],
      ['addFieldInt32', operators[op]],
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
