#include "passes/dynamic_int8.h"

#include <catch2/catch.hpp>

#include "ir/dump.h"
#include "passes/pass_model.h"
#include "passes/pipeline.h"

namespace alice {
namespace {

const std::vector<std::int8_t> kWeights = {1, -2, 3, -4, 5, -127};

/// x [batch, 2] and what belongs to the pattern.
struct QuantizedModel : PassModel {
  ValueId x = Input("x", {batch, Dim::Known(2)});
  ValueId w = Constant<std::int8_t>("w", {2, 3}, kWeights);
  ValueId s = Constant<float>("s", {3}, {0.5f, 0.25f, 0.125f});

  /// Y = X · W in the pattern; `form` says how the two multiplications are written.
  ValueId Product(ValueId input, int form, std::vector<ValueId> more_inputs = {}) {
    const std::vector<ValueId> q = Nodes(OpKind::DynamicQuantizeLinear, {input}, 3);
    std::vector<ValueId> inputs = {q[0], w, q[2]};
    inputs.insert(inputs.end(), more_inputs.begin(), more_inputs.end());
    const ValueId acc = Op(OpKind::MatMulInteger, inputs, {}, "matmul" + std::to_string(graph.nodes.size()));
    const ValueId real = Op(OpKind::Cast, {acc}, CastAttributes{DType::f32});
    const auto mul = [&](ValueId a, ValueId b) { return Op(OpKind::Mul, {a, b}); };
    switch (form) {
      case 0:
        return mul(real, mul(q[1], s));
      case 1:
        return mul(mul(s, q[1]), real);
      case 2:
        return mul(mul(real, q[1]), s);
      default:
        return mul(q[1], mul(s, real));
    }
  }
};

TEST_CASE("the pattern of dynamic INT8 is recognized in every order", "[passes]") {
  for (const int form : {0, 1, 2, 3}) {
    for (const bool bias_first : {false, true}) {
      QuantizedModel model;
      const ValueId c = model.Constant<float>("c", {3}, {1, 2, 3});
      const ValueId product = model.Product(model.x, form);
      const ValueId y = model.Op(OpKind::Add, bias_first ? std::vector{c, product} : std::vector{product, c});
      model.Output(model.Relu(y));
      model.Prepare();
      REQUIRE(Optimize(model.graph, model.budget).ok());
      CHECK(model.Kinds() == "Gemm");
      const Node& gemm = model.node(0);
      CHECK(gemm.name == "matmul1");
      CHECK(gemm.activation.kind == ActivationKind::relu);
      REQUIRE(gemm.quantized);
      CHECK(model.Elements<std::int8_t>(gemm.quantized->weights) == kWeights);
      CHECK(model.Elements<float>(gemm.quantized->scales) == std::vector<float>{0.5f, 0.25f, 0.125f});
      CHECK(model.Elements<float>(gemm.inputs[1]) == std::vector<float>{0.5f, -0.5f, 0.375f, -2, 1.25f, -15.875f});
      CHECK(model.Elements<float>(gemm.inputs[2]) == std::vector<float>{1, 2, 3});
    }
  }
}

TEST_CASE("other scales, zero points and ranks are recognized too", "[passes]") {
  QuantizedModel model;
  SECTION("one scale for all columns, given zero point") {
    model.s = model.Constant<float>("one", {}, {0.5f});
    const ValueId zero = model.Constant<std::int8_t>("zero", {}, {0});
    model.Output(model.Product(model.x, 0, {zero}));
    model.Prepare();
    REQUIRE(RecognizeDynamicInt8(model.graph, model.budget).ok());
    REQUIRE(model.Kinds() == "Gemm");
    CHECK(model.node(0).quantized->scheme.weights.granularity == Granularity::per_tensor);
    CHECK(model.Elements<float>(model.node(0).quantized->scales) == std::vector<float>{0.5f});
  }
  SECTION("a zero point for all columns") {
    model.Output(model.Product(model.x, 0, {model.Constant<std::int8_t>("one", {}, {1})}));
    model.Prepare();
    REQUIRE(RecognizeDynamicInt8(model.graph, model.budget).ok());
    REQUIRE(model.Kinds() == "Gemm");
    const QuantizedForm& form = *model.node(0).quantized;
    CHECK_FALSE(form.scheme.weights.symmetric);
    CHECK(model.Elements<std::int8_t>(form.zero_points) == std::vector<std::int8_t>{1, 1, 1});
    REQUIRE(DecodeWeights(model.graph, model.budget).ok());
    CHECK(model.Elements<float>(model.node(0).inputs[1]) == std::vector<float>{0, -0.75f, 0.25f, -2.5f, 1, -16});
  }
  SECTION("u8 weights, a zero point for each column") {
    model.w = model.Constant<std::uint8_t>("unsigned", {2, 3}, {129, 126, 131, 124, 133, 1});
    const ValueId zero = model.Constant<std::uint8_t>("zero", {3}, {128, 129, 0});
    model.Output(model.Product(model.x, 0, {zero}));
    model.Prepare();
    REQUIRE(RecognizeDynamicInt8(model.graph, model.budget).ok());
    REQUIRE(model.Kinds() == "Gemm");
    const QuantizedForm& form = *model.node(0).quantized;
    CHECK(model.Elements<std::int8_t>(form.weights) == kWeights);
    CHECK(model.Elements<std::int8_t>(form.zero_points) == std::vector<std::int8_t>{0, 1, -128});
  }
  SECTION("rank 3 becomes a MatMul and keeps its Add") {
    const ValueId deep = model.Input("deep", {Dim(model.batch), Dim::Known(5), Dim::Known(2)});
    const ValueId c = model.Constant<float>("c", {3}, {1, 2, 3});
    model.Output(model.Op(OpKind::Add, {model.Product(deep, 0), c}));
    model.Prepare();
    REQUIRE(RecognizeDynamicInt8(model.graph, model.budget).ok());
    CHECK(model.Kinds() == "MatMul Add");
    CHECK(model.node(0).quantized.has_value());
  }
}

TEST_CASE("quantized operators outside the pattern stay as they are", "[passes]") {
  QuantizedModel model;
  SECTION("a computed zero point") {
    model.Output(model.Product(model.x, 0, {model.Input("one", std::initializer_list<std::int64_t>{}, DType::s8)}));
  }
  SECTION("computed weights") {
    model.w = model.Input("weights", {2, 3}, DType::s8);
    model.Output(model.Product(model.x, 0));
  }
  SECTION("weights of rank 3") {
    model.w = model.Constant<std::int8_t>("deep", {1, 2, 3}, kWeights);
    model.Output(model.Product(model.x, 0));
  }
  SECTION("the scale of another tensor") {
    const std::vector<ValueId> other =
        model.Nodes(OpKind::DynamicQuantizeLinear, {model.Input("z", {4})}, 3, {}, "other");
    model.Output(model.Product(model.x, 0));
    model.node(4).inputs[0] = other[1];
  }
  model.Prepare();
  REQUIRE(Optimize(model.graph, model.budget).ok());
  CHECK(model.Kinds().find("DynamicQuantizeLinear MatMulInteger Cast Mul Mul") != std::string::npos);
  for (const Node& node : model.graph.nodes) CHECK_FALSE(node.quantized);
}

TEST_CASE("an accumulator that somebody else uses is computed beside the recognized product", "[passes]") {
  QuantizedModel model;
  const ValueId y = model.Product(model.x, 0);
  model.Output(y);
  model.Output(model.node(1).outputs[0]);
  model.Prepare();
  REQUIRE(Optimize(model.graph, model.budget).ok());
  CHECK(model.Kinds() == "DynamicQuantizeLinear MatMulInteger Gemm");
  CHECK(model.node(2).quantized.has_value());
}

/// Two quantized layers on x, one of them behind the other, as Alice has them.
struct LoweringModel : PassModel {
  LoweringModel() {
    const ValueId x = Input("x", {batch, Dim::Known(2)});
    const ValueId w = Constant<float>("w", {2, 2}, {1, 2, 3, 4});
    const ValueId q = Constant<std::int8_t>("q", {2, 2}, {10, 20, 30, 40});
    const ValueId s = Constant<float>("s", {2}, {0.1f, 0.1f});
    const ValueId c = Constant<float>("c", {2}, {1, -1});
    const ValueId h = Op(OpKind::Gemm, {x, w, c}, GemmAttributes{}, "first");
    node(0).activation = {ActivationKind::leaky_relu, 0.2f};
    node(0).quantized = QuantizedForm{{}, q, s};
    const ValueId g = Op(OpKind::Gemm, {x, w}, GemmAttributes{}, "second");
    node(1).quantized = QuantizedForm{{}, q, s};
    const ValueId y = Op(OpKind::Sub, {h, g}, {}, "difference");
    node(2).activation = {ActivationKind::tanh};
    Output(y);
    Output(h);
    Prepare();
  }
};

TEST_CASE("INT8 nodes are lowered to the standard pattern", "[passes]") {
  LoweringModel model;
  REQUIRE(LowerToOnnx(model.graph, model.budget).ok());
  model.Prepare();
  CHECK(Dump(model.graph) ==
        "graph test, operator set 17\n"
        "input %x: f32[batch, 2]\n"
        "%x_quantized, %x_scale, %x_zero_point = DynamicQuantizeLinear(%x) → u8[batch, 2], f32[], u8[]   # x/quantize\n"
        "%first_2 = MatMulInteger(%x_quantized, q[2, 2], %x_zero_point) → i32[batch, 2]   # first\n"
        "%first/cast = Cast(%first_2; to=f32) → f32[batch, 2]   # first/cast\n"
        "%first/scale = Mul(%x_scale, s[2]) → f32[2]   # first/scale\n"
        "%first/dequantize = Mul(%first/cast, %first/scale) → f32[batch, 2]   # first/dequantize\n"
        "%first/bias/linear = Add(%first/dequantize, c[2]) → f32[batch, 2]   # first/bias\n"
        "%first = LeakyRelu(%first/bias/linear; alpha=0.2) → f32[batch, 2]   # first/bias/activation\n"
        "%second_2 = MatMulInteger(%x_quantized, q[2, 2], %x_zero_point) → i32[batch, 2]   # second\n"
        "%second/cast = Cast(%second_2; to=f32) → f32[batch, 2]   # second/cast\n"
        "%second/scale = Mul(%x_scale, s[2]) → f32[2]   # second/scale\n"
        "%second = Mul(%second/cast, %second/scale) → f32[batch, 2]   # second/dequantize\n"
        "%difference/linear = Sub(%first, %second) → f32[batch, 2]   # difference\n"
        "%difference = Tanh(%difference/linear) → f32[batch, 2]   # difference/activation\n"
        "output %difference: f32[batch, 2]\n"
        "output %first: f32[batch, 2]\n");
  for (const Value& value : model.graph.values) CHECK(value.name != "w");
}

TEST_CASE("recognizing what was lowered gives the same layers", "[passes]") {
  LoweringModel model;
  REQUIRE(LowerToOnnx(model.graph, model.budget).ok());
  REQUIRE(Optimize(model.graph, model.budget).ok());
  CHECK(model.Kinds() == "Gemm Gemm Sub");
  for (const std::size_t index : {std::size_t{0}, std::size_t{1}}) {
    const Node& gemm = model.node(index);
    CHECK(gemm.name == (index == 0 ? "first" : "second"));
    REQUIRE(gemm.quantized);
    CHECK(model.Elements<std::int8_t>(gemm.quantized->weights) == std::vector<std::int8_t>{10, 20, 30, 40});
    CHECK(model.Elements<float>(gemm.quantized->scales) == std::vector<float>{0.1f, 0.1f});
    CHECK(gemm.inputs.size() == (index == 0 ? 3 : 2));
  }
  CHECK(model.Elements<float>(model.node(0).inputs[2]) == std::vector<float>{1, -1});
  CHECK(model.node(0).activation == Activation{ActivationKind::leaky_relu, 0.2f});
  CHECK(model.node(2).activation.kind == ActivationKind::tanh);
  CHECK(model.graph.value(model.graph.outputs[0]).name == "difference");
}

TEST_CASE("released float weights do not matter, released INT8 weights do", "[passes]") {
  LoweringModel model;
  model.graph.value(model.node(0).inputs[1]).constant->Release();
  SECTION("float weights of quantized nodes") { CHECK(LowerToOnnx(model.graph, model.budget).ok()); }
  SECTION("INT8 weights") {
    model.graph.value(model.node(0).quantized->weights).constant->Release();
    CHECK(LowerToOnnx(model.graph, model.budget).error()->code == ErrorCode::internal);
  }
  SECTION("float weights of a node that is not quantized") {
    model.node(1).quantized.reset();
    CHECK(LowerToOnnx(model.graph, model.budget).error()->code == ErrorCode::internal);
  }
}

TEST_CASE("float weights of a recognized pattern are refused beyond the budget", "[passes]") {
  LoweringModel model;
  REQUIRE(LowerToOnnx(model.graph, model.budget).ok());
  model.Prepare();
  REQUIRE(RecognizeDynamicInt8(model.graph, model.budget).ok());
  model.budget.set_limit_bytes(model.budget.held_bytes());
  const Status status = DecodeWeights(model.graph, model.budget);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == ErrorCode::budget_exceeded);
}

}  // namespace
}  // namespace alice
