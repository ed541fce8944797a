#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "backends/cpu/ops.h"
#include "tensor/buffer.h"

namespace alice {

/// The FP8 weights [K, N] of a node's quantized form, which stay FP8 in memory.
class Fp8Weights {
 public:
  /// Errors: budget_exceeded, out_of_memory.
  static Result<Fp8Weights> Create(const CompileContext& context);

  /// Decodes the columns [first, first + count): y [K, count], row stride ldy, DecodeFp8(code) · scale.
  void Decode(std::size_t first, std::size_t count, float* y, std::size_t ldy) const;

  [[nodiscard]] std::size_t k() const { return k_; }
  [[nodiscard]] std::size_t n() const { return n_; }
  [[nodiscard]] std::size_t bytes() const { return codes_.bytes() + scales_.size_bytes(); }

 private:
  Buffer codes_;
  std::span<const float> scales_;
  std::array<float, 256> values_{};
  std::size_t k_ = 0;
  std::size_t n_ = 0;
  ScaleGrid grid_{1, 1, 1};
};

}  // namespace alice
