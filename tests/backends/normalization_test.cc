#include <cmath>
#include <cstdint>

#include "backends/op_model.h"

namespace alice {
namespace {

/// Two groups of four elements with mean 3 and −1, variance 5 and 4.
const std::vector<float> kX = {0, 2, 4, 6, -3, -3, 1, 1};

std::vector<float> Normalized(OpKind kind, const Shape& shape, const std::vector<float>& x, Attributes attributes,
                              const std::vector<std::pair<Shape, std::vector<float>>>& parameters = {}) {
  OpModel model;
  std::vector<ValueId> inputs = {model.Operand<float>("x", shape, x, false)};
  for (const auto& [of, elements] : parameters) {
    inputs.push_back(model.Operand<float>("p" + std::to_string(inputs.size()), of, elements, false));
  }
  model.Output(model.Op(kind, inputs, std::move(attributes)));
  return OutputOf<float>(model.Run(BestIsa()));
}

/// Differences that a few roundings of numbers up to 16 make.
void CheckClose(const std::vector<float>& actual, const std::vector<float>& expected) {
  REQUIRE(actual.size() == expected.size());
  for (std::size_t i = 0; i < actual.size(); ++i) {
    CAPTURE(i, actual[i], expected[i]);
    CHECK(std::abs(actual[i] - expected[i]) <= 8 * 16 * 0x1p-24f);
  }
}

const float kRoot5 = std::sqrt(5.0f);

}  // namespace

TEST_CASE("instances and groups have their own mean and variance, channels their scale", "[backends][normalization]") {
  const NormalizationAttributes exact{.epsilon = 0.0f};
  const std::vector<float> of_instances = {
      -6 / kRoot5 + 1, -2 / kRoot5 + 1, 2 / kRoot5 + 1, 6 / kRoot5 + 1, -4, -4, 2, 2};
  CheckClose(Normalized(OpKind::InstanceNormalization, {1, 2, 2, 2}, kX, exact, {{{2}, {2, 3}}, {{2}, {1, -1}}}),
             of_instances);
  const std::vector<float> of_groups = {-3 / kRoot5, -1 / kRoot5, 2 / kRoot5, 6 / kRoot5, -3, -3, 5, 5};
  CheckClose(Normalized(OpKind::GroupNormalization, {1, 4, 2}, kX, NormalizationAttributes{.epsilon = 0, .groups = 2},
                        {{{4}, {1, 2, 3, 4}}, {{4}, {0, 0, 0, 1}}}),
             of_groups);
  CheckClose(Normalized(OpKind::GroupNormalization, {1, 4, 2}, kX,
                        NormalizationAttributes{.epsilon = 0, .groups = 2, .scales_of_groups = true},
                        {{{2}, {2, 3}}, {{2}, {1, -1}}}),
             of_instances);
}

TEST_CASE("LayerNormalization gives the mean and 1 / deviation as well", "[backends][normalization]") {
  OpModel model;
  const ValueId x = model.Operand<float>("x", {2, 2, 2}, kX, false);
  const ValueId scale = model.Operand<float>("scale", {2, 2}, {1, 2, 1, 1}, true);
  for (const ValueId id :
       model.Nodes(OpKind::LayerNormalization, {x, scale}, 3, NormalizationAttributes{.epsilon = 0.0f, .axis = 1})) {
    model.Output(id);
  }
  const Session session = model.Run(BestIsa());
  CheckClose(OutputOf<float>(session, 0), {-3 / kRoot5, -2 / kRoot5, 1 / kRoot5, 3 / kRoot5, -1, -2, 1, 1});
  CHECK(session.Output(1).shape == Shape{2, 1, 1});
  CheckClose(OutputOf<float>(session, 1), {3, -1});
  CheckClose(OutputOf<float>(session, 2), {1 / kRoot5, 0.5f});
}

TEST_CASE("means and norms along axes that lie apart", "[backends][normalization]") {
  CheckClose(Normalized(OpKind::MeanVarianceNormalization, {2, 2, 2}, {0, -3, 4, 1, 2, -3, 6, 1},
                        MeanVarianceAttributes{{0, -2}}),
             {-3 / kRoot5, -1, 1 / kRoot5, 1, -1 / kRoot5, -1, 3 / kRoot5, 1});
  const std::vector<float> x = {3, 0, 4, 0, -5, 0, 12, 0};
  CheckClose(Normalized(OpKind::LpNormalization, {2, 2, 2}, x, LpNormalizationAttributes{.axis = 1}),
             {0.6f, 0, 0.8f, 0, -5.0f / 13, 0, 12.0f / 13, 0});
  CheckClose(Normalized(OpKind::LpNormalization, {4, 2}, x, LpNormalizationAttributes{.axis = 0, .p = 1}),
             {0.125f, 0, 4.0f / 24, 0, -5.0f / 24, 0, 0.5f, 0});
}

TEST_CASE("LRN goes over adjacent channels, for an even size one more behind than before",
          "[backends][normalization]") {
  const LrnAttributes lrn{.alpha = 2.0f, .beta = 1.0f, .bias = 1.0f, .size = 2};
  CheckClose(Normalized(OpKind::LRN, {1, 3, 1}, {1, 2, 3}, lrn), {1.0f / 6, 2.0f / 14, 3.0f / 10});
  const LrnAttributes root{.alpha = 3.0f, .beta = 0.75f, .bias = 2.0f, .size = 3};
  CheckClose(Normalized(OpKind::LRN, {1, 3, 1}, {1, 2, 3}, root),
             {1 / std::pow(7.0f, 0.75f), 2 / std::pow(16.0f, 0.75f), 3 / std::pow(15.0f, 0.75f)});
}

TEST_CASE("BatchNormalization by statistics that come at run time", "[backends][normalization]") {
  const BatchNormalizationAttributes exact{.epsilon = 0.0f};
  const std::vector<std::pair<Shape, std::vector<float>>> parameters = {
      {{2}, {2, 3}}, {{2}, {1, -1}}, {{2}, {3, -1}}, {{2}, {4, 0.25f}}};
  CheckClose(Normalized(OpKind::BatchNormalization, {2, 2, 2}, kX, exact, parameters), {-2, 0, 29, 41, -5, -5, 11, 11});
}

TEST_CASE("normalizations say what does not fit", "[backends][normalization]") {
  OpModel model;
  const ValueId x = model.Input("x", {model.Symbol("batch"), Dim::Known(3), Dim::Known(4)});
  const ValueId three = model.Constant<float>("three", {3}, {1, 1, 1});
  const ValueId four = model.Constant<float>("four", {4}, {1, 1, 1, 1});
  const auto error = [&](OpKind kind, std::vector<ValueId> inputs, Attributes attributes) {
    model.Op(kind, std::move(inputs), std::move(attributes), "n");
    const Status status = InferShapes(model.graph);
    model.graph.nodes.pop_back();
    return status.ok() ? std::string()
                       : std::string(ErrorCodeName(status.error().code)) + ": " + status.error().message;
  };
  CHECK(error(OpKind::InstanceNormalization, {x, three, three}, NormalizationAttributes{}).empty());
  CHECK(error(OpKind::InstanceNormalization, {x, three, four}, NormalizationAttributes{}) ==
        "shape_mismatch: InstanceNormalization \"n\": \"four\" [4] does not fit X [batch, 3, 4]");
  CHECK(error(OpKind::LayerNormalization, {x, three}, NormalizationAttributes{}) ==
        "shape_mismatch: LayerNormalization \"n\": \"three\" [3] does not have the shape [4] of X [batch, 3, 4] from "
        "axis "
        "-1 on");
  CHECK(error(OpKind::GroupNormalization, {x, three, three}, NormalizationAttributes{.groups = 2}) ==
        "shape_mismatch: GroupNormalization \"n\": the channels (axis 1) of X [batch, 3, 4] are not divided into 2 "
        "groups");
}

}  // namespace alice
