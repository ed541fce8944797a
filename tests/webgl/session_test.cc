// Networks of several operators, FP32 and INT8, on the GPU beside the CPU; and what a session does when the GPU is gone.
#include <catch2/catch.hpp>
#include <memory>

#include "backends/webgl/webgl_accelerator.h"
#include "exec/two_layers.h"

namespace alice {
namespace {

std::unique_ptr<Accelerator> MakeAccelerator() {
  auto accelerator = CreateWebglAccelerator();
  REQUIRE(accelerator.ok());
  return std::move(*accelerator);
}

struct ConvCase {
  std::string_view name;
  std::int64_t channels, filters, group, kernel, stride, dilation, pad;
};

/// x → Conv → Relu → pool → Conv 1x1 → Add → Gemm → Softmax
Graph ConvGraph(GraphBuilder& builder, const ConvCase& at) {
  const auto weights = [&](const std::string& name, const std::vector<std::int64_t>& dims, unsigned seed) {
    std::int64_t count = 1;
    for (const std::int64_t dim : dims) count *= dim;
    return builder.Constant<float>(name, Shape(dims), RandomFloats(Index(count), seed, -0.6f, 0.5f));
  };
  const ValueId x =
      builder.Input("x", {builder.Symbol("batch"), Dim::Known(at.channels), Dim::Known(11), Dim::Known(9)});
  ConvAttributes conv;
  conv.window = {.kernel = {at.kernel, at.kernel},
                 .strides = {at.stride, at.stride},
                 .dilations = {at.dilation, at.dilation},
                 .pads = {at.pad, at.pad, at.pad, at.pad}};
  conv.group = at.group;
  ValueId h = builder.Op(
      OpKind::Conv,
      {x, weights("w1", {at.filters, at.channels / at.group, at.kernel, at.kernel}, 1), weights("b1", {at.filters}, 2)},
      conv, "conv");
  h = builder.Relu(h);
  PoolAttributes pool;
  pool.window = {.kernel = {2, 2}, .strides = {2, 2}, .dilations = {}, .pads = {1, 0, 0, 1}};
  h = builder.Op(OpKind::MaxPool, {h}, pool);
  ConvAttributes pointwise;
  pointwise.window = {.kernel = {1, 1}, .strides = {1, 1}, .dilations = {1, 1}, .pads = {0, 0, 0, 0}};
  h = builder.Op(OpKind::Conv, {h, weights("w2", {5, at.filters, 1, 1}, 3)}, pointwise, "pointwise");
  h = builder.Op(OpKind::Add, {h, weights("shift", {5, 1, 1}, 4)});
  h = builder.Op(OpKind::AveragePool, {h}, pool);
  h = builder.Op(OpKind::GlobalAveragePool, {h}, GlobalPoolAttributes{});
  h = builder.Op(OpKind::Flatten, {h}, FlattenAttributes{});
  h = builder.Op(OpKind::Gemm, {h, weights("w3", {5, 7}, 5), weights("b3", {7}, 6)}, GemmAttributes{}, "last");
  builder.Output(builder.Op(OpKind::Softmax, {h}, SoftmaxAttributes{}));
  return std::move(builder.graph);
}

TEST_CASE("convolutional networks give the CPU's integers and outputs", "[webgl]") {
  const auto accelerator = MakeAccelerator();
  const ConvCase cases[] = {{"unaligned channels", 3, 6, 1, 3, 1, 1, 1},
                            {"whole words", 8, 12, 1, 3, 2, 1, 1},
                            {"dilated", 4, 8, 1, 3, 1, 2, 2},
                            {"depthwise", 8, 8, 8, 3, 1, 1, 1},
                            {"depthwise, unaligned", 5, 5, 5, 3, 2, 1, 0},
                            {"several filters a group", 6, 12, 2, 3, 1, 1, 1}};
  for (const ConvCase& at : cases) {
    for (const bool is_static : {false, true}) {
      for (const bool is_symmetric : {false, true}) {
        INFO(at.name << (is_static ? ", static" : ", dynamic") << (is_symmetric ? ", symmetric" : ", asymmetric"));
        GraphBuilder builder;
        Graph graph = ConvGraph(builder, at);
        REQUIRE(Optimize(graph, builder.budget).ok());
        Scheme scheme;
        scheme.weights.symmetric = is_symmetric;
        scheme.activations.strategy = is_static ? Strategy::fixed : Strategy::dynamic;
        REQUIRE(QuantizeModel(graph, scheme, {}, builder.budget).ok());
        auto session = Session::Create(std::move(graph), builder.budget, BestIsa());
        REQUIRE(session.ok());
        for (std::size_t node = 0; is_static && node < session->graph().nodes.size(); ++node) {
          if (session->graph().nodes[node].quantized) session->SetRange(node, {-1.0f, 2.0f});
        }
        REQUIRE(session->PlanFor(3).ok());
        for (const std::int64_t samples : {3, 2}) {
          for (const Precision precision : {Precision::fp32, Precision::int8}) {
            const Status accelerated = session->Accelerate(*accelerator, precision);
            INFO((accelerated.ok() ? "" : accelerated.error().message));
            REQUIRE(accelerated.ok());
            session->SetSamples(samples);
            const auto input = session->Input(0).elements<float>();
            std::ranges::copy(RandomFloats(input.size(), 9, -1.5f, 2.0f), input.begin());
            const auto check = session->CheckAcceleration(precision);
            REQUIRE(check.ok());
            CHECK(check->same_integers);
            CHECK(check->largest_difference <= AccelerationCheck::kTolerance);
            if (at.group == 1 || at.group == at.channels) {
              CHECK(session->acceleration().Steps(precision) == session->steps());
            }
          }
        }
      }
    }
  }
}

TEST_CASE("a run whose GPU is gone is answered by the CPU, and later ones by the GPU again", "[webgl]") {
  const auto accelerator = MakeAccelerator();
  TwoLayers layers;
  Session session = layers.MakeSession({}, BestIsa());
  const std::vector<float> expected = layers.Run(session);
  REQUIRE(session.Accelerate(*accelerator, Precision::int8).ok());
  CHECK(layers.Run(session) == expected);
  CHECK_FALSE(session.acceleration().error());
  for (int round = 0; round < 3; ++round) {
    accelerator->Lose();
    CHECK(layers.Run(session) == expected);
    REQUIRE(session.acceleration().error());
    CHECK(session.acceleration().error()->code == ErrorCode::backend_unavailable);
    accelerator->Restore();
    std::size_t runs = 0;
    for (; session.acceleration().error() && runs < 2 * Acceleration::kLongestPause; ++runs) {
      CHECK(layers.Run(session) == expected);
    }
    CHECK(runs == 2);  // one is left to the CPU after a failure
    const auto check = session.CheckAcceleration(Precision::int8);
    REQUIRE(check.ok());
    CHECK(check->is_right());
  }
}

TEST_CASE("the longer the GPU is gone, the rarer it is tried", "[webgl]") {
  const auto accelerator = MakeAccelerator();
  TwoLayers layers;
  Session session = layers.MakeSession({}, BestIsa());
  REQUIRE(session.Accelerate(*accelerator, Precision::int8).ok());
  accelerator->Lose();
  for (int run = 0; run < 300; ++run) layers.Run(session);
  accelerator->Restore();
  std::size_t runs = 0;
  while (session.acceleration().error() && runs < 1000) {
    layers.Run(session);
    ++runs;
  }
  CHECK(runs <= Acceleration::kLongestPause + 1);
  CHECK(runs > 1);
}

TEST_CASE("textures are counted in the budget, and a budget that has no room leaves the session as it was", "[webgl]") {
  const auto accelerator = MakeAccelerator();
  TwoLayers layers;
  Session session = layers.MakeSession({}, BestIsa());
  const std::vector<float> expected = layers.Run(session);
  MemoryBudget& budget = session.budget();
  CHECK(budget.held_bytes(MemoryKind::textures) == 0);
  REQUIRE(session.Accelerate(*accelerator, Precision::int8).ok());
  CHECK(budget.held_bytes(MemoryKind::textures) >= session.acceleration().bytes());
  session.EndAcceleration();
  CHECK(budget.held_bytes(MemoryKind::textures) == 0);

  budget.set_limit_bytes(budget.held_bytes() + 512);
  const Status refused = session.Accelerate(*accelerator, Precision::int8);
  REQUIRE_FALSE(refused.ok());
  CHECK(refused.error().code == ErrorCode::budget_exceeded);
  CHECK(budget.held_bytes(MemoryKind::textures) == 0);
  CHECK(layers.Run(session) == expected);
}

TEST_CASE("a plan for more samples runs on the GPU as well", "[webgl]") {
  const auto accelerator = MakeAccelerator();
  TwoLayers layers;
  Session session = layers.MakeSession({}, BestIsa());
  REQUIRE(session.Accelerate(*accelerator, Precision::int8).ok());
  REQUIRE(session.PlanFor(40).ok());
  session.SetSamples(kRows);
  CHECK_FALSE(session.acceleration().error());
  std::memcpy(session.Input(0).data, layers.x.data(), layers.x.size() * sizeof(float));
  const auto check = session.CheckAcceleration(Precision::int8);
  REQUIRE(check.ok());
  CHECK(check->is_right());
}

}  // namespace
}  // namespace alice
