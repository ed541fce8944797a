#include <optional>
#include <set>
#include <span>

#include "numeric/fp8.h"
#include "numeric/int4.h"
#include "passes/conv_weights.h"
#include "passes/pipeline.h"

namespace alice {
namespace {

/// The weights [k, n] that `form` stands for.
Result<Tensor> Decoded(const Graph& graph, const QuantizedForm& form, std::size_t k, std::size_t n,
                       MemoryBudget& budget) {
  const WeightScheme& scheme = form.scheme.weights;
  const Shape shape{AxisSize(k), AxisSize(n)};
  ALICE_ASSIGN_OR_RETURN(Tensor weights, Tensor::Zeros(budget, MemoryKind::weights_f32, DType::f32, shape));
  const auto* const codes = reinterpret_cast<const std::uint8_t*>(graph.value(form.weights).constant->view().data);
  const std::span<const float> scales = graph.value(form.scales).constant->elements<const float>();
  const std::int8_t* const zero_points =
      scheme.symmetric ? nullptr : graph.value(form.zero_points).constant->elements<const std::int8_t>().data();
  const Fp8Format format = scheme.type == WeightType::fp8e4m3 ? Fp8Format::e4m3fn : Fp8Format::e5m2;
  const bool is_int4 = scheme.type == WeightType::int4;
  const ScaleGrid grid = ScaleGridOf(k, n, scheme);
  const std::span<float> to = weights.elements<float>();
  for (std::size_t row = 0; row < k; ++row) {
    for (std::size_t column = 0; column < n; ++column) {
      const std::size_t i = row * n + column;
      const std::size_t group = grid.IndexOf(row, column);
      if (IsFp8(scheme.type)) {
        to[i] = DecodeFp8(codes[i], format) * scales[group];
      } else {
        const std::int8_t code = is_int4 ? LoadInt4(codes, i) : static_cast<std::int8_t>(codes[i]);
        const std::int8_t zero = zero_points == nullptr ? std::int8_t{0} : zero_points[group];
        to[i] = static_cast<float>(int{code} - int{zero}) * scales[group];
      }
    }
  }
  return weights;
}

/// Whether the weights of `node` are codes alone.
bool HasCodesAlone(const Graph& graph, const Node& node) {
  return node.quantized && graph.value(node.inputs[1]).constant->released();
}

}  // namespace

std::uint64_t DecodedBytes(const Graph& graph) {
  std::set<ValueId> weights;
  for (const Node& node : graph.nodes) {
    if (HasCodesAlone(graph, node)) weights.insert(node.inputs[1]);
  }
  std::uint64_t bytes = 0;
  for (const ValueId id : weights) {
    bytes += static_cast<std::uint64_t>(graph.value(id).constant->shape().elements()) * sizeof(float);
  }
  return bytes;
}

Status DecodeWeights(Graph& graph, MemoryBudget& budget) {
  for (const Node& node : graph.nodes) {
    if (!HasCodesAlone(graph, node)) continue;
    std::optional<Tensor>& real = graph.value(node.inputs[1]).constant;
    const Shape shape = real->shape();
    const auto* const conv = std::get_if<ConvAttributes>(&node.attributes);
    const bool is_filters = conv != nullptr && !conv->channels_last;
    const auto n = static_cast<std::size_t>(shape[is_filters ? 0 : 1]);
    const std::size_t k = static_cast<std::size_t>(shape.elements()) / n;
    ALICE_ASSIGN_OR_RETURN(real, Decoded(graph, *node.quantized, k, n, budget));
    if (!is_filters) continue;
    ALICE_ASSIGN_OR_RETURN(real, FiltersOf(*real, shape, budget));
  }
  return {};
}

}  // namespace alice
