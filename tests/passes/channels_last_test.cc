#include <catch2/catch.hpp>
#include <cmath>

#include "backends/naive_conv.h"
#include "backends/op_model.h"
#include "passes/dynamic_int8.h"
#include "passes/passes.h"
#include "passes/permute.h"
#include "random_floats.h"

namespace alice {
namespace {

/// Convolutions over x [1, 3, 6, 5] with padding that keeps the size.
struct Net : OpModel {
  static constexpr NaiveConv kConv{1, 3, 6, 5, 4, 3, 3, 1, 1, 1, 1, 1, 1, 1, 1, 1};
  std::vector<float> x_values = RandomFloats(3 * 6 * 5, 1);
  ValueId x = Operand<float>("x", {1, 3, 6, 5}, x_values, false);

  std::vector<float> Weights(unsigned seed) const { return RandomFloats(4 * 3 * 3 * 3, seed); }
  ValueId Conv(unsigned seed) {
    ConvAttributes attributes;
    attributes.window.pads = {1, 1, 1, 1};
    return Op(OpKind::Conv, {x, Constant<float>("w" + std::to_string(seed), {4, 3, 3, 3}, Weights(seed))}, attributes);
  }
  [[nodiscard]] std::vector<double> ConvValues(unsigned seed) const { return kConv.Run(x_values, Weights(seed), {}).y; }
  std::vector<float> RunAndCheckKinds(const std::string& kinds) {
    REQUIRE(Optimize(graph, budget).ok());
    CHECK(Kinds() == kinds);
    auto session = Session::Create(std::move(graph), budget, BestIsa());
    REQUIRE(session.ok());
    std::memcpy(session->Input(0).data, feeds[0].data(), feeds[0].size());
    session->Run(Precision::fp32);
    return OutputOf<float>(*session);
  }
};

void CheckClose(const std::vector<float>& actual, const std::vector<double>& expected) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    // Sums of some 30 numbers below 8, each rounded.
    CHECK(std::abs(static_cast<double>(actual[i]) - expected[i]) <= 30 * 8 * 0x1p-24);
  }
}

}  // namespace

TEST_CASE("a whole network runs with its channels last, transposed once at its entrance", "[passes]") {
  Net net;
  const ValueId relu = net.Relu(net.Conv(2));
  const ValueId other = net.Conv(3);
  const ValueId sum = net.Op(OpKind::Add, {relu, other});
  const ValueId joined = net.Op(OpKind::Concat, {sum, other}, ConcatAttributes{1});
  const ValueId mean = net.Op(OpKind::GlobalAveragePool, {joined}, GlobalPoolAttributes{});
  net.Output(net.Op(OpKind::Flatten, {mean}, FlattenAttributes{}));

  const std::vector<double> a = net.ConvValues(2);
  const std::vector<double> b = net.ConvValues(3);
  std::vector<double> expected(8, 0.0);
  for (std::size_t i = 0; i < a.size(); ++i) {
    expected[i / 30] += (std::max(a[i], 0.0) + b[i]) / 30.0;
    expected[4 + i / 30] += b[i] / 30.0;
  }
  CheckClose(net.RunAndCheckKinds("Transpose Conv Conv Add Concat GlobalAveragePool Reshape"), expected);
}

TEST_CASE("a bias, a BatchNormalization and an activation go into the Conv before them", "[passes]") {
  Net net;
  const std::vector<float> scale = {0.5f, -2.0f, 1.5f, 1.0f}, shift = {1.0f, 0.0f, -1.0f, 0.5f};
  const std::vector<float> mean = {0.25f, -0.5f, 0.0f, 1.0f}, variance = {1.0f, 4.0f, 0.25f, 2.0f};
  ValueId y = net.Conv(2);
  y = net.Op(OpKind::BatchNormalization,
             {y, net.Constant<float>("scale", {4}, scale), net.Constant<float>("shift", {4}, shift),
              net.Constant<float>("mean", {4}, mean), net.Constant<float>("variance", {4}, variance)},
             BatchNormalizationAttributes{0.0f});
  net.Output(net.Relu(y));
  std::vector<double> expected = net.ConvValues(2);
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const std::size_t c = i / 30;
    const double normal = (expected[i] - static_cast<double>(mean[c])) / std::sqrt(static_cast<double>(variance[c]));
    expected[i] = std::max(normal * static_cast<double>(scale[c]) + static_cast<double>(shift[c]), 0.0);
  }
  CheckClose(net.RunAndCheckKinds("Transpose Conv Transpose"), expected);

  Net biased;
  const std::vector<float> bias = {1.0f, 2.0f, 3.0f, 4.0f};
  biased.Output(biased.Op(OpKind::Add, {biased.Conv(2), biased.Constant<float>("b", {4, 1, 1}, bias)}));
  expected = biased.ConvValues(2);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] += static_cast<double>(bias[i / 30]);
  CheckClose(biased.RunAndCheckKinds("Transpose Conv Transpose"), expected);
}

TEST_CASE("a constant that broadcasts over a transposed value is permuted with it", "[passes]") {
  Net net;
  const std::vector<float> rows = {1.0f, 2.0f, 3.0f, 4.0f, 5.0f, 6.0f};
  net.Output(net.Op(OpKind::Mul, {net.Constant<float>("rows", {6, 1}, rows), net.Conv(2)}));
  std::vector<double> expected = net.ConvValues(2);
  for (std::size_t i = 0; i < expected.size(); ++i) expected[i] *= static_cast<double>(rows[i / 5 % 6]);
  const std::vector<float> y = net.RunAndCheckKinds("Transpose Conv Mul Transpose");
  REQUIRE(y.size() == expected.size());
  for (std::size_t i = 0; i < y.size(); ++i)
    CHECK(std::abs(static_cast<double>(y[i]) - expected[i]) <= 6 * 30 * 8 * 0x1p-24);
}

TEST_CASE("Transposes that undo each other disappear, others become one", "[passes]") {
  OpModel model;
  const std::vector<float> values = RandomFloats(2 * 3 * 4, 1);
  const ValueId x = model.Operand<float>("x", {2, 3, 4}, values, false);
  const ValueId turned = model.Op(OpKind::Transpose, {x}, TransposeAttributes{{2, 0, 1}});
  model.Output(model.Relu(model.Op(OpKind::Transpose, {model.Relu(turned)}, TransposeAttributes{{1, 2, 0}})));
  model.Output(model.Op(OpKind::Transpose, {turned}, TransposeAttributes{{0, 2, 1}}));
  REQUIRE(Optimize(model.graph, model.budget).ok());
  CHECK(model.Kinds() == "Relu Relu Transpose");
  const auto& left = std::get<TransposeAttributes>(model.node(2).attributes);
  CHECK(left.permutation == Shape{2, 1, 0});
}

TEST_CASE("permutations compose and invert", "[passes]") {
  const Shape first{2, 0, 3, 1}, second{1, 3, 0, 2};
  MemoryBudget budget(std::size_t{1} << 20);
  Tensor x = Tensor::Zeros(budget, MemoryKind::weights_f32, DType::f32, {2, 3, 4, 5}).value();
  float next = 0.0f;
  for (float& element : x.elements<float>()) element = next++;
  const Tensor once = Permuted(x, first, budget).value();
  const Tensor twice = Permuted(once, second, budget).value();
  const Tensor composed = Permuted(x, Composed(first, second), budget).value();
  CHECK(std::ranges::equal(twice.elements<const float>(), composed.elements<const float>()));
  CHECK(twice.shape() == composed.shape());
  CHECK(IsIdentity(Composed(first, Inverse(first))));
  CHECK(ToChannelsLast(4) == Shape{0, 2, 3, 1});
  CHECK(ToChannelsFirst(4) == Shape{0, 3, 1, 2});
  // x[1, 2, 3, 4] is at [3, 1, 4, 2] of the permuted tensor, whose shape is [4, 2, 5, 3].
  CHECK(once.shape() == Shape{4, 2, 5, 3});
  CHECK(once.elements<const float>()[((3 * 2 + 1) * 5 + 4) * 3 + 2] == 2.0f * 3 * 4 * 5 - 1);
}

}  // namespace alice
