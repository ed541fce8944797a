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
/// column sums, scales and zero points [N]. int4 codes stay two a byte and are unpacked in registers. Those of a convolution
/// in groups are packed part by part, the filters of each of its groups in panels of their own; all rows share a scale then.
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
  /// Into how many parts the columns fall, each multiplied by codes of its own.
  [[nodiscard]] std::size_t parts() const { return parts_; }
  [[nodiscard]] std::size_t part_columns() const { return n() / parts_; }
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
  /// Their product with the columns [first, first + count) of the group, for the kernel; `first` is a multiple of its nr,
  /// counted from where its part begins, and the columns end within that part.
  [[nodiscard]] GemmU8S8S32Args Product(const Group& group, std::size_t first, std::size_t count,
                                        const Rows& rows) const {
    return {.m = rows.count,
            .n = count,
            .k = group.rows,
            .a = rows.codes,
            .lda = rows.stride,
            .packed_b = group.packed + (first == 0 ? 0 : PanelOffset(group.rows, first)),
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
  /// Columns of the panel that begins with `column`, of one group.
  struct PanelColumns {
    std::size_t column;
    std::size_t begin, end;
  };
  void DecodePanel(std::size_t index, const PanelColumns& columns, float* y, std::size_t ldy) const;
  [[nodiscard]] bool is_int4() const { return form().scheme.weights.type == WeightType::int4; }
  [[nodiscard]] std::size_t GroupRows(std::size_t index) const {
    return std::min(grid().group_rows, k() - index * grid().group_rows);
  }
  [[nodiscard]] std::size_t PackedOffset(std::size_t index) const;
  /// Bytes of so many rows of a part.
  [[nodiscard]] std::size_t PartBytes(std::size_t rows) const;
  /// Where in a group of so many rows the panel of a column begins.
  [[nodiscard]] std::size_t PanelOffset(std::size_t rows, std::size_t column) const;

  const GemmU8S8S32Kernel* gemm_;
  std::size_t parts_;
  std::shared_ptr<const Buffer> packed_;
  std::shared_ptr<const Buffer> column_sums_;  ///< s32 [groups, n]
  /// f32 [n] scales, s8 [n] zero points, where the form has one for the whole tensor; else null.
  std::shared_ptr<const Buffer> expanded_;
  const float* scales_ = nullptr;  ///< [groups, n]
  const std::int8_t* zero_points_ = nullptr;
  std::size_t form_bytes_ = 0;  ///< of scales and zero points that are the form's
};

}  // namespace alice
