#pragma once

#include <catch2/catch.hpp>
#include <string>
#include <vector>

#include "ir/graph_builder.h"
#include "ir/shape_inference.h"
#include "ir/verify.h"

namespace alice {

/// A graph whose last node is judged by what shape inference says of it.
struct ShapeRuleModel : GraphBuilder {
  Dim batch = Symbol("batch");

  static Dim N(std::int64_t size) { return Dim::Known(size); }

  /// The type that inference gives `id`.
  std::string Infer(ValueId id) {
    Output(id);
    REQUIRE(Verify(graph).ok());
    const Status status = InferShapes(graph);
    if (!status.ok()) return "error: " + status.error().message;
    return TypeOf(id);
  }
  /// Inference fails with that code and a message that holds each of `parts`; it names the last node.
  void Fails(ErrorCode code, const std::vector<std::string>& parts) {
    REQUIRE(Verify(graph).ok());
    const Status status = InferShapes(graph);
    REQUIRE_FALSE(status.ok());
    CHECK(ErrorCodeName(status.error().code) == ErrorCodeName(code));
    CHECK(status.error().node == graph.nodes.back().name);
    CHECK_THAT(status.error().message, Catch::Matchers::Contains(graph.nodes.back().name));
    for (const std::string& part : parts) CHECK_THAT(status.error().message, Catch::Matchers::Contains(part));
  }
};

}  // namespace alice
