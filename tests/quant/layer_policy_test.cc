#include "quant/layer_policy.h"

#include <catch2/catch.hpp>

#include "ir/graph_builder.h"
#include "passes/pipeline.h"
#include "quant/quantize_model.h"

namespace alice {
namespace {

/// Three layers: "a/first", "b/middle", "b/last".
struct ThreeLayers {
  GraphBuilder builder;

  ThreeLayers() {
    ValueId x = builder.Input("x", {2, 2});
    for (const char* name : {"a/first", "b/middle", "b/last"}) {
      const std::string text(name);
      const ValueId w = builder.Constant<float>(text + ".w", {2, 2}, {1, 2, 3, 4});
      const ValueId b = builder.Constant<float>(text + ".b", {2}, {0, 0});
      x = builder.Op(OpKind::Gemm, {x, w, b}, GemmAttributes{}, text);
    }
    builder.Output(x);
    REQUIRE(Optimize(builder.graph, builder.budget).ok());
  }

  std::vector<std::string> Quantized(const LayerPolicy& policy) {
    REQUIRE(QuantizeModel(builder.graph, {}, policy, builder.budget).ok());
    std::vector<std::string> names;
    for (const Node& node : builder.graph.nodes) {
      if (node.quantized) names.push_back(node.name);
    }
    return names;
  }
};

using Names = std::vector<std::string>;

}  // namespace

TEST_CASE("patterns", "[quant]") {
  CHECK(MatchesPattern("head", "head"));
  CHECK_FALSE(MatchesPattern("head", "hea"));
  CHECK_FALSE(MatchesPattern("hea", "head"));
  CHECK(MatchesPattern("head/dense", "head*"));
  CHECK(MatchesPattern("head", "head*"));
  CHECK(MatchesPattern("body/head/dense", "*head*"));
  CHECK(MatchesPattern("abab", "*ab"));
  CHECK(MatchesPattern("", "*"));
  CHECK(MatchesPattern("", ""));
  CHECK_FALSE(MatchesPattern("", "a"));
  CHECK_FALSE(MatchesPattern("abc", "a*d"));
  // Many stars end in time that does not grow like a power of their number.
  CHECK_FALSE(MatchesPattern(std::string(20000, 'a'), "*a*a*a*a*a*a*a*a*b"));
}

TEST_CASE("a policy keeps layers in float by name, operator and place", "[quant]") {
  CHECK(ThreeLayers().Quantized({}) == Names{"a/first", "b/middle", "b/last"});
  CHECK(ThreeLayers().Quantized({.exclude = {"b/*"}}) == Names{"a/first"});
  CHECK(ThreeLayers().Quantized({.exclude = {"a/first", "b/last"}}) == Names{"b/middle"});
  CHECK(ThreeLayers().Quantized({.exclude = {"Gemm"}}).empty());
  CHECK(ThreeLayers().Quantized({.keep_first = true}) == Names{"b/middle", "b/last"});
  CHECK(ThreeLayers().Quantized({.keep_last = true}) == Names{"a/first", "b/middle"});
}

}  // namespace alice
