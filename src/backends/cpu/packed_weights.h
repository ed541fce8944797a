#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "backends/cpu/coded_weights.h"
#include "kernels/gemm_u8s8s32/gemm_u8s8s32.h"
#include "tensor/buffer.h"

namespace alice {

/// Integer weights [K, N], packed once for a product kernel: group after group of the rows that share a scale, each with
/// column sums, scales and zero points [N]. int4 codes stay two a byte and are unpacked in registers.
class PackedWeights final : public CodedWeights {
 public:
  /// One group: rows [first_row, first_row + rows) of the weights.
  struct Group {
    std::size_t first_row, rows;
    const std::byte* packed;
    const std::int32_t* column_sums;  ///< [n], Σ over the group of w − zero point
    const float* scales;              ///< [n]
    const std::int8_t* zero_points;   ///< [n], or null for symmetric weights
  };

  /// Error: reduction_too_long.
  static Result<std::shared_ptr<PackedWeights>> Create(const CompileContext& context);

  [[nodiscard]] std::size_t group_count() const { return grid().rows; }
  [[nodiscard]] Group group(std::size_t index) const {
    return {.first_row = index * grid().group_rows,
            .rows = GroupRows(index),
            .packed = packed_->data() + (index == 0 ? 0 : PackedOffset(index)),
            .column_sums = column_sums_->as<const std::int32_t>() + index * n(),
            .scales = scales_ + index * n(),
            .zero_points = zero_points_ == nullptr ? nullptr : zero_points_ + index * n()};
  }
  [[nodiscard]] bool is_asymmetric() const { return !form().scheme.weights.symmetric; }
  [[nodiscard]] const GemmU8S8S32Kernel& kernel() const { return *gemm_; }
  /// Bytes of scratch for products of up to `rows` rows.
  [[nodiscard]] std::size_t scratch_bytes(std::size_t rows) const;
  [[nodiscard]] std::span<std::byte> codes() { return packed_->span<std::byte>(); }

  /// Rows of codes for a product with a group: from the group's first column of A on, [rows, the group's rows], row stride
  /// lda, each row readable to a multiple of 16 bytes; and the kernel's scratch.
  struct Rows {
    std::size_t count;
    const std::uint8_t* codes;
    std::size_t stride;
    std::byte* scratch;
  };
  /// Their product with the columns [first, first + count) of the group, for the kernel; `first` is a multiple of its nr.
  [[nodiscard]] GemmU8S8S32Args Product(const Group& group, std::size_t first, std::size_t count,
                                        const Rows& rows) const {
    const auto panels_bytes = [&] { return first / gemm_->nr * PanelBytesU8S8S32(*gemm_, group.rows, is_int4()); };
    return {.m = rows.count,
            .n = count,
            .k = group.rows,
            .a = rows.codes,
            .lda = rows.stride,
            .packed_b = group.packed + (first == 0 ? 0 : panels_bytes()),
            .is_int4 = is_int4(),
            .scratch = rows.scratch};
  }
  void Decode(std::size_t first, std::size_t count, float* y, std::size_t ldy) const override;
  [[nodiscard]] std::size_t bytes() const override;

 private:
  explicit PackedWeights(const CompileContext& context);

  void Fill(const Graph& graph) override;
  void FillGroup(const Tensor& codes, std::size_t index);
  /// Of scales and zero points for the whole tensor, a row.
  void Expand();
  /// The panel that begins with `column`, of one group: its columns within [first, first + count).
  void DecodePanel(std::size_t index, std::size_t column, std::size_t first, std::size_t count, float* y,
                   std::size_t ldy) const;
  [[nodiscard]] bool is_int4() const { return form().scheme.weights.type == WeightType::int4; }
  [[nodiscard]] std::size_t GroupRows(std::size_t index) const {
    return std::min(grid().group_rows, k() - index * grid().group_rows);
  }
  [[nodiscard]] std::size_t PackedOffset(std::size_t index) const;

  const GemmU8S8S32Kernel* gemm_;
  std::shared_ptr<const Buffer> packed_;
  std::shared_ptr<const Buffer> column_sums_;  ///< s32 [groups, n]
  /// f32 [n] scales, s8 [n] zero points, where the form has one for the whole tensor; else null.
  std::shared_ptr<const Buffer> expanded_;
  const float* scales_ = nullptr;  ///< [groups, n]
  const std::int8_t* zero_points_ = nullptr;
  std::size_t form_bytes_ = 0;  ///< of scales and zero points that are the form's
};

}  // namespace alice
