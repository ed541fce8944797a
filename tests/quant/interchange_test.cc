// What is exported reads as the same quantized layers, and gives the same bits.
#include <catch2/catch.hpp>

#include "exec/two_layers.h"
#include "numeric/accepted_schemes.h"
#include "onnx/reader.h"

namespace alice {
namespace {

/// What ONNX has no operators for: ranges at run time that are symmetric, or of a row.
bool IsInexpressible(const Scheme& scheme) {
  const ActivationScheme& activations = scheme.activations;
  return activations.strategy == Strategy::dynamic &&
         (activations.symmetric || activations.granularity == ActivationGranularity::per_token);
}

template <typename T>
std::vector<T> ElementsOf(const Graph& graph, ValueId id) {
  if (id == kNoValue) return {};
  const auto elements = graph.value(id).constant->elements<const T>();
  return {elements.begin(), elements.end()};
}

void CheckSameForm(const Graph& a, const Node& node_a, const Graph& b, const Node& node_b) {
  REQUIRE(node_a.quantized);
  REQUIRE(node_b.quantized);
  const QuantizedForm &form_a = *node_a.quantized, &form_b = *node_b.quantized;
  CHECK(SchemeText(form_a.scheme) == SchemeText(form_b.scheme));
  CHECK(form_a.input == form_b.input);
  CHECK(ElementsOf<float>(a, form_a.scales) == ElementsOf<float>(b, form_b.scales));
  CHECK(ElementsOf<std::int8_t>(a, form_a.zero_points) == ElementsOf<std::int8_t>(b, form_b.zero_points));
  if (form_a.scheme.weights.type == WeightType::int8) {
    CHECK(ElementsOf<std::int8_t>(a, form_a.weights) == ElementsOf<std::int8_t>(b, form_b.weights));
  } else {
    CHECK(ElementsOf<std::uint8_t>(a, form_a.weights) == ElementsOf<std::uint8_t>(b, form_b.weights));
  }
  CHECK(node_a.activation == node_b.activation);
}

}  // namespace

TEST_CASE("every scheme that ONNX can say comes back as it was, with the same bits", "[quant]") {
  for (const Scheme& scheme : AcceptedSchemes()) {
    INFO(SchemeText(scheme));
    TwoLayers model;
    Session session = model.MakeSession(scheme, BestIsa());
    const auto bytes = ExportQuantized(session.graph(), model.builder.budget);
    if (IsInexpressible(scheme)) {
      REQUIRE_FALSE(bytes.ok());
      CHECK(bytes.error().code == ErrorCode::model_unsupported_type);
      CHECK(bytes.error().node == "first");
      CHECK(bytes.error().message.find(SchemeText(scheme)) != std::string::npos);
      continue;
    }
    REQUIRE(bytes.ok());
    MemoryBudget budget(std::size_t{1} << 24);
    auto graph = ReadOnnx(*bytes, budget);
    REQUIRE(graph.ok());
    REQUIRE(Optimize(*graph, budget).ok());
    REQUIRE(graph->nodes.size() == 2);
    for (std::size_t i = 0; i < 2; ++i) {
      CheckSameForm(session.graph(), session.graph().nodes[i], *graph, graph->nodes[i]);
    }
    auto again = Session::Create(std::move(*graph), budget, BestIsa());
    REQUIRE(again.ok());
    REQUIRE(again->PlanFor(kRows).ok());
    again->SetSamples(kRows);
    CHECK(model.Run(session) == model.Run(*again));
  }
}

TEST_CASE("a model asks for the operator set that its codes need, and for no later one", "[quant]") {
  for (const Scheme& scheme : AcceptedSchemes()) {
    if (IsInexpressible(scheme)) continue;
    INFO(SchemeText(scheme));
    TwoLayers model;
    Session session = model.MakeSession(scheme, BestIsa());
    const auto bytes = ExportQuantized(session.graph(), model.builder.budget);
    REQUIRE(bytes.ok());
    auto graph = ReadOnnx(*bytes, model.builder.budget);
    REQUIRE(graph.ok());
    const bool is_plain =
        scheme.weights.type == WeightType::int8 && scheme.weights.granularity != Granularity::per_group;
    CHECK(graph->opset == (is_plain ? 17 : 21));
  }
}

}  // namespace alice
