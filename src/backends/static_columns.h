#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>

#include "backends/backend.h"

namespace alice {

/// What the integer sums [rows, n] of a quantized node are made of.
struct ProductColumns {
  std::size_t n;
  std::size_t k;                ///< products in each
  std::int64_t largest_weight;  ///< of their factors without a zero point
  const float* scales;          ///< [n]
  const std::int32_t* sums;     ///< [n], of the weights without their zero points
};

/// What each column of a static node needs. All [n].
struct StaticColumns {
  float* bias;            ///< rounded to steps of the scale of the products (numeric/bias.h)
  float* multipliers;     ///< from sums to codes of the output; 0 where that holds no codes
  std::int32_t* offsets;  ///< code of the bias − zero point of the input · column sum
};

/// Fills these in for the static input of `connection`. `bias` [n], or null for none. Gives the most that a sum with its offset
/// can be, times its multiplier; nothing where some bias has no code, or could carry a sum beyond int32: what was filled in is
/// then void.
std::optional<double> FillStaticColumns(const Connection& connection, const float* bias, const ProductColumns& columns,
                                        const StaticColumns& filled);

}  // namespace alice
