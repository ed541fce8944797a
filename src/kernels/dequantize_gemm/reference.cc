#include <algorithm>

#include "kernels/dequantize_gemm/dequantize_gemm.h"
#include "numeric/rounding.h"

namespace alice {

void DequantizeGemm_Reference(const DequantizeGemmArgs& args) {
  const Dequantization& to = args.to;
  for (std::size_t row = 0; row < args.m; ++row) {
    const QParams q = to.a_qparams[row / to.rows_per_group];
    const std::int32_t* sums = args.sums + row * args.ld_sums;
    float* y = to.y + row * to.ldy;
    for (std::size_t c = 0; c < args.n; ++c) {
      std::int32_t sum = sums[c] - q.zero_point * to.column_sums[c];
      if (to.weight_zero_points != nullptr) sum -= to.weight_zero_points[c] * to.row_sums[row];
      float value = static_cast<float>(sum) * (q.scale * to.weight_scales[c]);
      if (to.accumulate) value += y[c];
      if (to.bias != nullptr) value += to.bias[c];
      y[c] = Apply(to.activation, value);
      if (to.ranges == nullptr) continue;
      MinMax& range = to.ranges[row / to.rows_per_range];
      if (y[c] < range.min) range.min = y[c];
      if (y[c] > range.max) range.max = y[c];
    }
  }
}

void RequantizeGemm_Reference(const RequantizeGemmArgs& args) {
  const Requantization& to = args.to;
  const std::int32_t low = to.low - to.zero_point;
  const std::int32_t high = to.high - to.zero_point;
  for (std::size_t row = 0; row < args.m; ++row) {
    for (std::size_t c = 0; c < args.n; ++c) {
      // In 64 bits, as a part of the sum may leave 32 where the whole does not.
      std::int64_t sum = std::int64_t{args.sums[row * args.ld_sums + c]} + to.offsets[c];
      if (to.weight_zero_points != nullptr) sum -= std::int64_t{to.weight_zero_points[c]} * to.row_sums[row];
      const std::int32_t code = RoundClamp(static_cast<float>(sum) * to.multipliers[c], low, high);
      to.codes[row * to.ld_codes + c] = static_cast<std::uint8_t>(code + to.zero_point);
    }
  }
}

}  // namespace alice
