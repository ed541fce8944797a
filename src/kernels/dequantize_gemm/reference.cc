#include <algorithm>

#include "kernels/dequantize_gemm/dequantize_gemm.h"
#include "numeric/rounding.h"

namespace alice {

void DequantizeGemm_Reference(const DequantizeGemmArgs& args) {
  for (std::size_t row = 0; row < args.m; ++row) {
    const QParams q = args.a_qparams[row / args.rows_per_group];
    const std::int32_t* acc = args.acc + row * args.ld_acc;
    float* y = args.y + row * args.ldy;
    for (std::size_t c = 0; c < args.n; ++c) {
      std::int32_t sum = acc[c] - q.zero_point * args.column_sums[c];
      if (args.weight_zero_points != nullptr) sum -= args.weight_zero_points[c] * args.row_sums[row];
      float value = static_cast<float>(sum) * (q.scale * args.weight_scales[c]);
      if (args.accumulate) value += y[c];
      if (args.bias != nullptr) value += args.bias[c];
      y[c] = Apply(args.activation, value);
    }
  }
}

void RequantizeGemm_Reference(const RequantizeGemmArgs& args) {
  const std::int32_t low = args.low - args.zero_point;
  const std::int32_t high = args.high - args.zero_point;
  for (std::size_t row = 0; row < args.m; ++row) {
    for (std::size_t c = 0; c < args.n; ++c) {
      // In 64 bits, as a part of the sum may leave 32 where the whole does not.
      std::int64_t sum = std::int64_t{args.acc[row * args.ld_acc + c]} + args.offsets[c];
      if (args.weight_zero_points != nullptr) sum -= std::int64_t{args.weight_zero_points[c]} * args.row_sums[row];
      const std::int32_t code = RoundClamp(static_cast<float>(sum) * args.multipliers[c], low, high);
      args.codes[row * args.ld_codes + c] = static_cast<std::uint8_t>(code + args.zero_point);
    }
  }
}

}  // namespace alice
