#include "onnx/writer.h"

#include <algorithm>
#include <map>

#include "catch2/catch.hpp"

#include "onnx/model_builder.h"
#include "onnx/random_graph.h"

namespace alice {
namespace {

using Names = std::vector<std::string>;

Names NamesOf(const Graph& graph, const std::vector<ValueId>& ids) {
  Names names;
  for (const ValueId id : ids) names.push_back(id == kNoValue ? "" : graph.value(id).name);
  return names;
}

std::string ShapeOf(const Graph& graph, const Value& value) {
  return std::string(DTypeName(value.dtype)) + value.shape.ToString(graph.symbols);
}

/// Attributes as text; %a shows every bit of a float.
std::string AttributesOf(const Node& node) {
  char text[256] = "";
  const auto print = [&](const char* format, auto... values) { std::snprintf(text, sizeof text, format, values...); };
  if (const auto* const gemm = std::get_if<GemmAttributes>(&node.attributes)) {
    print("gemm %a %a %d %d", static_cast<double>(gemm->alpha), static_cast<double>(gemm->beta), gemm->trans_a,
          gemm->trans_b);
  } else if (const auto* const softmax = std::get_if<SoftmaxAttributes>(&node.attributes)) {
    print("softmax %lld %d", static_cast<long long>(softmax->axis), softmax->flatten_from_axis);
  } else if (const auto* const flatten = std::get_if<FlattenAttributes>(&node.attributes)) {
    print("flatten %lld", static_cast<long long>(flatten->axis));
  } else if (const auto* const reshape = std::get_if<ReshapeAttributes>(&node.attributes)) {
    print("reshape %s %d", reshape->dims.ToString().c_str(), reshape->allow_zero);
  } else if (const auto* const cast = std::get_if<CastAttributes>(&node.attributes)) {
    print("cast %d", static_cast<int>(cast->to));
  } else if (const auto* const normalization = std::get_if<BatchNormalizationAttributes>(&node.attributes)) {
    print("normalization %a", static_cast<double>(normalization->epsilon));
  } else if (const auto* const quantize = std::get_if<QuantizeLinearAttributes>(&node.attributes)) {
    print("quantize %lld %d", static_cast<long long>(quantize->axis),
          quantize->to ? static_cast<int>(*quantize->to) : -1);
  } else if (const auto* const dequantize = std::get_if<DequantizeLinearAttributes>(&node.attributes)) {
    print("dequantize %lld", static_cast<long long>(dequantize->axis));
  } else if (const auto* const activation = std::get_if<Activation>(&node.attributes)) {
    print("activation %d %a %a %a", static_cast<int>(activation->kind), static_cast<double>(activation->alpha),
          static_cast<double>(activation->low), static_cast<double>(activation->high));
  }
  return text;
}

void CheckSameTensor(const Tensor& a, const Tensor& b) {
  REQUIRE(a.dtype() == b.dtype());
  REQUIRE(a.shape() == b.shape());
  CHECK(std::equal(a.view().data, a.view().data + a.bytes(), b.view().data));
}

/// Equal up to the order of the values.
void CheckSame(const Graph& a, const Graph& b) {
  CHECK(a.name == b.name);
  CHECK(a.symbols == b.symbols);
  CHECK(a.metadata == b.metadata);
  CHECK(NamesOf(a, a.inputs) == NamesOf(b, b.inputs));
  CHECK(NamesOf(a, a.outputs) == NamesOf(b, b.outputs));
  REQUIRE(a.values.size() == b.values.size());
  std::map<std::string, const Value*> values;
  for (const Value& value : b.values) values[value.name] = &value;
  for (const Value& value : a.values) {
    REQUIRE(values.contains(value.name));
    const Value& other = *values[value.name];
    CHECK(ShapeOf(a, value) == ShapeOf(b, other));
    REQUIRE(value.constant.has_value() == other.constant.has_value());
    if (value.constant) CheckSameTensor(*value.constant, *other.constant);
  }
  REQUIRE(a.nodes.size() == b.nodes.size());
  for (std::size_t index = 0; index < a.nodes.size(); ++index) {
    CHECK(a.nodes[index].kind == b.nodes[index].kind);
    CHECK(a.nodes[index].name == b.nodes[index].name);
    CHECK(NamesOf(a, a.nodes[index].inputs) == NamesOf(b, b.nodes[index].inputs));
    CHECK(NamesOf(a, a.nodes[index].outputs) == NamesOf(b, b.nodes[index].outputs));
    CHECK(AttributesOf(a.nodes[index]) == AttributesOf(b.nodes[index]));
  }
}

Graph WriteAndRead(const Graph& graph, MemoryBudget& budget) {
  const Result<std::vector<std::byte>> bytes = WriteOnnx(graph);
  REQUIRE(bytes.ok());
  Result<Graph> again = ReadOnnx(bytes.value(), budget);
  INFO((again.ok() ? "" : again.error().message));
  REQUIRE(again.ok());
  REQUIRE(InferShapes(*again).ok());
  return *std::move(again);
}

}  // namespace

TEST_CASE("what is written reads as the same graph", "[onnx]") {
  for (std::uint32_t seed = 1; seed <= 200; ++seed) {
    INFO("seed " << seed);
    MemoryBudget budget(kTestBudgetBytes);
    const Graph graph = RandomGraph(seed, budget).Build(1 + static_cast<int>(seed % 24));
    CheckSame(graph, WriteAndRead(graph, budget));
  }
}

TEST_CASE("scalars, optional inputs and integer tensors survive", "[onnx]") {
  ModelBuilder model;
  model.Field(2, "scalars").Input("s", {}).Input("x", {"batch", 4});
  model.Initializer(RawTensor<std::int8_t>("b", {4, 1}, 3, {1, -2, 3, -4}));
  model.Initializer(RawTensor<std::int8_t>("zero", {}, 3, {0}));
  model.Add({"DynamicQuantizeLinear", {"x"}, {"q", "scale", "z"}, {}, "quantize"});
  model.Add({"MatMulInteger", {"q", "b", "", "zero"}, {"acc"}, {}, "multiply"});
  model.Add({"Cast", {"acc"}, {"real"}, {IntAttribute("to", 1)}, "cast"});
  model.Output("s").Output("real").Output("scale");
  ReadModel read(model.Build());
  REQUIRE(read.graph.ok());
  REQUIRE(InferShapes(*read.graph).ok());
  CheckSame(*read.graph, WriteAndRead(*read.graph, *read.budget));
}

TEST_CASE("quantized operators on their own survive", "[onnx]") {
  ModelBuilder model;
  model.Field(2, "quantized").Input("x", {"batch", 4});
  model.Initializer(FloatTensor("s", {}, {0.5f})).Initializer(FloatTensor("s4", {4}, {1, 2, 3, 4}));
  model.Initializer(RawTensor<std::int8_t>("z4", {4}, 3, {1, -2, 3, -4}));
  model.Initializer(RawTensor<std::uint8_t>("z", {}, 2, {7}));
  model.Initializer(RawTensor<std::int8_t>("b", {4, 4}, 3, std::vector<std::int8_t>(16, 5)));
  model.Add({"QuantizeLinear", {"x", "s", "z"}, {"q"}, {}, "quantize"});
  model.Add({"QLinearMatMul", {"q", "s", "z", "b", "s4", "z4", "s", "z"}, {"y"}, {}, "multiply"});
  model.Add({"DequantizeLinear", {"y", "s", "z"}, {"real"}, {IntAttribute("axis", -1)}, "dequantize"});
  model.Add({"QuantizeLinear", {"real", "s4", "z4"}, {"columns"}, {IntAttribute("axis", -1)}, "per_column"});
  model.Output("columns");
  ReadModel read(model.Build());
  REQUIRE(read.graph.ok());
  REQUIRE(InferShapes(*read.graph).ok());
  CheckSame(*read.graph, WriteAndRead(*read.graph, *read.budget));
}

TEST_CASE("a QuantizeLinear to s8 without a zero point cannot be written", "[onnx]") {
  ModelBuilder model;
  model.Opset(21).Input("x", {"batch", 4}).Initializer(FloatTensor("s", {}, {0.5f}));
  model.Add({"QuantizeLinear", {"x", "s"}, {"y"}, {IntAttribute("output_dtype", 3)}, "signed"}).Output("y");
  ReadModel read(model.Build());
  REQUIRE(read.graph.ok());
  REQUIRE(InferShapes(*read.graph).ok());
  const Result<std::vector<std::byte>> bytes = WriteOnnx(*read.graph);
  REQUIRE(!bytes.ok());
  CHECK(bytes.error().code == ErrorCode::model_unsupported_attribute);
  CHECK(bytes.error().node == "signed");
}

TEST_CASE("a Softmax over several axes cannot be written, over the last it can", "[onnx]") {
  ModelBuilder model;
  model.Opset(12).Input("x", {"batch", 2, 2}).Add({"Softmax", {"x"}, {"y"}, {}, "soft"}).Output("y");
  ReadModel several(model.Build());
  REQUIRE(several.graph.ok());
  REQUIRE(InferShapes(*several.graph).ok());
  const Result<std::vector<std::byte>> bytes = WriteOnnx(*several.graph);
  REQUIRE(!bytes.ok());
  CHECK(bytes.error().code == ErrorCode::model_unsupported_attribute);
  CHECK(bytes.error().node == "soft");
  CHECK(bytes.error().message == "Softmax \"soft\" goes over all axes from 1 on, which later operator sets cannot say");

  ReadModel last(OneNode({"Softmax", {"x"}, {"y"}, {}, "soft"}, 12).Build());
  REQUIRE(last.graph.ok());
  REQUIRE(InferShapes(*last.graph).ok());
  const Graph again = WriteAndRead(*last.graph, *last.budget);
  CHECK(std::get<SoftmaxAttributes>(again.nodes[0].attributes).axis == 1);
}

TEST_CASE("values without a name, or with one that is taken, get one", "[onnx]") {
  MemoryBudget budget(kTestBudgetBytes);
  Graph graph = RandomGraph(7, budget).Build(6);
  for (Value& value : graph.values) {
    if (value.name.starts_with("v")) value.name = value.name.size() % 2 == 0 ? "" : "x";
  }
  const Graph again = WriteAndRead(graph, budget);
  CHECK(again.values.size() == graph.values.size());
  CHECK(again.value(again.inputs[0]).name == "x");
}

TEST_CASE("a graph that was not lowered is not written", "[onnx]") {
  MemoryBudget budget(kTestBudgetBytes);
  Graph fused = RandomGraph(3, budget).Build(4);
  fused.nodes[1].activation.kind = ActivationKind::relu;
  const Result<std::vector<std::byte>> bytes = WriteOnnx(fused);
  REQUIRE(!bytes.ok());
  CHECK(bytes.error().code == ErrorCode::internal);
  CHECK(bytes.error().node == "node1");

  ReadModel read(OneNode({"Add", {"x", "b"}, {"y"}}).Initializer(FloatTensor("b", {4}, {1, 2, 3, 4})).Build());
  REQUIRE(read.graph.ok());
  read.graph->value(read.graph->nodes[0].inputs[1]).constant->Release();
  CHECK(!WriteOnnx(*read.graph).ok());
}

}  // namespace alice
