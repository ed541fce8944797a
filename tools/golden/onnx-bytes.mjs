// ONNX files by field number (onnx.proto of ONNX 1.17), just as far as the goldens need: an account of the format that is
// independent of src/onnx, which the goldens are there to judge.
import { PbfReader, PbfWriter } from 'pbf';

const floatsOf = (bytes) => new Float32Array(Uint8Array.from(bytes).buffer);

function readTensorField(tag, tensor, pbf) {
  if (tag === 1) pbf.readPackedVarint(tensor.dims, true);
  else if (tag === 8) tensor.name = pbf.readString();
  else if (tag === 9) tensor.values = floatsOf(pbf.readBytes());
}

function readNodeField(tag, node, pbf) {
  if (tag === 1) node.inputs.push(pbf.readString());
  else if (tag === 2) node.outputs.push(pbf.readString());
  else if (tag === 4) node.op = pbf.readString();
}

function readGraphField(tag, graph, pbf) {
  if (tag === 1) graph.nodes.push(pbf.readMessage(readNodeField, { op: '', inputs: [], outputs: [] }));
  if (tag !== 5) return;
  const tensor = pbf.readMessage(readTensorField, { name: '', dims: [], values: undefined });
  graph.initializers.set(tensor.name, tensor);
}

/** The nodes and the float initializers (those with raw data) of a model. */
export function readGraph(bytes) {
  const graph = { nodes: [], initializers: new Map() };
  new PbfReader(bytes).readFields((tag, _, pbf) => tag === 7 && pbf.readMessage(readGraphField, graph));
  return graph;
}

const attributeTypes = { int: 2, ints: 7 };
const dataTypes = { float32: 1, uint8: 2, int8: 3, int32: 6 };

function writeTensor({ name, type, dims, values }, pbf) {
  for (const dim of dims) pbf.writeVarintField(1, dim);
  pbf.writeVarintField(2, dataTypes[type]);
  pbf.writeStringField(8, name);
  pbf.writeBytesField(9, new Uint8Array(values.buffer, values.byteOffset, values.byteLength));
}

function writeNode({ op, inputs, outputs, integers = {}, lists = {} }, pbf) {
  for (const input of inputs) pbf.writeStringField(1, input);
  for (const output of outputs) pbf.writeStringField(2, output);
  pbf.writeStringField(4, op);
  for (const [name, value] of Object.entries(integers)) {
    pbf.writeMessage(5, (_, attribute) => {
      attribute.writeStringField(1, name);
      attribute.writeVarintField(3, value);
      attribute.writeVarintField(20, attributeTypes.int);
    });
  }
  for (const [name, values] of Object.entries(lists)) {
    pbf.writeMessage(5, (_, attribute) => {
      attribute.writeStringField(1, name);
      for (const value of values) attribute.writeVarintField(8, value);
      attribute.writeVarintField(20, attributeTypes.ints);
    });
  }
}

function writeValueInfo({ name, type, dims }, pbf) {
  pbf.writeStringField(1, name);
  if (type === undefined) return;
  const writeDim = (dim, axis) =>
    typeof dim === 'string' ? axis.writeStringField(2, dim) : axis.writeVarintField(1, dim);
  const shape = (_, out) => dims.forEach((dim) => out.writeMessage(1, writeDim, dim));
  pbf.writeMessage(2, (_, typeProto) =>
    typeProto.writeMessage(1, (__, tensor) => {
      tensor.writeVarintField(1, dataTypes[type]);
      tensor.writeMessage(2, shape);
    }),
  );
}

/** The bytes of a model of operator set 13. */
export function writeModel({ nodes, initializers, inputs, outputs }) {
  const pbf = new PbfWriter();
  pbf.writeVarintField(1, 8);
  pbf.writeMessage(7, (_, graph) => {
    for (const node of nodes) graph.writeMessage(1, writeNode, node);
    graph.writeStringField(2, 'golden');
    for (const tensor of initializers) graph.writeMessage(5, writeTensor, tensor);
    for (const input of inputs) graph.writeMessage(11, writeValueInfo, input);
    for (const output of outputs) graph.writeMessage(12, writeValueInfo, output);
  });
  pbf.writeMessage(8, (_, opset) => opset.writeVarintField(2, 13));
  return pbf.finish();
}
