#pragma once

#include <algorithm>
#include <catch2/catch.hpp>
#include <cstdint>
#include <string>
#include <vector>

#include "exec/session.h"
#include "ir/graph_builder.h"
#include "passes/pipeline.h"
#include "random_floats.h"

namespace alice {

/// Takes the graph of `builder`.
inline Session MakeSession(GraphBuilder& builder, Isa isa) {
  REQUIRE(Optimize(builder.graph, builder.budget).ok());
  auto session = Session::Create(std::move(builder.graph), builder.budget, isa);
  REQUIRE(session.ok());
  return std::move(*session);
}

/// To the same random input each time.
inline std::vector<float> Answers(Session& session) {
  const auto x = session.Input(0).elements<float>();
  std::ranges::copy(RandomFloats(static_cast<std::int64_t>(x.size()), 9), x.begin());
  session.Run(Precision::fp32);
  const auto y = session.Output(0).elements<const float>();
  return {y.begin(), y.end()};
}

inline ValueId Weights(GraphBuilder& builder, const std::vector<std::int64_t>& dims) {
  std::int64_t count = 1;
  for (const std::int64_t dim : dims) count *= dim;
  return builder.Constant<float>("w" + std::to_string(builder.graph.values.size()), Shape(dims),
                                 RandomFloats(count, 3));
}

}  // namespace alice
