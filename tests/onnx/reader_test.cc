#include "onnx/reader.h"

#include "catch2/catch.hpp"

#include "onnx/limits.h"
#include "onnx/model_builder.h"

namespace alice {
namespace {

void CheckError(const std::string& bytes, ErrorCode code, const std::string& message, const std::string& node = "") {
  ReadModel read(bytes);
  REQUIRE(!read.graph.ok());
  CHECK(ErrorCodeName(read.graph.error().code) == ErrorCodeName(code));
  CHECK(read.graph.error().message == message);
  CHECK(read.graph.error().node == node);
  CHECK(read.budget->held_bytes() == 0);
}

ModelBuilder AddModel() {
  ModelBuilder model = OneNode({"Add", {"x", "b"}, {"y"}, {}, "add"});
  model.Initializer(FloatTensor("b", {4}, {1, 2, 3, 4}));
  return model;
}

}  // namespace

TEST_CASE("a model's graph is read with its names, symbols and constants", "[onnx]") {
  ReadModel read(AddModel().Build());
  REQUIRE(read.graph.ok());
  const Graph& graph = *read.graph;
  CHECK(graph.opset == 17);
  REQUIRE(graph.inputs.size() == 1);
  const Value& x = graph.value(graph.inputs[0]);
  CHECK(x.name == "x");
  CHECK(x.shape.ToString(graph.symbols) == "[batch, 4]");
  REQUIRE(graph.nodes.size() == 1);
  CHECK(graph.nodes[0].kind == OpKind::Add);
  CHECK(graph.nodes[0].name == "add");
  const Value& b = graph.value(graph.nodes[0].inputs[1]);
  CHECK(b.name == "b");
  CHECK(b.constant->elements<float>()[3] == 4.0f);
  CHECK(graph.outputs == graph.nodes[0].outputs);
  CHECK(graph.value(graph.outputs[0]).name == "y");
}

TEST_CASE("a graph input with an initializer is a constant", "[onnx]") {
  ModelBuilder model = AddModel();
  model.ir_version = 3;
  ReadModel read(model.Input("b", {4}).Build());
  REQUIRE(read.graph.ok());
  CHECK(read.graph->inputs.size() == 1);
  CHECK(read.graph->IsConstant(read.graph->nodes[0].inputs[1]));
}

TEST_CASE("an axis without a size gets a symbol of its own", "[onnx]") {
  ModelBuilder model;
  model.Input("a", {"", 0, -1, 3}).Input("b", {"a.0", "n", "n"}).Output("a");
  ReadModel read(model.Build());
  REQUIRE(read.graph.ok());
  const Graph& graph = *read.graph;
  CHECK(graph.value(graph.inputs[0]).shape.ToString(graph.symbols) == "[a.0', a.1, a.2, 3]");
  CHECK(graph.value(graph.inputs[1]).shape.ToString(graph.symbols) == "[a.0, n, n]");
}

TEST_CASE("a node without a name gets its operator and index", "[onnx]") {
  ModelBuilder model;
  model.Input("x", {4}).Add({"Relu", {"x"}, {"h"}}).Add({"Tanh", {"h"}, {"y"}, {}, "", "ai.onnx"}).Output("y");
  ReadModel read(model.Build());
  REQUIRE(read.graph.ok());
  CHECK(read.graph->nodes[0].name == "Relu#0");
  CHECK(read.graph->nodes[1].name == "Tanh#1");
}

TEST_CASE("optional inputs may be left out", "[onnx]") {
  ModelBuilder model;
  model.Input(TensorInfo("a", {"m", 4}, 2)).Initializer(RawTensor<std::int8_t>("b", {4, 1}, 3, {1, 2, 3, 4}));
  model.Initializer(RawTensor<std::int8_t>("zero", {}, 3, {0}));
  model.Add({"MatMulInteger", {"a", "b", "", "zero"}, {"c"}}).Add({"MatMulInteger", {"a", "b", ""}, {"d"}});
  model.Output("c").Output("d");
  ReadModel read(model.Build());
  REQUIRE(read.graph.ok());
  CHECK(read.graph->nodes[0].inputs[2] == kNoValue);
  CHECK(read.graph->nodes[0].inputs.size() == 4);
  CHECK(read.graph->nodes[1].inputs.size() == 2);
}

TEST_CASE("metadata is kept", "[onnx]") {
  std::string bytes = AddModel().Build();
  std::string entry;
  protozero::pbf_writer(entry).add_string(1, "classes");
  protozero::pbf_writer(entry).add_string(2, "a,b");
  protozero::pbf_writer(bytes).add_message(14, entry);
  ReadModel read(bytes);
  REQUIRE(read.graph.ok());
  CHECK(read.graph->MetadataOf("classes") == "a,b");
}

TEST_CASE("an unsupported operator is named with its node, domain and operator set", "[onnx]") {
  CheckError(OneNode({"Lrn", {"x"}, {"y"}, {}, "norm1"}, 7).Build(), ErrorCode::model_unsupported_operator,
             "operator Lrn (domain ai.onnx, opset 7) of node \"norm1\" is not supported", "norm1");
  ModelBuilder vendor = OneNode({"Gelu", {"x"}, {"y"}, {}, "", "com.microsoft"});
  CheckError(
      vendor.Build(), ErrorCode::model_unsupported_operator,
      "operator Gelu (domain com.microsoft, which the model does not import) of node \"Gelu#0\" is not supported",
      "Gelu#0");
  vendor.opsets.emplace_back("com.microsoft", 1);
  CheckError(vendor.Build(), ErrorCode::model_unsupported_operator,
             "operator Gelu (domain com.microsoft, opset 1) of node \"Gelu#0\" is not supported", "Gelu#0");
  CheckError(OneNode({"DynamicQuantizeLinear", {"x"}, {"y", "s", "z"}, {}, "q"}, 10).Build(),
             ErrorCode::model_unsupported_operator,
             "operator DynamicQuantizeLinear (domain ai.onnx, opset 10) of node \"q\" is not supported", "q");
}

TEST_CASE("operator sets outside the range are refused", "[onnx]") {
  for (const std::int64_t opset : {kMinOpset, kMaxOpset}) {
    CHECK(ReadModel(OneNode({"Relu", {"x"}, {"y"}}, opset).Build()).graph.ok());
  }
  CheckError(AddModel().Opset(6).Build(), ErrorCode::model_unsupported_opset,
             "the model uses opset 6 of the domain ai.onnx; supported are 7 to 22");
  CheckError(AddModel().Opset(23).Build(), ErrorCode::model_unsupported_opset,
             "the model uses opset 23 of the domain ai.onnx; supported are 7 to 22");
  ModelBuilder model = AddModel();
  model.opsets = {{"com.microsoft", 1}};
  CheckError(model.Build(), ErrorCode::model_unsupported_opset,
             "the model imports no operator set of the domain ai.onnx");
  model = AddModel();
  model.ir_version = 2;
  CheckError(model.Build(), ErrorCode::model_unsupported_opset,
             "the model's IR version is 2; operator sets begin with 3");
}

TEST_CASE("bytes that are no model are refused", "[onnx]") {
  CheckError("", ErrorCode::model_malformed, "the bytes have no IR version, so they are no ONNX model");
  CheckError("\x08\x08", ErrorCode::model_malformed, "the bytes have no graph, so they are no ONNX model");
  CheckError("GIF89a", ErrorCode::model_malformed,
             "the model is not a well-formed protobuf message: unknown pbf field type exception");
  CheckError("\x3a\x05", ErrorCode::model_truncated, "the model ends inside a field");
  // The graph (field 7) as a number.
  CheckError("\x38\x01", ErrorCode::model_malformed,
             "the model is not a well-formed protobuf message: a field has the wrong wire type");
  std::string two_graphs = AddModel().Build();
  protozero::pbf_writer(two_graphs).add_message(7, std::string());
  CheckError(two_graphs, ErrorCode::model_malformed, "the model has two graphs");
  CheckError(OneNode({"", {"x"}, {"y"}, {}, "n"}).Build(), ErrorCode::model_malformed,
             "the node \"n\" names no operator", "n");
}

TEST_CASE("a graph that breaks a rule of names is refused", "[onnx]") {
  CheckError(OneNode({"Add", {"x", "ghost"}, {"y"}, {}, "add"}).Build(), ErrorCode::model_invalid_graph,
             "node \"add\" reads \"ghost\", which nothing before it defines", "add");
  ModelBuilder cycle;
  cycle.Input("x", {4}).Add({"Add", {"x", "b"}, {"a"}, {}, "one"}).Add({"Relu", {"a"}, {"b"}, {}, "two"}).Output("b");
  CheckError(cycle.Build(), ErrorCode::model_invalid_graph, "node \"one\" reads \"b\", which nothing before it defines",
             "one");
  CheckError(OneNode({"Relu", {"x"}, {"x"}, {}, "r"}).Build(), ErrorCode::model_invalid_graph,
             "the value \"x\" is defined twice", "r");
  CheckError(AddModel().Initializer(FloatTensor("b", {}, {1})).Build(), ErrorCode::model_invalid_graph,
             "the value \"b\" is defined twice");
  CheckError(AddModel().Input("x", {4}).Build(), ErrorCode::model_invalid_graph, "the value \"x\" is defined twice");
  CheckError(AddModel().Output("ghost").Build(), ErrorCode::model_invalid_graph,
             "nothing defines the graph output \"ghost\"");
  CheckError(OneNode({"Relu", {"x", "x"}, {"y"}, {}, "r"}).Build(), ErrorCode::model_invalid_graph,
             "Relu \"r\" has 2 inputs; it takes 1 to 1", "r");
  CheckError(OneNode({"DynamicQuantizeLinear", {"x"}, {"y"}, {}, "q"}).Build(), ErrorCode::model_invalid_graph,
             "DynamicQuantizeLinear \"q\" has 1 outputs instead of 3", "q");
  CheckError(OneNode({"Constant", {}, {}, {FloatAttribute("value_float", 1)}, "c"}).Build(),
             ErrorCode::model_invalid_graph, "Constant \"c\" has 0 outputs instead of 1", "c");
}

TEST_CASE("inputs of unknown types and shapes are named", "[onnx]") {
  CheckError(ModelBuilder().Input(TensorInfo("x", {4}, 11)).Build(), ErrorCode::model_unsupported_type,
             "input \"x\" has the element type DOUBLE, which is not supported");
  std::string untyped;
  protozero::pbf_writer(untyped).add_string(1, "x");
  CheckError(ModelBuilder().Input(untyped).Build(), ErrorCode::model_unsupported_type, "input \"x\" is not a tensor");
  // TypeProto { tensor_type { elem_type: FLOAT } }
  protozero::pbf_writer(untyped).add_message(2, std::string("\x0a\x02\x08\x01"));
  CheckError(ModelBuilder().Input(untyped).Build(), ErrorCode::shape_unresolved,
             "input \"x\" has no shape, not even a rank");
  CheckError(ModelBuilder().Field(15, "").Build(), ErrorCode::model_unsupported_type,
             "the graph has a sparse initializer");
}

TEST_CASE("external data is refused by name", "[onnx]") {
  std::string tensor = TensorHeader("b", {4}, kOnnxFloat);
  protozero::pbf_writer(tensor).add_int32(14, 1);
  CheckError(OneNode({"Add", {"x", "b"}, {"y"}, {}, "add"}).Initializer(tensor).Build(), ErrorCode::model_external_data,
             "tensor \"b\" keeps its data in another file");
}

TEST_CASE("each limit is held", "[onnx]") {
  const std::string long_name(kMaxNameBytes + 1, 'n');
  CheckError(OneNode({"Relu", {"x"}, {long_name}, {}, "r"}).Build(), ErrorCode::model_limit,
             "value name of 1025 bytes; the most is 1024");
  CHECK(ReadModel(OneNode({"Relu", {"x"}, {long_name.substr(1)}, {}, "r"}).Build()).graph.ok());
  CheckError(OneNode({"Add", std::vector<std::string>(kMaxNodeInputs + 1, "x"), {"y"}}).Build(), ErrorCode::model_limit,
             "a node has more than 1024 inputs");
  std::vector<std::string> attributes;
  for (std::size_t i = 0; i <= kMaxNodeAttributes; ++i) attributes.push_back(IntAttribute(std::to_string(i), 0));
  CheckError(OneNode({"Relu", {"x"}, {"y"}, attributes}).Build(), ErrorCode::model_limit,
             "a node has more than 64 attributes");
  CheckError(ModelBuilder().Input("x", std::vector<TestDim>(9, 1)).Build(), ErrorCode::model_limit,
             "input \"x\" has a rank above 8");
  CheckError(ModelBuilder().Input("x", {std::int64_t{1} << 32, std::int64_t{1} << 32}).Build(), ErrorCode::model_limit,
             "input \"x\" has [4294967296, 4294967296] elements; the most is 268435455");
  ModelBuilder symbols;
  for (std::size_t i = 0; i <= kMaxSymbols; ++i) symbols.Input("x" + std::to_string(i), {"s" + std::to_string(i)});
  CheckError(symbols.Build(), ErrorCode::model_limit, "the model has more than 256 symbolic axes");
  ModelBuilder opsets = AddModel();
  for (std::size_t i = 0; i < kMaxOpsetImports; ++i) opsets.opsets.emplace_back("d" + std::to_string(i), 1);
  CheckError(opsets.Build(), ErrorCode::model_limit, "the model imports more than 64 operator sets");
  std::string metadata = AddModel().Build();
  for (std::size_t i = 0; i <= kMaxMetadataEntries; ++i) protozero::pbf_writer(metadata).add_message(14, std::string());
  CheckError(metadata, ErrorCode::model_limit,
             "the model has more than 256 metadata entries or 1048576 bytes of metadata");
  ModelBuilder nodes;
  nodes.Input("x", {4});
  for (std::size_t i = 0; i <= kMaxNodes; ++i) nodes.Add({"Relu", {"x"}, {"y" + std::to_string(i)}});
  CheckError(nodes.Build(), ErrorCode::model_limit, "the model has more than 16384 nodes");
}

namespace {

/// x → Relu → a; x → (an operator Alice lacks) → b; a, other → Add → c. Outputs a, b, c.
ModelBuilder ThreeOutputs() {
  ModelBuilder model = OneNode({"Relu", {"x"}, {"a"}});
  model.Input("other", {"batch", 4});
  model.Add({"Lrn", {"x"}, {"b"}}).Add({"Add", {"a", "other"}, {"c"}});
  return model.Output("b").Output("c");
}

Result<Graph> ReadChosen(const std::string& bytes, const std::vector<std::string>& outputs, MemoryBudget& budget) {
  return ReadOnnx(std::as_bytes(std::span(bytes)), budget, {.outputs = outputs});
}

}  // namespace

TEST_CASE("chosen outputs are read with what they need alone", "[onnx]") {
  const std::string bytes = ThreeOutputs().Build();
  MemoryBudget budget(std::size_t{1} << 20);
  CHECK_FALSE(ReadChosen(bytes, {}, budget).ok());
  const auto a = ReadChosen(bytes, {"a"}, budget);
  REQUIRE(a.ok());
  CHECK(a->nodes.size() == 1);
  CHECK(a->inputs.size() == 1);
  const auto both = ReadChosen(bytes, {"c", "a"}, budget);
  REQUIRE(both.ok());
  CHECK(both->nodes.size() == 2);
  CHECK(both->inputs.size() == 2);
  REQUIRE(both->outputs.size() == 2);
  CHECK(both->value(both->outputs[0]).name == "c");
  CHECK(both->value(both->outputs[1]).name == "a");
}

TEST_CASE("a chosen output that is not there is named with those that are", "[onnx]") {
  const std::string bytes = ThreeOutputs().Build();
  MemoryBudget budget(std::size_t{1} << 20);
  const auto missing = ReadChosen(bytes, {"d"}, budget);
  REQUIRE_FALSE(missing.ok());
  CHECK(missing.error().code == ErrorCode::config_invalid);
  CHECK(missing.error().message == "\"d\" is no output of the model, whose outputs are \"a\", \"b\", \"c\"");
  CHECK_FALSE(ReadChosen(bytes, {"x"}, budget).ok());
  const auto twice = ReadChosen(bytes, {"a", "a"}, budget);
  REQUIRE_FALSE(twice.ok());
  CHECK(twice.error().message == "the output \"a\" is chosen twice");
}

}  // namespace alice
