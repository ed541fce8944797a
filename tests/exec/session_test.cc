#include "exec/session.h"

#include <catch2/catch.hpp>
#include <cmath>
#include <cstring>
#include <random>

#include "allocation_counter.h"
#include "ir/graph_builder.h"
#include "ir/shape_inference.h"
#include "passes/pipeline.h"
#include "quant/quantize_model.h"

namespace alice {
namespace {

std::vector<float> RandomFloats(std::size_t count, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(count);
  for (float& value : values) value = static_cast<float>(random() % 2001) / 1000.0f - 1.0f;
  return values;
}

/// x [batch, k] → Gemm with Relu → Gemm → Softmax.
struct Mlp {
  static constexpr std::size_t kInputs = 9, kHidden = 21, kOutputs = 5;
  GraphBuilder builder;

  explicit Mlp(unsigned seed) {
    const ValueId x = builder.Input("x", {builder.Symbol("batch"), Dim::Known(kInputs)});
    const ValueId w1 = builder.Constant<float>("w1", {kInputs, kHidden}, RandomFloats(kInputs * kHidden, seed));
    const ValueId b1 = builder.Constant<float>("b1", {kHidden}, RandomFloats(kHidden, seed + 1));
    const ValueId w2 = builder.Constant<float>("w2", {kHidden, kOutputs}, RandomFloats(kHidden * kOutputs, seed + 2));
    const ValueId b2 = builder.Constant<float>("b2", {kOutputs}, RandomFloats(kOutputs, seed + 3));
    const ValueId h = builder.Op(OpKind::Gemm, {x, w1, b1}, GemmAttributes{});
    const ValueId r = builder.Op(OpKind::Relu, {h}, Activation{.kind = ActivationKind::relu});
    const ValueId z = builder.Op(OpKind::Gemm, {r, w2, b2}, GemmAttributes{});
    builder.Output(builder.Op(OpKind::Softmax, {z}, SoftmaxAttributes{}));
  }

  Session MakeSession(Isa isa) {
    REQUIRE(Optimize(builder.graph, builder.budget).ok());
    REQUIRE(QuantizeModel(builder.graph, {}, {}, builder.budget).ok());
    auto session = Session::Create(std::move(builder.graph), builder.budget, isa);
    REQUIRE(session.ok());
    return std::move(*session);
  }
};

std::vector<float> RunRows(Session& session, Precision precision, const std::vector<float>& rows, std::size_t count) {
  REQUIRE(session.PlanFor(static_cast<std::int64_t>(count)).ok());
  session.SetSamples(static_cast<std::int64_t>(count));
  std::memcpy(session.Input(0).data, rows.data(), rows.size() * sizeof(float));
  session.Run(precision);
  const auto output = session.Output(0).elements<const float>();
  return {output.begin(), output.end()};
}

}  // namespace

TEST_CASE("every instruction set gives the same bits", "[exec]") {
  const Precision precision = GENERATE(Precision::fp32, Precision::int8);
  Mlp reference_mlp(7), simd_mlp(7);
  Session reference = reference_mlp.MakeSession(Isa::reference);
  Session simd = simd_mlp.MakeSession(Isa::simd128);
  const auto rows = RandomFloats(6 * Mlp::kInputs, 11);
  CHECK(RunRows(reference, precision, rows, 6) == RunRows(simd, precision, rows, 6));
}

TEST_CASE("a row's answer does not depend on its neighbours in a batch", "[exec]") {
  const Precision precision = GENERATE(Precision::fp32, Precision::int8);
  Mlp mlp(3);
  Session session = mlp.MakeSession(BestIsa());
  constexpr std::size_t kRows = 7;
  auto rows = RandomFloats(kRows * Mlp::kInputs, 5);
  rows[2 * Mlp::kInputs] = 1000.0f;  // an outlier that would stretch a range shared by the batch
  const auto batch = RunRows(session, precision, rows, kRows);
  for (std::size_t row = 0; row < kRows; ++row) {
    const auto begin = rows.begin() + static_cast<std::ptrdiff_t>(row * Mlp::kInputs);
    const auto alone = RunRows(session, precision, {begin, begin + Mlp::kInputs}, 1);
    for (std::size_t i = 0; i < Mlp::kOutputs; ++i) CHECK(alone[i] == batch[row * Mlp::kOutputs + i]);
  }
}

TEST_CASE("a run allocates nothing, in any number of samples that was planned for", "[exec]") {
  Mlp mlp(1);
  Session session = mlp.MakeSession(BestIsa());
  REQUIRE(session.PlanFor(8).ok());
  const std::size_t before = AllocationCount();
  for (const std::int64_t samples : {8, 1, 3, 8}) {
    session.SetSamples(samples);
    session.Run(Precision::fp32);
    session.Run(Precision::int8);
  }
  CHECK(AllocationCount() == before);
}

TEST_CASE("the input survives a run, so that both precisions can follow each other", "[exec]") {
  Mlp mlp(2);
  Session session = mlp.MakeSession(BestIsa());
  const auto row = RandomFloats(Mlp::kInputs, 8);
  RunRows(session, Precision::int8, row, 1);
  CHECK(std::memcmp(session.Input(0).data, row.data(), row.size() * sizeof(float)) == 0);
}

TEST_CASE("a plan that does not fit the budget leaves the former one in force", "[exec]") {
  Mlp mlp(4);
  Session session = mlp.MakeSession(BestIsa());
  const auto row = RandomFloats(Mlp::kInputs, 9);
  const auto before = RunRows(session, Precision::int8, row, 1);
  mlp.builder.budget.set_limit_bytes(mlp.builder.budget.held_bytes() + 1000);
  const Status refused = session.PlanFor(100000);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::budget_exceeded);
  CHECK(RunRows(session, Precision::int8, row, 1) == before);
}

TEST_CASE("codes that a model gives somebody else to read are not freed", "[exec]") {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {2, 2});
  const ValueId w = builder.Constant<std::int8_t>("w", {2, 2}, {1, 2, 3, 4});
  const ValueId one = builder.Constant<float>("one", {}, {1.0f});
  const std::vector<ValueId> q = builder.Nodes(OpKind::DynamicQuantizeLinear, {x}, 3);
  const ValueId acc = builder.Op(OpKind::MatMulInteger, {q[0], w, q[2]});
  const ValueId real = builder.Op(OpKind::Cast, {acc}, CastAttributes{DType::f32});
  builder.Output(builder.Op(OpKind::Mul, {real, builder.Op(OpKind::Mul, {q[1], one})}));
  const ValueId bytes = builder.Input("bytes", {2, 2}, DType::s8);
  builder.Output(builder.Op(OpKind::Add, {bytes, w}));
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  auto session = Session::Create(std::move(builder.graph), builder.budget, BestIsa());
  REQUIRE(session.ok());
  REQUIRE(session->has_int8());
  session->ReleaseCodes();
  session->Run(Precision::int8);
  const auto sums = session->Output(1).elements<const std::int8_t>();
  CHECK(std::vector<std::int8_t>(sums.begin(), sums.end()) == std::vector<std::int8_t>{1, 2, 3, 4});
}

TEST_CASE("s8 weights are held once: packed", "[exec]") {
  Mlp mlp(5);
  Session session = mlp.MakeSession(BestIsa());
  session.ReleaseCodes();
  for (const Node& node : session.graph().nodes) {
    if (node.quantized) CHECK(session.graph().value(node.quantized->weights).constant->released());
  }
  CHECK(session.fp32_weight_bytes() == 4 * (Mlp::kInputs * Mlp::kHidden + Mlp::kHidden * Mlp::kOutputs));
  CHECK(session.int8_weight_bytes() > session.fp32_weight_bytes() / 4);
}

TEST_CASE("a dynamic MatMul and a transposed operand run in FP32", "[exec]") {
  GraphBuilder builder;
  const ValueId a = builder.Input("a", {3, 2});
  const ValueId b = builder.Input("b", {4, 3});
  builder.Output(builder.Op(OpKind::Gemm, {a, b}, GemmAttributes{.trans_a = true, .trans_b = true}));
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  REQUIRE(QuantizeModel(builder.graph, {}, {}, builder.budget).ok());
  auto session = Session::Create(std::move(builder.graph), builder.budget, BestIsa());
  REQUIRE(session.ok());
  CHECK_FALSE(session->has_int8());
  const auto x = RandomFloats(6, 1);
  const auto y = RandomFloats(12, 2);
  std::memcpy(session->Input(0).data, x.data(), sizeof(float) * x.size());
  std::memcpy(session->Input(1).data, y.data(), sizeof(float) * y.size());
  session->Run(Precision::fp32);
  const auto out = session->Output(0).elements<const float>();
  for (std::size_t m = 0; m < 2; ++m) {
    for (std::size_t n = 0; n < 4; ++n) {
      float sum = 0.0f;
      for (std::size_t k = 0; k < 3; ++k) sum += x[k * 2 + m] * y[n * 3 + k];
      CHECK(out[m * 4 + n] == sum);
    }
  }
}

TEST_CASE("views, casts and constants as outputs", "[exec]") {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {builder.Symbol("batch"), Dim::Known(2), Dim::Known(2)});
  const ValueId flat = builder.Op(OpKind::Flatten, {x}, FlattenAttributes{});
  const ValueId cast = builder.Op(OpKind::Cast, {flat}, CastAttributes{DType::i32});
  builder.Output(flat);
  builder.Output(cast);
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  auto session = Session::Create(std::move(builder.graph), builder.budget, BestIsa());
  REQUIRE(session.ok());
  const float values[] = {1.9f, -1.9f, 3.0f, 0.5f};
  std::memcpy(session->Input(0).data, values, sizeof values);
  session->Run(Precision::fp32);
  CHECK(session->Output(0).data == session->Input(0).data);
  CHECK(session->Output(0).shape == Shape{1, 4});
  const auto integers = session->Output(1).elements<const std::int32_t>();
  CHECK(std::vector<std::int32_t>(integers.begin(), integers.end()) == std::vector<std::int32_t>{1, -1, 3, 0});
}

TEST_CASE("only the leading axis of an input may be symbolic", "[exec]") {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {Dim::Known(1), builder.Symbol("length")});
  builder.Output(builder.Op(OpKind::Relu, {x}, Activation{.kind = ActivationKind::relu}));
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  const auto session = Session::Create(std::move(builder.graph), builder.budget, BestIsa());
  REQUIRE_FALSE(session.ok());
  CHECK(session.error().code == ErrorCode::shape_unresolved);
  CHECK(session.error().message.find("[1, length]") != std::string::npos);
}

TEST_CASE("a reduction that could overflow int32 is refused by name", "[exec]") {
  constexpr std::int64_t kLong = 65794;
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {1, kLong});
  const ValueId w = builder.Constant<float>("w", {kLong, 1}, std::vector<float>(kLong, 1.0f));
  builder.Output(builder.Op(OpKind::MatMul, {x, w}, {}, "long_one"));
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  REQUIRE(QuantizeModel(builder.graph, {}, {}, builder.budget).ok());
  const auto session = Session::Create(std::move(builder.graph), builder.budget, BestIsa());
  REQUIRE_FALSE(session.ok());
  CHECK(session.error().code == ErrorCode::reduction_too_long);
  CHECK(session.error().node == "long_one");
}

namespace {

/// Whether a session of the graph would run several samples at once.
bool TakesManySamples(GraphBuilder& builder) {
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  REQUIRE(QuantizeModel(builder.graph, {}, {}, builder.budget).ok());
  auto session = Session::Create(std::move(builder.graph), builder.budget, BestIsa());
  REQUIRE(session.ok());
  return session->has_batch_axis();
}

}  // namespace

TEST_CASE("samples that a graph mixes go through it one at a time", "[exec]") {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {builder.Symbol("batch"), Dim::Known(2)});
  SECTION("softmax along the batch") {
    builder.Output(builder.Op(OpKind::Softmax, {x}, SoftmaxAttributes{.axis = 0}));
    CHECK_FALSE(TakesManySamples(builder));
  }
  SECTION("a product of samples with samples") {
    builder.Output(builder.Op(OpKind::Gemm, {x, x}, GemmAttributes{.trans_b = true}));
    CHECK_FALSE(TakesManySamples(builder));
  }
  SECTION("the batch moved to another axis") {
    builder.Output(builder.Op(OpKind::Reshape, {x}, ReshapeAttributes{.dims = {1, -1, 2}}));
    CHECK_FALSE(TakesManySamples(builder));
  }
  SECTION("softmax along the features mixes nothing") {
    builder.Output(builder.Op(OpKind::Softmax, {x}, SoftmaxAttributes{}));
    CHECK(TakesManySamples(builder));
  }
}

TEST_CASE("two nodes may share their INT8 weights", "[exec]") {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {1, 3});
  const ValueId w = builder.Constant<float>("w", {3, 3}, RandomFloats(9, 1));
  const ValueId q = builder.Constant<std::int8_t>("q", {3, 3}, {1, -2, 3, -4, 5, -6, 7, -8, 9});
  const ValueId scales = builder.Constant<float>("scales", {3}, {0.5f, 0.25f, 0.125f});
  const ValueId h = builder.Op(OpKind::Gemm, {x, w}, GemmAttributes{});
  builder.Output(builder.Op(OpKind::Gemm, {h, w}, GemmAttributes{}));
  for (Node& node : builder.graph.nodes) node.quantized = QuantizedForm{{}, q, scales};
  REQUIRE(InferShapes(builder.graph).ok());
  auto session = Session::Create(std::move(builder.graph), builder.budget, BestIsa());
  REQUIRE(session.ok());
  const float input[] = {1.0f, 0.0f, 0.0f};
  std::memcpy(session->Input(0).data, input, sizeof input);
  session->Run(Precision::int8);
  // The first product is exact: row 0 of q times the scales, (0.5, −0.5, 0.375).
  const auto out = session->Output(0).elements<const float>();
  const float expected[] = {0.5f * (0.5f * 1 - 0.5f * -4 + 0.375f * 7), 0.25f * (0.5f * -2 - 0.5f * 5 + 0.375f * -8),
                            0.125f * (0.5f * 3 - 0.5f * -6 + 0.375f * 9)};
  for (std::size_t i = 0; i < 3; ++i) CHECK(std::abs(out[i] - expected[i]) < 0.02f);
}

TEST_CASE("activations that no memory can hold are refused, also where sizes have 32 bits", "[exec]") {
  constexpr std::int64_t kWide = 65536;
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {kWide, 1});
  const ValueId b = builder.Constant<float>("b", {1, kWide}, std::vector<float>(kWide, 1.0f));
  const ValueId c = builder.Constant<float>("c", {kWide, 1}, std::vector<float>(kWide, 1.0f));
  builder.Output(builder.Op(OpKind::MatMul, {builder.Op(OpKind::MatMul, {x, b}), c}));
  const Status optimized = Optimize(builder.graph, builder.budget);
  REQUIRE_FALSE(optimized.ok());
  CHECK(optimized.error().code == ErrorCode::model_limit);
}

TEST_CASE("many large activations together are refused before memory is taken", "[exec]") {
  GraphBuilder builder;
  const ValueId x = builder.Input("x", {1 << 14, 1 << 13});
  ValueId y = x;
  for (int i = 0; i < 9; ++i) {
    y = builder.Op(OpKind::Softmax, {y}, SoftmaxAttributes{});
    builder.Output(y);
  }
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  const auto session = Session::Create(std::move(builder.graph), builder.budget, BestIsa());
  REQUIRE_FALSE(session.ok());
  CHECK(session.error().code == ErrorCode::budget_exceeded);
}

}  // namespace alice
