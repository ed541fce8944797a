#include "ir/can_quantize.h"

namespace alice {

bool IsDepthwise(const ConvAttributes& conv, const SymbolicShape& weights) {
  return conv.channels_last && conv.group > 1 && weights.rank() == 2 &&
         weights.dims[0] == Dim::Known(conv.window.kernel.elements());
}

bool CanQuantize(const Node& node, const SymbolicShape& weights, const Scheme& scheme) {
  if (node.kind == OpKind::Gemm || node.kind == OpKind::MatMul) return true;
  if (const auto* recurrent = std::get_if<RecurrentAttributes>(&node.attributes)) {
    return recurrent->takes_products && !IsFp8(scheme.weights.type);
  }
  const auto* conv = std::get_if<ConvAttributes>(&node.attributes);
  if (conv == nullptr || !conv->channels_last) return false;
  if (conv->group == 1) return true;
  const std::int64_t rows = weights.dims[0].size;
  const WeightScheme& how = scheme.weights;
  if (IsFp8(how.type)) return true;
  const bool is_one_group =
      how.granularity != Granularity::per_group || rows <= static_cast<std::int64_t>(how.group_size);
  return is_one_group && scheme.activations.granularity == ActivationGranularity::per_tensor;
}

bool QuantizesFirstInput(const Node& node) { return !std::holds_alternative<RecurrentAttributes>(node.attributes); }

}  // namespace alice
