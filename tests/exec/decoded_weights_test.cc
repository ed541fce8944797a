// FP32 without float weights: the product with what the codes stand for, to the last bit, in bounded scratch.
#include <array>
#include <catch2/catch.hpp>
#include <cstring>

#include "allocation_counter.h"
#include "exec/two_layers.h"
#include "numeric/accepted_schemes.h"
#include "quant/weights/quantize_weights.h"

namespace alice {
namespace {

/// x [batch, …] → a layer of constant weights [K, N], wide enough for several panels, → Relu.
struct Layer {
  enum class Kind : std::uint8_t { matmul, conv, pointwise };
  GraphBuilder builder;
  std::vector<float> x;

  Layer(Kind kind, const std::vector<float>& w, std::size_t k, std::size_t n) {
    const auto to_dim = [](std::size_t size) { return static_cast<std::int64_t>(size); };
    const auto bias = RandomFloats(n, 2, -1.0f, 1.0f);
    const ValueId b = builder.Constant<float>("b", {to_dim(n)}, bias);
    ValueId y = kNoValue;
    if (kind == Kind::matmul) {
      const ValueId in = builder.Input("x", {builder.Symbol("batch"), Dim::Known(to_dim(k))});
      y = builder.Op(OpKind::Gemm, {in, builder.Constant<float>("w", {to_dim(k), to_dim(n)}, w), b}, GemmAttributes{});
      x = RandomFloats(k, 3, -1.0f, 2.0f);
    } else {
      const std::int64_t side = kind == Kind::conv ? 3 : 1;
      const std::int64_t channels = to_dim(k) / (side * side);
      const ValueId in =
          builder.Input("x", {builder.Symbol("batch"), Dim::Known(channels), Dim::Known(11), Dim::Known(13)});
      const ValueId filters = builder.Constant<float>("w", {to_dim(n), channels, side, side}, w);
      y = builder.Op(OpKind::Conv, {in, filters, b}, ConvAttributes{});
      x = RandomFloats(static_cast<std::size_t>(channels) * 143, 3, -1.0f, 2.0f);
    }
    builder.Output(builder.Relu(y));
  }

  Graph Optimized() {
    REQUIRE(Optimize(builder.graph, builder.budget).ok());
    return std::move(builder.graph);
  }
};

Node& LayerOf(Graph& graph) {
  return *std::ranges::find_if(graph.nodes,
                               [](const Node& node) { return node.kind == OpKind::Gemm || node.kind == OpKind::Conv; });
}

std::vector<float> Run(Session& session, const std::vector<float>& x, Precision precision) {
  constexpr std::int64_t kSamples = 2;
  REQUIRE(session.PlanFor(kSamples).ok());
  session.SetSamples(kSamples);
  auto* input = reinterpret_cast<float*>(session.Input(0).data);
  for (std::int64_t sample = 0; sample < kSamples; ++sample) {
    for (const float value : x) *input++ = value * static_cast<float>(1 + sample);
  }
  session.Run(precision);
  const auto y = session.Output(0).elements<const float>();
  return {y.begin(), y.end()};
}

/// Replaces the float weights of the layer by what quantized ones stand for.
void QuantizeAndBack(Graph& graph, const WeightScheme& scheme) {
  const Tensor& weights = *graph.value(LayerOf(graph).inputs[1]).constant;
  const auto k = static_cast<std::size_t>(weights.shape()[0]);
  const auto n = static_cast<std::size_t>(weights.shape()[1]);
  const auto w = weights.elements<float>();
  std::vector<std::uint8_t> codes(WeightCodeBytes(k, n, scheme));
  std::vector<float> scales(ScaleGridOf(k, n, scheme).count());
  std::vector<std::int8_t> zero_points(WeightZeroPointCount(k, n, scheme));
  QuantizeWeights(w, k, n, scheme, {codes, scales, zero_points});
  DequantizeWeights({codes, scales, zero_points}, k, n, scheme, w);
}

}  // namespace

TEST_CASE("decoded weights give the bits of the floats that the codes stand for", "[exec]") {
  struct Case {
    Layer::Kind kind;
    std::size_t k, n;
    Isa isa;
  };
  // 16 columns are decoded at a time, and 16 patches gathered; all columns of the smallest layer.
  const auto layer =
      GENERATE(Case{Layer::Kind::matmul, 756, 171, Isa::reference}, Case{Layer::Kind::matmul, 756, 171, BestIsa()},
               Case{Layer::Kind::matmul, 5, 3, BestIsa()}, Case{Layer::Kind::conv, 756, 90, BestIsa()},
               Case{Layer::Kind::pointwise, 84, 37, BestIsa()});
  const auto w = RandomFloats(layer.k * layer.n, 1, -1.0f, 0.7f);
  for (const Scheme& scheme : AcceptedSchemes()) {
    // What the activations become does not matter in FP32.
    if (scheme.activations != ActivationScheme{}) continue;
    INFO(SchemeText(scheme));
    Layer quantized(layer.kind, w, layer.k, layer.n), plain(layer.kind, w, layer.k, layer.n);
    Graph graph = quantized.Optimized();
    REQUIRE(QuantizeModel(graph, scheme, {}, quantized.builder.budget).ok());
    auto decoded = Session::Create(std::move(graph), quantized.builder.budget, layer.isa,
                                   {.float_weights = FloatWeights::decoded});
    REQUIRE(decoded.ok());
    decoded->ReleaseCodes();
    Graph floats = plain.Optimized();
    QuantizeAndBack(floats, scheme.weights);
    auto expected = Session::Create(std::move(floats), plain.builder.budget, layer.isa);
    REQUIRE(expected.ok());
    const bool match = Run(*decoded, quantized.x, Precision::fp32) == Run(*expected, plain.x, Precision::fp32);
    CHECK(match);

    MemoryBudget& held = quantized.builder.budget;
    CHECK(held.held_bytes(MemoryKind::weights_f32) == layer.n * sizeof(float) + kBufferSlack);  // the bias
    Layer with_floats(layer.kind, w, layer.k, layer.n);
    Graph both = with_floats.Optimized();
    REQUIRE(QuantizeModel(both, scheme, {}, with_floats.builder.budget).ok());
    auto kept = Session::Create(std::move(both), with_floats.builder.budget, layer.isa);
    REQUIRE(kept.ok());
    CHECK(Run(*decoded, quantized.x, Precision::int8) == Run(*kept, with_floats.x, Precision::int8));
    CHECK(decoded->arena_bytes() <= kept->arena_bytes() + 16 * layer.k * sizeof(float) + 8 * kBufferAlign);
    const std::size_t before = AllocationCount();
    decoded->Run(Precision::fp32);
    decoded->Run(Precision::int8);
    CHECK(AllocationCount() == before);
  }
}

TEST_CASE("float weights can be dropped later, and FP32 tried without them before", "[exec]") {
  TwoLayers model, other;
  const Scheme scheme{.weights = {.type = WeightType::int4}, .activations = {.strategy = Strategy::fixed}};
  Session session = model.MakeSession(scheme, BestIsa());
  const auto fp32 = [&](TwoLayers& of, Session& in) {
    std::memcpy(in.Input(0).data, of.x.data(), of.x.size() * sizeof(float));
    in.Run(Precision::fp32);
    const auto y = in.Output(0).elements<const float>();
    return std::vector<float>(y.begin(), y.end());
  };
  const auto kept = fp32(model, session);
  const auto int8 = model.Run(session);
  const std::size_t held = model.builder.budget.held_bytes(MemoryKind::weights_f32);

  REQUIRE(session.CompileDecoded().ok());
  CHECK(fp32(model, session) == kept);
  session.RunDecoded(true);
  const auto decoded = fp32(model, session);
  CHECK(decoded != kept);
  CHECK(model.Run(session) == int8);
  session.RunDecoded(false);
  CHECK(fp32(model, session) == kept);

  session.DropFloatWeights();
  CHECK(fp32(model, session) == decoded);
  CHECK(model.Run(session) == int8);
  const std::size_t weights = (kInputs * kHidden + kHidden * kOutputs) * sizeof(float) + 2 * kBufferSlack;
  CHECK(model.builder.budget.held_bytes(MemoryKind::weights_f32) == held - weights);
  CHECK(session.planned()[MemoryKind::weights_f32] == held - weights);
  CHECK(session.fp32_weight_bytes() == 0);
  REQUIRE(session.Replan(1).ok());
  CHECK(session.planned()[MemoryKind::activations] == model.builder.budget.held_bytes(MemoryKind::activations));
}

TEST_CASE("weights that a layer in float reads too are not dropped", "[exec]") {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {1, 4});
  const ValueId w = builder.Constant<float>("w", {4, 4}, RandomFloats(16, 1, -1.0f, 1.0f));
  const ValueId a = builder.Op(OpKind::MatMul, {x, w}, {}, "a");
  builder.Output(builder.Op(OpKind::MatMul, {a, w}, {}, "b"));
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  REQUIRE(QuantizeModel(builder.graph, {}, {}, builder.budget).ok());
  auto session = Session::Create(std::move(builder.graph), builder.budget, BestIsa());
  REQUIRE(session.ok());
  REQUIRE(session->CompileDecoded().ok());
  session->KeepFloat(1);
  session->DropFloatWeights();
  CHECK(builder.budget.held_bytes(MemoryKind::weights_f32) == 16 * sizeof(float) + kBufferSlack);
  session->Run(Precision::fp32);
  session->Run(Precision::int8);
}

}  // namespace alice
