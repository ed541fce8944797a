#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <functional>

#include "exec/session.h"
#include "passes/pass_model.h"
#include "passes/passes.h"
#include "passes/pipeline.h"
#include "passes/qdq.h"

namespace alice {
namespace {

using Vector = std::vector<float>;

constexpr std::int64_t kInputs = 3, kOutputs = 2;

/// Gemm(DequantizeLinear(QuantizeLinear(x)), DequantizeLinear(codes)) + bias; every part may be changed before Build.
struct QdqModel : GraphBuilder {
  ValueId x = Input("x", {Symbol("batch"), Dim::Known(kInputs)});
  ValueId scale = Constant<float>("sx", {}, {0.02f});
  ValueId other_scale = scale;
  ValueId zero_point = Constant<std::uint8_t>("zx", {}, {100});
  ValueId codes = Constant<std::int8_t>("wq", {3, 2}, {1, -2, 3, -4, 5, -127});
  ValueId scales = Constant<float>("sw", {2}, {0.5f, 0.25f});
  ValueId zero_points = kNoValue;
  ValueId bias = Constant<float>("bias", {2}, {1.0f, -1.0f});
  DequantizeLinearAttributes weights{.axis = 1};
  GemmAttributes gemm;

  QdqModel& Build() {
    const ValueId q = Op(OpKind::QuantizeLinear, {x, scale, zero_point}, QuantizeLinearAttributes{}, "quantize");
    const ValueId a =
        Op(OpKind::DequantizeLinear, {q, other_scale, zero_point}, DequantizeLinearAttributes{}, "dequantize");
    const ValueId b = Op(OpKind::DequantizeLinear, {codes, scales, zero_points}, weights, "weights");
    Output(Op(OpKind::Gemm, {a, b, bias}, gemm, "dense"));
    REQUIRE(Verify(graph).ok());
    REQUIRE(InferShapes(graph).ok());
    return *this;
  }
};

using Change = std::function<void(QdqModel&)>;

/// The outputs for three rows of what `change` makes of the model, operator by operator or after Optimize.
Vector Outputs(const Change& change, bool optimize) {
  QdqModel model;
  change(model);
  model.Build();
  // Gemm is executed in its canonical form only.
  REQUIRE((optimize ? Optimize : CanonicalizeGemm)(model.graph, model.budget).ok());
  auto session = Session::Create(std::move(model.graph), model.budget, BestIsa());
  INFO((session.ok() ? "" : session.error().message));
  REQUIRE(session.ok());
  CHECK(session->has_int8() == optimize);
  Vector outputs;
  for (const Vector& x : {Vector{0.1f, -0.3f, 1.5f}, Vector{-2.5f, 0.77f, 0.031f}, Vector{3.4f, -1.01f, 0.5f}}) {
    std::memcpy(session->Input(0).data, x.data(), x.size() * sizeof(float));
    session->Run(optimize ? Precision::int8 : Precision::fp32);
    const auto y = session->Output(0).elements<const float>();
    outputs.insert(outputs.end(), y.begin(), y.end());
  }
  return outputs;
}

/// Operator by operator, and as recognized.
void CheckSameOutputs(const Change& change) {
  const Vector expected = Outputs(change, false);
  const Vector actual = Outputs(change, true);
  REQUIRE(actual.size() == expected.size());
  // Sums of four values below 200, in float or exactly and then rounded three times: 8 · 800 · 2^-24.
  for (std::size_t i = 0; i < expected.size(); ++i) CHECK(std::abs(actual[i] - expected[i]) <= 4e-4f);
}

}  // namespace

TEST_CASE("a QDQ product becomes one with a quantized form", "[passes]") {
  QdqModel model;
  REQUIRE(Optimize(model.Build().graph, model.budget).ok());
  REQUIRE(model.Kinds() == "Gemm");
  const Node& node = model.node(0);
  CHECK(node.name == "dense");
  CHECK(model.graph.value(node.inputs[0]).name == "x");
  REQUIRE(node.quantized);
  CHECK(node.quantized->scheme == Scheme{{}, {.strategy = Strategy::fixed}});
  CHECK(node.quantized->input == QParams{0.02f, 100});
  CHECK(model.Elements<std::int8_t>(node.quantized->weights) == std::vector<std::int8_t>{1, -2, 3, -4, 5, -127});
  CHECK(model.Elements<float>(node.inputs[1]) == Vector{0.5f, -0.5f, 1.5f, -1.0f, 2.5f, -31.75f});
  CHECK(model.Elements<float>(node.inputs[2]) == Vector{1.0f, -1.0f});
}

TEST_CASE("the weights of a QDQ product stay codes until their floats are asked for", "[passes]") {
  QdqModel model;
  REQUIRE(OptimizeCoded(model.Build().graph, model.budget).ok());
  REQUIRE(model.Kinds() == "Gemm");
  const ValueId weights = model.node(0).inputs[1];
  REQUIRE(model.graph.value(weights).constant);
  CHECK(model.graph.value(weights).constant->released());
  CHECK(model.graph.value(weights).constant->shape() == Shape{kInputs, kOutputs});
  const std::uint64_t held = model.budget.held_bytes();
  CHECK(DecodedBytes(model.graph) == kInputs * kOutputs * sizeof(float));
  REQUIRE(DecodeWeights(model.graph, model.budget).ok());
  CHECK(model.Elements<float>(weights) == Vector{0.5f, -0.5f, 1.5f, -1.0f, 2.5f, -31.75f});
  CHECK(model.budget.held_bytes() > held);
  CHECK(DecodedBytes(model.graph) == 0);
}

TEST_CASE("what others write for the same product is read", "[passes]") {
  SECTION("as Alice writes it") {
    CheckSameOutputs([](QdqModel&) {});
  }
  SECTION("per tensor") {
    CheckSameOutputs([](QdqModel& model) { model.scales = model.Constant<float>("s", {}, {0.125f}); });
  }
  SECTION("weights with zero points") {
    CheckSameOutputs([](QdqModel& model) { model.zero_points = model.Constant<std::int8_t>("z", {2}, {-7, 100}); });
  }
  SECTION("u8 weights with and without zero points") {
    for (const bool given : {false, true}) {
      CheckSameOutputs([&](QdqModel& model) {
        model.codes = model.Constant<std::uint8_t>("u", {3, 2}, {0, 1, 127, 128, 200, 255});
        if (given) model.zero_points = model.Constant<std::uint8_t>("z", {2}, {128, 3});
      });
    }
  }
  SECTION("s8 activations") {
    for (const std::int8_t zero : std::vector<std::int8_t>{0, -128, 127, 19}) {
      CheckSameOutputs([&](QdqModel& model) { model.zero_point = model.Constant<std::int8_t>("signed", {}, {zero}); });
    }
  }
  SECTION("transposed weights, per row of what is stored") {
    CheckSameOutputs([](QdqModel& model) {
      model.codes = model.Constant<std::int8_t>("t", {2, 3}, {1, 3, 5, -2, -4, -127});
      model.zero_points = model.Constant<std::int8_t>("z", {2}, {4, 0});
      model.weights.axis = -2;
      model.gemm.trans_b = true;
    });
  }
  SECTION("an integer bias") {
    CheckSameOutputs([](QdqModel& model) {
      model.bias = model.Op(
          OpKind::DequantizeLinear,
          {model.Constant<std::int32_t>("c", {2}, {1000, -3}), model.Constant<float>("sc", {2}, {0.01f, 0.005f})},
          DequantizeLinearAttributes{.axis = 0}, "bias_dequantize");
    });
  }
  SECTION("no bias, and a beta that multiplies none") {
    CheckSameOutputs([](QdqModel& model) {
      model.bias = kNoValue;
      model.gemm.beta = 0.0f;
    });
  }
}

TEST_CASE("signed activations are the same codes with an offset of 128", "[passes]") {
  QdqModel model;
  model.zero_point = model.Constant<std::int8_t>("signed", {}, {0});
  REQUIRE(Optimize(model.Build().graph, model.budget).ok());
  REQUIRE(model.node(0).quantized);
  CHECK(model.node(0).quantized->input == QParams{0.02f, 128});
  CHECK(model.node(0).quantized->scheme.activations.symmetric);
}

TEST_CASE("products that are quantized otherwise stay float products of what the codes stand for", "[passes]") {
  QdqModel model;
  std::string kinds = "QuantizeLinear DequantizeLinear Gemm";
  SECTION("activations with another scale behind") { model.other_scale = model.Constant<float>("o", {}, {0.03f}); }
  SECTION("a scale of zero") { model.scale = model.other_scale = model.Constant<float>("o", {}, {0.0f}); }
  SECTION("a scale that is no number") {
    model.scale = model.other_scale = model.Constant<float>("o", {}, {std::nanf("")});
  }
  SECTION("a computed scale") {
    model.scale = model.other_scale = model.Input("o", std::initializer_list<std::int64_t>{});
  }
  SECTION("weights scaled along the sum") {
    model.scales = model.Constant<float>("s", {3}, {1, 2, 3});
    model.weights.axis = 0;
  }
  SECTION("an alpha") { model.gemm.alpha = 2.0f; }
  SECTION("computed codes") {
    model.codes = model.Input("w", {kInputs, kOutputs}, DType::s8);
    kinds = "QuantizeLinear DequantizeLinear DequantizeLinear Gemm";
  }
  REQUIRE(Optimize(model.Build().graph, model.budget).ok());
  CHECK(model.Kinds() == kinds);
  for (const Node& node : model.graph.nodes) CHECK_FALSE(node.quantized);
}

TEST_CASE("quantizers that no product follows stay", "[passes]") {
  QdqModel model;
  model.Build();
  const ValueId y = model.graph.outputs[0];
  const ValueId q = model.Op(OpKind::QuantizeLinear, {y, model.scale, model.zero_point}, QuantizeLinearAttributes{});
  model.graph.outputs[0] =
      model.Op(OpKind::DequantizeLinear, {q, model.scale, model.zero_point}, DequantizeLinearAttributes{});
  REQUIRE(Optimize(model.graph, model.budget).ok());
  CHECK(model.Kinds() == "Gemm QuantizeLinear DequantizeLinear");
  CHECK(model.node(0).quantized);
}

TEST_CASE("products share the weights that they share in the model", "[passes]") {
  QdqModel model;
  model.Build();
  const Node first = model.node(3);
  model.Output(model.Op(OpKind::Gemm, {first.inputs[0], first.inputs[1]}, GemmAttributes{}, "second"));
  REQUIRE(InferShapes(model.graph).ok());
  REQUIRE(Optimize(model.graph, model.budget).ok());
  REQUIRE(model.Kinds() == "Gemm Gemm");
  CHECK(model.node(0).inputs[1] == model.node(1).inputs[1]);
  CHECK(model.node(0).quantized->weights == model.node(1).quantized->weights);
}

TEST_CASE("codes of 4 bits and FP8, and blocks, become what they stand for", "[passes]") {
  GraphBuilder model;
  const ValueId s = model.Constant<float>("s", {2, 2}, {1, 10, 100, 1000});
  const DequantizeLinearAttributes blocks{.axis = 0, .block_size = 2};
  const auto dequantized = [&](std::vector<ValueId> inputs, DequantizeLinearAttributes attributes) {
    const ValueId real = model.Op(OpKind::DequantizeLinear, std::move(inputs), attributes);
    const std::string name = model.graph.value(real).name;
    model.Output(model.Relu(real));
    return name;
  };
  const auto s4 = model.Constant<S4>("s4", {3, 2}, {S4{-8}, S4{7}, S4{1}, S4{2}, S4{-1}, S4{3}});
  const auto u4 = model.Constant<U4>("u4", {3, 2}, {U4{0}, U4{15}, U4{1}, U4{2}, U4{9}, U4{3}});
  const auto z4 = model.Constant<U4>("z4", {2, 2}, {U4{8}, U4{0}, U4{1}, U4{15}});
  const auto f8 = model.Constant<F8E4M3>("f8", {2}, {F8E4M3{0x7E}, F8E4M3{0xB8}});
  const auto f5 = model.Constant<F8E5M2>("f5", {2}, {F8E5M2{0x7B}, F8E5M2{0xBC}});
  const auto one = model.Constant<float>("one", {}, {0.5f});
  const std::vector<std::pair<std::string, Vector>> expected = {
      {dequantized({s4, s}, blocks), {-8, 70, 1, 20, -100, 3000}},
      {dequantized({u4, s, z4}, blocks), {-8, 150, -7, 20, 800, -12000}},
      {dequantized({f8, one}, {}), {224, -0.5f}},
      {dequantized({f5, one}, {}), {28672, -0.5f}},
  };
  REQUIRE(Verify(model.graph).ok());
  REQUIRE(InferShapes(model.graph).ok());
  REQUIRE(FoldDequantize(model.graph, model.budget).ok());
  CHECK(model.Kinds() == "Relu Relu Relu Relu");
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const ValueId real = model.node(i).inputs[0];
    CHECK(model.graph.value(real).name == expected[i].first);
    CHECK(model.Elements<float>(real) == expected[i].second);
  }
}

TEST_CASE("codes that are no numbers are refused by every other operator", "[passes]") {
  GraphBuilder model;
  model.Output(model.Op(OpKind::Cast, {model.Constant<S4>("s4", {2}, {S4{1}, S4{2}})}, CastAttributes{DType::f32}));
  REQUIRE(Verify(model.graph).ok());
  const Status status = InferShapes(model.graph);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == ErrorCode::model_unsupported_type);
  CHECK(status.error().message.find("s4") != std::string::npos);
}

TEST_CASE("the floats of recognized weights are refused beyond the budget", "[passes]") {
  QdqModel model;
  model.Build();
  REQUIRE(RecognizeQdq(model.graph, model.budget).ok());
  model.budget.set_limit_bytes(model.budget.held_bytes());
  const Status status = DecodeWeights(model.graph, model.budget);
  REQUIRE_FALSE(status.ok());
  CHECK(status.error().code == ErrorCode::budget_exceeded);
}

}  // namespace alice
