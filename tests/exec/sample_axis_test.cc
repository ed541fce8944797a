#include "exec/sample_axis.h"

#include <catch2/catch.hpp>

#include "ir/graph_builder.h"
#include "ir/shape_inference.h"

namespace alice {
namespace {

/// Whether samples [3, 4] of x stay apart in that operator, which takes the constants as well.
bool KeepsApart(OpKind kind, Attributes attributes, const std::vector<Shape>& constants = {}) {
  GraphBuilder builder;
  std::vector<ValueId> inputs = {builder.Input("x", {builder.Symbol("batch"), Dim::Known(3), Dim::Known(4)})};
  for (const Shape& shape : constants) {
    const std::vector<float> elements(static_cast<std::size_t>(shape.elements()), 1.0f);
    inputs.push_back(builder.Constant<float>("c" + std::to_string(inputs.size()), shape, elements));
  }
  builder.Output(builder.Op(kind, std::move(inputs), std::move(attributes)));
  REQUIRE(InferShapes(builder.graph).ok());
  return HasIndependentSamples(builder.graph);
}

RecurrentAttributes Rnn(bool batch_first) {
  RecurrentAttributes attributes;
  attributes.activations[0][0].kind = ActivationKind::tanh;
  attributes.batch_first = batch_first;
  return attributes;
}

}  // namespace

TEST_CASE("reductions, normalizations and recurrent operators keep samples apart on axes of their own", "[exec]") {
  CHECK(KeepsApart(OpKind::ReduceMean, ReduceAttributes{.axes = {1}}));
  CHECK_FALSE(KeepsApart(OpKind::ReduceMean, ReduceAttributes{.axes = {0}, .keep_dims = false}));
  CHECK(KeepsApart(OpKind::TopK, TopKAttributes{.k = 2}));
  CHECK_FALSE(KeepsApart(OpKind::TopK, TopKAttributes{.k = 2, .axis = 0}));
  CHECK(KeepsApart(OpKind::LayerNormalization, NormalizationAttributes{.axis = 1}, {{3, 4}}));
  CHECK(KeepsApart(OpKind::InstanceNormalization, NormalizationAttributes{}, {{3}, {3}}));
  CHECK(KeepsApart(OpKind::LRN, LrnAttributes{.size = 3}));
  CHECK(KeepsApart(OpKind::LpNormalization, LpNormalizationAttributes{.axis = -1}));
  CHECK_FALSE(KeepsApart(OpKind::LpNormalization, LpNormalizationAttributes{.axis = -3}));
  CHECK(KeepsApart(OpKind::MeanVarianceNormalization, MeanVarianceAttributes{{1, 2}}));
  CHECK_FALSE(KeepsApart(OpKind::MeanVarianceNormalization, MeanVarianceAttributes{{0, 2}}));
  CHECK(KeepsApart(OpKind::RNN, Rnn(true), {{1, 2, 4}, {1, 2, 2}}));
  CHECK_FALSE(KeepsApart(OpKind::RNN, Rnn(false), {{1, 2, 4}, {1, 2, 2}}));
}

}  // namespace alice
