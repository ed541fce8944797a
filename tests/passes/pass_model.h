#pragma once

#include <catch2/catch.hpp>

#include "ir/graph_builder.h"
#include "ir/shape_inference.h"
#include "ir/verify.h"
#include "passes/pipeline.h"
#include "passes/same_results.h"

namespace alice {

/// A small graph that a pass is tried on.
struct PassModel : GraphBuilder {
  using PassFunction = Status (*)(Graph&, MemoryBudget&);

  Dim batch = Symbol("batch");

  void Prepare() {
    REQUIRE(Verify(graph).ok());
    REQUIRE(InferShapes(graph).ok());
  }
  /// Runs the pass; the graph stays sound, and its outputs the same, for batches of 1 and 3.
  void Run(PassFunction pass) {
    Prepare();
    const Results one(graph, {1}, 11);
    const Results three(graph, {3}, 12);
    REQUIRE(pass(graph, budget).ok());
    Prepare();
    one.RequireSame(graph);
    three.RequireSame(graph);
  }
};

}  // namespace alice
