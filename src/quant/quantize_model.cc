#include "quant/quantize_model.h"

#include <algorithm>
#include <cmath>

#include "quant/weights/per_channel.h"

namespace alice {
namespace {

bool HasConstantMatrix(const Graph& graph, const Node& node) {
  if (node.kind != OpKind::Gemm && node.kind != OpKind::MatMul) return false;
  const Value& b = graph.value(node.inputs[1]);
  return b.constant && b.dtype == DType::f32 && b.shape.rank() == 2;
}

/// Products that only the float path takes, because one of their operands has to be transposed at every run.
bool IsTransposed(const Node& node) {
  const auto* gemm = std::get_if<GemmAttributes>(&node.attributes);
  return gemm != nullptr && (gemm->trans_a || gemm->trans_b);
}

Result<DynamicInt8> QuantizeWeights(Graph& graph, const std::string& name, const Tensor& weights,
                                    MemoryBudget& budget) {
  const auto k = static_cast<std::size_t>(weights.shape()[0]);
  const auto n = static_cast<std::size_t>(weights.shape()[1]);
  const auto w = weights.elements<const float>();
  if (!std::all_of(w.begin(), w.end(), [](float x) { return std::isfinite(x); })) {
    return MakeError(ErrorCode::model_unsupported_type, "the weights of node \"", name,
                     "\" have a NaN or infinite value");
  }
  ALICE_ASSIGN_OR_RETURN(Tensor q, Tensor::Zeros(budget, MemoryKind::weights_int8, DType::s8, weights.shape()));
  ALICE_ASSIGN_OR_RETURN(Tensor scales,
                         Tensor::Zeros(budget, MemoryKind::scales, DType::f32, Shape{weights.shape()[1]}));
  QuantizePerChannel(w.data(), k, n, q.elements<std::int8_t>().data(), scales.elements<float>().data());
  return DynamicInt8{graph.AddConstant(name + ".int8", std::move(q)),
                     graph.AddConstant(name + ".scales", std::move(scales))};
}

}  // namespace

Status QuantizeDynamicInt8(Graph& graph, MemoryBudget& budget) {
  for (Node& node : graph.nodes) {
    if (node.int8 || !HasConstantMatrix(graph, node) || IsTransposed(node)) continue;
    const Tensor& weights = *graph.value(node.inputs[1]).constant;
    auto int8 = QuantizeWeights(graph, node.name, weights, budget);
    if (!int8.ok()) return std::move(int8).error().At(node.name);
    node.int8 = *int8;
  }
  return {};
}

}  // namespace alice
