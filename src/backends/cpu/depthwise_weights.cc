#include "backends/cpu/depthwise_weights.h"

#include <algorithm>

#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "numeric/int4.h"

namespace alice {

Result<std::shared_ptr<DepthwiseWeights>> DepthwiseWeights::Create(const CompileContext& context) {
  std::shared_ptr<DepthwiseWeights> weights(new DepthwiseWeights(context));
  if (weights->k() > kMaxReductionU8S8Asymmetric) {
    return MakeError(ErrorCode::reduction_too_long, "node \"", context.node.name, "\" sums ", weights->k(),
                     " products: its int32 accumulator could overflow beyond ", kMaxReductionU8S8Asymmetric);
  }
  return weights;
}

DepthwiseWeights::DepthwiseWeights(const CompileContext& context)
    : CodedWeights(context),
      kernel_(&SelectDepthwiseU8S8S32(context.isa, form().scheme.weights.symmetric)),
      layout_(*kernel_, k() / KernelColumns(context), KernelColumns(context)) {
  ALICE_CHECK(grid().rows == 1);
  const auto scales = context.graph.value(form().scales).constant->elements<const float>();
  if (!form().scheme.weights.symmetric) {
    zero_points_ = context.graph.value(form().zero_points).constant->elements<const std::int8_t>();
  }
  Holdings& holdings = context.holdings;
  packed_ = holdings.Ask(MemoryKind::weights_int8, layout_.bytes(n()));
  column_sums_ = holdings.Ask(MemoryKind::scales, std::uint64_t{n()} * sizeof(std::int32_t));
  scales_ = scales.data();
  form_bytes_ = scales.size_bytes() + zero_points_.size_bytes();
  if (scales.size() == n()) return;
  expanded_scales_ = holdings.Ask(MemoryKind::scales, std::uint64_t{n()} * sizeof(float));
}

int DepthwiseWeights::CodeAt(const Tensor& codes, std::size_t index) const {
  const auto* bytes = reinterpret_cast<const std::uint8_t*>(codes.view().data);
  return form().scheme.weights.type == WeightType::int4 ? LoadInt4(bytes, index)
                                                        : static_cast<std::int8_t>(bytes[index]);
}

void DepthwiseWeights::Fill(const Graph& graph) {
  const Tensor& codes = *graph.value(form().weights).constant;
  auto* sums = column_sums_->as<std::int32_t>();
  for (std::size_t c = 0; c < n(); ++c) {
    const int zero_point = zero_points_.empty() ? 0 : zero_points_[zero_points_.size() == 1 ? 0 : c];
    sums[c] = 0;
    for (std::size_t tap = 0; tap < k(); ++tap) {
      const int weight = CodeAt(codes, tap * n() + c) - zero_point;
      layout_.Store(packed_->data(), tap, c, weight);
      sums[c] += weight;
    }
  }
  if (expanded_scales_ == nullptr) return;
  std::fill_n(expanded_scales_->as<float>(), n(), scales_[0]);
  scales_ = expanded_scales_->as<const float>();
}

void DepthwiseWeights::Decode(std::size_t first, std::size_t count, float* y, std::size_t ldy) const {
  for (std::size_t tap = 0; tap < k(); ++tap) {
    for (std::size_t c = 0; c < count; ++c) {
      const int weight = layout_.Load(packed(), tap, first + c);
      y[tap * ldy + c] = static_cast<float>(weight) * scales_[first + c];
    }
  }
}

std::size_t DepthwiseWeights::bytes() const {
  return packed_->bytes() + column_sums_->bytes() + (expanded_scales_ ? expanded_scales_->bytes() : 0) + form_bytes_;
}

}  // namespace alice
