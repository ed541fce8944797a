#pragma once

#include <array>
#include <cstddef>
#include <memory>
#include <span>

#include "backends/cpu/coded_weights.h"
#include "tensor/buffer.h"

namespace alice {

/// FP8 weights, which stay FP8 in memory. Decoded, they are DecodeFp8(code) · scale.
class Fp8Weights final : public CodedWeights {
 public:
  static Result<std::shared_ptr<Fp8Weights>> Create(const CompileContext& context);

  void Decode(std::size_t first, std::size_t count, float* y, std::size_t ldy) const override;
  [[nodiscard]] std::size_t bytes() const override { return codes_->bytes() + scales_.size_bytes(); }

 private:
  explicit Fp8Weights(const CompileContext& context);
  void Fill(const Graph& graph) override;

  std::shared_ptr<const Buffer> codes_;
  std::span<const float> scales_;
  std::array<float, 256> values_{};
};

}  // namespace alice
