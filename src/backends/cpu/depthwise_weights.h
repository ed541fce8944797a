#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "backends/cpu/coded_weights.h"
#include "kernels/depthwise_u8s8s32/depthwise_u8s8s32.h"

namespace alice {

/// Integer weights [taps, channels] of a depthwise convolution, with one scale a channel, packed once for its kernel without
/// their zero points.
class DepthwiseWeights final : public CodedWeights {
 public:
  /// Error: reduction_too_long.
  static Result<std::shared_ptr<DepthwiseWeights>> Create(const CompileContext& context);

  [[nodiscard]] const DepthwiseU8S8S32Kernel& kernel() const { return *kernel_; }
  [[nodiscard]] const std::byte* packed() const { return packed(0); }
  /// From that channel on, which begins a block.
  [[nodiscard]] const std::byte* packed(std::size_t channel) const { return packed_->data() + layout_.bytes(channel); }
  [[nodiscard]] std::span<std::byte> codes() { return packed_->span<std::byte>(); }
  [[nodiscard]] const float* scales() const { return scales_; }  ///< [n]
  [[nodiscard]] const std::int32_t* column_sums() const { return column_sums_->as<const std::int32_t>(); }

  void Decode(std::size_t first, std::size_t count, float* y, std::size_t ldy) const override;
  [[nodiscard]] std::size_t bytes() const override;

 private:
  explicit DepthwiseWeights(const CompileContext& context);

  void Fill(const Graph& graph) override;
  [[nodiscard]] int CodeAt(const Tensor& codes, std::size_t index) const;

  const DepthwiseU8S8S32Kernel* kernel_;
  DepthwiseLayout layout_;
  std::shared_ptr<const Buffer> packed_;
  std::shared_ptr<const Buffer> column_sums_;      ///< s32 [n], Σ over the taps of w − zero point
  std::shared_ptr<const Buffer> expanded_scales_;  ///< f32 [n], where the form has one for the whole tensor; else null
  const float* scales_;
  std::span<const std::int8_t> zero_points_;  ///< none, one or [n]
  std::size_t form_bytes_;                    ///< of scales and zero points that are the form's
};

}  // namespace alice
