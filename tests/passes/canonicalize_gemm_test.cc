#include <catch2/catch.hpp>

#include "ir/dump.h"
#include "ir/graph_builder.h"
#include "ir/shape_inference.h"
#include "ir/verify.h"
#include "passes/passes.h"
#include "passes/pipeline.h"
#include "passes/same_results.h"

namespace alice {
namespace {

constexpr std::int64_t kM = 2, kK = 3, kN = 4;

std::vector<float> Ramp(std::int64_t count, float first) {
  std::vector<float> elements;
  for (std::int64_t i = 0; i < count; ++i) elements.push_back(first + 0.37f * static_cast<float>(i % 7));
  return elements;
}

struct GemmModel : GraphBuilder {
  ValueId Operand(const std::string& name, const Shape& shape, bool is_constant) {
    if (is_constant) return Constant<float>(name, shape, Ramp(shape.elements(), -0.8f));
    return Input(name, SymbolicShape::Of(shape).dims);
  }
  void Prepare() {
    REQUIRE(Verify(graph).ok());
    REQUIRE(InferShapes(graph).ok());
  }
};

void RequireCanonical(const Graph& graph) {
  for (const Node& node : graph.nodes) {
    if (node.kind != OpKind::Gemm) continue;
    const auto& attributes = std::get<GemmAttributes>(node.attributes);
    CHECK(attributes.alpha == 1.0f);
    CHECK(attributes.beta == 1.0f);
    if (graph.IsConstant(node.inputs[0])) CHECK_FALSE(attributes.trans_a);
    if (graph.IsConstant(node.inputs[1])) CHECK_FALSE(attributes.trans_b);
    if (node.inputs.size() < 3) continue;
    CHECK(graph.IsConstant(node.inputs[2]));
    CHECK(graph.value(node.inputs[2]).shape == SymbolicShape::Of({kN}));
  }
}

TEST_CASE("every form of Gemm becomes canonical and keeps its meaning", "[passes]") {
  const std::vector<std::optional<Shape>> c_shapes = {std::nullopt, Shape{},      Shape{1},     Shape{kN},
                                                      Shape{1, 1},  Shape{1, kN}, Shape{kM, 1}, Shape{kM, kN}};
  int forms = 0;
  for (int bits = 0; bits < 32; ++bits) {
    const bool trans_a = bits & 1, trans_b = bits & 2, const_a = bits & 4, const_b = bits & 8, const_c = bits & 16;
    for (const float alpha : {1.0f, 0.7f}) {
      for (const float beta : {1.0f, 0.0f, -1.3f}) {
        for (const std::optional<Shape>& c : c_shapes) {
          GemmModel model;
          const ValueId a = model.Operand("a", trans_a ? Shape{kK, kM} : Shape{kM, kK}, const_a);
          const ValueId b = model.Operand("b", trans_b ? Shape{kN, kK} : Shape{kK, kN}, const_b);
          std::vector<ValueId> inputs = {a, b};
          if (c) inputs.push_back(model.Operand("c", *c, const_c));
          const GemmAttributes attributes{alpha, beta, trans_a, trans_b};
          const ValueId h = model.Op(OpKind::Gemm, inputs, attributes, "g");
          model.Output(model.Relu(h));
          model.Prepare();
          CAPTURE(Dump(model.graph));
          const Results results(model.graph, {}, 1);
          const bool passes_only = forms % 2 == 0;
          const Status status =
              passes_only ? CanonicalizeGemm(model.graph, model.budget) : Optimize(model.graph, model.budget);
          REQUIRE(status.ok());
          model.Prepare();
          CAPTURE(Dump(model.graph));
          RequireCanonical(model.graph);
          results.RequireSame(model.graph);
          ++forms;
        }
      }
    }
  }
  CHECK(forms == 32 * 2 * 3 * 8);
}

TEST_CASE("transposes and factors go into constants exactly", "[passes]") {
  GemmModel model;
  const ValueId x = model.Input("x", {1, 2});
  const ValueId b = model.Constant<float>("b", {3, 2}, {1, 2, 3, 4, 5, 6});
  const ValueId c = model.Constant<float>("c", {1}, {3});
  model.Output(model.Op(OpKind::Gemm, {x, b, c}, GemmAttributes{2.0f, -0.5f, false, true}));
  model.Prepare();
  REQUIRE(CanonicalizeGemm(model.graph, model.budget).ok());
  CHECK(model.Kinds() == "Gemm");
  CHECK(model.Elements<float>(model.node(0).inputs[1]) == std::vector<float>{2, 6, 10, 4, 8, 12});
  CHECK(model.Elements<float>(model.node(0).inputs[2]) == std::vector<float>{-1.5f, -1.5f, -1.5f});
  CHECK(model.graph.value(model.node(0).inputs[1]).name == "b");
}

TEST_CASE("constants that another node uses are not changed", "[passes]") {
  GemmModel model;
  const ValueId x = model.Input("x", {2, 2});
  const ValueId w = model.Constant<float>("w", {2, 2}, {1, 2, 3, 4});
  const ValueId c = model.Constant<float>("c", {1, 2}, {5, 6});
  const ValueId h = model.Op(OpKind::Gemm, {x, w, c}, GemmAttributes{2.0f, 3.0f, false, true});
  const ValueId y = model.Op(OpKind::Add, {model.Op(OpKind::MatMul, {h, w}), c});
  model.Output(y);
  const ValueId square = model.Op(OpKind::Gemm, {w, w, w}, GemmAttributes{2.0f, 3.0f, true, false});
  model.Output(square);
  model.Prepare();
  const Results results(model.graph, {}, 2);
  REQUIRE(CanonicalizeGemm(model.graph, model.budget).ok());
  model.Prepare();
  CHECK(model.Elements<float>(w) == std::vector<float>{1, 2, 3, 4});
  CHECK(model.Elements<float>(c) == std::vector<float>{5, 6});
  results.RequireSame(model.graph);
}

TEST_CASE("a constant that is several inputs of one Gemm is not changed under itself", "[passes]") {
  GemmModel model;
  const ValueId w = model.Constant<float>("w", {2, 2}, {1, 2, 3, 4});
  model.Output(model.Op(OpKind::Gemm, {w, w, w}, GemmAttributes{2.0f, 3.0f, true, false}));
  model.Prepare();
  const Results results(model.graph, {}, 4);
  REQUIRE(CanonicalizeGemm(model.graph, model.budget).ok());
  model.Prepare();
  results.RequireSame(model.graph);
}

TEST_CASE("a fused activation stays behind what is split off a Gemm", "[passes]") {
  GemmModel model;
  const ValueId a = model.Input("a", {kM, kK});
  const ValueId b = model.Input("b", {kK, kN});
  model.Output(model.Op(OpKind::Gemm, {a, b, model.Input("c", {kM, kN})}, GemmAttributes{2.0f, 3.0f}, "g"));
  model.node(0).activation = {ActivationKind::relu};
  model.Prepare();
  const Results results(model.graph, {}, 3);
  REQUIRE(CanonicalizeGemm(model.graph, model.budget).ok());
  model.Prepare();
  CHECK(model.Kinds() == "Mul Gemm Mul Add");
  CHECK(model.node(1).activation.kind == ActivationKind::none);
  CHECK(model.node(3).activation.kind == ActivationKind::relu);
  results.RequireSame(model.graph);
}

TEST_CASE("replaced constants are freed at once and memory runs out with an error", "[passes]") {
  GemmModel model;
  const ValueId x = model.Input("x", {1, 64});
  const ValueId w = model.Constant<float>("w", {64, 64}, Ramp(64 * 64, 0));
  model.Output(model.Op(OpKind::Gemm, {x, w}, GemmAttributes{1.0f, 1.0f, false, true}));
  model.Prepare();
  const std::size_t held = model.budget.held_bytes();
  SECTION("freed") {
    REQUIRE(CanonicalizeGemm(model.graph, model.budget).ok());
    CHECK(model.budget.held_bytes() == held);
    CHECK(model.budget.peak_bytes() == 2 * held);
  }
  SECTION("refused") {
    model.budget.set_limit_bytes(held + 1000);
    const Status status = CanonicalizeGemm(model.graph, model.budget);
    REQUIRE_FALSE(status.ok());
    CHECK(status.error().code == ErrorCode::budget_exceeded);
    CHECK(status.error().node == "Gemm0");
  }
}

}  // namespace
}  // namespace alice
