#pragma once

#include <cstddef>
#include <vector>

#include "backends/webgl/drawn_op.h"

namespace alice::webgl {

/// The integer weights [k, n] of a node as its shaders read them, and what becomes of their sums (backends/cpu/
/// quantized_product.h, quantized_output.h). Rows that share a scale are a group; all, where columns have one scale each. A quad
/// is four neighbouring columns; n is filled up with zeros to whole ones.
class IntegerWeights {
 public:
  static Result<IntegerWeights> Create(const DrawContext& context, std::size_t k, std::size_t n);

  [[nodiscard]] std::size_t k() const { return k_; }
  [[nodiscard]] std::size_t n() const { return n_; }
  [[nodiscard]] std::size_t quads() const { return (n_ + 3) / 4; }
  [[nodiscard]] std::size_t groups() const { return groups_; }
  [[nodiscard]] std::size_t group_rows() const { return group_rows_; }
  /// Texels of one quad of a group: each has the codes of four rows, a word a column.
  [[nodiscard]] std::size_t words() const { return (group_rows_ + 3) / 4; }
  /// Texel (group · words + row / 4) · quads + quad.
  [[nodiscard]] Slot codes() const { return codes_; }
  /// Of group and quad four texels: scales, column sums, zero points, biases; where codes are requantized, multipliers and
  /// offsets in place of scales and sums.
  [[nodiscard]] Slot columns() const { return columns_; }
  [[nodiscard]] const std::int32_t* column_sums() const { return column_sums_.data(); }

  /// Whether the activations have fixed parameters.
  [[nodiscard]] bool is_static() const { return is_static_; }
  [[nodiscard]] bool is_asymmetric() const { return is_asymmetric_; }
  [[nodiscard]] bool has_bias() const { return has_bias_; }
  /// Whether sums become codes at once, and then: clamped to what.
  [[nodiscard]] bool requantizes() const { return requantizes_; }
  [[nodiscard]] std::int64_t zero_point() const { return zero_point_; }
  [[nodiscard]] std::int64_t low() const { return low_; }
  [[nodiscard]] std::int64_t high() const { return high_; }

 private:
  Status PackCodes(const DrawContext& context);
  Status PackColumns(const DrawContext& context);

  std::size_t k_ = 0, n_ = 0;
  std::size_t groups_ = 1, group_rows_ = 0;
  Slot codes_ = kNoSlot, columns_ = kNoSlot;
  std::vector<std::int32_t> column_sums_;  ///< [groups, n], without zero points
  bool is_static_ = false;
  bool is_asymmetric_ = false;
  bool has_bias_ = false;
  bool requantizes_ = false;
  std::int64_t zero_point_ = 0, low_ = 0, high_ = 255;
};

}  // namespace alice::webgl
