#include "kernels/dequantize_gemm/dequantize_gemm.h"

namespace alice {
namespace {

/// Lets store(row, c, value) take every value.
template <typename Store>
void ForEachValue(const DequantizeGemmArgs& args, const Store& store) {
  for (std::size_t row = 0; row < args.m; ++row) {
    const QParams q = args.a_qparams[row / args.rows_per_group];
    const std::int32_t* acc = args.acc + row * args.ld_acc;
    for (std::size_t c = 0; c < args.n; ++c) {
      std::int32_t sum = acc[c] - q.zero_point * args.column_sums[c];
      if (args.weight_zero_points != nullptr) sum -= args.weight_zero_points[c] * args.row_sums[row];
      float value = static_cast<float>(sum) * (q.scale * args.weight_scales[c]);
      if (args.accumulate) value += args.y[row * args.ldy + c];
      if (args.bias != nullptr) value += args.bias[c];
      store(row, c, Apply(args.activation, value));
    }
  }
}

}  // namespace

void DequantizeGemm_Reference(const DequantizeGemmArgs& args) {
  ForEachValue(args, [&](std::size_t row, std::size_t c, float value) { args.y[row * args.ldy + c] = value; });
}

void RequantizeGemm_Reference(const RequantizeGemmArgs& args) {
  ForEachValue(args.product, [&](std::size_t row, std::size_t c, float value) {
    args.codes[row * args.ld_codes + c] = QuantizeU8(value, args.output);
  });
}

}  // namespace alice
