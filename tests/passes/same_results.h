#pragma once

#include <catch2/catch.hpp>
#include <cmath>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "ir/graph.h"
#include "passes/reference_interpreter.h"

namespace alice {

/// Random values in [−2, 2] for every input of `graph`, with symbol i of size sizes[i].
inline std::map<std::string, std::vector<double>> RandomFeeds(const Graph& graph,
                                                              const std::vector<std::int64_t>& sizes,
                                                              std::uint32_t seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<double> uniform(-2, 2);
  std::map<std::string, std::vector<double>> feeds;
  for (const ValueId input : graph.inputs) {
    std::vector<double>& feed = feeds[graph.value(input).name];
    feed.resize(static_cast<std::size_t>(graph.value(input).shape.Resolve(sizes).elements()));
    for (double& value : feed) value = uniform(random);
  }
  return feeds;
}

/// Remembers what a graph computes, to compare it with what it computes after a rewrite.
class Results {
 public:
  Results(const Graph& graph, std::vector<std::int64_t> sizes, std::uint32_t seed)
      : sizes_(std::move(sizes)), feeds_(RandomFeeds(graph, sizes_, seed)), before_(Interpret(graph, sizes_, feeds_)) {}

  /// The outputs keep their names, dtypes and shapes, and their elements up to the rounding of constants to f32.
  void RequireSame(const Graph& graph) const {
    const std::map<std::string, ReferenceTensor> after = Interpret(graph, sizes_, feeds_);
    for (const ValueId output : graph.outputs) {
      const std::string& name = graph.value(output).name;
      CAPTURE(name);
      REQUIRE(before_.contains(name));
      const ReferenceTensor& expected = before_.at(name);
      const ReferenceTensor& got = after.at(name);
      REQUIRE(got.shape == expected.shape);
      for (std::size_t i = 0; i < got.values.size(); ++i) {
        const double tolerance = expected.roundings * std::ldexp(1.0, -24) * expected.bound[i];
        if (std::abs(got.values[i] - expected.values[i]) <= tolerance) continue;
        CAPTURE(i, expected.values[i], got.values[i], tolerance);
        FAIL("an element differs");
      }
    }
  }

 private:
  std::vector<std::int64_t> sizes_;
  std::map<std::string, std::vector<double>> feeds_;
  std::map<std::string, ReferenceTensor> before_;
};

}  // namespace alice
