#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

#include "backends/cpu/ops.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "tensor/buffer.h"

namespace alice {

/// Integer weights [K, N] of a node's quantized form, packed once for a product kernel: group after group of the rows
/// that share a scale, each with column sums, scales and zero points [N]. int4 codes stay two a byte, in the packed
/// order, and are unpacked panel by panel.
class PackedWeights {
 public:
  /// One group: rows [first_row, first_row + rows) of the weights.
  struct Group {
    std::size_t first_row, rows;
    const std::int32_t* column_sums;  ///< [n], Σ over the group of w − zero point
    const float* scales;              ///< [n]
    const std::int8_t* zero_points;   ///< [n], or null for symmetric weights
  };

  /// Errors: reduction_too_long; budget_exceeded, out_of_memory.
  static Result<PackedWeights> Pack(const CompileContext& context);

  [[nodiscard]] std::size_t k() const { return k_; }
  [[nodiscard]] std::size_t n() const { return n_; }
  [[nodiscard]] std::size_t group_count() const { return grid_.rows; }
  [[nodiscard]] Group group(std::size_t index) const;
  [[nodiscard]] bool is_asymmetric() const { return zero_points_ != nullptr; }
  /// Bytes of scratch that Multiply needs.
  [[nodiscard]] std::size_t panel_bytes() const;
  [[nodiscard]] std::size_t bytes() const;
  [[nodiscard]] std::span<std::byte> codes() { return packed_.span<std::byte>(); }

  /// c [m, n] = a · group, on raw codes. `a` is the group's first column of A: [m, rows], row stride lda, each row
  /// readable to a multiple of 16 bytes.
  void Multiply(std::size_t index, std::size_t m, const std::uint8_t* a, std::size_t lda, std::int32_t* c,
                std::byte* panel) const;

 private:
  explicit PackedWeights(const GemmU8S8S32Kernel& gemm) : gemm_(&gemm) {}

  [[nodiscard]] std::size_t GroupRows(std::size_t index) const;
  [[nodiscard]] std::size_t PackedOffset(std::size_t index) const;

  const GemmU8S8S32Kernel* gemm_;
  std::size_t k_ = 0;
  std::size_t n_ = 0;
  ScaleGrid grid_{1, 1, 1};
  bool is_int4_ = false;
  Buffer packed_;
  Buffer column_sums_;             ///< s32 [groups, n]
  Buffer expanded_;                ///< f32 [n] scales, s8 [n] zero points, where the form has one for the whole tensor
  const float* scales_ = nullptr;  ///< [groups, n]
  const std::int8_t* zero_points_ = nullptr;
  std::size_t form_bytes_ = 0;  ///< of scales and zero points
};

}  // namespace alice
