#pragma once

#include <cstddef>

#include "kernels/dequantize_gemm/dequantize_gemm.h"

namespace alice {

template <typename T>
T* OptionalAt(T* elements, std::size_t index) {
  return elements == nullptr ? nullptr : elements + index;
}

/// What becomes of a product from the column `first` on.
inline Dequantization PartOf(const Dequantization& to, std::size_t first) {
  Dequantization part = to;
  part.column_sums += first;
  part.weight_scales += first;
  part.bias = OptionalAt(to.bias, first);
  part.weight_zero_points = OptionalAt(to.weight_zero_points, first);
  part.y += first;
  return part;
}

inline Requantization PartOf(const Requantization& to, std::size_t first) {
  Requantization part = to;
  part.offsets += first;
  part.multipliers += first;
  part.weight_zero_points = OptionalAt(to.weight_zero_points, first);
  part.codes += first;
  return part;
}

/// What becomes of one row of a product, from the column `first` on.
inline Dequantization PartOf(const Dequantization& to, std::size_t row, std::size_t first) {
  Dequantization part = PartOf(to, first);
  part.a_qparams += row / to.rows_per_group;
  part.rows_per_group = 1;
  part.row_sums = OptionalAt(to.row_sums, row);
  part.y += row * to.ldy;
  part.ranges = OptionalAt(to.ranges, row / to.rows_per_range);
  return part;
}

inline Requantization PartOf(const Requantization& to, std::size_t row, std::size_t first) {
  Requantization part = PartOf(to, first);
  part.row_sums = OptionalAt(to.row_sums, row);
  part.codes += row * to.ld_codes;
  return part;
}

}  // namespace alice
