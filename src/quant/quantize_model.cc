#include "quant/quantize_model.h"

#include "ir/can_quantize.h"
#include "passes/split_recurrent.h"
#include "quant/weights/quantize_weights.h"

namespace alice {
namespace {

bool HasConstantMatrix(const Graph& graph, const Node& node, const Scheme& scheme) {
  if (node.inputs.size() < 2 || !graph.IsConstant(node.inputs[1])) return false;
  const Value& b = graph.value(node.inputs[1]);
  return CanQuantize(node, b.shape, scheme) && b.dtype == DType::f32 && b.shape.rank() == 2;
}

/// Products that only the float path takes, because one of their operands has to be transposed at every run.
bool IsTransposed(const Node& node) {
  const auto* gemm = std::get_if<GemmAttributes>(&node.attributes);
  return gemm != nullptr && (gemm->trans_a || gemm->trans_b);
}

Result<QuantizedForm> QuantizeLayer(Graph& graph, const Node& node, const Scheme& scheme,
                                    const WeightCalibration& calibration, MemoryBudget& budget) {
  const Tensor& weights = *graph.value(node.inputs[1]).constant;
  const auto k = static_cast<std::size_t>(weights.shape()[0]);
  const auto n = static_cast<std::size_t>(weights.shape()[1]);
  const WeightScheme& how = scheme.weights;
  const auto w = weights.elements<const float>();
  ALICE_RETURN_IF_ERROR(CheckWeights(w));

  const bool is_int4 = how.type == WeightType::int4;
  const DType code = how.type == WeightType::int8 ? DType::s8 : DType::u8;
  const Shape code_shape = is_int4 ? Shape{AxisSize(WeightCodeBytes(k, n, how))} : weights.shape();
  const ScaleGrid grid = ScaleGridOf(k, n, how);
  const Shape grid_shape =
      grid.rows == 1 ? Shape{AxisSize(grid.columns)} : Shape{AxisSize(grid.rows), AxisSize(grid.columns)};
  ALICE_ASSIGN_OR_RETURN(Tensor codes, Tensor::Zeros(budget, MemoryKind::weights_int8, code, code_shape));
  ALICE_ASSIGN_OR_RETURN(Tensor scales, Tensor::Zeros(budget, MemoryKind::scales, DType::f32, grid_shape));
  QuantizedForm form{.scheme = scheme};
  std::span<std::int8_t> zero_points;
  if (!how.symmetric) {
    ALICE_ASSIGN_OR_RETURN(Tensor points, Tensor::Zeros(budget, MemoryKind::scales, DType::s8, grid_shape));
    zero_points = points.elements<std::int8_t>();
    form.zero_points = graph.AddConstant(node.name + ".zero_points", std::move(points));
  }
  ALICE_ASSIGN_OR_RETURN(const std::vector<QuantRange> ranges, CalibrateWeights(w, k, n, how, calibration));
  QuantizeWeights(
      w, k, n, how,
      {{reinterpret_cast<std::uint8_t*>(codes.view().data), codes.bytes()}, scales.elements<float>(), zero_points},
      ranges);
  form.weights = graph.AddConstant(node.name + ".codes", std::move(codes));
  form.scales = graph.AddConstant(node.name + ".scales", std::move(scales));
  return form;
}

}  // namespace

Status QuantizeModel(Graph& graph, const Scheme& scheme, const LayerPolicy& policy, MemoryBudget& budget,
                     const WeightCalibration& calibration) {
  ALICE_RETURN_IF_ERROR(SplitRecurrent(graph, budget, [&](const Node& node) { return !IsExcluded(node, policy); }));
  std::vector<Node*> layers;
  for (Node& node : graph.nodes) {
    if (!node.quantized && HasConstantMatrix(graph, node, scheme) && !IsTransposed(node)) layers.push_back(&node);
  }
  for (std::size_t index = 0; index < layers.size(); ++index) {
    Node& node = *layers[index];
    if ((policy.keep_first && index == 0) || (policy.keep_last && index + 1 == layers.size())) continue;
    if (IsExcluded(node, policy)) continue;
    auto form = QuantizeLayer(graph, node, scheme, calibration, budget);
    if (!form.ok()) return std::move(form).error().At(node.name);
    node.quantized = *form;
  }
  return {};
}

}  // namespace alice
